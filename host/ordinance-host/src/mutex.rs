//! Mutexes whose content stays valid when a thread panics while it has the lock: each change is made as a whole.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, also after such a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
