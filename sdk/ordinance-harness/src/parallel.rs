//! Many pieces of work on all cores, their results in order.

use std::num::NonZero;
use std::thread;

/// How many pieces are read at one time: enough to keep all cores at work, few enough to hold.
const BATCH: usize = 4096;

/// Does the work on every item, on as many threads as there are cores, and gives the results in the order of the items.
/// At most a few thousand items are held at one time, however many there are.
pub fn in_order<T: Send, R: Send>(
    items: impl Iterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
    mut each: impl FnMut(R),
) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    // The last batch is followed by a request for another one, which an iterator that has ended need not answer with none.
    let mut items = items.fuse();
    loop {
        let mut batch: Vec<T> = items.by_ref().take(BATCH).collect();
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
            let begin = |share: Vec<T>| scope.spawn(move || share.into_iter().map(work).collect::<Vec<R>>());
            let begun: Vec<_> = shares.into_iter().map(begin).collect();
            for thread in begun {
                match thread.join() {
                    Ok(done) => done.into_iter().for_each(&mut each),
                    // A defect stays one, whichever thread it is met on.
                    Err(defect) => std::panic::resume_unwind(defect),
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_and_none_is_lost() {
        for count in [0, 1, 5, BATCH, 2 * BATCH + 7] {
            let mut got = Vec::new();
            in_order(0..count, |item| item * 2, |result| got.push(result));
            assert_eq!(got, (0..count).map(|item| item * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn items_end_at_the_first_end_of_their_iterator() {
        let mut calls = 0;
        let items = std::iter::from_fn(|| {
            calls += 1;
            (calls != 3).then_some(calls)
        });
        let mut results = Vec::new();
        in_order(items, |item| item, |result| results.push(result));
        assert_eq!(results, [1, 2]);
    }
}
