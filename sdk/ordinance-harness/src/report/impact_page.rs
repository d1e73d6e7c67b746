//! The page of the impact of a new rulebook on people.

use maud::html;
use ordinance_pages::{ReadingLanguage, fill};

use super::comparison::PopulationComparison;
use super::impact_section::{gains_section, reasons_section};
use super::naming::Naming;
use super::origin::origin_section;
use super::summary::impact_rows;
use super::tables::{heading, page, summary_list};

/// The impact as one HTML file, which needs no network. The page shows `command`, which makes it again, and `day`, that
/// of the run. Articles of criteria come from the new rulebook or, if it lacks the criterion, from the old one.
#[must_use]
pub fn impact_html(
    comparison: &PopulationComparison<'_>,
    command: &str,
    day: &str,
    language: ReadingLanguage,
) -> String {
    let naming = Naming::new(language, Some(comparison.new), Some(comparison.old));
    let words = naming.words;
    let title = fill(words.impact_of, &[&naming.rulebook()]);
    let main = html! {
        h1 class="govuk-heading-l" { (title) }
        p class="govuk-body" { (words.changes_nothing_yet) }
        (heading("summary", words.summary))
        (summary_list(&impact_rows(&naming, Some(comparison))))
        (heading("gains", words.who_gains))
        (gains_section(&naming, comparison))
        (reasons_section(&naming, comparison))
        (origin_section(&naming, (day, command), Some(&comparison.new.digest().hex()), Some(comparison)))
    };
    page(language, &title, &main)
}
