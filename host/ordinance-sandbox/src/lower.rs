//! Lowers the arguments of a call by the rule's type, exactly. It never touches what the type doesn't declare.

use ordinance_domain::answer::Grant;
use ordinance_domain::calendar::Date;
use ordinance_domain::rule_type::{Argument, IntegerType, RuleField, RuleType, ValueType};
use ordinance_domain::value::{Decimal, Record, Value, field};

use crate::arguments::Arguments;
use crate::val::Val;
use crate::wit_name::to_wit;

/// A value that the rule's type can't hold. The engine checks values before a call, so this error shows a defect of
/// the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value of `{0}` doesn't fit the rule's type")]
pub(crate) struct LowerError(String);

/// The arguments as the runtime takes them, in the order of the rule's type.
pub(crate) fn lower_arguments(rule_type: &RuleType, arguments: &Arguments<'_>) -> Result<Vec<Val>, LowerError> {
    rule_type
        .arguments
        .iter()
        .map(|argument| match argument {
            Argument::AsOf => Ok(lower_date(arguments.as_of)),
            Argument::Applicant => lower_record(&rule_type.applicant, arguments.applicant.record()),
            Argument::Parameters => lower_record(&rule_type.parameters, arguments.parameters),
            Argument::Inherited => lower_inherited(&rule_type.grant, arguments.inherited),
            Argument::Jurisdiction => Ok(Val::String(arguments.jurisdiction.as_str().to_owned())),
        })
        .collect()
}

fn lower_inherited(fields: &[RuleField], inherited: Option<&Grant>) -> Result<Val, LowerError> {
    let grant = inherited.map(|grant| lower_record(fields, &grant.0)).transpose()?;
    Ok(Val::Option(grant.map(Box::new)))
}

pub(crate) fn lower_record(fields: &[RuleField], record: &Record) -> Result<Val, LowerError> {
    let mut lowered = Vec::with_capacity(fields.len());
    for declared in fields {
        let value = lower_field(declared, field(record, &declared.name))?;
        lowered.push((to_wit(&declared.name), value));
    }
    Ok(Val::Record(lowered))
}

fn lower_field(declared: &RuleField, value: Option<&Value>) -> Result<Val, LowerError> {
    let misfit = || LowerError(declared.name.to_string());
    match (&declared.value_type, value) {
        (ValueType::Option(_), None) => Ok(Val::Option(None)),
        (ValueType::Option(inner), Some(value)) => {
            let lowered = lower(inner, value)?.ok_or_else(misfit)?;
            Ok(Val::Option(Some(Box::new(lowered))))
        }
        (required, Some(value)) => lower(required, value)?.ok_or_else(misfit),
        (_, None) => Err(misfit()),
    }
}

/// `None` if the value isn't of the type.
fn lower(value_type: &ValueType, value: &Value) -> Result<Option<Val>, LowerError> {
    Ok(match (value_type, value) {
        (ValueType::Bool, Value::Bool(yes)) => Some(Val::Bool(*yes)),
        (ValueType::Integer(width), Value::Integer(number)) => lower_integer(*width, *number),
        (ValueType::Decimal, Value::Decimal(number)) => lower_decimal(*number),
        (ValueType::Date, Value::Date(day)) => Some(lower_date(*day)),
        (ValueType::Text, Value::Text(text)) => Some(Val::String(text.clone())),
        (ValueType::Choice(_), Value::Choice(word)) => Some(Val::Enum(word.replace('_', "-"))),
        (ValueType::Record(fields), Value::Record(record)) => Some(lower_record(fields, record)?),
        (ValueType::List(fields), Value::List(items)) => {
            let lowered = items.iter().map(|item| lower_record(fields, item));
            Some(Val::List(lowered.collect::<Result<_, _>>()?))
        }
        (ValueType::Decimals, Value::Decimals(numbers)) => {
            numbers.iter().map(|number| lower_decimal(*number)).collect::<Option<_>>().map(Val::List)
        }
        _ => None,
    })
}

pub(crate) fn lower_integer(width: IntegerType, number: i64) -> Option<Val> {
    match width {
        IntegerType::U8 => number.try_into().ok().map(Val::U8),
        IntegerType::S8 => number.try_into().ok().map(Val::S8),
        IntegerType::U16 => number.try_into().ok().map(Val::U16),
        IntegerType::S16 => number.try_into().ok().map(Val::S16),
        IntegerType::U32 => number.try_into().ok().map(Val::U32),
        IntegerType::S32 => number.try_into().ok().map(Val::S32),
        IntegerType::U64 => number.try_into().ok().map(Val::U64),
        IntegerType::S64 => Some(Val::S64(number)),
    }
}

fn lower_decimal(number: Decimal) -> Option<Val> {
    let units = i64::try_from(number.mantissa()).ok()?;
    let scale = u8::try_from(number.scale()).ok()?;
    Some(Val::Record(vec![("units".to_owned(), Val::S64(units)), ("scale".to_owned(), Val::U8(scale))]))
}

pub(crate) fn lower_date(day: Date) -> Val {
    Val::Record(vec![
        ("year".to_owned(), Val::S32(day.year().into())),
        ("month".to_owned(), Val::U8(day.month().unsigned_abs())),
        ("day".to_owned(), Val::U8(day.day().unsigned_abs())),
    ])
}
