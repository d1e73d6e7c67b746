//! Watches the files of a rulebook for changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{CreateKind, ModifyKind, RemoveKind};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::terminal;

/// The endings of the files of a rulebook and its cases.
const SOURCES: [&str; 10] = ["toml", "csv", "tsv", "xlsx", "ods", "wit", "rs", "wasm", "json", "ndjson"];

/// Changes less than this apart count as one: editors write a file in steps.
const QUIET: Duration = Duration::from_millis(100);

/// A watch of a folder. Changes from its beginning on are told.
pub(crate) struct Watch {
    folder: PathBuf,
    changes: Receiver<notify::Result<Event>>,
    /// The watch ends with it.
    watcher: RecommendedWatcher,
}

impl Watch {
    /// Begins to watch a folder, whose path is canonical.
    ///
    /// # Errors
    /// If the system can't watch it.
    pub(crate) fn begin(folder: PathBuf) -> Result<Self, notify::Error> {
        let (sender, changes) = channel();
        let send = move |event| {
            // An error means that the receiver is gone: the process is ending.
            let _ = sender.send(event);
        };
        // No file of a rulebook is a link, and one that leads out of it would watch other folders.
        let mut watcher = RecommendedWatcher::new(send, Config::default().with_follow_symlinks(false))?;
        watcher.watch(&folder, RecursiveMode::Recursive)?;
        Ok(Self { folder, changes, watcher })
    }

    /// Calls `act` on a thread of its own after each change, with the paths that changed, until the process ends.
    pub(crate) fn on_change(self, mut act: impl FnMut(&[PathBuf]) + Send + 'static) {
        thread::spawn(move || {
            let Self { folder, changes, watcher } = self;
            while let Some(changed) = wait_for_change(&folder, &changes) {
                act(&changed);
            }
            drop(watcher);
        });
    }
}

/// Prints that a folder isn't watched.
pub(crate) fn print_unwatched(error: &notify::Error) {
    terminal::print_error(
        &format!("the folder can't be watched for changes: {error}"),
        Some("start the command again after each change"),
    );
}

/// Waits for the next change and until its writes end. Returns the paths that changed; `None` if the watch has ended.
fn wait_for_change(folder: &Path, changes: &Receiver<notify::Result<Event>>) -> Option<Vec<PathBuf>> {
    let changed = |event: notify::Result<Event>| {
        event.ok().filter(|event| is_change(folder, event)).map(|event| event.paths).unwrap_or_default()
    };
    while let Ok(event) = changes.recv() {
        let mut paths = changed(event);
        if !paths.is_empty() {
            let until = Instant::now() + QUIET;
            while let Ok(event) = changes.recv_timeout(until.saturating_duration_since(Instant::now())) {
                paths.extend(changed(event));
            }
            return Some(paths);
        }
    }
    None
}

/// Whether an event changes a source. Reads and the files that a build writes don't count.
fn is_change(folder: &Path, event: &Event) -> bool {
    let changed = matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    // A folder that is moved or removed takes its files with it, without an event for each.
    let may_be_folder = matches!(
        event.kind,
        EventKind::Create(CreateKind::Folder)
            | EventKind::Remove(RemoveKind::Folder)
            | EventKind::Modify(ModifyKind::Name(_))
    );
    changed && event.paths.iter().any(|path| is_source(folder, path, may_be_folder))
}

fn is_source(folder: &Path, path: &Path, may_be_folder: bool) -> bool {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let Some(first) = inside.components().next() else { return false };
    let is_source_folder = |name: &str| name != "target" && !name.starts_with('.');
    let ending = path.extension().map(|ending| ending.to_str().unwrap_or_default());
    // A build writes the bindings itself.
    let is_written = path.ends_with("wit/bindings.rs");
    first.as_os_str().to_str().is_none_or(is_source_folder)
        && !is_written
        && ending.map_or(may_be_folder, |ending| SOURCES.contains(&ending))
}
