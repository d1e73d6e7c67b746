//! The type of a rule's component: which facts it sees, which parameters it reads, what it answers. It follows from
//! what the expressions name, and holds nothing else.

use std::rc::Rc;

use ordinance_domain::built_ranges::NumberRanges;
use ordinance_domain::fact::{Fact, FactType, Field};
use ordinance_domain::name::FieldName;
use ordinance_domain::number_range::NumberRange;
use ordinance_domain::rule_type::{Argument as RuleArgument, IntegerType, RuleField, ValueType};
use ordinance_domain::value::Decimal;

use super::error::CompileError;
use crate::tree::{Argument, Determination, Program};
use crate::types::{NumberBounds, Type, TypeKind};

/// The most digits after the point of an intermediate value.
pub(super) const INTERMEDIATE_SCALE_MAX: u8 = 6;

/// The type of a rule's function.
#[derive(Debug, Clone)]
pub(super) struct Interface {
    /// The arguments that it takes, in this order: `as-of`, `applicant`, `parameters`, `inherited`, `jurisdiction`.
    pub(super) arguments: Vec<RuleArgument>,
    pub(super) applicant: Vec<TypedField>,
    pub(super) parameters: Vec<TypedField>,
    pub(super) grant: Vec<RuleField>,
    /// The type of what upper levels grant, if the rule reads it.
    pub(super) inherited: Option<Type>,
    pub(super) intermediates: Vec<RuleField>,
}

/// A field of an argument: how the component declares it, and its type in expressions.
#[derive(Debug, Clone)]
pub(super) struct TypedField {
    pub(super) field: RuleField,
    pub(super) ty: Type,
}

/// The interface of a program.
pub(super) fn interface(program: &Program, answer: &Determination, facts: &[Fact]) -> Result<Interface, CompileError> {
    let takes_inherited = program.inputs.iter().any(|input| input.argument == Argument::Inherited);
    let mut found = Interface {
        arguments: Vec::new(),
        applicant: Vec::new(),
        parameters: Vec::new(),
        grant: grant_fields(answer, takes_inherited)?,
        inherited: None,
        intermediates: intermediate_fields(answer)?,
    };
    let mut takes_as_of = false;
    let mut takes_jurisdiction = false;
    for input in &program.inputs {
        match &input.argument {
            Argument::AsOf => takes_as_of = true,
            Argument::Jurisdiction => takes_jurisdiction = true,
            Argument::Inherited => found.inherited = Some(input.ty.clone()),
            Argument::Fact(name) => {
                let fact = facts.iter().find(|fact| fact.name.is(name));
                let fact = fact.ok_or_else(|| CompileError::UnknownFact(name.clone()))?;
                let value_type = ValueType::Option(Box::new(fact_type(&fact.fact_type, &input.ty.kind, name)?));
                let field = RuleField::new(field_name(name)?, value_type);
                found.applicant.push(TypedField { field, ty: input.ty.clone() });
            }
            Argument::Parameter(name) => {
                let value_type = optional(parameter_type(&input.ty, name)?, input.ty.nullable);
                let field = RuleField::new(field_name(name)?, value_type);
                found.parameters.push(TypedField { field, ty: input.ty.clone() });
            }
            Argument::Model(name) => return Err(CompileError::Model(name.clone())),
        }
    }
    let taken = [
        (RuleArgument::AsOf, takes_as_of),
        (RuleArgument::Applicant, !found.applicant.is_empty()),
        (RuleArgument::Parameters, !found.parameters.is_empty()),
        (RuleArgument::Inherited, found.inherited.is_some()),
        (RuleArgument::Jurisdiction, takes_jurisdiction),
    ];
    found.arguments = taken.into_iter().filter(|(_, is_taken)| *is_taken).map(|(argument, _)| argument).collect();
    Ok(found)
}

fn field_name(name: &str) -> Result<FieldName, CompileError> {
    FieldName::new(name).map_err(|_| CompileError::Name(name.to_owned()))
}

