//! `ordinance build`: every rule of a folder into a rulebook, the rest going on when one fails.

mod cargo;
mod debug_build;
mod encode;
mod in_wit;
mod index_entry;
mod partial;
mod rule_fault;
mod rustc;
mod shared_code;
mod show;
mod write;

use std::path::{Path, PathBuf};

use ordinance_engine::Rulebook;
use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{HexDigest, IndexedState};
use ordinance_engine::rulebook::{RuleRejection, check_rule};
use ordinance_sandbox::Loader;

use crate::arguments::BuildArguments;
use crate::case_files::case_file_texts;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::sandbox::sandbox;
use crate::source::{RuleSource, Source};
use crate::terminal;

pub(crate) use self::debug_build::{DebugBuild, build_with_debug_info};
use self::index_entry::indexed;
use self::rule_fault::{RuleBuildError, in_short};
pub(crate) use self::rustc::as_rustc;
use self::shared_code::code_of;
use self::show::{show, show_refused};

/// What building a folder gave.
pub(crate) struct BuildSummary {
    /// The rulebook's folder.
    pub(crate) out: PathBuf,
    /// How many rules are in it.
    pub(crate) good: usize,
    /// How many rules are in it as broken.
    pub(crate) broken: usize,
    /// How many rules on trial are refused beside the other rules.
    untried: usize,
    largest_bytes: usize,
}

pub(crate) fn run(arguments: &BuildArguments) -> Result<Exit, CommandError> {
    let built = build(&arguments.dir, arguments.out.as_deref())?;
    let broken = match built.broken {
        0 => String::new(),
        1 => "; 1 is broken: its layer reads as failed".to_owned(),
        many => format!("; {many} are broken: their layers read as failed"),
    };
    let untried = match built.untried {
        0 => String::new(),
        some => format!("; {some} on trial can't be tried"),
    };
    terminal::print_line(&format!(
        "{} built into {}, the largest {} bytes{broken}{untried}",
        counted(built.good, "rule", "rules"),
        built.out.display(),
        built.largest_bytes,
    ));
    if built.good + built.broken == 0 {
        let help = "a rule stands in a folder CODE/SERVICE with a rule.toml; `ordinance new CODE/SERVICE` writes one";
        terminal::print_error("no rule was found", Some(help));
    }
    Ok(if built.broken + built.untried == 0 && built.good > 0 { Exit::Good } else { Exit::Findings })
}

/// Builds a folder; faults of rules are shown as they are found.
pub(crate) fn build(folder: &Path, out: Option<&Path>) -> Result<BuildSummary, CommandError> {
    let source = Source::read(folder)?;
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let out = out.map_or_else(|| source.folder.join("target").join("rulebook"), Path::to_owned);
    let sandbox = sandbox()?;
    let compiled = cargo::compile(&source, cargo::Profile::Release)?;
    let mut written = write::RulebookWriter::begin(&out)?;
    let (mut good, mut broken, mut largest_bytes) = (0, 0, 0);
    let mut loader = sandbox.loader();
    for (rule, module) in source.rules.iter().zip(&compiled) {
        let manifest = rule.manifest.as_ref().map_err(|fault| RuleBuildError::Diagnostic(fault.clone()));
        let component = manifest
            .and_then(|_| readable_wit(rule))
            .and_then(|()| code_of(&source, rule, module, &compiled))
            .and_then(|module| finish(rule, module, &mut loader, &definitions));
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
                show(&source, rule, fault);
                IndexedState::Broken(in_short(fault))
            }
        };
        match indexed(rule, state, &definitions) {
            Some(indexed) => written.add_rule(indexed),
            None => terminal::print_error(
                &format!("`{}` is left out: the folder names no place and no service", rule.place),
                Some("move it to CODE/SERVICE, the code in capitals, such as CN-4403/old-age-allowance"),
            ),
        }
    }
    written.finish(&source.definition_files, &case_file_texts(&source)?)?;
    let rulebook = Rulebook::load(&out, &sandbox)?;
    let refused = show_refused(rulebook.broken_rules(), &source);
    let untried = show_refused(rulebook.broken_on_trial(), &source);
    for notice in rulebook.notices() {
        eprintln!("warning: {notice}");
    }
    Ok(BuildSummary { out, good: good - refused - untried, broken: broken + refused, untried, largest_bytes })
}

/// Whether the rule's own WIT can be read; the compiler only says that the macro can't.
fn readable_wit(rule: &RuleSource) -> Result<(), RuleBuildError> {
    let folder = rule.folder.join("wit");
    if !folder.is_dir() {
        return Ok(());
    }
    let mut resolve = wit_parser::Resolve::default();
    let read = resolve.push_dir(&folder);
    let (inside, shown) = (format!("{}/", rule.folder.display()), format!("{}/", rule.place));
    read.map(|_| ()).map_err(|error| {
        let said = format!("error: {}", resolve.render_error(&error));
        RuleBuildError::Compiler(said.replace(&inside, &shown))
    })
}

/// From what the compiler gave to the one file that is the whole rule, checked as the host will check it.
fn finish(
    rule: &RuleSource,
    module: &[u8],
    loader: &mut Loader<'_>,
    definitions: &Definitions,
) -> Result<Vec<u8>, RuleBuildError> {
    let component = encode::encode(module, &rule.manifest_text)
        .map_err(|reason| RuleBuildError::Rejected(RuleRejection::NotBuilt(reason)))?;
    check_rule(loader, definitions, &component).map_err(RuleBuildError::Rejected)?;
    Ok(component)
}

/// What stands in a new rule where its author has to write.
const PLACEHOLDER: &str = "REPLACE";
