//! How a report was made, so that others can make it again.

use maud::{Markup, html};
use ordinance_pages::day;

use super::comparison::{ComparedPeople, PopulationComparison};
use super::naming::Naming;
use super::tables::{heading, summary_list};

/// The day, the command and the rulebooks. `rulebook` is the digest of the one under study, if it can be read.
pub(super) fn origin_section(
    naming: &Naming<'_>,
    (on, command): (&str, &str),
    rulebook: Option<&str>,
    comparison: Option<&PopulationComparison<'_>>,
) -> Markup {
    let words = naming.words;
    let digest = |text: &str| html! { code { (text) } };
    let mut rows = vec![
        (words.day, html! { (day(naming.language, on)) }),
        (words.command, html! { code { (command) } }),
        (words.rulebook, rulebook.map_or_else(|| html! { (words.unreadable_rulebook) }, digest)),
    ];
    if let Some(comparison) = comparison {
        let people = match comparison.people {
            ComparedPeople::OfFile => words.people_of_file,
            ComparedPeople::OfCases => words.people_of_cases,
        };
        rows.push((words.compared_with, digest(&comparison.old.digest().hex())));
        rows.push((words.people_compared, html! { (people) }));
    }
    html! { (heading("origin", words.how_made)) (summary_list(&rows)) }
}
