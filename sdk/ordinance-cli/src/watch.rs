//! Watches the files of a rulebook for changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{CreateKind, ModifyKind, RemoveKind};
use notify::{Event, EventKind, RecursiveMode, Watcher};

use crate::terminal;

/// The endings of the files of a rulebook and its cases.
const SOURCES: [&str; 7] = ["toml", "csv", "wit", "rs", "wasm", "json", "ndjson"];

/// The time in which several writes count as one change: editors write a file in steps.
const QUIET: Duration = Duration::from_millis(200);

/// Watches a folder on a thread of its own until the process ends, and calls `act` after each change. No change after
/// this returns is missed.
pub(crate) fn on_change(folder: PathBuf, mut act: impl FnMut() + Send + 'static) {
    let (sender, changes) = channel();
    let watcher = notify::recommended_watcher(move |event| {
        // An error means that the receiver is gone: the process is ending.
        let _ = sender.send(event);
    });
    let watched = watcher.and_then(|mut watcher| {
        watcher.watch(&folder, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    match watched {
        Ok(watcher) => {
            thread::spawn(move || {
                while wait_for_change(&folder, &changes) {
                    act();
                }
                drop(watcher);
            });
        }
        Err(error) => {
            terminal::print_error(&format!("changes can't be watched: {error}"), Some("start again after a change"))
        }
    }
}

/// Waits for the end of a change; false if there will be no more.
fn wait_for_change(folder: &Path, changes: &Receiver<notify::Result<Event>>) -> bool {
    while let Ok(event) = changes.recv() {
        if event.is_ok_and(|event| is_change(folder, &event)) {
            let until = Instant::now() + QUIET;
            while changes.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
            return true;
        }
    }
    false
}

/// Whether an event is a change of a source: nothing that a build writes, nor a mere read.
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
    let is_ours = |name: &str| name != "target" && !name.starts_with('.');
    let ending = path.extension().map(|ending| ending.to_str().unwrap_or_default());
    first.as_os_str().to_str().is_none_or(is_ours) && ending.map_or(may_be_folder, |ending| SOURCES.contains(&ending))
}
