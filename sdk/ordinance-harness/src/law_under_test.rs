//! A law that searches evaluate on synthetic facts. The facts are nobody's, so privacy law isn't consulted.

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Decision;
use ordinance_domain::facts::Facts;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::value::field;
use ordinance_engine::ApplicableLaw;
use ordinance_engine::trace::Step;

use crate::case_binding::reviewer;

/// A law and the rulings that the engine asks for; they aren't applied.
pub(crate) struct LawUnderTest<'a> {
    pub(crate) applicable: ApplicableLaw<'a>,
    gate: PrivacyRulings,
}

impl<'a> LawUnderTest<'a> {
    /// `on` is the day on which the facts are processed.
    pub(crate) fn new(applicable: ApplicableLaw<'a>, on: Date) -> Self {
        let gate = applicable.gate(&applicable.contract().disclosure(reviewer(), on));
        Self { applicable, gate }
    }

    pub(crate) fn decide(&self, facts: &Facts) -> Decision {
        self.applicable.decide(&self.applicable.admit_all(facts, self.gate.clone()))
    }

    /// The facts together with the decision on them.
    pub(crate) fn with_decision(&self, facts: Facts) -> (Facts, Decision) {
        let decision = self.decide(&facts);
        (facts, decision)
    }

    /// The decision, and the call of each rule with its input and its cost.
    pub(crate) fn trace(&self, facts: &Facts) -> (Decision, Vec<Step>) {
        self.applicable.trace(&self.applicable.admit_all(facts, self.gate.clone()))
    }

    /// The same facts in the order of the contract.
    pub(crate) fn in_contract_order(&self, facts: &Facts) -> Facts {
        let names = self.applicable.contract().facts.iter().map(|fact| &fact.name);
        Facts(names.filter_map(|name| Some((name.clone(), field(&facts.0, name)?.clone()))).collect())
    }
}
