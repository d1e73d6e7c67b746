//! `ordinance build`: builds every rule of a folder into a rulebook. A rule that fails stays in the index as broken.

mod bindings;
mod build_record;
mod cargo;
mod cargo_command;
mod confine;
mod debug_build;
mod encode;
pub(crate) mod expressions;
mod in_wit;
mod index_entry;
mod input_files;
mod inputs;
mod kept_rules;
mod module_cache;
mod page_files;
mod pages;
mod partial;
mod results;
mod rule_fault;
mod rule_types;
mod rustc;
mod shared_code;
mod shorter_lists;
mod show;
mod target_folder;
mod toolchain;
mod untrusted;
mod write;

use std::path::{Path, PathBuf};

use ordinance_engine::Rulebook;
use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{HexDigest, IndexedState};
use ordinance_engine::rulebook::{RuleLoadError, check_rule};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use ordinance_sandbox::{Loader, Sandbox};

use crate::arguments::BuildArguments;
use crate::case_files::{case_file_texts, unread_case_files};
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::sandbox::sandbox;
use crate::source::{COMPONENT_FILE, RuleCode, RuleSource, Source};
use crate::source_trust::SourceTrust;
use crate::terminal;

pub(crate) use self::bindings::write_bindings;
use self::cargo::Code;
use self::cargo_command::Profile;
pub(crate) use self::confine::as_confined;
pub(crate) use self::debug_build::{DebugBuild, build_unoptimised, build_with_debug_info};
use self::index_entry::index_entry;
use self::kept_rules::BuiltRule;
pub(crate) use self::kept_rules::KeptRules;
use self::pages::page_of;
pub(crate) use self::results::write_result;
pub(crate) use self::rule_fault::RuleBuildError;
use self::rule_fault::one_line;
use self::rule_types::write_rule_types;
pub(crate) use self::rustc::as_rustc;
use self::shared_code::code_of;
use self::shorter_lists::shorter_lists;
pub(crate) use self::show::print_rule_error;
use self::show::{print_conflicting, print_notices, print_warnings};
use self::write::RulebookWriter;
pub(crate) use self::write::write_atomically;

/// The result of building a folder.
pub(crate) struct BuildOutput {
    /// The rulebook's folder.
    pub(crate) out: PathBuf,
    pub(crate) rulebook: Rulebook,
    /// The number of sound rules.
    pub(crate) good: usize,
    /// The number of rules that the index lists as broken.
    pub(crate) broken: usize,
    /// The number of shadow rules that conflict with the rulebook.
    conflicting_shadows: usize,
    /// The size of the largest component.
    largest_bytes: usize,
}

pub(crate) fn run(arguments: &BuildArguments) -> Result<Exit, CommandError> {
    let (out, trust) = (arguments.out.as_deref(), arguments.trust.trust());
    let built = build(arguments.folder.path(), out, trust, &sandbox()?, &mut KeptRules::default())?;
    let broken = match built.broken {
        0 => String::new(),
        1 => "; 1 is broken: its layer fails in every decision".to_owned(),
        many => format!("; {many} are broken: their layers fail in every decision"),
    };
    let broken_shadows = match built.conflicting_shadows {
        0 => String::new(),
        1 => "; 1 shadow rule can't run".to_owned(),
        many => format!("; {many} shadow rules can't run"),
    };
    terminal::print_line(&format!(
        "{} built into {}, the largest {} bytes{broken}{broken_shadows}",
        counted(built.good, "rule", "rules"),
        built.out.display(),
        built.largest_bytes,
    ));
    if built.good + built.broken == 0 {
        let help = "put each rule in a folder CODE/SERVICE with a rule.toml; `ordinance new CODE/SERVICE` writes one";
        terminal::print_error("no rule was found", Some(help));
    }
    Ok(if built.broken + built.conflicting_shadows == 0 && built.good > 0 { Exit::Good } else { Exit::Findings })
}

