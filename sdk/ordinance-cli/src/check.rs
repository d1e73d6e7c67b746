//! `ordinance check`: builds a folder, then searches each rule for cases in which it breaks upper law or fails.

use ordinance_domain::answer::FailureCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rule;
use ordinance_harness::{
    Breach, CaseView, Counterexample, Defect, KnowledgeTurn, SearchReport, Study, search, search_knowledge,
    search_privacy, trace_replaced,
};
use serde_json::json;

use crate::arguments::CheckArguments;
use crate::case_names::CaseNames;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::project::{Project, is_wanted, place_error, warn_left_out};
use crate::study_progress::watched;
use crate::terminal::print_line;
use crate::trap::{Trap, TrapFinder};

/// The result of the searches of several rules.
#[derive(Debug, Default)]
pub(crate) struct CheckReport {
    pub(crate) rules: usize,
    days: usize,
    pub(crate) cases: usize,
    costliest: CostliestCase,
    pub(crate) defects: Vec<Defect>,
    /// Rulings without effect, by the rule that gives them.
    pub(crate) notes: Vec<Note>,
}

/// A remark on a rule that is no defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// `CODE/SERVICE` with the version.
    pub(crate) rule: String,
    pub(crate) text: String,
}

/// The case that used the most fuel.
#[derive(Debug, Default)]
struct CostliestCase {
    /// `CODE/SERVICE` of its rule.
    rule: String,
    fuel: u64,
    /// The fuel limit of the rule.
    limit: u64,
}

pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, CommandError> {
    let project = Project::read(arguments.folder.path(), arguments.trust.trust())?;
    let report = check(&project, arguments.rule.as_deref(), arguments.cases)?;
    if arguments.json {
        print_json(&report, project.loaded.broken);
    } else {
        print_text(&report);
    }
    Ok(if report.defects.is_empty() && project.loaded.broken == 0 { Exit::Good } else { Exit::Findings })
}

fn print_json(report: &CheckReport, broken: usize) {
    for defect in &report.defects {
        print_line(&json!({"rule": defect.rule, "what": defect.what, "case": defect.case_file}).to_string());
    }
    for Note { rule, text } in &report.notes {
        print_line(&json!({"rule": rule, "note": text}).to_string());
    }
    let CostliestCase { rule, fuel, limit } = &report.costliest;
    let sum = json!({"rules": report.rules, "days": report.days, "cases": report.cases, "found": report.defects.len(),
        "broken": broken, "dearest": json!({"rule": rule, "fuel": fuel, "limit": limit})});
    print_line(&sum.to_string());
}

fn print_text(report: &CheckReport) {
    for (index, defect) in report.defects.iter().enumerate() {
        print_defect(defect, index + 1);
    }
    for Note { rule, text } in &report.notes {
        print_line(&format!("# NOTE {rule}: {text}"));
    }
    print_line(&format!(
        "# {} checked, each on every day on which its law changes ({}), with {}: {} found",
        counted(report.rules, "rule", "rules"),
        counted(report.days, "day", "days"),
        counted(report.cases, "case", "cases"),
        counted(report.defects.len(), "breach", "breaches"),
    ));
    let CostliestCase { rule, fuel, limit } = &report.costliest;
    if *limit > 0 {
        print_line(&format!("# The costliest case used {fuel} of {limit} units of fuel, in {rule}."));
    }
}

/// Searches the rules that are wanted. `generated` is the number of generated cases for each rule and day.
pub(crate) fn check(project: &Project, wanted: Option<&str>, generated: u32) -> Result<CheckReport, CommandError> {
    let mut report = CheckReport::default();
    check_privacy(project, wanted, &mut report)?;
    if report.rules > 0 && !project.has_rule(wanted) {
        return Ok(report);
    }
    let mut traps = TrapFinder::new(project);
    let mut names = CaseNames::default();
    report.rules += project.for_each_rule(wanted, |study| {
        let searched = search(study, generated).map_err(|error| place_error(&error))?;
        report.add(study.rule, &searched);
        for counterexample in &searched.counterexamples {
            let trap = find_trap(&mut traps, study, counterexample)?;
            report.defects.push(counterexample_defect(study, counterexample, trap.as_ref(), &mut names));
        }
        let turns = search_knowledge(study).map_err(|error| place_error(&error))?;
        report.defects.extend(turns.iter().map(|turn| turn_defect(study, turn, &mut names)));
        Ok(())
    })?;
    Ok(report)
}

impl CheckReport {
    fn add(&mut self, rule: &Rule, searched: &SearchReport) {
        let place = rule.head.source_path();
        self.days += searched.days;
        self.cases += searched.cases;
        for (name, reason) in &searched.unusable_cases {
            warn_left_out(&format!("the case `{name}` beside {place}"), reason);
        }
        let (fuel, limit) = searched.fuel;
        if fuel > self.costliest.fuel {
            self.costliest = CostliestCase { rule: place, fuel, limit };
        }
        for id in &searched.unreported_criteria {
            self.defects.push(criterion_defect(rule, id, "the code never reports it"));
        }
        for id in &searched.unsatisfied_criteria {
            self.defects.push(criterion_defect(rule, id, "no case satisfies it"));
        }
    }
}

