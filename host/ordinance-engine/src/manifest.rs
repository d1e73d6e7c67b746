//! Reads `rule.toml`.

pub mod expressions;
mod masks;
mod parameter;

use std::collections::BTreeMap;
use std::ops::Range;

use ordinance_domain::calendar::{DateRange, PublicationPeriod};
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::{Criterion, ExtendedRule, IntermediateValue, Manifest, RequestedLimits, RuleScope};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::titles::Titles;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use ordinance_sandbox::LimitName;

use crate::diagnostic::Diagnostic;
use crate::spelling::nearest;
use crate::toml_text::{ProvisionToml, TextFile};

use self::expressions::{DecisionTableToml, EXPRESSION_KEYS, EligibleToml, ExpressionsToml, NamedToml};
use self::masks::{MaskToml, check_mask, masks};
pub(crate) use self::parameter::{ParameterToml, parameter};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleToml {
    id: Spanned<String>,
    version: Spanned<String>,
    jurisdiction: Spanned<String>,
    kind: Option<Spanned<String>>,
    service: Option<Spanned<String>>,
    in_force: Spanned<InForceToml>,
    published: Option<Spanned<Datetime>>,
    withdrawn: Option<Spanned<Datetime>>,
    #[serde(default)]
    shadow: Option<Spanned<bool>>,
    extends: Option<Spanned<String>>,
    titles: Spanned<BTreeMap<String, String>>,
    #[serde(default)]
    criteria: Vec<CriterionToml>,
    #[serde(default)]
    masks: BTreeMap<String, Spanned<MaskToml>>,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<ParameterToml>>,
    #[serde(default)]
    intermediates: BTreeMap<String, Spanned<IntermediateToml>>,
    #[serde(default)]
    limits: LimitsToml,
    define: Option<Spanned<NamedToml>>,
    #[serde(default)]
    tables: BTreeMap<Spanned<String>, DecisionTableToml>,
    eligible: Option<Spanned<EligibleToml>>,
    grant: Option<Spanned<NamedToml>>,
}

impl RuleToml {
    fn read(file: &TextFile) -> Result<Self, Diagnostic> {
        file.parse_with_code(&EXPRESSION_KEYS)
    }

