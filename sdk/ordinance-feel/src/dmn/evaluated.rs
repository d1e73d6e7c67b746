//! Computes programs of models by the evaluator.

use super::tck::{Compute, ComputeError};
use crate::evaluate::{Outcome, evaluate};
use crate::tree::Program;
use ordinance_feel_runtime::Value;

/// Computes a program by the evaluator.
#[derive(Debug, Default, Clone, Copy)]
pub struct Evaluated;

impl Compute for Evaluated {
    fn compute(&mut self, program: &Program, inputs: &[Value]) -> Result<Value, ComputeError> {
        match evaluate(program, inputs).outcome {
            Outcome::Value(value) => Ok(value),
            Outcome::Failed(failure) => Ok(Value::Failed(failure)),
            Outcome::Ineligible | Outcome::Undetermined | Outcome::Eligible => {
                Err(ComputeError::NotTaken("it isn't a model of DMN".to_owned()))
            }
        }
    }
}
