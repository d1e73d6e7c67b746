//! Arrow tables from Python and to it, and work on them without the interpreter's lock.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_pyarrow::{FromPyArrow, IntoPyArrow, Table};
use arrow_schema::{ArrowError, FieldRef, Schema, SchemaRef};
use ordinance_population::{TableError, TableProgress};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::errors::{bad_argument, column_error, table_error};

/// A table of Python: its columns and its rows, which stay where they are.
pub(crate) struct ArrowTable {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Vec<RecordBatch>,
}

impl ArrowTable {
    pub(crate) fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The index of a column by its name, around which there may be blanks.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.schema.fields().iter().position(|field| field.name().trim() == name)
    }

    /// The table with these columns.
    pub(crate) fn with_columns(&self, indices: &[usize]) -> PyResult<Self> {
        let failed = |error: ArrowError| bad_argument(error.to_string());
        let schema = Arc::new(self.schema.project(indices).map_err(failed)?);
        let batches = self.batches.iter().map(|batch| batch.project(indices)).collect::<Result<_, _>>();
        Ok(Self { schema, batches: batches.map_err(failed)? })
    }

    /// The columns of this table before those of decisions on its rows.
    pub(crate) fn before(self, decided: Vec<RecordBatch>, decisions: &SchemaRef) -> Result<Self, ArrowError> {
        let fields: Vec<FieldRef> = self.schema.fields().iter().chain(decisions.fields()).cloned().collect();
        let schema = Arc::new(Schema::new(fields));
        let mut own = self.batches.into_iter().filter(|batch| batch.num_rows() > 0);
        let (mut current, mut used) = (own.next(), 0);
        let mut batches = Vec::with_capacity(decided.len());
        for decisions in decided {
            // A batch of decisions is on rows of one batch of the table.
            if current.as_ref().is_some_and(|batch| used == batch.num_rows()) {
                (current, used) = (own.next(), 0);
            }
            let rows = decisions.num_rows();
            let kept = current.as_ref().map(|batch| batch.slice(used, rows.min(batch.num_rows() - used)));
            used += rows;
            let columns = kept.iter().flat_map(RecordBatch::columns).chain(decisions.columns()).cloned().collect();
            batches.push(RecordBatch::try_new(Arc::clone(&schema), columns)?);
        }
        Ok(Self { schema, batches })
    }
}

impl<'py> FromPyObject<'_, 'py> for ArrowTable {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if !object.hasattr("__arrow_c_stream__")? {
            return Err(PyTypeError::new_err(format!(
                "{} is no table; give a PyArrow table, or a frame of pandas (2.2 or later), Polars or DuckDB",
                object.get_type().name()?
            )));
        }
        let reader = RecordBatchStreamReader::from_pyarrow_bound(&object)?;
        let schema = arrow_array::RecordBatchReader::schema(&reader);
        // What hands out the rows may be waiting for the interpreter itself.
        let batches = object.py().detach(|| reader.collect::<Result<Vec<_>, _>>());
        let batches = batches.map_err(|error| bad_argument(format!("the table can't be read: {error}")))?;
        let py = object.py();
        let valid = py.detach(|| validate(&schema, &batches));
        valid.map_err(|error| column_error(py, &error.column, &error.to_string()))?;
        Ok(Self { schema, batches })
    }
}

/// Checks what the C interface hands over unchecked: that texts are UTF-8, and keys and offsets are within their
/// columns.
fn validate(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<(), InvalidColumnError> {
    for batch in batches {
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            // The error of the check may tell values.
            column.to_data().validate_full().map_err(|_| InvalidColumnError { column: field.name().clone() })?;
        }
    }
    Ok(())
}

/// A column that holds what its type doesn't allow.
struct InvalidColumnError {
    column: String,
}

impl std::fmt::Display for InvalidColumnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "column `{}` holds what its type doesn't allow, such as text that isn't UTF-8; ", self.column)?;
        f.write_str("read the file again with its encoding, or check the table by `table.validate(full=True)`")
    }
}

/// A table of PyArrow of these batches.
pub(crate) fn to_pyarrow<'py>(
    py: Python<'py>,
    batches: Vec<RecordBatch>,
    schema: SchemaRef,
) -> PyResult<Bound<'py, PyAny>> {
    let table = Table::try_new(batches, schema).map_err(|error| bad_argument(error.to_string()))?;
    table.into_pyarrow(py)
}

/// How often the interpreter is asked for signals, and progress is told.
const POLL: Duration = Duration::from_millis(100);

/// Lets a thread do work on a table without the interpreter's lock, and meanwhile tells the progress and looks for an
/// interrupt, which stops the work. `bar` is called with the rows done since it was last called.
pub(crate) fn run_detached<T: Send>(
    py: Python<'_>,
    bar: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&TableProgress) -> Result<T, TableError> + Send,
) -> PyResult<T> {
    let progress = TableProgress::default();
    let (sender, receiver) = sync_channel(1);
    let mut interrupted = None;
    let mut told = 0;
    let result = thread::scope(|scope| {
        let progress = &progress;
        scope.spawn(move || {
            // The receiver waits for it.
            let _ = sender.send(work(progress));
        });
        let receiver = std::sync::Mutex::new(receiver);
        loop {
            let received = py.detach(|| {
                let receiver = receiver.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                receiver.recv_timeout(POLL)
            });
            let decided = progress.decided();
            let called = match bar {
                Some(bar) if decided > told => bar.call1((decided - told,)).map(drop),
                Some(_) | None => Ok(()),
            };
            told = decided;
            if let Err(error) = called.and_then(|()| py.check_signals()) {
                progress.stop();
                interrupted.get_or_insert(error);
            }
            match received {
                Ok(result) => break Some(result),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break None,
            }
        }
    });
    match (interrupted, result) {
        (Some(error), _) => Err(error),
        (None, Some(result)) => result.map_err(|error| table_error(py, &error)),
        // The scope continues the panic of a thread.
        (None, None) => Err(bad_argument("the work ended without a result")),
    }
}

/// The bar that a function's argument `progress` asks for: `True` for one of tqdm, or a function that is called with
/// rows.
pub(crate) fn progress_bar<'py>(
    py: Python<'py>,
    progress: Option<&Bound<'py, PyAny>>,
    rows: usize,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    match progress {
        None => Ok(None),
        Some(wanted) if wanted.is_callable() => Ok(Some(wanted.clone())),
        Some(wanted) if wanted.is_truthy()? => {
            let module = py.import("ordinance._progress")?;
            module.call_method1("bar", (rows,)).map(Some)
        }
        Some(_) => Ok(None),
    }
}
