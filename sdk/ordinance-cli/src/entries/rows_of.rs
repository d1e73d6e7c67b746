//! What the rows of a file are, and the columns that their tables have.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ordinance_harness::{CaseDefaults, Columns, TableHeader};

use crate::exit::CommandError;
use crate::source::io_error;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RowsOf<'a> {
    /// Cases with expectations.
    Cases,
    /// Cases with expectations beside a rule, whose place and service they have unless their rows name others.
    CasesBeside(&'a CaseDefaults),
    /// People, with the values of what their rows leave out.
    People(&'a CaseDefaults),
}

impl RowsOf<'_> {
    /// The columns of a table with this header.
    pub(super) fn columns(self, path: &Path, header: &TableHeader) -> Result<Arc<Columns>, CommandError> {
        let columns = match self {
            Self::Cases => Columns::of_cases(header),
            Self::CasesBeside(rule) => Columns::of_cases_beside(header, rule.clone()),
            Self::People(defaults) => Columns::of_people(header, defaults.clone()),
        };
        columns
            .map(Arc::new)
            .map_err(|error| CommandError::bad_use(format!("`{}`, {error}", path.display()), self.help()))
    }

    /// What a table needs.
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Cases => {
                "give the table the columns jurisdiction, service, as_of and outcome, and one for each fact; see \
                 `ordinance test --help`"
            }
            Self::CasesBeside(_) => {
                "give the table the columns as_of and outcome, and one for each fact; see `ordinance test --help`"
            }
            Self::People(_) => {
                "give the table the columns jurisdiction, service and as_of, or the flags of these names, and a column \
                 for each fact"
            }
        }
    }
}

/// Opens a file to read it.
pub(super) fn open(path: &Path) -> Result<File, CommandError> {
    File::open(path).map_err(|source| io_error("read", path, source))
}
