//! One form for unary tests that mean the same, however they are written, so that rows of a table can be compared.

use std::collections::BTreeSet;

use super::ast::{BinaryOperator, Expr, ExprKind, Test, TestKind};
use super::number_tests::NumberColumn;
use super::print::{print_expression, print_tests, quoted};

/// The tests of a cell with one blank where one may stand, numbers without zeros at their end, and the alternatives in
/// order and each once. Cells with the same form pass the same values; those with another form may too. `is_word` says
/// which names are words of a choice that need no quotes. In a column of numbers, tests that compare with written
/// numbers become the ranges that pass: `[0..5]` and `<= 5` are the same where no number is less than 0.
#[must_use]
pub fn normal_tests(tests: &[Test], is_word: &dyn Fn(&str) -> bool, numbers: Option<&NumberColumn>) -> String {
    if let Some(ranges) = numbers.and_then(|numbers| numbers.passing(tests)) {
        let ranges = ranges.iter().map(|(from, to)| format!("[{from}..{to}]"));
        return ranges.collect::<Vec<_>>().join(", ");
    }
    normal_form(tests, is_word)
}

fn normal_form(tests: &[Test], is_word: &dyn Fn(&str) -> bool) -> String {
    let mut forms = BTreeSet::new();
    tests.iter().for_each(|test| add_test(test, is_word, &mut forms));
    if forms.contains("-") {
        return "-".to_owned();
    }
    forms.into_iter().collect::<Vec<_>>().join(", ")
}

fn add_test(test: &Test, is_word: &dyn Fn(&str) -> bool, forms: &mut BTreeSet<String>) {
    match &test.kind {
        TestKind::Any => {
            forms.insert("-".to_owned());
        }
        TestKind::Not(tests) => {
            forms.insert(format!("not({})", normal_form(tests, is_word)));
        }
        TestKind::Compare { operator, end } => add_comparison(*operator, end, is_word, forms),
        TestKind::Expr(expr) => add_expression(expr, is_word, forms),
    }
}

fn add_expression(expr: &Expr, is_word: &dyn Fn(&str) -> bool, forms: &mut BTreeSet<String>) {
    match &expr.kind {
        ExprKind::Name(name) if is_word(name) => {
            forms.insert(quoted(name));
        }
        // A list passes what one of its items passes.
        ExprKind::List(items) if !items.is_empty() => {
            items.iter().for_each(|item| add_expression(item, is_word, forms));
        }
        ExprKind::UnaryRange { operator, end } => add_comparison(*operator, end, is_word, forms),
        ExprKind::Binary { operator, left, right }
            if operator.comparison().is_some() && matches!(&left.kind, ExprKind::Name(name) if name == "?") =>
        {
            add_comparison(*operator, right, is_word, forms);
        }
        _ => {
            forms.insert(print_expression(expr));
        }
    }
}

fn add_comparison(operator: BinaryOperator, end: &Expr, is_word: &dyn Fn(&str) -> bool, forms: &mut BTreeSet<String>) {
    let mut equal = BTreeSet::new();
    match operator {
        BinaryOperator::Equal if is_value(end, is_word) => add_expression(end, is_word, forms),
        BinaryOperator::NotEqual if is_value(end, is_word) => {
            add_expression(end, is_word, &mut equal);
            forms.insert(format!("not({})", equal.into_iter().collect::<String>()));
        }
        _ => {
            let kind = TestKind::Compare { operator, end: end.clone() };
            forms.insert(print_tests(&[Test { kind, span: end.span }]));
        }
    }
}

/// Whether an expression is one written value, so that it tests for being equal.
fn is_value(expr: &Expr, is_word: &dyn Fn(&str) -> bool) -> bool {
    match &expr.kind {
        ExprKind::Boolean(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Temporal(_) => true,
        ExprKind::Name(name) => is_word(name),
        ExprKind::Negate(inner) => matches!(inner.kind, ExprKind::Number(_)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Scope, parse_tests};

    fn normal(text: &str) -> String {
        let is_word = |name: &str| matches!(name, "red" | "green");
        normal_tests(&parse_tests(text, &Scope::default()).unwrap(), &is_word, None)
    }

    #[test]
    fn tests_of_a_column_of_numbers_have_the_form_of_the_numbers_that_pass() {
        let years = NumberColumn { least: 0, most: 150, scale: 0 };
        let form = |text: &str| normal_tests(&parse_tests(text, &Scope::default()).unwrap(), &|_| false, Some(&years));
        assert_eq!(form("[0..5]"), form("<= 5"));
        assert_eq!(form("-"), form(">= 0"));
        assert_ne!(form("[1..5]"), form("<= 5"));
        assert_eq!(form("> limit"), "> limit");
    }

    #[test]
    fn tests_that_mean_the_same_have_one_form() {
        for same in [
            &[">= 5", ">=5", ">=5.0", "(>= 5)", "? >= 5"][..],
            &["5", "5.0", "5.00", "= 5", "5, 5", "[5]", "(5)"],
            &["[1..5]", "[1 .. 5]", "[1.0..5.0]"],
            &["red, green", "green,red", "red, \"green\", red", "[\"green\", red]"],
            &["red", "\"red\"", "= red", "? = \"red\""],
            &["not(1)", "not( 1 )", "not(1.0, 1)", "!= 1"],
            &["not(red)", "!= \"red\""],
            &["-", ""],
            &["-5", "- 5"],
            &["@\"2026-01-01\"", "= @\"2026-01-01\""],
        ] {
            let forms: BTreeSet<String> = same.iter().map(|text| normal(text)).collect();
            assert_eq!(forms.len(), 1, "{same:?} {forms:?}");
        }
    }

    #[test]
    fn tests_that_mean_something_else_have_another_form() {
        let texts = [
            "5",
            "-5",
            "> 5",
            ">= 5",
            "< 5",
            "<= 5",
            "not(5)",
            "not(> 5)",
            "[1..5]",
            "(1..5]",
            "[1..5)",
            "(1..5)",
            "\"red\"",
            "blue",
            "\"blue\"",
            "\"5\"",
            "-",
            "5, 6",
            "\"red, green\"",
            "red, green",
            "? > 5 and ? < 9",
        ];
        let forms: BTreeSet<String> = texts.iter().map(|text| normal(text)).collect();
        assert_eq!(forms.len(), texts.len(), "{forms:?}");
    }
}
