//! Where the rules are that somebody approves: a built rulebook, or the repository of an authority.

use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_engine::RulebookFolder;
use ordinance_engine::definitions::Definitions;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{INDEX_FILE, Index, IndexedRule, rule_path};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use ordinance_trust::{
    Authority, KnownVersions, RepositoryEditor, RepositoryError, RepositorySource, RootOverview, VerifiedRepository,
    definitions_of_rulebook, first_root, open_source, verify,
};

use crate::exit::CommandError;
use crate::rulebook;
use crate::source::{Folder, io_error, kind_of};
use crate::source_trust::SourceTrust;
use crate::terminal::print_note;

/// Where rules are.
pub(super) enum Shelf {
    /// A rulebook that a build wrote.
    Built(RulebookFolder),
    /// The repository of an authority.
    Repository(Box<dyn RepositorySource>, Box<VerifiedRepository>),
}

impl Shelf {
    pub(super) fn open(address: &str, editor: &RepositoryEditor) -> Result<Self, CommandError> {
        let folder = Path::new(address);
        if !address.contains("://") && !folder.join("metadata").is_dir() {
            let built = match kind_of(folder)? {
                Folder::Built => folder.to_owned(),
                Folder::Source => rulebook::load(folder, SourceTrust::Untrusted)?.folder,
            };
            return RulebookFolder::open(&built).map(Self::Built).map_err(|source| io_error("read", &built, source));
        }
        let source = open_source(address).map_err(RepositoryError::from)?;
        let (root, _) = RootOverview::newest(source.as_ref())?;
        let place = root.authority.jurisdiction;
        let pinned = match editor.delegated_root(&place) {
            Some(pinned) => pinned,
            None => {
                print_note(&format!(
                    "warning: {} doesn't delegate {place}, so only the repository itself says whose it is",
                    editor.root_overview()?.authority.jurisdiction
                ));
                first_root(source.as_ref())?
            }
        };
        let verified = verify(source.as_ref(), &pinned, &KnownVersions::default())?;
        Ok(Self::Repository(source, Box::new(verified)))
    }

    pub(super) fn rules(&self) -> Result<Vec<IndexedRule>, CommandError> {
        match self {
            Self::Built(reader) => {
                let fault = |error| io_error("read", &reader.path().join(INDEX_FILE), error);
                let bytes = reader.read(INDEX_FILE, FILE_BYTES_MAX).map_err(fault)?;
                let index: Index = serde_json::from_slice(&bytes).map_err(|error| fault(error.into()))?;
                Ok(index.rules)
            }
            Self::Repository(source, verified) => Ok(verified.published_rules(source.as_ref())?),
        }
    }

    pub(super) fn component(&self, rule: &IndexedRule, digest: Digest) -> Result<Vec<u8>, CommandError> {
        let (reader, name) = match self {
            Self::Built(reader) => (reader, rule_path(digest)),
            Self::Repository(source, verified) => {
                return Ok(verified.published_rule(source.as_ref(), &rule.jurisdiction, digest)?);
            }
        };
        let bytes =
            reader.read(&name, FILE_BYTES_MAX).map_err(|error| io_error("read", &reader.path().join(&name), error))?;
        if sha256(&bytes) == digest {
            return Ok(bytes);
        }
        Err(CommandError::bad_use(
            format!("`{name}` was changed after the rulebook was built"),
            "build the rulebook again",
        ))
    }

    /// Who published a rule and when; `None` if it isn't published yet.
    pub(super) fn publisher(&self, digest: Digest) -> Result<Option<(Authority, String)>, CommandError> {
        match self {
            Self::Built(_) => Ok(None),
            Self::Repository(source, verified) => {
                let published = verified.published(source.as_ref())?.into_iter().find(|rule| rule.digest == digest);
                Ok(published.map(|rule| (verified.authority().clone(), rule.published)))
            }
        }
    }

    /// The definitions beside the rules, if there are some.
    pub(super) fn definitions(&self) -> Result<Option<Definitions>, CommandError> {
        match self {
            Self::Built(reader) => Ok(Some(definitions_of_rulebook(reader.path())?)),
            // The bounds that a lower authority publishes are no whole.
            Self::Repository(..) => Ok(None),
        }
    }
}
