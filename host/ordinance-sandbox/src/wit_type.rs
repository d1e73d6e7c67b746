//! Types as WIT writes them.

use ordinance_domain::rule_type::{IntegerType, ValueType};

/// The WIT type of a field, such as `u8` or `option<date>`; a record or an enum is named by its kind.
#[must_use]
pub fn type_name(value_type: &ValueType) -> String {
    match value_type {
        ValueType::Bool => "bool".to_owned(),
        ValueType::Integer(integer) => integer_name(*integer).to_owned(),
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

/// The WIT type of an integer, such as `s16`.
#[must_use]
pub fn integer_name(integer: IntegerType) -> &'static str {
    match integer {
        IntegerType::U8 => "u8",
        IntegerType::S8 => "s8",
        IntegerType::U16 => "u16",
        IntegerType::S16 => "s16",
        IntegerType::U32 => "u32",
        IntegerType::S32 => "s32",
        IntegerType::U64 => "u64",
        IntegerType::S64 => "s64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_names_the_type_in_it() {
        let optional = |inner| type_name(&ValueType::Option(Box::new(inner)));
        assert_eq!(optional(ValueType::Integer(IntegerType::S16)), "option<s16>");
        assert_eq!(optional(ValueType::Choice(vec!["yes".to_owned()])), "option<enum>");
    }
}
