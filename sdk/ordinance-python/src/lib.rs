//! The Python package: a rulebook, decisions on single cases and on Arrow tables, comparisons and synthetic people.
//!
//! It turns Python's values into those of the engine and back, and lets the engine work without the interpreter's
//! lock. It must never decide a case itself. No error shows a fact's value.

mod case;
mod decision;
mod errors;
mod impact;
mod options;
mod rulebook;
mod table;
mod value;

use pyo3::prelude::*;

/// The module that the package `ordinance` takes its classes from.
#[pymodule]
fn _ordinance(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<rulebook::PyRulebook>()?;
    module.add_class::<decision::PyDecision>()?;
    module.add_class::<decision::PyLevel>()?;
    module.add_class::<decision::PyFinding>()?;
    module.add_class::<impact::PyImpact>()?;
    errors::add_to(module)
}
