//! What waits for signatures: a root, or approvals. Their keys are in several hands, so each holder signs a file and
//! hands the folder on; what enough of them signed takes effect.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tough::schema::{Role, RoleKeys, RoleType, Root, Signed, Targets};

use crate::error::RepositoryError;
use crate::kept_copy::write_atomically;
use crate::key::{PublicKey, SigningKey};
use crate::metadata::{ROOT_BYTES_MAX, metadata_path, parse, root_file};
use crate::overview::RootOverview;
use crate::repository_source::RepositorySource;
use crate::signing::{add_signatures, keys_needed, to_json};
use crate::source::FolderSource;
use crate::verify::{KnownVersions, verify_root};

/// The folder of what waits for signatures. A web server needn't serve it.
const PENDING_FOLDER: &str = "pending";
/// The file of a root that waits.
const ROOT_FILE: &str = "root.json";

/// Whether a root has enough signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootState {
    /// It is in effect.
    InEffect {
        /// Its version.
        version: u64,
    },
    /// It waits for more.
    Waiting {
        /// Its version.
        version: u64,
        /// What it lacks.
        lacks: String,
    },
}

/// A root that waits for signatures.
#[derive(Debug)]
pub struct PendingRoot {
    folder: PathBuf,
    current: Option<Signed<Root>>,
    proposed: Signed<Root>,
}

impl PendingRoot {
    /// The root that waits in the folder of a repository.
    ///
    /// # Errors
    /// [`RepositoryError::Refused`] if none does.
    pub fn open(folder: &Path) -> Result<Self, RepositoryError> {
        let proposed = read_pending(folder, ROOT_FILE)?
            .ok_or_else(|| RepositoryError::Refused(format!("no root waits for signatures in {}", folder.display())))?;
        let source = FolderSource::new(folder.to_owned());
        let current = match source.read(&metadata_path(&root_file(1)), ROOT_BYTES_MAX)? {
            Some(first) => Some(verify_root(&source, &first)?),
            None => None,
        };
        Ok(Self { folder: folder.to_owned(), current, proposed })
    }

    /// What the root is to be, for whoever signs it to read.
    #[must_use]
    pub fn proposed(&self) -> &Root {
        &self.proposed.signed
    }

    /// What the root is to be, for people.
    ///
    /// # Errors
    /// [`RepositoryError::Malformed`] if it doesn't say whose it is.
    pub fn overview(&self) -> Result<RootOverview, RepositoryError> {
        RootOverview::of(&self.proposed.signed)
    }

    /// What the root in effect says; `None` if none is in effect yet.
    ///
    /// # Errors
    /// [`RepositoryError::Malformed`] if it doesn't say whose it is.
    pub fn in_effect(&self) -> Result<Option<RootOverview>, RepositoryError> {
        self.current.as_ref().map(|root| RootOverview::of(&root.signed)).transpose()
    }

    /// Whether a key has signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.proposed.signatures.iter().any(|signature| &signature.keyid == key.id())
    }

    /// Adds the signatures of keys, and puts the root into effect if they are enough.
    ///
    /// # Errors
    /// [`RepositoryError::Refused`] if a key is no key of the root.
    pub fn sign(mut self, keys: &[SigningKey]) -> Result<RootState, RepositoryError> {
        let own: Vec<&RoleKeys> = self.roles().collect();
        if let Some(stranger) = keys.iter().find(|key| !own.iter().any(|role| role.keyids.contains(key.public().id())))
        {
            return Err(RepositoryError::Refused(format!(
                "the key {} is no key of this root",
                stranger.public().short_id()
            )));
        }
        let own: Vec<RoleKeys> = own.into_iter().cloned().collect();
        for role in &own {
            add_signatures(&mut self.proposed, role, keys)?;
        }
        self.write()
    }

    /// The keys that must sign: those of the root in effect and those of the proposed one.
    fn roles(&self) -> impl Iterator<Item = &RoleKeys> {
        let roots = self.current.iter().map(|root| &root.signed).chain([&self.proposed.signed]);
        roots.filter_map(|root| root.roles.get(&RoleType::Root))
    }

    fn write(self) -> Result<RootState, RepositoryError> {
        let number = self.proposed.signed.version.get();
        let lacks = self.roles().find_map(|role| {
            let signed = |id| self.proposed.signatures.iter().any(|signature| &signature.keyid == id);
            let given = role.keyids.iter().filter(|id| signed(*id)).count();
            let given = u64::try_from(given).unwrap_or_default();
            (given < role.threshold.get()).then(|| keys_needed("root", role, given).to_string())
        });
        let bytes = to_json(&self.proposed)?;
        if let Some(lacks) = lacks {
            write_atomically(&pending_path(&self.folder, ROOT_FILE), &bytes)?;
            return Ok(RootState::Waiting { version: number, lacks });
        }
        write_atomically(&self.folder.join(metadata_path(&root_file(number))), &bytes)?;
        remove_pending(&self.folder, ROOT_FILE)?;
        Ok(RootState::InEffect { version: number })
    }
}

