//! The summary that a council reads first: what changes, for how many, on which article, for how much money, and what
//! was checked. Every number is one of the study's own.

use maud::{Markup, html};
use ordinance_domain::provision::Provision;
use ordinance_pages::{day, fill, grouped};

use super::amounts_section::too_few_sentence;
use super::comparison::{ComparedPeople, PopulationComparison, service_totals};
use super::impact_section::{ToldNumber, amount_text, change_word, cited};
use super::law_changes::{ChangedNumber, RuleChange, RuleChangeKind, changed_services, rule_changes};
use super::naming::{Naming, heads};
use super::review_report::ReviewReport;
use super::tables::bullets;
use crate::outcome_change::OutcomeChange;
use crate::revision_diff::changed_criterion;

/// The largest number of points of one row of a summary.
const POINTS_MAX: usize = 8;

/// The rows of the summary of a review, each with its label.
pub(super) fn review_rows<'w>(naming: &Naming<'w>, review: &ReviewReport<'_>) -> Vec<(&'w str, Markup)> {
    let words = naming.words;
    let mut rows = vec![(words.what_changes, what_changes(naming, review))];
    match (&review.population, review.rulebook) {
        (Some(comparison), _) => rows.extend(impact_rows(naming, Some(comparison))),
        (None, Some(new)) => {
            let articles = heads(new).flat_map(|head| &head.criteria).map(|criterion| &criterion.provision);
            rows.extend([
                (words.for_how_many, html! { (words.nothing_to_compare) }),
                (words.on_which_article, article_points(naming, articles.collect(), words.what_holds)),
                (words.money_in_total, html! { (words.no_money_without) }),
            ]);
        }
        (None, None) => rows.extend(impact_rows(naming, None)),
    }
    rows.push((words.what_was_checked, what_was_checked(naming, review)));
    rows
}

/// The rows on people, articles and money; `None` if the rulebook can't be read.
pub(super) fn impact_rows<'w>(
    naming: &Naming<'w>,
    comparison: Option<&PopulationComparison<'_>>,
) -> Vec<(&'w str, Markup)> {
    let words = naming.words;
    let labels = [words.for_how_many, words.on_which_article, words.money_in_total];
    let Some(comparison) = comparison else {
        return labels.map(|label| (label, html! { (words.unknown_unread) })).to_vec();
    };
    let said = [for_how_many(naming, comparison), on_which_article(naming, comparison), money(naming, comparison)];
    labels.into_iter().zip(said).collect()
}

fn what_changes(naming: &Naming<'_>, review: &ReviewReport<'_>) -> Markup {
    let words = naming.words;
    let Some(new) = review.rulebook else { return html! { (words.unknown_unread) } };
    let Some(comparison) = &review.population else {
        return html! { (fill(words.first_publication, &[&heads(new).count().to_string()])) };
    };
    let mut points: Vec<Markup> = Vec::new();
    for change in rule_changes(comparison.old, new) {
        points.extend(rule_points(naming, &change));
    }
    for service in changed_services(comparison.old, new) {
        points.push(html! {
            (naming.language.labelled(&naming.service(service.as_str()), words.changed_service))
        });
    }
    if points.is_empty() {
        return html! { (words.no_rule_changes) };
    }
    limited(naming, points, words.law_changes)
}

/// As many points as a summary has, and where the others are.
fn limited(naming: &Naming<'_>, mut points: Vec<Markup>, elsewhere: &str) -> Markup {
    let left_out = points.len().saturating_sub(POINTS_MAX);
    points.truncate(POINTS_MAX);
    if left_out > 0 {
        points.push(html! { (fill(naming.words.and_more, &[&left_out.to_string(), elsewhere])) });
    }
    bullets(&points)
}

