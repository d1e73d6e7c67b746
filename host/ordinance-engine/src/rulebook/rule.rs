//! One rule of a rulebook: its head and whether it can run. The two kinds of rule, eligibility and privacy, differ only
//! in how they are checked and called.

use std::fmt;
use std::sync::Arc;

use ordinance_domain::calendar::{Date, Dated, LawDay, Timeline};
use ordinance_domain::digest::Digest;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::{IntermediateValue, Manifest, RuleScope};
use ordinance_domain::mask::Mask;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::parameters::DatedValue;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::rule_type::{Argument, RuleField, RuleType, ValueType, declaration};
use ordinance_domain::type_check::{self, TypeMismatch, UnrecognisedValues};
use ordinance_domain::value::{Record, Value};
use ordinance_sandbox::{self as sandbox, Loader, PrivacyType, manifest_section, parse_fault};

use super::rule_load_error::{ManifestError, RuleLoadError};
use super::units::{check_numbers_told, check_units};
use crate::definitions::Definitions;
use crate::manifest::{check_masks, parse_manifest};

/// A rule of the rulebook; an eligibility rule unless `Ready` is another type. A clone shares its code.
#[derive(Clone)]
pub struct Rule<Ready = BoundEligibilityRule> {
    /// What decisions cite of it.
    pub head: Arc<RuleHead>,
    /// Whether it can run.
    pub state: RuleState<Ready>,
    /// The same rule as it is once law that is announced is known, with the first day: it can't run from then on.
    pub(super) later: Option<Arc<(Date, Self)>>,
}

/// Whether a rule can run.
#[derive(Clone)]
pub enum RuleState<Ready = BoundEligibilityRule> {
    /// It can.
    Ready(Arc<Ready>),
    /// It can't.
    Broken(RuleLoadError),
}

/// A privacy rule of the rulebook.
pub type PrivacyRule = Rule<BoundPrivacyRule>;

/// The rules of one folder of one place: all versions of its rule for a service, or of one privacy rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleFolder {
    /// Whose law it is.
    pub place: JurisdictionCode,
    /// The service, or the privacy rule's id.
    pub folder: Id,
}

impl fmt::Display for RuleFolder {
    /// `CODE/SERVICE`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.place, self.folder)
    }
}