pub(crate) fn propose_root(
    folder: &Path,
    current: Option<Signed<Root>>,
    root: Root,
    keys: &[SigningKey],
) -> Result<RootState, RepositoryError> {
    if pending_path(folder, ROOT_FILE).exists() {
        return Err(RepositoryError::Refused(format!(
            "another root waits for signatures in {}; sign it, or remove it",
            pending_path(folder, ROOT_FILE).display()
        )));
    }
    let proposed = Signed { signed: root, signatures: Vec::new() };
    let pending = PendingRoot { folder: folder.to_owned(), current, proposed };
    let own: Vec<RoleKeys> = pending.roles().cloned().collect();
    let mut pending = pending;
    for role in &own {
        add_signatures(&mut pending.proposed, role, keys)?;
    }
    pending.write()
}

/// The lists of approvals that wait and that enough approvers signed, by role.
pub(crate) fn complete_approvals(
    folder: &Path,
    targets: &Targets,
    versions: &KnownVersions,
) -> Result<BTreeMap<String, Signed<Targets>>, RepositoryError> {
    let mut complete = BTreeMap::new();
    let Some(delegations) = &targets.delegations else { return Ok(complete) };
    for role in &delegations.roles {
        let waiting: Option<Signed<Targets>> = read_pending(folder, &format!("{}.json", role.name))?;
        let Some(waiting) = waiting else { continue };
        let known = versions.roles.get(&role.name).copied().unwrap_or_default();
        let is_next = waiting.signed.version.get() == known + 1;
        if is_next && delegations.verify_role(&waiting, &role.name).is_ok() {
            complete.insert(role.name.clone(), waiting);
        }
    }
    Ok(complete)
}

/// How many of the approvers signed the list that waits; `None` if none waits.
pub(crate) fn pending_signatures(
    folder: &Path,
    role: &str,
    approvers: &[PublicKey],
) -> Result<Option<u64>, RepositoryError> {
    let waiting: Option<Signed<Targets>> = read_pending(folder, &format!("{role}.json"))?;
    Ok(waiting.map(|list| {
        let has_signed = |key: &&PublicKey| list.signatures.iter().any(|signature| &signature.keyid == key.id());
        u64::try_from(approvers.iter().filter(has_signed).count()).unwrap_or_default()
    }))
}

/// Removes a list of approvals that waits for signatures.
pub(crate) fn remove_pending_list(folder: &Path, role: &str) -> Result<(), RepositoryError> {
    remove_pending(folder, &format!("{role}.json"))
}

/// Writes what waits for signatures.
pub(crate) fn write_pending<T: Role + Serialize>(
    folder: &Path,
    file: &str,
    waiting: &Signed<T>,
) -> Result<(), RepositoryError> {
    write_atomically(&pending_path(folder, file), &to_json(waiting)?)
}

fn pending_path(folder: &Path, file: &str) -> PathBuf {
    folder.join(PENDING_FOLDER).join(file)
}

/// What waits for signatures in a file; `None` if nothing does.
pub(crate) fn read_pending<T: Role + DeserializeOwned>(
    folder: &Path,
    file: &str,
) -> Result<Option<Signed<T>>, RepositoryError> {
    let path = format!("{PENDING_FOLDER}/{file}");
    if !folder.is_dir() {
        return Ok(None);
    }
    let bytes = FolderSource::new(folder.to_owned()).read(&path, crate::metadata::TARGETS_BYTES_MAX)?;
    bytes.map(|bytes| parse(&path, &bytes)).transpose()
}

fn remove_pending(folder: &Path, file: &str) -> Result<(), RepositoryError> {
    let path = pending_path(folder, file);
    match fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(RepositoryError::Unwritable { file: path.display().to_string(), source }),
    }
    // The folder is there only while something waits.
    drop(fs::remove_dir(folder.join(PENDING_FOLDER)));
    Ok(())
}
