//! `ordinance trust key`: makes a sealed key.

use crate::arguments::NewKeyArguments;
use crate::exit::{CommandError, Exit};
use crate::signing_keys::make_key;
use crate::terminal::print_line;

pub(super) fn run(arguments: &NewKeyArguments) -> Result<Exit, CommandError> {
    let public = make_key(&arguments.file, &arguments.passphrase)?;
    let file = arguments.file.display();
    print_line(&format!("key {} made", public.short_id()));
    print_line(&format!("  {file}      sealed by the passphrase, for its holder alone"));
    print_line(&format!("  {file}.pub  its public key, for whoever makes a repository"));
    Ok(Exit::Good)
}