fn optional(value_type: ValueType, is_optional: bool) -> ValueType {
    if is_optional { ValueType::Option(Box::new(value_type)) } else { value_type }
}

/// The type of a fact or a part of one: that of the contract, and of records the parts that expressions name.
fn fact_type(fact: &FactType, read: &TypeKind, name: &str) -> Result<ValueType, CompileError> {
    Ok(match fact {
        FactType::Bool => ValueType::Bool,
        FactType::Integer { min, max } => ValueType::Integer(IntegerType::narrowest(*min, *max)),
        FactType::Decimal { .. } => ValueType::Decimal,
        FactType::Date => ValueType::Date,
        FactType::Text { .. } => ValueType::Text,
        FactType::Choice(words) => ValueType::Choice(words.clone()),
        FactType::Record(fields) => ValueType::Record(part_fields(fields, read, name)?),
        FactType::List { fields, .. } => {
            let item = match read {
                TypeKind::List { item, .. } => &item.kind,
                other => other,
            };
            ValueType::List(part_fields(fields, item, name)?)
        }
    })
}

fn part_fields(fields: &[Field], read: &TypeKind, name: &str) -> Result<Vec<RuleField>, CompileError> {
    let TypeKind::Context(parts) = read else { return Err(CompileError::UnknownFact(name.to_owned())) };
    parts
        .iter()
        .map(|(part, ty)| {
            let field = fields.iter().find(|field| field.name.is(part));
            let field = field.ok_or_else(|| CompileError::UnknownFact(format!("{name}.{part}")))?;
            let inner = fact_type(&field.part.fact_type, &ty.kind, &format!("{name}.{part}"))?;
            Ok(RuleField::new(field.name.clone(), ValueType::Option(Box::new(inner))))
        })
        .collect()
}

/// The type of a parameter. A number is always a decimal: a manifest may write a whole number either way.
fn parameter_type(ty: &Type, name: &str) -> Result<ValueType, CompileError> {
    let wrong = || CompileError::Parameter(name.to_owned());
    Ok(match &ty.kind {
        TypeKind::Boolean => ValueType::Bool,
        TypeKind::Number(_) => ValueType::Decimal,
        TypeKind::Text => ValueType::Text,
        TypeKind::Choice(words) => ValueType::Choice(words.to_vec()),
        TypeKind::Date => ValueType::Date,
        TypeKind::List { item, .. } => match &item.kind {
            TypeKind::Number(_) => ValueType::Decimals,
            TypeKind::Context(fields) => ValueType::List(parameter_fields(fields, name)?),
            _ => return Err(wrong()),
        },
        TypeKind::Context(fields) => ValueType::Record(parameter_fields(fields, name)?),
        TypeKind::Null
        | TypeKind::Any
        | TypeKind::Time
        | TypeKind::DateTime
        | TypeKind::DaysDuration
        | TypeKind::MonthsDuration
        | TypeKind::Range(_) => return Err(wrong()),
    })
}

fn parameter_fields(fields: &Rc<[(String, Type)]>, name: &str) -> Result<Vec<RuleField>, CompileError> {
    fields
        .iter()
        .map(|(field, ty)| {
            let value_type = optional(parameter_type(ty, &format!("{name}.{field}"))?, ty.nullable);
            Ok(RuleField::new(field_name(field)?, value_type))
        })
        .collect()
}

/// The fields of the grant. A field is optional where its value may be null, or is left to other levels; and all are
/// in a rule that takes what upper levels grant, which has the same type and may leave any of them open.
fn grant_fields(answer: &Determination, takes_inherited: bool) -> Result<Vec<RuleField>, CompileError> {
    answer
        .grant
        .iter()
        .map(|granted| {
            let is_open = takes_inherited || granted.value.as_ref().is_none_or(|value| value.ty.nullable);
            let value_type = optional(grant_type(&granted.fact_type, &granted.name)?, is_open);
            Ok(RuleField::new(field_name(&granted.name)?, value_type))
        })
        .collect()
}

