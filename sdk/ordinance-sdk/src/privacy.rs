//! The types of privacy rules: the request, and functions for rulings.
//!
//! ```text
//! impl Guest for Privacy {
//!     fn rule_on(as_of: Date, request: DisclosureRequest) -> Vec<Ruling> {
//!         request.rule_on_each(|fact| {
//!             if request.consents_to(fact, as_of) {
//!                 fact.permit("consent")
//!             } else {
//!                 fact.withhold("consent").ask_separate_consent()
//!             }
//!         })
//!     }
//! }
//! ```

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::date::Date;

/// Defines an enum of the interface. The bindings lift its cases by number.
macro_rules! interface_enum {
    ($(#[$doc:meta])* $type:ident { $($(#[$case_doc:meta])* $case:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $type { $($(#[$case_doc])* $case,)* }

        impl $type {
            /// The case with this number.
            ///
            /// # Safety
            /// Safe for every number: a number without a case traps. The bindings call an unsafe function.
            #[doc(hidden)]
            #[must_use]
            #[allow(unsafe_code)]
            pub unsafe fn _lift(number: u8) -> Self {
                const CASES: &[$type] = &[$($type::$case,)*];
                CASES[usize::from(number)]
            }
        }
    };
}

interface_enum! {
    /// The kinds of recipients.
    RecipientKind {
        /// The data subject, or a representative of the data subject.
        Subject,
        /// A portal of the administration that acts on behalf of its user.
        Portal,
        /// A department or another body with a public task.
        PublicBody,
        /// The police or a prosecutor.
        LawEnforcement,
        /// An auditor of a public body.
        Auditor,
        /// A researcher or a statistician.
        Researcher,
        /// A company.
        Business,
        /// Another person.
        Individual,
    }
}

interface_enum! {
    /// The activities for which facts are requested.
    Activity {
        /// Rules decide a case on the facts.
        Decide,
        /// The recipient sees a decision that depends on the facts.
        Explain,
        /// The recipient gets the facts.
        Disclose,
    }
}

interface_enum! {
    /// Age bands at the limits of laws on children's data. They are ordered: `band < AgeBand::Age14`.
    AgeBand {
        /// Below 13.
        Under13,
        /// 13.
        Age13,
        /// 14.
        Age14,
        /// 15.
        Age15,
        /// 16 or 17.
        Age16to17,
        /// 18 and over.
        Adult,
    }
}

interface_enum! {
    /// Who of a case is the subject of a request. A case about several people leads to a request for each who differs
    /// in what the law may depend on.
    Party {
        /// The applicant, or the person for whom the case is decided.
        Applicant,
        /// Another person of the case, such as a member of the household.
        Other,
    }
}

interface_enum! {
    /// Whose a fact is, from the view of the subject of the request.
    Holder {
        /// The subject's own.
        Subject,
        /// That of the household in which the subject lives.
        Household,
    }
}

interface_enum! {
    /// The sensitivity of a fact.
    Sensitivity {
        /// Not about a person.
        Public,
        /// About a person.
        Personal,
        /// About a person and specially protected.
        Sensitive,
    }
}

interface_enum! {
    /// Whether the department that holds a fact may share it with others.
    SharingClass {
        /// It may share the fact with every department that needs it for its duties.
        Unconditional,
        /// It may share the fact with some departments, or for some uses.
        Conditional,
        /// It may not share the fact.
        NotShared,
    }
}

/// The recipient of the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The kind of the recipient.
    pub kind: RecipientKind,
    /// The id by which the host knows the recipient.
    pub id: String,
}

/// The scope of a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The purposes, as terms of the Data Privacy Vocabulary.
    pub purposes: Vec<String>,
    /// The names of the facts.
    pub facts: Vec<String>,
    /// The names of the facts to which the person consents separately.
    pub separate: Vec<String>,
    /// The first day on which the consent no longer holds. `None` if it has no end.
    pub until: Option<Date>,
}

/// The legal basis of the processing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LegalBasis {
    /// The person's consent, within its scope.
    Consent(Consent),
    /// A duty by law.
    StatutoryDuty,
    /// A contract with the person.
    Contract,
    /// Life, health or property is in danger.
    Emergency,
    /// A task in the public interest.
    PublicInterest,
}

/// The data subject: the person to whom the facts belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Who of the case it is.
    pub party: Party,
    /// The person's age band. `None` if it is unknown.
    pub age_band: Option<AgeBand>,
    /// Whether the person is an adult without legal capacity. `None` if that is unknown.
    pub lacks_capacity: Option<bool>,
    /// Whether a parent or guardian consents. `None` if that is unknown.
    pub guardian_consents: Option<bool>,
}

