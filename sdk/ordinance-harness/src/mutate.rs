//! How strong the cases of a rule are: each number of the rule is moved by one step, and each comparison of its code is turned
//! into its neighbour; a mistake that no case notices shows what the cases leave open.

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_engine::{Loader, Rule};
use wasmparser::{Operator, Parser, Payload};

use crate::expectation::passes_with;
use crate::fact_sets::fact_sets;
use crate::law_under_test::LawUnderTest;
use crate::parameter_numbers::{PathStep, dated_values, name_of, numbers_in, step_number};
use crate::study::Study;
use crate::test_case::DecisionTest;

/// A mistake that was put into a rule, and what became of it.
#[derive(Debug)]
pub struct Mutant {
    /// What was changed, in words.
    pub change: String,
    /// Whether it is in a number of the law; else it is in the code.
    pub is_number: bool,
    /// What became of it.
    pub fate: MutantStatus,
}

/// What became of a mistake.
#[derive(Debug)]
pub enum MutantStatus {
    /// A case came out otherwise.
    Noticed,
    /// None did, though this one would have: its facts, and what is decided without the mistake.
    Survived(Box<(Facts, Decision)>),
    /// Nothing that was tried came out otherwise: it may change nothing at all.
    WithoutEffect,
}

/// The code of a rule that mistakes are put into.
#[derive(Clone, Copy)]
pub struct MutationTarget<'c> {
    /// The bytes of its component.
    pub component: &'c [u8],
    /// Where a place of it stands in words, from the function of the module and the byte in its body; none where it isn't the
    /// author's, and no mistake is made.
    pub place: &'c dyn Fn(usize, usize) -> Option<String>,
}

/// Puts every mistake into a rule; `each` hears of it as it goes. Cases that don't pass as it is are left out.
pub fn mutate(study: Study<'_>, code: MutationTarget<'_>, loader: &mut Loader<'_>, mut each: impl FnMut(Mutant)) {
    let passing: Vec<&DecisionTest> = study
        .cases
        .iter()
        .filter(|case| passes_with(study.rulebook, case, study.today, study.rule, study.rule))
        .collect();
    let probed = study.probed();
    let numbers = study.number_mutants().into_iter().map(|(change, other)| (change, true, other));
    let in_code = study.code_mutants(code, loader).map(|(change, other)| (change, false, other));
    for (change, is_number, other) in numbers.chain(in_code) {
        let fate = study.fate(&passing, &probed, &other);
        each(Mutant { change, is_number, fate });
    }
}

/// Facts that are tried on a day, and what is decided on them as it is.
struct DayProbes {
    day: Date,
    probes: Vec<(Facts, Decision)>,
}

impl Study<'_> {
    fn fate(&self, passing: &[&DecisionTest], probed: &[DayProbes], other: &Rule) -> MutantStatus {
        let notices = |case: &&DecisionTest| !passes_with(self.rulebook, case, self.today, self.rule, other);
        if passing.iter().any(notices) {
            return MutantStatus::Noticed;
        }
        let differing = |probed: &DayProbes| {
            let trial = LawUnderTest::new(self.law_on(probed.day).ok()??.with_rule(self.rule, other), probed.day);
            let differs = |(facts, decision): &&(Facts, Decision)| trial.decide(facts).outcome != decision.outcome;
            probed.probes.iter().find(differs).cloned()
        };
        probed
            .iter()
            .find_map(differing)
            .map_or(MutantStatus::WithoutEffect, |probe| MutantStatus::Survived(Box::new(probe)))
    }

    /// What is tried on each day on which the law changes. Sets on which something is decided come first: they make better cases.
    fn probed(&self) -> Vec<DayProbes> {
        let (days, known) = (self.days_from_now(), self.known());
        let probed = |day: &Date| {
            let law = self.law_on(*day).ok()??;
            let sets = fact_sets(&law, *self, &known, days.len());
            let trial = LawUnderTest::new(law, *day);
            let mut probes: Vec<(Facts, Decision)> = sets.into_iter().map(|facts| trial.decided(facts)).collect();
            probes.sort_by_key(|(_, decision)| matches!(decision.outcome, Outcome::Undetermined(_)));
            Some(DayProbes { day: *day, probes })
        };
        days.iter().filter_map(probed).collect()
    }

    /// The rule with each number and day that its parameters ever hold one step lower and one higher.
    fn number_mutants(&self) -> Vec<(String, Rule)> {
        dated_values(self.rule).iter().flat_map(|(name, day, value)| self.mutants_of(name, *day, value)).collect()
    }

    /// The rule with each number and day in the value that a parameter holds from a day on one step lower and one higher.
    fn mutants_of(&self, parameter: &FieldName, day: Date, value: &Value) -> Vec<(String, Rule)> {
        let mutant = |path: &[PathStep], number: &Value, is_up: bool| {
            let other = step_number(value, path, is_up)?;
            let to = numbers_in(&other).into_iter().find(|(known, _)| known == path)?.1;
            let rule = self.rule.with_parameter(parameter, day, other)?;
            let (name, is) = (name_of(parameter, path), number.to_plain());
            Some((format!("the parameter `{name}` is {} instead of {is}, which holds from {day}", to.to_plain()), rule))
        };
        let numbers = numbers_in(value);
        numbers
            .iter()
            .flat_map(|(path, number)| [false, true].map(|is_up| mutant(path, number, is_up)))
            .flatten()
            .collect()
    }

    /// The rule with each comparison of its code turned into its neighbour.
    fn code_mutants(&self, code: MutationTarget<'_>, loader: &mut Loader<'_>) -> impl Iterator<Item = (String, Rule)> {
        comparisons(code.component).into_iter().filter_map(move |Comparison { function, offset, at, from, to }| {
            let place = (code.place)(function, offset)?;
            let mut mutated = code.component.to_vec();
            *mutated.get_mut(at)? = to.0;
            let rule = self.rulebook.check(loader, &mutated).ok()?;
            Some((format!("at {place}, `{from}` is `{}`", to.1), rule))
        })
    }
}

