//! `ordinance serve`: serves a built rulebook over HTTP until SIGINT or SIGTERM.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ordinance_engine::Rulebook;
use ordinance_engine::index::{INDEX_FILE, RULES_FOLDER};
use ordinance_host::{
    CurrentRulebook, Host, HostConfig, HostError, RulebookLoader, Stop, check_config, install_telemetry,
};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{ListenArguments, ServeArguments};
use crate::compile::host_compiler;
use crate::exit::{CommandError, Exit};
use crate::self_test::failing_rules;
use crate::source::{Folder, kind_of};
use crate::terminal;
use crate::terminal::print_status;
use crate::watch::{Watch, print_unwatched};

pub(crate) fn run(arguments: &ServeArguments) -> Result<Exit, CommandError> {
    let config = config(&arguments.listen)?;
    if config.rulebook.repository.is_none() {
        check_folder(arguments.folder.path())?;
        check_unsigned(&config)?;
    } else if let Some(folder) = arguments.folder.named() {
        return Err(CommandError::bad_use(
            format!("rulebook.repository is set, and the folder `{}` is named too", folder.display()),
            "leave the folder out, or remove rulebook.repository from the settings",
        ));
    }
    install_telemetry(&config.log);
    let (loader, engine) = match RulebookLoader::open_repository(&config, Box::new(failing_rules))? {
        Some(opened) => opened,
        None => RulebookLoader::open(&config, arguments.folder.path(), Box::new(failing_rules))?,
    };
    if arguments.check_config {
        return check(&config, &loader, engine.rulebook());
    }
    let current = CurrentRulebook::new(engine, &config.reload);
    let current = Arc::new(current.with_folder(loader.folder().to_owned()));
    let loader = Arc::new(loader);
    let is_watched = config.reload.watch;
    let updates = config.rulebook.repository.is_some().then(|| Duration::from_secs(config.rulebook.update_s));
    let reloader = Arc::clone(&loader);
    let reloaded = Arc::clone(&current);
    serve(config, current, Some(loader), None, move |_| {
        tokio::spawn(reload_on_signal(Arc::clone(&reloader), Arc::clone(&reloaded)));
        match updates {
            Some(interval) => update(interval, reloader, reloaded),
            None if is_watched => watch(reloader, reloaded),
            None => {}
        }
    })?;
    Ok(Exit::Good)
}

/// Reads the repositories of the authorities again after each interval.
fn update(interval: Duration, loader: Arc<RulebookLoader>, current: Arc<CurrentRulebook>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(interval);
            loader.update(&current);
        }
    });
}

/// Refuses a folder that nobody signed, unless this host only tries it or the operator says so.
pub(crate) fn check_unsigned(config: &HostConfig) -> Result<(), CommandError> {
    if config.open_door || config.rulebook.unsigned {
        return Ok(());
    }
    Err(CommandError::bad_use(
        "nobody signed this rulebook, so nobody answers for its law",
        "serve the signed repositories of the authorities (rulebook.repository and rulebook.root in host.toml), or set \
         rulebook.unsigned = true; to try the rulebook on this machine, use --open-door",
    ))
}

fn check_folder(folder: &Path) -> Result<(), CommandError> {
    if matches!(kind_of(folder)?, Folder::Source) {
        let shown = folder.display();
        let (message, help) = if folder.join(RULES_FOLDER).is_dir() {
            let help = "copy the whole folder that `ordinance build` wrote, or build again";
            (format!("`{shown}` has built rules but no {INDEX_FILE}"), help.to_owned())
        } else {
            let help =
                format!("build it with `ordinance build {shown}`, or build and serve it with `ordinance dev {shown}`");
            (format!("`{shown}` holds the sources of a rulebook, not a built rulebook"), help)
        };
        return Err(CommandError::bad_use(message, help));
    }
    Ok(())
}

/// The settings. The file overrides the defaults, and the flags override the file.
pub(crate) fn config(arguments: &ListenArguments) -> Result<HostConfig, CommandError> {
    let mut config = match &arguments.config {
        Some(path) => HostConfig::read(Path::new(path)).map_err(HostError::from)?,
        None => HostConfig::default(),
    };
    config.listen.address = arguments.listen.unwrap_or(config.listen.address);
    config.listen.operations = arguments.operations.unwrap_or(config.listen.operations);
    config.open_door = arguments.open_door;
    config.compiler = host_compiler(&config);
    Ok(config)
}

