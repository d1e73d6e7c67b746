//! A rulebook at one revision: its definitions and its rules, loaded, checked and compiled.

mod checks;
mod intervals;
mod load;
mod notice;
mod notices;
mod rejection;
mod revision;
mod rule;

pub use self::load::{IndexError, LoadError};
pub use self::notice::Notice;
pub use self::rejection::{ManifestError, ParameterOutOfBounds, RuleRejection};
pub use self::revision::Rulebook;
pub use self::rule::{
    BoundEligibilityRule, BoundPrivacyRule, BoundRule, PrivacyRule, Rule, RuleFolder, RuleState, check_rule,
    embedded_manifest,
};
