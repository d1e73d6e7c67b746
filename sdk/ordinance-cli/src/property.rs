//! `ordinance property`: statutory properties of a rule, and cases that break them.

use std::fs;

use ordinance_harness::{Property, Study, Violation, decided_case_toml, parse_properties, seek};
use serde_json::json;

use crate::arguments::PropertyArguments;
use crate::exit::{CommandError, Exit};
use crate::source::io_error;
use crate::study::{Studied, no_place, place_of};
use crate::terminal::{counted, fault, say};

/// The file beside a rule.
const PROPERTIES_FILE: &str = "properties.toml";

pub(crate) fn run(arguments: &PropertyArguments) -> Result<Exit, CommandError> {
    let studied = Studied::read(&arguments.dir)?;
    let (mut properties, mut broken, mut cases) = (0, 0, 0);
    studied.each(arguments.rule.as_deref(), |study| {
        for property in properties_of(&studied, study)? {
            let sought = seek(study, &property).map_err(|error| no_place(&error))?;
            properties += 1;
            cases += sought.cases;
            let place = format!("{} {}", place_of(study.rule), study.rule.head.version);
            if let Some(violation) = &sought.violation {
                broken += 1;
                show(&place, &property, violation, arguments.json);
            } else if !arguments.json {
                say(&format!("# {place}: `{}` holds in all that was tried", property.name));
            }
        }
        Ok(())
    })?;
    if properties == 0 {
        fault(
            "there are no properties",
            Some("write what must hold in CODE/SERVICE/properties.toml; see the SDK's README"),
        );
    }
    if arguments.json {
        say(&json!({"properties": properties, "broken": broken, "cases": cases}).to_string());
    } else {
        say(&format!(
            "# {} of {} broken, {cases} cases decided",
            broken,
            counted(properties, "property", "properties")
        ));
    }
    Ok(if broken == 0 && properties > 0 { Exit::Good } else { Exit::Findings })
}

/// What must hold for a rule: the properties beside any of its versions.
pub(crate) fn properties_of(studied: &Studied, study: Study<'_>) -> Result<Vec<Property>, CommandError> {
    let mut properties = Vec::new();
    let Some(contract) = study.rule.head.about.service().and_then(|service| study.registry.contract(service)) else {
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
        let read = parse_properties(&name, &text, contract);
        properties.extend(read.map_err(|fault| CommandError::Diagnostics(vec![fault]))?);
    }
    Ok(properties)
}

/// The cases that break a property, as a case file that shows what is decided.
fn show(place: &str, property: &Property, violation: &Violation, as_json: bool) {
    let law = property.provision.as_ref().map(|provision| format!(" ({provision})")).unwrap_or_default();
    let cases: Vec<String> = violation
        .cases
        .iter()
        .enumerate()
        .map(|(index, (facts, decision))| {
            decided_case_toml(&format!("{}: {}", property.name, index + 1), facts, decision)
        })
        .collect();
    if as_json {
        say(&json!({"rule": place, "property": property.name, "law": law.trim(), "cases": cases}).to_string());
        return;
    }
    say(&format!("# FAIL {place}: `{}`{law} is broken by what is decided here:", property.name));
    cases.iter().for_each(|case| say(case));
}