/// Prints the errors of the settings and the rulebook.
fn check(config: &HostConfig, loader: &RulebookLoader, rulebook: &Rulebook) -> Result<Exit, CommandError> {
    check_config(config)?;
    let mut faults: Vec<String> = rulebook
        .broken_rules()
        .chain(rulebook.broken_shadows())
        .map(|(head, error)| format!("{} can't run: {error}", head.place_and_version()))
        .collect();
    let failures = loader.failures_at_start();
    let failures = failures.map_err(|error| CommandError::bad_use(error.to_string(), "build the rulebook again"))?;
    faults.extend(failures.iter().map(ToString::to_string));
    faults.extend(config.unresolved_references(rulebook));
    faults.extend(config.warnings());
    faults.iter().for_each(|fault| terminal::print_error(fault, None));
    if faults.is_empty() {
        terminal::print_line("the settings and the rulebook are valid");
        return Ok(Exit::Good);
    }
    Ok(Exit::Findings)
}

/// Reloads after each change of the rulebook in the folder. Events report changes; polling finds those without an
/// event.
fn watch(loader: Arc<RulebookLoader>, current: Arc<CurrentRulebook>) {
    let polled = Arc::clone(&loader);
    let polled_current = Arc::clone(&current);
    if let Ok(folder) = loader.folder().canonicalize() {
        match Watch::begin(folder) {
            Ok(watch) => watch.on_change(move |_| {
                if loader.has_new_index() {
                    loader.reload(&current);
                }
            }),
            Err(error) => print_unwatched(&error),
        }
    }
    // The replacement of a folder or a link causes no event, and some file systems have no events.
    std::thread::spawn(move || {
        // `None` makes the first round compare too: the rulebook may have changed before this thread started.
        let mut last = None;
        loop {
            std::thread::sleep(POLL_INTERVAL);
            let current = polled.index_on_disk();
            if std::mem::replace(&mut last, current) != current && polled.has_new_index() {
                polled.reload(&polled_current);
            }
        }
    });
}

/// The time between two reads of the index on the disk.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Reloads on SIGHUP.
async fn reload_on_signal(loader: Arc<RulebookLoader>, current: Arc<CurrentRulebook>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    while hangup.recv().await.is_some() {
        let loader = Arc::clone(&loader);
        let current = Arc::clone(&current);
        // The host logs the outcome.
        let _ = tokio::task::spawn_blocking(move || loader.reload(&current)).await;
    }
}

/// Serves until SIGINT or SIGTERM. Calls `started` once both listeners are open. `console_key` is a key that the
/// program has made for this run, which is shown.
pub(crate) fn serve(
    config: HostConfig,
    current: Arc<CurrentRulebook>,
    loader: Option<Arc<RulebookLoader>>,
    console_key: Option<&str>,
    started: impl FnOnce(&Stop),
) -> Result<(), CommandError> {
    let (is_door_open, has_pages, has_console) = (config.open_door, config.portal.enabled, config.has_console());
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let runtime = Runtime::new().map_err(HostError::Runtime)?;
    runtime.block_on(async {
        let host = Host::bind(config, current, loader).await?;
        if let (Ok(address), Ok(operations)) = (host.address(), host.operations_address()) {
            if has_pages {
                terminal::print_line(&format!("pages for people on {scheme}://{address}/"));
            }
            if has_console {
                let key = console_key.map_or_else(String::new, |key| format!("  (sign in with {key}, the key of this run)"));
                terminal::print_line(&format!("console for supervisors on {scheme}://{address}/console{key}"));
            }
            terminal::print_line(&format!(
                "decisions on {scheme}://{address}  (try the API at {scheme}://{address}/docs/)"
            ));
            if is_door_open {
                print_status!(
                    "THE DOOR IS OPEN: every process on this machine may call the API without a key. Don't use this in production."
                );
            }
            terminal::print_line(&format!("operations on http://{operations}  (/healthz /readyz /metrics)"));
        }
        let stop = host.stop();
        started(&stop);
        tokio::spawn(stop_on_signal(stop));
        host.run().await;
        Ok(())
    })
}

async fn stop_on_signal(stop: Stop) {
    let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return };
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stop.stop();
}
