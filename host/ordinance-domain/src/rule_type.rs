//! The type of a rule, as its binary declares it: which facts it may see, which parameters it reads, what it grants.
//! It owns the check of that type against the service's contract; the type itself is read by the sandbox.

use std::fmt;

use crate::contract::Contract;
use crate::fact::{Fact, FactType, Field};
use crate::manifest::{Manifest, ManifestKey};
use crate::mask::Mask;
use crate::name::FieldName;
use crate::value::{Decimal, Record, Value};

/// The type of a rule's `determine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleType {
    /// Its arguments in the order in which it takes them.
    pub arguments: Vec<Argument>,
    /// The facts it may see; empty if it takes no applicant.
    pub applicant: Vec<RuleField>,
    /// The parameters it reads.
    pub parameters: Vec<RuleField>,
    /// The fields it grants; empty for a service without a grant.
    pub grant: Vec<RuleField>,
}

/// An argument of `determine`, bound by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// `as-of`: the day the case is decided for.
    AsOf,
    /// `applicant`: the facts.
    Applicant,
    /// `parameters`: the numbers of the manifest on that day.
    Parameters,
    /// `inherited`: what the upper levels grant, if anything.
    Inherited,
    /// `jurisdiction`: the code of the place the case is about.
    Jurisdiction,
}

/// A field of one of the rule's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleField {
    /// Its name.
    pub name: FieldName,
    /// The same name as the binary writes it.
    pub wit_name: String,
    /// Its type.
    pub value_type: ValueType,
}

/// A type that a field of a rule may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    /// `bool`
    Bool,
    /// `u8` to `s64`
    Integer(IntegerType),
    /// `decimal`
    Decimal,
    /// `date`
    Date,
    /// `string`
    Text,
    /// `enum`, with its cases in `snake_case`, as JSON writes them.
    Choice(Vec<String>),
    /// `record`
    Record(Vec<RuleField>),
    /// `list` of a record
    List(Vec<RuleField>),
    /// `option` of one of these
    Option(Box<ValueType>),
}

/// The integer types of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named as in WIT")]
pub enum IntegerType {
    U8,
    S8,
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
}

impl IntegerType {
    /// The least and the greatest value.
    #[must_use]
    pub fn range(self) -> (i128, i128) {
        match self {
            Self::U8 => (0, u8::MAX.into()),
            Self::S8 => (i8::MIN.into(), i8::MAX.into()),
            Self::U16 => (0, u16::MAX.into()),
            Self::S16 => (i16::MIN.into(), i16::MAX.into()),
            Self::U32 => (0, u32::MAX.into()),
            Self::S32 => (i32::MIN.into(), i32::MAX.into()),
            Self::U64 => (0, u64::MAX.into()),
            Self::S64 => (i64::MIN.into(), i64::MAX.into()),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::S8 => "s8",
            Self::U16 => "u16",
            Self::S16 => "s16",
            Self::U32 => "u32",
            Self::S32 => "s32",
            Self::U64 => "u64",
            Self::S64 => "s64",
        }
    }

    fn holds(self, number: i64) -> bool {
        let (least, greatest) = self.range();
        (least..=greatest).contains(&number.into())
    }

    fn narrowest(min: i64, max: i64) -> Self {
        [Self::U8, Self::S8, Self::U16, Self::S16, Self::U32, Self::S32]
            .into_iter()
            .find(|width| width.holds(min) && width.holds(max))
            .unwrap_or(Self::S64)
    }
}

impl fmt::Display for ValueType {
    /// The type as it is written in WIT, records and enums by their kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Integer(width) => f.write_str(width.as_str()),
            Self::Decimal => f.write_str("decimal"),
            Self::Date => f.write_str("date"),
            Self::Text => f.write_str("string"),
            Self::Choice(_) => f.write_str("enum"),
            Self::Record(_) => f.write_str("record"),
            Self::List(_) => f.write_str("list of a record"),
            Self::Option(inner) => write!(f, "option<{inner}>"),
        }
    }
}

impl ValueType {
    /// The type without an `option` around it, and whether there was one.
    #[must_use]
    pub fn required(&self) -> (&Self, bool) {
        match self {
            Self::Option(inner) => (inner, true),
            other => (other, false),
        }
    }

    /// Reads a parameter of the manifest as this type: a decimal may be written as text or a whole number, a choice
    /// as text. None if it doesn't fit.
    #[must_use]
    pub fn read(&self, value: &Value) -> Option<Value> {
        match (self, value) {
            (Self::Option(inner), value) => inner.read(value),
            (Self::Integer(width), Value::Integer(number)) if width.holds(*number) => Some(value.clone()),
            (Self::Decimal, Value::Integer(number)) => Some(Value::Decimal(Decimal::from(*number))),
            (Self::Decimal, Value::Text(text)) => text.parse().ok().filter(fits_the_interface).map(Value::Decimal),
            (Self::Choice(cases), Value::Text(word)) if cases.contains(word) => Some(Value::Choice(word.clone())),
            (Self::Bool, Value::Bool(_)) | (Self::Date, Value::Date(_)) | (Self::Text, Value::Text(_)) => {
                Some(value.clone())
            }
            (Self::Record(fields), Value::Record(record)) => read_record(fields, record).map(Value::Record),
            (Self::List(fields), Value::List(items)) => {
                items.iter().map(|item| read_record(fields, item)).collect::<Option<_>>().map(Value::List)
            }
            _ => None,
        }
    }
}

