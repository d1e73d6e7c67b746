//! Facts and grant fields as they are written in TOML: one table with a `type` and what belongs to it.

use std::collections::BTreeMap;

use ordinance_domain::category::{Category, EXPECTED_CATEGORY};
use ordinance_domain::fact::{Fact, FactType, Field, Holder, SCALE_MAX, Sensitivity};
use ordinance_domain::guidance::FactGuidance;
use ordinance_domain::name::{FieldName, shortened};
use ordinance_domain::titles::Titles;
use ordinance_domain::unit::Unit;
use ordinance_domain::value::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::bound_text::{BoundToml, DatedBoundToml};
use super::choice_titles::{ChoiceTitlesToml, choice_titles};
use super::fact_relations::{DerivedToml, HolderToml, SharingToml, derivation, holder, sharing};
use super::normalise_toml::normalisation;
use crate::diagnostic::Diagnostic;
use crate::spelling::nearest;
use crate::toml_text::{ProvisionToml, TextFile};

/// A fact, a grant field, or a field of a record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FieldToml {
    #[serde(rename = "type")]
    kind: Spanned<FactKind>,
    min: Option<Spanned<toml::Value>>,
    max: Option<Spanned<toml::Value>>,
    scale: Option<Spanned<u32>>,
    bytes_max: Option<Spanned<usize>>,
    items_max: Option<Spanned<usize>>,
    choices: Option<Spanned<Vec<String>>>,
    normalise: Option<Spanned<Vec<Spanned<String>>>>,
    fields: Option<BTreeMap<String, Spanned<FieldToml>>>,
    titles: Option<Spanned<BTreeMap<String, String>>>,
    question: Option<Spanned<BTreeMap<String, String>>>,
    hint: Option<Spanned<BTreeMap<String, String>>>,
    evidence: Option<Spanned<BTreeMap<String, String>>>,
    choice_titles: Option<Spanned<ChoiceTitlesToml>>,
    changeable: Option<Spanned<bool>>,
    unit: Option<Spanned<String>>,
    category: Option<Spanned<String>>,
    sensitivity: Option<Spanned<SensitivityToml>>,
    sharing: Option<Spanned<SharingToml>>,
    holder: Option<Spanned<HolderToml>>,
    implied_by: Option<Spanned<Vec<Spanned<String>>>>,
    derived: Option<Spanned<DerivedToml>>,
    better: Option<Spanned<String>>,
    bound: Option<Spanned<String>>,
    provision: Option<Spanned<ProvisionToml>>,
    bounds: Option<Spanned<Vec<DatedBoundToml>>>,
}

impl FieldToml {
    /// What binds the field, if it is one of a grant.
    pub(crate) fn bound_toml(&self) -> BoundToml {
        BoundToml { bound: self.bound.clone(), provision: self.provision.clone(), bounds: self.bounds.clone() }
    }

