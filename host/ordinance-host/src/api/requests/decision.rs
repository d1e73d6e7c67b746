//! A request for a decision: the body of `POST /v1/decisions`, and a line of a batch.

use ordinance_domain::digest::Digest;
use ordinance_engine::{Case, InputError, Rulebook};
use serde::Deserialize;
use utoipa::openapi::schema::{AnyOfBuilder, SchemaType};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::api::explain::Explain;
use crate::api::problem::RequestError;
use crate::api::requests::body::{parse_body, unknown_member};
use crate::api::requests::faults::RequestFaults;
use crate::api::requests::member::{
    BasisMember, CodeMember, DayMember, ExplainMember, FactsMember, ModeMember, ObjectionMember, PeopleMember,
    ReceiptMember, RecipientMember, RevisionMember, ServiceMember, SubjectMember, is_given,
};
use crate::api::requests::permit::RequestedPlace;
use crate::api::requests::terms::{CaseBasis, ProcessingTerms, RequestContext, RequestedLaw, contract_of};
use crate::audit::mode::Mode;

/// A case to decide
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "jurisdiction": "CN-370602",
    "service": "disability-care-subsidy",
    "as_of": "2026-03-01",
    "facts": {
        "disability_grade": 1,
        "needs_long_term_care": true,
        "work_injury_care_payment": false,
        "destitute_support": false,
        "draws_elderly_care_subsidy": false
    }
}))]
pub(crate) struct DecisionBody<'a> {
    /// The place the case is about.
    #[serde(borrow)]
    jurisdiction: CodeMember<'a>,
    #[serde(borrow)]
    service: ServiceMember<'a>,
    /// The day to decide for.
    #[serde(borrow)]
    as_of: DayMember<'a>,
    /// The day whose knowledge counts: law that was published later, or withdrawn by then, doesn't. Without it, today
    /// as it is in the place: what is announced for later doesn't count yet.
    #[serde(borrow)]
    known_at: Option<DayMember<'a>>,
    /// What is known, by the names of the service's facts; leave out what isn't.
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
    /// A day other than today whose privacy law counts as well, in a simulation: the stricter ruling on each fact
    /// counts. It counts alone for a caller that the operator lets apply past privacy law.
    #[serde(borrow)]
    processed_on: Option<DayMember<'a>>,
    /// `official` if it is left out.
    #[serde(borrow)]
    mode: Option<ModeMember<'a>>,
    /// `full` if it is left out. What is recorded doesn't depend on it.
    #[serde(borrow)]
    explain: Option<ExplainMember<'a>>,
    /// Of a simulation: a revision that was in use until lately, one of `revisions` in `/v1/rules`.
    #[serde(borrow)]
    rulebook: Option<RevisionMember<'a>>,
    /// Of an official decision: whether to hand out its receipt. A repeat of the request has the reply without it.
    #[serde(borrow)]
    receipt: Option<ReceiptMember<'a>>,
    /// Of an official decision: the objection after which the case is decided anew.
    #[serde(borrow)]
    objection: Option<ObjectionMember<'a>>,
}

/// The lines of a batch. Each should be a [`DecisionBody`]; one that isn't is answered with its problem.
pub(crate) struct BatchBody;

impl PartialSchema for BatchBody {
    fn schema() -> RefOr<Schema> {
        let lines = ArrayBuilder::new().items(Ref::from_schema_name("DecisionBody"));
        let others = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        AnyOfBuilder::new().item(lines).item(others).into()
    }
}

impl ToSchema for BatchBody {}

/// The members of a line of a batch: those of a decision on the revision in use.
const OF_LINE: [&str; 12] = [
    "jurisdiction",
    "service",
    "as_of",
    "known_at",
    "facts",
    "recipient",
    "basis",
    "subject",
    "people",
    "processed_on",
    "mode",
    "explain",
];

/// A request for a decision that was authorised and bound to the rulebook.
#[derive(Debug)]
pub(crate) struct DecisionQuery {
    pub(crate) case: Case,
    pub(crate) mode: Mode,
    pub(crate) explain: Explain,
    pub(crate) wants_receipt: bool,
    /// The objection after which the case is decided anew.
    pub(crate) objection: Option<Uuid>,
}

/// A request for a decision, well formed.
#[derive(Debug)]
pub(crate) struct DecisionRequest {
    law: RequestedLaw,
    basis: CaseBasis,
    mode: Mode,
    explain: Explain,
    revision: Option<String>,
    wants_receipt: bool,
    objection: Option<Uuid>,
}

