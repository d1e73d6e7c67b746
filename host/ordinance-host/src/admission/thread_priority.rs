//! The priority of a thread whose work must never delay a decision.

use rustix::process::setpriority_process;

/// Makes this thread give way to the others of the machine: `niceness` is from 0, as before, to 19, only what they
/// leave. Linux counts it for the thread alone.
pub(crate) fn give_way(niceness: i32) {
    if let Err(error) = setpriority_process(None, niceness) {
        tracing::debug!(target: "ordinance", %error, "a thread keeps its priority");
    }
}