/// A requested fact, without its value, which privacy rules never see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedFact {
    /// Its name in facts.toml; of a part of a fact, the names of the fact and its parts with dots between, such as
    /// `members.age`.
    pub name: String,
    /// The category of personal data, such as `dpv-pd:Disability`.
    pub category: Option<String>,
    /// Its sensitivity.
    pub sensitivity: Sensitivity,
    /// Its sharing class, if facts.toml gives one.
    pub sharing: Option<SharingClass>,
    /// Whose it is.
    pub holder: Holder,
}

/// A request for facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureRequest {
    /// The recipient of the facts.
    pub recipient: Recipient,
    /// The activity for which the facts are requested.
    pub activity: Activity,
    /// The purpose, a term of the Data Privacy Vocabulary such as `dpv:PublicBenefit`.
    pub purpose: String,
    /// All broader purposes.
    pub broader_purposes: Vec<String>,
    /// The legal basis.
    pub basis: LegalBasis,
    /// The data subject.
    pub subject: Subject,
    /// The requested facts.
    pub facts: Vec<RequestedFact>,
}

/// The verdict on the use or the disclosure of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The fact may be used or disclosed.
    Permit,
    /// The fact may be used or disclosed only in the form of this mask of rule.toml.
    Mask(String),
    /// The fact may not be used or disclosed.
    Withhold,
}

/// A duty of the recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obligation {
    /// Delete the fact after this number of days.
    RetainAtMostDays(u32),
    /// Notify the person.
    NotifySubject,
    /// Keep a record of the access.
    LogAccess,
    /// Disclose the fact to nobody else.
    NoOnwardTransfer,
    /// Ask the person for a separate consent to this fact.
    AskSeparateConsent,
}

/// The ruling of one rule on one fact. A fact without a ruling is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Ruling {
    /// The fact's name.
    pub fact: String,
    /// The verdict on the fact.
    pub verdict: Verdict,
    /// The criterion's id in rule.toml.
    pub criterion: String,
    /// The duties of the recipient.
    pub obligations: Vec<Obligation>,
}

impl DisclosureRequest {
    /// Rules on each fact of the request, in order.
    pub fn rule_on_each(&self, rule: impl FnMut(&RequestedFact) -> Ruling) -> Vec<Ruling> {
        self.facts.iter().map(rule).collect()
    }

    /// Whether the request is for this purpose or a narrower one: `dpv:Marketing` includes `dpv:DirectMarketing`.
    #[must_use]
    pub fn is_for(&self, purpose: &str) -> bool {
        self.purpose == purpose || self.broader_purposes.iter().any(|broader| broader == purpose)
    }

    /// The consent of the request, if its basis is consent that holds on this day for the request's purpose.
    #[must_use]
    pub fn consent_on(&self, day: Date) -> Option<&Consent> {
        let LegalBasis::Consent(consent) = &self.basis else { return None };
        let holds = consent.until.is_none_or(|until| day < until);
        Some(consent).filter(|consent| holds && consent.purposes.contains(&self.purpose))
    }

    /// Whether the person consents to this fact, on this day, for the request's purpose.
    #[must_use]
    pub fn consents_to(&self, fact: &RequestedFact, day: Date) -> bool {
        self.consent_on(day).is_some_and(|consent| consent.facts.contains(&fact.name))
    }

    /// Whether the person consents to this fact separately, on this day, for the request's purpose.
    #[must_use]
    pub fn consents_separately_to(&self, fact: &RequestedFact, day: Date) -> bool {
        self.consent_on(day).is_some_and(|consent| consent.separate.contains(&fact.name))
    }

    /// Whether the facts are about another person of the case than the applicant.
    #[must_use]
    pub fn is_about_other(&self) -> bool {
        self.subject.party == Party::Other
    }

    /// Whether who asks for the case acts for the person whom the facts are about: for another person of the case only
    /// as the parent or guardian who consents. A recipient of the kind `Subject` or `Portal` asks for oneself only
    /// then.
    #[must_use]
    pub fn acts_for_subject(&self) -> bool {
        !self.is_about_other() || self.guardian_consents()
    }

    /// Whether a parent or guardian consents who may. False if that is unknown, and for an adult with capacity, whose
    /// guardian nobody is.
    #[must_use]
    pub fn guardian_consents(&self) -> bool {
        let may_have_guardian =
            self.subject.age_band != Some(AgeBand::Adult) || self.subject.lacks_capacity == Some(true);
        self.subject.guardian_consents == Some(true) && may_have_guardian
    }
}

