//! Disables core dumps of the process, which would hold facts.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Disables core dumps, which would hold the facts of the last requests, and keeps other processes of the same user
/// from reading the memory of this one.
pub(crate) fn disable_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited = setrlimit(Resource::Core, none).and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable));
    if let Err(error) = limited {
        tracing::warn!(%error, "a crash may leave a core dump with facts in it");
    }
}
