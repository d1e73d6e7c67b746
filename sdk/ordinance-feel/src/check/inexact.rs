//! Quotients that are cut off and multiplied again. `x / 12` has 34 digits where it doesn't end, so that
//! `x / 12 * 171 / 100` may be a hair above or below what the law means, and a comparison at the very limit wrong.

use std::collections::HashSet;

use ordinance_feel_runtime::{Builtin, Value};

use crate::exact::Exact;
use crate::source_text::ExpressionError;
use crate::tree::{Answer, Arithmetic, Definition, Expr, ExprKind, LocalId, Program};

/// The products of quotients that may have been cut off.
pub(crate) fn inexact_products(program: &Program) -> Vec<ExpressionError> {
    let mut search = Search::default();
    for Definition { local, value, .. } in &program.definitions {
        if search.is_cut(value) {
            search.cut.insert(*local);
        }
    }
    if let Answer::Determination(answer) = &program.answer {
        let granted = answer.grant.iter().filter_map(|value| value.value.as_ref());
        for expr in granted.chain([&answer.eligible]) {
            search.is_cut(expr);
        }
    }
    search.found
}

#[derive(Default)]
struct Search {
    /// The names of values that may have been cut off.
    cut: HashSet<LocalId>,
    found: Vec<ExpressionError>,
}

impl Search {
    /// Whether a number may have been cut off. Looks at all parts.
    fn is_cut(&mut self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Local(local) => self.cut.contains(local),
            ExprKind::Arithmetic { operator, left, right } => {
                let (one, other) = (self.is_cut(left), self.is_cut(right));
                match operator {
                    Arithmetic::Multiply => {
                        if one || other {
                            self.found.push(ExpressionError {
                                place: expr.place,
                                message: "a factor of this product was divided before, and cut off at 34 digits: at a \
                                          limit, what is compared with it can be wrong"
                                    .to_owned(),
                                help: Some(
                                    "divide last: `a * c / b` in place of `a / b * c`, or round the quotient"
                                        .to_owned(),
                                ),
                            });
                        }
                        false
                    }
                    Arithmetic::Divide => one || other || !ends(right),
                    Arithmetic::Add | Arithmetic::Subtract => one || other,
                    Arithmetic::Power => false,
                }
            }
            ExprKind::Negate(inner) | ExprKind::Required(inner) | ExprKind::OrNull(inner) => self.is_cut(inner),
            ExprKind::If { condition, then, otherwise } => {
                self.is_cut(condition);
                let (then, otherwise) = (self.is_cut(then), self.is_cut(otherwise));
                then || otherwise
            }
            ExprKind::Let { local, value, body } => {
                if self.is_cut(value) {
                    self.cut.insert(*local);
                }
                self.is_cut(body)
            }
            ExprKind::Call { function, arguments } => {
                // All are looked at.
                let cut = arguments.iter().filter(|argument| self.is_cut(argument)).count();
                cut > 0 && matches!(function, Builtin::Min | Builtin::Max | Builtin::Less | Builtin::Abs | Builtin::Sum)
            }
            _ => {
                for child in expr.children() {
                    self.is_cut(child);
                }
                false
            }
        }
    }
}

/// Whether every quotient with this divisor ends.
fn ends(divisor: &Expr) -> bool {
    let ExprKind::Constant(Value::Number(number)) = &divisor.kind else { return false };
    Exact::of(*number).and_then(Exact::digits_as_divisor).is_some()
}