fn grant_type(fact: &FactType, name: &str) -> Result<ValueType, CompileError> {
    Ok(match fact {
        FactType::Bool => ValueType::Bool,
        FactType::Integer { min, max } => ValueType::Integer(IntegerType::narrowest(*min, *max)),
        FactType::Decimal { .. } => ValueType::Decimal,
        FactType::Date => ValueType::Date,
        FactType::Text { .. } => ValueType::Text,
        FactType::Choice(words) => ValueType::Choice(words.clone()),
        FactType::Record(fields) => ValueType::Record(grant_parts(fields, name)?),
        FactType::List { fields, .. } => ValueType::List(grant_parts(fields, name)?),
    })
}

fn grant_parts(fields: &[Field], name: &str) -> Result<Vec<RuleField>, CompileError> {
    fields
        .iter()
        .map(|field| {
            let inner = grant_type(&field.part.fact_type, name)?;
            Ok(RuleField::new(field.name.clone(), ValueType::Option(Box::new(inner))))
        })
        .collect()
}

/// The numbers of the facts for which the rule is built.
pub(super) fn ranges(interface: &Interface) -> NumberRanges {
    let mut found = Vec::new();
    interface.applicant.iter().for_each(|fact| add_ranges(&fact.field.name, &fact.ty, &mut found));
    NumberRanges(found)
}

fn add_ranges(path: &FieldName, ty: &Type, found: &mut Vec<(FieldName, NumberRange)>) {
    match &ty.kind {
        TypeKind::Number(NumberBounds { range: Some((min, max)), scale: Some(scale) }) => {
            // A range that the host's numbers can't express has none of its numbers beyond it.
            if let (Some(min), Some(max)) = (host_decimal(min), host_decimal(max)) {
                found.push((path.clone(), NumberRange { min, max, scale: u32::from(*scale) }));
            }
        }
        TypeKind::Context(fields) => {
            for (name, ty) in fields.iter() {
                if let Ok(name) = FieldName::new(name) {
                    add_ranges(&path.part(&name), ty, found);
                }
            }
        }
        TypeKind::List { item, .. } => add_ranges(path, item, found),
        _ => {}
    }
}

fn host_decimal(number: &ordinance_feel_runtime::Decimal) -> Option<Decimal> {
    let scale = super::fixed::digits(number)?;
    Decimal::try_from_i128_with_scale(super::fixed::units(number, scale)?, scale.into()).ok()
}

/// The type of a field of the grant.
pub(super) fn field_type<'i>(interface: &'i Interface, name: &str) -> Option<&'i ValueType> {
    interface.grant.iter().find(|field| field.name.is(name)).map(|field| &field.value_type)
}

fn intermediate_fields(answer: &Determination) -> Result<Vec<RuleField>, CompileError> {
    answer
        .intermediates
        .iter()
        .map(|told| {
            let value_type = intermediate_type(&told.ty).ok_or_else(|| CompileError::Untellable(told.name.clone()))?;
            Ok(RuleField::new(field_name(&told.name)?, ValueType::Option(Box::new(value_type))))
        })
        .collect()
}

fn intermediate_type(ty: &Type) -> Option<ValueType> {
    Some(match &ty.kind {
        TypeKind::Boolean => ValueType::Bool,
        TypeKind::Number(bounds) if bounds.scale == Some(0) && super::fixed::fixed_at(ty, 0).is_some() => {
            ValueType::Integer(IntegerType::S64)
        }
        TypeKind::Number(_) => ValueType::Decimal,
        TypeKind::Text => ValueType::Text,
        TypeKind::Choice(words) => ValueType::Choice(words.to_vec()),
        TypeKind::Date => ValueType::Date,
        TypeKind::Null
        | TypeKind::Any
        | TypeKind::Time
        | TypeKind::DateTime
        | TypeKind::DaysDuration
        | TypeKind::MonthsDuration
        | TypeKind::List { .. }
        | TypeKind::Context(_)
        | TypeKind::Range(_) => return None,
    })
}
