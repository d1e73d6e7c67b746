//! Mutation testing of a rule. A mutant has one number moved by one step, or one comparison of the code turned into its
//! neighbour. A mutant that no case kills shows a gap of the cases.

use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_engine::{Loader, Rule};
use wasmparser::{Operator, Parser, Payload};

use crate::expectation::passes_with_rule;
use crate::fact_sets::fact_sets;
use crate::law_under_test::LawUnderTest;
use crate::parameter_numbers::{PathStep, dated_values, number_name, numbers_in, step_number};
use crate::study::Study;
use crate::test_case::DecisionTest;

/// A rule with one mistake.
#[derive(Debug)]
pub struct Mutant {
    /// The change, as a clause of a sentence.
    pub change: String,
    /// Whether the change is in a number of the law; else it is in the code.
    pub is_number: bool,
    /// Whether the cases kill the mutant.
    pub status: MutantStatus,
}

/// Whether the cases kill a mutant.
#[derive(Debug)]
pub enum MutantStatus {
    /// A case fails.
    Killed,
    /// No case fails. A case with these facts would fail; the evaluation is that of the rule without the mistake.
    Survived(Box<(Facts, Evaluation)>),
    /// No facts tried have a different outcome: the mutant may be equivalent to the rule.
    PossiblyEquivalent,
}

/// The code of the rule to mutate.
#[derive(Clone, Copy)]
pub struct MutationTarget<'c> {
    /// The bytes of the rule's component.
    pub component: &'c [u8],
    /// The line of source, as text, of a byte offset in the body of a function. `None` for code that isn't the
    /// author's, which isn't mutated.
    pub locate: &'c dyn Fn(usize, usize) -> Option<String>,
}

/// Makes every mutant of a rule and passes each to `each`. Ignores cases that fail on the rule itself.
pub fn mutate(study: Study<'_>, target: MutationTarget<'_>, loader: &mut Loader<'_>, mut each: impl FnMut(Mutant)) {
    let passes = |test: &&DecisionTest| passes_with_rule(study.engine, test, study.now, study.rule, study.rule);
    let passing: Vec<&DecisionTest> = study.cases.iter().filter(passes).collect();
    let probes = study.probes();
    for (change, mutant) in study.number_mutants() {
        let status = study.mutant_status(&passing, &probes, &mutant);
        each(Mutant { change, is_number: true, status });
    }
    for (change, mutant) in study.code_mutants(target, loader) {
        let status = study.mutant_status(&passing, &probes, &mutant);
        each(Mutant { change, is_number: false, status });
    }
}

/// Sets of facts for one day, with the decision of the rule without a mistake.
struct DayProbes {
    day: Date,
    probes: Vec<(Facts, Evaluation)>,
}

