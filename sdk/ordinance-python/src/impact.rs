//! The impact of a new rulebook on a population, in Python.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Decimal128Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use ordinance_domain::value::Decimal;
use ordinance_engine::Engine;
use ordinance_harness::{
    ComparedPeople, ImpactGroup, ImpactReport, OutcomeChange, PopulationComparison, PopulationImpact, groups_by_size,
    impact_html,
};
use ordinance_pages::ReadingLanguage;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::bad_argument;
use crate::table::to_pyarrow;

/// How many people gain or lose under a new rulebook, and by how much.
#[pyclass(frozen, name = "Impact", module = "ordinance")]
pub(crate) struct PyImpact {
    pub(crate) impact: PopulationImpact,
    pub(crate) old: Arc<Engine>,
    pub(crate) new: Arc<Engine>,
}

#[pymethods]
impl PyImpact {
    /// The number of people that were compared.
    #[getter]
    fn size(&self) -> u64 {
        self.impact.all.size()
    }

    /// The number of people whose outcome changes.
    #[getter]
    fn changed(&self) -> u64 {
        self.impact.changed()
    }

    /// The number of people by change: `same`, `gains`, `loses` and others.
    #[getter]
    fn people(&self) -> BTreeMap<&'static str, u64> {
        OutcomeChange::ALL.iter().map(|change| (change.as_str(), self.impact.all.count(*change))).collect()
    }

    /// The totals that are granted, by the field of the grant: before and after.
    #[getter]
    fn totals(&self) -> BTreeMap<String, (Decimal, Decimal)> {
        self.impact.all.totals.iter().map(|(name, total)| (name.clone(), (total.old, total.new))).collect()
    }

    /// The number of rows that are no cases under one of the rulebooks.
    #[getter]
    fn unusable(&self) -> u64 {
        self.impact.unusable
    }

    /// The number of people whose outcome is open for want of facts that privacy law withholds.
    #[getter]
    fn open_by_privacy(&self) -> u64 {
        self.impact.open_by_privacy.represented()
    }

    /// A PyArrow table of the groups by `jurisdiction`, `service`, or a fact or column that `by` named: `group`,
    /// `people`, the number of people by change, and the totals before and after of each field that is granted.
    fn groups<'py>(&self, py: Python<'py>, by: &str) -> PyResult<Bound<'py, PyAny>> {
        let groups = match by {
            "jurisdiction" => &self.impact.by_jurisdiction,
            "service" => &self.impact.by_service,
            fact => self.impact.by_column.get(fact).ok_or_else(|| {
                let known: Vec<&str> = self.impact.by_column.keys().map(String::as_str).collect();
                bad_argument(format!(
                    "there are no groups by `{by}`; the comparison has those by jurisdiction, service{}{}, and by the \
                     facts and columns that its argument `by` names",
                    if known.is_empty() { "" } else { ", " },
                    known.join(", ")
                ))
            })?,
        };
        let batch = group_table(groups).map_err(|error| bad_argument(error.to_string()))?;
        let schema = batch.schema();
        to_pyarrow(py, vec![batch], schema)
    }

    /// Everything as a dict, as `ordinance impact --json` prints it.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let json = serde_json::to_string(&ImpactReport::new(&self.impact, 1))
            .map_err(|error| bad_argument(error.to_string()))?;
        py.import("json")?.call_method1("loads", (json,))
    }

    /// The report as a page of HTML that needs no network. `language` is `en` or `zh`.
    #[pyo3(signature = (language = "en"))]
    fn to_html(&self, language: &str) -> String {
        let (old, new) = (self.old.rulebook(), self.new.rulebook());
        let comparison = PopulationComparison {
            people: ComparedPeople::OfFile,
            impact: &self.impact,
            old,
            new,
            budgets: &[],
            published: None,
        };
        let language = ReadingLanguage::of_wanted(&[language.to_owned()]);
        let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date().to_string();
        impact_html(&comparison, "ordinance.Rulebook.diff", &today, language)
    }

    fn __repr__(&self) -> String {
        let count = |change| self.impact.all.count(change);
        let (gain, lose) = (count(OutcomeChange::Gains), count(OutcomeChange::Loses));
        format!("Impact({} of {} people change: {gain} gain, {lose} lose)", self.changed(), self.size())
    }

    /// The number of people by change and the totals, as a table of HTML for notebooks.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let rows = PyDict::new(py);
        for (change, count) in self.people() {
            rows.set_item(change, count)?;
        }
        py.import("ordinance._html")?.call_method1("impact", (rows, self.totals()))?.extract()
    }
}

fn group_table(groups: &BTreeMap<String, ImpactGroup>) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let mut amounts: Vec<&String> = groups.values().flat_map(|group| group.totals.keys()).collect();
    amounts.sort_unstable();
    amounts.dedup();
    let groups = groups_by_size(groups);
    let mut names = StringBuilder::new();
    groups.iter().for_each(|(name, _)| names.append_value(name));
    let count = |counts: &mut dyn Iterator<Item = u64>| -> ArrayRef {
        let mut column = Int64Builder::new();
        counts.for_each(|count| column.append_value(i64::try_from(count).unwrap_or(i64::MAX)));
        Arc::new(column.finish())
    };
    let mut fields = vec![Field::new("group", DataType::Utf8, false), Field::new("people", DataType::Int64, false)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(names.finish()), count(&mut groups.iter().map(|(_, group)| group.size()))];
    for change in OutcomeChange::ALL {
        fields.push(Field::new(change.as_str(), DataType::Int64, false));
        columns.push(count(&mut groups.iter().map(|(_, group)| group.count(change))));
    }
    for name in amounts {
        for (when, is_old) in [("old", true), ("new", false)] {
            let totals = groups.iter().map(|(_, group)| {
                let total = group.totals.get(name).cloned().unwrap_or_default();
                if is_old { total.old } else { total.new }
            });
            let column = decimals(&totals.collect::<Vec<_>>())?;
            fields.push(Field::new(format!("{name}.{when}"), column.data_type().clone(), false));
            columns.push(column);
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// A column of decimal numbers with as many digits after the point as one of them has.
fn decimals(numbers: &[Decimal]) -> Result<ArrayRef, arrow_schema::ArrowError> {
    let scale = numbers.iter().map(Decimal::scale).max().unwrap_or_default();
    let mut column = Decimal128Builder::new();
    for number in numbers {
        let mut number = *number;
        number.rescale(scale);
        column.append_value(number.mantissa());
    }
    let scale = i8::try_from(scale).unwrap_or(i8::MAX);
    Ok(Arc::new(column.finish().with_precision_and_scale(38, scale)?))
}
