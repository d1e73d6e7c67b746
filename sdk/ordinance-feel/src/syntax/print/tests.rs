//! That a tree is printed as a text of it, for trees of every form.

use ordinance_feel_runtime::Decimal;
use proptest::prelude::*;

use super::*;
use crate::source_text::Span;
use crate::syntax::ast::{BinaryOperator, ExprKind, Iteration, IterationDomain, Name, Range, TestKind, TypeNameKind};
use crate::syntax::{Scope, parse_expression, parse_tests, parse_type_name};

const NO_SPAN: Span = Span { start: 0, end: 0 };

fn scope() -> Scope {
    Scope::new(["Monthly Salary", "x-y"]).with_members(["first name"])
}

/// A text that is printed as it is read, with the brackets that it needs.
fn check(text: &str, expect: &str) {
    let tree = parse_expression(text, &scope()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    assert_eq!(print_expression(&tree), expect);
}

#[test]
fn brackets_stand_only_where_they_are_needed() {
    check("((a) + (b * c))", "a + b * c");
    check("(a + b) * c", "(a + b) * c");
    check("a - (b - c)", "a - (b - c)");
    check("(a - b) - c", "a - b - c");
    check("(-2) ** 2", "-2 ** 2");
    check("-(2 ** 2)", "-(2 ** 2)");
    check("2 ** (-1)", "2 ** -1");
    check("(a or b) and c", "(a or b) and c");
    check("a or (b and c)", "a or b and c");
    check("(if a then 1 else 2) + 1", "(if a then 1 else 2) + 1");
    check("if (a) then (if b then 1 else 2) else (3)", "if a then if b then 1 else 2 else 3");
    check("(x instance of list) and y", "(x instance of list) and y");
    check("(function(a: number) a + 1)(2)", "(function(a: number) a + 1)(2)");
    check("x in ((1), > 2, not(3))", "x in (1, > 2, not(3))");
    check("x in (1..2]", "x in (1..2]");
    check("x in (not(a))", "x in (not(a))");
    check("x[(1)].first name", "x[1].first name");
    check("f(a: (1))", "f(a: 1)");
    check("{\"a\": 1, \"b c\": \"q\\\"\\u0007\"}", "{a: 1, \"b c\": \"q\\\"\\U000007\"}");
    check("]1..2[", "(1..2)");
    check("Monthly Salary - x-y", "Monthly Salary - x-y");
    check("1e200 + 1.50", "1e200 + 1.5");
}

fn node(kind: ExprKind) -> Expr {
    Expr { kind, span: NO_SPAN }
}

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), span: NO_SPAN }
}

/// Names that no other token can join.
fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[a-h]_[0-9]", Just("Monthly Salary".to_owned()), Just("x-y".to_owned()), Just("年龄".to_owned())]
}

fn words() -> impl Strategy<Value = Name> {
    "[k-r]{1,3}_".prop_map(|text| name(&text))
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z \"\\\\＂“”「』]{0,6}", any::<String>()]
}

fn leaves() -> impl Strategy<Value = Expr> {
    prop_oneof![
        Just(ExprKind::Null),
        any::<bool>().prop_map(ExprKind::Boolean),
        (0..10_u128.pow(34), -60..60_i16)
            .prop_map(|(coefficient, exponent)| ExprKind::Number(as_read(coefficient, exponent))),
        texts().prop_map(ExprKind::Text),
        texts().prop_map(ExprKind::Temporal),
        names().prop_map(ExprKind::Name),
    ]
    .prop_map(node)
}

/// A number in the form in which its text is read.
fn as_read(coefficient: u128, exponent: i16) -> Decimal {
    let mut text = String::new();
    parts::write_number(Decimal { negative: false, coefficient, exponent }, &mut text);
    Decimal::parse(&text).expect("the text of a number is a number")
}

fn operators() -> impl Strategy<Value = BinaryOperator> {
    prop_oneof![
        comparisons(),
        Just(BinaryOperator::Add),
        Just(BinaryOperator::Subtract),
        Just(BinaryOperator::Multiply),
        Just(BinaryOperator::Divide),
        Just(BinaryOperator::Power),
        Just(BinaryOperator::And),
        Just(BinaryOperator::Or),
    ]
}

fn comparisons() -> impl Strategy<Value = BinaryOperator> {
    prop_oneof![
        Just(BinaryOperator::Equal),
        Just(BinaryOperator::NotEqual),
        Just(BinaryOperator::Less),
        Just(BinaryOperator::LessOrEqual),
        Just(BinaryOperator::Greater),
        Just(BinaryOperator::GreaterOrEqual),
    ]
}

fn types() -> impl Strategy<Value = TypeName> {
    let simple = prop_oneof![Just("number"), Just("date and time"), Just("Any")];
    let leaf = simple.prop_map(|name| TypeNameKind::Named(name.to_owned()));
    let leaf = leaf.prop_map(|kind| TypeName { kind, span: NO_SPAN });
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|of| TypeNameKind::List(Box::new(of))),
            inner.clone().prop_map(|of| TypeNameKind::Range(Box::new(of))),
            distinct(inner.clone()).prop_map(TypeNameKind::Context),
            (prop::collection::vec(inner.clone(), 0..3), inner)
                .prop_map(|(parameters, result)| TypeNameKind::Function(parameters, Box::new(result))),
        ]
        .prop_map(|kind| TypeName { kind, span: NO_SPAN })
    })
}

