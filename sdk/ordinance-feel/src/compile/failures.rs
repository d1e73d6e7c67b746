//! Where a rule may fail, and the functions that fail.

use ordinance_feel_runtime::Failure;
use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::code::{Body, Code};
use super::val::FAILURE_BITS;
use crate::source_text::Place;

/// The number of the function that fails by a state. Those after it fail in one way each, by the code of the failure.
pub(super) const FAIL: u32 = 8;

/// All kinds of failures, each with the name of its function.
const KINDS: [(Failure, &str); 6] = [
    (Failure::DivisionByZero, "fail: division by zero"),
    (Failure::NumberTooLarge, "fail: number too large"),
    (Failure::NotInDomain, "fail: argument outside of what is taken"),
    (Failure::TypesDontFit, "fail: types that don't fit"),
    (Failure::NoSingleRow, "fail: not exactly one row matches"),
    (Failure::NoValue, "fail: no such item or row"),
];

/// The places at which a rule may fail, with the kind of the failure, if it is known at build.
#[derive(Debug, Default)]
pub(super) struct Failures(Vec<(Place, Option<Failure>)>);

/// A function that fails.
pub(super) struct FailFunction {
    /// By which calls name it.
    pub(super) number: u32,
    pub(super) name: &'static str,
    /// Of one parameter, the state.
    pub(super) body: Body,
}

impl Failures {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Forgets those after the first so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.0.truncate(count);
    }

    /// The state of a failure at a place; its code is 0 if it isn't known at build.
    pub(super) fn state(&mut self, place: Place, failure: Option<Failure>) -> i32 {
        let wanted = (place, failure);
        let index = self.0.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.0.push(wanted);
            self.0.len() - 1
        });
        place_bits(index) | failure.map_or(0, |failure| i32::from(failure as u8))
    }

    /// The functions that fail: one that calls another for each kind of failure, each of which goes to the place of the
    /// failure, and traps there, so that the trap has the line of what failed, and its function says in which way. What
    /// the library computes may fail in every way.
    pub(super) fn functions(&self, has_library: bool) -> Vec<FailFunction> {
        let mut code = Code::new(&[ValType::I32]);
        let mut functions = Vec::new();
        let may_be = |kind: Failure| has_library || self.0.iter().any(|(_, known)| *known == Some(kind));
        for (kind, name) in KINDS.into_iter().filter(|(kind, _)| may_be(*kind)) {
            let number = FAIL + u32::from(kind as u8);
            let state_code = [I::LocalGet(0), I::I32Const((1 << FAILURE_BITS) - 1), I::I32And];
            let is_kind = [I::I32Const(i32::from(kind as u8)), I::I32Eq, I::If(BlockType::Empty)];
            let call = [I::LocalGet(0), I::Call(number), I::End];
            state_code.into_iter().chain(is_kind).chain(call).for_each(|instruction| code.push(instruction));
            functions.push(FailFunction { number, name, body: self.body_of(kind) });
        }
        code.push(I::Unreachable);
        functions.insert(0, FailFunction { number: FAIL, name: "fail", body: code.finish() });
        functions
    }

    /// The function of one kind of failure.
    fn body_of(&self, kind: Failure) -> Body {
        let mut code = Code::new(&[ValType::I32]);
        for (index, (place, failure)) in self.0.iter().enumerate() {
            if failure.is_some_and(|failure| failure != kind) {
                continue;
            }
            let place_of = [I::LocalGet(0), I::I32Const(-(1 << FAILURE_BITS)), I::I32And];
            let is_here = [I::I32Const(place_bits(index)), I::I32Eq, I::If(BlockType::Empty)];
            place_of.into_iter().chain(is_here).for_each(|instruction| code.push(instruction));
            trap(&mut code, kind, Some(*place));
            code.push(I::End);
        }
        trap(&mut code, kind, None);
        code.finish()
    }
}

/// Traps: a division by zero as such.
fn trap(code: &mut Code, kind: Failure, place: Option<Place>) {
    if kind == Failure::DivisionByZero {
        code.push(I::I32Const(1));
        code.push(I::I32Const(0));
        code.push_at(I::I32DivU, place);
        code.push(I::Drop);
    }
    code.push_at(I::Unreachable, place);
}

/// The bits of a state that say where: one more than the number of the place.
fn place_bits(index: usize) -> i32 {
    let number = i32::try_from(index).unwrap_or(i32::MAX >> FAILURE_BITS).saturating_add(1);
    number << FAILURE_BITS
}
