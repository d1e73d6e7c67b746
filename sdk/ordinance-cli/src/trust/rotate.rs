//! `ordinance trust rotate`: proposes a root with other keys, or with the same for a longer time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ordinance_trust::{
    KeyChange, KeySet, PendingRoot, PublicKey, RepositoryError, RootOverview, RootState, SigningKey, Validity,
};

use super::root_state::print_root_state;
use crate::arguments::RotateArguments;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::repositories::{changes_of, check_keys, open_repository, print_root};
use crate::signing_keys::{open_keys, read_public_keys};
use crate::terminal::print_line;

pub(super) fn run(arguments: &RotateArguments) -> Result<Exit, CommandError> {
    let editor = open_repository(&arguments.repository)?;
    let before = editor.root_overview()?;
    let change = KeyChange {
        root_keys: changed(&before.root, &arguments.root_keys, arguments.root_threshold)?,
        publishers: changed(&before.publish, &arguments.publish_keys, arguments.publish_threshold)?,
    };
    let keys = open_keys(&arguments.signing)?;
    let sets = [&change.root_keys, &change.publishers].into_iter().flatten().flat_map(|(keys, _)| keys);
    let known: Vec<PublicKey> = sets.chain(&before.root.keys).chain(&before.publish.keys).cloned().collect();
    let ids: BTreeSet<String> = known.iter().map(PublicKey::short_id).collect();
    let ids = ids.into_iter().collect::<Vec<_>>().join(", ");
    check_keys(&keys, &known, &format!("a key neither of the root before nor of the new one, whose keys are {ids}"))?;
    let validity = Validity { root_days: arguments.root_days, ..Validity::default() };
    let state = PendingRoot::propose(&editor, &change, &keys, validity, now())?;
    let after = match state {
        RootState::InEffect { .. } => open_repository(&arguments.repository)?.root_overview()?,
        RootState::Waiting { .. } => PendingRoot::open(&arguments.repository)?.overview()?,
    };
    print_root(&after);
    print_line(&format!("against root version {}:", before.version));
    changes_of(&before, &after).iter().for_each(|line| print_line(&format!("  {line}")));
    print_line("");
    print_root_state(&arguments.repository, &state)?;
    if let RootState::InEffect { .. } = state {
        sign_anew(&arguments.repository, Some(&before), &keys)?;
    }
    Ok(Exit::Good)
}

/// The keys and the threshold from now on; `None` as before.
fn changed(
    before: &KeySet,
    files: &[PathBuf],
    threshold: Option<u64>,
) -> Result<Option<(Vec<PublicKey>, u64)>, CommandError> {
    if files.is_empty() && threshold.is_none() {
        return Ok(None);
    }
    let keys = if files.is_empty() { before.keys.clone() } else { read_public_keys(files)? };
    Ok(Some((keys, threshold.unwrap_or(before.threshold))))
}

/// Signs what is published anew, if the keys that publish aren't those of the root before; or says who must.
pub(super) fn sign_anew(
    repository: &Path,
    before: Option<&RootOverview>,
    keys: &[SigningKey],
) -> Result<(), CommandError> {
    let mut editor = open_repository(repository)?;
    let publish = editor.root_overview()?.publish;
    let Some(before) = before.filter(|before| before.publish != publish) else { return Ok(()) };
    if !editor.target_names().any(|_| true) {
        return Ok(());
    }
    match editor.check_publishers(keys) {
        Ok(()) => {
            editor.publish(keys, Validity::default(), now())?;
            print_line("what is published is signed anew by the keys that publish now");
            if before.publish.keys.iter().any(|key| !publish.keys.contains(key)) {
                print_line(
                    "it is what the removed keys signed: if one was stolen, look at it (`ordinance trust show`) and publish your rulebook again",
                );
            }
        }
        Err(RepositoryError::KeysNeeded { .. }) => {
            print_line(
                "what is published is still signed by the keys before, so readers keep what they have; sign it anew with:",
            );
            print_line(&format!("  ordinance trust refresh {} --key FILE...", repository.display()));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
