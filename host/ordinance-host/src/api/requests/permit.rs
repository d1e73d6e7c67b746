//! Authorisation: what a caller wants to do is held against what the operator lets it do. A request can't be bound to
//! the rulebook without the [`AccessPermit`] that comes of it.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::{Chain, JurisdictionCode};
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{Purpose, Recipient};
use ordinance_engine::{DecideError, Rulebook};

use crate::admission::callers::{Caller, ForbiddenError};

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
    on: Date,
}

impl AccessPermit {
    /// Who gets the answer, and the day on which the facts are processed.
    pub(crate) fn into_parts(self) -> (Recipient, Date) {
        (self.recipient, self.on)
    }
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
    /// The day on which the facts are processed.
    pub(crate) on: Date,
}

/// Permits a request, or says what the caller may not ask for.
pub(crate) fn authorise(caller: &Caller, scope: &AccessScope<'_>) -> Result<AccessPermit, ForbiddenError> {
    match scope.service {
        Some(service) => caller.check_service(service, scope.purpose)?,
        None => caller.check_purpose(scope.purpose)?,
    }
    scope.places.iter().try_for_each(|place| caller.check_place(&place.code, &place.chain))?;
    Ok(AccessPermit { recipient: caller.recipient(scope.recipient.cloned())?, on: scope.on })
}
