//! The functions that rules call, written by hand. A rule gets those that it calls.

use ordinance_feel_runtime::Rounding;
use wasm_encoder::{BlockType, Instruction as I, ValType};

use super::code::{Body, Code};
use super::date_functions;
use super::node::memory;

/// A function that rules call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Helper {
    /// `(present, units, scale, wanted scale, min, max) -> units`: a decimal in units of the wanted scale; `min` if it
    /// isn't there. Traps beyond the bounds, which a value of the contract under which the rule was built never is.
    Fixed,
    /// `(present, units, min, max) -> units`: a whole number; `min` if it isn't there. Traps as `Fixed` does.
    Whole,
    /// `(address, bytes, address, bytes) -> 0 or 1`
    TextEqual,
    /// `(number, divisor) -> quotient`, rounded; the divisor isn't 0.
    Divide(Rounding),
    /// `(bytes) -> address`, aligned to 8; the memory is new and 0.
    Allocate,
    /// `(packed, months) -> packed`
    AddMonths,
    /// `(packed) -> days`, since 1970-01-01.
    DayNumber,
    /// `(days) -> packed`
    DayOfNumber,
    /// `(from, to) -> months`
    MonthsUntil,
}

impl Helper {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fixed => "decimal argument within the contract's bounds",
            Self::Whole => "whole argument within the contract's bounds",
            Self::TextEqual => "text equal",
            Self::Divide(_) => "divide and round",
            Self::Allocate => "allocate",
            Self::AddMonths => "add months",
            Self::DayNumber => "number of a day",
            Self::DayOfNumber => "day of a number",
            Self::MonthsUntil => "months until",
        }
    }

    pub(super) fn parameters(self) -> &'static [ValType] {
        use ValType::{I32, I64};
        match self {
            Self::Fixed => &[I32, I64, I32, I32, I64, I64],
            Self::Whole => &[I32, I64, I64, I64],
            Self::TextEqual => &[I32, I32, I32, I32],
            Self::Divide(_) => &[I64, I64],
            Self::Allocate => &[I32],
            Self::AddMonths | Self::MonthsUntil => date_functions::TWO_DAYS,
            Self::DayNumber | Self::DayOfNumber => date_functions::ONE_DAY,
        }
    }

    pub(super) fn result(self) -> ValType {
        match self {
            Self::Fixed | Self::Whole | Self::Divide(_) => ValType::I64,
            Self::TextEqual
            | Self::Allocate
            | Self::AddMonths
            | Self::DayNumber
            | Self::DayOfNumber
            | Self::MonthsUntil => ValType::I32,
        }
    }

    pub(super) fn body(self) -> Body {
        let mut code = Code::new(self.parameters());
        match self {
            Self::Fixed => fixed(&mut code),
            Self::Whole => {
                bounded(&mut code, 1, (2, 3), 0);
            }
            Self::TextEqual => text_equal(&mut code),
            Self::Divide(rounding) => divide(&mut code, rounding),
            Self::Allocate => allocate(&mut code),
            Self::AddMonths => date_functions::add_months(&mut code),
            Self::DayNumber => date_functions::day_number(&mut code),
            Self::DayOfNumber => date_functions::day_of_number(&mut code),
            Self::MonthsUntil => date_functions::months_until(&mut code),
        }
        code.finish()
    }
}

fn all(code: &mut Code, instructions: impl IntoIterator<Item = I<'static>>) {
    instructions.into_iter().for_each(|instruction| code.push(instruction));
}

/// Leaves the number of a local on the stack, or `min` if it isn't there; traps if it is beyond `min` and `max`.
fn bounded(code: &mut Code, number: u32, (min, max): (u32, u32), present: u32) {
    all(code, [I::LocalGet(present), I::If(BlockType::Result(ValType::I64))]);
    all(code, [I::LocalGet(number), I::LocalGet(min), I::I64LtS]);
    all(code, [I::LocalGet(number), I::LocalGet(max), I::I64GtS, I::I32Or]);
    all(code, [I::If(BlockType::Empty), I::Unreachable, I::End, I::LocalGet(number)]);
    all(code, [I::Else, I::LocalGet(min), I::End]);
}

/// The number of times that one digit is added or taken away: the host's numbers have at most so many after the point.
const DIGITS_MAX: u64 = 28;

fn fixed(code: &mut Code) {
    let (units, scale, wanted) = (1, 2, 3);
    // Most numbers have the digits that the rule wants.
    all(code, [I::LocalGet(scale), I::LocalGet(wanted), I::I32Ne, I::LocalGet(0), I::I32And]);
    code.push(I::If(BlockType::Empty));
    code.begin_loop(Some(DIGITS_MAX));
    all(code, [I::LocalGet(scale), I::LocalGet(wanted), I::I32LtU, I::If(BlockType::Empty)]);
    // Ten times a larger number isn't within 64 bits.
    all(code, [I::LocalGet(units), I::I64Const(i64::MAX / 10), I::I64Add]);
    all(code, [I::I64Const(i64::MAX / 10 * 2), I::I64GtU, I::If(BlockType::Empty), I::Unreachable, I::End]);
    all(code, [I::LocalGet(units), I::I64Const(10), I::I64Mul, I::LocalSet(units)]);
    all(code, [I::LocalGet(scale), I::I32Const(1), I::I32Add, I::LocalSet(scale), I::Br(1), I::End]);
    all(code, [I::LocalGet(scale), I::LocalGet(wanted), I::I32GtU, I::If(BlockType::Empty)]);
    all(code, [I::LocalGet(units), I::I64Const(10), I::I64RemS, I::I64Eqz, I::I32Eqz]);
    all(code, [I::If(BlockType::Empty), I::Unreachable, I::End]);
    all(code, [I::LocalGet(units), I::I64Const(10), I::I64DivS, I::LocalSet(units)]);
    all(code, [I::LocalGet(scale), I::I32Const(1), I::I32Sub, I::LocalSet(scale), I::Br(1), I::End]);
    all(code, [I::End, I::End]);
    bounded(code, units, (4, 5), 0);
}