impl Study<'_> {
    fn mutant_status(&self, passing: &[&DecisionTest], probes: &[DayProbes], mutant: &Rule) -> MutantStatus {
        let kills = |test: &&DecisionTest| !passes_with_rule(self.engine, test, self.now, self.rule, mutant);
        if passing.iter().any(kills) {
            return MutantStatus::Killed;
        }
        match probes.iter().find_map(|probes| self.find_difference(probes, mutant)) {
            Some(probe) => MutantStatus::Survived(Box::new(probe)),
            None => MutantStatus::PossiblyEquivalent,
        }
    }

    /// The first facts that the mutant decides differently.
    fn find_difference(&self, probes: &DayProbes, mutant: &Rule) -> Option<(Facts, Evaluation)> {
        let law = self.law_on(probes.day).ok()??.with_rule(self.rule, mutant);
        let law = LawUnderTest::new(law, probes.day);
        let differs = |(facts, evaluation): &&(Facts, Evaluation)| law.evaluate(facts).outcome != evaluation.outcome;
        probes.probes.iter().find(differs).cloned()
    }

    /// The probes of each period of law. Facts with a determined outcome come first, since they make better cases.
    fn probes(&self) -> Vec<DayProbes> {
        let days = self.days_from_now();
        let known = self.known_facts();
        days.iter().filter_map(|day| self.probes_on(*day, &known, days.len())).collect()
    }

    fn probes_on(&self, day: Date, known: &[Facts], days: usize) -> Option<DayProbes> {
        let law = self.law_on(day).ok()??;
        let sets = fact_sets(&law, *self, known, days);
        let law = LawUnderTest::new(law, day);
        let mut probes: Vec<(Facts, Evaluation)> = sets.into_iter().map(|facts| law.with_evaluation(facts)).collect();
        probes.sort_by_key(|(_, evaluation)| evaluation.outcome.open().is_some());
        Some(DayProbes { day, probes })
    }

    /// The rule with each number and date of its parameters one step lower and one step higher.
    fn number_mutants(&self) -> Vec<(String, Rule)> {
        let mut mutants = Vec::new();
        for (parameter, day, value) in dated_values(self.rule) {
            for (path, number) in numbers_in(&value) {
                for is_up in [false, true] {
                    let Some(stepped) = step_number(&value, &path, is_up) else { continue };
                    mutants.extend(self.number_mutant(&parameter, day, &path, &number, stepped));
                }
            }
        }
        mutants
    }

    fn number_mutant(
        &self,
        parameter: &FieldName,
        day: LawDay,
        path: &[PathStep],
        number: &Value,
        stepped: Value,
    ) -> Option<(String, Rule)> {
        let (_, mutated) = numbers_in(&stepped).into_iter().find(|(known, _)| known == path)?;
        let rule = self.rule.with_parameter(parameter, day, stepped)?;
        let from = day.as_of;
        let change = format!(
            "the parameter `{}` is {} instead of {}, which holds from {from}",
            number_name(parameter, path),
            mutated.to_plain(),
            number.to_plain()
        );
        Some((change, rule))
    }

    /// The rule with each comparison of its code turned into its neighbour.
    fn code_mutants(
        &self,
        target: MutationTarget<'_>,
        loader: &mut Loader<'_>,
    ) -> impl Iterator<Item = (String, Rule)> {
        comparisons(target.component).into_iter().filter_map(move |comparison| {
            let place = (target.locate)(comparison.function, comparison.offset)?;
            let (opcode, neighbour) = comparison.to;
            let mut mutated = target.component.to_vec();
            *mutated.get_mut(comparison.at)? = opcode;
            let rule = self.rulebook().validate_rule(loader, &mutated).ok()?;
            Some((format!("at {place}, `{}` is `{neighbour}`", comparison.from), rule))
        })
    }
}

/// A comparison in the code of a component.
struct ComparisonSite {
    /// The index of the function in the code section.
    function: usize,
    /// The offset of the opcode in the function's body, in bytes.
    offset: usize,
    /// The offset of the opcode in the component, in bytes.
    at: usize,
    /// The comparison, such as `i32 <`.
    from: &'static str,
    /// The opcode of its neighbour, and the neighbour.
    to: (u8, &'static str),
}

/// Every comparison in the code of a component.
fn comparisons(component: &[u8]) -> Vec<ComparisonSite> {
    let mut found = Vec::new();
    let mut function = 0;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::CodeSectionStart { .. } => function = 0,
            Payload::CodeSectionEntry(body) => {
                let start = body.range().start;
                let Ok(mut reader) = body.get_operators_reader() else { continue };
                while let Ok((operator, at)) = reader.read_with_offset() {
                    if let Some((from, to)) = neighbour(&operator) {
                        found.push(ComparisonSite { function, offset: at - start, at, from, to });
                    }
                }
                function += 1;
            }
            _ => {}
        }
    }
    found
}

/// A comparison, and its neighbour with its opcode (WebAssembly specification, 5.4).
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
        let changes: Vec<(&str, &str)> = found.iter().map(|found| (found.from, found.to.1)).collect();
        assert_eq!(changes, [("i32 <", "<="), ("u64 >=", ">")]);
        for ComparisonSite { at, to, .. } in found {
            let mut mutated = module.clone();
            mutated[at] = to.0;
            assert!(wasmparser::validate(&mutated).is_ok());
            assert!(comparisons(&mutated).iter().any(|turned| turned.at == at));
        }
    }
}
