//! Maps items in parallel and keeps their order.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The number of items held in memory: enough to keep all cores busy.
const BATCH_SIZE: usize = 4096;

/// Maps every item on as many threads as there are cores, and passes the results to `each` in the order of the items.
/// At most 4096 items (`BATCH_SIZE`) are held in memory.
pub fn par_map_ordered<T: Send, R: Send>(
    items: impl Iterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    mut each: impl FnMut(R),
) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    // The loop requests another batch after the last one; an iterator that isn't fused may then return items again.
    let mut items = items.fuse();
    loop {
        let mut batch: Vec<T> = items.by_ref().take(BATCH_SIZE).collect();
        if batch.is_empty() {
            return;
        }
        let share = batch.len().div_ceil(threads);
        let mut shares = Vec::with_capacity(threads);
        while !batch.is_empty() {
            let rest = batch.split_off(share.min(batch.len()));
            shares.push(std::mem::replace(&mut batch, rest));
        }
        thread::scope(|scope| {
            let work = &work;
            let spawn = |share: Vec<T>| scope.spawn(move || share.into_iter().map(work).collect::<Vec<R>>());
            let threads: Vec<_> = shares.into_iter().map(spawn).collect();
            for thread in threads {
                match thread.join() {
                    Ok(results) => results.into_iter().for_each(&mut each),
                    // Continue a panic in the calling thread.
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
    }
}

/// Maps items on as many threads as there are cores, up to the first item whose result ends the search; each thread has
/// a state of its own. The results are those of the items up to it, in their order, whatever the number of threads.
pub(crate) fn par_until<T: Sync, S, R: Send>(
    items: &[T],
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
    ends: impl Fn(&R) -> bool + Sync,
) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let last = AtomicUsize::new(usize::MAX);
    let run = || {
        let mut state = state();
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index).filter(|_| index <= last.load(Ordering::Relaxed)) else { break };
            let result = work(&mut state, item);
            if ends(&result) {
                last.fetch_min(index, Ordering::Relaxed);
            }
            results.push((index, result));
        }
        results
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let joined = threads.into_iter().flat_map(|thread| match thread.join() {
            Ok(results) => results,
            // Continue a panic in the calling thread.
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.collect()
    });
    results.sort_by_key(|(index, _)| *index);
    let last = last.into_inner();
    results.into_iter().take_while(|(index, _)| *index <= last).map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_and_none_is_lost() {
        for count in [0, 1, 5, BATCH_SIZE, 2 * BATCH_SIZE + 7] {
            let mut got = Vec::new();
            par_map_ordered(0..count, |item| item * 2, |result| got.push(result));
            assert_eq!(got, (0..count).map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_results_up_to_the_first_that_ends_the_search_are_the_same_on_any_number_of_threads() {
        let items: Vec<usize> = (0..200).collect();
        let found = par_until(&items, || (), |(), item| *item, |item| *item == 57 || *item == 120);
        assert_eq!(found, (0..=57).collect::<Vec<_>>());
        assert_eq!(par_until(&items, || (), |(), item| *item, |_| false), items);
        assert_eq!(par_until(&[], || (), |(), item: &usize| *item, |_| true), Vec::<usize>::new());
    }

    #[test]
    fn items_end_at_the_first_end_of_their_iterator() {
        let mut calls = 0;
        let items = std::iter::from_fn(|| {
            calls += 1;
            (calls != 3).then_some(calls)
        });
        let mut results = Vec::new();
        par_map_ordered(items, |item| item, |result| results.push(result));
        assert_eq!(results, [1, 2]);
    }
}
