//! The parts of an explanation, each made from a part of the manifest, the contract and the expressions.

use ordinance_domain::bounds::Bound;
use ordinance_domain::calendar::{Date, LawDay, Timeline};
use ordinance_domain::contract::Contract;
use ordinance_domain::provision::Provision;
use ordinance_domain::titles::Titles;
use ordinance_domain::unit::Unit;
use ordinance_feel::rule_text::TableText;
use ordinance_feel::source_text::TextId;
use ordinance_harness::{ExplainedPart, ExplainedProvision, ExplainedSection, ExplainedTable};

use super::prose::Teller;
use super::subject::Subject;
use crate::build::expressions::RuleTexts;

/// The texts of a rule as expressions, and who says them; `None` for a rule in another language.
pub(super) type Told<'t> = Option<(&'t RuleTexts, &'t Teller<'t>)>;

/// What the rule grants; `None` for a service that only says yes or no.
pub(super) fn grant_section(subject: &Subject<'_>, contract: &Contract, texts: Told<'_>) -> Option<ExplainedSection> {
    if contract.grant.is_empty() {
        return None;
    }
    let parts = contract.grant.iter().map(|field| {
        let found = texts.map(|(texts, teller)| {
            let found = texts.text.grant.iter().find(|(name, _)| name == field.name.as_str());
            match found {
                Some((_, text)) => (teller.value(*text), Some(code_of(texts, *text))),
                None => (vec![subject.words.left_open.to_owned()], None),
            }
        });
        let (prose, code) = found.unwrap_or_else(|| (vec![subject.words.grant_in_rust.to_owned()], None));
        ExplainedPart {
            title: with_unit(subject.title(&field.titles, field.name.as_str()), field.unit.as_ref()),
            name: field.name.to_string(),
            prose,
            code,
            ..ExplainedPart::default()
        }
    });
    let heading = subject.words.grant.to_owned();
    Some(ExplainedSection { heading, parts: parts.collect(), ..ExplainedSection::default() })
}

/// The values that have a name; `None` if there are none.
pub(super) fn value_section(subject: &Subject<'_>, texts: &RuleTexts, teller: &Teller<'_>) -> Option<ExplainedSection> {
    let parts = texts.text.defines.iter().map(|(name, text)| {
        let declared = subject.manifest.intermediates.iter().find(|told| told.name.as_str() == name);
        let title = declared.map_or_else(|| name.clone(), |told| subject.title(&told.titles, name));
        ExplainedPart {
            title: with_unit(title, declared.and_then(|told| told.unit.as_ref())),
            name: name.clone(),
            prose: teller.value(*text),
            code: Some(code_of(texts, *text)),
            ..ExplainedPart::default()
        }
    });
    let parts: Vec<ExplainedPart> = parts.collect();
    let heading = subject.words.values.to_owned();
    (!parts.is_empty()).then(|| ExplainedSection { heading, parts, ..ExplainedSection::default() })
}

/// The decision tables; `None` if there are none.
pub(super) fn table_section(subject: &Subject<'_>, texts: &RuleTexts, teller: &Teller<'_>) -> Option<ExplainedSection> {
    let parts: Vec<ExplainedPart> =
        texts.text.tables.iter().map(|table| table_part(subject, texts, teller, table)).collect();
    let heading = subject.words.tables.to_owned();
    (!parts.is_empty()).then(|| ExplainedSection { heading, parts, ..ExplainedSection::default() })
}

fn table_part(subject: &Subject<'_>, texts: &RuleTexts, teller: &Teller<'_>, table: &TableText) -> ExplainedPart {
    let titles = texts.titles.get(&table.name);
    let (lead, rows, left_out) = teller.table(table);
    let more = (left_out > 0).then(|| subject.words.more_rows.replace("{0}", &left_out.to_string()));
    ExplainedPart {
        title: titles.map_or_else(|| table.name.clone(), |titles: &Titles| subject.title(titles, &table.name)),
        name: table.name.clone(),
        prose: std::iter::once(lead).chain(more).collect(),
        code: teller.written_rows(table),
        table: Some(rows),
        ..ExplainedPart::default()
    }
}

/// What the contract lets lower levels change.
pub(super) fn bound_section(subject: &Subject<'_>, contract: &Contract) -> ExplainedSection {
    let day = subject.view.day();
    let outcome = timeline_parts(&contract.outcome, day, |kind| subject.words.outcome_bound(*kind).to_owned());
    let mut parts = vec![ExplainedPart { title: subject.words.outcome.to_owned(), ..outcome }];
    for field in &contract.grant {
        let bound = timeline_parts(&field.bound, day, |kind| subject.words.grant_bound(kind));
        parts.push(ExplainedPart {
            title: subject.title(&field.titles, field.name.as_str()),
            name: field.name.to_string(),
            ..bound
        });
    }
    ExplainedSection { heading: subject.words.bounds.to_owned(), parts, ..ExplainedSection::default() }
}

/// A bound, or several with their days; the one of a day, if a day is given.
fn timeline_parts<Kind>(
    bounds: &Timeline<Bound<Kind>>,
    day: Option<LawDay>,
    text: impl Fn(&Kind) -> String,
) -> ExplainedPart {
    let told = |bound: &Bound<Kind>| ExplainedPart {
        prose: vec![text(&bound.kind)],
        provision: Some(provision_of(&bound.provision)),
        ..ExplainedPart::default()
    };
    if let Some(day) = day {
        return bounds.on(day).map(told).unwrap_or_default();
    }
    let dated: Vec<_> = bounds.iter().collect();
    if let [only] = dated.as_slice()
        && only.from == Date::MIN
    {
        return told(&only.value);
    }
    let row = |from: Date, kind: &Kind, provision: &Provision| {
        let from = if from == Date::MIN { String::new() } else { from.to_string() };
        vec![from, text(kind), provision.to_string()]
    };
    let rows = dated.iter().map(|bound| row(bound.from, &bound.value.kind, &bound.value.provision)).collect();
    let table = ExplainedTable { columns: vec![String::new(); 3], rows, grid: None };
    ExplainedPart { table: Some(table), ..ExplainedPart::default() }
}

pub(super) fn with_unit(title: String, unit: Option<&Unit>) -> String {
    unit.map_or_else(|| title.clone(), |unit| format!("{title} ({unit})"))
}

pub(super) fn provision_of(provision: &Provision) -> ExplainedProvision {
    ExplainedProvision { text: provision.to_string(), url: provision.url.clone() }
}

/// The expression as its author wrote it, without the blanks around it.
pub(super) fn code_of(texts: &RuleTexts, text: TextId) -> String {
    texts.text.texts.0.get(text.0).map(|text| text.text.trim().to_owned()).unwrap_or_default()
}
