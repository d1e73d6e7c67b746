//! Which cores a benchmark and the servers that it starts run on.

use std::ops::Range;

use rustix::thread::{CpuSet, sched_setaffinity};

/// Keeps this thread, and what it starts from now on, on some cores.
pub(crate) fn stay_on(cores: Range<usize>) {
    let mut set = CpuSet::new();
    cores.for_each(|core| set.set(core));
    sched_setaffinity(None, &set).unwrap();
}
