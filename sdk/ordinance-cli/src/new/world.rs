//! The WIT of a new rule, from the contract of its service.

use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_engine::type_text::wit_type;
use ordinance_sandbox::wit_name::to_wit;

/// The first fact whose type is no record or list, as an example.
pub(super) fn example_fact(contract: &Contract) -> Option<&Fact> {
    contract.facts.iter().find(|fact| is_plain(&fact.fact_type))
}

/// The first decimal field of the grant, as an example of a parameter.
pub(super) fn example_parameter(contract: &Contract) -> Option<&GrantField> {
    contract.grant.iter().find(|field| matches!(field.fact_type, FactType::Decimal { .. }))
}

fn is_plain(fact_type: &FactType) -> bool {
    match fact_type {
        FactType::Bool
        | FactType::Integer { .. }
        | FactType::Decimal { .. }
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_) => true,
        FactType::Record(_) | FactType::List { .. } => false,
    }
}

/// The WIT type of a field. A choice becomes an enum, whose name is that of the field with `-choice`.
fn field_type(name: &str, fact_type: &FactType) -> String {
    match fact_type {
        FactType::Choice(_) => format!("{name}-choice"),
        other => wit_type(other).to_owned(),
    }
}

/// The declaration of a choice's enum; empty for another type.
fn enum_of(name: &str, fact_type: &FactType) -> String {
    match fact_type {
        FactType::Choice(choices) => {
            let cases: Vec<String> = choices.iter().map(|choice| choice.replace('_', "-")).collect();
            format!("    enum {name}-choice {{ {} }}\n", cases.join(", "))
        }
        _ => String::new(),
    }
}

/// The world of a new rule. It sees one fact; the others are in a comment.
pub(super) fn world(package: &str, contract: &Contract) -> String {
    let mut enums = String::new();
    let applicant = applicant_record(contract, &mut enums);
    let parameters = parameters_record(contract);
    let grant = grant_record(contract, &mut enums);
    let mut arguments = Vec::new();
    if example_fact(contract).is_some() {
        arguments.push("applicant: applicant");
    }
    if !parameters.is_empty() {
        arguments.push("parameters: parameters");
    }
    if !grant.is_empty() {
        arguments.push("inherited: option<grant>");
    }
    include_str!("../../templates/rule/rule.wit.txt")
        .replace("@package@", package)
        .replace("@enums@", &enums)
        .replace("@applicant@", &applicant)
        .replace("@parameters@", &parameters)
        .replace("@grant@", &grant)
        .replace("@eligible@", if grant.is_empty() { "eligible" } else { "eligible(grant)" })
        .replace("@arguments@", &arguments.join(", "))
}

/// The record of the example fact, with the other facts in a comment; empty if no fact has a plain type.
fn applicant_record(contract: &Contract, enums: &mut String) -> String {
    let Some(example) = example_fact(contract) else { return String::new() };
    let mut field = String::new();
    let mut others = String::new();
    for fact in &contract.facts {
        let name = to_wit(&fact.name);
        let line = format!("{name}: option<{}>,\n", field_type(&name, &fact.fact_type));
        let choices = enum_of(&name, &fact.fact_type);
        if example.name == fact.name {
            enums.push_str(&choices);
            field = format!("        {line}");
        } else {
            others.push_str(&format!("    //   {line}"));
            others.push_str(&choices.replacen("    enum", "    //     with  enum", 1));
        }
    }
    if !others.is_empty() {
        others = format!("    // More facts of this service; add only those that the law needs:\n{others}");
    }
    format!(
        "    // The facts that this rule may see; no other fact can reach it. An `option` may be missing.\n    \
         record applicant {{\n{field}    }}\n{others}\n"
    )
}

/// The record of the example parameter; empty if the grant has no decimal.
fn parameters_record(contract: &Contract) -> String {
    example_parameter(contract).map_or_else(String::new, |field| {
        format!("    record parameters {{\n        {}: decimal,\n    }}\n\n", to_wit(&field.name))
    })
}

/// The record of the grant; empty if the service grants no field.
fn grant_record(contract: &Contract, enums: &mut String) -> String {
    let mut fields = String::new();
    for field in &contract.grant {
        let name = to_wit(&field.name);
        enums.push_str(&enum_of(&name, &field.fact_type));
        fields.push_str(&format!("        {name}: option<{}>,\n", field_type(&name, &field.fact_type)));
    }
    if fields.is_empty() {
        return String::new();
    }
    format!("    // The grant. None leaves a field to the other levels.\n    record grant {{\n{fields}    }}\n\n")
}
