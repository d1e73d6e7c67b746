//! The decision of one case: the chain, the rules in force, each run on the facts its type declares, composed within
//! the bounds.

use std::sync::Arc;

use ordinance_domain::answer::{Answer, Determination, Failed, FailureCode, Finding};
use ordinance_domain::compose::{Composition, Inherited};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, Layer, LayerStatus};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::minimise::{MissingFacts, minimise, missing_options};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_type::Argument;
use ordinance_sandbox::Arguments;

use crate::case::Case;
use crate::registry::{ReadyRule, Registry, Rule, RuleState};

/// A case that can't be put to any rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// The place isn't in the rulebook.
    #[error("unknown jurisdiction `{0}`")]
    UnknownJurisdiction(JurisdictionCode),
    /// The service isn't in the rulebook.
    #[error("unknown service `{0}`")]
    UnknownService(Id),
}

/// Answers one case: resolve the chain, select the rules in force, minimise and run layer by layer, compose.
///
/// # Errors
/// [`DecideError`] if the place or the service is unknown. A missing fact or a failed rule is no error; the decision
/// says so.
pub fn decide(registry: &Registry, case: &Case) -> Result<Decision, DecideError> {
    let unknown = || DecideError::UnknownJurisdiction(case.jurisdiction.clone());
    let chain = registry.jurisdictions().chain(&case.jurisdiction).ok_or_else(unknown)?;
    let contract = registry.contract(&case.service).ok_or_else(|| DecideError::UnknownService(case.service.clone()))?;
    let mut composition = Composition::new(contract);
    let mut seen = SeenFacts::default();
    for place in chain.iter() {
        let layer = match registry.in_force(place, &case.service, case.as_of) {
            Some(rule) => run_layer(contract, rule, case, composition.inherited(), &mut seen),
            None => Layer { jurisdiction: place.clone(), rule: None, status: LayerStatus::Silent, violations: vec![] },
        };
        composition.add(layer);
    }
    let (outcome, layers) = composition.finish();
    Ok(Decision {
        jurisdiction: case.jurisdiction.clone(),
        service: case.service.clone(),
        as_of: case.as_of,
        outcome,
        layers,
        undeclared: seen.undeclared(case),
        used: seen.used,
    })
}

/// Which facts the rules of the chain declare and which reached one.
#[derive(Debug, Default)]
struct SeenFacts {
    used: Vec<FieldName>,
    declared: Vec<FieldName>,
}

impl SeenFacts {
    fn declare(&mut self, rule: &ReadyRule) {
        add_new(&mut self.declared, rule.checked.rule_type().applicant.iter().map(|field| &field.name));
    }

    fn undeclared(&self, case: &Case) -> Vec<FieldName> {
        let sent = case.facts.0.iter().map(|(name, _)| name);
        sent.filter(|name| !self.declared.contains(name)).cloned().collect()
    }
}

fn add_new<'a>(names: &mut Vec<FieldName>, more: impl Iterator<Item = &'a FieldName>) {
    for name in more {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
}

fn run_layer(contract: &Contract, rule: &Rule, case: &Case, inherited: Inherited<'_>, seen: &mut SeenFacts) -> Layer {
    let status = match &rule.state {
        RuleState::Broken(reason) => LayerStatus::Failed(Failed::new(FailureCode::NotLoaded, reason.clone())),
        RuleState::Ready(ready) => run_rule(contract, ready, case, inherited, seen),
    };
    Layer {
        jurisdiction: rule.head.jurisdiction.clone(),
        rule: Some(Arc::clone(&rule.head)),
        status,
        violations: vec![],
    }
}

fn run_rule(
    contract: &Contract,
    rule: &ReadyRule,
    case: &Case,
    inherited: Inherited<'_>,
    seen: &mut SeenFacts,
) -> LayerStatus {
    let rule_type = rule.checked.rule_type();
    seen.declare(rule);
    let applicant = match minimise(rule_type, &case.facts) {
        Ok(applicant) => applicant,
        Err(MissingFacts(missing)) => return LayerStatus::MissingFacts(missing),
    };
    let inherited = match inherited {
        Inherited::Unknown if rule_type.arguments.contains(&Argument::Inherited) => return LayerStatus::Waiting,
        Inherited::Unknown | Inherited::Nothing => None,
        Inherited::Grant(grant) => Some(grant),
    };
    add_new(&mut seen.used, applicant.record().iter().map(|(name, _)| name));
    let report = rule.checked.call(&Arguments {
        as_of: case.as_of,
        applicant: &applicant,
        parameters: &rule.parameters_on(case.as_of),
        inherited,
        jurisdiction: &case.jurisdiction,
    });
    match report.answer.and_then(|answer| check_answer(contract, rule, answer)) {
        Ok(answer) => LayerStatus::Applied { answer, missing: missing_options(rule_type, &case.facts) },
        Err(failed) => LayerStatus::Failed(failed),
    }
}

/// What the rule's type can't say: its criteria are its manifest's, its grant is within the contract's range.
fn check_answer(contract: &Contract, rule: &ReadyRule, answer: Answer) -> Result<Answer, Failed> {
    let declared = |finding: &Finding| rule.manifest.criterion(finding.criterion.as_str()).is_some();
    if let Some(index) = answer.findings.iter().position(|finding| !declared(finding)) {
        // The id itself is the guest's text, which could be anything, a fact too.
        let detail = format!(
            "its manifest doesn't declare the criterion of finding {}; compare the ids in src/lib.rs with rule.toml",
            index + 1
        );
        return Err(Failed::new(FailureCode::UndeclaredCriterion, detail));
    }
    if let Determination::Eligible(grant) = &answer.determination {
        for field in &contract.grant {
            if grant.get(&field.name).is_some_and(|value| !field.fact_type.admits(value)) {
                let detail = format!("the grant's `{}` is not {}", field.name, field.fact_type);
                return Err(Failed::new(FailureCode::GrantOutOfRange, detail));
            }
        }
    }
    Ok(answer)
}
