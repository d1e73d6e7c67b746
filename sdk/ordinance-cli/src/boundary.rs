//! `ordinance boundary`: the cases that are missing on the two sides of the lines that a rule draws.

use ordinance_domain::decision::Decision;
use ordinance_domain::value::field;
use ordinance_harness::{BoundaryPair, boundaries, decided_case_toml};
use serde_json::json;

use crate::arguments::BoundaryArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::source::write_file;
use crate::study::{Project, no_place};
use crate::terminal::say;

pub(crate) fn run(arguments: &BoundaryArguments) -> Result<Exit, CommandError> {
    if let Some(path) = arguments.out.as_ref().filter(|path| path.exists()) {
        let message = format!("`{}` is there already; its cases may be confirmed ones", path.display());
        return Err(CommandError::bad_use(message, "name another file; nothing was changed"));
    }
    let studied = Project::read(&arguments.dir)?;
    let (mut found, mut text) = (0, String::new());
    let rules = studied.each(Some(&arguments.rule), |study| {
        let place = study.rule.head.place_and_version();
        for pair in boundaries(study).map_err(|error| no_place(&error))? {
            found += 1;
            if arguments.json {
                say(&in_json(&place, &pair).to_string());
            } else {
                text.push_str(&in_toml(&place, &pair));
            }
        }
        Ok(())
    })?;
    if let Some(path) = arguments.out.as_ref().filter(|_| !text.is_empty()) {
        write_file(path, &text)?;
    } else if !text.is_empty() {
        say(text.trim_end());
    }
    if !arguments.json {
        let rules = counted(rules, "rule", "rules");
        say(&format!("# {rules}: {} without a case on each side", counted(found, "line", "lines")));
    }
    Ok(if found == 0 && studied.is_sound() { Exit::Good } else { Exit::Findings })
}

fn value_of(pair: &BoundaryPair, side: usize) -> String {
    let case = pair.cases.get(side);
    case.and_then(|(facts, _)| field(&facts.0, &pair.fact)).map_or_else(String::new, |value| value.to_plain())
}

/// The line may come to something else on another day.
fn name_of(pair: &BoundaryPair, side: usize, decision: &Decision) -> String {
    format!("`{}` at {} on {}", pair.fact, value_of(pair, side), decision.as_of)
}

/// A pair as a piece of a case file.
fn in_toml(place: &str, pair: &BoundaryPair) -> String {
    let (low, high) = (value_of(pair, 0), value_of(pair, 1));
    let fact = &pair.fact;
    let mut text = format!("# {place} turns where `{fact}` goes from {low} to {high}. Confirm or correct both.\n");
    for (side, (facts, decision)) in pair.cases.iter().enumerate() {
        let name = name_of(pair, side, decision);
        text.push_str(&decided_case_toml(&name, facts, decision));
        text.push('\n');
    }
    text
}

fn in_json(place: &str, pair: &BoundaryPair) -> serde_json::Value {
    let cases: Vec<_> = pair
        .cases
        .iter()
        .enumerate()
        .map(|(side, (facts, decision))| {
            json!({"value": value_of(pair, side), "outcome": decision.outcome.as_str(),
            "case": decided_case_toml(&name_of(pair, side, decision), facts, decision)})
        })
        .collect();
    json!({"rule": place, "fact": pair.fact.as_str(), "cases": cases})
}
