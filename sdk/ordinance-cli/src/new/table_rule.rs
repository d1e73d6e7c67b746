//! The files of a new rule whose code is expressions.

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::jurisdiction::JurisdictionCode;

use super::world::example_parameter;

/// The longest line of a comment that lists facts.
const COLUMNS_MAX: usize = 110;

/// The files of a new rule.
pub(super) fn table_rule_files(
    code: &JurisdictionCode,
    contract: &Contract,
    year: &str,
) -> Vec<(&'static str, String)> {
    let filled = |text: &str| {
        text.replace("@facts@", &facts_comment(contract))
            .replace("@condition@", &condition(contract))
            .replace("@grant@", &grant(contract))
            .replace("@parameters@", &parameters(contract, year))
            .replace("@code@", code.as_str())
            .replace("@service@", contract.service.as_str())
            .replace("@year@", year)
            .replace("@up@", "../../")
    };
    let case = include_str!("../../templates/rule/case.toml.txt");
    vec![
        ("rule.toml", filled(include_str!("../../templates/table/rule.toml.txt"))),
        ("cases/first.toml", format!("#:schema ../../../.ordinance/schema/case.json\n{}", filled(case))),
    ]
}

/// The facts of a service with what each may be, as lines of a comment.
fn facts_comment(contract: &Contract) -> String {
    let mut lines = vec!["#  ".to_owned()];
    for fact in &contract.facts {
        let words = format!(" {} ({})", fact.name, kind(&fact.fact_type));
        match lines.last_mut() {
            Some(line) if line.len() + words.len() <= COLUMNS_MAX => {
                line.push_str(&words);
                line.push(',');
            }
            Some(_) | None => lines.push(format!("#  {words},")),
        }
    }
    lines.join("\n").trim_end_matches(',').to_owned()
}

/// What a fact may be, in an author's words.
fn kind(fact_type: &FactType) -> String {
    let fields = |fields: &[Field]| {
        let fields: Vec<String> =
            fields.iter().map(|field| format!("{}: {}", field.name, kind(&field.part.fact_type))).collect();
        fields.join(", ")
    };
    match fact_type {
        FactType::Bool => "true or false".to_owned(),
        FactType::Integer { min, max } => format!("a whole number, {min} to {max}"),
        FactType::Decimal { min, max, .. } => format!("a number, {min} to {max}"),
        FactType::Date => "a day".to_owned(),
        FactType::Text { .. } => "a text".to_owned(),
        FactType::Choice(choices) => {
            choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(" or ")
        }
        FactType::Record(inner) => format!("{{ {} }}", fields(inner)),
        FactType::List { fields: inner, .. } => format!("a list of {{ {} }}", fields(inner)),
    }
}

/// A condition on the first fact, as an example.
fn condition(contract: &Contract) -> String {
    contract.facts.first().map_or_else(|| "true".to_owned(), |fact| example_of(fact.name.as_str(), fact))
}

fn example_of(path: &str, fact: &Fact) -> String {
    match &fact.fact_type {
        FactType::Bool => path.to_owned(),
        FactType::Integer { min, .. } => format!("{path} > {min}"),
        FactType::Decimal { min, .. } => format!("{path} > {min}"),
        FactType::Date => format!("{path} <= as_of"),
        FactType::Text { .. } => format!("{path} != \"\""),
        FactType::Choice(choices) => format!("{path} = \"{}\"", choices.first().map_or("", String::as_str)),
        FactType::Record(fields) => match fields.first() {
            Some(field) => example_of(&format!("{path}.{}", field.name), &field.part),
            None => "true".to_owned(),
        },
        FactType::List { .. } => format!("count({path}) >= 1"),
    }
}

/// What is granted: the amount, if there is one, and the fields that may follow it.
fn grant(contract: &Contract) -> String {
    let Some(field) = example_parameter(contract) else {
        if contract.grant.is_empty() {
            return String::new();
        }
        let names: Vec<&str> = contract.grant.iter().map(|field| field.name.as_str()).collect();
        return format!(
            "\n# What is granted; a field that is left out is left to other levels. Fields: {}\n# [grant]\n",
            names.join(", ")
        );
    };
    format!(
        "\n# What is granted; a field that is left out is left to other levels.\n[grant]\n{0} = \"standard_{0}\"\n",
        field.name
    )
}

fn parameters(contract: &Contract, year: &str) -> String {
    example_parameter(contract).map_or_else(String::new, |field| {
        let unit = field.unit.as_ref().map(|unit| format!("unit = \"{unit}\"\n")).unwrap_or_default();
        format!(
            "\n# The numbers of the law. Each value holds from its day on; write a new one behind it when the law changes.\n\
             [parameters.standard_{}]\ntitles = {{ en = \"REPLACE: the name of the number\" }}\n{unit}\
             values = [{{ from = {year}-01-01, value = \"0.00\" }}]\n",
            field.name
        )
    })
}
