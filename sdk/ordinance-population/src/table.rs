//! Decides the people of a table, or compares two rulebooks on them, on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use ordinance_engine::Engine;
use ordinance_harness::{Comparison, PopulationImpact};

use crate::case_columns::CaseColumns;
use crate::comparer::{ComparedPart, ComparedTable, Comparer};
use crate::decider::Decider;
use crate::decision_columns::{DecisionColumns, DecisionSchema};
use crate::table_options::{FaultPolicy, TableError, TableOptions};
use crate::table_progress::TableProgress;

/// The rows that a thread decides before it takes others.
const CHUNK_ROWS: usize = 8192;

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
    let chunks = chunks(schema, batches)?;
    let decider = || Decider::new(engine, &columns, options, progress);
    let decide = |decider: &mut Decider<'_>, chunk: &Chunk| {
        let mut decided = DecisionColumns::new(decisions);
        decider.decide(&chunk.rows, chunk.rows_before, &mut decided)?;
        Ok(decided.finish()?)
    };
    work_on(&chunks, options, progress, decider, decide)
}

/// Compares the decisions of two rulebooks on each row of a table of people, on all cores. The reasons are looked for
/// in at most `explained_max` of those whose outcome changes.
///
/// # Errors
/// [`TableError`].
pub fn compare_table(
    engines: [&Engine; 2],
    (schema, batches): (&SchemaRef, &[RecordBatch]),
    comparison: &Comparison,
    explained_max: usize,
    options: &TableOptions,
    progress: &TableProgress,
) -> Result<PopulationImpact, TableError> {
    let columns = CaseColumns::new(schema, options.defaults.clone()).map_err(TableError::Columns)?;
    let chunks = chunks(schema, batches)?;
    let reported = TableOptions { faults: FaultPolicy::Report, ..options.clone() };
    let table = ComparedTable { engines, columns: &columns, comparison, options, progress, explained_max };
    let comparer = || Comparer::new(table, &reported);
    let whole = Mutex::new(ComparedPart::new(explained_max));
    let compare = |comparer: &mut Comparer<'_>, chunk: &Chunk| {
        let mut part = whole.lock().unwrap_or_else(PoisonError::into_inner).next_part();
        let people_before = u64::try_from(chunk.rows_before).unwrap_or(u64::MAX);
        comparer.compare(&chunk.rows, chunk.rows_before, people_before, &mut part)?;
        comparer.explain(&mut part)?;
        whole.lock().unwrap_or_else(PoisonError::into_inner).merge(part);
        Ok(())
    };
    work_on(&chunks, options, progress, comparer, compare)?;
    Ok(whole.into_inner().unwrap_or_else(PoisonError::into_inner).finish().0)
}

/// Works on each chunk, on all cores. The results are in the order of the chunks; of several faults the first one of
/// the table is the result.
fn work_on<Worker, Done: Send>(
    chunks: &[Chunk],
    options: &TableOptions,
    progress: &TableProgress,
    worker: impl Fn() -> Worker + Sync,
    work: impl Fn(&mut Worker, &Chunk) -> Result<Done, TableError> + Sync,
) -> Result<Vec<Done>, TableError> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<Done, TableError>)>> = Mutex::new(Vec::with_capacity(chunks.len()));
    let run = || {
        let mut worker = worker();
        while let Some((index, chunk)) = take(&next, chunks) {
            let done = if progress.is_stopped() { Err(TableError::Stopped) } else { work(&mut worker, chunk) };
            progress.add(chunk.rows.num_rows());
            let has_failed = done.is_err();
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, done));
            if has_failed {
                // Chunks before this one are taken already, so the first fault of the table is among the results.
                next.store(chunks.len(), Ordering::Relaxed);
            }
        }
    };
    let threads = options.threads();
    thread::scope(|scope| (0..threads.min(chunks.len())).for_each(|_| drop(scope.spawn(run))));
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, done)| done).collect()
}

/// Rows of a batch, and how many rows of the table are before them.
struct Chunk {
    rows: RecordBatch,
    rows_before: usize,
}

fn chunks(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<Chunk>, TableError> {
    let mut chunks = Vec::new();
    let mut rows_before = 0;
    for (index, batch) in batches.iter().enumerate() {
        if batch.schema_ref().fields() != schema.fields() {
            return Err(TableError::Schema(index));
        }
        for start in (0..batch.num_rows()).step_by(CHUNK_ROWS) {
            let rows = batch.slice(start, CHUNK_ROWS.min(batch.num_rows() - start));
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