/// One to three values with names, each with another one.
fn distinct<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<(Name, T)>> {
    prop::collection::vec((words(), value), 1..3).prop_map(|mut entries| {
        entries.sort_by(|a, b| a.0.text.cmp(&b.0.text));
        entries.dedup_by(|a, b| a.0.text == b.0.text);
        entries
    })
}

fn tests_of(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Test> {
    let leaf = prop_oneof![
        inner.clone().prop_map(TestKind::Expr),
        (comparisons(), inner).prop_map(|(operator, end)| TestKind::Compare { operator, end }),
    ]
    .prop_map(|kind| Test { kind, span: NO_SPAN });
    leaf.prop_recursive(2, 4, 2, |inner| {
        prop::collection::vec(inner, 1..3).prop_map(|tests| Test { kind: TestKind::Not(tests), span: NO_SPAN })
    })
}

fn functions(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Expr> {
    let function = (prop::collection::vec(types(), 0..2), inner).prop_map(|(types, body)| {
        let parameters = types.into_iter().enumerate().map(|(index, of)| (name(&format!("p{index}")), Some(of)));
        ExprKind::Function { parameters: parameters.collect(), body: Box::new(body) }
    });
    prop_oneof![names().prop_map(ExprKind::Name), Just(ExprKind::Name("not".to_owned())), function].prop_map(node)
}

fn iterations(inner: BoxedStrategy<Expr>) -> impl Strategy<Value = Vec<Iteration>> {
    let domain = prop_oneof![
        inner.clone().prop_map(|list| IterationDomain::List(Box::new(list))),
        (inner.clone(), inner).prop_map(|(from, to)| IterationDomain::Steps { from: Box::new(from), to: Box::new(to) }),
    ];
    prop::collection::vec((words(), domain), 1..3)
        .prop_map(|list| list.into_iter().map(|(variable, domain)| Iteration { variable, domain }).collect())
}

fn expressions() -> impl Strategy<Value = Expr> {
    leaves().prop_recursive(5, 60, 4, |inner| {
        let inner = inner.boxed();
        let one = inner.clone().prop_map(Box::new).boxed();
        let several = prop::collection::vec(inner.clone(), 0..3).boxed();
        let tests = prop::collection::vec(tests_of(inner.clone()), 1..3);
        prop_oneof![
            one.clone().prop_map(ExprKind::Negate),
            (operators(), one.clone(), one.clone()).prop_map(|(operator, left, right)| ExprKind::Binary {
                operator,
                left,
                right
            }),
            (one.clone(), one.clone(), one.clone()).prop_map(|(value, low, high)| ExprKind::Between {
                value,
                low,
                high
            }),
            (one.clone(), tests).prop_map(|(value, tests)| ExprKind::In { value, tests }),
            (one.clone(), types()).prop_map(|(value, of)| ExprKind::InstanceOf { value, of }),
            (one.clone(), one.clone(), one.clone()).prop_map(|(condition, then, otherwise)| ExprKind::If {
                condition,
                then,
                otherwise
            }),
            (iterations(inner.clone()), one.clone())
                .prop_map(|(iterations, result)| ExprKind::For { iterations, result }),
            (any::<bool>(), iterations(inner.clone()), one.clone())
                .prop_map(|(every, iterations, condition)| { ExprKind::Quantified { every, iterations, condition } }),
            functions(inner.clone()).prop_map(|function| function.kind),
            (functions(inner.clone()), several.clone())
                .prop_map(|(function, arguments)| ExprKind::Call { function: Box::new(function), arguments }),
            (functions(inner.clone()), distinct(inner.clone()))
                .prop_map(|(function, arguments)| ExprKind::CallByName { function: Box::new(function), arguments }),
            several.prop_map(ExprKind::List),
            distinct(inner.clone()).prop_map(ExprKind::Context),
            (inner.clone(), any::<bool>(), inner.clone(), any::<bool>()).prop_map(
                |(low, low_included, high, high_included)| {
                    ExprKind::Range(Box::new(Range { low, low_included, high, high_included }))
                }
            ),
            (one.clone(), one.clone()).prop_map(|(list, condition)| ExprKind::Filter { list, condition }),
            (comparisons(), one.clone()).prop_map(|(operator, end)| ExprKind::UnaryRange { operator, end }),
            one.prop_map(|context| ExprKind::Member { context, name: name("first name") }),
        ]
        .prop_map(node)
    })
}

/// A tree as a text, without its spans.
fn form(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut parts = text.split("span: Span { ");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    kept
}

proptest! {
    #[test]
    fn a_printed_expression_is_read_as_the_same_tree(tree in expressions()) {
        let text = print_expression(&tree);
        let read = parse_expression(&text, &scope());
        prop_assert!(read.is_ok(), "{} gives {:?}", text, read);
        let read = read.unwrap_or_else(|_| tree.clone());
        prop_assert_eq!(form(&read), form(&tree), "{}", text);
        prop_assert_eq!(print_expression(&read), text);
    }

    #[test]
    fn printed_tests_of_a_cell_are_read_as_the_same_tests(
        tests in prop::collection::vec(tests_of(expressions().boxed()), 1..4)
    ) {
        let text = print_tests(&tests);
        let read = parse_tests(&text, &scope());
        prop_assert!(read.is_ok(), "{} gives {:?}", text, read);
        prop_assert_eq!(read.map(|read| form(&read)), Ok(form(&tests)), "{}", text);
    }

    #[test]
    fn a_printed_type_is_read_as_the_same_type(of in types()) {
        let read = parse_type_name(&print_type_name(&of), &scope());
        prop_assert_eq!(read.map(|read| form(&read)), Ok(form(&of)));
    }
}
