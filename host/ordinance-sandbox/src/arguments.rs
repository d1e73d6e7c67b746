//! The arguments of an eligibility rule.

use ordinance_domain::answer::Grant;
use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::minimise::MinimisedFacts;
use ordinance_domain::value::Record;

/// The arguments of one call.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    /// The day the case is decided for.
    pub as_of: Date,
    /// The facts that the rule's type declares.
    pub applicant: &'a MinimisedFacts,
    /// The parameters in force on that day, of the rule's types.
    pub parameters: &'a Record,
    /// What the upper levels grant, if anything.
    pub inherited: Option<&'a Grant>,
    /// The place the case is about.
    pub jurisdiction: &'a JurisdictionCode,
}
