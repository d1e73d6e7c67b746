//! The parts of an explanation, each made from a part of the manifest, the contract and the expressions.

use ordinance_domain::bounds::Bound;
use ordinance_domain::calendar::{Date, Timeline};
use ordinance_domain::contract::Contract;
use ordinance_domain::parameters::{DatedValue, Parameter};
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
type Told<'t> = Option<(&'t RuleTexts, &'t Teller<'t>)>;

/// The conditions, and how they are combined.
pub(super) fn criteria_section(subject: &Subject<'_>, texts: Told<'_>) -> ExplainedSection {
    let words = subject.words;
    let criteria = subject.manifest.criteria.iter().map(|criterion| {
        let found = texts.and_then(|(texts, teller)| {
            let found = texts.text.criteria.iter().find(|written| written.id == criterion.id.as_str())?;
            Some((teller.condition(found.when), code_of(texts, found.when)))
        });
        let (said, written) = found.unzip();
        let each = criterion.each.as_ref().map(|list| format!("{} {list}", words.for_each));
        ExplainedPart {
            title: subject.title(&criterion.titles, criterion.id.as_str()),
            name: criterion.id.to_string(),
            prose: each.into_iter().chain(said.unwrap_or_default()).collect(),
            code: written,
            provision: Some(provision_of(&criterion.provision)),
            table: None,
        }
    });
    let lead = match texts.map(|(texts, teller)| (teller, texts.text.eligible)) {
        None => words.in_rust.to_owned(),
        Some((_, None)) => words.every_criterion.to_owned(),
        Some((teller, Some(when))) => {
            let said = teller.condition(when).into_iter().map(|line| format!("\n    {line}"));
            format!("{}{}", words.eligible_if, said.collect::<String>())
        }
    };
    let heading = if subject.manifest.scope.service().is_some() { words.criteria } else { words.rulings };
    ExplainedSection { heading: heading.to_owned(), lead: Some(lead), parts: criteria.collect() }
}

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
        let (prose, code) = found.unwrap_or_default();
        ExplainedPart {
            title: with_unit(subject.title(&field.titles, field.name.as_str()), field.unit.as_ref()),
            name: field.name.to_string(),
            prose,
            code,
            ..ExplainedPart::default()
        }
    });
    Some(ExplainedSection { heading: subject.words.grant.to_owned(), lead: None, parts: parts.collect() })
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
    (!parts.is_empty()).then_some(ExplainedSection { heading, lead: None, parts })
}

/// The decision tables; `None` if there are none.
pub(super) fn table_section(subject: &Subject<'_>, texts: &RuleTexts, teller: &Teller<'_>) -> Option<ExplainedSection> {
    let parts: Vec<ExplainedPart> =
        texts.text.tables.iter().map(|table| table_part(subject, texts, teller, table)).collect();
    let heading = subject.words.tables.to_owned();
    (!parts.is_empty()).then_some(ExplainedSection { heading, lead: None, parts })
}

fn table_part(subject: &Subject<'_>, texts: &RuleTexts, teller: &Teller<'_>, table: &TableText) -> ExplainedPart {
    let titles = texts.titles.get(&table.name);
    let (lead, rows, left_out) = teller.table(table);
    let more = (left_out > 0).then(|| subject.words.more_rows.replace("{0}", &left_out.to_string()));
    ExplainedPart {
        title: titles.map_or_else(|| table.name.clone(), |titles: &Titles| subject.title(titles, &table.name)),
        name: table.name.clone(),
        prose: std::iter::once(lead).chain(more).collect(),
        table: Some(rows),
        ..ExplainedPart::default()
    }
}

/// The numbers over time; `None` if there are none.
pub(super) fn number_section(subject: &Subject<'_>) -> Option<ExplainedSection> {
    let parts: Vec<ExplainedPart> =
        subject.manifest.parameters.iter().map(|number| number_part(subject, number)).collect();
    let heading = subject.words.numbers.to_owned();
    (!parts.is_empty()).then_some(ExplainedSection { heading, lead: None, parts })
}

fn number_part(subject: &Subject<'_>, number: &Parameter) -> ExplainedPart {
    let words = subject.words;
    let row = |dated: &DatedValue| {
        let until = dated.until.map(|until| format!(" {} {until}", words.until)).unwrap_or_default();
        let provision = dated.provision.as_ref().map(Provision::to_string).unwrap_or_default();
        vec![format!("{}{until}", dated.from), dated.value.to_plain(), provision]
    };
    let columns = [words.from, words.value, words.provision].map(str::to_owned).to_vec();
    ExplainedPart {
        title: with_unit(subject.title(&number.titles, number.name.as_str()), number.unit.as_ref()),
        name: number.name.to_string(),
        prose: number.pending.iter().map(|pending| format!("{}: {pending}", words.pending)).collect(),
        table: Some(ExplainedTable { columns, rows: number.values.iter().map(row).collect() }),
        ..ExplainedPart::default()
    }
}

/// What the contract lets lower levels change.
pub(super) fn bound_section(subject: &Subject<'_>, contract: &Contract) -> ExplainedSection {
    let outcome = timeline_parts(&contract.outcome, |kind| subject.words.outcome_bound(*kind).to_owned());
    let mut parts = vec![ExplainedPart { title: subject.words.outcome.to_owned(), ..outcome }];
    for field in &contract.grant {
        let bound = timeline_parts(&field.bound, |kind| subject.words.grant_bound(kind));
        parts.push(ExplainedPart {
            title: subject.title(&field.titles, field.name.as_str()),
            name: field.name.to_string(),
            ..bound
        });
    }
    ExplainedSection { heading: subject.words.bounds.to_owned(), lead: None, parts }
}

/// A bound, or several with their days.
fn timeline_parts<Kind>(bounds: &Timeline<Bound<Kind>>, text: impl Fn(&Kind) -> String) -> ExplainedPart {
    let dated: Vec<_> = bounds.iter().collect();
    if let [only] = dated.as_slice()
        && only.from == Date::MIN
    {
        return ExplainedPart {
            prose: vec![text(&only.value.kind)],
            provision: Some(provision_of(&only.value.provision)),
            ..ExplainedPart::default()
        };
    }
    let row = |from: Date, kind: &Kind, provision: &Provision| {
        let from = if from == Date::MIN { String::new() } else { from.to_string() };
        vec![from, text(kind), provision.to_string()]
    };
    let rows = dated.iter().map(|bound| row(bound.from, &bound.value.kind, &bound.value.provision)).collect();
    ExplainedPart { table: Some(ExplainedTable { columns: vec![String::new(); 3], rows }), ..ExplainedPart::default() }
}

fn with_unit(title: String, unit: Option<&Unit>) -> String {
    unit.map_or_else(|| title.clone(), |unit| format!("{title} ({unit})"))
}

fn provision_of(provision: &Provision) -> ExplainedProvision {
    ExplainedProvision { text: provision.to_string(), url: provision.url.clone() }
}

/// The expression as its author wrote it, without the blanks around it.
fn code_of(texts: &RuleTexts, text: TextId) -> String {
    texts.text.texts.0.get(text.0).map(|text| text.text.trim().to_owned()).unwrap_or_default()
}
