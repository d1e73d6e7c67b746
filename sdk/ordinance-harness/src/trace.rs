//! One case step by step, and what the cases of a rule cost.

use std::time::Duration;

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::Decision;
use ordinance_domain::facts::Facts;
use ordinance_engine::case::Case;
use ordinance_engine::trace::Step;
use ordinance_engine::{ApplicableLaw, Rule, Rulebook};

use crate::case_binding::bind_case;
use crate::fact_sets::fact_sets;
use crate::law_under_test::LawUnderTest;
use crate::study::Study;
use crate::test_case::DecisionTest;

/// A case, the call of each rule and the decision.
#[derive(Debug)]
pub struct CaseTrace {
    /// The case as it was read.
    pub case: Case,
    /// The calls, top first.
    pub steps: Vec<Step>,
    /// What is decided.
    pub decision: Decision,
}

/// Decides a case step by step, past the privacy law as a server would.
///
/// # Errors
/// Why it can't be put to the rulebook.
pub fn trace(rulebook: &Rulebook, test: &DecisionTest, today: Date) -> Result<CaseTrace, String> {
    trace_case_with(rulebook, test, today, None)
}

/// The same with another rule in the place of one of the rulebook's own.
///
/// # Errors
/// Why it can't be put to the rulebook.
pub fn trace_case_with(
    rulebook: &Rulebook,
    test: &DecisionTest,
    today: Date,
    other: Option<(&Rule, &Rule)>,
) -> Result<CaseTrace, String> {
    let case = bind_case(rulebook, test, today)?;
    let law = ApplicableLaw::select(rulebook, &case.asked).map_err(|error| error.to_string())?;
    let law = match other {
        Some((own, other)) => law.with_rule(own, other),
        None => law,
    };
    let (decision, steps) = law.trace(&law.admit(&case.facts, law.gate(&case.disclosure)));
    Ok(CaseTrace { case, steps, decision })
}

/// What a case costs in the rule under study.
#[derive(Debug, Clone)]
pub struct CaseCost {
    /// The case's name; of one that was made up, none.
    pub name: Option<String>,
    /// The day that it is about.
    pub as_of: Date,
    /// Its facts.
    pub facts: Facts,
    /// Whether the rule failed in it.
    pub has_failed: bool,
    /// The fuel.
    pub fuel: u64,
    /// What memories and tables held.
    pub memory_bytes: usize,
    /// The shortest of the runs, by the wall clock.
    pub time: Duration,
}

impl CaseCost {
    /// That of one call.
    fn of(name: Option<String>, as_of: Date, facts: Facts, step: &Step) -> Self {
        let Step { fuel, memory_bytes, time, .. } = *step;
        Self { name, as_of, facts, has_failed: step.answer.is_err(), fuel, memory_bytes, time }
    }
}

/// What each case of a rule costs, each run so often. Cases in which the rule isn't called cost nothing and are left out.
#[must_use]
pub fn bench(study: Study<'_>, runs: u32) -> Vec<CaseCost> {
    let cost = |test: &DecisionTest| {
        let once = || trace(study.rulebook, test, study.today).ok();
        let traced = once()?;
        let others = (1..runs).filter_map(|_| Some(study.own_step(&once()?.steps)?.time));
        let step = study.own_step(&traced.steps)?;
        let time = others.fold(step.time, Duration::min);
        Some(CaseCost {
            time,
            ..CaseCost::of(Some(test.name.clone()), traced.case.asked.as_of, traced.case.facts, step)
        })
    };
    study.cases.iter().filter_map(cost).collect()
}

/// The dearest of facts that are made up for every day on which the law changes; none if the rule is never called.
#[must_use]
pub fn find_costliest(study: Study<'_>) -> Option<CaseCost> {
    let (days, known) = (study.days_from_now(), study.known());
    let dearest_on = |day: &Date| {
        let law = study.law_on(*day).ok()??;
        let sets = fact_sets(&law, study, &known, days.len());
        let trial = LawUnderTest::new(law, *day);
        let cost = |facts: Facts| {
            let (_, steps) = trial.trace(&facts);
            Some(CaseCost::of(None, *day, trial.in_order(&facts), study.own_step(&steps)?))
        };
        sets.into_iter().filter_map(cost).max_by_key(|cost| cost.fuel)
    };
    days.iter().filter_map(dearest_on).max_by_key(|cost| cost.fuel)
}
