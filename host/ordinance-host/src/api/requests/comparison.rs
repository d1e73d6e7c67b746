//! A request to compare places: the body of `POST /v1/comparisons`.

use std::sync::Arc;

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::query::CaseQuery;
use ordinance_engine::processing::Processing;
use ordinance_engine::{Case, InputError, Rulebook};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::explain::Explain;
use crate::api::problem::RequestError;
use crate::api::requests::body::parse_body;
use crate::api::requests::faults::RequestFaults;
use crate::api::requests::member::{
    BasisMember, CodeMember, CodesMember, DayMember, ExplainMember, FactsMember, PeopleMember, RecipientMember,
    ServiceMember, SubjectMember, is_given,
};
use crate::api::requests::permit::{AccessPermit, ProcessingDays, RequestedPlace};
use crate::api::requests::terms::{CaseBasis, ProcessingTerms, RequestContext, contract_of};
use crate::api::schema::PLACES_MAX;

/// A case and the places to compare: `jurisdictions` or `children_of`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "service": "disability-care-subsidy", "as_of": "2026-03-01", "children_of": "CN",
    "facts": {"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false}
}))]
pub(crate) struct ComparisonBody<'a> {
    #[serde(borrow)]
    service: ServiceMember<'a>,
    /// The day to decide for.
    #[serde(borrow)]
    as_of: DayMember<'a>,
    /// The day whose knowledge counts; without it, today as it is in each place.
    #[serde(borrow)]
    known_at: Option<DayMember<'a>>,
    /// What is known, by the names of the service's facts.
    #[serde(borrow)]
    facts: FactsMember<'a>,
    /// The places to compare.
    #[serde(borrow)]
    jurisdictions: Option<CodesMember<'a>>,
    /// Instead of `jurisdictions`: all places right below this one, up to 500.
    #[serde(borrow)]
    children_of: Option<CodeMember<'a>>,
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
    /// A day other than today whose privacy law counts as well: the stricter ruling on each fact counts. Today is the
    /// day that it is in each place.
    #[serde(borrow)]
    processed_on: Option<DayMember<'a>>,
    /// `full` if it is left out.
    #[serde(borrow)]
    explain: Option<ExplainMember<'a>>,
}

/// A request to compare places, well formed.
#[derive(Debug)]
pub(crate) struct ComparisonRequest {
    service: Id,
    as_of: Date,
    known_at: Option<Date>,
    places: ComparedPlaces,
    basis: CaseBasis,
    explain: Explain,
}

/// The places of a comparison.
#[derive(Debug)]
enum ComparedPlaces {
    /// These.
    Listed(Vec<JurisdictionCode>),
    /// All right below this one.
    ChildrenOf(JurisdictionCode),
}

/// A comparison that was authorised and bound: the same case at each of the places.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) contract: Arc<Contract>,
    pub(crate) as_of: Date,
    pub(crate) known_at: Option<Date>,
    pub(crate) cases: Vec<Case>,
    pub(crate) explain: Explain,
}

