//! The registry: a rulebook loaded, checked and compiled, ready to decide. A rule that is broken is in it too, with
//! the reason, so that its layer reads as failed and never as silent.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::calendar::{Date, InForce};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::RuleHead;
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode, Jurisdictions};
use ordinance_domain::manifest::Manifest;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_type;
use ordinance_domain::text::Titles;
use ordinance_domain::value::{Record, Value};
use ordinance_sandbox::{CheckedRule, Sandbox, manifest_section};

use crate::definitions::{DefinitionFiles, Definitions, parse_definitions};
use crate::diagnostic::Diagnostic;
use crate::digest::sha256;
use crate::index::{FORMAT, INDEX_FILE, Index, IndexedRule, IndexedState, rule_path};
use crate::manifest::parse_manifest;

/// A rulebook at one revision.
pub struct Registry {
    digest: String,
    definitions: Definitions,
    rules: BTreeMap<Id, BTreeMap<JurisdictionCode, Vec<Rule>>>,
}

/// A rule of the rulebook.
pub struct Rule {
    /// What decisions say of it.
    pub head: Arc<RuleHead>,
    /// Whether it can run.
    pub state: RuleState,
}

/// Whether a rule can run.
pub enum RuleState {
    /// It can.
    Ready(Box<ReadyRule>),
    /// It can't; the reason.
    Broken(String),
}

/// A rule that was checked against its service's contract.
pub struct ReadyRule {
    pub(crate) manifest: Manifest,
    pub(crate) checked: CheckedRule,
    parameters: Vec<TypedParameter>,
    bytes: usize,
}

/// A parameter's values in the type that the rule reads.
struct TypedParameter {
    name: FieldName,
    values: Vec<(Date, Value)>,
}

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

impl ReadyRule {
    /// Checks a rule's file: its manifest, its component, and its type against the contract.
    ///
    /// # Errors
    /// The reason, in words for its author.
    pub fn check(sandbox: &Sandbox, definitions: &Definitions, component: &[u8]) -> Result<Self, String> {
        let manifest = embedded_manifest(component)?;
        let contract = definitions.contracts.get(&manifest.service).ok_or_else(|| {
            format!("its service `{}` is not in the rulebook; add services/{0}.toml", manifest.service)
        })?;
        if definitions.jurisdictions.get(&manifest.jurisdiction).is_none() {
            return Err(format!(
                "its jurisdiction `{}` is not in the rulebook; add it to rulebook.toml",
                manifest.jurisdiction
            ));
        }
        let checked = sandbox.check(component, manifest.limits).map_err(|refusal| refusal.to_string())?;
        let faults = rule_type::check(checked.rule_type(), contract, &manifest);
        if !faults.is_empty() {
            return Err(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
        let parameters = typed_parameters(&manifest, checked.rule_type());
        Ok(Self { manifest, checked, parameters, bytes: component.len() })
    }

    /// Its manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The checked component: its type and its limits.
    #[must_use]
    pub fn checked(&self) -> &CheckedRule {
        &self.checked
    }

    /// The size of its file in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// What decisions say of it.
    #[must_use]
    pub fn head(&self, digest: String) -> RuleHead {
        let manifest = &self.manifest;
        RuleHead {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            jurisdiction: manifest.jurisdiction.clone(),
            service: manifest.service.clone(),
            in_force: manifest.in_force,
            digest: Some(digest),
            titles: manifest.titles.clone(),
            criteria: manifest.criteria.clone(),
            parameters: manifest.parameters.clone(),
        }
    }

    /// The parameters in force on a day.
    pub(crate) fn parameters_on(&self, day: Date) -> Record {
        let in_force = |parameter: &TypedParameter| {
            let (_, value) = parameter.values.iter().rev().find(|(from, _)| *from <= day)?;
            Some((parameter.name.clone(), value.clone()))
        };
        self.parameters.iter().filter_map(in_force).collect()
    }
}

/// The manifest that a component carries.
///
/// # Errors
/// The reason why there is none that can be read.
pub fn embedded_manifest(component: &[u8]) -> Result<Manifest, String> {
    let section = manifest_section(component)
        .ok_or("it carries no manifest, or more than one; build it with `ordinance build`, which embeds rule.toml")?;
    let text = std::str::from_utf8(section).map_err(|_| "its manifest is not UTF-8")?;
    parse_manifest("rule.toml", text).map_err(|fault| fault.to_string())
}

fn typed_parameters(manifest: &Manifest, rule_type: &rule_type::RuleType) -> Vec<TypedParameter> {
    let typed = |field: &rule_type::RuleField| {
        let parameter = manifest.parameters.iter().find(|parameter| parameter.name == field.name)?;
        let values =
            parameter.values.iter().filter_map(|dated| Some((dated.from, field.value_type.read(&dated.value)?)));
        Some(TypedParameter { name: field.name.clone(), values: values.collect() })
    };
    rule_type.parameters.iter().filter_map(typed).collect()
}

impl Registry {
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
        let mut registry = Self { digest: sha256(&bytes), definitions, rules: BTreeMap::new() };
        for indexed in &index.rules {
            let rule = load_rule(folder, sandbox, &registry.definitions, indexed)
                .map_err(|reason| LoadError::Index { path: path.clone(), reason })?;
            registry.add(rule);
        }
        registry.break_rules_that_need_more_than_they_may_inherit();
        Ok(registry)
    }

    /// The SHA-256 of its index, in hexadecimal.
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

    /// The place with this code.
    #[must_use]
    pub fn jurisdiction(&self, code: &JurisdictionCode) -> Option<&Jurisdiction> {
        self.definitions.jurisdictions.get(code)
    }

    /// The contract of a service.
    #[must_use]
    pub fn contract(&self, service: &Id) -> Option<&Contract> {
        self.definitions.contracts.get(service)
    }

    /// Every contract, by service.
    pub fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.definitions.contracts.values()
    }

