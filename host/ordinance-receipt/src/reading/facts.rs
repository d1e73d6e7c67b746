//! The facts of a request, each on a line with its title, and what became of them.

use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::unit::Unit;
use serde_json::Value;

use super::json::{items, members, text, texts};
use super::line::{ReadableBlock, ReadableLine, ReadableSection};
use super::names::Names;
use super::words::Words;
use ordinance_pages::{CodeKind, code_words, day, quantity};

/// The facts that it was decided on.
pub(super) fn facts_section(names: &Names<'_>, request: &Value, answer: &Value) -> ReadableSection {
    let words = Words::of(names.language);
    let mut lines = Vec::new();
    for (name, value) in members(request, "facts") {
        let fact = names.fact(name);
        add_fact(&mut lines, names, &names.title_of(fact, name), fact, value);
    }
    if lines.is_empty() {
        lines.push(ReadableLine::new(words.facts, words.no_facts));
    }
    for (label, claims) in [(words.applicant, request.get("subject")), (words.others, request.get("people"))] {
        let claims = claims.filter(|claims| !claims.is_null());
        lines.extend(claims.map(|claims| ReadableLine::new(label, &claim_words(names, claims))));
    }
    let privacy = answer.get("privacy").unwrap_or(&Value::Null);
    let titles = |paths: Vec<&str>| -> Vec<String> { paths.into_iter().map(|path| names.path_title(path)).collect() };
    let ruled = |member| items(privacy, member).iter().map(|ruling| text(ruling, "fact")).collect::<Vec<_>>();
    let remarks = [
        (words.withheld, titles(ruled("withheld"))),
        (words.masked, titles(ruled("masked"))),
        (words.undeclared, titles(texts(privacy, "undeclared").collect())),
    ];
    for (label, titles) in remarks.iter().filter(|(_, titles)| !titles.is_empty()) {
        lines.push(ReadableLine::new(label, &names.language.listed(titles)));
    }
    ReadableSection { heading: words.facts, blocks: vec![ReadableBlock::of(lines)] }
}

/// Adds the line of a fact, or of each part of one.
fn add_fact(lines: &mut Vec<ReadableLine>, names: &Names<'_>, title: &str, fact: Option<&Fact>, value: &Value) {
    let between = names.language.pick("，", ", ");
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let parts = fact.map_or(&[][..], |fact| fact.fact_type.fields());
                let part = parts.iter().find(|field| field.name.is(name)).map(|field| &field.part);
                let title = format!("{title}{between}{}", names.title_of(part, name));
                add_fact(lines, names, &title, part, value);
            }
        }
        Value::Array(list) => {
            for (number, item) in list.iter().enumerate() {
                add_fact(lines, names, &format!("{title} {}", number + 1), fact, item);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let shape = fact.map(|fact| Shape {
                fact_type: &fact.fact_type,
                unit: fact.unit.as_ref(),
                is_age: fact.tells_age(),
            });
            lines.push(ReadableLine::new(title, &value_words(names, value, shape)));
        }
    }
}

/// What is known of a value.
#[derive(Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) fact_type: &'a FactType,
    pub(super) unit: Option<&'a Unit>,
    pub(super) is_age: bool,
}

/// A value as people write it. Of a text of which nothing is known it takes a day for one.
pub(super) fn value_words(names: &Names<'_>, value: &Value, shape: Option<Shape<'_>>) -> String {
    let words = Words::of(names.language);
    let unit = shape.and_then(|shape| shape.unit);
    let is_age = shape.is_some_and(|shape| shape.is_age);
    match value {
        Value::Null => words.unknown.to_owned(),
        Value::Bool(true) => words.yes.to_owned(),
        Value::Bool(false) => words.no.to_owned(),
        Value::Number(number) => quantity(names.language, &number.to_string(), unit, is_age),
        Value::String(text) => match shape.map(|shape| shape.fact_type) {
            Some(FactType::Integer { .. } | FactType::Decimal { .. }) => quantity(names.language, text, unit, is_age),
            Some(FactType::Date) | None => day(names.language, text),
            Some(
                FactType::Bool
                | FactType::Text { .. }
                | FactType::Choice(_)
                | FactType::Record(_)
                | FactType::List { .. },
            ) => text.clone(),
        },
        Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// What a request says of people: `age band: age13, a guardian consents: yes`.
fn claim_words(names: &Names<'_>, claim: &Value) -> String {
    match claim {
        Value::Object(members) => {
            let known = members.iter().filter(|(_, value)| !value.is_null());
            let member = |(name, value): (&String, &Value)| {
                let label = code_words(names.language, CodeKind::Claim, name);
                names.language.labelled(label, &claim_words(names, value))
            };
            known.map(member).collect::<Vec<_>>().join(names.language.pick("，", ", "))
        }
        Value::Array(claims) => {
            let claims: Vec<String> = claims.iter().map(|claim| claim_words(names, claim)).collect();
            claims.join(names.language.pick("；", "; "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value_words(names, claim, None),
    }
}
