//! Compiles all Rust rules of a folder with one run of cargo, and tells which rule each message belongs to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::thread;

use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook::RuleLoadError;
use serde::Deserialize;

use super::build_record::BuildRecord;
use super::cargo_command::{Profile, TARGET, Workspace, target_of};
use super::inputs::{Inputs, InputsError};
use super::partial::{named_in, write_partial};
use super::rule_fault::RuleBuildError;
use super::toolchain::{Toolchain, ensure_target};
use crate::exit::CommandError;
use crate::source::{COMPONENT_FILE, RuleSource, Source, io_error};
use crate::terminal;

/// A line of cargo's output, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Made { package_id: String, target: Target, filenames: Vec<PathBuf> },
    #[serde(rename = "compiler-message")]
    Said { target: Target, message: CompilerText },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

#[derive(Debug, Deserialize)]
struct CompilerText {
    level: String,
    rendered: Option<String>,
}

/// The code of a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Code {
    /// The core module (or, for a rule of another language, what stands in `rule.wasm`).
    pub(super) module: Vec<u8>,
    /// The SHA-256 of all that it was compiled of; none if something changed meanwhile.
    pub(super) sources: Option<Digest>,
}

/// The code of each rule, in the order of the source; nothing for a rule that shares another's code.
pub(super) fn compile(source: &Source, profile: Profile) -> Result<Vec<Result<Code, RuleBuildError>>, CommandError> {
    let is_rust = |rule: &&RuleSource| rule.folder.join("Cargo.toml").is_file();
    let rust: Vec<&RuleSource> = source.rules.iter().filter(is_rust).collect();
    // Nobody else builds the folder until the code is read.
    let mut record = (!rust.is_empty()).then(|| BuildRecord::lock(&target_of(&source.folder, profile))).transpose()?;
    let mut found = match &mut record {
        Some(record) => build_all(&source.folder, &rust, profile, record)?,
        None => Found::default(),
    };
    source
        .rules
        .iter()
        .map(|rule| match prebuilt(rule).filter(|_| !is_rust(&rule)) {
            Some(bytes) => bytes.map(|module| Ok(Code { sources: Some(sha256(&module)), module })),
            None if rule.extends.is_some() => Ok(Ok(Code::default())),
            None => found.take(rule),
        })
        .collect()
}

/// What cargo made and said, by the rule's folder.
#[derive(Default)]
struct Found {
    modules: HashMap<PathBuf, Module>,
    errors: HashMap<PathBuf, String>,
    /// The ids of the packages that were compiled, or are as they were.
    compiled: BTreeSet<String>,
    /// By the id of a package, the digest of what it was compiled of.
    sources: BTreeMap<String, Digest>,
    stderr: String,
}

/// What cargo made of a rule.
struct Module {
    package: String,
    path: PathBuf,
}

impl Found {
    fn take(&mut self, rule: &RuleSource) -> Result<Result<Code, RuleBuildError>, CommandError> {
        if let Some(text) = self.errors.remove(&rule.folder) {
            return Ok(Err(RuleBuildError::Compiler(text)));
        }
        match self.modules.remove(&rule.folder) {
            Some(Module { package, path }) => {
                let module = std::fs::read(&path).map_err(|source| io_error("read", &path, source))?;
                let sources = self.sources.get(&package).copied();
                if sources.is_none() {
                    eprintln!("warning: {} changed while it was compiled; build again", rule.place);
                }
                Ok(Ok(Code { module, sources }))
            }
            None if rule.folder.join("Cargo.toml").is_file() => Ok(Err(RuleBuildError::Compiler(format!(
                "error: cargo made no library of this folder; is it a member of the workspace, with crate-type = [\"cdylib\"]?\n{}",
                self.stderr
            )))),
            None => Ok(Err(RuleBuildError::Rejected(RuleLoadError::NotBuilt(format!(
                "the folder has neither a Cargo.toml nor a {COMPONENT_FILE}"
            ))))),
        }
    }
}

/// Builds all rules; where cargo can't even read the manifests of some, the others without those.
fn build_all(
    folder: &Path,
    rules: &[&RuleSource],
    profile: Profile,
    record: &mut BuildRecord,
) -> Result<Found, CommandError> {
    ensure_target(folder)?;
    let toolchain = Toolchain::of(folder)?;
    if !target_of(folder, profile).join(TARGET).is_dir() {
        eprintln!("compiling the rules; the first time takes a minute or more");
    }
    let (mut unread, mut path) = (HashMap::new(), folder.to_owned());
    loop {
        let workspace = Workspace { folder, path: &path, profile };
        let (mut found, is_good) = build_anew(workspace, &toolchain, rules, record)?;
        if is_good || !found.errors.is_empty() {
            found.errors.extend(unread);
            return Ok(found);
        }
        let left: Vec<&RuleSource> = rules.iter().copied().filter(|rule| !unread.contains_key(&rule.folder)).collect();
        let named = named_in(&found.stderr, &path, folder, &left);
        if named.is_empty() {
            return Err(CommandError::Cargo(format!("the rules can't be built:\n{}", found.stderr.trim_end())));
        }
        let said = found.stderr.replace(&*path.to_string_lossy(), &folder.to_string_lossy());
        unread.extend(named.into_iter().map(|rule| (rule.folder.clone(), said.clone())));
        if unread.len() == rules.len() {
            return Ok(Found { errors: unread, ..Found::default() });
        }
        path = write_partial(folder, &unread)?;
    }
}

