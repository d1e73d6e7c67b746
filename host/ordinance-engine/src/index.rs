//! The index of a built rulebook: which definition files and which rules it holds, each by its digest. The digest of
//! the index names the whole rulebook.

use std::collections::BTreeMap;

use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::digest::{Digest, DigestError};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use serde::{Deserialize, Serialize};

use crate::unambiguous_json::read_unambiguous;

/// The file in the rulebook's folder.
pub const INDEX_FILE: &str = "index.json";
/// The folder of rules.
pub const RULES_FOLDER: &str = "rules";
/// The file of the rules' own cases: a JSON object of the text of each case file by its path.
pub const CASES_FILE: &str = "cases.json";
/// The folder of the files about each rule (its text in words, its cases, results) that web pages show. No decision
/// depends on it, the index doesn't name it, and a rulebook without it is whole.
pub const PAGES_FOLDER: &str = "pages";
/// The most bytes of a file of [`PAGES_FOLDER`] that is read. A build writes at most half of it.
pub const PAGE_BYTES_MAX: u64 = 2 << 20;
/// The version of the index that is written.
pub const FORMAT: u32 = 4;
/// The oldest version that is read. It has no digests of sources.
pub const OLDEST_FORMAT: u32 = 3;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The version of this file's form.
    pub format: u32,
    /// The digest of each definition file, by its path.
    pub definitions: BTreeMap<String, HexDigest>,
    /// The digest of the file of cases.
    pub cases: HexDigest,
    /// The rules, ordered by jurisdiction, service and first day.
    pub rules: Vec<IndexedRule>,
}

/// A rule of the index. It identifies the rule even if its component is missing or damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexedRule {
    /// The code of its place.
    pub jurisdiction: String,
    /// The id of its service. `None` for a privacy rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    pub id: String,
    pub version: String,
    /// The first day on which it is in force.
    pub from: Date,
    /// The first day on which it is no longer in force.
    pub until: Option<Date>,
    /// The day of its publication, if the manifest has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Date>,
    /// The day of its withdrawal, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Date>,
    /// Whether it is a shadow rule, which has no effect on decisions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// The SHA-256 of everything from which its component was built: manifest, code, WIT, dependencies, toolchain and
    /// flags. `None` for a rule that is broken, or that changed during its compilation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<HexDigest>,
    /// Who published it. Only a host writes this, into the rulebook that it makes of repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_by: Option<IndexedPublisher>,
    /// The digest of the file of a rule that is [`IndexedState::Untrusted`]. Only a host writes this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<HexDigest>,
    /// The file.
    pub state: IndexedState,
}

/// An index isn't written in the one way in which everybody reads it.
#[derive(Debug, thiserror::Error)]
pub enum IndexReadError {
    /// It is no JSON of an index, or names a member twice.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Its form is another one.
    #[error("it has format {0}, not {OLDEST_FORMAT} to {FORMAT}")]
    Format(u32),
    /// What it says can be written in another way too.
    #[error("it isn't written in the one way: digests in lower case, days as YYYY-MM-DD, no null for what is absent")]
    Spelling,
}

impl Index {
    /// Reads an index that others read too, and that therefore is written in one way alone.
    ///
    /// # Errors
    /// [`IndexReadError`].
    pub fn read_strictly(text: &str) -> Result<Self, IndexReadError> {
        let written = read_unambiguous(text.as_bytes())?;
        let index: Self = serde_json::from_str(text)?;
        if !(OLDEST_FORMAT..=FORMAT).contains(&index.format) {
            return Err(IndexReadError::Format(index.format));
        }
        // Written again, it is the same: no digest in upper case, no null for what is absent.
        let well_formed =
            serde_json::to_value(&index)? == written && index.rules.iter().all(IndexedRule::is_well_formed);
        if well_formed { Ok(index) } else { Err(IndexReadError::Spelling) }
    }
}

/// Who published a rule or approved it, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexedPublisher {
    /// The code of the authority's place.
    pub authority: String,
    /// When, in UTC.
    pub at: String,
    /// Who approved what it published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Self>,
}

/// Where the rule's file is, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexedState {
    /// `rules/<SHA-256>.wasm`
    Built(HexDigest),
    /// It could not be built; the reason.
    Broken(String),
    /// Who published it may not, or its time is over; the reason. Only a host writes this, into the rulebook that it
    /// makes of repositories.
    Untrusted(String),
}

