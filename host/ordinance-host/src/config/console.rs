//! Which callers of the settings may read the console.

use ordinance_engine::digest::sha256;

use super::{CallerConfig, HostConfig};

/// The name of the caller that a program adds for the console of one run.
const CONSOLE_OF_RUN: &str = "console-of-this-run";

impl HostConfig {
    /// Whether a caller may read the console, which is served then.
    #[must_use]
    pub fn has_console(&self) -> bool {
        self.callers.iter().any(|caller| caller.console)
    }

    /// Adds a caller that may read the console of all places, and ask for nothing else, with a key that the program has
    /// made for this run, and says whether it did: nothing is added where nobody else could call, so that this is told.
    pub fn add_console_caller(&mut self, key: &str) -> bool {
        let has_callers = self.open_door || !self.callers.is_empty();
        if has_callers {
            let reader = CallerConfig::portal(CONSOLE_OF_RUN, &[], &["*".to_owned()]);
            let key_sha256 = Some(sha256(key.as_bytes()).hex());
            let purposes = Vec::new();
            self.callers.push(CallerConfig {
                kind: "auditor".to_owned(),
                console: true,
                key_sha256,
                purposes,
                ..reader
            });
        }
        has_callers
    }
}
