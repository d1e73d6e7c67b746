//! The registry: a rulebook loaded, checked and compiled, ready to decide. A rule that is broken is in it too, with
//! the reason, so that its layer reads as failed and never as silent.

mod checks;
mod notices;
mod rule;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::bounds::LevelBounds;
use ordinance_domain::calendar::{Date, DateRange, PublicationPeriod};
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};
use ordinance_domain::manifest::About;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{PrivacyRulings, Rulings};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_sandbox::{Loader, Sandbox};

use self::checks::add;
pub use self::notices::Notice;
use self::rule::Checked;
pub use self::rule::{
    BoundEligibilityRule, BoundPrivacyRule, Loaded, PrivacyRule, Rule, RuleFolder, RuleRejection, RuleState,
    check_rule, embedded_manifest,
};
use crate::definitions::{DefinitionFiles, Definitions, parse_definitions};
use crate::diagnostic::Diagnostic;
use crate::digest::sha256;
use crate::index::{FORMAT, INDEX_FILE, Index, IndexedRule, IndexedState, rule_path};
use crate::privacy::{Kept, Pseudonymiser};

/// A rulebook at one revision.
pub struct Rulebook {
    digest: String,
    /// The SHA-256 of all definition files with their names.
    definitions_digest: String,
    definitions: Definitions,
    rules: Versions<BoundEligibilityRule>,
    /// The rules on trial.
    shadows: Vec<Rule>,
    privacy: Versions<BoundPrivacyRule>,
    notices: Vec<Notice>,
    pub(crate) rulings: Kept<Arc<Rulings>>,
    pub(crate) gates: Kept<PrivacyRulings>,
    pub(crate) pseudonyms: Pseudonymiser,
}

/// Every version of every rule of a kind, by its folder (of an eligibility rule the service) and its place.
type Versions<Ready> = BTreeMap<Id, BTreeMap<JurisdictionCode, Vec<Rule<Ready>>>>;

/// A rulebook that can't be loaded at all.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file can't be read.
    #[error("`{}` can't be read; is this a folder that `ordinance build` made?", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The index is no index of this format.
    #[error("`{}` is no index of format {FORMAT}: {reason}; build the rulebook again", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A definition file isn't the one that the index names.
    #[error("`{0}` was changed after the rulebook was built; build it again")]
    Changed(String),
    /// Definitions are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Definitions(Vec<Diagnostic>),
}

impl Rulebook {
    /// Loads a built rulebook. A rule that is broken doesn't keep the others from loading.
    ///
    /// # Errors
    /// [`LoadError`] if the index or the definitions can't be used.
    pub fn load(folder: &Path, sandbox: &Sandbox) -> Result<Self, LoadError> {
        let path = folder.join(INDEX_FILE);
        let bytes = fs::read(&path).map_err(|source| LoadError::Io { path: path.clone(), source })?;
        let index: Index = serde_json::from_slice(&bytes)
            .map_err(|error| LoadError::Index { path: path.clone(), reason: error.to_string() })?;
        if index.format != FORMAT {
            return Err(LoadError::Index { path, reason: format!("it has format {}", index.format) });
        }
        let definitions = load_definitions(folder, &index)?;
        let mut rulebook = Self {
            digest: sha256(&bytes),
            definitions_digest: sha256(format!("{:?}", index.definitions).as_bytes()),
            definitions,
            rules: Versions::new(),
            shadows: Vec::new(),
            privacy: Versions::new(),
            notices: Vec::new(),
            rulings: Kept::default(),
            gates: Kept::default(),
            pseudonyms: Pseudonymiser::for_trial(),
        };
        let (mut loader, mut damaged) = (sandbox.loader(), Vec::new());
        for indexed in &index.rules {
            let in_index = |reason| LoadError::Index { path: path.clone(), reason };
            match &indexed.service {
                Some(_) => {
                    let rule = load_rule(folder, &mut loader, &rulebook.definitions, indexed, &mut damaged);
                    let rule = rule.map_err(in_index)?;
                    if indexed.shadow {
                        rulebook.shadows.push(rule);
                    } else {
                        add(&mut rulebook.rules, rule);
                    }
                }
                None => {
                    let rule = load_rule(folder, &mut loader, &rulebook.definitions, indexed, &mut damaged);
                    add(&mut rulebook.privacy, rule.map_err(in_index)?);
                }
            }
        }
        if !damaged.is_empty() {
            rulebook.digest = sha256(format!("{} without {}", rulebook.digest, damaged.join(" ")).as_bytes());
        }
        rulebook.check_side_by_side();
        Ok(rulebook)
    }

