//! What a rulebook tells of a rule by its digest, beside its code: the rule in words, its cases, how its cases cover
//! it, and what it changed for a population. A build, `test` and `review` write these files; no decision depends on
//! them. They are read when a page is asked for, within the bounds of a rulebook's folder, and shown as text.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use maud::{Markup, html};
use ordinance_domain::digest::Digest;
use ordinance_domain::plain_text::visible;
use ordinance_engine::RulebookFolder;
use ordinance_engine::index::{PAGE_BYTES_MAX, PageKind, page_path};
use ordinance_pages::{ReadingLanguage, fill};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::parts::{heading, paragraph, table};
use super::rule_impact::RuleImpact;
use super::words::ConsoleWords;
use ordinance_dialogue::parts::folded;

/// The most cases that a page shows.
const CASES_MAX: usize = 50;
/// The most rows of a table of the rule that a page shows, and the most columns.
const ROWS_MAX: usize = 200;
const COLUMNS_MAX: usize = 60;
/// The most sections of a rule's text, the most parts of one, and the most lines of a part that a page shows.
const SECTIONS_MAX: usize = 20;
const PARTS_MAX: usize = 100;
const LINES_MAX: usize = 50;
/// The most facts of a case that a page shows.
const FACTS_MAX: usize = 50;
/// The most criteria whose coverage a page shows.
const CRITERIA_MAX: usize = 200;

/// What a rulebook tells of a rule.
#[derive(Debug, Default)]
pub(super) struct RuleStory {
    text: Option<RuleText>,
    coverage: Option<CoverageSummary>,
    /// What it changed for a population.
    pub(super) impact: Option<RuleImpact>,
}

#[derive(Debug, Deserialize)]
struct RuleText {
    #[serde(default)]
    prose: BTreeMap<String, RuleProse>,
    #[serde(default)]
    cases: Vec<RuleCase>,
    #[serde(default)]
    more_cases: usize,
}

#[derive(Debug, Deserialize)]
struct RuleProse {
    #[serde(default)]
    sections: Vec<ProseSection>,
}

#[derive(Debug, Deserialize)]
struct ProseSection {
    heading: String,
    lead: Option<String>,
    #[serde(default)]
    parts: Vec<ProsePart>,
}

#[derive(Debug, Deserialize)]
struct ProsePart {
    title: String,
    #[serde(default)]
    prose: Vec<String>,
    table: Option<ProseTable>,
}

#[derive(Debug, Deserialize)]
struct ProseTable {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct RuleCase {
    name: String,
    #[serde(default)]
    facts: BTreeMap<String, String>,
    outcome: Option<String>,
    #[serde(default)]
    grant: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct CoverageFile {
    coverage: CoverageSummary,
}

#[derive(Debug, Deserialize)]
struct CoverageSummary {
    percent: f64,
    #[serde(default)]
    criteria: Vec<CriterionCoverage>,
}

#[derive(Debug, Deserialize)]
struct CriterionCoverage {
    id: String,
    satisfied: u64,
    not_satisfied: u64,
    unknown: u64,
}

#[derive(Debug, Deserialize)]
struct ImpactFile {
    impact: RuleImpact,
}

impl RuleStory {
    /// Reads what a folder has of a rule; nothing without a folder.
    pub(super) fn read(folder: Option<&Path>, digest: Option<Digest>) -> Self {
        let Some((folder, digest)) = opened(folder, digest) else { return Self::default() };
        Self {
            text: read(&folder, digest, PageKind::Text),
            coverage: read::<CoverageFile>(&folder, digest, PageKind::Coverage).map(|file| file.coverage),
            impact: read::<ImpactFile>(&folder, digest, PageKind::Impact).map(|file| file.impact),
        }
    }

    /// What a rule changed for a population alone.
    pub(super) fn impact_of(folder: Option<&Path>, digest: Option<Digest>) -> Option<RuleImpact> {
        let (folder, digest) = opened(folder, digest)?;
        read::<ImpactFile>(&folder, digest, PageKind::Impact).map(|file| file.impact)
    }

    /// All of it but the impact on a page, which says plainly what isn't there.
    pub(super) fn markup(&self, language: ReadingLanguage) -> Markup {
        let words = ConsoleWords::of(language);
        html! {
            (heading(words.in_words))
            @match self.text.as_ref().and_then(|text| text.prose_in(language)) {
                Some((tag, prose)) => div lang=(tag) { (prose.markup()) },
                None => (paragraph(words.no_prose)),
            }
            (heading(words.cases))
            @match self.text.as_ref().filter(|text| !text.cases.is_empty() || text.more_cases > 0) {
                Some(text) => (text.cases_markup(words)),
                None => (paragraph(words.no_cases)),
            }
            (heading(words.coverage))
            @match &self.coverage {
                Some(coverage) => (coverage.markup(words)),
                None => p class="govuk-body" {
                    (words.no_coverage) " " (words.how_computed) " "
                    span class="app-code" { "ordinance test --coverage" }
                },
            }
        }
    }
}

fn opened(folder: Option<&Path>, digest: Option<Digest>) -> Option<(RulebookFolder, Digest)> {
    folder.and_then(|path| RulebookFolder::open(path).ok()).zip(digest)
}

/// A file about a rule; `None` if there is none or it can't be read, which the operator's log says.
fn read<T: DeserializeOwned>(folder: &RulebookFolder, digest: Digest, kind: PageKind) -> Option<T> {
    let path = page_path(digest, kind);
    let bytes = match folder.read(&path, PAGE_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::debug!(%error, path, "what the rulebook tells of a rule can't be read");
            return None;
        }
    };
    let told = serde_json::from_slice(&bytes).and_then(|told| serde_json::from_value(visibly(told)));
    told.map_err(|error| tracing::debug!(%error, path, "a page of a rule has another form")).ok()
}

/// The same with hidden characters shown, such as those that turn the direction of a text.
fn visibly(told: Value) -> Value {
    match told {
        Value::String(text) => Value::String(visible(&text).into_owned()),
        Value::Array(items) => Value::Array(items.into_iter().map(visibly).collect()),
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| (visible(&name).into_owned(), visibly(value));
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => told,
    }
}

impl RuleText {
    /// The words in a language, or in another one, with their language tag.
    fn prose_in(&self, language: ReadingLanguage) -> Option<(&str, &RuleProse)> {
        let own = self.prose.get_key_value(language.tag());
        let other = || ReadingLanguage::ALL.into_iter().find_map(|other| self.prose.get_key_value(other.tag()));
        own.or_else(other).map(|(tag, prose)| (tag.as_str(), prose))
    }

