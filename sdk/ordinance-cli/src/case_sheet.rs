//! Cases in a sheet beside a rule (`cases/*.csv`, `.xlsx`, `.ods`), and how a built rulebook carries them. Their rows
//! are read by the types of the service's facts once the rulebook is loaded, so a build keeps the cells as they are.

use std::path::Path;
use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::manifest::Manifest;
use ordinance_harness::{
    CaseDefaults, CaseError, Cell, Columns, FilePlace, TableForm, TableHeader, TableRow, UnusableCellError,
};
use serde::{Deserialize, Serialize};

use crate::entries::{Content, Entry, RowsOf, entries_of_table};
use crate::exit::CommandError;

/// The most rows of a sheet of cases beside a rule, which a rulebook carries.
const ROWS_MAX: usize = 20_000;

/// The rows of a sheet of cases beside a rule; the first one that can't be read at all ends them.
///
/// # Errors
/// [`CaseError`] if the file is no sheet of cases.
pub(crate) fn sheet_entries(path: &Path, bytes: Vec<u8>, manifest: &Manifest) -> Result<Vec<Entry>, CaseError> {
    let Some(defaults) = defaults_of(manifest) else {
        return Err(whole_file("a sheet holds cases of a service; write the cases of a privacy rule as TOML"));
    };
    let rows = entries_of_table(path, bytes, RowsOf::CasesBeside(&defaults)).map_err(|error| refused(path, &error))?;
    let mut entries = Vec::new();
    for row in rows {
        if entries.len() >= ROWS_MAX {
            return Err(whole_file(&format!(
                "a sheet beside a rule has at most {ROWS_MAX} cases; run it with `ordinance test --cases FILE`"
            )));
        }
        entries.push(row.unwrap_or_else(|error| {
            let error = refused(path, &error);
            Entry { place: error.place, content: Content::Unreadable(error) }
        }));
    }
    Ok(entries)
}

/// The place and the service of the rule. `None` of a privacy rule.
fn defaults_of(manifest: &Manifest) -> Option<CaseDefaults> {
    let service = manifest.scope.service()?;
    Some(defaults(manifest.jurisdiction.as_str(), service.as_str()))
}

pub(crate) fn defaults(jurisdiction: &str, service: &str) -> CaseDefaults {
    let (jurisdiction, service) = (Some(jurisdiction.to_owned()), Some(service.to_owned()));
    CaseDefaults { jurisdiction, service, ..CaseDefaults::default() }
}

fn whole_file(message: &str) -> CaseError {
    CaseError { place: FilePlace { form: None, line: 1, column: None }, message: message.to_owned() }
}

/// The error of a sheet, without the path and the first line, which its place tells.
fn refused(path: &Path, error: &CommandError) -> CaseError {
    match error {
        CommandError::BadUse { message, help } => {
            let place = format!("`{}`, line 1: ", path.display());
            whole_file(&format!("{}; {help}", message.strip_prefix(&place).unwrap_or(message)))
        }
        other => whole_file(&other.to_string()),
    }
}

/// A sheet of cases, as a built rulebook carries it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CarriedSheet {
    /// Its format, by its name among [`FORMS`].
    form: String,
    /// The line of the header.
    line: usize,
    names: Vec<String>,
    rows: Vec<(usize, Vec<CarriedCell>)>,
    /// The line, the column and the fault of each row that can't be read.
    unreadable: Vec<(usize, Option<usize>, String)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CarriedCell {
    Empty,
    Text(String),
    Number(String),
    /// The shortest digits of a binary number.
    Double(String),
    Bool(bool),
    Day(String),
}

const FORMS: [(TableForm, &str); 4] = [
    (TableForm::Text, "text"),
    (TableForm::TabText, "tab-text"),
    (TableForm::SemicolonText, "semicolon-text"),
    (TableForm::Sheet, "sheet"),
];

