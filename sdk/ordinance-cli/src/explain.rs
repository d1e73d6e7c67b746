//! `ordinance explain`: a rule in words, with its articles, numbers, days and tables. Nothing is built.

mod changes;
mod difference;
pub(crate) mod explanation;
mod parts;
mod prose;
mod subject;
mod words;

use ordinance_engine::definitions::parse_definitions;
use ordinance_harness::explanation_html;

pub(crate) use self::changes::run as explain_changes;
use self::explanation::explain;
use crate::arguments::ExplainArguments;
use crate::exit::{CommandError, Exit};
use crate::project::{is_wanted, no_such_rule};
use crate::source::{RuleSource, Source, write_file};
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
        return Err(no_such_rule(wanted, source.rules.iter().map(|rule| rule.place.as_str())));
    }
    Ok(rules)
}