/// Searches the privacy rules that are wanted.
fn check_privacy(project: &Project, wanted: Option<&str>, report: &mut CheckReport) -> Result<(), CommandError> {
    let engine = &project.loaded.engine;
    for rule in engine.rulebook().privacy_rules().filter(|rule| is_wanted(&rule.head.source_path(), wanted)) {
        if project.pace.is_over() {
            project.pace.leave_out(rule.head.place_and_version());
            continue;
        }
        let search = || search_privacy(engine, rule, now());
        let searched = watched(&project.pace, &rule.head.source_path(), search).map_err(|error| place_error(&error))?;
        report.rules += 1;
        report.days += 1;
        report.cases += searched.requests;
        let note = |text| Note { rule: rule.head.place_and_version(), text };
        report.notes.extend(searched.without_effect.into_iter().map(note));
        for defect in searched.defects {
            let rule = rule.head.place_and_version();
            report.defects.push(Defect { rule, what: defect.what, case_file: defect.case, views: Vec::new() });
        }
    }
    Ok(())
}

/// A criterion that the manifest declares, and that the code never reports or no case satisfies.
fn criterion_defect(rule: &Rule, id: &Id, reason: &str) -> Defect {
    let title = rule.head.criterion(id).map_or_else(|| id.to_string(), ToString::to_string);
    let what = format!("rule.toml declares the criterion `{id}`, {title}, but {reason}");
    Defect { rule: rule.head.place_and_version(), what, ..Defect::default() }
}

/// Where the rule traps in a counterexample, if it does.
fn find_trap(
    traps: &mut TrapFinder<'_>,
    study: Study<'_>,
    counterexample: &Counterexample,
) -> Result<Option<Trap>, CommandError> {
    match &counterexample.breach {
        Breach::Failure { code, .. } if *code == FailureCode::Trap.as_str() => {
            let as_of = counterexample.evaluation.query.as_of;
            traps.find(study, as_of, |rule| trace_replaced(study, as_of, &counterexample.facts, rule))
        }
        Breach::Failure { .. } | Breach::Violation { .. } | Breach::Nondeterminism => Ok(None),
    }
}

/// A breach, with a case file that reproduces it.
fn counterexample_defect(
    study: Study<'_>,
    counterexample: &Counterexample,
    trap: Option<&Trap>,
    names: &mut CaseNames,
) -> Defect {
    let Counterexample { breach, facts, evaluation } = counterexample;
    let (what, name, outcome) = match breach {
        Breach::Violation { subject, bound, set_by, provision } => (
            format!("`{subject}` breaks `{bound}`, which {set_by} sets ({provision})"),
            format!("within {subject} {bound}"),
            evaluation.outcome.as_str(),
        ),
        Breach::Failure { code, detail } => {
            let what = match trap {
                Some(trap) => format!("fails: {trap}"),
                None => format!("fails: {code}, {detail}"),
            };
            (what, format!("doesn't fail with {code}"), UNKNOWN_OUTCOME)
        }
        Breach::Nondeterminism => (
            "gives different decisions for the same case".to_owned(),
            "gets the same decision each time".to_owned(),
            UNKNOWN_OUTCOME,
        ),
    };
    Defect {
        rule: study.rule.head.place_and_version(),
        what,
        case_file: Some(study.case_toml(&names.unique(name), facts, evaluation, outcome)),
        views: vec![CaseView::new(facts, evaluation)],
    }
}

/// An answer that another fact turns, with the pair as case files.
fn turn_defect(study: Study<'_>, turn: &KnowledgeTurn, names: &mut CaseNames) -> Defect {
    let KnowledgeTurn { fact, without, with } = turn;
    let missing = study.case_toml(
        &names.unique(format!("without `{fact}` there is no answer yet")),
        &without.0,
        &without.1,
        "undetermined",
    );
    let known = study.decided_case_toml(&names.unique(format!("with `{fact}` there is")), &with.0, &with.1);
    Defect {
        rule: study.rule.head.place_and_version(),
        what: format!(
            "answers though `{fact}` is missing, and otherwise once it is known: missing is read as a value; let it answer \
             undetermined while the fact can change the answer"
        ),
        case_file: Some(format!("{missing}\n{known}")),
        views: vec![CaseView::new(&without.0, &without.1), CaseView::new(&with.0, &with.1)],
    }
}

/// The placeholder for an outcome that only the law can give.
const UNKNOWN_OUTCOME: &str = "REPLACE";

/// Prints a defect as a case file, with the explanation as a comment.
fn print_defect(defect: &Defect, number: usize) {
    print_line(&format!("# FAIL {}: {}", defect.rule, defect.what));
    let Some(case) = &defect.case_file else { return };
    let place = defect.rule.split(' ').next().unwrap_or_default();
    print_line(&format!("# Save this as {place}/cases/found-{number}.toml: the current rule fails it."));
    if case.contains(UNKNOWN_OUTCOME) {
        print_line("# Replace REPLACE by the outcome that the law gives.");
    }
    print_line(case);
}
