//! Whom an authority delegates: the roots of lower authorities among what it publishes, its approvers, the decision
//! logs that it vouches for, and the key to which objections for it are sealed.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::{DefinitionFiles, Definitions, parse_definitions};
use serde_json::Map;

use crate::editor::RepositoryEditor;
use crate::error::RepositoryError;
use crate::metadata::{ADDRESS_MEMBER, OBJECTIONS_TARGET};
use crate::metadata::{
    DEFINITIONS_PREFIX, approval_role, authority_target, delegated_place, digest_of, log_target, said_address,
    target_path,
};
use crate::objections_key::ObjectionsRecipient;
use crate::overview::{
    ApproversOverview, LOG_NAME_MEMBER, RootOverview, approvers_of, first_root, list_of, nothing_approved,
};
use crate::pending::{pending_signatures, remove_pending_list};
use crate::repository_source::RepositorySource;
use crate::source::FolderSource;
use crate::verify::{KnownVersions, VerifiedRepository, verify};

impl RepositoryEditor {
    /// What the root in effect says.
    ///
    /// # Errors
    /// [`RepositoryError::Malformed`] if it doesn't say whose it is.
    pub fn root_overview(&self) -> Result<RootOverview, RepositoryError> {
        RootOverview::of(&self.root().signed)
    }

    /// The definitions that this repository publishes; `None` if it publishes none that can be read.
    #[must_use]
    pub fn published_definitions(&self) -> Option<Definitions> {
        let mut files = DefinitionFiles::new();
        for name in self.target_names() {
            let Some(path) = name.strip_prefix(DEFINITIONS_PREFIX) else { continue };
            files.insert(path.to_owned(), String::from_utf8(self.read_target(name)?).ok()?);
        }
        if files.is_empty() { None } else { parse_definitions(&files).ok() }
    }

    /// The places whose law a lower authority makes by a delegation of this one, in order.
    #[must_use]
    pub fn delegated(&self) -> Vec<JurisdictionCode> {
        let mut places: Vec<_> = self.target_names().filter_map(|name| delegated_place(name)?.ok()).collect();
        places.sort();
        places
    }

    /// The root of a lower authority that this one lists.
    #[must_use]
    pub fn delegated_root(&self, place: &JurisdictionCode) -> Option<Vec<u8>> {
        self.read_target(&authority_target(place))
    }

    /// The bytes of a file that is published; `None` if it isn't there.
    pub(crate) fn read_target(&self, name: &str) -> Option<Vec<u8>> {
        let target = self.target(name)?;
        let path = target_path(name, digest_of(&target.hashes, name).ok()?);
        FolderSource::new(self.folder().to_owned()).read(&path, target.length).ok()?
    }

    /// The address that the delegation of a lower authority says; `None` if it says none.
    #[must_use]
    pub fn delegated_address(&self, place: &JurisdictionCode) -> Option<String> {
        self.target(&authority_target(place)).and_then(said_address).map(str::to_owned)
    }

    /// Lists the root of a lower authority, with the address of its repository: without one that of the delegation
    /// before, or else that beside this repository. Whether the place is below, readers
    /// check by the definitions of the top authority; where `definitions` are known, this checks it too.
    ///
    /// # Errors
    /// [`RepositoryError`] if the root isn't the authority's, isn't signed as it says, or the place isn't below.
    pub fn delegate(
        &mut self,
        place: &JurisdictionCode,
        root: &[u8],
        address: Option<&str>,
        definitions: Option<&Definitions>,
    ) -> Result<RootOverview, RepositoryError> {
        let lower = RootOverview::read(root)?;
        if lower.authority.jurisdiction != *place {
            let found = lower.authority.jurisdiction;
            return Err(RepositoryError::OtherAuthority { found, expected: place.clone() });
        }
        let own = self.authority()?.jurisdiction;
        let is_below = |definitions: &Definitions| definitions.places.all_published().ever_above(place).contains(&&own);
        if *place == own || !definitions.is_none_or(is_below) {
            return Err(RepositoryError::Refused(format!(
                "{place} isn't below {own}: an authority delegates only places below its own"
            )));
        }
        let mut custom = Map::new();
        let kept = self.delegated_address(place);
        if let Some(address) = address.or(kept.as_deref()) {
            FolderSource::new(self.folder().to_owned()).at(address)?;
            custom.insert(ADDRESS_MEMBER.to_owned(), address.into());
        }
        let name = authority_target(place);
        // A file with the same bytes would keep the address that it had.
        self.remove_target(&name);
        self.set_target(&name, root, custom)?;
        Ok(lower)
    }

