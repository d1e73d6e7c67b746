//! Runs test cases of the DMN TCK's format against models.

use std::collections::HashMap;

use ordinance_feel_runtime::{Failure, Value};

use super::cases::{Asked, CaseFile, CaseInput, CaseValue, ExpectedResult, TestCase};
use super::compose::{ModelInput, Target, compose};
use super::elaborate::elaborate;
use super::folder::ModelFolder;
use super::model::ElementPlace;
use super::refusal::RefusalError;
use super::values::{ValueError, is_expected, shown, told};
use crate::tree::Program;

/// What computes a program for its inputs, in their order. An error is a fault of its own, never of the model.
pub trait Compute {
    /// The value of a program.
    ///
    /// # Errors
    /// What isn't taken by what computes.
    fn compute(&mut self, program: &Program, inputs: &[Value]) -> Result<Value, ComputeError>;
}

/// Why a program can't be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComputeError {
    /// It holds something that the compiler or the evaluator doesn't take.
    #[error("{0}")]
    NotTaken(String),
    /// Two ways of computing it differ.
    #[error("{0}")]
    Differ(String),
}

/// How one expected result came out.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The id of the case.
    pub case: String,
    /// What was asked.
    pub result: String,
    /// The line of the expected result in the file of cases.
    pub line: u32,
    /// How it came out.
    pub verdict: Verdict,
}

/// How an expected result came out.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The value is the expected one.
    Passed,
    /// It is another: this.
    Failed {
        /// What was expected.
        expected: CaseValue,
        /// What came out, as text.
        value: String,
    },
    /// The model, or the case, isn't taken.
    Refused(RefusalError),
}

/// A program and the inputs that it reads, or why there is none.
type Prepared = Result<(Program, Vec<ModelInput>, ElementPlace), RefusalError>;

/// Runs the cases of a file against a model of a folder.
pub fn run_cases(folder: &ModelFolder, main: usize, cases: &CaseFile, compute: &mut dyn Compute) -> Vec<Outcome> {
    let mut runner = Runner { folder, main, prepared: HashMap::new(), compute };
    let outcomes = cases.cases.iter().flat_map(|case| {
        let verdicts: Vec<Outcome> = case
            .results
            .iter()
            .map(|expected| Outcome {
                case: case.id.clone(),
                result: expected.name.clone(),
                line: expected.line,
                verdict: runner.verdict(case, expected),
            })
            .collect();
        verdicts
    });
    outcomes.collect()
}

struct Runner<'r> {
    folder: &'r ModelFolder,
    main: usize,
    prepared: HashMap<(String, String), Prepared>,
    compute: &'r mut dyn Compute,
}

impl Runner<'_> {
    fn verdict(&mut self, case: &TestCase, expected: &ExpectedResult) -> Verdict {
        match self.value(case, expected) {
            Ok(value) if is_expected(&expected.value, &value) => Verdict::Passed,
            Ok(value) => Verdict::Failed { expected: expected.value.clone(), value: shown(&value) },
            Err(MissedError::Refused(refusal)) => Verdict::Refused(refusal),
            Err(MissedError::Failed(value)) => Verdict::Failed { expected: expected.value.clone(), value },
        }
    }

    fn value(&mut self, case: &TestCase, expected: &ExpectedResult) -> Result<Value, MissedError> {
        let target = self.target(case, expected);
        let key = (format!("{target:?}"), expected.name.clone());
        if !self.prepared.contains_key(&key) {
            let prepared = self.prepare(target);
            self.prepared.insert(key.clone(), prepared);
        }
        let (program, inputs, place) = match self.prepared.get(&key) {
            Some(Ok((program, inputs, place))) => (program, inputs, place),
            Some(Err(refusal)) => return Err(MissedError::Refused(refusal.clone())),
            None => return Err(MissedError::Failed("nothing was computed".into())),
        };
        let values = inputs.iter().map(|input| {
            input_value(case, input).map_err(|reason| {
                MissedError::Refused(place.refuse(format!("the input `{}` of the case: {reason}", input.name)))
            })
        });
        let values: Vec<Value> = values.collect::<Result<_, _>>()?;
        match self.compute.compute(program, &values) {
            Ok(value) => {
                let value = self.selected(case, expected, value);
                match value.failure_within() {
                    Some(failure) => Err(MissedError::Refused(place.refuse(reason(failure)))),
                    None => Ok(value),
                }
            }
            Err(ComputeError::NotTaken(reason)) => Err(MissedError::Refused(place.refuse(reason))),
            Err(ComputeError::Differ(reason)) => Err(MissedError::Failed(reason)),
        }
    }

    fn target<'t>(&self, case: &'t TestCase, expected: &'t ExpectedResult) -> Target<'t> {
        match &case.asked {
            Asked::Knowledge(name) => Target::Knowledge(name),
            Asked::Service(name) => Target::Service(name),
            Asked::Decisions => {
                let model = self.folder.models.get(self.main);
                let name = expected.name.as_str();
                let is_decision =
                    model.is_some_and(|model| model.decisions.iter().any(|decision| decision.variable.name == name));
                let is_service =
                    model.is_some_and(|model| model.services.iter().any(|service| service.variable.name == name));
                if is_service && !is_decision { Target::Service(name) } else { Target::Decision(name) }
            }
        }
    }

    fn prepare(&self, target: Target<'_>) -> Prepared {
        let composed = compose(&self.folder.texts, &self.folder.models, self.main, target)?;
        let program = elaborate(&self.folder.texts, &composed)?;
        Ok((program, composed.inputs, composed.place))
    }

    /// Of a service with several output decisions, the decision that the result names.
    fn selected(&self, case: &TestCase, expected: &ExpectedResult, value: Value) -> Value {
        let Asked::Service(service) = &case.asked else {
            return value;
        };
        let model = self.folder.models.get(self.main);
        let outputs = model.and_then(|model| {
            let service = model.services.iter().find(|known| known.variable.name == *service)?;
            Some(service.output_decisions.len())
        });
        match (&value, outputs) {
            (Value::Context(context), Some(2..)) if *service != expected.name => {
                context.get(&expected.name).cloned().unwrap_or(value)
            }
            _ => value,
        }
    }
}

enum MissedError {
    Refused(RefusalError),
    Failed(String),
}

fn input_value(case: &TestCase, input: &ModelInput) -> Result<Value, ValueError> {
    let is_of_model = |told: &&CaseInput| told.namespace.as_ref().is_none_or(|namespace| *namespace == input.namespace);
    let qualified = |told: &&CaseInput| told.name.rsplit_once('.').is_some_and(|(_, name)| name == input.name);
    let told_inputs = || case.inputs.iter().filter(is_of_model);
    let found = told_inputs().find(|told| told.name == input.name).or_else(|| told_inputs().find(qualified));
    found.map_or(Ok(Value::Null), |found| told(&found.value, &input.ty))
}

/// Why a value failed, where DMN says null.
fn reason(failure: Failure) -> String {
    match failure {
        Failure::DivisionByZero => "a number is divided by zero",
        Failure::NumberTooLarge => "a number is too large",
        Failure::NotInDomain => "an argument is outside of what its function takes",
        Failure::TypesDontFit => "a value isn't of the type that is taken where it stands",
        Failure::NoSingleRow => "not exactly one row of a table matches",
        Failure::NoValue => "a list or a table has no such item or row",
    }
    .to_owned()
}
