//! `ordinance explain`: a rule in words, with its articles, numbers, days and tables, or as it is on one day. Nothing
//! is built.

mod changes;
mod criteria;
mod declared;
mod difference;
pub(crate) mod explanation;
mod grid;
mod language;
mod numbers;
mod parts;
mod prose;
mod subject;
mod words;

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RuleScope;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::parse_definitions;
use ordinance_engine::literals::read_date;
use ordinance_harness::explanation_html;

pub(crate) use self::changes::run as explain_changes;
use self::explanation::{View, explain};
use self::language::check_language;
use crate::arguments::ExplainArguments;
use crate::exit::{CommandError, Exit};
use crate::project::{is_wanted, no_such_rule};
use crate::source::{RuleSource, Source, write_file};
use crate::source_trust::SourceTrust;
use crate::terminal::{print_dimmed_line, print_line, print_note};

pub(crate) fn run(arguments: &ExplainArguments) -> Result<Exit, CommandError> {
    let source = Source::read(&arguments.dir, SourceTrust::Untrusted)?;
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let mut rules = wanted_rules(&source, &arguments.rule)?;
    check_language(&arguments.language, rules.iter().copied())?;
    let mut view = View::Whole;
    if let Some(text) = &arguments.as_of {
        let day = read_date(text).ok_or_else(|| {
            CommandError::bad_use(format!("--as-of is `{text}`, which is not a date"), "write it as YYYY-MM-DD")
        })?;
        view = View::On(day);
        rules = in_force_on(&source, &rules, &arguments.rule, day)?;
    }
    if let (Some(_), [_, _, ..]) = (&arguments.html, rules.as_slice()) {
        let places: Vec<&str> = rules.iter().map(|rule| rule.place.as_str()).collect();
        return Err(CommandError::bad_use(
            format!("`{}` is several rules, and a page is about one", arguments.rule),
            format!("name one of {}", places.join(", ")),
        ));
    }
    for (index, rule) in rules.iter().enumerate() {
        if index > 0 && arguments.html.is_none() {
            print_line("");
        }
        let explanation = explain(&source, rule, &definitions, &arguments.language, view)?;
        match &arguments.html {
            Some(path) => {
                write_file(path, &explanation_html(&explanation))?;
                print_line(&format!("{} is in {}", rule.place, path.display()));
            }
            None => {
                for line in explanation.lines() {
                    if line.is_code { print_dimmed_line(&line.text) } else { print_line(&line.text) }
                }
            }
        }
    }
    Ok(Exit::Good)
}

/// The rules that are in force on a day. A rule whose manifest can't be read counts, since its fault is told.
fn in_force_on<'s>(
    source: &Source,
    rules: &[&'s RuleSource],
    wanted: &str,
    day: Date,
) -> Result<Vec<&'s RuleSource>, CommandError> {
    let is_in_force = |rule: &RuleSource| rule.manifest.as_ref().map_or(true, |known| known.in_force.contains(day));
    let found: Vec<&RuleSource> = rules.iter().copied().filter(|rule| is_in_force(rule)).collect();
    if !found.is_empty() {
        let others = rules.iter().filter(|rule| !is_in_force(rule)).filter_map(|rule| days_of(rule));
        others.for_each(|other| print_note(&format!("left out on {day}: {other}")));
        return Ok(found);
    }
    let days: Vec<String> = rules.iter().filter_map(|rule| days_of(rule)).collect();
    let message = format!("`{wanted}` isn't in force on {day}: {}", days.join("; "));
    let is_version =
        |other: &&RuleSource| is_in_force(other) && rules.iter().any(|rule| kind_of_law(rule) == kind_of_law(other));
    let versions: Vec<&str> = source.rules.iter().filter(is_version).map(|rule| rule.place.as_str()).collect();
    let help = match versions.as_slice() {
        [] => "name a day on which it is in force, or leave out --as-of to read it with all its days".to_owned(),
        versions => format!("another version is in force on that day: {}", versions.join(", ")),
    };
    Err(CommandError::bad_use(message, help))
}

/// What the versions of a rule have in common.
fn kind_of_law(rule: &RuleSource) -> Option<(&JurisdictionCode, &RuleScope, &Id)> {
    rule.manifest.as_ref().ok().map(|known| (&known.jurisdiction, &known.scope, known.folder()))
}

/// A rule with the days on which it is in force.
fn days_of(rule: &RuleSource) -> Option<String> {
    let days = rule.manifest.as_ref().ok()?.in_force;
    let until = days.until().map(|until| format!(" until {until} (that day excluded)")).unwrap_or_default();
    Some(format!("{} is in force from {}{until}", rule.place, days.from()))
}

/// The rules in a folder `CODE/SERVICE`, or of a place or a service.
fn wanted_rules<'s>(source: &'s Source, wanted: &str) -> Result<Vec<&'s RuleSource>, CommandError> {
    let wanted = wanted.trim_end_matches('/');
    if let Some(rule) = source.rules.iter().find(|rule| rule.place == wanted && wanted.matches('/').count() > 1) {
        return Ok(vec![rule]);
    }
    let rules: Vec<&RuleSource> = source.rules.iter().filter(|rule| is_wanted(&rule.place, Some(wanted))).collect();
    if rules.is_empty() {
        return Err(no_such_rule(wanted, source.rules.iter().map(|rule| rule.place.as_str())));
    }
    Ok(rules)
}
