//! A run over a population in files: parts are compared on all cores, and what is found is kept in a folder, from which
//! an interrupted run goes on.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ordinance_domain::calendar::Timestamp;
use ordinance_engine::Engine;
use ordinance_harness::{CaseDefaults, Comparison, Grouping, PopulationImpact, is_of_case};

use super::compared_columns::ComparedSchema;
use super::files_error::FilesError;
use super::part::{PART_ROWS, Part};
use super::population_file::{OpenFile, PopulationFiles};
use super::row_file::{RowFile, is_whole};
use super::run_state::{RunIdentity, RunState, hold};
use crate::case_columns::CaseColumns;
use crate::comparer::{ComparedPart, ComparedTable, Comparer};
use crate::row_faults::RowFaults;
use crate::table_options::{FaultPolicy, TableError, TableOptions};
use crate::table_progress::TableProgress;

/// The version of the state in a folder.
const FORMAT: u32 = 2;
/// The time between two writings of the state.
const WRITE_INTERVAL: Duration = Duration::from_secs(2);
/// The time between two looks at how far the work is.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Where a run keeps what it finds.
#[derive(Debug, Clone)]
pub struct RunFolder {
    /// The folder of the state, which must exist.
    pub state: PathBuf,
    /// The folder of the outcome of each person; `None` if they aren't written.
    pub rows: Option<PathBuf>,
    /// Whether what another run left there is removed.
    pub restart: bool,
}

/// A comparison of two rulebooks on a population in files.
pub struct ImpactRun<'e> {
    /// The old and the new rulebook.
    pub engines: [&'e Engine; 2],
    /// The population.
    pub files: &'e PopulationFiles,
    /// The values of columns that the files don't have.
    pub defaults: CaseDefaults,
    /// What is counted.
    pub comparison: Comparison,
    /// In how many people whose outcome changes the reasons are looked for.
    pub explained_max: usize,
    /// The columns that stand beside the outcome of each person.
    pub keep: Vec<String>,
    /// Where the run keeps what it finds; `None` if an interrupted run begins anew.
    pub folder: Option<RunFolder>,
    /// How many threads work; `None` for as many as there are cores.
    pub threads: Option<std::num::NonZero<usize>>,
}

/// What a run found.
#[derive(Debug)]
pub struct FinishedRun {
    /// The impact.
    pub impact: PopulationImpact,
    /// The faults of rows that aren't compared.
    pub faults: RowFaults,
    /// The number of parts, and of those that an earlier run compared.
    pub parts: (usize, usize),
}

