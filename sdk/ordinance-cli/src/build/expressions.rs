//! Rules as expressions: gathers the texts of a rule with their places, checks them against the service's contract and
//! compiles them. It reports all errors of a rule at once, each with its place in the manifest or in the sheet.

mod authored_texts;
mod computed_again;
mod extension;
mod miswritten_parameters;
mod remark_column;
mod renewed_rows;
mod rule_texts;
mod sheet_columns;
mod split_numbers;
mod table_file;
mod tables;
mod toml_string;
mod words;

use std::fmt::Write as _;

use ordinance_domain::contract::Contract;
use ordinance_domain::manifest::Manifest;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::digest::sha256;
use ordinance_engine::manifest::expressions::parse_expressions;
use ordinance_engine::rulebook::RuleLoadError;
use ordinance_feel::check::{CheckedRule, check_rule, check_shared_rule};
use ordinance_feel::compile::{CompileOptions, DebugOptions, compile as compile_program};
use ordinance_feel::source_text::{ExpressionError, Origin};
use ordinance_feel::table_analysis::TableFinding;

pub(crate) use self::authored_texts::AuthoredTexts;
pub(crate) use self::computed_again::{RecomputedRule, RuleFailure};
use self::extension::{shared_with, with_own_numbers};
use self::miswritten_parameters::with_miswritten;
pub(crate) use self::rule_texts::RuleTexts;
use self::rule_texts::{Gathered, Layer, gather};
use self::tables::gather_tables;
use self::words::Words;
use super::cargo::Code;
use super::cargo_command::Profile;
use super::rule_fault::{RuleBuildError, one_line};
use super::shared_code::base_not_built;
use crate::exit::CommandError;
use crate::source::{MANIFEST_FILE, RuleCode, RuleSource, Source};

/// The version of this compiler. Raise it when it makes other components from the same expressions.
const COMPILER: u32 = 1;

/// Gathers the expressions and tables of a rule.
///
/// # Errors
/// Every fault of their form.
fn texts_of(
    source: &Source,
    rule: &RuleSource,
    manifest: &Manifest,
    contract: &Contract,
) -> Result<RuleTexts, Vec<Diagnostic>> {
    let layers = layers(source, rule).map_err(|diagnostic| vec![diagnostic])?;
    let mut gathered = Gathered::default();
    let mut text = gather(&layers, manifest, &mut gathered);
    let parameters: Vec<String> = manifest.parameters.iter().map(|known| known.name.as_str().to_owned()).collect();
    let words = Words::of(contract, &layers, &text, &parameters, &gathered);
    gather_tables(source, &layers, &words, &mut text, &mut gathered);
    if gathered.faults.is_empty() { Ok(gathered.finish(text)) } else { Err(gathered.faults) }
}

/// The rule's own manifest and, behind it, that which it extends.
fn layers(source: &Source, rule: &RuleSource) -> Result<Vec<Layer>, Diagnostic> {
    let layer = |file: String, of: &RuleSource| {
        let expressions = parse_expressions(&of.manifest_path(), &of.author_text)?;
        Ok(Layer::new(file, of.place.clone(), &of.author_text, expressions))
    };
    let mut layers = vec![layer(MANIFEST_FILE.to_owned(), rule)?];
    if let Some(base) = rule.expressions_of.and_then(|base| source.rules.get(base)) {
        layers.push(layer(base.manifest_path(), base)?);
    }
    Ok(layers)
}

/// The digest of everything from which a rule is compiled but its manifest: the version of the compiler, the contract,
/// the texts with those of other files, and the manifest of the rule with which it shares its code.
fn digest_of(texts: &RuleTexts, contract: &Contract, shared: Option<&Manifest>) -> ordinance_domain::digest::Digest {
    let mut inputs = format!("expressions {COMPILER}\n{contract:?}\n");
    if let Some(shared) = shared {
        let _ = writeln!(inputs, "{:?} {:?}", shared.in_force, shared.parameters);
    }
    for text in &texts.text.texts.0 {
        let _ = match &text.origin {
            Origin::Text { .. } => writeln!(inputs, "{:?}", text.text),
            Origin::Cell { sheet, row, column } => {
                writeln!(inputs, "{} {sheet} {row} {column} {:?}", text.file, text.text)
            }
        };
    }
    sha256(inputs.as_bytes())
}

/// The manifest of a rule in expressions, with the contract of its service.
fn bound<'s>(
    rule: &'s RuleSource,
    definitions: &'s Definitions,
) -> Result<(&'s Manifest, &'s Contract), RuleBuildError> {
    let manifest =
        rule.manifest.as_ref().map_err(|diagnostic| RuleBuildError::Diagnostics(vec![diagnostic.clone()]))?;
    let service = manifest.scope.service().ok_or(RuleBuildError::Rejected(RuleLoadError::PrivacyRule))?;
    let unknown = || RuleBuildError::Rejected(RuleLoadError::UnknownService(service.clone()));
    Ok((manifest, definitions.contracts.get(service).ok_or_else(unknown)?))
}

