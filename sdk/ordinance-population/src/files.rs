//! Populations in files of Parquet and Arrow: read part by part, compared on all cores, in bounded memory, and resumed
//! where an interrupted run ended.

mod checked_file;
mod compared_columns;
mod files_error;
mod group_file;
mod impact_run;
mod part;
mod population_file;
mod row_file;
mod run_state;

pub use checked_file::{CheckedFile, in_words};
pub use files_error::FilesError;
pub use group_file::write_groups;
pub use impact_run::{FinishedRun, ImpactRun, RunFolder};
pub use population_file::PopulationFiles;