/// A digest as the index writes it: 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct HexDigest(pub Digest);

impl From<HexDigest> for String {
    fn from(digest: HexDigest) -> Self {
        digest.0.hex()
    }
}

impl TryFrom<String> for HexDigest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse().map(Self)
    }
}

impl IndexedRule {
    /// Whether it is written as a rulebook reads it, with days of our era.
    fn is_well_formed(&self) -> bool {
        let days = [Some(self.from).filter(|day| *day != Date::MIN), self.until, self.published, self.withdrawn];
        JurisdictionCode::new(&self.jurisdiction).is_ok()
            && self.service.iter().chain([&self.id]).all(|id| Id::new(id).is_ok())
            && self.version.bytes().all(|byte| byte.is_ascii_graphic())
            && days.into_iter().flatten().all(|day| day.year() >= 1)
            && self.in_force().is_ok()
    }

    /// The digest of its file; `None` if it can't be used.
    #[must_use]
    pub fn built(&self) -> Option<Digest> {
        match &self.state {
            IndexedState::Built(digest) => Some(digest.0),
            IndexedState::Broken(_) | IndexedState::Untrusted(_) => None,
        }
    }

    /// The digest of its file, also of one that may not be used.
    #[must_use]
    pub fn file_digest(&self) -> Option<Digest> {
        self.built().or(self.digest.map(|digest| digest.0))
    }

    /// The code of the authority that published it, in a rulebook that a host made of repositories.
    #[must_use]
    pub fn publisher(&self) -> Option<&str> {
        self.published_by.as_ref().map(|publisher| publisher.authority.as_str())
    }

    /// The folder of its sources in that of its place: its service, or the id of a privacy rule.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.id)
    }

    /// Its place, folder and version, as `CODE/SERVICE VERSION`.
    #[must_use]
    pub fn place_and_version(&self) -> String {
        format!("{}/{} {}", self.jurisdiction, self.folder(), self.version)
    }

    /// When it is in force.
    ///
    /// # Errors
    /// If no day lies between its dates.
    pub fn in_force(&self) -> Result<DateRange, ordinance_domain::calendar::EmptyRangeError> {
        DateRange::new(self.from, self.until)
    }
}

/// The path of a rule's file in the rulebook.
#[must_use]
pub fn rule_path(digest: Digest) -> String {
    format!("{RULES_FOLDER}/{}.wasm", digest.hex())
}

/// What a file of [`PAGES_FOLDER`] tells of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    /// The rule in words, and its cases.
    Text,
    /// The coverage of the rule by its cases, which a command found in the rulebook of its authority.
    Coverage,
    /// What the rulebook of its authority changes against another one, which a command found.
    Impact,
    /// The type of the rule's function, for a browser, which can't read it from the component.
    Type,
}

impl PageKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Text, Self::Coverage, Self::Impact, Self::Type];

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Coverage => "coverage",
            Self::Impact => "impact",
            Self::Type => "type",
        }
    }

    /// The digest in the name of such a file, and its kind; `None` if it is no such name.
    #[must_use]
    pub fn of_file(name: &str) -> Option<(&str, Self)> {
        let stem = name.strip_suffix(".json")?;
        let of_kind = |kind: Self| Some((stem.strip_suffix(&kind.infix())?, kind));
        Self::ALL.into_iter().filter_map(of_kind).find(|(digest, _)| !digest.contains('.'))
    }

    /// What stands between the digest and the end of the file's name.
    fn infix(self) -> String {
        match self {
            Self::Text => String::new(),
            Self::Coverage | Self::Impact | Self::Type => format!(".{}", self.as_str()),
        }
    }
}

/// The path of a file about a rule.
#[must_use]
pub fn page_path(digest: Digest, kind: PageKind) -> String {
    format!("{PAGES_FOLDER}/{}{}.json", digest.hex(), kind.infix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_page_tells_its_rule_and_its_kind() {
        let digest = crate::digest::sha256(b"a rule");
        for kind in PageKind::ALL {
            let path = page_path(digest, kind);
            let name = path.strip_prefix("pages/").unwrap();
            assert_eq!(PageKind::of_file(name), Some((digest.hex().as_str(), kind)), "{name}");
        }
        for name in ["abc.other.json", "abc.json.txt", ".hidden", "abc.coverage.impact.json"] {
            assert_eq!(PageKind::of_file(name), None, "{name}");
        }
    }
}
