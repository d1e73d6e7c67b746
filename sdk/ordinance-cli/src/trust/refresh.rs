//! `ordinance trust refresh`: signs everything anew.

use crate::arguments::RefreshArguments;
use crate::exit::{CommandError, Exit};
use crate::repositories::{day_of, open_repository, sign_all};
use crate::signing_keys::open_keys;
use crate::terminal::{print_line, print_note};

pub(super) fn run(arguments: &RefreshArguments) -> Result<Exit, CommandError> {
    let mut editor = open_repository(&arguments.repository)?;
    let waiting = editor.pending_approvals()?;
    let keys = open_keys(&arguments.signing)?;
    sign_all(&mut editor, &keys, &arguments.validity)?;
    let (root, expires) = (editor.root_overview()?, editor.verified()?.expires());
    print_line(&format!(
        "{} ({}) is signed anew: it holds until {}",
        root.authority.jurisdiction,
        root.authority.name,
        day_of(expires)
    ));
    for (place, given, needed) in waiting {
        if given >= needed {
            print_line(&format!("  the approvals for {place} are in effect"));
        } else {
            print_note(&format!("the approvals for {place} wait: {given} of {needed} approvers signed"));
        }
    }
    if root.expires <= expires {
        print_note(&format!(
            "warning: the root holds only until {}; `ordinance trust rotate {} --key ROOT_KEYS` renews it",
            day_of(root.expires),
            arguments.repository.display()
        ));
    }
    Ok(Exit::Good)
}
