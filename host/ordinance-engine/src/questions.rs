//! The questions of a form and of a dialogue: which facts to ask for, the most telling one first.

use ordinance_domain::decision::Decision;
use ordinance_domain::fact::{Fact, Sensitivity};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::Verdict;
use ordinance_domain::redaction::RedactedDecision;

use crate::case::Case;
use crate::decide::{DecisionWithFacts, decide_under};
use crate::law::ApplicableLaw;
use crate::missing_facts::{Budget, HypotheticalSearch, MissingFact};
use crate::observer::{Observer, Stage};
use crate::privacy::AdmittedFacts;

/// A fact to ask for, and how often the answer to it alone settles the decision.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The name of the fact, or the path of the part in the case.
    pub name: FieldName,
    /// What the catalogue says of it.
    pub fact: &'a Fact,
    /// Whether a rule can't be called without it.
    pub required: bool,
    /// How many of the values that were tried settle the decision by themselves.
    pub settling: usize,
    /// The number of values that were tried.
    pub tried: usize,
}

/// Decides a case and ranks its missing facts: first facts that a rule requires, then facts that may settle the
/// decision alone, then less sensitive facts. If facts are hidden from the recipient, it returns all missing facts, in
/// an order that doesn't depend on the hidden facts.
#[must_use]
pub fn questions<'a>(
    law: &'a ApplicableLaw<'a>,
    case: &Case,
    budget: &mut Budget,
    observer: &mut impl Observer,
) -> (Decision, Vec<Question<'a>>) {
    // How much of the budget the decision uses depends on the hidden facts, so the ranking has a budget of its own.
    let mut ranking_budget = *budget;
    let DecisionWithFacts { decision, facts } = decide_under(law, case, budget, observer);
    let redacted = RedactedDecision::of(&decision);
    let missing = redacted.outcome().missing_facts().to_vec();
    let facts = if redacted.is_redacted() { facts.shown() } else { facts };
    let wanted: Vec<MissingFact<'_>> = missing
        .iter()
        .filter_map(|path| {
            let name = FieldName::path(path).ok()?;
            let fact = law.contract().fact_at(&name)?;
            Some(MissingFact { name, fact })
        })
        .filter(|missing| may_be_used(law, &facts, &missing.name))
        .collect();
    let ranked = observer.stage(Stage::MissingFacts, |observer| {
        let mut pause = || observer.pause();
        rank(&mut HypotheticalSearch::new(law, &facts, &mut ranking_budget, &mut pause), wanted)
    });
    (decision, ranked)
}

/// Whether some rule may use an answer; if not, another legal basis helps, such as the person's consent.
fn may_be_used(law: &ApplicableLaw<'_>, facts: &AdmittedFacts<'_>, name: &FieldName) -> bool {
    let may_use = |level: usize| match facts.rulings().verdict_for_rule_of(level, name) {
        Some(Verdict::Permit) => true,
        Some(Verdict::Mask(mask)) => law.takes(name, mask),
        Some(Verdict::Withhold) | None => false,
    };
    law.levels().iter().enumerate().any(|(index, level)| level.reads(name) && may_use(index))
}

/// Ranks every fact that rules of the law declare, without a case. Calls no privacy rule.
#[must_use]
pub fn rank_declared_facts<'a>(law: &'a ApplicableLaw<'a>, budget: &mut Budget) -> Vec<Question<'a>> {
    let declared = law.plan.declared_facts().map(|fact| MissingFact { name: fact.name.clone(), fact }).collect();
    rank(&mut HypotheticalSearch::without_case(law, budget, &mut || ()), declared)
}

fn rank<'a>(search: &mut HypotheticalSearch<'_, 'a>, wanted: Vec<MissingFact<'a>>) -> Vec<Question<'a>> {
    let law = search.law;
    let mut questions: Vec<Question<'a>> = Vec::new();
    for MissingFact { name, fact } in wanted {
        let values = search.values(fact);
        let settling = values.iter().filter(|value| search.settles(&name, value) == Some(true)).count();
        questions.push(Question { required: law.requires(&name), settling, tried: values.len(), name, fact });
    }
    questions.sort_by(|a, b| {
        let share = (b.settling * a.tried.max(1)).cmp(&(a.settling * b.tried.max(1)));
        b.required.cmp(&a.required).then(share).then(weight(a.fact).cmp(&weight(b.fact)))
    });
    questions
}

fn weight(fact: &Fact) -> u8 {
    match fact.sensitivity {
        Sensitivity::Public => 0,
        Sensitivity::Personal => 1,
        Sensitivity::Sensitive => 2,
    }
}