/// Builds a folder, with the rules that an earlier build of this process left, and loads the rulebook. Prints the
/// errors of rules as they occur.
pub(crate) fn build(
    folder: &Path,
    out: Option<&Path>,
    trust: SourceTrust,
    sandbox: &Sandbox,
    kept: &mut KeptRules,
) -> Result<BuildOutput, CommandError> {
    let source = Source::read(folder, trust)?;
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let out = match out {
        Some(out) => out.to_owned(),
        None => default_out(&source.folder)?,
    };
    let compiled = compile_all(&source, &definitions, kept)?;
    let mut writer = RulebookWriter::begin(&out)?;
    let mut loader = sandbox.loader();
    print_warnings(&compiled);
    let mut all_built = Vec::with_capacity(compiled.len());
    for (rule, own) in source.rules.iter().zip(&compiled) {
        let code = check_manifest(rule).and_then(|()| check_wit(rule));
        let code = code.and_then(|()| code_of(&source, rule, own, &compiled));
        let sources = code.as_ref().ok().and_then(|code| sources_of(code, rule));
        let built = match (code, kept.built(rule, sources)) {
            (Err(error), _) => Err(error),
            (Ok(_), Some(built)) => Ok(built.clone()),
            (Ok(code), None) => build_rule(&source, rule, code, &mut loader, &definitions)?,
        };
        print_warnings_of_rule(&source, rule)?;
        add_rule(&mut writer, &source, rule, (sources, &built), &definitions)?;
        all_built.push(built.ok().map(|built| (sources, built)));
    }
    let sizes = all_built.iter().flatten().map(|(_, built)| built.component.len());
    let (good, largest_bytes) = sizes.fold((0, 0), |(count, largest), bytes| (count + 1, bytes.max(largest)));
    let broken = all_built.len() - good;
    kept.keep(&source, compiled, all_built);
    writer.finish(&source.definition_files, &case_file_texts(&source)?)?;
    let rulebook = Rulebook::load(&out, sandbox)?;
    write_rule_types(&out, &rulebook)?;
    let conflicting = print_conflicting(rulebook.broken_rules(), &source);
    let conflicting_shadows = print_conflicting(rulebook.broken_shadows(), &source);
    print_notices(&rulebook, &source);
    Ok(BuildOutput {
        out,
        rulebook,
        good: good - conflicting - conflicting_shadows,
        broken: broken + conflicting,
        conflicting_shadows,
        largest_bytes,
    })
}

/// Adds a rule to the rulebook, as broken if it has a fault, which is printed.
fn add_rule(
    writer: &mut RulebookWriter,
    source: &Source,
    rule: &RuleSource,
    (sources, built): (Option<HexDigest>, &Result<BuiltRule, RuleBuildError>),
    definitions: &Definitions,
) -> Result<(), CommandError> {
    let state = match built {
        Ok(BuiltRule { component, page }) => {
            let digest = writer.add_component(component)?;
            writer.add_page(digest, page)?;
            IndexedState::Built(HexDigest(digest))
        }
        Err(error) => {
            print_rule_error(source, rule, error);
            IndexedState::Broken(one_line(error))
        }
    };
    match index_entry(rule, sources.filter(|_| built.is_ok()), state, definitions) {
        Some(indexed) => writer.add_rule(indexed),
        None => terminal::print_error(
            &format!("`{}` is left out: the folder names no place and no service", rule.place),
            Some("move it to CODE/SERVICE, the code in capitals, such as CN-4403/old-age-allowance"),
        ),
    }
    Ok(())
}

/// Prints what an author should know of a rule beside its expressions and tables.
fn print_warnings_of_rule(source: &Source, rule: &RuleSource) -> Result<(), CommandError> {
    warn_of_placeholder(rule);
    shorter_lists(rule).iter().for_each(|warning| terminal::print_note(&format!("warning: {warning}")));
    warn_of_unread_cases(source, rule)
}

fn warn_of_placeholder(rule: &RuleSource) {
    if rule.manifest_text.contains(PLACEHOLDER) {
        let file = rule.manifest_path();
        terminal::print_note(&format!("warning: {file} still contains {PLACEHOLDER}; replace it"));
    }
}

fn warn_of_unread_cases(source: &Source, rule: &RuleSource) -> Result<(), CommandError> {
    for file in unread_case_files(source, rule)? {
        terminal::print_note(&format!(
            "warning: {file} isn't read: cases beside a rule are TOML files (*.toml) and tables (.csv, .tsv, .tab, \
             .xlsx, .xlsm, .ods) directly in its folder `cases`; `ordinance test --cases FILE` runs those of other files"
        ));
    }
    Ok(())
}

/// The code of each rule, in the order of the sources: what cargo gives, what is built already, and what expressions
/// give.
fn compile_all(
    source: &Source,
    definitions: &Definitions,
    kept: &KeptRules,
) -> Result<Vec<Result<Code, RuleBuildError>>, CommandError> {
    let expressions = |rule: &RuleSource| match kept.code_of(rule) {
        Some(code) => Ok(code.clone()),
        None => expressions::compile(source, rule, definitions, Profile::Release),
    };
    cargo::compile(source, Profile::Release, &expressions, kept.rust_code(source))
}

