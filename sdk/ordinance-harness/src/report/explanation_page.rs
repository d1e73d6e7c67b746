//! A rule in words as a page to print.

use maud::{Markup, html as markup};

use super::naming::is_web_address;
use super::page::explanation_frame;
use crate::explanation::{ExplainedPart, ExplainedTable, Explanation};

/// The explanation as HTML.
#[must_use]
pub fn explanation_html(explanation: &Explanation) -> String {
    let body = markup! {
        h1 { (explanation.title) }
        table {
            tbody {
                @for (word, what) in &explanation.head {
                    tr { th scope="row" { (word) } td { (what) } }
                }
            }
        }
        @for section in &explanation.sections {
            h2 { (section.heading) }
            @if let Some(lead) = &section.lead { p.lead { (lead) } }
            @if let Some(code) = &section.code { (code_markup(code)) }
            @for part in &section.parts { (part_markup(part)) }
        }
    };
    explanation_frame(&explanation.language, &explanation.title, &body)
}

fn part_markup(part: &ExplainedPart) -> Markup {
    markup! {
        section.part {
            h3 {
                (part.title)
                @if !part.name.is_empty() && part.name != part.title { " " code.quiet { (part.name) } }
            }
            @for line in &part.prose { p { (line) } }
            @if let Some(code) = &part.code { (code_markup(code)) }
            @for block in part.table.iter().flat_map(|table| table.blocks(is_narrow)) { (table_markup(&block)) }
            @if let Some(provision) = &part.provision {
                p.quiet {
                    @match &provision.url {
                        Some(url) if is_web_address(url) => a href=(url) rel="noreferrer" { (provision.text) },
                        Some(_) | None => (provision.text),
                    }
                }
            }
        }
    }
}

/// An expression as its author wrote it.
fn code_markup(code: &str) -> Markup {
    markup! { pre.written { code { (code) } } }
}

/// The columns of a grid on a page, as many as a sheet of paper holds.
const GRID_COLUMNS_MAX: usize = 8;

fn is_narrow(block: &ExplainedTable) -> bool {
    block.columns.len() <= GRID_COLUMNS_MAX
}

fn table_markup(table: &ExplainedTable) -> Markup {
    let keys = table.grid.map_or(0, |grid| grid.keys);
    markup! {
        table.grid[table.grid.is_some()] {
            @if table.columns.iter().any(|column| !column.is_empty()) {
                thead {
                    tr {
                        @for (index, column) in table.columns.iter().enumerate() {
                            th scope="col" class=[(index < keys).then_some("key")] { (column) }
                        }
                    }
                }
            }
            tbody {
                @for row in &table.rows {
                    tr {
                        @for cell in row.iter().take(keys) { th scope="row" { (cell) } }
                        @for cell in row.iter().skip(keys) { td { (cell) } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::{ExplainedProvision, ExplainedSection};

    #[test]
    fn words_of_a_rule_are_no_markup_and_only_addresses_of_pages_are_links() {
        let part = |url: &str| ExplainedPart {
            title: "80 <or> older".to_owned(),
            code: Some("age >= 80 & \"x\"".to_owned()),
            provision: Some(ExplainedProvision { text: "Act 3".to_owned(), url: Some(url.to_owned()) }),
            ..ExplainedPart::default()
        };
        let parts = vec![part("https://example.org/act"), part("javascript:alert(1)")];
        let sections = vec![ExplainedSection { heading: "Who".to_owned(), parts, ..ExplainedSection::default() }];
        let explanation =
            Explanation { language: "zh\"".to_owned(), title: "T".to_owned(), sections, ..Explanation::default() };
        let page = explanation_html(&explanation);
        assert!(page.contains("lang=\"zh&quot;\""), "{page}");
        assert!(page.contains("80 &lt;or&gt; older"), "{page}");
        assert!(page.contains("age &gt;= 80 &amp; &quot;x&quot;"), "{page}");
        assert!(page.contains("href=\"https://example.org/act\""), "{page}");
        assert!(!page.contains("javascript:"), "{page}");
    }
}
