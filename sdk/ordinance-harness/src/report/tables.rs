//! The tables and the page of reports.

use maud::{Markup, html};
use ordinance_domain::plain_text::visible;
use ordinance_pages::{Frame, ReadingLanguage};

use super::words::ReportWords;

/// The largest number of rows of one table.
pub(super) const ROWS_MAX: usize = 200;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    heading: &'a str,
    is_numeric: bool,
}

/// A column of words.
pub(super) fn text_column(heading: &str) -> Column<'_> {
    Column { heading, is_numeric: false }
}

/// A column of numbers.
pub(super) fn number_column(heading: &str) -> Column<'_> {
    Column { heading, is_numeric: true }
}

/// A table whose first column names the rows. On a narrow screen each row is a block.
pub(super) fn table(caption: &str, columns: &[Column<'_>], rows: &[Vec<Markup>]) -> Markup {
    captioned(&html! { caption class="govuk-table__caption govuk-table__caption--s" { (caption) } }, columns, rows)
}

/// The same below a heading of the same words, so that only screen readers need the caption.
pub(super) fn table_below_heading(caption: &str, columns: &[Column<'_>], rows: &[Vec<Markup>]) -> Markup {
    captioned(&html! { caption class="govuk-visually-hidden" { (caption) } }, columns, rows)
}

fn captioned(caption: &Markup, columns: &[Column<'_>], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table class="govuk-table app-stacked" {
            (caption)
            thead class="govuk-table__head" {
                tr class="govuk-table__row" {
                    @for column in columns {
                        th scope="col" class=(class(*column, "govuk-table__header")) { (column.heading) }
                    }
                }
            }
            tbody class="govuk-table__body" {
                @for row in rows {
                    tr class="govuk-table__row" {
                        @for (at, (column, cell)) in columns.iter().zip(row).enumerate() {
                            @if at == 0 {
                                th scope="row" class="govuk-table__header" { (cell) }
                            } @else {
                                td class=(class(*column, "govuk-table__cell")) data-label=(column.heading) { (cell) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn class(column: Column<'_>, class: &str) -> String {
    if column.is_numeric { format!("{class} {class}--numeric") } else { class.to_owned() }
}

/// A list of what is said of something.
pub(super) fn summary_list(rows: &[(&str, Markup)]) -> Markup {
    html! {
        dl class="govuk-summary-list app-block" {
            @for (label, said) in rows {
                div class="govuk-summary-list__row" {
                    dt class="govuk-summary-list__key" { (label) }
                    dd class="govuk-summary-list__value" { (said) }
                }
            }
        }
    }
}

/// A list of points.
pub(super) fn bullets(points: &[Markup]) -> Markup {
    html! { ul class="govuk-list govuk-list--bullet" { @for point in points { li { (point) } } } }
}

/// The links to the parts of a page that have a heading of this id.
pub(super) fn contents(words: &ReportWords, parts: &[(&str, &str)]) -> Markup {
    html! {
        nav class="app-contents app-no-print" aria-label=(words.contents) {
            ul class="govuk-list" {
                @for (id, heading) in parts { li { a class="govuk-link" href={ "#" (id) } { (heading) } } }
            }
        }
    }
}

/// The heading of a part, to which a link of the contents leads.
pub(super) fn heading(id: &str, text: &str) -> Markup {
    html! { h2 class="govuk-heading-m" id=(id) { (text) } }
}

/// The sentence that comes before everything else, and what belongs to it.
pub(super) fn verdict_panel(is_good: bool, is_open: bool, verdict: &str, more: &Markup) -> Markup {
    let class = match (is_good, is_open) {
        (true, _) => "govuk-panel app-panel",
        (false, true) => "govuk-panel app-panel app-panel--open",
        (false, false) => "govuk-panel app-panel app-panel--refused",
    };
    html! {
        div class=(class) {
            p class="govuk-panel__title" { (verdict) }
            div class="app-panel__service" { (more) }
        }
    }
}

/// The page as one HTML file, which needs no network. Characters that would change how the rest is shown are shown.
pub(super) fn page(language: ReadingLanguage, title: &str, main: &Markup) -> String {
    let words = ReportWords::of(language);
    let frame = Frame {
        language,
        title,
        style: None,
        skip: words.skip,
        header: html! { header class="app-header" {
            div class="govuk-width-container" { div class="app-header__name" lang="en" { "Ordinance" } }
        } },
        above: html! {},
        footer: html! { footer class="app-footer" {
            div class="govuk-width-container" { p class="govuk-body-s" { (words.repeat_it) } }
        } },
    };
    visible(&frame.page(main)).into_owned()
}
