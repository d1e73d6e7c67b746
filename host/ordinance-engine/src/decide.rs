//! The decision of one case: the chain, the rules in force, the privacy gate, each rule run on the facts its type declares,
//! composed within the bounds.

use std::sync::Arc;

use ordinance_domain::answer::{Answer, Determination, FailureCode, Finding, Grant, RuleFailure};
use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::compose::{Composed, Composition, Inherited};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, Layer, LayerStatus, Outcome, Undetermined};
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{JurisdictionCode, UnknownPlaceError};
use ordinance_domain::minimise::{MinimisedFacts, MissingFacts, minimise, missing_options};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{DataSubject, Disclosure, PrivacyRulings, RecipientKind, Verdict};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::rule_type::{Argument, RuleField};
use ordinance_sandbox::{Arguments, CallReport};

use crate::ask::{Budget, narrow};
use crate::case::Case;
use crate::privacy::AdmittedFacts;
use crate::rulebook::{BoundEligibilityRule, Rule, RuleState, Rulebook};

/// A case that can't be put to any rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// The place isn't in the rulebook, or not on that day.
    #[error(transparent)]
    UnknownPlaceError(#[from] UnknownPlaceError),
    /// The service isn't in the rulebook.
    #[error("unknown service `{0}`")]
    UnknownService(Id),
}

/// Which law is asked for: a place's, for a service, on a day, by what was known on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The place.
    pub jurisdiction: JurisdictionCode,
    /// The service.
    pub service: Id,
    /// The day it is decided for.
    pub as_of: Date,
    /// The day whose knowledge counts; none for all that is known now.
    pub known_at: Option<Date>,
}

/// The law that applies: the chain of the place and each level's rule in force.
pub struct ApplicableLaw<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) contract: &'a Contract,
    pub(crate) asked: Asked,
    pub(crate) levels: Vec<Level<'a>>,
}

/// One level of the chain.
pub(crate) struct Level<'a> {
    pub(crate) place: JurisdictionCode,
    pub(crate) rule: Option<&'a Rule>,
    gap: Option<DateRange>,
}

/// Answers one case: the law that applies, its rules run and composed, and of the missing facts those that matter.
///
/// # Errors
/// [`DecideError`] if the place or the service is unknown. A missing fact or a failed rule is no error; the decision
/// says so.
pub fn decide(rulebook: &Rulebook, case: &Case) -> Result<Decision, DecideError> {
    let law = ApplicableLaw::select(rulebook, &case.asked)?;
    Ok(law.answer(&case.facts, &case.disclosure, &mut Budget::default()))
}

impl Level<'_> {
    /// Whether its rule may see this fact.
    pub(crate) fn reads(&self, fact: &FieldName) -> bool {
        match self.rule.map(|rule| &rule.state) {
            Some(RuleState::Ready(ready)) => {
                ready.checked.rule_type().applicant.iter().any(|field| field.name == *fact)
            }
            Some(RuleState::Broken(_)) | None => false,
        }
    }
}

