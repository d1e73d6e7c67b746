//! `ordinance serve`: a built rulebook over HTTP until Ctrl-C or SIGTERM.

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
use crate::compile::by_this_program;
use crate::exit::{CommandError, Exit};
use crate::self_test::failing_rules;
use crate::source::{Folder, kind_of};
use crate::terminal;
use crate::watch::on_change;

pub(crate) fn run(arguments: &ServeArguments) -> Result<Exit, CommandError> {
    let folder = &arguments.rulebook;
    if matches!(kind_of(folder)?, Folder::Source) {
        let shown = folder.display();
        let (message, help) = if folder.join(RULES_FOLDER).is_dir() {
            let help = "copy the whole folder that `ordinance build` made, or build again";
            (format!("`{shown}` has built rules and no {INDEX_FILE}"), help.to_owned())
        } else {
            let help =
                format!("build it first: ordinance build {shown}; or build and serve in one: ordinance dev {shown}");
            (format!("`{shown}` holds the sources of a rulebook"), help)
        };
        return Err(CommandError::bad_use(message, help));
    }
    let config = config(&arguments.listen)?;
    install_telemetry(&config.log);
    let (loader, engine) = RulebookLoader::open(&config, folder, Box::new(failing_rules))?;
    if arguments.check_config {
        return check(&config, &loader, engine.rulebook());
    }
    let live = Arc::new(CurrentRulebook::new(engine, &config.reload));
    let loader = Arc::new(loader);
    let (watched, in_use, is_watched) = (Arc::clone(&loader), Arc::clone(&live), config.reload.watch);
    serve(config, live, Some(loader), move |_| {
        let (of_signal, live) = (Arc::clone(&watched), Arc::clone(&in_use));
        tokio::spawn(reload_on_signal(of_signal, live));
        if is_watched {
            watch(watched, in_use);
        }
    })?;
    Ok(Exit::Good)
}

/// The settings: the file over the defaults, the flags over the file.
pub(crate) fn config(arguments: &ListenArguments) -> Result<HostConfig, CommandError> {
    let mut config = match &arguments.config {
        Some(path) => HostConfig::read(Path::new(path)).map_err(HostError::from)?,
        None => HostConfig::default(),
    };
    config.listen.address = arguments.listen.unwrap_or(config.listen.address);
    config.listen.operations = arguments.operations.unwrap_or(config.listen.operations);
    config.open_door = arguments.open_door;
    config.compiler = by_this_program(&config);
    Ok(config)
}

/// Says what of the settings and the rulebook would keep a host from serving as it should.
fn check(config: &HostConfig, loader: &RulebookLoader, rulebook: &Rulebook) -> Result<Exit, CommandError> {
    check_config(config)?;
    let mut faults: Vec<String> = rulebook
        .broken_rules()
        .chain(rulebook.broken_on_trial())
        .map(|(head, why)| format!("{} can't run: {}", head.place_and_version(), why))
        .collect();
    let failures = loader.failures_at_start();
    let failures = failures.map_err(|error| CommandError::bad_use(error.to_string(), "build the rulebook again"))?;
    faults.extend(failures.iter().map(ToString::to_string));
    faults.extend(config.unresolved_references(rulebook));
    faults.extend(config.warnings());
    faults.iter().for_each(|fault| terminal::print_error(fault, None));
    if faults.is_empty() {
        terminal::print_line("the settings and the rulebook are good");
        return Ok(Exit::Good);
    }
    Ok(Exit::Findings)
}

/// Reloads whenever another rulebook stands in the folder.
fn watch(loader: Arc<RulebookLoader>, live: Arc<CurrentRulebook>) {
    let (polled, in_use) = (Arc::clone(&loader), Arc::clone(&live));
    if let Ok(folder) = loader.folder().canonicalize() {
        on_change(folder, move || {
            if loader.is_another() {
                loader.reload(&live);
            }
        });
    }
    // A folder or a link that is exchanged for another, and some file systems, tell of nothing.
    std::thread::spawn(move || {
        let mut seen = polled.index_on_disk();
        loop {
            std::thread::sleep(POLL_EVERY);
            let now = polled.index_on_disk();
            if std::mem::replace(&mut seen, now.clone()) != now && polled.is_another() {
                polled.reload(&in_use);
            }
        }
    });
}

/// How often it is looked whether another rulebook stands where the served one did.
const POLL_EVERY: Duration = Duration::from_secs(2);

async fn reload_on_signal(loader: Arc<RulebookLoader>, live: Arc<CurrentRulebook>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    while hangup.recv().await.is_some() {
        let (loader, live) = (Arc::clone(&loader), Arc::clone(&live));
        // What comes of it is in the log.
        let _ = tokio::task::spawn_blocking(move || loader.reload(&live)).await;
    }
}

/// Serves until a signal; `begun` is called once both listeners are open.
pub(crate) fn serve(
    config: HostConfig,
    live: Arc<CurrentRulebook>,
    loader: Option<Arc<RulebookLoader>>,
    begun: impl FnOnce(&Stop),
) -> Result<(), CommandError> {
    let (is_open, scheme) = (config.open_door, if config.tls.is_some() { "https" } else { "http" });
    let runtime = Runtime::new().map_err(HostError::Runtime)?;
    runtime.block_on(async {
        let host = Host::bind(config, live, loader).await?;
        if let (Ok(address), Ok(operations)) = (host.address(), host.operations_address()) {
            terminal::print_line(&format!("decisions on {scheme}://{address}  (the interface to try: {scheme}://{address}/docs/)"));
            if is_open {
                eprintln!("THE DOOR IS OPEN: whoever is on this machine is let in for everything. Don't serve people like this.");
            }
            terminal::print_line(&format!("operations on http://{operations}  (/healthz /readyz /metrics)"));
        }
        let stop = host.stop();
        begun(&stop);
        tokio::spawn(stop_on_signal(stop));
        host.run().await;
        Ok(())
    })
}

async fn stop_on_signal(stop: Stop) {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stop.stop();
}
