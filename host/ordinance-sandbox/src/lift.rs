//! Lifts a rule's answer. The runtime has checked its shape against the type; this module checks what a type can't
//! express: the number of findings, that dates exist, that criteria are ids.

use ordinance_domain::answer::{Answer, Determination, FailureCode, Finding, Grant, RuleError};
use ordinance_domain::calendar::Date;
use ordinance_domain::fact::SCALE_MAX;
use ordinance_domain::name::Id;
use ordinance_domain::rule_type::{RuleField, RuleType, ValueType};
use ordinance_domain::value::{Decimal, Record, Value};

use crate::val::Val;
use crate::wit_name::to_wit;
use crate::wit_type::type_name;

/// The most findings of one answer.
pub(crate) const FINDINGS_MAX: usize = 256;

/// The record of intermediate values in an answer.
pub(crate) const INTERMEDIATES: &str = "intermediates";

pub(crate) fn lift_answer(rule_type: &RuleType, answer: Val) -> Result<Answer, RuleError> {
    let Val::Record(fields) = answer else { return Err(malformed("the answer is no record")) };
    let mut fields = fields.into_iter().map(|(_, value)| value);
    let (Some(determination), Some(Val::List(findings))) = (fields.next(), fields.next()) else {
        return Err(malformed("the answer has other fields than its type"));
    };
    if findings.len() > FINDINGS_MAX {
        return Err(too_many_findings());
    }
    let findings =
        findings.into_iter().map(|finding| lift_finding(rule_type, finding)).collect::<Result<Vec<_>, _>>()?;
    check_unique(&findings)?;
    let determination = lift_determination(rule_type, determination)?;
    let intermediates = match fields.next() {
        Some(record) => lift_record(INTERMEDIATES, &rule_type.intermediates, record)?,
        None => Record::new(),
    };
    Ok(Answer { determination, findings, intermediates })
}

fn malformed(detail: impl Into<String>) -> RuleError {
    RuleError::new(FailureCode::MalformedOutput, detail)
}

pub(crate) fn too_many_findings() -> RuleError {
    RuleError::new(FailureCode::OversizedOutput, format!("the answer has more than {FINDINGS_MAX} findings"))
}

/// What an answer's value of a WIT type may be beyond that the host can't hold.
pub(crate) mod beyond {
    pub(crate) const INTEGER: &str = "is above 9223372036854775807, the greatest whole number that an answer may hold";
    pub(crate) const DECIMAL: &str = "has more than 18 digits after the point; round it";
    pub(crate) const DATE: &str = "is no date that exists";
}

/// The error of a value that the host can't hold, such as a day that doesn't exist; the reason as in [`beyond`].
pub(crate) fn unfit_value(place: &str, reason: &str) -> RuleError {
    malformed(format!("`{place}` {reason}"))
}

pub(crate) fn criterion_id(criterion: &str) -> Result<Id, RuleError> {
    Id::new(criterion).map_err(|_| malformed("a finding's criterion is no kebab-case id of at most 64 bytes"))
}

fn lift_determination(rule_type: &RuleType, determination: Val) -> Result<Determination, RuleError> {
    match determination {
        Val::Variant(case, payload) => match (case.as_str(), payload) {
            ("eligible", None) => Ok(Determination::Eligible(Grant::default())),
            ("eligible", Some(grant)) => {
                Ok(Determination::Eligible(Grant(lift_record("grant", &rule_type.grant, *grant)?)))
            }
            ("ineligible", None) => Ok(Determination::Ineligible),
            ("undetermined", None) => Ok(Determination::Undetermined),
            _ => Err(malformed("the determination is none of its cases")),
        },
        _ => Err(malformed("the determination is no variant")),
    }
}

fn lift_finding(rule_type: &RuleType, finding: Val) -> Result<Finding, RuleError> {
    let other_fields = || malformed("a finding has other fields than its type");
    let Val::Record(mut fields) = finding else { return Err(other_fields()) };
    let item = match if rule_type.finds_items { fields.pop() } else { None } {
        None => None,
        Some((_, Val::Option(item))) => item,
        Some(_) => return Err(other_fields()),
    };
    let item = match item.as_deref() {
        None => None,
        Some(Val::U32(index)) => Some(*index),
        Some(_) => return Err(other_fields()),
    };
    let fields = <[(String, Val); 2]>::try_from(fields);
    let Ok([(_, Val::String(criterion)), (_, Val::Option(satisfied))]) = fields else {
        return Err(other_fields());
    };
    let criterion = criterion_id(&criterion)?;
    let satisfied = match satisfied.as_deref() {
        None => None,
        Some(Val::Bool(yes)) => Some(*yes),
        Some(_) => return Err(malformed("a finding is neither satisfied nor not")),
    };
    Ok(Finding { criterion, satisfied, item })
}

