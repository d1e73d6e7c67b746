//! What a rule of law may name: the types of facts, parameters and the upper levels' grant.

use std::rc::Rc;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::manifest::Manifest;
use ordinance_domain::parameters::Parameter;
use ordinance_domain::unit::{Measure, Unit};
use ordinance_domain::value::{Decimal, Record, Value};

use super::checked::{Units, bounds_of};
use super::joins::join;
use crate::bounds::Bounds;
use crate::exact::Exact;
use crate::types::{Type, TypeKind};

/// A tool that moves a value of a parameter by a step, and a new value, mustn't need another build: the bounds of a
/// parameter are those of its values with this factor of headroom.
const HEADROOM: i128 = 1_000;
/// That of percentages, which don't grow as amounts do.
const PERCENT_HEADROOM: i128 = 10;
/// The greatest value of a parameter that has none yet.
const PENDING_MAX: i64 = 1_000_000_000_000;
/// The factor of headroom of the rows of a table, and the fewest for which there is room.
const ROWS_HEADROOM: u64 = 10;
const ROWS_MIN: u64 = 100;

fn units_of(unit: Option<&Unit>) -> Units {
    unit.map_or(Units::Plain, |unit| Units::Of(Rc::new(unit.clone())))
}

pub(crate) fn exact(number: Decimal) -> Exact {
    let number = number.normalize();
    Exact::new(number.mantissa(), u8::try_from(number.scale()).unwrap_or(u8::MAX))
}

/// The type of a fact, or of a part of one.
pub(crate) fn fact_type(fact: &FactType) -> Type {
    match fact {
        FactType::Bool => TypeKind::Boolean.into(),
        FactType::Integer { min, max } => Bounds::whole(*min, *max).into(),
        FactType::Decimal { min, max, scale } => {
            let scale = u8::try_from(*scale).unwrap_or(u8::MAX);
            Bounds::between(exact(*min), exact(*max), scale).into()
        }
        FactType::Date => TypeKind::Date.into(),
        FactType::Text { .. } => TypeKind::Text.into(),
        FactType::Choice(words) => TypeKind::Choice(Rc::from(words.as_slice())).into(),
        FactType::Record(fields) => record_type(fields),
        FactType::List { fields, items_max } => record_type(fields).list(u64::try_from(*items_max).ok()),
    }
}

fn record_type(fields: &[Field]) -> Type {
    let typed = fields.iter().map(|field| (field.name.to_string(), fact_type(&field.part.fact_type)));
    TypeKind::Context(typed.collect()).into()
}

/// The units of a fact and its parts.
pub(crate) fn fact_units(fact: &Fact) -> Units {
    let parts = |fields: &[Field]| Units::Fields(fields.iter().map(|field| fact_units(&field.part)).collect());
    match &fact.fact_type {
        FactType::Integer { .. } | FactType::Decimal { .. } => units_of(fact.unit.as_ref()),
        FactType::Record(fields) => parts(fields),
        FactType::List { fields, .. } => parts(fields).list(),
        FactType::Bool | FactType::Date | FactType::Text { .. } | FactType::Choice(_) => Units::Plain,
    }
}

/// What the upper levels grant: each field may be left open, and they may grant nothing.
pub(crate) fn inherited_type(contract: &Contract) -> (Type, Units) {
    let fields = contract.grant.iter().map(|field| (field.name.to_string(), fact_type(&field.fact_type).or_null()));
    let units = contract.grant.iter().map(|field| match &field.fact_type {
        FactType::Integer { .. } | FactType::Decimal { .. } => units_of(field.unit.as_ref()),
        _ => Units::Plain,
    });
    let ty = Type::from(TypeKind::Context(fields.collect())).or_null();
    (ty, Units::Fields(units.collect()))
}

/// Why the type of a parameter isn't known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownTypeError {
    /// It has no value yet.
    NoValue,
    /// Its values are of several kinds.
    Mixed,
}

