//! `ordinance trust fetch`: takes the definitions of the levels above over into a folder of sources, in which a lower
//! authority writes its own rules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ordinance_engine::definitions::DefinitionFiles;
use ordinance_trust::{RepositoryError, open_source};

use crate::arguments::FetchArguments;
use crate::exit::{CommandError, Exit};
use crate::pinned_root::read_pinned_root;
use crate::repositories::place_of;
use crate::source::{io_error, make_parent, write_file};
use crate::terminal::{print_line, print_note};
use crate::upper_definitions::{FetchedDefinitions, digest_of, read_upper_definitions};

pub(super) fn run(arguments: &FetchArguments) -> Result<Exit, CommandError> {
    let place = place_of(&arguments.code)?;
    let source = open_source(&arguments.from).map_err(RepositoryError::from)?;
    let root = read_pinned_root(&arguments.trust, source.as_ref())?;
    let upper = read_upper_definitions(&arguments.from, root.clone(), &place)?;
    let before = FetchedDefinitions::read(&arguments.to)?;
    let changes = Changes::of(&arguments.to, &upper.files, before.as_ref())?;
    if !changes.by_hand.is_empty() && !arguments.overwrite {
        changes.by_hand.iter().for_each(|path| print_note(&format!("  differs by hand: {path}")));
        return Err(CommandError::bad_use(
            format!(
                "these files of `{}` aren't as {} publishes them, and somebody else wrote them: nothing was changed",
                arguments.to.display(),
                upper.top
            ),
            "a rule counts by what the upper level publishes; take your changes out, or let --overwrite replace them",
        ));
    }
    for path in &changes.removed {
        let file = arguments.to.join(path);
        fs::remove_file(&file).map_err(|source| io_error("removed", &file, source))?;
        print_line(&format!("  removed    {path}, which is published no longer"));
    }
    for (word, paths) in [("new", &changes.new), ("updated", &changes.updated), ("overwritten", &changes.by_hand)] {
        for path in paths {
            let Some(text) = upper.files.get(path) else { continue };
            write_definition(&arguments.to, path, text)?;
            print_line(&format!("  {word:<10} {path}"));
        }
    }
    for path in &changes.left {
        print_note(&format!("  {path} is published no longer, and was changed by hand: it stays as it is"));
    }
    let fetched = FetchedDefinitions {
        from: absolute(&arguments.from),
        root: String::from_utf8_lossy(&root).into_owned(),
        place: place.to_string(),
        files: upper.files.iter().map(|(path, text)| (path.clone(), digest_of(text))).collect(),
    };
    fetched.write(&arguments.to)?;
    let count = upper.files.len();
    print_line(&format!(
        "{} for {place} in {}, as {} publishes them",
        crate::count::counted(count, "definition file", "definition files"),
        arguments.to.display(),
        upper.top
    ));
    if before.is_none() {
        print_line(&format!("write a rule next: ordinance new {place}/SERVICE --dir {}", arguments.to.display()));
    }
    Ok(Exit::Good)
}

/// What becomes of the files of a folder.
#[derive(Default)]
struct Changes {
    new: Vec<String>,
    updated: Vec<String>,
    /// Those that differ, and not only since they were taken over.
    by_hand: Vec<String>,
    removed: Vec<String>,
    /// Those that are published no longer and were changed by hand.
    left: Vec<String>,
}

impl Changes {
    fn of(folder: &Path, files: &DefinitionFiles, before: Option<&FetchedDefinitions>) -> Result<Self, CommandError> {
        let none = BTreeMap::new();
        let before = before.map_or(&none, |before| &before.files);
        let mut changes = Self::default();
        for (path, text) in files {
            let Some(found) = read_definition(folder, path)? else {
                changes.new.push(path.clone());
                continue;
            };
            match before.get(path) {
                _ if found == *text => {}
                Some(digest) if *digest == digest_of(&found) => changes.updated.push(path.clone()),
                Some(_) | None => changes.by_hand.push(path.clone()),
            }
        }
        for (path, digest) in before.iter().filter(|(path, _)| !files.contains_key(*path)) {
            match read_definition(folder, path)? {
                Some(found) if *digest == digest_of(&found) => changes.removed.push(path.clone()),
                Some(_) => changes.left.push(path.clone()),
                None => {}
            }
        }
        Ok(changes)
    }
}

fn read_definition(folder: &Path, path: &str) -> Result<Option<String>, CommandError> {
    let file = folder.join(path);
    match fs::read(&file) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error("read", &file, source)),
    }
}

fn write_definition(folder: &Path, path: &str, text: &str) -> Result<(), CommandError> {
    let file = folder.join(path);
    make_parent(&file)?;
    write_file(&file, text)
}

/// An address that holds from every folder.
fn absolute(address: &str) -> String {
    if address.contains("://") {
        return address.to_owned();
    }
    PathBuf::from(address).canonicalize().map_or_else(|_| address.to_owned(), |path| path.display().to_string())
}
