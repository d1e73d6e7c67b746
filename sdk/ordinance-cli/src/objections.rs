//! `ordinance objections`: for the authority that reviews decisions.

mod answer;
mod key;
mod list;
mod show;

use crate::arguments::{ObjectionsArguments, ObjectionsCommand};
use crate::exit::{CommandError, Exit};

pub(crate) fn run(arguments: &ObjectionsArguments) -> Result<Exit, CommandError> {
    match &arguments.command {
        ObjectionsCommand::Key(arguments) => key::run(arguments),
        ObjectionsCommand::List(arguments) => list::run(arguments),
        ObjectionsCommand::Show(arguments) => show::run(arguments),
        ObjectionsCommand::Answer(arguments) => answer::run(arguments),
    }
}
