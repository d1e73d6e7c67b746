//! `ordinance disclose`: prints the rulings on a request for facts, without a server. The reply equals the server's.

use std::path::Path;

use ordinance_host::{DisclosureError, disclosure_reply};

use crate::arguments::DiscloseArguments;
use crate::decide::read_text;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::rulebook;
use crate::terminal;

pub(crate) fn run(arguments: &DiscloseArguments) -> Result<Exit, CommandError> {
    let text = read_text(Path::new(&arguments.request))?;
    let engine = rulebook::load(arguments.folder.path(), arguments.trust.trust())?.engine;
    let languages = std::slice::from_ref(&arguments.language);
    let reply = disclosure_reply(&engine, text.as_bytes(), now(), languages).map_err(|DisclosureError(message)| {
        CommandError::bad_use(message, "see `ordinance disclose --help` for an example")
    })?;
    terminal::print_line(&reply);
    Ok(Exit::Good)
}
