//! What differs between two revisions of a rulebook: rules that were added, removed or replaced, and their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::parameters::Parameter;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::Value;
use ordinance_engine::Rulebook;

/// A rule in two revisions.
pub(super) struct ChangedRule {
    pub(super) older: Option<Arc<RuleHead>>,
    pub(super) newer: Option<Arc<RuleHead>>,
    pub(super) numbers: Vec<ChangedNumber>,
}

/// A number that another value holds for, or none any longer, from a day on.
#[derive(Debug, PartialEq)]
pub(super) struct ChangedNumber {
    pub(super) parameter: Parameter,
    pub(super) from: Date,
    pub(super) older: Option<Value>,
    pub(super) newer: Option<Value>,
}

/// What names a rule in all revisions: its place, its folder and its version.
type VersionKey = (JurisdictionCode, Id, String);

fn heads_of(rulebook: &Rulebook) -> BTreeMap<VersionKey, Arc<RuleHead>> {
    let eligibility = rulebook.rules().map(|rule| &rule.head);
    let heads = eligibility.chain(rulebook.privacy_rules().map(|rule| &rule.head));
    let key = |head: &Arc<RuleHead>| (head.jurisdiction.clone(), head.folder().clone(), head.version.clone());
    heads.map(|head| (key(head), Arc::clone(head))).collect()
}

/// The rules that differ, by place.
pub(super) fn changed_rules(older: &Rulebook, newer: &Rulebook) -> Vec<ChangedRule> {
    let (mut before, after) = (heads_of(older), heads_of(newer));
    let known_versions = before.clone();
    let mut changed = Vec::new();
    for (key, head) in after {
        match before.remove(&key) {
            Some(known) if known.digest == head.digest && known.digest.is_some() => {}
            Some(known) if *known == *head => {}
            Some(known) => {
                let numbers = changed_numbers(&known, &head);
                changed.push(ChangedRule { older: Some(known), newer: Some(head), numbers });
            }
            None => {
                // A new version is held against the one that was in force before it.
                let earlier = earlier_version(&known_versions, &head);
                let numbers = earlier.map(|earlier| changed_numbers(earlier, &head)).unwrap_or_default();
                changed.push(ChangedRule { older: None, newer: Some(head), numbers });
            }
        }
    }
    changed.extend(before.into_values().map(|head| ChangedRule {
        older: Some(head),
        newer: None,
        numbers: Vec::new(),
    }));
    changed
}

/// The latest version of the same place and folder that begins before a rule.
fn earlier_version<'h>(heads: &'h BTreeMap<VersionKey, Arc<RuleHead>>, head: &RuleHead) -> Option<&'h RuleHead> {
    let of_folder = (head.jurisdiction.clone(), head.folder().clone(), String::new());
    let versions = heads.range(of_folder..).map(|(_, known)| known.as_ref());
    let same = versions.take_while(|known| known.jurisdiction == head.jurisdiction && known.folder() == head.folder());
    same.filter(|known| known.in_force.from() < head.in_force.from()).max_by_key(|known| known.in_force.from())
}

/// The numbers of two heads that differ on some day.
fn changed_numbers(older: &RuleHead, newer: &RuleHead) -> Vec<ChangedNumber> {
    let mut names: Vec<&Parameter> = newer.parameters.iter().collect();
    let is_gone = |parameter: &&Parameter| newer.parameters.iter().all(|known| known.name != parameter.name);
    names.extend(older.parameters.iter().filter(is_gone));
    let mut changed = Vec::new();
    for parameter in names {
        let of = |head: &RuleHead| head.parameters.iter().find(|known| known.name == parameter.name).cloned();
        let (before, after) = (of(older), of(newer));
        let days = before.iter().chain(&after).flat_map(|parameter| &parameter.values).map(|dated| dated.from);
        let mut days: Vec<Date> = days.collect();
        days.sort_unstable();
        days.dedup();
        let value = |parameter: &Option<Parameter>, day: Date| {
            let parameter = parameter.as_ref()?;
            parameter.on(LawDay::all_published(day)).map(|dated| dated.value.clone())
        };
        let differs = days.into_iter().filter_map(|from| {
            let (older, newer) = (value(&before, from), value(&after, from));
            (older != newer).then(|| ChangedNumber { parameter: parameter.clone(), from, older, newer })
        });
        changed.extend(differs);
    }
    changed
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use ordinance_domain::calendar::{DateRange, PublicationPeriod};
    use ordinance_domain::manifest::RuleScope;
    use ordinance_domain::name::FieldName;
    use ordinance_domain::parameters::DatedValue;
    use ordinance_domain::titles::Titles;

    use super::*;

    fn head(values: &[(Date, i64)]) -> RuleHead {
        let dated = |(from, number): &(Date, i64)| DatedValue {
            from: *from,
            until: None,
            published: None,
            confirmed: None,
            value: Value::Integer(*number),
            provision: None,
        };
        let parameter = Parameter {
            name: FieldName::new("monthly").unwrap(),
            titles: Titles::default(),
            unit: None,
            values: values.iter().map(dated).collect(),
            pending: None,
        };
        RuleHead {
            id: Id::new("allowance").unwrap(),
            version: "1.0.0".to_owned(),
            jurisdiction: JurisdictionCode::new("CN").unwrap(),
            scope: RuleScope::Service(Id::new("allowance").unwrap()),
            in_force: DateRange::new(date(2016, 1, 1), None).unwrap(),
            publication: PublicationPeriod::default(),
            published_by: None,
            digest: None,
            titles: Titles::default(),
            criteria: Vec::new(),
            parameters: vec![parameter],
            intermediates: Vec::new(),
            reads: Vec::new(),
            reads_parts: Vec::new(),
            compound: Vec::new(),
            inherits: false,
        }
    }

    #[test]
    fn a_number_is_told_from_the_day_on_which_it_differs() {
        let older = head(&[(date(2016, 1, 1), 50), (date(2026, 1, 1), 80)]);
        let newer = head(&[(date(2016, 1, 1), 50), (date(2026, 1, 1), 90)]);
        let changed = changed_numbers(&older, &newer);
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].from, date(2026, 1, 1));
        assert_eq!([&changed[0].older, &changed[0].newer], [&Some(Value::Integer(80)), &Some(Value::Integer(90))]);
        assert!(changed_numbers(&older, &older).is_empty());
    }

    #[test]
    fn a_number_that_is_gone_or_new_is_told() {
        let (none, some) = (head(&[]), head(&[(date(2016, 1, 1), 50)]));
        assert_eq!(changed_numbers(&none, &some)[0].newer, Some(Value::Integer(50)));
        assert_eq!(changed_numbers(&some, &none)[0].newer, None);
    }
}
