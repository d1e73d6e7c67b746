//! `ordinance rebuild`: builds a rule again and says whether its file comes from these sources.

use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_domain::manifest::Manifest;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{HexDigest, INDEX_FILE, Index, IndexedRule, IndexedState, RULES_FOLDER, rule_path};
use ordinance_engine::rulebook::{embedded_manifest, embedded_text};
use ordinance_sandbox::without_manifest;

use crate::arguments::RebuildArguments;
use crate::build::{self, KeptRules};
use crate::exit::{CommandError, Exit};
use crate::sandbox::sandbox;
use crate::source::{io_error, read_file};
use crate::terminal::{print_error, print_line};

pub(crate) fn run(arguments: &RebuildArguments) -> Result<Exit, CommandError> {
    let file = &arguments.file;
    let published = read_file(file)?;
    let manifest = embedded_manifest(&published).map_err(|error| {
        CommandError::bad_use(
            format!("`{}` is not a rule: {error}", file.display()),
            "name the file of a rule, such as one in the folder `rules` of a built rulebook",
        )
    })?;
    let scratch = tempfile::tempdir().map_err(|source| io_error("written", &std::env::temp_dir(), source))?;
    let out = scratch.path().join("rulebook");
    build::build(&arguments.source, Some(&out), arguments.trust.trust(), &sandbox()?, &mut KeptRules::default())?;
    let rules = index_in(&out)?;
    let Some(rule) = rules.iter().find(|rule| is_version(rule, &manifest)) else {
        return Err(no_such_rule(arguments, &manifest, &rules));
    };
    let digest = match &rule.state {
        IndexedState::Built(HexDigest(digest)) => *digest,
        IndexedState::Broken(reason) | IndexedState::Untrusted(reason) => {
            print_error(&format!("the sources of {} give no rule: {reason}", name_of(&manifest)), None);
            return Ok(Exit::Findings);
        }
    };
    if digest == sha256(&published) {
        print_line(&format!("the same: {} {digest} comes from {}", name_of(&manifest), arguments.source.display()));
        return Ok(Exit::Good);
    }
    let path = out.join(rule_path(digest));
    let rebuilt = read_file(&path)?;
    print_line(&format!("different: {} isn't what {} gives", file.display(), arguments.source.display()));
    print_line(&format!("  the file     {}, {} bytes", sha256(&published), published.len()));
    print_line(&format!("  the sources  {digest}, {} bytes", rebuilt.len()));
    differences(&published, &rebuilt).iter().for_each(|line| print_line(&format!("  {line}")));
    print_sources(file, sha256(&published), rule);
    Ok(Exit::Findings)
}

fn name_of(manifest: &Manifest) -> String {
    format!("{}/{} {}", manifest.jurisdiction, manifest.folder(), manifest.version)
}

fn index_in(folder: &Path) -> Result<Vec<IndexedRule>, CommandError> {
    let path = folder.join(INDEX_FILE);
    let bytes = read_file(&path)?;
    let index: Index = serde_json::from_slice(&bytes).map_err(|error| io_error("read", &path, error.into()))?;
    Ok(index.rules)
}

/// Whether a rule of an index is that of a manifest.
fn is_version(rule: &IndexedRule, manifest: &Manifest) -> bool {
    let service = manifest.scope.service().map(ToString::to_string);
    rule.jurisdiction == manifest.jurisdiction.as_str()
        && rule.service == service
        && rule.id == manifest.id.as_str()
        && rule.version == manifest.version
        && rule.shadow == manifest.shadow
}

fn no_such_rule(arguments: &RebuildArguments, manifest: &Manifest, rules: &[IndexedRule]) -> CommandError {
    let folder = manifest.folder().as_str();
    let is_near = |rule: &&IndexedRule| rule.jurisdiction == manifest.jurisdiction.as_str() && rule.folder() == folder;
    let known: Vec<&str> = rules.iter().filter(is_near).map(|rule| rule.version.as_str()).collect();
    let help = match known.is_empty() {
        true => "name the folder of the sources that the rule was built from".to_owned(),
        false => {
            format!("the sources have the versions {}; take the sources of the time of this version", known.join(", "))
        }
    };
    CommandError::bad_use(format!("`{}` has no rule {}", arguments.source.display(), name_of(manifest)), help)
}

/// What differs between two builds of one version of a rule.
fn differences(published: &[u8], rebuilt: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let texts = (embedded_text(published).unwrap_or_default(), embedded_text(rebuilt).unwrap_or_default());
    let is_same_code = sha256(without_manifest(published)) == sha256(without_manifest(rebuilt));
    if texts.0 == texts.1 {
        lines.push("rule.toml is the same".to_owned());
    } else {
        lines.push(first_difference(texts.0, texts.1));
    }
    lines.push(match (is_same_code, texts.0 == texts.1) {
        (true, _) => "the code is the same".to_owned(),
        (false, false) => "the code differs too".to_owned(),
        (false, true) => {
            "the code differs: other sources or tables, or another compiler or version of this command".to_owned()
        }
    });
    lines
}

/// The first line in which two texts differ.
fn first_difference(published: &str, rebuilt: &str) -> String {
    let (mut left, mut right) = (published.lines(), rebuilt.lines());
    for number in 1_usize.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => {
                let shown = |line: Option<&str>| line.map_or("nothing more".to_owned(), |line| format!("`{line}`"));
                return format!(
                    "rule.toml differs, first in line {number}: the file has {}, the sources have {}",
                    shown(left),
                    shown(right)
                );
            }
        }
    }
    "rule.toml differs in the ends of its lines".to_owned()
}

/// Compares the digests of all that the two were built from, if the file lies in a rulebook whose index has it.
fn print_sources(file: &Path, published: Digest, rebuilt: &IndexedRule) {
    let rules = file.parent().filter(|folder| folder.file_name().is_some_and(|name| name == RULES_FOLDER));
    let index = rules.and_then(Path::parent).and_then(|folder| index_in(folder).ok()).unwrap_or_default();
    let state = IndexedState::Built(HexDigest(published));
    let before = index.into_iter().find(|rule| rule.state == state).and_then(|rule| rule.sources);
    let (Some(HexDigest(before)), Some(HexDigest(now))) = (before, rebuilt.sources) else { return };
    if before == now {
        print_line("  everything that it is built from is the same, and gives other bytes: report this");
    } else {
        print_line(&format!(
            "  built from {before}, and here from {now}: rule.toml, code, tables, dependencies, toolchain and flags"
        ));
    }
}
