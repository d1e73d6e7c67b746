//! A request for facts: the body of `POST /v1/disclosures`.

use ordinance_domain::calendar::LawDay;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, Disclosure, Purpose};
use ordinance_engine::case::read_known_facts;
use ordinance_engine::claims::BasisClaim;
use ordinance_engine::input_error::unknown_to_rulebook;
use ordinance_engine::processing::{Processing, check_people, processing};
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{DisclosureCase, InputError, Rulebook};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::problem::RequestError;
use crate::api::requests::body::parse_body;
use crate::api::requests::member::{
    BasisMember, CodeMember, DayMember, FactsMember, ModeMember, NamesMember, PeopleMember, PurposeMember,
    RecipientMember, SubjectMember, is_given,
};
use crate::api::requests::permit::{AccessPermit, AccessScope, ProcessingDays, RequestedPlace, authorise};
use crate::api::requests::terms::{ProcessingTerms, RequestContext, check_scopes};
use crate::audit::mode::Mode;

/// A request for facts: `facts`, `values` or both
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "jurisdiction": "CN-4403", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
    "facts": ["age", "disability_grade"], "values": {"age": 67}
}))]
pub(crate) struct DisclosureBody<'a> {
    /// The place whose law rules.
    #[serde(borrow)]
    jurisdiction: CodeMember<'a>,
    /// What the facts are for.
    #[serde(borrow)]
    purpose: PurposeMember<'a>,
    /// What entitles to them.
    #[serde(borrow)]
    basis: BasisMember<'a>,
    /// The facts by name; those of `values` if they aren't named.
    #[serde(borrow)]
    facts: Option<NamesMember<'a>>,
    /// Values to hand back, each as it is ruled on its fact.
    #[serde(borrow)]
    values: Option<FactsMember<'a>>,
    /// The recipient, where the caller is a gateway that asks for others; without it, the caller.
    #[serde(borrow)]
    recipient: Option<RecipientMember<'a>>,
    #[serde(borrow)]
    subject: Option<SubjectMember<'a>>,
    #[serde(borrow)]
    people: Option<PeopleMember<'a>>,
    /// The day whose privacy law counts: today, as it is in the place; a simulation may name another.
    #[serde(borrow)]
    processed_on: Option<DayMember<'a>>,
    /// `official` if it is left out.
    #[serde(borrow)]
    mode: Option<ModeMember<'a>>,
}

/// A request for facts, well formed.
#[derive(Debug)]
pub(crate) struct DisclosureRequest {
    jurisdiction: JurisdictionCode,
    purpose: Purpose,
    basis: BasisClaim,
    names: Option<Vec<FieldName>>,
    values: Option<UntypedValue>,
    terms: ProcessingTerms,
    mode: Mode,
}

/// A request for facts that was authorised and bound to the rulebook.
#[derive(Debug)]
pub(crate) struct DisclosureQuery {
    pub(crate) case: DisclosureCase,
    /// Whether values were sent, so that they are to be handed back as it is ruled.
    pub(crate) has_values: bool,
    pub(crate) mode: Mode,
}

