//! The index of the rulebook of a receipt: it is written in one way, and the definition files that the decision rests
//! on are there.

use ordinance_domain::calendar::{LawDay, PublicationPeriod};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{Index, IndexReadError, IndexedRule};

use crate::error::ReceiptError;
use crate::receipt::{PublicationProof, is_needed};
use crate::record::RecordedDecision;

/// The index of a rulebook.
#[derive(Debug)]
pub(crate) struct LawIndex(pub(crate) Index);

impl LawIndex {
    /// Reads the index of the rulebook that a record names. The definition files must be there as far as the decision
    /// of these levels rests on them.
    pub(crate) fn read(
        record: &RecordedDecision,
        publication: &PublicationProof,
        levels: &[JurisdictionCode],
    ) -> Result<Self, ReceiptError> {
        if sha256(publication.index.as_bytes()).to_string() != record.rulebook {
            return Err(ReceiptError::Index(record.rulebook.clone()));
        }
        let index = parse(&publication.index)?;
        let needed = index.definitions.keys().filter(|path| is_needed(path, &record.service, levels));
        for path in needed.chain(publication.definitions.keys()) {
            let text = publication.definitions.get(path).map(|text| sha256(text.as_bytes()));
            if text.is_none() || text != index.definitions.get(path).map(|digest| digest.0) {
                return Err(ReceiptError::Definition(path.clone()));
            }
        }
        Ok(Self(index))
    }

    /// Reads the index that an authority published.
    pub(crate) fn of_authority(text: &str) -> Result<Self, ReceiptError> {
        parse(text).map(Self)
    }

    /// The rules of a place for a service, or its privacy rules, that are in force on a day. A shadow rule decides
    /// nothing.
    pub(crate) fn in_force<'a>(
        &'a self,
        place: &'a JurisdictionCode,
        service: Option<&'a str>,
        day: LawDay,
    ) -> impl Iterator<Item = &'a IndexedRule> {
        let is_shadow = move |rule: &IndexedRule| rule.shadow && service.is_some();
        self.of_place(place).filter(move |rule| {
            let publication = PublicationPeriod { published: rule.published, withdrawn: rule.withdrawn };
            rule.service.as_deref() == service
                && !is_shadow(rule)
                && rule.in_force().is_ok_and(|days| days.contains(day.as_of))
                && publication.covers(day.known_at)
        })
    }

    /// All rules of a place.
    pub(crate) fn of_place<'a>(&'a self, place: &'a JurisdictionCode) -> impl Iterator<Item = &'a IndexedRule> {
        self.0.rules.iter().filter(move |rule| rule.jurisdiction == place.as_str())
    }
}

fn parse(text: &str) -> Result<Index, ReceiptError> {
    Index::read_strictly(text).map_err(|error| match error {
        IndexReadError::Json(error) => ReceiptError::Json { part: "index", error },
        IndexReadError::Format(format) => ReceiptError::IndexFormat(format),
        IndexReadError::Spelling => ReceiptError::Spelling("index"),
    })
}
