//! `ordinance bench`: measures the cost of a rule's cases and compares it with the rule's limits.

use ordinance_engine::RuleState;
use ordinance_harness::{CaseCost, find_costliest, measure_costs, record_toml};
use ordinance_sandbox::Limits;
use serde_json::{Value as Json, json};

use crate::arguments::BenchArguments;
use crate::exit::{CommandError, Exit};
use crate::project::Project;
use crate::terminal::{print_error, print_line};

/// The share of the fuel limit, in percent, from which `bench` warns.
const NEAR_PERCENT: u64 = 80;

pub(crate) fn run(arguments: &BenchArguments) -> Result<Exit, CommandError> {
    let project = Project::read_for(&arguments.study)?;
    let mut is_good = true;
    project.for_each_rule(Some(&arguments.rule), |study| {
        let RuleState::Ready(ready) = &study.rule.state else { return Ok(()) };
        // This command runs rules with a longer deadline than a host does; the report shows the host's.
        let configured = ready.compiled().limits();
        let deadline_ms = configured.deadline_ms.min(Limits::default().deadline_ms);
        let limits = Limits { deadline_ms, ..configured };
        let mut costs = measure_costs(study, arguments.runs);
        let costliest_generated = find_costliest(study);
        let place = study.rule.head.place_and_version();
        let highest_fuel = costs.iter().chain(&costliest_generated).map(|cost| cost.fuel).max().unwrap_or(0);
        let is_near_limit = highest_fuel.saturating_mul(100) > limits.fuel.saturating_mul(NEAR_PERCENT);
        let failed = costs.iter().filter(|cost| cost.has_failed).count();
        is_good &= !is_near_limit && failed == 0;
        if failed > 0 {
            print_error(
                &format!("{place} fails in {failed} of {} cases", costs.len()),
                Some("`ordinance trace` shows why"),
            );
        }
        costs.sort_by_key(|cost| cost.fuel);
        if arguments.study.json {
            print_line(&costs_json(&place, &costs, costliest_generated.as_ref(), limits).to_string());
        } else {
            print_table(&place, &costs, costliest_generated.as_ref(), limits);
        }
        if is_near_limit {
            let message = format!("{place} uses {highest_fuel} of {} units of fuel in one case", limits.fuel);
            print_error(
                &message,
                Some("simplify the rule, or raise `limits.fuel` in rule.toml up to the limit of the host"),
            );
        }
        Ok(())
    })?;
    Ok(if is_good && project.is_sound() { Exit::Good } else { Exit::Findings })
}

/// The minimum, the median, the 95th percentile and the maximum. `None` if there are no numbers.
fn spread<T: Ord + Copy>(mut numbers: Vec<T>) -> Option<[T; 4]> {
    numbers.sort_unstable();
    let last = numbers.len().checked_sub(1)?;
    let at = |percent: usize| numbers.get((last * percent).div_ceil(100)).copied();
    Some([at(0)?, at(50)?, at(95)?, at(100)?])
}

fn print_table(place: &str, costs: &[CaseCost], costliest_generated: Option<&CaseCost>, limits: Limits) {
    print_line(&format!("{place}: {} cases call this rule", costs.len()));
    print_line(&format!("{:>22}{:>12}{:>12}{:>12}{:>12}{:>14}", "", "least", "median", "95 %", "most", "limit"));
    let row = |what: &str, spread: Option<[u128; 4]>, limit: u128| {
        let Some([least, median, high, most]) = spread else { return };
        print_line(&format!("{what:>22}{least:>12}{median:>12}{high:>12}{most:>12}{limit:>14}"));
    };
    row("fuel", spread(costs.iter().map(|cost| cost.fuel.into()).collect()), limits.fuel.into());
    row(
        "memory (bytes)",
        spread(costs.iter().map(|cost| cost.memory_bytes as u128).collect()),
        limits.memory_bytes as u128,
    );
    let deadline = u128::from(limits.deadline_ms) * 1000;
    row("time (microseconds)", spread(costs.iter().map(|cost| cost.time.as_micros()).collect()), deadline);
    if let Some(costliest) = costs.last() {
        print_line(&format!(
            "costliest case: {} units of fuel, {}",
            costliest.fuel,
            costliest.name.as_deref().unwrap_or_default()
        ));
    }
    if let Some(CaseCost { fuel, as_of, facts, .. }) = costliest_generated {
        let facts = record_toml(&facts.0);
        print_line(&format!("costliest generated case: {fuel} units of fuel, on {as_of}, {facts}\n"));
    }
}

fn costs_json(place: &str, costs: &[CaseCost], costliest_generated: Option<&CaseCost>, limits: Limits) -> Json {
    let named = |spread: Option<[u64; 4]>| {
        spread.map(|[least, median, high, most]| json!({"least": least, "median": median, "p95": high, "most": most}))
    };
    let micros = |cost: &CaseCost| u64::try_from(cost.time.as_micros()).unwrap_or(u64::MAX);
    json!({
        "rule": place, "cases": costs.len(),
        "fuel": named(spread(costs.iter().map(|cost| cost.fuel).collect())),
        "memory_bytes": named(spread(costs.iter().map(|cost| cost.memory_bytes as u64).collect())),
        "time_us": named(spread(costs.iter().map(micros).collect())),
        "dearest": costs.last().and_then(|cost| cost.name.clone()),
        "dearest_made_up": costliest_generated.map(|cost| json!({"fuel": cost.fuel, "as_of": cost.as_of, "facts": record_toml(&cost.facts.0)})),
        "limits": {"fuel": limits.fuel, "memory_bytes": limits.memory_bytes, "deadline_ms": limits.deadline_ms},
    })
}
