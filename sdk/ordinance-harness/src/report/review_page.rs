//! The page of a review: a summary that a council reads, what fails, who gains and who loses, the law that changes, and
//! the rules that pass.

use maud::{Markup, html};
use ordinance_domain::manifest::Criterion;
use ordinance_pages::{day, fill};

use super::comparison::{ComparedPeople, PopulationComparison};
use super::failures::failure;
use super::impact_section::{cited, gains_section, reasons_section};
use super::law_changes::{ChangedCriterion, RuleChange, RuleChangeKind, rule_changes};
use super::naming::Naming;
use super::origin::origin_section;
use super::review_report::ReviewReport;
use super::rule_blocks::{cases_section, failing_rules, passing_rules};
use super::rule_results::RuleResults;
use super::summary::{gains_and_losses, impact_sentence, kind_word, number_text, number_title, review_rows};
use super::tables::{
    ROWS_MAX, bullets, contents, heading, page, summary_list, table_below_heading, text_column, verdict_panel,
};

/// The review as one HTML file, which needs no network.
#[must_use]
pub fn review_html(review: &ReviewReport<'_>) -> String {
    let naming = Naming::new(review.language, review.rulebook, review.population.map(|compared| compared.old));
    let words = naming.words;
    let results = RuleResults::of_report(&naming, review.report, review.defects, review.broken, review.held);
    let title = fill(words.review_of, &[&naming.rulebook()]);
    let has_failed = review.failures() > 0;
    let changes = review.population.map(|compared| rule_changes(compared.old, compared.new)).unwrap_or_default();
    let main = html! {
        h1 class="govuk-heading-l" { (title) }
        (panel(&naming, review))
        p class="govuk-body" { (words.changes_nothing_yet) }
        (contents(words, &parts(&naming, review, &changes)))
        (heading("summary", words.summary))
        (summary_list(&review_rows(&naming, review)))
        @if has_failed {
            (heading("fails", words.what_fails))
            (general_failures(&naming, review))
            (failing_rules(&naming, &results))
        }
        (unreached(&naming, review))
        @if let Some(comparison) = &review.population {
            (heading("gains", gains_heading(&naming, comparison)))
            (gains_section(&naming, comparison))
            (reasons_section(&naming, comparison))
        }
        (law_section(&naming, &changes))
        (cases_section(&naming, &results))
        (passing_rules(&naming, &results))
        @if !review.notes.is_empty() {
            (heading("remarks", words.remarks))
            (bullets(&review.notes.iter().map(|note| naming.in_english(note)).collect::<Vec<_>>()))
        }
        (origin_section(
            &naming,
            (&review.report.day, &review.report.command),
            review.rulebook.map(|rulebook| rulebook.digest().hex()).as_deref(),
            review.population.as_ref(),
        ))
    };
    page(review.language, &title, &main)
}

/// The sentence of the review, and what to read next.
fn panel(naming: &Naming<'_>, review: &ReviewReport<'_>) -> Markup {
    let words = naming.words;
    let failures = review.failures();
    let (verdict, more) = match failures {
        0 if review.is_incomplete() => (words.incomplete.to_owned(), ""),
        0 => (words.all_pass.to_owned(), ""),
        1 => (words.one_fails.to_owned(), words.mend_first),
        failures => (fill(words.some_fail, &[&failures.to_string()]), words.mend_first),
    };
    let impact = review.population.filter(|compared| compared.people == ComparedPeople::OfFile);
    let more = html! {
        @if let Some(comparison) = impact {
            p { (impact_sentence(naming, &comparison)) " " (gains_and_losses(naming, &comparison)) }
        }
        @if !more.is_empty() { p { (more) } }
    };
    verdict_panel(review.is_good(), failures == 0, &verdict, &more)
}

/// The parts of the page with the ids of their headings.
fn parts<'w>(
    naming: &Naming<'w>,
    review: &ReviewReport<'_>,
    changes: &[RuleChange<'_>],
) -> Vec<(&'static str, &'w str)> {
    let words = naming.words;
    let impact = review.population.as_ref();
    let has_reasons =
        impact.is_some_and(|compared| !(compared.impact.numbers().is_empty() && compared.impact.criteria().is_empty()));
    let all = [
        ("summary", words.summary, true),
        ("fails", words.what_fails, review.failures() > 0),
        ("unreached", words.not_reached, review.is_incomplete()),
        ("gains", impact.map_or("", |comparison| gains_heading(naming, comparison)), impact.is_some()),
        ("reasons", words.reasons, has_reasons),
        ("law", words.law_changes, !changes.is_empty()),
        ("cases", words.by_rule, !review.report.cases.is_empty()),
        ("holds", words.what_holds, true),
        ("remarks", words.remarks, !review.notes.is_empty()),
        ("origin", words.how_made, true),
    ];
    all.into_iter().filter(|(_, _, is_there)| *is_there).map(|(id, heading, _)| (id, heading)).collect()
}

