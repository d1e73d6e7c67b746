//! A decision in Python.

use ordinance_domain::answer::{Finding, Grant};
use ordinance_domain::decision::{Decision, LayerStatus, Outcome};
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::field;
use ordinance_harness::{NoSources, ShortAnswer};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::value::{date, to_python};

/// What the law gives in a case, as its recipient may see it.
#[pyclass(frozen, name = "Decision", module = "ordinance")]
pub(crate) struct PyDecision {
    decision: Decision,
    /// The rules of the chain that are in force on other days, as sentences.
    not_in_force: Vec<String>,
}

/// One level of law and what its rule answered.
#[pyclass(frozen, get_all, name = "Level", module = "ordinance")]
pub(crate) struct PyLevel {
    /// The code of the place whose law the level is.
    jurisdiction: String,
    /// The rule's title; `None` if the level has no rule in force.
    title: Option<String>,
    /// `applied`, `silent`, `missing-facts`, `waiting`, `failed`, or `hidden` from the recipient.
    status: String,
    /// What the rule alone determined: `eligible`, `ineligible` or `undetermined`.
    determination: Option<String>,
    /// What the rule finds on each criterion.
    findings: Vec<Py<PyFinding>>,
    /// The bounds of upper law that the answer breaks, as `SUBJECT: BOUND (PROVISION)`.
    violations: Vec<String>,
    /// Why the rule failed.
    failure: Option<String>,
    /// The intermediate values that the rule tells, by name; `None` for one that isn't known.
    intermediates: Py<PyDict>,
}

/// What a rule finds on one criterion.
#[pyclass(frozen, get_all, name = "Finding", module = "ordinance")]
pub(crate) struct PyFinding {
    /// The id of the criterion.
    criterion: String,
    /// Its title in English, else in the first language that it has.
    title: String,
    /// The article.
    provision: String,
    /// `None` while a fact that it needs is missing.
    satisfied: Option<bool>,
    /// The index of the item of a list that it is on.
    item: Option<u32>,
}

#[pymethods]
impl PyFinding {
    fn __repr__(&self) -> String {
        let satisfied = self.satisfied.map_or("unknown", |yes| if yes { "satisfied" } else { "not satisfied" });
        format!("Finding({satisfied}: {} ({}))", self.title, self.provision)
    }
}

#[pymethods]
impl PyLevel {
    fn __repr__(&self) -> String {
        let answered = self.determination.as_ref().map(|determination| format!(": {determination}"));
        format!("Level({} {}{})", self.jurisdiction, self.status, answered.unwrap_or_default())
    }
}

impl PyDecision {
    pub(crate) fn of(decision: Decision, not_in_force: Vec<String>) -> Self {
        Self { decision, not_in_force }
    }

    fn view(&self) -> RedactedDecision<'_> {
        RedactedDecision::of(&self.decision)
    }

    fn amounts<'py>(&self, py: Python<'py>, grant: &Grant) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for declared in &self.decision.contract.grant {
            let value = grant.get(&declared.name);
            let value = value.map(|value| to_python(py, value, Some(&declared.fact_type))).transpose()?;
            dict.set_item(declared.name.as_str(), value)?;
        }
        Ok(dict)
    }

    /// The lines of the short answer.
    pub(crate) fn text(&self, language: &str) -> String {
        let view = self.view();
        let languages = [language.to_owned()];
        ShortAnswer::new(&view, self.not_in_force.clone(), &NoSources, &languages).lines().join("\n")
    }
}

#[pymethods]
impl PyDecision {
    /// The code of the place of the case; `decided_by` has the places whose law decided.
    #[getter]
    fn jurisdiction(&self) -> String {
        self.decision.place.to_string()
    }

    /// The id of the service.
    #[getter]
    fn service(&self) -> String {
        self.decision.query.service.to_string()
    }

