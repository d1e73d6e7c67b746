//! The world of a rule in WIT, from its interface.

use ordinance_domain::rule_type::{Argument, RuleField, ValueType};

use super::interface::{Interface, TypedField};
use crate::wit_name::wit_text;

/// The text of a world: the types that were declared so far, and which types of the interface it uses.
#[derive(Default)]
struct World {
    declared: String,
    uses_date: bool,
    uses_decimal: bool,
}

/// The world of a rule, in a package of its own.
pub(super) fn world(interface: &Interface) -> String {
    let mut world = World::default();
    let typed = |fields: &[TypedField]| fields.iter().map(|typed| typed.field.clone()).collect::<Vec<_>>();
    let has = |argument| interface.arguments.contains(&argument);
    world.record("applicant", "applicant", &typed(&interface.applicant));
    world.record("parameters", "parameters", &typed(&interface.parameters));
    world.record("grant", "grant", &interface.grant);
    world.record("intermediates", "intermediates", &interface.intermediates);
    let arguments: Vec<&str> = interface.arguments.iter().map(|argument| argument_text(*argument)).collect();
    let mut used: Vec<&str> = Vec::new();
    if world.uses_date || has(Argument::AsOf) {
        used.push("date");
    }
    if world.uses_decimal {
        used.push("decimal");
    }
    used.push("finding");
    let eligible = if interface.grant.is_empty() { "eligible" } else { "eligible(grant)" };
    let told = if interface.intermediates.is_empty() { "" } else { ", intermediates: intermediates" };
    format!(
        "package rules:rule;\n\nworld rule {{\n    use ordinance:rules/types@0.2.0.{{{used}}};\n\n{declared}    variant \
         determination {{ {eligible}, ineligible, undetermined }}\n    record answer {{ determination: determination, \
         findings: list<finding>{told} }}\n\n    export determine: func({arguments}) -> answer;\n}}\n",
        used = used.join(", "),
        declared = world.declared,
        arguments = arguments.join(", "),
    )
}

fn argument_text(argument: Argument) -> &'static str {
    match argument {
        Argument::AsOf => "as-of: date",
        Argument::Applicant => "applicant: applicant",
        Argument::Parameters => "parameters: parameters",
        Argument::Inherited => "inherited: option<grant>",
        Argument::Jurisdiction => "jurisdiction: string",
    }
}

impl World {
    /// Declares a record, if it has fields. `around` is the path to it.
    fn record(&mut self, name: &str, around: &str, fields: &[RuleField]) {
        if fields.is_empty() {
            return;
        }
        let mut text = String::new();
        for field in fields {
            let path = format!("{around}-{}", field.name.as_str().replace('_', "-"));
            let field_type = self.type_text(&path, &field.value_type);
            text.push_str(&format!("        {}: {field_type},\n", wit_text(field.name.as_str())));
        }
        self.declared.push_str(&format!("    record {name} {{\n{text}    }}\n\n"));
    }

    /// The type of a field; what it needs is declared before it.
    fn type_text(&mut self, path: &str, value_type: &ValueType) -> String {
        match value_type {
            ValueType::Bool => "bool".to_owned(),
            ValueType::Integer(width) => width.as_str().to_owned(),
            ValueType::Decimal => {
                self.uses_decimal = true;
                "decimal".to_owned()
            }
            ValueType::Date => {
                self.uses_date = true;
                "date".to_owned()
            }
            ValueType::Text => "string".to_owned(),
            ValueType::Choice(words) => {
                let words: Vec<String> = words.iter().map(|word| wit_text(word)).collect();
                self.declared.push_str(&format!("    enum {path}-choice {{ {} }}\n\n", words.join(", ")));
                format!("{path}-choice")
            }
            ValueType::Record(fields) => {
                self.record(&format!("{path}-record"), path, fields);
                format!("{path}-record")
            }
            ValueType::List(fields) => {
                self.record(&format!("{path}-item"), path, fields);
                format!("list<{path}-item>")
            }
            ValueType::Decimals => {
                self.uses_decimal = true;
                "list<decimal>".to_owned()
            }
            ValueType::Option(inner) => format!("option<{}>", self.type_text(path, inner)),
        }
    }
}
