//! Comparisons, and whether the bounds of numbers decide them.

use super::checked::{Checked, Path, literal_text};
use super::checker::Checker;
use super::joins::{as_text, converted, is_comparable};
use super::names::nearest;
use super::narrowing::is_null;
use crate::exact::Exact;
use crate::source_text::Place;
use crate::syntax::ast::BinaryOperator;
use crate::tree::{Argument, Comparison, Expr, ExprKind};
use crate::types::{Type, TypeKind, some_of};

impl Checker<'_> {
    /// A comparison of two values that are checked.
    pub(crate) fn comparison(
        &mut self,
        operator: BinaryOperator,
        left: Checked,
        right: Checked,
        place: Place,
    ) -> Option<Checked> {
        let operator = operator.comparison()?;
        match operator {
            Comparison::Equal | Comparison::NotEqual => self.equality(operator, left, right, place),
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
                let (left, right) = (self.present(left), self.present(right));
                self.order(operator, left?, right?, place)
            }
        }
    }

    fn equality(&mut self, operator: Comparison, left: Checked, right: Checked, place: Place) -> Option<Checked> {
        // A look-up may be compared with null; compared with anything else it has to be there.
        let is_null_test = is_null(&left.expr) || is_null(&right.expr);
        let (left, right) = if is_null_test { (left, right) } else { (self.settled(left), self.settled(right)) };
        if !is_comparable(&left.expr.ty, &right.expr.ty) {
            return self.unlike(&left, &right, place);
        }
        if is_null_test && !left.expr.ty.nullable | !right.expr.ty.nullable {
            let help = "a fact that isn't known isn't null: `is given(...)` asks whether it is known";
            return self.fault(place, "this is never null", help);
        }
        self.same_unit(&left, &right, place, "compared")?;
        self.check_words(&left.expr, &right.expr)?;
        let (left, right) = as_alike(left.expr, right.expr);
        let kind = ExprKind::Compare { operator, left: Box::new(left), right: Box::new(right) };
        Some(Checked::new(kind, TypeKind::Boolean, place))
    }

    fn order(&mut self, operator: Comparison, left: Checked, right: Checked, place: Place) -> Option<Checked> {
        use TypeKind::{
            Any, Boolean, Choice, Context, Date, DateTime, DaysDuration, List, MonthsDuration, Null, Number, Range,
            Text, Time,
        };
        let is_word = |side: &Checked| matches!(side.kind(), Choice(_)) && literal_text(&side.expr).is_none();
        match (left.kind(), right.kind()) {
            (Any, _) | (_, Any) => {}
            (Choice(_) | Text, Choice(_) | Text) if is_word(&left) || is_word(&right) => {
                let help = "compare them with `=`, or with several at once: `x in (\"a\", \"b\")`";
                return self.fault(place, "the words of a choice have no order", help);
            }
            (Number(_), Number(_)) | (Choice(_) | Text, Choice(_) | Text) => {}
            (Date, Date) | (Time, Time) | (DateTime, DateTime) => {}
            (DaysDuration, DaysDuration) | (MonthsDuration, MonthsDuration) => {}
            (Boolean | List { .. } | Context(_) | Range(_) | Null, other)
                if is_comparable(&left.expr.ty, &right.expr.ty) =>
            {
                let message = format!("two values of this kind have no order: {other}");
                return self.fault(place, message, "only numbers, days, times, durations and texts have one");
            }
            (_, _) => return self.unlike(&left, &right, place),
        }
        self.same_unit(&left, &right, place, "compared")?;
        let (left, right) = (Box::new(as_text(left.expr)), Box::new(as_text(right.expr)));
        Some(Checked::new(ExprKind::Compare { operator, left, right }, TypeKind::Boolean, place))
    }

    /// Tells that two values can't be compared.
    fn unlike<T>(&mut self, left: &Checked, right: &Checked, place: Place) -> Option<T> {
        let help = match (left.kind(), right.kind()) {
            (TypeKind::DaysDuration, TypeKind::Number(_)) | (TypeKind::Number(_), TypeKind::DaysDuration) => {
                "compare the days of the duration, `(...).days`, or compare with a duration such as `@\"P30D\"`"
            }
            (TypeKind::Date, TypeKind::Text | TypeKind::Choice(_))
            | (TypeKind::Text | TypeKind::Choice(_), TypeKind::Date) => "write a day as `@\"2026-01-31\"`",
            (TypeKind::Number(_), TypeKind::Text | TypeKind::Choice(_))
            | (TypeKind::Text | TypeKind::Choice(_), TypeKind::Number(_)) => "write a number without quotes",
            (TypeKind::Date, TypeKind::DateTime) | (TypeKind::DateTime, TypeKind::Date) => {
                "`date(...)` is the day of a day with a time"
            }
            (TypeKind::List { .. }, _) | (_, TypeKind::List { .. }) => {
                "whether a list has an item: `x in list`; whether some item is so: `some x in list satisfies ...`"
            }
            (TypeKind::Boolean, TypeKind::Text | TypeKind::Choice(_))
            | (TypeKind::Text | TypeKind::Choice(_), TypeKind::Boolean) => "write `true` and `false` without quotes",
            (_, _) => "",
        };
        let message = format!("{} and {} can't be compared", left.expr.ty, right.expr.ty);
        self.fault(place, message, help)
    }

    /// Tells a text that is none of the words with which it is compared, and two choices without a common word.
    pub(crate) fn check_words(&mut self, left: &Expr, right: &Expr) -> Option<()> {
        let (TypeKind::Choice(one), TypeKind::Choice(other)) = (&left.ty.kind, &right.ty.kind) else { return Some(()) };
        if one.iter().any(|word| other.contains(word)) {
            return Some(());
        }
        let (literal, words) = match (literal_text(left), literal_text(right)) {
            (_, Some(_)) => (right, one),
            (Some(_), None) => (left, other),
            (None, None) => {
                let words = some_of(other.iter().map(String::as_str));
                let message = format!("the two have no word in common: {} and one of {words}", left.ty.kind);
                return self.fault(right.place, message, "");
            }
        };
        let word = literal_text(literal).unwrap_or_default();
        let help = nearest(word, words.iter().map(String::as_str), "the words are");
        self.fault(literal.place, format!("\"{word}\" is none of the words that it can be"), help)
    }

    /// The message and the help, if the bounds of a fact decide a comparison for every case.
    pub(crate) fn decided_comparison(
        &self,
        operator: BinaryOperator,
        left: &Checked,
        right: &Checked,
    ) -> Option<(String, String)> {
        let operator = operator.comparison()?;
        let (fact, (low, high), other, operator) = match (self.fact_name(&left.expr), self.fact_name(&right.expr)) {
            (Some(fact), _) => (fact, left.bounds().range?, right.bounds().range?, operator),
            (None, Some(fact)) => (fact, right.bounds().range?, left.bounds().range?, operator.mirrored()),
            (None, None) => return None,
        };
        let always = decide(operator, (low, high), other)?;
        let message = format!("`{fact}` is a number from {low} to {high}, so that this is always {always}");
        Some((
            message,
            "the contract of the service sets the range; leave the comparison out, or mend its number".into(),
        ))
    }

    /// The name of the fact, or the part of one, that an expression is.
    fn fact_name(&self, expr: &Expr) -> Option<String> {
        let input = self.inputs.get(Path::of(expr)?.input()?.0)?;
        let Argument::Fact(name) = &input.argument else { return None };
        let part = if let ExprKind::Field { context, index } = &expr.kind {
            let TypeKind::Context(fields) = &context.ty.kind else { return None };
            fields.get(*index).map(|(part, _)| part.as_str())
        } else {
            None
        };
        Some(part.unwrap_or(name).to_owned())
    }
}

