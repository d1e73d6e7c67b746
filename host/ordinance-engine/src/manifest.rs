//! Reads `rule.toml`.

use std::collections::BTreeMap;
use std::ops::Range;

use ordinance_domain::calendar::{DateRange, PublicationPeriod};
use ordinance_domain::category::Category;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::{
    Criterion, DeclaredMask, ExtendedRule, IntermediateValue, Manifest, RequestedLimits, RuleScope,
};
use ordinance_domain::mask::{MASKS, Mask};
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::parameters::{DatedValue, Parameter};
use ordinance_domain::titles::Titles;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::{Decimal, Record, Value};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use ordinance_sandbox::LimitName;

use crate::diagnostic::Diagnostic;
use crate::literals::read_decimal;
use crate::toml_text::{ProvisionToml, TextFile, to_date};

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
}

/// A mask that a privacy rule may ask for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct MaskToml {
    method: Spanned<String>,
    facts: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ParameterToml {
    titles: Spanned<BTreeMap<String, String>>,
    unit: Option<Spanned<String>>,
    pending: Option<Spanned<String>>,
    values: Spanned<Vec<DatedToml>>,
}

/// A value on the way to the answer, which the rule tells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct IntermediateToml {
    titles: Spanned<BTreeMap<String, String>>,
    unit: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DatedToml {
    from: Spanned<Datetime>,
    until: Option<Spanned<Datetime>>,
    published: Option<Spanned<Datetime>>,
    confirmed: Option<Spanned<Datetime>>,
    value: Spanned<toml::Value>,
    provision: Option<Spanned<ProvisionToml>>,
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
            "remove it; `ordinance diff` says what another privacy rule would change",
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
    let written: RuleToml = file.parse()?;
    let in_force = in_force(&file, &written.in_force)?;
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
        masks: masks(&file, &written)?,
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
    let Ok(written) = TextFile::new("rule.toml", text).parse::<RuleToml>() else { return 0..0 };
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

fn intermediates(file: &TextFile, written: &RuleToml) -> Result<Vec<IntermediateValue>, Diagnostic> {
    let intermediate = |(name, table): (&String, &Spanned<IntermediateToml>)| {
        if written.service.is_none() {
            return Err(file.diagnostic(table.span(), "only an eligibility rule has intermediate values"));
        }
        let IntermediateToml { titles, unit } = table.get_ref();
        Ok(IntermediateValue {
            name: file.field_name(name, table.span())?,
            titles: file.titles(titles)?,
            unit: unit.as_ref().map(|unit| file.unit(unit)).transpose()?,
        })
    };
    written.intermediates.iter().map(intermediate).collect()
}

fn masks(file: &TextFile, written: &RuleToml) -> Result<Vec<DeclaredMask>, Diagnostic> {
    let mask = |(id, table): (&String, &Spanned<MaskToml>)| {
        let MaskToml { method, facts } = table.get_ref();
        if written.kind.as_ref().is_none_or(|kind| kind.get_ref() != "privacy") {
            return Err(file.diagnostic(table.span(), "only a privacy rule has masks"));
        }
        Ok(DeclaredMask {
            id: Id::new(id).map_err(|error| file.diagnostic(table.span(), error.to_string()))?,
            mask: Mask::parse(method.get_ref())
                .map_err(|error| file.diagnostic_with_help(method.span(), error.to_string(), MASKS))?,
            facts: facts.iter().map(|fact| file.fact_path(fact.get_ref(), fact.span())).collect::<Result<_, _>>()?,
        })
    };
    written.masks.iter().map(mask).collect()
}

/// Checks that each mask of a manifest fits the types of its facts.
pub(crate) fn check_masks(name: &str, text: &str, facts: &BTreeMap<String, Fact>) -> Result<(), Diagnostic> {
    let file = TextFile::new(name, text);
    let written: RuleToml = file.parse()?;
    for table in written.masks.values().map(Spanned::get_ref) {
        // It was read before, so it is a mask.
        let Ok(mask) = Mask::parse(table.method.get_ref()) else { continue };
        for name in &table.facts {
            let path = file.fact_path(name.get_ref(), name.span())?;
            let Some(fact) = facts.get(path.fact_name()).and_then(|fact| fact.at(&path)) else {
                let message = format!("the fact `{}` is unknown", name.get_ref());
                return Err(file.diagnostic_with_help(
                    name.span(),
                    message,
                    "name a fact of facts.toml, or a part of one as `members.age`",
                ));
            };
            if mask.masked_type(fact).is_none() {
                let category = fact.category.map_or("of no category", Category::as_str);
                let message = format!(
                    "the mask `{mask}` doesn't fit the fact `{}`, which is {} ({category})",
                    fact.name, fact.fact_type
                );
                let help = "year-only is for dates, age-band for ages and dates of birth, prefix, last and pseudonym for text, round for numbers; presence-only fits every fact";
                return Err(file.diagnostic_with_help(name.span(), message, help));
            }
        }
    }
    Ok(())
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

/// A dated parameter. It has a value, unless it is pending; on which days a rule needs one follows from its type.
pub(crate) fn parameter(file: &TextFile, name: &str, table: &Spanned<ParameterToml>) -> Result<Parameter, Diagnostic> {
    let written = table.get_ref();
    let name = file.field_name(name, table.span())?;
    let mut values: Vec<DatedValue> = Vec::new();
    for dated in written.values.get_ref() {
        let value = dated_value(file, dated)?;
        let place = |value: &DatedValue| (value.from, value.published);
        if values.last().is_some_and(|earlier| place(earlier) >= place(&value)) {
            return Err(file.diagnostic_with_help(
                dated.from.span(),
                "this date isn't after the one before it",
                "order the values by `from`, and those of one day by `published`",
            ));
        }
        values.push(value);
    }
    if written.pending.is_none() && values.is_empty() {
        return Err(file.diagnostic_with_help(
            written.values.span(),
            format!("the parameter `{name}` has no value"),
            "add one, or write which body must still set it: pending = \"...\"",
        ));
    }
    let pending = written.pending.as_ref().map(|pending| match pending.get_ref().trim() {
        "" => Err(file.diagnostic_with_help(
            pending.span(),
            "`pending` is empty",
            "write which body sets the value, and why it is open",
        )),
        text => Ok(text.to_owned()),
    });
    let titles: Titles = file.titles(&written.titles)?;
    let unit = written.unit.as_ref().map(|text| parameter_unit(file, text, &values)).transpose()?;
    Ok(Parameter { name, titles, unit, values, pending: pending.transpose()? })
}

/// The unit of a parameter, which has one only if its values are numbers, or hold numbers.
fn parameter_unit(file: &TextFile, text: &Spanned<String>, values: &[DatedValue]) -> Result<Unit, Diagnostic> {
    if !values.iter().all(|dated| holds_number(&dated.value)) {
        return Err(file.diagnostic_with_help(text.span(), "only a number has a unit", "remove it"));
    }
    file.unit(text)
}

/// Whether a value is a number (a decimal is written as text), or a record or table with numbers. An empty one may get
/// numbers later.
fn holds_number(value: &Value) -> bool {
    match value {
        Value::Integer(_) | Value::Decimal(_) => true,
        Value::Text(text) => read_decimal(text).is_some(),
        Value::Record(record) => record.iter().next().is_none() || record.iter().any(|(_, value)| holds_number(value)),
        Value::List(rows) => rows.is_empty() || rows.iter().flatten().any(|(_, value)| holds_number(value)),
        Value::Decimals(_) => true,
        Value::Bool(_) | Value::Choice(_) | Value::Date(_) => false,
    }
}

fn dated_value(file: &TextFile, dated: &DatedToml) -> Result<DatedValue, Diagnostic> {
    let from = file.date(&dated.from)?;
    let until = dated.until.as_ref().map(|until| file.date(until)).transpose()?;
    if let (Some(at), Some(until)) = (&dated.until, until)
        && until <= from
    {
        return Err(file.diagnostic_with_help(
            at.span(),
            "the value ends before it begins",
            "`until` is the first day on which the value no longer holds; leave it out where another value follows",
        ));
    }
    Ok(DatedValue {
        from,
        until,
        published: dated.published.as_ref().map(|day| file.date(day)).transpose()?,
        confirmed: dated.confirmed.as_ref().map(|day| file.date(day)).transpose()?,
        value: parameter_value(file, &dated.value)?,
        provision: dated.provision.as_ref().map(|provision| file.provision(provision)).transpose()?,
    })
}

fn parameter_value(file: &TextFile, written: &Spanned<toml::Value>) -> Result<Value, Diagnostic> {
    let help = "write a decimal as \"110.00\", a whole number as 110, a date as 2026-01-01, a table of rows as \
                [{ size = 1 }], a list of numbers as [\"1.00\", \"2.50\"]";
    value_of(written.get_ref())
        .ok_or_else(|| file.diagnostic_with_help(written.span(), "this is not a value of a parameter", help))
}

fn value_of(value: &toml::Value) -> Option<Value> {
    match value {
        toml::Value::Boolean(yes) => Some(Value::Bool(*yes)),
        toml::Value::Integer(number) => Some(Value::Integer(*number)),
        toml::Value::String(text) => Some(Value::Text(text.clone())),
        toml::Value::Datetime(day) => to_date(day).map(Value::Date),
        toml::Value::Array(items) => {
            let rows = || items.iter().map(record_of).collect::<Option<_>>().map(Value::List);
            rows().or_else(|| items.iter().map(decimal_of).collect::<Option<_>>().map(Value::Decimals))
        }
        toml::Value::Table(_) => record_of(value).map(Value::Record),
        // A float is not exact.
        toml::Value::Float(_) => None,
    }
}

/// A number of a list, written as a decimal in quotes or as a whole number.
fn decimal_of(value: &toml::Value) -> Option<Decimal> {
    match value {
        // With the digits that the author writes.
        toml::Value::String(text) => read_decimal(text).and_then(|_| Decimal::from_str_exact(text).ok()),
        toml::Value::Integer(number) => Some(Decimal::from(*number)),
        toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_) => None,
    }
}

fn record_of(value: &toml::Value) -> Option<Record> {
    let field = |(name, value): (&String, &toml::Value)| Some((FieldName::new(name).ok()?, value_of(value)?));
    value.as_table()?.iter().map(field).collect()
}
