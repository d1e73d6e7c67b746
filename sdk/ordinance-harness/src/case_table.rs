//! Reads tables with one case in each row. The columns are `name`, `jurisdiction`, `service`, `as_of`, `known_at`,
//! `recipient`, `basis`, `subject`, `people` (each as JSON, a basis also as its name), `processed_on`, `tolerance`,
//! `outcome`, `missing` (names separated by spaces), `grant.FIELD`, `at_least.FIELD` and `finding.CRITERION`; any other
//! column is a fact. An empty cell means a missing value. A cell is read by the type of its column, the same in every
//! format.

mod column;
mod row;

use ordinance_domain::contract::Contract;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_engine::untyped_value::UntypedValue;

use self::column::{Column, parse_column};
use self::row::{RowError, RowValues};
use crate::case_error::CaseError;
use crate::cell_value::plain_text;
use crate::file_place::FilePlace;
use crate::table::{Cell, TableForm, TableRow};
use crate::test_case::{DecisionExpectation, DecisionTest, ProcessingInput, Test};

/// The names of a table's columns.
#[derive(Debug, Clone)]
pub struct TableHeader {
    /// The table's format.
    pub form: TableForm,
    /// The line or row of the names, from 1.
    pub line: usize,
    /// The names; an empty one belongs to no column.
    pub names: Vec<String>,
}

/// The columns of a table, and the default values of columns that it doesn't have.
#[derive(Debug, Clone)]
pub struct Columns {
    header: TableHeader,
    columns: Vec<Column>,
    defaults: CaseDefaults,
    /// Whether rows are cases with expectations, or people, whose expectations don't count.
    has_expectations: bool,
}

/// What a column tells of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnRole<'c> {
    /// The fact of this name.
    Fact(&'c str),
    /// The place, the service or a day.
    Query,
    /// Something else that the decision may depend on.
    Other,
    /// Nothing that the decision depends on.
    Nothing,
}

/// The default values of the cases in a file.
#[derive(Debug, Clone, Default)]
pub struct CaseDefaults {
    /// The place's code.
    pub jurisdiction: Option<String>,
    /// The service's id.
    pub service: Option<String>,
    /// The day, as YYYY-MM-DD.
    pub as_of: Option<String>,
    /// The day whose published law counts, as YYYY-MM-DD.
    pub known_at: Option<String>,
    /// The processing context.
    pub processing: ProcessingInput,
    /// The columns that belong to no case.
    pub columns: Vec<String>,
}

/// Whether a column of this name is a part of a case: a fact that one of the rulebooks has, or another one, such as the
/// place.
#[must_use]
pub fn is_of_case(name: &str, rulebooks: [&Rulebook; 2]) -> bool {
    !matches!(parse_column(name), Column::Fact(_)) || rulebooks.iter().any(|rulebook| rulebook.fact(name).is_some())
}

impl CaseDefaults {
    /// Adds columns that belong to no case.
    pub fn ignore(&mut self, columns: impl IntoIterator<Item = String>) {
        self.columns.extend(columns);
        self.columns.sort_unstable();
        self.columns.dedup();
    }
}

impl Columns {
    /// Parses the header of a table of cases.
    ///
    /// # Errors
    /// If a column that every case needs is missing, or a column occurs twice.
    pub fn of_cases(header: &TableHeader) -> Result<Self, CaseError> {
        let columns = Self::parse(header, CaseDefaults::default(), true)?;
        columns.require(header, &Column::Outcome, "outcome")?;
        Ok(columns)
    }

    /// Parses the header of a table of cases beside a rule, which gives the place and the service of rows that name
    /// none.
    ///
    /// # Errors
    /// If the day or the outcome has no column, or a column occurs twice.
    pub fn of_cases_beside(header: &TableHeader, rule: CaseDefaults) -> Result<Self, CaseError> {
        let columns = Self::parse(header, rule, true)?;
        columns.require(header, &Column::Outcome, "outcome")?;
        Ok(columns)
    }

    /// Parses the header of a table of people, which are cases without expectations.
    ///
    /// # Errors
    /// If a column without a default is missing, or a column occurs twice.
    pub fn of_people(header: &TableHeader, defaults: CaseDefaults) -> Result<Self, CaseError> {
        Self::parse(header, defaults, false)
    }