/// `target/rulebook` in the folder of the sources, whose author must not lead what is written elsewhere.
fn default_out(folder: &Path) -> Result<PathBuf, CommandError> {
    let target = folder.join("target");
    let out = target.join("rulebook");
    for path in [&target, &out] {
        if path.symlink_metadata().is_ok() {
            write::require_folder(path)?;
        }
    }
    Ok(out)
}

/// Makes what the rulebook holds of a rule.
///
/// # Errors
/// If its cases can't be read. The inner error is a fault of the rule.
fn build_rule(
    source: &Source,
    rule: &RuleSource,
    code: &Code,
    loader: &mut Loader<'_>,
    definitions: &Definitions,
) -> Result<Result<BuiltRule, RuleBuildError>, CommandError> {
    let component = encode_rule(rule, &code.module, loader, definitions)
        .and_then(|component| check_published(source, rule, component));
    match (component, &rule.manifest) {
        (Ok(component), Ok(manifest)) => {
            let page = page_of(source, rule, manifest, definitions)?;
            Ok(Ok(BuiltRule { component, page }))
        }
        (Err(error), _) => Ok(Err(error)),
        (Ok(_), Err(fault)) => Ok(Err(RuleBuildError::Diagnostics(vec![fault.clone()]))),
    }
}

/// Checks a rule that is written as expressions by all that a build asks of it. Builds nothing.
///
/// # Errors
/// If there is no sandbox. The inner error is a fault of the rule.
pub(crate) fn check_expression_rule(
    source: &Source,
    rule: &RuleSource,
    definitions: &Definitions,
) -> Result<Result<(), RuleBuildError>, CommandError> {
    let sandbox = sandbox()?;
    let code = check_manifest(rule).and_then(|()| expressions::compile(source, rule, definitions, Profile::Release));
    Ok(code.and_then(|code| encode_rule(rule, &code.module, &mut sandbox.loader(), definitions)).map(drop))
}

fn check_manifest(rule: &RuleSource) -> Result<(), RuleBuildError> {
    let check = rule.manifest.as_ref().map(|_| ());
    check.map_err(|fault| RuleBuildError::Diagnostics(vec![fault.clone()]))
}

/// Checks that the rule's own WIT can be parsed: the compiler would report only that the macro fails.
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

/// Encodes the compiler's output as the rule's component, with its manifest, and checks it as the host does.
fn encode_rule(
    rule: &RuleSource,
    module: &[u8],
    loader: &mut Loader<'_>,
    definitions: &Definitions,
) -> Result<Vec<u8>, RuleBuildError> {
    let component = encode::encode_rule(rule, module)
        .map_err(|error| RuleBuildError::Rejected(RuleLoadError::NotBuilt(error.to_string())))?;
    check_rule(loader, definitions, &component).map_err(RuleBuildError::Rejected)?;
    Ok(component)
}

/// Checks that the `rule.wasm` beside the sources of a rule, if there is one, is what they give.
fn check_published(source: &Source, rule: &RuleSource, component: Vec<u8>) -> Result<Vec<u8>, RuleBuildError> {
    let name = rule.path_of(COMPONENT_FILE);
    let is_source = match rule.code {
        RuleCode::Rust | RuleCode::Expressions => true,
        RuleCode::Prebuilt | RuleCode::None => false,
    };
    if !is_source || !source.reader.has_file(&name).unwrap_or(true) {
        return Ok(component);
    }
    let published = source.reader.read(&name, FILE_BYTES_MAX);
    if published.is_ok_and(|published| published == component) {
        return Ok(component);
    }
    Err(RuleBuildError::Rejected(RuleLoadError::NotBuilt(format!(
        "{COMPONENT_FILE} differs from the rule that the sources beside it give (sha256:{}); remove {COMPONENT_FILE} to \
         build the sources, or the sources to take {COMPONENT_FILE} as it is",
        sha256(&component).hex()
    ))))
}

/// The digest of everything that a rule is built from: the inputs of its code, and its manifest.
fn sources_of(code: &Code, rule: &RuleSource) -> Option<HexDigest> {
    let code = code.sources?;
    Some(HexDigest(sha256(format!("{code}\n{}", rule.manifest_text).as_bytes())))
}

/// The text in a new rule that its author must replace.
const PLACEHOLDER: &str = "REPLACE";
