//! The check of a rule's type against its service's contract and its manifest. This module finds mismatches; the
//! engine owns the texts for authors.

use crate::calendar::{Date, LawDay};
use crate::contract::Contract;
use crate::fact::{Fact, FactType, Field};
use crate::manifest::{IntermediateValue, Manifest};
use crate::mask::Mask;
use crate::name::{FieldName, Id};
use crate::number_range::NumberRange;
use crate::rule_type::{Argument, IntegerType, RuleField, RuleType, ValueType};
use crate::value::Value;
use crate::value_misfit::{ValueMisfit, find_misfit};

/// A mismatch between a rule's type and the contract or the manifest. `place` is a path of field names with dots
/// between, such as `applicant.members.age`.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeMismatch {
    /// The service doesn't let its rules see the fact.
    UnknownFact {
        /// The field.
        place: String,
        fact: FieldName,
        service: Id,
    },
    /// A field has another type than the contract.
    Type {
        /// The field.
        place: String,
        /// The rule's type.
        found: ValueType,
        /// The contract's.
        expected: FactType,
    },
    /// An integer type of the grant doesn't hold the contract's range, and the rule inherits grants.
    Range {
        /// The field.
        place: String,
        /// The rule's type.
        found: IntegerType,
        /// The contract's least value.
        min: i64,
        /// The contract's greatest value.
        max: i64,
    },
    /// An enum of the grant lacks a choice of the contract, and the rule inherits grants.
    MissingChoice {
        /// The field.
        place: String,
        choice: String,
    },
    /// An enum has a case that the contract doesn't have.
    UnknownChoice {
        /// The field.
        place: String,
        /// The case.
        choice: String,
    },
    /// A record has a field that the contract doesn't have.
    UnknownField {
        /// The field.
        place: String,
    },
    /// The rule's grant lacks a field of the contract.
    MissingGrantField {
        field: FieldName,
        /// Its type in the contract.
        expected: FactType,
    },
    /// The rule's grant has a field that the contract doesn't have.
    UnknownGrantField { field: FieldName },
    /// The rule's type and its manifest disagree on a parameter.
    Parameter {
        parameter: FieldName,
        /// How they disagree.
        mismatch: ParameterMismatch,
    },
    /// The rule tells an intermediate value that its manifest doesn't declare.
    UndeclaredIntermediate { name: FieldName },
    /// The manifest declares an intermediate value that the rule doesn't tell.
    UntoldIntermediate { name: FieldName },
}

impl TypeMismatch {
    /// The parameter that the mismatch is about; `None` if it is about another field.
    #[must_use]
    pub fn parameter(&self) -> Option<&FieldName> {
        match self {
            Self::Parameter { parameter, .. } => Some(parameter),
            Self::UnknownFact { .. }
            | Self::Type { .. }
            | Self::Range { .. }
            | Self::MissingChoice { .. }
            | Self::UnknownChoice { .. }
            | Self::UnknownField { .. }
            | Self::MissingGrantField { .. }
            | Self::UnknownGrantField { .. }
            | Self::UndeclaredIntermediate { .. }
            | Self::UntoldIntermediate { .. } => None,
        }
    }
}

/// A mismatch between the parameters that a rule reads and those of its manifest.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterMismatch {
    /// The manifest lacks a parameter that the rule reads.
    Unknown,
    /// A parameter that the rule requires has no value on the rule's first day.
    Pending {
        /// The first day on which the rule is in force.
        first_day: Date,
        /// The type that the rule declares.
        value_type: ValueType,
    },
    /// A value doesn't fit the type.
    Value {
        /// The day from which the value holds.
        from: Date,
        /// The type that the rule declares.
        value_type: ValueType,
        /// The part of it that doesn't.
        misfit: ValueMisfit,
    },
    /// The rule doesn't read a parameter of the manifest.
    Unread,
}

/// Values of a fact that the contract has and a rule's type can't hold, since the contract got them after the rule was
/// written. To the rule such a value isn't known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnrecognisedValues {
    /// The fact, or the part of one, without the indices of items.
    pub path: FieldName,
    /// Which values they are.
    pub values: OutsideType,
}

/// The values of a contract's type that are outside a rule's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutsideType {
    /// The choices that an enum lacks.
    Choices(Vec<String>),
    /// The numbers below the least or above the greatest of an integer type, and the narrowest type that holds them.
    Numbers { found: IntegerType, fits: IntegerType },
    /// The numbers for which a rule as expressions wasn't built: those beyond the range.
    Range(NumberRange),
}

/// The values of facts that the contract has and the type of a rule can't hold.
#[must_use]
pub fn unrecognised_values(rule_type: &RuleType, contract: &Contract) -> Vec<UnrecognisedValues> {
    let mut found = Vec::new();
    for field in &rule_type.applicant {
        if let Some(fact) = contract.fact(field.name.as_str()) {
            find_unrecognised(field, fact, &field.name, &mut found);
        }
    }
    found
}