/// The type of a parameter, by all its values, in the rule and in those that share its code. It may be null if in one
/// of them it has none on some day.
pub(crate) fn parameter_type(
    parameter: &Parameter,
    manifests: &[&Manifest],
) -> Result<(Type, Units), UnknownTypeError> {
    let mut all: Vec<Option<&Parameter>> = Vec::new();
    for manifest in manifests {
        all.push(manifest.parameters.iter().find(|other| other.name == parameter.name));
    }
    let values: Vec<&Value> =
        all.iter().flatten().flat_map(|parameter| &parameter.values).map(|dated| &dated.value).collect();
    let ty = match values_type(&values) {
        Ok(typed) => {
            let is_percentage =
                parameter.unit.as_ref().is_some_and(|unit| matches!(unit.measure, Measure::Percent { .. }));
            with_headroom(typed, if is_percentage { PERCENT_HEADROOM } else { HEADROOM })
        }
        // What has a unit is a number, as far as anybody can tell.
        Err(UnknownTypeError::NoValue) if parameter.unit.is_some() => {
            let most = Exact::whole(PENDING_MAX);
            Bounds::between(most.negate(), most, DECIMAL_SCALE_MIN).into()
        }
        Err(error) => return Err(error),
    };
    let units = match &ty.kind {
        TypeKind::Number(_) => units_of(parameter.unit.as_ref()),
        TypeKind::List { item, .. } if matches!(item.kind, TypeKind::Number(_)) => {
            units_of(parameter.unit.as_ref()).list()
        }
        _ => Units::Plain,
    };
    let always_has = |(parameter, manifest): (&Option<&Parameter>, &&Manifest)| {
        parameter.is_some_and(|parameter| always_has_value(parameter, manifest))
    };
    let ty = if all.iter().zip(manifests).all(always_has) { ty } else { ty.or_null() };
    Ok((ty, units))
}

/// Whether it has a value on every day on which the rule is in force.
fn always_has_value(parameter: &Parameter, manifest: &Manifest) -> bool {
    let ends = parameter.values.iter().filter_map(|dated| dated.until);
    let days = ends.filter(|day| manifest.in_force.contains(*day)).chain([manifest.in_force.from()]);
    let is_known_first = parameter.values.first().is_some_and(|dated| {
        dated.published.is_none_or(|day| manifest.publication.published.is_some_and(|published| day <= published))
    });
    is_known_first && days.into_iter().all(|day| parameter.on(LawDay::all_published(day)).is_some())
}

/// The type of values that are the same thing on several days, or in several rows.
fn values_type(values: &[&Value]) -> Result<Type, UnknownTypeError> {
    let numbers: Option<Vec<Type>> = values.iter().map(|value| number_type(value)).collect();
    let typed: Vec<Type> = match numbers {
        Some(numbers) => numbers,
        None => values.iter().map(|value| value_type(value)).collect::<Result<_, _>>()?,
    };
    let mut typed = typed.into_iter();
    let first = typed.next().ok_or(UnknownTypeError::NoValue)?;
    typed.try_fold(first, |joined, ty| joined_records(&joined, &ty).ok_or(UnknownTypeError::Mixed))
}

/// A number, also one that is written as a text, as TOML has to write a decimal.
fn number_type(value: &Value) -> Option<Type> {
    let number = match value {
        Value::Integer(number) => Exact::whole(*number),
        Value::Decimal(number) => exact(*number),
        Value::Text(text) => exact(Decimal::from_str_exact(text).ok()?),
        Value::Bool(_) | Value::Date(_) | Value::Choice(_) | Value::Record(_) | Value::List(_) | Value::Decimals(_) => {
            return None;
        }
    };
    let is_whole = matches!(value, Value::Integer(_));
    let scale = if is_whole { number.scale() } else { number.scale().max(DECIMAL_SCALE_MIN) };
    Some(Bounds::between(number, number, scale).into())
}

/// A parameter that is written as a decimal has room for hundredths, though its values are whole. More digits than its
/// values have would make a grant of such a parameter need a rounding that never rounds.
const DECIMAL_SCALE_MIN: u8 = 2;

