//! On which terms a request has facts processed: for whom, on which basis, about whom, on which day.

use std::sync::Arc;

use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_domain::contract::Contract;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{BasisKind, DataSubject, Recipient};
use ordinance_domain::query::CaseQuery;
use ordinance_engine::case::read_facts;
use ordinance_engine::claims::{BasisClaim, PersonClaim};
use ordinance_engine::processing::{Processing, ProcessingContext, processing_of};
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{InputError, Rulebook};

use crate::admission::callers::Caller;
use crate::api::problem::RequestError;
use crate::api::requests::faults::RequestFaults;
use crate::api::requests::member::{BasisMember, DayMember, PeopleMember, RecipientMember, SubjectMember};
use crate::api::requests::permit::{
    AccessPermit, AccessScope, ProcessingDays, RequestedDay, RequestedPlace, authorise,
};
use crate::audit::mode::Mode;
use crate::clock::now;

/// The caller and the moment of a request.
#[derive(Clone, Copy)]
pub(crate) struct RequestContext<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) now: Timestamp,
}

impl<'a> RequestContext<'a> {
    /// A call of now.
    pub(crate) fn of(caller: &'a Caller) -> Self {
        Self { caller, now: now() }
    }

    /// The day that it is in a place.
    pub(crate) fn today_in(&self, rulebook: &Rulebook, place: &JurisdictionCode) -> Date {
        rulebook.day_at(place, self.now)
    }
}

/// The law that a request asks for, well formed.
#[derive(Debug)]
pub(crate) struct RequestedLaw {
    pub(crate) jurisdiction: JurisdictionCode,
    pub(crate) service: Id,
    pub(crate) as_of: Date,
    /// What is known today counts, if the request names no day.
    pub(crate) known_at: Option<Date>,
}

impl RequestedLaw {
    /// The query on a day that is `today` in the place.
    pub(crate) fn query(self, today: Date) -> CaseQuery {
        let Self { jurisdiction, service, as_of, known_at } = self;
        CaseQuery { jurisdiction, service, as_of, known_at: known_at.unwrap_or(today) }
    }
}

/// The terms, well formed. What a request leaves out is as the contract of the service says.
#[derive(Debug)]
pub(crate) struct ProcessingTerms {
    pub(crate) recipient: Option<Recipient>,
    pub(crate) basis: Option<BasisClaim>,
    pub(crate) subject: DataSubject,
    pub(crate) people: Vec<PersonClaim>,
    pub(crate) processed_on: Option<Date>,
}

impl ProcessingTerms {
    /// Reads the members that every request for a case has.
    pub(crate) fn parse(
        recipient: Option<RecipientMember<'_>>,
        basis: Option<BasisMember<'_>>,
        subject: Option<SubjectMember<'_>>,
        people: Option<PeopleMember<'_>>,
        processed_on: Option<DayMember<'_>>,
        faults: &mut RequestFaults,
    ) -> Self {
        Self {
            recipient: faults.optional("/recipient", recipient),
            basis: faults.optional("/basis", basis),
            subject: faults.optional("/subject", subject).unwrap_or_default(),
            people: faults.optional("/people", people).unwrap_or_default(),
            processed_on: faults.optional("/processed_on", processed_on),
        }
    }

    /// The kinds of the bases that the request claims on the facts of other people.
    pub(crate) fn bases_of_people(&self) -> Vec<BasisKind> {
        self.people.iter().filter_map(|claim| claim.basis.as_ref()).map(BasisClaim::kind).collect()
    }

    /// The day of processing that an answer of this mode may have: an official one has today's; a simulation may name
    /// another, and is recorded where the law of that day rules alone.
    ///
    /// # Errors
    /// If an official request names another day than today.
    pub(crate) fn day(&self, mode: Mode, today: Date) -> Result<RequestedDay, RequestError> {
        let named = self.processed_on;
        match mode {
            Mode::Simulation | Mode::PastLaw => Ok(RequestedDay { today, named, is_recordable: true }),
            Mode::Official if named.is_none_or(|day| day == today) => {
                Ok(RequestedDay { today, named: None, is_recordable: true })
            }
            Mode::Official => Err(RequestError::Unprocessable(vec![InputError::expecting(
                "/processed_on",
                "the facts are processed today, whose privacy law counts",
                "none, or \"mode\": \"simulation\" beside it",
            )])),
        }
    }
}

/// The facts of a case and the terms on which they are processed, well formed.
#[derive(Debug)]
pub(crate) struct CaseBasis {
    pub(crate) facts: UntypedValue,
    pub(crate) terms: ProcessingTerms,
}

