//! Cases as a table: CSV with a case a line. A column is named by what it holds: `name`, `jurisdiction`, `service`, `as_of`,
//! `known_at`, `tolerance`, `outcome`, `missing` (facts with spaces between), `grant.FIELD`, `finding.CRITERION`, and any other a
//! fact. An empty cell says nothing.

use std::collections::BTreeMap;

use ordinance_domain::fact::FactType;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_engine::case::read_decimal;
use ordinance_engine::untyped_value::UntypedValue;
use serde_json::value::RawValue;

use crate::case_error::CaseError;
use crate::test_case::{DecisionExpectation, DecisionTest, ProcessingContext, Test};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Name,
    Jurisdiction,
    Service,
    AsOf,
    KnownAt,
    Tolerance,
    Outcome,
    Missing,
    Grant(String),
    Finding(String),
    Fact(String),
}

/// The columns of a table.
#[derive(Debug, Clone)]
pub struct Columns {
    columns: Vec<Column>,
    defaults: CaseDefaults,
}

/// What every case of a file is about where it doesn't say so itself.
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
    /// Reads the first line of a table of cases.
    ///
    /// # Errors
    /// If a column that every case needs isn't there, or one is there twice.
    pub fn of_cases(names: &csv::StringRecord) -> Result<Self, CaseError> {
        Self::read(names, CaseDefaults::default(), &[(Column::Outcome, "outcome")])
    }

    /// Reads the first line of a table of people, of whom nothing is expected.
    ///
    /// # Errors
    /// If a column is needed and isn't there, or one is there twice.
    pub fn of_people(names: &csv::StringRecord, defaults: CaseDefaults) -> Result<Self, CaseError> {
        Self::read(names, defaults, &[])
    }

    fn read(names: &csv::StringRecord, defaults: CaseDefaults, more: &[(Column, &str)]) -> Result<Self, CaseError> {
        let columns: Vec<Column> = names.iter().map(|name| column(name.trim())).collect();
        let fault = |message: String| Err(CaseError { line: 1, column: 1, message });
        let needed = [
            (Column::Jurisdiction, "jurisdiction", &defaults.jurisdiction),
            (Column::Service, "service", &defaults.service),
            (Column::AsOf, "as_of", &defaults.as_of),
        ];
        let needed =
            needed.into_iter().filter(|(.., default)| default.is_none()).map(|(column, name, _)| (column, name));
        for (needed, name) in needed.chain(more.iter().cloned()) {
            if !columns.contains(&needed) {
                return fault(format!("there is no column `{name}`"));
            }
        }
        let twice =
            columns.iter().enumerate().find(|(at, column)| columns.iter().take(*at).any(|other| other == *column));
        match twice {
            Some((at, _)) => fault(format!("the column `{}` stands here twice", names.get(at).unwrap_or_default())),
            None => Ok(Self { columns, defaults }),
        }
    }

    /// Reads a line. The types of its facts are those of its service. The column of a fault is the number of the cell.
    ///
    /// # Errors
    /// A cell that can't be read; what doesn't fit the service is told when the case is run.
    pub fn case(&self, row: &csv::StringRecord, rulebook: &Rulebook) -> Result<Test, CaseError> {
        let line = row.position().map_or(0, csv::Position::line);
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let cell = |wanted: &Column| {
            let at = self.columns.iter().position(|column| column == wanted)?;
            row.get(at).map(str::trim).filter(|text| !text.is_empty())
        };
        let text = |wanted: &Column| cell(wanted).map(str::to_owned);
        let or =
            |wanted: &Column, default: &Option<String>| text(wanted).or_else(|| default.clone()).unwrap_or_default();
        let service = or(&Column::Service, &self.defaults.service);
        let contract = Id::new(&service).ok().and_then(|id| rulebook.contract(&id));
        let cells = || (1..).zip(self.columns.iter().zip(row.iter().map(str::trim)));
        let filled = || cells().filter(|(_, (_, text))| !text.is_empty());
        let (mut facts, mut grant, mut findings) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (at, (column, text)) in filled() {
            let fault = |message: String| CaseError { line, column: at, message };
            match column {
                Column::Fact(name) => {
                    let fact_type = contract.and_then(|contract| contract.fact(name)).map(|fact| &fact.fact_type);
                    let value =
                        fact_type.map_or_else(|| Ok(UntypedValue::Text(text.to_owned())), |of| tree_of(of, text));
                    facts.push((name.clone(), value.map_err(|message| fault(format!("`{name}`: {message}")))?));
                }
                Column::Grant(name) => grant.push((name.clone(), UntypedValue::Text(text.to_owned()))),
                Column::Finding(id) => {
                    let is_satisfied = text.parse().map_err(|_| fault(format!("`finding.{id}` is true or false")))?;
                    findings.insert(id.clone(), is_satisfied);
                }
                _ => {}
            }
        }
        Ok(Test::Decision(DecisionTest {
            name: text(&Column::Name).unwrap_or_else(|| format!("line {line}")),
            line,
            jurisdiction: or(&Column::Jurisdiction, &self.defaults.jurisdiction),
            as_of: or(&Column::AsOf, &self.defaults.as_of),
            known_at: text(&Column::KnownAt),
            facts: UntypedValue::Object(facts),
            tolerance: cell(&Column::Tolerance).map(|text| UntypedValue::Text(text.to_owned())),
            claims: ProcessingContext::default(),
            expect: DecisionExpectation {
                outcome: text(&Column::Outcome).unwrap_or_default(),
                grant: (!grant.is_empty()).then_some(UntypedValue::Object(grant)),
                missing: cell(&Column::Missing).map(|names| names.split_whitespace().map(str::to_owned).collect()),
                findings: Some(findings),
                violations: None,
                withheld: None,
            },
            service,
        }))
    }
}

fn column(name: &str) -> Column {
    match (name, name.split_once('.')) {
        ("name", _) => Column::Name,
        ("jurisdiction", _) => Column::Jurisdiction,
        ("service", _) => Column::Service,
        ("as_of", _) => Column::AsOf,
        ("known_at", _) => Column::KnownAt,
        ("tolerance", _) => Column::Tolerance,
        ("outcome", _) => Column::Outcome,
        ("missing", _) => Column::Missing,
        (_, Some(("grant", field))) => Column::Grant(field.to_owned()),
        (_, Some(("finding", id))) => Column::Finding(id.to_owned()),
        (name, _) => Column::Fact(name.to_owned()),
    }
}

/// A cell as a value of this type would be written in JSON. One that doesn't look like it stays text, so that reading it says
/// what was expected.
pub(crate) fn tree_of(fact_type: &FactType, text: &str) -> Result<UntypedValue, String> {
    Ok(match fact_type {
        FactType::Bool => text.parse().map_or_else(|_| UntypedValue::Text(text.to_owned()), UntypedValue::Bool),
        FactType::Integer { .. } | FactType::Decimal { .. } if read_decimal(text).is_some() => {
            UntypedValue::Number(text.to_owned())
        }
        FactType::Integer { .. } | FactType::Decimal { .. } => UntypedValue::Text(text.to_owned()),
        FactType::Date | FactType::Text { .. } | FactType::Choice(_) => UntypedValue::Text(text.to_owned()),
        FactType::Record(_) | FactType::List { .. } => {
            let raw: &RawValue = serde_json::from_str(text).map_err(|_| "this is no JSON".to_owned())?;
            UntypedValue::from_json(raw, "").map_err(|fault| fault.to_string())?
        }
    })
}
