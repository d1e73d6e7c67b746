//! The words of a request for facts: who asks, for what, on which basis, about whom, and what is told of each fact.

use crate::calendar::Date;
use crate::category::Category;
use crate::fact::{Fact, Sensitivity};
use crate::mask::AgeBand;
use crate::name::FieldName;
use crate::sharing::SharingClass;
use crate::word_enum::word_enum;

use super::purpose::Purpose;

/// A request for facts: by a recipient, for a purpose, on a legal basis.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Disclosure {
    /// Who asks.
    pub recipient: Recipient,
    /// What the facts are for.
    pub purpose: Purpose,
    /// What entitles to it.
    pub basis: LegalBasis,
    /// What is known of the person whom the facts are about.
    pub subject: DataSubject,
    /// The day on which the facts are processed: the privacy law of this day counts.
    pub on: Date,
}

/// Who asks for facts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Recipient {
    /// What kind of recipient it is.
    pub kind: RecipientKind,
    /// Which one.
    pub id: String,
}

word_enum! {
    /// What kind of recipient asks.
    RecipientKind {
        /// The person whom the facts are about, or who acts for that person.
        Subject = "subject",
        /// A portal of the administration that asks on behalf of the person in front of it.
        Portal = "portal",
        /// A department or another body with a public task.
        PublicBody = "public-body",
        /// The police or a prosecutor.
        LawEnforcement = "law-enforcement",
        /// Who audits a public body.
        Auditor = "auditor",
        /// Who does research or statistics.
        Researcher = "researcher",
        /// A company.
        Business = "business",
        /// Another person.
        Individual = "individual",
    }
}

impl RecipientKind {
    /// Whether the legal basis of a service is the recipient's own: it is the person, or gives or supervises the
    /// service.
    #[must_use]
    pub fn acts_for_service(self) -> bool {
        match self {
            Self::Subject | Self::Portal | Self::PublicBody | Self::Auditor => true,
            Self::LawEnforcement | Self::Researcher | Self::Business | Self::Individual => false,
        }
    }
}

word_enum! {
    /// What is to be done with the facts.
    Activity {
        /// Rules decide a case on them.
        Decide = "decide",
        /// The recipient is shown what a decision says of them.
        Explain = "explain",
        /// They are handed to the recipient.
        Disclose = "disclose",
    }
}

word_enum! {
    /// What entitles to the processing, without its particulars.
    BasisKind {
        /// The person consents.
        Consent = "consent",
        /// A duty by law.
        StatutoryDuty = "statutory-duty",
        /// A contract with the person.
        Contract = "contract",
        /// Life, health or property is in danger.
        Emergency = "emergency",
        /// A task in the public interest.
        PublicInterest = "public-interest",
    }
}

/// What entitles to the processing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LegalBasis {
    /// The person's consent, as far as it goes.
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

impl LegalBasis {
    /// The basis without its particulars.
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

    /// The basis of a kind; consent goes no further than nothing.
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

/// How far a consent goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Consent {
    /// For which purposes.
    pub purposes: Vec<Purpose>,
    /// To which facts.
    pub facts: Vec<FieldName>,
    /// To which of them by itself, apart from any other consent.
    pub separate: Vec<FieldName>,
    /// The first day on which it no longer holds.
    pub until: Option<Date>,
}

/// What is known of the person whom the facts are about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DataSubject {
    /// How old the person is.
    pub age_band: Option<AgeBand>,
    /// Whether it is an adult who can't act alone.
    pub lacks_capacity: Option<bool>,
    /// Whether a parent or guardian consents.
    pub guardian_consents: Option<bool>,
}

/// What a privacy rule is told of a fact: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestedFact {
    /// Its name.
    pub name: FieldName,
    /// The category of personal data.
    pub category: Option<Category>,
    /// How sensitive it is.
    pub sensitivity: Sensitivity,
    /// How it may be shared.
    pub sharing: Option<SharingClass>,
}

impl RequestedFact {
    /// What is told of a fact.
    #[must_use]
    pub fn of(fact: &Fact) -> Self {
        Self {
            name: fact.name.clone(),
            category: fact.category,
            sensitivity: fact.sensitivity,
            sharing: fact.sharing.as_ref().map(|sharing| sharing.class),
        }
    }
}
