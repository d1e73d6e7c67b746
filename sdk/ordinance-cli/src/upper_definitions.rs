//! The definitions that the levels above an authority publish, against which it writes and builds its rules; and what
//! a folder of sources keeps of those that it took over.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::{DefinitionFiles, parse_definitions, place_of_definition};
use ordinance_engine::digest::sha256;
use ordinance_trust::{Authorities, AuthorityState, RepositoryError, TrustedAuthorities, assemble, open_source};
use serde::{Deserialize, Serialize};

use crate::exit::CommandError;
use crate::invocation::now;
use crate::source::{SDK_FOLDER, io_error, make_parent, write_file};
use crate::terminal::print_note;

/// The file in the folder of the SDK that says what was taken over.
const FETCHED_FILE: &str = "definitions.json";

/// The definitions of the levels above a place.
pub(crate) struct UpperDefinitions {
    /// The top authority, as `CODE (name)`.
    pub(crate) top: String,
    pub(crate) files: DefinitionFiles,
}

/// What a folder of sources took over: from where, and each file as it was then.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FetchedDefinitions {
    /// The address of the repository of the top authority.
    pub(crate) from: String,
    /// The text of the pinned root.
    pub(crate) root: String,
    /// The place whose authority writes its rules here.
    pub(crate) place: String,
    /// The digest of each file, by its path.
    pub(crate) files: BTreeMap<String, String>,
}

impl FetchedDefinitions {
    /// What a folder of sources took over; `None` if nothing.
    pub(crate) fn read(folder: &Path) -> Result<Option<Self>, CommandError> {
        let path = folder.join(SDK_FOLDER).join(FETCHED_FILE);
        let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            CommandError::bad_use(
                format!("`{}` isn't as `ordinance trust fetch` writes it: {error}", path.display()),
                "remove it, and run `ordinance trust fetch` again",
            )
        })
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), CommandError> {
        let path = folder.join(SDK_FOLDER).join(FETCHED_FILE);
        make_parent(&path)?;
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write_file(&path, &format!("{text}\n"))
    }
}

/// Reads the definitions of the levels above a place, checked from the pinned root of the top authority on.
pub(crate) fn read_upper_definitions(
    address: &str,
    root: Vec<u8>,
    place: &JurisdictionCode,
) -> Result<UpperDefinitions, CommandError> {
    let scratch = tempfile::tempdir().map_err(|source| io_error("made", &std::env::temp_dir(), source))?;
    let source = open_source(address).map_err(RepositoryError::from)?;
    let trusted = TrustedAuthorities::new(source, root, scratch.path().join("state"))?;
    let authorities = trusted.update(now())?;
    let published = assemble(&authorities, now()).definitions;
    let definitions = parse_definitions(&published).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        CommandError::bad_use(faults.join("\n"), "the authority that published these definitions must mend them")
    })?;
    let places = definitions.places.all_published();
    let top = top_of(&authorities);
    if !places.knows(place) {
        return Err(CommandError::bad_use(
            format!("the definitions that {top} publishes have no place {place}"),
            "ask the top authority to publish the place first, or name another one",
        ));
    }
    let above = places.ever_above(place);
    if above.is_empty() {
        return Err(CommandError::bad_use(
            format!("no level is above {place}, so nobody publishes definitions for it"),
            "the top authority writes the definitions itself: `ordinance new CODE/SERVICE`",
        ));
    }
    check_states(&authorities, &above)?;
    let is_upper = |path: &str| place_of_definition(path).is_none_or(|of| above.contains(&&of));
    let files = published.into_iter().filter(|(path, _)| is_upper(path)).collect();
    Ok(UpperDefinitions { top, files })
}

/// The digest of a definition file, as a folder of sources keeps it.
pub(crate) fn digest_of(text: &str) -> String {
    sha256(text.as_bytes()).hex()
}

fn top_of(authorities: &Authorities) -> String {
    authorities.reports.first().map_or_else(String::new, |report| match &report.name {
        Some(name) => format!("{} ({name})", report.jurisdiction),
        None => report.jurisdiction.to_string(),
    })
}

/// Refuses definitions of which a level above isn't as it must be.
fn check_states(authorities: &Authorities, above: &[&JurisdictionCode]) -> Result<(), CommandError> {
    for report in authorities.reports.iter().filter(|report| above.contains(&&report.jurisdiction)) {
        match &report.state {
            AuthorityState::Current => {}
            AuthorityState::Kept(why) => print_note(&format!("warning: {}: {why}", report.jurisdiction)),
            AuthorityState::Lapsed(why) | AuthorityState::Unknown(why) => {
                return Err(CommandError::bad_use(
                    format!("the definitions of {} can't be had: {why}", report.jurisdiction),
                    format!("ask {} to sign its repository anew (`ordinance trust refresh`)", report.jurisdiction),
                ));
            }
        }
    }
    Ok(())
}
