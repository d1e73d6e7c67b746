//! Authorisation: what a caller wants to do is held against what the operator lets it do. A request can't be bound to
//! the rulebook without the [`AccessPermit`] that comes of it.

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::fact::{Fact, Holder, Sensitivity};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{BasisKind, DataSubject, PersonPlace, Purpose, Recipient};
use ordinance_engine::processing::Processing;
use ordinance_engine::{DecideError, Rulebook};

use crate::admission::callers::Caller;
use crate::admission::callers::scope::{CallerScope, ForbiddenError};
use crate::audit::mode::Mode;

/// A place that a request names, with its chain on the day of the request.
#[derive(Debug)]
pub(crate) struct RequestedPlace {
    code: JurisdictionCode,
    chain: Chain,
    day: LawDay,
}

impl RequestedPlace {
    /// Resolves the chain of a place.
    pub(crate) fn resolve(rulebook: &Rulebook, code: &JurisdictionCode, day: LawDay) -> Result<Self, DecideError> {
        let chain = rulebook.jurisdictions_at(day.known_at).chain(code, day.as_of)?;
        Ok(Self { code: code.clone(), chain, day })
    }

    /// The code that the place has on that day.
    pub(crate) fn resolved_code(&self) -> Option<&JurisdictionCode> {
        self.chain.place()
    }
}

/// Evidence that a caller may make a request. Only [`authorise`] gives one. What the caller claims by the facts of the
/// request is checked once these are read.
#[derive(Debug)]
pub(crate) struct AccessPermit<'a> {
    scope: &'a CallerScope,
    places: &'a [RequestedPlace],
    recipient: Recipient,
    days: ProcessingDays,
    mode: Mode,
}

impl AccessPermit<'_> {
    /// Who gets the answer.
    pub(crate) fn recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    /// The days whose privacy law counts.
    pub(crate) fn days(&self) -> ProcessingDays {
        self.days
    }

    /// Checks what the request says of the person and of where the person lives: `facts` are those that it sends,
    /// `about` those that it is about.
    pub(crate) fn check_claims<'f>(
        &self,
        rulebook: &Rulebook,
        facts: &Facts,
        processing: &Processing,
        about: impl Iterator<Item = &'f Fact> + Clone,
    ) -> Result<(), ForbiddenError> {
        self.check_person(processing.disclosure.subject, about.clone())?;
        for other in &processing.others {
            // Of a person whom the catalogue names a request may say nothing at all.
            let is_there = match &other.place {
                PersonPlace::Item { .. } => true,
                PersonPlace::Named(person) => about.clone().any(|fact| {
                    matches!(&fact.holder, Holder::Other(holder) if holder == person) && facts.has(&fact.name)
                }),
            };
            self.scope.check_age(other.disclosure.subject, is_there)?;
        }
        self.check_home(rulebook, facts)
    }

    /// Checks what the request says of one person, whom these facts are about.
    pub(crate) fn check_person<'f>(
        &self,
        subject: DataSubject,
        about: impl IntoIterator<Item = &'f Fact>,
    ) -> Result<(), ForbiddenError> {
        self.scope.check_age(subject, about.into_iter().any(|fact| fact.sensitivity != Sensitivity::Public))
    }

    /// Checks the places of the request against the facts that say where the person lives.
    pub(crate) fn check_home(&self, rulebook: &Rulebook, facts: &Facts) -> Result<(), ForbiddenError> {
        self.places.iter().try_for_each(|place| {
            let code = place.resolved_code().unwrap_or(&place.code);
            self.scope.check_residence(rulebook, facts, std::iter::once(code), place.day)
        })
    }

    /// Checks further places, which the request doesn't name, against the facts that say where the person lives.
    pub(crate) fn check_residence<'c>(
        &self,
        rulebook: &Rulebook,
        facts: &Facts,
        places: impl Iterator<Item = &'c JurisdictionCode>,
        day: LawDay,
    ) -> Result<(), ForbiddenError> {
        self.scope.check_residence(rulebook, facts, places, day)
    }

    /// Whether the answer binds, and whether it leaves a record.
    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }
}

/// The days whose privacy law counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProcessingDays {
    /// The day on which the facts are processed.
    pub(crate) on: Date,
    /// Another day; for each fact the stricter ruling counts.
    pub(crate) also_on: Option<Date>,
    /// The day whose published privacy law counts: today, whatever the days are.
    pub(crate) known_at: Date,
}

impl ProcessingDays {
    /// Today, and the day that a request names: its law may only tighten that of today, or it would open what today's
    /// law hides.
    pub(crate) fn tightened(today: Date, named: Option<Date>) -> Self {
        Self { on: today, also_on: named.filter(|day| *day != today), known_at: today }
    }
}

/// The day of processing that a request asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestedDay {
    pub(crate) today: Date,
    /// The day that the request names.
    pub(crate) named: Option<Date>,
    /// Whether the answer is recorded where the law of another day rules on it alone.
    pub(crate) is_recordable: bool,
}

/// What a request needs a permit for.
#[derive(Debug)]
pub(crate) struct AccessScope<'a> {
    /// The service; `None` for a request for facts.
    pub(crate) service: Option<&'a Id>,
    pub(crate) purpose: &'a Purpose,
    /// The basis that the processing rests on: the one that the request names, else that of the service.
    pub(crate) basis: BasisKind,
    /// The kinds of those that it names on the facts of other people.
    pub(crate) bases_of_people: Vec<BasisKind>,
    pub(crate) places: &'a [RequestedPlace],
    /// The recipient that the request names, if it names one.
    pub(crate) recipient: Option<&'a Recipient>,
    pub(crate) day: RequestedDay,
    pub(crate) mode: Mode,
}

/// Permits a request, or says what the caller may not ask for.
pub(crate) fn authorise<'a>(caller: &'a Caller, asked: &AccessScope<'a>) -> Result<AccessPermit<'a>, ForbiddenError> {
    let scope = &caller.scope;
    match asked.service {
        Some(service) => scope.check_service(service, asked.purpose)?,
        None => scope.check_purpose(asked.purpose)?,
    }
    std::iter::once(asked.basis)
        .chain(asked.bases_of_people.iter().copied())
        .try_for_each(|basis| scope.check_basis(basis))?;
    asked.places.iter().try_for_each(|place| scope.check_place(&place.code, &place.chain))?;
    let recipient = caller.recipient(asked.recipient.cloned())?;
    let RequestedDay { today, named, is_recordable } = asked.day;
    let is_alone = is_recordable && asked.mode == Mode::Simulation && caller.may_apply_past_privacy_law(&recipient);
    let (days, mode) = match named.filter(|day| *day != today) {
        Some(day) if is_alone && day < today => {
            (ProcessingDays { on: day, also_on: None, known_at: today }, Mode::PastLaw)
        }
        Some(_) | None => (ProcessingDays::tightened(today, named), asked.mode),
    };
    Ok(AccessPermit { scope, places: asked.places, recipient, days, mode })
}
