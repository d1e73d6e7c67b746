//! `ordinance property`: checks the statutory properties of rules.

use std::cell::RefCell;

use ordinance_engine::Rule;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_harness::{
    CaseView, Defect, Pace, Property, PropertyReport, PropertyViolation, Study, check_property, parse_properties,
};
use serde_json::json;

use crate::arguments::PropertyArguments;
use crate::case_files::read_text;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::project::{Project, place_error};
use crate::source::has_file;
use crate::study_progress::unreached_text;
use crate::terminal::{print_diagnostic, print_error, print_line};

/// The file of properties beside a rule.
const PROPERTIES_FILE: &str = "properties.toml";

/// The results of the properties of several rules.
#[derive(Debug, Default)]
pub(crate) struct PropertyResults {
    /// Each property that holds in every case tried, as `RULE: NAME`.
    pub(crate) held: Vec<String>,
    /// Each property that the time of `--budget` didn't reach, or reached in part without a violation, as
    /// `RULE: NAME`, with how far it was.
    pub(crate) unreached: Vec<String>,
    /// The violated properties, with the cases that violate them.
    pub(crate) broken: Vec<Defect>,
    /// The errors in files of properties. All other properties were checked.
    pub(crate) unreadable: Vec<Diagnostic>,
    /// The number of cases that were decided.
    cases: usize,
}

pub(crate) fn run(arguments: &PropertyArguments) -> Result<Exit, CommandError> {
    let project = Project::read_for(&arguments.study)?.with_budget(arguments.budget);
    let results = check_properties(&project, arguments.rule.as_deref())?;
    results.unreadable.iter().for_each(print_diagnostic);
    if results.count() == 0 && results.unreadable.is_empty() && project.pace.unreached().is_empty() {
        let help = "write properties in CODE/SERVICE/properties.toml; see the SDK's README";
        print_error("there are no properties", Some(help));
    }
    if arguments.study.json {
        print_json(&results, &project.pace);
    } else {
        print_text(&results, &project.pace);
    }
    let is_good = results.broken.is_empty()
        && results.unreadable.is_empty()
        && results.count() > 0
        && results.unreached.is_empty()
        && project.pace.unreached().is_empty()
        && project.is_sound();
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

fn print_json(results: &PropertyResults, pace: &Pace) {
    for broken in &results.broken {
        print_line(&json!({"rule": broken.rule, "what": broken.what, "cases": broken.case_file}).to_string());
    }
    let unreadable: Vec<String> = results.unreadable.iter().map(ToString::to_string).collect();
    let rules = pace.unreached();
    let unreached: Vec<&String> = results.unreached.iter().chain(&rules).collect();
    let sum = json!({"properties": results.count(), "broken": results.broken.len(), "unreadable": unreadable,
        "cases": results.cases, "unreached": unreached});
    print_line(&sum.to_string());
}

fn print_text(results: &PropertyResults, pace: &Pace) {
    for broken in &results.broken {
        print_line(&format!("# FAIL {}: {}", broken.rule, broken.what));
        print_line(broken.case_file.as_deref().unwrap_or_default());
    }
    results.held.iter().for_each(|held| print_line(&format!("# holds in every case tried: {held}")));
    results.unreached.iter().for_each(|unreached| print_line(&format!("# not reached within the budget: {unreached}")));
    let (broken, unreached) = (results.broken.len(), results.unreached.len());
    let unreached = if unreached == 0 { String::new() } else { format!(", {unreached} not reached within the budget") };
    let properties = counted(results.count(), "property", "properties");
    print_line(&format!("# {broken} of {properties} broken{unreached}, {} cases decided", results.cases));
    unreached_text(pace).iter().for_each(|text| print_line(&format!("# {text}")));
}

/// Checks the properties of the rules that match `wanted`.
pub(crate) fn check_properties(project: &Project, wanted: Option<&str>) -> Result<PropertyResults, CommandError> {
    let results = RefCell::new(PropertyResults::default());
    let check = |study: Study<'_>| {
        let results = &mut *results.borrow_mut();
        for property in properties_of(project, study.rule, &mut results.unreadable)? {
            results.check(study, &property)?;
        }
        Ok(())
    };
    let leave_out = |rule: &Rule| {
        let results = &mut *results.borrow_mut();
        for property in properties_of(project, rule, &mut results.unreadable)? {
            results.unreached.push(named(rule, &property));
        }
        Ok(())
    };
    project.for_each_rule_in_time(wanted, check, leave_out)?;
    Ok(results.into_inner())
}

