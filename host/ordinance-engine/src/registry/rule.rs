//! One rule of a rulebook: what decisions say of it, and whether it can run.

use std::sync::Arc;

use ordinance_domain::calendar::{Date, Dated};
use ordinance_domain::decision::RuleHead;
use ordinance_domain::manifest::Manifest;
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type;
use ordinance_domain::value::{Record, Value};
use ordinance_sandbox::{CheckedRule, Loader, manifest_section};

use crate::definitions::Definitions;
use crate::manifest::parse_manifest;

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
    pub(super) parameters: Vec<TypedParameter>,
    bytes: usize,
}

/// A parameter's values in the type that the rule reads.
pub(super) struct TypedParameter {
    pub(super) name: FieldName,
    pub(super) values: Dated<Value>,
}

impl ReadyRule {
    /// Checks a rule's file: its manifest, its component, and its type against the contract.
    ///
    /// # Errors
    /// The reason, in words for its author.
    pub fn check(loader: &mut Loader<'_>, definitions: &Definitions, component: &[u8]) -> Result<Self, String> {
        let manifest = embedded_manifest(component)?;
        let contract = definitions.contracts.get(&manifest.service).ok_or_else(|| {
            format!("its service `{}` is not in the rulebook; add services/{0}.toml", manifest.service)
        })?;
        if !definitions.jurisdictions.knows(&manifest.jurisdiction) {
            return Err(format!(
                "its jurisdiction `{}` is not in the rulebook; add it to rulebook.toml",
                manifest.jurisdiction
            ));
        }
        let checked = loader.check(component, manifest.limits).map_err(|refusal| refusal.to_string())?;
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
            known: manifest.known,
            digest: Some(digest),
            titles: manifest.titles.clone(),
            criteria: manifest.criteria.clone(),
            parameters: manifest.parameters.clone(),
        }
    }

    /// The parameters in force on a day.
    pub(crate) fn parameters_on(&self, day: Date) -> Record {
        let in_force = |parameter: &TypedParameter| Some((parameter.name.clone(), parameter.values.on(day)?.clone()));
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
        Some(TypedParameter { name: field.name.clone(), values: Dated::new(values.collect()) })
    };
    rule_type.parameters.iter().filter_map(typed).collect()
}
