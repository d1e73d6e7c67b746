//! What a caller may ask for, as the operator writes it in `host.toml`: services, purposes, places, recipients, and
//! which of its claims about a case the host accepts.

use std::collections::BTreeSet;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::{FieldName, Id, listed};
use ordinance_domain::privacy::{BasisKind, DataSubject, Purpose, Recipient, RecipientPattern};
use ordinance_domain::value::{Value, field};
use ordinance_engine::Rulebook;

use crate::admission::callers_error::CallerError;
use crate::config::CallerConfig;

/// What a caller may ask for.
#[derive(Debug)]
pub(crate) struct CallerScope {
    services: AllowList<Id>,
    purposes: AllowList<Purpose>,
    jurisdictions: AllowList<JurisdictionCode>,
    bases: AllowList<BasisKind>,
    /// The facts that hold the place where the person lives; without any, the caller may ask about any place.
    residence_facts: Vec<FieldName>,
    may_leave_out_age: bool,
    others: OtherRecipients,
    past_privacy_law: PastPrivacyLaw,
}

/// Whether the privacy law of a past day may rule on a caller's simulations alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PastPrivacyLaw {
    Never,
    /// On those for itself, on nobody's behalf.
    ForItself,
    /// On all: the command line answers nobody but the person who has the rulebook.
    ForAll,
}

/// For which recipients beside itself a caller may ask.
#[derive(Debug)]
enum OtherRecipients {
    Nobody,
    These(Vec<RecipientPattern>),
}

#[derive(Debug)]
enum AllowList<T> {
    All,
    These(BTreeSet<T>),
}

impl<T: Ord> AllowList<T> {
    /// `["*"]` for all.
    fn parse<E>(texts: &[String], one: impl Fn(&str) -> Result<T, E>) -> Result<Self, E> {
        if texts == ["*"] {
            return Ok(Self::All);
        }
        texts.iter().map(|text| one(text)).collect::<Result<_, _>>().map(Self::These)
    }

    fn has(&self, wanted: &T) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(wanted),
        }
    }
}

impl CallerScope {
    pub(super) fn read(written: &CallerConfig) -> Result<Self, CallerError> {
        let basis =
            |word: &str| BasisKind::parse(word).ok_or_else(|| CallerError::UnknownBasis { word: word.to_owned() });
        let fact = |name: &String| FieldName::new(name).map_err(CallerError::ResidenceFact);
        let patterns = written.recipients.iter().map(|pattern| RecipientPattern::new(pattern));
        let patterns = patterns.collect::<Result<_, _>>()?;
        Ok(Self {
            services: AllowList::parse(&written.services, Id::new)?,
            purposes: AllowList::parse(&written.purposes, Purpose::new)?,
            jurisdictions: AllowList::parse(&written.jurisdictions, JurisdictionCode::new)?,
            bases: AllowList::parse(&written.bases, basis)?,
            residence_facts: written.residence_facts.iter().map(fact).collect::<Result<_, _>>()?,
            may_leave_out_age: written.may_leave_out_age,
            others: if written.may_ask_for_others { OtherRecipients::These(patterns) } else { OtherRecipients::Nobody },
            past_privacy_law: match written.may_apply_past_privacy_law {
                true => PastPrivacyLaw::ForItself,
                false => PastPrivacyLaw::Never,
            },
        })
    }

    /// The scope of a caller without any restriction.
    pub(super) fn unrestricted() -> Self {
        Self {
            services: AllowList::All,
            purposes: AllowList::All,
            jurisdictions: AllowList::All,
            bases: AllowList::All,
            residence_facts: Vec::new(),
            may_leave_out_age: true,
            others: OtherRecipients::These(vec![RecipientPattern::ALL]),
            past_privacy_law: PastPrivacyLaw::Never,
        }
    }

    /// The same scope, with past privacy law on all requests.
    pub(super) fn with_past_privacy_law(self) -> Self {
        Self { past_privacy_law: PastPrivacyLaw::ForAll, ..self }
    }

    /// Whether the privacy law of a past day may rule alone on a simulation for the caller itself or for another.
    pub(super) fn may_apply_past_privacy_law(&self, is_for_itself: bool) -> bool {
        match self.past_privacy_law {
            PastPrivacyLaw::Never => false,
            PastPrivacyLaw::ForItself => is_for_itself,
            PastPrivacyLaw::ForAll => true,
        }
    }

    /// Checks that the caller may use a service for a purpose.
    pub(crate) fn check_service(&self, service: &Id, purpose: &Purpose) -> Result<(), ForbiddenError> {
        if !self.services.has(service) {
            return Err(ForbiddenError::Service(service.clone()));
        }
        self.check_purpose(purpose)
    }

    pub(crate) fn check_purpose(&self, purpose: &Purpose) -> Result<(), ForbiddenError> {
        if self.purposes.has(purpose) {
            return Ok(());
        }
        Err(ForbiddenError::Purpose(purpose.clone()))
    }

