//! The compiler and the evaluator agree: random programs over random facts, some of which aren't known, run in the
//! sandbox.
//!
//! Ten thousand programs with a hundred cases each:
//! `FEEL_PROGRAMS=10000 FEEL_CASES=100 cargo test --release -p ordinance-feel --lib differential`

use std::rc::Rc;

use jiff::civil::date;
use ordinance_domain::answer::{Answer, Determination, Grant, RuleError};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RequestedLimits;
use ordinance_domain::minimise::minimise;
use ordinance_domain::rule_type::{RuleField, ValueType};
use ordinance_domain::value::{Decimal as HostDecimal, Record, Value as HostValue};
use ordinance_feel_runtime::{Context, Date, Decimal, Value};
use ordinance_sandbox::{Arguments, CallOutcome, CompiledEligibilityRule, Limits, Sandbox, SandboxConfig};
use wit_component::ComponentEncoder;

use super::open_programs;
use crate::bounds::Bounds;
use crate::check::check_rule;
use crate::check::tests::random::Random;
use crate::check::tests::{contract, manifest, rule_of};
use crate::compile::{CompileOptions, DebugOptions, compile};
use crate::evaluate::{Evaluation, Outcome, evaluate};
use crate::tree::{Argument, Program};
use crate::types::{Type, TypeKind};

/// The place of all cases.
const PLACE: &str = "CN";

/// A value of a type. `opens` is how often it isn't known: one time in so many; never for 0.
pub(super) fn value(random: &mut Random, ty: &Type, opens: u64) -> Value {
    if ty.nullable && random.below(4) == 0 {
        return Value::Null;
    }
    // A record is there, and its fields may not be.
    if opens > 0 && !ty.nullable && !matches!(ty.kind, TypeKind::Context(_)) && random.below(opens) == 0 {
        return Value::Unknown;
    }
    match &ty.kind {
        TypeKind::Boolean => Value::Boolean(random.below(2) == 0),
        TypeKind::Number(bounds) => random.within(Bounds::from(*bounds)),
        TypeKind::Choice(words) => Value::text(&words[random.below(words.len() as u64) as usize]),
        TypeKind::Text => Value::text(random.one_of(&["Li", "Smith", "王", ""])),
        TypeKind::Date => Value::Date(Date {
            year: 2023 + random.below(3) as i32,
            month: 1 + random.below(12) as u8,
            day: 1 + random.below(28) as u8,
        }),
        TypeKind::List { item, .. } => {
            let count = random.below(5);
            Value::list((0..count).map(|_| value(random, item, opens)).collect())
        }
        TypeKind::Context(fields) => {
            let values = fields.iter().map(|(name, ty)| (name.as_str().into(), value(random, ty, opens))).collect();
            Value::Context(Rc::new(Context(values)))
        }
        other => panic!("{other:?}"),
    }
}

fn host_decimal(number: Decimal) -> HostDecimal {
    let units = number.to_units(6).unwrap();
    HostDecimal::from_i128_with_scale(units.into(), 6).normalize()
}

fn host_record(found: &Value, fields: &[RuleField]) -> Record {
    let Value::Context(context) = found else { panic!("{found:?}") };
    let field = |field: &RuleField| {
        let value = host_value(context.get(field.name.as_str())?, &field.value_type)?;
        Some((field.name.clone(), value))
    };
    fields.iter().filter_map(field).collect()
}

/// A value as the host has it; `None` if it isn't known or null.
fn host_value(found: &Value, value_type: &ValueType) -> Option<HostValue> {
    Some(match (value_type.inner(), found) {
        (_, Value::Unknown | Value::Null) => return None,
        (ValueType::Bool, Value::Boolean(yes)) => HostValue::Bool(*yes),
        (ValueType::Integer(_), Value::Number(number)) => HostValue::Integer(number.to_integer().unwrap()),
        (ValueType::Decimal, Value::Number(number)) => HostValue::Decimal(host_decimal(*number)),
        (ValueType::Date, Value::Date(day)) => HostValue::Date(date(day.year as i16, day.month as i8, day.day as i8)),
        (ValueType::Text, Value::Text(text)) => HostValue::Text(text.to_string()),
        (ValueType::Choice(_), Value::Text(text)) => HostValue::Choice(text.to_string()),
        (ValueType::Record(fields), found) => HostValue::Record(host_record(found, fields)),
        (ValueType::List(fields), Value::List(items)) => {
            HostValue::List(items.iter().map(|item| host_record(item, fields)).collect())
        }
        (ValueType::Decimals, Value::List(items)) => {
            let number = |item: &Value| if let Value::Number(number) = item { host_decimal(*number) } else { panic!() };
            HostValue::Decimals(items.iter().map(number).collect())
        }
        other => panic!("{other:?}"),
    })
}