/// The expressions and tables of a rule that is written as such.
///
/// # Errors
/// Every fault of their form.
pub(crate) fn rule_texts(
    source: &Source,
    rule: &RuleSource,
    definitions: &Definitions,
) -> Result<RuleTexts, CommandError> {
    let faults = |error| match error {
        RuleBuildError::Diagnostics(faults) => CommandError::Diagnostics(faults),
        other => CommandError::bad_use(one_line(&other), "mend the rule, and build it"),
    };
    let (manifest, contract) = bound(rule, definitions).map_err(faults)?;
    texts_of(source, rule, manifest, contract).map_err(CommandError::Diagnostics)
}

/// The lines of a rule's expressions; `None` if it has none.
pub(super) fn authored_texts(source: &Source, rule: &RuleSource, definitions: &Definitions) -> Option<AuthoredTexts> {
    if rule.code != RuleCode::Expressions {
        return None;
    }
    let (manifest, contract) = bound(rule, definitions).ok()?;
    Some(AuthoredTexts::of(&texts_of(source, rule, manifest, contract).ok()?))
}

/// Checks the expressions of a rule, and reports each error with its place. The parameters of a rule that takes the
/// expressions of another as they are have to be of the same types as those of the other.
fn checked(
    source: &Source,
    rule: &RuleSource,
    texts: &RuleTexts,
    definitions: &Definitions,
) -> Result<CheckedRule, RuleBuildError> {
    let (manifest, contract) = bound(rule, definitions)?;
    let shared = shared_with(source, rule);
    let sharing: Vec<&Manifest> = shared.iter().map(|(_, manifest)| *manifest).collect();
    let faults = match check_shared_rule(&texts.text, contract, manifest, &sharing) {
        Ok(checked) => return Ok(checked),
        Err(faults) => faults,
    };
    let Some((base, base_manifest)) = shared else {
        return Err(RuleBuildError::Diagnostics(with_miswritten(texts, &faults, rule, manifest)));
    };
    // The author of the base reads its own faults once.
    if check_rule(&texts.text, contract, base_manifest).is_err() {
        return Err(base_not_built(base));
    }
    let told = faults.iter().map(|fault| with_own_numbers(texts, fault, rule, manifest));
    Err(RuleBuildError::Diagnostics(told.collect()))
}

/// What the author should know of a table, with its place.
fn table_warning(texts: &RuleTexts, finding: TableFinding) -> Diagnostic {
    let help = Some(finding.help.to_owned()).filter(|help| !help.is_empty());
    texts.diagnostic(&ExpressionError { place: finding.place, message: finding.message, help })
}

/// Compiles the expressions of a rule.
pub(super) fn compile(
    source: &Source,
    rule: &RuleSource,
    definitions: &Definitions,
    profile: Profile,
) -> Result<Code, RuleBuildError> {
    let (manifest, contract) = bound(rule, definitions)?;
    let texts = texts_of(source, rule, manifest, contract).map_err(RuleBuildError::Diagnostics)?;
    let CheckedRule { program, findings, warnings } = checked(source, rule, &texts, definitions)?;
    let debug = |is_unoptimised| DebugOptions { texts: &texts.text.texts, folder: "", is_unoptimised };
    let debug = match profile {
        Profile::Release => None,
        // Optimised code computes both ways where that is faster, and has no branch for an author's condition.
        Profile::WithLines | Profile::Unoptimised => Some(debug(true)),
    };
    let compiled = compile_program(&program, &CompileOptions { facts: &contract.facts, debug });
    let compiled = compiled.map_err(|error| RuleBuildError::Rejected(RuleLoadError::NotBuilt(error.to_string())))?;
    let shared = shared_with(source, rule).map(|(_, manifest)| manifest);
    let sources = digest_of(&texts, contract, shared);
    let of_expressions = warnings.iter().map(|warning| texts.diagnostic(warning));
    let of_tables = findings.into_iter().map(|finding| table_warning(&texts, finding));
    let warnings = texts.warnings.iter().cloned().chain(of_tables).chain(of_expressions).collect();
    Ok(Code { module: compiled.module, sources: Some(sources), warnings })
}

/// What computes a version of a rule again from its expressions. `None` if it isn't written as expressions.
pub(crate) fn recomputed(source: &Source, head: &RuleHead) -> Option<RecomputedRule> {
    let rule = source.version(head).filter(|rule| rule.code == RuleCode::Expressions)?;
    let definitions = parse_definitions(&source.definition_files).ok()?;
    let (manifest, contract) = bound(rule, &definitions).ok()?;
    let texts = texts_of(source, rule, manifest, contract).ok()?;
    let program = checked(source, rule, &texts, &definitions).ok()?.program;
    Some(RecomputedRule::new(texts, program))
}