fn fits_the_interface(number: &Decimal) -> bool {
    number.scale() <= crate::fact::SCALE_MAX && i64::try_from(number.mantissa()).is_ok()
}

fn read_record(fields: &[RuleField], record: &Record) -> Option<Record> {
    if record.iter().any(|(name, _)| !fields.iter().any(|field| &field.name == name)) {
        return None;
    }
    let mut read = Record::new();
    for field in fields {
        match crate::value::field(record, &field.name) {
            Some(value) => read.push((field.name.clone(), field.value_type.read(value)?)),
            None if field.value_type.required().1 => {}
            None => return None,
        }
    }
    Some(read)
}

/// A place where a rule's type breaks the contract or the manifest, with the mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeFault {
    /// Where, such as `applicant.age`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub mend: String,
    /// Where in the manifest, if it is to be mended there.
    pub key: Option<ManifestKey>,
}

impl fmt::Display for TypeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}; {}", self.place, self.message, self.mend)
    }
}

/// Checks the type of a rule against its service's contract and its manifest. No faults: the rule fits.
#[must_use]
pub fn check(rule_type: &RuleType, contract: &Contract, manifest: &Manifest) -> Vec<TypeFault> {
    let mut faults = Vec::new();
    for field in &rule_type.applicant {
        check_fact(field, contract, &mut faults);
    }
    check_grant(rule_type, contract, &mut faults);
    check_parameters(&rule_type.parameters, manifest, &mut faults);
    faults
}

/// The coarser form in which a rule declares a fact, where its type is that of the form and not of the fact: the year of a
/// date, or the band of an age. The rule is then never told more.
#[must_use]
pub fn coarse_form(field: &RuleField, fact: &Fact) -> Option<Mask> {
    if fits(&field.value_type, &fact.fact_type) {
        return None;
    }
    let is_declared = |mask: &Mask| mask.masked_type(fact).is_some_and(|form| fits(&field.value_type, &form));
    [Mask::YearOnly, Mask::AgeBand].into_iter().find(is_declared)
}

/// Whether a masked fact can be told to a rule: the rule's type must fit the masked form, and where that has a type of its
/// own, the rule must have declared that form.
#[must_use]
pub fn takes_masked(field: &RuleField, fact: &Fact, mask: Mask) -> bool {
    match coarse_form(field, fact) {
        Some(form) => form == mask,
        None => match mask {
            Mask::Prefix(_) | Mask::Last(_) | Mask::RoundTo(_) | Mask::Pseudonym => {
                mask.masked_type(fact).is_some_and(|form| fits(&field.value_type, &form))
            }
            // Of a type of its own; a `true` that only says that a fact is known must not be read as the fact.
            Mask::YearOnly | Mask::AgeBand | Mask::PresenceOnly => false,
        },
    }
}

fn fits(value_type: &ValueType, fact_type: &FactType) -> bool {
    let mut faults = Vec::new();
    check_value("", value_type, fact_type, &mut faults);
    faults.is_empty()
}

fn fault(faults: &mut Vec<TypeFault>, place: &str, message: impl Into<String>, mend: impl Into<String>) {
    faults.push(TypeFault { place: place.to_owned(), message: message.into(), mend: mend.into(), key: None });
}

fn check_fact(field: &RuleField, contract: &Contract, faults: &mut Vec<TypeFault>) {
    let place = format!("applicant.{}", field.wit_name);
    match contract.fact(field.name.as_str()) {
        Some(fact) if coarse_form(field, fact).is_some() => {}
        Some(fact) => check_value(&place, &field.value_type, &fact.fact_type, faults),
        None => fault(
            faults,
            &place,
            format!("service `{}` doesn't let its rules see a fact `{}`", contract.service, field.name),
            format!(
                "remove the field, or add the fact to facts.toml and to the facts of services/{}.toml",
                contract.service
            ),
        ),
    }
}

fn check_value(place: &str, value_type: &ValueType, fact_type: &FactType, faults: &mut Vec<TypeFault>) {
    match (value_type.required().0, fact_type) {
        (ValueType::Bool, FactType::Bool)
        | (ValueType::Decimal, FactType::Decimal { .. })
        | (ValueType::Date, FactType::Date)
        | (ValueType::Text, FactType::Text { .. }) => {}
        (ValueType::Integer(width), FactType::Integer { min, max }) => check_range(place, *width, *min, *max, faults),
        (ValueType::Choice(cases), FactType::Choice(choices)) => check_cases(place, cases, choices, faults),
        (ValueType::Record(fields), FactType::Record(known))
        | (ValueType::List(fields), FactType::List { fields: known, .. }) => {
            check_fields(place, fields, known, faults);
        }
        (found, expected) => {
            let wanted = wit_type(expected);
            fault(
                faults,
                place,
                format!("the type is {found}, the contract's is {wanted}"),
                format!("write `{wanted}` or `option<{wanted}>` in the rule's wit"),
            );
        }
    }
}

