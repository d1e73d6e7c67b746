//! The type of a privacy rule: which arguments it takes and which parameters it reads. Its request and its rulings are
//! fixed by the interface (`ordinance:rules/privacy`).

use ordinance_domain::rule_type::RuleField;

/// The type of a privacy rule's `rule-on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyType {
    /// The arguments in the order of the function.
    pub arguments: Vec<PrivacyArgument>,
    /// The parameters that the rule reads.
    pub parameters: Vec<RuleField>,
    /// Whether the request says who of a case its subject is and whose each fact is, as it does from version 0.2.0 of
    /// the interface.
    pub tells_parties: bool,
}

/// An argument of `rule-on`, bound by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyArgument {
    /// `as-of`: the day of processing.
    AsOf,
    /// `parameters`: the values that the rule's parameters have on that day.
    Parameters,
    /// `request`: the facts, their recipient, the purpose and the legal basis.
    Request,
    /// `jurisdiction`: the code of the place of the facts.
    Jurisdiction,
}