impl DisclosureRequest {
    /// Parses a body.
    ///
    /// # Errors
    /// All faults of the body.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let (body, mut faults) = parse_body::<DisclosureBody<'_>>(body)?;
        let jurisdiction = faults.required("/jurisdiction", body.jurisdiction);
        let purpose = faults.required("/purpose", body.purpose);
        let mode = faults.optional("/mode", body.mode).unwrap_or(Mode::Official);
        let terms =
            ProcessingTerms::parse(body.recipient, None, body.subject, body.people, body.processed_on, &mut faults);
        let names = faults.optional("/facts", body.facts);
        let values = faults.optional("/values", body.values);
        if !is_given(body.facts) && !is_given(body.values) {
            let expected = "an array of names of facts, or `values` by name";
            faults.add(InputError::expecting("/facts", "it isn't said which facts are asked for", expected));
        }
        let basis = faults.required_not_null("/basis", body.basis);
        faults.finish(|| {
            Some(Self { jurisdiction: jurisdiction?, purpose: purpose?, basis: basis?, names, values, terms, mode })
        })
    }

    /// Authorises the request and binds it to a rulebook.
    ///
    /// # Errors
    /// If the place or a fact is unknown, the caller may not ask for it, or a value doesn't fit its fact.
    pub(crate) fn authorise_and_bind(
        self,
        rulebook: &Rulebook,
        context: RequestContext<'_>,
    ) -> Result<DisclosureQuery, RequestError> {
        let today = context.today_in(rulebook, &self.jurisdiction);
        let day = self.terms.day(self.mode, today)?;
        let resolve = |as_of| RequestedPlace::resolve(rulebook, &self.jurisdiction, LawDay { as_of, known_at: today });
        // A place of the past may be one that the law of its own day rules on.
        let place = resolve(today).or_else(|error| day.named.map_or(Err(error), resolve));
        let places = [place.map_err(RequestError::Unknown)?];
        let scope = AccessScope {
            service: None,
            purpose: &self.purpose,
            basis: self.basis.kind(),
            bases_of_people: self.terms.bases_of_people(),
            places: &places,
            recipient: self.terms.recipient.as_ref(),
            day,
            mode: self.mode,
        };
        let permit = authorise(context.caller, &scope).map_err(RequestError::Forbidden)?;
        self.bind(rulebook, &permit)
    }

    /// Reads the values against the facts of the rulebook.
    fn bind(&self, rulebook: &Rulebook, permit: &AccessPermit<'_>) -> Result<DisclosureQuery, RequestError> {
        let has_values = self.values.is_some();
        let mode = permit.mode();
        let fact_of = |name: &str| rulebook.fact(name);
        let values = self.values.as_ref().map(|values| read_known_facts(fact_of, values, "/values")).transpose();
        let values = values.map_err(RequestError::InvalidFacts)?.unwrap_or_default();
        let facts = requested_facts(rulebook, self.names.as_deref(), &values)?;
        check_scopes(rulebook, Some(&self.basis), &self.terms.people)?;
        let (recipient, ProcessingDays { on, also_on, known_at }) = (permit.recipient(), permit.days());
        let purpose = self.purpose.clone();
        let basis = self.basis.clone().for_purpose(&purpose);
        let disclosure = Disclosure { recipient, purpose, basis, subject: self.terms.subject, on, known_at };
        let about = facts.iter().filter_map(|name| rulebook.fact(name.as_str()));
        // A value that isn't asked for tells the age of a person as well.
        let surplus = values.0.iter().map(|(name, _)| name).filter(|name| !facts.contains(name));
        let known = about.clone().chain(surplus.filter_map(|name| rulebook.fact(name.as_str())));
        let people = &self.terms.people;
        check_people(people, &values, known.clone(), "/people").map_err(RequestError::Unprocessable)?;
        let processing = processing(disclosure, also_on, &values, known, people);
        permit.check_claims(rulebook, &values, &processing, about)?;
        let Processing { disclosure, alternatives, others } = processing;
        let case = DisclosureCase {
            jurisdiction: self.jurisdiction.clone(),
            disclosure,
            alternatives,
            others,
            activity: Activity::Disclose,
            facts,
            values,
            is_dry_run: mode != Mode::Official,
        };
        Ok(DisclosureQuery { case, has_values, mode })
    }
}

/// The requested facts: those that the request names, else those whose values it sends.
fn requested_facts(
    rulebook: &Rulebook,
    names: Option<&[FieldName]>,
    values: &Facts,
) -> Result<Vec<FieldName>, RequestError> {
    let Some(names) = names else { return Ok(values.0.iter().map(|(name, _)| name.clone()).collect()) };
    if let Some(index) = names.iter().position(|name| rulebook.fact_at(name).is_none()) {
        return Err(RequestError::InvalidFacts(vec![unknown_to_rulebook(&format!("/facts/{index}"))]));
    }
    if let Some((index, name)) = names.iter().enumerate().find(|(_, name)| name.is_part()) {
        let whole = name.fact_name();
        let expected = format!(
            "`{whole}`; a consent names the part beside it: {{\"consent\": {{\"facts\": [\"{whole}\", \"{name}\"]}}}} as \
             `basis` for the applicant, and under `people` for each other person"
        );
        let message = "this is a part, which is asked for with its whole fact and ruled on by itself";
        return Err(RequestError::InvalidFacts(vec![InputError::expecting(
            &format!("/facts/{index}"),
            message,
            expected,
        )]));
    }
    let mut facts: Vec<FieldName> = Vec::with_capacity(names.len());
    for name in names {
        if !facts.contains(name) {
            facts.push(name.clone());
        }
    }
    Ok(facts)
}