impl CarriedSheet {
    pub(crate) fn new(sheet: Result<Vec<Entry>, CaseError>) -> Self {
        let mut carried = Self::default();
        match sheet {
            Ok(entries) => entries.into_iter().for_each(|entry| carried.add(entry)),
            Err(error) => carried.add_fault(&error),
        }
        carried
    }

    fn add_fault(&mut self, CaseError { place, message }: &CaseError) {
        self.unreadable.push((place.line, place.column, message.clone()));
    }

    fn add(&mut self, entry: Entry) {
        let form_of = |form: TableForm| FORMS.iter().find(|(known, _)| *known == form).map(|(_, name)| *name);
        match entry.content {
            Content::Row { columns, row } => {
                let TableHeader { form, line, names } = columns.header();
                if self.names.is_empty() {
                    (self.line, self.names) = (*line, names.clone());
                    self.form = form_of(*form).unwrap_or_default().to_owned();
                }
                match row.cells.iter().map(carried_cell).collect::<Result<_, UnusableCellError>>() {
                    Ok(cells) => self.rows.push((row.line, cells)),
                    Err(error) => self.unreadable.push((row.line, None, error.to_string())),
                }
            }
            Content::Unreadable(error) => self.add_fault(&error),
            // A table has no such lines.
            Content::Object(_) => {}
        }
    }

    /// The rows again.
    ///
    /// # Errors
    /// [`CaseError`] if this is no sheet that a build carries.
    pub(crate) fn entries(self, defaults: CaseDefaults) -> Result<Vec<Entry>, CaseError> {
        let form = FORMS.iter().find(|(_, name)| *name == self.form).map(|(form, _)| *form);
        if form.is_none() && !self.rows.is_empty() {
            return Err(whole_file("the rulebook carries rows of a format that this `ordinance` doesn't know"));
        }
        let mut entries = Vec::new();
        if let Some(form) = form {
            let header = TableHeader { form, line: self.line, names: self.names };
            let columns = Arc::new(Columns::of_cases_beside(&header, defaults)?);
            for (line, cells) in self.rows {
                let place = FilePlace { form: Some(form), line, column: None };
                let cells = cells.iter().map(cell_of).collect::<Option<_>>();
                let cells = cells.ok_or_else(|| whole_file("the cells that the rulebook carries can't be read"))?;
                let content = Content::Row { columns: Arc::clone(&columns), row: TableRow { line, cells } };
                entries.push(Entry { place, content });
            }
        }
        for (line, column, message) in self.unreadable {
            let place = FilePlace { form, line, column };
            entries.push(Entry { place, content: Content::Unreadable(CaseError { place, message }) });
        }
        entries.sort_by_key(|entry| entry.place.line);
        Ok(entries)
    }
}

/// A cell as it is carried, or why no row can have it.
fn carried_cell(cell: &Cell) -> Result<CarriedCell, UnusableCellError> {
    Ok(match cell {
        Cell::Empty => CarriedCell::Empty,
        Cell::Text(text) => CarriedCell::Text(text.clone()),
        Cell::Number(number) => CarriedCell::Number(number.clone()),
        Cell::Double(number) => CarriedCell::Double(number.to_string()),
        Cell::Bool(yes) => CarriedCell::Bool(*yes),
        Cell::Date(day) => CarriedCell::Day(day.to_string()),
        // No sheet has one.
        Cell::Nested(_) => return Err(UnusableCellError::OtherType),
        Cell::Unusable(error) => return Err(*error),
    })
}

fn cell_of(cell: &CarriedCell) -> Option<Cell> {
    Some(match cell {
        CarriedCell::Empty => Cell::Empty,
        CarriedCell::Text(text) => Cell::Text(text.clone()),
        CarriedCell::Number(number) => Cell::Number(number.clone()),
        CarriedCell::Double(number) => Cell::Double(number.parse().ok()?),
        CarriedCell::Bool(yes) => Cell::Bool(*yes),
        CarriedCell::Day(day) => Cell::Date(day.parse::<Date>().ok()?),
    })
}
