//! `ordinance build`: builds every rule of a folder into a rulebook. If a rule fails, the others are built.

mod build_record;
mod cargo;
mod cargo_command;
mod debug_build;
mod encode;
mod in_wit;
mod index_entry;
mod input_files;
mod inputs;
mod partial;
mod rule_fault;
mod rustc;
mod shared_code;
mod show;
mod toolchain;
mod write;

use std::path::{Path, PathBuf};

use ordinance_engine::Rulebook;
use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{HexDigest, IndexedState};
use ordinance_engine::rulebook::{RuleLoadError, check_rule};
use ordinance_sandbox::Loader;

use crate::arguments::BuildArguments;
use crate::case_files::case_file_texts;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::sandbox::sandbox;
use crate::source::{RuleSource, Source};
use crate::terminal;

use self::cargo::Code;
use self::cargo_command::Profile;
pub(crate) use self::debug_build::{DebugBuild, build_with_debug_info};
use self::index_entry::index_entry;
use self::rule_fault::{RuleBuildError, one_line};
pub(crate) use self::rustc::as_rustc;
use self::shared_code::code_of;
use self::show::{print_refused, print_rule_error};

/// The result of building a folder.
pub(crate) struct BuildSummary {
    /// The rulebook's folder.
    pub(crate) out: PathBuf,
    /// The number of sound rules.
    pub(crate) good: usize,
    /// The number of rules that are in it as broken.
    pub(crate) broken: usize,
    /// The number of shadow rules that are refused beside the other rules.
    refused_shadows: usize,
    largest_bytes: usize,
}

pub(crate) fn run(arguments: &BuildArguments) -> Result<Exit, CommandError> {
    let built = build(&arguments.dir, arguments.out.as_deref())?;
    let broken = match built.broken {
        0 => String::new(),
        1 => "; 1 is broken: its layer reads as failed".to_owned(),
        many => format!("; {many} are broken: their layers read as failed"),
    };
    let refused_shadows = match built.refused_shadows {
        0 => String::new(),
        1 => "; 1 shadow rule can't run".to_owned(),
        many => format!("; {many} shadow rules can't run"),
    };
    terminal::print_line(&format!(
        "{} built into {}, the largest {} bytes{broken}{refused_shadows}",
        counted(built.good, "rule", "rules"),
        built.out.display(),
        built.largest_bytes,
    ));
    if built.good + built.broken == 0 {
        let help = "a rule stands in a folder CODE/SERVICE with a rule.toml; `ordinance new CODE/SERVICE` writes one";
        terminal::print_error("no rule was found", Some(help));
    }
    Ok(if built.broken + built.refused_shadows == 0 && built.good > 0 { Exit::Good } else { Exit::Findings })
}

/// Builds a folder. Prints the errors of rules as they occur.
pub(crate) fn build(folder: &Path, out: Option<&Path>) -> Result<BuildSummary, CommandError> {
    let source = Source::read(folder)?;
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let out = out.map_or_else(|| source.folder.join("target").join("rulebook"), Path::to_owned);
    let sandbox = sandbox()?;
    let compiled = cargo::compile(&source, Profile::Release)?;
    let mut written = write::RulebookWriter::begin(&out)?;
    let (mut good, mut broken, mut largest_bytes) = (0, 0, 0);
    let mut loader = sandbox.loader();
    for (rule, code) in source.rules.iter().zip(&compiled) {
        let manifest = rule.manifest.as_ref().map_err(|fault| RuleBuildError::Diagnostic(fault.clone()));
        let code = manifest.and_then(|_| check_wit(rule)).and_then(|()| code_of(&source, rule, code, &compiled));
        let sources = code.as_ref().ok().and_then(|code| sources_of(code, rule));
        let component = code.and_then(|code| encode_rule(rule, &code.module, &mut loader, &definitions));
        if rule.manifest_text.contains(PLACEHOLDER) {
            eprintln!("warning: {}/rule.toml still says {PLACEHOLDER}", rule.place);
        }
        let state = match &component {
            Ok(component) => {
                good += 1;
                largest_bytes = largest_bytes.max(component.len());
                written.add_component(component)?;
                IndexedState::Built(HexDigest(sha256(component)))
            }
            Err(fault) => {
                broken += 1;
                print_rule_error(&source, rule, fault);
                IndexedState::Broken(one_line(fault))
            }
        };
        match index_entry(rule, sources.filter(|_| component.is_ok()), state, &definitions) {
            Some(indexed) => written.add_rule(indexed),
            None => terminal::print_error(
                &format!("`{}` is left out: the folder names no place and no service", rule.place),
                Some("move it to CODE/SERVICE, the code in capitals, such as CN-4403/old-age-allowance"),
            ),
        }
    }
    written.finish(&source.definition_files, &case_file_texts(&source)?)?;
    let rulebook = Rulebook::load(&out, &sandbox)?;
    let refused = print_refused(rulebook.broken_rules(), &source);
    let refused_shadows = print_refused(rulebook.broken_shadows(), &source);
    for notice in rulebook.notices() {
        eprintln!("warning: {notice}");
    }
    Ok(BuildSummary {
        out,
        good: good - refused - refused_shadows,
        broken: broken + refused,
        refused_shadows,
        largest_bytes,
    })
}

/// Checks that the rule's own WIT can be parsed: the compiler reports only that the macro fails.
fn check_wit(rule: &RuleSource) -> Result<(), RuleBuildError> {
    let folder = rule.folder.join("wit");
    if !folder.is_dir() {
        return Ok(());
    }
    let mut resolve = wit_parser::Resolve::default();
    match resolve.push_dir(&folder) {
        Ok(_) => Ok(()),
        Err(error) => {
            let text = format!("error: {}", resolve.render_error(&error));
            let path = format!("{}/", rule.folder.display());
            Err(RuleBuildError::Compiler(text.replace(&path, &format!("{}/", rule.place))))
        }
    }
}

/// Encodes the compiler's output as the component that is the whole rule, and checks it as the host does.
fn encode_rule(
    rule: &RuleSource,
    module: &[u8],
    loader: &mut Loader<'_>,
    definitions: &Definitions,
) -> Result<Vec<u8>, RuleBuildError> {
    let component = encode::encode(module, &rule.manifest_text)
        .map_err(|error| RuleBuildError::Rejected(RuleLoadError::NotBuilt(error.to_string())))?;
    check_rule(loader, definitions, &component).map_err(RuleBuildError::Rejected)?;
    Ok(component)
}

/// The digest of all that a rule is built of: what its code was compiled of, and its manifest.
fn sources_of(code: &Code, rule: &RuleSource) -> Option<HexDigest> {
    let code = code.sources?;
    Some(HexDigest(sha256(format!("{code}\n{}", rule.manifest_text).as_bytes())))
}

/// The text in a new rule that its author has to replace.
const PLACEHOLDER: &str = "REPLACE";
