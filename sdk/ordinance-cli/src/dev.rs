//! `ordinance dev`: builds and serves a rulebook, and rebuilds and reloads it after each change of a file. Rules in
//! Rust are compiled again only if a file changed of which they may be made. If a change breaks the definitions, the
//! last good rulebook stays in use.

use std::path::Path;
use std::sync::Arc;

use ordinance_host::{CurrentRulebook, HostConfig, install_telemetry, load_engine};

use crate::arguments::DevArguments;
use crate::build::{self, KeptCode};
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::rulebook::development_log;
use crate::serve::{config, serve};
use crate::source::io_error;
use crate::terminal;
use crate::terminal::print_status;
use crate::trust::SourceTrust;
use crate::watch::on_change;

pub(crate) fn run(arguments: &DevArguments) -> Result<Exit, CommandError> {
    let mut kept = KeptCode::default();
    let built = build::build_keeping(arguments.folder.path(), arguments.trust.trust(), &mut kept)?;
    let mut config = config(&arguments.listen)?;
    if config.decision_log.path == HostConfig::default().decision_log.path {
        config.decision_log.path = development_log(&built.out)?;
    }
    install_telemetry(&config.log);
    let current = Arc::new(CurrentRulebook::new(load_engine(&config, &built.out)?, &config.reload));
    let folder = arguments.folder.path();
    let folder = folder.canonicalize().map_err(|source| io_error("read", folder, source))?;
    let watched_config = config.clone();
    let watched = Arc::clone(&current);
    let trust = arguments.trust.trust();
    serve(config, current, None, move |_| {
        on_change(folder.clone(), move |changed| {
            print_status!("a file changed; building");
            kept.forget_changed(changed);
            match rebuild(&folder, trust, &watched_config, &watched, &mut kept) {
                Ok(0) => print_status!("the new rulebook is in use"),
                Ok(broken) => print_status!(
                    "the new rulebook is in use, in which {} can't run; see the errors above",
                    counted(broken, "rule", "rules")
                ),
                Err(error) => {
                    terminal::print_command_error(&error);
                    print_status!("the last good rulebook stays in use");
                }
            }
        });
    })?;
    Ok(Exit::Good)
}

/// Builds the folder and takes the new rulebook. Returns how many of its rules can't run.
fn rebuild(
    folder: &Path,
    trust: SourceTrust,
    config: &HostConfig,
    current: &CurrentRulebook,
    kept: &mut KeptCode,
) -> Result<usize, CommandError> {
    let built = build::build_keeping(folder, trust, kept)?;
    current.swap(load_engine(config, &built.out)?);
    Ok(built.broken)
}