fn find_unrecognised(field: &RuleField, fact: &Fact, path: &FieldName, found: &mut Vec<UnrecognisedValues>) {
    if coarse_form(field, fact).is_some() {
        return;
    }
    let mut add = |values| found.push(UnrecognisedValues { path: path.clone(), values });
    if let Some(range) = field.range.filter(|range| !holds_all(range, &fact.fact_type)) {
        return add(OutsideType::Range(range));
    }
    match (field.value_type.inner(), &fact.fact_type) {
        (ValueType::Choice(words), FactType::Choice(choices)) => {
            let lacking: Vec<String> = choices.iter().filter(|choice| !words.contains(choice)).cloned().collect();
            if !lacking.is_empty() {
                add(OutsideType::Choices(lacking));
            }
        }
        (ValueType::Integer(width), FactType::Integer { min, max }) if !(width.holds(*min) && width.holds(*max)) => {
            add(OutsideType::Numbers { found: *width, fits: IntegerType::narrowest(*min, *max) });
        }
        (ValueType::Record(fields) | ValueType::List(fields), known) => {
            for inner in fields {
                if let Some(known) = known.fields().iter().find(|known| known.name == inner.name) {
                    find_unrecognised(inner, &known.part, &path.part(&inner.name), found);
                }
            }
        }
        (_, _) => {}
    }
}

/// Whether a rule was built for all numbers of a contract's type.
fn holds_all(range: &NumberRange, fact_type: &FactType) -> bool {
    match fact_type {
        FactType::Integer { min, max } => range.holds(&Value::Integer(*min)) && range.holds(&Value::Integer(*max)),
        FactType::Decimal { min, max, scale } => {
            range.min <= *min && range.max >= *max && range.scale >= u32::from(*scale)
        }
        _ => true,
    }
}

/// Which values a field of a rule must be able to hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Each value of the contract.
    EachValue,
    /// Values of the contract's type. One that the field can't hold is not known to the rule, or never granted by it.
    Type,
}

/// Checks the type of a rule against its service's contract and its manifest. An empty list means that the rule fits.
/// A fact may have values that the rule doesn't recognise ([`unrecognised_values`]).
#[must_use]
pub fn check(rule_type: &RuleType, contract: &Contract, manifest: &Manifest) -> Vec<TypeMismatch> {
    let mut found = Vec::new();
    for field in &rule_type.applicant {
        check_fact(field, contract, &mut found);
    }
    check_grant(rule_type, contract, &mut found);
    found.extend(check_parameters(&rule_type.parameters, manifest));
    check_intermediates(&rule_type.intermediates, manifest, &mut found);
    found
}

fn check_intermediates(fields: &[RuleField], manifest: &Manifest, found: &mut Vec<TypeMismatch>) {
    let declared = &manifest.intermediates;
    for RuleField { name, .. } in fields {
        if !declared.iter().any(|declared| declared.name == *name) {
            found.push(TypeMismatch::UndeclaredIntermediate { name: name.clone() });
        }
    }
    let is_told = |declared: &&IntermediateValue| fields.iter().any(|field| field.name == declared.name);
    for declared in declared.iter().filter(|declared| !declared.is_defined && !is_told(declared)) {
        found.push(TypeMismatch::UntoldIntermediate { name: declared.name.clone() });
    }
}

/// The coarser form in which a rule declares a fact: the year of a date, or the band of an age. `None` if the rule's
/// type fits the fact itself. A rule that declares a coarser form never receives more.
#[must_use]
pub fn coarse_form(field: &RuleField, fact: &Fact) -> Option<Mask> {
    if fits(&field.value_type, &fact.fact_type, Fit::Type) {
        return None;
    }
    // The values of a form are those of every version of the interface.
    let is_declared =
        |mask: &Mask| mask.masked_type(fact).is_some_and(|form| fits(&field.value_type, &form, Fit::EachValue));
    [Mask::YearOnly, Mask::AgeBand].into_iter().find(is_declared)
}

/// Whether a rule can receive the masked form of a fact: its type must fit the form. Where the form has a type of its
/// own, the rule must have declared that form.
#[must_use]
pub fn takes_masked(field: &RuleField, fact: &Fact, mask: Mask) -> bool {
    match coarse_form(field, fact) {
        Some(form) => form == mask,
        None => match mask {
            Mask::Prefix(_) | Mask::Last(_) | Mask::RoundTo(_) | Mask::Pseudonym => {
                mask.masked_type(fact).is_some_and(|form| fits(&field.value_type, &form, Fit::Type))
            }
            // These forms have types of their own; a rule must not take a `true` for presence as the fact's value.
            Mask::YearOnly | Mask::AgeBand | Mask::PresenceOnly => false,
        },
    }
}

fn fits(value_type: &ValueType, fact_type: &FactType, fit: Fit) -> bool {
    let mut found = Vec::new();
    check_value("", value_type, fact_type, fit, &mut found);
    found.is_empty()
}

