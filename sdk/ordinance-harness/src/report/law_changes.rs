//! What changes in the law from one rulebook to another: rules that are new or gone, numbers with their days and
//! articles, conditions. It compares what rules declare and runs none.

use std::collections::BTreeSet;

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::digest::Digest;
use ordinance_domain::manifest::Criterion;
use ordinance_domain::name::Id;
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_domain::unit::Unit;
use ordinance_engine::Rulebook;

use super::naming::heads;
use crate::parameter_numbers::{PathStep, number_name, numbers_in};

/// What happens to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleChangeKind {
    /// Its place had no rule for the service.
    New,
    /// Its place had another version.
    NewVersion,
    /// The same version is another rule now.
    Changed,
    /// It is gone.
    Removed,
}

/// What changes of a rule.
#[derive(Debug)]
pub(super) struct RuleChange<'a> {
    pub(super) kind: RuleChangeKind,
    /// The rule as it is now; as it was if it is gone.
    pub(super) head: &'a RuleHead,
    /// The numbers and words that it reads.
    pub(super) numbers: Vec<ChangedNumber<'a>>,
    pub(super) criteria: Vec<ChangedCriterion<'a>>,
}

/// A number or a word that a rule reads, and that is another one from a day on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChangedNumber<'a> {
    /// The parameter and the path to the number, such as `scheme.2.amount`.
    pub(super) name: String,
    /// The titles of the parameter.
    pub(super) titles: &'a Titles,
    pub(super) unit: Option<&'a Unit>,
    /// The first day on which it is another one.
    pub(super) from: Date,
    /// As text; `None` if there was none.
    pub(super) was: Option<String>,
    /// As text; `None` if there is none any more.
    pub(super) is: Option<String>,
    /// The article that sets it now, or that set it.
    pub(super) provision: Option<&'a Provision>,
}

/// A condition that is new or gone, or has another article or title.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ChangedCriterion<'a> {
    pub(super) was: Option<&'a Criterion>,
    pub(super) is: Option<&'a Criterion>,
}

/// The rules that differ, in the order of the new rulebook; those that are gone last.
pub(super) fn rule_changes<'a>(old: &'a Rulebook, new: &'a Rulebook) -> Vec<RuleChange<'a>> {
    let (before, now): (Vec<&RuleHead>, Vec<&RuleHead>) = (heads(old).collect(), heads(new).collect());
    let mut changes = Vec::new();
    for head in &now {
        match before.iter().find(|known| is_same_version(known, head)) {
            Some(known) if is_same_rule(known, head) => {}
            Some(known) => changes.push(change(RuleChangeKind::Changed, head, Some(known))),
            None => match last_before(&before, head) {
                Some(known) => changes.push(change(RuleChangeKind::NewVersion, head, Some(known))),
                None => changes.push(change(RuleChangeKind::New, head, None)),
            },
        }
    }
    let gone = before.iter().filter(|head| !now.iter().any(|known| is_same_version(known, head)));
    changes.extend(gone.map(|head| change(RuleChangeKind::Removed, head, None)));
    changes
}

/// The services whose terms differ: what rules may use, what levels may change, what is granted.
pub(super) fn changed_services<'a>(old: &'a Rulebook, new: &'a Rulebook) -> Vec<&'a Id> {
    let known = new.contracts().chain(old.contracts()).map(|contract| &contract.service);
    let all: BTreeSet<&Id> = known.collect();
    let differs =
        |service: &&Id| old.contract(service).map(|known| &**known) != new.contract(service).map(|now| &**now);
    all.into_iter().filter(differs).collect()
}

fn is_same_version(one: &RuleHead, other: &RuleHead) -> bool {
    is_same_folder(one, other) && one.version == other.version
}

fn is_same_folder(one: &RuleHead, other: &RuleHead) -> bool {
    (&one.jurisdiction, &one.scope, one.folder()) == (&other.jurisdiction, &other.scope, other.folder())
}

/// Whether two heads are of one rule: by the digest of its file, if both were built.
fn is_same_rule(one: &RuleHead, other: &RuleHead) -> bool {
    let digests: [Option<Digest>; 2] = [one.digest, other.digest];
    match digests {
        [Some(one), Some(other)] => one == other,
        _ => one == other,
    }
}

/// The version of a rule that was the last to come into force before another one.
fn last_before<'a>(before: &[&'a RuleHead], head: &RuleHead) -> Option<&'a RuleHead> {
    let earlier =
        before.iter().filter(|known| is_same_folder(known, head) && known.in_force.from() < head.in_force.from());
    earlier.copied().max_by_key(|known| known.in_force.from())
}

fn change<'a>(kind: RuleChangeKind, head: &'a RuleHead, before: Option<&'a RuleHead>) -> RuleChange<'a> {
    let Some(before) = before else { return RuleChange { kind, head, numbers: Vec::new(), criteria: Vec::new() } };
    RuleChange {
        kind,
        head,
        numbers: changed_numbers(&before.parameters, &head.parameters, head.in_force.from()),
        criteria: changed_criteria(&before.criteria, &head.criteria),
    }
}

fn changed_criteria<'a>(before: &'a [Criterion], now: &'a [Criterion]) -> Vec<ChangedCriterion<'a>> {
    let of = |all: &'a [Criterion], id: &Id| all.iter().find(|criterion| criterion.id == *id);
    let changed = now.iter().map(|criterion| ChangedCriterion { was: of(before, &criterion.id), is: Some(criterion) });
    let gone = before.iter().filter(|criterion| of(now, &criterion.id).is_none());
    let gone = gone.map(|criterion| ChangedCriterion { was: Some(criterion), is: None });
    changed.filter(|change| change.was != change.is).chain(gone).collect()
}