impl ImpactRun<'_> {
    /// Compares. `look` is called again and again with the number of people that are compared.
    ///
    /// # Errors
    /// [`FilesError`]. What was compared before stays in the folder.
    pub fn run(mut self, progress: &TableProgress, mut look: impl FnMut(u64)) -> Result<FinishedRun, FilesError> {
        let _held = self.folder.as_ref().map(|folder| hold(&folder.state)).transpose()?;
        let parts = self.files.parts();
        let identity = self.identity();
        let begun = self.begun(&identity)?;
        let mut state = match begun {
            Some(state) => state,
            None => RunState {
                identity,
                now: self.comparison.now.as_second(),
                done: vec![false; parts.len()],
                whole: ComparedPart::new(self.explained_max),
            },
        };
        // The cases of a run that goes on are those of the moment at which it began.
        self.comparison.now = Timestamp::from_second(state.now).unwrap_or(self.comparison.now);
        state.done.resize(parts.len(), false);
        let found = state.done.iter().filter(|done| **done).count();
        if let (Some(folder), Some(rows)) = (&self.folder, self.row_folder()) {
            let done = (0..).zip(&state.done).filter(|(_, done)| **done).map(|(part, _)| part);
            if let Some(part) = done.into_iter().find(|part| !is_whole(rows, *part)) {
                let reason = format!("the outcomes of its part {part} are missing, or aren't whole");
                return Err(FilesError::State { folder: folder.state.clone(), reason });
            }
        }
        let left: Vec<usize> = (0..parts.len()).filter(|part| state.done.get(*part) == Some(&false)).collect();
        let before: u64 =
            (parts.iter().zip(&state.done)).filter(|(_, done)| **done).map(|((part, _), _)| part.rows as u64).sum();
        let work = Work::new(&self, &parts, left, state, progress)?;
        let ended = work.run(|decided| look(before + decided));
        let state = work.into_state();
        if let Some(folder) = &self.folder {
            state.write(&folder.state)?;
        }
        ended?;
        let (impact, faults) = state.whole.finish();
        Ok(FinishedRun { impact, faults, parts: (parts.len(), found) })
    }

    /// The state of the run that was begun in the folder.
    fn begun(&self, identity: &RunIdentity) -> Result<Option<RunState>, FilesError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        if folder.restart {
            RunState::remove(&folder.state, folder.rows.as_deref().unwrap_or(&folder.state))?;
        }
        RunState::read(&folder.state, identity)
    }

    fn identity(&self) -> RunIdentity {
        let digest = |engine: &Engine| engine.rulebook().digest().hex();
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "in the files".to_owned());
        let listed = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let member = |name: &str, value: String| (name.to_owned(), value);
        let [old, new] = self.engines;
        let members = vec![
            member("the old rulebook", digest(old)),
            member("the new rulebook", digest(new)),
            member("the place", text(&self.defaults.jurisdiction)),
            member("the service", text(&self.defaults.service)),
            member("the day", text(&self.defaults.as_of)),
            member("the grouping", listed(self.comparison.by.iter().map(Grouping::name).collect())),
            member("the weight", self.comparison.weight.clone().unwrap_or_else(|| "none".to_owned())),
            member("what is ignored", listed(self.defaults.columns.iter().map(String::as_str).collect())),
            member("the number of people whose reasons are looked for", self.explained_max.to_string()),
            member("what is kept", listed(self.keep.iter().map(String::as_str).collect())),
            member("whether outcomes of people are written", self.row_folder().is_some().to_string()),
            member("the size of a part", PART_ROWS.to_string()),
        ];
        let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let files = self.files.files.iter().map(|file| (whole(&file.path), file.identity.clone())).collect();
        RunIdentity { format: FORMAT, members, files }
    }

    fn row_folder(&self) -> Option<&Path> {
        self.folder.as_ref()?.rows.as_deref()
    }
}

/// The work of a run.
struct Work<'r> {
    run: &'r ImpactRun<'r>,
    parts: &'r [(Part, u64)],
    /// The parts that aren't taken, the last one first.
    left: Mutex<Vec<usize>>,
    state: Mutex<(RunState, Instant)>,
    /// The error of the first part that has one.
    error: Mutex<Option<(usize, FilesError)>>,
    progress: &'r TableProgress,
    columns: Vec<CaseColumns>,
    options: TableOptions,
    schema: ComparedSchema,
}

impl<'r> Work<'r> {
    fn new(
        run: &'r ImpactRun<'r>,
        parts: &'r [(Part, u64)],
        mut left: Vec<usize>,
        state: RunState,
        progress: &'r TableProgress,
    ) -> Result<Self, FilesError> {
        left.reverse();
        let mut defaults = run.defaults.clone();
        // A kept column may be a fact of the case, or another part of it.
        let rulebooks = run.engines.map(|engine| &**engine.rulebook());
        let kept = run.keep.iter().filter(|name| !is_of_case(name, rulebooks)).cloned();
        defaults.ignore(run.comparison.columns().into_iter().chain(kept));
        let columns = run.files.files.iter().map(|file| {
            CaseColumns::new(&file.schema, defaults.clone())
                .map_err(|error| FilesError::table(&file.path, TableError::Columns(error)))
        });
        let schema = ComparedSchema::new(rulebooks, defaults.service.as_deref(), &run.keep);
        if let Some(name) = schema.taken_name() {
            return Err(FilesError::TakenName(name.to_owned()));
        }
        for file in &run.files.files {
            if let Some(name) = run.keep.iter().find(|name| file.schema.column_with_name(name).is_none()) {
                return Err(FilesError::NoColumn { path: file.path.clone(), column: name.clone() });
            }
        }
        Ok(Self {
            run,
            parts,
            left: Mutex::new(left),
            state: Mutex::new((state, Instant::now())),
            error: Mutex::new(None),
            progress,
            columns: columns.collect::<Result<_, FilesError>>()?,
            schema,
            options: TableOptions {
                defaults,
                faults: FaultPolicy::Report,
                now: run.comparison.now,
                threads: run.threads,
            },
        })
    }

