//! `ordinance explain`: a rule in words, with its articles, numbers, days and tables. Nothing is built.

mod parts;
mod prose;
mod subject;
mod words;

use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_harness::{Explanation, explanation_html};

use self::parts::{bound_section, criteria_section, grant_section, number_section, table_section, value_section};
use self::prose::Teller;
use self::subject::Subject;
use self::words::Words;
use crate::arguments::ExplainArguments;
use crate::build::rule_texts;
use crate::exit::{CommandError, Exit};
use crate::project::is_wanted;
use crate::source::{RuleCode, RuleSource, Source, write_file};
use crate::terminal::print_line;
use crate::trust::SourceTrust;

pub(crate) fn run(arguments: &ExplainArguments) -> Result<Exit, CommandError> {
    let source = Source::read(&arguments.dir, SourceTrust::Untrusted)?;
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let rules = wanted_rules(&source, &arguments.rule)?;
    if let (Some(_), [_, _, ..]) = (&arguments.html, rules.as_slice()) {
        let places: Vec<&str> = rules.iter().map(|rule| rule.place.as_str()).collect();
        return Err(CommandError::bad_use(
            format!("`{}` is several rules, and a page is about one", arguments.rule),
            format!("name one of {}", places.join(", ")),
        ));
    }
    for (index, rule) in rules.iter().enumerate() {
        let explanation = explain(&source, rule, &definitions, &arguments.language)?;
        match &arguments.html {
            Some(path) => {
                write_file(path, &explanation_html(&explanation))?;
                print_line(&format!("{} is in {}", rule.place, path.display()));
            }
            None => {
                let gap = if index > 0 { "\n" } else { "" };
                print_line(&format!("{gap}{}", explanation.to_text().trim_end()));
            }
        }
    }
    Ok(Exit::Good)
}

/// The rules in a folder `CODE/SERVICE`, or of a place or a service.
fn wanted_rules<'s>(source: &'s Source, wanted: &str) -> Result<Vec<&'s RuleSource>, CommandError> {
    let wanted = wanted.trim_end_matches('/');
    if let Some(rule) = source.rules.iter().find(|rule| rule.place == wanted && wanted.matches('/').count() > 1) {
        return Ok(vec![rule]);
    }
    let rules: Vec<&RuleSource> = source.rules.iter().filter(|rule| is_wanted(&rule.place, Some(wanted))).collect();
    if rules.is_empty() {
        return Err(CommandError::bad_use(
            format!("there is no rule `{wanted}`"),
            "name a rule by its folder, such as CN-37/old-age-allowance",
        ));
    }
    Ok(rules)
}

/// A rule in words.
///
/// # Errors
/// If its manifest or its expressions can't be read.
pub(crate) fn explain(
    source: &Source,
    rule: &RuleSource,
    definitions: &Definitions,
    language: &str,
) -> Result<Explanation, CommandError> {
    let manifest = rule.manifest.as_ref().map_err(|fault| CommandError::Diagnostics(vec![fault.clone()]))?;
    let texts = match rule.code {
        RuleCode::Expressions => Some(rule_texts(source, rule, definitions)?),
        RuleCode::Rust | RuleCode::Prebuilt | RuleCode::None => None,
    };
    let words = Words::of(language);
    let subject = Subject { manifest, definitions, words, languages: vec![language.to_owned()] };
    let contract = manifest.scope.service().and_then(|service| definitions.contracts.get(service));
    let told = texts.as_ref().zip(contract);
    let told = told.map(|(texts, contract)| (texts, Teller::new(texts, contract, manifest, language)));
    let told = told.as_ref().map(|(texts, teller)| (*texts, teller));
    let mut sections = vec![criteria_section(&subject, told)];
    if let Some(contract) = contract {
        sections.extend(grant_section(&subject, contract, told));
    }
    sections.extend(told.and_then(|(texts, teller)| value_section(&subject, texts, teller)));
    sections.extend(told.and_then(|(texts, teller)| table_section(&subject, texts, teller)));
    sections.extend(number_section(&subject));
    sections.extend(contract.map(|contract| bound_section(&subject, contract)));
    Ok(Explanation {
        language: language.to_owned(),
        title: subject.title(&manifest.titles, manifest.id.as_str()),
        head: head(&subject),
        sections,
    })
}

/// Whose law it is, for which service, and when.
fn head(subject: &Subject<'_>) -> Vec<(String, String)> {
    let Subject { manifest, definitions, words, .. } = subject;
    let code = manifest.jurisdiction.to_string();
    let found = definitions.places.all_published().on(&manifest.jurisdiction, manifest.in_force.from());
    let place = match found.and_then(|found| found.names.best(&subject.languages)) {
        Some(name) if name != code => format!("{name} ({code})"),
        Some(_) | None => code,
    };
    let mut days = format!("{} {}", words.from, manifest.in_force.from());
    if let Some(until) = manifest.in_force.until() {
        days.push_str(&format!(" {} {until}", words.until));
    }
    let mut head = vec![(words.place, place)];
    if let Some(service) = manifest.scope.service() {
        let titles = definitions.contracts.get(service).map(|contract| &contract.titles);
        let title = titles.map_or_else(|| service.to_string(), |titles| subject.title(titles, service.as_str()));
        head.push((words.service, format!("{title} ({service})")));
    }
    head.push((words.version, manifest.version.clone()));
    head.push((words.in_force, days));
    head.extend(manifest.extends.as_ref().map(|base| (words.extends, base.to_string())));
    head.into_iter().map(|(word, what)| (word.to_owned(), what)).collect()
}
