//! The HTTP host of a rulebook.
//!
//! The only crate that knows HTTP, JSON wire types, the clock, the log and metrics. It owns the way of a request:
//! accept within limits, parse against the service's contract, take a turn, decide (in the engine), write the
//! decision log, reply. It must never decide anything itself, and no fact's value reaches a log, a metric or an error.
#![forbid(unsafe_code)]

mod admission;
mod api;
mod app;
mod audit;
mod clock;
mod config;
mod connection;
mod console;
mod cookies;
mod error;
mod login;
mod mutex;
mod objections;
mod observability;
mod pages;
mod portal;
mod rulebook;
mod server;
mod shown;
mod statistics;

pub use api::document::openapi;
pub use api::handlers::disclosures::{DisclosureError, disclosure_reply};
pub use api::replies::DecisionView;
pub use api::simulator::{SimulationError, Simulator};
pub use config::{Activation, BadRule, ConfigError, HostConfig, ReloadConfig, RulesConfig};
pub use error::HostError;
pub use observability::telemetry::install as install_telemetry;
pub use rulebook::activation::ActivationError;
pub use rulebook::current::CurrentRulebook;
pub use rulebook::load::{host_sandbox, start_engine};
pub use rulebook::reload::{RulebookLoader, SelfTest, SelfTestError, SelfTestFailure};
pub use rulebook::reload_report::{ReloadOutcome, ReloadReport};
pub use server::{Host, Stop, check_config};
