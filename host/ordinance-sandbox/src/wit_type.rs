//! Types as WIT writes them.

use ordinance_domain::rule_type::ValueType;

/// The WIT type of a field, such as `u8` or `option<date>`; a record or an enum is named by its kind.
#[must_use]
pub fn type_name(value_type: &ValueType) -> String {
    match value_type {
        ValueType::Bool => "bool".to_owned(),
        ValueType::Integer(integer) => integer.as_str().to_owned(),
        ValueType::Decimal => "decimal".to_owned(),
        ValueType::Date => "date".to_owned(),
        ValueType::Text => "string".to_owned(),
        ValueType::Choice(_) => "enum".to_owned(),
        ValueType::Record(_) => "record".to_owned(),
        ValueType::Decimals => "list<decimal>".to_owned(),
        ValueType::List(_) => "list of a record".to_owned(),
        ValueType::Option(inner) => format!("option<{}>", type_name(inner)),
    }
}

#[cfg(test)]
mod tests {
    use ordinance_domain::rule_type::IntegerType;

    use super::*;

    #[test]
    fn an_option_names_the_type_in_it() {
        let optional = |inner| type_name(&ValueType::Option(Box::new(inner)));
        assert_eq!(optional(ValueType::Integer(IntegerType::S16)), "option<s16>");
        assert_eq!(optional(ValueType::Choice(vec!["yes".to_owned()])), "option<enum>");
    }
}
