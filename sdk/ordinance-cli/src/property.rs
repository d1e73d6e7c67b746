//! `ordinance property`: statutory properties of a rule, and cases that break them.

use std::fs;

use ordinance_engine::diagnostic::Diagnostic;
use ordinance_harness::{CaseView, Defect, Property, Study, decided_case_toml, parse_properties, seek};
use serde_json::json;

use crate::arguments::PropertyArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::source::io_error;
use crate::study::{Project, no_place};
use crate::terminal::{diagnostic, fault, say};

/// The file beside a rule.
const PROPERTIES_FILE: &str = "properties.toml";

/// What seeking came to.
#[derive(Debug, Default)]
pub(crate) struct PropertyResults {
    /// Every property that holds in all that was tried, as `RULE: NAME`.
    pub(crate) held: Vec<String>,
    /// The others, with the cases that break them.
    pub(crate) broken: Vec<Defect>,
    /// The faults of files of properties; those of other files were sought.
    pub(crate) unreadable: Vec<Diagnostic>,
    cases: usize,
}

pub(crate) fn run(arguments: &PropertyArguments) -> Result<Exit, CommandError> {
    let studied = Project::read(&arguments.dir)?;
    let sought = check_properties(&studied, arguments.rule.as_deref())?;
    let properties = sought.held.len() + sought.broken.len();
    sought.unreadable.iter().for_each(diagnostic);
    if properties == 0 && sought.unreadable.is_empty() {
        let help = "write what must hold in CODE/SERVICE/properties.toml; see the SDK's README";
        fault("there are no properties", Some(help));
    }
    for broken in &sought.broken {
        if arguments.json {
            say(&json!({"rule": broken.rule, "what": broken.what, "cases": broken.case}).to_string());
        } else {
            say(&format!("# FAIL {}: {}", broken.rule, broken.what));
            say(broken.case.as_deref().unwrap_or_default());
        }
    }
    if arguments.json {
        let unreadable: Vec<String> = sought.unreadable.iter().map(ToString::to_string).collect();
        say(&json!({"properties": properties, "broken": sought.broken.len(), "unreadable": unreadable, "cases": sought.cases})
            .to_string());
    } else {
        sought.held.iter().for_each(|held| say(&format!("# holds in all that was tried: {held}")));
        let (broken, cases) = (sought.broken.len(), sought.cases);
        say(&format!("# {broken} of {} broken, {cases} cases decided", counted(properties, "property", "properties")));
    }
    let is_good = sought.broken.is_empty() && sought.unreadable.is_empty() && properties > 0 && studied.is_sound();
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

/// Seeks cases that break a property, for the rules that are wanted.
pub(crate) fn check_properties(studied: &Project, wanted: Option<&str>) -> Result<PropertyResults, CommandError> {
    let mut all = PropertyResults::default();
    studied.each(wanted, |study| {
        let rule = study.rule.head.place_and_version();
        for property in properties_of(studied, study, &mut all.unreadable)? {
            let sought = seek(study, &property).map_err(|error| no_place(&error))?;
            all.cases += sought.cases;
            let law = property.provision.as_ref().map(|provision| format!(" ({provision})")).unwrap_or_default();
            if sought.decided == 0 {
                let what = format!(
                    "`{}`{law}: no case that was tried is decided, so nothing can be said of it",
                    property.name
                );
                all.broken.push(Defect { rule: rule.clone(), what, ..Defect::default() });
                continue;
            }
            let Some(violation) = sought.violation else {
                all.held.push(format!("{rule}: {}{law}", property.name));
                continue;
            };
            let cases: Vec<String> = violation
                .cases
                .iter()
                .zip(1..)
                .map(|((facts, decision), number)| {
                    decided_case_toml(&format!("{}: {number}", property.name), facts, decision)
                })
                .collect();
            let what = format!("`{}`{law} is broken by what is decided here", property.name);
            let shown = violation.cases.iter().map(|(facts, decision)| CaseView::of(facts, decision)).collect();
            all.broken.push(Defect { rule: rule.clone(), what, case: Some(cases.join("\n")), shown });
        }
        Ok(())
    })?;
    Ok(all)
}

/// What must hold for a rule: the properties beside any of its versions, as far as they can be read.
fn properties_of(
    studied: &Project,
    study: Study<'_>,
    unreadable: &mut Vec<Diagnostic>,
) -> Result<Vec<Property>, CommandError> {
    let mut properties = Vec::new();
    let Some(contract) = study.rule.head.about.service().and_then(|service| study.rulebook.contract(service)) else {
        return Ok(properties);
    };
    for source in studied.sources_of(study.rule) {
        let path = source.folder.join(PROPERTIES_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io_error("read", &path, error)),
        };
        let name = format!("{}/{PROPERTIES_FILE}", source.place);
        for read in parse_properties(&name, &text, contract) {
            match read {
                Ok(property) => properties.push(property),
                Err(fault) => unreadable.push(fault),
            }
        }
    }
    Ok(properties)
}
