//! The words of a request for facts: who asks, for what, on which basis, about whom, and what is told of each fact.

use crate::calendar::Date;
use crate::fact::{Fact, Sensitivity};
use crate::mask::AgeBand;
use crate::name::FieldName;
use crate::text::{Provision, Titles};

use super::category::Category;
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
    pub subject: Subject,
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

macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$case_doc:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$case_doc])* $case,)* }

        impl $type {
            /// All of them, in the order of the interface.
            pub const ALL: &[Self] = &[$(Self::$case,)*];

            /// The word in TOML and JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word,)* }
            }

            /// The one with this word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }

            /// The words, for a message.
            #[must_use]
            pub fn words() -> String {
                Self::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ")
            }
        }
    };
}

words! {
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
    /// Whether the legal basis of a service is the recipient's own: it is the person, or gives or supervises the service.
    #[must_use]
    pub fn acts_for_service(self) -> bool {
        match self {
            Self::Subject | Self::Portal | Self::PublicBody | Self::Auditor => true,
            Self::LawEnforcement | Self::Researcher | Self::Business | Self::Individual => false,
        }
    }
}

words! {
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

words! {
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

words! {
    /// How a department's data may be shared with others.
    SharingClass {
        /// With every department that needs it for its duties.
        Unconditional = "unconditional",
        /// With some, or for some uses.
        Conditional = "conditional",
        /// Not at all.
        NotShared = "not-shared",
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
pub struct Subject {
    /// How old the person is.
    pub age_band: Option<AgeBand>,
    /// Whether it is an adult who can't act alone.
    pub lacks_capacity: Option<bool>,
    /// Whether a parent or guardian consents.
    pub guardian_consents: Option<bool>,
}

/// How a department's fact may be shared, and where that is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharing {
    /// The class.
    pub class: SharingClass,
    /// On what condition, by language; none unless the class is conditional.
    pub condition: Titles,
    /// Where it is written.
    pub provision: Provision,
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
