//! Prints what is wrong with a rule, at its line where there is one.

use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::manifest::place_of;
use ordinance_engine::rulebook::RuleLoadError;

use super::in_wit::wit_diagnostic;
use super::rule_fault::RuleBuildError;
use crate::source::{MANIFEST_FILE, RuleSource, Source};
use crate::terminal;

pub(super) fn print_rule_error(source: &Source, rule: &RuleSource, fault: &RuleBuildError) {
    match fault {
        RuleBuildError::Diagnostic(fault) => terminal::print_diagnostic(fault),
        RuleBuildError::Compiler(text) => {
            terminal::print_error(&format!("`{}` doesn't compile", rule.place), None);
            eprintln!("{}", text.trim_end());
        }
        RuleBuildError::Rejected(why) => {
            let message = format!("`{}` is no rule of this rulebook:\n{}", rule.place, why);
            let code = source.with_code(rule);
            let in_wit = || wit_diagnostic(&code.place, &code.folder, &why.to_string(), &message);
            print_at(manifest_diagnostic(rule, why, &message).or_else(in_wit), &message);
        }
    }
}

/// Prints the rules that are sound by themselves and that the host refuses beside the others. Returns their number.
pub(super) fn print_refused<'a>(
    broken: impl Iterator<Item = (&'a RuleHead, &'a RuleLoadError)>,
    source: &Source,
) -> usize {
    let built = broken.filter(|(head, _)| head.digest.is_some());
    built
        .map(|(head, why)| {
            let message = format!("`{}` {} is refused beside the other rules: {}", head.place(), head.version, why);
            let rule = source.rules.iter().find(|rule| rule.is_version(head));
            print_at(rule.and_then(|rule| manifest_diagnostic(rule, why, &message)), &message);
        })
        .count()
}

fn print_at(place: Option<Diagnostic>, message: &str) {
    match place {
        Some(fault) => terminal::print_diagnostic(&fault),
        None => terminal::print_error(message, None),
    }
}

/// The diagnostic of a rejection at its line of the manifest; none if the line isn't in the author's own text.
fn manifest_diagnostic(rule: &RuleSource, why: &RuleLoadError, message: &str) -> Option<Diagnostic> {
    let place = place_of(&why.key()?, &rule.manifest_text);
    // Text that comes from the manifest it extends is behind the author's own text.
    let own_bytes = std::fs::metadata(rule.folder.join(MANIFEST_FILE)).ok()?.len();
    let is_own = u64::try_from(place.start).is_ok_and(|start| start < own_bytes);
    let file = format!("{}/{MANIFEST_FILE}", rule.place);
    let text = rule.manifest_text.as_str().into();
    is_own.then(|| Diagnostic { file, text, span: place, message: message.to_owned(), help: None })
}
