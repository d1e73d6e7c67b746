//! Compiles all Rust rules of a folder with one run of cargo, and tells which rule each message belongs to.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use ordinance_engine::rulebook::RuleRejection;
use serde::Deserialize;

use super::partial::{named_in, write_partial};
use super::rule_fault::RuleBuildError;
use super::rustc::AS_RUSTC;
use crate::exit::CommandError;
use crate::source::{COMPONENT_FILE, RuleSource, Source, io_error};
use crate::terminal;

const TARGET: &str = "wasm32-unknown-unknown";
/// The stack of a rule. What a rule computes is shallow; a large stack costs page faults at every call.
const STACK_BYTES: usize = 16 << 10;

/// A line of cargo's output, as far as it matters here.
#[derive(Debug, Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Made { target: Target, filenames: Vec<PathBuf> },
    #[serde(rename = "compiler-message")]
    Said { target: Target, message: CompilerText },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Target {
    src_path: PathBuf,
}

#[derive(Debug, Deserialize)]
struct CompilerText {
    level: String,
    rendered: Option<String>,
}

/// What the compiler is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// What is published.
    Release,
    /// The same code with the lines of its source.
    WithLines,
}

/// The core module (or, for a rule of another language, what stands in `rule.wasm`) of each rule, in the order of the
/// source; nothing for a rule that shares another's code.
pub(super) fn compile(source: &Source, profile: Profile) -> Result<Vec<Result<Vec<u8>, RuleBuildError>>, CommandError> {
    let is_rust = |rule: &&RuleSource| rule.folder.join("Cargo.toml").is_file();
    let rust: Vec<&RuleSource> = source.rules.iter().filter(is_rust).collect();
    let mut found = if rust.is_empty() { Found::default() } else { build_all(&source.folder, &rust, profile)? };
    source
        .rules
        .iter()
        .map(|rule| match prebuilt(rule).filter(|_| !is_rust(&rule)) {
            Some(bytes) => bytes.map(Ok),
            None if rule.extends.is_some() => Ok(Ok(Vec::new())),
            None => found.take(rule),
        })
        .collect()
}

/// What cargo made and said, by the rule's folder.
#[derive(Default)]
struct Found {
    modules: HashMap<PathBuf, PathBuf>,
    errors: HashMap<PathBuf, String>,
    stderr: String,
}

impl Found {
    fn take(&mut self, rule: &RuleSource) -> Result<Result<Vec<u8>, RuleBuildError>, CommandError> {
        if let Some(text) = self.errors.remove(&rule.folder) {
            return Ok(Err(RuleBuildError::Compiler(text)));
        }
        match self.modules.remove(&rule.folder) {
            Some(path) => std::fs::read(&path).map(Ok).map_err(|source| io_error("read", &path, source)),
            None if rule.folder.join("Cargo.toml").is_file() => Ok(Err(RuleBuildError::Compiler(format!(
                "error: cargo made no library of this folder; is it a member of the workspace, with crate-type = [\"cdylib\"]?\n{}",
                self.stderr
            )))),
            None => Ok(Err(RuleBuildError::Rejected(RuleRejection::NotBuilt(format!(
                "the folder has neither a Cargo.toml nor a {COMPONENT_FILE}"
            ))))),
        }
    }
}

/// Builds all rules; where cargo can't even read the manifests of some, the others without those.
fn build_all(folder: &Path, rules: &[&RuleSource], profile: Profile) -> Result<Found, CommandError> {
    ensure_target(folder)?;
    if !target_of(folder, profile).join(TARGET).is_dir() {
        eprintln!("compiling the rules; the first time takes a minute or more");
    }
    let (mut unread, mut workspace) = (HashMap::new(), folder.to_owned());
    loop {
        let (mut found, is_good) = run_cargo(folder, &workspace, rules, profile)?;
        if is_good || !found.errors.is_empty() {
            found.errors.extend(unread);
            return Ok(found);
        }
        let left: Vec<&RuleSource> = rules.iter().copied().filter(|rule| !unread.contains_key(&rule.folder)).collect();
        let named = named_in(&found.stderr, &workspace, folder, &left);
        if named.is_empty() {
            return Err(CommandError::Cargo(format!("the rules can't be built:\n{}", found.stderr.trim_end())));
        }
        let said = found.stderr.replace(&*workspace.to_string_lossy(), &folder.to_string_lossy());
        unread.extend(named.into_iter().map(|rule| (rule.folder.clone(), said.clone())));
        if unread.len() == rules.len() {
            return Ok(Found { errors: unread, ..Found::default() });
        }
        workspace = write_partial(folder, &unread)?;
    }
}

