//! `ordinance trust delegate`: lists the root of a lower authority.

use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_trust::{
    FolderSource, RepositoryEditor, RepositorySource, RootOverview, default_address, definitions_of_rulebook,
};

use crate::arguments::DelegateArguments;
use crate::exit::{CommandError, Exit};
use crate::repositories::{open_repository, place_of, print_root, sign_all};
use crate::signing_keys::open_keys;
use crate::source::{Folder, Source, kind_of, read_file};
use crate::source_trust::SourceTrust;
use crate::terminal::{print_line, print_note};

pub(super) fn run(arguments: &DelegateArguments) -> Result<Exit, CommandError> {
    let place = place_of(&arguments.code)?;
    let mut editor = open_repository(&arguments.to)?;
    let (root, is_published) = read_root(&arguments.root)?;
    let own = editor.root_overview()?.authority;
    let before = editor.delegated_root(&place);
    let address_before = before.as_ref().map(|_| address_of(&editor, &place));
    let lower = match &arguments.dir {
        Some(dir) => {
            let definitions = definitions_in(dir)?;
            editor.delegate(&place, &root, arguments.address.as_deref(), Some(&definitions))?
        }
        None => {
            let definitions = editor.published_definitions();
            if definitions.is_none() {
                print_note(&format!(
                    "warning: {} publishes no definitions, so whether {place} is below isn't checked here; readers check it. --dir DIR checks it by a rulebook",
                    arguments.to.display()
                ));
            }
            editor.delegate(&place, &root, arguments.address.as_deref(), definitions.as_ref())?
        }
    };
    print_root(&lower);
    let keys = open_keys(&arguments.signing)?;
    sign_all(&mut editor, &keys, &arguments.validity)?;
    print_line("");
    print_line(&format!("{} ({}) delegates {place} to {}", own.jurisdiction, own.name, lower.authority.name));
    let address = address_of(&editor, &place);
    let note = match &address_before {
        Some(before) if *before != address => format!(", no longer at {before}"),
        Some(_) if arguments.address.is_none() => ", as before".to_owned(),
        Some(_) | None => String::new(),
    };
    print_line(&format!("  its repository is at {address}{note}"));
    if before.is_some_and(|before| before != root) {
        print_note(&format!("it replaces another root of {place}, which counts no longer"));
    }
    if !is_published {
        print_note(&format!(
            "warning: nothing of {place} is published yet; until it is, its law is unknown, and its level fails in every decision"
        ));
    }
    Ok(Exit::Good)
}

/// Where readers find the repository of a delegated place.
fn address_of(editor: &RepositoryEditor, place: &JurisdictionCode) -> String {
    editor.delegated_address(place).unwrap_or_else(|| default_address(place))
}

/// The definitions of a rulebook. Nothing is built for them.
fn definitions_in(dir: &Path) -> Result<Definitions, CommandError> {
    match kind_of(dir)? {
        Folder::Built => Ok(definitions_of_rulebook(dir)?),
        Folder::Source => {
            let source = Source::read(dir, SourceTrust::Untrusted)?;
            parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)
        }
    }
}

/// The root of a lower authority, and whether anything of it is published, as far as that can be told.
fn read_root(path: &Path) -> Result<(Vec<u8>, bool), CommandError> {
    if path.is_dir() {
        let source = FolderSource::new(path.to_owned());
        let (_, root) = RootOverview::newest(&source)?;
        let timestamp = source.read("metadata/timestamp.json", 1 << 16);
        return Ok((root, timestamp.is_ok_and(|file| file.is_some())));
    }
    Ok((read_file(path)?, true))
}