    fn check_side_by_side(&mut self) {
        self.break_rules_that_need_more_than_they_may_inherit();
        self.break_rules_beyond_the_bounds_of_their_parameters();
        self.notices = self.find_notices();
    }

    /// A folder with the digests of its rules: the same for the same rules, whatever revision they came from.
    fn named_with_digests(&self, folder: &RuleFolder) -> String {
        fn digests<Ready>(all: &Versions<Ready>, of: &RuleFolder) -> Vec<String> {
            let rules = all.get(&of.folder).and_then(|places| places.get(&of.place)).into_iter().flatten();
            rules.filter_map(|rule| rule.head.digest.clone()).collect()
        }
        let all = [digests(&self.rules, folder), digests(&self.privacy, folder)].concat();
        format!("{folder} {}", all.join(" "))
    }

    /// The same rulebook with the rules of some folders as an older revision has them: all their versions, or none. Its digest is
    /// another one. None if the two revisions don't have the same definitions, by which rules are checked.
    #[must_use]
    pub fn keeping(mut self, older: &Self, folders: &BTreeSet<RuleFolder>) -> Option<Self> {
        if folders.is_empty() {
            return Some(self);
        }
        if self.definitions_digest != older.definitions_digest {
            return None;
        }
        for folder in folders {
            keep(&mut self.rules, &older.rules, folder);
            keep(&mut self.privacy, &older.privacy, folder);
        }
        // What was ruled on with the rules that don't count is none of this one's.
        self.rulings = Kept::default();
        self.gates = Kept::default();
        let kept: Vec<String> = folders.iter().map(|folder| self.named_with_digests(folder)).collect();
        self.digest = sha256(format!("{} keeping {}", self.digest, kept.join(" ")).as_bytes());
        self.check_side_by_side();
        Some(self)
    }

    /// Checks an eligibility rule that isn't in the rulebook as one of it: for who asks what another rule would decide.
    ///
    /// # Errors
    /// [`RuleRejection`] if it is no rule of this rulebook.
    pub fn check(&self, loader: &mut Loader<'_>, component: &[u8]) -> Result<Rule, RuleRejection> {
        let ready = BoundEligibilityRule::check(loader, &self.definitions, component)?;
        Ok(Rule { head: Arc::new(ready.head(sha256(component))), state: RuleState::Ready(Box::new(ready)) })
    }

    /// Makes pseudonyms with this key from now on.
    #[must_use]
    pub fn with_pseudonyms(self, pseudonyms: Pseudonymiser) -> Self {
        Self { pseudonyms, ..self }
    }

    /// The SHA-256 of its index, in hexadecimal; where files that it names are missing or damaged, another one, as the same
    /// cases come to other decisions then.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Its titles.
    #[must_use]
    pub fn titles(&self) -> &Titles {
        &self.definitions.titles
    }

    /// Its places.
    #[must_use]
    pub fn jurisdictions(&self) -> &Jurisdictions {
        &self.definitions.jurisdictions
    }

    /// The contract of a service.
    #[must_use]
    pub fn contract(&self, service: &Id) -> Option<&Contract> {
        self.definitions.contracts.get(service)
    }

    /// Whether a word is the id of one of its services.
    #[must_use]
    pub fn has_service(&self, word: &str) -> bool {
        Id::new(word).is_ok_and(|id| self.contract(&id).is_some())
    }

    /// Whether a word is the code of one of its places, on whatever day.
    #[must_use]
    pub fn has_place(&self, word: &str) -> bool {
        JurisdictionCode::new(word).is_ok_and(|code| self.jurisdictions().knows(&code))
    }

