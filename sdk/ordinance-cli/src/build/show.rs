//! Shows what is wrong with a rule, at its line where there is one.

use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::manifest::place_of;
use ordinance_engine::rulebook::RuleRejection;

use super::in_wit::in_wit;
use super::rule_fault::RuleBuildError;
use crate::source::{MANIFEST_FILE, RuleSource, Source};
use crate::terminal;

pub(super) fn show(source: &Source, rule: &RuleSource, fault: &RuleBuildError) {
    match fault {
        RuleBuildError::Diagnostic(fault) => terminal::print_diagnostic(fault),
        RuleBuildError::Compiler(text) => {
            terminal::print_error(&format!("`{}` doesn't compile", rule.place), None);
            eprintln!("{}", text.trim_end());
        }
        RuleBuildError::Rejected(why) => {
            let message = format!("`{}` is no rule of this rulebook:\n{}", rule.place, why);
            let code = source.with_code(rule);
            let in_wit = || in_wit(&code.place, &code.folder, &why.to_string(), &message);
            show_at(at_its_place(rule, why, &message).or_else(in_wit), &message);
        }
    }
}

/// Shows the rules that are sound by themselves and that the host will refuse beside the others, and counts them.
pub(super) fn show_refused<'a>(
    broken: impl Iterator<Item = (&'a RuleHead, &'a RuleRejection)>,
    source: &Source,
) -> usize {
    let built = broken.filter(|(head, _)| head.digest.is_some());
    built
        .map(|(head, why)| {
            let message = format!("`{}` {} is refused beside the other rules: {}", head.place(), head.version, why);
            let rule = source.rules.iter().find(|rule| rule.is_version(head));
            show_at(rule.and_then(|rule| at_its_place(rule, why, &message)), &message);
        })
        .count()
}

fn show_at(place: Option<Diagnostic>, message: &str) {
    match place {
        Some(fault) => terminal::print_diagnostic(&fault),
        None => terminal::print_error(message, None),
    }
}

/// What is to be mended in a manifest, at its line; none if it isn't there.
fn at_its_place(rule: &RuleSource, why: &RuleRejection, message: &str) -> Option<Diagnostic> {
    let place = place_of(&why.key()?, &rule.manifest_text);
    // What the manifest takes from the one that it extends stands behind its own text.
    let own_bytes = std::fs::metadata(rule.folder.join(MANIFEST_FILE)).ok()?.len();
    let is_own = u64::try_from(place.start).is_ok_and(|start| start < own_bytes);
    let file = format!("{}/{MANIFEST_FILE}", rule.place);
    let (text, message) = (rule.manifest_text.as_str().into(), message.to_owned());
    Some(Diagnostic { file, text, span: place, message, help: None }).filter(|_| is_own)
}