/// The values of all inputs of a case.
pub(super) fn inputs(random: &mut Random, program: &Program, opens: u64) -> Vec<Value> {
    program
        .inputs
        .iter()
        .map(|input| match &input.argument {
            Argument::Fact(_) => match &input.ty.kind {
                // A record is there, and its fields may not be.
                TypeKind::Context(_) => value(random, &input.ty.clone().not_null(), opens),
                _ => value(random, &input.ty, opens),
            },
            Argument::Jurisdiction => Value::text(PLACE),
            Argument::AsOf | Argument::Parameter(_) | Argument::Inherited | Argument::Model(_) => {
                value(random, &input.ty, 0)
            }
        })
        .collect()
}

/// Runs the compiled rule.
fn run(rule: &CompiledEligibilityRule, program: &Program, values: &[Value]) -> CallOutcome {
    let rule_type = rule.rule_type();
    let (mut facts, mut parameters, mut inherited) = (Record::new(), Record::new(), None);
    let mut as_of = date(2024, 1, 1);
    for (input, found) in program.inputs.iter().zip(values) {
        let declared = |fields: &[RuleField], name: &str| fields.iter().find(|field| field.name.is(name)).cloned();
        match &input.argument {
            Argument::Fact(name) => {
                let field = declared(&rule_type.applicant, name).unwrap();
                facts.extend(host_value(found, &field.value_type).map(|value| (field.name, value)));
            }
            Argument::Parameter(name) => {
                let field = declared(&rule_type.parameters, name).unwrap();
                parameters.extend(host_value(found, &field.value_type).map(|value| (field.name, value)));
            }
            Argument::Inherited if !matches!(found, Value::Null) => {
                inherited = Some(Grant(host_record(found, &rule_type.grant)));
            }
            Argument::AsOf => {
                let Value::Date(day) = found else { panic!() };
                as_of = date(day.year as i16, day.month as i8, day.day as i8);
            }
            Argument::Inherited | Argument::Jurisdiction | Argument::Model(_) => {}
        }
    }
    let applicant = minimise(rule_type, &Facts(facts)).unwrap();
    let jurisdiction = JurisdictionCode::new(PLACE).unwrap();
    let arguments = Arguments {
        as_of,
        applicant: &applicant,
        parameters: &parameters,
        inherited: inherited.as_ref(),
        jurisdiction: &jurisdiction,
    };
    rule.call(&arguments)
}

fn plain_value(found: &Value) -> String {
    match found {
        Value::Number(number) => host_decimal(*number).normalize().to_string(),
        Value::Boolean(yes) => yes.to_string(),
        Value::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

/// What the evaluator finds, as a text.
pub(super) fn told_evaluation(found: &Evaluation) -> String {
    if let Outcome::Failed(_) = found.outcome {
        return "failed".to_owned();
    }
    let mut text = match &found.outcome {
        Outcome::Ineligible => "ineligible".to_owned(),
        Outcome::Undetermined => "undetermined".to_owned(),
        Outcome::Eligible => {
            let fields = found.grant.iter().filter(|field| !matches!(field.value, Value::Null));
            let fields: Vec<String> =
                fields.map(|field| format!("{} {}", field.name, plain_value(&field.value))).collect();
            format!("eligible {}", fields.join(", "))
        }
        other => format!("{other:?}"),
    };
    for finding in &found.findings {
        match &finding.value {
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    text += &format!("; {} {index}: {:?}", finding.criterion_name(), truth_of(item));
                }
            }
            other => text += &format!("; {}: {:?}", finding.criterion_name(), truth_of(other)),
        }
    }
    text
}

trait CriterionName {
    fn criterion_name(&self) -> &str;
}

impl CriterionName for crate::evaluate::NamedValue {
    fn criterion_name(&self) -> &str {
        &self.name
    }
}

fn truth_of(found: &Value) -> Option<bool> {
    if let Value::Boolean(yes) = found { Some(*yes) } else { None }
}

/// What the compiled rule answers, as a text.
fn told_answer(found: &Result<Answer, RuleError>) -> String {
    let Ok(answer) = found else { return "failed".to_owned() };
    let mut text = match &answer.determination {
        Determination::Ineligible => "ineligible".to_owned(),
        Determination::Undetermined => "undetermined".to_owned(),
        Determination::Eligible(Grant(record)) => {
            let plain = |found: &HostValue| match found.number() {
                Some(number) => number.normalize().to_string(),
                None => found.to_plain(),
            };
            let fields: Vec<String> = record.iter().map(|(name, found)| format!("{name} {}", plain(found))).collect();
            format!("eligible {}", fields.join(", "))
        }
    };
    for finding in &answer.findings {
        match finding.item {
            Some(index) => text += &format!("; {} {index}: {:?}", finding.criterion, finding.satisfied),
            None => text += &format!("; {}: {:?}", finding.criterion, finding.satisfied),
        }
    }
    text
}

