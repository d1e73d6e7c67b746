//! `ordinance trust objections-key`: lists the key to which objections for an authority are sealed.

use ordinance_trust::ObjectionsRecipient;

use crate::arguments::ListObjectionsKeyArguments;
use crate::exit::{CommandError, Exit};
use crate::repositories::{open_repository, sign_all};
use crate::signing_keys::open_keys;
use crate::terminal::print_line;

pub(super) fn run(arguments: &ListObjectionsKeyArguments) -> Result<Exit, CommandError> {
    let recipient = ObjectionsRecipient::read(&arguments.file)?;
    let mut editor = open_repository(&arguments.to)?;
    let own = editor.root_overview()?.authority.jurisdiction;
    editor.list_objections_key(&recipient)?;
    let keys = open_keys(&arguments.signing)?;
    sign_all(&mut editor, &keys, &arguments.validity)?;
    print_line(&format!("objections for {own} are sealed to {}", recipient.to_text()));
    Ok(Exit::Good)
}
