//! What a call of the library is reckoned to take is enough for the largest values.

use std::collections::BTreeMap;

use ordinance_feel_runtime::{Builtin, Context, Decimal, Value};
use ordinance_sandbox::{PureModule, PureModules};

use crate::compile::module::library_fuel;
use crate::compile::{builtins, compile_model, encoded_inputs, weight};
use crate::source_text::{Place, Span, TextId};
use crate::tree::{Answer, Argument, Arithmetic, Expr, ExprKind, Input, InputId, Program};
use crate::types::{Type, TypeKind};

const ANY: Type = Type { kind: TypeKind::Any, nullable: true };

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, ty: ANY, place: Place { text: TextId(0), span: Span::default() } }
}

/// A model that computes a list of expressions of so many inputs.
struct Measured {
    program: Program,
    module: PureModule,
}

impl Measured {
    fn new(engine: &PureModules, inputs: usize, items: Vec<Expr>) -> Self {
        let input = |index: usize| Input { argument: Argument::Model(index.to_string()), ty: ANY };
        let answer = Answer::Value(expr(ExprKind::List(items)));
        let program = Program { inputs: (0..inputs).map(input).collect(), definitions: Vec::new(), answer };
        let module = engine.compile(&compile_model(&program).unwrap().module).unwrap();
        Self { program, module }
    }

    fn fuel(&self, inputs: &[Value]) -> u64 {
        self.module.call(&encoded_inputs(&self.program, inputs), u64::MAX / 2).unwrap().fuel
    }
}

fn inputs(count: usize) -> Vec<Expr> {
    (0..count).map(|index| expr(ExprKind::Input(InputId(index)))).collect()
}

/// Numbers with which arithmetic takes long.
fn numbers() -> Vec<Value> {
    let texts = [
        "0",
        "1",
        "-3",
        "0.5",
        "1.000000000000000000000000000000001",
        "9999999999999999999999999999999999",
        "3333333333333333333333333333333333E-20",
        "7E-6000",
        "1234567890123456789012345678901234E6100",
        "-12345678901234567.89012345678901234",
        "6143.7",
        "999999",
    ];
    texts.iter().map(|text| Value::Number(Decimal::parse(text).unwrap())).collect()
}

/// A value with so many parts.
fn list(items: &[Value], parts: usize) -> Value {
    Value::list(items.iter().cycle().take(parts - 1).cloned().collect())
}

#[test]
fn no_operator_takes_more_fuel_than_is_reckoned() {
    let engine = PureModules::new().unwrap();
    let operators = [
        (Arithmetic::Add, "operator.add"),
        (Arithmetic::Subtract, "operator.subtract"),
        (Arithmetic::Multiply, "operator.multiply"),
        (Arithmetic::Divide, "operator.divide"),
        (Arithmetic::Power, "operator.power"),
    ];
    let numbers = numbers();
    let without = Measured::new(&engine, 2, inputs(2));
    for (operator, name) in operators {
        let [left, right] = <[Expr; 2]>::try_from(inputs(2)).unwrap();
        let kind = ExprKind::Arithmetic { operator, left: Box::new(left), right: Box::new(right) };
        let with = Measured::new(&engine, 2, vec![expr(kind)]);
        let pairs = numbers.iter().flat_map(|left| numbers.iter().map(move |right| [left.clone(), right.clone()]));
        let most = pairs.map(|pair| with.fuel(&pair).saturating_sub(without.fuel(&pair))).max().unwrap();
        assert!(most <= library_fuel(name), "{name} takes {most}");
    }
}

#[test]
fn no_function_takes_more_fuel_than_is_reckoned_for_its_arguments() {
    let engine = PureModules::new().unwrap();
    let numbers = numbers();
    let text = Value::text(&"aé".repeat(1300));
    let entry = |name: &str, value: Value| (name.into(), value);
    let context = Value::Context(Context(vec![entry("a", Value::integer(1)), entry("b", text.clone())]).into());
    let many = list(&numbers, 61);
    let words = list(&[Value::text("ab"), Value::text("b")], 61);
    let one_argument = numbers.iter().chain([&text, &context, &many, &words]).map(|value| vec![value.clone()]);
    let two = |one: &Value, other: &Value| vec![one.clone(), other.clone()];
    let of_numbers = numbers.iter().flat_map(|one| numbers.iter().step_by(3).map(move |other| two(one, other)));
    let of_lists = [
        two(&many, &Value::integer(3)),
        two(&many, &many),
        two(&words, &Value::text("b")),
        two(&text, &Value::text("é")),
        two(&text, &Value::text("(a|é)*a+")),
        two(&text, &text),
        vec![text.clone(), Value::text("a."), Value::text("bb")],
        vec![many.clone(), Value::integer(2), Value::integer(40)],
        vec![text.clone(), Value::integer(2), Value::integer(900)],
    ];
    let cases: Vec<Vec<Value>> = one_argument.chain(of_numbers).chain(of_lists).collect();
    let mut most: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let without: Vec<Measured> = (0..=3).map(|count| Measured::new(&engine, count, inputs(count))).collect();
    for function in Builtin::ALL.iter().copied().filter(|function| *function != Builtin::Sort) {
        let Some((name, _)) = builtins::export(function) else { continue };
        for (count, without) in without.iter().enumerate().skip(1) {
            let is_form = function.parameters().iter().any(|form| form.len() == count);
            let is_of_one_list = function.is_aggregate() && count == 1;
            if !(is_form || is_of_one_list) {
                continue;
            }
            let call = expr(ExprKind::Call { function, arguments: inputs(count) });
            let with = Measured::new(&engine, count, vec![call]);
            for arguments in cases.iter().filter(|arguments| arguments.len() == count) {
                let parts = weight::of_function(function, arguments.iter().map(parts_of).sum::<u64>().max(1));
                let fuel = with.fuel(arguments).saturating_sub(without.fuel(arguments));
                let known = most.entry(name).or_default();
                if fuel.div_ceil(parts) > known.0 {
                    *known = (fuel.div_ceil(parts), fuel);
                }
            }
        }
    }
    let above: Vec<_> = most.iter().filter(|(name, (of_part, _))| *of_part > library_fuel(name)).collect();
    assert!(above.is_empty(), "{above:?}");
}

/// The parts of a value, as its type would say.
fn parts_of(value: &Value) -> u64 {
    match value {
        Value::Text(_) => weight::TEXT_PARTS,
        Value::List(items) => 1 + items.iter().map(parts_of).sum::<u64>(),
        Value::Context(context) => 1 + context.0.iter().map(|(_, value)| parts_of(value)).sum::<u64>(),
        _ => 1,
    }
}
