//! Reads the type of `rule-on` from a component. Its request and its rulings are fixed by the interface
//! (`ordinance:rules/privacy`); only its parameters are the rule's own.

use ordinance_domain::fact::Sensitivity;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::privacy::{Activity, Party, RecipientKind, RequestedHolder};
use ordinance_domain::sharing::SharingClass;
use wasmtime::component::types::{ComponentFunc, Type};

use crate::component_error::ComponentError;
use crate::function_names::RULE_ON;
use crate::privacy_type::{PrivacyArgument, PrivacyType};
use crate::read_type::{is_date, read_parameters, wrong_type};

/// A type of the interface, to be compared with the type that a component has.
enum InterfaceType {
    Bool,
    U32,
    Text,
    Date,
    Option(&'static InterfaceType),
    List(&'static InterfaceType),
    Record(&'static [(&'static str, InterfaceType)]),
    Variant(&'static [(&'static str, Option<InterfaceType>)]),
    Enum(fn() -> Vec<&'static str>),
}

const CONSENT: InterfaceType = InterfaceType::Record(&[
    ("purposes", InterfaceType::List(&InterfaceType::Text)),
    ("facts", InterfaceType::List(&InterfaceType::Text)),
    ("separate", InterfaceType::List(&InterfaceType::Text)),
    ("until", InterfaceType::Option(&InterfaceType::Date)),
]);

const BASIS: InterfaceType = InterfaceType::Variant(&[
    ("consent", Some(CONSENT)),
    ("statutory-duty", None),
    ("contract", None),
    ("emergency", None),
    ("public-interest", None),
]);

const RECIPIENT: InterfaceType = InterfaceType::Record(&[
    ("kind", InterfaceType::Enum(|| RecipientKind::ALL.iter().map(|kind| kind.as_str()).collect())),
    ("id", InterfaceType::Text),
]);

/// The subject of version 0.1.0.
const SUBJECT_OF_0_1_0: InterfaceType = InterfaceType::Record(&[
    ("age-band", InterfaceType::Option(&InterfaceType::Enum(|| AgeBand::ALL.map(AgeBand::as_str).to_vec()))),
    ("lacks-capacity", InterfaceType::Option(&InterfaceType::Bool)),
    ("guardian-consents", InterfaceType::Option(&InterfaceType::Bool)),
]);

const SUBJECT: InterfaceType = InterfaceType::Record(&[
    ("party", InterfaceType::Enum(|| Party::ALL.iter().map(|party| party.as_str()).collect())),
    ("age-band", InterfaceType::Option(&InterfaceType::Enum(|| AgeBand::ALL.map(AgeBand::as_str).to_vec()))),
    ("lacks-capacity", InterfaceType::Option(&InterfaceType::Bool)),
    ("guardian-consents", InterfaceType::Option(&InterfaceType::Bool)),
]);

/// The fact of version 0.1.0.
const FACT_OF_0_1_0: InterfaceType = InterfaceType::Record(&[
    ("name", InterfaceType::Text),
    ("category", InterfaceType::Option(&InterfaceType::Text)),
    ("sensitivity", InterfaceType::Enum(|| Sensitivity::ALL.map(Sensitivity::as_str).to_vec())),
    ("sharing", InterfaceType::Option(&InterfaceType::Enum(sharing_classes))),
]);

const FACT: InterfaceType = InterfaceType::Record(&[
    ("name", InterfaceType::Text),
    ("category", InterfaceType::Option(&InterfaceType::Text)),
    ("sensitivity", InterfaceType::Enum(|| Sensitivity::ALL.map(Sensitivity::as_str).to_vec())),
    ("sharing", InterfaceType::Option(&InterfaceType::Enum(sharing_classes))),
    ("holder", InterfaceType::Enum(|| RequestedHolder::ALL.iter().map(|holder| holder.as_str()).collect())),
]);

/// The request of version 0.1.0.
const REQUEST_OF_0_1_0: InterfaceType = InterfaceType::Record(&[
    ("recipient", RECIPIENT),
    ("activity", InterfaceType::Enum(activities)),
    ("purpose", InterfaceType::Text),
    ("broader-purposes", InterfaceType::List(&InterfaceType::Text)),
    ("basis", BASIS),
    ("subject", SUBJECT_OF_0_1_0),
    ("facts", InterfaceType::List(&FACT_OF_0_1_0)),
]);

const REQUEST: InterfaceType = InterfaceType::Record(&[
    ("recipient", RECIPIENT),
    ("activity", InterfaceType::Enum(activities)),
    ("purpose", InterfaceType::Text),
    ("broader-purposes", InterfaceType::List(&InterfaceType::Text)),
    ("basis", BASIS),
    ("subject", SUBJECT),
    ("facts", InterfaceType::List(&FACT)),
]);

