//! The impact as text on the terminal.

use std::collections::BTreeMap;

use ordinance_engine::Rulebook;
use ordinance_harness::{
    GrantBudget, GrantTotal, ImpactGroup, OutcomeChange, PopulationImpact, changed_criterion, groups_by_size,
};

use crate::terminal::{self, print_line};

/// The number of withheld facts that are told by name.
const WITHHELD_SHOWN_MAX: usize = 5;

/// Warns of outcomes that are open since privacy law withholds facts that were sent: such people aren't compared.
pub(crate) fn warn_withheld(impact: &PopulationImpact) {
    if impact.open_by_privacy.people == 0 {
        return;
    }
    let facts = impact.withheld().into_iter().take(WITHHELD_SHOWN_MAX);
    let facts: Vec<String> =
        facts.map(|(withheld, count)| format!("{} withholds `{}` ({count})", withheld.law, withheld.fact)).collect();
    terminal::print_note(&format!(
        "warning: the outcome of {} of {} people is open because privacy law withholds facts that were sent: {}; give \
         each person the `basis`, `subject` and `people` that a request would have",
        impact.open_by_privacy.represented(),
        impact.all.size(),
        facts.join(", ")
    ));
}

/// The number of criteria that are printed; the page and `--json` have more.
const CRITERIA_SHOWN_MAX: usize = 20;
/// The number of groups of one fact that are printed. It allows a group for each year of an age.
const GROUPS_SHOWN_MAX: usize = 150;

/// Prints an impact.
pub(super) fn print_impact(impact: &PopulationImpact, [old, new]: [&Rulebook; 2], budgets: &[GrantBudget]) {
    print_line(&format!("{} of {} people have a different outcome", impact.changed(), impact.all.size()));
    for change in OutcomeChange::ALL {
        print_line(&format!("{:>10}  {}", impact.all.count(change), change.as_str()));
    }
    for (name, total) in &impact.all.totals {
        print_total(name, total, budgets);
    }
    if impact.is_explained_by_sample() {
        print_line(&format!(
            "\nwhy outcomes change was looked for in a sample of {} of {} people",
            impact.explained.people,
            impact.all.changed().people
        ));
    }
    let criteria = impact.criteria();
    if !criteria.is_empty() {
        print_line("\nthe criteria that change the outcomes");
    }
    for (change, count) in criteria.into_iter().take(CRITERIA_SHOWN_MAX) {
        let criterion = changed_criterion(new, change).or_else(|| changed_criterion(old, change));
        let told = criterion.map_or_else(|| change.criterion.clone(), ToString::to_string);
        print_line(&format!("{count:>10}  {} {told}: {}, now {}", change.jurisdiction, change.old, change.new));
    }
    let numbers = impact.numbers();
    if !numbers.is_empty() {
        print_line("\nthe numbers that change the outcomes");
    }
    for (number, count) in numbers.into_iter().take(CRITERIA_SHOWN_MAX) {
        print_line(&format!(
            "{count:>10}  {} {}: {}, now {}",
            number.jurisdiction, number.parameter, number.old, number.new
        ));
    }
    print_groups("place", &impact.by_jurisdiction);
    for (fact, groups) in &impact.by_column {
        print_groups(fact, groups);
    }
}

fn print_total(name: &str, total: &GrantTotal, budgets: &[GrantBudget]) {
    let word = if total.new < total.old { "less" } else { "more" };
    let change = total.new.saturating_sub(total.old).abs();
    print_line(&format!("\n{name} in all: {} before, {} after, {change} {word}", total.old, total.new));
    for budget in budgets.iter().filter(|budget| budget.field == name) {
        let used = |amount| budget.percent_used(amount).map_or_else(|| "all".to_owned(), |used| format!("{used} %"));
        print_line(&format!(
            "  of the budget of {}: {} before, {} after",
            budget.amount,
            used(total.old),
            used(total.new)
        ));
    }
    let quantiles = total.differences.quantiles(1);
    if !quantiles.is_empty() {
        let told: Vec<String> =
            quantiles.iter().map(|quantile| format!("{} % at most {}", quantile.percent, quantile.value)).collect();
        print_line(&format!("  of those whose amount changes it changes for {}", told.join(", ")));
    }
}

fn print_groups(title: &str, groups: &BTreeMap<String, ImpactGroup>) {
    let left_out = groups.len().saturating_sub(GROUPS_SHOWN_MAX);
    print_line(&format!("\nby {title:<24} people      gain      lose"));
    for (name, group) in groups_by_size(groups).into_iter().take(GROUPS_SHOWN_MAX) {
        let gain = group.count(OutcomeChange::Gains);
        let lose = group.count(OutcomeChange::Loses);
        print_line(&format!("   {name:<24} {:>6}    {gain:>6}    {lose:>6}", group.size()));
    }
    if left_out > 0 {
        print_line(&format!("   and {left_out} more; see --out or --json"));
    }
}