/// The numbers that differ on a day from `begin` on, each on the first day on which it is what it is.
fn changed_numbers<'a>(before: &'a [Parameter], now: &'a [Parameter], begin: Date) -> Vec<ChangedNumber<'a>> {
    let mut changed = Vec::new();
    let gone = before.iter().filter(|known| !now.iter().any(|parameter| parameter.name == known.name));
    for parameter in now.iter().chain(gone) {
        let was = before.iter().find(|known| known.name == parameter.name);
        let is = now.iter().find(|known| known.name == parameter.name);
        let values = was.into_iter().chain(is).flat_map(|parameter| &parameter.values);
        let days: BTreeSet<Date> = values.map(|dated| dated.from.max(begin)).collect();
        let mut last: Vec<ChangedNumber<'a>> = Vec::new();
        for day in days {
            let differences = differences_on(parameter, [was, is], day);
            let is_told = |number: &ChangedNumber<'_>| {
                last.iter().any(|told| (&told.name, &told.was, &told.is) == (&number.name, &number.was, &number.is))
            };
            changed.extend(differences.iter().filter(|number| !is_told(number)).cloned());
            last = differences;
        }
    }
    changed
}

/// How the numbers of one parameter differ on a day.
fn differences_on<'a>(
    parameter: &'a Parameter,
    [was, is]: [Option<&'a Parameter>; 2],
    day: Date,
) -> Vec<ChangedNumber<'a>> {
    let on = |parameter: Option<&'a Parameter>| parameter.and_then(|known| known.on(LawDay::all_published(day)));
    let (was, is) = (on(was), on(is));
    let (before, now) = (was.map(numbers_of).unwrap_or_default(), is.map(numbers_of).unwrap_or_default());
    let text_at = |numbers: &[Number], path: &[PathStep]| {
        numbers.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone())
    };
    let gone = before.iter().filter(|(path, _)| text_at(&now, path).is_none());
    let paths = now.iter().chain(gone).map(|(path, _)| path);
    let number = |path: &Vec<PathStep>| ChangedNumber {
        name: number_name(&parameter.name, path),
        titles: &parameter.titles,
        unit: parameter.unit.as_ref(),
        from: day,
        was: text_at(&before, path),
        is: text_at(&now, path),
        provision: is.or(was).and_then(|dated| dated.provision.as_ref()),
    };
    paths.map(number).filter(|number| number.was != number.is).collect()
}

/// A number of a value as text, with its path.
type Number = (Vec<PathStep>, String);

/// The numbers of a value, or a value without numbers as a whole.
fn numbers_of(dated: &DatedValue) -> Vec<Number> {
    let numbers = numbers_in(&dated.value);
    let whole = || vec![(Vec::new(), dated.value.to_plain())];
    if numbers.is_empty() {
        whole()
    } else {
        numbers.into_iter().map(|(path, number)| (path, number.to_plain())).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use ordinance_domain::name::FieldName;
    use ordinance_domain::value::Value;

    use super::*;

    fn parameter(name: &str, values: &[(Date, Value)]) -> Parameter {
        let dated = |(from, value): &(Date, Value)| DatedValue {
            from: *from,
            until: None,
            published: None,
            confirmed: None,
            value: value.clone(),
            provision: None,
        };
        Parameter {
            name: FieldName::new(name).unwrap(),
            titles: Titles::default(),
            unit: None,
            values: values.iter().map(dated).collect(),
            pending: None,
        }
    }

    fn told(before: &[Parameter], now: &[Parameter]) -> Vec<String> {
        let changed = changed_numbers(before, now, date(2020, 1, 1));
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
        let told = changed.iter();
        told.map(|number| format!("{} {}: {} to {}", number.name, number.from, text(&number.was), text(&number.is)))
            .collect()
    }

    #[test]
    fn a_number_is_told_from_the_first_day_on_which_it_is_another_one() {
        let (first, later) = (date(2020, 1, 1), date(2027, 1, 1));
        let before = [parameter("monthly", &[(first, Value::Integer(80))])];
        let now = [parameter("monthly", &[(first, Value::Integer(80)), (later, Value::Integer(100))])];
        assert_eq!(told(&before, &now), ["monthly 2027-01-01: 80 to 100"]);
        assert_eq!(told(&now, &before), ["monthly 2027-01-01: 100 to 80"]);
        assert_eq!(told(&before, &before), [""; 0]);
    }

    #[test]
    fn a_change_that_goes_on_is_told_once_and_one_that_ends_as_far_as_it_goes() {
        let (first, later) = (date(2020, 1, 1), date(2027, 1, 1));
        let before = [parameter("monthly", &[(first, Value::Integer(80)), (later, Value::Integer(90))])];
        let now = [parameter("monthly", &[(first, Value::Integer(85)), (later, Value::Integer(90))])];
        assert_eq!(told(&before, &now), ["monthly 2020-01-01: 80 to 85"]);
    }

    #[test]
    fn new_and_removed_numbers_and_those_of_a_list_are_told_each() {
        let first = date(2020, 1, 1);
        let list = |last: i64| Value::Decimals(vec![1.into(), last.into()]);
        let before = [parameter("old", &[(first, Value::Integer(1))]), parameter("rates", &[(first, list(2))])];
        let now = [parameter("rates", &[(first, list(3))]), parameter("word", &[(first, Value::Text("a".to_owned()))])];
        assert_eq!(
            told(&before, &now),
            ["rates.2 2020-01-01: 2 to 3", "word 2020-01-01: nothing to a", "old 2020-01-01: 1 to nothing"]
        );
    }
}
