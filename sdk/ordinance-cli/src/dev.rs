//! `ordinance dev`: builds and serves a rulebook, and rebuilds and reloads it after each change of a file. Only rules
//! of which a file changed are built again, and those in Rust only if they may be made of it. If a change breaks the
//! definitions, the last good rulebook stays in use.

use std::path::Path;
use std::sync::Arc;

use ordinance_host::{CurrentRulebook, HostConfig, host_sandbox, install_telemetry, start_engine};
use ordinance_sandbox::Sandbox;

use crate::arguments::DevArguments;
use crate::build::{self, KeptRules};
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::key::new_key;
use crate::rulebook::development_log;
use crate::serve::{check_unsigned, config, serve};
use crate::source_trust::SourceTrust;
use crate::terminal;
use crate::terminal::print_status;
use crate::watch::{Watch, print_unwatched};

pub(crate) fn run(arguments: &DevArguments) -> Result<Exit, CommandError> {
    let (folder, trust) = (arguments.folder.path(), arguments.trust.trust());
    let mut config = config(&arguments.listen)?;
    check_unsigned(&config)?;
    install_telemetry(&config.log);
    let sandbox = host_sandbox(&config)?;
    // The watch begins before the build, which would otherwise keep rules that change while the host starts.
    let watch = folder.canonicalize().map_err(notify::Error::io).and_then(Watch::begin);
    let mut kept = KeptRules::default();
    let built = build::build(folder, None, trust, &sandbox, &mut kept)?;
    if config.decision_log.path == HostConfig::default().decision_log.path {
        config.decision_log.path = development_log(&built.out)?;
    }
    let current = CurrentRulebook::new(start_engine(&config, built.rulebook)?, &config.reload);
    let current = Arc::new(current.with_folder(built.out));
    let key = new_key();
    let console_key = (is_local(&config) && config.add_console_caller(&key)).then_some(key.as_str());
    let folder = folder.to_owned();
    let watched_config = config.clone();
    let watched = Arc::clone(&current);
    serve(config, current, None, console_key, move |_| {
        let watch = match watch {
            Ok(watch) => watch,
            Err(error) => return print_unwatched(&error),
        };
        watch.on_change(move |changed| {
            print_status!("a file changed; building");
            kept.forget_changed(changed);
            match rebuild(&folder, trust, (&watched_config, &sandbox), &watched, &mut kept) {
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

/// Whether only programs of this machine reach the host.
fn is_local(config: &HostConfig) -> bool {
    config.listen.address.ip().is_loopback()
}

/// Builds the folder and takes the new rulebook. Returns how many of its rules can't run.
fn rebuild(
    folder: &Path,
    trust: SourceTrust,
    (config, sandbox): (&HostConfig, &Sandbox),
    current: &CurrentRulebook,
    kept: &mut KeptRules,
) -> Result<usize, CommandError> {
    let built = build::build(folder, None, trust, sandbox, kept)?;
    current.swap(start_engine(config, built.rulebook)?);
    Ok(built.broken)
}
