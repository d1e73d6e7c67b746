//! Tests of the check: a rule as a few lines of text, and what it is told.

mod faults;
mod functions_page;
pub(crate) mod random;
mod tables;
mod types;

use jiff::civil::date;
use ordinance_domain::calendar::{DateRange, PublicationPeriod, Timeline};
use ordinance_domain::contract::{Better, Contract, EligibleMeaning, GrantField};
use ordinance_domain::fact::{Fact, FactType, Field, Holder, Sensitivity};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::{Manifest, RequestedLimits, RuleScope};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::normalisation::Normalisation;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::privacy::{BasisKind, Purpose};
use ordinance_domain::provision::Provision;
use ordinance_domain::titles::Titles;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::{Decimal, Value};

use super::check_rule;
use crate::rule_text::{CriterionText, RowText, RuleText, TableText};
use crate::source_text::{ExpressionError, Origin, SourceText, TextId};
use crate::tree::{Aggregation, HitPolicy, Program};

fn name(text: &str) -> FieldName {
    FieldName::path(text).unwrap()
}

fn fact(path: &str, fact_type: FactType, unit: &str) -> Fact {
    Fact {
        name: name(path),
        fact_type,
        titles: Titles::default(),
        category: None,
        sensitivity: Sensitivity::Public,
        unit: (!unit.is_empty()).then(|| Unit::parse(unit).unwrap()),
        sharing: None,
        holder: Holder::Applicant,
        implied_by: Vec::new(),
        guidance: Default::default(),
        derivation: None,
        normalisation: Normalisation::default(),
    }
}

fn integer(min: i64, max: i64) -> FactType {
    FactType::Integer { min, max }
}

fn money() -> FactType {
    FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(1_000_000), scale: 2 }
}

/// The contract of all tests: people, their income and their household.
pub(crate) fn contract() -> Contract {
    let part = |path: &str, fact_type, unit| Field {
        name: name(path.rsplit('.').next().unwrap()),
        part: fact(path, fact_type, unit),
        is_ruled_on: false,
    };
    let words = |words: &[&str]| FactType::Choice(words.iter().map(|&word| word.to_owned()).collect());
    let members = FactType::List {
        fields: vec![
            part("members.age", integer(0, 130), "years"),
            part("members.income", money(), "CNY per month"),
            part("members.works", FactType::Bool, ""),
        ],
        items_max: 20,
    };
    let grant = |field: &str, fact_type, unit: &str| GrantField {
        name: name(field),
        fact_type,
        titles: Titles::default(),
        unit: (!unit.is_empty()).then(|| Unit::parse(unit).unwrap()),
        better: Better::More,
        bound: Timeline::default(),
    };
    Contract {
        service: Id::new("allowance").unwrap(),
        titles: Titles::default(),
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: BasisKind::StatutoryDuty,
        basis_provision: provision(),
        facts: vec![
            fact("age", integer(0, 130), "years"),
            fact("grade", integer(1, 4), ""),
            fact("low_income", FactType::Bool, ""),
            fact("income", money(), "CNY per month"),
            fact("savings", money(), "CNY"),
            fact("rent", money(), "CNY per year"),
            fact("birth_date", FactType::Date, ""),
            fact("residence", words(&["registered", "resident", "neither"]), ""),
            fact("surname", FactType::Text { bytes_max: 100 }, ""),
            fact("members", members, ""),
        ],
        privacy_reach: Timeline::default(),
        numbers: Vec::new(),
        description: Default::default(),
        application_points: Vec::new(),
        approvals: Vec::new(),
        objections: None,
        outcome: Timeline::default(),
        eligible: EligibleMeaning::Benefit,
        grant: vec![
            grant(
                "amount",
                FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(100_000), scale: 2 },
                "CNY per month",
            ),
            grant("months", integer(1, 12), "months"),
            grant("form", words(&["cash", "voucher"]), ""),
        ],
    }
}

fn provision() -> Provision {
    Provision { document: "d".to_owned(), article: "1".to_owned(), url: None }
}

fn record(fields: &[(&str, Value)]) -> Vec<(FieldName, Value)> {
    fields.iter().map(|(field, value)| (name(field), value.clone())).collect()
}

pub(crate) fn manifest() -> Manifest {
    let parameter = |parameter: &str, unit: &str, values: Vec<Value>| Parameter {
        name: name(parameter),
        titles: Titles::default(),
        unit: (!unit.is_empty()).then(|| Unit::parse(unit).unwrap()),
        pending: None,
        values: values.into_iter().map(|value| dated(date(2020, 1, 1), value)).collect(),
    };
    let text = |text: &str| Value::Text(text.to_owned());
    let row = |persons: i64, amount: &str| record(&[("persons", Value::Integer(persons)), ("amount", text(amount))]);
    let mut later = parameter("later", "", vec![Value::Integer(5)]);
    later.values = vec![dated(date(2025, 1, 1), Value::Integer(5))];
    let scheme = record(&[("bonus", text("12.50")), ("rate", Value::Integer(3))]);
    let mut maximum = parameter("scheme", "", vec![Value::Record(scheme)]);
    maximum.values.push(dated(date(2022, 1, 1), Value::Record(record(&[("rate", Value::Integer(4))]))));
    Manifest {
        id: Id::new("allowance").unwrap(),
        version: "1.0.0".to_owned(),
        titles: Titles::default(),
        jurisdiction: JurisdictionCode::new("CN").unwrap(),
        scope: RuleScope::Service(Id::new("allowance").unwrap()),
        in_force: DateRange::new(date(2020, 1, 1), None).unwrap(),
        publication: PublicationPeriod::default(),
        shadow: false,
        extends: None,
        criteria: Vec::new(),
        masks: Vec::new(),
        parameters: vec![
            parameter("min_age", "years", vec![Value::Integer(80)]),
            parameter("monthly", "CNY per month", vec![text("110.00")]),
            parameter("share", "%", vec![Value::Integer(30)]),
            parameter("standards", "", vec![Value::List(vec![row(1, "696"), row(2, "896.50")])]),
            parameter("steps", "CNY", vec![Value::Decimals(vec![Decimal::from(10), Decimal::new(205, 1)])]),
            parameter("from_day", "", vec![Value::Date(date(2024, 7, 1))]),
            parameter("nothing_yet", "", vec![]),
            parameter("grade", "", vec![Value::Integer(2)]),
            parameter("not_set", "CNY per month", vec![]),
            later,
            maximum,
        ],
        intermediates: Vec::new(),
        limits: RequestedLimits::default(),
    }
}

