//! The law that applies to a query: the chain of the place and each level's rule in force. Stage 3 of a decision.

use std::sync::Arc;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::Mask;
use ordinance_domain::name::FieldName;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::rule_type::{RuleField, declaration};
use ordinance_domain::type_check::takes_masked;

use crate::engine::Engine;
use crate::error::DecideError;
use crate::law_plan::{LawPlan, Level};
use crate::rulebook::{BoundEligibilityRule, Rule, RuleState, Rulebook};

/// The law that applies: the chain of the place and each level's rule in force.
pub struct ApplicableLaw<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) plan: Arc<LawPlan>,
    pub(crate) query: CaseQuery,
}

impl<'a> ApplicableLaw<'a> {
    /// Resolves the chain and selects the rules in force.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub fn select(engine: &'a Engine, query: &CaseQuery) -> Result<Self, DecideError> {
        Ok(Self { engine, plan: engine.plan(query)?, query: query.clone() })
    }

    /// The same law, with the rule `other` instead of the rule `own`.
    #[must_use]
    pub fn with_rule(self, own: &Rule, other: &Rule) -> Self {
        self.with_levels(|level, day| match &level.rule {
            Some(rule) if Arc::ptr_eq(&rule.head, &own.head) => level.replaced(other, day),
            Some(_) | None => level.clone(),
        })
    }

    /// The same law, with a shadow rule at its level, whether or not the level has a rule. `None` if its place isn't in
    /// the chain.
    #[must_use]
    pub fn with_shadow(self, shadow: &Rule) -> Option<Self> {
        let is_its_level = |level: &Level| level.place == shadow.head.jurisdiction;
        self.levels().iter().any(is_its_level).then(|| {
            self.with_levels(|level, day| {
                if is_its_level(level) { level.replaced(shadow.known_at(day.known_at), day) } else { level.clone() }
            })
        })
    }

    fn with_levels(self, changed: impl Fn(&Level, LawDay) -> Level) -> Self {
        let day = self.query.day();
        let levels = self.levels().iter().map(|level| changed(level, day)).collect();
        Self { plan: Arc::new(self.plan.with_levels(levels, day)), ..self }
    }

    /// The levels of the chain, top first.
    pub(crate) fn levels(&self) -> &[Level] {
        &self.plan.levels
    }

    /// The rules in force, top first, including broken rules. Empty if every level is silent.
    pub fn rules_in_force(&self) -> impl Iterator<Item = &Rule> {
        self.levels().iter().filter_map(|level| level.rule.as_ref())
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
    pub fn contract(&self) -> &Arc<Contract> {
        &self.plan.contract
    }

    /// The place of the query, or the place that its code means on that day.
    #[must_use]
    pub fn place(&self) -> &JurisdictionCode {
        self.levels().last().map_or(&self.query.jurisdiction, |level| &level.place)
    }

    /// The rules of the chain that can't run. The facts that they would read are unknown.
    pub fn broken_rules(&self) -> impl Iterator<Item = &RuleHead> {
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
    pub(crate) fn ready_rules(&self) -> impl Iterator<Item = &BoundEligibilityRule> {
        self.levels().iter().filter_map(Level::ready)
    }

    /// The declarations of this fact, or of the part that a path names, in the rules of the chain. Empty if no rule may
    /// see it.
    pub fn declarations<'s>(&'s self, fact: &FieldName) -> impl Iterator<Item = &'s RuleField> {
        self.ready_rules().filter_map(move |ready| declaration(&ready.compiled.rule_type().applicant, fact))
    }

    /// The facts that the rules of the chain may see, in the contract's order.
    #[must_use]
    pub fn facts_read(&self) -> Vec<&Fact> {
        self.plan.declared_facts().collect()
    }

    /// Whether a rule of the chain may see this fact, or the part that a path names.
    pub(crate) fn reads(&self, fact: &FieldName) -> bool {
        match fact.is_part() {
            true => self.declarations(fact).next().is_some(),
            false => self.plan.declared_facts().any(|declared| declared.name == *fact),
        }
    }

    /// Whether a rule of the chain can't be called without this fact.
    #[must_use]
    pub fn requires(&self, fact: &FieldName) -> bool {
        self.declarations(fact).any(|field| !field.value_type.is_optional())
    }

    /// Whether every rule of the chain that declares the fact takes it in this form.
    pub(crate) fn takes(&self, name: &FieldName, mask: Mask) -> bool {
        let fact = self.contract().fact_at(name);
        fact.is_some_and(|fact| self.declarations(name).all(|field| takes_masked(field, fact, mask)))
    }
}
