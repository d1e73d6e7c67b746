//! The arguments of an eligibility rule.

use ordinance_domain::answer::Grant;
use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::minimise::MinimisedFacts;
use ordinance_domain::value::Record;

/// The arguments of one call.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    /// The day for which the case is decided (valid time).
    pub as_of: Date,
    /// The facts that the rule's type declares, and no others.
    pub applicant: &'a MinimisedFacts,
    /// The parameters in force on that day, in the types that the rule declares.
    pub parameters: &'a Record,
    /// The grant of the upper levels; `None` if they grant nothing.
    pub inherited: Option<&'a Grant>,
    /// The code of the place of the case.
    pub jurisdiction: &'a JurisdictionCode,
}
