//! Roundings, and quotients that are rounded at once.

use ordinance_feel_runtime::{Builtin, Failure, Rounding};
use wasm_encoder::Instruction as I;

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::{fixed, fixed_at, power_of_ten};
use super::helpers::Helper;
use super::node::{self, Node};
use super::val::Val;
use crate::tree::Expr;

impl Compiler<'_> {
    /// A quotient, rounded by a function. The divisor isn't 0.
    pub(super) fn divided(&mut self, function: Builtin, number: &Node, divisor: &Node) -> Node {
        let rounding = function.rounding().unwrap_or(Rounding::HalfEven);
        self.call(Helper::Divide(rounding), vec![number.clone(), divisor.clone()])
    }

    /// A quotient that is rounded at once to `wanted` digits; `None` if 64 bits don't hold it, or the divisor isn't
    /// known and may be 0.
    pub(super) fn rounded_quotient(
        &mut self,
        function: Builtin,
        (left, right): (&Expr, &Expr),
        wanted: u8,
        expr: &Expr,
    ) -> Compiling<Option<Val>> {
        let is_never_zero = fixed(&right.ty).is_some_and(|bounds| bounds.min > 0 || bounds.max < 0);
        if fixed_at(&expr.ty, wanted).is_none() {
            return Ok(None);
        }
        let before = self.code.hold();
        let found = (self.expr(left), self.expr(right));
        let steps = self.code.release(before);
        let (one, other) = (found.0?, found.1?);
        let (Val::Number { scale, .. }, Val::Number { scale: of_other, .. }) = (&one, &other) else { return Ok(None) };
        // The number in units whose quotient has the wanted digits, or else the divisor.
        let (of_number, of_divisor) = match (wanted + of_other).checked_sub(*scale) {
            Some(more) => (scale + more, *of_other),
            None => (*scale, scale - wanted),
        };
        if !self.fits(&one, left, of_number) || !self.fits(&other, right, of_divisor) {
            return Ok(None);
        }
        if !is_never_zero && matches!(other, Val::Number { high: Some(_), .. }) {
            return Ok(None);
        }
        self.code.append(steps);
        let (one, other) = (self.rescaled(&one, of_number), self.rescaled(&other, of_divisor));
        let (one, of_one) = self.ends(&one)?;
        let (mut other, of_other) = self.ends(&other)?;
        let mut state = self.strictest([of_one, of_other]);
        if !is_never_zero {
            let is_zero = node::compare(I::I64Eq, other.low.clone(), Node::I64(0));
            let failure = self.failure(expr.place, Failure::DivisionByZero);
            let failed = node::select(Node::I32(failure), Node::I32(0), is_zero.clone());
            let own = state.map(|state| self.share(&state));
            let either = own.map_or_else(|| failed.clone(), |own| node::select(own.clone(), failed.clone(), own));
            state = Some(self.share(&either));
            other.low = self.share(&node::select(Node::I64(1), other.low.clone(), is_zero));
        }
        let place = self.place_of(expr.place);
        let (low, high) =
            self.hull_of_ends(&one, &other, |compiler, a, b| node::at(&compiler.divided(function, a, b), place));
        Ok(Some(Val::Number { low, high, scale: wanted, state }))
    }

    /// 10 to the power of a scale, as a node.
    pub(super) fn power(scale: u8) -> Option<Node> {
        power_of_ten(scale).map(Node::I64)
    }
}
