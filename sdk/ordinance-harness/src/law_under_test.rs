//! A law that is evaluated on facts of nobody, which need no privacy.

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Decision;
use ordinance_domain::facts::Facts;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::value::field;
use ordinance_engine::ApplicableLaw;
use ordinance_engine::trace::Step;

use crate::case_binding::reviewer;

/// A law to try on facts of nobody, which need no privacy.
pub(crate) struct LawUnderTest<'a> {
    pub(crate) law: ApplicableLaw<'a>,
    gate: PrivacyRulings,
}

impl<'a> LawUnderTest<'a> {
    /// `on` is the day on which facts are processed.
    pub(crate) fn new(law: ApplicableLaw<'a>, on: Date) -> Self {
        let gate = law.gate(&law.contract().disclosure(reviewer(), on));
        Self { law, gate }
    }

    /// What the law comes to.
    pub(crate) fn decide(&self, facts: &Facts) -> Decision {
        self.law.decide(&self.law.admit_all(facts, self.gate.clone()))
    }

    /// The facts with what the law comes to.
    pub(crate) fn decided(&self, facts: Facts) -> (Facts, Decision) {
        let decision = self.decide(&facts);
        (facts, decision)
    }

    /// What the law comes to, with what each rule was told and what that took.
    pub(crate) fn trace(&self, facts: &Facts) -> (Decision, Vec<Step>) {
        self.law.trace(&self.law.admit_all(facts, self.gate.clone()))
    }

    /// The facts in the contract's order.
    pub(crate) fn in_order(&self, facts: &Facts) -> Facts {
        let names = self.law.contract().facts.iter().map(|fact| &fact.name);
        Facts(names.filter_map(|name| Some((name.clone(), field(&facts.0, name)?.clone()))).collect())
    }
}
