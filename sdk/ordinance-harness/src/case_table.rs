//! Reads tables with one case in each row. The columns are `name`, `jurisdiction`, `service`, `as_of`, `known_at`,
//! `recipient`, `basis`, `subject`, `people` (each as JSON, a basis also as its name), `processed_on`, `tolerance`,
//! `outcome`, `missing` (names separated by spaces), `grant.FIELD`, `at_least.FIELD` and `finding.CRITERION`; any other
//! column is a fact. An empty cell means a missing value.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::FactType;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_engine::input_error::InputError;
use ordinance_engine::literals::read_decimal;
use ordinance_engine::untyped_value::UntypedValue;
use serde_json::value::RawValue;

use crate::case_error::CaseError;
use crate::test_case::{DecisionExpectation, DecisionTest, ProcessingInput, Test};

/// The content of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Name,
    Jurisdiction,
    Service,
    AsOf,
    KnownAt,
    Recipient,
    Basis,
    Subject,
    People,
    ProcessedOn,
    Tolerance,
    Outcome,
    Missing,
    Grant(String),
    AtLeast(String),
    Finding(String),
    Fact(String),
}

/// The columns of a table, and the default values of columns that it doesn't have.
#[derive(Debug, Clone)]
pub struct Columns {
    columns: Vec<Column>,
    defaults: CaseDefaults,
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
}

impl Columns {
    /// Parses the header of a table of cases.
    ///
    /// # Errors
    /// If a column that every case needs is missing, or a column occurs twice.
    pub fn of_cases(header: &csv::StringRecord) -> Result<Self, CaseError> {
        let columns = Self::parse(header, CaseDefaults::default())?;
        columns.require(&Column::Outcome, "outcome")?;
        columns.check_unique(header)?;
        Ok(columns)
    }

    /// Parses the header of a table of people, which are cases without expectations.
    ///
    /// # Errors
    /// If a column without a default is missing, or a column occurs twice.
    pub fn of_people(header: &csv::StringRecord, defaults: CaseDefaults) -> Result<Self, CaseError> {
        let columns = Self::parse(header, defaults)?;
        columns.check_unique(header)?;
        Ok(columns)
    }

    fn parse(header: &csv::StringRecord, defaults: CaseDefaults) -> Result<Self, CaseError> {
        let columns = Self { columns: header.iter().map(|name| parse_column(name.trim())).collect(), defaults };
        if columns.defaults.jurisdiction.is_none() {
            columns.require(&Column::Jurisdiction, "jurisdiction")?;
        }
        if columns.defaults.service.is_none() {
            columns.require(&Column::Service, "service")?;
        }
        if columns.defaults.as_of.is_none() {
            columns.require(&Column::AsOf, "as_of")?;
        }
        Ok(columns)
    }

    fn require(&self, column: &Column, name: &str) -> Result<(), CaseError> {
        if self.columns.contains(column) { Ok(()) } else { Err(header_error(format!("there is no column `{name}`"))) }
    }

    fn check_unique(&self, header: &csv::StringRecord) -> Result<(), CaseError> {
        for (index, column) in self.columns.iter().enumerate() {
            if self.columns.iter().take(index).any(|earlier| earlier == column) {
                let name = header.get(index).unwrap_or_default();
                return Err(header_error(format!("the header has the column `{name}` twice; remove one")));
            }
        }
        Ok(())
    }

    /// Parses a row. The service determines the types of the facts. A fact that the service doesn't have becomes an
    /// error only when the test runs.
    ///
    /// # Errors
    /// [`CaseError`] if a cell can't be read.
    pub fn case(&self, row: &csv::StringRecord, rulebook: &Rulebook) -> Result<Test, CaseError> {
        let line = usize::try_from(row.position().map_or(0, csv::Position::line)).unwrap_or(usize::MAX);
        let defaults = &self.defaults;
        let service = self.text_or(row, &Column::Service, &defaults.service);
        let contract = Id::new(&service).ok().and_then(|id| rulebook.contract(&id)).map(Arc::as_ref);
        let mut cells = Cells::default();
        for (number, (column, text)) in (1..).zip(self.columns.iter().zip(row.iter().map(str::trim))) {
            if !text.is_empty() {
                let added = cells.add(column, text, contract);
                added.map_err(|error| CaseError { line, column: number, message: error.to_string() })?;
            }
        }
        let missing = self.cell(row, &Column::Missing);
        let processing = ProcessingInput {
            recipient: self.json(row, &Column::Recipient, "recipient", line)?,
            basis: self.json(row, &Column::Basis, "basis", line)?,
            subject: self.json(row, &Column::Subject, "subject", line)?,
            people: self.json(row, &Column::People, "people", line)?,
            processed_on: self.text(row, &Column::ProcessedOn),
        };
        Ok(Test::Decision(DecisionTest {
            name: self.text(row, &Column::Name).unwrap_or_else(|| format!("line {line}")),
            line,
            jurisdiction: self.text_or(row, &Column::Jurisdiction, &defaults.jurisdiction),
            as_of: self.text_or(row, &Column::AsOf, &defaults.as_of),
            known_at: self.text(row, &Column::KnownAt),
            facts: UntypedValue::Object(cells.facts),
            tolerance: self.text(row, &Column::Tolerance).map(UntypedValue::Text),
            processing,
            expect: DecisionExpectation {
                outcome: self.text(row, &Column::Outcome).unwrap_or_default(),
                grant: (!cells.grant.is_empty()).then_some(UntypedValue::Object(cells.grant)),
                at_least: (!cells.at_least.is_empty()).then_some(UntypedValue::Object(cells.at_least)),
                missing: missing.map(|names| names.split_whitespace().map(str::to_owned).collect()),
                findings: Some(cells.findings),
                intermediates: None,
                violations: None,
                withheld: None,
            },
            service,
        }))
    }

