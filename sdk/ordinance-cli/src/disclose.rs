//! `ordinance disclose`: rules on a request for facts without a server. The reply is the same as the server's.

use std::path::Path;

use ordinance_host::{DisclosureError, disclosure_reply};

use crate::arguments::DiscloseArguments;
use crate::decide::read_text;
use crate::exit::{CommandError, Exit};
use crate::invocation::today;
use crate::rulebook;
use crate::terminal;

pub(crate) fn run(arguments: &DiscloseArguments) -> Result<Exit, CommandError> {
    let text = read_text(Path::new(&arguments.request))?;
    let engine = rulebook::load(&arguments.path)?.engine;
    let languages = std::slice::from_ref(&arguments.language);
    let reply = disclosure_reply(&engine, text.as_bytes(), today(), languages).map_err(|DisclosureError(what)| {
        CommandError::bad_use(what, "see `ordinance disclose --help` for an example")
    })?;
    terminal::print_line(&reply);
    Ok(Exit::Good)
}
