//! A rule in words, made from its manifest, its expressions and the definitions.

use ordinance_domain::manifest::Manifest;
use ordinance_engine::definitions::Definitions;
use ordinance_harness::Explanation;

use super::criteria::criteria_sections;
use super::declared::DeclaredOrder;
use super::numbers::number_section;
use super::parts::{bound_section, grant_section, table_section, value_section};
use super::prose::Teller;
use super::subject::Subject;
pub(crate) use super::subject::View;
use super::words::Words;
use crate::build::expressions::{RuleTexts, rule_texts};
use crate::exit::CommandError;
use crate::source::{RuleCode, RuleSource, Source};

/// A rule in words.
///
/// # Errors
/// If its manifest or its expressions can't be read.
pub(crate) fn explain(
    source: &Source,
    rule: &RuleSource,
    definitions: &Definitions,
    language: &str,
    view: View,
) -> Result<Explanation, CommandError> {
    let manifest = rule.manifest.as_ref().map_err(|fault| CommandError::Diagnostics(vec![fault.clone()]))?;
    let texts = texts_of(source, rule, definitions)?;
    let parts = RuleParts { manifest, author_texts: source.author_texts(rule), texts: texts.as_ref(), definitions };
    Ok(explanation_of(&parts, language, view))
}

/// Of what an explanation is made.
pub(crate) struct RuleParts<'a> {
    pub(crate) manifest: &'a Manifest,
    /// The manifest as its author wrote it, and behind it that which it extends.
    pub(crate) author_texts: Vec<&'a str>,
    /// The expressions; `None` for a rule in another language.
    pub(crate) texts: Option<&'a RuleTexts>,
    pub(crate) definitions: &'a Definitions,
}

/// The expressions of a rule; `None` for one in another language.
///
/// # Errors
/// If they can't be read.
pub(crate) fn texts_of(
    source: &Source,
    rule: &RuleSource,
    definitions: &Definitions,
) -> Result<Option<RuleTexts>, CommandError> {
    match rule.code {
        RuleCode::Expressions => rule_texts(source, rule, definitions).map(Some),
        RuleCode::Rust | RuleCode::Prebuilt | RuleCode::None => Ok(None),
    }
}

/// A rule in words.
pub(crate) fn explanation_of(rule: &RuleParts<'_>, language: &str, view: View) -> Explanation {
    let RuleParts { manifest, texts, definitions, .. } = *rule;
    let words = Words::of(language);
    let declared = DeclaredOrder::of(&rule.author_texts);
    let subject = Subject { manifest, definitions, declared, words, languages: vec![language.to_owned()], view };
    let contract = manifest.scope.service().and_then(|service| definitions.contracts.get(service));
    let teller = |texts, contract| Teller::new(texts, contract, manifest, language).with_view(view);
    let told = texts.zip(contract).map(|(texts, contract)| (texts, teller(texts, contract)));
    let told = told.as_ref().map(|(texts, teller)| (*texts, teller));
    let mut sections = criteria_sections(&subject, told);
    if let Some(contract) = contract {
        sections.extend(grant_section(&subject, contract, told));
    }
    sections.extend(told.and_then(|(texts, teller)| value_section(&subject, texts, teller)));
    sections.extend(told.and_then(|(texts, teller)| table_section(&subject, texts, teller)));
    sections.extend(number_section(&subject));
    sections.extend(contract.map(|contract| bound_section(&subject, contract)));
    Explanation {
        language: language.to_owned(),
        title: subject.title(&manifest.titles, manifest.id.as_str()),
        head: head(&subject),
        sections,
    }
}

/// Whose law it is, for which service, and when.
fn head(subject: &Subject<'_>) -> Vec<(String, String)> {
    let Subject { manifest, definitions, words, view, .. } = subject;
    let as_of = view.day().map(|day| day.as_of);
    let code = manifest.jurisdiction.to_string();
    let found =
        definitions.places.all_published().on(&manifest.jurisdiction, as_of.unwrap_or(manifest.in_force.from()));
    let place = match found.and_then(|found| found.names.best(&subject.languages)) {
        Some(name) if name != code => format!("{name} ({code})"),
        Some(_) | None => code,
    };
    let mut days = format!("{} {}", words.from, manifest.in_force.from());
    if let Some(until) = manifest.in_force.until() {
        days.push_str(&format!(" {} {until}", words.until));
    }
    let mut head = vec![(words.place, place)];
    if let Some(service) = manifest.scope.service() {
        let titles = definitions.contracts.get(service).map(|contract| &contract.titles);
        let title = titles.map_or_else(|| service.to_string(), |titles| subject.title(titles, service.as_str()));
        head.push((words.service, format!("{title} ({service})")));
    }
    head.push((words.version, manifest.version.clone()));
    head.push((words.in_force, days));
    head.extend(as_of.map(|day| (words.as_of, day.to_string())));
    let is_shadow = manifest.shadow && *view != View::Compared;
    head.extend(is_shadow.then(|| (words.shadow, words.binds_nobody.to_owned())));
    head.extend(manifest.extends.as_ref().map(|base| (words.extends, base.to_string())));
    head.into_iter().map(|(word, what)| (word.to_owned(), what)).collect()
}
