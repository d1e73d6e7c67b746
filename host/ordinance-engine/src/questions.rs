//! The questions of a form and of a dialogue: which facts to ask for, the most telling one first.

use std::cmp::Ordering;

use ordinance_domain::decision::{Decision, Evaluation};
use ordinance_domain::fact::{Fact, Sensitivity};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::Verdict;
use ordinance_domain::redaction::RedactedDecision;

use crate::case::Case;
use crate::decide::{DecisionWithFacts, decide_under, evaluate_under};
use crate::law::ApplicableLaw;
use crate::missing_facts::{Budget, Candidate, Candidates, HypotheticalSearch, MissingFact, has_many_values, narrow};
use crate::observer::{Observer, Stage};
use crate::privacy::AdmittedFacts;

/// The most values of a fact that are tried to find the next question of a dialogue: a person waits for it.
const VALUES_MAX: usize = 16;

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
    /// The number of values that were tried; none of a text, a record or a list in a dialogue.
    pub tried: usize,
}

impl<'a> Question<'a> {
    fn of(law: &ApplicableLaw<'_>, candidate: &Candidate<'a>) -> Self {
        let MissingFact { name, fact } = candidate.missing.clone();
        let tried = if candidate.settling.is_some() { candidate.values.len() } else { 0 };
        Self { required: law.requires(&name), settling: candidate.settling.unwrap_or_default(), tried, name, fact }
    }
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
    let decided = decide_under(law, case, budget, observer);
    let ranked = questions_of(law, &decided, &mut ranking_budget, observer);
    (decided.decision, ranked)
}

/// The ranked missing facts of a decision.
fn questions_of<'a>(
    law: &'a ApplicableLaw<'a>,
    DecisionWithFacts { decision, facts }: &DecisionWithFacts<'_>,
    budget: &mut Budget,
    observer: &mut impl Observer,
) -> Vec<Question<'a>> {
    let redacted = RedactedDecision::of(decision);
    let missing = redacted.outcome().missing_facts().to_vec();
    let shown = redacted.is_redacted().then(|| facts.clone().shown());
    let facts = shown.as_ref().unwrap_or(facts);
    let wanted: Vec<MissingFact<'_>> = missing
        .iter()
        .filter_map(|path| {
            let name = FieldName::path(path).ok()?;
            let fact = law.contract().fact_at(&name)?;
            Some(MissingFact { name, fact })
        })
        .filter(|missing| may_be_used(law, facts, &missing.name))
        .collect();
    observer.stage(Stage::MissingFacts, |observer| {
        let mut pause = || observer.pause();
        rank(&mut HypotheticalSearch::new(law, facts, budget, &mut pause), wanted)
    })
}

/// What comes next in a dialogue about a case.
#[derive(Debug)]
pub enum NextStep<'a> {
    /// This fact is asked for: it can change the decision.
    Ask(Question<'a>),
    /// Nothing more is to be asked.
    Decide(Box<Decision>),
}

/// The next question about a case, or its decision if there is none. `order` takes ranked facts and gives those that
/// may be asked for, the first one first. It is the question that [`questions`] leads to, or one that can change the
/// decision as well, but it is found sooner: the other facts needn't be searched. Each of three searches (for the next
/// question, for all facts that matter, for their order) keeps within the budget; the last two seldom run.
#[must_use]
pub fn next_step<'a>(
    law: &'a ApplicableLaw<'a>,
    case: &Case,
    budget: &mut Budget,
    observer: &mut impl Observer,
    order: &dyn Fn(Vec<Question<'a>>) -> Vec<Question<'a>>,
) -> NextStep<'a> {
    let (evaluation, facts) = evaluate_under(law, case, observer);
    // An order that depends on hidden facts would tell of them.
    if !evaluation.outcome.missing_facts().is_empty() && facts.rulings().hides_nothing() {
        let mut first_budget = *budget;
        let first = observer.stage(Stage::MissingFacts, |observer| {
            let mut pause = || observer.pause();
            let mut search = HypotheticalSearch::new(law, &facts, &mut first_budget, &mut pause);
            first_that_matters(&mut search, &evaluation, &facts, order)
        });
        if let Some(question) = first {
            return NextStep::Ask(question);
        }
    }
    let mut ranking_budget = *budget;
    let decision = narrow(law, evaluation, &facts, budget, observer);
    let decided = DecisionWithFacts { decision, facts };
    let ranked = questions_of(law, &decided, &mut ranking_budget, observer);
    match order(ranked).into_iter().next() {
        Some(question) => NextStep::Ask(question),
        None => NextStep::Decide(Box::new(decided.decision)),
    }
}

/// The first missing fact that matters, of a case in which facts are missing and none is hidden; `None` also where only
/// a search of all facts tells whether one must be asked for.
fn first_that_matters<'a>(
    search: &mut HypotheticalSearch<'_, 'a>,
    evaluation: &Evaluation,
    facts: &AdmittedFacts<'_>,
    order: &dyn Fn(Vec<Question<'a>>) -> Vec<Question<'a>>,
) -> Option<Question<'a>> {
    let candidates = Candidates::of(search, VALUES_MAX);
    let law = search.law;
    let used = candidates.iter().filter(|candidate| may_be_used(law, facts, &candidate.missing.name));
    let mut ranked: Vec<Question<'a>> = used.map(|candidate| Question::of(law, candidate)).collect();
    ranked.sort_by(by_rank);
    let asked = order(ranked);
    let matters = |search: &mut HypotheticalSearch<'_, 'a>, question: &Question<'a>| {
        candidates.matters(search, &question.name, &evaluation.layers)
    };
    let at = asked.iter().position(|question| matters(search, question))?;
    // A fact that matters and has too many values to try all keeps all values from being known to lead to one decision;
    // without such a fact, the values are tried.
    let has_many = asked.iter().skip(at).any(|question| has_many_values(question.fact) && matters(search, question));
    let is_needed = has_many || !candidates.lead_to_one_decision(search, &evaluation.layers);
    // A search that ended early takes every fact for one that matters.
    (is_needed && !search.budget.is_spent()).then(|| asked.into_iter().nth(at)).flatten()
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
    questions.sort_by(by_rank);
    questions
}

fn by_rank(one: &Question<'_>, other: &Question<'_>) -> Ordering {
    let share = (other.settling * one.tried.max(1)).cmp(&(one.settling * other.tried.max(1)));
    other.required.cmp(&one.required).then(share).then(weight(one.fact).cmp(&weight(other.fact)))
}

fn weight(fact: &Fact) -> u8 {
    match fact.sensitivity {
        Sensitivity::Public => 0,
        Sensitivity::Personal => 1,
        Sensitivity::Sensitive => 2,
    }
}
