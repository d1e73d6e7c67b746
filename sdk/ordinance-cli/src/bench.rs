//! `ordinance bench`: what the cases of a rule cost, beside its limits.

use ordinance_engine::RuleState;
use ordinance_harness::{CaseCost, bench, find_costliest, record_toml};
use ordinance_sandbox::Limits;
use serde_json::{Value as Json, json};

use crate::arguments::BenchArguments;
use crate::exit::{CommandError, Exit};
use crate::study::Project;
use crate::terminal::{fault, say};

/// A rule whose dearest case uses more than this share of a limit, in percent, has little room.
const NEAR_PERCENT: u64 = 80;

pub(crate) fn run(arguments: &BenchArguments) -> Result<Exit, CommandError> {
    let studied = Project::read(&arguments.dir)?;
    let mut is_good = true;
    studied.each(Some(&arguments.rule), |study| {
        let RuleState::Ready(ready) = &study.rule.state else { return Ok(()) };
        // The deadline here is a patient one; that of a host counts.
        let own = ready.checked().limits();
        let limits = Limits { deadline_ms: own.deadline_ms.min(Limits::default().deadline_ms), ..own };
        let mut costs = bench(study, arguments.runs);
        let worst = find_costliest(study);
        let place = study.rule.head.place_and_version();
        let dearest_fuel = costs.iter().chain(&worst).map(|cost| cost.fuel).max().unwrap_or(0);
        let near = dearest_fuel.saturating_mul(100) > limits.fuel.saturating_mul(NEAR_PERCENT);
        let failed = costs.iter().filter(|cost| cost.has_failed).count();
        is_good &= !near && failed == 0;
        if failed > 0 {
            fault(&format!("{place} fails in {failed} of {} cases", costs.len()), Some("ordinance trace shows how"));
        }
        costs.sort_by_key(|cost| cost.fuel);
        if arguments.json {
            say(&in_json(&place, &costs, worst.as_ref(), limits).to_string());
        } else {
            tell(&place, &costs, worst.as_ref(), limits);
        }
        if near {
            let message = format!("{place} uses {dearest_fuel} of {} units of fuel in one case", limits.fuel);
            fault(&message, Some("simplify the rule, or raise `limits.fuel` in rule.toml as far as the host gives it"));
        }
        Ok(())
    })?;
    Ok(if is_good && studied.is_sound() { Exit::Good } else { Exit::Findings })
}

/// The least, the median, that of nineteen in twenty, and the most of sorted or unsorted numbers.
fn spread<T: Ord + Copy>(mut numbers: Vec<T>) -> Option<[T; 4]> {
    numbers.sort_unstable();
    let last = numbers.len().checked_sub(1)?;
    let at = |percent: usize| numbers.get((last * percent).div_ceil(100)).copied();
    Some([at(0)?, at(50)?, at(95)?, at(100)?])
}

fn tell(place: &str, costs: &[CaseCost], worst: Option<&CaseCost>, limits: Limits) {
    say(&format!("{place}: {} cases in which it is called", costs.len()));
    say(&format!("{:>22}{:>12}{:>12}{:>12}{:>12}{:>14}", "", "least", "median", "95 %", "most", "limit"));
    let row = |what: &str, spread: Option<[u128; 4]>, limit: u128| {
        let Some([least, median, high, most]) = spread else { return };
        say(&format!("{what:>22}{least:>12}{median:>12}{high:>12}{most:>12}{limit:>14}"));
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
        say(&format!(
            "dearest case: {} units of fuel, {}",
            costliest.fuel,
            costliest.name.as_deref().unwrap_or_default()
        ));
    }
    if let Some(worst) = worst {
        let (fuel, on, facts) = (worst.fuel, worst.as_of, record_toml(&worst.facts.0));
        say(&format!("dearest that was made up: {fuel} units of fuel, on {on}, {facts}\n"));
    }
}

fn in_json(place: &str, costs: &[CaseCost], worst: Option<&CaseCost>, limits: Limits) -> Json {
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
        "dearest_made_up": worst.map(|cost| json!({"fuel": cost.fuel, "as_of": cost.as_of, "facts": record_toml(&cost.facts.0)})),
        "limits": {"fuel": limits.fuel, "memory_bytes": limits.memory_bytes, "deadline_ms": limits.deadline_ms},
    })
}