fn check_range(place: &str, width: IntegerType, min: i64, max: i64, faults: &mut Vec<TypeFault>) {
    if !(width.holds(min) && width.holds(max)) {
        let (least, greatest) = width.range();
        let (name, wanted) = (width.as_str(), IntegerType::narrowest(min, max).as_str());
        let message =
            format!("the contract's values go from {min} to {max}, but {name} only from {least} to {greatest}");
        fault(faults, place, message, format!("write `{wanted}`"));
    }
}

fn check_cases(place: &str, cases: &[String], choices: &[String], faults: &mut Vec<TypeFault>) {
    for choice in choices.iter().filter(|choice| !cases.contains(choice)) {
        fault(
            faults,
            place,
            format!("the enum lacks the contract's choice `{choice}`"),
            format!("add `{}` to the enum", choice.replace('_', "-")),
        );
    }
    for case in cases.iter().filter(|case| !choices.contains(case)) {
        fault(
            faults,
            place,
            format!("the enum has a case `{case}` that the contract doesn't"),
            "remove it from the enum",
        );
    }
}

fn check_fields(place: &str, fields: &[RuleField], known: &[Field], faults: &mut Vec<TypeFault>) {
    for field in fields {
        let inner = format!("{place}.{}", field.wit_name);
        match known.iter().find(|known| known.name == field.name) {
            Some(known) => check_value(&inner, &field.value_type, &known.fact_type, faults),
            None => fault(faults, &inner, "the contract has no such field", "remove the field"),
        }
    }
}

fn check_grant(rule_type: &RuleType, contract: &Contract, faults: &mut Vec<TypeFault>) {
    for field in &contract.grant {
        match rule_type.grant.iter().find(|found| found.name == field.name) {
            Some(found) => {
                check_value(&format!("grant.{}", found.wit_name), &found.value_type, &field.fact_type, faults)
            }
            None => {
                let (place, wanted) = (format!("grant.{}", field.name.to_kebab()), wit_type(&field.fact_type));
                fault(
                    faults,
                    &place,
                    "the contract's grant has this field, the rule's hasn't",
                    format!(
                        "add `{}: {wanted}` to the rule's grant, or `option<{wanted}>` if this level doesn't set it",
                        field.name.to_kebab()
                    ),
                );
            }
        }
    }
    for found in rule_type.grant.iter().filter(|found| contract.grant_field(&found.name).is_none()) {
        fault(
            faults,
            &format!("grant.{}", found.wit_name),
            "the contract's grant has no such field",
            "remove the field",
        );
    }
}

/// Checks the parameters that a rule of either kind reads against its manifest.
pub fn check_parameters(fields: &[RuleField], manifest: &Manifest, faults: &mut Vec<TypeFault>) {
    let mut fault = |place: &str, name: &FieldName, message: String, mend: String| {
        let (place, key) = (format!("parameters.{place}"), Some(ManifestKey::Parameter(name.clone())));
        faults.push(TypeFault { place, message, mend, key });
    };
    for field in fields {
        let Some(parameter) = manifest.parameters.iter().find(|parameter| parameter.name == field.name) else {
            let mend = format!("add [parameters.{}] to rule.toml", field.name);
            fault(&field.wit_name, &field.name, "rule.toml has no such parameter".to_owned(), mend);
            continue;
        };
        let first = manifest.in_force.from();
        if parameter.on(first).is_none() && !field.value_type.required().1 {
            let message = format!(
                "it is pending and has no value on {first}, the first day of the rule, which can't do without it"
            );
            let mend = format!("write `option<{}>` in the rule's wit, or give a value", field.value_type);
            fault(&field.wit_name, &field.name, message, mend);
        }
        for dated in parameter.values.iter().filter(|dated| field.value_type.read(&dated.value).is_none()) {
            let message =
                format!("the value from {} in rule.toml doesn't fit the type {}", dated.from, field.value_type);
            fault(&field.wit_name, &field.name, message, "change the value, or the type in the rule's wit".to_owned());
        }
    }
    let read = |name: &FieldName| fields.iter().any(|field| &field.name == name);
    for parameter in manifest.parameters.iter().filter(|parameter| !read(&parameter.name)) {
        let message = "rule.toml has this parameter, but the rule doesn't read it".to_owned();
        let mend = "remove it from rule.toml, or add it to the parameters record in the rule's wit".to_owned();
        fault(&parameter.name.to_kebab(), &parameter.name, message, mend);
    }
}

/// The WIT type that fits a contract's type, for an error message and for a scaffold.
#[must_use]
pub fn wit_type(fact_type: &FactType) -> &'static str {
    match fact_type {
        FactType::Bool => "bool",
        FactType::Integer { min, max } => IntegerType::narrowest(*min, *max).as_str(),
        FactType::Decimal { .. } => "decimal",
        FactType::Date => "date",
        FactType::Text { .. } => "string",
        FactType::Choice(_) => "enum",
        FactType::Record(_) => "record",
        FactType::List { .. } => "list of a record",
    }
}
