//! Loads the rulebook of a folder that a command names.

use std::path::{Path, PathBuf};

use ordinance_engine::{Engine, Rulebook};
use ordinance_log::{key_path, tree_path};
use ordinance_sandbox::Sandbox;

use crate::build::{self, KeptRules};
use crate::exit::CommandError;
use crate::sandbox::{long_deadline_sandbox, simulation_sandbox};
use crate::source::{Folder, kind_of};
use crate::source_trust::SourceTrust;

/// A loaded rulebook, with its folder.
pub(crate) struct LoadedRulebook {
    /// The folder of the built rulebook.
    pub(crate) folder: PathBuf,
    pub(crate) engine: Engine,
    /// The number of broken rules.
    pub(crate) broken: usize,
}

impl LoadedRulebook {
    fn new(folder: PathBuf, rulebook: Rulebook) -> Self {
        let broken = rulebook.broken_rules().count();
        Self { folder, broken, engine: Engine::with_throwaway_key(rulebook) }
    }

    pub(crate) fn rulebook(&self) -> &Rulebook {
        self.engine.rulebook()
    }
}

/// Loads a built rulebook, or builds a source folder and loads that.
pub(crate) fn load(folder: &Path, trust: SourceTrust) -> Result<LoadedRulebook, CommandError> {
    load_in(folder, trust, &long_deadline_sandbox()?)
}

/// The same, to decide many people who aren't told of it.
pub(crate) fn load_for_simulation(folder: &Path, trust: SourceTrust) -> Result<LoadedRulebook, CommandError> {
    load_in(folder, trust, &simulation_sandbox()?)
}

fn load_in(folder: &Path, trust: SourceTrust, sandbox: &Sandbox) -> Result<LoadedRulebook, CommandError> {
    match kind_of(folder)? {
        Folder::Built => load_built_in(folder.to_owned(), sandbox),
        Folder::Source => {
            let built = build::build(folder, None, trust, sandbox, &mut KeptRules::default())?;
            Ok(LoadedRulebook::new(built.out, built.rulebook))
        }
    }
}

/// Loads a built rulebook.
pub(crate) fn load_built(path: PathBuf) -> Result<LoadedRulebook, CommandError> {
    load_built_in(path, &long_deadline_sandbox()?)
}

fn load_built_in(path: PathBuf, sandbox: &Sandbox) -> Result<LoadedRulebook, CommandError> {
    let rulebook = Rulebook::load(&path, sandbox)?;
    Ok(LoadedRulebook::new(path, rulebook))
}

/// The path of the decision log of `ordinance dev`, beside the rulebook that it builds.
///
/// # Errors
/// If there is a link or a special file where the log, its key or its tree is, by which the author of the sources would
/// choose the file that is written to.
pub(crate) fn development_log(rulebook: &Path) -> Result<PathBuf, CommandError> {
    let path = rulebook.with_file_name("decisions.ndjson");
    for file in [path.clone(), key_path(&path)] {
        match file.symlink_metadata() {
            Ok(found) if !found.is_file() => return Err(no_log_there(&file, "is no regular file")),
            Ok(_) | Err(_) => {}
        }
    }
    let tree = tree_path(&path);
    if leads_elsewhere(&tree) { Err(no_log_there(&tree, "is or has a link")) } else { Ok(path) }
}

/// Whether a path, or anything below it, is neither a folder nor a regular file.
fn leads_elsewhere(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(found) if found.is_dir() => std::fs::read_dir(path).map_or(true, |entries| {
            entries.into_iter().any(|entry| entry.map_or(true, |entry| leads_elsewhere(&entry.path())))
        }),
        Ok(found) => !found.is_file(),
        Err(_) => false,
    }
}

fn no_log_there(path: &Path, why: &str) -> CommandError {
    CommandError::bad_use(
        format!("`{}` {why}, so the decision log can't be written there", path.display()),
        "remove it, or name another file as `decision-log.path` in the settings",
    )
}
