//! Traces one case step by step, and measures the cost of a rule's cases.

use std::time::Duration;

use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_domain::decision::Decision;
use ordinance_domain::facts::Facts;
use ordinance_engine::case::Case;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::trace::CallTrace;
use ordinance_engine::{ApplicableLaw, Engine, Rule};

use crate::case_binding::bind_case;
use crate::fact_sets::fact_sets;
use crate::law_under_test::LawUnderTest;
use crate::study::Study;
use crate::test_case::DecisionTest;
use crate::test_error::TestError;
use crate::tracer::branch_tracer;

/// A case, the call of each rule, and the decision.
#[derive(Debug)]
pub struct CaseTrace {
    /// The case that was decided.
    pub case: Case,
    /// The calls of rules, from the top of the chain.
    pub calls: Vec<CallTrace>,
    pub decision: Decision,
}

/// Decides a case and traces each step. Privacy law applies as in a server.
///
/// # Errors
/// [`TestError`] if the rulebook can't decide the case.
pub fn trace_case(engine: &Engine, test: &DecisionTest, now: Timestamp) -> Result<CaseTrace, TestError> {
    trace_case_with(engine, test, now, None)
}

/// Decides a case and traces each step. `replacement` is a rule of the rulebook and the rule that replaces it.
///
/// # Errors
/// [`TestError`] if the rulebook can't decide the case.
pub fn trace_case_with(
    engine: &Engine,
    test: &DecisionTest,
    now: Timestamp,
    replacement: Option<(&Rule, &Rule)>,
) -> Result<CaseTrace, TestError> {
    let case = bind_case(engine.rulebook(), test, now)?;
    let law = ApplicableLaw::select(engine, &case.query)?;
    let law = match replacement {
        Some((own, other)) => law.with_rule(own, other),
        None => law,
    };
    let mut tracer = branch_tracer();
    let decision = decide_under(&law, &case, &mut Budget::default(), &mut tracer).decision;
    Ok(CaseTrace { case, calls: tracer.into_calls(), decision })
}

/// Calls the rule under study in a case without privacy law, as a search does, with another rule in its place. `None`
/// if the rule isn't called.
#[must_use]
pub fn trace_replaced(study: Study<'_>, as_of: Date, facts: &Facts, other: &Rule) -> Option<CallTrace> {
    let law = study.law_on(as_of).ok()??.with_rule(study.rule, other);
    let (_, calls) = LawUnderTest::new(law, as_of).trace(facts);
    calls.into_iter().find(|call| call.jurisdiction == study.rule.head.jurisdiction)
}

/// The cost of one call of the rule under study.
#[derive(Debug, Clone)]
pub struct CaseCost {
    /// The case's name. `None` for a generated case.
    pub name: Option<String>,
    /// The day for which the case was decided.
    pub as_of: Date,
    /// The facts of the case.
    pub facts: Facts,
    /// Whether the rule failed.
    pub has_failed: bool,
    /// The fuel in units of the sandbox.
    pub fuel: u64,
    /// The size of the rule's memories and tables after the call, in bytes.
    pub memory_bytes: usize,
    /// The wall-clock time of the shortest run.
    pub time: Duration,
}

impl CaseCost {
    fn new(name: Option<String>, as_of: Date, facts: Facts, call: &CallTrace) -> Self {
        let CallTrace { fuel, memory_bytes, time, .. } = *call;
        Self { name, as_of, facts, has_failed: call.answer.is_err(), fuel, memory_bytes, time }
    }
}

/// Measures the cost of each case of a rule over `runs` runs. A case in which the rule isn't called is left out.
#[must_use]
pub fn measure_costs(study: Study<'_>, runs: u32) -> Vec<CaseCost> {
    study.cases.iter().filter_map(|test| measure_cost(study, test, runs)).collect()
}

fn measure_cost(study: Study<'_>, test: &DecisionTest, runs: u32) -> Option<CaseCost> {
    let trace = trace_case(study.engine, test, study.now).ok()?;
    let call = study.own_call(&trace.calls)?;
    let mut shortest = call.time;
    for _ in 1..runs {
        let repeated = trace_case(study.engine, test, study.now).ok();
        let repeated = repeated.as_ref().and_then(|trace| study.own_call(&trace.calls));
        shortest = repeated.map_or(shortest, |call| call.time.min(shortest));
    }
    let cost = CaseCost::new(Some(test.name.clone()), trace.case.query.as_of, trace.case.facts, call);
    Some(CaseCost { time: shortest, ..cost })
}

/// The costliest generated case over every day on which the law changes. `None` if the rule is never called.
#[must_use]
pub fn find_costliest(study: Study<'_>) -> Option<CaseCost> {
    let days = study.days_from_now();
    let known = study.known_facts();
    days.iter().filter_map(|day| costliest_on(study, *day, &known, days.len())).max_by_key(|cost| cost.fuel)
}

fn costliest_on(study: Study<'_>, day: Date, known: &[Facts], days: usize) -> Option<CaseCost> {
    let law = study.law_on(day).ok()??;
    let sets = fact_sets(&law, study, known, days);
    let law = LawUnderTest::new(law, day);
    let cost = |facts: Facts| {
        let (_, calls) = law.trace(&facts);
        Some(CaseCost::new(None, day, law.in_contract_order(&facts), study.own_call(&calls)?))
    };
    sets.into_iter().filter_map(cost).max_by_key(|cost| cost.fuel)
}
