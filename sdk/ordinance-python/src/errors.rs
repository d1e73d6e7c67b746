//! The package's exceptions. Each fault has its place, as far as it is known: a pointer into a case, or the row and the
//! column of a table.

use ordinance_domain::name::FieldName;
use ordinance_engine::input_error::InputError;
use ordinance_harness::{CaseError, TestError};
use ordinance_population::TableError;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{create_exception, import_exception};

create_exception!(ordinance, OrdinanceError, PyException, "An error of this package.");
create_exception!(ordinance, RulebookError, OrdinanceError, "A folder can't be loaded as a rulebook.");
create_exception!(
    ordinance,
    InvalidCaseError,
    OrdinanceError,
    "A case can't be read. `faults` lists each fault as a dict with `pointer` (RFC 6901), `message` and `expected`."
);
create_exception!(
    ordinance,
    InvalidTableError,
    OrdinanceError,
    "A table has no cases. `row` (from 0) and `column` say where; `faults` lists each fault of the row as a dict with \
     `row`, `column_number` and `message`."
);

import_exception!(builtins, KeyboardInterrupt);

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("OrdinanceError", py.get_type::<OrdinanceError>())?;
    module.add("RulebookError", py.get_type::<RulebookError>())?;
    module.add("InvalidCaseError", py.get_type::<InvalidCaseError>())?;
    module.add("InvalidTableError", py.get_type::<InvalidTableError>())
}

/// Faults of a case.
pub(crate) fn case_error(py: Python<'_>, faults: &[InputError]) -> PyErr {
    let message = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    with_faults(py, InvalidCaseError::new_err(message), || {
        let fault = |fault: &InputError| {
            let dict = PyDict::new(py);
            dict.set_item("pointer", &fault.pointer)?;
            dict.set_item("message", &fault.message)?;
            dict.set_item("expected", &fault.expected)?;
            Ok(dict)
        };
        faults.iter().map(fault).collect()
    })
}

/// A fault of a case at a place.
pub(crate) fn case_fault(py: Python<'_>, pointer: &str, message: impl Into<String>) -> PyErr {
    case_error(py, &[InputError::new(pointer, message)])
}

/// The error of a case that doesn't fit the rulebook.
pub(crate) fn test_error(py: Python<'_>, error: &TestError) -> PyErr {
    let pointer = match error {
        TestError::Input(faults) => return case_error(py, faults),
        TestError::Code(_) => "/jurisdiction".to_owned(),
        TestError::Name(_) | TestError::UnknownService(_) => "/service".to_owned(),
        TestError::NotADate(member) => format!("/{member}"),
        _ => String::new(),
    };
    case_fault(py, &pointer, error.to_string())
}

/// The error of a table.
pub(crate) fn table_error(py: Python<'_>, error: &TableError) -> PyErr {
    match error {
        TableError::Columns(fault) => at_place(py, &fault.message, None, None, std::slice::from_ref(fault)),
        TableError::Row { row, column, faults } => {
            at_place(py, &error.to_string(), Some(*row), column.as_deref(), faults)
        }
        TableError::Stopped => KeyboardInterrupt::new_err(error.to_string()),
        TableError::Schema(_) | TableError::Arrow(_) => at_place(py, &error.to_string(), None, None, &[]),
    }
}

fn at_place(py: Python<'_>, message: &str, row: Option<usize>, column: Option<&str>, faults: &[CaseError]) -> PyErr {
    let error = with_faults(py, InvalidTableError::new_err(message.to_owned()), || {
        let fault = |fault: &CaseError| {
            let dict = PyDict::new(py);
            dict.set_item("row", row)?;
            dict.set_item("column_number", fault.place.column.map(|column| column - 1))?;
            dict.set_item("message", &fault.message)?;
            Ok(dict)
        };
        faults.iter().map(fault).collect()
    });
    let value = error.value(py);
    match value.setattr("row", row).and_then(|()| value.setattr("column", column)) {
        Ok(()) => error,
        Err(failed) => failed,
    }
}

/// A column that makes a table no table of cases.
pub(crate) fn column_error(py: Python<'_>, column: &str, message: &str) -> PyErr {
    at_place(py, message, None, Some(column), &[])
}

/// The exception with its attribute `faults`.
fn with_faults<'py>(
    py: Python<'py>,
    error: PyErr,
    faults: impl FnOnce() -> PyResult<Vec<Bound<'py, PyDict>>>,
) -> PyErr {
    match faults().and_then(|faults| error.value(py).setattr("faults", faults)) {
        Ok(()) => error,
        Err(failed) => failed,
    }
}

/// An argument that can't be what it is.
pub(crate) fn bad_argument(message: impl Into<String>) -> PyErr {
    PyValueError::new_err(message.into())
}

/// The name of a fact in an argument.
pub(crate) fn fact_name(name: &str) -> PyResult<FieldName> {
    FieldName::new(name).map_err(|error| bad_argument(format!("`{name}` is no name of a fact: {error}")))
}
