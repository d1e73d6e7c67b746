//! How a table is decided, and why it isn't.

use std::num::NonZero;
use std::thread;

use arrow_schema::ArrowError;
use ordinance_domain::calendar::Timestamp;
use ordinance_harness::{CaseDefaults, CaseError};

use crate::case_columns::CaseColumns;

/// What to do with a row that isn't a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPolicy {
    /// The whole table fails with the faults of the first such row.
    Fail,
    /// The row has no outcome, and its fault in the column `fault`.
    Report,
}

/// How a table is decided.
#[derive(Debug, Clone)]
pub struct TableOptions {
    /// The values of columns that the table doesn't have.
    pub defaults: CaseDefaults,
    /// What to do with a row that isn't a case.
    pub faults: FaultPolicy,
    /// The moment by which cases without a day of knowledge or of processing have one.
    pub now: Timestamp,
    /// How many threads decide; `None` for as many as there are cores.
    pub threads: Option<NonZero<usize>>,
}

/// The most threads of one table, whoever asks for more.
const THREADS_MAX: usize = 256;

impl TableOptions {
    /// How many threads work.
    pub(crate) fn threads(&self) -> usize {
        let threads = self.threads.or_else(|| thread::available_parallelism().ok());
        threads.map_or(1, NonZero::get).min(THREADS_MAX)
    }
}

/// Why a table isn't decided.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The columns are no cases.
    #[error("{0}")]
    Columns(CaseError),
    /// A row is no case.
    #[error("row {row}{}: {}", of_column(.column.as_deref()), in_one_line(.faults))]
    Row {
        /// The row of the table, from 0.
        row: usize,
        /// The name of the column of the first fault, if that is in one.
        column: Option<String>,
        /// Each cell that can't be read.
        faults: Vec<CaseError>,
    },
    /// A batch has other columns than the table.
    #[error("batch {0} of the table has other columns than the first one")]
    Schema(usize),
    /// The columns of the decisions can't be made.
    #[error("the decisions can't be written as columns: {0}")]
    Arrow(#[from] ArrowError),
    /// The caller stopped the work.
    #[error("the work was stopped")]
    Stopped,
}

fn of_column(column: Option<&str>) -> String {
    column.map(|column| format!(", column `{column}`")).unwrap_or_default()
}

/// What is wrong with a row, without the row, which is known.
pub(crate) fn in_one_line(faults: &[CaseError]) -> String {
    faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; ")
}

pub(crate) fn row_error(columns: &CaseColumns, row: usize, faults: Vec<CaseError>) -> TableError {
    let column = faults.first().and_then(|fault| fault.place.column);
    let column = column.and_then(|column| columns.name(column)).map(str::to_owned);
    TableError::Row { row, column, faults }
}
