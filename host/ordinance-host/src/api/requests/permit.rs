//! Authorisation: what a caller wants to do is held against what the operator lets it do. A request can't be bound to
//! the rulebook without the [`AccessPermit`] that comes of it.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{Purpose, Recipient};
use ordinance_engine::{DecideError, Rulebook};

use crate::admission::callers::{Caller, ForbiddenError};
use crate::audit::mode::Mode;

/// A place that a request names, with its chain on the day of the request.
#[derive(Debug)]
pub(crate) struct RequestedPlace {
    code: JurisdictionCode,
    chain: Chain,
}

impl RequestedPlace {
    /// Resolves the chain of a place.
    pub(crate) fn resolve(rulebook: &Rulebook, code: &JurisdictionCode, day: Date) -> Result<Self, DecideError> {
        let chain = rulebook.jurisdictions().chain(code, day)?;
        Ok(Self { code: code.clone(), chain })
    }

    /// The code that the place has on that day.
    pub(crate) fn resolved_code(&self) -> Option<&JurisdictionCode> {
        self.chain.place()
    }
}

/// Evidence that a caller may make a request. Only [`authorise`] gives one.
#[derive(Debug)]
pub(crate) struct AccessPermit {
    recipient: Recipient,
    days: ProcessingDays,
    mode: Mode,
}

impl AccessPermit {
    /// Who gets the answer, and the days whose privacy law counts.
    pub(crate) fn into_parts(self) -> (Recipient, ProcessingDays) {
        (self.recipient, self.days)
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
    pub(crate) places: &'a [RequestedPlace],
    /// The recipient that the request names, if it names one.
    pub(crate) recipient: Option<&'a Recipient>,
    pub(crate) day: RequestedDay,
    pub(crate) mode: Mode,
}

/// Permits a request, or says what the caller may not ask for.
pub(crate) fn authorise(caller: &Caller, scope: &AccessScope<'_>) -> Result<AccessPermit, ForbiddenError> {
    match scope.service {
        Some(service) => caller.check_service(service, scope.purpose)?,
        None => caller.check_purpose(scope.purpose)?,
    }
    scope.places.iter().try_for_each(|place| caller.check_place(&place.code, &place.chain))?;
    let recipient = caller.recipient(scope.recipient.cloned())?;
    let RequestedDay { today, named, is_recordable } = scope.day;
    let is_alone = is_recordable && scope.mode == Mode::Simulation && caller.may_apply_past_privacy_law(&recipient);
    let (days, mode) = match named.filter(|day| *day != today) {
        Some(day) if is_alone => (ProcessingDays { on: day, also_on: None }, Mode::PastLaw),
        // The law of another day may only tighten that of today, or it would open what today's law hides.
        other => (ProcessingDays { on: today, also_on: other }, scope.mode),
    };
    Ok(AccessPermit { recipient, days, mode })
}
