//! A change of a root: other keys, other thresholds, or the same for a longer time.

use jiff::Timestamp;
use tough::schema::RoleType;

use crate::editor::RepositoryEditor;
use crate::error::RepositoryError;
use crate::key::{PublicKey, SigningKey};
use crate::pending::{PendingRoot, RootState, propose_root};
use crate::signing::{Validity, days_after, expires_at, set_role, version};

/// What changes of the keys of a root.
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    /// The keys of the root from now on; `None` as before.
    pub root_keys: Option<(Vec<PublicKey>, u64)>,
    /// The keys that publish from now on; `None` as before.
    pub publishers: Option<(Vec<PublicKey>, u64)>,
}

impl PendingRoot {
    /// Proposes a root with other keys, or with the same for a longer time.
    ///
    /// # Errors
    /// [`RepositoryError`] if one waits already, or a threshold can't be met.
    pub fn propose(
        editor: &RepositoryEditor,
        change: &KeyChange,
        keys: &[SigningKey],
        validity: Validity,
        now: Timestamp,
    ) -> Result<RootState, RepositoryError> {
        let current = editor.root();
        let mut root = current.signed.clone();
        root.version = version(current.signed.version.get() + 1)?;
        root.expires = expires_at(days_after(now, validity.root_days)?)?;
        if let Some((keys, threshold)) = &change.root_keys {
            set_role(&mut root, &[RoleType::Root], keys, *threshold)?;
        }
        if let Some((keys, threshold)) = &change.publishers {
            set_role(&mut root, &[RoleType::Targets, RoleType::Snapshot, RoleType::Timestamp], keys, *threshold)?;
        }
        propose_root(editor.folder(), Some(current.clone()), root, keys)
    }
}
