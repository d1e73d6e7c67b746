//! `ordinance review`: reviews a rulebook before publication and writes reports into one folder. It writes them even if
//! the definitions can't be parsed.

use std::collections::BTreeSet;
use std::fs;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::UnconfirmedValue;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::{Engine, Rulebook};
use ordinance_harness::{
    CaseDefaults, CaseDiff, CaseLocation, ComparedPeople, Comparison, Coverage, DecisionTest, Defect, ImpactReport,
    PopulationComparison, PopulationImpact, ReviewReport, RuleCoverage, Share, TestRecord, TestReport, TestResult,
    diff_case, junit_xml, review_html,
};
use serde_json::{Value as Json, json};

use crate::arguments::ReviewArguments;
use crate::build::write_atomically;
use crate::check::{Note, check};
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::impact::{compare_people, groupings, warn_broken, warn_withheld};
use crate::invocation::now;
use crate::page_results::{ImpactByRule, write_coverage, write_impact};
use crate::placeholders::unfilled_files;
use crate::project::{Project, is_wanted};
use crate::property::check_properties;
use crate::rulebook;
use crate::source::io_error;
use crate::study_progress::watched;
use crate::terminal::{print_diagnostic, print_error, print_line};
use crate::test_run::{decision_tests, report_without_rulebook, run_beside_rules};

/// The number of generated cases for each rule on each day on which its law changes.
const GENERATED: u32 = 128;

/// The results of all parts of a review.
#[derive(Default)]
struct ReviewResults {
    report: TestReport,
    /// Breaches of upper law and failures, rules that can't run, and files that can't be read.
    defects: Vec<Defect>,
    /// The properties that hold in every case tried.
    held: Vec<String>,
    /// The violated properties.
    broken: Vec<Defect>,
    /// The number of rules that were searched for breaches.
    searched_rules: usize,
    /// The number of cases of the searches.
    searched_cases: usize,
    /// Remarks of the searches that are no defects.
    notes: Vec<Note>,
    /// `None` for a first publication, which changes no law.
    impact: Option<PopulationImpact>,
    /// The properties that the time of `--budget` didn't reach, or reached in part.
    unreached_properties: Vec<String>,
    /// What else the time of `--budget` didn't reach.
    unreached: Vec<String>,
}

pub(crate) fn run(arguments: &ReviewArguments) -> Result<Exit, CommandError> {
    fs::create_dir_all(&arguments.out).map_err(|source| io_error("made", &arguments.out, source))?;
    let trust = arguments.trust.trust();
    let old = arguments.against.as_ref().map(|against| rulebook::load(against, trust)).transpose()?;
    let old = old.as_ref().map(|old| &old.engine);
    let project = match &arguments.prebuilt {
        Some(built) => Project::prebuilt(arguments.folder.path(), built),
        None => Project::read(arguments.folder.path(), trust),
    };
    match project {
        Ok(project) => {
            let project = project.with_budget(arguments.budget);
            let results = review(arguments, &project, old)?;
            finish(arguments, old.map(|old| &**old.rulebook()), Some(project.loaded.rulebook()), results)
        }
        Err(CommandError::Diagnostics(diagnostics)) => {
            diagnostics.iter().for_each(print_diagnostic);
            let defects = diagnostics.iter().map(unreadable_defect).collect();
            let results = ReviewResults { report: report_without_rulebook(), defects, ..ReviewResults::default() };
            finish(arguments, old.map(|old| &**old.rulebook()), None, results)
        }
        Err(other) => Err(other),
    }
}