/// A comparison in the code of a component.
struct Comparison {
    /// Which function of the module, by its place in the code section.
    function: usize,
    /// Where in the function's body its opcode stands, in bytes.
    offset: usize,
    /// Where in the component.
    at: usize,
    /// What it is.
    from: &'static str,
    /// Its neighbour's opcode, and what that is.
    to: (u8, &'static str),
}

/// Every comparison in the code of a component.
fn comparisons(component: &[u8]) -> Vec<Comparison> {
    let (mut found, mut function) = (Vec::new(), 0);
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::CodeSectionStart { .. } => function = 0,
            Payload::CodeSectionEntry(body) => {
                let start = body.range().start;
                let Ok(mut reader) = body.get_operators_reader() else { continue };
                while let Ok((operator, at)) = reader.read_with_offset() {
                    let comparison = |(from, to)| Comparison { function, offset: at - start, at, from, to };
                    found.extend(neighbour(&operator).map(comparison));
                }
                function += 1;
            }
            _ => {}
        }
    }
    found
}

/// A comparison as it is written and the one that a mistake makes of it, with its opcode (WebAssembly specification, 5.4).
fn neighbour(operator: &Operator<'_>) -> Option<(&'static str, (u8, &'static str))> {
    Some(match operator {
        Operator::I32Eq => ("i32 ==", (0x47, "!=")),
        Operator::I32Ne => ("i32 !=", (0x46, "==")),
        Operator::I32LtS => ("i32 <", (0x4c, "<=")),
        Operator::I32LtU => ("u32 <", (0x4d, "<=")),
        Operator::I32GtS => ("i32 >", (0x4e, ">=")),
        Operator::I32GtU => ("u32 >", (0x4f, ">=")),
        Operator::I32LeS => ("i32 <=", (0x48, "<")),
        Operator::I32LeU => ("u32 <=", (0x49, "<")),
        Operator::I32GeS => ("i32 >=", (0x4a, ">")),
        Operator::I32GeU => ("u32 >=", (0x4b, ">")),
        Operator::I64Eq => ("i64 ==", (0x52, "!=")),
        Operator::I64Ne => ("i64 !=", (0x51, "==")),
        Operator::I64LtS => ("i64 <", (0x57, "<=")),
        Operator::I64LtU => ("u64 <", (0x58, "<=")),
        Operator::I64GtS => ("i64 >", (0x59, ">=")),
        Operator::I64GtU => ("u64 >", (0x5a, ">=")),
        Operator::I64LeS => ("i64 <=", (0x53, "<")),
        Operator::I64LeU => ("u64 <=", (0x54, "<")),
        Operator::I64GeS => ("i64 >=", (0x55, ">")),
        Operator::I64GeU => ("u64 >=", (0x56, ">")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_comparison_is_found_and_its_neighbour_is_one_byte_away() {
        let module = wat::parse_str(
            "(module (func (param i32 i64) (drop (i32.lt_s (local.get 0) (i32.const 60))) \
             (drop (i64.ge_u (local.get 1) (i64.const 1))) (drop (i32.add (local.get 0) (i32.const 1)))))",
        )
        .unwrap();
        let found = comparisons(&module);
        let said: Vec<(&str, &str)> = found.iter().map(|found| (found.from, found.to.1)).collect();
        assert_eq!(said, [("i32 <", "<="), ("u64 >=", ">")]);
        for Comparison { at, to, .. } in found {
            let mut mutated = module.clone();
            mutated[at] = to.0;
            assert!(wasmparser::validate(&mutated).is_ok());
            assert!(comparisons(&mutated).iter().any(|turned| turned.at == at));
        }
    }
}
