//! Python's values and those of the engine.

use jiff::civil::Date;
use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Record, Value};
use ordinance_engine::untyped_value::UntypedValue;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};

use crate::errors::case_fault;

/// A value of a case; `pointer` is its place.
///
/// # Errors
/// `InvalidCaseError` for a value of a kind that no fact can have.
pub(crate) fn untyped(value: &Bound<'_, PyAny>, pointer: &str) -> PyResult<UntypedValue> {
    untyped_below(value, pointer, 0)
}

/// How deep values may be within each other, as in a request.
const DEPTH_MAX: usize = 16;
/// The most digits of a number, before and after its point.
const DIGITS_MAX: i64 = 64;

fn untyped_below(value: &Bound<'_, PyAny>, pointer: &str, depth: usize) -> PyResult<UntypedValue> {
    let py = value.py();
    let fault = |message: &str| case_fault(py, pointer, message);
    if depth > DEPTH_MAX {
        Err(fault("values are within each other too deep; a fact has at most a list of records"))
    } else if value.is_none() {
        Ok(UntypedValue::Null)
    } else if let Ok(yes) = value.cast::<PyBool>() {
        Ok(UntypedValue::Bool(yes.is_true()))
    } else if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_cow().map_err(|_| fault("this text is not Unicode: it has half of a surrogate pair"))?;
        Ok(UntypedValue::Text(text.into_owned()))
    } else if value.is_instance_of::<PyInt>() {
        let digits = value.str().map_err(|_| fault("this number has too many digits"))?;
        Ok(UntypedValue::Number(digits.to_cow()?.into_owned()))
    } else if value.is_instance_of::<PyFloat>() {
        let number: f64 = value.extract()?;
        match number.is_finite() {
            // As in a table: a binary number of 64 bits keeps 15 digits of a decimal one.
            true => {
                let digits = py.import("decimal")?.getattr("Decimal")?.call1((format!("{number:.14e}"),))?;
                Ok(UntypedValue::Number(without_zeros(digits.call_method1("__format__", ("f",))?.extract()?)))
            }
            false => Err(fault("NaN and infinity are no values; leave a fact out while it isn't known")),
        }
    } else if value.is_instance_of::<PyDateTime>() {
        let midnight: String = value.call_method0("isoformat")?.extract()?;
        match midnight.strip_suffix("T00:00:00") {
            Some(day) => Ok(UntypedValue::Text(day.to_owned())),
            None => Err(fault("a fact is a day without a time of day; give a datetime.date")),
        }
    } else if value.is_instance_of::<PyDate>() {
        Ok(UntypedValue::Text(value.call_method0("isoformat")?.extract()?))
    } else if let Ok(record) = value.cast::<PyMapping>() {
        record_of(record, pointer, depth)
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let item = |(index, item): (usize, PyResult<Bound<'_, PyAny>>)| {
            untyped_below(&item?, &format!("{pointer}/{index}"), depth + 1)
        };
        Ok(UntypedValue::List(value.try_iter()?.enumerate().map(item).collect::<PyResult<_>>()?))
    } else if is_decimal(value)? {
        let magnitude: i64 = value.call_method0("adjusted")?.extract()?;
        let digits: i64 = value.call_method0("as_tuple")?.getattr("exponent")?.extract()?;
        if magnitude.max(-digits) > DIGITS_MAX {
            return Err(fault("this number has too many digits"));
        }
        // Without an exponent, as JSON of the interface has it.
        Ok(UntypedValue::Number(value.call_method1("__format__", ("f",))?.extract()?))
    } else if let Ok(scalar) = value.call_method0("item") {
        // A scalar of NumPy or of PyArrow.
        if scalar.get_type().is(value.get_type()) {
            Err(fault(NO_VALUE))
        } else {
            untyped_below(&scalar, pointer, depth + 1)
        }
    } else {
        Err(fault(NO_VALUE))
    }
}

const NO_VALUE: &str = "this is of a type that no fact has; give a bool, an int, a Decimal, a float, a str, a date, a \
                        list or a dict";

/// A number without the zeros behind its point.
fn without_zeros(number: String) -> String {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number,
    }
}

fn is_decimal(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let decimal = value.py().import("decimal")?.getattr("Decimal")?;
    Ok(value.is_instance(&decimal)? && value.call_method0("is_finite")?.is_truthy()?)
}

fn record_of(record: &Bound<'_, PyMapping>, pointer: &str, depth: usize) -> PyResult<UntypedValue> {
    let mut members = Vec::new();
    for item in record.items()?.iter() {
        let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let name: String = name.extract().map_err(|_| case_fault(record.py(), pointer, "names must be str"))?;
        let value = untyped_below(&value, &format!("{pointer}/{}", escaped(&name)), depth + 1)?;
        members.push((name, value));
    }
    Ok(UntypedValue::Object(members))
}

/// A name as a step of a pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A value of the engine, of this type if it is known: a decimal has the digits of its type.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    value: &Value,
    fact_type: Option<&FactType>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Bool(yes) => PyBool::new(py, *yes).to_owned().into_any(),
        Value::Integer(number) => number.into_pyobject(py)?.into_any(),
        Value::Decimal(number) => {
            fact_type.map_or(*number, |fact_type| fact_type.scaled(*number)).into_pyobject(py)?.into_any()
        }
        Value::Date(day) => date(py, *day)?,
        Value::Text(text) | Value::Choice(text) => PyString::new(py, text).into_any(),
        Value::Record(record) => record_to_python(py, record, fact_type)?.into_any(),
        Value::List(items) => {
            let items = items.iter().map(|item| record_to_python(py, item, fact_type));
            PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
        Value::Decimals(numbers) => PyList::new(py, numbers.clone())?.into_any(),
    })
}

/// A day; as text where Python's dates don't reach.
pub(crate) fn date(py: Python<'_>, day: Date) -> PyResult<Bound<'_, PyAny>> {
    match u8::try_from(day.month()).and_then(|month| Ok((month, u8::try_from(day.day())?))) {
        Ok((month, day_of_month)) if day.year() > 0 => {
            Ok(PyDate::new(py, day.year().into(), month, day_of_month)?.into_any())
        }
        Ok(_) | Err(_) => Ok(PyString::new(py, &day.to_string()).into_any()),
    }
}

fn record_to_python<'py>(
    py: Python<'py>,
    record: &Record,
    fact_type: Option<&FactType>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in record {
        let declared = fact_type.and_then(|outer| outer.fields().iter().find(|field| field.name == *name));
        let fact_type = declared.map(|field| &field.part.fact_type);
        dict.set_item(name.as_str(), to_python(py, value, fact_type)?)?;
    }
    Ok(dict)
}
