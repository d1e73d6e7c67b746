//! What to say of a root once it was signed: that it is in effect, or who must still sign it and how.

use std::path::Path;

use ordinance_trust::{KeySet, PendingRoot, PublicKey, RootState};

use crate::exit::CommandError;
use crate::terminal::print_line;

/// Prints whether a root is in effect.
pub(super) fn print_root_state(repository: &Path, state: &RootState) -> Result<(), CommandError> {
    match state {
        RootState::InEffect { version } => print_line(&format!("root version {version} is in effect")),
        RootState::Waiting { version, .. } => {
            print_line(&format!(
                "root version {version} waits for signatures in {}",
                repository.join("pending").display()
            ));
            print_missing_signatures(repository)?;
        }
    }
    Ok(())
}

/// Prints whose signatures the root that waits in a repository lacks, with the command that adds one.
fn print_missing_signatures(repository: &Path) -> Result<(), CommandError> {
    let pending = PendingRoot::open(repository)?;
    let proposed = pending.overview()?;
    let in_effect = pending.in_effect()?;
    if let Some(root) = &in_effect {
        print_missing(&pending, "the root in effect", &root.root);
    }
    let has_other_keys = in_effect.is_none_or(|root| root.root != proposed.root);
    if has_other_keys {
        print_missing(&pending, "the new root", &proposed.root);
    }
    print_line("each holder of such a key signs with:");
    print_line(&format!("  ordinance trust sign {} --key FILE", repository.display()));
    Ok(())
}

fn print_missing(pending: &PendingRoot, which: &str, keys: &KeySet) {
    let (signed, unsigned): (Vec<&PublicKey>, Vec<&PublicKey>) =
        keys.keys.iter().partition(|key| pending.is_signed_by(key));
    let given = u64::try_from(signed.len()).unwrap_or_default();
    let Some(lacking) = keys.threshold.checked_sub(given).filter(|lacking| *lacking > 0) else {
        return;
    };
    let names: Vec<String> = unsigned.iter().map(|key| key.short_id()).collect();
    print_line(&format!("  {which}: {given} of {} signatures; {lacking} more of {}", keys.threshold, names.join(", ")));
}