fn gains_heading(naming: &Naming<'_>, comparison: &PopulationComparison<'_>) -> &'static str {
    match comparison.people {
        ComparedPeople::OfFile => naming.words.who_gains,
        ComparedPeople::OfCases => naming.words.who_gains_cases,
    }
}

/// What fails of the review as a whole and of no rule alone.
fn general_failures(naming: &Naming<'_>, review: &ReviewReport<'_>) -> Markup {
    let words = naming.words;
    html! {
        @if review.has_no_case() {
            (failure(&html! { (words.no_case_ran) }, &[
                (words.what_was_expected, html! { (words.expect_run) }),
                (words.how_to_mend, html! { (fill(words.mend_no_case, &["CODE/SERVICE/cases"])) }),
            ], &html! {}))
        }
        @if let Some(least) = review.threshold.filter(|_| !review.is_covered()) {
            @let percent = review.covered_percent().map_or_else(|| "?".to_owned(), |percent| percent.to_string());
            (failure(&html! { (fill(words.too_little_covered, &[&percent])) }, &[
                (words.what_was_expected, html! { (fill(words.expect_coverage, &[&least.to_string()])) }),
                (words.how_to_mend, html! { (words.mend_coverage) }),
            ], &html! {}))
        }
    }
}

/// What the time of the review didn't reach.
fn unreached(naming: &Naming<'_>, review: &ReviewReport<'_>) -> Markup {
    let all = review.unreached.iter().chain(review.unreached_properties);
    let points: Vec<Markup> = all.map(|what| naming.in_english(what)).collect();
    html! {
        @if !points.is_empty() {
            (heading("unreached", naming.words.not_reached))
            (bullets(&points))
            p class="govuk-body" { (fill(naming.words.give_more_time, &["--budget"])) }
        }
    }
}

/// What changes in the law, rule by rule.
fn law_section(naming: &Naming<'_>, changes: &[RuleChange<'_>]) -> Markup {
    html! {
        @if !changes.is_empty() { (heading("law", naming.words.law_changes)) }
        @for change in changes.iter().take(ROWS_MAX) { (rule_change(naming, change)) }
    }
}

fn rule_change(naming: &Naming<'_>, change: &RuleChange<'_>) -> Markup {
    let words = naming.words;
    let rule = naming.language.bracketed(&naming.rule(&change.head.source_path()), kind_word(naming, change.kind));
    let columns = [
        text_column(words.part),
        text_column(words.from_day),
        text_column(words.was),
        text_column(words.is),
        text_column(words.article),
    ];
    let numbers = change.numbers.iter().take(ROWS_MAX).map(|number| {
        let [was, is] = [&number.was, &number.is].map(|text| number_text(naming, number, text.as_deref()));
        let from = day(naming.language, &number.from.to_string());
        vec![
            html! { (number_title(naming, number)) },
            html! { (from) },
            html! { (was) },
            html! { (is) },
            cited(naming, number.provision),
        ]
    });
    let criteria = change.criteria.iter().take(ROWS_MAX).map(|criterion| criterion_row(naming, change, criterion));
    let rows: Vec<Vec<Markup>> = numbers.chain(criteria).collect();
    html! {
        h3 class="govuk-heading-s" { (rule) }
        p class="govuk-body" {
            (naming.titled(&change.head.titles, &change.head.version)) " " code { (change.head.place_and_version()) }
        }
        @if rows.is_empty() {
            @if change.head.digest.is_some() && !is_whole(change) { p class="govuk-body" { (words.computed_otherwise) } }
        } @else { (table_below_heading(&fill(words.changes_caption, &[&rule]), &columns, &rows)) }
    }
}

/// Whether a rule comes or goes as a whole.
fn is_whole(change: &RuleChange<'_>) -> bool {
    match change.kind {
        RuleChangeKind::New | RuleChangeKind::Removed => true,
        RuleChangeKind::Changed | RuleChangeKind::NewVersion => false,
    }
}

fn criterion_row(naming: &Naming<'_>, change: &RuleChange<'_>, criterion: &ChangedCriterion<'_>) -> Vec<Markup> {
    let words = naming.words;
    let known = criterion.is.or(criterion.was);
    let title = known.map_or_else(|| html! {}, |known| naming.titled(&known.titles, known.id.as_str()));
    let told = |known: Option<&Criterion>| match known {
        Some(known) => html! { (naming.titled(&known.titles, known.id.as_str())) },
        None => html! { (words.none) },
    };
    let from = day(naming.language, &change.head.in_force.from().to_string());
    let provision = known.map(|known| &known.provision);
    vec![title, html! { (from) }, told(criterion.was), told(criterion.is), cited(naming, provision)]
}
