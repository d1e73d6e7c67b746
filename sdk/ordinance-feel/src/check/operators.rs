//! Arithmetic and logic.

use super::checked::{Checked, Path, Units};
use super::checker::Checker;
use super::joins::as_text;
use super::narrowing::implied;
use crate::bounds::Bounds;
use crate::source_text::{Place, Span};
use crate::syntax::ast::{self, BinaryOperator};
use crate::tree::{Arithmetic, Expr, ExprKind};
use crate::types::{Type, TypeKind};

impl Checker<'_> {
    /// `a + b` and the like.
    pub(crate) fn binary(&mut self, operator: BinaryOperator, sides: [&ast::Expr; 2], span: Span) -> Option<Checked> {
        let [left, right] = sides;
        let place = self.place(span);
        match operator {
            BinaryOperator::And => self.logic(true, left, right, place),
            BinaryOperator::Or => self.logic(false, left, right, place),
            BinaryOperator::Add => self.arithmetic_of(Arithmetic::Add, sides, place),
            BinaryOperator::Subtract => self.arithmetic_of(Arithmetic::Subtract, sides, place),
            BinaryOperator::Multiply => self.arithmetic_of(Arithmetic::Multiply, sides, place),
            BinaryOperator::Divide => self.arithmetic_of(Arithmetic::Divide, sides, place),
            BinaryOperator::Power => self.arithmetic_of(Arithmetic::Power, sides, place),
            BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => {
                let (left, right) = (self.expr(left), self.expr(right));
                let (left, right) = (left?, right?);
                let decided = self.decided_comparison(operator, &left, &right);
                if let Some((message, help)) = decided {
                    return self.fault(place, message, help);
                }
                self.comparison(operator, left, right, place)
            }
        }
    }

    fn logic(&mut self, is_and: bool, left: &ast::Expr, right: &ast::Expr, place: Place) -> Option<Checked> {
        let left = self.condition(left);
        let known: Vec<Path> = left.as_ref().map(|left| implied(left, is_and, &self.definitions)).unwrap_or_default();
        let right = self.knowing(known, |checker| checker.condition(right));
        let (left, right) = (Box::new(left?), Box::new(right?));
        let kind = if is_and { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
        Some(Checked::new(kind, TypeKind::Boolean, place))
    }

    /// Something that is true or false.
    pub(crate) fn condition(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let checked = self.expr(expr)?;
        self.boolean(checked)
    }

    /// The expression, which has to be true or false.
    pub(crate) fn boolean(&mut self, checked: Checked) -> Option<Expr> {
        let checked = self.present(checked)?;
        let place = checked.expr.place;
        let help = match checked.kind() {
            TypeKind::Boolean | TypeKind::Any => return Some(checked.expr),
            TypeKind::List { item, .. } if matches!(item.kind, TypeKind::Boolean) => {
                "say of which items: `all(...)` holds if it is true for every item, `any(...)` if it is true for one"
            }
            _ if self.written(place).is_some_and(|text| self.hidden_criteria.contains_key(text)) => {
                let text = self.written(place).unwrap_or_default();
                let help = format!("type `criteria.{text}` if the criterion of this name is meant");
                let message = format!("a condition has to be true or false, and this is {}", checked.expr.ty);
                return self.fault(place, message, help);
            }
            TypeKind::Number(_) => "compare it with a number, such as `... > 0`",
            TypeKind::Text | TypeKind::Choice(_) => "compare it with a text, such as `... = \"word\"`",
            _ => "a condition compares, or is a fact that is true or false",
        };
        self.fault(place, format!("a condition has to be true or false, and this is {}", checked.expr.ty), help)
    }

    fn arithmetic_of(&mut self, operator: Arithmetic, [left, right]: [&ast::Expr; 2], place: Place) -> Option<Checked> {
        let (left, right) = (self.expr(left), self.expr(right));
        let (left, right) = (left.and_then(|left| self.present(left)), right.and_then(|right| self.present(right)));
        self.arithmetic(operator, left?, right?, place)
    }

    /// An operation of two values that aren't null.
    pub(crate) fn arithmetic(
        &mut self,
        operator: Arithmetic,
        left: Checked,
        right: Checked,
        place: Place,
    ) -> Option<Checked> {
        let Some(ty) = result_type(operator, &left, &right) else {
            let (verb, help) = (verb(operator), help_of(operator, left.kind(), right.kind()));
            return self.fault(place, format!("{} and {} can't be {verb}", left.expr.ty, right.expr.ty), help);
        };
        let units = match (operator, &ty.kind) {
            (Arithmetic::Add | Arithmetic::Subtract, TypeKind::Number(_)) => {
                self.same_unit(&left, &right, place, verb(operator))?
            }
            (_, _) => Units::Plain,
        };
        let (left, right) = (Box::new(as_text(left.expr)), Box::new(as_text(right.expr)));
        Some(Checked::new(ExprKind::Arithmetic { operator, left, right }, ty, place).with_units(units))
    }

    /// The unit of both; a fault if they differ. A number without a unit fits all.
    pub(crate) fn same_unit(&mut self, left: &Checked, right: &Checked, place: Place, verb: &str) -> Option<Units> {
        if let (Some(one), Some(other)) = (left.units.unit(), right.units.unit())
            && !one.is_comparable_with(other)
        {
            let message = format!("a number in `{one}` and one in `{other}` can't be {verb}");
            let help = format!(
                "convert one of them, by a factor: a product or a quotient has no unit of its own, and fits `{one}`",
            );
            return self.fault(place, message, help);
        }
        Some(left.units.clone().joined(right.units.clone()))
    }

    /// `-x`
    pub(crate) fn negate(&mut self, expr: &ast::Expr, place: Place) -> Option<Checked> {
        let checked = self.expr(expr)?;
        let checked = self.present(checked)?;
        let ty: Type = match checked.kind() {
            TypeKind::Number(bounds) => {
                let bounds = Bounds::from(*bounds).negate();
                if let (ExprKind::Constant(_), Some(only)) = (&checked.expr.kind, bounds.only()) {
                    return super::checked::number(only, place);
                }
                bounds.into()
            }
            TypeKind::DaysDuration | TypeKind::MonthsDuration | TypeKind::Any => checked.expr.ty.clone(),
            _ => {
                let message = format!("`-` needs a number or a duration, and this is {}", checked.expr.ty);
                return self.fault(checked.expr.place, message, "");
            }
        };
        let units = checked.units.clone();
        Some(Checked::new(ExprKind::Negate(Box::new(checked.expr)), ty, place).with_units(units))
    }
}

