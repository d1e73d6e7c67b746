//! The runs of a thread: cases of one place, service and day share the selection of the law and the instances of its
//! rules.

use ordinance_domain::decision::Decision;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::Disclosure;
use ordinance_domain::query::CaseQuery;
use ordinance_engine::simulation::{PlainLevel, PlainRun, SimulationRun};
use ordinance_engine::{Case, DecideError, Engine, NoObserver, decide};

/// The most runs of a thread. Each has an instance of each rule of its chain, and each instance room for its memories.
/// Cases of further queries are decided one by one.
const RUNS_MAX: usize = 32;

/// The runs of a thread.
pub(crate) struct Runs<'e> {
    engine: &'e Engine,
    runs: Vec<Run<'e>>,
}

/// The cases of one query.
pub(crate) struct Run<'e> {
    query: CaseQuery,
    kind: RunKind<'e>,
}

enum RunKind<'e> {
    /// One rule decides all cases that are processed so.
    Plain(Box<Disclosure>, Box<PlainRun<'e>>),
    General(Box<SimulationRun<'e>>),
}

/// A run of a thread, until it begins another batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunIndex(usize);

impl<'e> Runs<'e> {
    pub(crate) fn new(engine: &'e Engine) -> Self {
        Self { engine, runs: Vec::new() }
    }

    pub(crate) fn engine(&self) -> &'e Engine {
        self.engine
    }

    /// Makes room for the runs of a batch.
    pub(crate) fn begin_batch(&mut self) {
        if self.runs.len() == RUNS_MAX {
            self.runs.clear();
        }
    }

    /// The run of a case's query; `None` if there are too many. `given` names the facts that the table has, if their
    /// columns hold single values.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub(crate) fn run_of(&mut self, case: &Case, given: Option<&[FieldName]>) -> Result<Option<RunIndex>, DecideError> {
        if let Some(index) = self.runs.iter().rposition(|run| run.query == case.query) {
            return Ok(Some(RunIndex(index)));
        }
        if self.runs.len() == RUNS_MAX {
            return Ok(None);
        }
        let general = SimulationRun::select(self.engine, &case.query)?;
        let kind = match given.and_then(|given| PlainLevel::of(&general, case, given)) {
            None => RunKind::General(Box::new(general)),
            Some(level) => RunKind::Plain(Box::new(case.disclosure.clone()), Box::new(PlainRun::new(general, level))),
        };
        self.runs.push(Run { query: case.query.clone(), kind });
        Ok(Some(RunIndex(self.runs.len() - 1)))
    }

    /// Whether the run at an index is plain for cases that are processed as this one.
    pub(crate) fn is_plain_for(&self, index: RunIndex, case: &Case) -> bool {
        match self.runs.get(index.0).map(|run| &run.kind) {
            Some(RunKind::Plain(disclosure, _)) => **disclosure == case.disclosure && case.alternatives.is_empty(),
            Some(RunKind::General(_)) | None => false,
        }
    }

    /// The plain run at an index, if it is one.
    pub(crate) fn plain(&mut self, index: RunIndex) -> Option<&mut PlainRun<'e>> {
        match self.runs.get_mut(index.0).map(|run| &mut run.kind) {
            Some(RunKind::Plain(_, plain)) => Some(plain.as_mut()),
            Some(RunKind::General(_)) | None => None,
        }
    }

    /// Decides a case in the run of its query.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub(crate) fn decide(&mut self, case: &Case) -> Result<Decision, DecideError> {
        let run = self.run_of(case, None)?.and_then(|index| self.runs.get_mut(index.0));
        match run.map(|run| &mut run.kind) {
            Some(RunKind::Plain(_, plain)) => Ok(plain.general().decide(case)),
            Some(RunKind::General(general)) => Ok(general.decide(case)),
            None => decide(self.engine, case, &mut NoObserver),
        }
    }
}