    fn run(&self, mut look: impl FnMut(u64)) -> Result<(), FilesError> {
        let threads = self.options.threads().min(locked(&self.left).len());
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| self.work())).collect();
            while workers.iter().any(|worker| !worker.is_finished()) {
                thread::sleep(LOOK_INTERVAL);
                look(u64::try_from(self.progress.decided()).unwrap_or(u64::MAX));
            }
        });
        match locked(&self.error).take() {
            Some((_, error)) => Err(error),
            None if self.progress.is_stopped() => Err(FilesError::Stopped),
            None => Ok(()),
        }
    }

    /// Compares parts until none is left.
    fn work(&self) {
        let mut worker: Option<FileWorker<'_>> = None;
        loop {
            let taken = locked(&self.left).pop();
            let Some((number, (part, people_before))) =
                taken.and_then(|number| Some((number, *self.parts.get(number)?)))
            else {
                return;
            };
            if let Err(error) = self.compare(&mut worker, number, &part, people_before) {
                self.fail(number, error);
                return;
            }
        }
    }

    fn fail(&self, number: usize, error: FilesError) {
        let mut first = locked(&self.error);
        if !matches!(error, FilesError::Stopped) && first.as_ref().is_none_or(|(other, _)| number < *other) {
            *first = Some((number, error));
        }
        locked(&self.left).clear();
        self.progress.stop();
    }

    fn compare<'w>(
        &'w self,
        worker: &mut Option<FileWorker<'w>>,
        number: usize,
        part: &Part,
        people_before: u64,
    ) -> Result<(), FilesError> {
        let (Some(file), Some(columns)) = (self.run.files.files.get(part.file), self.columns.get(part.file)) else {
            return Ok(());
        };
        let path = &file.path;
        let worker = match worker {
            Some(worker) if worker.file == part.file => worker,
            _ => worker.insert(self.open(part.file, path, columns)?),
        };
        let table = |error: TableError| FilesError::table(path, error);
        let mut rows = match self.run.row_folder() {
            None => None,
            Some(folder) => {
                let schema = self.schema.schema(&file.schema).map_err(|error| table(error.into()))?;
                Some((RowFile::create(folder, number, schema.clone())?, schema))
            }
        };
        let name = path.to_string_lossy();
        let mut found = locked(&self.state).0.whole.next_part();
        let FileWorker { open, comparer, .. } = worker;
        open.read(path, part, |batch, before| {
            if self.progress.is_stopped() {
                return Err(FilesError::Stopped);
            }
            let people = people_before + (before - part.rows_before) as u64;
            let compared = comparer.compare(batch, before, people, &mut found).map_err(table)?;
            if let Some((rows, schema)) = &mut rows {
                let columns = self.schema.batch(schema, (&name, before), batch, &compared);
                rows.write(&columns.map_err(|error| table(error.into()))?)?;
            }
            self.progress.add(batch.num_rows());
            Ok(())
        })?;
        comparer.explain(&mut found).map_err(table)?;
        if let Some((rows, _)) = rows {
            rows.finish()?;
        }
        self.keep(number, found)
    }

    fn open<'w>(&'w self, file: usize, path: &Path, columns: &'w CaseColumns) -> Result<FileWorker<'w>, FilesError> {
        let table = ComparedTable {
            engines: self.run.engines,
            columns,
            comparison: &self.run.comparison,
            options: &self.options,
            progress: self.progress,
            explained_max: self.run.explained_max,
        };
        Ok(FileWorker { file, open: OpenFile::open(path)?, comparer: Comparer::new(table, &self.options) })
    }

    /// Counts what was found in a part, and writes the state from time to time.
    fn keep(&self, number: usize, found: ComparedPart) -> Result<(), FilesError> {
        // After a panic the state may have only a half of a part.
        let Ok(mut state) = self.state.lock() else { return Err(FilesError::Stopped) };
        let (state, written) = &mut *state;
        state.whole.merge(found);
        if let Some(done) = state.done.get_mut(number) {
            *done = true;
        }
        match &self.run.folder {
            Some(folder) if written.elapsed() >= WRITE_INTERVAL => {
                state.write(&folder.state)?;
                *written = Instant::now();
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn into_state(self) -> RunState {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).0
    }
}

/// What one thread has open.
struct FileWorker<'w> {
    file: usize,
    open: OpenFile,
    comparer: Comparer<'w>,
}

fn locked<Guarded>(mutex: &Mutex<Guarded>) -> MutexGuard<'_, Guarded> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