impl PropertyResults {
    fn count(&self) -> usize {
        self.held.len() + self.broken.len() + self.unreached.len()
    }

    fn check(&mut self, study: Study<'_>, property: &Property) -> Result<(), CommandError> {
        let report = check_property(study, property).map_err(|error| place_error(&error))?;
        self.cases += report.cases;
        let rule = study.rule.head.place_and_version();
        let name = &property.name;
        let provision = provision_of(property);
        if report.unreached_days > 0 && report.violation.is_none() {
            // How much of the rest would be decided isn't known, so it is no fault of the property.
            self.unreached.push(format!("{} on {}", named(study.rule, property), days_text(&report)));
            return Ok(());
        }
        if report.decided == 0 {
            let why = match property.kind.facts().as_slice() {
                [fact, ..] if report.cases == 0 => {
                    format!(
                        "no case tried has `{fact}`; name a part of each item as `LIST.PART`, of the first as `LIST[0].PART`"
                    )
                }
                _ => "no case tried is decided, so the property isn't tested".to_owned(),
            };
            let what = format!("`{name}`{provision}: {why}");
            self.broken.push(Defect { rule, what, ..Defect::default() });
            return Ok(());
        }
        if report.granted == 0 && report.violation.is_none() {
            let why = "nobody is eligible in the cases tried, so the property isn't tested; write a case of somebody \
                       who is, or change what the property gives";
            let what = format!("`{name}`{provision}: {why}");
            self.broken.push(Defect { rule, what, ..Defect::default() });
            return Ok(());
        }
        match report.violation {
            None => self.held.push(named(study.rule, property)),
            Some(violation) => {
                let contract = study.rule.head.scope.service().and_then(|service| study.rulebook().contract(service));
                let direction = contract.and_then(|contract| property.kind.direction(contract));
                let direction = direction.map(|remark| format!("; {remark}")).unwrap_or_default();
                let what = format!("`{name}`{provision} is violated by these cases{direction}");
                self.broken.push(violation_defect(study, what, name, &violation));
            }
        }
        Ok(())
    }
}

fn provision_of(property: &Property) -> String {
    property.provision.as_ref().map(|provision| format!(" ({provision})")).unwrap_or_default()
}

/// A property as `RULE: NAME`, with its provision.
fn named(rule: &Rule, property: &Property) -> String {
    format!("{}: {}{}", rule.head.place_and_version(), property.name, provision_of(property))
}

fn days_text(report: &PropertyReport) -> String {
    let days = counted(report.days, "day", "days");
    let tried = match report.cases {
        0 => String::new(),
        cases => format!("; no violation in the {} tried", counted(cases, "case", "cases")),
    };
    format!("{} of {days} on which the law changes{tried}", report.unreached_days)
}

fn violation_defect(study: Study<'_>, what: String, name: &str, violation: &PropertyViolation) -> Defect {
    let mut cases = Vec::new();
    let mut views = Vec::new();
    for (number, (facts, evaluation)) in (1..).zip(&violation.cases) {
        cases.push(study.decided_case_toml(&format!("{name}: {number}"), facts, evaluation));
        views.push(CaseView::new(facts, evaluation));
    }
    let rule = study.rule.head.place_and_version();
    Defect { rule, what, case_file: Some(cases.join("\n")), views }
}

/// The properties beside all versions of a rule. Errors of parsing are added to `unreadable`.
fn properties_of(
    project: &Project,
    rule: &Rule,
    unreadable: &mut Vec<Diagnostic>,
) -> Result<Vec<Property>, CommandError> {
    let mut properties = Vec::new();
    let rulebook = project.loaded.rulebook();
    let Some(contract) = rule.head.scope.service().and_then(|service| rulebook.contract(service)) else {
        return Ok(properties);
    };
    for source in project.sources_of(rule) {
        let name = source.path_of(PROPERTIES_FILE);
        if !has_file(&project.source.reader, &name)? {
            continue;
        }
        let text = read_text(&project.source, &name)?;
        for property in parse_properties(&name, &text, contract) {
            match property {
                Ok(property) => properties.push(property),
                Err(diagnostic) => unreadable.push(diagnostic),
            }
        }
    }
    Ok(properties)
}
