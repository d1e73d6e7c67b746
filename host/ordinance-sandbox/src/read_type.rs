//! Reads the types of a component: it checks that the component imports nothing but types, and reads from `determine`
//! what the rule may see.

use ordinance_domain::rule_type::{Argument, IntegerType, RuleField, RuleType, ValueType};
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Record, Type, Variant};

use crate::component_error::ComponentError;
use crate::function_names::DETERMINE;
use crate::lift::INTERMEDIATES;
use crate::wit_name::from_wit;

/// The package of the interface's types.
const INTERFACE: &str = "ordinance:rules/";
/// The versions that this host reads. The last is that of `sdk/wit`; a version is added and never removed, since rules
/// of every version bind people.
pub(crate) const INTERFACE_VERSIONS: [&str; 2] = ["0.1.0", "0.2.0"];

/// How deep records may be nested; no contract has deeper facts.
const DEPTH_MAX: usize = 8;

/// Checks that the component imports nothing but types, and returns the type of its function called `function`;
/// `macro_name` is the SDK's macro for it.
pub(crate) fn read_function(
    engine: &Engine,
    component: &Component,
    function: &'static str,
    macro_name: &'static str,
) -> Result<ComponentFunc, ComponentError> {
    let component_type = component.component_type();
    for (name, import) in component_type.imports(engine) {
        check_version(name)?;
        check_import(engine, name, &import.ty)?;
    }
    match component_type.get_export(engine, function).map(|export| export.ty) {
        Some(ComponentItem::ComponentFunc(func)) if func.async_() => Err(ComponentError::Async { function }),
        Some(ComponentItem::ComponentFunc(func)) => Ok(func),
        Some(_) | None => Err(ComponentError::NoFunction { function, macro_name }),
    }
}

/// Checks the version of an import of the interface's package. Other imports pass; [`check_import`] judges them.
fn check_version(import: &str) -> Result<(), ComponentError> {
    let is_other_version = import
        .strip_prefix(INTERFACE)
        .is_some_and(|rest| rest.split_once('@').is_none_or(|(_, version)| !INTERFACE_VERSIONS.contains(&version)));
    if is_other_version {
        return Err(ComponentError::InterfaceVersion {
            found: import.to_owned(),
            spoken: INTERFACE_VERSIONS.join(" and "),
        });
    }
    Ok(())
}

fn check_import(engine: &Engine, name: &str, item: &ComponentItem) -> Result<(), ComponentError> {
    let refused = |kind| Err(ComponentError::Import { kind, name: name.to_owned() });
    match item {
        ComponentItem::Type(_) => Ok(()),
        ComponentItem::ComponentInstance(instance) => {
            for (inner, export) in instance.exports(engine) {
                check_import(engine, &format!("{name}#{inner}"), &export.ty)?;
            }
            Ok(())
        }
        ComponentItem::ComponentFunc(_) | ComponentItem::CoreFunc(_) => refused("the function"),
        ComponentItem::Module(_) => refused("the module"),
        ComponentItem::Component(_) => refused("the component"),
        ComponentItem::Resource(_) => refused("the resource"),
    }
}

/// Reads the type of `determine`.
pub(crate) fn read_determine(func: &ComponentFunc) -> Result<RuleType, ComponentError> {
    let ResultType { grant, intermediates, finds_items } = read_result(func)?;
    let (arguments, applicant, parameters) = (vec![], vec![], vec![]);
    let mut rule_type = RuleType { arguments, applicant, parameters, grant, intermediates, finds_items };
    for (name, argument_type) in func.params() {
        let argument = read_argument(name, &argument_type, &mut rule_type)?;
        rule_type.arguments.push(argument);
    }
    Ok(rule_type)
}

fn read_argument(name: &str, argument_type: &Type, rule_type: &mut RuleType) -> Result<Argument, ComponentError> {
    let place = format!("{DETERMINE}.{name}");
    let wrong = |expected: &str| wrong_type(&place, argument_type, expected);
    match name {
        "as-of" if is_date(argument_type) => Ok(Argument::AsOf),
        "as-of" => Err(wrong("write `as-of: date`")),
        "jurisdiction" if matches!(argument_type, Type::String) => Ok(Argument::Jurisdiction),
        "jurisdiction" => Err(wrong("write `jurisdiction: string`")),
        "applicant" => {
            let Type::Record(record) = argument_type else {
                return Err(wrong("write `applicant` as a record of facts"));
            };
            rule_type.applicant = read_fields("applicant", record, 0)?;
            Ok(Argument::Applicant)
        }
        "parameters" => {
            rule_type.parameters = read_parameters(DETERMINE, argument_type)?;
            Ok(Argument::Parameters)
        }
        "inherited" => {
            check_inherited(argument_type, &rule_type.grant, &place)?;
            Ok(Argument::Inherited)
        }
        other => Err(ComponentError::UnknownArgument {
            function: DETERMINE,
            name: other.to_owned(),
            known: "`as-of`, `applicant`, `parameters`, `inherited` and `jurisdiction`",
        }),
    }
}