    /// Every fact of the rulebook, by name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.definitions.facts.get(name)
    }

    /// Every fact of the rulebook, by name.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.definitions.facts.values()
    }

    /// Whether rules may use facts of these places without a ruling while no level has privacy law in force.
    pub(crate) fn is_ungoverned<'a>(&self, mut chain: impl Iterator<Item = &'a JurisdictionCode>) -> bool {
        chain.any(|place| self.definitions.ungoverned.contains(place))
    }

    /// The privacy rules of a place in force on a day, by all that is known now.
    pub fn privacy_in_force(&self, place: &JurisdictionCode, day: Date) -> impl Iterator<Item = &PrivacyRule> {
        self.privacy.values().filter_map(move |places| in_force_of(places.get(place)?, day, None))
    }

    /// Every version of a place's privacy rules, by id and first day.
    pub fn privacy_rules_of(&self, place: &JurisdictionCode) -> impl Iterator<Item = &PrivacyRule> {
        self.privacy.values().filter_map(move |places| places.get(place)).flatten()
    }

    /// Every version of every privacy rule, by its id and place.
    pub fn privacy_rules(&self) -> impl Iterator<Item = &PrivacyRule> {
        self.privacy.values().flat_map(BTreeMap::values).flatten()
    }

    /// What is lawful and may yet be a mistake.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Every contract, by service.
    pub fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.definitions.contracts.values()
    }

    /// The bounds that a place sets for those below it.
    #[must_use]
    pub fn bounds(&self, place: &JurisdictionCode, service: &Id) -> Option<&LevelBounds> {
        self.definitions.bounds.get(service)?.get(place)
    }

    /// The rule of a place for a service on a day, by what was known on another; none if the level is silent. A broken
    /// rule comes before one that runs: where both claim a day, it isn't known which is the law.
    #[must_use]
    pub fn in_force(&self, place: &JurisdictionCode, service: &Id, day: Date, known_at: Option<Date>) -> Option<&Rule> {
        in_force_of(self.rules.get(service)?.get(place)?, day, known_at)
    }

    /// Every version of a place's rules, by service and first day.
    pub fn rules_of(&self, place: &JurisdictionCode) -> impl Iterator<Item = &Rule> {
        self.rules.values().filter_map(move |places| places.get(place)).flatten()
    }

    /// Every version of every rule of a service, by place and first day.
    pub fn rules_for(&self, service: &Id) -> impl Iterator<Item = &Rule> {
        self.rules.get(service).into_iter().flat_map(BTreeMap::values).flatten()
    }

    /// Every rule, broken ones too, by service, jurisdiction and first day.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().flat_map(BTreeMap::values).flatten()
    }

    /// The rules on trial, which are no law; those that can't run too.
    pub fn shadows(&self) -> impl Iterator<Item = &Rule> {
        self.shadows.iter()
    }

    /// The rules of both kinds that can't run, each with the reason.
    pub fn broken_rules(&self) -> impl Iterator<Item = (&RuleHead, &RuleRejection)> {
        self.rules().filter_map(broken).chain(self.privacy_rules().filter_map(broken))
    }

    /// The rules on trial that can't run, each with the reason.
    pub fn broken_on_trial(&self) -> impl Iterator<Item = (&RuleHead, &RuleRejection)> {
        self.shadows().filter_map(broken)
    }
}

/// Puts the versions of a folder as another revision has them.
fn keep<Ready: Clone>(all: &mut Versions<Ready>, older: &Versions<Ready>, of: &RuleFolder) {
    let kept = older.get(&of.folder).and_then(|places| places.get(&of.place));
    match (kept, all.get_mut(&of.folder)) {
        (Some(kept), _) => drop(all.entry(of.folder.clone()).or_default().insert(of.place.clone(), kept.clone())),
        (None, Some(places)) => drop(places.remove(&of.place)),
        (None, None) => {}
    }
}

fn broken<Ready>(rule: &Rule<Ready>) -> Option<(&RuleHead, &RuleRejection)> {
    match &rule.state {
        RuleState::Broken(why) => Some((rule.head.as_ref(), why)),
        RuleState::Ready(_) => None,
    }
}

