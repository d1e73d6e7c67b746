//! Unary tests of a column of numbers of which the least, the greatest and the digits after the point are known: the
//! numbers that pass them, as ranges.

use ordinance_feel_runtime::Decimal;

use super::ast::{BinaryOperator, Expr, ExprKind, Range, Test, TestKind};

/// The numbers that a column tests, in units of its last digit: with `scale` 2 the number 1.50 is 150.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberColumn {
    /// The least.
    pub least: i128,
    /// The greatest.
    pub most: i128,
    /// How many digits they have after the point.
    pub scale: u8,
}

/// Ranges with both ends, in units of the last digit.
type Ranges = Vec<(i128, i128)>;

impl NumberColumn {
    /// The numbers that pass one of the tests, in order and joined where nothing is between two; `None` if a test
    /// compares with anything but written numbers.
    pub(super) fn passing(&self, tests: &[Test]) -> Option<Ranges> {
        let mut all = Ranges::new();
        for test in tests {
            all.extend(self.of_test(test)?);
        }
        Some(self.joined(all))
    }

    fn of_test(&self, test: &Test) -> Option<Ranges> {
        match &test.kind {
            TestKind::Any => Some(vec![(self.least, self.most)]),
            TestKind::Not(tests) => Some(self.others(&self.passing(tests)?)),
            TestKind::Compare { operator, end } => self.of_comparison(*operator, end),
            TestKind::Expr(expr) => self.of_expression(expr),
        }
    }

    fn of_expression(&self, expr: &Expr) -> Option<Ranges> {
        match &expr.kind {
            ExprKind::Number(_) | ExprKind::Negate(_) => self.of_comparison(BinaryOperator::Equal, expr),
            ExprKind::UnaryRange { operator, end } => self.of_comparison(*operator, end),
            ExprKind::Binary { operator, left, right } if matches!(&left.kind, ExprKind::Name(name) if name == "?") => {
                self.of_comparison(*operator, right)
            }
            ExprKind::Range(range) => self.of_range(range),
            ExprKind::List(items) => {
                let items: Option<Vec<Ranges>> = items.iter().map(|item| self.of_expression(item)).collect();
                Some(items?.concat())
            }
            _ => None,
        }
    }

    fn of_range(&self, range: &Range) -> Option<Ranges> {
        let (low, high) = (self.around(&range.low)?, self.around(&range.high)?);
        let from = if range.low_included { low.1 } else { low.0 + 1 };
        let to = if range.high_included { high.0 } else { high.1 - 1 };
        Some(vec![(from, to)])
    }

    fn of_comparison(&self, operator: BinaryOperator, end: &Expr) -> Option<Ranges> {
        let (below, above) = self.around(end)?;
        let equal = if below == above { vec![(below, above)] } else { Vec::new() };
        match operator {
            BinaryOperator::Equal => Some(equal),
            BinaryOperator::NotEqual => Some(self.others(&self.joined(equal))),
            BinaryOperator::Less => Some(vec![(self.least, above - 1)]),
            BinaryOperator::LessOrEqual => Some(vec![(self.least, below)]),
            BinaryOperator::Greater => Some(vec![(below + 1, self.most)]),
            BinaryOperator::GreaterOrEqual => Some(vec![(above, self.most)]),
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Power
            | BinaryOperator::And
            | BinaryOperator::Or => None,
        }
    }

    /// The nearest numbers of the column's digits that are at most and at least a written number.
    fn around(&self, expr: &Expr) -> Option<(i128, i128)> {
        match &expr.kind {
            ExprKind::Number(number) => self.digits_around(*number),
            ExprKind::Negate(inner) => match &inner.kind {
                ExprKind::Number(number) => self.digits_around(*number).map(|(below, above)| (-above, -below)),
                _ => None,
            },
            _ => None,
        }
    }

    fn digits_around(&self, number: Decimal) -> Option<(i128, i128)> {
        let number = number.normalised();
        let shift = i32::from(number.exponent) + i32::from(self.scale);
        let factor = 10_i128.checked_pow(shift.unsigned_abs())?;
        // Far within the type, so that one more or less can't go beyond it; no number of a fact has so many digits.
        let bounded = |digits: i128| Some(digits).filter(|digits| *digits < 1 << 120);
        let digits = i128::try_from(number.coefficient).ok().and_then(bounded)?;
        if shift >= 0 {
            let digits = digits.checked_mul(factor).and_then(bounded)?;
            return Some((digits, digits));
        }
        let below = digits.div_euclid(factor);
        Some((below, if digits.rem_euclid(factor) == 0 { below } else { below + 1 }))
    }

    /// The ranges within the column, in order, joined where nothing is between two.
    fn joined(&self, ranges: Ranges) -> Ranges {
        let within = ranges.into_iter().map(|(from, to)| (from.max(self.least), to.min(self.most)));
        let mut ordered: Ranges = within.filter(|(from, to)| from <= to).collect();
        ordered.sort_unstable();
        let mut joined = Ranges::new();
        for (from, to) in ordered {
            match joined.last_mut() {
                Some((_, last)) if from <= *last + 1 => *last = to.max(*last),
                Some(_) | None => joined.push((from, to)),
            }
        }
        joined
    }

    /// The numbers of the column that aren't in these ranges, which are joined.
    fn others(&self, ranges: &Ranges) -> Ranges {
        let (mut others, mut next) = (Ranges::new(), self.least);
        for (from, to) in ranges {
            others.push((next, from - 1));
            next = to + 1;
        }
        others.push((next, self.most));
        self.joined(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Scope, parse_tests};

    fn passing(column: NumberColumn, text: &str) -> Option<Ranges> {
        column.passing(&parse_tests(text, &Scope::default()).unwrap())
    }

    #[test]
    fn the_numbers_that_pass_are_ranges_of_the_digits_that_the_column_has() {
        let years = NumberColumn { least: 0, most: 150, scale: 0 };
        let of_years = |text: &str| passing(years, text);
        for (text, ranges) in [
            ("-", vec![(0, 150)]),
            ("<= 5", vec![(0, 5)]),
            ("[0..5]", vec![(0, 5)]),
            ("< 6", vec![(0, 5)]),
            ("< 5.5", vec![(0, 5)]),
            ("(-1..6)", vec![(0, 5)]),
            ("0, 1, [2..5]", vec![(0, 5)]),
            ("not(> 5)", vec![(0, 5)]),
            ("not(3)", vec![(0, 2), (4, 150)]),
            ("!= 3", vec![(0, 2), (4, 150)]),
            ("> 149, < 1", vec![(0, 0), (150, 150)]),
            ("5.5", vec![]),
            ("? >= 149", vec![(149, 150)]),
        ] {
            assert_eq!(of_years(text), Some(ranges), "{text}");
        }
        assert_eq!(of_years("> limit"), None);
        assert_eq!(of_years("? > 5 and ? < 9"), None);
        let amounts = NumberColumn { least: -10_000, most: 10_000, scale: 2 };
        assert_eq!(passing(amounts, "< 5"), Some(vec![(-10_000, 499)]));
        assert_eq!(passing(amounts, "[-1.005..1.005]"), Some(vec![(-100, 100)]));
        assert_eq!(passing(amounts, "1e300"), None);
    }
}