    fn expressions(&self) -> ExpressionsToml<'_> {
        ExpressionsToml {
            define: self.define.as_ref(),
            tables: &self.tables,
            eligible: self.eligible.as_ref(),
            grant: self.grant.as_ref(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct InForceToml {
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CriterionToml {
    id: Spanned<String>,
    titles: Spanned<BTreeMap<String, String>>,
    provision: Spanned<ProvisionToml>,
    facts: Option<Spanned<Vec<String>>>,
    each: Option<Spanned<String>>,
    when: Option<Spanned<String>>,
}

/// A value on the way to the answer, which the rule tells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct IntermediateToml {
    titles: Spanned<BTreeMap<String, String>>,
    unit: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LimitsToml {
    fuel: Option<Spanned<u64>>,
    deadline_ms: Option<Spanned<u64>>,
    memory_bytes: Option<Spanned<usize>>,
}

/// Whether the rule is a shadow rule. A privacy rule can't be one: what it would permit can't be tried without
/// permitting it.
fn shadow(file: &TextFile, written: &RuleToml) -> Result<bool, Diagnostic> {
    let Some(shadow) = &written.shadow else { return Ok(false) };
    if *shadow.get_ref() && written.service.is_none() {
        return Err(file.diagnostic_with_help(
            shadow.span(),
            "a privacy rule can't be a shadow rule",
            "remove it; `ordinance impact` says what another privacy rule would change",
        ));
    }
    Ok(*shadow.get_ref())
}

/// Reads a manifest; `name` is the file's name in messages.
///
/// # Errors
/// A [`Diagnostic`] at the first fault.
pub fn parse_manifest(name: &str, text: &str) -> Result<Manifest, Diagnostic> {
    let file = TextFile::new(name, text);
    let written = RuleToml::read(&file)?;
    let in_force = in_force(&file, &written.in_force)?;
    check_expressions(&file, &written)?;
    let parameter = |(name, table): (&String, &Spanned<ParameterToml>)| parameter(&file, name, table);
    Ok(Manifest {
        id: file.id(&written.id)?,
        version: version(&file, &written.version)?,
        titles: file.titles(&written.titles)?,
        jurisdiction: jurisdiction(&file, &written.jurisdiction)?,
        scope: scope(&file, &written)?,
        in_force,
        publication: publication(&file, written.published.as_ref(), written.withdrawn.as_ref())?,
        shadow: shadow(&file, &written)?,
        extends: written.extends.as_ref().map(|text| extends(&file, text)).transpose()?,
        criteria: criteria(&file, &written.criteria)?,
        masks: masks(&file, &written.masks, is_privacy(&written))?,
        parameters: written.parameters.iter().map(parameter).collect::<Result<_, _>>()?,
        intermediates: intermediates(&file, &written)?,
        limits: RequestedLimits {
            fuel: written.limits.fuel.map(Spanned::into_inner),
            deadline_ms: written.limits.deadline_ms.map(Spanned::into_inner),
            memory_bytes: written.limits.memory_bytes.map(Spanned::into_inner),
        },
    })
}

/// A key of a manifest: where an author mends a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestKey {
    /// Its id, for what is about the whole rule.
    Id,
    /// Whose law it is.
    Jurisdiction,
    /// When it is in force.
    InForce,
    Criterion(Id),
    /// A parameter or an intermediate value; the whole rule if it isn't there.
    Parameter(FieldName),
    Limit(LimitName),
}

/// The range of a manifest's key in its text; for a key that isn't there, the range of the rule's id.
#[must_use]
pub fn place_of(key: &ManifestKey, text: &str) -> Range<usize> {
    let Ok(written) = RuleToml::read(&TextFile::new("rule.toml", text)) else { return 0..0 };
    let found = match key {
        ManifestKey::Id => None,
        ManifestKey::Jurisdiction => Some(written.jurisdiction.span()),
        ManifestKey::InForce => Some(written.in_force.span()),
        ManifestKey::Criterion(id) => {
            written.criteria.iter().find(|criterion| criterion.id.get_ref() == id.as_str()).map(|found| found.id.span())
        }
        ManifestKey::Parameter(name) => {
            let intermediate = || written.intermediates.get(name.as_str()).map(Spanned::span);
            written.parameters.get(name.as_str()).map(Spanned::span).or_else(intermediate)
        }
        ManifestKey::Limit(LimitName::Fuel) => written.limits.fuel.map(|limit| limit.span()),
        ManifestKey::Limit(LimitName::DeadlineMs) => written.limits.deadline_ms.map(|limit| limit.span()),
        ManifestKey::Limit(LimitName::MemoryBytes) => written.limits.memory_bytes.map(|limit| limit.span()),
    };
    found.unwrap_or_else(|| written.id.span())
}

/// `kind = "privacy"`, or a service.
fn scope(file: &TextFile, written: &RuleToml) -> Result<RuleScope, Diagnostic> {
    let is_privacy = match &written.kind {
        None => false,
        Some(kind) if kind.get_ref() == "eligibility" => false,
        Some(kind) if kind.get_ref() == "privacy" => true,
        Some(kind) => {
            let message = format!("unknown kind of rule `{}`", kind.get_ref());
            return Err(file.diagnostic_with_help(kind.span(), message, "write \"eligibility\" or \"privacy\""));
        }
    };
    match (&written.service, is_privacy) {
        (Some(service), false) => Ok(RuleScope::Service(file.id(service)?)),
        (None, true) => Ok(RuleScope::Privacy),
        (Some(service), true) => Err(file.diagnostic_with_help(
            service.span(),
            "a privacy rule is for no single service",
            "remove the line; it rules on every fact in its place",
        )),
        (None, false) => Err(file.diagnostic_with_help(
            written.id.span(),
            "the rule names no service",
            "add service = \"...\", or kind = \"privacy\" if it rules on who may see which fact",
        )),
    }
}

fn is_privacy(written: &RuleToml) -> bool {
    written.kind.as_ref().is_some_and(|kind| kind.get_ref() == "privacy")
}

/// Checks that each mask of a manifest fits the types of its facts.
pub(crate) fn check_masks(name: &str, text: &str, facts: &BTreeMap<String, Fact>) -> Result<(), Diagnostic> {
    let file = TextFile::new(name, text);
    let written = RuleToml::read(&file)?;
    written.masks.values().try_for_each(|table| check_mask(&file, table.get_ref(), facts))
}

/// Refuses expressions of a privacy rule, and checks the form of others.
fn check_expressions(file: &TextFile, written: &RuleToml) -> Result<(), Diagnostic> {
    if !is_privacy(written) {
        return written.expressions().read(file).map(|_| ());
    }
    let condition = written.criteria.iter().find_map(|criterion| criterion.when.as_ref());
    written.expressions().check_none(file, condition.map(Spanned::span))
}

/// The values that the manifest declares in `[intermediates]`, and those that it defines.
fn intermediates(file: &TextFile, written: &RuleToml) -> Result<Vec<IntermediateValue>, Diagnostic> {
    let expressions = written.expressions();
    let is_defined = |name: &str| expressions.defined().any(|defined| defined.get_ref() == name);
    let mut found = Vec::new();
    for (name, table) in &written.intermediates {
        if written.service.is_none() {
            return Err(file.diagnostic(table.span(), "only an eligibility rule has intermediate values"));
        }
        check_told(file, written, name, table.span())?;
        let IntermediateToml { titles, unit } = table.get_ref();
        found.push(IntermediateValue {
            name: file.field_name(name, table.span())?,
            titles: file.titles(titles)?,
            unit: unit.as_ref().map(|unit| file.unit(unit)).transpose()?,
            is_defined: is_defined(name),
        });
    }
    for name in expressions.defined().filter(|name| !written.intermediates.contains_key(name.get_ref())) {
        // A field of an answer can't have some names, such as Chinese ones; decisions don't show these values.
        let Ok(name) = FieldName::new(name.get_ref()) else { continue };
        found.push(IntermediateValue { name, titles: Titles::default(), unit: None, is_defined: true });
    }
    Ok(found)
}

/// Refuses `[intermediates.NAME]` of a rule as expressions for what it doesn't define. What it extends may define it.
fn check_told(file: &TextFile, written: &RuleToml, name: &str, span: Range<usize>) -> Result<(), Diagnostic> {
    let expressions = written.expressions();
    if expressions.has_table(name) {
        let message = format!("`{name}` is a table, whose value an answer doesn't tell by itself");
        let help = format!(
            "give the table a title with `titles = {{ en = \"...\" }}` under `[tables.{name}]`; to tell its value, name it \
             in `[define]`, such as `{name}_told = \"{name}\"`, and write `[intermediates.{name}_told]`"
        );
        return Err(file.diagnostic_with_help(span, message, help));
    }
    let is_expressions = written.criteria.iter().any(|criterion| criterion.when.is_some());
    let is_defined = expressions.defined().any(|defined| defined.get_ref() == name);
    if is_defined || !is_expressions || written.extends.is_some() {
        return Ok(());
    }
    let near = nearest(name, expressions.defined().map(|defined| defined.get_ref().as_str()));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("define it: `{name} = \"...\"` under `[define]`; or remove `[intermediates.{name}]`"),
    };
    Err(file.diagnostic_with_help(span, format!("`{name}` in `[intermediates]` isn't in `[define]`"), help))
}

fn version(file: &TextFile, version: &Spanned<String>) -> Result<String, Diagnostic> {
    let parts: Vec<&str> = version.get_ref().split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() == 3 && parts.iter().all(is_number) {
        Ok(version.get_ref().clone())
    } else {
        Err(file.diagnostic_with_help(version.span(), "a version has three numbers", "write it as \"1.0.0\""))
    }
}

/// A jurisdiction's code with its place in the file.
pub(crate) fn jurisdiction(file: &TextFile, code: &Spanned<String>) -> Result<JurisdictionCode, Diagnostic> {
    JurisdictionCode::new(code.get_ref()).map_err(|error| file.diagnostic(code.span(), error.to_string()))
}

fn in_force(file: &TextFile, written: &Spanned<InForceToml>) -> Result<DateRange, Diagnostic> {
    let from = file.date(&written.get_ref().from)?;
    let until = written.get_ref().until.as_ref().map(|until| file.date(until)).transpose()?;
    DateRange::new(from, until).map_err(|error| {
        file.diagnostic_with_help(
            written.span(),
            error.to_string(),
            "`until` is the first day on which the rule no longer holds",
        )
    })
}

fn criteria(file: &TextFile, written: &[CriterionToml]) -> Result<Vec<Criterion>, Diagnostic> {
    let mut criteria: Vec<Criterion> = Vec::with_capacity(written.len());
    for criterion in written {
        let id = file.id(&criterion.id)?;
        if criteria.iter().any(|earlier| earlier.id == id) {
            return Err(file.diagnostic(
                criterion.id.span(),
                format!("the criterion `{id}` is declared twice; remove one or rename it"),
            ));
        }
        let titles = file.titles(&criterion.titles)?;
        let provision = file.provision(&criterion.provision)?;
        let names = |names: &Spanned<Vec<String>>| {
            names.get_ref().iter().map(|name| file.fact_path(name, names.span())).collect::<Result<_, _>>()
        };
        let facts = criterion.facts.as_ref().map(names).transpose()?;
        let each = criterion.each.as_ref().map(|list| file.field_name(list.get_ref(), list.span())).transpose()?;
        criteria.push(Criterion { id, titles, provision, facts, each });
    }
    Ok(criteria)
}

/// The days on which something counts as the published law.
pub(crate) fn publication(
    file: &TextFile,
    published: Option<&Spanned<Datetime>>,
    withdrawn: Option<&Spanned<Datetime>>,
) -> Result<PublicationPeriod, Diagnostic> {
    let day = |day: Option<&Spanned<Datetime>>| day.map(|day| file.date(day)).transpose();
    let period = PublicationPeriod { published: day(published)?, withdrawn: day(withdrawn)? };
    match withdrawn {
        Some(at) if period.is_empty() => Err(file.diagnostic_with_help(
            at.span(),
            "it is withdrawn before it is published",
            "`withdrawn` is the first day on which this no longer counts",
        )),
        Some(_) | None => Ok(period),
    }
}

/// `CODE` or `CODE@VERSION`.
fn extends(file: &TextFile, text: &Spanned<String>) -> Result<ExtendedRule, Diagnostic> {
    let (code, version) = match text.get_ref().split_once('@') {
        Some((code, version)) => (code, Some(version.to_owned())),
        None => (text.get_ref().as_str(), None),
    };
    let jurisdiction = JurisdictionCode::new(code).map_err(|error| {
        file.diagnostic_with_help(
            text.span(),
            error.to_string(),
            "name a place, or a place and a version as \"CN-37@1.0.0\"",
        )
    })?;
    Ok(ExtendedRule { jurisdiction, version })
}
