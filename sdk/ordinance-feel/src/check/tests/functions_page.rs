//! The examples of `FUNCTIONS.md`: each gives what the page says and can be compiled, and no function is left out.

use ordinance_feel_runtime::{Builtin, Value};

use super::{contract, manifest, program, rule_of, told};
use crate::check::check_rule;
use crate::compile::{CompileOptions, compile};
use crate::evaluate::evaluate;
use crate::tree::{Argument, Input, Program};

const PAGE: &str = include_str!("../../../FUNCTIONS.md");

/// A row of a table of the page.
struct Row {
    written: &'static str,
    example: &'static str,
    /// A value in backquotes, `unknown` or `refused`.
    gives: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = lines.map(|line| line.split(" | ").collect::<Vec<_>>());
    let unquoted = |cell: &'static str| cell.strip_prefix('`')?.strip_suffix('`');
    cells
        .filter_map(|cells| {
            let [written, example, gives, _] = cells.as_slice() else { return None };
            Some(Row { written, example: unquoted(example)?, gives })
        })
        .collect()
}

/// The value of an expression of texts, numbers and days alone.
fn value(expression: &str) -> Value {
    let program = program(&format!("define x = {expression}\ncriterion c = x = x"));
    let named = evaluate(&program, &[]).definitions.into_iter().find(|named| named.name == "x");
    named.map(|named| named.value).unwrap()
}

/// What the page says is known of an input.
fn known(input: &Input) -> Value {
    let name = match &input.argument {
        Argument::AsOf => return value("@\"2026-06-14\""),
        Argument::Fact(name) | Argument::Parameter(name) => name.as_str(),
        other => panic!("{other:?}"),
    };
    match name {
        "birth_date" => value("@\"1960-06-15\""),
        "residence" => Value::text("registered"),
        "low_income" => Value::Boolean(true),
        "members" => value("[{age: 8, income: 0, works: false}, {age: 40, income: 1200.00, works: true}]"),
        "standards" => value("[{persons: 1, amount: 696}, {persons: 2, amount: 896.50}]"),
        "steps" => value("[10, 20.50]"),
        "not_set" => Value::Null,
        "age" | "income" | "grade" => Value::Unknown,
        other => panic!("the page doesn't say what is known of `{other}`"),
    }
}

fn inputs(program: &Program) -> Vec<Value> {
    program.inputs.iter().map(known).collect()
}

#[test]
fn every_example_of_the_page_gives_what_it_says() {
    let rows = rows();
    assert!(rows.len() > 100, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for Row { example, gives, .. } in rows {
        let (condition, expected) = match gives {
            "unknown" | "refused" => (example.to_owned(), Value::Unknown),
            "`true`" => (example.to_owned(), Value::Boolean(true)),
            value => (format!("({example}) = {}", value.trim_matches('`')), Value::Boolean(true)),
        };
        let rule = rule_of(&format!("criterion c = {condition}"));
        match check_rule(&rule, &contract(), &manifest()) {
            Err(faults) if gives != "refused" => wrong.push(format!("{example}: {}", told(&rule, &faults))),
            Err(_) => {}
            Ok(program) => {
                let found = evaluate(&program, &inputs(&program)).findings.remove(0).value;
                if found != expected || gives == "refused" {
                    wrong.push(format!("{example} = {gives}: {found:?}"));
                }
                if let Err(error) = compile(&program, &CompileOptions { facts: &contract().facts, debug: None }) {
                    wrong.push(format!("{example}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_function_is_on_the_page() {
    let rows = rows();
    let is_there = |function: &&Builtin| {
        let name = format!("`{}`", function.name());
        rows.iter().any(|row| row.written == name && row.example.contains(&format!("{}(", function.name())))
    };
    let missing: Vec<&str> =
        Builtin::ALL.iter().filter(|function| !is_there(function)).map(|function| function.name()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
