//! What programs come to, known and partly known. The trees are written out here, so that no parser or checker has a
//! part in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected fails"
)]

use ordinance_domain::fact::FactType;
use ordinance_feel::evaluate::{Evaluation, Outcome, evaluate};
use ordinance_feel::source_text::{Place, Span, TextId};
use ordinance_feel::tree::{
    Aggregation, Answer, Argument, Arithmetic, Comparison, Definition, Determination, Domain, Expr, ExprKind, Finding,
    GrantValue, HitPolicy, Input, InputId, Intermediate, LocalId, Program, Row, Table,
};
use ordinance_feel::types::{NumberBounds, Type, TypeKind};
use ordinance_feel_runtime::{Builtin, Decimal, Failure, Value};

const PLACE: Place = Place { text: TextId(0), span: Span { start: 0, end: 0 } };

fn ty(kind: TypeKind) -> Type {
    Type { kind, nullable: false }
}

fn number_type(range: Option<(i64, i64)>) -> Type {
    let range = range.map(|(least, greatest)| (Decimal::from_integer(least), Decimal::from_integer(greatest)));
    ty(TypeKind::Number(NumberBounds { range, scale: Some(0) }))
}

fn list_type() -> Type {
    ty(TypeKind::List { item: Box::new(number_type(None)), items_max: None })
}

fn number(kind: ExprKind) -> Expr {
    Expr { kind, ty: number_type(None), place: PLACE }
}

fn boolean(kind: ExprKind) -> Expr {
    Expr { kind, ty: ty(TypeKind::Boolean), place: PLACE }
}

fn list(kind: ExprKind) -> Expr {
    Expr { kind, ty: list_type(), place: PLACE }
}

fn constant(value: i64) -> Expr {
    number(ExprKind::Constant(Value::integer(value)))
}

fn truth(value: bool) -> Expr {
    boolean(ExprKind::Constant(Value::Boolean(value)))
}

fn input(index: usize) -> Expr {
    number(ExprKind::Input(InputId(index)))
}

fn local(index: usize) -> Expr {
    number(ExprKind::Local(LocalId(index)))
}

fn compare(left: Expr, operator: Comparison, right: Expr) -> Expr {
    boolean(ExprKind::Compare { operator, left: Box::new(left), right: Box::new(right) })
}

fn arithmetic(left: Expr, operator: Arithmetic, right: Expr) -> Expr {
    number(ExprKind::Arithmetic { operator, left: Box::new(left), right: Box::new(right) })
}

fn either(condition: Expr, then: Expr, otherwise: Expr) -> Expr {
    number(ExprKind::If { condition: Box::new(condition), then: Box::new(then), otherwise: Box::new(otherwise) })
}

fn between(least: i64, greatest: i64) -> Value {
    Value::between(Decimal::from_integer(least), Decimal::from_integer(greatest))
}

fn numbers(values: &[i64]) -> Value {
    Value::list(values.iter().copied().map(Value::integer).collect())
}

