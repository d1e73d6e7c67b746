//! The epoch ticker: one thread for the whole sandbox, so that a deadline costs a call one comparison.

use std::io;
use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// The time between two epochs, in milliseconds: the grain of every deadline.
pub(crate) const TICK_MS: u64 = 1;

/// Starts the thread that advances the engine's epoch. The thread ends when the engine is gone.
pub(crate) fn start(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new().name("epoch-ticker".to_owned()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(Duration::from_millis(TICK_MS));
        }
    })?;
    Ok(())
}
