//! Compiles all Rust rules of a folder with one run of cargo, and assigns each artifact and message to its rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use ordinance_domain::digest::Digest;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook::RuleLoadError;
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use serde::Deserialize;

use super::bindings::write_bindings;
use super::build_record::{BuildRecord, without_beyond};
use super::cargo_command::{Profile, Workspace, target_of};
use super::confine::ConfinementSupport;
use super::inputs::{Inputs, InputsError, Snapshot};
use super::module_cache::ModuleCache;
use super::partial::{rules_named_in, write_partial};
use super::rule_fault::RuleBuildError;
use super::target_folder::target_root;
use super::toolchain::{TARGET, Toolchain, ensure_target};
use super::untrusted::{check_packages, check_settings, folders_read};
use crate::count::counted;
use crate::exit::CommandError;
use crate::progress::Progress;
use crate::source::{COMPONENT_FILE, RuleCode, RuleSource, Source, io_error};
use crate::source_trust::SourceTrust;
use crate::terminal;
use crate::terminal::print_status;

/// What the compiler takes for the SDK and for a rule, on one core of an ordinary computer.
const SDK_SECONDS: usize = 2;
const RULE_SECONDS: usize = 2;

/// A line of cargo's JSON output.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact { package_id: String, target: Target, filenames: Vec<PathBuf> },
    #[serde(rename = "compiler-message")]
    Diagnostic { target: Target, message: CompilerText },
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
    /// The core module; for a rule in another language, the content of `rule.wasm`.
    pub(super) module: Vec<u8>,
    /// The SHA-256 of everything from which it was compiled. `None` if an input changed during the compilation.
    pub(super) sources: Option<Digest>,
    /// What its author should know of its tables and expressions, and may leave as it is.
    pub(super) warnings: Vec<Diagnostic>,
}

/// The code of each rule, in the order of the source. It is empty for a rule that shares the code of another;
/// `expressions` compiles those that are written as such. `known` is the code of all rules in Rust, by the folder of
/// the rule, if an earlier build left it.
pub(super) fn compile(
    source: &Source,
    profile: Profile,
    expressions: &dyn Fn(&RuleSource) -> Result<Code, RuleBuildError>,
    known: Option<&HashMap<PathBuf, Code>>,
) -> Result<Vec<Result<Code, RuleBuildError>>, CommandError> {
    let is_rust = |rule: &&RuleSource| rule.code == RuleCode::Rust && known.is_none();
    let rust: Vec<&RuleSource> = source.rules.iter().filter(is_rust).collect();
    // The lock keeps other builds out of the folder until the code is read.
    let target = if rust.is_empty() { PathBuf::new() } else { prepare(source, profile)? };
    let mut record = (!rust.is_empty()).then(|| BuildRecord::lock(&target)).transpose()?;
    let mut output = match &mut record {
        Some(record) => {
            let workspace = Workspace {
                folder: &source.folder,
                path: &source.folder,
                target: &target,
                profile,
                trust: source.trust,
            };
            let unbound = write_all_bindings(&rust)?;
            let mut output = build_all(workspace, &rust, record)?;
            output.errors.extend(unbound);
            output
        }
        None => CargoOutput { cached: known.cloned().unwrap_or_default(), ..CargoOutput::default() },
    };
    source
        .rules
        .iter()
        .map(|rule| match rule.code {
            RuleCode::Prebuilt => prebuilt(source, rule)
                .map(|module| Ok(Code { sources: Some(sha256(&module)), module, ..Code::default() })),
            RuleCode::Expressions => Ok(expressions(rule)),
            RuleCode::Rust | RuleCode::None if rule.extends.is_some() => Ok(Ok(Code::default())),
            RuleCode::Rust | RuleCode::None => output.take(rule),
        })
        .collect()
}

/// Writes the bindings of rules. Returns the errors of those whose WIT has none, by the folder of the rule.
fn write_all_bindings(rules: &[&RuleSource]) -> Result<HashMap<PathBuf, String>, CommandError> {
    let mut errors = HashMap::new();
    for rule in rules {
        if let Err(error) = write_bindings(&rule.folder)? {
            errors
                .insert(rule.folder.clone(), format!("error: the WIT of `{}` gives no bindings: {error}", rule.place));
        }
    }
    Ok(errors)
}