fn review(arguments: &ReviewArguments, project: &Project, old: Option<&Engine>) -> Result<ReviewResults, CommandError> {
    let new = &project.loaded.engine;
    old.iter().for_each(|old| warn_broken(old.rulebook()));
    let wanted = arguments.rule.as_deref();
    let checked = check(project, wanted, GENERATED)?;
    let properties = check_properties(project, wanted)?;
    let mut by_rule = ImpactByRule::new();
    let mut of_rule = |diff: &CaseDiff| {
        by_rule.entry((diff.jurisdiction.clone(), diff.service.clone())).or_default().add(diff);
    };
    let impact = match (old, &arguments.population) {
        (Some(old), Some(path)) => {
            let by = groupings(&arguments.by, [old.rulebook(), new.rulebook()], |_| false)?;
            let comparison = Comparison { by, weight: None, now: now() };
            let defaults = CaseDefaults::default();
            let compare = || compare_people([old, new], path, &defaults, &comparison, &mut of_rule);
            Some(watched(&project.pace, "comparing the people of the file", compare)?)
        }
        (Some(old), None) => {
            let compare = || compare_tests(project, old, wanted, &mut of_rule);
            Some(watched(&project.pace, "comparing the cases with the rulebook in force", compare)?)
        }
        (None, _) => None,
    };
    impact.iter().for_each(warn_withheld);
    let mut defects = Vec::new();
    for (head, rejection) in new.rulebook().broken_rules().filter(|(head, _)| is_wanted(&head.source_path(), wanted)) {
        let what = format!("the rule can't run: {rejection}");
        defects.push(Defect { rule: head.place_and_version(), what, ..Defect::default() });
    }
    defects.extend(checked.defects);
    defects.extend(unfilled_files(project, wanted)?);
    defects.extend(properties.unreadable.iter().map(unreadable_defect));
    let notices = new.rulebook().notices().iter().map(ToString::to_string);
    let notices = notices.map(|text| Note { rule: "rulebook".to_owned(), text });
    let unconfirmed = new.rulebook().unconfirmed_values(now());
    let unconfirmed = unconfirmed.into_iter().filter(|value| is_wanted(&value.folder, wanted));
    let notices = notices.chain(unconfirmed.map(unconfirmed_note));
    let report = watched(&project.pace, "running the cases beside the rules", || run_beside_rules(project, wanted))?;
    // A rulebook that somebody else built is left as it is.
    if project.is_built_here() {
        report.coverage.iter().try_for_each(|coverage| write_coverage(&project.loaded, coverage))?;
        old.iter().try_for_each(|old| write_impact(&project.loaded, &old.rulebook().digest().hex(), &by_rule))?;
    }
    Ok(ReviewResults {
        report,
        defects,
        held: properties.held,
        broken: properties.broken,
        searched_rules: checked.rules,
        searched_cases: checked.cases,
        notes: checked.notes.into_iter().chain(notices).collect(),
        impact,
        unreached_properties: properties.unreached,
        unreached: project.pace.unreached(),
    })
}

fn unconfirmed_note(value: UnconfirmedValue) -> Note {
    let UnconfirmedValue { source: rule, parameter, from, confirmed, .. } = value;
    let text = format!(
        "nobody has confirmed the value of `{parameter}` from {from} since {confirmed}; hold it against the law, and write \
         confirmed = DATE beside it"
    );
    Note { rule, text }
}

/// The defect for a file that can't be parsed.
fn unreadable_defect(diagnostic: &Diagnostic) -> Defect {
    Defect { rule: diagnostic.file.clone(), what: diagnostic.to_string(), ..Defect::default() }
}