impl DecisionRequest {
    /// Parses the body of `POST /v1/decisions`.
    ///
    /// # Errors
    /// All faults of the body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let (body, faults) = parse_body::<DecisionBody<'_>>(body)?;
        Self::read(&body, faults)
    }

    /// Parses a line of a batch, which can't name a revision.
    ///
    /// # Errors
    /// All faults of the line.
    pub(crate) fn parse_line(line: &[u8]) -> Result<Self, RequestError> {
        let (body, mut faults) = parse_body::<DecisionBody<'_>>(line)?;
        if is_given(body.rulebook) {
            faults.add(unknown_member("rulebook", &OF_LINE));
        }
        if is_given(body.receipt) {
            faults.add(unknown_member("receipt", &OF_LINE));
        }
        if is_given(body.objection) {
            faults.add(unknown_member("objection", &OF_LINE));
        }
        Self::read(&DecisionBody { rulebook: None, receipt: None, objection: None, ..body }, faults)
    }

    fn read(body: &DecisionBody<'_>, mut faults: RequestFaults) -> Result<Self, RequestError> {
        let terms = ProcessingTerms::parse(
            body.recipient,
            body.basis,
            body.subject,
            body.people,
            body.processed_on,
            &mut faults,
        );
        let jurisdiction = faults.required("/jurisdiction", body.jurisdiction);
        let service = faults.required("/service", body.service);
        let as_of = faults.required("/as_of", body.as_of);
        let known_at = faults.optional("/known_at", body.known_at);
        let mode = faults.optional("/mode", body.mode).unwrap_or(Mode::Official);
        let explain = faults.optional("/explain", body.explain).unwrap_or_default();
        let revision = faults.optional("/rulebook", body.rulebook);
        let wants_receipt = faults.optional("/receipt", body.receipt).unwrap_or_default();
        let objection = faults.optional("/objection", body.objection);
        let facts = faults.required("/facts", body.facts);
        if wants_receipt && mode == Mode::Simulation {
            faults.add_between_members(InputError::expecting(
                "/receipt",
                "a simulation leaves no record, so there is no receipt of it",
                "none, or \"mode\": \"official\"",
            ));
        }
        if objection.is_some() && mode == Mode::Simulation {
            faults.add_between_members(InputError::expecting(
                "/objection",
                "a simulation replaces no decision",
                "none, or \"mode\": \"official\"",
            ));
        }
        if revision.is_some() && mode == Mode::Official {
            faults.add_between_members(InputError::expecting(
                "/rulebook",
                "an official decision is given on the rulebook in use",
                "none, or \"mode\": \"simulation\" beside it",
            ));
        }
        faults.finish(|| {
            let law = RequestedLaw { jurisdiction: jurisdiction?, service: service?, as_of: as_of?, known_at };
            let basis = CaseBasis { facts: facts?, terms };
            Some(Self { law, basis, mode, explain, revision, wants_receipt, objection })
        })
    }

    /// The digest of the revision to decide on; `None` for the current one.
    ///
    /// # Errors
    /// [`RequestError::UnknownRevision`] if the text is no digest.
    pub(crate) fn revision(&self) -> Result<Option<Digest>, RequestError> {
        let digest = self.revision.as_ref().map(|text| text.parse());
        digest.transpose().map_err(|_| RequestError::UnknownRevision)
    }

    /// Authorises the request and binds it to a rulebook.
    ///
    /// # Errors
    /// If the place or the service is unknown, the caller may not ask for it, or the facts don't fit the service.
    pub(crate) fn authorise_and_bind(
        self,
        rulebook: &Rulebook,
        context: RequestContext<'_>,
    ) -> Result<DecisionQuery, RequestError> {
        let today = context.today_in(rulebook, &self.law.jurisdiction);
        let query = self.law.query(today);
        let place = RequestedPlace::resolve(rulebook, &query.jurisdiction, query.day());
        let places = [place.map_err(RequestError::Unknown)?];
        let contract = contract_of(rulebook, &query.service)?;
        let permit = self.basis.authorise((context.caller, today), contract, &places, self.mode)?;
        let mode = permit.mode();
        let (facts, processing) = self.basis.bind(rulebook, contract, query.as_of, &permit)?;
        let Self { explain, wants_receipt, objection, .. } = self;
        Ok(DecisionQuery { case: Case::new(query, facts, processing), mode, explain, wants_receipt, objection })
    }
}
