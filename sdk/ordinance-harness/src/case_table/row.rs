//! The values of one row of a table, read by the types of their columns.

use std::collections::BTreeMap;

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::FactType;
use ordinance_domain::name::{FieldName, listed, shortened};
use ordinance_engine::Rulebook;
use ordinance_engine::input_error::InputError;
use ordinance_engine::untyped_value::UntypedValue;

use super::column::Column;
use crate::case_binding::{Claim, check_claim};
use crate::cell_value::{CellError, bool_of, day_of, member_value, number_of, plain_text, typed_value, untyped_value};
use crate::table::{Cell, TableForm};
use crate::test_case::UNSET;

/// A row that can't be read, at one of its cells.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    #[error("`{column}`: {error}")]
    Cell { column: String, error: CellError },
    #[error("{0}")]
    Claim(InputError),
    #[error("service `{service}` has no fact `{name}`; name the column after one of {known}")]
    UnknownFact { service: String, name: String, known: String },
    #[error("the rulebook has no service `{service}`{}", did_you_mean(near.as_deref()))]
    UnknownService { service: String, near: Option<String> },
    #[error("the rulebook has no place `{place}`{}", did_you_mean(near.as_deref()))]
    UnknownPlace { place: String, near: Option<String> },
    #[error("the column has no name; name it in the header, or remove it")]
    Unnamed,
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The digits after the point of a tolerance: as many as a binary number has.
const TOLERANCE_SCALE: u32 = 15;

/// The values of a row so far.
#[derive(Default)]
pub(super) struct RowValues {
    pub(super) name: Option<String>,
    pub(super) jurisdiction: Option<String>,
    pub(super) as_of: Option<String>,
    pub(super) known_at: Option<String>,
    pub(super) processed_on: Option<String>,
    pub(super) tolerance: Option<String>,
    pub(super) outcome: String,
    pub(super) missing: Option<Vec<String>>,
    pub(super) recipient: Option<UntypedValue>,
    pub(super) basis: Option<UntypedValue>,
    pub(super) subject: Option<UntypedValue>,
    pub(super) people: Option<UntypedValue>,
    pub(super) facts: Vec<(String, UntypedValue)>,
    pub(super) grant: Vec<(String, UntypedValue)>,
    pub(super) at_least: Vec<(String, UntypedValue)>,
    pub(super) findings: BTreeMap<String, bool>,
    pub(super) columns: BTreeMap<String, String>,
}

impl RowValues {
    /// Adds the value of a cell that isn't empty.
    pub(super) fn add(
        &mut self,
        column: &Column,
        cell: &Cell,
        form: TableForm,
        rulebook: &Rulebook,
        contract: Option<&Contract>,
    ) -> Result<(), RowError> {
        let refused = |error: CellError| RowError::Cell { column: column.to_string(), error };
        let claim = |claim: Claim| read_claim(column, cell, claim, rulebook, contract);
        match column {
            Column::Name => self.name = Some(plain_text(cell).map_err(refused)?),
            Column::Jurisdiction => {
                let code = plain_text(cell).map_err(refused)?;
                if !rulebook.has_place(&code) {
                    let near = rulebook.nearest_place(&code).map(str::to_owned);
                    return Err(RowError::UnknownPlace { place: shortened(&code).to_string(), near });
                }
                self.jurisdiction = Some(code);
            }
            Column::Service => {
                let id = plain_text(cell).map_err(refused)?;
                if contract.is_none() {
                    let near = rulebook.nearest_service(&id).map(str::to_owned);
                    return Err(RowError::UnknownService { service: shortened(&id).to_string(), near });
                }
            }
            Column::AsOf => self.as_of = Some(day_of(cell).map_err(refused)?),
            Column::KnownAt => self.known_at = Some(day_of(cell).map_err(refused)?),
            Column::ProcessedOn => self.processed_on = Some(day_of(cell).map_err(refused)?),
            Column::Tolerance => self.tolerance = Some(number_of(cell, form, TOLERANCE_SCALE).map_err(refused)?),
            Column::Outcome => self.outcome = plain_text(cell).map_err(refused)?,
            Column::Missing => {
                let names = plain_text(cell).map_err(refused)?;
                self.missing = Some(names.split_whitespace().map(str::to_owned).collect());
            }
            Column::Recipient => self.recipient = Some(claim(Claim::Recipient)?),
            Column::Basis => self.basis = Some(claim(Claim::Basis)?),
            Column::Subject => self.subject = Some(claim(Claim::Subject)?),
            Column::People => self.people = Some(claim(Claim::People)?),
            Column::Fact(name) => self.facts.push((name.clone(), read_fact(name, cell, form, contract)?)),
            Column::Grant(name) => self.grant.push((name.clone(), read_grant(column, name, cell, form, contract)?)),
            Column::AtLeast(name) => {
                self.at_least.push((name.clone(), read_grant(column, name, cell, form, contract)?));
            }
            Column::Finding(id) => {
                self.findings.insert(id.clone(), bool_of(cell, form).map_err(refused)?);
            }
            Column::Other(name) => {
                // What belongs to no case stops none. A weight that can't be read is one that is missing.
                if let Ok(text) = plain_text(cell) {
                    self.columns.insert(name.clone(), text);
                }
            }
            Column::Unnamed => return Err(RowError::Unnamed),
        }
        Ok(())
    }
}

fn read_fact(name: &str, cell: &Cell, form: TableForm, contract: Option<&Contract>) -> Result<UntypedValue, RowError> {
    let refused = |error: CellError| RowError::Cell { column: name.to_owned(), error };
    let Some(contract) = contract else { return untyped_value(cell).map_err(refused) };
    match contract.fact(name) {
        Some(fact) => typed_value(cell, &fact.fact_type, form).map_err(refused),
        None => Err(RowError::UnknownFact {
            service: contract.service.to_string(),
            name: shortened(name).to_string(),
            known: listed(contract.facts.iter().map(|fact| &fact.name)),
        }),
    }
}

/// An expected field of the grant. A field that the contract doesn't have becomes an error when the test runs.
fn read_grant(
    column: &Column,
    name: &str,
    cell: &Cell,
    form: TableForm,
    contract: Option<&Contract>,
) -> Result<UntypedValue, RowError> {
    let field_type = || -> Option<&FactType> { Some(&contract?.grant_field(&FieldName::new(name).ok()?)?.fact_type) };
    let value = match (cell, field_type()) {
        (Cell::Text(text), _) if text == UNSET => Ok(UntypedValue::Text(UNSET.to_owned())),
        (cell, Some(field_type)) => typed_value(cell, field_type, form),
        (cell, None) => untyped_value(cell),
    };
    value.map_err(|error| RowError::Cell { column: column.to_string(), error })
}

fn read_claim(
    column: &Column,
    cell: &Cell,
    claim: Claim,
    rulebook: &Rulebook,
    contract: Option<&Contract>,
) -> Result<UntypedValue, RowError> {
    let value = member_value(cell).map_err(|error| RowError::Cell { column: column.to_string(), error })?;
    if let Some(contract) = contract {
        check_claim(claim, &value, rulebook, contract).map_err(RowError::Claim)?;
    }
    Ok(value)
}