/// Checks the files that untrusted sources may not hold, before any program of Rust reads them, and gives the folder
/// for the artifacts.
fn prepare(source: &Source, profile: Profile) -> Result<PathBuf, CommandError> {
    match source.trust {
        SourceTrust::Trusted => {}
        SourceTrust::Untrusted => {
            check_settings(&source.folder)?;
            if let Some(warning) = ConfinementSupport::current().warning() {
                print_status!("warning: {warning}");
            }
        }
    }
    Ok(target_of(&target_root(&source.folder, source.trust)?, profile))
}

/// The artifacts and errors of cargo, by the folder of the rule.
#[derive(Default)]
struct CargoOutput {
    modules: HashMap<PathBuf, Module>,
    errors: HashMap<PathBuf, String>,
    /// The ids of the packages that cargo compiled or found up to date.
    compiled: BTreeSet<String>,
    /// The digest of the inputs of each package, by the id of the package.
    sources: BTreeMap<String, Digest>,
    /// Cargo's own text, beside its JSON messages.
    stderr: String,
    /// The rules that were compiled before, by the folder of the rule.
    cached: HashMap<PathBuf, Code>,
    /// The folders of the rules on which the compiler had something to say, which a cache would leave unsaid.
    remarked: BTreeSet<PathBuf>,
}

/// The core module of a rule.
struct Module {
    /// The id of its package.
    package: String,
    path: PathBuf,
}

impl CargoOutput {
    fn take(&mut self, rule: &RuleSource) -> Result<Result<Code, RuleBuildError>, CommandError> {
        if let Some(text) = self.errors.remove(&rule.folder) {
            return Ok(Err(RuleBuildError::Compiler(text)));
        }
        if let Some(code) = self.cached.remove(&rule.folder) {
            return Ok(Ok(code));
        }
        match self.modules.remove(&rule.folder) {
            Some(Module { package, path }) => {
                let module = std::fs::read(&path).map_err(|source| io_error("read", &path, source))?;
                let sources = self.sources.get(&package).copied();
                if sources.is_none() {
                    terminal::print_note(&format!(
                        "warning: {} changed while it was compiled; build again",
                        rule.place
                    ));
                }
                Ok(Ok(Code { module, sources, ..Code::default() }))
            }
            None if rule.code == RuleCode::Rust => Ok(Err(RuleBuildError::Compiler(format!(
                "error: cargo built no library from this folder; make it a member of the workspace and set crate-type = [\"cdylib\"]\n{}",
                self.stderr
            )))),
            None => Ok(Err(RuleBuildError::Rejected(RuleLoadError::NotBuilt(format!(
                "rule.toml has no expressions, and the folder has neither a Cargo.toml nor a {COMPONENT_FILE}"
            ))))),
        }
    }
}

impl CargoOutput {
    /// The modules that follow from a snapshot of the packages alone, each with its key in the cache.
    fn modules_to_keep(&self, snapshot: &Snapshot, whole: Digest) -> Vec<(Digest, Vec<u8>)> {
        let kept = |(folder, module): (&PathBuf, &Module)| {
            let sources = *self.sources.get(&module.package)?;
            let is_whole = snapshot.digests.get(&module.package).is_some_and(|own| without_beyond(*own) == sources);
            let is_silent = !self.remarked.contains(folder) && !self.errors.contains_key(folder);
            let bytes = (is_whole && is_silent).then(|| std::fs::read(&module.path).ok())?;
            Some((cache_key(sources, whole), bytes?))
        };
        self.modules.iter().filter_map(kept).collect()
    }
}

/// Builds all rules. If cargo can't read the manifests of some rules, it builds the others without them.
fn build_all(
    whole: Workspace<'_>,
    rules: &[&RuleSource],
    record: &mut BuildRecord,
) -> Result<CargoOutput, CommandError> {
    let folder = whole.folder;
    ensure_target(folder)?;
    let toolchain = Toolchain::of(folder)?;
    let mut unreadable = HashMap::new();
    let mut path = folder.to_owned();
    loop {
        let workspace = Workspace { path: &path, ..whole };
        let (mut output, has_succeeded) = build_workspace(workspace, &toolchain, rules, record)?;
        if has_succeeded || !output.errors.is_empty() {
            output.errors.extend(unreadable);
            return Ok(output);
        }
        let remaining: Vec<&RuleSource> =
            rules.iter().copied().filter(|rule| !unreadable.contains_key(&rule.folder)).collect();
        let named = rules_named_in(&output.stderr, &path, folder, &remaining);
        if named.is_empty() {
            return Err(CommandError::Cargo(format!("the rules can't be built:\n{}", output.stderr.trim_end())));
        }
        let error = output.stderr.replace(&*path.to_string_lossy(), &folder.to_string_lossy());
        unreadable.extend(named.into_iter().map(|rule| (rule.folder.clone(), error.clone())));
        if unreadable.len() == rules.len() {
            return Ok(CargoOutput { errors: unreadable, ..CargoOutput::default() });
        }
        path = write_partial(folder, whole.target, &unreadable)?;
    }
}

