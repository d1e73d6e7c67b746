//! `ordinance serve`: a built rulebook over HTTP until Ctrl-C or SIGTERM.

use std::path::Path;
use std::sync::Arc;

use ordinance_engine::index::{INDEX_FILE, RULES_FOLDER};
use ordinance_host::{Host, HostConfig, HostError, Live, Stop, install_telemetry, load_registry};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{ListenArguments, ServeArguments};
use crate::exit::{CommandError, Exit};
use crate::source::{Folder, kind_of};
use crate::terminal;

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
    let live = Arc::new(Live::new(load_registry(&config, folder)?));
    serve(config, live, |_| ())?;
    Ok(Exit::Good)
}

/// The settings: the file over the defaults, the flags over the file.
pub(crate) fn config(arguments: &ListenArguments) -> Result<HostConfig, CommandError> {
    let mut config = match &arguments.config {
        Some(path) => HostConfig::read(Path::new(path))?,
        None => HostConfig::default(),
    };
    config.listen.address = arguments.listen.unwrap_or(config.listen.address);
    config.listen.operations = arguments.operations.unwrap_or(config.listen.operations);
    config.open_door = arguments.open_door;
    Ok(config)
}

/// Serves until a signal; `begun` is called once both listeners are open.
pub(crate) fn serve(config: HostConfig, live: Arc<Live>, begun: impl FnOnce(&Stop)) -> Result<(), CommandError> {
    let (is_open, scheme) = (config.open_door, if config.tls.is_some() { "https" } else { "http" });
    let runtime = Runtime::new().map_err(HostError::Runtime)?;
    runtime.block_on(async {
        let host = Host::bind(config, live).await?;
        if let (Ok(address), Ok(operations)) = (host.address(), host.operations_address()) {
            terminal::say(&format!("decisions on {scheme}://{address}  (the interface to try: {scheme}://{address}/docs/)"));
            if is_open {
                eprintln!("THE DOOR IS OPEN: whoever is on this machine is let in for everything. Don't serve people like this.");
            }
            terminal::say(&format!("operations on http://{operations}  (/healthz /readyz /metrics)"));
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
