//! `ordinance objections key`: makes the key to which objections are sealed.

use crate::arguments::ObjectionsKeyArguments;
use crate::exit::{CommandError, Exit};
use crate::signing_keys::make_objections_key;
use crate::terminal::print_line;

pub(super) fn run(arguments: &ObjectionsKeyArguments) -> Result<Exit, CommandError> {
    let recipient = make_objections_key(&arguments.file, &arguments.passphrase)?;
    let file = arguments.file.display();
    print_line(&format!("key for objections made: {}", recipient.to_text()));
    print_line(&format!("  {file}      sealed by the passphrase, for the authority alone"));
    print_line(&format!("  {file}.pub  its public key, to which hosts seal objections"));
    Ok(Exit::Good)
}
