//! `ordinance trust init`: makes the repository of an authority.

use ordinance_trust::{Authority, PublicKey, RepositoryEditor, RepositoryPlan, RootState, Validity};

use super::root_state::print_root_state;
use crate::arguments::InitArguments;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::repositories::{check_keys, open_repository, place_of, print_root};
use crate::signing_keys::{open_keys, read_public_keys};
use crate::terminal::print_line;

pub(super) fn run(arguments: &InitArguments) -> Result<Exit, CommandError> {
    let plan = RepositoryPlan {
        authority: Authority { jurisdiction: place_of(&arguments.code)?, name: arguments.name.clone() },
        root_keys: read_public_keys(&arguments.root_keys)?,
        root_threshold: arguments.root_threshold,
        publishers: read_public_keys(&arguments.publish_keys)?,
        publish_threshold: arguments.publish_threshold,
    };
    let validity = Validity { root_days: arguments.root_days, ..Validity::default() };
    let keys = open_keys(&arguments.signing)?;
    let known: Vec<String> = plan.root_keys.iter().map(PublicKey::short_id).collect();
    let other = format!("no key of this root, whose keys by --root-key are {}", known.join(", "));
    check_keys(&keys, &plan.root_keys, &other)?;
    let state = RepositoryEditor::create(&arguments.to, &plan, &keys, validity, now())?;
    match state {
        RootState::InEffect { .. } => print_root(&open_repository(&arguments.to)?.root_overview()?),
        RootState::Waiting { .. } => print_root(&ordinance_trust::PendingRoot::open(&arguments.to)?.overview()?),
    }
    print_root_state(&arguments.to, &state)?;
    if let RootState::InEffect { .. } = state {
        let (to, root) = (arguments.to.display(), arguments.to.join("metadata/1.root.json"));
        print_line("");
        print_line(&format!("Publish a rulebook next: ordinance publish DIR --to {to} --key FILE"));
        print_line(&format!(
            "Readers of the top authority, and the authority above any other, take {} from you",
            root.display()
        ));
    }
    Ok(Exit::Good)
}