/// The longest text that is compared, in bytes, for the bound on fuel: texts of facts are shorter.
const TEXT_BYTES_MAX: u64 = 4096;

fn text_equal(code: &mut Code) {
    all(code, [I::LocalGet(1), I::LocalGet(3), I::I32Ne, I::If(BlockType::Empty)]);
    all(code, [I::I32Const(0), I::Return, I::End]);
    code.begin_loop(Some(TEXT_BYTES_MAX));
    all(code, [I::LocalGet(1), I::I32Eqz, I::If(BlockType::Empty), I::I32Const(1), I::Return, I::End]);
    all(code, [I::LocalGet(1), I::I32Const(1), I::I32Sub, I::LocalTee(1)]);
    all(code, [I::LocalGet(0), I::I32Add, I::I32Load8U(memory(0))]);
    all(code, [I::LocalGet(1), I::LocalGet(2), I::I32Add, I::I32Load8U(memory(0)), I::I32Eq, I::BrIf(0)]);
    all(code, [I::End, I::I32Const(0)]);
}

/// The global that says where free memory begins.
pub(super) const HEAP_GLOBAL: u32 = 0;

/// The bytes of a page of memory.
pub(super) const PAGE_BYTES: u32 = 1 << 16;

fn allocate(code: &mut Code) {
    let (bytes, address) = (0, code.local(ValType::I32));
    all(code, [I::GlobalGet(HEAP_GLOBAL), I::LocalTee(address), I::LocalGet(bytes), I::I32Add]);
    all(code, [I::I32Const(7), I::I32Add, I::I32Const(-8), I::I32And, I::LocalTee(bytes)]);
    all(code, [I::GlobalSet(HEAP_GLOBAL)]);
    // A new end before the address is an overflow, beyond the memory the memory grows.
    all(code, [I::LocalGet(bytes), I::LocalGet(address), I::I32LtU, I::If(BlockType::Empty), I::Unreachable, I::End]);
    all(code, [I::LocalGet(bytes), I::MemorySize(0), I::I32Const(16), I::I32Shl, I::I32GtU]);
    code.push(I::If(BlockType::Empty));
    all(code, [I::LocalGet(bytes), I::MemorySize(0), I::I32Const(16), I::I32Shl, I::I32Sub]);
    all(code, [I::I32Const(0xffff), I::I32Add, I::I32Const(16), I::I32ShrU, I::MemoryGrow(0)]);
    all(code, [I::I32Const(-1), I::I32Eq, I::If(BlockType::Empty), I::Unreachable, I::End, I::End]);
    code.push(I::LocalGet(address));
}

/// The exact quotient is nearer to the number than 34 digits can tell, so that rounding it at once gives the same as
/// rounding it to 34 digits first: it is a multiple of 1 / divisor, and number and divisor have at most 19 digits.
fn divide(code: &mut Code, rounding: Rounding) {
    let (number, divisor) = (0, 1);
    let (quotient, rest, away) = (code.local(ValType::I64), code.local(ValType::I64), code.local(ValType::I64));
    all(code, [I::LocalGet(number), I::LocalGet(divisor), I::I64DivS, I::LocalSet(quotient)]);
    all(code, [I::LocalGet(number), I::LocalGet(divisor), I::I64RemS, I::LocalTee(rest), I::I64Eqz]);
    all(code, [I::If(BlockType::Empty), I::LocalGet(quotient), I::Return, I::End]);
    // 1 or -1: one step away from zero.
    all(code, [I::LocalGet(number), I::LocalGet(divisor), I::I64Xor, I::I64Const(63), I::I64ShrS]);
    all(code, [I::I64Const(1), I::I64Or, I::LocalSet(away)]);
    all(code, [I::LocalGet(quotient), I::LocalGet(away), I::I64Add, I::LocalGet(quotient)]);
    let absolute = |code: &mut Code, local| {
        all(code, [I::LocalGet(local), I::I64Const(0), I::LocalGet(local), I::I64Sub]);
        all(code, [I::LocalGet(local), I::I64Const(0), I::I64GtS, I::Select]);
    };
    // The rest, and what is missing to the next: the nearer of both.
    let halves = |code: &mut Code, comparison: I<'static>| {
        absolute(code, rest);
        absolute(code, divisor);
        absolute(code, rest);
        all(code, [I::I64Sub, comparison]);
    };
    match rounding {
        Rounding::Floor => all(code, [I::LocalGet(away), I::I64Const(0), I::I64LtS]),
        Rounding::Ceiling => all(code, [I::LocalGet(away), I::I64Const(0), I::I64GtS]),
        Rounding::Up => code.push(I::I32Const(1)),
        Rounding::Down => code.push(I::I32Const(0)),
        Rounding::HalfUp => halves(code, I::I64GeS),
        Rounding::HalfDown => halves(code, I::I64GtS),
        Rounding::HalfEven => {
            halves(code, I::I64GtS);
            halves(code, I::I64Eq);
            all(code, [I::LocalGet(quotient), I::I32WrapI64, I::I32And, I::I32Const(1), I::I32And, I::I32Or]);
        }
    }
    code.push(I::Select);
}