    /// The day for which the case is decided.
    #[getter]
    fn as_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        date(py, self.decision.query.as_of)
    }

    /// The day whose published law counts.
    #[getter]
    fn known_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        date(py, self.decision.query.known_at)
    }

    /// `eligible`, `ineligible` or `undetermined`.
    #[getter]
    fn outcome(&self) -> &'static str {
        self.view().outcome().as_str()
    }

    /// Why the outcome isn't final; `None` if it is.
    #[getter]
    fn open(&self) -> Option<&'static str> {
        self.view().outcome().open().map(|open| open.as_str())
    }

    /// The facts for which the outcome waits.
    #[getter]
    fn missing(&self) -> Vec<String> {
        self.view().outcome().missing_facts().to_vec()
    }

    /// What is granted, by field; `None` unless the grant is final.
    #[getter]
    fn grant<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let view = self.view();
        match view.outcome() {
            Outcome::Eligible(grant) if !view.is_redacted() => self.amounts(py, grant).map(Some),
            Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. } | Outcome::Ineligible | Outcome::Undetermined(_) => {
                Ok(None)
            }
        }
    }

    /// What is certain of a grant that isn't final, by field.
    #[getter]
    fn at_least<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let view = self.view();
        match view.outcome() {
            Outcome::EligibleAtLeast { least, .. } if !view.is_redacted() => self.amounts(py, least).map(Some),
            Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. } | Outcome::Ineligible | Outcome::Undetermined(_) => {
                Ok(None)
            }
        }
    }

    /// Every level of law, top first.
    #[getter]
    fn levels(&self, py: Python<'_>) -> PyResult<Vec<PyLevel>> {
        self.view().layers().iter().map(|layer| level(py, layer)).collect()
    }

    /// The codes of the levels that decided.
    #[getter]
    fn decided_by(&self) -> Vec<String> {
        self.view().deciding_layers().map(|layer| layer.jurisdiction.to_string()).collect()
    }

    /// The facts that privacy law withholds from the rules.
    #[getter]
    fn withheld(&self) -> Vec<String> {
        self.view().withheld().map(|ruled| ruled.fact.to_string()).collect()
    }

    /// The facts that the rules may use and the recipient may not see.
    #[getter]
    fn hidden(&self) -> Vec<String> {
        self.view().hidden().map(|ruled| ruled.fact.to_string()).collect()
    }

    /// The facts that were given and that no rule of the place reads.
    #[getter]
    fn unread(&self) -> Vec<String> {
        self.view().undeclared().iter().map(ToString::to_string).collect()
    }

    /// The decision in words, with titles in a language as BCP 47 has it.
    #[pyo3(signature = (language = "en"))]
    fn explain(&self, language: &str) -> String {
        self.text(language)
    }

    fn __str__(&self) -> String {
        self.text("en")
    }

    fn __repr__(&self) -> String {
        let view = self.view();
        let missing = view.outcome().missing_facts();
        let missing = if missing.is_empty() { String::new() } else { format!(", missing {}", missing.join(", ")) };
        format!("Decision({}/{} {}{missing})", self.jurisdiction(), self.service(), self.outcome())
    }
}

fn level(py: Python<'_>, layer: &RedactedLayer<'_>) -> PyResult<PyLevel> {
    let rule = layer.rule.map(AsRef::as_ref);
    let (findings, status) = match &layer.status {
        LayerVisibility::Full(status) => {
            (status.answer().map_or(&[][..], |answer| &answer.findings).iter().collect(), Some(*status))
        }
        LayerVisibility::Redacted { findings, .. } => (findings.clone(), None),
    };
    let intermediates = PyDict::new(py);
    if let (Some(rule), Some(answer)) = (rule, status.and_then(LayerStatus::answer)) {
        for declared in &rule.intermediates {
            let value = field(&answer.intermediates, &declared.name);
            intermediates
                .set_item(declared.name.as_str(), value.map(|value| to_python(py, value, None)).transpose()?)?;
        }
    }
    let violation = |violation: &ordinance_domain::decision::Violation| {
        format!("{}: {} ({})", violation.subject, violation.bound, violation.provision)
    };
    Ok(PyLevel {
        jurisdiction: layer.jurisdiction.to_string(),
        title: rule.map(|rule| rule.titles.best(&[]).unwrap_or(rule.id.as_str()).to_owned()),
        status: layer.status.as_str().to_owned(),
        determination: status.and_then(LayerStatus::answer).map(|answer| answer.determination.as_str().to_owned()),
        findings: findings
            .into_iter()
            .filter_map(|finding| rule.map(|rule| Py::new(py, self::finding(rule, finding))))
            .collect::<PyResult<_>>()?,
        violations: layer.violations.iter().map(violation).collect(),
        failure: match status {
            Some(LayerStatus::Failed(error)) => Some(format!("{}: {}", error.code.as_str(), error.detail)),
            _ => None,
        },
        intermediates: intermediates.unbind(),
    })
}

fn finding(rule: &RuleHead, finding: &Finding) -> PyFinding {
    let criterion = rule.criterion(&finding.criterion);
    let id = finding.criterion.to_string();
    PyFinding {
        title: criterion.and_then(|criterion| criterion.titles.best(&[])).unwrap_or(&id).to_owned(),
        provision: criterion.map(|criterion| criterion.provision.to_string()).unwrap_or_default(),
        criterion: id,
        satisfied: finding.satisfied,
        item: finding.item,
    }
}
