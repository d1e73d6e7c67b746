//! What a rule changed for a population, as `ordinance review --against` found it: who gains and who loses, what it
//! costs, and on which conditions and numbers it rests.

use std::collections::BTreeMap;

use maud::{Markup, html};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_head::RuleHead;
use ordinance_pages::charts::{BarChart, ChartBar, ChartHead};
use ordinance_pages::{CodeKind, ReadingLanguage, code_words, fill};
use serde::Deserialize;

use super::bounds_words::grant_title;
use super::parts::{ShownLaw, chart_frame, heading, paragraph, table};
use super::words::ConsoleWords;
use ordinance_dialogue::parts::{cited, title_text};

/// The most conditions that are shown, and the most numbers.
const CHANGES_MAX: usize = 50;
/// The most fields of the grant whose totals are shown.
const TOTALS_MAX: usize = 20;
/// The changes that are shown, in their order: all but that nothing changes.
const CHANGES: [&str; 5] = ["gains", "loses", "otherwise", "becomes undetermined", "becomes determined"];

/// What the rulebook of a rule changed for a population, against another one.
#[derive(Debug, Deserialize)]
pub(super) struct RuleImpact {
    /// The digest of the other rulebook.
    pub(super) against: String,
    /// For how many people something changes.
    changed: u64,
    #[serde(default)]
    people: PeopleImpact,
}

#[derive(Debug, Default, Deserialize)]
struct PeopleImpact {
    #[serde(default)]
    all: ImpactGroup,
    /// With the number of people, the most frequent first.
    #[serde(default)]
    criteria: Vec<(DecisiveFinding, u64)>,
    #[serde(default)]
    numbers: Vec<(DecisiveNumber, u64)>,
}

#[derive(Debug, Default, Deserialize)]
struct ImpactGroup {
    /// The number of people by change.
    #[serde(default)]
    people: BTreeMap<String, u64>,
    /// By field of the grant.
    #[serde(default)]
    totals: BTreeMap<String, GrantTotals>,
}

#[derive(Debug, Deserialize)]
struct GrantTotals {
    old: String,
    new: String,
}

#[derive(Debug, Deserialize)]
struct DecisiveFinding {
    jurisdiction: String,
    criterion: String,
}

#[derive(Debug, Deserialize)]
struct DecisiveNumber {
    jurisdiction: String,
    parameter: String,
    old: String,
    new: String,
}

impl RuleImpact {
    /// How many people it changes something for, and how many of them gain and lose.
    pub(super) fn summary(&self, language: ReadingLanguage) -> String {
        let count = |change: &str| self.people.all.people.get(change).copied().unwrap_or_default().to_string();
        fill(ConsoleWords::of(language).people_changed, &[&self.changed.to_string(), &count("gains"), &count("loses")])
    }

    /// All of it, on the page of the rule.
    pub(super) fn markup(&self, shown: &ShownLaw<'_>, head: &RuleHead) -> Markup {
        let words = shown.words();
        let rests_on = self.rests_on(shown, head);
        html! {
            (heading(words.impact))
            p class="govuk-body" {
                (fill(words.impact_text, &[&self.changed.to_string()])) " "
                span class="app-code" { (self.against) }
            }
            (self.people(shown))
            (self.totals(shown, head))
            @if !rests_on.is_empty() {
                h3 class="govuk-heading-s" { (words.impact_rests_on) }
                (table(words.impact_rests_on, &[words.what, words.article, words.people], &rests_on))
            }
        }
    }

    fn people(&self, shown: &ShownLaw<'_>) -> Markup {
        let words = shown.words();
        let named = |change: &str| code_words(shown.language, CodeKind::OutcomeChange, change).to_owned();
        let bar = |change: &str| {
            let amount = self.people.all.people.get(change).copied().filter(|count| *count > 0)?;
            Some(ChartBar { label: named(change), amount, text: amount.to_string(), is_open: false })
        };
        let bars: Vec<ChartBar> = CHANGES.into_iter().filter_map(bar).collect();
        let rows: Vec<Vec<Markup>> = bars.iter().map(|bar| vec![html! { (bar.label) }, html! { (bar.text) }]).collect();
        if bars.is_empty() {
            return paragraph(words.impact_none);
        }
        let title = words.who_gains;
        let head = ChartHead { id: "impact", title, description: words.bars_description };
        html! {
            (chart_frame(title, &BarChart { head, bars }.markup()))
            (table(title, &[words.what_changed, words.people], &rows))
        }
    }

    /// What is granted to all together, before and after.
    fn totals(&self, shown: &ShownLaw<'_>, head: &RuleHead) -> Markup {
        let words = shown.words();
        let contract = head.scope.service().and_then(|service| shown.rulebook.contract(service)).map(AsRef::as_ref);
        let row = |(name, total): (&String, &GrantTotals)| {
            let title = grant_title(name, contract, shown.language);
            vec![html! { (title) }, html! { (total.old) }, html! { (total.new) }]
        };
        let rows: Vec<Vec<Markup>> = self.people.all.totals.iter().take(TOTALS_MAX).map(row).collect();
        html! {
            @if !rows.is_empty() {
                (table(words.impact_totals, &[words.impact_totals, words.before, words.after], &rows))
            }
        }
    }

    /// The conditions and the numbers by which outcomes change, with their articles.
    fn rests_on(&self, shown: &ShownLaw<'_>, head: &RuleHead) -> Vec<Vec<Markup>> {
        let own = |jurisdiction: &str| jurisdiction == head.jurisdiction.as_str();
        let of_finding = |(changed, count): &(DecisiveFinding, u64)| {
            let id = Id::new(&changed.criterion).ok().filter(|_| own(&changed.jurisdiction));
            let known = id.and_then(|id| head.criterion(&id));
            let title = known.map(|known| title_text(&known.titles, shown.language, &changed.criterion));
            let name = title.unwrap_or_else(|| format!("{} {}", changed.jurisdiction, changed.criterion));
            let article = known.map(|known| cited(&known.provision, shown.language));
            vec![html! { (name) }, article.unwrap_or_default(), html! { (count) }]
        };
        let of_number = |(changed, count): &(DecisiveNumber, u64)| {
            let name = FieldName::new(&changed.parameter).ok().filter(|_| own(&changed.jurisdiction));
            let known = name.and_then(|name| head.parameters.iter().find(|parameter| parameter.name == name));
            let title = known.map(|known| title_text(&known.titles, shown.language, &changed.parameter));
            let name = title.unwrap_or_else(|| format!("{} {}", changed.jurisdiction, changed.parameter));
            // Only the provision that sets the very value is cited.
            let new = known.and_then(|known| known.values.iter().find(|dated| dated.value.to_plain() == changed.new));
            let article = new.and_then(|new| new.provision.as_ref()).map(|provision| cited(provision, shown.language));
            let what = html! { (name) ": " (changed.old) " → " (changed.new) };
            vec![what, article.unwrap_or_default(), html! { (count) }]
        };
        let findings = self.people.criteria.iter().take(CHANGES_MAX).map(of_finding);
        findings.chain(self.people.numbers.iter().take(CHANGES_MAX).map(of_number)).collect()
    }
}
