//! Binds a test to a rulebook: its words become the case that the engine decides.

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{Disclosure, Recipient, RecipientKind};
use ordinance_engine::case::{Case, InputError, read_date, read_facts};
use ordinance_engine::claims::{Claimed, disclosure_of, read_recipient, read_subject};
use ordinance_engine::{Asked, Rulebook};

use crate::test_case::DecisionTest;

/// Who decides a case of a case file, unless the case says otherwise: a portal that asks for the person.
pub(crate) fn reviewer() -> Recipient {
    Recipient { kind: RecipientKind::Portal, id: "review".to_owned() }
}

pub(crate) fn bind_case(rulebook: &Rulebook, test: &DecisionTest, today: Date) -> Result<Case, String> {
    let jurisdiction = JurisdictionCode::new(&test.jurisdiction).map_err(|error| error.to_string())?;
    let service = Id::new(&test.service).map_err(|error| error.to_string())?;
    let contract = rulebook.contract(&service).ok_or_else(|| format!("unknown service `{service}`"))?;
    let day = |key: &str, text: &str| read_date(text).ok_or(format!("`{key}` is no date as YYYY-MM-DD that exists"));
    let as_of = day("as_of", &test.as_of)?;
    let known_at = test.known_at.as_ref().map(|text| day("known_at", text)).transpose()?;
    let facts = read_facts(contract, &test.facts, "/facts").map_err(|faults| in_words(&faults))?;
    let processed_on = test.claims.processed_on.as_ref().map(|text| day("processed_on", text)).transpose()?;
    let disclosure = bind_processing_context(rulebook, contract, test, &facts, processed_on.unwrap_or(today))
        .map_err(|faults| in_words(&faults))?;
    Ok(Case { asked: Asked { jurisdiction, service, as_of, known_at }, facts, disclosure })
}

fn bind_processing_context(
    rulebook: &Rulebook,
    contract: &Contract,
    test: &DecisionTest,
    facts: &Facts,
    on: Date,
) -> Result<Disclosure, Vec<InputError>> {
    let claims = &test.claims;
    let recipient = claims.recipient.as_ref().map(|tree| read_recipient(tree, "/recipient")).transpose()?;
    let subject = claims.subject.as_ref().map(|tree| read_subject(tree, "/subject")).transpose()?;
    let claimed = Claimed {
        recipient: recipient.unwrap_or_else(reviewer),
        basis: (claims.basis.as_ref(), "/basis"),
        subject: (subject.unwrap_or_default(), "/subject"),
        on,
    };
    disclosure_of(rulebook, contract, claimed, facts)
}

pub(crate) fn in_words(faults: &[InputError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
