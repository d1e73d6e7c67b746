//! The cache of plans of law. Requests for the law of one place on many days lead to few plans.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ordinance_domain::query::CaseQuery;

use crate::law_plan::LawPlan;

/// Plans by query. Each thread has a shard, with plans of its own, so that threads don't wait for each other and share
/// no counter of references. A shard is a table of sets: a plan is in the set of its place and service, and a new one
/// takes the place of the oldest of its set, so no caller can fill the memory. The hash has a secret key, so no caller
/// can choose of which other place it replaces the plans.
pub(crate) struct PlanCache {
    shards: [Shard; SHARDS],
    hasher: RandomState,
}

/// Threads beyond this number share shards.
const SHARDS: usize = 4;
/// The sets of a shard.
const SETS: usize = 256;
/// The most plans of a set.
const PLANS_MAX: usize = 4;

// On cache lines of its own, so that a thread doesn't slow down the one of the next shard.
#[derive(Default)]
#[repr(align(128))]
struct Shard(Mutex<Vec<PlanSet>>);

/// The oldest plan first.
type PlanSet = Vec<Arc<LawPlan>>;

impl Default for PlanCache {
    fn default() -> Self {
        Self { shards: Default::default(), hasher: RandomState::new() }
    }
}

impl PlanCache {
    /// The plan that a query leads to, or else the one that `make` makes.
    ///
    /// # Errors
    /// The error of `make`; it isn't cached.
    pub(crate) fn get_or_make<E>(
        &self,
        query: &CaseQuery,
        make: impl FnOnce() -> Result<LawPlan, E>,
    ) -> Result<Arc<LawPlan>, E> {
        let hash = self.hasher.hash_one((&query.jurisdiction, &query.service));
        let index = usize::try_from(hash % SETS as u64).unwrap_or_default();
        let Some(Shard(sets)) = self.shards.get(shard_of_thread()) else { return make().map(Arc::new) };
        let find = |sets: &[PlanSet]| sets.get(index)?.iter().find(|plan| plan.answers(query)).cloned();
        if let Some(plan) = find(&sets.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(plan);
        }
        let plan = Arc::new(make()?);
        let mut sets = sets.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.is_empty() {
            sets.resize_with(SETS, PlanSet::new);
        }
        if let Some(set) = sets.get_mut(index) {
            if set.len() >= PLANS_MAX {
                set.remove(0);
            }
            set.push(Arc::clone(&plan));
        }
        Ok(plan)
    }
}

/// The shard of the running thread.
fn shard_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: usize = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    }
    SHARD.with(|shard| *shard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law_plan::tests::{plan_for, query};

    fn len(cache: &PlanCache) -> usize {
        let count = |shard: &Shard| shard.0.lock().unwrap().iter().map(Vec::len).sum::<usize>();
        cache.shards.iter().map(count).sum()
    }

    #[test]
    fn a_query_finds_the_plan_of_its_days_alone() {
        let cache = PlanCache::default();
        let made = std::cell::Cell::new(0);
        let ask = |place: &str, day: &str| {
            let query = query(place, day);
            let make = || {
                made.set(made.get() + 1);
                Ok::<_, ()>(plan_for(&query))
            };
            cache.get_or_make(&query, make).unwrap();
            made.get()
        };
        assert_eq!(ask("N", "2026-01-01"), 1);
        assert_eq!(ask("N", "2026-01-01"), 1);
        assert_eq!(ask("N", "2026-01-02"), 2);
        assert_eq!(ask("N-1", "2026-01-01"), 3);
        assert_eq!(ask("N", "2026-01-01"), 3);
    }

    #[test]
    fn an_error_is_not_cached() {
        let cache = PlanCache::default();
        assert!(cache.get_or_make(&query("N", "2026-01-01"), || Err(())).is_err());
        assert_eq!(len(&cache), 0);
    }

    #[test]
    fn no_number_of_queries_fills_the_memory() {
        let cache = PlanCache::default();
        for number in 0..3 * SETS * PLANS_MAX {
            let query = query(&format!("N-{number}"), "2026-01-01");
            cache.get_or_make(&query, || Ok::<_, ()>(plan_for(&query))).unwrap();
        }
        // This thread has one shard.
        assert!(len(&cache) <= SETS * PLANS_MAX, "{}", len(&cache));
    }
}
