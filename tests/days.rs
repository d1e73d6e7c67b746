//! The days of a decision: which day it is in a place, and what was known on a day.

mod ends;
mod known;

mod limits;
mod local;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::calendar::Timestamp;
use ordinance_engine::{Engine, Rulebook};
use ordinance_host::Simulator;
use ordinance_sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::scenarios::write_and_build;

/// A simulator on a built rulebook, which can be asked as at any moment.
fn simulator(rulebook: &Path) -> Simulator {
    let sandbox = Sandbox::new(SandboxConfig { slots: 1, ..SandboxConfig::default() }).unwrap();
    let rulebook = Arc::new(Rulebook::load(rulebook, &sandbox).unwrap());
    Simulator::new(Engine::with_throwaway_key(rulebook))
}

/// The reply to a case, or the problem, as at a moment.
fn decide_at(simulator: &Simulator, moment: &str, case: &Value) -> Value {
    let moment: Timestamp = moment.parse().unwrap();
    let reply = simulator.reply(case.to_string().as_bytes(), moment, &[]);
    serde_json::from_slice(&reply.unwrap_or_else(|problem| panic!("{problem}"))).unwrap()
}

/// Files of a rulebook with their paths.
type Files = Vec<(String, String)>;

/// Writes a rulebook of these files over those of the scenarios of privacy, and builds it.
fn build(folder: &Path, files: &Files) -> PathBuf {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    write_and_build(folder, &files)
}

/// The case of an old resident with a low income.
fn case(place: &str) -> Value {
    json!({"jurisdiction": place, "service": "benefit", "as_of": "2026-03-01",
        "facts": {"age": 70, "resident": true, "income": "100.00"}})
}
