//! Expressions with brackets where an operator binds closer than what it stands beside.

use super::parts::{separated, write_key, write_number, write_text, write_type};
use crate::syntax::ast::{
    BinaryOperator, Expr, ExprKind, Iteration, IterationDomain, Name, Range, Test, TestKind, TypeName,
};

/// How closely the parts of an expression hold together; where it stands beside an operator it has to be as strong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// What goes on as far as it can, such as `if`.
    Any,
    Or,
    And,
    Comparison,
    Sum,
    Product,
    Power,
    Sign,
    Part,
    Whole,
}

pub(super) fn write(expression: &Expr, least: Strength, text: &mut String) {
    if strength(expression) >= least {
        write_bare(expression, text);
    } else {
        text.push('(');
        write_bare(expression, text);
        text.push(')');
    }
}

fn strength(expression: &Expr) -> Strength {
    match &expression.kind {
        ExprKind::If { .. }
        | ExprKind::For { .. }
        | ExprKind::Quantified { .. }
        | ExprKind::Function { .. }
        // What follows a type may read as a part of its name.
        | ExprKind::InstanceOf { .. } => Strength::Any,
        ExprKind::Binary { operator, .. } => strength_of(*operator).0,
        ExprKind::Between { .. } | ExprKind::In { .. } => Strength::Comparison,
        ExprKind::Negate(_) => Strength::Sign,
        ExprKind::Member { .. } | ExprKind::Call { .. } | ExprKind::CallByName { .. } | ExprKind::Filter { .. } => {
            Strength::Part
        }
        // A point after a number would read as its own.
        ExprKind::Number(_) => Strength::Part,
        ExprKind::Within { text: _, expr } | ExprKind::Seeing { names: _, expr } => strength(expr),
        ExprKind::OfType { value, of: _, allowed: _ } => strength(value),
        ExprKind::Null
        | ExprKind::Boolean(_)
        | ExprKind::Text(_)
        | ExprKind::Temporal(_)
        | ExprKind::Name(_)
        | ExprKind::List(_)
        | ExprKind::Context(_)
        | ExprKind::Range(_)
        | ExprKind::UnaryRange { .. }
        | ExprKind::Table(_)
        | ExprKind::Let { .. } => Strength::Whole,
    }
}

/// The strength of an operator, and those of what stands before and after it.
fn strength_of(operator: BinaryOperator) -> (Strength, Strength, Strength) {
    match operator {
        BinaryOperator::Or => (Strength::Or, Strength::Or, Strength::And),
        BinaryOperator::And => (Strength::And, Strength::And, Strength::Comparison),
        BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => (Strength::Comparison, Strength::Sum, Strength::Sum),
        BinaryOperator::Add | BinaryOperator::Subtract => (Strength::Sum, Strength::Sum, Strength::Product),
        BinaryOperator::Multiply | BinaryOperator::Divide => (Strength::Product, Strength::Product, Strength::Power),
        BinaryOperator::Power => (Strength::Power, Strength::Power, Strength::Sign),
    }
}

fn sign_of(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => "or",
        BinaryOperator::And => "and",
        BinaryOperator::Equal => "=",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Power => "**",
    }
}

fn write_bare(expression: &Expr, text: &mut String) {
    let any = |part| Word::Part(part, Strength::Any);
    match &expression.kind {
        ExprKind::Null => text.push_str("null"),
        ExprKind::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
        ExprKind::Number(number) => write_number(*number, text),
        ExprKind::Text(value) => write_text(value, text),
        ExprKind::Temporal(value) => {
            text.push('@');
            write_text(value, text);
        }
        ExprKind::Name(name) => text.push_str(name),
        ExprKind::Member { context, name } => write_member(context, name, text),
        ExprKind::Negate(value) => {
            text.push('-');
            write(value, Strength::Sign, text);
        }
        ExprKind::Binary { operator, left, right } => {
            let (_, before, after) = strength_of(*operator);
            write_words(text, &[Word::Part(left, before), Word::Plain(sign_of(*operator)), Word::Part(right, after)]);
        }
        ExprKind::Between { value, low, high } => {
            let sum = |part| Word::Part(part, Strength::Sum);
            write_words(text, &[sum(value), Word::Plain("between"), sum(low), Word::Plain("and"), sum(high)]);
        }
        ExprKind::In { value, tests } => write_in(value, tests, text),
        ExprKind::InstanceOf { value, of } => {
            write(value, Strength::Part, text);
            text.push_str(" instance of ");
            write_type(of, text);
        }
        ExprKind::If { condition, then, otherwise } => {
            let (when, so, else_so) = (Word::Plain("if"), Word::Plain("then"), Word::Plain("else"));
            write_words(text, &[when, any(condition), so, any(then), else_so, any(otherwise)]);
        }
        ExprKind::For { iterations, result } => write_iterations(["for ", " return"], iterations, result, text),
        ExprKind::Quantified { every, iterations, condition } => {
            let begin = if *every { "every " } else { "some " };
            write_iterations([begin, " satisfies"], iterations, condition, text);
        }
        ExprKind::Function { parameters, body } => {
            write_list(["function(", ")"], parameters, text, write_parameter);
            write_words(text, &[Word::Plain(""), any(body)]);
        }
        ExprKind::Call { function, arguments } => {
            write(function, Strength::Part, text);
            write_list(["(", ")"], arguments, text, write_any);
        }
        ExprKind::CallByName { function, arguments } => write_call_by_name(function, arguments, text),
        ExprKind::List(items) => write_list(["[", "]"], items, text, write_any),
        ExprKind::Context(entries) => write_list(["{", "}"], entries, text, |(key, value), text| {
            write_key(key, text);
            text.push_str(": ");
            write_any(value, text);
        }),
        ExprKind::Range(range) => write_range(range, text),
        ExprKind::Filter { list, condition } => {
            write(list, Strength::Part, text);
            write_list(["[", "]"], &[condition], text, |condition, text| write_any(condition, text));
        }
        ExprKind::UnaryRange { operator, end } => write_unary_range(*operator, end, text),
        ExprKind::Within { text: _, expr } | ExprKind::Seeing { names: _, expr } => write_bare(expr, text),
        ExprKind::OfType { value, of: _, allowed: _ } => write_bare(value, text),
        // No text has these two; who prints a boxed expression of DMN makes expressions of them before.
        ExprKind::Table(table) => text.push_str(&table.name),
        ExprKind::Let { name: _, value: _, body } => write_any(body, text),
    }
}

