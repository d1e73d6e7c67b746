//! Access for reviewers' searches on synthetic facts. Such facts aren't personal data, so they need no privacy. A test
//! of the source checks that no part of the host names this module.

use ordinance_domain::facts::Facts;
use ordinance_domain::privacy::PrivacyRulings;

use crate::law::ApplicableLaw;
use crate::privacy::AdmittedFacts;

/// Admits every fact without consulting the rulings.
#[must_use]
pub fn admit_unchecked<'c>(law: &ApplicableLaw<'_>, facts: &'c Facts, rulings: PrivacyRulings) -> AdmittedFacts<'c> {
    AdmittedFacts::unchecked(law, facts, rulings)
}