    /// The cell of a column. `None` if the table doesn't have the column, or the cell is empty.
    fn cell<'r>(&self, row: &'r csv::StringRecord, column: &Column) -> Option<&'r str> {
        let index = self.columns.iter().position(|other| other == column)?;
        row.get(index).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The cell of a column as JSON: an object, an array, or a word without quotes.
    fn json(
        &self,
        row: &csv::StringRecord,
        column: &Column,
        name: &str,
        line: usize,
    ) -> Result<Option<UntypedValue>, CaseError> {
        let Some(text) = self.cell(row, column) else { return Ok(None) };
        if !text.starts_with(['{', '[', '"']) {
            return Ok(Some(UntypedValue::Text(text.to_owned())));
        }
        let number = self.columns.iter().position(|other| other == column).map_or(1, |index| index + 1);
        let error = |error: CellError| CaseError { line, column: number, message: error.to_string() };
        let raw: &RawValue = serde_json::from_str(text).map_err(|_| error(CellError::NotJson(name.to_owned())))?;
        let value = UntypedValue::from_json(raw, &format!("/{name}"));
        value.map(Some).map_err(|fault| error(CellError::Fact(name.to_owned(), fault)))
    }

    fn text(&self, row: &csv::StringRecord, column: &Column) -> Option<String> {
        self.cell(row, column).map(str::to_owned)
    }

    fn text_or(&self, row: &csv::StringRecord, column: &Column, default: &Option<String>) -> String {
        self.text(row, column).or_else(|| default.clone()).unwrap_or_default()
    }
}

fn header_error(message: String) -> CaseError {
    CaseError { line: 1, column: 1, message }
}

/// A cell that can't be read.
#[derive(Debug, thiserror::Error)]
enum CellError {
    #[error("`{0}`: the cell is not valid JSON; write a JSON object or array")]
    NotJson(String),
    #[error("`{0}`: {1}")]
    Fact(String, InputError),
    #[error("the cell of `finding.{0}` must be true or false")]
    NotABoolean(String),
}

/// The cells of a row whose columns have names of the rulebook.
#[derive(Default)]
struct Cells {
    facts: Vec<(String, UntypedValue)>,
    grant: Vec<(String, UntypedValue)>,
    at_least: Vec<(String, UntypedValue)>,
    findings: BTreeMap<String, bool>,
}

impl Cells {
    fn add(&mut self, column: &Column, text: &str, contract: Option<&Contract>) -> Result<(), CellError> {
        match column {
            Column::Fact(name) => {
                let fact_type = contract.and_then(|contract| contract.fact(name)).map(|fact| &fact.fact_type);
                let value = match fact_type {
                    Some(fact_type) => parse_cell(name, fact_type, text)?,
                    None => UntypedValue::Text(text.to_owned()),
                };
                self.facts.push((name.clone(), value));
            }
            Column::Grant(name) => self.grant.push((name.clone(), UntypedValue::Text(text.to_owned()))),
            Column::AtLeast(name) => self.at_least.push((name.clone(), UntypedValue::Text(text.to_owned()))),
            Column::Finding(id) => {
                let satisfied = text.parse().map_err(|_| CellError::NotABoolean(id.clone()))?;
                self.findings.insert(id.clone(), satisfied);
            }
            Column::Name
            | Column::Jurisdiction
            | Column::Service
            | Column::AsOf
            | Column::KnownAt
            | Column::Recipient
            | Column::Basis
            | Column::Subject
            | Column::People
            | Column::ProcessedOn
            | Column::Tolerance
            | Column::Outcome
            | Column::Missing => {}
        }
        Ok(())
    }
}

fn parse_column(name: &str) -> Column {
    match (name, name.split_once('.')) {
        ("name", _) => Column::Name,
        ("jurisdiction", _) => Column::Jurisdiction,
        ("service", _) => Column::Service,
        ("as_of", _) => Column::AsOf,
        ("known_at", _) => Column::KnownAt,
        ("recipient", _) => Column::Recipient,
        ("basis", _) => Column::Basis,
        ("subject", _) => Column::Subject,
        ("people", _) => Column::People,
        ("processed_on", _) => Column::ProcessedOn,
        ("tolerance", _) => Column::Tolerance,
        ("outcome", _) => Column::Outcome,
        ("missing", _) => Column::Missing,
        (_, Some(("grant", field))) => Column::Grant(field.to_owned()),
        (_, Some(("at_least", field))) => Column::AtLeast(field.to_owned()),
        (_, Some(("finding", id))) => Column::Finding(id.to_owned()),
        (name, _) => Column::Fact(name.to_owned()),
    }
}

/// A cell as an untyped value of the JSON form of this type. A cell of another form stays text, so that the check of
/// the fact reports the expected type.
fn parse_cell(name: &str, fact_type: &FactType, text: &str) -> Result<UntypedValue, CellError> {
    Ok(match fact_type {
        FactType::Bool => text.parse().map_or_else(|_| UntypedValue::Text(text.to_owned()), UntypedValue::Bool),
        FactType::Integer { .. } | FactType::Decimal { .. } if read_decimal(text).is_some() => {
            UntypedValue::Number(text.to_owned())
        }
        FactType::Integer { .. } | FactType::Decimal { .. } => UntypedValue::Text(text.to_owned()),
        FactType::Date | FactType::Text { .. } | FactType::Choice(_) => UntypedValue::Text(text.to_owned()),
        FactType::Record(_) | FactType::List { .. } => {
            let raw: &RawValue = serde_json::from_str(text).map_err(|_| CellError::NotJson(name.to_owned()))?;
            UntypedValue::from_json(raw, "").map_err(|error| CellError::Fact(name.to_owned(), error))?
        }
    })
}
