//! `ordinance build`: every rule of a folder into a rulebook, the rest going on when one fails.

mod cargo;
mod encode;
mod in_wit;
mod partial;
mod rustc;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{IndexedRule, IndexedState};
use ordinance_engine::manifest::place_of;
use ordinance_engine::rulebook::{RuleRejection, check_rule};
use ordinance_harness::Lines;
use ordinance_sandbox::Loader;

use crate::arguments::BuildArguments;
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::{COMPONENT_FILE, MANIFEST_FILE, RuleSource, Source, io_error};
use crate::terminal;
use crate::test::case_files_of;

use self::in_wit::in_wit;
pub(crate) use self::rustc::as_rustc;

/// What building a folder gave.
pub(crate) struct Built {
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

/// Why one rule was not built.
#[derive(Debug, Clone)]
pub(crate) enum RuleFault {
    /// A fault in its manifest.
    Diagnostic(Diagnostic),
    /// What the compiler said.
    Compiler(String),
    /// What the sandbox or the contract says.
    Rejected(RuleRejection),
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
    terminal::say(&format!(
        "{} built into {}, the largest {} bytes{broken}{untried}",
        terminal::counted(built.good, "rule", "rules"),
        built.out.display(),
        built.largest_bytes,
    ));
    if built.good + built.broken == 0 {
        let help = "a rule stands in a folder CODE/SERVICE with a rule.toml; `ordinance new CODE/SERVICE` writes one";
        terminal::fault("no rule was found", Some(help));
    }
    Ok(if built.broken + built.untried == 0 && built.good > 0 { Exit::Good } else { Exit::Findings })
}

/// Builds a folder; faults of rules are shown as they are found.
pub(crate) fn build(folder: &Path, out: Option<&Path>) -> Result<Built, CommandError> {
    let source = Source::read(folder)?;
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let out = out.map_or_else(|| source.folder.join("target").join("rulebook"), Path::to_owned);
    let sandbox = rulebook::sandbox()?;
    let compiled = cargo::compile(&source, cargo::Profile::Release)?;
    let mut written = write::RulebookWriter::begin(&out)?;
    let (mut good, mut broken, mut largest_bytes) = (0, 0, 0);
    let mut loader = sandbox.loader();
    for (rule, module) in source.rules.iter().zip(&compiled) {
        let manifest = rule.manifest.as_ref().map_err(|fault| RuleFault::Diagnostic(fault.clone()));
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
                IndexedState::Built(sha256(component))
            }
            Err(fault) => {
                broken += 1;
                show(&source, rule, fault);
                IndexedState::Broken(in_short(fault))
            }
        };
        match indexed(rule, state, &definitions) {
            Some(indexed) => written.add_rule(indexed),
            None => terminal::fault(
                &format!("`{}` is left out: the folder names no place and no service", rule.place),
                Some("move it to CODE/SERVICE, the code in capitals, such as CN-4403/old-age-allowance"),
            ),
        }
    }
    written.finish(&source.definition_files, &case_files_of(&source)?)?;
    let rulebook = Rulebook::load(&out, &sandbox)?;
    let refused = show_refused(rulebook.broken_rules(), &source);
    let untried = show_refused(rulebook.broken_on_trial(), &source);
    for notice in rulebook.notices() {
        eprintln!("warning: {notice}");
    }
    Ok(Built { out, good: good - refused - untried, broken: broken + refused, untried, largest_bytes })
}

/// Whether the rule's own WIT can be read; the compiler only says that the macro can't.
fn readable_wit(rule: &RuleSource) -> Result<(), RuleFault> {
    let folder = rule.folder.join("wit");
    if !folder.is_dir() {
        return Ok(());
    }
    let mut resolve = wit_parser::Resolve::default();
    let read = resolve.push_dir(&folder);
    let (inside, shown) = (format!("{}/", rule.folder.display()), format!("{}/", rule.place));
    read.map(|_| ()).map_err(|error| {
        let said = format!("error: {}", resolve.render_error(&error));
        RuleFault::Compiler(said.replace(&inside, &shown))
    })
}

/// A rule's code with the lines of its source.
pub(crate) struct Debuggable {
    /// The rule's own folder, or that of the rule whose code it shares.
    pub(crate) folder: PathBuf,
    /// `CODE/SERVICE` of that.
    place: String,
    /// The core module, with debug information if there is any.
    pub(crate) module: Vec<u8>,
    /// The component, as it would be published.
    pub(crate) component: Vec<u8>,
}

impl Debuggable {
    /// Whether a file that the compiler names is one of the author's.
    pub(crate) fn is_own(&self, file: &str) -> bool {
        file.contains(&format!("{}/src/", self.place))
    }

    /// The file within the rule's folder.
    pub(crate) fn short(&self, file: &str) -> String {
        let inside = file.split_once(&format!("{}/", self.place)).map_or(file, |(_, inside)| inside);
        inside.to_owned()
    }

    /// Where a place of the code stands, from the function of the module and the byte in its body: `src/lib.rs:12`, or as it is
    /// given where there is no debug information; none for code that isn't the author's.
    pub(crate) fn place_of(&self, lines: Option<&Lines<'_>>, function: usize, offset: usize) -> Option<String> {
        let Some(lines) = lines else { return Some(format!("function {function}, byte {offset}")) };
        let line = lines.at(function, offset, |file| self.is_own(file))?;
        let file = self.short(&line.file);
        let text = fs::read_to_string(self.folder.join(&file)).unwrap_or_default();
        let number = usize::try_from(line.line).ok()?.checked_sub(1)?;
        let is_binding = text.lines().nth(number).is_some_and(|text| text.contains(BINDINGS));
        (!is_binding).then(|| format!("{file}:{}", line.line))
    }
}

