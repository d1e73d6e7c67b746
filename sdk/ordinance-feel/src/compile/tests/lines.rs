//! Debug information: the lines that tools read.

use std::collections::{BTreeSet, HashMap};

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use wasmparser::{Operator, Parser, Payload};

use crate::check::tests::{contract, program, rule_of};
use crate::compile::{CompileOptions, DebugOptions, compile};
use crate::source_text::Origin;

/// The lines of the operators for which `is_wanted` is true. The text of each expression is on a line of its own,
/// from 1.
fn lines(text: &str, is_wanted: impl Fn(&Operator<'_>) -> bool) -> BTreeSet<(String, Option<u32>)> {
    let mut rule = rule_of(text);
    for (index, source) in rule.texts.0.iter_mut().enumerate() {
        if let Origin::Text { lines, .. } = &mut source.origin {
            lines.fill(index as u32 + 1);
        }
    }
    let contract = contract();
    let debug = DebugOptions { texts: &rule.texts, folder: "CN/allowance", is_unoptimised: true };
    let module =
        compile(&program(text), &CompileOptions { facts: &contract.facts, debug: Some(debug) }).unwrap().module;
    let (mut sections, mut code, mut found) = (HashMap::new(), 0, Vec::new());
    for payload in Parser::new(0).parse_all(&module) {
        match payload.unwrap() {
            Payload::CustomSection(section) => {
                sections.insert(section.name(), section.data());
            }
            Payload::CodeSectionStart { range, .. } => code = range.start,
            Payload::CodeSectionEntry(body) => {
                for operator in body.get_operators_reader().unwrap().into_iter_with_offsets() {
                    let (operator, at) = operator.unwrap();
                    if is_wanted(&operator) {
                        found.push(at - code);
                    }
                }
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
