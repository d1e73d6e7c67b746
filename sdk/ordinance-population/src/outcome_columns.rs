//! The outcomes of the rows of a batch under one rulebook, in the form in which two rulebooks are compared.

use std::collections::{BTreeSet, HashMap};

use ordinance_domain::answer::{Determination, Grant};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::Decision;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::value::Decimal;
use ordinance_engine::Case;
use ordinance_engine::simulation::{PlainAnswer, PlainRun};
use ordinance_harness::{CaseOutcome, OutcomeKind, WithheldFact, granted_amount, withheld_facts};

use crate::decision_sink::DecisionSink;

/// The outcomes of rows.
#[derive(Default)]
pub(crate) struct OutcomeColumns {
    /// The outcome of each row, with the number of its query; `None` of a row that isn't a case.
    rows: Vec<Option<(OutcomeKind, usize)>>,
    /// The places and services of the rows.
    queries: Vec<(String, String)>,
    numbers: HashMap<(String, String), usize>,
    fields: Vec<GrantColumn>,
    withheld: HashMap<usize, BTreeSet<WithheldFact>>,
    faults: HashMap<usize, String>,
}

/// A field of the grant.
struct GrantColumn {
    name: String,
    /// As many rows as have something of it or are before one that has.
    amounts: Vec<Option<Decimal>>,
    /// The values of rows in which it is no number.
    texts: HashMap<usize, String>,
}

impl GrantColumn {
    fn amount(&self, row: usize) -> Option<Decimal> {
        self.amounts.get(row).copied().flatten()
    }
}

impl OutcomeColumns {
    /// The number of the place and service of a row; `None` if it isn't a case.
    pub(crate) fn query_number(&self, row: usize) -> Option<usize> {
        self.rows.get(row)?.as_ref().map(|(_, number)| *number)
    }

    /// The place and the service of a number.
    pub(crate) fn query_of(&self, number: usize) -> Option<(&str, &str)> {
        self.queries.get(number).map(|(place, service)| (place.as_str(), service.as_str()))
    }

    /// The place and the service of a row; `None` if it isn't a case.
    pub(crate) fn query(&self, row: usize) -> Option<(&str, &str)> {
        self.query_of(self.query_number(row)?)
    }

    /// Why a row isn't a case.
    pub(crate) fn fault(&self, row: usize) -> Option<&str> {
        self.faults.get(&row).map(String::as_str)
    }

    /// The facts for want of which the outcome of a row is open since privacy law withholds them.
    pub(crate) fn withheld(&self, row: usize) -> Option<&BTreeSet<WithheldFact>> {
        self.withheld.get(&row)
    }

    /// The kind of the outcome of a row; `None` if it isn't a case.
    pub(crate) fn kind(&self, row: usize) -> Option<OutcomeKind> {
        self.rows.get(row)?.map(|(kind, _)| kind)
    }

    /// The names of the fields that any row is granted.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// The number of a field by its name, if any row is granted it.
    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The amount of a field in a row.
    pub(crate) fn amount(&self, field: Option<usize>, row: usize) -> Option<Decimal> {
        self.fields.get(field?)?.amount(row)
    }

    /// The text of a field in a row, unless it is a number.
    pub(crate) fn text(&self, field: Option<usize>, row: usize) -> Option<&str> {
        self.fields.get(field?)?.texts.get(&row).map(String::as_str)
    }

    /// The outcome of a row; `None` if it isn't a case.
    pub(crate) fn outcome(&self, row: usize) -> Option<CaseOutcome> {
        let mut outcome = CaseOutcome::new(self.kind(row)?);
        for field in &self.fields {
            if let Some(amount) = field.amount(row) {
                outcome.amounts.insert(field.name.clone(), amount);
                outcome.grant.insert(field.name.clone(), amount.to_string());
            } else if let Some(text) = field.texts.get(&row) {
                outcome.grant.insert(field.name.clone(), text.clone());
            }
        }
        Some(outcome)
    }

    fn push(&mut self, query: &CaseQuery, kind: OutcomeKind, grant: Option<&Grant>, contract: &Contract) {
        let row = self.rows.len();
        let number = self.number_of(query);
        self.rows.push(Some((kind, number)));
        for (name, value) in grant.iter().flat_map(|grant| &grant.0) {
            let known = self.fields.iter().position(|field| field.name == name.as_str());
            let index = known.unwrap_or_else(|| {
                let (amounts, texts) = (Vec::new(), HashMap::new());
                self.fields.push(GrantColumn { name: name.to_string(), amounts, texts });
                self.fields.len() - 1
            });
            let Some(column) = self.fields.get_mut(index) else { continue };
            match granted_amount(value, contract, name) {
                Some(amount) => {
                    column.amounts.resize(row, None);
                    column.amounts.push(Some(amount));
                }
                None => drop(column.texts.insert(row, value.to_plain())),
            }
        }
    }

    fn number_of(&mut self, query: &CaseQuery) -> usize {
        let (place, service) = (query.jurisdiction.as_str(), query.service.as_str());
        // Rows of one query are often together.
        let last = self.rows.last().and_then(|row| row.as_ref()).map(|(_, number)| *number);
        let is_same =
            |number: &usize| self.queries.get(*number).is_some_and(|(known, of)| known == place && of == service);
        if let Some(number) = last.filter(is_same) {
            return number;
        }
        let key = (place.to_owned(), service.to_owned());
        let next = self.queries.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.queries.push(key);
        }
        number
    }
}

impl DecisionSink for OutcomeColumns {
    fn add(&mut self, case: &Case, decision: &Decision) {
        let withheld: BTreeSet<WithheldFact> = withheld_facts(decision, case).into_iter().collect();
        if !withheld.is_empty() {
            self.withheld.insert(self.rows.len(), withheld);
        }
        let (kind, grant) = OutcomeKind::of(&decision.outcome);
        self.push(&decision.query, kind, grant, &decision.contract);
    }

    fn add_plain(&mut self, run: &PlainRun<'_>, answer: &PlainAnswer) {
        let (kind, grant) = match &answer.determination {
            Determination::Eligible(grant) => (OutcomeKind::Eligible, Some(grant)),
            Determination::Ineligible => (OutcomeKind::Ineligible, None),
            Determination::Undetermined => (OutcomeKind::Undetermined, None),
        };
        self.push(run.query(), kind, grant, run.contract());
    }

    fn add_fault(&mut self, fault: &str) {
        self.faults.insert(self.rows.len(), fault.to_owned());
        self.rows.push(None);
    }
}
