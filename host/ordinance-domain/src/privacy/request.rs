//! The terms of a request for facts: recipient, purpose, legal basis, data subject, and what a privacy rule learns of
//! each fact.

use crate::calendar::{Date, LawDay};
use crate::category::Category;
use crate::fact::{Fact, Holder, Sensitivity};
use crate::mask::AgeBand;
use crate::name::FieldName;
use crate::sharing::SharingClass;
use crate::word_enum::word_enum;

use super::purpose::Purpose;
use super::recipient_id::RecipientId;

/// A request for facts about a data subject, for a recipient, for a purpose, on a legal basis.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Disclosure {
    /// The recipient of the facts, or of the decision on them.
    pub recipient: Recipient,
    /// The purpose of the processing.
    pub purpose: Purpose,
    /// The legal basis of the processing.
    pub basis: LegalBasis,
    /// What the host knows of the data subject.
    pub subject: DataSubject,
    /// The day of processing. The privacy law of this day counts.
    pub on: Date,
    /// The day whose published privacy law counts: today, also where the law of another day is asked for.
    pub known_at: Date,
}

impl Disclosure {
    /// The day of the privacy law that counts.
    #[must_use]
    pub fn law_day(&self) -> LawDay {
        LawDay { as_of: self.on, known_at: self.known_at }
    }
}

/// The recipient of facts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recipient {
    /// The kind of the recipient.
    pub kind: RecipientKind,
    /// Names the recipient among those of its kind.
    pub id: RecipientId,
}

word_enum! {
    RecipientKind {
        /// The data subject, or a person who acts for the data subject.
        Subject = "subject",
        /// A portal of the administration that the data subject uses.
        Portal = "portal",
        /// A department or another body with a public task.
        PublicBody = "public-body",
        /// The police or a prosecutor.
        LawEnforcement = "law-enforcement",
        /// An auditor of a public body.
        Auditor = "auditor",
        /// A person or body that does research or statistics.
        Researcher = "researcher",
        /// A company.
        Business = "business",
        /// Another person.
        Individual = "individual",
    }
}

impl RecipientKind {
    /// Whether the recipient may rely on the legal basis of a service: the data subject, or a body that provides or
    /// supervises the service.
    #[must_use]
    pub fn acts_for_service(self) -> bool {
        match self {
            Self::Subject | Self::Portal | Self::PublicBody | Self::Auditor => true,
            Self::LawEnforcement | Self::Researcher | Self::Business | Self::Individual => false,
        }
    }
}

word_enum! {
    /// What the host does with the facts.
    Activity {
        /// Rules decide a case on the facts.
        Decide = "decide",
        /// The host explains to the recipient what a decision says of the facts.
        Explain = "explain",
        /// The host discloses the facts to the recipient.
        Disclose = "disclose",
    }
}

word_enum! {
    /// A kind of legal basis.
    BasisKind {
        /// The data subject consents.
        Consent = "consent",
        /// The law obliges to the processing.
        StatutoryDuty = "statutory-duty",
        /// A contract with the data subject needs the processing.
        Contract = "contract",
        /// Life, health or property is in danger.
        Emergency = "emergency",
        /// A task in the public interest needs the processing.
        PublicInterest = "public-interest",
    }
}

/// The legal basis of processing, with its particulars.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LegalBasis {
    /// The data subject consents within these limits.
    Consent(Consent),
    /// See [`BasisKind::StatutoryDuty`].
    StatutoryDuty,
    /// See [`BasisKind::Contract`].
    Contract,
    /// See [`BasisKind::Emergency`].
    Emergency,
    /// See [`BasisKind::PublicInterest`].
    PublicInterest,
}

impl LegalBasis {
    /// The kind of the basis.
    #[must_use]
    pub fn kind(&self) -> BasisKind {
        match self {
            Self::Consent(_) => BasisKind::Consent,
            Self::StatutoryDuty => BasisKind::StatutoryDuty,
            Self::Contract => BasisKind::Contract,
            Self::Emergency => BasisKind::Emergency,
            Self::PublicInterest => BasisKind::PublicInterest,
        }
    }

    /// The basis of a kind without particulars: a consent of this basis covers no purpose and no fact.
    #[must_use]
    pub fn of_kind(kind: BasisKind) -> Self {
        match kind {
            BasisKind::Consent => Self::Consent(Consent::default()),
            BasisKind::StatutoryDuty => Self::StatutoryDuty,
            BasisKind::Contract => Self::Contract,
            BasisKind::Emergency => Self::Emergency,
            BasisKind::PublicInterest => Self::PublicInterest,
        }
    }
}

/// The limits of a consent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Consent {
    /// The purposes that it covers.
    pub purposes: Vec<Purpose>,
    /// The facts that it covers.
    pub facts: Vec<FieldName>,
    /// Those of the facts to which the data subject consented separately.
    pub separate: Vec<FieldName>,
    /// The first day on which it no longer holds; `None` for no end.
    pub until: Option<Date>,
}

word_enum! {
    /// Who of a case the data subject of a request is.
    Party {
        /// The person for whom the case is decided.
        Applicant = "applicant",
        /// Another person of the case.
        Other = "other",
    }
}

word_enum! {
    /// Whose a requested fact is, from the view of the data subject.
    RequestedHolder {
        /// The data subject's own.
        Subject = "subject",
        /// That of the household in which the data subject lives.
        Household = "household",
    }
}

/// What the host knows of the data subject. `None` means unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DataSubject {
    /// Who of the case it is.
    pub party: Party,
    /// The age on the day of processing.
    pub age_band: Option<AgeBand>,
    /// Whether the data subject is an adult without legal capacity.
    pub lacks_capacity: Option<bool>,
    /// Whether a parent or guardian consents, as the request says; see
    /// [`has_consenting_guardian`](Self::has_consenting_guardian).
    pub guardian_consents: Option<bool>,
}

impl DataSubject {
    /// A person of whom nothing is known.
    #[must_use]
    pub fn unknown(party: Party) -> Self {
        Self { party, age_band: None, lacks_capacity: None, guardian_consents: None }
    }

    /// Whether a parent or guardian consents who may: nobody is the guardian of an adult with capacity.
    #[must_use]
    pub fn has_consenting_guardian(&self) -> bool {
        let may_have_guardian = self.age_band != Some(AgeBand::Adult) || self.lacks_capacity == Some(true);
        self.guardian_consents == Some(true) && may_have_guardian
    }
}

impl Default for DataSubject {
    /// An applicant of whom nothing is known.
    fn default() -> Self {
        Self::unknown(Party::Applicant)
    }
}

/// What a privacy rule learns of a fact: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestedFact {
    /// The name in the catalogue of facts.
    pub name: FieldName,
    /// The category of personal data; `None` only for a public fact.
    pub category: Option<Category>,
    /// How sensitive the fact is.
    pub sensitivity: Sensitivity,
    /// How the department that holds the fact may share it; `None` if the catalogue doesn't say.
    pub sharing: Option<SharingClass>,
    /// Whose it is.
    pub holder: RequestedHolder,
}

impl RequestedFact {
    /// The request for a fact of the catalogue.
    #[must_use]
    pub fn of(fact: &Fact) -> Self {
        Self {
            name: fact.name.clone(),
            category: fact.category,
            sensitivity: fact.sensitivity,
            sharing: fact.sharing.as_ref().map(|sharing| sharing.class),
            holder: match fact.holder {
                Holder::Applicant | Holder::Other(_) => RequestedHolder::Subject,
                Holder::Household | Holder::EachItem => RequestedHolder::Household,
            },
        }
    }
}
