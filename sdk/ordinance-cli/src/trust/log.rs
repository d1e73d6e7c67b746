//! `ordinance trust log`: lists the public key of a decision log.

use std::fs;

use super::log_key::name_of_key;
use crate::arguments::LogArguments;
use crate::exit::{CommandError, Exit};
use crate::repositories::{open_repository, sign_all};
use crate::signing_keys::open_keys;
use crate::terminal::print_line;

pub(super) fn run(arguments: &LogArguments) -> Result<Exit, CommandError> {
    let text = fs::read_to_string(&arguments.log).unwrap_or_else(|_| arguments.log.clone());
    let key = text.trim();
    let name = name_of_key(key)?;
    let mut editor = open_repository(&arguments.to)?;
    let own = editor.root_overview()?.authority.jurisdiction;
    if !arguments.remove {
        editor.list_log(key, name)?;
    } else if !editor.unlist_log(key) {
        return Err(CommandError::bad_use(
            format!("{own} doesn't list the key of {name}"),
            format!("`ordinance trust show {}` shows what it lists", arguments.to.display()),
        ));
    }
    let keys = open_keys(&arguments.signing)?;
    sign_all(&mut editor, &keys, &arguments.validity)?;
    let verb = if arguments.remove { "no longer lists" } else { "lists" };
    print_line(&format!("{own} {verb} the key of the log {name}"));
    Ok(Exit::Good)
}
