//! The law of a place over time: the versions of its rules for each service, with the days between them on which it
//! has none.

use maud::{Markup, html};
use ordinance_domain::calendar::{Date, DateRange};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::{Rule, RuleState};
use ordinance_pages::charts::{ChartHead, SpanKind, TimelineChart, TimelineLane, TimelineSpan};
use ordinance_pages::fill;

use super::amounts::parameter_text;
use super::parts::{ShownLaw, chart_frame, reason, table};
use ordinance_dialogue::parts::{title_text, titled_or};

/// The most numbers of a version that a table tells; the page of the rule has all.
const NUMBERS_MAX: usize = 6;

/// The versions of a place's rule for a service, by their first days.
pub(super) struct OwnLaw<'a> {
    pub(super) contract: &'a Contract,
    pub(super) versions: Vec<&'a Rule>,
}

impl<'a> OwnLaw<'a> {
    /// Of each service for which the place has a rule.
    pub(super) fn of(shown: &ShownLaw<'a>, code: &JurisdictionCode) -> Vec<Self> {
        let of = |contract: &'a std::sync::Arc<Contract>| {
            let mut versions: Vec<&Rule> =
                shown.rulebook.rules_for(&contract.service).filter(|rule| rule.head.jurisdiction == *code).collect();
            versions.sort_by_key(|rule| rule.head.in_force.from());
            (!versions.is_empty()).then_some(Self { contract, versions })
        };
        shown.rulebook.contracts().filter_map(of).collect()
    }

    /// The days between two versions on which the place has no law of its own.
    fn gaps(&self, shown: &ShownLaw<'_>) -> Vec<DateRange> {
        let known = |rule: &&&Rule| rule.head.publication.withdrawn.is_none_or(|day| shown.day.known_at < day);
        let mut gaps = Vec::new();
        let mut covered: Option<Date> = None;
        for rule in self.versions.iter().filter(known) {
            let from = rule.head.in_force.from();
            gaps.extend(covered.and_then(|end| DateRange::new(end, Some(from)).ok()));
            let Some(until) = rule.head.in_force.until() else { break };
            covered = Some(covered.map_or(until, |end| end.max(until)));
        }
        gaps
    }
}

/// The versions and the gaps of all services as a chart, with a table that says the same.
pub(super) fn over_time(shown: &ShownLaw<'_>, laws: &[OwnLaw<'_>]) -> Markup {
    let words = shown.words();
    if laws.is_empty() {
        return html! { p class="govuk-body" { (words.no_own_law) } };
    }
    let lanes = laws.iter().map(|law| lane(shown, law)).collect();
    let head = ChartHead { id: "law-over-time", title: words.over_time, description: words.over_time_description };
    let day = shown.day_words(shown.day.as_of);
    let chart = TimelineChart { head, lanes, day: (shown.day.as_of, &day) }.markup();
    let rows: Vec<Vec<Markup>> = laws.iter().flat_map(|law| rows(shown, law)).collect();
    let columns = [words.service, words.rule, words.in_force, words.state, words.numbers, words.who_published];
    html! {
        p class="govuk-body" { (words.over_time_text) }
        (chart_frame(words.over_time, &chart))
        (table(words.over_time, &columns, &rows))
    }
}

fn lane(shown: &ShownLaw<'_>, law: &OwnLaw<'_>) -> TimelineLane {
    let gap = |days: DateRange| TimelineSpan {
        from: days.from(),
        until: days.until(),
        text: shown.words().state_gap.to_owned(),
        kind: SpanKind::Gap,
        changes: Vec::new(),
    };
    let spans = law.versions.iter().map(|rule| span(shown, rule)).chain(law.gaps(shown).into_iter().map(gap)).collect();
    let label = title_text(&law.contract.titles, shown.language, law.contract.service.as_str());
    TimelineLane { label, spans }
}

fn span(shown: &ShownLaw<'_>, rule: &Rule) -> TimelineSpan {
    let head = &rule.head;
    let days = head.parameters.iter().flat_map(|parameter| parameter.values.iter().map(|dated| dated.from));
    let changes = days.filter(|day| head.in_force.contains(*day)).collect();
    TimelineSpan {
        from: head.in_force.from(),
        until: head.in_force.until(),
        text: head.version.clone(),
        kind: match &rule.state {
            RuleState::Broken(_) => SpanKind::Broken,
            RuleState::Ready(_) if is_planned(shown, head) => SpanKind::Planned,
            RuleState::Ready(_) => SpanKind::Firm,
        },
        changes,
    }
}

/// Whether a version isn't in force yet today, or isn't known to be the law.
fn is_planned(shown: &ShownLaw<'_>, head: &RuleHead) -> bool {
    head.in_force.from() > shown.day.known_at || !head.publication.covers(shown.day.known_at)
}

fn rows(shown: &ShownLaw<'_>, law: &OwnLaw<'_>) -> Vec<Vec<Markup>> {
    let words = shown.words();
    let service = || titled_or(&law.contract.titles, shown.language, law.contract.service.as_str());
    let version = |rule: &&Rule| {
        let head = &rule.head;
        vec![
            service(),
            shown.rule_link(head),
            html! { (shown.days(&head.in_force)) @if let Some(said) = publication(shown, head) { br; (said) } },
            state(shown, rule),
            numbers(shown, head),
            shown.publisher(head),
        ]
    };
    let gap = |days: DateRange| {
        vec![
            service(),
            html! {},
            html! { (shown.days(&days)) },
            html! { strong { (words.state_gap) } },
            html! {},
            html! {},
        ]
    };
    law.versions.iter().map(version).chain(law.gaps(shown).into_iter().map(gap)).collect()
}

fn state(shown: &ShownLaw<'_>, rule: &Rule) -> Markup {
    let (words, head) = (shown.words(), &rule.head);
    match &rule.state {
        RuleState::Broken(why) => html! { strong { (words.state_broken) } ": " (reason(why)) },
        RuleState::Ready(_) if is_planned(shown, head) => html! { (words.planned) },
        RuleState::Ready(_) if head.in_force.contains(shown.day.as_of) => html! { (words.in_force_on_day) },
        RuleState::Ready(_) => html! { (words.not_in_force_on_day) },
    }
}

/// When a version was or will be published or withdrawn, if it wasn't always known.
fn publication(shown: &ShownLaw<'_>, head: &RuleHead) -> Option<String> {
    let words = shown.words();
    let published = head.publication.published.map(|day| fill(words.published_on, &[&shown.day_words(day)]));
    let withdrawn = head.publication.withdrawn.map(|day| fill(words.withdrawn_on, &[&shown.day_words(day)]));
    let said: Vec<String> = published.into_iter().chain(withdrawn).collect();
    (!said.is_empty()).then(|| shown.language.listed(&said))
}

/// The numbers of a rule on the day, or on its own nearest day.
fn numbers(shown: &ShownLaw<'_>, head: &RuleHead) -> Markup {
    let day = ordinance_domain::calendar::LawDay { as_of: head.in_force.nearest(shown.day.as_of), ..shown.day };
    let valued = head.parameters.iter().filter_map(|parameter| Some((parameter, parameter.on(day)?)));
    html! {
        @for (parameter, dated) in valued.take(NUMBERS_MAX) {
            div {
                (titled_or(&parameter.titles, shown.language, parameter.name.as_str())) ": "
                (parameter_text(parameter, &dated.value, shown.language))
            }
        }
        @if head.parameters.len() > NUMBERS_MAX { div { (shown.words().more_numbers) } }
    }
}
