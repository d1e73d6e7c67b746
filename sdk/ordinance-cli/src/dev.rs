//! `ordinance dev`: build, serve, and do both again whenever a file changes. A change that breaks the definitions leaves
//! the last good rulebook in use.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{CreateKind, ModifyKind, RemoveKind};
use notify::{Event, EventKind, RecursiveMode, Watcher};
use ordinance_host::{HostConfig, Live, install_telemetry, load_registry};

use crate::arguments::DevArguments;
use crate::build;
use crate::exit::{CommandError, Exit};
use crate::rulebook::development_log;
use crate::serve::{config, serve};
use crate::source::io_error;
use crate::terminal;

/// The endings of the files that a rulebook is made of.
const SOURCES: [&str; 5] = ["toml", "csv", "wit", "rs", "wasm"];

/// How long an editor may take to write a file in its several steps.
const QUIET: Duration = Duration::from_millis(200);

pub(crate) fn run(arguments: &DevArguments) -> Result<Exit, CommandError> {
    let built = build::build(&arguments.dir, None)?;
    let mut config = config(&arguments.listen)?;
    if config.decision_log.path == HostConfig::default().decision_log.path {
        config.decision_log.path = development_log(&built.out);
    }
    install_telemetry(&config.log);
    let live = Arc::new(Live::new(load_registry(&config, &built.out)?));
    let folder = arguments.dir.canonicalize().map_err(|source| io_error("read", &arguments.dir, source))?;
    let watch = Watch { folder, config: config.clone(), live: Arc::clone(&live) };
    serve(config, live, |_| watch.start())?;
    Ok(Exit::Good)
}

struct Watch {
    folder: PathBuf,
    config: HostConfig,
    live: Arc<Live>,
}

impl Watch {
    /// Watches from now on, and builds on a thread of its own until the process ends. No change after this returns is
    /// missed.
    fn start(self) {
        let (sender, changes) = channel();
        let watcher = notify::recommended_watcher(move |event| {
            // Once nobody listens the process is ending.
            let _ = sender.send(event);
        });
        let watched = watcher.and_then(|mut watcher| {
            watcher.watch(&self.folder, RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        match watched {
            Ok(watcher) => {
                thread::spawn(move || {
                    self.build_on(&changes);
                    drop(watcher);
                });
            }
            Err(error) => {
                terminal::fault(&format!("changes can't be watched: {error}"), Some("start again after a change"))
            }
        }
    }

    fn build_on(&self, changes: &Receiver<notify::Result<Event>>) {
        while let Ok(event) = changes.recv() {
            if !event.is_ok_and(|event| self.matters(&event)) {
                continue;
            }
            // Editors write in several steps; wait until they are done.
            let until = Instant::now() + QUIET;
            while changes.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
            eprintln!("a file changed, building");
            match self.build() {
                Ok(()) => eprintln!("the new rulebook is in use"),
                Err(error) => {
                    terminal::error(&error);
                    eprintln!("the last good rulebook stays in use");
                }
            }
        }
    }

    fn build(&self) -> Result<(), CommandError> {
        let built = build::build(&self.folder, None)?;
        self.live.swap(load_registry(&self.config, &built.out)?);
        Ok(())
    }

    /// Not what building itself writes, nor what is only read.
    fn matters(&self, event: &Event) -> bool {
        let changed = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
        // A folder that is moved here, moved away or removed takes its files with it and tells nothing of them.
        let may_be_folder = matches!(
            event.kind,
            EventKind::Create(CreateKind::Folder)
                | EventKind::Remove(RemoveKind::Folder)
                | EventKind::Modify(ModifyKind::Name(_))
        );
        changed && event.paths.iter().any(|path| self.is_source(path, may_be_folder))
    }

    fn is_source(&self, path: &Path, may_be_folder: bool) -> bool {
        let inside = path.strip_prefix(&self.folder).unwrap_or(path);
        let Some(first) = inside.components().next() else { return false };
        let is_ours = |name: &str| name != "target" && !name.starts_with('.');
        let ending = path.extension().map(|ending| ending.to_str().unwrap_or_default());
        first.as_os_str().to_str().is_none_or(is_ours)
            && ending.map_or(may_be_folder, |ending| SOURCES.contains(&ending))
    }
}