/// A kind of rule: how it is checked and what decisions cite of it.
pub(super) trait RuleKind: Sized {
    fn check(loader: &mut Loader<'_>, definitions: &Definitions, component: &[u8]) -> Result<Self, RuleLoadError>;
    fn head(&self, digest: Digest) -> RuleHead;
    /// Whether its manifest marks it as a shadow rule.
    fn is_shadow(&self) -> bool;
}

/// A rule that was checked against the rulebook; `Type` is that of its function.
#[derive(Clone)]
pub struct BoundRule<Type> {
    pub(crate) manifest: Manifest,
    pub(crate) compiled: sandbox::CompiledRule<Type>,
    pub(super) parameters: Vec<TypedParameter>,
    /// The facts that its type declares in a coarser form. Empty for a privacy rule, which receives no values.
    pub(crate) coarse: Vec<(FieldName, Mask)>,
    /// The parts of facts that its type declares and that privacy law rules on by themselves.
    parts: Vec<FieldName>,
    /// The values of facts that its type can't hold.
    pub(super) unrecognised: Vec<UnrecognisedValues>,
    bytes: usize,
}

/// A rule that was checked against its service's contract.
pub type BoundEligibilityRule = BoundRule<RuleType>;

/// A privacy rule that was checked against the facts of the rulebook.
pub type BoundPrivacyRule = BoundRule<PrivacyType>;

/// A parameter's values in the type that the rule reads.
#[derive(Clone)]
pub(super) struct TypedParameter {
    pub(super) name: FieldName,
    pub(super) values: Timeline<Value>,
}

/// Checks the component of a rule of either kind.
///
/// # Errors
/// [`RuleLoadError`] if the component isn't a rule of the rulebook.
pub fn check_rule(loader: &mut Loader<'_>, definitions: &Definitions, component: &[u8]) -> Result<(), RuleLoadError> {
    match embedded_manifest(component)?.scope {
        RuleScope::Service(_) => BoundEligibilityRule::check(loader, definitions, component).map(|_| ()),
        RuleScope::Privacy => BoundPrivacyRule::check(loader, definitions, component).map(|_| ()),
    }
}

fn check_place(definitions: &Definitions, manifest: &Manifest) -> Result<(), RuleLoadError> {
    if definitions.places.trees().any(|places| places.knows(&manifest.jurisdiction)) {
        return Ok(());
    }
    Err(RuleLoadError::UnknownJurisdiction(manifest.jurisdiction.clone()))
}

fn check_type(found: Vec<TypeMismatch>) -> Result<(), RuleLoadError> {
    if found.is_empty() { Ok(()) } else { Err(RuleLoadError::TypeMismatch(found)) }
}

fn head_of(manifest: &Manifest, digest: Digest, applicant: &[RuleField], inherits: bool) -> RuleHead {
    let is_compound =
        |field: &&RuleField| matches!(field.value_type.inner(), ValueType::Record(_) | ValueType::List(_));
    RuleHead {
        id: manifest.id.clone(),
        version: manifest.version.clone(),
        jurisdiction: manifest.jurisdiction.clone(),
        scope: manifest.scope.clone(),
        in_force: manifest.in_force,
        publication: manifest.publication,
        published_by: None,
        digest: Some(digest),
        titles: manifest.titles.clone(),
        criteria: manifest.criteria.clone(),
        parameters: manifest.parameters.clone(),
        intermediates: Vec::new(),
        reads: applicant.iter().map(|field| field.name.clone()).collect(),
        reads_parts: Vec::new(),
        compound: applicant.iter().filter(is_compound).map(|field| field.name.clone()).collect(),
        inherits,
    }
}

impl RuleKind for BoundEligibilityRule {
    /// Checks a rule's file: its manifest, its component, and its type against the contract.
    fn check(loader: &mut Loader<'_>, definitions: &Definitions, component: &[u8]) -> Result<Self, RuleLoadError> {
        let manifest = embedded_manifest(component)?;
        let service = manifest.scope.service().ok_or(RuleLoadError::PrivacyRule)?;
        let contract =
            definitions.contracts.get(service).ok_or_else(|| RuleLoadError::UnknownService(service.clone()))?;
        check_place(definitions, &manifest)?;
        let compiled = loader.compile_rule(component, manifest.limits)?;
        let rule_type = compiled.rule_type();
        check_type(type_check::check(rule_type, contract, &manifest))?;
        check_facts_of_criteria(&manifest, rule_type)?;
        check_units(&manifest, contract, definitions)?;
        check_numbers_told(&manifest, rule_type)?;
        let mut declared = DeclaredParts::default();
        for field in &rule_type.applicant {
            if let Some(fact) = contract.fact(field.name.as_str()) {
                declared.collect(field, fact);
            }
        }
        let DeclaredParts { coarse, ruled: parts } = declared;
        let unrecognised = type_check::unrecognised_values(rule_type, contract);
        let parameters = typed_parameters(&manifest, &rule_type.parameters);
        Ok(Self { manifest, compiled, parameters, coarse, parts, unrecognised, bytes: component.len() })
    }

    fn head(&self, digest: Digest) -> RuleHead {
        let rule_type = self.compiled.rule_type();
        let inherits = rule_type.arguments.contains(&Argument::Inherited);
        let head = head_of(&self.manifest, digest, &rule_type.applicant, inherits);
        let is_told = |told: &&IntermediateValue| rule_type.intermediates.iter().any(|field| field.name == told.name);
        let intermediates = self.manifest.intermediates.iter().filter(is_told).cloned().collect();
        RuleHead { reads_parts: self.parts.clone(), intermediates, ..head }
    }

