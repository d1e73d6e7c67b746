//! Watches the files of a rulebook for changes.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{CreateKind, ModifyKind, RemoveKind};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use crate::entries::is_table;
use crate::terminal;

/// The endings of the files of a rulebook and its cases, beside those of tables.
const SOURCES: [&str; 6] = ["toml", "wit", "rs", "wasm", "json", "ndjson"];

/// Changes less than this apart count as one: editors write a file in steps.
const QUIET: Duration = Duration::from_millis(100);

/// A watch of a folder. Changes from its beginning on are told.
pub(crate) struct Watch {
    /// The paths of sources that changed.
    changes: Receiver<Vec<PathBuf>>,
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
        let watched = folder.clone();
        let send = move |event| {
            // Files of a build are many, and nobody waits for them.
            let changed = changed_paths(&watched, event);
            if !changed.is_empty() {
                // An error means that the receiver is gone: the process is ending.
                let _ = sender.send(changed);
            }
        };
        // No file of a rulebook is a link, and one that leads out of it would watch other folders.
        let mut watcher = RecommendedWatcher::new(send, Config::default().with_follow_symlinks(false))?;
        watcher.watch(&folder, RecursiveMode::Recursive)?;
        Ok(Self { changes, watcher })
    }

    /// Calls `act` on a thread of its own after each change, with the paths that changed, until the process ends.
    pub(crate) fn on_change(self, mut act: impl FnMut(&[PathBuf]) + Send + 'static) {
        thread::spawn(move || {
            let Self { changes, watcher } = self;
            while let Some(changed) = wait_for_change(&changes) {
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
fn wait_for_change(changes: &Receiver<Vec<PathBuf>>) -> Option<Vec<PathBuf>> {
    let mut paths = changes.recv().ok()?;
    let until = Instant::now() + QUIET;
    while let Ok(more) = changes.recv_timeout(until.saturating_duration_since(Instant::now())) {
        paths.extend(more);
    }
    Some(paths)
}

/// The paths of sources that an event changes. Where the system lost events, that is the whole folder.
fn changed_paths(folder: &Path, event: notify::Result<Event>) -> Vec<PathBuf> {
    match event {
        Ok(event) if event.need_rescan() => vec![folder.to_owned()],
        Ok(event) if is_change(folder, &event) => event.paths,
        Ok(_) => Vec::new(),
        Err(_) => vec![folder.to_owned()],
    }
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
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    // A build writes the bindings itself.
    let is_written = path.ends_with("wit/bindings.rs");
    let has_ending = SOURCES.contains(&ending.as_str()) || is_table(&ending);
    first.as_os_str().to_str().is_none_or(is_source_folder)
        && !is_written
        // What comes after the last point of a folder's name is no ending: `1.0.0`.
        && (has_ending || (may_be_folder && (ending.is_empty() || path.is_dir() || !path.exists())))
}

#[cfg(test)]
mod tests {
    use notify::event::{DataChange, Flag};

    use super::*;

    fn event(kind: EventKind, path: &str) -> notify::Result<Event> {
        Ok(Event::new(kind).add_path(path.into()))
    }

    #[test]
    fn files_of_every_kind_that_a_rulebook_may_have_are_watched_and_those_of_a_build_are_not() {
        let is_told = |path: &str| {
            let kind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
            !changed_paths(Path::new("/book"), event(kind, path)).is_empty()
        };
        for path in ["N/benefit/rule.toml", "N/benefit/band.XLSX", "N/benefit/cases/old.tab", "facts.toml"] {
            assert!(is_told(&format!("/book/{path}")), "{path}");
        }
        for path in ["target/rulebook/index.json", ".git/index.toml", "N/benefit/rule.toml~", "N/b/wit/bindings.rs"] {
            assert!(!is_told(&format!("/book/{path}")), "{path}");
        }
    }

    #[test]
    fn a_folder_of_a_version_that_is_moved_is_a_change_and_lost_events_change_everything() {
        let moved = EventKind::Modify(ModifyKind::Name(notify::event::RenameMode::From));
        let book = Path::new("/book");
        assert_eq!(
            changed_paths(book, event(moved, "/book/N/benefit/1.0.0")),
            [PathBuf::from("/book/N/benefit/1.0.0")]
        );
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(changed_paths(book, Ok(lost)), [book]);
        assert_eq!(changed_paths(book, Err(notify::Error::generic("lost"))), [book]);
    }
}
