//! `ordinance review`: all that can be said of a rulebook before it binds anybody, in one folder.

use std::fs;

use ordinance_engine::Registry;
use ordinance_harness::{
    At, CaseResult, Defaults, Fault, Impact, Reported, Review, compare, junit, percent, review_html,
};
use serde_json::json;

use crate::arguments::ReviewArguments;
use crate::check::check;
use crate::diff::{check_broken, compare_people};
use crate::exit::{CommandError, Exit};
use crate::property::seek_all;
use crate::rulebook;
use crate::source::{io_error, write_file};
use crate::study::Studied;
use crate::terminal::{counted, fault, say};
use crate::test::{decision_cases, report_on};
use crate::today;

/// How many cases are made up for each rule on each day on which its law changes.
const GENERATED: u32 = 128;

pub(crate) fn run(arguments: &ReviewArguments) -> Result<Exit, CommandError> {
    let old = rulebook::load(&arguments.against)?.registry;
    let studied = Studied::read(&arguments.dir)?;
    let new = &studied.loaded.registry;
    check_broken(&old, new)?;
    let wanted = arguments.rule.as_deref();
    let checked = check(&studied, wanted, GENERATED)?;
    let mut report = report_on(&studied, wanted)?;
    let sought = seek_all(&studied, wanted)?;
    let (impact, people) = match &arguments.population {
        Some(path) => (compare_people(&old, new, path, &Defaults::default(), &[], |_| ())?, "the people of the file"),
        None => (compare_cases(&studied, &old, wanted)?, "the people of the cases"),
    };
    let (passed, all) = report.passed();
    let met = report.coverage.as_ref().map_or(100, |coverage| percent(coverage.met()));
    let is_met = arguments.threshold.is_none_or(|least| met >= usize::from(least));
    let is_good = checked.faults.is_empty()
        && passed == all
        && all > 0
        && sought.broken.is_empty()
        && is_met
        && studied.is_sound();
    let review = Review {
        is_good,
        report: &report,
        faults: &checked.faults,
        held: &sought.held,
        broken: &sought.broken,
        impact: &impact,
        people,
        old: &old,
        new,
    };
    fs::create_dir_all(&arguments.out).map_err(|source| io_error("made", &arguments.out, source))?;
    write_file(&arguments.out.join("report.html"), &review_html(&review))?;
    let path = arguments.out.join("junit.xml");
    let found = checked
        .faults
        .iter()
        .map(|fault| ("check", fault))
        .chain(sought.broken.iter().map(|fault| ("property", fault)));
    let found: Vec<Reported> = found.map(|(group, fault)| reported(group, fault)).collect();
    report.cases.extend(found);
    write_file(&path, &junit(&report).map_err(|source| io_error("written", &path, source))?)?;
    if arguments.threshold.is_some() && !is_met {
        fault(
            &format!("the cases meet {met} % of the law, less than was asked for"),
            Some("report.html says what no case meets"),
        );
    }
    let summary = json!({
        "good": is_good, "command": report.command, "day": report.day, "rulebook": report.rulebook, "against": old.digest(),
        "check": {"rules": checked.rules, "cases": checked.cases, "found": checked.faults.len()},
        "cases": {"passed": passed, "failed": all - passed, "percent_of_law_met": met, "enough": is_met},
        "properties": {"held": sought.held.len(), "broken": sought.broken.len()},
        "impact": impact,
    });
    write_file(&arguments.out.join("summary.json"), &format!("{summary:#}\n"))?;
    if arguments.json {
        say(&summary.to_string());
        return Ok(if is_good { Exit::Good } else { Exit::Findings });
    }
    say(&format!("check       {} in {} cases", counted(checked.faults.len(), "finding", "findings"), checked.cases));
    say(&format!("cases       {passed} of {all} passed, meeting {met} % of the law that they reach"));
    say(&format!("properties  {} broken, {} held", sought.broken.len(), sought.held.len()));
    say(&format!("impact      {} of {} people come out otherwise", impact.changed(), impact.all.size()));
    say(&format!("report      {}", arguments.out.join("report.html").display()));
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

/// What was found, as a build server counts it: beside the cases.
fn reported(group: &str, fault: &Fault) -> Reported {
    let (name, result) = (fault.rule.clone(), CaseResult::Unusable(fault.what.clone()));
    Reported { group: group.to_owned(), name, at: At::default(), result }
}

/// What would change for the cases beside the rules.
fn compare_cases(studied: &Studied, old: &Registry, wanted: Option<&str>) -> Result<Impact, CommandError> {
    let mut impact = Impact::default();
    for case in decision_cases(studied, wanted)? {
        match compare(old, &studied.loaded.registry, &case, &[], today()) {
            Ok(compared) => impact.add(&compared),
            Err(_) => impact.unusable += 1,
        }
    }
    Ok(impact)
}
