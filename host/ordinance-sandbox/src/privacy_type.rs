//! Reads the type of `rule-on` from a component. Its request and its rulings are fixed by the interface
//! (`ordinance:rules/privacy`); only its parameters are the rule's own.

use ordinance_domain::fact::Sensitivity;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::privacy::{Activity, RecipientKind};
use ordinance_domain::rule_type::RuleField;
use ordinance_domain::sharing::SharingClass;
use wasmtime::component::types::{ComponentFunc, Type};

use crate::component_error::ComponentError;
use crate::function_names::RULE_ON;
use crate::read_type::{is_date, read_parameters, wrong_type};

/// The type of a privacy rule's `rule-on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyType {
    /// Its arguments in the order in which it takes them.
    pub arguments: Vec<PrivacyArgument>,
    /// The parameters it reads.
    pub parameters: Vec<RuleField>,
}

/// An argument of `rule-on`, bound by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyArgument {
    /// `as-of`: the day on which the facts are processed.
    AsOf,
    /// `parameters`: the numbers of the manifest on that day.
    Parameters,
    /// `request`: who asks for which facts, for what.
    Request,
    /// `jurisdiction`: the code of the place that the facts belong to.
    Jurisdiction,
}

/// A type of the interface, to compare with what a component has.
enum Shape {
    Bool,
    U32,
    Text,
    Date,
    Option(&'static Shape),
    List(&'static Shape),
    Record(&'static [(&'static str, Shape)]),
    Variant(&'static [(&'static str, Option<Shape>)]),
    Enum(fn() -> Vec<&'static str>),
}

const CONSENT: Shape = Shape::Record(&[
    ("purposes", Shape::List(&Shape::Text)),
    ("facts", Shape::List(&Shape::Text)),
    ("separate", Shape::List(&Shape::Text)),
    ("until", Shape::Option(&Shape::Date)),
]);

const BASIS: Shape = Shape::Variant(&[
    ("consent", Some(CONSENT)),
    ("statutory-duty", None),
    ("contract", None),
    ("emergency", None),
    ("public-interest", None),
]);

const RECIPIENT: Shape = Shape::Record(&[
    ("kind", Shape::Enum(|| RecipientKind::ALL.iter().map(|kind| kind.as_str()).collect())),
    ("id", Shape::Text),
]);

const SUBJECT: Shape = Shape::Record(&[
    ("age-band", Shape::Option(&Shape::Enum(|| AgeBand::ALL.map(AgeBand::as_str).to_vec()))),
    ("lacks-capacity", Shape::Option(&Shape::Bool)),
    ("guardian-consents", Shape::Option(&Shape::Bool)),
]);

const FACT: Shape = Shape::Record(&[
    ("name", Shape::Text),
    ("category", Shape::Option(&Shape::Text)),
    ("sensitivity", Shape::Enum(|| Sensitivity::ALL.map(Sensitivity::as_str).to_vec())),
    ("sharing", Shape::Option(&Shape::Enum(|| SharingClass::ALL.iter().map(|class| class.as_str()).collect()))),
]);

const REQUEST: Shape = Shape::Record(&[
    ("recipient", RECIPIENT),
    ("activity", Shape::Enum(|| Activity::ALL.iter().map(|activity| activity.as_str()).collect())),
    ("purpose", Shape::Text),
    ("broader-purposes", Shape::List(&Shape::Text)),
    ("basis", BASIS),
    ("subject", SUBJECT),
    ("facts", Shape::List(&FACT)),
]);

const RULING: Shape = Shape::Record(&[
    ("fact", Shape::Text),
    ("verdict", Shape::Variant(&[("permit", None), ("mask", Some(Shape::Text)), ("withhold", None)])),
    ("criterion", Shape::Text),
    (
        "obligations",
        Shape::List(&Shape::Variant(&[
            ("retain-at-most-days", Some(Shape::U32)),
            ("notify-subject", None),
            ("log-access", None),
            ("no-onward-transfer", None),
            ("ask-separate-consent", None),
        ])),
    ),
]);

const RULINGS: Shape = Shape::List(&RULING);

/// Reads the type and checks it against the interface.
pub(crate) fn read_rule_on(func: &ComponentFunc) -> Result<PrivacyType, ComponentError> {
    let mut results = func.results();
    let expected = "write `-> list<ruling>` with `use ordinance:rules/privacy@0.1.0.{disclosure-request, ruling}`";
    match (results.next(), results.next()) {
        (Some(result), None) if matches(&RULINGS, &result) => {}
        (Some(result), _) => return Err(wrong_type("rule-on.result", &result, expected)),
        (None, _) => {
            let (place, found) = (RULE_ON.to_owned(), "no result".to_owned());
            return Err(ComponentError::WrongType { place, found, expected: expected.to_owned() });
        }
    }
    let mut read = PrivacyType { arguments: Vec::new(), parameters: Vec::new() };
    for (name, argument_type) in func.params() {
        let argument = read_argument(name, &argument_type, &mut read.parameters)?;
        read.arguments.push(argument);
    }
    Ok(read)
}

fn read_argument(name: &str, found: &Type, parameters: &mut Vec<RuleField>) -> Result<PrivacyArgument, ComponentError> {
    let wrong = |expected: &str| Err(wrong_type(&format!("{RULE_ON}.{name}"), found, expected));
    match name {
        "as-of" if is_date(found) => Ok(PrivacyArgument::AsOf),
        "as-of" => wrong("write `as-of: date`"),
        "jurisdiction" if matches!(found, Type::String) => Ok(PrivacyArgument::Jurisdiction),
        "jurisdiction" => wrong("write `jurisdiction: string`"),
        "request" if matches(&REQUEST, found) => Ok(PrivacyArgument::Request),
        "request" => wrong("write `request: disclosure-request` of `ordinance:rules/privacy@0.1.0`"),
        "parameters" => {
            *parameters = read_parameters(RULE_ON, found)?;
            Ok(PrivacyArgument::Parameters)
        }
        other => Err(ComponentError::UnknownArgument {
            function: RULE_ON,
            name: other.to_owned(),
            known: "`as-of`, `parameters`, `request` and `jurisdiction`",
        }),
    }
}

fn matches(shape: &Shape, found: &Type) -> bool {
    match (shape, found) {
        (Shape::Bool, Type::Bool) | (Shape::U32, Type::U32) | (Shape::Text, Type::String) => true,
        (Shape::Date, found) => is_date(found),
        (Shape::Option(inner), Type::Option(found)) => matches(inner, &found.ty()),
        (Shape::List(inner), Type::List(found)) => matches(inner, &found.ty()),
        (Shape::Record(fields), Type::Record(found)) => {
            found.fields().len() == fields.len()
                && found
                    .fields()
                    .zip(*fields)
                    .all(|(found, (name, shape))| found.name == *name && matches(shape, &found.ty))
        }
        (Shape::Variant(cases), Type::Variant(found)) => {
            found.cases().len() == cases.len()
                && found.cases().zip(*cases).all(|(found, (name, shape))| {
                    found.name == *name
                        && match (shape, &found.ty) {
                            (None, None) => true,
                            (Some(shape), Some(found)) => matches(shape, found),
                            (None, Some(_)) | (Some(_), None) => false,
                        }
                })
        }
        (Shape::Enum(words), Type::Enum(found)) => found.names().eq(words()),
        (
            Shape::Bool
            | Shape::U32
            | Shape::Text
            | Shape::Option(_)
            | Shape::List(_)
            | Shape::Record(_)
            | Shape::Variant(_)
            | Shape::Enum(_),
            _,
        ) => false,
    }
}