fn write_call_by_name(function: &Expr, arguments: &[(Name, Expr)], text: &mut String) {
    write(function, Strength::Part, text);
    write_list(["(", ")"], arguments, text, |(name, value), text| {
        text.push_str(&name.text);
        text.push_str(": ");
        write_any(value, text);
    });
}

/// A word of a series with blanks between.
enum Word<'e> {
    Plain(&'static str),
    Part(&'e Expr, Strength),
}

fn write_words(text: &mut String, words: &[Word<'_>]) {
    separated(words, " ", text, |word, text| match word {
        Word::Plain(word) => text.push_str(word),
        Word::Part(expression, least) => write(expression, *least, text),
    });
}

fn write_list<T>([open, close]: [&str; 2], items: &[T], text: &mut String, write: impl Fn(&T, &mut String)) {
    text.push_str(open);
    separated(items, ", ", text, write);
    text.push_str(close);
}

fn write_member(context: &Expr, name: &Name, text: &mut String) {
    let least = if matches!(context.kind, ExprKind::Number(_)) { Strength::Whole } else { Strength::Part };
    write(context, least, text);
    text.push('.');
    text.push_str(&name.text);
}

fn write_parameter((name, of): &(Name, Option<TypeName>), text: &mut String) {
    text.push_str(&name.text);
    if let Some(of) = of {
        text.push_str(": ");
        write_type(of, text);
    }
}

fn write_iterations([begin, end]: [&'static str; 2], iterations: &[Iteration], result: &Expr, text: &mut String) {
    text.push_str(begin);
    separated(iterations, ", ", text, write_iteration);
    write_words(text, &[Word::Plain(end), Word::Part(result, Strength::Any)]);
}

fn write_iteration(iteration: &Iteration, text: &mut String) {
    text.push_str(&iteration.variable.text);
    text.push_str(" in ");
    match &iteration.domain {
        IterationDomain::List(list) => write_any(list, text),
        IterationDomain::Steps { from, to } => {
            write_any(from, text);
            text.push_str("..");
            write_any(to, text);
        }
    }
}

fn write_unary_range(operator: BinaryOperator, end: &Expr, text: &mut String) {
    text.push('(');
    write_words(text, &[Word::Plain(sign_of(operator)), Word::Part(end, Strength::Sum)]);
    text.push(')');
}

fn write_any(expression: &Expr, text: &mut String) {
    write(expression, Strength::Any, text);
}

fn write_range(range: &Range, text: &mut String) {
    text.push(if range.low_included { '[' } else { '(' });
    write_any(&range.low, text);
    text.push_str("..");
    write_any(&range.high, text);
    text.push(if range.high_included { ']' } else { ')' });
}

/// `x in (tests)`, without the brackets around a name, a list or a range.
fn write_in(value: &Expr, tests: &[Test], text: &mut String) {
    write(value, Strength::Sum, text);
    text.push_str(" in ");
    if let [Test { kind: TestKind::Expr(Expr { kind, .. }), .. }] = tests
        && matches!(kind, ExprKind::Name(_) | ExprKind::List(_) | ExprKind::Range(_))
    {
        write_tests(tests, text);
        return;
    }
    text.push('(');
    write_tests(tests, text);
    text.push(')');
}

pub(super) fn write_tests(tests: &[Test], text: &mut String) {
    separated(tests, ", ", text, write_test);
}

fn write_test(test: &Test, text: &mut String) {
    match &test.kind {
        TestKind::Any => text.push('-'),
        TestKind::Not(tests) => {
            text.push_str("not(");
            write_tests(tests, text);
            text.push(')');
        }
        TestKind::Compare { operator, end } => {
            write_words(text, &[Word::Plain(sign_of(*operator)), Word::Part(end, Strength::Sum)]);
        }
        TestKind::Expr(expression) => {
            let start = text.len();
            write_any(expression, text);
            // Read as a test, `not(` would not be the function.
            if text.get(start..).is_some_and(|written| written.starts_with("not(")) {
                text.insert(start, '(');
                text.push(')');
            }
        }
    }
}
