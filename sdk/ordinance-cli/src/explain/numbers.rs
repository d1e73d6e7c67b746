//! The numbers of a rule with their days, in the order in which its manifest declares them.

use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::provision::Provision;
use ordinance_harness::{ExplainedPart, ExplainedSection, ExplainedTable};

use super::grid::grid;
use super::parts::{provision_of, with_unit};
use super::subject::{Subject, View};

/// The numbers over time, or those of a day; `None` if there are none.
pub(super) fn number_section(subject: &Subject<'_>) -> Option<ExplainedSection> {
    let mut numbers: Vec<&Parameter> = subject.manifest.parameters.iter().collect();
    if subject.view != View::Compared {
        numbers.sort_by_key(|number| subject.declared.position(number.name.as_str()));
    }
    let parts: Vec<ExplainedPart> = numbers.into_iter().map(|number| number_part(subject, number)).collect();
    let heading = subject.words.numbers.to_owned();
    (!parts.is_empty()).then(|| ExplainedSection { heading, parts, ..ExplainedSection::default() })
}

fn number_part(subject: &Subject<'_>, number: &Parameter) -> ExplainedPart {
    let words = subject.words;
    let values: Vec<&DatedValue> = match subject.view.day() {
        Some(day) => number.on(day).into_iter().collect(),
        None => number.values.iter().collect(),
    };
    let no_value = subject.view.day().filter(|_| values.is_empty());
    let no_value = no_value.map(|day| words.no_value_on.replace("{0}", &day.as_of.to_string()));
    let pending = number.pending.iter().map(|pending| format!("{}: {pending}", words.pending));
    let part = ExplainedPart {
        title: with_unit(subject.title(&number.titles, number.name.as_str()), number.unit.as_ref()),
        name: number.name.to_string(),
        prose: no_value.into_iter().chain(pending).collect(),
        ..ExplainedPart::default()
    };
    if values.is_empty() && subject.view != View::Compared {
        return part;
    }
    let fields = subject.declared.fields(number.name.as_str());
    match grid(&values, fields, words).filter(|_| subject.view != View::Compared) {
        Some(table) => with_grid(subject, part, &values, table),
        None => ExplainedPart { table: Some(rows(subject, &values)), ..part },
    }
}

/// A number by keys and days. What sets its values is said once, or of each day.
fn with_grid(
    subject: &Subject<'_>,
    mut part: ExplainedPart,
    values: &[&DatedValue],
    table: ExplainedTable,
) -> ExplainedPart {
    let provisions: Vec<Option<&Provision>> = values.iter().map(|dated| dated.provision.as_ref()).collect();
    match provisions.as_slice() {
        [Some(first), others @ ..] if others.iter().all(|other| *other == Some(first)) => {
            part.provision = Some(provision_of(first));
        }
        _ => {
            let of_day = |dated: &&DatedValue| Some(format!("{}: {}", dated.from, dated.provision.as_ref()?));
            let said = values.iter().filter_map(of_day).map(|said| format!("{} {said}", subject.words.from));
            part.prose.extend(said);
        }
    }
    ExplainedPart { table: Some(table), ..part }
}

/// A row for each value, with its days and its article.
fn rows(subject: &Subject<'_>, values: &[&DatedValue]) -> ExplainedTable {
    let words = subject.words;
    let row = |dated: &&DatedValue| {
        let until = dated.until.map(|until| format!(" {} {until}", words.until)).unwrap_or_default();
        let published = dated.published.filter(|_| subject.view != View::Compared);
        let published = published.map(|day| format!(" ({})", words.published.replace("{0}", &day.to_string())));
        let provision = dated.provision.as_ref().map(Provision::to_string).unwrap_or_default();
        vec![format!("{}{until}{}", dated.from, published.unwrap_or_default()), dated.value.to_plain(), provision]
    };
    let columns = [words.from, words.value, words.provision].map(str::to_owned).to_vec();
    ExplainedTable { columns, rows: values.iter().map(row).collect(), grid: None }
}