    fn is_shadow(&self) -> bool {
        self.manifest.shadow
    }
}

/// What a rule's type says of facts and their parts.
#[derive(Default)]
struct DeclaredParts {
    coarse: Vec<(FieldName, Mask)>,
    ruled: Vec<FieldName>,
}

impl DeclaredParts {
    fn collect(&mut self, declared: &RuleField, fact: &Fact) {
        if let Some(mask) = type_check::coarse_form(declared, fact) {
            self.coarse.push((fact.name.clone(), mask));
        }
        let (ValueType::Record(fields) | ValueType::List(fields)) = declared.value_type.inner() else { return };
        for inner in fields {
            let Some(known) = fact.fact_type.fields().iter().find(|known| known.name == inner.name) else { continue };
            if known.is_ruled_on {
                self.ruled.push(known.part.name.clone());
            }
            self.collect(inner, &known.part);
        }
    }
}

/// A finding can only rest on facts that the rule may see.
fn check_facts_of_criteria(manifest: &Manifest, rule_type: &RuleType) -> Result<(), RuleLoadError> {
    let reads = |name: &FieldName| declaration(&rule_type.applicant, name).is_some();
    for criterion in &manifest.criteria {
        if let Some(name) = criterion.facts.iter().flatten().find(|name| !reads(name)) {
            return Err(RuleLoadError::UndeclaredFact { criterion: criterion.id.clone(), fact: name.clone() });
        }
        let is_list = |list: &&FieldName| {
            let declared = declaration(&rule_type.applicant, list);
            declared.is_some_and(|declared| matches!(declared.value_type.inner(), ValueType::List(_)))
        };
        if let Some(list) = criterion.each.as_ref().filter(|list| !is_list(list)) {
            return Err(RuleLoadError::NoListOfCriterion { criterion: criterion.id.clone(), list: list.clone() });
        }
    }
    Ok(())
}

impl RuleKind for BoundPrivacyRule {
    /// Checks a privacy rule's file: its manifest, its masks against the facts, its component.
    fn check(loader: &mut Loader<'_>, definitions: &Definitions, component: &[u8]) -> Result<Self, RuleLoadError> {
        let manifest = embedded_manifest(component)?;
        let text = embedded_text(component)?;
        if manifest.scope != RuleScope::Privacy {
            return Err(RuleLoadError::EligibilityRule);
        }
        if definitions.contracts.contains_key(&manifest.id) {
            return Err(RuleLoadError::IdOfService(manifest.id.clone()));
        }
        check_place(definitions, &manifest)?;
        check_masks("rule.toml", text, &definitions.facts).map_err(|fault| RuleLoadError::Mask(Box::new(fault)))?;
        let compiled = loader.compile_privacy_rule(component, manifest.limits)?;
        check_type(type_check::check_parameters(&compiled.privacy_type().parameters, &manifest))?;
        let parameters = typed_parameters(&manifest, &compiled.privacy_type().parameters);
        Ok(Self {
            manifest,
            compiled,
            parameters,
            coarse: Vec::new(),
            parts: Vec::new(),
            unrecognised: Vec::new(),
            bytes: component.len(),
        })
    }

    fn head(&self, digest: Digest) -> RuleHead {
        head_of(&self.manifest, digest, &[], false)
    }

    fn is_shadow(&self) -> bool {
        self.manifest.shadow
    }
}

impl<Type> BoundRule<Type> {
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The checked component: its type and its limits.
    #[must_use]
    pub fn compiled(&self) -> &sandbox::CompiledRule<Type> {
        &self.compiled
    }

    /// The size of its file in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The parts of facts that it may see and that privacy law rules on by themselves, by their names in the catalogue.
    pub(crate) fn parts(&self) -> &[FieldName] {
        &self.parts
    }

    /// The parameters in force on a day, in the types that the rule reads.
    #[must_use]
    pub fn parameters_on(&self, day: LawDay) -> Record {
        let in_force = |parameter: &TypedParameter| Some((parameter.name.clone(), parameter.values.on(day)?.clone()));
        self.parameters.iter().filter_map(in_force).collect()
    }

    /// The first parameter that the rule requires and that has no value on that day: it has ended, or isn't published.
    pub(crate) fn required_without_value<'f>(fields: &'f [RuleField], parameters: &Record) -> Option<&'f FieldName> {
        let lacks = |name: &FieldName| !parameters.iter().any(|(known, _)| known == name);
        fields.iter().find(|field| !field.value_type.is_optional() && lacks(&field.name)).map(|field| &field.name)
    }

    /// Whether a number of the rule has no value on that day: law still has to set it, or it has ended.
    #[must_use]
    pub fn lacks_number_on(&self, day: LawDay) -> bool {
        self.manifest.parameters.iter().any(|number| number.on(day).is_none())
    }
}

impl<Ready> Rule<Ready> {
    /// The rule, if it can run.
    pub(crate) fn ready(&self) -> Option<&Ready> {
        match &self.state {
            RuleState::Ready(ready) => Some(ready),
            RuleState::Broken(_) => None,
        }
    }

