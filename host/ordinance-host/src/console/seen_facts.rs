//! Which facts of a decision a viewer may hear of: the names of those that privacy law lets the viewer receive for the
//! purpose of the service. What rests on another fact isn't shown either, since it would tell of it.

use std::collections::BTreeMap;

use ordinance_domain::contract::Contract;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::Criterion;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, Recipient, Verdict};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::{DisclosureCase, Engine, disclose};

use crate::clock::now;

/// The facts that a viewer may hear of, each with whether in full: a coarser form of a fact lets nobody hear what was
/// found on it.
#[derive(Debug, Default)]
pub(super) struct SeenFacts(BTreeMap<FieldName, bool>);

impl SeenFacts {
    /// Of all facts of a service, by the privacy law of a place today. None where the law can't be asked.
    pub(super) fn of(engine: &Engine, viewer: &Recipient, contract: &Contract, place: &JurisdictionCode) -> Self {
        let names: Vec<FieldName> = contract.facts.iter().map(|fact| fact.name.clone()).collect();
        let case = DisclosureCase {
            jurisdiction: place.clone(),
            disclosure: contract.disclosure(viewer.clone(), engine.rulebook().day_at(place, now())),
            alternatives: Vec::new(),
            others: Vec::new(),
            activity: Activity::Disclose,
            facts: names.clone(),
            values: Facts::default(),
            is_dry_run: true,
        };
        let Ok(ruled) = disclose(engine, &case) else { return Self::default() };
        let seen = |name: FieldName| match ruled.rulings.verdict_on(&name) {
            Some(Verdict::Permit) => Some((name, true)),
            Some(Verdict::Mask(_)) => Some((name, false)),
            Some(Verdict::Withhold) | None => None,
        };
        Self(names.into_iter().filter_map(seen).collect())
    }

    /// The fact that a path of a record names, if the viewer may hear of it.
    pub(super) fn fact(&self, path: &str) -> Option<&FieldName> {
        let path = FieldName::path(path).ok()?;
        self.0.keys().find(|name| name.is(path.fact_name()))
    }

    /// Whether the viewer may hear what was found on a criterion: of all facts that the finding rests on.
    pub(super) fn criterion(&self, rule: &RuleHead, criterion: &Criterion) -> bool {
        let rests_on = criterion.facts.as_ref().unwrap_or(&rule.reads);
        let is_full = |name: &FieldName| self.0.iter().any(|(known, full)| *full && known.is(name.fact_name()));
        rests_on.iter().all(is_full)
    }
}
