//! `ordinance diff`: says in words what changes from the rules of one rulebook to those of another.

use crate::arguments::DiffArguments;
use crate::exit::{CommandError, Exit};
use crate::explain::explain_changes;

pub(crate) fn run(arguments: &DiffArguments) -> Result<Exit, CommandError> {
    if arguments.population.is_some() {
        return Err(CommandError::bad_use(
            "`ordinance diff` compares what rules say, and no people".to_owned(),
            "to compare the decisions on people: `ordinance impact OLD NEW --population FILE`",
        ));
    }
    explain_changes(arguments)
}