    /// Ends the delegation of a place. From then on its law is this authority's.
    ///
    /// # Errors
    /// [`RepositoryError::Refused`] if the place isn't delegated.
    pub fn revoke(&mut self, place: &JurisdictionCode) -> Result<(), RepositoryError> {
        if self.remove_target(&authority_target(place)) {
            return Ok(());
        }
        let known: Vec<String> = self.delegated().iter().map(ToString::to_string).collect();
        let known = if known.is_empty() {
            "it delegates nobody".to_owned()
        } else {
            format!("it delegates {}", known.join(", "))
        };
        Err(RepositoryError::Refused(format!("{} doesn't delegate {place}; {known}", self.authority()?.jurisdiction)))
    }

    /// Who approves for whom.
    #[must_use]
    pub fn approvers(&self) -> Vec<ApproversOverview> {
        approvers_of(self.targets(), |role| self.approved(role).map_or_else(nothing_approved, list_of))
    }

    /// The lists of approvals that wait, each with the number of approvers that signed and that must.
    ///
    /// # Errors
    /// [`RepositoryError`] if one can't be read.
    pub fn pending_approvals(&self) -> Result<Vec<(JurisdictionCode, u64, u64)>, RepositoryError> {
        let mut waiting = Vec::new();
        for known in self.approvers() {
            let given = pending_signatures(self.folder(), &approval_role(&known.place), &known.keys.keys)?;
            waiting.extend(given.map(|given| (known.place, given, known.keys.threshold)));
        }
        Ok(waiting)
    }

    /// The repository as its readers see it.
    ///
    /// # Errors
    /// [`RepositoryError`] if it isn't as it must be.
    pub fn verified(&self) -> Result<VerifiedRepository, RepositoryError> {
        let source = FolderSource::new(self.folder().to_owned());
        verify(&source, &first_root(&source)?, &KnownVersions::default())
    }

    /// Forgets the approvals of a place's rules that wait for signatures, which were of other approvers.
    ///
    /// # Errors
    /// [`RepositoryError::Unwritable`].
    pub fn discard_pending_approvals(&self, place: &JurisdictionCode) -> Result<(), RepositoryError> {
        remove_pending_list(self.folder(), &approval_role(place))
    }

    /// Lists the key of a decision log. Its text is `NAME+HASH+KEY`, as C2SP's signed notes write the key of a
    /// verifier.
    ///
    /// # Errors
    /// [`RepositoryError`] if the file can't be written.
    pub fn list_log(&mut self, key: &str, name: &str) -> Result<(), RepositoryError> {
        let custom = Map::from_iter([(LOG_NAME_MEMBER.to_owned(), name.into())]);
        self.set_target(&log_target(key), key.as_bytes(), custom)
    }

    /// Lists the key to which objections for this authority are sealed, in place of an earlier one.
    ///
    /// # Errors
    /// [`RepositoryError`] if the file can't be written.
    pub fn list_objections_key(&mut self, key: &ObjectionsRecipient) -> Result<(), RepositoryError> {
        self.set_target(OBJECTIONS_TARGET, format!("{}\n", key.to_text()).as_bytes(), Map::new())
    }

    /// Takes the key of a decision log off the list. Whether it was there.
    pub fn unlist_log(&mut self, key: &str) -> bool {
        self.remove_target(&log_target(key))
    }
}