fn result_type(operator: Arithmetic, left: &Checked, right: &Checked) -> Option<Type> {
    use Arithmetic::{Add, Divide, Multiply, Power, Subtract};
    use TypeKind::{Any, Choice, Date, DateTime, DaysDuration as Days, MonthsDuration as Months, Number, Text, Time};
    let kind = match (operator, left.kind(), right.kind()) {
        (_, Any, _) | (_, _, Any) => Any,
        (_, Number(one), Number(other)) => {
            let (one, other) = (Bounds::from(*one), Bounds::from(*other));
            match operator {
                Add => one.add(other),
                Subtract => one.subtract(other),
                Multiply => one.multiply(other),
                Divide => one.divide(other),
                Power => one.power(other),
            }
            .into()
        }
        (Add, Text | Choice(_), Text | Choice(_)) => Text,
        (Add | Subtract, Days, Days) => Days,
        (Add | Subtract, Months, Months) => Months,
        (Add | Subtract, Date, Days | Months) | (Add, Days | Months, Date) => Date,
        (Add | Subtract, DateTime, Days | Months) | (Add, Days | Months, DateTime) => DateTime,
        (Add | Subtract, Time, Days) | (Add, Days, Time) => Time,
        (Subtract, Date | DateTime, Date | DateTime) | (Subtract, Time, Time) => Days,
        (Multiply, Days, Number(_)) | (Multiply, Number(_), Days) | (Divide, Days, Number(_)) => Days,
        (Multiply, Months, Number(_)) | (Multiply, Number(_), Months) | (Divide, Months, Number(_)) => Months,
        (Divide, Days, Days) | (Divide, Months, Months) => TypeKind::NUMBER,
        (_, _, _) => return None,
    };
    Some(kind.into())
}

fn verb(operator: Arithmetic) -> &'static str {
    match operator {
        Arithmetic::Add => "added",
        Arithmetic::Subtract => "subtracted",
        Arithmetic::Multiply => "multiplied",
        Arithmetic::Divide => "divided",
        Arithmetic::Power => "raised to a power",
    }
}

fn help_of(operator: Arithmetic, left: &TypeKind, right: &TypeKind) -> &'static str {
    let is_day = |kind: &TypeKind| matches!(kind, TypeKind::Date | TypeKind::DateTime);
    let is_number = |kind: &TypeKind| matches!(kind, TypeKind::Number(_));
    let is_text = |kind: &TypeKind| matches!(kind, TypeKind::Text | TypeKind::Choice(_));
    match operator {
        Arithmetic::Add | Arithmetic::Subtract
            if (is_day(left) && is_number(right)) || (is_number(left) && is_day(right)) =>
        {
            "write how long as a duration: `@\"P30D\"` is 30 days, `@\"P6M\"` 6 months, `@\"P1Y\"` a year"
        }
        Arithmetic::Add if is_text(left) != is_text(right) => "`string(...)` makes a text of a number or a day",
        _ if matches!(left, TypeKind::Boolean) || matches!(right, TypeKind::Boolean) => {
            "for a number that depends on a condition write `if ... then 1 else 0`"
        }
        _ if matches!(left, TypeKind::List { .. }) || matches!(right, TypeKind::List { .. }) => {
            "for a number of each item write `for x in ... return ...`, for all together `sum(...)`"
        }
        _ => "",
    }
}