/// Reads the fields of `parameters` of a function.
pub(crate) fn read_parameters(function: &str, argument_type: &Type) -> Result<Vec<RuleField>, ComponentError> {
    let Type::Record(record) = argument_type else {
        return Err(wrong_type(&format!("{function}.parameters"), argument_type, "write `parameters` as a record"));
    };
    read_fields("parameters", record, 0)
}

fn check_inherited(argument_type: &Type, grant: &[RuleField], place: &str) -> Result<(), ComponentError> {
    let expected = "write `inherited: option<grant>` with the same grant as in the answer";
    if let Type::Option(option) = argument_type
        && let Type::Record(record) = option.ty()
        && !grant.is_empty()
        && read_fields("inherited", &record, 0)? == grant
    {
        return Ok(());
    }
    Err(wrong_type(place, argument_type, expected))
}

/// What `-> answer` says.
struct ResultType {
    grant: Vec<RuleField>,
    intermediates: Vec<RuleField>,
    finds_items: bool,
}

/// Reads the grant's fields, the intermediate values and the kind of findings from `-> answer`, and checks the rest of
/// the answer.
fn read_result(func: &ComponentFunc) -> Result<ResultType, ComponentError> {
    let expected = "write `-> answer` with `record answer { determination: determination, findings: list<finding> }`, and \
                    `intermediates: intermediates` at its end if the rule tells some";
    let mut results = func.results();
    let (Some(result), None) = (results.next(), results.next()) else {
        return Err(ComponentError::WrongType {
            place: DETERMINE.into(),
            found: "no result".into(),
            expected: expected.into(),
        });
    };
    let Type::Record(record) = &result else { return Err(wrong_type("determine.result", &result, expected)) };
    let fields: Vec<_> = record.fields().map(|field| (field.name.to_owned(), field.ty)).collect();
    let wrong = || wrong_type("determine.result", &result, expected);
    let [(determination, Type::Variant(variant)), (findings, findings_type), rest @ ..] = fields.as_slice() else {
        return Err(wrong());
    };
    let intermediates = match rest {
        [] => Vec::new(),
        [(name, Type::Record(record))] if name == INTERMEDIATES => read_fields(INTERMEDIATES, record, 0)?,
        _ => return Err(wrong()),
    };
    if determination != "determination" || findings != "findings" {
        return Err(wrong());
    }
    let finds_items = finds_items(findings_type).ok_or_else(wrong)?;
    Ok(ResultType { grant: read_determination(variant)?, intermediates, finds_items })
}

fn read_determination(variant: &Variant) -> Result<Vec<RuleField>, ComponentError> {
    let wrong = || ComponentError::WrongType {
        place: "answer.determination".to_owned(),
        found: "variant".to_owned(),
        expected: "write `variant determination { eligible(grant), ineligible, undetermined }`, or `eligible` alone \
                   for a service without a grant"
            .to_owned(),
    };
    let cases: Vec<_> = variant.cases().map(|case| (case.name.to_owned(), case.ty)).collect();
    let [(eligible, payload), (ineligible, None), (undetermined, None)] = cases.as_slice() else { return Err(wrong()) };
    if eligible != "eligible" || ineligible != "ineligible" || undetermined != "undetermined" {
        return Err(wrong());
    }
    match payload {
        None => Ok(Vec::new()),
        Some(Type::Record(record)) => read_fields("grant", record, 0),
        Some(_) => Err(wrong()),
    }
}

fn read_fields(place: &str, record: &Record, depth: usize) -> Result<Vec<RuleField>, ComponentError> {
    record
        .fields()
        .map(|field| {
            let inner = format!("{place}.{}", field.name);
            let name = from_wit(field.name)
                .map_err(|_| ComponentError::WrongName { place: place.to_owned(), name: field.name.to_owned() })?;
            let value_type = read_value_type(&inner, &field.ty, depth)?;
            Ok(RuleField::new(name, value_type))
        })
        .collect()
}