/// Compares both on random cases of a rule. `None` if the check refuses the rule or it has no code.
fn compare(sandbox: &Sandbox, random: &mut Random, text: &str, cases: usize) -> Option<Vec<String>> {
    let rule = rule_of(text);
    let contract = contract();
    let program = check_rule(&rule, &contract, &manifest()).ok()?;
    let is_unoptimised = random.below(3) == 0;
    let debug = is_unoptimised.then_some(DebugOptions { texts: &rule.texts, folder: "CN/allowance", is_unoptimised });
    let compiled = match compile(&program, &CompileOptions { facts: &contract.facts, debug }) {
        Ok(compiled) => compiled,
        Err(error) => return Some(vec![format!("{text}\n    {error}\n")]),
    };
    let component = ComponentEncoder::default().validate(true).module(&compiled.module).unwrap().encode().unwrap();
    let loaded = sandbox.compile_rule(&component, RequestedLimits::default()).unwrap();
    let mut differences = Vec::new();
    for case in 0..cases {
        let opens = if case % 3 == 0 { 0 } else { 3 };
        let values = inputs(random, &program, opens);
        let expected = told_evaluation(&evaluate(&program, &values));
        let CallOutcome { result: answer, fuel, .. } = run(&loaded, &program, &values);
        let found = told_answer(&answer);
        if expected != found {
            let both = format!("  evaluated {expected}\n  compiled  {found} {answer:?}\n");
            differences.push(format!("{text}\n  unoptimised {is_unoptimised}\n  {values:?}\n{both}"));
            break;
        }
        if compiled.fuel_bound.is_some_and(|bound| bound < fuel) {
            differences.push(format!("{text}\n    fuel {fuel} above {:?}\n", compiled.fuel_bound));
            break;
        }
    }
    Some(differences)
}

/// The fuel of a case in which all facts are known.
pub(crate) fn fuel_of(program: &Program, compiled: &crate::compile::Compiled) -> u64 {
    let sandbox = Sandbox::new(SandboxConfig { slots: 1, ..SandboxConfig::default() }).unwrap();
    let component = ComponentEncoder::default().module(&compiled.module).unwrap().encode().unwrap();
    let loaded = sandbox.compile_rule(&component, RequestedLimits::default()).unwrap();
    let values = inputs(&mut Random(1), program, 0);
    run(&loaded, program, &values).fuel
}

/// The call stack of the trap of a case in which all facts are known: for each function its index, and the offset from
/// the start of its body.
pub(crate) fn trap_of(program: &Program, compiled: &crate::compile::Compiled) -> Vec<(u32, usize)> {
    let config = SandboxConfig { slots: 1, trap_backtrace: true, ..SandboxConfig::default() };
    let component = ComponentEncoder::default().module(&compiled.module).unwrap().encode().unwrap();
    let loaded = Sandbox::new(config).unwrap().compile_rule(&component, RequestedLimits::default()).unwrap();
    let values = inputs(&mut Random(1), program, 0);
    run(&loaded, program, &values).trap_frames
}

pub(super) fn number_of(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn compiled_rules_answer_as_the_evaluator_does() {
    let (programs, cases) = (number_of("FEEL_PROGRAMS", 300), number_of("FEEL_CASES", 50));
    // Powers and logarithms of large numbers take more than most rules need.
    let limits = Limits { fuel: 50_000_000, deadline_ms: 10_000, ..Limits::default() };
    let sandbox = Sandbox::new(SandboxConfig { slots: 1, limits, ..SandboxConfig::default() }).unwrap();
    let mut random = Random(number_of("FEEL_SEED", 7) as u64);
    let mut differences = Vec::new();
    let mut compared = 0;
    for (_, text) in super::RULES {
        differences.extend(compare(&sandbox, &mut random, text, cases).unwrap());
    }
    while compared < programs {
        let text = open_programs::rule_text(&mut random);
        let Some(found) = compare(&sandbox, &mut random, &text, cases) else { continue };
        compared += 1;
        differences.extend(found);
    }
    let count = differences.len();
    differences.truncate(8);
    assert!(differences.is_empty(), "{count} of {compared} programs differ:\n{}", differences.join("\n"));
}