/// Builds a workspace, and compiles anew every package whose inputs changed. Returns whether cargo succeeded, and what
/// it made and said.
fn build_anew(
    workspace: Workspace<'_>,
    toolchain: &Toolchain,
    rules: &[&RuleSource],
    record: &mut BuildRecord,
) -> Result<(Found, bool), CommandError> {
    let inputs = match Inputs::read(workspace, toolchain) {
        Ok(inputs) => inputs,
        Err(InputsError::Command(error)) => return Err(error),
        Err(InputsError::Metadata { stderr }) => return Ok((Found { stderr, ..Found::default() }, false)),
    };
    let snapshot = inputs.snapshot()?;
    let stale = record.take_stale(&snapshot)?;
    if !stale.is_empty() && workspace.target().join(TARGET).is_dir() {
        clean(workspace, &stale)?;
    }
    let (mut found, is_good) = run_cargo(workspace, rules)?;
    found.sources = record.record(&inputs, &snapshot, &found.compiled)?;
    Ok((found, is_good))
}

/// Removes what cargo made of packages, which it then compiles whatever the times of their files are.
fn clean(workspace: Workspace<'_>, packages: &[String]) -> Result<(), CommandError> {
    let output = workspace.clean(packages).output().map_err(|source| io_error("run", Path::new("cargo"), source))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Err(CommandError::Cargo(format!("what was made of older sources can't be removed:\n{said}")))
}

/// Runs cargo on a workspace: the folder, or a part of it. Whether it found nothing wrong, and what it made and said.
fn run_cargo(workspace: Workspace<'_>, rules: &[&RuleSource]) -> Result<(Found, bool), CommandError> {
    let bar = terminal::progress(rules.len(), "building");
    let mut child = workspace.build().spawn().map_err(|source| io_error("run", Path::new("cargo"), source))?;
    let stderr = child.stderr.take();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        // What can't be read is only what cargo says beside its messages.
        let _ = stderr.map(|mut stderr| stderr.read_to_string(&mut text));
        text
    });
    let mut found = Found::default();
    let lines = child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines().map_while(Result::ok));
    for message in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
        note(message, |path| rule_of(path, workspace, rules), &mut found, &bar);
    }
    let status = child.wait().map_err(|source| io_error("run", Path::new("cargo"), source))?;
    found.stderr = reader.join().unwrap_or_default();
    bar.finish_and_clear();
    Ok((found, status.success()))
}

/// The rule that a file of the workspace belongs to.
fn rule_of<'r>(path: &Path, workspace: Workspace<'_>, rules: &[&'r RuleSource]) -> Option<&'r RuleSource> {
    let inside = path.strip_prefix(workspace.path);
    let path = inside.map_or_else(|_| path.to_owned(), |inside| workspace.folder.join(inside));
    // A version's folder may stand in that of another: the deeper one is meant.
    let holding = rules.iter().copied().filter(|rule| path.starts_with(&rule.folder));
    holding.max_by_key(|rule| rule.folder.as_os_str().len())
}

fn note<'r>(
    message: Message,
    rule_of: impl Fn(&Path) -> Option<&'r RuleSource>,
    found: &mut Found,
    bar: &indicatif::ProgressBar,
) {
    match message {
        Message::Made { target, .. } if target.kind.iter().any(|kind| kind == "custom-build") => {}
        Message::Made { package_id, target, filenames } => {
            found.compiled.insert(package_id.clone());
            let module = filenames.into_iter().find(|path| path.extension().is_some_and(|end| end == "wasm"));
            if let (Some(rule), Some(module)) = (rule_of(&target.src_path), module) {
                bar.set_message(rule.place.clone());
                bar.inc(1);
                found.modules.insert(rule.folder.clone(), Module { package: package_id, path: module });
            }
        }
        Message::Said { target, message } => {
            let text = message.rendered.unwrap_or_default();
            match rule_of(&target.src_path) {
                Some(rule) if message.level.starts_with("error") => {
                    bar.inc(u64::from(!found.errors.contains_key(&rule.folder)));
                    found.errors.entry(rule.folder.clone()).or_default().push_str(&text);
                }
                Some(_) => bar.suspend(|| eprint!("{text}")),
                // A crate that rules depend on: without what is wrong there, what cargo says is no help.
                None if message.level.starts_with("error") => bar.suspend(|| eprint!("{text}")),
                None => {}
            }
        }
        Message::Other => {}
    }
}

/// The core module or component of a rule that isn't written in Rust.
fn prebuilt(rule: &RuleSource) -> Option<Result<Vec<u8>, CommandError>> {
    let path = rule.folder.join(COMPONENT_FILE);
    path.is_file().then(|| std::fs::read(&path).map_err(|source| io_error("read", &path, source)))
}