/// Writes the reports and prints a summary.
fn finish(
    arguments: &ReviewArguments,
    old: Option<&Rulebook>,
    new: Option<&Rulebook>,
    results: ReviewResults,
) -> Result<Exit, CommandError> {
    let notes: Vec<String> = results.notes.iter().map(|Note { rule, text }| format!("{rule}: {text}")).collect();
    let review = results.review(arguments, &notes, old, new);
    write_report(arguments, "report.html", &review_html(&review))?;
    let summary = summary_json(&results, &review, old);
    write_report(arguments, "summary.json", &format!("{summary:#}\n"))?;
    let covered = percent_text(review.covered_percent());
    let (is_good, is_covered) = (review.is_good(), review.is_covered());
    let text =
        if arguments.json { summary.to_string() } else { summary_text(arguments, &results, new.is_some(), &covered) };
    write_junit(arguments, results)?;
    if !is_covered {
        print_error(
            &format!("the cases cover {covered} of the law, less than the threshold"),
            Some("report.html lists what no case covers"),
        );
    }
    print_line(&text);
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

impl ReviewResults {
    /// The results for people, with the judgement on them.
    fn review<'a>(
        &'a self,
        arguments: &ReviewArguments,
        notes: &'a [String],
        old: Option<&'a Rulebook>,
        new: Option<&'a Rulebook>,
    ) -> ReviewReport<'a> {
        let people = if arguments.population.is_some() { ComparedPeople::OfFile } else { ComparedPeople::OfCases };
        let compared = old.zip(new).zip(self.impact.as_ref());
        ReviewReport {
            language: arguments.language.into(),
            report: &self.report,
            defects: &self.defects,
            notes,
            held: &self.held,
            broken: &self.broken,
            unreached_properties: &self.unreached_properties,
            unreached: &self.unreached,
            searched_rules: self.searched_rules,
            searched_cases: self.searched_cases,
            threshold: arguments.threshold,
            rulebook: new,
            population: compared.map(|((old, new), impact)| PopulationComparison {
                people,
                impact,
                old,
                new,
                budgets: &[],
                published: None,
            }),
        }
    }
}

/// Writes JUnit XML, in which each defect is a test that can't be run.
fn write_junit(arguments: &ReviewArguments, results: ReviewResults) -> Result<(), CommandError> {
    let mut report = results.report;
    report.cases.extend(results.defects.iter().map(|defect| defect_record("check", defect)));
    report.cases.extend(results.broken.iter().map(|defect| defect_record("property", defect)));
    let name = "junit.xml";
    let xml = junit_xml(&report).map_err(|source| io_error("written", &arguments.out.join(name), source))?;
    write_report(arguments, name, &xml)
}

/// Writes a report. The reviewed repository may hold a link of its name, which isn't followed.
fn write_report(arguments: &ReviewArguments, name: &str, text: &str) -> Result<(), CommandError> {
    write_atomically(&arguments.out, &arguments.out.join(name), text.as_bytes())
}

fn summary_text(arguments: &ReviewArguments, results: &ReviewResults, is_loaded: bool, covered: &str) -> String {
    let ReviewResults { defects, held, broken, searched_cases, impact, unreached_properties, .. } = results;
    let not_reached = match unreached_properties.len() {
        0 => String::new(),
        properties => format!(", {properties} not reached within the budget"),
    };
    let findings = counted(defects.len(), "finding", "findings");
    let Share { part: passed, whole: all } = results.report.passed();
    let impact = match impact {
        _ if arguments.against.is_none() => "none: a first publication, without --against".to_owned(),
        Some(impact) if is_loaded => format!("{} of {} outcomes differ", impact.changed(), impact.all.size()),
        Some(_) | None => "unknown, because the rulebook can't be read".to_owned(),
    };
    let mut lines = vec![
        format!("check       {findings} in {searched_cases} cases"),
        format!("cases       {passed} of {all} passed, covering {covered} of the law of these rules"),
        format!("properties  {} broken, {} held{not_reached}", broken.len(), held.len()),
        format!("impact      {impact}"),
        format!("report      {}", arguments.out.join("report.html").display()),
    ];
    if !results.unreached.is_empty() {
        lines.push(format!("unreached   {}", results.unreached.join("; ")));
    }
    lines.extend(unreached_properties.iter().map(|property| format!("unreached   property {property}")));
    lines.join("\n")
}

fn percent_text(percent: Option<usize>) -> String {
    percent.map_or_else(|| "an unknown part".to_owned(), |percent| format!("{percent} %"))
}

