//! The names and titles of what an answer cites: in the language of the reader by the definitions of the rulebook, else
//! as the answer has them, else the code or the id alone.

use jiff::civil::Date;
use ordinance_domain::calendar::TimeZone;
use ordinance_domain::contract::{Contract, EligibleMeaning, GrantField};
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_engine::definitions::Definitions;
use serde_json::Value;

use super::json::{items, text};
use crate::record::RecordedDecision;
use ordinance_pages::ReadingLanguage;

/// Where names come from.
pub(super) struct Names<'a> {
    pub(super) language: ReadingLanguage,
    tags: Vec<String>,
    pub(super) answer: &'a Value,
    definitions: Option<&'a Definitions>,
    contract: Option<&'a Contract>,
    place: Option<JurisdictionCode>,
    as_of: Date,
    known_at: Date,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        language: ReadingLanguage,
        answer: &'a Value,
        record: &RecordedDecision,
        definitions: Option<&'a Definitions>,
    ) -> Self {
        let contracts = definitions.into_iter().flat_map(|definitions| definitions.contracts.values());
        let contract = contracts.map(AsRef::as_ref).find(|contract| contract.service.as_str() == record.service);
        let day = |text: &str| text.parse().unwrap_or_default();
        Self {
            language,
            tags: vec![language.tag().to_owned()],
            answer,
            definitions,
            contract,
            place: JurisdictionCode::new(&record.jurisdiction).ok(),
            as_of: day(&record.as_of),
            known_at: day(&record.known_at),
        }
    }

    pub(super) fn has_definitions(&self) -> bool {
        self.definitions.is_some()
    }

    /// A place by its name and its code.
    pub(super) fn place(&self, code: &str) -> String {
        self.place_name(code).map_or_else(|| code.to_owned(), |name| self.language.bracketed(&name, code))
    }

    fn place_name(&self, code: &str) -> Option<String> {
        let defined = || {
            let places = self.definitions?.places.known_at(self.known_at);
            let code = JurisdictionCode::new(code).ok()?;
            let place = places.on(&code, self.as_of).or_else(|| places.latest(&code))?;
            place.names.best(&self.tags).map(str::to_owned)
        };
        let answered = || {
            let layer = items(self.answer, "layers").iter().find(|layer| text(layer, "jurisdiction") == code)?;
            Some(text(layer, "name").to_owned()).filter(|name| !name.is_empty())
        };
        defined().or_else(answered)
    }

    /// A service by its title and its id.
    pub(super) fn service(&self, id: &str) -> String {
        let title = self.contract.and_then(|contract| contract.titles.best(&self.tags));
        title.map_or_else(|| id.to_owned(), |title| self.language.bracketed(title, id))
    }

    /// Whether the rules of the service say who has a duty.
    pub(super) fn is_liability(&self) -> bool {
        self.contract.is_some_and(|contract| contract.eligible == EligibleMeaning::Liability)
    }

    pub(super) fn grant_field(&self, name: &str) -> Option<&'a GrantField> {
        self.contract?.grant.iter().find(|field| field.name.is(name))
    }

    pub(super) fn grant_title(&self, name: &str) -> String {
        let title = self.grant_field(name).and_then(|field| field.titles.best(&self.tags));
        title.unwrap_or(name).to_owned()
    }

    /// The fact of a name.
    pub(super) fn fact(&self, name: &str) -> Option<&'a Fact> {
        let of_service = self.contract.and_then(|contract| contract.fact(name));
        of_service.or_else(|| self.definitions?.facts.get(name))
    }

    pub(super) fn title_of(&self, fact: Option<&Fact>, name: &str) -> String {
        fact.and_then(|fact| fact.titles.best(&self.tags)).unwrap_or(name).to_owned()
    }

    /// The title of the fact or the part that a path names, such as `members[1].age`, with the path where they differ.
    pub(super) fn path_title(&self, path: &str) -> String {
        let name = FieldName::path(path).ok();
        let fact = name.as_ref().and_then(|name| self.fact(name.fact_name())?.at(name));
        let title = self.title_of(fact, path);
        if title == path || !path.contains(['.', '[']) { title } else { self.language.bracketed(&title, path) }
    }

    /// The time zone of the place; UTC where it isn't known.
    pub(super) fn zone(&self) -> TimeZone {
        let known = || {
            let places = self.definitions?.places.known_at(self.known_at);
            places.time_zone(self.place.as_ref()?, self.as_of).cloned()
        };
        known().unwrap_or(TimeZone::UTC)
    }
}