fn in_force_of<Ready>(versions: &[Rule<Ready>], day: Date, known_at: Option<Date>) -> Option<&Rule<Ready>> {
    let counts = |rule: &&Rule<Ready>| rule.head.in_force.contains(day) && rule.head.known.at(known_at);
    versions.iter().filter(counts).max_by_key(|rule| matches!(rule.state, RuleState::Broken(_)))
}

fn load_definitions(folder: &Path, index: &Index) -> Result<Definitions, LoadError> {
    let mut files = DefinitionFiles::new();
    for (name, digest) in &index.definitions {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).map_err(|source| LoadError::Io { path, source })?;
        if sha256(text.as_bytes()) != *digest {
            return Err(LoadError::Changed(name.clone()));
        }
        files.insert(name.clone(), text);
    }
    parse_definitions(&files).map_err(LoadError::Definitions)
}

/// Loads one rule. Only an index that names it nonsensically is an error; anything else makes it a broken rule, and a file that
/// is missing or damaged is noted.
fn load_rule<Ready: Checked>(
    folder: &Path,
    loader: &mut Loader<'_>,
    definitions: &Definitions,
    indexed: &IndexedRule,
    damaged: &mut Vec<String>,
) -> Result<Rule<Ready>, String> {
    let head = indexed_head(indexed)?;
    let broken = |head, why| Rule { head: Arc::new(head), state: RuleState::Broken(why) };
    let digest = match &indexed.state {
        IndexedState::Built(digest) => digest,
        IndexedState::Broken(reason) => return Ok(broken(head, reason.clone().into())),
    };
    let read = read_rule(folder, digest).map_err(|reason| {
        damaged.push(digest.clone());
        RuleRejection::from(reason)
    });
    let ready = read.and_then(|bytes| Ready::check(loader, definitions, &bytes));
    Ok(match ready {
        Ok(ready) => match ready.head(digest.clone()) {
            found if same_rule(&found, &head) && ready.is_shadow() == indexed.shadow => {
                Rule { head: Arc::new(found), state: RuleState::Ready(Box::new(ready)) }
            }
            _ => broken(head, "its manifest names another rule than the index does; build the rulebook again".into()),
        },
        Err(why) => broken(head, why),
    })
}

fn same_rule(found: &RuleHead, indexed: &RuleHead) -> bool {
    (&found.id, &found.version, &found.jurisdiction, &found.about, found.in_force, found.known)
        == (&indexed.id, &indexed.version, &indexed.jurisdiction, &indexed.about, indexed.in_force, indexed.known)
}

fn read_rule(folder: &Path, digest: &str) -> Result<Vec<u8>, String> {
    let path = rule_path(digest);
    let bytes = fs::read(folder.join(&path)).map_err(|error| format!("`{path}` can't be read: {error}"))?;
    if sha256(&bytes) == digest {
        Ok(bytes)
    } else {
        Err(format!("`{path}` is damaged: its digest is not its name; build the rulebook again"))
    }
}

fn indexed_head(indexed: &IndexedRule) -> Result<RuleHead, String> {
    let in_force: DateRange = indexed.in_force().map_err(|error| error.to_string())?;
    let digest = match &indexed.state {
        IndexedState::Built(digest) => Some(digest.clone()),
        IndexedState::Broken(_) => None,
    };
    Ok(RuleHead {
        id: Id::new(&indexed.id).map_err(|error| error.to_string())?,
        version: indexed.version.clone(),
        jurisdiction: JurisdictionCode::new(&indexed.jurisdiction).map_err(|error| error.to_string())?,
        about: match &indexed.service {
            Some(service) => About::Service(Id::new(service).map_err(|error| error.to_string())?),
            None => About::Privacy,
        },
        in_force,
        known: PublicationPeriod { published: indexed.published, withdrawn: indexed.withdrawn },
        digest,
        titles: Titles::default(),
        criteria: Vec::new(),
        parameters: Vec::new(),
        reads: Vec::new(),
        compound: Vec::new(),
        inherits: false,
    })
}