/// The value of an expression of inputs, which are facts without bounds.
fn value_of(expr: Expr, inputs: &[Value]) -> Value {
    let input = |index| Input { argument: Argument::Fact(format!("fact_{index}")), ty: number_type(None) };
    let program = Program {
        inputs: (0..inputs.len()).map(input).collect(),
        definitions: Vec::new(),
        answer: Answer::Value(expr),
    };
    match evaluate(&program, inputs).outcome {
        Outcome::Value(value) => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_that_is_unknown_is_between_the_ends_of_its_type() {
    let fact = Expr { kind: ExprKind::Input(InputId(0)), ty: number_type(Some((0, 150))), place: PLACE };
    let program = Program {
        inputs: vec![Input { argument: Argument::Fact("age".into()), ty: number_type(Some((0, 150))) }],
        definitions: Vec::new(),
        answer: Answer::Value(compare(fact, Comparison::LessOrEqual, constant(150))),
    };
    assert_eq!(evaluate(&program, &[]).outcome, Outcome::Value(Value::Boolean(true)));
}

#[test]
fn an_if_that_is_unknown_gives_what_both_ways_have_in_common() {
    let adult = || compare(input(0), Comparison::GreaterOrEqual, constant(18));
    assert_eq!(value_of(either(adult(), constant(5), constant(5)), &[Value::Unknown]), Value::integer(5));
    assert_eq!(value_of(either(adult(), constant(5), constant(9)), &[Value::Unknown]), between(5, 9));
    assert_eq!(value_of(either(adult(), constant(5), constant(9)), &[between(20, 30)]), Value::integer(5));
    assert_eq!(value_of(either(adult(), constant(5), constant(9)), &[Value::Null]), Value::integer(9));
}

#[test]
fn a_failure_counts_only_where_it_is_needed() {
    let quotient = || arithmetic(constant(1), Arithmetic::Divide, input(0));
    let failed = || compare(quotient(), Comparison::Greater, constant(0));
    let and = |left, right| boolean(ExprKind::And(Box::new(left), Box::new(right)));
    let zero = [Value::integer(0)];
    assert_eq!(value_of(and(truth(false), failed()), &zero), Value::Boolean(false));
    assert_eq!(value_of(and(failed(), truth(false)), &zero), Value::Boolean(false));
    assert_eq!(value_of(and(failed(), truth(true)), &zero), Value::Failed(Failure::DivisionByZero));
    assert_eq!(value_of(either(truth(true), constant(1), quotient()), &zero), Value::integer(1));
    assert_eq!(value_of(either(failed(), constant(1), constant(1)), &zero), Value::integer(1));
    assert_eq!(value_of(either(failed(), constant(1), constant(2)), &zero), Value::Failed(Failure::DivisionByZero));
}

#[test]
fn a_chain_of_operators_may_be_as_long_as_it_likes() {
    let chain = (0..100_000).fold(constant(0), |sum, _| arithmetic(sum, Arithmetic::Add, constant(1)));
    let program = Program { inputs: Vec::new(), definitions: Vec::new(), answer: Answer::Value(chain) };
    assert_eq!(evaluate(&program, &[]).outcome, Outcome::Value(Value::integer(100_000)));
    // Its own destructor would go as deep as the chain is long.
    std::mem::forget(program);
}

fn filter(list_of: Value, condition: Expr) -> Expr {
    let of = list(ExprKind::Constant(list_of));
    list(ExprKind::Filter { list: Box::new(of), local: LocalId(0), condition: Box::new(condition) })
}

fn call(function: Builtin, argument: Expr) -> Expr {
    number(ExprKind::Call { function, arguments: vec![argument] })
}

#[test]
fn a_filter_keeps_what_may_be_there() {
    let large = || compare(local(0), Comparison::Greater, constant(2));
    let kept = filter(numbers(&[1, 2, 3, 4]), large());
    assert_eq!(value_of(kept, &[]), numbers(&[3, 4]));
    let unknown = Value::list(vec![Value::integer(1), between(1, 5), Value::integer(9)]);
    let count = call(Builtin::Count, filter(unknown.clone(), large()));
    assert_eq!(value_of(count, &[]), between(1, 2));
    let sum = call(Builtin::Sum, filter(unknown, large()));
    assert_eq!(value_of(sum, &[]), between(9, 14));
}

#[test]
fn quantifiers_know_what_may_be_there() {
    let quantified = |every, values: &[Value], limit| {
        let items = list(ExprKind::Constant(Value::list(values.to_vec())));
        let condition = compare(local(0), Comparison::Greater, constant(limit));
        let domain = Box::new(Domain::List(Box::new(items)));
        value_of(
            boolean(ExprKind::Quantified { every, local: LocalId(0), domain, condition: Box::new(condition) }),
            &[],
        )
    };
    let perhaps = Value::Perhaps(std::rc::Rc::new(Value::integer(5)));
    assert_eq!(quantified(true, std::slice::from_ref(&perhaps), 4), Value::Boolean(true));
    assert_eq!(quantified(true, std::slice::from_ref(&perhaps), 5), Value::Unknown);
    assert_eq!(quantified(false, std::slice::from_ref(&perhaps), 5), Value::Boolean(false));
    assert_eq!(quantified(false, &[perhaps, Value::integer(7)], 5), Value::Boolean(true));
    assert_eq!(quantified(true, &[Value::Unknown, Value::integer(1)], 5), Value::Boolean(false));
    assert_eq!(quantified(true, &[], 5), Value::Boolean(true));
    assert_eq!(quantified(false, &[], 5), Value::Boolean(false));
}

#[test]
fn a_for_goes_through_all_combinations_and_down_and_knows_its_results() {
    let steps = |from, to| Domain::Steps { from: Box::new(constant(from)), to: Box::new(constant(to)) };
    let product = arithmetic(local(0), Arithmetic::Multiply, local(1));
    let iterations = vec![(LocalId(0), steps(1, 2)), (LocalId(1), steps(3, 1))];
    let all = list(ExprKind::For { iterations, partial: None, result: Box::new(product) });
    assert_eq!(value_of(all, &[]), numbers(&[3, 2, 1, 6, 4, 2]));
    let before = list(ExprKind::Local(LocalId(1)));
    let result = arithmetic(local(0), Arithmetic::Add, call(Builtin::Count, before));
    let iterations = vec![(LocalId(0), steps(1, 3))];
    let all = list(ExprKind::For { iterations, partial: Some(LocalId(1)), result: Box::new(result) });
    assert_eq!(value_of(all, &[]), numbers(&[1, 3, 5]));
    let far = Domain::Steps { from: Box::new(constant(1)), to: Box::new(constant(i64::MAX)) };
    let endless = ExprKind::For { iterations: vec![(LocalId(0), far)], partial: None, result: Box::new(constant(1)) };
    assert_eq!(value_of(list(endless), &[]), Value::Failed(Failure::NumberTooLarge));
}

#[test]
fn sorting_keeps_the_order_of_equal_items() {
    let sort = |values: Value| {
        let before = compare(local(0), Comparison::Less, local(1));
        let of = list(ExprKind::Constant(values));
        let kind =
            ExprKind::Sort { list: Box::new(of), first: LocalId(0), second: LocalId(1), before: Box::new(before) };
        value_of(list(kind), &[])
    };
    assert_eq!(sort(numbers(&[3, 1, 2, 1])), numbers(&[1, 1, 2, 3]));
    assert_eq!(sort(Value::list(vec![Value::integer(1), Value::Unknown])), Value::Unknown);
    assert_eq!(sort(Value::Unknown), Value::Unknown);
}

/// A table on input 0 of rows `value >= least` with an output each.
fn table(hit: HitPolicy, rows: &[(Option<i64>, i64)], default: Option<i64>, may_be_null: bool) -> Expr {
    let row = |(least, output): &(Option<i64>, i64)| Row {
        conditions: vec![least.map(|least| compare(local(7), Comparison::GreaterOrEqual, constant(least)))],
        outputs: vec![constant(*output)],
        place: PLACE,
    };
    let priorities = match hit {
        HitPolicy::Priority | HitPolicy::OutputOrder => vec![[9, 7, 5, 3].map(Value::integer).to_vec()],
        _ => Vec::new(),
    };
    let table = Table {
        name: "amounts".into(),
        hit,
        inputs: vec![(LocalId(7), input(0))],
        rows: rows.iter().map(row).collect(),
        default: default.map(|default| vec![constant(default)]),
        priorities,
        output: number_type(None),
    };
    let ty = Type { nullable: may_be_null, ..number_type(None) };
    Expr { kind: ExprKind::Table(Box::new(table)), ty, place: PLACE }
}

#[test]
fn the_first_row_that_matches_counts() {
    let rows = [(Some(20), 5), (Some(10), 7), (None, 9)];
    let first = |age| value_of(table(HitPolicy::First, &rows, None, false), &[age]);
    assert_eq!(first(Value::integer(25)), Value::integer(5));
    assert_eq!(first(Value::integer(12)), Value::integer(7));
    assert_eq!(first(Value::integer(1)), Value::integer(9));
    assert_eq!(first(between(12, 25)), between(5, 7));
    assert_eq!(first(Value::Unknown), between(5, 9));
    assert_eq!(first(Value::Failed(Failure::DivisionByZero)), Value::Failed(Failure::DivisionByZero));
}

#[test]
fn a_table_without_a_matching_row_has_its_default_or_null() {
    let rows = [(Some(20), 5)];
    let age = || Value::integer(3);
    assert_eq!(value_of(table(HitPolicy::First, &rows, None, true), &[age()]), Value::Null);
    assert_eq!(value_of(table(HitPolicy::Unique, &rows, Some(1), true), &[age()]), Value::integer(1));
    assert_eq!(value_of(table(HitPolicy::Unique, &rows, Some(1), true), &[Value::Unknown]), between(1, 5));
    assert_eq!(value_of(table(HitPolicy::Unique, &rows, None, true), &[Value::Unknown]), Value::Unknown);
    // Where the table is complete, the only row that may match does.
    assert_eq!(value_of(table(HitPolicy::Unique, &rows, None, false), &[Value::Unknown]), Value::integer(5));
}

#[test]
fn rows_that_have_to_be_single_or_agree_fail_otherwise() {
    let rows = [(Some(20), 5), (Some(10), 7)];
    let of = |hit, age| value_of(table(hit, &rows, None, true), &[age]);
    assert_eq!(of(HitPolicy::Unique, Value::integer(12)), Value::integer(7));
    assert_eq!(of(HitPolicy::Unique, Value::integer(30)), Value::Failed(Failure::NoSingleRow));
    assert_eq!(of(HitPolicy::Any, Value::integer(30)), Value::Failed(Failure::NoSingleRow));
    let same = [(Some(20), 5), (Some(10), 5)];
    assert_eq!(value_of(table(HitPolicy::Any, &same, None, true), &[Value::integer(30)]), Value::integer(5));
    assert_eq!(value_of(table(HitPolicy::Any, &same, None, true), &[between(12, 30)]), Value::integer(5));
}

#[test]
fn priorities_and_collections_regard_all_rows() {
    let rows = [(Some(10), 3), (Some(20), 9), (None, 5)];
    let of = |hit, age: Value| value_of(table(hit, &rows, None, true), &[age]);
    assert_eq!(of(HitPolicy::Priority, Value::integer(15)), Value::integer(5));
    assert_eq!(of(HitPolicy::Priority, Value::integer(25)), Value::integer(9));
    assert_eq!(of(HitPolicy::Priority, between(15, 25)), between(5, 9));
    assert_eq!(of(HitPolicy::OutputOrder, Value::integer(25)), numbers(&[9, 5, 3]));
    assert_eq!(of(HitPolicy::RuleOrder, Value::integer(25)), numbers(&[3, 9, 5]));
    assert_eq!(of(HitPolicy::Collect(None), Value::integer(1)), numbers(&[5]));
    let collect = |aggregation, age| of(HitPolicy::Collect(Some(aggregation)), age);
    assert_eq!(collect(Aggregation::Sum, Value::integer(25)), Value::integer(17));
    assert_eq!(collect(Aggregation::Min, Value::integer(25)), Value::integer(3));
    assert_eq!(collect(Aggregation::Max, Value::integer(25)), Value::integer(9));
    assert_eq!(collect(Aggregation::Count, Value::integer(25)), Value::integer(3));
    assert_eq!(collect(Aggregation::Sum, between(15, 25)), between(8, 17));
    assert_eq!(collect(Aggregation::Count, Value::Unknown), between(1, 3));
}

/// A rule that is for who is 80, and grants twice what input 1 is.
fn rule() -> Program {
    let old = compare(input(0), Comparison::GreaterOrEqual, constant(80));
    let grant = arithmetic(input(1), Arithmetic::Multiply, constant(2));
    let definition = |name: &str, local, value| Definition { name: name.into(), local: LocalId(local), value };
    let fact = |name: &str| Input { argument: Argument::Fact(name.into()), ty: number_type(None) };
    Program {
        inputs: vec![fact("age"), fact("rate")],
        definitions: vec![definition("old_enough", 0, old), definition("doubled", 1, grant)],
        answer: Answer::Determination(Determination {
            findings: vec![Finding { criterion: "old-enough".into(), local: LocalId(0), each: false }],
            eligible: boolean(ExprKind::Local(LocalId(0))),
            grant: vec![GrantValue {
                name: "amount".into(),
                fact_type: FactType::Integer { min: 0, max: 1000 },
                value: Some(local(1)),
            }],
            intermediates: vec![Intermediate { name: "doubled".into(), local: LocalId(1), ty: number_type(None) }],
        }),
    }
}

fn answer(age: Value, rate: Value) -> Evaluation {
    evaluate(&rule(), &[age, rate])
}

#[test]
fn a_rule_determines_what_the_known_facts_decide() {
    let granted = answer(Value::integer(80), Value::integer(50));
    assert_eq!(granted.outcome, Outcome::Eligible);
    assert_eq!(granted.grant[0].value, Value::integer(100));
    assert_eq!(granted.findings[0].value, Value::Boolean(true));
    assert_eq!(granted.intermediates[0].value, Value::integer(100));
    assert_eq!(granted.definitions[1].name, "doubled");
    assert_eq!(answer(Value::integer(79), Value::Unknown).outcome, Outcome::Ineligible);
    assert_eq!(answer(Value::integer(80), Value::Unknown).outcome, Outcome::Undetermined);
    assert_eq!(answer(Value::Unknown, Value::integer(50)).outcome, Outcome::Undetermined);
    assert_eq!(answer(between(0, 79), Value::integer(50)).outcome, Outcome::Ineligible);
    assert_eq!(answer(Value::integer(80), between(3, 3)).outcome, Outcome::Eligible);
}

#[test]
fn a_rule_fails_only_if_its_answer_depends_on_the_failure() {
    let failed = Value::Failed(Failure::DivisionByZero);
    assert_eq!(answer(Value::integer(79), failed.clone()).outcome, Outcome::Ineligible);
    assert_eq!(answer(Value::integer(80), failed.clone()).outcome, Outcome::Failed(Failure::DivisionByZero));
    assert_eq!(answer(failed, Value::integer(50)).outcome, Outcome::Failed(Failure::DivisionByZero));
    let half = Value::Number(Decimal::parse("0.25").unwrap());
    assert_eq!(answer(Value::integer(80), half).outcome, Outcome::Failed(Failure::NotInDomain));
}
