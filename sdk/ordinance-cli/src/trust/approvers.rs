//! `ordinance trust approvers`: names who approves the rules of a lower place.

use ordinance_trust::{ApprovalList, KeySet};

use crate::arguments::ApproversArguments;
use crate::exit::{CommandError, Exit};
use crate::repositories::{key_words, open_repository, place_of, sign_all};
use crate::signing_keys::{open_keys, read_public_keys};
use crate::terminal::{print_line, print_note};

pub(super) fn run(arguments: &ApproversArguments) -> Result<Exit, CommandError> {
    let place = place_of(&arguments.code)?;
    let mut editor = open_repository(&arguments.to)?;
    let own = editor.root_overview()?.authority.jurisdiction;
    let is_above = |definitions: &ordinance_engine::definitions::Definitions| {
        definitions.places.all_published().ever_above(&place).contains(&&own)
    };
    if place == own || editor.published_definitions().as_ref().is_some_and(|definitions| !is_above(definitions)) {
        return Err(CommandError::bad_use(
            format!("{place} isn't below {own}, so {own} has nothing to approve there"),
            "name a lower place, such as CN-3706 for CN-37",
        ));
    }
    let approvers = read_public_keys(&arguments.approvers)?;
    let before = editor.approvers().into_iter().find(|known| known.place == place);
    editor.set_approvers(&place, &approvers, arguments.threshold)?;
    editor.discard_pending_approvals(&place)?;
    let keys = open_keys(&arguments.signing)?;
    sign_all(&mut editor, &keys, &arguments.validity)?;
    let now = KeySet { keys: approvers, threshold: arguments.threshold };
    print_line(&format!("{own} approves the rules of {place} by {}", key_words(&now)));
    if let Some(before) = before.filter(|before| before.keys != now)
        && let ApprovalList::Signed { rules, .. } = before.list
        && rules > 0
    {
        print_note(&format!(
            "warning: the approvers before listed {rules}, which counts no longer; the new ones must approve each with `ordinance approve`"
        ));
    }
    Ok(Exit::Good)
}
