//! Computes programs of models twice, by the evaluator and by compiled WebAssembly, which have to agree.

use ordinance_feel_runtime::Value;

use super::evaluated::Evaluated;
use super::tck::{Compute, ComputeError};
use super::values::shown;
use crate::compile::{CompileError, compile_model, decoded_output, encoded_inputs};
use crate::tree::Program;

/// Why a module has no value, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RunError(pub String);

/// Runs modules of [`compile_model`].
pub trait RunModule {
    /// A module that can be run.
    type Module;

    /// Makes a module ready.
    ///
    /// # Errors
    /// Why it can't be run.
    fn prepare(&mut self, module: &[u8]) -> Result<Self::Module, RunError>;

    /// Calls the module's `compute` with the bytes of its inputs, and returns those of its value.
    ///
    /// # Errors
    /// Why there is no value.
    fn run(&mut self, module: &Self::Module, inputs: &[u8]) -> Result<Vec<u8>, RunError>;
}

/// Computes programs in both ways.
#[derive(Debug)]
pub struct ComputedTwice<R: RunModule> {
    runner: R,
    /// Each program that was computed, with its module: the cases of one file ask for few.
    prepared: Vec<(Program, Result<R::Module, ComputeError>)>,
}

impl<R: RunModule> ComputedTwice<R> {
    /// Computes with what runs modules.
    pub fn new(runner: R) -> Self {
        Self { runner, prepared: Vec::new() }
    }

    /// Forgets the programs of the cases so far.
    pub fn clear(&mut self) {
        self.prepared.clear();
    }

    fn position(&mut self, program: &Program) -> usize {
        if let Some(known) = self.prepared.iter().position(|(known, _)| known == program) {
            return known;
        }
        let compiled = compile_model(program).map_err(|error| match error {
            CompileError::Unsupported { .. } => ComputeError::NotTaken(error.to_string()),
            error => ComputeError::Differ(format!("it can't be compiled: {error}")),
        });
        let module = compiled.and_then(|compiled| self.runner.prepare(&compiled.module).map_err(differ));
        self.prepared.push((program.clone(), module));
        self.prepared.len() - 1
    }
}

fn differ(error: RunError) -> ComputeError {
    ComputeError::Differ(error.0)
}

impl<R: RunModule> Compute for ComputedTwice<R> {
    fn compute(&mut self, program: &Program, inputs: &[Value]) -> Result<Value, ComputeError> {
        let evaluated = Evaluated.compute(program, inputs)?;
        let position = self.position(program);
        let module = match self.prepared.get(position) {
            Some((_, Ok(module))) => module,
            Some((_, Err(error))) => return Err(error.clone()),
            None => return Err(ComputeError::NotTaken("nothing was compiled".to_owned())),
        };
        let output = self.runner.run(module, &encoded_inputs(program, inputs)).map_err(differ)?;
        match decoded_output(&output) {
            Some(computed) if computed == evaluated => Ok(evaluated),
            Some(computed) => Err(ComputeError::Differ(format!(
                "{} by the evaluator, {} by the compiled model",
                shown(&evaluated),
                shown(&computed)
            ))),
            None => Err(ComputeError::Differ("no value by the compiled model".to_owned())),
        }
    }
}
