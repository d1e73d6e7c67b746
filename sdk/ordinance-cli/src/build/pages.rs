//! What a built rulebook tells of each rule, for pages that show it: `pages/DIGEST.json` has the rule in words by
//! language, and its cases. No decision depends on it.

use std::collections::BTreeMap;

use ordinance_domain::manifest::Manifest;
use ordinance_engine::definitions::Definitions;
use ordinance_harness::{Explanation, Test};
use serde::Serialize;

use super::page_files::{FORMAT, json_of};
use crate::case_files::{sheets_beside, tests_beside};
use crate::exit::CommandError;
use crate::explain::explanation::{RuleParts, View, explanation_of, texts_of};
use crate::source::{RuleSource, Source};

/// The rows of a decision table that are told.
const ROWS_MAX: usize = 200;
/// The cases of a rule that are told.
const CASES_MAX: usize = 1_000;
/// The most bytes of a page. One that would be longer has no cases, and one that is longer even so no words.
const PAGE_BYTES_MAX: usize = 1 << 20;

/// What is told of a rule.
#[derive(Serialize)]
struct Page {
    format: u32,
    rule: String,
    version: String,
    /// By language: `en`, and `zh` if the rule has a title in it.
    prose: BTreeMap<&'static str, Explanation>,
    cases: Vec<PageCase>,
    /// The cases that are left out.
    more_cases: usize,
}

#[derive(Serialize)]
struct PageCase {
    /// The path of the file in the rulebook's sources, and the line in it.
    file: String,
    line: usize,
    name: String,
    facts: BTreeMap<String, String>,
    /// The expected outcome and grant; nothing for a request for facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    grant: BTreeMap<String, String>,
}

/// The page of a rule that was built.
///
/// # Errors
/// If its expressions or its cases can't be read.
pub(super) fn page_of(
    source: &Source,
    rule: &RuleSource,
    manifest: &Manifest,
    definitions: &Definitions,
) -> Result<Vec<u8>, CommandError> {
    let texts = texts_of(source, rule, definitions)?;
    let has_chinese = manifest.titles.iter().any(|(language, _)| language.split('-').next() == Some("zh"));
    let languages = ["en"].into_iter().chain(has_chinese.then_some("zh"));
    let parts = RuleParts { manifest, author_texts: source.author_texts(rule), texts: texts.as_ref(), definitions };
    let prose = languages
        .map(|language| (language, explanation_of(&parts, language, View::Page { rows_max: ROWS_MAX })))
        .collect();
    let mut cases = Vec::new();
    for (path, tests) in tests_beside(source, rule, manifest)? {
        let file = path.strip_prefix(&source.folder).unwrap_or(&path).display().to_string();
        cases.extend(tests.into_iter().flatten().map(|test| page_case(&file, &test)));
    }
    // The rows of a sheet are read by the types of facts that the loaded rulebook has; they are counted here.
    let in_sheets: usize =
        sheets_beside(source, rule, manifest)?.into_iter().flat_map(|(_, rows)| rows).map(|rows| rows.len()).sum();
    let more_cases = cases.len().saturating_sub(CASES_MAX) + in_sheets;
    cases.truncate(CASES_MAX);
    let place = rule.place.clone();
    let page = Page { format: FORMAT, rule: place, version: manifest.version.clone(), prose, cases, more_cases };
    Ok(bounded(page))
}

fn page_case(file: &str, test: &Test) -> PageCase {
    let (outcome, grant) = test.expected().unzip();
    PageCase {
        file: file.to_owned(),
        line: test.line(),
        name: test.name().to_owned(),
        facts: test.facts().into_iter().collect(),
        outcome: outcome.map(str::to_owned),
        grant: grant.unwrap_or_default().into_iter().collect(),
    }
}

/// The page within its bound.
fn bounded(mut page: Page) -> Vec<u8> {
    let mut bytes = json_of(&page);
    if bytes.len() > PAGE_BYTES_MAX {
        page.more_cases += page.cases.len();
        page.cases.clear();
        bytes = json_of(&page);
    }
    if bytes.len() > PAGE_BYTES_MAX {
        page.prose.clear();
        bytes = json_of(&page);
    }
    bytes
}