/// Runs cargo on a workspace: the folder, or a part of it. Whether it found nothing wrong, and what it made and said.
fn run_cargo(
    folder: &Path,
    workspace: &Path,
    rules: &[&RuleSource],
    profile: Profile,
) -> Result<(Found, bool), CommandError> {
    let bar = terminal::progress(rules.len(), "building");
    let mut child = command(folder, workspace, profile).spawn().map_err(|error| {
        CommandError::Cargo(format!("cargo can't be started ({error}); rules in Rust need it: install rustup"))
    })?;
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
        note(message, |path| rule_of(path, folder, workspace, rules), &mut found, &bar);
    }
    let status = child.wait().map_err(|source| io_error("run", Path::new("cargo"), source))?;
    found.stderr = reader.join().unwrap_or_default();
    bar.finish_and_clear();
    Ok((found, status.success()))
}

/// Rules are compiled for a target that a toolchain may lack; rustup fetches it.
fn ensure_target(folder: &Path) -> Result<(), CommandError> {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).current_dir(folder).output();
    let Some(sysroot) = sysroot.ok().filter(|output| output.status.success()) else { return Ok(()) };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    eprintln!("fetching the target {TARGET}, for which rules are compiled: rustup target add {TARGET}");
    let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).status();
    if added.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    Err(CommandError::Cargo(format!(
        "the toolchain can't compile for {TARGET}; run `rustup target add {TARGET}`, or install the target as your system does"
    )))
}

/// The rule that a file of the workspace belongs to.
fn rule_of<'r>(path: &Path, folder: &Path, workspace: &Path, rules: &[&'r RuleSource]) -> Option<&'r RuleSource> {
    let path = path.strip_prefix(workspace).map_or_else(|_| path.to_owned(), |inside| folder.join(inside));
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
        Message::Made { target, filenames } => {
            let module = filenames.into_iter().find(|path| path.extension().is_some_and(|end| end == "wasm"));
            if let (Some(rule), Some(module)) = (rule_of(&target.src_path), module) {
                bar.set_message(rule.place.clone());
                bar.inc(1);
                found.modules.insert(rule.folder.clone(), module);
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

fn command(folder: &Path, workspace: &Path, profile: Profile) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--workspace", "--release", "--keep-going", "--message-format=json", "--target", TARGET])
        // Rules go beside their sources whatever the caller's own target folder is, and get the flags that make the
        // same sources give the same bytes.
        .env("CARGO_TARGET_DIR", target_of(folder, profile))
        .env("CARGO_ENCODED_RUSTFLAGS", flags(folder, workspace).join("\u{1f}"))
        .env_remove("RUSTFLAGS")
        .envs(own_compiler())
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if profile == Profile::WithLines {
        command.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only").env("CARGO_PROFILE_RELEASE_STRIP", "none");
    }
    command
}

fn target_of(folder: &Path, profile: Profile) -> PathBuf {
    let target = folder.join("target");
    match profile {
        Profile::Release => target,
        Profile::WithLines => target.join("with-lines"),
    }
}

/// What makes cargo call this program for the compiler; nothing where it isn't known where it is.
fn own_compiler() -> Vec<(&'static str, std::ffi::OsString)> {
    let own = std::env::current_exe().map(|own| vec![("RUSTC_WRAPPER", own.into_os_string()), (AS_RUSTC, "1".into())]);
    own.unwrap_or_default()
}

fn flags(folder: &Path, workspace: &Path) -> Vec<String> {
    let mut flags =
        vec![format!("-Clink-arg=-zstack-size={STACK_BYTES}"), remap(folder.parent().unwrap_or(folder), "/rulebook")];
    if workspace != folder {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        flags.push(remap(workspace, &format!("/rulebook/{name}")));
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    flags.extend(home.map(|home| remap(&home, "/cargo")));
    flags
}

fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

/// The core module or component of a rule that isn't written in Rust.
fn prebuilt(rule: &RuleSource) -> Option<Result<Vec<u8>, CommandError>> {
    let path = rule.folder.join(COMPONENT_FILE);
    path.is_file().then(|| std::fs::read(&path).map_err(|source| io_error("read", &path, source)))
}