/// Says what the first build of a folder does and how long it takes.
fn print_expectation(rules: usize) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let seconds = SDK_SECONDS + RULE_SECONDS * rules.div_ceil(cores);
    let rules = counted(rules, "rule", "rules");
    print_status!(
        "compiling {rules} to WebAssembly, about {seconds} s on {cores} cores; later builds compile what changed"
    );
}

/// Builds a workspace, and recompiles every package whose inputs changed. Returns cargo's output, and whether cargo
/// succeeded.
fn build_workspace(
    workspace: Workspace<'_>,
    toolchain: &Toolchain,
    rules: &[&RuleSource],
    record: &mut BuildRecord,
) -> Result<(CargoOutput, bool), CommandError> {
    let inputs = match Inputs::read(workspace, toolchain) {
        Ok(inputs) => inputs,
        Err(InputsError::Command(error)) => return Err(error),
        Err(InputsError::Metadata { stderr }) => return Ok((CargoOutput { stderr, ..CargoOutput::default() }, false)),
    };
    let confinement = match workspace.trust {
        SourceTrust::Trusted => None,
        SourceTrust::Untrusted => {
            check_packages(&inputs, workspace)?;
            Some(workspace.confinement(toolchain, folders_read(&inputs)))
        }
    };
    let snapshot = inputs.snapshot()?;
    let cache = match module_cache(workspace)? {
        Some(cache) => Some((cache, inputs.digest_of_workspace(&snapshot)?)),
        None => None,
    };
    let cached = cache.as_ref().map(|(cache, whole)| cached_modules(cache, &inputs, &snapshot, *whole, rules));
    if let Some(cached) = cached.filter(|cached| cached.len() == rules.len()) {
        return Ok((CargoOutput { cached, ..CargoOutput::default() }, true));
    }
    if !workspace.target.join(TARGET).is_dir() {
        print_expectation(rules.len());
    }
    let stale = record.take_stale(&snapshot)?;
    if !stale.is_empty() && workspace.target.join(TARGET).is_dir() {
        clean(workspace, &stale)?;
    }
    let command = match &confinement {
        Some(confinement) => workspace.confined_build(toolchain, confinement)?,
        None => workspace.build(),
    };
    let (mut output, has_succeeded) = run_cargo(command, workspace, rules)?;
    output.sources = record.record(&inputs, &snapshot, &output.compiled)?;
    if let Some((cache, whole)) = &cache {
        cache.store(&output.modules_to_keep(&snapshot, *whole));
    }
    Ok((output, has_succeeded))
}

/// The cache of modules for the published code of untrusted sources: no code of their author takes part in their build.
fn module_cache(workspace: Workspace<'_>) -> Result<Option<ModuleCache>, CommandError> {
    match (workspace.trust, workspace.profile) {
        (SourceTrust::Untrusted, Profile::Release) => ModuleCache::open().map(Some),
        (SourceTrust::Untrusted, Profile::WithLines | Profile::Unoptimised) | (SourceTrust::Trusted, _) => Ok(None),
    }
}

/// The key of a module: the digest of the rule's own sources, and that of the workspace in which it was compiled.
fn cache_key(sources: Digest, whole: Digest) -> Digest {
    sha256(format!("{sources} in {whole}").as_bytes())
}

/// The code of the rules that an earlier build of the same workspace compiled, by the folder of the rule.
fn cached_modules(
    cache: &ModuleCache,
    inputs: &Inputs<'_>,
    snapshot: &Snapshot,
    whole: Digest,
    rules: &[&RuleSource],
) -> HashMap<PathBuf, Code> {
    let cached = |rule: &&RuleSource| {
        let sources = without_beyond(*snapshot.digests.get(inputs.member_in(&rule.folder)?)?);
        let module = cache.load(cache_key(sources, whole))?;
        Some((rule.folder.clone(), Code { module, sources: Some(sources), ..Code::default() }))
    };
    rules.iter().filter_map(cached).collect()
}