fn value_type(value: &Value) -> Result<Type, UnknownTypeError> {
    Ok(match value {
        Value::Bool(_) => TypeKind::Boolean.into(),
        Value::Date(_) => TypeKind::Date.into(),
        Value::Text(_) | Value::Choice(_) => TypeKind::Text.into(),
        Value::Integer(_) | Value::Decimal(_) => TypeKind::NUMBER.into(),
        Value::Record(record) => records_type(&[record])?,
        Value::List(rows) => {
            let rows: Vec<&Record> = rows.iter().collect();
            records_type(&rows)?.list(u64::try_from(rows.len()).ok())
        }
        Value::Decimals(numbers) => {
            let typed = numbers.iter().map(|number| {
                let number = exact(*number);
                Bounds::between(number, number, number.scale().max(DECIMAL_SCALE_MIN))
            });
            let item = typed.reduce(Bounds::hull).unwrap_or(Bounds::whole(0, 0));
            Type::from(item).list(u64::try_from(numbers.len()).ok())
        }
    })
}

/// The type of rows: a field that some row lacks may be null.
fn records_type(rows: &[&Record]) -> Result<Type, UnknownTypeError> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| row.iter()) {
        if !names.iter().any(|known| name.is(known)) {
            names.push(name.to_string());
        }
    }
    let fields = names.into_iter().map(|name| {
        let cells: Vec<&Value> = rows
            .iter()
            .filter_map(|row| row.iter().find(|(known, _)| known.is(&name)).map(|(_, value)| value))
            .collect();
        let ty = values_type(&cells)?;
        let ty = if cells.len() < rows.len() { ty.or_null() } else { ty };
        Ok((name, ty))
    });
    Ok(TypeKind::Context(fields.collect::<Result<_, UnknownTypeError>>()?).into())
}

/// The type of what is of one type on one day and of another on another; a field that one lacks may be null.
fn joined_records(one: &Type, other: &Type) -> Option<Type> {
    match (&one.kind, &other.kind) {
        (TypeKind::Context(fields), TypeKind::Context(others)) => {
            let mut joined: Vec<(String, Type)> = Vec::new();
            for (name, ty) in fields.iter() {
                let other = others.iter().find(|(known, _)| known == name);
                let ty = match other {
                    Some((_, other)) => joined_records(ty, other)?,
                    None => ty.clone().or_null(),
                };
                joined.push((name.clone(), ty));
            }
            let more = others.iter().filter(|(name, _)| !fields.iter().any(|(known, _)| known == name));
            joined.extend(more.map(|(name, ty)| (name.clone(), ty.clone().or_null())));
            let ty = Type::from(TypeKind::Context(Rc::from(joined)));
            Some(if one.nullable || other.nullable { ty.or_null() } else { ty })
        }
        (TypeKind::List { item, items_max }, TypeKind::List { item: other, items_max: other_max }) => {
            // A list without rows may be one of anything.
            let item = match (items_max, other_max) {
                (Some(0), _) => (**other).clone(),
                (_, Some(0)) => (**item).clone(),
                (_, _) => joined_records(item, other)?,
            };
            Some(item.list(items_max.zip(*other_max).map(|(one, other)| one.max(other))))
        }
        (_, _) => join(one, other),
    }
}

/// The type with room for other values of the same parameter.
fn with_headroom(ty: Type, factor: i128) -> Type {
    let nullable = ty.nullable;
    let kind = match ty.kind {
        TypeKind::Number(bounds) => roomy(bounds_of(&TypeKind::Number(bounds).into()), factor).into(),
        TypeKind::List { item, items_max } => TypeKind::List {
            item: Box::new(with_headroom(*item, factor)),
            items_max: items_max.map(|most| most.saturating_mul(ROWS_HEADROOM).max(ROWS_MIN)),
        },
        TypeKind::Context(fields) => TypeKind::Context(
            fields.iter().map(|(name, ty)| (name.clone(), with_headroom(ty.clone(), factor))).collect(),
        ),
        kind => kind,
    };
    Type { kind, nullable }
}

fn roomy(bounds: Bounds, factor: i128) -> Bounds {
    let end = |number: Exact, is_low: bool| {
        let is_beyond_zero = if is_low { number >= Exact::ONE } else { number <= Exact::ONE.negate() };
        if is_beyond_zero {
            return Some(Exact::ZERO);
        }
        let size = number.max(number.negate()).max(Exact::ONE).multiply(Exact::whole(factor))?;
        Some(if is_low { size.negate() } else { size })
    };
    let range = bounds.range.and_then(|(low, high)| Some((end(low, true)?, end(high, false)?)));
    Bounds { range, ..bounds }
}
