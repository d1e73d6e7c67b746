//! The types of rules as JSON. Who may read a component's types writes them; a browser, which can't, reads them.

#[cfg(any(test, target_family = "wasm"))]
pub(crate) mod read;
#[cfg(not(target_family = "wasm"))]
mod write;

use ordinance_domain::rule_type::Argument;

use crate::privacy_type::PrivacyArgument;

const ARGUMENTS: [(&str, Argument); 5] = [
    ("as-of", Argument::AsOf),
    ("applicant", Argument::Applicant),
    ("parameters", Argument::Parameters),
    ("inherited", Argument::Inherited),
    ("jurisdiction", Argument::Jurisdiction),
];

const PRIVACY_ARGUMENTS: [(&str, PrivacyArgument); 4] = [
    ("as-of", PrivacyArgument::AsOf),
    ("parameters", PrivacyArgument::Parameters),
    ("request", PrivacyArgument::Request),
    ("jurisdiction", PrivacyArgument::Jurisdiction),
];

#[cfg(test)]
mod tests {
    use ordinance_domain::name::FieldName;
    use ordinance_domain::rule_type::{IntegerType, RuleField, RuleType, ValueType};

    use super::read::{read_privacy_type, read_rule_type};
    use super::write::{write_privacy_type, write_rule_type};
    use super::*;
    use crate::privacy_type::PrivacyType;

    fn field(name: &str, value_type: ValueType) -> RuleField {
        RuleField::new(FieldName::new(name).unwrap(), value_type)
    }

    #[test]
    fn a_type_is_read_as_it_was_written() {
        let person = vec![field("age", ValueType::Integer(IntegerType::U8)), field("born", ValueType::Date)];
        let rule_type = RuleType {
            arguments: ARGUMENTS.map(|(_, argument)| argument).to_vec(),
            applicant: vec![
                field("members", ValueType::List(person.clone())),
                field("head", ValueType::Option(Box::new(ValueType::Record(person)))),
                field("kind", ValueType::Choice(vec!["a_b".to_owned(), "c".to_owned()])),
                field("name", ValueType::Text),
            ],
            parameters: vec![field("rates", ValueType::Decimals)],
            grant: vec![field("amount", ValueType::Decimal)],
            intermediates: vec![field("met", ValueType::Bool)],
            finds_items: true,
        };
        assert_eq!(read_rule_type(&write_rule_type(&rule_type)), Some(rule_type));
        let privacy_type = PrivacyType {
            arguments: PRIVACY_ARGUMENTS.map(|(_, argument)| argument).to_vec(),
            parameters: vec![field("days", ValueType::Integer(IntegerType::S64))],
            tells_parties: true,
        };
        assert_eq!(read_privacy_type(&write_privacy_type(&privacy_type)), Some(privacy_type));
    }

    #[test]
    fn what_is_no_type_is_refused() {
        let good = r#"{"arguments":["as-of"],"parameters":[["a","u8"]],"tells_parties":false}"#;
        assert!(read_privacy_type(good).is_some());
        for (from, to) in [("as-of", "now"), ("u8", "u9"), ("\"a\"", "\"A\""), ("false", "0"), ("}", "")] {
            assert_eq!(read_privacy_type(&good.replace(from, to)), None, "{to}");
        }
        let deep = format!("{}\"u8\"{}", r#"{"option":"#.repeat(40), "}".repeat(40));
        assert_eq!(read_privacy_type(&good.replace("\"u8\"", &deep)), None);
    }
}
