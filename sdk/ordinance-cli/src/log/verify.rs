//! `ordinance log verify`: a checkpoint is signed by its log, its tiles give its root, and its tree continues an older
//! one.

use ordinance_log::{Checkpoint, LogError, PublishedTree};

use super::checkpoints::{AuditError, Finding, read_checkpoint_file, read_published, read_verifier};
use super::tree_files::open;
use crate::arguments::LogVerifyArguments;
use crate::count::counted;
use crate::exit::CommandError;
use crate::terminal::print_line;

pub(super) fn run(arguments: &LogVerifyArguments) -> Result<(), AuditError> {
    let verifier = read_verifier(&arguments.tree.key)?;
    let files = open(&arguments.tree.tiles)?;
    let newer = match &arguments.newer {
        Some(path) => read_checkpoint_file(path, &verifier)?,
        None => read_published(files.as_ref(), &verifier)?,
    };
    let tree = PublishedTree::new(files.as_ref());
    let older = arguments.older.as_deref().map(|path| read_checkpoint_file(path, &verifier)).transpose()?;
    if let Some(older) = &older {
        check_continued(&tree, older, &newer)?;
    }
    // That the tiles give the root of the newer one, whatever it is compared with.
    tree.regrow(newer.head().size, newer.head()).map_err(AuditError::of_tree)?;
    let (size, name) = (newer.head().size, verifier.name());
    print_line(&format!("log {name}: {}, root {}", records(size), newer.head().root));
    if let Some(older) = older {
        print_line(&format!("continues the tree of {}", records(older.head().size)));
    }
    Ok(())
}

fn records(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "record", "records")
}

fn check_continued(tree: &PublishedTree<'_>, older: &Checkpoint, newer: &Checkpoint) -> Result<(), AuditError> {
    let (old, new) = (older.head(), newer.head());
    if old.size == new.size && old.root != new.root {
        return Err(fork(older, newer).into());
    }
    if old.size > new.size {
        let message = format!("the newer checkpoint has {}, the older one {}", records(new.size), records(old.size));
        let help = "if --newer is the newer one, the log was rolled back or a mirror lags behind: ask the log itself, and keep \
                    both checkpoints as evidence; if not, change them";
        return Err(Finding::new(message, help).into());
    }
    match tree.prove_consistency(old.size, new) {
        Ok((then, _)) if then.root == old.root => Ok(()),
        Ok(_) => Err(fork(older, newer).into()),
        Err(LogError::NotInTree { .. }) => {
            Err(CommandError::bad_use("the older tree is the larger one", "change --older and --newer").into())
        }
        Err(error) => Err(AuditError::of_tree(error)),
    }
}

/// The log signed two trees of which neither continues the other.
fn fork(older: &Checkpoint, newer: &Checkpoint) -> Finding {
    let (old, new) = (older.head(), newer.head());
    let message = if old.size == new.size {
        format!("the log was forked: it signed two trees of {}, {} and {}", records(old.size), old.root, new.root)
    } else {
        format!(
            "the log was forked: its tree of {} doesn't begin with the records of its tree of {}",
            records(new.size),
            records(old.size)
        )
    };
    Finding::new(message, "keep both checkpoints: their signatures prove it to everybody; ask the operator of the log")
}
