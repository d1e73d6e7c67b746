//! The keyword arguments that every table of people takes.

use ordinance_domain::calendar::Timestamp;
use ordinance_engine::spelling::nearest;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_harness::CaseDefaults;
use ordinance_population::FaultPolicy;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::bad_argument;
use crate::value::untyped;

/// The keyword arguments, in the words of a table's columns.
const NAMES: [&str; 9] =
    ["jurisdiction", "service", "as_of", "known_at", "recipient", "basis", "subject", "people", "processed_on"];

/// The values of columns that a table doesn't have.
///
/// # Errors
/// `TypeError` for another argument, `ValueError` for one that can't be what it is.
pub(crate) fn row_defaults(arguments: Option<&Bound<'_, PyDict>>) -> PyResult<CaseDefaults> {
    let mut defaults = CaseDefaults::default();
    let Some(arguments) = arguments else { return Ok(defaults) };
    for (name, value) in arguments {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        let processing = &mut defaults.processing;
        match name.as_str() {
            "jurisdiction" => defaults.jurisdiction = Some(value.extract()?),
            "service" => defaults.service = Some(value.extract()?),
            "as_of" => defaults.as_of = day(Some(&value), &name)?,
            "known_at" => defaults.known_at = day(Some(&value), &name)?,
            "processed_on" => processing.processed_on = day(Some(&value), &name)?,
            "recipient" => processing.recipient = Some(untyped(&value, "/recipient")?),
            "basis" => processing.basis = Some(untyped(&value, "/basis")?),
            "subject" => processing.subject = Some(untyped(&value, "/subject")?),
            "people" => processing.people = Some(untyped(&value, "/people")?),
            other => {
                let near = nearest(other, NAMES.iter().copied());
                let mend = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(PyTypeError::new_err(format!("there is no argument `{other}`{mend}")));
            }
        }
    }
    Ok(defaults)
}

/// What to do with a row that isn't a case, by the argument `faults`.
pub(crate) fn fault_policy(faults: &str) -> PyResult<FaultPolicy> {
    match faults {
        "raise" => Ok(FaultPolicy::Fail),
        "report" => Ok(FaultPolicy::Report),
        other => Err(bad_argument(format!("faults is \"raise\" or \"report\", not {other:?}"))),
    }
}

/// The moment of a call, by which cases without a day of knowledge have one.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A day as a date or as YYYY-MM-DD.
pub(crate) fn day(value: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Option<String>> {
    let value = value.filter(|value| !value.is_none());
    match value.map(|value| untyped(value, &format!("/{name}"))).transpose()? {
        None => Ok(None),
        Some(UntypedValue::Text(text)) if ordinance_engine::literals::read_date(&text).is_some() => Ok(Some(text)),
        Some(_) => Err(bad_argument(format!("{name} is no day; give a datetime.date or a str as \"2026-03-01\""))),
    }
}