    fn cases_markup(&self, words: &ConsoleWords) -> Markup {
        let listed = |values: &BTreeMap<String, String>| {
            html! { @for (name, value) in values.iter().take(FACTS_MAX) { div { span class="app-code" { (name) } " = " (value) } } }
        };
        let row = |case: &RuleCase| {
            let outcome = html! { (case.outcome.as_deref().unwrap_or_default()) (listed(&case.grant)) };
            vec![html! { (case.name) }, listed(&case.facts), outcome]
        };
        let shown: Vec<Vec<Markup>> = self.cases.iter().take(CASES_MAX).map(row).collect();
        let all = self.cases.len().saturating_add(self.more_cases);
        let more = all - shown.len();
        let columns = [words.case, words.facts, words.expected];
        html! {
            (paragraph(&fill(words.cases_count, &[&all.to_string()])))
            @if !shown.is_empty() { (folded(words.show_cases, &table(words.cases, &columns, &shown))) }
            @if more > 0 { (paragraph(&fill(words.cases_left_out, &[&more.to_string()]))) }
        }
    }
}

impl RuleProse {
    fn markup(&self) -> Markup {
        html! {
            @for section in self.sections.iter().take(SECTIONS_MAX) {
                h3 class="govuk-heading-s" { (section.heading) }
                @if let Some(lead) = &section.lead { (paragraph(lead)) }
                @for part in section.parts.iter().take(PARTS_MAX) {
                    p class="govuk-body" {
                        strong { (part.title) }
                        @for line in part.prose.iter().take(LINES_MAX) { br; (line) }
                    }
                    @if let Some(table) = &part.table { (table.markup(&part.title)) }
                }
            }
        }
    }
}

impl ProseTable {
    fn markup(&self, caption: &str) -> Markup {
        let columns: Vec<&str> = self.columns.iter().take(COLUMNS_MAX).map(String::as_str).collect();
        let cells = |row: &Vec<String>| row.iter().take(COLUMNS_MAX).map(|cell| html! { (cell) }).collect();
        let rows: Vec<Vec<Markup>> = self.rows.iter().take(ROWS_MAX).map(cells).collect();
        table(caption, &columns, &rows)
    }
}

impl CoverageSummary {
    fn markup(&self, words: &ConsoleWords) -> Markup {
        let row = |criterion: &CriterionCoverage| {
            let CriterionCoverage { id, satisfied, not_satisfied, unknown } = criterion;
            let id = html! { span class="app-code" { (id) } };
            [id].into_iter().chain([satisfied, not_satisfied, unknown].map(|count| html! { (count) })).collect()
        };
        let rows: Vec<Vec<Markup>> = self.criteria.iter().take(CRITERIA_MAX).map(row).collect();
        let columns = [words.criterion, words.cases_satisfied, words.cases_not_satisfied, words.cases_unknown];
        html! {
            (paragraph(&fill(words.coverage_text, &[&self.percent.clamp(0.0, 100.0).to_string()])))
            @if !rows.is_empty() { (table(words.coverage, &columns, &rows)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(prose: &str) -> RuleStory {
        let told = format!(r#"{{"format":1,"prose":{{"en":{prose}}},"cases":[{{"name":"<a>","facts":{{"x":"1"}}}}]}}"#);
        RuleStory { text: serde_json::from_str(&told).unwrap(), coverage: None, impact: None }
    }

    #[test]
    fn a_rule_in_words_is_shown_as_text_in_the_language_that_there_is() {
        let story = story(r#"{"sections":[{"heading":"<b>","parts":[{"title":"t","name":"n","prose":["p"]}]}]}"#);
        let page = story.markup(ReadingLanguage::Zh).into_string();
        assert!(page.contains("<div lang=\"en\">"), "{page}");
        assert!(page.contains("&lt;b&gt;"), "{page}");
        assert!(page.contains("&lt;a&gt;"), "{page}");
    }

    #[test]
    fn what_isnt_there_is_said() {
        let page = RuleStory::default().markup(ReadingLanguage::En).into_string();
        for said in [ConsoleWords::of(ReadingLanguage::En).no_prose, ConsoleWords::of(ReadingLanguage::En).no_coverage]
        {
            assert!(page.contains(said), "{page}");
        }
    }

    #[test]
    fn a_damaged_file_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("pages")).unwrap();
        let digest = ordinance_engine::digest::sha256(b"rule");
        std::fs::write(folder.path().join(page_path(digest, PageKind::Text)), "{\"prose\": 1}").unwrap();
        assert!(RuleStory::read(Some(folder.path()), Some(digest)).text.is_none());
        assert!(RuleStory::read(None, Some(digest)).text.is_none());
    }
}
