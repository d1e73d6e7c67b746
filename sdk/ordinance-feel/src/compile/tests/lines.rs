//! Debug information: the lines that tools read.

use std::collections::{BTreeSet, HashMap};

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use wasmparser::{KnownCustom, Name, Operator, Parser, Payload};

use super::differential::trap_of;
use crate::check::tests::{contract, program, rule_of};
use crate::compile::{CompileOptions, Compiled, DebugOptions, compile};
use crate::source_text::Origin;

/// The compiled rule. The text of each expression is on a line of its own, from 1.
fn compiled(text: &str) -> Compiled {
    let mut rule = rule_of(text);
    for (index, source) in rule.texts.0.iter_mut().enumerate() {
        if let Origin::Text { lines, .. } = &mut source.origin {
            lines.fill(index as u32 + 1);
        }
    }
    let contract = contract();
    let debug = DebugOptions { texts: &rule.texts, folder: "CN/allowance", is_unoptimised: true };
    compile(&program(text), &CompileOptions { facts: &contract.facts, debug: Some(debug) }).unwrap()
}

/// The lines of the operators for which `is_wanted` is true.
fn lines(text: &str, is_wanted: impl Fn(&Operator<'_>) -> bool) -> BTreeSet<(String, Option<u32>)> {
    lines_of(&compiled(text).module, |_, _, operator| is_wanted(operator))
}

/// The lines of the operators for which `is_wanted` is true of the function's index, the offset from the start of its
/// body, and the operator.
fn lines_of(module: &[u8], is_wanted: impl Fn(u32, usize, &Operator<'_>) -> bool) -> BTreeSet<(String, Option<u32>)> {
    let (mut sections, mut code, mut found, mut function) = (HashMap::new(), 0, Vec::new(), 0);
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::CustomSection(section) => {
                sections.insert(section.name(), section.data());
            }
            Payload::CodeSectionStart { range, .. } => code = range.start,
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().unwrap().into_iter_with_offsets() {
                    let (operator, at) = operator.unwrap();
                    if is_wanted(function, at - body.range().start, &operator) {
                        found.push(at - code);
                    }
                }
                function += 1;
            }
            _ => {}
        }
    }
    let load = |id: SectionId| {
        let data = sections.get(id.name()).copied().unwrap_or_default();
        Ok::<_, addr2line::gimli::Error>(EndianSlice::new(data, LittleEndian))
    };
    let context = Context::from_dwarf(Dwarf::load(load).unwrap()).unwrap();
    let line = |at: usize| {
        let location = context.find_location(at as u64).unwrap()?;
        location.line.map(|line| (location.file.unwrap_or_default().to_owned(), Some(line)))
    };
    found.into_iter().filter_map(line).collect()
}

#[test]
fn a_comparison_and_its_literal_have_the_line_of_their_author() {
    let text = "criterion severe = facts.grade <= 2\ncriterion old = age > 60\ngrant amount = 5";
    let file = || "CN/allowance/rule.toml".to_owned();
    assert_eq!(lines(text, |operator| matches!(operator, Operator::I64LeS)), BTreeSet::from([(file(), Some(1))]));
    assert_eq!(lines(text, |operator| matches!(operator, Operator::I64GtS)), BTreeSet::from([(file(), Some(2))]));
    let is_literal =
        |operator: &Operator<'_>, wanted| matches!(operator, Operator::I64Const { value } if *value == wanted);
    let literal = |wanted: i64| move |operator: &Operator<'_>| is_literal(operator, wanted);
    assert_eq!(lines(text, literal(60)), BTreeSet::from([(file(), Some(2))]));
    // The greatest age of the contract is no author's.
    assert_eq!(lines(text, literal(130)), BTreeSet::new());
}

#[test]
fn a_failure_traps_at_the_line_of_what_failed() {
    let text = "criterion some = age > 10\ngrant amount = monthly";
    let unreachable = lines(text, |operator| matches!(operator, Operator::Unreachable));
    assert_eq!(unreachable, BTreeSet::new(), "nothing can fail");
    let text = "criterion some = age > 10\ngrant amount = steps[5] * 1";
    let unreachable = lines(text, |operator| matches!(operator, Operator::Unreachable));
    assert_eq!(unreachable, BTreeSet::from([("CN/allowance/rule.toml".to_owned(), Some(2))]));
}

/// The name of a function, by its index.
fn function_name(module: &[u8], wanted: u32) -> String {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CustomSection(section) = payload.unwrap()
            && let KnownCustom::Name(names) = section.as_known()
        {
            for name in names {
                let Name::Function(functions) = name.unwrap() else { continue };
                let mut functions = functions.into_iter().map(Result::unwrap);
                return functions.find(|naming| naming.index == wanted).unwrap().name.to_owned();
            }
        }
    }
    panic!("no names");
}

#[test]
fn a_trap_says_which_computation_of_the_library_failed_and_how() {
    let cases = [
        ("define x = (income + 1) / (age - age)", "fail: division by zero"),
        ("define x = members[age > 200][1].income * 1", "fail: no such item or row"),
        ("define x = sqrt(-1 - income)", "fail: argument outside of what is taken"),
        ("define x = number(surname) * 1", "fail: argument outside of what is taken"),
        ("define x = sort([1, 2 / (age - age)], function(a, b) a < b)[1]", "fail: division by zero"),
        ("define x = if 1 / (age - age) > 1 then 1 else 2", "fail: division by zero"),
        ("define x = (10 ** 6000) ** (age + 2)", "fail: number too large"),
        ("define x = income ** 2 + members[5].income / 3", "fail: no such item or row"),
    ];
    for (define, name) in cases {
        let text = format!("define other = 1 / (age + 1)\n{define}\ncriterion one = x * 1 > other\ngrant amount = 5");
        let line = ("CN/allowance/rule.toml".to_owned(), Some(2));
        assert_eq!(failure_of(&text), (name.to_owned(), BTreeSet::from([line])), "{text}");
    }
}

#[test]
fn a_unique_table_of_which_two_rows_match_fails_by_name() {
    let text = "define limit = age + 1\ntable band unique | age | rate\nrow < limit | 1\nrow < 131 | count(members)\n\
                criterion one = band * 1 > 1\ngrant amount = 5";
    let (name, lines) = failure_of(text);
    assert_eq!(name, "fail: not exactly one row matches");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let apart = text.replace("row < 131", "row > limit");
    let answer = compiled(&apart);
    assert_eq!(trap_of(&program(&apart), &answer), Vec::new());
}

/// In which way a rule fails, as its function says, and at which line.
fn failure_of(text: &str) -> (String, BTreeSet<(String, Option<u32>)>) {
    let compiled = compiled(text);
    let (function, offset) = trap_of(&program(text), &compiled)[0];
    let lines = lines_of(&compiled.module, |index, at, _| (index, at) == (function, offset));
    (function_name(&compiled.module, function), lines)
}
