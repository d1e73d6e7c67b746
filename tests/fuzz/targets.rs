//! What is fed with bytes of any kind: the files of a rulebook, the JSON of requests and cases, composition, facts on
//! their way into a rule, and rules of any type. Nothing may panic, and what is promised must hold. `cargo fuzz` seeks
//! such bytes, and the tests run a bounded search from the same seeds.

pub(crate) mod any_rule;

use std::sync::OnceLock;

use ordinance_domain::answer::{Answer, Determination, FailureCode, Grant, RuleError};
use ordinance_domain::bounds::OutcomeBound;
use ordinance_domain::calendar::LawDay;
use ordinance_domain::compose::Composition;
use ordinance_domain::decision::{LayerStatus, Outcome};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::{RequestedLimits, RuleScope};
use ordinance_domain::minimise::{UnknownFacts, minimise};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::case::read_facts_alone;
use ordinance_engine::definitions::{DefinitionFiles, Definitions, parse_definitions};
use ordinance_engine::manifest::parse_manifest;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_harness::{json_array_items, parse_json_line, parse_properties, parse_toml};
use ordinance_sandbox::{Arguments, CompiledEligibilityRule, Sandbox, SandboxConfig};

/// A name and what takes the bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them.
pub(crate) const TARGETS: [Target; 5] = [
    ("files", files),
    ("wire", wire),
    ("composition", composition),
    ("lowering", lowering),
    ("direct_calls", any_rule::both_ways_agree),
];

const FACTS: &str = include_str!("../planted/facts.toml");
const RULEBOOK: &str = include_str!("../planted/rulebook.toml");
const SERVICE: &str = include_str!("../planted/services/benefit.toml");

/// The definitions of the planted rulebook with another text in the place of one file, or beside them.
fn with_file(name: &str, text: &str) -> Result<Definitions, String> {
    let mut files: DefinitionFiles =
        [("facts.toml", FACTS), ("rulebook.toml", RULEBOOK), ("services/benefit.toml", SERVICE)]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
    files.insert(name.to_owned(), text.to_owned());
    parse_definitions(&files).map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn definitions() -> &'static Definitions {
    static READ: OnceLock<Definitions> = OnceLock::new();
    READ.get_or_init(|| with_file("facts.toml", FACTS).unwrap())
}

/// Every file that an author writes.
pub(crate) fn files(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = parse_manifest("rule.toml", text).map_err(|fault| fault.to_string());
    for name in ["facts.toml", "rulebook.toml", "services/benefit.toml", "N/benefit/bounds.toml"] {
        let _ = with_file(name, text);
    }
    let benefit = Id::new("benefit").unwrap();
    let _ = parse_toml(text, "N", &RuleScope::Service(benefit.clone()));
    let _ = parse_toml(text, "N", &RuleScope::Privacy);
    let contract = definitions().contracts.get(&benefit).unwrap();
    let _ = parse_properties("properties.toml", text, contract);
}

/// JSON as it comes in requests and in files of cases.
pub(crate) fn wire(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = parse_json_line(text, 1).map_err(|fault| fault.to_string());
    let _ = json_array_items(text);
    let Ok(raw) = serde_json::from_str(text) else { return };
    let Ok(tree) = UntypedValue::from_json(raw, "/facts") else { return };
    let contract = definitions().contracts.get(&Id::new("benefit").unwrap()).unwrap();
    let Ok(facts) = read_facts_alone(contract, &tree, "/facts") else { return };
    for (name, value) in &facts.0 {
        let fact = contract.fact(name.as_str()).unwrap();
        assert!(fact.fact_type.admits(value), "{name} is what its type lets it be");
    }
}

