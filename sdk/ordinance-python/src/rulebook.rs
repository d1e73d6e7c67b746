//! A rulebook in Python.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::Array;
use arrow_schema::SchemaRef;
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{Id, shortened};
use ordinance_engine::index::INDEX_FILE;
use ordinance_engine::literals::read_date;
use ordinance_engine::spelling::nearest;
use ordinance_engine::{Engine, NoObserver, Rulebook, decide};
use ordinance_harness::{
    Comparison, Distributions, Grouping, PopulationGenerator, is_of_case, parse_distributions, rules_not_in_force,
};
use ordinance_population::{DecisionSchema, TableOptions, compare_table, decide_table, people_table, texts_of};
use ordinance_sandbox::{Limits, Sandbox, SandboxConfig, SandboxError, default_code_cache};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::case::read_case;
use crate::decision::PyDecision;
use crate::errors::{RulebookError, bad_argument, case_fault, column_error, fact_name};
use crate::impact::PyImpact;
use crate::options::{day, fault_policy, now, row_defaults};
use crate::table::{ArrowTable, progress_bar, run_detached, to_pyarrow};

/// A built rulebook: the law of all its places and services.
#[pyclass(frozen, name = "Rulebook", module = "ordinance")]
pub(crate) struct PyRulebook {
    engine: Arc<Engine>,
    path: PathBuf,
}

/// How long a rule may run, so that results don't depend on the load of the machine; fuel limits it as everywhere.
const DEADLINE_MS: u64 = 10_000;

#[pymethods]
impl PyRulebook {
    /// Loads the folder that `ordinance build` wrote. With `digest`, the rulebook must be the one of this digest.
    #[new]
    #[pyo3(signature = (path, *, digest = None))]
    fn new(py: Python<'_>, path: PathBuf, digest: Option<&str>) -> PyResult<Self> {
        let path = std::path::absolute(&path).unwrap_or(path);
        let engine = py.detach(|| load(&path)).map_err(|UnusableFolderError(why)| RulebookError::new_err(why))?;
        let found = engine.rulebook().digest().to_string();
        match digest {
            Some(wanted) if wanted != found => {
                Err(RulebookError::new_err(format!("`{}` is the rulebook {found}, not {wanted}", path.display())))
            }
            Some(_) | None => Ok(Self { engine: Arc::new(engine), path }),
        }
    }

    /// The folder.
    #[getter]
    fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The digest of everything in the rulebook, as a host tells it.
    #[getter]
    fn digest(&self) -> String {
        self.rulebook().digest().to_string()
    }

    /// The ids of the services, each with its title in English, else in the first language that it has.
    #[getter]
    fn services(&self) -> Vec<(String, String)> {
        let titled = |contract: &Arc<Contract>| {
            let id = contract.service.to_string();
            (id.clone(), contract.titles.best(&[]).unwrap_or(&id).to_owned())
        };
        self.rulebook().contracts().map(titled).collect()
    }

    /// The places that have a rule for a service, by their codes.
    fn places(&self, py: Python<'_>, service: &str) -> PyResult<Vec<String>> {
        let contract = self.contract(py, service)?;
        let places = self.rulebook().rules_for(&contract.service).map(|rule| rule.head.jurisdiction.to_string());
        Ok(places.collect::<BTreeSet<String>>().into_iter().collect())
    }