fn check_fact(field: &RuleField, contract: &Contract, found: &mut Vec<TypeMismatch>) {
    let place = format!("applicant.{}", field.name);
    match contract.fact(field.name.as_str()) {
        Some(fact) if coarse_form(field, fact).is_some() => {}
        Some(fact) => check_value(&place, &field.value_type, &fact.fact_type, Fit::Type, found),
        None => {
            let service = contract.service.clone();
            found.push(TypeMismatch::UnknownFact { place, fact: field.name.clone(), service });
        }
    }
}

fn check_value(place: &str, value_type: &ValueType, fact_type: &FactType, fit: Fit, found: &mut Vec<TypeMismatch>) {
    match (value_type.inner(), fact_type) {
        (ValueType::Bool, FactType::Bool)
        | (ValueType::Decimal, FactType::Decimal { .. })
        | (ValueType::Date, FactType::Date)
        | (ValueType::Text, FactType::Text { .. }) => {}
        (ValueType::Integer(width), FactType::Integer { min, max }) => {
            if fit == Fit::EachValue && !(width.holds(*min) && width.holds(*max)) {
                found.push(TypeMismatch::Range { place: place.to_owned(), found: *width, min: *min, max: *max });
            }
        }
        (ValueType::Choice(cases), FactType::Choice(choices)) => check_cases(place, cases, choices, fit, found),
        (ValueType::Record(fields), FactType::Record(known))
        | (ValueType::List(fields), FactType::List { fields: known, .. }) => {
            check_fields(place, fields, known, fit, found);
        }
        (other, expected) => {
            found.push(TypeMismatch::Type { place: place.to_owned(), found: other.clone(), expected: expected.clone() })
        }
    }
}

fn check_cases(place: &str, cases: &[String], choices: &[String], fit: Fit, found: &mut Vec<TypeMismatch>) {
    for choice in choices.iter().filter(|choice| fit == Fit::EachValue && !cases.contains(choice)) {
        found.push(TypeMismatch::MissingChoice { place: place.to_owned(), choice: choice.clone() });
    }
    for case in cases.iter().filter(|case| !choices.contains(case)) {
        found.push(TypeMismatch::UnknownChoice { place: place.to_owned(), choice: case.clone() });
    }
}

fn check_fields(place: &str, fields: &[RuleField], known: &[Field], fit: Fit, found: &mut Vec<TypeMismatch>) {
    for field in fields {
        let inner = format!("{place}.{}", field.name);
        match known.iter().find(|known| known.name == field.name) {
            Some(known) if coarse_form(field, &known.part).is_some() => {}
            Some(known) => check_value(&inner, &field.value_type, &known.part.fact_type, fit, found),
            None => found.push(TypeMismatch::UnknownField { place: inner }),
        }
    }
}

fn check_grant(rule_type: &RuleType, contract: &Contract, found: &mut Vec<TypeMismatch>) {
    // A rule that receives grants must be able to hold those of the levels above; another one may grant fewer values.
    let inherits = rule_type.arguments.contains(&Argument::Inherited);
    let fit = if inherits { Fit::EachValue } else { Fit::Type };
    for field in &contract.grant {
        match rule_type.grant.iter().find(|granted| granted.name == field.name) {
            Some(granted) => {
                check_value(&format!("grant.{}", granted.name), &granted.value_type, &field.fact_type, fit, found);
            }
            None => found
                .push(TypeMismatch::MissingGrantField { field: field.name.clone(), expected: field.fact_type.clone() }),
        }
    }
    for granted in rule_type.grant.iter().filter(|granted| contract.grant_field(&granted.name).is_none()) {
        found.push(TypeMismatch::UnknownGrantField { field: granted.name.clone() });
    }
}

/// Checks the parameters that a rule of either kind reads against its manifest. An empty list means that they fit.
#[must_use]
pub fn check_parameters(fields: &[RuleField], manifest: &Manifest) -> Vec<TypeMismatch> {
    let mut found = Vec::new();
    let mut report = |parameter: &FieldName, mismatch: ParameterMismatch| {
        found.push(TypeMismatch::Parameter { parameter: parameter.clone(), mismatch });
    };
    for RuleField { name, value_type, .. } in fields {
        let Some(parameter) = manifest.parameters.iter().find(|parameter| parameter.name == *name) else {
            report(name, ParameterMismatch::Unknown);
            continue;
        };
        let first_day = manifest.in_force.from();
        if parameter.on(LawDay::all_published(first_day)).is_none() && !value_type.is_optional() {
            report(name, ParameterMismatch::Pending { first_day, value_type: value_type.clone() });
        }
        for dated in &parameter.values {
            if let Some(misfit) = find_misfit(value_type, &dated.value) {
                report(name, ParameterMismatch::Value { from: dated.from, value_type: value_type.clone(), misfit });
            }
        }
    }
    for parameter in &manifest.parameters {
        if !fields.iter().any(|field| field.name == parameter.name) {
            report(&parameter.name, ParameterMismatch::Unread);
        }
    }
    found
}