fn read_value_type(place: &str, value_type: &Type, depth: usize) -> Result<ValueType, ComponentError> {
    let expected = "a field may be bool, u8 to s64, decimal, date, string, enum, record, list of a record, or an \
                    option of these; a parameter also list<decimal>";
    let wrong = || wrong_type(place, value_type, expected);
    if depth > DEPTH_MAX {
        return Err(wrong_type(place, value_type, "records may be nested at most 8 deep"));
    }
    Ok(match value_type {
        Type::Bool => ValueType::Bool,
        Type::U8 => ValueType::Integer(IntegerType::U8),
        Type::S8 => ValueType::Integer(IntegerType::S8),
        Type::U16 => ValueType::Integer(IntegerType::U16),
        Type::S16 => ValueType::Integer(IntegerType::S16),
        Type::U32 => ValueType::Integer(IntegerType::U32),
        Type::S32 => ValueType::Integer(IntegerType::S32),
        Type::U64 => ValueType::Integer(IntegerType::U64),
        Type::S64 => ValueType::Integer(IntegerType::S64),
        Type::String => ValueType::Text,
        Type::Enum(cases) => ValueType::Choice(cases.names().map(|case| case.replace('-', "_")).collect()),
        Type::Record(_) if is_date(value_type) => ValueType::Date,
        Type::Record(_) if is_decimal(value_type) => ValueType::Decimal,
        Type::Record(record) => ValueType::Record(read_fields(place, record, depth + 1)?),
        Type::List(list) => match list.ty() {
            number if is_decimal(&number) && is_in_parameters(place) => ValueType::Decimals,
            Type::Record(record) => ValueType::List(read_fields(place, &record, depth + 1)?),
            _ => return Err(wrong()),
        },
        Type::Option(option) => match read_value_type(place, &option.ty(), depth + 1)? {
            ValueType::Option(_) => return Err(wrong()),
            inner => ValueType::Option(Box::new(inner)),
        },
        _ => return Err(wrong()),
    })
}

/// Whether a place is in the parameters of a rule, which alone may be lists of numbers.
fn is_in_parameters(place: &str) -> bool {
    place.starts_with("parameters.")
}

/// A field's name and the check of its type.
type ExpectedField = (&'static str, fn(&Type) -> bool);

fn has_fields(value_type: &Type, expected: &[ExpectedField]) -> bool {
    let Type::Record(record) = value_type else { return false };
    record.fields().len() == expected.len()
        && record.fields().zip(expected).all(|(field, (name, is_right))| field.name == *name && is_right(&field.ty))
}

pub(crate) fn is_date(value_type: &Type) -> bool {
    let byte: fn(&Type) -> bool = |field| matches!(field, Type::U8);
    has_fields(value_type, &[("year", |field| matches!(field, Type::S32)), ("month", byte), ("day", byte)])
}

fn is_decimal(value_type: &Type) -> bool {
    has_fields(
        value_type,
        &[("units", |field| matches!(field, Type::S64)), ("scale", |field| matches!(field, Type::U8))],
    )
}

/// Whether findings name the item of a list that they are on, as they do from version 0.2.0 of the interface. `None` if
/// the type is no list of findings.
fn finds_items(value_type: &Type) -> Option<bool> {
    let criterion: ExpectedField = ("criterion", |field| matches!(field, Type::String));
    let satisfied: ExpectedField =
        ("satisfied", |field| matches!(field, Type::Option(option) if matches!(option.ty(), Type::Bool)));
    let item: ExpectedField =
        ("item", |field| matches!(field, Type::Option(option) if matches!(option.ty(), Type::U32)));
    let Type::List(list) = value_type else { return None };
    let finding = list.ty();
    match has_fields(&finding, &[criterion, satisfied]) {
        true => Some(false),
        false => has_fields(&finding, &[criterion, satisfied, item]).then_some(true),
    }
}

pub(crate) fn wrong_type(place: &str, found: &Type, expected: &str) -> ComponentError {
    ComponentError::WrongType {
        place: place.to_owned(),
        found: kind_of(found).to_owned(),
        expected: expected.to_owned(),
    }
}

fn kind_of(value_type: &Type) -> &'static str {
    match value_type {
        Type::Bool => "bool",
        Type::S8 => "s8",
        Type::U8 => "u8",
        Type::S16 => "s16",
        Type::U16 => "u16",
        Type::S32 => "s32",
        Type::U32 => "u32",
        Type::S64 => "s64",
        Type::U64 => "u64",
        Type::Float32 => "f32",
        Type::Float64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::List(_) => "list",
        Type::FixedLengthList(_) => "fixed-length list",
        Type::Map(_) => "map",
        Type::Record(_) => "record",
        Type::Tuple(_) => "tuple",
        Type::Variant(_) => "variant",
        Type::Enum(_) => "enum",
        Type::Option(_) => "option",
        Type::Result(_) => "result",
        Type::Flags(_) => "flags",
        Type::Own(_) | Type::Borrow(_) => "resource",
        Type::Future(_) => "future",
        Type::Stream(_) => "stream",
        Type::ErrorContext => "error-context",
    }
}