    /// The facts of a service: for each a dict with `name`, `title`, `type` in words, and `unit`.
    fn facts<'py>(&self, py: Python<'py>, service: &str) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let contract = self.contract(py, service)?;
        let described = |fact: &ordinance_domain::fact::Fact| {
            let dict = PyDict::new(py);
            dict.set_item("name", fact.name.as_str())?;
            dict.set_item("title", fact.titles.best(&[]))?;
            dict.set_item("type", fact.fact_type.to_string())?;
            dict.set_item("unit", fact.unit.as_ref().map(ToString::to_string))?;
            Ok(dict)
        };
        contract.facts.iter().map(described).collect()
    }

    /// The rules that can't run, each with the reason.
    #[getter]
    fn broken(&self) -> Vec<String> {
        self.rulebook().broken_rules().map(|(head, error)| format!("{}: {error}", head.source_path())).collect()
    }

    /// Decides a case: a dict with `jurisdiction`, `service`, `facts`, and perhaps `as_of` and others of a request.
    fn decide(&self, case: &Bound<'_, PyAny>) -> PyResult<PyDecision> {
        let py = case.py();
        let case = read_case(case, self.rulebook(), now())?;
        let decision = py.detach(|| decide(&self.engine, &case, &mut NoObserver));
        let decision = decision.map_err(|error| case_fault(py, "", error.to_string()))?;
        let not_in_force = rules_not_in_force(self.rulebook(), &decision);
        Ok(PyDecision::of(decision, not_in_force))
    }

    /// The decision of a case in words: the outcome, and what each level finds, with the articles.
    #[pyo3(signature = (case, language = "en"))]
    fn explain(&self, case: &Bound<'_, PyAny>, language: &str) -> PyResult<String> {
        Ok(self.decide(case)?.text(language))
    }

    /// Decides each row of a table on all cores, or on so many threads; the rows of the result are in the order of the
    /// table.
    ///
    /// Arguments that are named for all rows count where the table has no such column, or a null in it: `jurisdiction`,
    /// `service`, `as_of`, `known_at`, `processed_on`, `recipient`, `basis`, `subject`, `people`. `keep` names columns
    /// that the result has before the decisions, such as an id or a weight; a column that is neither kept nor a fact is
    /// an error. `faults="report"` writes why a row isn't a case into the column `fault`, instead of raising
    /// `InvalidTableError`. `progress=True` shows a bar, or give a function that is called with numbers of rows.
    ///
    /// The columns of the result: `outcome`, `open` (why it isn't final), `missing`, `withheld`, `grant.FIELD`,
    /// `at_least.FIELD`, `refused_by`, `violations`, `fault`.
    #[pyo3(signature = (table, *, keep = None, faults = "raise", progress = None, threads = None, **defaults))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword of the Python function")]
    fn decide_batch<'py>(
        &self,
        py: Python<'py>,
        table: ArrowTable,
        keep: Option<Vec<String>>,
        faults: &str,
        progress: Option<&Bound<'py, PyAny>>,
        threads: Option<NonZero<usize>>,
        defaults: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (defaults, faults) = (row_defaults(defaults)?, fault_policy(faults)?);
        let options = TableOptions { defaults, faults, now: now(), threads };
        let services = py.detach(|| services_of(&table, options.defaults.service.as_deref()));
        let schema = self.schema_of(&services)?;
        let kept = table.with_columns(&kept_columns(py, &table, keep.as_deref().unwrap_or_default())?)?;
        let others = OtherColumns { kept: &[], left_out: keep.as_deref().unwrap_or_default() };
        let table = self.cases_of(py, &table, &services, others)?;
        let bar = progress_bar(py, progress, table.rows())?;
        let batches = run_detached(py, bar.as_ref(), |progress| {
            decide_table(&self.engine, (&table.schema, &table.batches), &schema, &options, progress)
        })?;
        let decided = kept.before(batches, schema.schema()).map_err(|error| bad_argument(error.to_string()))?;
        to_pyarrow(py, decided.batches, decided.schema)
    }

    /// The schema of the decisions on people of these services, as PyArrow has it.
    #[pyo3(signature = (*services))]
    fn decision_schema<'py>(&self, py: Python<'py>, services: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        for service in &services {
            self.contract(py, service)?;
        }
        let schema = self.schema_of(&services)?;
        to_pyarrow(py, Vec::new(), SchemaRef::clone(schema.schema()))?.getattr("schema")
    }

    /// Compares this rulebook, as the old one, with a new one on a table of people. `by` names facts or columns by
    /// which the impact is grouped, `weight` the column that says how many people each one stands for, `ignore` other
    /// columns that are no facts. The reasons of changes are looked for in at most `reasons` people. The other
    /// arguments are those of `decide_batch`.
    #[pyo3(signature = (
        other, population, *, by = None, weight = None, ignore = None, reasons = 1000, faults = "raise",
        progress = None, **defaults
    ))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword of the Python function")]
    fn diff<'py>(
        &self,
        py: Python<'py>,
        other: &Self,
        population: ArrowTable,
        by: Option<Vec<String>>,
        weight: Option<String>,
        ignore: Option<Vec<String>>,
        reasons: usize,
        faults: &str,
        progress: Option<&Bound<'py, PyAny>>,
        defaults: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<PyImpact> {
        let (mut defaults, faults) = (row_defaults(defaults)?, fault_policy(faults)?);
        let by = by.iter().flatten().map(|name| self.grouping(other, &population, name));
        let comparison = Comparison { by: by.collect::<PyResult<_>>()?, weight, now: now() };
        let rulebooks = [self.rulebook(), other.rulebook()];
        if let Some(name) = comparison.weight.as_deref().filter(|name| is_of_case(name, rulebooks)) {
            return Err(bad_argument(format!("the weight `{name}` is a part of the case; name another column")));
        }
        defaults.ignore(comparison.columns());
        let options = TableOptions { defaults, faults, now: comparison.now, threads: None };
        let services = py.detach(|| services_of(&population, options.defaults.service.as_deref()));
        let others = OtherColumns { kept: &options.defaults.columns, left_out: ignore.as_deref().unwrap_or_default() };
        let population = self.cases_of(py, &population, &services, others)?;
        let bar = progress_bar(py, progress, population.rows())?;
        let impact = run_detached(py, bar.as_ref(), |progress| {
            let engines = [self.engine.as_ref(), other.engine.as_ref()];
            compare_table(engines, (&population.schema, &population.batches), &comparison, reasons, &options, progress)
        })?;
        Ok(PyImpact { impact, old: Arc::clone(&self.engine), new: Arc::clone(&other.engine) })
    }

    /// A table of `n` synthetic people of a service, the same for the same `seed`. `distributions` is the text of a
    /// file as `ordinance synth --distributions` reads it.
    #[pyo3(signature = (service, n, *, jurisdiction, as_of = None, seed = 1, distributions = None))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword of the Python function")]
    fn synth<'py>(
        &self,
        py: Python<'py>,
        service: &str,
        n: usize,
        jurisdiction: &str,
        as_of: Option<&Bound<'py, PyAny>>,
        seed: u64,
        distributions: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let contract = self.contract(py, service)?;
        let place = JurisdictionCode::new(jurisdiction).map_err(|error| bad_argument(error.to_string()))?;
        let as_of = day(as_of, "as_of")?.and_then(|text| read_date(&text));
        let as_of = as_of.unwrap_or_else(|| self.rulebook().day_at(&place, now()));
        let distributions = match distributions {
            Some(text) => parse_distributions("distributions", text, contract)
                .map_err(|diagnostic| bad_argument(diagnostic.to_string()))?,
            None => Distributions::default(),
        };
        if let Some(unknown) = distributions.places().chain([&place]).find(|place| !self.rulebook().knows(place)) {
            return Err(bad_argument(format!("the rulebook has no place `{unknown}`")));
        }
        let batch = py.detach(|| {
            let mut generator = PopulationGenerator::new(contract, &distributions, place, as_of, seed);
            people_table(contract, as_of, (0..n).map(|_| generator.next_person()))
        });
        let batch = batch.map_err(|error| bad_argument(error.to_string()))?;
        let schema = batch.schema();
        to_pyarrow(py, vec![batch], schema)
    }

    /// A rulebook is sent to another process as its folder and its digest.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (PathBuf, String))> {
        let load = py.import("ordinance")?.getattr("_load")?;
        Ok((load, (self.path.clone(), self.digest())))
    }

    fn __repr__(&self) -> String {
        format!("Rulebook({:?}, digest={:?})", self.path.display().to_string(), self.digest())
    }
}

