//! The page of a run of cases: how many pass, what fails, and what of the law they cover.

use maud::html;
use ordinance_engine::Rulebook;
use ordinance_pages::{ReadingLanguage, fill};

use super::naming::Naming;
use super::origin::origin_section;
use super::rule_blocks::{cases_section, failing_rules, passing_rules};
use super::rule_results::RuleResults;
use super::tables::{bullets, contents, heading, page, verdict_panel};
use super::test_report::TestReport;
use crate::share::Share;

/// The report as one HTML file, which needs no network. Titles come from `rulebook`, on which the cases ran.
#[must_use]
pub fn test_report_html(report: &TestReport, rulebook: Option<&Rulebook>, language: ReadingLanguage) -> String {
    let naming = Naming::new(language, rulebook, None);
    let words = naming.words;
    let Share { part: good, whole: all } = report.passed();
    let results = RuleResults::of_report(&naming, report, &[], &[], &[]);
    let title = fill(words.tests_of, &[&naming.rulebook()]);
    let passed = fill(words.cases_passed, &[&good.to_string(), &all.to_string()]);
    let verdict = match all - good {
        0 if all == 0 => words.no_case_ran.to_owned(),
        0 => words.all_cases_pass.to_owned(),
        1 => words.one_fails.to_owned(),
        failed => fill(words.some_fail, &[&failed.to_string()]),
    };
    let has_failed = good < all;
    let covered = report.coverage.as_ref().map(|coverage| coverage.covered().percent().to_string());
    let points = [Some(passed), covered.map(|percent| fill(words.coverage_of, &[&percent]))];
    let points: Vec<_> = points.into_iter().flatten().map(|point| html! { (point) }).collect();
    let parts = [
        ("summary", words.summary, true),
        ("fails", words.what_fails, has_failed),
        ("cases", words.by_rule, all > 0),
        ("holds", words.what_holds, true),
        ("origin", words.how_made, true),
    ];
    let parts: Vec<(&str, &str)> =
        parts.into_iter().filter(|(_, _, is_there)| *is_there).map(|(id, heading, _)| (id, heading)).collect();
    let main = html! {
        h1 class="govuk-heading-l" { (title) }
        (verdict_panel(all > 0 && !has_failed, all == 0, &verdict, &html! { @if has_failed { (words.mend_first) } }))
        (contents(words, &parts))
        (heading("summary", words.summary))
        (bullets(&points))
        @if has_failed {
            (heading("fails", words.what_fails))
            (failing_rules(&naming, &results))
        }
        (cases_section(&naming, &results))
        (passing_rules(&naming, &results))
        (origin_section(&naming, (&report.day, &report.command), Some(&report.rulebook), None))
    };
    page(language, &title, &main)
}