    /// Checks that the caller may rest processing on a basis of this kind, whether it names the basis or takes that of
    /// the service.
    pub(crate) fn check_basis(&self, basis: BasisKind) -> Result<(), ForbiddenError> {
        if self.bases.has(&basis) { Ok(()) } else { Err(ForbiddenError::Basis(basis)) }
    }

    /// Checks that the caller may ask about a place: its `jurisdictions` hold a place of the chain.
    pub(crate) fn check_place(&self, place: &JurisdictionCode, chain: &Chain) -> Result<(), ForbiddenError> {
        if self.covers(chain.iter()) { Ok(()) } else { Err(ForbiddenError::Place(place.clone())) }
    }

    /// Whether its `jurisdictions` hold one of these places, as those of a chain.
    pub(crate) fn covers<'a>(&self, mut chain: impl Iterator<Item = &'a JurisdictionCode>) -> bool {
        self.covers_everything() || chain.any(|code| self.jurisdictions.has(code))
    }

    /// Whether its `jurisdictions` are all places.
    pub(crate) fn covers_everything(&self) -> bool {
        matches!(self.jurisdictions, AllowList::All)
    }

    /// Checks that the caller may ask for a recipient other than itself.
    pub(crate) fn check_other(&self, other: &Recipient) -> Result<(), ForbiddenError> {
        match &self.others {
            OtherRecipients::Nobody => Err(ForbiddenError::OtherRecipient),
            OtherRecipients::These(patterns) if patterns.iter().any(|pattern| pattern.matches(&other.id)) => Ok(()),
            OtherRecipients::These(_) => Err(ForbiddenError::Recipient),
        }
    }

    /// Checks that the age of the person is known, if the caller must say it, for facts of a person. The law on
    /// children can't protect a child that nobody says is one.
    pub(crate) fn check_age(&self, subject: DataSubject, is_personal: bool) -> Result<(), ForbiddenError> {
        if self.may_leave_out_age || !is_personal || subject.age_band.is_some() {
            return Ok(());
        }
        Err(ForbiddenError::NoAge)
    }

    /// Checks the places of a request against the facts that say where the person lives: each is the place of one of
    /// these facts, or above it, on that day.
    pub(crate) fn check_residence<'a>(
        &self,
        rulebook: &Rulebook,
        facts: &Facts,
        mut places: impl Iterator<Item = &'a JurisdictionCode>,
        day: LawDay,
    ) -> Result<(), ForbiddenError> {
        if self.residence_facts.is_empty() {
            return Ok(());
        }
        let sent: Vec<&Value> = self.residence_facts.iter().filter_map(|name| field(&facts.0, name)).collect();
        if sent.is_empty() {
            return Err(ForbiddenError::NoResidence(self.residence_facts.clone()));
        }
        let homes: Vec<Chain> = sent.into_iter().filter_map(|value| chain_of(rulebook, value, day)).collect();
        if places.all(|place| homes.iter().any(|home| home.iter().any(|code| code == place))) {
            return Ok(());
        }
        Err(ForbiddenError::OtherResidence(self.residence_facts.clone()))
    }
}

/// The chain of the place whose code a fact holds.
fn chain_of(rulebook: &Rulebook, value: &Value, day: LawDay) -> Option<Chain> {
    let (Value::Text(code) | Value::Choice(code)) = value else { return None };
    let code = JurisdictionCode::new(code).ok()?;
    rulebook.jurisdictions_at(day.known_at).chain(&code, day.as_of).ok()
}

/// What a caller may not request, and the setting that would have to allow it. It repeats no fact's value and no id of
/// a recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ForbiddenError {
    #[error("this caller may not read the console: its `console` in host.toml is false")]
    Console,
    #[error("this caller may not use the service `{0}`, which isn't among its `services` in host.toml")]
    Service(Id),
    #[error("this caller may not ask for the purpose `{0}`, which isn't among its `purposes` in host.toml")]
    Purpose(Purpose),
    #[error(
        "this caller may not rest on the basis `{basis}`, which isn't among its `bases` in host.toml",
        basis = .0.as_str()
    )]
    Basis(BasisKind),
    #[error(
        "this caller may not ask about `{0}`: neither it nor a place above it is among its `jurisdictions` in host.toml"
    )]
    Place(JurisdictionCode),
    #[error(
        "this caller may ask for itself alone: its `may-ask-for-others` in host.toml is false; leave out the recipient"
    )]
    OtherRecipient,
    #[error("this caller may not ask for this recipient, whose id is none of its `recipients` in host.toml")]
    Recipient,
    #[error(
        "this caller must say how old the person is, by a fact or by `subject.age_band`: its `may-leave-out-age` in host.toml is false"
    )]
    NoAge,
    #[error(
        "this caller must send where the person lives, by one of the facts {}: they are its `residence-facts` in host.toml",
        listed(.0)
    )]
    NoResidence(Vec<FieldName>),
    #[error(
        "this caller may ask only about the place where the person lives and those above it, by the facts {}: they are its `residence-facts` in host.toml",
        listed(.0)
    )]
    OtherResidence(Vec<FieldName>),
}
