//! A case in Python: a mapping with the members of a request.

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{Case, Rulebook};
use ordinance_harness::{DecisionExpectation, DecisionTest, ProcessingInput, bind_case};
use pyo3::prelude::*;
use pyo3::types::PyMapping;

use crate::errors::{case_fault, test_error};
use crate::value::{escaped, untyped};

const MEMBERS: [&str; 10] = [
    "jurisdiction",
    "service",
    "as_of",
    "known_at",
    "facts",
    "recipient",
    "basis",
    "subject",
    "people",
    "processed_on",
];

/// Reads a case. Without `as_of` it is decided for the day that it is in its place.
///
/// # Errors
/// `InvalidCaseError` with each fault.
pub(crate) fn read_case(case: &Bound<'_, PyAny>, rulebook: &Rulebook, now: Timestamp) -> PyResult<Case> {
    let py = case.py();
    let members = case.cast::<PyMapping>().map_err(|_| {
        case_fault(py, "", "a case is a dict with `jurisdiction`, `service`, `facts` and perhaps `as_of`")
    })?;
    let mut test = empty_test();
    for item in members.items()?.iter() {
        let (name, value): (String, Bound<'_, PyAny>) = item.extract()?;
        if !value.is_none() {
            add_member(&mut test, &name, &value)?;
        }
    }
    for (name, text) in [("jurisdiction", &test.jurisdiction), ("service", &test.service)] {
        if text.is_empty() {
            return Err(case_fault(py, &format!("/{name}"), format!("`{name}` is missing")));
        }
    }
    if test.as_of.is_empty()
        && let Ok(place) = JurisdictionCode::new(&test.jurisdiction)
    {
        test.as_of = rulebook.day_at(&place, now).to_string();
    }
    bind_case(rulebook, &test, now).map_err(|error| test_error(py, &error))
}

fn empty_test() -> DecisionTest {
    DecisionTest {
        name: String::new(),
        line: 0,
        jurisdiction: String::new(),
        service: String::new(),
        as_of: String::new(),
        known_at: None,
        facts: UntypedValue::Object(Vec::new()),
        expect: DecisionExpectation::default(),
        tolerance: None,
        processing: ProcessingInput::default(),
        columns: Box::default(),
    }
}

fn add_member(test: &mut DecisionTest, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = value.py();
    let pointer = format!("/{}", escaped(name));
    let value = untyped(value, &pointer)?;
    let text = |value: UntypedValue| match value {
        UntypedValue::Text(text) => Ok(text),
        other => Err(case_fault(py, &pointer, format!("this is {}, not a text", other.kind()))),
    };
    match name {
        "jurisdiction" => test.jurisdiction = text(value)?,
        "service" => test.service = text(value)?,
        "as_of" => test.as_of = text(value)?,
        "known_at" => test.known_at = Some(text(value)?),
        "processed_on" => test.processing.processed_on = Some(text(value)?),
        "facts" => test.facts = value,
        "recipient" => test.processing.recipient = Some(value),
        "basis" => test.processing.basis = Some(value),
        "subject" => test.processing.subject = Some(value),
        "people" => test.processing.people = Some(value),
        _ => {
            let near = ordinance_engine::spelling::nearest(name, MEMBERS.iter().copied());
            let mend =
                near.map_or_else(|| "; facts stand in `facts`".to_owned(), |near| format!("; did you mean `{near}`?"));
            return Err(case_fault(py, &pointer, format!("a case has no member of this name{mend}")));
        }
    }
    Ok(())
}
