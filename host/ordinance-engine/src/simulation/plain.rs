//! Runs in which one rule alone decides, on single values that it may see as they are: its answer is the decision. The
//! conditions are checked once, for the law and the processing of all cases; what they don't cover is decided in the
//! ordinary way.

use ordinance_domain::answer::{Determination, Finding};
use ordinance_domain::bounds::GrantBound;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::{Fact, FactType, Holder};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::minimise::MinimisedFacts;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::Verdict;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::value::Value;

use super::run::SimulationRun;
use crate::case::Case;
use crate::evaluate::PreparedCall;
use crate::law::ApplicableLaw;
use crate::law_plan::Level;
use crate::observer::NoObserver;
use crate::privacy::gate;
use crate::rulebook::BoundEligibilityRule;

/// A run in which one rule alone decides.
pub struct PlainRun<'e> {
    run: SimulationRun<'e>,
    level: PlainLevel,
    applicant: MinimisedFacts,
}

/// The level whose rule alone decides.
#[derive(Debug, Clone)]
pub struct PlainLevel {
    /// Its index in the chain.
    index: usize,
    /// For each fact that the rule declares, its index among the given ones.
    given: Vec<Option<usize>>,
}

/// The answer of the rule, which is the decision: eligible or not.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainAnswer {
    /// Never undetermined.
    pub determination: Determination,
    /// What the rule finds.
    pub findings: Vec<Finding>,
}

impl PlainLevel {
    /// The level whose rule alone decides all cases of a run that are processed as this case is. `given` names the
    /// facts that cases have, each of which may be missing in some; their values have to be those of the contract's
    /// types. `None` if more than the answer of one rule may decide.
    #[must_use]
    pub fn of(run: &SimulationRun<'_>, case: &Case, given: &[FieldName]) -> Option<Self> {
        let law = &run.law;
        if !case.others.is_empty() || !case.alternatives.is_empty() || !is_plain_contract(law, given) {
            return None;
        }
        let (index, rule) = only_rule(law)?;
        let rulings = gate(law, &Case { facts: Default::default(), ..case.clone() }, &mut NoObserver);
        let permits = rulings.levels_told_apart() == 0
            && rulings.hides_nothing()
            && rulings.for_rules().facts().iter().all(|ruled| ruled.verdict == Verdict::Permit);
        let declared = &rule.compiled.rule_type().applicant;
        let rules_on_all = declared.iter().all(|field| {
            rulings.for_rules().verdict_on(&field.name) == Some(Verdict::Permit)
                && law.contract().fact(field.name.as_str()).is_some_and(|fact| is_single(&fact.fact_type))
        });
        let place_of = |name: &FieldName| given.iter().position(|known| known == name);
        let given = || declared.iter().map(|field| place_of(&field.name)).collect();
        (permits && rules_on_all).then(|| Self { index, given: given() })
    }
}

impl<'e> PlainRun<'e> {
    /// The run, in which this level decides.
    #[must_use]
    pub fn new(run: SimulationRun<'e>, level: PlainLevel) -> Self {
        Self { run, level, applicant: MinimisedFacts::default() }
    }

    /// The run in which other cases are decided.
    pub fn general(&mut self) -> &mut SimulationRun<'e> {
        &mut self.run
    }

    /// The place whose rule decides.
    #[must_use]
    pub fn place(&self) -> &JurisdictionCode {
        self.run.law.levels().get(self.level.index).map_or_else(|| self.run.law.place(), |level| &level.place)
    }

    /// The query of its cases.
    #[must_use]
    pub fn query(&self) -> &CaseQuery {
        self.run.query()
    }

    /// The contract of its service.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        self.run.law.contract()
    }

    /// Decides a case. `value_of` gives the value of the given fact at an index. `None` if the case has to be decided
    /// by the [general](Self::general) run: a fact is missing, or the rule gives no answer.
    pub fn decide(&mut self, mut value_of: impl FnMut(usize) -> Option<Value>) -> Option<PlainAnswer> {
        let SimulationRun { law, instances } = &mut self.run;
        let PlainLevel { index, given } = &self.level;
        let level = law.levels().get(*index)?;
        let rule = level.ready()?;
        let value_of = |index: usize| given.get(index).copied().flatten().and_then(&mut value_of);
        if !self.applicant.refill(rule.compiled.rule_type(), value_of) {
            return None;
        }
        let call = PreparedCall { index: *index, level, rule, applicant: &self.applicant, inherited: None };
        let answer = instances.get_mut(*index)?.call(law, &call)?.ok()?;
        let is_determined = answer.determination != Determination::Undetermined;
        is_determined.then_some(PlainAnswer { determination: answer.determination, findings: answer.findings })
    }
}

/// The only rule of the chain, if it can be called and no level sets bounds.
fn only_rule<'l>(law: &'l ApplicableLaw<'_>) -> Option<(usize, &'l BoundEligibilityRule)> {
    let mut with_rule = law.levels().iter().enumerate().filter(|(_, level)| level.rule.is_some());
    let (index, level) = with_rule.next()?;
    let takes_facts_as_they_are = level.ready()?.coarse.is_empty();
    let is_alone = with_rule.next().is_none() && !level.lacks_required_number && takes_facts_as_they_are;
    let sets_bounds = |level: &Level| level.for_lower.is_some();
    let is_unbound = !law.levels().iter().take(index).any(sets_bounds);
    level.ready().filter(|_| is_alone && is_unbound).map(|rule| (index, rule))
}

/// Whether the contract leaves the grant to the level that decides, and nothing follows from the given facts: no other
/// fact, no age, no other person.
fn is_plain_contract(law: &ApplicableLaw<'_>, given: &[FieldName]) -> bool {
    let contract: &Contract = law.contract();
    let day = law.query().day();
    let is_left = |bound: &GrantBound| *bound == GrantBound::Delegated;
    let is_given = |name: &FieldName| given.contains(name);
    let is_plain_fact = |fact: &Fact| {
        fact.implied_by.is_empty() && !fact.tells_age() && matches!(fact.holder, Holder::Applicant | Holder::Household)
    };
    let follows = |fact: &Fact| fact.derivation.as_ref().is_some_and(|derivation| is_given(&derivation.from));
    contract.grant.iter().all(|field| field.bound.on(day).is_some_and(|bound| is_left(&bound.kind)))
        && given.iter().all(|name| contract.fact(name.as_str()).is_some_and(is_plain_fact))
        && !contract.facts.iter().any(follows)
}

/// Whether a value of the type has no parts, on which privacy law could rule by themselves.
fn is_single(fact_type: &FactType) -> bool {
    match fact_type {
        FactType::Bool | FactType::Integer { .. } | FactType::Decimal { .. } | FactType::Date | FactType::Choice(_) => {
            true
        }
        FactType::Text { .. } | FactType::Record(_) | FactType::List { .. } => false,
    }
}
