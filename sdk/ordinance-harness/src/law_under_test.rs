//! A law that searches evaluate on synthetic facts. Synthetic facts aren't personal data, so privacy law isn't applied.

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::value::field;
use ordinance_engine::evaluate::evaluate;
use ordinance_engine::observer::Observer;
use ordinance_engine::privacy::rulings_without_case;
use ordinance_engine::study::admit_unchecked;
use ordinance_engine::trace::CallTrace;
use ordinance_engine::{ApplicableLaw, NoObserver};

use crate::case_binding::reviewer;
use crate::tracer::branch_tracer;

/// A law, and the rulings that the engine requires. They aren't applied.
pub(crate) struct LawUnderTest<'a> {
    pub(crate) applicable: ApplicableLaw<'a>,
    rulings: PrivacyRulings,
}

impl<'a> LawUnderTest<'a> {
    /// `on` is the day on which the facts are processed.
    pub(crate) fn new(applicable: ApplicableLaw<'a>, on: Date) -> Self {
        let disclosure = applicable.contract().disclosure(reviewer(), on);
        let rulings = rulings_without_case(&applicable, &disclosure, &mut NoObserver);
        Self { applicable, rulings }
    }

    pub(crate) fn evaluate(&self, facts: &Facts) -> Evaluation {
        self.observe(facts, &mut NoObserver)
    }

    /// The facts and their evaluation.
    pub(crate) fn with_evaluation(&self, facts: Facts) -> (Facts, Evaluation) {
        let evaluation = self.evaluate(&facts);
        (facts, evaluation)
    }

    /// The evaluation, and the call of each rule with its input, its cost and the branches that it took.
    pub(crate) fn trace(&self, facts: &Facts) -> (Evaluation, Vec<CallTrace>) {
        let mut tracer = branch_tracer();
        let evaluation = self.observe(facts, &mut tracer);
        (evaluation, tracer.into_calls())
    }

    fn observe(&self, facts: &Facts, observer: &mut impl Observer) -> Evaluation {
        evaluate(&self.applicable, &admit_unchecked(&self.applicable, facts, self.rulings.clone()), observer)
    }

    /// The same facts in the order of the contract.
    pub(crate) fn in_contract_order(&self, facts: &Facts) -> Facts {
        let names = self.applicable.contract().facts.iter().map(|fact| &fact.name);
        Facts(names.filter_map(|name| Some((name.clone(), field(&facts.0, name)?.clone()))).collect())
    }
}