/// Up to this number of findings, comparing each with each costs less than sorting them.
const FEW_FINDINGS: usize = 16;

pub(crate) fn check_unique(findings: &[Finding]) -> Result<(), RuleError> {
    let twice = if findings.len() <= FEW_FINDINGS {
        findings.iter().enumerate().find_map(|(index, finding)| {
            let is_same = |later: &Finding| (&later.criterion, later.item) == (&finding.criterion, finding.item);
            findings.iter().skip(index + 1).position(is_same).map(|after| (index, index + 1 + after))
        })
    } else {
        let mut found: Vec<(&Id, Option<u32>, usize)> =
            findings.iter().enumerate().map(|(index, finding)| (&finding.criterion, finding.item, index)).collect();
        found.sort_unstable();
        let pairs = found.iter().zip(found.iter().skip(1));
        let mut same = pairs.filter(|(one, next)| (one.0, one.1) == (next.0, next.1));
        same.next().map(|(one, next)| (one.2, next.2))
    };
    // The id is the guest's text, which could be anything; the manifest isn't known here.
    match twice {
        None => Ok(()),
        Some((one, other)) => Err(malformed(format!(
            "one criterion has two findings on the case or on one item: findings {} and {}; name each criterion once",
            one + 1,
            other + 1
        ))),
    }
}

fn lift_record(place: &str, fields: &[RuleField], record: Val) -> Result<Record, RuleError> {
    let Val::Record(values) = record else { return Err(malformed(format!("`{place}` is no record"))) };
    let mut lifted = Record::with_capacity(fields.len());
    for (declared, (_, value)) in fields.iter().zip(values) {
        let value = match value {
            Val::Option(None) => continue,
            Val::Option(Some(value)) => *value,
            value => value,
        };
        let place = format!("{place}.{}", to_wit(&declared.name));
        lifted.push((declared.name.clone(), lift(&place, declared.value_type.inner(), value)?));
    }
    Ok(lifted)
}

fn lift(place: &str, value_type: &ValueType, value: Val) -> Result<Value, RuleError> {
    let unreadable = || unfit_value(place, &format!("is no {}", type_name(value_type)));
    let beyond = |reason: &'static str| move || unfit_value(place, reason);
    match (value_type, value) {
        (ValueType::Bool, Val::Bool(yes)) => Ok(Value::Bool(yes)),
        (ValueType::Integer(_), value) => lift_integer(&value).map(Value::Integer).ok_or_else(beyond(beyond::INTEGER)),
        (ValueType::Decimal, value) => lift_decimal(&value).map(Value::Decimal).ok_or_else(beyond(beyond::DECIMAL)),
        (ValueType::Date, value) => lift_date(&value).map(Value::Date).ok_or_else(beyond(beyond::DATE)),
        (ValueType::Text, Val::String(text)) => Ok(Value::Text(text)),
        (ValueType::Choice(_), Val::Enum(case)) => Ok(Value::Choice(case.replace('-', "_"))),
        (ValueType::Record(fields), value) => lift_record(place, fields, value).map(Value::Record),
        (ValueType::List(fields), Val::List(items)) => {
            let lifted = items.into_iter().map(|item| lift_record(place, fields, item));
            lifted.collect::<Result<_, _>>().map(Value::List)
        }
        _ => Err(unreadable()),
    }
}

fn lift_integer(value: &Val) -> Option<i64> {
    match value {
        Val::U8(number) => Some((*number).into()),
        Val::S8(number) => Some((*number).into()),
        Val::U16(number) => Some((*number).into()),
        Val::S16(number) => Some((*number).into()),
        Val::U32(number) => Some((*number).into()),
        Val::S32(number) => Some((*number).into()),
        Val::U64(number) => i64::try_from(*number).ok(),
        Val::S64(number) => Some(*number),
        _ => None,
    }
}

fn lift_decimal(value: &Val) -> Option<Decimal> {
    match value {
        Val::Record(fields) => match fields.as_slice() {
            [(_, Val::S64(units)), (_, Val::U8(scale))] => decimal_of(*units, *scale),
            _ => None,
        },
        _ => None,
    }
}

fn lift_date(value: &Val) -> Option<Date> {
    match value {
        Val::Record(fields) => match fields.as_slice() {
            [(_, Val::S32(year)), (_, Val::U8(month)), (_, Val::U8(day))] => date_of(*year, *month, *day),
            _ => None,
        },
        _ => None,
    }
}

/// The decimal number of these units; `None` if it has more decimals than a fact may have.
pub(crate) fn decimal_of(units: i64, scale: u8) -> Option<Decimal> {
    (u32::from(scale) <= SCALE_MAX).then(|| Decimal::from_i128_with_scale(units.into(), scale.into()).normalize())
}

/// The day; `None` if it doesn't exist.
pub(crate) fn date_of(year: i32, month: u8, day: u8) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
