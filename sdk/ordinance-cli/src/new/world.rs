//! The WIT of a new rule, from the contract of its service.

use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_engine::type_text::wit_type;
use ordinance_feel::wit_name::wit_text;
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

/// The WIT type of a field, with the types that it needs before it: a choice becomes an enum, a record and the items
/// of a list become records. `name` is that of the field, after those of the records around it.
fn field_type(name: &str, fact_type: &FactType, declared: &mut String) -> String {
    match fact_type {
        FactType::Choice(choices) => {
            let cases: Vec<String> = choices.iter().map(|choice| wit_text(choice)).collect();
            declared.push_str(&format!("    enum {name}-choice {{ {} }}\n", cases.join(", ")));
            format!("{name}-choice")
        }
        FactType::Record(fields) => {
            declare_record(&format!("{name}-record"), name, fields, declared);
            format!("{name}-record")
        }
        FactType::List { fields, .. } => {
            declare_record(&format!("{name}-item"), name, fields, declared);
            format!("list<{name}-item>")
        }
        FactType::Bool
        | FactType::Integer { .. }
        | FactType::Decimal { .. }
        | FactType::Date
        | FactType::Text { .. } => wit_type(fact_type).to_owned(),
    }
}

fn declare_record(type_name: &str, around: &str, fields: &[Field], declared: &mut String) {
    let field = |field: &Field| {
        let name = to_wit(&field.name);
        let inner = field_type(&format!("{around}-{name}"), &field.part.fact_type, declared);
        format!("{}: option<{inner}>", wit_text(&name))
    };
    let fields: Vec<String> = fields.iter().map(field).collect();
    declared.push_str(&format!("    record {type_name} {{ {} }}\n", fields.join(", ")));
}

/// The world of a new rule. It sees one fact; the others are in a comment.
pub(super) fn world(package: &str, contract: &Contract) -> String {
    let mut types = String::new();
    let applicant = applicant_record(contract, &mut types);
    let parameters = parameters_record(contract);
    let grant = grant_record(contract, &mut types);
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
        .replace("@types@", &types)
        .replace("@applicant@", &applicant)
        .replace("@parameters@", &parameters)
        .replace("@grant@", &grant)
        .replace("@eligible@", if grant.is_empty() { "eligible" } else { "eligible(grant)" })
        .replace("@arguments@", &arguments.join(", "))
}

/// The record of the example fact, with the other facts in a comment; all of them if no fact has a plain type.
fn applicant_record(contract: &Contract, types: &mut String) -> String {
    let example = example_fact(contract);
    let mut field = String::new();
    let mut others = String::new();
    for fact in &contract.facts {
        let name = to_wit(&fact.name);
        let mut declared = String::new();
        let line = format!("{}: option<{}>,\n", wit_text(&name), field_type(&name, &fact.fact_type, &mut declared));
        if example.is_some_and(|example| example.name == fact.name) {
            types.push_str(&declared);
            field = format!("        {line}");
        } else {
            others.push_str(&format!("    //   {line}"));
            declared.lines().for_each(|line| others.push_str(&format!("    //     with  {}\n", line.trim_start())));
        }
    }
    if example.is_none() {
        return match others.is_empty() {
            true => String::new(),
            false => format!(
                "    // The facts of this service. Write those that the law needs into a `record applicant {{ }}`, and\n    \
                 // `applicant: applicant` into the arguments of the function:\n{others}\n"
            ),
        };
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
        format!("    record parameters {{\n        {}: decimal,\n    }}\n\n", wit_text(field.name.as_str()))
    })
}

/// The record of the grant; empty if the service grants no field.
fn grant_record(contract: &Contract, types: &mut String) -> String {
    let mut fields = String::new();
    for field in &contract.grant {
        let name = to_wit(&field.name);
        let field_type = field_type(&name, &field.fact_type, types);
        fields.push_str(&format!("        {}: option<{field_type}>,\n", wit_text(&name)));
    }
    if fields.is_empty() {
        return String::new();
    }
    format!("    // The grant. None leaves a field to the other levels.\n    record grant {{\n{fields}    }}\n\n")
}