/// A chain of answers, two bytes each, after a byte that picks the bound of the outcome.
pub(crate) fn composition(bytes: &[u8]) {
    let Some((bound, answers)) = bytes.split_first() else { return };
    let bound = OutcomeBound::ALL[usize::from(*bound) % OutcomeBound::ALL.len()];
    let text = SERVICE.replacen("bound = \"floor\"", &format!("bound = \"{}\"", bound.as_str()), 1);
    let definitions = with_file("services/benefit.toml", &text).unwrap();
    let contract = definitions.contracts.values().next().unwrap();
    let mut composition = Composition::new(contract, LawDay::all_published("2026-01-01".parse().unwrap()));
    let mut before: Option<Outcome> = None;
    for (depth, answer) in answers.chunks_exact(2).take(6).enumerate() {
        add_level(&mut composition, answer);
        let so_far = recomposed(contract, &answers[..2 * (depth + 1)]);
        let was_eligible = before.as_ref().is_some_and(|outcome| outcome.as_str() == "eligible");
        if bound == OutcomeBound::Floor && was_eligible {
            assert_eq!(so_far.as_str(), "eligible", "no lower level takes away what an upper one grants");
        }
        if let Outcome::Eligible(grant) = &so_far {
            for (name, value) in &grant.0 {
                let field = contract.grant_field(name).unwrap();
                assert!(field.fact_type.admits(value), "`{name}` stays within its type");
            }
        }
        before = Some(so_far);
    }
    assert_eq!(before.unwrap_or_else(|| recomposed(contract, &[])), composition.finish().outcome);
}

fn recomposed(contract: &ordinance_domain::contract::Contract, answers: &[u8]) -> Outcome {
    let mut composition = Composition::new(contract, LawDay::all_published("2026-01-01".parse().unwrap()));
    answers.chunks_exact(2).for_each(|answer| add_level(&mut composition, answer));
    composition.finish().outcome
}

fn add_level(composition: &mut Composition<'_>, answer: &[u8]) {
    composition.add(JurisdictionCode::new("N").unwrap(), None, status(answer[0], answer[1]), None);
}

fn status(kind: u8, amount: u8) -> LayerStatus {
    let applied = |determination| LayerStatus::Applied {
        answer: Answer { determination, findings: Vec::new(), intermediates: Vec::new() },
        unknown: UnknownFacts::default(),
    };
    let amount = (FieldName::new("amount").unwrap(), Value::Decimal(Decimal::new(i64::from(amount) * 37, 1)));
    match kind % 8 {
        0..=2 => applied(Determination::Eligible(Grant(vec![amount]))),
        3 => applied(Determination::Eligible(Grant::default())),
        4 => applied(Determination::Ineligible),
        5 => applied(Determination::Undetermined),
        6 => LayerStatus::Failed(RuleError::new(FailureCode::Trap, "unreachable")),
        _ => LayerStatus::Silent { gap: None },
    }
}

/// A rule of the SDK, checked once.
fn rule() -> &'static (Sandbox, CompiledEligibilityRule) {
    static CHECKED: OnceLock<(Sandbox, CompiledEligibilityRule)> = OnceLock::new();
    CHECKED.get_or_init(|| {
        let sandbox = Sandbox::new(SandboxConfig { slots: 2, ..SandboxConfig::default() }).unwrap();
        let guest = wat::parse_str(include_str!("guest.wat")).unwrap();
        let rule = sandbox.compile_rule(&guest, RequestedLimits::default()).unwrap();
        (sandbox, rule)
    })
}

/// Facts as JSON, lowered into a rule that hands back what it was told.
pub(crate) fn lowering(bytes: &[u8]) {
    let Some(raw) = std::str::from_utf8(bytes).ok().and_then(|text| serde_json::from_str(text).ok()) else { return };
    let Ok(tree) = UntypedValue::from_json(raw, "/facts") else { return };
    let contract = definitions().contracts.get(&Id::new("benefit").unwrap()).unwrap();
    let Ok(facts) = read_facts_alone(contract, &tree, "/facts") else { return };
    let rule = &rule().1;
    let Ok(applicant) = minimise(rule.rule_type(), &facts) else { return };
    let report = rule.call(&Arguments {
        as_of: "2026-01-01".parse().unwrap(),
        applicant: &applicant,
        parameters: &vec![],
        inherited: None,
        jurisdiction: &JurisdictionCode::new("N").unwrap(),
    });
    let answer = report.result.unwrap();
    let income = facts.0.iter().find(|(name, _)| name.as_str() == "income").map(|(_, value)| value.clone());
    let told = match answer.determination {
        Determination::Eligible(grant) => grant.0.into_iter().next().map(|(_, value)| value),
        Determination::Ineligible | Determination::Undetermined => None,
    };
    let number = |value: Option<Value>| match value {
        Some(Value::Decimal(number)) => Some(number.normalize()),
        _ => None,
    };
    assert_eq!(number(told), number(income), "the rule was told the income, and nothing else");
}
