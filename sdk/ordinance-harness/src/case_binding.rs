//! Binds a decision test to a rulebook: converts its texts to the case that the engine decides.

use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_domain::contract::Contract;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_engine::Rulebook;
use ordinance_engine::case::{Case, read_facts};
use ordinance_engine::claims::{read_basis, read_people, read_recipient, read_subject};
use ordinance_engine::input_error::InputError;
use ordinance_engine::literals::read_date;
use ordinance_engine::processing::{Processing, ProcessingContext, processing_of};
use ordinance_engine::untyped_value::UntypedValue;

use crate::test_case::DecisionTest;
use crate::test_error::TestError;

const REVIEWER: RecipientId = RecipientId::constant("review");

/// The default recipient of a test: a portal that acts for the person.
pub(crate) fn reviewer() -> Recipient {
    Recipient { kind: RecipientKind::Portal, id: REVIEWER }
}

/// The case of a test. A test without a day of processing or of knowledge has the day that it is in its place.
///
/// # Errors
/// [`TestError`] if the rulebook has no such service, or facts, claims or days can't be read.
pub fn bind_case(rulebook: &Rulebook, test: &DecisionTest, now: Timestamp) -> Result<Case, TestError> {
    let jurisdiction = JurisdictionCode::new(&test.jurisdiction)?;
    let service = Id::new(&test.service)?;
    let contract = rulebook.contract(&service).ok_or_else(|| TestError::UnknownService(service.clone()))?;
    let as_of = parse_date("as_of", &test.as_of)?;
    let known_at = test.known_at.as_ref().map(|text| parse_date("known_at", text)).transpose()?;
    let facts = read_facts(contract, &test.facts, as_of, "/facts")?;
    let processed_on = test.processing.processed_on.as_ref();
    let processed_on = processed_on.map(|text| parse_date("processed_on", text)).transpose()?;
    let today = rulebook.day_at(&jurisdiction, now);
    let days = (processed_on.unwrap_or(today), today);
    let processing = bind_processing_context(rulebook, contract, test, &facts, days)?;
    let known_at = known_at.unwrap_or(today);
    Ok(Case::new(CaseQuery { jurisdiction, service, as_of, known_at }, facts, processing))
}

/// Parses the date in a member of a test.
pub(crate) fn parse_date(member: &'static str, text: &str) -> Result<Date, TestError> {
    read_date(text).ok_or(TestError::NotADate(member))
}

/// A member of a case that tells on what ground, for whom and of whom facts are processed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Claim {
    Recipient,
    Basis,
    Subject,
    People,
}

/// Checks a claim of a case of this service by itself.
///
/// # Errors
/// The first fault.
pub(crate) fn check_claim(
    claim: Claim,
    value: &UntypedValue,
    rulebook: &Rulebook,
    contract: &Contract,
) -> Result<(), InputError> {
    let has_fact = |name: &FieldName| rulebook.fact_at(name).is_some();
    let checked = match claim {
        Claim::Recipient => read_recipient(value, "/recipient").map(drop),
        Claim::Basis => read_basis(value, "/basis", &contract.purpose, has_fact).map(drop),
        Claim::Subject => read_subject(value, "/subject").map(drop),
        Claim::People => read_people(value, "/people").map(drop),
    };
    match checked.map_err(|errors| errors.into_iter().next()) {
        Err(Some(error)) => Err(error),
        Err(None) | Ok(()) => Ok(()),
    }
}

fn bind_processing_context(
    rulebook: &Rulebook,
    contract: &Contract,
    test: &DecisionTest,
    facts: &Facts,
    (on, known_at): (Date, Date),
) -> Result<Processing, Vec<InputError>> {
    let processing = &test.processing;
    let recipient = processing.recipient.as_ref().map(|value| read_recipient(value, "/recipient")).transpose()?;
    let subject = processing.subject.as_ref().map(|value| read_subject(value, "/subject")).transpose()?;
    let people = processing.people.as_ref().map(|value| read_people(value, "/people")).transpose()?.unwrap_or_default();
    let has_fact = |name: &FieldName| rulebook.fact_at(name).is_some();
    let basis =
        processing.basis.as_ref().map(|value| read_basis(value, "/basis", &contract.purpose, has_fact)).transpose()?;
    let context = ProcessingContext {
        recipient: recipient.unwrap_or_else(reviewer),
        basis: (basis, "/basis"),
        subject: subject.unwrap_or_default(),
        people: (&people, "/people"),
        on,
        also_on: None,
        known_at,
    };
    processing_of(contract, context, facts)
}
