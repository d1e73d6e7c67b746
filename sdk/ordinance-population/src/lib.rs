//! Cases and decisions as columns: people in a table of Apache Arrow in, a table of decisions out.
//!
//! It owns what a cell of a column means, which columns decisions have, and the work of all cores on a table. A case is
//! read and decided as everywhere else, by the harness and the engine; this crate must never decide one itself.
#![forbid(unsafe_code)]

mod batch_keys;
mod case_columns;
mod cell;
mod comparer;
mod decider;
mod decision_columns;
mod decision_sink;
#[cfg(feature = "files")]
mod files;
mod group_columns;
mod outcome_columns;
mod people;
mod plain_column;
mod reason_sample;
mod row_faults;
mod runs;
mod table;
mod table_options;
mod table_progress;
mod value_column;

pub use case_columns::{CaseColumns, CaseRows};
pub use cell::texts_of;
pub use decision_columns::{DecisionColumns, DecisionSchema, GrantColumnError};
pub use decision_sink::DecisionSink;
#[cfg(feature = "files")]
pub use files::{CheckedFile, FilesError, FinishedRun, ImpactRun, PopulationFiles, RunFolder, in_words, write_groups};
pub use people::people_table;
pub use row_faults::{RowFault, RowFaults};
pub use table::{compare_table, decide_table};
pub use table_options::{FaultPolicy, TableError, TableOptions};
pub use table_progress::TableProgress;