    /// Whether more of it is better for the person, if it is a field of a grant.
    pub(crate) fn better(&self) -> Option<&Spanned<String>> {
        self.better.as_ref()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FactKind {
    Bool,
    Integer,
    Decimal,
    Date,
    Text,
    Choice,
    Record,
    List,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SensitivityToml {
    Public,
    Personal,
    Sensitive,
}

/// The largest `bytes-max` of a text fact and the largest `items-max` of a list fact.
const TEXT_BYTES_MAX: usize = 4096;
const LIST_ITEMS_MAX: usize = 100;
const RECORD_DEPTH_MAX: usize = 4;

/// A fact of `facts.toml`.
pub(crate) fn fact(file: &TextFile, name: FieldName, table: &Spanned<FieldToml>) -> Result<Fact, Diagnostic> {
    let written = table.get_ref();
    reject_bounds(file, written)?;
    let sensitivity = sensitivity(*required(file, table, written.sensitivity.as_ref(), "sensitivity")?.get_ref());
    let category = written.category.as_ref().map(|term| category(file, term)).transpose()?;
    check_category(file, table, &name, sensitivity, category)?;
    let whole = Fact {
        fact_type: FactType::Bool,
        titles: titles(file, table, &name)?,
        category,
        sensitivity,
        unit: unit_of(file, written)?,
        sharing: written.sharing.as_ref().map(|written| sharing(file, written)).transpose()?,
        holder: holder(file, written.holder.as_ref(), *written.kind.get_ref() == FactKind::List)?,
        implied_by: implied_by(file, written)?,
        derivation: derivation(file, written.derived.as_ref(), *written.kind.get_ref() == FactKind::Integer)?,
        normalisation: normalisation(file, written.normalise.as_ref())?,
        guidance: guidance(file, written)?,
        name,
    };
    Ok(Fact { fact_type: fact_type(file, table, Some(&whole), 0)?, ..whole })
}

fn reject_bounds(file: &TextFile, written: &FieldToml) -> Result<(), Diagnostic> {
    let keys = [
        ("bound", written.bound.as_ref().map(Spanned::span)),
        ("provision", written.provision.as_ref().map(Spanned::span)),
        ("bounds", written.bounds.as_ref().map(Spanned::span)),
        ("better", written.better.as_ref().map(Spanned::span)),
    ];
    for (key, span) in keys {
        if let Some(span) = span {
            let help = "bounds, and what is better for a person, stand in services/*.toml";
            return Err(file.diagnostic_with_help(span, format!("a fact has no `{key}`"), help));
        }
    }
    Ok(())
}

fn sensitivity(written: SensitivityToml) -> Sensitivity {
    match written {
        SensitivityToml::Public => Sensitivity::Public,
        SensitivityToml::Personal => Sensitivity::Personal,
        SensitivityToml::Sensitive => Sensitivity::Sensitive,
    }
}

fn check_category(
    file: &TextFile,
    table: &Spanned<FieldToml>,
    name: &FieldName,
    sensitivity: Sensitivity,
    category: Option<Category>,
) -> Result<(), Diagnostic> {
    if sensitivity == Sensitivity::Public || category.is_some() {
        return Ok(());
    }
    Err(file.diagnostic_with_help(
        table.span(),
        format!("the fact `{name}` is about a person and has no `category`"),
        "name a category of the Data Privacy Vocabulary, such as category = \"dpv-pd:Age\"",
    ))
}

/// The unit, which only a number has. A number that follows from a day is counted in that of its derivation.
fn unit_of(file: &TextFile, written: &FieldToml) -> Result<Option<Unit>, Diagnostic> {
    let counted = written.derived.as_ref().map(|derived| derived.get_ref().counted());
    let Some(text) = &written.unit else { return Ok(counted.and_then(|words| Unit::parse(words).ok())) };
    if !matches!(written.kind.get_ref(), FactKind::Integer | FactKind::Decimal) {
        let help = "remove it, or give the numbers inside a unit each";
        return Err(file.diagnostic_with_help(text.span(), "only a number has a unit", help));
    }
    let unit = file.unit(text)?;
    if counted.is_some_and(|counted| counted != unit.as_str()) {
        let message = format!("the unit `{unit}` contradicts what is counted from the day");
        return Err(file.diagnostic_with_help(text.span(), message, "remove it: the unit of `derived` is its unit"));
    }
    Ok(Some(unit))
}

/// The facts that imply a yes-or-no fact. That they are in the catalogue is checked with the whole of it.
fn implied_by(file: &TextFile, written: &FieldToml) -> Result<Vec<FieldName>, Diagnostic> {
    let Some(names) = &written.implied_by else { return Ok(Vec::new()) };
    if *written.kind.get_ref() != FactKind::Bool {
        return Err(file.diagnostic(names.span(), "only a fact with `type = \"bool\"` is implied by another"));
    }
    names.get_ref().iter().map(|name| file.field_name(name.get_ref(), name.span())).collect()
}

/// Checks the other facts of the catalogue that a fact names: those that imply it, and the day from which it follows.
pub(crate) fn check_named(
    file: &TextFile,
    table: &Spanned<FieldToml>,
    beside: &BTreeMap<String, Spanned<FieldToml>>,
) -> Result<(), Diagnostic> {
    if let Some(derived) = &table.get_ref().derived {
        let from = &derived.get_ref().from;
        let source = beside.get(from.get_ref()).map(Spanned::get_ref);
        let is_day = source.is_some_and(|source| *source.kind.get_ref() == FactKind::Date);
        if !is_day {
            let message = format!("`{}` is no day beside this fact", shortened(from.get_ref()));
            let help = "name a fact of this file with type = \"date\"; for a part, a part of the same record";
            return Err(file.diagnostic_with_help(from.span(), message, help));
        }
    }
    if let Some(fields) = &table.get_ref().fields {
        fields.values().try_for_each(|inner| check_named(file, inner, fields))?;
    }
    let knows = |name: &str| beside.contains_key(name);
    for name in table.get_ref().implied_by.iter().flat_map(|names| names.get_ref()) {
        if !knows(name.get_ref()) {
            let message = format!("the fact `{}` is unknown", shortened(name.get_ref()));
            return Err(file.diagnostic_with_help(name.span(), message, "name a fact of this file"));
        }
        if beside.get(name.get_ref()).is_some_and(|other| std::ptr::eq(other, table)) {
            return Err(file.diagnostic(name.span(), "a fact doesn't follow from itself"));
        }
    }
    Ok(())
}

fn category(file: &TextFile, written: &Spanned<String>) -> Result<Category, Diagnostic> {
    Category::new(written.get_ref()).ok_or_else(|| {
        let help = match nearest(written.get_ref(), Category::terms()) {
            Some(term) => format!("did you mean `{term}`?"),
            None => format!("write {EXPECTED_CATEGORY}"),
        };
        file.diagnostic_with_help(written.span(), format!("`{}` is no category", shortened(written.get_ref())), help)
    })
}

/// The type, titles and unit of a grant field.
pub(crate) fn grant_parts(
    file: &TextFile,
    name: &FieldName,
    table: &Spanned<FieldToml>,
) -> Result<(FactType, Titles, Option<Unit>), Diagnostic> {
    let written = table.get_ref();
    let of_facts = [
        ("category", written.category.as_ref().map(Spanned::span)),
        ("sensitivity", written.sensitivity.as_ref().map(Spanned::span)),
        ("sharing", written.sharing.as_ref().map(Spanned::span)),
        ("holder", written.holder.as_ref().map(Spanned::span)),
        ("implied-by", written.implied_by.as_ref().map(Spanned::span)),
        ("derived", written.derived.as_ref().map(Spanned::span)),
        ("normalise", written.normalise.as_ref().map(Spanned::span)),
        ("question", written.question.as_ref().map(Spanned::span)),
        ("hint", written.hint.as_ref().map(Spanned::span)),
        ("evidence", written.evidence.as_ref().map(Spanned::span)),
        ("changeable", written.changeable.as_ref().map(Spanned::span)),
        ("choice-titles", written.choice_titles.as_ref().map(Spanned::span)),
    ];
    if let Some((key, span)) = of_facts.into_iter().find_map(|(key, span)| Some((key, span?))) {
        return Err(file.diagnostic(span, format!("the grant field `{name}` is not a fact: remove `{key}`")));
    }
    if matches!(written.kind.get_ref(), FactKind::Record | FactKind::List) {
        return Err(file.diagnostic(
            written.kind.span(),
            "a grant field is no record and no list; give each part a field of its own",
        ));
    }
    Ok((fact_type(file, table, None, 0)?, titles(file, table, name)?, unit_of(file, written)?))
}

/// The words by which a person is asked for a fact or a part of one.
fn guidance(file: &TextFile, written: &FieldToml) -> Result<FactGuidance, Diagnostic> {
    Ok(FactGuidance {
        question: file.optional_titles(written.question.as_ref())?,
        hint: file.optional_titles(written.hint.as_ref())?,
        evidence: file.optional_titles(written.evidence.as_ref())?,
        choices: choice_titles(file, written.choices.as_ref(), written.choice_titles.as_ref())?,
        is_changeable: written.changeable.as_ref().is_some_and(|changeable| *changeable.get_ref()),
    })
}

fn titles(file: &TextFile, table: &Spanned<FieldToml>, name: &FieldName) -> Result<Titles, Diagnostic> {
    match &table.get_ref().titles {
        Some(titles) => file.titles(titles),
        None => Err(file.diagnostic_with_help(
            table.span(),
            format!("`{name}` has no titles"),
            "add titles = { en = \"...\" }",
        )),
    }
}

fn required<'a, T>(
    file: &TextFile,
    table: &Spanned<FieldToml>,
    value: Option<&'a Spanned<T>>,
    key: &str,
) -> Result<&'a Spanned<T>, Diagnostic> {
    value.ok_or_else(|| file.diagnostic(table.span(), format!("`{key}` is missing")))
}

/// The type of a fact, of a part of one or of a grant field; `whole` is the fact or part itself, for the parts in it.
fn fact_type(
    file: &TextFile,
    table: &Spanned<FieldToml>,
    whole: Option<&Fact>,
    depth: usize,
) -> Result<FactType, Diagnostic> {
    let written = table.get_ref();
    let kind = *written.kind.get_ref();
    reject_unknown_keys(file, written, kind)?;
    if depth > RECORD_DEPTH_MAX {
        return Err(file.diagnostic(table.span(), format!("records are nested more than {RECORD_DEPTH_MAX} deep")));
    }
    Ok(match kind {
        FactKind::Bool => FactType::Bool,
        FactKind::Date => FactType::Date,
        FactKind::Integer => integer_type(file, table)?,
        FactKind::Decimal => decimal_type(file, table)?,
        FactKind::Text => {
            let bytes_max =
                at_most(file, required(file, table, written.bytes_max.as_ref(), "bytes-max")?, TEXT_BYTES_MAX)?;
            FactType::Text { bytes_max }
        }
        FactKind::Choice => choice_type(file, table)?,
        FactKind::Record => FactType::Record(record_fields(file, table, whole, depth)?),
        FactKind::List => {
            let items_max =
                at_most(file, required(file, table, written.items_max.as_ref(), "items-max")?, LIST_ITEMS_MAX)?;
            FactType::List { fields: record_fields(file, table, whole, depth)?, items_max }
        }
    })
}

/// Keys that don't belong to the type of their table.
fn reject_unknown_keys(file: &TextFile, written: &FieldToml, kind: FactKind) -> Result<(), Diagnostic> {
    let number = matches!(kind, FactKind::Integer | FactKind::Decimal);
    let keys = [
        ("min", written.min.as_ref().map(Spanned::span), number),
        ("max", written.max.as_ref().map(Spanned::span), number),
        ("scale", written.scale.as_ref().map(Spanned::span), kind == FactKind::Decimal),
        ("bytes-max", written.bytes_max.as_ref().map(Spanned::span), kind == FactKind::Text),
        ("items-max", written.items_max.as_ref().map(Spanned::span), kind == FactKind::List),
        ("choices", written.choices.as_ref().map(Spanned::span), kind == FactKind::Choice),
        ("normalise", written.normalise.as_ref().map(Spanned::span), kind == FactKind::Text),
        (
            "fields",
            written.fields.as_ref().map(|_| written.kind.span()),
            matches!(kind, FactKind::Record | FactKind::List),
        ),
    ];
    for (key, span, belongs) in keys {
        if let (Some(span), false) = (span, belongs) {
            return Err(file.diagnostic(span, format!("`{key}` doesn't belong to this type")));
        }
    }
    Ok(())
}

fn at_most(file: &TextFile, value: &Spanned<usize>, most: usize) -> Result<usize, Diagnostic> {
    match *value.get_ref() {
        number if (1..=most).contains(&number) => Ok(number),
        _ => Err(file.diagnostic(value.span(), format!("write a number from 1 to {most}"))),
    }
}

fn integer_type(file: &TextFile, table: &Spanned<FieldToml>) -> Result<FactType, Diagnostic> {
    let bound = |value: &Option<Spanned<toml::Value>>, key| {
        let value = required(file, table, value.as_ref(), key)?;
        value
            .get_ref()
            .as_integer()
            .ok_or_else(|| file.diagnostic(value.span(), format!("`{key}` of an integer must be a whole number")))
    };
    let min = bound(&table.get_ref().min, "min")?;
    let max = bound(&table.get_ref().max, "max")?;
    if min > max {
        return Err(file.diagnostic(table.span(), "`min` is greater than `max`"));
    }
    Ok(FactType::Integer { min, max })
}

fn decimal_type(file: &TextFile, table: &Spanned<FieldToml>) -> Result<FactType, Diagnostic> {
    let scale = required(file, table, table.get_ref().scale.as_ref(), "scale")?;
    if *scale.get_ref() > SCALE_MAX {
        return Err(file.diagnostic(scale.span(), format!("`scale` must be at most {SCALE_MAX}")));
    }
    let bound = |value: &Option<Spanned<toml::Value>>, key| {
        let value = required(file, table, value.as_ref(), key)?;
        let no_number = || {
            file.diagnostic_with_help(
                value.span(),
                format!("`{key}` is not a decimal number of at most 18 digits"),
                format!("write {key} = \"0\" or \"99999.99\""),
            )
        };
        let mut number = exact_decimal(value.get_ref()).ok_or_else(no_number)?;
        // A limit that is rounded would let pass what it forbids, or refuse what it allows.
        if number.normalize().scale() > *scale.get_ref() {
            return Err(file.diagnostic_with_help(
                value.span(),
                format!("`{key}` has more digits after the point than `scale = {}` allows", scale.get_ref()),
                "write the limit itself, which is never rounded, or a greater `scale`",
            ));
        }
        number.rescale(*scale.get_ref());
        i64::try_from(number.mantissa()).is_ok().then_some(number).ok_or_else(no_number)
    };
    let min = bound(&table.get_ref().min, "min")?;
    let max = bound(&table.get_ref().max, "max")?;
    if min > max {
        return Err(file.diagnostic(table.span(), "`min` is greater than `max`"));
    }
    Ok(FactType::Decimal { min, max, scale: *scale.get_ref() })
}

fn exact_decimal(value: &toml::Value) -> Option<Decimal> {
    match value {
        toml::Value::String(text) => Decimal::from_str_exact(text).ok(),
        toml::Value::Integer(number) => Some(Decimal::from(*number)),
        _ => None,
    }
}

fn choice_type(file: &TextFile, table: &Spanned<FieldToml>) -> Result<FactType, Diagnostic> {
    let choices = required(file, table, table.get_ref().choices.as_ref(), "choices")?;
    let mut seen: Vec<&String> = Vec::new();
    for choice in choices.get_ref() {
        file.field_name(choice, choices.span())?;
        if seen.contains(&choice) {
            return Err(file.diagnostic(choices.span(), format!("the choice `{choice}` is listed twice; remove one")));
        }
        if choice == "self" {
            return Err(file.diagnostic_with_help(
                choices.span(),
                "the choice `self` can't be a word of a rule's code",
                "write another word, such as \"own\"",
            ));
        }
        // In a rule's code `age_1` and `age1` would both be `Age1`.
        let joined = |word: &str| word.replace('_', "");
        if let Some(other) = seen.iter().find(|other| joined(other) == joined(choice)) {
            let message =
                format!("the choices `{other}` and `{choice}` differ by `_` alone and fall together in a rule's code");
            return Err(file.diagnostic_with_help(choices.span(), message, "rename one of them"));
        }
        seen.push(choice);
    }
    if seen.is_empty() {
        return Err(file.diagnostic(choices.span(), "`choices` is empty; list at least one"));
    }
    Ok(FactType::Choice(choices.get_ref().clone()))
}

fn record_fields(
    file: &TextFile,
    table: &Spanned<FieldToml>,
    whole: Option<&Fact>,
    depth: usize,
) -> Result<Vec<Field>, Diagnostic> {
    let written = table.get_ref().fields.as_ref().filter(|fields| !fields.is_empty());
    let fields = written.ok_or_else(|| {
        file.diagnostic_with_help(table.span(), "the record has no fields", "add tables such as [household.fields.age]")
    })?;
    let Some(whole) = whole else {
        return Err(file.diagnostic(table.span(), "only a fact has parts; give each part a field of its own"));
    };
    fields.iter().map(|(name, inner)| part(file, name, inner, whole, depth + 1)).collect()
}

/// A part of a fact. What its table doesn't say, it has from the record or list around it.
fn part(
    file: &TextFile,
    name: &str,
    table: &Spanned<FieldToml>,
    whole: &Fact,
    depth: usize,
) -> Result<Field, Diagnostic> {
    let written = table.get_ref();
    reject_bounds(file, written)?;
    if let Some(holder) = &written.holder {
        let help =
            "write it at the fact; the parts of each item of a list with `holder = \"each-item\"` are that person's";
        return Err(file.diagnostic_with_help(holder.span(), "a part has no holder of its own", help));
    }
    if let Some(names) = &written.implied_by {
        return Err(file.diagnostic(names.span(), "a part isn't implied by another fact; write it at the fact"));
    }
    let name = file.field_name(name, table.span())?;
    let is_of_person = whole.holder == Holder::EachItem;
    let own_category = written.category.as_ref().map(|term| category(file, term)).transpose()?;
    let own_sensitivity = written.sensitivity.as_ref().map(|written| sensitivity(*written.get_ref()));
    let own_sharing = written.sharing.as_ref().map(|written| sharing(file, written)).transpose()?;
    let is_ruled_on = is_of_person || own_category.is_some() || own_sensitivity.is_some() || own_sharing.is_some();
    let part = Fact {
        name: whole.name.part(&name),
        fact_type: FactType::Bool,
        titles: written.titles.as_ref().map(|titles| file.titles(titles)).transpose()?.unwrap_or_default(),
        category: own_category.or(whole.category),
        sensitivity: own_sensitivity.unwrap_or(whole.sensitivity),
        unit: unit_of(file, written)?,
        sharing: own_sharing.or_else(|| whole.sharing.clone()),
        implied_by: Vec::new(),
        derivation: derivation(file, written.derived.as_ref(), *written.kind.get_ref() == FactKind::Integer)?,
        normalisation: normalisation(file, written.normalise.as_ref())?,
        guidance: guidance(file, written)?,
        holder: if is_of_person { Holder::Other(whole.name.clone()) } else { whole.holder.clone() },
    };
    check_category(file, table, &part.name, part.sensitivity, part.category)?;
    Ok(Field { name, is_ruled_on, part: Fact { fact_type: fact_type(file, table, Some(&part), depth)?, ..part } })
}
