//! A request for the next questions: the body of `POST /v1/services/{id}/questions`.

use ordinance_domain::contract::Contract;
use ordinance_domain::name::Id;
use ordinance_engine::{Case, Rulebook};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::problem::RequestError;
use crate::api::requests::body::parse_body;
use crate::api::requests::member::{
    BasisMember, CodeMember, DayMember, FactsMember, PeopleMember, RecipientMember, SubjectMember,
};
use crate::api::requests::permit::RequestedPlace;
use crate::api::requests::terms::{CaseBasis, ProcessingTerms, RequestContext, RequestedLaw};

/// What is known so far
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"jurisdiction": "CN-370602", "as_of": "2026-03-01", "facts": {"disability_grade": 1}}))]
pub(crate) struct QuestionsBody<'a> {
    /// The place the case is about.
    #[serde(borrow)]
    jurisdiction: CodeMember<'a>,
    /// The day to decide for.
    #[serde(borrow)]
    as_of: DayMember<'a>,
    /// The day whose knowledge counts; without it, today as it is in the place.
    #[serde(borrow)]
    known_at: Option<DayMember<'a>>,
    /// What is known, by the names of the service's facts.
    #[serde(borrow)]
    facts: FactsMember<'a>,
    /// The recipient, where the caller is a gateway that asks for others; without it, the caller.
    #[serde(borrow)]
    recipient: Option<RecipientMember<'a>>,
    /// Without it, the basis of the service, which is none of the police, a company, a researcher or another person.
    #[serde(borrow)]
    basis: Option<BasisMember<'a>>,
    #[serde(borrow)]
    subject: Option<SubjectMember<'a>>,
    #[serde(borrow)]
    people: Option<PeopleMember<'a>>,
    /// A day other than today whose privacy law counts as well: the stricter ruling on each fact counts.
    #[serde(borrow)]
    processed_on: Option<DayMember<'a>>,
}

/// A request for the next questions, well formed.
#[derive(Debug)]
pub(crate) struct QuestionsRequest {
    law: RequestedLaw,
    basis: CaseBasis,
}

impl QuestionsRequest {
    /// Parses a body about a service.
    ///
    /// # Errors
    /// All faults of the body.
    pub(crate) fn parse(body: &[u8], service: Id) -> Result<Self, RequestError> {
        let (body, mut faults) = parse_body::<QuestionsBody<'_>>(body)?;
        let terms = ProcessingTerms::parse(
            body.recipient,
            body.basis,
            body.subject,
            body.people,
            body.processed_on,
            &mut faults,
        );
        let jurisdiction = faults.required("/jurisdiction", body.jurisdiction);
        let as_of = faults.required("/as_of", body.as_of);
        let known_at = faults.optional("/known_at", body.known_at);
        let facts = faults.required("/facts", body.facts);
        faults.finish(|| {
            let law = RequestedLaw { jurisdiction: jurisdiction?, service, as_of: as_of?, known_at };
            Some(Self { law, basis: CaseBasis { facts: facts?, terms } })
        })
    }

    /// Authorises the request and binds it to the contract of its service.
    ///
    /// # Errors
    /// If the place is unknown, the caller may not ask for it, or the facts don't fit the service.
    pub(crate) fn authorise_and_bind(
        self,
        rulebook: &Rulebook,
        contract: &Contract,
        context: RequestContext<'_>,
    ) -> Result<Case, RequestError> {
        let today = context.today_in(rulebook, &self.law.jurisdiction);
        let query = self.law.query(today);
        let place = RequestedPlace::resolve(rulebook, &query.jurisdiction, query.day());
        let places = [place.map_err(RequestError::Unknown)?];
        let permit = self.basis.authorise_unrecorded((context.caller, today), contract, &places)?;
        let (facts, processing) = self.basis.bind(rulebook, contract, query.as_of, &permit)?;
        Ok(Case::new(query, facts, processing))
    }
}
