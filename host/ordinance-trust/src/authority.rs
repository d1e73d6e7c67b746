//! An authority: the place whose law it makes, and its name.

use ordinance_domain::jurisdiction::JurisdictionCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tough::schema::{Root, Signed};

use crate::error::RepositoryError;
use crate::metadata::{PINNED_ROOT, parse};

/// The member of `root.json` that says whose repository it is. TUF lets a root have members of its own.
const MEMBER: &str = "authority";

/// The longest name of an authority, in characters.
const NAME_CHARACTERS_MAX: usize = 200;

/// An authority that makes law, as the keys of its root say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The place whose law it makes, with all places below.
    pub jurisdiction: JurisdictionCode,
    /// Its name for people.
    pub name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAuthority {
    jurisdiction: String,
    name: String,
}

impl Authority {
    /// The authority of the root that somebody pinned; no signature is checked.
    pub(crate) fn of_pinned_root(root: &[u8]) -> Result<Self, RepositoryError> {
        let root: Signed<Root> = parse(PINNED_ROOT, root)?;
        Self::of_root(&root.signed, PINNED_ROOT)
    }

    /// The authority that a root names.
    pub(crate) fn of_root(root: &Root, file: &str) -> Result<Self, RepositoryError> {
        let malformed = |reason: String| RepositoryError::Malformed { file: file.to_owned(), reason };
        let member = root._extra.get(MEMBER).ok_or_else(|| malformed(format!("it has no member `{MEMBER}`")))?;
        let written: WrittenAuthority =
            serde_json::from_value(member.clone()).map_err(|error| malformed(error.to_string()))?;
        let jurisdiction =
            JurisdictionCode::new(&written.jurisdiction).map_err(|error| malformed(error.to_string()))?;
        if written.name.chars().count() > NAME_CHARACTERS_MAX || written.name.chars().any(char::is_control) {
            return Err(malformed("the name of the authority is too long, or has a control character".to_owned()));
        }
        Ok(Self { jurisdiction, name: written.name })
    }

    pub(crate) fn as_member(&self) -> (String, Value) {
        let value = serde_json::json!({ "jurisdiction": self.jurisdiction.as_str(), "name": self.name });
        (MEMBER.to_owned(), value)
    }
}
