//! The errors of rules that can't run.

use std::fmt;

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::type_check::TypeMismatch;
use ordinance_sandbox::ComponentError;

use crate::diagnostic::Diagnostic;
use crate::manifest::ManifestKey;
use crate::type_text::text_of;

/// The error of a rule that can't run. The author of the rule reads the text.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RuleLoadError {
    /// `ordinance build` could not build it; the index has the reason.
    #[error("{0}")]
    NotBuilt(String),
    /// Who published it may not, or its time is over.
    #[error("{0}")]
    Untrusted(String),
    /// Its file can't be read.
    #[error("`{path}` can't be read: {reason}")]
    Unreadable {
        /// The file in the rulebook.
        path: String,
        /// The reason of the operating system.
        reason: String,
    },
    /// The bytes of its file don't have the digest of its name.
    #[error("`{0}` is damaged: its digest is not its name; build the rulebook again")]
    Damaged(String),
    /// It has no manifest that can be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// It isn't the rule that the index names.
    #[error("its manifest names another rule than the index does; build the rulebook again")]
    OtherThanIndexed,
    /// A privacy rule where an eligibility rule is expected.
    #[error("the rule is a privacy rule, not a rule of a service")]
    PrivacyRule,
    /// An eligibility rule where a privacy rule is expected.
    #[error("the rule is not a privacy rule")]
    EligibilityRule,
    /// Its service isn't in the rulebook.
    #[error("its service `{0}` is not in the rulebook; add services/{0}.toml")]
    UnknownService(Id),
    /// Its place isn't in the rulebook.
    #[error("its jurisdiction `{0}` is not in the rulebook; add it to rulebook.toml")]
    UnknownJurisdiction(JurisdictionCode),
    /// The id of a privacy rule is that of a service.
    #[error("its id `{0}` is also the id of a service; give the rule another id")]
    IdOfService(Id),
    /// A mask of its manifest fits no fact.
    #[error(transparent)]
    Mask(Box<Diagnostic>),
    /// The sandbox rejects its component.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// Its type doesn't fit the contract or the manifest.
    #[error("{}", .0.iter().map(text_of).collect::<Vec<_>>().join("\n"))]
    TypeMismatch(Vec<TypeMismatch>),
    /// A criterion names a fact that the rule's type doesn't declare.
    #[error(
        "the criterion `{criterion}` names the fact `{fact}`, which the rule's type doesn't declare; correct its `facts` in rule.toml"
    )]
    UndeclaredFact { criterion: Id, fact: FieldName },
    #[error(
        "the criterion `{criterion}` is found for each item of `{list}`, which is no list that the rule's type declares; correct its `each` in rule.toml"
    )]
    NoListOfCriterion { criterion: Id, list: FieldName },
    /// Two rules of one folder have the same version.
    #[error("version {0} exists twice; give each version its own number")]
    DuplicateVersion(String),
    /// Another version of the folder can't be read, so its days are unknown.
    #[error("a version of {place}/{folder} can't be read, so its days in force are unknown; mend that version first")]
    BesideUnreadableVersion {
        place: JurisdictionCode,
        /// The folder below the place.
        folder: Id,
    },
    /// Two versions are in force on the same days.
    #[error(
        "version {version} is in force on the same days as version {other} of `{id}`; give one an `until`, or the other a later `from`; if one was withdrawn, write `withdrawn`"
    )]
    OverlappingVersions {
        version: String,
        /// The earlier one.
        other: String,
        /// The rule's id.
        id: Id,
    },
    /// It needs a grant field that a level above may leave open.
    #[error(
        "`inherited.{field}`: the rule of `{place}` may leave it open; write `{field}` as an option in the grant record of the rule's wit"
    )]
    InheritedFieldMayBeOpen {
        /// The field as WIT writes it.
        field: String,
        /// The level above.
        place: JurisdictionCode,
    },
    /// A parameter is in another unit than what it is held against.
    #[error(
        "`{name}` is in `{unit}`, but {other}; convert the number and write the same unit in rule.toml, or leave the unit out where the law itself converts"
    )]
    UnitMismatch {
        name: FieldName,
        unit: String,
        /// What stands in another unit, with it.
        other: String,
    },
    /// An intermediate value that isn't a number has a unit.
    #[error(
        "the intermediate value `{name}` is {found}, and only a number has a unit; remove `unit` from \
         [intermediates.{name}] in rule.toml"
    )]
    UnitOfNoNumber {
        name: FieldName,
        /// Its type in the rule's WIT.
        found: String,
    },
    /// A parameter lies outside a bound that a level above sets.
    #[error(transparent)]
    ParameterOutOfBounds(Box<ParameterOutOfBounds>),
}

/// A parameter outside the bound of a level above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterOutOfBounds {
    pub(super) name: FieldName,
    pub(super) value: String,
    pub(super) day: Date,
    pub(super) bound: String,
    pub(super) set_by: JurisdictionCode,
    pub(super) provision: String,
}

impl std::error::Error for ParameterOutOfBounds {}

impl fmt::Display for ParameterOutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, day, bound, set_by, provision } = self;
        write!(
            f,
            "the parameter `{name}` is {value} on {day}, which breaks `{bound}` of `{set_by}` ({provision}); change the value in rule.toml"
        )
    }
}

/// The error of a component without a manifest that can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The bytes aren't WebAssembly.
    #[error("the file is not a WebAssembly component")]
    NotWebAssembly,
    /// The bytes can't be parsed.
    #[error("the file is no valid component: {reason}; copy it again, or build it again with `ordinance build`")]
    Malformed {
        /// Where and why.
        reason: String,
    },
    /// There is no manifest, or more than one.
    #[error("the component has no manifest, or more than one; build it with `ordinance build`, which embeds rule.toml")]
    Missing,
    /// The manifest isn't UTF-8.
    #[error("its manifest is not UTF-8")]
    NotUtf8,
    /// The manifest is invalid.
    #[error(transparent)]
    Invalid(#[from] Box<Diagnostic>),
}

impl RuleLoadError {
    /// The key of the manifest at which the author mends it, if it is one.
    #[must_use]
    pub fn key(&self) -> Option<ManifestKey> {
        match self {
            Self::UnknownService(_) | Self::IdOfService(_) | Self::DuplicateVersion(_) => Some(ManifestKey::Id),
            Self::UnknownJurisdiction(_) => Some(ManifestKey::Jurisdiction),
            Self::OverlappingVersions { .. } => Some(ManifestKey::InForce),
            Self::UndeclaredFact { criterion, .. } | Self::NoListOfCriterion { criterion, .. } => {
                Some(ManifestKey::Criterion(criterion.clone()))
            }
            Self::UnitMismatch { name, .. } => Some(ManifestKey::Parameter(name.clone())),
            Self::ParameterOutOfBounds(found) => Some(ManifestKey::Parameter(found.name.clone())),
            Self::TypeMismatch(found) => {
                found.iter().find_map(TypeMismatch::parameter).map(|name| ManifestKey::Parameter(name.clone()))
            }
            Self::Component(ComponentError::LimitTooHigh { limit, .. }) => Some(ManifestKey::Limit(*limit)),
            Self::NotBuilt(_)
            | Self::Untrusted(_)
            | Self::Unreadable { .. }
            | Self::Damaged(_)
            | Self::Manifest(_)
            | Self::OtherThanIndexed
            | Self::PrivacyRule
            | Self::EligibilityRule
            | Self::Mask(_)
            | Self::Component(_)
            | Self::BesideUnreadableVersion { .. }
            | Self::UnitOfNoNumber { .. }
            | Self::InheritedFieldMayBeOpen { .. } => None,
        }
    }
}