impl PyRulebook {
    fn rulebook(&self) -> &Rulebook {
        self.engine.rulebook()
    }

    fn contract(&self, py: Python<'_>, service: &str) -> PyResult<&Contract> {
        let contract = Id::new(service).ok().and_then(|id| self.rulebook().contract(&id));
        contract.map(AsRef::as_ref).ok_or_else(|| {
            let near = self.rulebook().nearest_service(service);
            let mend = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            case_fault(py, "/service", format!("unknown service `{service}`{mend}"))
        })
    }

    /// The contracts of those of these services that the rulebook has.
    fn contracts_of(&self, services: &[String]) -> Vec<&Contract> {
        let ids = services.iter().filter_map(|service| Id::new(service).ok());
        ids.filter_map(|id| self.rulebook().contract(&id).map(AsRef::as_ref)).collect()
    }

    /// The columns of decisions on these services. One that the rulebook doesn't have gives no column.
    fn schema_of(&self, services: &[String]) -> PyResult<DecisionSchema> {
        let contracts = self.contracts_of(services).into_iter();
        DecisionSchema::new(contracts).map_err(|error| bad_argument(error.to_string()))
    }

    /// The columns of a table that cases have, without others that the caller names.
    fn cases_of(
        &self,
        py: Python<'_>,
        table: &ArrowTable,
        services: &[String],
        others: OtherColumns<'_>,
    ) -> PyResult<ArrowTable> {
        let contracts = self.contracts_of(services);
        let is_member = |name: &str| ROW_MEMBERS.contains(&name) || name.starts_with("finding.");
        let is_of_case = |name: &str| {
            is_member(name) || contracts.is_empty() || contracts.iter().any(|contract| contract.fact(name).is_some())
        };
        let mut columns = Vec::new();
        for (index, field) in table.schema.fields().iter().enumerate() {
            let name = field.name().trim();
            let is_kept = others.kept.iter().any(|other| other == name);
            if is_kept || is_of_case(name) || name.starts_with("grant.") || name.starts_with("at_least.") {
                columns.push(index);
            } else if !others.left_out.iter().any(|other| other == name) {
                let facts = contracts.iter().flat_map(|contract| &contract.facts).map(|fact| fact.name.as_str());
                let near = nearest(name, facts.chain(ROW_MEMBERS)).map(|near| format!("did you mean `{near}`? "));
                let message = format!(
                    "the column `{}` is no fact of {}; {}name columns that aren't facts in `keep` (of `diff` in `ignore`)",
                    shortened(name),
                    services.join(", "),
                    near.unwrap_or_default()
                );
                return Err(column_error(py, name, &message));
            }
        }
        table.with_columns(&columns)
    }