    /// The rule of a place for a service on a day; none if the level is silent. A broken rule comes before one that
    /// runs: where both claim a day, it isn't known which is the law.
    #[must_use]
    pub fn in_force(&self, place: &JurisdictionCode, service: &Id, day: Date) -> Option<&Rule> {
        let versions = self.rules.get(service)?.get(place)?;
        let on_day = versions.iter().filter(|rule| rule.head.in_force.contains(day));
        on_day.max_by_key(|rule| matches!(rule.state, RuleState::Broken(_)))
    }

    /// Every rule, broken ones too, by service, jurisdiction and first day.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.values().flat_map(BTreeMap::values).flatten()
    }

    /// The rules that can't run, each with the reason.
    pub fn broken_rules(&self) -> impl Iterator<Item = (&RuleHead, &str)> {
        self.rules().filter_map(|rule| match &rule.state {
            RuleState::Broken(reason) => Some((rule.head.as_ref(), reason.as_str())),
            RuleState::Ready(_) => None,
        })
    }

    /// The most fuel that deciding a case of this place and service can use.
    #[must_use]
    pub fn fuel_max(&self, place: &JurisdictionCode, service: &Id, day: Date) -> u64 {
        let Some(chain) = self.definitions.jurisdictions.chain(place) else { return 0 };
        let fuel = |place| match &self.in_force(place, service, day)?.state {
            RuleState::Ready(ready) => Some(ready.checked.limits().fuel),
            RuleState::Broken(_) => None,
        };
        chain.iter().filter_map(fuel).fold(0, u64::saturating_add)
    }

    /// Adds a rule; of two that are in force on one day for one place and service, the later one is broken.
    fn add(&mut self, mut rule: Rule) {
        let head = Arc::clone(&rule.head);
        let versions =
            self.rules.entry(head.service.clone()).or_default().entry(head.jurisdiction.clone()).or_default();
        if let Some(other) = versions.iter().find(|other| other.head.in_force.overlaps(&head.in_force)) {
            let reason = format!(
                "version {} is in force on the same days as version {} of `{}`; give one an `until`, or the other a later `from`",
                head.version, other.head.version, other.head.id
            );
            rule.state = RuleState::Broken(reason);
        }
        versions.push(rule);
    }

    /// An upper level may leave a grant field open; a rule that reads what it inherits must allow for that.
    fn break_rules_that_need_more_than_they_may_inherit(&mut self) {
        for places in self.rules.values_mut() {
            let open: Vec<OpenField> = places.values().flatten().flat_map(open_fields).collect();
            for (place, rules) in places.iter_mut() {
                let Some(chain) = self.definitions.jurisdictions.chain(place) else { continue };
                let above: Vec<&JurisdictionCode> = chain.iter().filter(|code| *code != place).collect();
                for rule in rules {
                    let conflicts = |open: &&OpenField| {
                        above.contains(&&open.place)
                            && open.in_force.overlaps(&rule.head.in_force)
                            && needs(rule, &open.field)
                    };
                    if let Some(OpenField { place: upper, field, .. }) = open.iter().find(conflicts) {
                        let wit = field.to_kebab();
                        rule.state = RuleState::Broken(format!(
                            "`inherited.{wit}`: the rule of `{upper}` may leave it open; write `{wit}` as an option in the grant record of the rule's wit"
                        ));
                    }
                }
            }
        }
    }
}

