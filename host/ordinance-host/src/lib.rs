//! The HTTP host of a rulebook.
//!
//! The only crate that knows HTTP, JSON wire types, the clock, the log and metrics. It owns the way of a request:
//! accept within limits, parse against the service's contract, take a turn, decide (in the engine), write the
//! decision log, reply. It must never decide anything itself, and no fact's value reaches a log, a metric or an error.
#![forbid(unsafe_code)]

mod callers;
mod config;
mod error;
mod fair_share;
mod front;
mod http;
mod lane;
mod language;
mod live;
mod load;
mod log;
mod metrics;
mod operations;
mod patience;
mod problem;
mod reload;
mod request_id;
mod server;
mod shadow;
mod telemetry;
mod tls;
mod traces;
mod wire;

pub mod reply;

pub use config::{BadRule, HostConfig, ReloadConfig, default_code_cache};
pub use error::HostError;
pub use http::disclosures::{DisclosureFault, disclosure_reply};
pub use http::openapi;
pub use live::CurrentRulebook;
pub use reload::{ReloadOutcome, Reloaded, RulebookLoader, SelfTest, SelfTestFailure};
pub use server::{Host, Stop, load_rulebook};
pub use telemetry::install as install_telemetry;