const RULING: InterfaceType = InterfaceType::Record(&[
    ("fact", InterfaceType::Text),
    ("verdict", InterfaceType::Variant(&[("permit", None), ("mask", Some(InterfaceType::Text)), ("withhold", None)])),
    ("criterion", InterfaceType::Text),
    (
        "obligations",
        InterfaceType::List(&InterfaceType::Variant(&[
            ("retain-at-most-days", Some(InterfaceType::U32)),
            ("notify-subject", None),
            ("log-access", None),
            ("no-onward-transfer", None),
            ("ask-separate-consent", None),
        ])),
    ),
]);

const RULINGS: InterfaceType = InterfaceType::List(&RULING);

fn activities() -> Vec<&'static str> {
    Activity::ALL.iter().map(|activity| activity.as_str()).collect()
}

fn sharing_classes() -> Vec<&'static str> {
    SharingClass::ALL.iter().map(|class| class.as_str()).collect()
}

/// Reads the type and checks it against the interface.
pub(crate) fn read_rule_on(func: &ComponentFunc) -> Result<PrivacyType, ComponentError> {
    let mut results = func.results();
    let expected = "write `-> list<ruling>` with `use ordinance:rules/privacy@0.2.0.{disclosure-request, ruling}`";
    match (results.next(), results.next()) {
        (Some(result), None) if matches(&RULINGS, &result) => {}
        (Some(result), _) => return Err(wrong_type("rule-on.result", &result, expected)),
        (None, _) => {
            return Err(ComponentError::WrongType {
                place: RULE_ON.to_owned(),
                found: "no result".to_owned(),
                expected: expected.to_owned(),
            });
        }
    }
    let mut read = PrivacyType { arguments: Vec::new(), parameters: Vec::new(), tells_parties: false };
    for (name, argument_type) in func.params() {
        let argument = read_argument(name, &argument_type, &mut read)?;
        read.arguments.push(argument);
    }
    Ok(read)
}

fn read_argument(name: &str, found: &Type, read: &mut PrivacyType) -> Result<PrivacyArgument, ComponentError> {
    let wrong = |expected: &str| Err(wrong_type(&format!("{RULE_ON}.{name}"), found, expected));
    match name {
        "as-of" if is_date(found) => Ok(PrivacyArgument::AsOf),
        "as-of" => wrong("write `as-of: date`"),
        "jurisdiction" if matches!(found, Type::String) => Ok(PrivacyArgument::Jurisdiction),
        "jurisdiction" => wrong("write `jurisdiction: string`"),
        "request" if matches(&REQUEST, found) => {
            read.tells_parties = true;
            Ok(PrivacyArgument::Request)
        }
        "request" if matches(&REQUEST_OF_0_1_0, found) => Ok(PrivacyArgument::Request),
        "request" => wrong("write `request: disclosure-request` of `ordinance:rules/privacy@0.2.0`"),
        "parameters" => {
            read.parameters = read_parameters(RULE_ON, found)?;
            Ok(PrivacyArgument::Parameters)
        }
        other => Err(ComponentError::UnknownArgument {
            function: RULE_ON,
            name: other.to_owned(),
            known: "`as-of`, `parameters`, `request` and `jurisdiction`",
        }),
    }
}

fn matches(shape: &InterfaceType, found: &Type) -> bool {
    match (shape, found) {
        (InterfaceType::Bool, Type::Bool) | (InterfaceType::U32, Type::U32) | (InterfaceType::Text, Type::String) => {
            true
        }
        (InterfaceType::Date, found) => is_date(found),
        (InterfaceType::Option(inner), Type::Option(found)) => matches(inner, &found.ty()),
        (InterfaceType::List(inner), Type::List(found)) => matches(inner, &found.ty()),
        (InterfaceType::Record(fields), Type::Record(found)) => {
            found.fields().len() == fields.len()
                && found
                    .fields()
                    .zip(*fields)
                    .all(|(found, (name, shape))| found.name == *name && matches(shape, &found.ty))
        }
        (InterfaceType::Variant(cases), Type::Variant(found)) => {
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
        (InterfaceType::Enum(words), Type::Enum(found)) => found.names().eq(words()),
        (
            InterfaceType::Bool
            | InterfaceType::U32
            | InterfaceType::Text
            | InterfaceType::Option(_)
            | InterfaceType::List(_)
            | InterfaceType::Record(_)
            | InterfaceType::Variant(_)
            | InterfaceType::Enum(_),
            _,
        ) => false,
    }
}
