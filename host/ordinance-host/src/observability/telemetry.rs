//! The operator's log: to standard error, as text or JSON.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat, LogLevel};
use crate::observability::panics::install_panic_hook;

/// Starts the operator's log for this process, panics included; a second call changes nothing.
pub fn install(config: &LogConfig) {
    install_panic_hook();
    let level = match config.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // Libraries may log what they received, so that only their warnings pass.
    let filter = Targets::new().with_default(LevelFilter::WARN.min(level)).with_target("ordinance", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that can't be written must not end the host.
        .log_internal_errors(false)
        .with_target(false);
    let log = tracing_subscriber::registry();
    // Only the first log of a process counts.
    let _ = match config.format {
        LogFormat::Text => log.with(layer.with_filter(filter)).try_init(),
        LogFormat::Json => log.with(layer.json().flatten_event(true).with_filter(filter)).try_init(),
    };
}