    /// The grouping by a fact that one of the rulebooks has, or else by a column of the table.
    fn grouping(&self, other: &Self, table: &ArrowTable, name: &str) -> PyResult<Grouping> {
        if self.rulebook().fact(name).is_some() || other.rulebook().fact(name).is_some() {
            return fact_name(name).map(Grouping::Fact);
        }
        match table.schema.column_with_name(name) {
            Some(_) => Ok(Grouping::Column(name.to_owned())),
            None => {
                Err(bad_argument(format!("neither rulebook has a fact `{name}`, and the table has no such column")))
            }
        }
    }
}

/// The columns of a table that belong to no case.
#[derive(Clone, Copy)]
struct OtherColumns<'a> {
    /// Those by which people are grouped and weighed.
    kept: &'a [String],
    left_out: &'a [String],
}

/// The columns of cases that are no facts.
const ROW_MEMBERS: [&str; 13] = [
    "name",
    "jurisdiction",
    "service",
    "as_of",
    "known_at",
    "processed_on",
    "recipient",
    "basis",
    "subject",
    "people",
    "outcome",
    "missing",
    "tolerance",
];

/// The indices of the columns that are kept.
fn kept_columns(py: Python<'_>, table: &ArrowTable, keep: &[String]) -> PyResult<Vec<usize>> {
    let index = |name: &String| {
        let message = || format!("the table has no column `{}` to keep", shortened(name));
        table.column(name).ok_or_else(|| column_error(py, name, &message()))
    };
    keep.iter().map(index).collect()
}

/// The services that rows name, or that is named for all.
fn services_of(table: &ArrowTable, default: Option<&str>) -> Vec<String> {
    let Some(index) = table.column("service") else {
        return default.map(str::to_owned).into_iter().collect();
    };
    let columns: Vec<&dyn Array> = table.batches.iter().map(|batch| batch.column(index).as_ref()).collect();
    texts_of(&columns).into_iter().chain(default.map(str::to_owned)).collect()
}

/// Why a folder can't be loaded as a rulebook.
struct UnusableFolderError(String);

fn load(path: &Path) -> Result<Engine, UnusableFolderError> {
    let unusable = |error: &dyn std::fmt::Display| UnusableFolderError(error.to_string());
    if path.join("rulebook.toml").is_file() && !path.join(INDEX_FILE).is_file() {
        return Err(UnusableFolderError(format!(
            "`{}` has the sources of a rulebook; run `ordinance build {0} --out FOLDER`, and load that folder",
            path.display()
        )));
    }
    let limits = Limits { deadline_ms: DEADLINE_MS, ..Limits::default() };
    let config =
        SandboxConfig { limits, code_cache: default_code_cache(), reuses_instances: true, ..SandboxConfig::default() };
    let sandbox = match Sandbox::new(config.clone()) {
        // Without a cache a rulebook takes longer to load.
        Err(SandboxError::Cache(_)) => Sandbox::new(SandboxConfig { code_cache: None, ..config }),
        result => result,
    };
    let sandbox = sandbox.map_err(|error| unusable(&error))?;
    let rulebook = Rulebook::load(path, &sandbox).map_err(|error| unusable(&error))?;
    Ok(Engine::with_throwaway_key(rulebook))
}
