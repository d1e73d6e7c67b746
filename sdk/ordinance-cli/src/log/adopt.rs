//! `ordinance log adopt`: makes records without a tree the leaves of one. Each line stays as it is and is a leaf; its
//! number is its place in the file. Nothing of the file is written, and the tree is there once its checkpoint is.

use std::fs::{self, File};
use std::path::Path;

use ordinance_log::lines::{for_each_line, is_record, number_of};
use ordinance_log::{LogTree, PublishedTree, TileFolder, key_path, leaf_hash, open_key_file, tree_path};

use super::checkpoints::{AuditError, Finding};
use crate::arguments::LogAdoptArguments;
use crate::count::counted;
use crate::exit::CommandError;
use crate::source::io_error;
use crate::terminal::print_line;

/// How many records are kept in memory before their tiles are written.
const RECORDS_A_PUBLICATION: u64 = 1 << 20;

pub(super) fn run(arguments: &LogAdoptArguments) -> Result<(), AuditError> {
    let path = &arguments.file;
    let mut file = open_alone(path)?;
    let folder = TileFolder::new(tree_path(path));
    let _alone = folder.lock().map_err(unwritable)?;
    let key_file = arguments.key_file.clone().unwrap_or_else(|| key_path(path));
    let key = open_key_file(&key_file, arguments.name.as_deref(), &folder).map_err(|error| {
        CommandError::bad_use(error.to_string(), "give the key of this log by --key-file, or its name by --name")
    })?;
    let mut tree = LogTree::open(folder.clone(), key.verifier()).map_err(AuditError::of_tree)?;
    let adopted = tree.size();
    let mut next = 0;
    let added = for_each_line(&mut file, 0, |line| {
        if !is_record(line) {
            return Ok(());
        }
        let number = number_of(line).unwrap_or(next);
        if number != next {
            return Err(gap(path, next, number));
        }
        next += 1;
        if number < adopted {
            return Ok(());
        }
        tree.append(leaf_hash(line)).map_err(AuditError::of_tree)?;
        if tree.size() - tree.published() >= RECORDS_A_PUBLICATION {
            tree.publish(&key).map_err(unwritable)?;
        }
        Ok(())
    });
    added?;
    if next < adopted {
        let message = format!("`{}` has {next} records, but its tree has {adopted}", path.display());
        return Err(Finding::new(message, "restore the file of the log").into());
    }
    if next > adopted || PublishedTree::new(&folder).read_checkpoint().is_ok_and(|found| found.is_none()) {
        tree.publish(&key).map_err(unwritable)?;
    }
    let records = counted(usize::try_from(next).unwrap_or(usize::MAX), "record", "records");
    print_line(&format!("{records}, {} of them new in the tree {}", next - adopted, folder.path().display()));
    print_line(&format!("this key verifies its checkpoints: {}", key.verifier().to_text()));
    Ok(())
}

/// Opens the file of a log that no host writes.
fn open_alone(path: &Path) -> Result<File, CommandError> {
    let failed = |source| io_error("read", path, source);
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        let help = "a log that is no regular file has no tree";
        return Err(CommandError::bad_use(format!("`{}` is no regular file", path.display()), help));
    }
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            let help = "end the host that writes it, and start it again afterwards";
            Err(CommandError::bad_use(format!("a host writes to `{}`", path.display()), help))
        }
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn gap(path: &Path, next: u64, number: u64) -> AuditError {
    let message = format!("`{}` has the record {number} where the record {next} should be", path.display());
    Finding::new(message, "records can be adopted only from a file that has all from the first one on").into()
}

fn unwritable(error: ordinance_log::LogError) -> AuditError {
    let help = "the command can be run again: nothing is lost";
    CommandError::bad_use(error.to_string(), help).into()
}