/// Removes the artifacts of packages, so that cargo recompiles them whatever the times of their files are.
fn clean(workspace: Workspace<'_>, packages: &[String]) -> Result<(), CommandError> {
    let output = workspace.clean(packages).output().map_err(|source| io_error("run", Path::new("cargo"), source))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Err(CommandError::Cargo(format!("cargo can't remove the artifacts of older sources:\n{stderr}")))
}

/// Runs cargo on a workspace: the folder, or a part of it. Returns cargo's output, and whether cargo succeeded.
fn run_cargo(
    mut command: Command,
    workspace: Workspace<'_>,
    rules: &[&RuleSource],
) -> Result<(CargoOutput, bool), CommandError> {
    let bar = Progress::new(rules.len(), "compiling");
    let mut child = command.spawn().map_err(|source| io_error("run", Path::new("cargo"), source))?;
    let stderr = child.stderr.take();
    let reader = thread::spawn(move || {
        let mut text = String::new();
        // Ignore an error: the JSON messages on standard output don't depend on this text.
        let _ = stderr.map(|mut stderr| stderr.read_to_string(&mut text));
        text
    });
    let mut output = CargoOutput::default();
    let lines = child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines().map_while(Result::ok));
    for message in lines.filter_map(|line| serde_json::from_str(&line).ok()) {
        output.add(message, |path| rule_of(path, workspace, rules), &bar);
    }
    let status = child.wait().map_err(|source| io_error("run", Path::new("cargo"), source))?;
    output.stderr = reader.join().unwrap_or_default();
    bar.clear();
    Ok((output, status.success()))
}

/// The rule that a file of the workspace belongs to.
fn rule_of<'r>(path: &Path, workspace: Workspace<'_>, rules: &[&'r RuleSource]) -> Option<&'r RuleSource> {
    let path = workspace.original(path);
    // The folder of a version may contain that of another version; the file belongs to the deeper one.
    let holding = rules.iter().copied().filter(|rule| path.starts_with(&rule.folder));
    holding.max_by_key(|rule| rule.folder.as_os_str().len())
}

impl CargoOutput {
    /// Adds a message of cargo to the rule that `rule_of` gives for its source file. Prints warnings, and errors of
    /// crates that aren't rules.
    fn add<'r>(&mut self, message: Message, rule_of: impl Fn(&Path) -> Option<&'r RuleSource>, bar: &Progress) {
        match message {
            Message::Artifact { target, .. } if target.kind.iter().any(|kind| kind == "custom-build") => {}
            Message::Artifact { package_id, target, filenames } => {
                self.compiled.insert(package_id.clone());
                let module = filenames.into_iter().find(|path| path.extension().is_some_and(|end| end == "wasm"));
                if let (Some(rule), Some(module)) = (rule_of(&target.src_path), module) {
                    bar.set_message(&rule.place);
                    bar.add(1);
                    self.modules.insert(rule.folder.clone(), Module { package: package_id, path: module });
                }
            }
            Message::Diagnostic { target, message } => {
                let text = message.rendered.unwrap_or_default();
                let rule = rule_of(&target.src_path);
                self.remarked.extend(rule.map(|rule| rule.folder.clone()));
                match rule {
                    Some(rule) if message.level.starts_with("error") => {
                        bar.add(u64::from(!self.errors.contains_key(&rule.folder)));
                        self.errors.entry(rule.folder.clone()).or_default().push_str(&text);
                    }
                    Some(_) => bar.suspend(|| terminal::print_note(text.trim_end())),
                    // An error in a crate on which rules depend: cargo's own text doesn't repeat it.
                    None if message.level.starts_with("error") => bar.suspend(|| terminal::print_note(text.trim_end())),
                    None => {}
                }
            }
            Message::Other => {}
        }
    }
}

/// The core module or component of a rule in another language.
fn prebuilt(source: &Source, rule: &RuleSource) -> Result<Vec<u8>, CommandError> {
    let name = rule.path_of(COMPONENT_FILE);
    source.reader.read(&name, FILE_BYTES_MAX).map_err(|error| io_error("read", &source.folder.join(name), error))
}
