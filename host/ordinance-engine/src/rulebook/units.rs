//! Checks the units of a rule's parameters against those of the rulebook: an amount in a currency that nothing else of
//! the service has, a number in another unit than the limit that an upper level sets for it.

use std::collections::BTreeSet;

use ordinance_domain::bounds::{GrantBound, LevelBounds, Limit};
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::manifest::Manifest;
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::{RuleType, ValueType};
use ordinance_domain::unit::Unit;
use ordinance_sandbox::wit_type::type_name;

use super::rule_load_error::RuleLoadError;
use crate::definitions::Definitions;

/// Checks the units of the parameters and the intermediate values of a rule of a service.
///
/// # Errors
/// [`RuleLoadError::UnitMismatch`] for the first that contradicts.
pub(super) fn check_units(
    manifest: &Manifest,
    contract: &Contract,
    definitions: &Definitions,
) -> Result<(), RuleLoadError> {
    let currencies = currencies_of(contract);
    let levels = definitions.bounds.get(&contract.service);
    let is_above = |level: &&LevelBounds| {
        let mut trees = definitions.places.trees();
        trees.any(|places| places.ever_above(&manifest.jurisdiction).contains(&&level.jurisdiction))
    };
    let levels: Vec<&LevelBounds> =
        levels.into_iter().flat_map(|levels| levels.values()).map(AsRef::as_ref).filter(is_above).collect();
    for parameter in &manifest.parameters {
        let Some(unit) = &parameter.unit else { continue };
        let other = other_currency(unit, &currencies)
            .or_else(|| levels.iter().find_map(|level| other_limit(&parameter.name, unit, level)));
        if let Some(other) = other {
            return Err(RuleLoadError::UnitMismatch { name: parameter.name.clone(), unit: unit.to_string(), other });
        }
    }
    for told in &manifest.intermediates {
        let Some(unit) = &told.unit else { continue };
        if let Some(other) = other_currency(unit, &currencies) {
            return Err(RuleLoadError::UnitMismatch { name: told.name.clone(), unit: unit.to_string(), other });
        }
    }
    Ok(())
}

/// Checks that each intermediate value with a unit is a number, or holds numbers.
///
/// # Errors
/// [`RuleLoadError::UnitOfNoNumber`] for the first that isn't.
pub(super) fn check_numbers_told(manifest: &Manifest, rule_type: &RuleType) -> Result<(), RuleLoadError> {
    for told in manifest.intermediates.iter().filter(|told| told.unit.is_some()) {
        let field = rule_type.intermediates.iter().find(|field| field.name == told.name);
        if let Some(field) = field.filter(|field| !may_have_unit(&field.value_type)) {
            let found = type_name(field.value_type.inner());
            return Err(RuleLoadError::UnitOfNoNumber { name: told.name.clone(), found });
        }
    }
    Ok(())
}

fn may_have_unit(value_type: &ValueType) -> bool {
    match value_type.inner() {
        ValueType::Integer(_) | ValueType::Decimal | ValueType::Decimals => true,
        ValueType::Record(fields) | ValueType::List(fields) => {
            fields.iter().any(|field| may_have_unit(&field.value_type))
        }
        ValueType::Bool | ValueType::Date | ValueType::Text | ValueType::Choice(_) | ValueType::Option(_) => false,
    }
}

/// The currencies of the facts and the grant of a service.
fn currencies_of(contract: &Contract) -> BTreeSet<&'static str> {
    let of_grant = contract.grant.iter().filter_map(|field| field.unit.as_ref());
    let of_facts = contract.facts.iter().flat_map(Fact::with_parts).filter_map(|fact| fact.unit.as_ref());
    of_grant.chain(of_facts).filter_map(Unit::currency).collect()
}

fn other_currency(unit: &Unit, currencies: &BTreeSet<&'static str>) -> Option<String> {
    let currency = unit.currency()?;
    if currencies.is_empty() || currencies.contains(currency) {
        return None;
    }
    let known = currencies.iter().copied().collect::<Vec<_>>().join(", ");
    Some(format!("the facts and the grant of its service are in {known}"))
}

/// The limit of a level for a parameter of this name, if it is in another unit.
fn other_limit(name: &FieldName, unit: &Unit, level: &LevelBounds) -> Option<String> {
    let bounds = level.parameters.get(name)?;
    let limits = bounds.iter().flat_map(|bound| match &bound.value.kind {
        GrantBound::Within { least, most } => [least.as_ref(), most.as_ref()],
        GrantBound::Sum | GrantBound::Delegated | GrantBound::Fixed => [None, None],
    });
    let number = |limit: &Limit| match limit {
        Limit::Parameter { name, .. } => level.numbers.iter().find(|number| number.name == *name),
        Limit::Inherited | Limit::Value(_) => None,
    };
    let other = limits.flatten().filter_map(number).find_map(|number| {
        let limit = number.unit.as_ref().filter(|limit| !unit.is_comparable_with(limit))?;
        Some((&number.name, limit))
    });
    other.map(|(number, limit)| format!("`{number}` of `{}`, which limits it, is in `{limit}`", level.jurisdiction))
}