impl<'a> ApplicableLaw<'a> {
    /// Resolves the chain and selects the rules in force.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub fn select(rulebook: &'a Rulebook, asked: &Asked) -> Result<Self, DecideError> {
        let Asked { jurisdiction, service, as_of, known_at } = asked;
        let chain = rulebook.jurisdictions().chain(jurisdiction, *as_of)?;
        let contract = rulebook.contract(service).ok_or_else(|| DecideError::UnknownService(service.clone()))?;
        let level = |place: &JurisdictionCode| {
            let rule = rulebook.in_force(place, service, *as_of, *known_at);
            let gap = if rule.is_some() { None } else { rulebook.gap_on(place, service, *as_of, *known_at) };
            Level { place: place.clone(), rule, gap }
        };
        Ok(Self { rulebook, contract, asked: asked.clone(), levels: chain.iter().map(level).collect() })
    }

    /// The same law with another rule in the place of one of its own.
    #[must_use]
    pub fn with_rule(mut self, own: &Rule, other: &'a Rule) -> Self {
        for level in &mut self.levels {
            if level.rule.is_some_and(|rule| std::ptr::eq(rule, own)) {
                level.rule = Some(other);
            }
        }
        self
    }

    /// The same law with a rule on trial at its level, in the place of the one there or of none; none if its place isn't in the
    /// chain.
    #[must_use]
    pub fn with_shadow(mut self, shadow: &'a Rule) -> Option<Self> {
        let level = self.levels.iter_mut().find(|level| level.place == shadow.head.jurisdiction)?;
        level.rule = Some(shadow);
        level.gap = None;
        Some(self)
    }

    /// The rules in force, top first, broken ones too; none where every level is silent.
    pub fn rules_in_force(&self) -> impl Iterator<Item = &'a Rule> {
        self.levels.iter().filter_map(|level| level.rule)
    }

    /// The contract of the service.
    #[must_use]
    pub fn contract(&self) -> &'a Contract {
        self.contract
    }

    /// The place: the one asked for, or the one that the code means on that day.
    #[must_use]
    pub fn place(&self) -> &JurisdictionCode {
        self.levels.last().map_or(&self.asked.jurisdiction, |level| &level.place)
    }

    /// The rules of the chain that can't run; whatever they would read isn't known.
    pub fn broken_rules(&self) -> impl Iterator<Item = &'a RuleHead> {
        self.rules_in_force().filter_map(|rule| match &rule.state {
            RuleState::Broken(_) => Some(rule.head.as_ref()),
            RuleState::Ready(_) => None,
        })
    }

    /// The most fuel that one decision can use.
    #[must_use]
    pub fn fuel_max(&self) -> u64 {
        self.ready_rules().map(|ready| ready.checked.limits().fuel).fold(0, u64::saturating_add)
    }

    /// The rules that can run, top first.
    pub(crate) fn ready_rules(&self) -> impl Iterator<Item = &'a BoundEligibilityRule> {
        self.rules_in_force().filter_map(|rule| match &rule.state {
            RuleState::Ready(ready) => Some(ready.as_ref()),
            RuleState::Broken(_) => None,
        })
    }

    /// How the rules of the chain declare this fact; empty if none of them may see it.
    pub fn declarations(&self, fact: &FieldName) -> impl Iterator<Item = &'a RuleField> {
        self.ready_rules()
            .flat_map(|ready| &ready.checked.rule_type().applicant)
            .filter(move |field| field.name == *fact)
    }

    /// The facts that the rules of the chain may see, in the contract's order.
    #[must_use]
    pub fn facts_read(&self) -> Vec<&'a Fact> {
        self.contract.facts.iter().filter(|fact| self.reads(&fact.name)).collect()
    }

    /// What privacy law would make of the facts of somebody of unknown age, where the age may not be shown.
    fn ageless(&self, facts: &AdmittedFacts) -> Option<PrivacyRulings> {
        let gate = facts.gate();
        gate.disclosure.subject.age_band?;
        facts.sent().iter().any(|name| self.is_hidden_age(name, gate)).then(|| {
            let subject = DataSubject { age_band: None, ..gate.disclosure.subject };
            self.gate(&Disclosure { subject, ..gate.disclosure.clone() })
        })
    }

    /// Whether a fact says how old the person is and may not be shown to the recipient.
    fn is_hidden_age(&self, name: &FieldName, gate: &PrivacyRulings) -> bool {
        let category = self.contract.fact(name.as_str()).and_then(|fact| fact.category);
        let is_age = category.is_some_and(|category| category.is_age() || category.is_birth_date());
        let is_shown = match gate.for_recipient.of(name) {
            Some(ruled) => ruled.verdict == Verdict::Permit,
            // On a fact that no rule reads nothing is ruled.
            None => matches!(gate.disclosure.recipient.kind, RecipientKind::Subject | RecipientKind::Portal),
        };
        is_age && !is_shown
    }

    /// The facts that rules of the chain may see and can't be told.
    fn lacking(&self, facts: &AdmittedFacts) -> Vec<FieldName> {
        let read = self.facts_read().into_iter().map(|fact| &fact.name);
        read.filter(|name| !self.knows(facts, name)).cloned().collect()
    }

    /// Whether a rule of the chain may see this fact.
    pub(crate) fn reads(&self, fact: &FieldName) -> bool {
        self.declarations(fact).next().is_some()
    }

    /// Whether a rule of the chain can't be called without this fact.
    #[must_use]
    pub fn requires(&self, fact: &FieldName) -> bool {
        self.declarations(fact).any(|field| !field.value_type.required().1)
    }

    /// Lets the facts past the privacy law, decides on them, and of the missing facts keeps those that matter.
    #[must_use]
    pub fn answer(&self, facts: &Facts, disclosure: &Disclosure, budget: &mut Budget) -> Decision {
        let permitted = self.admit(facts, self.gate(disclosure));
        self.ask_only_what_matters(self.decide(&permitted), &permitted, budget)
    }

    /// Runs the rules on the facts and composes their answers. Where the decision waits for facts, it names every one
    /// that its rules lack; [`ApplicableLaw::ask_only_what_matters`] narrows that.
    #[must_use]
    pub fn decide(&self, facts: &AdmittedFacts) -> Decision {
        self.decide_by(facts, &mut |_, rule, applicant, inherited| self.call(rule, applicant, inherited, false).answer)
    }

    /// The same, each rule being answered by `call`.
    pub(crate) fn decide_by(&self, facts: &AdmittedFacts, call: &mut Call<'_>) -> Decision {
        let mut used = Vec::new();
        let Composed { outcome, layers, deciding } = self.compose(facts, &mut used, call);
        let asked = &self.asked;
        let place = self.place();
        Decision {
            jurisdiction: place.clone(),
            asked: (*place != asked.jurisdiction).then(|| asked.jurisdiction.clone()),
            service: asked.service.clone(),
            as_of: asked.as_of,
            known_at: asked.known_at,
            outcome,
            layers,
            deciding,
            regardless_of: Vec::new(),
            cut_short: false,
            lacking: if facts.gate().hides_nothing() { Vec::new() } else { self.lacking(facts) },
            used,
            masked: facts.masked(),
            ageless: self.ageless(facts),
            undeclared: facts.sent().iter().filter(|name| !self.reads(name)).cloned().collect(),
            gate: facts.gate().clone(),
        }
    }

    /// Of the facts that a decision waits for, keeps those that can change it. Where none can, the decision is given.
    #[must_use]
    pub fn ask_only_what_matters(&self, decision: Decision, facts: &AdmittedFacts, budget: &mut Budget) -> Decision {
        match &decision.outcome {
            Outcome::Undetermined(Undetermined::MissingFacts(_)) => narrow(self, decision, facts, budget),
            Outcome::Undetermined(_) | Outcome::Eligible(_) | Outcome::Ineligible => decision,
        }
    }

    /// Composes what `call` gives for each level's rule; the facts that reach a rule are added to `used`.
    pub(crate) fn compose(&self, facts: &AdmittedFacts, used: &mut Vec<FieldName>, call: &mut Call<'_>) -> Composed {
        let mut composition = Composition::new(self.contract, self.asked.as_of);
        for (index, level) in self.levels.iter().enumerate() {
            let status = match level.rule.map(|rule| &rule.state) {
                Some(RuleState::Ready(ready)) => {
                    let call = |applicant: &_, inherited: Option<&_>| call(index, ready, applicant, inherited);
                    run_rule(ready, &self.facts_for(ready, facts), composition.inherited(), used, call)
                }
                Some(RuleState::Broken(why)) => {
                    LayerStatus::Failed(RuleFailure::new(FailureCode::NotLoaded, why.reason.clone()))
                }
                None => LayerStatus::Silent { gap: level.gap },
            };
            let rule = level.rule.map(|rule| Arc::clone(&rule.head));
            let layer = Layer { jurisdiction: level.place.clone(), rule, status, violations: vec![] };
            composition.add(layer, self.rulebook.bounds(&level.place, &self.asked.service));
        }
        composition.finish()
    }

    /// Calls one rule, and says what that took; `counting` asks for its branches too.
    pub(crate) fn call(
        &self,
        rule: &BoundEligibilityRule,
        applicant: &MinimisedFacts,
        inherited: Option<&Grant>,
        counting: bool,
    ) -> CallReport {
        let arguments = Arguments {
            as_of: self.asked.as_of,
            applicant,
            parameters: &rule.parameters_on(self.asked.as_of),
            inherited,
            jurisdiction: self.place(),
        };
        let mut report = rule.checked.call_counting(&arguments, counting);
        report.answer = report.answer.and_then(|answer| check_answer(self.contract, rule, answer));
        report
    }
}

