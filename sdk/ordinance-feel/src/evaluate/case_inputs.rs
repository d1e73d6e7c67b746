//! The inputs of a rule of law in a case, as the host gives them to the rule.

use std::rc::Rc;

use ordinance_domain::calendar::Date as Day;
use ordinance_domain::value as domain;
use ordinance_feel_runtime::{Context, Date, Decimal, Value};

use crate::tree::{Argument, Input, Program};
use crate::types::{Type, TypeKind};

/// What a rule is given in a case.
#[derive(Debug, Clone, Copy)]
pub struct CaseInputs<'c> {
    /// The facts that are known.
    pub facts: &'c domain::Record,
    /// The parameters that have a value on the day.
    pub parameters: &'c domain::Record,
    /// What the upper levels grant, if they grant anything.
    pub inherited: Option<&'c domain::Record>,
    /// The day for which the case is decided.
    pub as_of: Day,
    /// The code of the place.
    pub jurisdiction: &'c str,
}

/// The values of a program's inputs, in their order.
#[must_use]
pub fn input_values(program: &Program, case: &CaseInputs<'_>) -> Vec<Value> {
    program.inputs.iter().map(|input| input_value(input, case)).collect()
}

fn input_value(input: &Input, case: &CaseInputs<'_>) -> Value {
    let named = |record: &domain::Record, name: &str, missing: Value| {
        let found = record.iter().find(|(known, _)| known.is(name));
        found.map_or(missing, |(_, value)| typed(value, &input.ty))
    };
    match &input.argument {
        Argument::AsOf => day(case.as_of),
        Argument::Jurisdiction => Value::text(case.jurisdiction),
        Argument::Fact(name) => named(case.facts, name, Value::Unknown),
        Argument::Parameter(name) => named(case.parameters, name, Value::Null),
        Argument::Inherited => case.inherited.map_or(Value::Null, |granted| record(granted, &input.ty)),
        Argument::Model(_) => Value::Unknown,
    }
}

fn day(day: Day) -> Value {
    Date::parse(&day.to_string()).map_or(Value::Unknown, Value::Date)
}

fn number(text: &str) -> Value {
    Decimal::parse(text).map_or(Value::Unknown, Value::Number)
}

/// A value of the catalogue or the manifest as one of an expression of a type.
fn typed(value: &domain::Value, ty: &Type) -> Value {
    match (value, &ty.kind) {
        (domain::Value::Bool(value), _) => Value::Boolean(*value),
        (domain::Value::Integer(value), _) => Value::integer(*value),
        (domain::Value::Decimal(value), _) => number(&value.to_string()),
        (domain::Value::Date(value), _) => day(*value),
        (domain::Value::Text(text), TypeKind::Number(_)) => number(text),
        (domain::Value::Text(text) | domain::Value::Choice(text), _) => Value::text(text),
        (domain::Value::Record(fields), _) => record(fields, ty),
        (domain::Value::List(rows), TypeKind::List { item, .. }) => {
            Value::list(rows.iter().map(|row| record(row, item)).collect())
        }
        (domain::Value::List(_), _) => Value::Unknown,
        (domain::Value::Decimals(numbers), _) => {
            Value::list(numbers.iter().map(|value| number(&value.to_string())).collect())
        }
    }
}

/// The fields of a record that are known; of the others the evaluation knows the type.
fn record(fields: &domain::Record, ty: &Type) -> Value {
    let TypeKind::Context(types) = &ty.kind else { return Value::Unknown };
    let known = types.iter().filter_map(|(name, ty)| {
        let (_, value) = fields.iter().find(|(known, _)| known.is(name))?;
        Some((Rc::from(name.as_str()), typed(value, ty)))
    });
    Value::Context(Rc::new(Context(known.collect())))
}
