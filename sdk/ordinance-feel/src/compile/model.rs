//! Models of DMN: a module that computes one value of any inputs.
//!
//! It exports its `memory`, `cabi_realloc` (which gives memory as in a component), and `compute`: of the address and
//! the count of the bytes of a list of all inputs, as [`encoding`](ordinance_feel_runtime::encoding) writes it, it
//! gives the address of the value, `u32` for how many bytes it has, and the bytes.

use ordinance_feel_runtime::{Value, encoding};
use wasm_encoder::ValType;

use super::compiler::Compiler;
use super::error::{CompileError, Compiling};
use super::helpers::PAGE_BYTES;
use super::link::Library;
use super::module::{self, Entry};
use super::node::Node;
use super::val::Val;
use crate::evaluate::prepare::prepare;
use crate::tree::{Answer, Expr, Program};

/// A compiled model.
#[derive(Debug, Clone)]
pub struct CompiledModel {
    /// The module.
    pub module: Vec<u8>,
    /// The most fuel that a call takes; `None` if a list has no bound.
    pub fuel_bound: Option<u64>,
}

/// What the function of a model takes.
const PARAMETERS: [ValType; 2] = [ValType::I32, ValType::I32];

/// Compiles a model of DMN.
///
/// # Errors
/// [`CompileError`] if an expression has no code, or the program is a rule.
pub fn compile_model(program: &Program) -> Result<CompiledModel, CompileError> {
    let Answer::Value(answer) = &program.answer else {
        return Err(CompileError::Inconsistent("a rule is no model of DMN".to_owned()));
    };
    let library = Library::embedded()?;
    let data_start = u32::try_from(library.pages).unwrap_or_default().saturating_mul(PAGE_BYTES);
    let mut compiler = Compiler::new(&PARAMETERS, false, library, data_start);
    compiler.is_model = true;
    compiler.model(program, answer)?;
    compiler.link_allocator();
    let body = compiler.finish_body();
    let entry = Entry { name: "compute", parameters: &PARAMETERS, body };
    let made = module::make(compiler, entry, Some(library))?;
    Ok(CompiledModel { module: made.bytes, fuel_bound: made.fuel_bound })
}

/// The bytes of the inputs of a model, as its module takes them; one that is left out isn't known.
#[must_use]
pub fn encoded_inputs(program: &Program, inputs: &[Value]) -> Vec<u8> {
    let values = inputs.iter().chain(std::iter::repeat(&Value::Unknown));
    let prepared = program.inputs.iter().zip(values).map(|(input, value)| prepare(value, &input.ty)).collect();
    let mut bytes = Vec::new();
    encoding::encode(&Value::list(prepared), &mut bytes);
    bytes
}

/// The value of the bytes that a model's module gives; `None` if they are none.
#[must_use]
pub fn decoded_output(bytes: &[u8]) -> Option<Value> {
    encoding::decode(bytes)
}

impl Compiler<'_> {
    /// Computes the value, and leaves the address of its bytes on the stack.
    fn model(&mut self, program: &Program, answer: &Expr) -> Compiling<()> {
        let inputs = self.library("value.decode", vec![Node::Local(0), Node::Local(1)])?;
        for index in 0..program.inputs.len() {
            let index = Node::I32(i32::try_from(index).unwrap_or(i32::MAX));
            let input = self.library("get.item", vec![inputs.clone(), index])?;
            self.inputs.push(Val::Boxed(input));
        }
        self.definitions(program)?;
        let value = self.expr(answer)?;
        let value = self.boxed(&value, &answer.ty)?;
        let encoded = self.library("value.encode", vec![value])?;
        self.code.emit(&encoded);
        Ok(())
    }
}