/// How the rule of a level, named by its place in the chain, is answered.
pub(crate) type Call<'c> =
    dyn FnMut(usize, &BoundEligibilityRule, &MinimisedFacts, Option<&Grant>) -> Result<Answer, RuleFailure> + 'c;

fn run_rule(
    rule: &BoundEligibilityRule,
    facts: &Facts,
    inherited: Inherited<'_>,
    used: &mut Vec<FieldName>,
    call: impl FnOnce(&MinimisedFacts, Option<&Grant>) -> Result<Answer, RuleFailure>,
) -> LayerStatus {
    let rule_type = rule.checked.rule_type();
    let applicant = match minimise(rule_type, facts) {
        Ok(applicant) => applicant,
        Err(MissingFacts(missing)) => return LayerStatus::MissingFacts(missing),
    };
    let inherited = match inherited {
        Inherited::Unknown if rule_type.arguments.contains(&Argument::Inherited) => return LayerStatus::Waiting,
        Inherited::Unknown | Inherited::Nothing => None,
        Inherited::Grant(grant) => Some(grant),
    };
    for (name, _) in applicant.record() {
        if !used.contains(name) {
            used.push(name.clone());
        }
    }
    match call(&applicant, inherited) {
        Ok(answer) => LayerStatus::Applied { answer, missing: missing_options(rule_type, facts) },
        Err(failed) => LayerStatus::Failed(failed),
    }
}

/// What the rule's type can't say: its criteria are its manifest's, its grant is within the contract's range.
fn check_answer(contract: &Contract, rule: &BoundEligibilityRule, answer: Answer) -> Result<Answer, RuleFailure> {
    let declared = |finding: &Finding| rule.manifest().criterion(finding.criterion.as_str()).is_some();
    if let Some(index) = answer.findings.iter().position(|finding| !declared(finding)) {
        // The id itself is the guest's text, which could be anything, a fact too.
        let detail = format!(
            "its manifest doesn't declare the criterion of finding {}; compare the ids in src/lib.rs with rule.toml",
            index + 1
        );
        return Err(RuleFailure::new(FailureCode::UndeclaredCriterion, detail));
    }
    if let Determination::Eligible(grant) = &answer.determination {
        for field in &contract.grant {
            if grant.get(&field.name).is_some_and(|value| !field.fact_type.admits(value)) {
                let detail = format!("the grant's `{}` is not {}", field.name, field.fact_type);
                return Err(RuleFailure::new(FailureCode::GrantOutOfRange, detail));
            }
        }
    }
    Ok(answer)
}