/// The review as JSON: the counts, the defects, the gaps of the coverage and the impact.
fn summary_json(results: &ReviewResults, review: &ReviewReport<'_>, old: Option<&Rulebook>) -> Json {
    let ReviewResults { report, defects, held, broken, searched_rules, searched_cases, notes, impact, .. } = results;
    let notes: Vec<Json> = notes.iter().map(|Note { rule, text }| json!({"rule": rule, "note": text})).collect();
    let Share { part: passed, whole: all } = report.passed();
    let failed: Vec<Json> = report.cases.iter().filter_map(failed_json).collect();
    let rules: Vec<Json> = report.coverage.iter().flat_map(Coverage::rules).map(rule_json).collect();
    json!({
        "good": review.is_good(), "failures": review.failures(), "command": report.command, "day": report.day, "rulebook": report.rulebook,
        "against": old.map(|old| old.digest().hex()),
        "check": {"rules": searched_rules, "cases": searched_cases, "found": defects_json(defects),
            "notes": notes},
        "cases": {"passed": passed, "all": all, "failed": failed},
        "coverage": {"percent": review.covered_percent(), "enough": review.is_covered(), "rules": rules},
        "properties": {"held": held, "broken": defects_json(broken), "unreached": results.unreached_properties},
        "impact": impact.as_ref().map(|impact| ImpactReport::new(impact, 1)),
        "unreached": results.unreached,
    })
}

fn rule_json(rule: &RuleCoverage) -> Json {
    json!({"rule": rule.head.place_and_version(), "percent": rule.covered().percent(), "gaps": rule.gaps()})
}

fn defects_json(defects: &[Defect]) -> Vec<Json> {
    let json = |defect: &Defect| json!({"rule": defect.rule, "what": defect.what, "cases": defect.case_file});
    defects.iter().map(json).collect()
}

/// A test that failed or can't be run. `None` for a test that passed.
fn failed_json(record: &TestRecord) -> Option<Json> {
    let reasons: Vec<String> = match &record.result {
        TestResult::Passed => return None,
        TestResult::Failed(failure) => failure.differences.iter().map(ToString::to_string).collect(),
        TestResult::Unusable(reason) => vec![reason.clone()],
    };
    let location = &record.location;
    Some(
        json!({"group": record.group, "case": record.name, "file": location.file, "line": location.line, "why": reasons}),
    )
}

/// A defect as a test that can't be run.
fn defect_record(group: &str, defect: &Defect) -> TestRecord {
    let text = match &defect.case_file {
        Some(case_file) => format!("{}\n{case_file}", defect.what),
        None => defect.what.clone(),
    };
    TestRecord {
        group: group.to_owned(),
        name: defect.rule.clone(),
        location: CaseLocation::default(),
        facts: Vec::new(),
        result: TestResult::Unusable(text),
    }
}

/// The impact on the people of the cases beside the rules, on the day of each case and on every later day on which the
/// law of its place changes.
fn compare_tests(
    project: &Project,
    old: &Engine,
    wanted: Option<&str>,
    of_rule: &mut impl FnMut(&CaseDiff),
) -> Result<PopulationImpact, CommandError> {
    let new = &project.loaded.engine;
    let mut impact = PopulationImpact::default();
    for test in decision_tests(project, wanted)? {
        for as_of in days_of(&test, old.rulebook(), new.rulebook()) {
            match diff_case([old, new], &DecisionTest { as_of, ..test.clone() }, &Comparison::at(now())) {
                Ok(diff) => {
                    impact.add(&diff);
                    of_rule(&diff);
                }
                Err(_) => impact.unusable += 1,
            }
        }
    }
    Ok(impact)
}

fn days_of(test: &DecisionTest, old: &Rulebook, new: &Rulebook) -> BTreeSet<String> {
    let mut days = BTreeSet::from([test.as_of.clone()]);
    if let (Ok(place), Ok(service)) = (JurisdictionCode::new(&test.jurisdiction), Id::new(&test.service)) {
        let changes = [old, new].into_iter().flat_map(|rulebook| rulebook.days_of_change(&place, &service));
        // Dates as YYYY-MM-DD are ordered like their texts.
        days.extend(changes.map(|day| day.to_string()).filter(|day| *day > test.as_of));
    }
    days
}
