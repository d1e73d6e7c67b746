//! `ordinance trust sign`: signs the root that waits in a repository.

use ordinance_trust::{PendingRoot, RootOverview, RootState, SigningKey};

use super::root_state::print_root_state;
use super::rotate::sign_anew;
use crate::arguments::SignArguments;
use crate::exit::{CommandError, Exit};
use crate::repositories::{changes_of, check_keys, key_words, print_root};
use crate::signing_keys::open_keys;
use crate::terminal::print_line;

pub(super) fn run(arguments: &SignArguments) -> Result<Exit, CommandError> {
    let pending = PendingRoot::open(&arguments.repository)?;
    let proposed = pending.overview()?;
    let in_effect = pending.in_effect()?;
    // It is shown before a passphrase is asked for: who signs has read it.
    print_root(&proposed);
    if let Some(before) = &in_effect {
        print_line(&format!("against root version {}, which is in effect:", before.version));
        changes_of(before, &proposed).iter().for_each(|line| print_line(&format!("  {line}")));
    }
    let keys = open_keys(&arguments.signing)?;
    if keys.is_empty() {
        return Err(CommandError::bad_use(
            "no key was given, so nothing was signed",
            "name a key of the root with --key FILE",
        ));
    }
    let (of_root, others): (Vec<SigningKey>, Vec<SigningKey>) = keys
        .into_iter()
        .partition(|key| is_of_root(key, &proposed, in_effect.as_ref()) || !is_publisher(key, &proposed));
    if of_root.is_empty() {
        let own = &proposed.authority.jurisdiction;
        let others: Vec<_> = others.iter().map(|key| key.public().short_id()).collect();
        return Err(CommandError::bad_use(
            format!("{} publishes for {own} and is no key of its root, so nothing was signed", others.join(", ")),
            format!("give a key of the root: {}", expected_keys(&proposed, in_effect.as_ref())),
        ));
    }
    let known: Vec<_> = in_effect.iter().chain([&proposed]).flat_map(|root| root.root.keys.clone()).collect();
    let expected = expected_keys(&proposed, in_effect.as_ref());
    check_keys(&of_root, &known, &format!("no key of this root, whose keys are {expected}"))?;
    let state = pending.sign(&of_root)?;
    print_line("");
    print_root_state(&arguments.repository, &state)?;
    if let RootState::InEffect { .. } = state {
        let keys: Vec<SigningKey> = of_root.into_iter().chain(others).collect();
        sign_anew(&arguments.repository, in_effect.as_ref(), &keys)?;
    }
    Ok(Exit::Good)
}

/// The keys that may sign: those of the root in effect and those of the new one.
fn expected_keys(proposed: &RootOverview, in_effect: Option<&RootOverview>) -> String {
    let new = key_words(&proposed.root);
    match in_effect.filter(|before| before.root != proposed.root) {
        Some(before) => format!("{} of the root in effect, {new} of the new one", key_words(&before.root)),
        None => new,
    }
}

fn is_of_root(key: &SigningKey, proposed: &RootOverview, in_effect: Option<&RootOverview>) -> bool {
    let roots = in_effect.into_iter().chain([proposed]);
    roots.into_iter().any(|root| root.root.keys.contains(key.public()))
}

fn is_publisher(key: &SigningKey, proposed: &RootOverview) -> bool {
    proposed.publish.keys.contains(key.public())
}