    /// What each column tells of a case, in the order of the columns.
    pub fn roles(&self) -> impl Iterator<Item = ColumnRole<'_>> {
        self.columns.iter().map(|column| match column {
            Column::Jurisdiction | Column::Service | Column::AsOf | Column::KnownAt | Column::ProcessedOn => {
                ColumnRole::Query
            }
            Column::Recipient | Column::Basis | Column::Subject | Column::People | Column::Unnamed => ColumnRole::Other,
            Column::Fact(name) => ColumnRole::Fact(name),
            column if column.is_expectation() && self.has_expectations => ColumnRole::Other,
            Column::Name
            | Column::Tolerance
            | Column::Outcome
            | Column::Missing
            | Column::Grant(_)
            | Column::AtLeast(_)
            | Column::Finding(_)
            | Column::Other(_) => ColumnRole::Nothing,
        })
    }

    /// The header that they were parsed from.
    #[must_use]
    pub fn header(&self) -> &TableHeader {
        &self.header
    }

    fn parse(header: &TableHeader, defaults: CaseDefaults, has_expectations: bool) -> Result<Self, CaseError> {
        let parse = |name: &str| match defaults.columns.iter().any(|column| column == name) {
            true => Column::Other(name.to_owned()),
            false => parse_column(name),
        };
        let columns: Vec<Column> = header.names.iter().map(|name| parse(name.trim())).collect();
        let columns = Self { header: header.clone(), columns, defaults, has_expectations };
        if columns.defaults.jurisdiction.is_none() {
            columns.require(header, &Column::Jurisdiction, "jurisdiction")?;
        }
        if columns.defaults.service.is_none() {
            columns.require(header, &Column::Service, "service")?;
        }
        if columns.defaults.as_of.is_none() {
            columns.require(header, &Column::AsOf, "as_of")?;
        }
        for name in &columns.defaults.columns {
            columns.require(header, &Column::Other(name.clone()), name)?;
        }
        columns.check_unique(header)?;
        Ok(columns)
    }

    fn require(&self, header: &TableHeader, column: &Column, name: &str) -> Result<(), CaseError> {
        if self.columns.contains(column) {
            return Ok(());
        }
        let place = FilePlace { form: Some(self.header.form), line: header.line, column: None };
        Err(CaseError { place, message: format!("there is no column `{name}`") })
    }

    fn check_unique(&self, header: &TableHeader) -> Result<(), CaseError> {
        for (index, column) in self.columns.iter().enumerate() {
            let mut earlier = self.columns.iter().take(index);
            if *column != Column::Unnamed && earlier.any(|earlier| earlier == column) {
                let name = header.names.get(index).map(|name| name.trim()).unwrap_or_default();
                let place = FilePlace { form: Some(self.header.form), line: header.line, column: Some(index + 1) };
                return Err(CaseError {
                    place,
                    message: format!("the header has the column `{name}` twice; remove one"),
                });
            }
        }
        Ok(())
    }

    /// Reads a row. The service determines the types of the facts.
    ///
    /// # Errors
    /// Each cell that can't be read.
    pub fn case(&self, row: &TableRow, rulebook: &Rulebook) -> Result<Test, Vec<CaseError>> {
        let at = |column: Option<usize>| FilePlace { form: Some(self.header.form), line: row.line, column };
        let service = self.named(row, &Column::Service).or_else(|| self.defaults.service.clone());
        let service = service.unwrap_or_default();
        let contract = Id::new(&service).ok().and_then(|id| rulebook.contract(&id)).map(AsRef::as_ref);
        let (values, mut errors) = self.read_cells(row, rulebook, contract);
        let beyond = row.cells.iter().enumerate().skip(self.columns.len()).find(|(_, cell)| **cell != Cell::Empty);
        if let Some((index, _)) = beyond {
            errors.push(CaseError { place: at(Some(index + 1)), message: RowError::Unnamed.to_string() });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let defaults = &self.defaults.processing;
        let name = |place: FilePlace| values.name.unwrap_or_else(|| place.to_string());
        Ok(Test::Decision(DecisionTest {
            name: name(at(None)),
            line: row.line,
            jurisdiction: values.jurisdiction.or_else(|| self.defaults.jurisdiction.clone()).unwrap_or_default(),
            service,
            as_of: values.as_of.or_else(|| self.defaults.as_of.clone()).unwrap_or_default(),
            known_at: values.known_at.or_else(|| self.defaults.known_at.clone()),
            facts: UntypedValue::Object(values.facts),
            tolerance: values.tolerance.map(UntypedValue::Number),
            processing: ProcessingInput {
                recipient: values.recipient.or_else(|| defaults.recipient.clone()),
                basis: values.basis.or_else(|| defaults.basis.clone()),
                subject: values.subject.or_else(|| defaults.subject.clone()),
                people: values.people.or_else(|| defaults.people.clone()),
                processed_on: values.processed_on.or_else(|| defaults.processed_on.clone()),
            },
            columns: Box::new(values.columns),
            expect: DecisionExpectation {
                outcome: values.outcome,
                grant: (!values.grant.is_empty()).then_some(UntypedValue::Object(values.grant)),
                at_least: (!values.at_least.is_empty()).then_some(UntypedValue::Object(values.at_least)),
                missing: values.missing,
                findings: self.has_expectations.then_some(values.findings),
                intermediates: None,
                violations: None,
                withheld: None,
            },
        }))
    }

    /// The values of a row's cells, and each cell that can't be read.
    fn read_cells(
        &self,
        row: &TableRow,
        rulebook: &Rulebook,
        contract: Option<&Contract>,
    ) -> (RowValues, Vec<CaseError>) {
        let mut values = RowValues::default();
        let mut errors = Vec::new();
        for (number, (column, cell)) in (1..).zip(self.columns.iter().zip(&row.cells)) {
            // Of people neither an expectation nor a name counts, so no fault of one does.
            let is_read = self.has_expectations || !(column.is_expectation() || *column == Column::Name);
            if *cell == Cell::Empty || !is_read {
                continue;
            }
            if let Err(error) = values.add(column, cell, self.header.form, rulebook, contract) {
                let place = FilePlace { form: Some(self.header.form), line: row.line, column: Some(number) };
                errors.push(CaseError { place, message: error.to_string() });
            }
        }
        (values, errors)
    }

    /// The name in the cell of a column. `None` if there is none.
    fn named(&self, row: &TableRow, column: &Column) -> Option<String> {
        let index = self.columns.iter().position(|other| other == column)?;
        row.cells.get(index).and_then(|cell| plain_text(cell).ok()).filter(|text| !text.is_empty())
    }
}
