//! `ordinance trust revoke`: ends a delegation.

use crate::arguments::RevokeArguments;
use crate::exit::{CommandError, Exit};
use crate::repositories::{open_repository, place_of, sign_all};
use crate::signing_keys::open_keys;
use crate::terminal::print_line;

pub(super) fn run(arguments: &RevokeArguments) -> Result<Exit, CommandError> {
    let place = place_of(&arguments.code)?;
    let mut editor = open_repository(&arguments.from)?;
    let own = editor.root_overview()?.authority.jurisdiction;
    editor.revoke(&place)?;
    let keys = open_keys(&arguments.signing)?;
    sign_all(&mut editor, &keys, &arguments.validity)?;
    print_line(&format!("{own} no longer delegates {place}: nothing that its keys sign counts, nor what it delegated"));
    print_line(&format!("the law of {place} is {own}'s to publish now; until it does, {place} has none"));
    Ok(Exit::Good)
}