/// What changes of a rule: a point for each of its numbers, or one for all of it.
fn rule_points(naming: &Naming<'_>, change: &RuleChange<'_>) -> Vec<Markup> {
    let rule = naming.rule(&change.head.source_path());
    let kind = kind_word(naming, change.kind);
    let whole = |more: &str| html! { (naming.language.labelled(&naming.language.bracketed(&rule, kind), more)) };
    match change.kind {
        RuleChangeKind::New => vec![whole(&naming.plain(&change.head.titles, &change.head.version))],
        RuleChangeKind::Removed => vec![html! { (naming.language.bracketed(&rule, kind)) }],
        RuleChangeKind::Changed | RuleChangeKind::NewVersion if change.numbers.is_empty() => {
            vec![whole(naming.words.computed_otherwise)]
        }
        RuleChangeKind::Changed | RuleChangeKind::NewVersion => {
            let point = |number: &ChangedNumber<'_>| {
                html! {
                    (naming.language.labelled(&rule, &number_sentence(naming, number)))
                    @if let Some(provision) = number.provision {
                        (naming.language.pick("（", " (")) (naming.provision(provision)) (naming.language.pick("）", ")"))
                    }
                }
            };
            change.numbers.iter().map(point).collect()
        }
    }
}

/// What happens to a rule, in words.
pub(super) fn kind_word(naming: &Naming<'_>, kind: RuleChangeKind) -> &'static str {
    match kind {
        RuleChangeKind::New => naming.words.new_rule,
        RuleChangeKind::NewVersion => naming.words.new_version,
        RuleChangeKind::Changed => naming.words.changed_rule,
        RuleChangeKind::Removed => naming.words.removed_rule,
    }
}

fn number_sentence(naming: &Naming<'_>, number: &ChangedNumber<'_>) -> String {
    let words = naming.words;
    let [was, is] = [&number.was, &number.is].map(|text| number_text(naming, number, text.as_deref()));
    let since = fill(words.since_day, &[&day(naming.language, &number.from.to_string())]);
    format!("{}{since}", fill(words.number_from, &[&number_title(naming, number), &was, &is]))
}

/// A number of the law by its title, and by its path if it is one of many.
pub(super) fn number_title(naming: &Naming<'_>, number: &ChangedNumber<'_>) -> String {
    let title = naming.plain(number.titles, &number.name);
    match number.name.contains('.') {
        true => naming.language.bracketed(&title, &number.name),
        false => title,
    }
}

/// A value of a number as text with its unit, or that there is none.
pub(super) fn number_text(naming: &Naming<'_>, number: &ChangedNumber<'_>, text: Option<&str>) -> String {
    text.map_or_else(|| naming.words.none.to_owned(), |text| amount_text(naming, text, number.unit))
}

/// How many outcomes differ, in one sentence.
pub(super) fn impact_sentence(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> String {
    if let Some(sentence) = too_few_sentence(naming, comparison) {
        return sentence;
    }
    let (words, impact) = (naming.words, comparison.impact);
    let differs = match comparison.people {
        ComparedPeople::OfFile => words.outcome_differs,
        ComparedPeople::OfCases => words.case_outcome_differs,
    };
    let [changed, all] = [impact.changed(), impact.all.size()].map(|count| grouped(&count.to_string()));
    fill(differs, &[&changed, &all])
}

/// How many gain and how many lose, in a few words.
pub(super) fn gains_and_losses(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> String {
    let counts = [OutcomeChange::Gains, OutcomeChange::Loses].map(|change| {
        let count = grouped(&comparison.impact.all.count(change).to_string());
        naming.language.labelled(change_word(naming, change), &count)
    });
    naming.language.listed(&counts)
}

fn for_how_many(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Markup {
    let (words, impact) = (naming.words, comparison.impact);
    let is_told = too_few_sentence(naming, comparison).is_none();
    let counts = OutcomeChange::ALL.into_iter().filter(|change| *change != OutcomeChange::Same);
    let counts = counts.map(|change| (change, impact.all.count(change))).filter(|(change, count)| {
        *count > 0 || (is_told && matches!(change, OutcomeChange::Gains | OutcomeChange::Loses))
    });
    let points: Vec<Markup> = counts
        .map(|(change, count)| {
            html! { (naming.language.labelled(change_word(naming, change), &grouped(&count.to_string()))) }
        })
        .collect();
    html! {
        @if comparison.people == ComparedPeople::OfCases {
            p class="govuk-body" { strong { (words.no_population) } }
        }
        p class="govuk-body" { (impact_sentence(naming, comparison)) }
        @if !points.is_empty() { (bullets(&points)) }
        @if comparison.people == ComparedPeople::OfCases {
            p class="govuk-body" { (words.give_population) " " code { "--population FILE" } }
        }
    }
}

/// The numbers and conditions that change outcomes, each with its article and for how many; where none does, the
/// articles of what changes in the law.
fn on_which_article(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Markup {
    let words = naming.words;
    let counted = match comparison.people {
        ComparedPeople::OfFile => words.people_of_article,
        ComparedPeople::OfCases => words.cases_of_article,
    };
    let point = |place: &str, title: Markup, provision: Option<&Provision>, count: u64| {
        html! {
            (naming.place(place)) (naming.language.pick("：", ": ")) (title) (naming.language.pick("：", ": ")) (cited(naming, provision))
            (naming.language.bracketed("", &fill(counted, &[&grouped(&count.to_string())])))
        }
    };
    let mut points = Vec::new();
    for (change, count) in comparison.impact.numbers() {
        let told = ToldNumber::of(naming, comparison, change);
        points.push(point(&change.jurisdiction, told.title, told.provision, count));
    }
    for (change, count) in comparison.impact.criteria() {
        let known = changed_criterion(comparison.new, change).or_else(|| changed_criterion(comparison.old, change));
        let title =
            known.map_or_else(|| html! { (change.criterion) }, |known| naming.titled(&known.titles, &change.criterion));
        points.push(point(&change.jurisdiction, title, known.map(|known| &known.provision), count));
    }
    if !points.is_empty() {
        return limited(naming, points, words.reasons);
    }
    let changes = rule_changes(comparison.old, comparison.new);
    let has_left_out = comparison.published.is_some_and(|published| published.smallest_cell > 1);
    html! {
        p class="govuk-body" { @if has_left_out { (words.not_told) } @else { (words.no_article_changes) } }
        @if !changes.is_empty() { (article_points(naming, articles_of(&changes), words.law_changes)) }
    }
}

fn articles_of<'a>(changes: &[RuleChange<'a>]) -> Vec<&'a Provision> {
    let mut articles = Vec::new();
    for change in changes {
        articles.extend(change.numbers.iter().filter_map(|number| number.provision));
        let criteria = change.criteria.iter().filter_map(|criterion| criterion.is.or(criterion.was));
        articles.extend(criteria.map(|criterion| &criterion.provision));
    }
    articles
}

/// Articles, each once.
fn article_points(naming: &Naming<'_>, articles: Vec<&Provision>, elsewhere: &str) -> Markup {
    let mut distinct: Vec<&Provision> = Vec::new();
    for article in articles {
        if !distinct.contains(&article) {
            distinct.push(article);
        }
    }
    if distinct.is_empty() {
        return html! { (naming.words.no_article) };
    }
    limited(naming, distinct.into_iter().map(|article| naming.provision(article)).collect(), elsewhere)
}

fn money(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> Markup {
    let words = naming.words;
    if comparison.people == ComparedPeople::OfCases {
        return html! { (words.no_money_without) };
    }
    let totals = service_totals(comparison);
    if totals.is_empty() && comparison.published.is_some_and(|published| published.smallest_cell > 1) {
        return html! { (words.not_told) };
    }
    if totals.is_empty() {
        return html! { (words.no_money) };
    }
    limited(naming, totals.iter().map(|total| html! { (total.sentence(naming)) }).collect(), words.who_gains)
}

fn what_was_checked(naming: &Naming<'_>, review: &ReviewReport<'_>) -> Markup {
    let words = naming.words;
    let passed = review.report.passed();
    let [good, all] = [passed.part, passed.whole].map(|count| grouped(&count.to_string()));
    let coverage = match review.covered_percent() {
        Some(percent) => fill(words.coverage_of, &[&percent.to_string()]),
        None => words.coverage_unknown.to_owned(),
    };
    let [rules, cases] = [review.searched_rules, review.searched_cases].map(|count| grouped(&count.to_string()));
    let [held, broken] = [review.held.len(), review.broken.len()].map(|count| count.to_string());
    let points = [
        fill(words.cases_passed, &[&good, &all]),
        coverage,
        fill(words.rules_searched, &[&rules, &cases]),
        fill(words.properties_held, &[&held, &broken]),
    ];
    html! {
        (bullets(&points.map(|point| html! { (point) })))
        p class="govuk-body" { (words.no_proof) }
    }
}