/// The two of one type, if one is a word that is written, or a word and a text.
fn as_alike(left: Expr, right: Expr) -> (Expr, Expr) {
    match (&left.ty.kind, &right.ty.kind) {
        (TypeKind::Choice(_), TypeKind::Text) | (TypeKind::Text, TypeKind::Choice(_)) => {
            (as_text(left), as_text(right))
        }
        (TypeKind::Choice(one), TypeKind::Choice(other)) => {
            let (one, other): (Type, Type) =
                (TypeKind::Choice(one.clone()).into(), TypeKind::Choice(other.clone()).into());
            match (literal_text(&left).is_some(), literal_text(&right).is_some()) {
                (_, true) => (left, converted(right, &one)),
                (true, false) => (converted(left, &other), right),
                (false, false) => (left, right),
            }
        }
        (_, _) => (left, right),
    }
}

/// What a comparison of any number of one range with any of another is, if it is the same for all.
pub(crate) fn decide(operator: Comparison, one: (Exact, Exact), other: (Exact, Exact)) -> Option<bool> {
    let is_apart = one.1 < other.0 || one.0 > other.1;
    let (is_true, is_false) = match operator {
        Comparison::Less => (one.1 < other.0, one.0 >= other.1),
        Comparison::LessOrEqual => (one.1 <= other.0, one.0 > other.1),
        Comparison::Greater => (one.0 > other.1, one.1 <= other.0),
        Comparison::GreaterOrEqual => (one.0 >= other.1, one.1 < other.0),
        Comparison::Equal => (false, is_apart),
        Comparison::NotEqual => (is_apart, false),
    };
    match (is_true, is_false) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        (false, false) => None,
    }
}
