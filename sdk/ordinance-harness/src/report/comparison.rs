//! Two rulebooks that are compared on people, and what is granted under each in all.

use std::cmp::Ordering;

use ordinance_domain::contract::GrantField;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::unit::{Measure, Unit};
use ordinance_domain::value::Decimal;
use ordinance_engine::Rulebook;
use ordinance_pages::{fill, grouped, quantity};

use super::naming::Naming;
use crate::grant_budget::GrantBudget;
use crate::impact_group::GrantTotal;
use crate::population_impact::PopulationImpact;
use crate::published_impact::PublishedImpact;

/// Whose outcomes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparedPeople {
    /// Those of a file that was given.
    OfFile,
    /// Those of the cases beside the rules, on the day of each case and on each later day on which the law changes.
    /// They stand for no population.
    OfCases,
}

/// The impact of a rulebook on people.
#[derive(Clone, Copy)]
pub struct PopulationComparison<'a> {
    /// Whose outcomes are compared.
    pub people: ComparedPeople,
    /// The changes of their outcomes.
    pub impact: &'a PopulationImpact,
    /// The rulebook in force.
    pub old: &'a Rulebook,
    /// The rulebook under review.
    pub new: &'a Rulebook,
    /// What may be granted in all.
    pub budgets: &'a [GrantBudget],
    /// What of the impact is published; `None` if it is for those alone who have the people's data.
    pub published: Option<&'a PublishedImpact>,
}

impl PopulationComparison<'_> {
    /// The word for those who are counted.
    pub(super) fn counted(&self, naming: &Naming<'_>) -> &'static str {
        match self.people {
            ComparedPeople::OfFile => naming.words.people,
            ComparedPeople::OfCases => naming.words.comparisons,
        }
    }
}

/// What is granted in all of one field of a service, if adding it up says something.
pub(super) struct ServiceTotal<'a> {
    /// `None` of all services together.
    service: Option<&'a str>,
    field: Option<&'a GrantField>,
    pub(super) name: &'a str,
    pub(super) total: &'a GrantTotal,
}

impl ServiceTotal<'_> {
    pub(super) fn amount(&self, naming: &Naming<'_>, number: Decimal) -> String {
        quantity(naming.language, &grouped(&number.to_string()), self.unit(), false)
    }

    /// An amount with its sign, unless it is 0.
    pub(super) fn signed_amount(&self, naming: &Naming<'_>, number: Decimal) -> String {
        let amount = self.amount(naming, number.abs());
        match number.cmp(&Decimal::ZERO) {
            Ordering::Greater => format!("+{amount}"),
            Ordering::Less => format!("\u{2212}{amount}"),
            Ordering::Equal => amount,
        }
    }

    fn unit(&self) -> Option<&Unit> {
        self.field.and_then(|field| field.unit.as_ref())
    }

    /// Its name in words.
    pub(super) fn field_title(&self, naming: &Naming<'_>) -> String {
        self.field.map_or_else(|| self.name.to_owned(), |field| naming.plain(&field.titles, self.name))
    }

    /// Its service and its name in words.
    pub(super) fn title(&self, naming: &Naming<'_>) -> String {
        let name = self.field_title(naming);
        match self.service {
            Some(service) => naming.language.labelled(&naming.service(service), &name),
            None => name,
        }
    }

    /// Its difference in words.
    pub(super) fn difference(&self, naming: &Naming<'_>) -> String {
        let difference = self.total.new.saturating_sub(self.total.old);
        let amount = self.amount(naming, difference.abs());
        match difference.cmp(&Decimal::ZERO) {
            Ordering::Equal => naming.words.the_same.to_owned(),
            Ordering::Greater => fill(naming.words.more_by, &[&amount]),
            Ordering::Less => fill(naming.words.less_by, &[&amount]),
        }
    }

    /// Before, after and the difference in one sentence.
    pub(super) fn sentence(&self, naming: &Naming<'_>) -> String {
        let [old, new] = [self.total.old, self.total.new].map(|number| self.amount(naming, number));
        let change = naming.language.bracketed(&fill(naming.words.from_to, &[&old, &new]), &self.difference(naming));
        naming.language.labelled(&self.title(naming), &change)
    }
}

/// The totals of all services. Shares, such as the rate of a tax, aren't added up.
pub(super) fn service_totals<'a>(comparison: &PopulationComparison<'a>) -> Vec<ServiceTotal<'a>> {
    let mut totals = Vec::new();
    for (service, group) in &comparison.impact.by_service {
        let contract = Id::new(service).ok().and_then(|id| {
            let (new, old) = (comparison.new.contract(&id), comparison.old.contract(&id));
            new.or(old)
        });
        for (name, total) in &group.totals {
            let field = FieldName::new(name).ok().and_then(|name| contract?.grant_field(&name));
            let measure = field.and_then(|field| field.unit.as_ref()).map(|unit| &unit.measure);
            if !matches!(measure, Some(Measure::Percent { .. })) {
                totals.push(ServiceTotal { service: Some(service), field, name, total });
            }
        }
    }
    if comparison.impact.by_service.is_empty() {
        // What is published may have no groups by service.
        let all = comparison.impact.all.totals.iter();
        totals.extend(all.map(|(name, total)| ServiceTotal { service: None, field: None, name, total }));
    }
    totals
}
