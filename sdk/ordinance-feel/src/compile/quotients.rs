//! Comparisons with a quotient, without dividing: `a / b < c` is `a < c * b` of a positive divisor.
//!
//! The library would round the quotient to 34 digits first. That changes no comparison: numerator, divisor and the
//! other side have at most 19 digits, so that a quotient that differs from the other side differs from it by more than
//! its 34th digit, and one that is equal to it is exact.

use ordinance_feel_runtime::Value;
use wasm_encoder::Instruction as I;

use super::compare::instruction;
use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::{UNITS_MAX, fixed, fixed_at, power_of_ten};
use super::node::{self, Node, both, either};
use super::numbers::{Ends, reciprocal};
use super::val::Val;
use crate::tree::{Arithmetic, Comparison, Expr, ExprKind};

impl Compiler<'_> {
    /// `left operator right` where one of both is a quotient; `None` if 64 bits don't hold the products, or the divisor
    /// isn't always positive.
    pub(super) fn compare_quotient(
        &mut self,
        operator: Comparison,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
    ) -> Compiling<Option<Val>> {
        let (divided, other, operator) = match (is_quotient(left), is_quotient(right)) {
            (true, false) => (left, right, operator),
            (false, true) => (right, left, operator.mirrored()),
            _ => return Ok(None),
        };
        let ExprKind::Arithmetic { left: number, right: divisor, .. } = &divided.kind else { return Ok(None) };
        let is_ordering = !matches!(operator, Comparison::Equal | Comparison::NotEqual);
        if !is_ordering || fixed(&divisor.ty).is_none_or(|bounds| bounds.min <= 0) {
            return Ok(None);
        }
        self.attempt(expr, |compiler| {
            let (a, b, c) = (compiler.expr(number)?, compiler.expr(divisor)?, compiler.expr(other)?);
            let scales = match (&a, &b, &c) {
                (
                    Val::Number { scale: of_number, .. },
                    Val::Number { scale: of_divisor, .. },
                    Val::Number { scale: of_other, .. },
                ) => of_divisor.checked_add(*of_other).map(|of_product| (*of_number, of_product)),
                _ => None,
            };
            let Some((of_number, of_product)) = scales else { return Ok(None) };
            let scale = of_number.max(of_product);
            let largest = largest(&b, divisor).zip(largest(&c, other));
            let is_small = largest.and_then(|(one, two)| scaled(one.checked_mul(two)?, scale - of_product)).is_some();
            if !is_small || !compiler.fits(&a, number, scale) {
                return Ok(None);
            }
            let a = compiler.rescaled(&a, scale);
            let factor = Node::I64(power_of_ten(scale - of_product).unwrap_or(1));
            compiler.compare_products(operator, (&a, &b, &c), &factor, expr).map(Some)
        })
    }

    /// Compares a number with the products of a divisor, another number and a factor.
    fn compare_products(
        &mut self,
        operator: Comparison,
        (number, divisor, other): (&Val, &Val, &Val),
        factor: &Node,
        expr: &Expr,
    ) -> Compiling<Val> {
        let (number, of_number) = self.ends(number)?;
        let (divisor, of_divisor) = self.ends(divisor)?;
        let (other, of_other) = self.ends(other)?;
        let state = self.strictest([of_number, of_divisor, of_other]);
        let compare = |a: &Node, b: &Node, by: &Node| {
            let product = node::multiply(node::multiply(b.clone(), by.clone()), factor.clone());
            node::compare(instruction(operator), a.clone(), product)
        };
        let place = self.place_of(expr.place);
        let known = node::at(&compare(&number.low, &other.low, &divisor.low), place);
        if [&number, &divisor, &other].iter().all(|ends| ends.high.is_none()) {
            return self.stated(known, None, state);
        }
        // The greatest quotient has to be below the least other number, or the other way round.
        let is_below = matches!(operator, Comparison::Less | Comparison::LessOrEqual);
        let (far, near) =
            if is_below { (number.upper(), other.low.clone()) } else { (number.low.clone(), other.upper()) };
        let certain = both(compare(&far, &near, &divisor.low), compare(&far, &near, &divisor.upper()));
        let (far, near) =
            if is_below { (number.low.clone(), other.upper()) } else { (number.upper(), other.low.clone()) };
        let possible = either(compare(&far, &near, &divisor.low), compare(&far, &near, &divisor.upper()));
        if !self.is_unoptimised {
            return self.stated(certain, Some(possible), state);
        }
        let open = |ends: &Ends| {
            ends.high.as_ref().map_or(Node::I32(0), |high| node::compare(I::I64Ne, ends.low.clone(), high.clone()))
        };
        let is_open = either(open(&number), either(open(&divisor), open(&other)));
        self.authored(known, (certain, possible), &node::not(is_open), state)
    }
}

/// Whether it is a quotient that isn't computed as a product.
fn is_quotient(side: &Expr) -> bool {
    match &side.kind {
        ExprKind::Arithmetic { operator: Arithmetic::Divide, right, .. } => match &right.kind {
            ExprKind::Constant(Value::Number(divisor)) => reciprocal(divisor).is_none(),
            _ => true,
        },
        _ => false,
    }
}

/// The largest size of a number, in units of its scale.
fn largest(found: &Val, expr: &Expr) -> Option<i128> {
    match found {
        Val::Number { low: Node::I64(units), high: None, .. } => Some(i128::from(*units).abs()),
        Val::Number { scale, .. } => {
            let bounds = fixed_at(&expr.ty, *scale)?;
            Some(i128::from(bounds.min).abs().max(i128::from(bounds.max).abs()))
        }
        _ => None,
    }
}

fn scaled(units: i128, scale: u8) -> Option<i128> {
    units.checked_mul(power_of_ten(scale)?.into()).filter(|units| *units <= UNITS_MAX)
}
