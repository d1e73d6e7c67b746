//! The epoch ticker: one thread for the whole sandbox, so that a deadline costs a call one comparison.

use std::time::Duration;

use wasmtime::Engine;

/// How often the epoch moves, in milliseconds: the grain of every deadline.
pub(crate) const TICK_MS: u64 = 1;

/// Starts the thread that moves the engine's epoch. It ends when the engine is gone.
pub(crate) fn start(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new().name("epoch-ticker".to_owned()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(Duration::from_millis(TICK_MS));
        }
    })?;
    Ok(())
}
