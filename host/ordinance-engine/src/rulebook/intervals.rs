//! Days of the versions of a rule: those between two versions, and those on which a rule changes.

use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::rule_head::RuleHead;

use super::rule::Rule;

/// The days between the versions that were published on `known_at`.
pub(super) fn gaps_between<Ready>(versions: &[Rule<Ready>], known_at: Date) -> Vec<DateRange> {
    let mut gaps = Vec::new();
    let mut covered_until: Option<Date> = None;
    for rule in versions.iter().filter(|rule| rule.head.publication.covers(known_at)) {
        let days = rule.head.in_force;
        if let Some(until) = covered_until
            && until < days.from()
        {
            gaps.extend(DateRange::new(until, Some(days.from())));
        }
        let Some(until) = days.until() else { break };
        covered_until = covered_until.max(Some(until));
    }
    gaps
}

/// The days on which a rule begins, ends or changes its numbers.
pub(super) fn days_of(head: &RuleHead) -> impl Iterator<Item = Date> {
    let values = head.parameters.iter().flat_map(|parameter| &parameter.values);
    [Some(head.in_force.from()), head.in_force.until()]
        .into_iter()
        .flatten()
        .chain(values.flat_map(|dated| [Some(dated.from), dated.until]).flatten())
}

/// The days on which a rule is published or withdrawn, or one of its numbers is published.
pub(super) fn publications_of(head: &RuleHead) -> impl Iterator<Item = Date> {
    let values = head.parameters.iter().flat_map(|parameter| &parameter.values);
    head.publication.days().chain(values.filter_map(|dated| dated.published))
}
