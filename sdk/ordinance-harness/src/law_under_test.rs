//! A law that searches evaluate on synthetic facts. Synthetic facts aren't personal data, so privacy law isn't applied.

use std::borrow::Cow;

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::privacy::PrivacyRulings;
use ordinance_domain::value::field;
use ordinance_engine::evaluate::evaluate;
use ordinance_engine::observer::Observer;
use ordinance_engine::privacy::rulings_without_case;
use ordinance_engine::study::admit_unchecked;
use ordinance_engine::trace::CallTrace;
use ordinance_engine::{ApplicableLaw, NoObserver};

use crate::agreeing_facts::{make_agree, may_contradict};
use crate::case_binding::reviewer;
use crate::tracer::branch_tracer;

/// A law, and the rulings that the engine requires. They aren't applied. It evaluates facts that agree with each other:
/// of any other facts, those that [`LawUnderTest::agreeing`] makes of them.
pub(crate) struct LawUnderTest<'a> {
    pub(crate) applicable: ApplicableLaw<'a>,
    rulings: PrivacyRulings,
    /// Whether facts of the contract may contradict each other.
    may_contradict: bool,
}

impl<'a> LawUnderTest<'a> {
    /// `on` is the day on which the facts are processed.
    pub(crate) fn new(applicable: ApplicableLaw<'a>, on: Date) -> Self {
        let disclosure = applicable.contract().disclosure(reviewer(), on);
        let rulings = rulings_without_case(&applicable, &disclosure, &mut NoObserver);
        let may_contradict = may_contradict(applicable.contract());
        Self { applicable, rulings, may_contradict }
    }

    pub(crate) fn evaluate(&self, facts: &Facts) -> Evaluation {
        self.observe(facts, &mut NoObserver)
    }

    /// The facts, which agree, and their evaluation.
    pub(crate) fn with_evaluation(&self, facts: Facts) -> (Facts, Evaluation) {
        let facts = self.agreeing(&facts).into_owned();
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
        let facts = self.agreeing(facts);
        evaluate(&self.applicable, &admit_unchecked(&self.applicable, &facts, self.rulings.clone()), observer)
    }

    /// The same facts as those of one person, whom the host accepts: a number that follows from a day which the law
    /// reads is its count on the day of the case, a day that the law doesn't read goes, and so does what nobody has who
    /// lacks something else.
    pub(crate) fn agreeing<'f>(&self, facts: &'f Facts) -> Cow<'f, Facts> {
        if !self.may_contradict {
            return Cow::Borrowed(facts);
        }
        let mut facts = facts.clone();
        let reads = |day: &Fact| self.applicable.declarations(&day.name).next().is_some();
        make_agree(self.applicable.contract(), &mut facts, self.applicable.query().as_of, &reads);
        Cow::Owned(facts)
    }

    /// The same facts, which agree, in the order of the contract.
    pub(crate) fn in_contract_order(&self, facts: &Facts) -> Facts {
        let facts = self.agreeing(facts);
        let names = self.applicable.contract().facts.iter().map(|fact| &fact.name);
        Facts(names.filter_map(|name| Some((name.clone(), field(&facts.0, name)?.clone()))).collect())
    }
}