impl ComparisonRequest {
    /// Parses a body.
    ///
    /// # Errors
    /// All faults of the body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let (body, mut faults) = parse_body::<ComparisonBody<'_>>(body)?;
        let terms = ProcessingTerms::parse(
            body.recipient,
            body.basis,
            body.subject,
            body.people,
            body.processed_on,
            &mut faults,
        );
        let service = faults.required("/service", body.service);
        let as_of = faults.required("/as_of", body.as_of);
        let known_at = faults.optional("/known_at", body.known_at);
        let facts = faults.required("/facts", body.facts);
        let explain = faults.optional("/explain", body.explain).unwrap_or_default();
        let places = read_places(&body, &mut faults);
        faults.finish(|| {
            let basis = CaseBasis { facts: facts?, terms };
            Some(Self { service: service?, as_of: as_of?, known_at, places: places?, basis, explain })
        })
    }

    /// Authorises the request and binds it to a rulebook.
    ///
    /// # Errors
    /// If a place or the service is unknown, the caller may not ask for it, the facts don't fit the service, or there
    /// are too many places.
    pub(crate) fn authorise_and_bind(
        self,
        rulebook: &Rulebook,
        context: RequestContext<'_>,
    ) -> Result<Comparison, RequestError> {
        let named = match &self.places {
            ComparedPlaces::Listed(codes) => codes.as_slice(),
            ComparedPlaces::ChildrenOf(code) => std::slice::from_ref(code),
        };
        let resolve = |code: &JurisdictionCode| {
            RequestedPlace::resolve(rulebook, code, self.law_day(context.today_in(rulebook, code)))
        };
        let places: Vec<RequestedPlace> =
            named.iter().map(resolve).collect::<Result<_, _>>().map_err(RequestError::Unknown)?;
        let contract = contract_of(rulebook, &self.service)?;
        let today = named.first().map_or(self.as_of, |code| context.today_in(rulebook, code));
        let permit = self.basis.authorise_unrecorded((context.caller, today), contract, &places)?;
        self.bind(rulebook, (contract, context), &places, &permit)
    }

    /// The day of the law, where it is `today`.
    fn law_day(&self, today: Date) -> LawDay {
        LawDay { as_of: self.as_of, known_at: self.known_at.unwrap_or(today) }
    }

    /// Reads the facts against the contract of the service, and makes the case of each place: its facts are processed
    /// on the day that it is there.
    fn bind(
        &self,
        rulebook: &Rulebook,
        (contract, context): (&Arc<Contract>, RequestContext<'_>),
        places: &[RequestedPlace],
        permit: &AccessPermit<'_>,
    ) -> Result<Comparison, RequestError> {
        let facts = self.basis.read_facts(rulebook, contract, self.as_of)?;
        let codes = match &self.places {
            ComparedPlaces::Listed(codes) => codes.clone(),
            ComparedPlaces::ChildrenOf(parent) => {
                let day = self.law_day(context.today_in(rulebook, parent));
                let children = children_of(rulebook, places, day)?;
                permit.check_residence(rulebook, &facts, children.iter(), day)?;
                children
            }
        };
        // It is at most three days at once on earth.
        let mut by_day: Vec<(Date, Processing)> = Vec::new();
        let mut cases = Vec::with_capacity(codes.len());
        for jurisdiction in codes {
            let today = context.today_in(rulebook, &jurisdiction);
            let known_at = self.known_at.unwrap_or(today);
            let known = by_day.iter().find(|(day, _)| *day == today).map(|(_, processing)| processing.clone());
            let processing = match known {
                Some(processing) => processing,
                None => {
                    let days = ProcessingDays::tightened(today, self.basis.terms.processed_on);
                    let processing = self.basis.process(rulebook, contract, permit, days, &facts)?;
                    by_day.push((today, processing.clone()));
                    processing
                }
            };
            let query = CaseQuery { jurisdiction, service: self.service.clone(), as_of: self.as_of, known_at };
            cases.push(Case::new(query, facts.clone(), processing));
        }
        let (as_of, known_at, explain) = (self.as_of, self.known_at, self.explain);
        Ok(Comparison { contract: Arc::clone(contract), as_of, known_at, cases, explain })
    }
}

/// The places right below a place on a day.
fn children_of(
    rulebook: &Rulebook,
    parent: &[RequestedPlace],
    day: LawDay,
) -> Result<Vec<JurisdictionCode>, RequestError> {
    let trees = rulebook.jurisdictions_at(day.known_at);
    let parents = parent.iter().filter_map(RequestedPlace::resolved_code);
    let codes: Vec<JurisdictionCode> =
        parents.flat_map(|parent| trees.children(parent, day.as_of)).map(|place| place.code.clone()).collect();
    if (1..=PLACES_MAX).contains(&codes.len()) {
        return Ok(codes);
    }
    let message = format!("there are {} places right below this one on that day", codes.len());
    let expected = format!("a place with 1 to {PLACES_MAX} places right below it");
    Err(RequestError::Unprocessable(vec![InputError::expecting("/children_of", message, expected)]))
}

/// Reads `jurisdictions` or `children_of`.
fn read_places(body: &ComparisonBody<'_>, faults: &mut RequestFaults) -> Option<ComparedPlaces> {
    let expected = "one of `jurisdictions` (codes) and `children_of` (one code)";
    let has_list = is_given(body.jurisdictions);
    let has_parent = is_given(body.children_of);
    if has_list && has_parent {
        faults.add_between_members(InputError::expecting("", "the places to compare are given twice", expected));
    }
    if !has_list && !has_parent {
        faults.add(InputError::expecting("", "it must be said which places to compare", expected));
    }
    let listed = faults.optional("/jurisdictions", body.jurisdictions).map(ComparedPlaces::Listed);
    let parent = faults.optional("/children_of", body.children_of).map(ComparedPlaces::ChildrenOf);
    listed.or(parent)
}
