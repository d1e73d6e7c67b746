//! A service in a place, with what every page about it tells alike: where to apply and how to object.

use std::sync::Arc;

use maud::{Markup, html};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::{Contract, EligibleMeaning};
use ordinance_domain::guidance::ApplicationPoint;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::query::CaseQuery;
use ordinance_engine::Rulebook;
use ordinance_pages::{ReadingLanguage, fill};

use crate::parts::{bracketed, cited, colon, place_name, titled};
use crate::words::PortalWords;

/// A service in a place on a day.
#[derive(Debug, Clone)]
pub struct PlaceAndService {
    /// The place.
    pub code: JurisdictionCode,
    /// The day that it is there.
    pub day: LawDay,
    /// The contract of the service.
    pub contract: Arc<Contract>,
}

impl PlaceAndService {
    /// The address of its page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/places/{}/services/{}", self.code, self.contract.service)
    }

    /// The query that selects its law.
    #[must_use]
    pub fn query(&self) -> CaseQuery {
        let LawDay { as_of, known_at } = self.day;
        let (jurisdiction, service) = (self.code.clone(), self.contract.service.clone());
        CaseQuery { jurisdiction, service, as_of, known_at }
    }
}

/// Where a person applies.
#[must_use]
pub fn where_to_apply(point: &ApplicationPoint, contract: &Contract, language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    let is_liability = contract.eligible == EligibleMeaning::Liability;
    html! {
        h2 class="govuk-heading-m" { (if is_liability { words.where_to_file } else { words.where_to_apply }) }
        @if let Some(office) = titled(&point.office, language) { p class="govuk-body" { (office) } }
        @if let Some(address) = titled(&point.address, language) { p class="govuk-body" { (address) } }
        @if let Some(link) = &point.link {
            p class="govuk-body" {
                a class="govuk-link" href=(link) rel="noreferrer" { (words.apply_at) (colon(language)) (link) }
            }
        }
    }
}

/// How a person objects to a decision.
#[must_use]
pub fn objecting(rulebook: &Rulebook, contract: &Contract, day: LawDay, language: ReadingLanguage) -> Markup {
    let words = PortalWords::of(language);
    let Some(terms) = &contract.objections else {
        return html! {
            h2 class="govuk-heading-m" { (words.objecting) }
            p class="govuk-body" { (words.no_objection_terms) }
        };
    };
    let days = [terms.within_days.to_string(), terms.answer_days.to_string()];
    html! {
        h2 class="govuk-heading-m" { (words.objecting) }
        p class="govuk-body" {
            (fill(words.objection_terms, &[&days[0], &days[1]]))
            " " (words.reviewed_by) (colon(language)) (place_name(rulebook, &terms.by, day, language))
            (bracketed(&cited(&terms.provision, language), language))
        }
    }
}
