//! `ordinance review`: all that can be said of a rulebook before it binds anybody, in one folder. It is written whatever stands
//! against the rulebook, also where its definitions can't be read.

use std::collections::BTreeSet;
use std::fs;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_harness::{
    CaseDefaults, CaseLocation, Coverage, DecisionTest, Defect, PopulationComparison, PopulationImpact, ReviewReport,
    TestRecord, TestReport, TestResult, compare, junit, percent, review_html,
};
use serde_json::{Value as Json, json};

use crate::arguments::ReviewArguments;
use crate::check::check;
use crate::count::counted;
use crate::diff::{compare_people, warn_broken};
use crate::exit::{CommandError, Exit};
use crate::invocation::today;
use crate::property::check_properties;
use crate::rulebook;
use crate::source::{io_error, write_file};
use crate::study::{Project, is_wanted};
use crate::terminal::{diagnostic, fault, say};
use crate::test_run::{decision_cases, report_on, unread_report};

/// How many cases are made up for each rule on each day on which its law changes.
const GENERATED: u32 = 128;

/// What everything came to.
#[derive(Default)]
struct ReviewFindings {
    report: TestReport,
    /// What `check` found, rules that can't run and files that can't be read.
    faults: Vec<Defect>,
    held: Vec<String>,
    broken: Vec<Defect>,
    /// How many rules were searched for breaches, with how many cases.
    searched: (usize, usize),
    impact: PopulationImpact,
}

pub(crate) fn run(arguments: &ReviewArguments) -> Result<Exit, CommandError> {
    fs::create_dir_all(&arguments.out).map_err(|source| io_error("made", &arguments.out, source))?;
    let old = rulebook::load(&arguments.against)?.rulebook;
    match Project::read(&arguments.dir) {
        Ok(studied) => {
            let reviewed = review(arguments, &studied, &old)?;
            write(arguments, &old, Some(&studied.loaded.rulebook), reviewed)
        }
        Err(CommandError::Diagnostics(faults)) => {
            faults.iter().for_each(diagnostic);
            let faults = faults.iter().map(unreadable).collect();
            write(
                arguments,
                &old,
                None,
                ReviewFindings { report: unread_report(), faults, ..ReviewFindings::default() },
            )
        }
        Err(other) => Err(other),
    }
}

fn review(arguments: &ReviewArguments, studied: &Project, old: &Rulebook) -> Result<ReviewFindings, CommandError> {
    let new = &studied.loaded.rulebook;
    warn_broken(old);
    let wanted = arguments.rule.as_deref();
    let checked = check(studied, wanted, GENERATED)?;
    let sought = check_properties(studied, wanted)?;
    let impact = match &arguments.population {
        Some(path) => compare_people(old, new, path, &CaseDefaults::default(), &[], |_| ())?,
        None => compare_cases(studied, old, wanted)?,
    };
    let cannot_run = new.broken_rules().filter(|(head, _)| is_wanted(&head.place(), wanted));
    let cannot_run = cannot_run.map(|(head, why)| Defect {
        rule: head.place_and_version(),
        what: format!("it can't run: {}", why.reason),
        ..Defect::default()
    });
    Ok(ReviewFindings {
        report: report_on(studied, wanted)?,
        faults: cannot_run.chain(checked.faults).chain(sought.unreadable.iter().map(unreadable)).collect(),
        held: sought.held,
        broken: sought.broken,
        searched: (checked.rules, checked.cases),
        impact,
    })
}

/// A file that can't be read.
fn unreadable(fault: &Diagnostic) -> Defect {
    Defect { rule: fault.file.clone(), what: fault.to_string(), ..Defect::default() }
}

/// Writes the folder and says what it holds.
fn write(
    arguments: &ReviewArguments,
    old: &Rulebook,
    new: Option<&Rulebook>,
    mut reviewed: ReviewFindings,
) -> Result<Exit, CommandError> {
    let (passed, all) = reviewed.report.passed();
    let met = met_of(&reviewed.report);
    let is_met = arguments.threshold.is_none_or(|least| met.is_some_and(|met| met >= usize::from(least)));
    let is_good = reviewed.faults.is_empty() && passed == all && all > 0 && reviewed.broken.is_empty() && is_met;
    let who = if arguments.population.is_some() {
        "the people of the file"
    } else {
        "the people of the cases, on their day and on each later day on which the law changes"
    };
    let review = ReviewReport {
        is_good,
        report: &reviewed.report,
        faults: &reviewed.faults,
        held: &reviewed.held,
        broken: &reviewed.broken,
        people: new.map(|new| PopulationComparison { who, impact: &reviewed.impact, old, new }),
    };
    write_file(&arguments.out.join("report.html"), &review_html(&review))?;
    let summary = summary(&reviewed, old, is_good, is_met);
    write_file(&arguments.out.join("summary.json"), &format!("{summary:#}\n"))?;
    let found = [("check", &reviewed.faults), ("property", &reviewed.broken)];
    let found = found.into_iter().flat_map(|(group, faults)| faults.iter().map(move |fault| reported(group, fault)));
    reviewed.report.cases.extend(found);
    let path = arguments.out.join("junit.xml");
    write_file(&path, &junit(&reviewed.report).map_err(|source| io_error("written", &path, source))?)?;
    if !is_met {
        fault(
            &format!("the cases meet {} of the law, less than was asked for", in_percent(met)),
            Some("report.html says what no case meets"),
        );
    }
    let exit = if is_good { Exit::Good } else { Exit::Findings };
    if arguments.json {
        say(&summary.to_string());
        return Ok(exit);
    }
    let ReviewFindings { faults, held, broken, searched, impact, .. } = &reviewed;
    say(&format!("check       {} in {} cases", counted(faults.len(), "finding", "findings"), searched.1));
    let met = in_percent(met);
    say(&format!("cases       {passed} of {all} passed, meeting {met} of the law of these rules"));
    say(&format!("properties  {} broken, {} held", broken.len(), held.len()));
    match new {
        Some(_) => say(&format!("impact      {} of {} come out otherwise", impact.changed(), impact.all.size())),
        None => say("impact      not known, as the rulebook can't be read"),
    }
    say(&format!("report      {}", arguments.out.join("report.html").display()));
    Ok(exit)
}