/// A grant field that a rule may leave to the levels below it.
struct OpenField {
    place: JurisdictionCode,
    in_force: InForce,
    field: FieldName,
}

fn open_fields(rule: &Rule) -> Vec<OpenField> {
    let RuleState::Ready(ready) = &rule.state else { return Vec::new() };
    let open = ready.checked.rule_type().grant.iter().filter(|field| field.value_type.required().1);
    let (place, in_force) = (&rule.head.jurisdiction, rule.head.in_force);
    open.map(|field| OpenField { place: place.clone(), in_force, field: field.name.clone() }).collect()
}

fn needs(rule: &Rule, field: &FieldName) -> bool {
    let RuleState::Ready(ready) = &rule.state else { return false };
    let rule_type = ready.checked.rule_type();
    rule_type.arguments.contains(&rule_type::Argument::Inherited)
        && rule_type.grant.iter().any(|found| found.name == *field && !found.value_type.required().1)
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

/// Loads one rule. Only an index that names it nonsensically is an error; anything else makes it a broken rule.
fn load_rule(
    folder: &Path,
    sandbox: &Sandbox,
    definitions: &Definitions,
    indexed: &IndexedRule,
) -> Result<Rule, String> {
    let head = indexed_head(indexed)?;
    let broken = |head, reason| Rule { head: Arc::new(head), state: RuleState::Broken(reason) };
    let digest = match &indexed.state {
        IndexedState::Built(digest) => digest,
        IndexedState::Broken(reason) => return Ok(broken(head, reason.clone())),
    };
    let ready = read_rule(folder, digest).and_then(|bytes| ReadyRule::check(sandbox, definitions, &bytes));
    Ok(match ready {
        Ok(ready) => match ready.head(digest.clone()) {
            found if same_rule(&found, &head) => {
                Rule { head: Arc::new(found), state: RuleState::Ready(Box::new(ready)) }
            }
            _ => {
                broken(head, "its manifest names another rule than the index does; build the rulebook again".to_owned())
            }
        },
        Err(reason) => broken(head, reason),
    })
}

fn same_rule(found: &RuleHead, indexed: &RuleHead) -> bool {
    (&found.id, &found.version, &found.jurisdiction, &found.service, found.in_force)
        == (&indexed.id, &indexed.version, &indexed.jurisdiction, &indexed.service, indexed.in_force)
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
    let in_force: InForce = indexed.in_force().map_err(|error| error.to_string())?;
    let digest = match &indexed.state {
        IndexedState::Built(digest) => Some(digest.clone()),
        IndexedState::Broken(_) => None,
    };
    Ok(RuleHead {
        id: Id::new(&indexed.id).map_err(|error| error.to_string())?,
        version: indexed.version.clone(),
        jurisdiction: JurisdictionCode::new(&indexed.jurisdiction).map_err(|error| error.to_string())?,
        service: Id::new(&indexed.service).map_err(|error| error.to_string())?,
        in_force,
        digest,
        titles: Titles::default(),
        criteria: Vec::new(),
        parameters: Vec::new(),
    })
}
