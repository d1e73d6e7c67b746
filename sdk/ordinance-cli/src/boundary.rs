//! `ordinance boundary`: proposes the cases that are missing on the two sides of a rule's boundaries.

use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::value::{Value, value_at};
use ordinance_harness::{BoundaryPair, Study, find_boundaries, trace_replaced};
use serde_json::json;

use crate::arguments::BoundaryArguments;
use crate::build::expressions::{RecomputedRule, recomputed};
use crate::case_names::CaseNames;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::project::{Project, place_error};
use crate::source::write_file;
use crate::study_progress::unreached_text;
use crate::terminal::print_line;

pub(crate) fn run(arguments: &BoundaryArguments) -> Result<Exit, CommandError> {
    if let Some(path) = arguments.out.as_ref().filter(|path| path.exists()) {
        let message = format!("`{}` already exists, and its cases may be confirmed", path.display());
        return Err(CommandError::bad_use(message, "name another file with --out; nothing was changed"));
    }
    let project = Project::read_for(&arguments.study)?.with_budget(arguments.budget);
    let mut pair_count = 0;
    let mut text = String::new();
    let mut names = CaseNames::default();
    let rules = project.for_each_rule(Some(&arguments.rule), |study| {
        let place = study.rule.head.place_and_version();
        let rule = recomputed(&project.source, &study.rule.head);
        for pair in find_boundaries(study).map_err(|error| place_error(&error))? {
            pair_count += 1;
            if arguments.study.json {
                print_line(
                    &pair_json(study, &place, &pair, &turned(study, rule.as_ref(), &pair), &mut names).to_string(),
                );
            } else {
                text.push_str(&pair_toml(study, &place, &pair, &turned(study, rule.as_ref(), &pair), &mut names));
            }
        }
        Ok(())
    })?;
    if let Some(path) = arguments.out.as_ref().filter(|_| !text.is_empty()) {
        write_file(path, &text)?;
    } else if !text.is_empty() {
        print_line(text.trim_end());
    }
    let unreached = project.pace.unreached();
    if arguments.study.json {
        print_line(&json!({"rules": rules, "lines": pair_count, "unreached": unreached}).to_string());
    } else {
        let rules = counted(rules, "rule", "rules");
        print_line(&format!("# {rules}: {} without a case on each side", counted(pair_count, "line", "lines")));
        unreached_text(&project.pace).iter().for_each(|text| print_line(&format!("# {text}")));
    }
    Ok(if pair_count == 0 && unreached.is_empty() && project.is_sound() { Exit::Good } else { Exit::Findings })
}

/// The conditions of a rule as expressions that turn at a boundary, each with its line or cell.
fn turned(study: Study<'_>, texts: Option<&RecomputedRule>, pair: &BoundaryPair) -> Vec<String> {
    let call =
        |(facts, evaluation): &(Facts, Evaluation)| trace_replaced(study, evaluation.query.as_of, facts, study.rule);
    let [low, high] = &pair.cases;
    let Some(((texts, one), other)) = texts.zip(call(low)).zip(call(high)) else { return Vec::new() };
    texts.turned_conditions([&one, &other], low.1.query.as_of)
}

/// The value of the fact in one of the two cases.
fn value_of(pair: &BoundaryPair, facts: &Facts) -> String {
    value_at(&facts.0, &pair.fact).map(Value::to_plain).unwrap_or_default()
}

/// The name of a case. It includes the day, since the boundary may differ on another day.
fn case_name(pair: &BoundaryPair, facts: &Facts, evaluation: &Evaluation) -> String {
    format!("`{}` at {} on {}", pair.fact, value_of(pair, facts), evaluation.query.as_of)
}

/// A pair as a part of a case file.
fn pair_toml(study: Study<'_>, place: &str, pair: &BoundaryPair, turned: &[String], names: &mut CaseNames) -> String {
    let [(low, _), (high, _)] = &pair.cases;
    let mut text = format!(
        "# the outcome of {place} changes where `{}` goes from {} to {}. Confirm or correct both cases.\n",
        pair.fact,
        value_of(pair, low),
        value_of(pair, high)
    );
    turned.iter().for_each(|condition| text.push_str(&format!("# {condition}\n")));
    for (facts, evaluation) in &pair.cases {
        text.push_str(&study.decided_case_toml(&names.unique(case_name(pair, facts, evaluation)), facts, evaluation));
        text.push('\n');
    }
    text
}

fn pair_json(
    study: Study<'_>,
    place: &str,
    pair: &BoundaryPair,
    turned: &[String],
    names: &mut CaseNames,
) -> serde_json::Value {
    let cases = pair.cases.each_ref().map(|(facts, evaluation)| {
        json!({"value": value_of(pair, facts), "outcome": evaluation.outcome.as_str(),
            "case": study.decided_case_toml(&names.unique(case_name(pair, facts, evaluation)), facts, evaluation)})
    });
    let mut told = json!({"rule": place, "fact": pair.fact.as_str(), "cases": cases});
    if let Some(told) = told.as_object_mut().filter(|_| !turned.is_empty()) {
        told.insert("turned".to_owned(), json!(turned));
    }
    told
}
