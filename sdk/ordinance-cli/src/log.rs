//! `ordinance log`: checks the transparency log that a host keeps of its decisions, and what it says of itself.

mod adopt;
mod audit;
mod checkpoints;
mod objection_check;
mod prove;
mod publication_check;
mod record_check;
mod tree_files;
mod verify;

use std::fs;

use ordinance_log::LogKey;

use self::checkpoints::AuditError;

use crate::arguments::{LogCommand, LogKeyArguments};
use crate::exit::{CommandError, Exit};
use crate::source::io_error;
use crate::terminal;

pub(crate) fn run(command: &LogCommand) -> Result<Exit, CommandError> {
    let checked = match command {
        LogCommand::Verify(arguments) => verify::run(arguments),
        LogCommand::Prove(arguments) => prove::run(arguments),
        LogCommand::Audit(arguments) => audit::run(arguments),
        LogCommand::Adopt(arguments) => adopt::run(arguments),
        LogCommand::Key(arguments) => print_key(arguments),
    };
    match checked {
        Ok(()) => Ok(Exit::Good),
        Err(AuditError::Findings) => Ok(Exit::Findings),
        Err(AuditError::Finding(finding)) => {
            finding.print();
            Ok(Exit::Findings)
        }
        Err(AuditError::Command(error)) => Err(error),
    }
}

fn print_key(arguments: &LogKeyArguments) -> Result<(), AuditError> {
    let path = &arguments.file;
    let text = fs::read_to_string(path);
    let text = text.map_err(|source| io_error("read", path, source))?;
    let key = LogKey::parse(&text).map_err(|error| {
        let help = "name the file of `decision-log.key`, by default PATH.key beside the log";
        CommandError::bad_use(format!("`{}`: {error}", path.display()), help)
    })?;
    terminal::print_line(key.verifier().to_text());
    Ok(())
}
