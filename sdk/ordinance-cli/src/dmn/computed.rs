//! Runs the modules of compiled models, for `tck`.

use ordinance_feel::dmn::{ComputedTwice, RunError, RunModule};
use ordinance_sandbox::{PureModule, PureModules};

use crate::exit::CommandError;

/// The most fuel of one call; the cases of the TCK take less than a thousandth of it.
const FUEL_MAX: u64 = 10_000_000_000;

/// Runs modules in an engine of WebAssembly.
pub(crate) struct Modules(PureModules);

/// What computes models by the evaluator and by compiled modules.
pub(crate) fn computed_twice() -> Result<ComputedTwice<Modules>, CommandError> {
    Ok(ComputedTwice::new(Modules(PureModules::new()?)))
}

impl RunModule for Modules {
    type Module = PureModule;

    fn prepare(&mut self, module: &[u8]) -> Result<PureModule, RunError> {
        self.0.compile(module).map_err(|error| RunError(error.to_string()))
    }

    fn run(&mut self, module: &PureModule, inputs: &[u8]) -> Result<Vec<u8>, RunError> {
        module.call(inputs, FUEL_MAX).map(|outcome| outcome.output).map_err(|error| RunError(error.to_string()))
    }
}