impl CaseBasis {
    /// Authorises the processing for a service at these places, on a day that is `today` there.
    ///
    /// # Errors
    /// If the caller may not ask for it, or an official request names another day than today.
    pub(crate) fn authorise<'a>(
        &'a self,
        (caller, today): (&'a Caller, Date),
        contract: &'a Contract,
        places: &'a [RequestedPlace],
        mode: Mode,
    ) -> Result<AccessPermit<'a>, RequestError> {
        let day = self.terms.day(mode, today)?;
        self.authorise_on(day, caller, contract, places, mode)
    }

    /// The same for an answer that is never recorded.
    ///
    /// # Errors
    /// If the caller may not ask for it.
    pub(crate) fn authorise_unrecorded<'a>(
        &'a self,
        (caller, today): (&'a Caller, Date),
        contract: &'a Contract,
        places: &'a [RequestedPlace],
    ) -> Result<AccessPermit<'a>, RequestError> {
        let day = RequestedDay { today, named: self.terms.processed_on, is_recordable: false };
        self.authorise_on(day, caller, contract, places, Mode::Simulation)
    }

    fn authorise_on<'a>(
        &'a self,
        day: RequestedDay,
        caller: &'a Caller,
        contract: &'a Contract,
        places: &'a [RequestedPlace],
        mode: Mode,
    ) -> Result<AccessPermit<'a>, RequestError> {
        let scope = AccessScope {
            service: Some(&contract.service),
            purpose: &contract.purpose,
            basis: self.terms.basis.as_ref().map_or(contract.basis, BasisClaim::kind),
            bases_of_people: self.terms.bases_of_people(),
            places,
            recipient: self.terms.recipient.as_ref(),
            day,
            mode,
        };
        authorise(caller, &scope).map_err(RequestError::Forbidden)
    }

    /// Reads the facts of a case of a day against the contract of the service, and holds what they claim against the
    /// permit.
    pub(crate) fn bind(
        &self,
        rulebook: &Rulebook,
        contract: &Contract,
        as_of: Date,
        permit: &AccessPermit<'_>,
    ) -> Result<(Facts, Processing), RequestError> {
        let facts = self.read_facts(rulebook, contract, as_of)?;
        let processing = self.process(rulebook, contract, permit, permit.days(), &facts)?;
        Ok((facts, processing))
    }

    /// Reads the facts of a case of a day against the contract of the service.
    pub(crate) fn read_facts(
        &self,
        rulebook: &Rulebook,
        contract: &Contract,
        as_of: Date,
    ) -> Result<Facts, RequestError> {
        let facts = read_facts(contract, &self.facts, as_of, "/facts").map_err(RequestError::InvalidFacts)?;
        check_scopes(rulebook, self.terms.basis.as_ref(), &self.terms.people)?;
        Ok(facts)
    }

    /// The processing of facts on these days, held against the permit.
    pub(crate) fn process(
        &self,
        rulebook: &Rulebook,
        contract: &Contract,
        permit: &AccessPermit<'_>,
        ProcessingDays { on, also_on, known_at }: ProcessingDays,
        facts: &Facts,
    ) -> Result<Processing, RequestError> {
        let basis = self.terms.basis.as_ref().map(|basis| basis.clone().for_purpose(&contract.purpose));
        let (recipient, subject) = (permit.recipient(), self.terms.subject);
        let people = (self.terms.people.as_slice(), "/people");
        let context = ProcessingContext { recipient, basis: (basis, "/basis"), subject, people, on, also_on, known_at };
        let processing = processing_of(contract, context, facts).map_err(RequestError::Unprocessable)?;
        permit.check_claims(rulebook, facts, &processing, contract.facts.iter())?;
        Ok(processing)
    }
}

/// Checks the facts that the consents of a request name: that of the applicant, and those of other people.
pub(crate) fn check_scopes(
    rulebook: &Rulebook,
    basis: Option<&BasisClaim>,
    people: &[PersonClaim],
) -> Result<(), RequestError> {
    let has_fact = |name: &FieldName| rulebook.fact_at(name).is_some();
    let of_people = people
        .iter()
        .enumerate()
        .filter_map(|(index, claim)| claim.basis.as_ref().map(|basis| (basis, format!("/people/{index}/basis"))));
    let own = basis.map(|basis| (basis, "/basis".to_owned()));
    own.into_iter().chain(of_people).try_for_each(|(basis, pointer)| {
        basis.check_facts(&pointer, has_fact).map_err(RequestError::InvalidRequest)?;
        basis.check_separate(&pointer).map_err(RequestError::Unprocessable)
    })
}

/// The contract of a service that the rulebook knows.
pub(crate) fn contract_of<'a>(rulebook: &'a Rulebook, service: &Id) -> Result<&'a Arc<Contract>, RequestError> {
    rulebook.contract(service).ok_or_else(|| RequestError::Unknown(rulebook.unknown_service(service)))
}
