//! The law that applies to a query: the chain of the place and each level's rule in force. Stage 3 of a decision.

use std::sync::Arc;

use ordinance_domain::calendar::DateRange;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::Mask;
use ordinance_domain::name::FieldName;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::rule_type::RuleField;
use ordinance_domain::type_check::takes_masked;

use crate::engine::Engine;
use crate::error::DecideError;
use crate::rulebook::{BoundEligibilityRule, Rule, RuleState, Rulebook};

/// The law that applies: the chain of the place and each level's rule in force.
pub struct ApplicableLaw<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) contract: &'a Arc<Contract>,
    pub(crate) query: CaseQuery,
    pub(crate) levels: Vec<Level<'a>>,
}

/// One level of the chain.
pub(crate) struct Level<'a> {
    pub(crate) place: JurisdictionCode,
    pub(crate) rule: Option<&'a Rule>,
    pub(crate) gap: Option<DateRange>,
}

impl Level<'_> {
    /// Whether its rule may see this fact.
    pub(crate) fn reads(&self, fact: &FieldName) -> bool {
        match self.rule.map(|rule| &rule.state) {
            Some(RuleState::Ready(ready)) => {
                ready.compiled.rule_type().applicant.iter().any(|field| field.name == *fact)
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
    pub fn select(engine: &'a Engine, query: &CaseQuery) -> Result<Self, DecideError> {
        let CaseQuery { jurisdiction, service, as_of, known_at } = query;
        let rulebook = engine.rulebook();
        let chain = rulebook.jurisdictions().chain(jurisdiction, *as_of)?;
        let contract = rulebook.contract(service).ok_or_else(|| DecideError::UnknownService(service.clone()))?;
        let level = |place: &JurisdictionCode| {
            let rule = rulebook.in_force(place, service, *as_of, *known_at);
            let gap = if rule.is_some() { None } else { rulebook.gap_on(place, service, *as_of, *known_at) };
            Level { place: place.clone(), rule, gap }
        };
        Ok(Self { engine, contract, query: query.clone(), levels: chain.iter().map(level).collect() })
    }

    /// The same law, with the rule `other` instead of the rule `own`.
    #[must_use]
    pub fn with_rule(mut self, own: &Rule, other: &'a Rule) -> Self {
        for level in &mut self.levels {
            if level.rule.is_some_and(|rule| std::ptr::eq(rule, own)) {
                level.rule = Some(other);
            }
        }
        self
    }

    /// The same law, with a shadow rule at its level, whether or not the level has a rule. `None` if its place isn't in
    /// the chain.
    #[must_use]
    pub fn with_shadow(mut self, shadow: &'a Rule) -> Option<Self> {
        let level = self.levels.iter_mut().find(|level| level.place == shadow.head.jurisdiction)?;
        level.rule = Some(shadow);
        level.gap = None;
        Some(self)
    }

    /// The rules in force, top first, including broken rules. Empty if every level is silent.
    pub fn rules_in_force(&self) -> impl Iterator<Item = &'a Rule> {
        self.levels.iter().filter_map(|level| level.rule)
    }

    pub(crate) fn rulebook(&self) -> &'a Rulebook {
        self.engine.rulebook()
    }

    /// The query that selected the law.
    #[must_use]
    pub fn query(&self) -> &CaseQuery {
        &self.query
    }

    /// The contract of the service.
    #[must_use]
    pub fn contract(&self) -> &'a Contract {
        self.contract
    }

    /// The place of the query, or the place that its code means on that day.
    #[must_use]
    pub fn place(&self) -> &JurisdictionCode {
        self.levels.last().map_or(&self.query.jurisdiction, |level| &level.place)
    }

    /// The rules of the chain that can't run. The facts that they would read are unknown.
    pub fn broken_rules(&self) -> impl Iterator<Item = &'a RuleHead> {
        self.rules_in_force().filter_map(|rule| match &rule.state {
            RuleState::Broken(_) => Some(rule.head.as_ref()),
            RuleState::Ready(_) => None,
        })
    }

    /// The most fuel that one decision can use.
    #[must_use]
    pub fn fuel_max(&self) -> u64 {
        self.ready_rules().map(|ready| ready.compiled.limits().fuel).fold(0, u64::saturating_add)
    }

    /// The rules that can run, top first.
    pub(crate) fn ready_rules(&self) -> impl Iterator<Item = &'a BoundEligibilityRule> {
        self.rules_in_force().filter_map(|rule| match &rule.state {
            RuleState::Ready(ready) => Some(ready.as_ref()),
            RuleState::Broken(_) => None,
        })
    }

    /// The declarations of this fact in the rules of the chain. Empty if no rule may see it.
    pub fn declarations(&self, fact: &FieldName) -> impl Iterator<Item = &'a RuleField> {
        self.ready_rules()
            .flat_map(|ready| &ready.compiled.rule_type().applicant)
            .filter(move |field| field.name == *fact)
    }

    /// The facts that the rules of the chain may see, in the contract's order.
    #[must_use]
    pub fn facts_read(&self) -> Vec<&'a Fact> {
        self.contract.facts.iter().filter(|fact| self.reads(&fact.name)).collect()
    }

    /// Whether a rule of the chain may see this fact.
    pub(crate) fn reads(&self, fact: &FieldName) -> bool {
        self.declarations(fact).next().is_some()
    }

    /// Whether a rule of the chain can't be called without this fact.
    #[must_use]
    pub fn requires(&self, fact: &FieldName) -> bool {
        self.declarations(fact).any(|field| !field.value_type.is_optional())
    }

    /// Whether every rule of the chain that declares the fact takes it in this form.
    pub(crate) fn takes(&self, name: &FieldName, mask: Mask) -> bool {
        let fact = self.contract.fact(name.as_str());
        fact.is_some_and(|fact| self.declarations(name).all(|field| takes_masked(field, fact, mask)))
    }
}