fn dated(from: jiff::civil::Date, value: Value) -> DatedValue {
    DatedValue { from, until: None, published: None, confirmed: None, value, provision: None }
}

/// Adds a text to a rule.
fn add(rule: &mut RuleText, text: &str) -> TextId {
    let origin = Origin::Text { offsets: (0..=text.len()).collect(), lines: vec![1; text.len() + 1] };
    rule.texts.0.push(SourceText { text: text.to_owned(), file: "rule.toml".to_owned(), origin });
    TextId(rule.texts.0.len() - 1)
}

/// A rule of lines `define NAME = ...`, `criterion ID = ...`, `criterion ID each LIST = ...`, `eligible = ...`,
/// `grant NAME = ...`, and `table NAME HIT | input, ... | output, ...` with lines `row test | ... | output` after it.
pub(crate) fn rule_of(text: &str) -> RuleText {
    let mut rule = RuleText::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(cells) = line.strip_prefix("row ") {
            let cells: Vec<TextId> = cells.split('|').map(|cell| add(&mut rule, cell.trim())).collect();
            let table = rule.tables.last_mut().unwrap();
            let (tests, outputs) = cells.split_at(table.inputs.len());
            table.rows.push(RowText { tests: tests.to_vec(), outputs: outputs.to_vec() });
            continue;
        }
        if let Some(cells) = line.strip_prefix("default ") {
            let cells: Vec<TextId> = cells.split('|').map(|cell| add(&mut rule, cell.trim())).collect();
            rule.tables.last_mut().unwrap().default = Some(cells);
            continue;
        }
        if let Some(head) = line.strip_prefix("table ") {
            let table = table_of(&mut rule, head);
            rule.tables.push(table);
            continue;
        }
        let (head, expression) = line.split_once(" = ").unwrap();
        let text = add(&mut rule, expression);
        match head.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["define", name] => rule.defines.push(((*name).to_owned(), text)),
            ["criterion", id] => rule.criteria.push(CriterionText { id: (*id).to_owned(), when: text, each: None }),
            ["criterion", id, "each", list] => {
                rule.criteria.push(CriterionText { id: (*id).to_owned(), when: text, each: Some((*list).to_owned()) });
            }
            ["eligible"] => rule.eligible = Some(text),
            ["grant", name] => rule.grant.push(((*name).to_owned(), text)),
            other => panic!("{other:?}"),
        }
    }
    rule
}

fn table_of(rule: &mut RuleText, head: &str) -> TableText {
    let parts: Vec<&str> = head.split('|').map(str::trim).collect();
    let (name, hit) = parts[0].split_once(' ').unwrap();
    let hit = match hit {
        "unique" => HitPolicy::Unique,
        "any" => HitPolicy::Any,
        "first" => HitPolicy::First,
        "priority" => HitPolicy::Priority,
        "collect" => HitPolicy::Collect(None),
        "sum" => HitPolicy::Collect(Some(Aggregation::Sum)),
        "min" => HitPolicy::Collect(Some(Aggregation::Min)),
        "max" => HitPolicy::Collect(Some(Aggregation::Max)),
        "count" => HitPolicy::Collect(Some(Aggregation::Count)),
        "rule order" => HitPolicy::RuleOrder,
        "output order" => HitPolicy::OutputOrder,
        other => panic!("{other}"),
    };
    let inputs = parts[1].split(',').map(|input| add(rule, input.trim())).collect();
    let outputs = parts[2].split(',').map(|output| output.trim().to_owned()).collect::<Vec<_>>();
    let priorities = parts.get(3).map(|order| add(rule, order)).into_iter().map(Some).collect();
    let place = add(rule, name);
    TableText { name: name.to_owned(), hit, inputs, outputs, priorities, rows: Vec::new(), default: None, place }
}

/// The program of a rule without a fault.
pub(crate) fn program(text: &str) -> Program {
    let rule = rule_of(text);
    check_rule(&rule, &contract(), &manifest()).unwrap_or_else(|faults| panic!("{}", told(&rule, &faults)))
}

/// The faults as lines: the words they are at, what is wrong, and the mend.
fn told(rule: &RuleText, faults: &[ExpressionError]) -> String {
    let lines = faults.iter().map(|fault| {
        let text = &rule.texts.0[fault.place.text.0].text;
        let words = text.get(fault.place.span.start..fault.place.span.end).unwrap_or("?");
        let help = fault.help.as_deref().map_or(String::new(), |help| format!("\n    {help}"));
        format!("{words}\n    {}{help}\n", fault.message)
    });
    lines.collect()
}

/// The faults of a rule that has some.
fn faults(text: &str) -> String {
    let rule = rule_of(text);
    match check_rule(&rule, &contract(), &manifest()) {
        Ok(_) => format!("no fault: {text}\n"),
        Err(faults) => told(&rule, &faults),
    }
}
