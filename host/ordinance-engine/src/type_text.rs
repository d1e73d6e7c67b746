//! The words for an author whose rule's type doesn't fit: what is wrong, where, and how to mend it in WIT or TOML.

use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::IntegerType;
use ordinance_domain::type_check::{ParameterMismatch, TypeMismatch};
use ordinance_sandbox::wit_name::to_wit;
use ordinance_sandbox::wit_type::type_name;

/// The WIT type that fits a contract's type, for an error message and for a scaffold.
#[must_use]
pub fn wit_type(fact_type: &FactType) -> &'static str {
    match fact_type {
        FactType::Bool => "bool",
        FactType::Integer { min, max } => IntegerType::narrowest(*min, *max).as_str(),
        FactType::Decimal { .. } => "decimal",
        FactType::Date => "date",
        FactType::Text { .. } => "string",
        FactType::Choice(_) => "enum",
        FactType::Record(_) => "record",
        FactType::List { .. } => "list of a record",
    }
}

/// A mismatch in a line: the place in backticks, what is wrong, how to mend it.
pub(crate) fn text_of(mismatch: &TypeMismatch) -> String {
    let (place, message, mend) = match mismatch {
        TypeMismatch::UnknownFact { place, fact, service } => (
            place.clone(),
            format!("service `{service}` doesn't let its rules see a fact `{fact}`"),
            format!("remove the field, or add the fact to facts.toml and to the facts of services/{service}.toml"),
        ),
        TypeMismatch::Type { place, found, expected } => {
            let wanted = wit_type(expected);
            (
                place.clone(),
                format!("the type is {}, the contract's is {wanted}", type_name(found)),
                format!("write `{wanted}` or `option<{wanted}>` in the rule's wit"),
            )
        }
        TypeMismatch::Range { place, found, min, max } => {
            let (least, greatest) = found.range();
            (
                place.clone(),
                format!(
                    "the contract's values go from {min} to {max}, but {} only from {least} to {greatest}",
                    found.as_str()
                ),
                format!("write `{}`", IntegerType::narrowest(*min, *max).as_str()),
            )
        }
        TypeMismatch::MissingChoice { place, choice } => (
            place.clone(),
            format!("the enum lacks the contract's choice `{choice}`"),
            format!("add `{}` to the enum", choice.replace('_', "-")),
        ),
        TypeMismatch::UnknownChoice { place, choice } => (
            place.clone(),
            format!("the enum has a case `{choice}` that the contract doesn't"),
            "remove it from the enum".to_owned(),
        ),
        TypeMismatch::UnknownField { place } => {
            (place.clone(), "the contract has no such field".to_owned(), "remove the field".to_owned())
        }
        TypeMismatch::MissingGrantField { field, expected } => {
            let wanted = wit_type(expected);
            (
                format!("grant.{field}"),
                "the contract's grant has this field, the rule's hasn't".to_owned(),
                format!(
                    "add `{}: {wanted}` to the rule's grant, or `option<{wanted}>` if this level doesn't set it",
                    to_wit(field)
                ),
            )
        }
        TypeMismatch::UnknownGrantField { field } => (
            format!("grant.{field}"),
            "the contract's grant has no such field".to_owned(),
            "remove the field".to_owned(),
        ),
        TypeMismatch::Parameter { parameter, mismatch } => {
            let (message, mend) = text_of_parameter(parameter, mismatch);
            (format!("parameters.{parameter}"), message, mend)
        }
        TypeMismatch::UndeclaredIntermediate { name } | TypeMismatch::UntoldIntermediate { name } => {
            let (message, mend) =
                text_of_intermediate(name, matches!(mismatch, TypeMismatch::UntoldIntermediate { .. }));
            (format!("intermediates.{name}"), message, mend)
        }
    };
    // A path of field names is written in the rule's WIT with `-` between words.
    format!("`{}`: {message}; {mend}", place.replace('_', "-"))
}

fn text_of_intermediate(name: &FieldName, is_declared: bool) -> (String, String) {
    if is_declared {
        return (
            "rule.toml has this intermediate value, but the rule doesn't tell it".to_owned(),
            "remove it from rule.toml, or add it to the record `intermediates` of the answer in the rule's wit"
                .to_owned(),
        );
    }
    (
        "rule.toml has no such intermediate value".to_owned(),
        format!("add [intermediates.{name}] with titles to rule.toml"),
    )
}

fn text_of_parameter(parameter: &FieldName, mismatch: &ParameterMismatch) -> (String, String) {
    match mismatch {
        ParameterMismatch::Unknown => {
            ("rule.toml has no such parameter".to_owned(), format!("add [parameters.{parameter}] to rule.toml"))
        }
        ParameterMismatch::Pending { first_day, value_type } => (
            format!("it has no value on {first_day}, the first day of the rule, which can't do without it"),
            format!(
                "give a value from that day or an earlier one, or write `option<{}>` in the rule's wit: the rule then has \
                 none until the first value",
                type_name(value_type)
            ),
        ),
        ParameterMismatch::Value { from, value_type, misfit } => (
            format!("the value from {from} in rule.toml doesn't fit the type {}: {misfit}", type_name(value_type)),
            "change the value, or the type in the rule's wit".to_owned(),
        ),
        ParameterMismatch::Unread => (
            "rule.toml has this parameter, but the rule doesn't read it".to_owned(),
            "remove it from rule.toml, or read it: in an expression, or in the parameters record of the rule's wit"
                .to_owned(),
        ),
    }
}