/// How much of the law of the rules the cases meet, in percent; none where nothing was run.
fn met_of(report: &TestReport) -> Option<usize> {
    let met = report.coverage.as_ref()?.met();
    (met.1 > 0).then(|| percent(met))
}

fn in_percent(met: Option<usize>) -> String {
    met.map_or_else(|| "an unknown part".to_owned(), |met| format!("{met} %"))
}

/// The review for machines: the counts, and each thing that stands against the rulebook.
fn summary(reviewed: &ReviewFindings, old: &Rulebook, is_good: bool, is_met: bool) -> Json {
    let ReviewFindings { report, faults, held, broken, searched, impact } = reviewed;
    let (passed, all) = report.passed();
    let found = |faults: &[Defect]| -> Vec<Json> {
        faults.iter().map(|fault| json!({"rule": fault.rule, "what": fault.what, "cases": fault.case})).collect()
    };
    let failed: Vec<Json> = report.cases.iter().filter_map(failed).collect();
    let rules: Vec<Json> = report
        .coverage
        .iter()
        .flat_map(Coverage::rules)
        .map(|rule| json!({"rule": rule.head.place_and_version(), "percent": percent(rule.met()), "gaps": rule.gaps()}))
        .collect();
    json!({
        "good": is_good, "command": report.command, "day": report.day, "rulebook": report.rulebook, "against": old.digest(),
        "check": {"rules": searched.0, "cases": searched.1, "found": found(faults)},
        "cases": {"passed": passed, "all": all, "failed": failed},
        "coverage": {
            "percent": met_of(report), "enough": is_met, "rules": rules,
        },
        "properties": {"held": held, "broken": found(broken)},
        "impact": impact,
    })
}

/// A case that came out otherwise or can't be used, for machines.
fn failed(case: &TestRecord) -> Option<Json> {
    let why: Vec<String> = match &case.result {
        TestResult::Passed => return None,
        TestResult::Failed(failure) => failure.differences.iter().map(ToString::to_string).collect(),
        TestResult::Unusable(why) => vec![why.clone()],
    };
    Some(json!({"group": case.group, "case": case.name, "file": case.at.file, "line": case.at.line, "why": why}))
}

/// What was found, as a build server counts it: beside the cases.
fn reported(group: &str, fault: &Defect) -> TestRecord {
    let text = [Some(fault.what.as_str()), fault.case.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("\n");
    TestRecord {
        group: group.to_owned(),
        name: fault.rule.clone(),
        at: CaseLocation::default(),
        facts: Vec::new(),
        result: TestResult::Unusable(text),
    }
}

/// What would change for the people of the cases beside the rules, on the day of each case and on every later day on which the law
/// of its place changes.
fn compare_cases(studied: &Project, old: &Rulebook, wanted: Option<&str>) -> Result<PopulationImpact, CommandError> {
    let new = &studied.loaded.rulebook;
    let mut impact = PopulationImpact::default();
    for case in decision_cases(studied, wanted)? {
        for as_of in days_of(&case, old, new) {
            match compare(old, new, &DecisionTest { as_of, ..case.clone() }, &[], today()) {
                Ok(compared) => impact.add(&compared),
                Err(_) => impact.unusable += 1,
            }
        }
    }
    Ok(impact)
}

fn days_of(case: &DecisionTest, old: &Rulebook, new: &Rulebook) -> BTreeSet<String> {
    let mut days = BTreeSet::from([case.as_of.clone()]);
    if let (Ok(place), Ok(service)) = (JurisdictionCode::new(&case.jurisdiction), Id::new(&case.service)) {
        let changes = [old, new].into_iter().flat_map(|rulebook| rulebook.days_of_change(&place, &service));
        // Days are written so that the later is the greater.
        days.extend(changes.map(|day| day.to_string()).filter(|day| *day > case.as_of));
    }
    days
}