    /// A rule with this head, of which no announced law is known.
    pub(super) fn new(head: Arc<RuleHead>, state: RuleState<Ready>) -> Self {
        Self { head, state, later: None }
    }

    /// The rule as it is for who knows the law of a day.
    pub(crate) fn known_at(&self, day: Date) -> &Self {
        self.later.as_ref().filter(|later| later.0 <= day).map_or(self, |later| &later.1)
    }

    /// The first day from which on the rule can't run, since law that is announced is known then, and why.
    pub(super) fn breaks_later(&self) -> Option<(Date, &RuleLoadError)> {
        let (from, rule) = self.later.as_deref()?;
        match &rule.state {
            RuleState::Broken(why) => Some((*from, why)),
            RuleState::Ready(_) => None,
        }
    }
}

impl BoundEligibilityRule {
    /// Whether it takes a fact that has parts.
    pub(crate) fn has_parts(&self) -> bool {
        let is_compound =
            |field: &RuleField| matches!(field.value_type.inner(), ValueType::Record(_) | ValueType::List(_));
        self.compiled.rule_type().applicant.iter().any(is_compound)
    }
}

impl Rule {
    /// The first days, while it is in force, on which a parameter holds each of its values, and those on which the
    /// values are known first.
    #[must_use]
    pub fn days_of(&self, parameter: &FieldName) -> Vec<LawDay> {
        let begin = self.head.in_force.from();
        let parameter = self.head.parameters.iter().find(|known| known.name == *parameter);
        let values = parameter.into_iter().flat_map(|parameter| &parameter.values);
        let first = |dated: &DatedValue| LawDay {
            as_of: dated.from.max(begin),
            known_at: dated.published.or(self.head.publication.published).unwrap_or(Date::MIN),
        };
        let mut days: Vec<LawDay> = values.map(first).collect();
        days.retain(|day| self.head.in_force.contains(day.as_of));
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The same rule, with `value` for the value of a parameter on a day, on all days on which that holds. `None` if
    /// the rule can't run, or the parameter has no value on that day. For what-if comparisons.
    #[must_use]
    pub fn with_parameter(&self, name: &FieldName, day: LawDay, value: Value) -> Option<Self> {
        let RuleState::Ready(ready) = &self.state else { return None };
        let mut ready = BoundEligibilityRule::clone(ready);
        let parameter = ready.parameters.iter_mut().find(|parameter| parameter.name == *name)?;
        let held: *const Value = parameter.values.on(day)?;
        let replaced = |dated: &Dated<Value>| match std::ptr::eq(&raw const dated.value, held) {
            true => Dated { value: value.clone(), ..dated.clone() },
            false => dated.clone(),
        };
        parameter.values = Timeline::new(parameter.values.iter().map(replaced).collect());
        Some(Self { state: RuleState::Ready(Arc::new(ready)), ..self.clone() })
    }
}

/// The manifest that a component carries.
///
/// # Errors
/// [`ManifestError`] if there is none that can be read.
pub fn embedded_manifest(component: &[u8]) -> Result<Manifest, ManifestError> {
    Ok(parse_manifest("rule.toml", embedded_text(component)?).map_err(Box::new)?)
}

/// The text of the manifest inside a component, as its author wrote it.
///
/// # Errors
/// [`ManifestError`] if there is none that can be read.
pub fn embedded_text(component: &[u8]) -> Result<&str, ManifestError> {
    if !component.starts_with(b"\0asm") {
        return Err(ManifestError::NotWebAssembly);
    }
    let section = manifest_section(component).ok_or_else(|| match parse_fault(component) {
        Some(reason) => ManifestError::Malformed { reason },
        None => ManifestError::Missing,
    })?;
    std::str::from_utf8(section).map_err(|_| ManifestError::NotUtf8)
}

fn typed_parameters(manifest: &Manifest, fields: &[RuleField]) -> Vec<TypedParameter> {
    let typed = |field: &RuleField| {
        let parameter = manifest.parameters.iter().find(|parameter| parameter.name == field.name)?;
        let typed = |dated: &DatedValue| {
            let value = field.value_type.read(&dated.value)?;
            Some(Dated { from: dated.from, until: dated.until, published: dated.published, value })
        };
        let values = parameter.values.iter().filter_map(typed);
        Some(TypedParameter { name: field.name.clone(), values: Timeline::new(values.collect()) })
    };
    fields.iter().filter_map(typed).collect()
}
