//! Arithmetic of fixed-point numbers and of intervals of them. What 64 bits don't hold is left to the runtime library.

use ordinance_feel_runtime::{Builtin, Decimal, Value};
use wasm_encoder::Instruction as I;

use super::compiler::Compiler;
use super::error::Compiling;
use super::fixed::{SCALE_MAX, fixed_at, literal, power_of_ten};
use super::node::{self, Node, select};
use super::val::{State, Val};
use crate::tree::{Arithmetic, Expr, ExprKind};
use crate::types::TypeKind;

/// The ends of a number, which may be used twice.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    pub(super) low: Node,
    /// `None` of a known number.
    pub(super) high: Option<Node>,
}

impl Ends {
    pub(super) fn upper(&self) -> Node {
        self.high.clone().unwrap_or_else(|| self.low.clone())
    }

    /// The ends that differ.
    fn distinct(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.low).chain(&self.high)
    }
}

impl Compiler<'_> {
    pub(super) fn negate(&mut self, operand: &Expr, expr: &Expr) -> Compiling<Val> {
        let found = self.expr(operand)?;
        let Val::Number { low, high, scale, state } = &found else {
            let address = self.boxed(&found, &operand.ty)?;
            let negated = self.library("operator.negate", vec![address])?;
            return self.typed(negated, &expr.ty);
        };
        let minus = |node: &Node| node::subtract(Node::I64(0), node.clone());
        Ok(match high {
            None => Val::Number { low: minus(low), high: None, scale: *scale, state: state.clone() },
            Some(high) => Val::Number { low: minus(high), high: Some(minus(low)), scale: *scale, state: state.clone() },
        })
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: Arithmetic,
        left: &Expr,
        right: &Expr,
        expr: &Expr,
    ) -> Compiling<Val> {
        if let Some(found) = self.date_arithmetic(operator, left, right)? {
            return Ok(found);
        }
        if operator == Arithmetic::Divide
            && let Some(found) = self.divided_by_constant(left, right, expr)?
        {
            return Ok(found);
        }
        let one = self.expr(left)?;
        let other = self.expr(right)?;
        let scales = match (&one, &other) {
            (Val::Number { scale: one, .. }, Val::Number { scale: other, .. }) => Some((*one, *other)),
            _ => None,
        };
        let scale = match (operator, scales) {
            (Arithmetic::Add | Arithmetic::Subtract, Some((one, other))) => Some(one.max(other)),
            (Arithmetic::Multiply, Some((one, other))) => one.checked_add(other),
            _ => None,
        };
        let Some(scale) = scale.filter(|scale| fixed_at(&expr.ty, *scale).is_some()) else {
            return self.boxed_arithmetic(operator, (&one, left), (&other, right), expr);
        };
        if operator == Arithmetic::Multiply {
            return self.product(&one, &other, scale, expr);
        }
        if !self.fits(&one, left, scale) || !self.fits(&other, right, scale) {
            return self.boxed_arithmetic(operator, (&one, left), (&other, right), expr);
        }
        let (one, other) = (self.rescaled(&one, scale), self.rescaled(&other, scale));
        self.sum(operator == Arithmetic::Add, &one, &other, expr)
    }

    /// A quotient whose divisor is known at build and divides a power of ten, as a product; `None` if it isn't one, or
    /// 64 bits don't hold it.
    fn divided_by_constant(&mut self, left: &Expr, right: &Expr, expr: &Expr) -> Compiling<Option<Val>> {
        let ExprKind::Constant(Value::Number(divisor)) = &right.kind else { return Ok(None) };
        let Some((units, scale)) = reciprocal(divisor) else { return Ok(None) };
        let before = self.code.hold();
        let one = self.expr(left);
        let steps = self.code.release(before);
        let one = one?;
        let of_quotient = match &one {
            Val::Number { scale: of_one, .. } => of_one.checked_add(scale),
            _ => None,
        };
        let Some(of_quotient) = of_quotient.filter(|scale| fixed_at(&expr.ty, *scale).is_some()) else {
            return Ok(None);
        };
        self.code.append(steps);
        let factor = Node::I64(units);
        let factor = if self.is_unoptimised { node::at(&factor, Some(right.place)) } else { factor };
        let factor = self.share(&factor);
        self.product(&one, &Val::number(factor, scale), of_quotient, expr).map(Some)
    }

    /// The sum or the difference of two numbers of one scale.
    fn sum(&mut self, is_sum: bool, one: &Val, other: &Val, expr: &Expr) -> Compiling<Val> {
        let (Val::Number { scale, .. }, place) = (one, self.place_of(expr.place)) else {
            return self.inconsistent("no number is added");
        };
        let (one, of_one) = self.ends(one)?;
        let (other, of_other) = self.ends(other)?;
        let state = self.strictest([of_one, of_other]);
        let combine = if is_sum { node::add } else { node::subtract };
        let combined = |a: Node, b: Node| node::at(&combine(a, b), place);
        let (upper, lower) =
            if is_sum { (other.upper(), other.low.clone()) } else { (other.low.clone(), other.upper()) };
        let is_known = one.high.is_none() && other.high.is_none();
        let high = (!is_known).then(|| combined(one.upper(), upper));
        Ok(Val::Number { low: combined(one.low, lower), high, scale: *scale, state })
    }

    fn product(&mut self, one: &Val, other: &Val, scale: u8, expr: &Expr) -> Compiling<Val> {
        let place = self.place_of(expr.place);
        let (one, of_one) = self.ends(one)?;
        let (other, of_other) = self.ends(other)?;
        let state = self.strictest([of_one, of_other]);
        let times = |_: &mut Self, a: &Node, b: &Node| node::at(&node::multiply(a.clone(), b.clone()), place);
        let (low, high) = self.hull_of_ends(&one, &other, times);
        Ok(Val::Number { low, high, scale, state })
    }

    /// The least and the greatest number that a function gives of the ends of two numbers, among which they are for a
    /// product and a quotient; one number alone of two that are known.
    pub(super) fn hull_of_ends(
        &mut self,
        one: &Ends,
        other: &Ends,
        mut combine: impl FnMut(&mut Self, &Node, &Node) -> Node,
    ) -> (Node, Option<Node>) {
        if one.high.is_none() && other.high.is_none() {
            return (combine(self, &one.low, &other.low), None);
        }
        let mut ends = Vec::new();
        for a in one.distinct() {
            for b in other.distinct() {
                let end = combine(self, a, b);
                ends.push(self.share(&end));
            }
        }
        let low = self.extreme(&ends, I::I64LtS);
        (low, Some(self.extreme(&ends, I::I64GtS)))
    }

    /// The least or the greatest of shared nodes.
    pub(super) fn extreme(&mut self, nodes: &[Node], comparison: I<'static>) -> Node {
        let mut found: Option<Node> = None;
        for node in nodes {
            found = Some(match found {
                None => node.clone(),
                Some(best) => {
                    let best = self.share(&best);
                    let is_best = node::compare(comparison.clone(), best.clone(), node.clone());
                    select(best, node.clone(), is_best)
                }
            });
        }
        found.unwrap_or(Node::I64(0))
    }

    /// The ends and the state of a number.
    pub(super) fn ends(&mut self, found: &Val) -> Compiling<(Ends, State)> {
        let Val::Number { low, high, state, .. } = found else {
            return self.inconsistent("no number is computed with");
        };
        let low = self.share(low);
        let high = high.as_ref().map(|high| self.share(high));
        Ok((Ends { low, high }, state.clone()))
    }

    /// A function of numbers.
    pub(super) fn number_function(&mut self, function: Builtin, arguments: &[Expr], expr: &Expr) -> Compiling<Val> {
        match (function, arguments) {
            (Builtin::Less, [amount, deduction]) => self.less(amount, deduction, expr),
            (Builtin::Abs, [operand]) => self.absolute(operand, expr),
            (Builtin::Min | Builtin::Max, [first, second, ..]) => {
                let _ = (first, second);
                self.least_or_greatest(function == Builtin::Min, arguments, expr)
            }
            (Builtin::Min | Builtin::Max, _) => match arguments {
                [Expr { kind: ExprKind::List(items), .. }] if !items.is_empty() => {
                    self.least_or_greatest(function == Builtin::Min, items, expr)
                }
                _ => self.list_function(function, arguments, expr),
            },
            _ => self.rounded(function, arguments, expr),
        }
    }

    /// `less(amount, deduction)`: the difference, and never below 0.
    fn less(&mut self, amount: &Expr, deduction: &Expr, expr: &Expr) -> Compiling<Val> {
        let (one, other) = (self.expr(amount)?, self.expr(deduction)?);
        let (Val::Number { scale: of_one, .. }, Val::Number { scale: of_other, .. }) = (&one, &other) else {
            return self.boxed_less((one, amount), (other, deduction), expr);
        };
        let scale = *of_one.max(of_other);
        if !self.fits(&one, amount, scale) || !self.fits(&other, deduction, scale) {
            return self.boxed_less((one, amount), (other, deduction), expr);
        }
        let (one, other) = (self.rescaled(&one, scale), self.rescaled(&other, scale));
        let difference = self.sum(false, &one, &other, expr)?;
        self.each_end(&difference, |compiler, end| compiler.extreme(&[end, Node::I64(0)], I::I64GtS))
    }

    fn boxed_less(
        &mut self,
        (one, amount): (Val, &Expr),
        (other, deduction): (Val, &Expr),
        expr: &Expr,
    ) -> Compiling<Val> {
        let given = [(one, amount.ty.clone()), (other, deduction.ty.clone())];
        self.call_builtin(Builtin::Less, &given, expr)
    }

    /// A number whose ends are those of another, each changed by a function that keeps their order.
    fn each_end(&mut self, found: &Val, mut change: impl FnMut(&mut Self, Node) -> Node) -> Compiling<Val> {
        let Val::Number { scale, .. } = found else { return self.inconsistent("no number is changed") };
        let (Ends { low, high }, state) = self.ends(found)?;
        let low = change(self, low);
        let high = high.map(|high| change(self, high));
        Ok(Val::Number { low, high, scale: *scale, state })
    }

    fn absolute(&mut self, operand: &Expr, expr: &Expr) -> Compiling<Val> {
        let found = self.expr(operand)?;
        let Val::Number { scale, .. } = &found else {
            return self.call_builtin(Builtin::Abs, &[(found, operand.ty.clone())], expr);
        };
        let (Ends { low, high }, state) = self.ends(&found)?;
        let minus_low = self.share(&node::subtract(Node::I64(0), low.clone()));
        let Some(high) = high else {
            let low = self.extreme(&[low, minus_low], I::I64GtS);
            return Ok(Val::Number { low, high: None, scale: *scale, state });
        };
        // The least is 0 where the ends have different signs.
        let minus_high = self.share(&node::subtract(Node::I64(0), high.clone()));
        let least = self.extreme(&[low, minus_high, Node::I64(0)], I::I64GtS);
        let greatest = self.extreme(&[high, minus_low], I::I64GtS);
        Ok(Val::Number { low: least, high: Some(greatest), scale: *scale, state })
    }

    fn least_or_greatest(&mut self, is_least: bool, items: &[Expr], expr: &Expr) -> Compiling<Val> {
        let found = items.iter().map(|item| self.expr(item)).collect::<Compiling<Vec<_>>>()?;
        let scales = found.iter().map(|found| match found {
            Val::Number { scale, .. } => Some(*scale),
            _ => None,
        });
        let scale = scales.collect::<Option<Vec<u8>>>().and_then(|scales| scales.into_iter().max());
        let fit = scale.filter(|scale| items.iter().zip(&found).all(|(item, found)| self.fits(found, item, *scale)));
        let Some(scale) = fit else {
            let function = if is_least { Builtin::Min } else { Builtin::Max };
            return self.boxed_function(function, found, items, expr);
        };
        let comparison = if is_least { I::I64LtS } else { I::I64GtS };
        let (mut lows, mut highs, mut states) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_known = true;
        for found in &found {
            let found = self.rescaled(found, scale);
            let (ends, state) = self.ends(&found)?;
            is_known &= ends.high.is_none();
            highs.push(ends.upper());
            lows.push(ends.low);
            states.push(state);
        }
        let state = self.strictest(states);
        let low = self.extreme(&lows, comparison.clone());
        let high = (!is_known).then(|| self.extreme(&highs, comparison));
        Ok(Val::Number { low, high, scale, state })
    }

    /// A rounding to a number of digits that is known at build.
    fn rounded(&mut self, function: Builtin, arguments: &[Expr], expr: &Expr) -> Compiling<Val> {
        let (operand, wanted) = match arguments {
            [operand] => (operand, Some(0)),
            [operand, Expr { kind: ExprKind::Constant(Value::Number(digits)), .. }] => {
                (operand, super::fixed::units(digits, 0).and_then(|digits| u8::try_from(digits).ok()))
            }
            [operand, _] => (operand, None),
            _ => return self.boxed_expr(expr),
        };
        let Some(wanted) = wanted else { return self.boxed_expr(expr) };
        if let ExprKind::Arithmetic { operator: Arithmetic::Divide, left, right } = &operand.kind
            && let Some(found) = self.rounded_quotient(function, (left, right), wanted, expr)?
        {
            return Ok(found);
        }
        let found = self.expr(operand)?;
        let Val::Number { scale, .. } = &found else {
            let digits = self.boxed_constant(&Value::integer(wanted.into()))?;
            let given = [(found, operand.ty.clone()), (digits, TypeKind::NUMBER.into())];
            return self.call_builtin(function, &given, expr);
        };
        if *scale <= wanted {
            return Ok(found);
        }
        let Some(power) = power_of_ten(scale - wanted) else { return self.boxed_expr(expr) };
        let place = self.place_of(expr.place);
        let changed = self.each_end(&found, |compiler, end| {
            let rounded = compiler.divided(function, &end, &Node::I64(power));
            node::at(&rounded, place)
        })?;
        let Val::Number { low, high, state, .. } = changed else { return self.inconsistent("a rounding is no number") };
        Ok(Val::Number { low, high, scale: wanted, state })
    }
}

/// 1 / number in units of the least scale that holds it exactly; `None` if it has no end, or isn't a number.
pub(super) fn reciprocal(number: &Decimal) -> Option<(i64, u8)> {
    let (units, of_number) = literal(number)?;
    (0..=SCALE_MAX).find_map(|scale| {
        let one = 10_i128.pow(u32::from(scale) + u32::from(of_number));
        let found = one.checked_div(units.into())?;
        (found * i128::from(units) == one).then_some((i64::try_from(found).ok()?, scale))
    })
}
