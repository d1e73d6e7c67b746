//! Prints the error of a rule, at its line in the manifest or the WIT if it has one.

use std::collections::BTreeSet;

use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::manifest::place_of;
use ordinance_engine::rulebook::{Notice, RuleLoadError};

use super::cargo::Code;
use super::in_wit::wit_diagnostic;
use super::rule_fault::RuleBuildError;
use crate::source::{RuleSource, Source};
use crate::terminal;

/// How many places of declarations are printed for a notice.
const DECLARATIONS_MAX: usize = 5;

pub(crate) fn print_rule_error(source: &Source, rule: &RuleSource, error: &RuleBuildError) {
    match error {
        RuleBuildError::Diagnostics(diagnostics) => diagnostics.iter().for_each(terminal::print_diagnostic),
        RuleBuildError::Compiler(text) => {
            terminal::print_error(&format!("`{}` doesn't compile", rule.place), None);
            terminal::print_note(text.trim_end());
        }
        RuleBuildError::Rejected(error) => {
            let message = format!("`{}` can't be loaded into this rulebook:\n{error}", rule.place);
            let code = source.with_code(rule);
            let in_wit = || wit_diagnostic(&source.reader, &code.place, &error.to_string(), &message);
            print_at(manifest_diagnostic(rule, error, &message).or_else(in_wit), &message);
        }
    }
}

/// Prints the warnings about tables (gaps, rows that are never reached, what isn't decided) and expressions of rules.
/// Rules that share a table share its warnings.
pub(super) fn print_warnings(compiled: &[Result<Code, RuleBuildError>]) {
    let mut printed = BTreeSet::new();
    for warning in compiled.iter().flatten().flat_map(|code| &code.warnings) {
        let line = warning.to_string();
        if printed.insert(line.clone()) {
            terminal::print_note(&format!("warning: {line}"));
        }
    }
}

/// Prints the rules that are sound by themselves and conflict with the rulebook. Returns their number.
pub(super) fn print_conflicting<'a>(
    broken: impl Iterator<Item = (&'a RuleHead, &'a RuleLoadError)>,
    source: &Source,
) -> usize {
    let built = broken.filter(|(head, _)| head.digest.is_some());
    built
        .map(|(head, error)| {
            let message = format!("`{}` {} conflicts with the rulebook: {error}", head.source_path(), head.version);
            let rule = source.version(head);
            print_at(rule.and_then(|rule| manifest_diagnostic(rule, error, &message)), &message);
        })
        .count()
}

/// Prints what the rulebook has to say of its rules, though all can run.
pub(super) fn print_notices(rulebook: &Rulebook, source: &Source) {
    for notice in rulebook.notices() {
        terminal::print_note(&format!("warning: {notice}"));
        print_declarations(notice, rulebook, source);
    }
}

/// Prints where the rules declare the fact that a notice on values which they were made without is about.
fn print_declarations(notice: &Notice, rulebook: &Rulebook, source: &Source) {
    let Notice::UnrecognisedValues { fact, unaware, .. } = notice else { return };
    let field = match fact.is_part() {
        true => fact.to_string(),
        false => format!("applicant.{fact}"),
    };
    let heads = rulebook.rules().map(|rule| &rule.head).filter(|head| unaware.contains(&head.place_and_version()));
    let rules = heads.filter_map(|head| source.version(head));
    for rule in rules.take(DECLARATIONS_MAX) {
        let code = source.with_code(rule);
        if let Some(at) = wit_diagnostic(&source.reader, &code.place, &format!("`{field}`"), "") {
            let (line, column) = at.line_and_column();
            terminal::print_note(&format!("  {}:{line}:{column}", at.file));
        }
    }
}

fn print_at(diagnostic: Option<Diagnostic>, message: &str) {
    match diagnostic {
        Some(diagnostic) => terminal::print_diagnostic(&diagnostic),
        None => terminal::print_error(message, None),
    }
}

/// A diagnostic at the line of the manifest to which a load error refers. `None` if it refers to no line of the
/// author's own text.
fn manifest_diagnostic(rule: &RuleSource, error: &RuleLoadError, message: &str) -> Option<Diagnostic> {
    let span = place_of(&error.key()?, &rule.manifest_text);
    let is_own = rule.is_own(span.start);
    let file = rule.manifest_path();
    let text = rule.manifest_text.as_str().into();
    is_own.then(|| Diagnostic { is_cell: false, file, text, span, message: message.to_owned(), help: None })
}
