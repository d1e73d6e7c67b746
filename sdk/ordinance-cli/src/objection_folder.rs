//! The folder of a host's objections on the command line.

use std::path::Path;

use ordinance_receipt::objection::{FolderError, ObjectionFolder, ObjectionNotice};
use uuid::Uuid;

use crate::exit::CommandError;
use crate::terminal::with_causes;

const DIR_HELP: &str = "name the folder that the host's settings name, [objections] folder";

/// Opens the folder, which must be there.
pub(crate) fn open_folder(path: &Path) -> Result<ObjectionFolder, CommandError> {
    if !path.is_dir() {
        return Err(CommandError::bad_use(format!("there is no folder `{}`", path.display()), DIR_HELP));
    }
    Ok(ObjectionFolder::new(path.to_owned()))
}

/// The notice of an objection, which must be there.
pub(crate) fn notice_of(folder: &ObjectionFolder, id: Uuid) -> Result<ObjectionNotice, CommandError> {
    folder.read_notice(id).map_err(unusable)?.ok_or_else(|| {
        let message = format!("`{}` has no objection {id}", folder.path().display());
        CommandError::bad_use(message, "`ordinance objections list` shows the ids")
    })
}

/// A file of the folder that can't be used.
pub(crate) fn unusable(error: FolderError) -> CommandError {
    match error {
        FolderError::Io { action, path, source } => CommandError::Io { action, path, source },
        error @ (FolderError::Malformed { .. } | FolderError::Answered(_)) => CommandError::bad_use(
            with_causes(&error),
            "only the host and `ordinance objections answer` write to the folder",
        ),
    }
}