/// The line by which the bindings are made: what is there is no code of the author's.
const BINDINGS: &str = "ordinance_sdk::rule!";

/// Builds the rules of a folder with the lines of their sources; none of a rule that can't be built.
pub(crate) fn with_lines(source: &Source) -> Result<Vec<Option<Debuggable>>, CommandError> {
    let compiled = cargo::compile(source, cargo::Profile::WithLines)?;
    let debuggable = |(rule, own): (&RuleSource, &Result<Vec<u8>, RuleFault>)| {
        let module = code_of(source, rule, own, &compiled).ok()?;
        let coded = source.with_code(rule);
        Some(Debuggable {
            folder: coded.folder.clone(),
            place: coded.place.clone(),
            component: encode::encode(module, &rule.manifest_text).ok()?,
            module: encode::core_module(module).to_vec(),
        })
    };
    Ok(source.rules.iter().zip(&compiled).map(debuggable).collect())
}

/// What the compiler gave for a rule, or for the rule that it extends.
fn code_of<'a>(
    source: &Source,
    rule: &RuleSource,
    own: &'a Result<Vec<u8>, RuleFault>,
    compiled: &'a [Result<Vec<u8>, RuleFault>],
) -> Result<&'a [u8], RuleFault> {
    let Some(base) = rule.extends else { return own.as_deref().map_err(Clone::clone) };
    match compiled.get(base) {
        Some(Ok(module)) => Ok(module),
        Some(Err(_)) | None => {
            let place = source.rules.get(base).map_or("", |base| base.place.as_str());
            Err(RuleFault::Rejected(RuleRejection::NotBuilt(format!("`{place}`, whose code it shares, was not built"))))
        }
    }
}

/// From what the compiler gave to the one file that is the whole rule, checked as the host will check it.
fn finish(
    rule: &RuleSource,
    module: &[u8],
    loader: &mut Loader<'_>,
    definitions: &Definitions,
) -> Result<Vec<u8>, RuleFault> {
    let component = encode::encode(module, &rule.manifest_text)
        .map_err(|reason| RuleFault::Rejected(RuleRejection::NotBuilt(reason)))?;
    check_rule(loader, definitions, &component).map_err(RuleFault::Rejected)?;
    Ok(component)
}

/// Shows the rules that are sound by themselves and that the host will refuse beside the others, and counts them.
fn show_refused<'a>(broken: impl Iterator<Item = (&'a RuleHead, &'a RuleRejection)>, source: &Source) -> usize {
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
        Some(fault) => terminal::diagnostic(&fault),
        None => terminal::fault(message, None),
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

/// What stands in a new rule where its author has to write.
const PLACEHOLDER: &str = "REPLACE";

fn show(source: &Source, rule: &RuleSource, fault: &RuleFault) {
    match fault {
        RuleFault::Diagnostic(fault) => terminal::diagnostic(fault),
        RuleFault::Compiler(text) => {
            terminal::fault(&format!("`{}` doesn't compile", rule.place), None);
            eprintln!("{}", text.trim_end());
        }
        RuleFault::Rejected(why) => {
            let message = format!("`{}` is no rule of this rulebook:\n{}", rule.place, why);
            let code = source.with_code(rule);
            let in_wit = || in_wit(&code.place, &code.folder, &why.to_string(), &message);
            show_at(at_its_place(rule, why, &message).or_else(in_wit), &message);
        }
    }
}

fn in_short(fault: &RuleFault) -> String {
    match fault {
        RuleFault::Diagnostic(fault) => fault.to_string(),
        RuleFault::Compiler(text) => {
            let first = text.lines().find(|line| line.starts_with("error")).unwrap_or("it doesn't compile");
            format!("it didn't compile: {first}")
        }
        RuleFault::Rejected(why) => why.to_string(),
    }
}

/// The rule's entry. Where the manifest can't be read, the folder says whose law it is, and it is broken on every day.
/// A folder that is named like no service is that of a privacy rule, whose failure withholds facts. None if the folder
/// doesn't say whose law it is either.
fn indexed(rule: &RuleSource, state: IndexedState, definitions: &Definitions) -> Option<IndexedRule> {
    match &rule.manifest {
        Ok(manifest) => Some(IndexedRule {
            jurisdiction: manifest.jurisdiction.to_string(),
            service: manifest.about.service().map(ToString::to_string),
            id: manifest.id.to_string(),
            version: manifest.version.clone(),
            from: manifest.in_force.from(),
            until: manifest.in_force.until(),
            published: manifest.known.published,
            withdrawn: manifest.known.withdrawn,
            shadow: manifest.shadow,
            state,
        }),
        Err(_) => {
            let (code, service) = rule.place.split_once('/').unwrap_or((&rule.place, ""));
            let code = JurisdictionCode::new(code).ok()?;
            let service = Id::new(service.split('/').next().unwrap_or_default()).ok()?;
            Some(IndexedRule {
                jurisdiction: code.to_string(),
                service: definitions.contracts.contains_key(&service).then(|| service.to_string()),
                id: service.to_string(),
                version: "0.0.0".to_owned(),
                from: Date::MIN,
                until: None,
                published: None,
                withdrawn: None,
                shadow: false,
                state,
            })
        }
    }
}

/// The core module or component of a rule that isn't written in Rust.
pub(crate) fn prebuilt(rule: &RuleSource) -> Option<Result<Vec<u8>, CommandError>> {
    let path = rule.folder.join(COMPONENT_FILE);
    path.is_file().then(|| std::fs::read(&path).map_err(|source| io_error("read", &path, source)))
}
