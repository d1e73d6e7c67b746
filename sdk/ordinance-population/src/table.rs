//! Decides the people of a table, or compares two rulebooks on them, on all cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use ordinance_domain::name::FieldName;
use ordinance_engine::Engine;
use ordinance_harness::{PopulationImpact, diff_case, par_map_ordered};

use crate::case_columns::CaseColumns;
use crate::decider::Decider;
use crate::decision_columns::DecisionSchema;
use crate::table_options::{FaultPolicy, TableError, TableOptions, row_error};
use crate::table_progress::TableProgress;

/// The rows that a thread decides before it takes others.
const CHUNK_ROWS: usize = 8192;
/// The rows that are compared between two looks at whether to stop.
const COMPARED_ROWS: usize = 512;
/// The most threads of one table, whoever asks for more.
const THREADS_MAX: usize = 256;

/// Decides each row of a table of people on all cores. The batches of the result have the rows of the table in their
/// order.
///
/// # Errors
/// [`TableError`].
pub fn decide_table(
    engine: &Engine,
    (schema, batches): (&SchemaRef, &[RecordBatch]),
    decisions: &DecisionSchema,
    options: &TableOptions,
    progress: &TableProgress,
) -> Result<Vec<RecordBatch>, TableError> {
    let columns = CaseColumns::new(schema, options.defaults.clone()).map_err(TableError::Columns)?;
    let chunks = chunks(schema, batches, CHUNK_ROWS)?;
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<RecordBatch, TableError>)>> = Mutex::new(Vec::with_capacity(chunks.len()));
    let run = || {
        let mut decider = Decider::new(engine, &columns, decisions, options, progress);
        while let Some((index, chunk)) = take(&next, &chunks) {
            let decided = if progress.is_stopped() {
                Err(TableError::Stopped)
            } else {
                decider.decide(&chunk.rows, chunk.rows_before)
            };
            progress.add(chunk.rows.num_rows());
            let has_failed = decided.is_err();
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, decided));
            if has_failed {
                // Chunks before this one are taken already, so the first fault of the table is among the results.
                next.store(chunks.len(), Ordering::Relaxed);
            }
        }
    };
    let threads = options.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZero::get);
    thread::scope(|scope| (0..threads.min(THREADS_MAX).min(chunks.len())).for_each(|_| drop(scope.spawn(run))));
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, decided)| decided).collect()
}

/// Compares the decisions of two rulebooks on each row of a table of people, on all cores. `by` names the facts by
/// which the impact is grouped.
///
/// # Errors
/// [`TableError`].
pub fn compare_table(
    [old, new]: [&Engine; 2],
    (schema, batches): (&SchemaRef, &[RecordBatch]),
    by: &[FieldName],
    options: &TableOptions,
    progress: &TableProgress,
) -> Result<PopulationImpact, TableError> {
    let columns = CaseColumns::new(schema, options.defaults.clone()).map_err(TableError::Columns)?;
    let mut impact = PopulationImpact::default();
    let mut first_error = None;
    for chunk in chunks(schema, batches, COMPARED_ROWS)? {
        if progress.is_stopped() {
            return Err(TableError::Stopped);
        }
        let rows = columns.rows(&chunk.rows, chunk.rows_before);
        let compare = |row: usize| {
            let test = rows.test(row, old.rulebook())?;
            diff_case(old, new, &test, by, options.now).map_err(|error| rows.fault(row, error.to_string()))
        };
        par_map_ordered(
            0..chunk.rows.num_rows(),
            |row| (row, compare(row)),
            |(row, compared)| match compared {
                Ok(diff) => impact.add(&diff),
                Err(faults) => {
                    impact.unusable += 1;
                    first_error.get_or_insert_with(|| row_error(&columns, chunk.rows_before + row, faults));
                }
            },
        );
        progress.add(chunk.rows.num_rows());
        if let Some(error) = first_error.take().filter(|_| options.faults == FaultPolicy::Fail) {
            return Err(error);
        }
    }
    Ok(impact)
}

/// Rows of a batch, and how many rows of the table are before them.
struct Chunk {
    rows: RecordBatch,
    rows_before: usize,
}

fn chunks(schema: &SchemaRef, batches: &[RecordBatch], rows_max: usize) -> Result<Vec<Chunk>, TableError> {
    let mut chunks = Vec::new();
    let mut rows_before = 0;
    for (index, batch) in batches.iter().enumerate() {
        if batch.schema_ref().fields() != schema.fields() {
            return Err(TableError::Schema(index));
        }
        for start in (0..batch.num_rows()).step_by(rows_max) {
            let rows = batch.slice(start, rows_max.min(batch.num_rows() - start));
            chunks.push(Chunk { rows_before: rows_before + start, rows });
        }
        rows_before += batch.num_rows();
    }
    Ok(chunks)
}

fn take<'c>(next: &AtomicUsize, chunks: &'c [Chunk]) -> Option<(usize, &'c Chunk)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    chunks.get(index).map(|chunk| (index, chunk))
}