impl RequestedFact {
    /// Whether the fact is not about a person.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.sensitivity == Sensitivity::Public
    }

    /// Whether the fact is specially protected.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.sensitivity == Sensitivity::Sensitive
    }

    /// Permits the use or the disclosure of the fact, by this criterion of rule.toml.
    pub fn permit(&self, criterion: &str) -> Ruling {
        self.ruling(Verdict::Permit, criterion)
    }

    /// Permits the fact only in the form of this mask of rule.toml, by this criterion.
    pub fn mask(&self, mask: &str, criterion: &str) -> Ruling {
        self.ruling(Verdict::Mask(mask.to_string()), criterion)
    }

    /// Forbids the use and the disclosure of the fact, by this criterion of rule.toml.
    pub fn withhold(&self, criterion: &str) -> Ruling {
        self.ruling(Verdict::Withhold, criterion)
    }

    fn ruling(&self, verdict: Verdict, criterion: &str) -> Ruling {
        Ruling { fact: self.name.clone(), verdict, criterion: criterion.to_string(), obligations: Vec::new() }
    }
}

impl Ruling {
    /// Adds the duty to delete the fact after this number of days.
    pub fn retain_at_most_days(self, days: u32) -> Self {
        self.with(Obligation::RetainAtMostDays(days))
    }

    /// Adds the duty to notify the person.
    pub fn notify_subject(self) -> Self {
        self.with(Obligation::NotifySubject)
    }

    /// Adds the duty to keep a record of the access.
    pub fn log_access(self) -> Self {
        self.with(Obligation::LogAccess)
    }

    /// Adds the duty to disclose the fact to nobody else.
    pub fn no_onward_transfer(self) -> Self {
        self.with(Obligation::NoOnwardTransfer)
    }

    /// Adds the duty to ask the person for a separate consent to this fact.
    pub fn ask_separate_consent(self) -> Self {
        self.with(Obligation::AskSeparateConsent)
    }

    fn with(mut self, obligation: Obligation) -> Self {
        self.obligations.push(obligation);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn fact(name: &str) -> RequestedFact {
        RequestedFact {
            name: name.into(),
            category: None,
            sensitivity: Sensitivity::Personal,
            sharing: None,
            holder: Holder::Subject,
        }
    }

    fn request(basis: LegalBasis) -> DisclosureRequest {
        DisclosureRequest {
            recipient: Recipient { kind: RecipientKind::Portal, id: "portal".into() },
            activity: Activity::Decide,
            purpose: "dpv:DirectMarketing".into(),
            broader_purposes: vec!["dpv:Marketing".into()],
            basis,
            subject: Subject { party: Party::Applicant, age_band: None, lacks_capacity: None, guardian_consents: None },
            facts: vec![fact("age"), fact("income")],
        }
    }

    #[test]
    fn a_consent_goes_as_far_as_it_says() {
        let consent = |purpose: &str, until| Consent {
            purposes: vec![purpose.into()],
            facts: vec!["age".into()],
            separate: vec![],
            until,
        };
        let today = Date::new(2026, 1, 1);
        let holds = |basis| request(basis).consents_to(&fact("age"), today);
        assert!(holds(LegalBasis::Consent(consent("dpv:DirectMarketing", None))));
        // A consent is to a purpose itself; one to a broad purpose says too little to be one.
        assert!(!holds(LegalBasis::Consent(consent("dpv:Marketing", None))));
        assert!(!holds(LegalBasis::Consent(consent("dpv:DirectMarketing", Some(today)))));
        assert!(!holds(LegalBasis::StatutoryDuty));
        let given = request(LegalBasis::Consent(consent("dpv:DirectMarketing", None)));
        assert!(!given.consents_to(&fact("income"), today));
        assert!(!given.consents_separately_to(&fact("age"), today));
    }

    #[test]
    fn a_request_is_for_its_purpose_and_for_each_broader_one() {
        let request = request(LegalBasis::Contract);
        for purpose in ["dpv:DirectMarketing", "dpv:Marketing"] {
            assert!(request.is_for(purpose), "{purpose}");
        }
        for purpose in ["dpv:Market", "dpv:SocialMediaMarketing"] {
            assert!(!request.is_for(purpose), "{purpose}");
        }
    }

    #[test]
    fn bands_are_ordered_by_age_and_lifted_by_number() {
        assert!(AgeBand::Under13 < AgeBand::Age14);
        assert!(AgeBand::Age16to17 < AgeBand::Adult);
        // SAFETY: every number from 0 to 5 is a case.
        let lifted = unsafe { AgeBand::_lift(4) };
        assert_eq!(lifted, AgeBand::Age16to17);
    }

    #[test]
    fn a_ruling_names_its_fact_its_criterion_and_what_must_be_done() {
        let rulings = request(LegalBasis::StatutoryDuty).rule_on_each(|fact| fact.permit("duty").log_access());
        assert_eq!(rulings.len(), 2);
        assert_eq!(rulings[1].fact, "income");
        assert_eq!(rulings[1].obligations, [Obligation::LogAccess]);
    }
}
