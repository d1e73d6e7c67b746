//! Who is eligible: the criteria that decide it, and apart from these the criteria that don't.

use ordinance_domain::manifest::Criterion;
use ordinance_feel::source_text::TextId;
use ordinance_harness::{ExplainedPart, ExplainedSection};

use super::parts::{Told, code_of, provision_of};
use super::prose::Teller;
use super::subject::{Subject, View};
use crate::build::expressions::RuleTexts;

/// The conditions and how they are combined, then the criteria on which eligibility doesn't depend.
pub(super) fn criteria_sections(subject: &Subject<'_>, texts: Told<'_>) -> Vec<ExplainedSection> {
    let told_apart = texts.filter(|_| subject.view != View::Compared);
    let used = told_apart.and_then(|(texts, teller)| teller.criteria_used(texts.text.eligible?));
    let decides = |criterion: &&Criterion| used.as_ref().is_none_or(|used| used.contains(criterion.id.as_str()));
    let (deciding, others): (Vec<&Criterion>, Vec<&Criterion>) = subject.manifest.criteria.iter().partition(decides);
    let mut sections = vec![deciding_section(subject, texts, &deciding)];
    if let (Some((texts, teller)), false) = (texts, others.is_empty()) {
        sections.push(other_section(subject, texts, teller, &others));
    }
    sections
}

fn deciding_section(subject: &Subject<'_>, texts: Told<'_>, criteria: &[&Criterion]) -> ExplainedSection {
    let words = subject.words;
    let (lead, code) = match texts.map(|(texts, teller)| (texts, teller, texts.text.eligible)) {
        None => (words.in_rust.to_owned(), None),
        Some((_, _, None)) => (words.every_criterion.to_owned(), None),
        Some((texts, teller, Some(when))) => {
            let said = teller.condition(when).into_iter().map(|line| format!("\n    {line}"));
            let code = (subject.view != View::Compared).then(|| code_of(texts, when));
            (format!("{}{}", words.eligible_if, said.collect::<String>()), code)
        }
    };
    let heading = if subject.manifest.scope.service().is_some() { words.criteria } else { words.rulings };
    let parts = criteria.iter().map(|criterion| criterion_part(subject, texts, criterion)).collect();
    ExplainedSection { heading: heading.to_owned(), lead: Some(lead), code, parts }
}

/// What is found on a case and doesn't decide who is eligible, each with what depends on it.
fn other_section(
    subject: &Subject<'_>,
    texts: &RuleTexts,
    teller: &Teller<'_>,
    criteria: &[&Criterion],
) -> ExplainedSection {
    let words = subject.words;
    let parts = criteria.iter().map(|criterion| {
        let mut part = criterion_part(subject, Some((texts, teller)), criterion);
        part.prose.splice(..0, use_of(subject, texts, teller, criterion));
        part
    });
    ExplainedSection {
        heading: words.other_criteria.to_owned(),
        lead: Some(words.other_criteria_lead.to_owned()),
        code: None,
        parts: parts.collect(),
    }
}

/// Which parts of the grant depend on a criterion; nothing for a service that grants nothing but yes or no.
fn use_of(subject: &Subject<'_>, texts: &RuleTexts, teller: &Teller<'_>, criterion: &Criterion) -> Option<String> {
    let contract = subject.manifest.scope.service().and_then(|service| subject.definitions.contracts.get(service))?;
    let depends =
        |text: TextId| teller.criteria_used(text).is_some_and(|criteria| criteria.contains(criterion.id.as_str()));
    let fields = contract
        .grant
        .iter()
        .filter(|field| texts.text.grant.iter().any(|(name, text)| name == field.name.as_str() && depends(*text)));
    let titles: Vec<String> = fields.map(|field| subject.title(&field.titles, field.name.as_str())).collect();
    match titles.is_empty() {
        true => (!contract.grant.is_empty()).then(|| subject.words.only_stated.to_owned()),
        false => Some(subject.words.used_for.replace("{0}", &titles.join(subject.words.comma))),
    }
}

fn criterion_part(subject: &Subject<'_>, texts: Told<'_>, criterion: &Criterion) -> ExplainedPart {
    let found = texts.and_then(|(texts, teller)| {
        let found = texts.text.criteria.iter().find(|written| written.id == criterion.id.as_str())?;
        Some((teller.condition(found.when), code_of(texts, found.when)))
    });
    let (said, written) = found.unzip();
    let each = criterion.each.as_ref().map(|list| format!("{} {}", subject.words.for_each, subject.fact_title(list)));
    ExplainedPart {
        title: subject.title(&criterion.titles, criterion.id.as_str()),
        name: criterion.id.to_string(),
        prose: each.into_iter().chain(said.unwrap_or_default()).collect(),
        code: written,
        provision: Some(provision_of(&criterion.provision)),
        table: None,
    }
}
