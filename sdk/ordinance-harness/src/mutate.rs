//! How strong the cases of a rule are: each number of the rule is moved by one step, and each comparison of its code is turned
//! into its neighbour; a mistake that no case notices shows what the cases leave open.

use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::minimise::Facts;
use ordinance_engine::{Loader, Rule, RuleState};
use wasmparser::{Operator, Parser, Payload};

use crate::case_file::TestCase;
use crate::compare::passes_with;
use crate::fact_sets::{Trial, fact_sets};
use crate::numbers::{moved, name_of, numbers_in};
use crate::study::Study;

/// A mistake that was put into a rule, and what became of it.
#[derive(Debug)]
pub struct Mutant {
    /// What was changed, in words.
    pub change: String,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a mistake.
#[derive(Debug)]
pub enum Fate {
    /// A case came out otherwise.
    Noticed,
    /// None did, though this one would have: its facts, and what is decided without the mistake.
    Survived(Box<(Facts, Decision)>),
    /// Nothing that was tried came out otherwise: it may change nothing at all.
    WithoutEffect,
}

/// Puts every mistake into a rule, `component` being the bytes of its file; `each` hears of it as it goes. Cases that don't
/// pass as it is are left out.
pub fn mutate(study: Study<'_>, component: &[u8], loader: &mut Loader<'_>, mut each: impl FnMut(Mutant)) {
    let passing: Vec<&TestCase> = study
        .cases
        .iter()
        .filter(|case| passes_with(study.registry, case, study.today, study.rule, study.rule))
        .collect();
    let probes = study.probes();
    for (change, other) in study.number_mutants().into_iter().chain(study.code_mutants(component, loader)) {
        let fate = study.fate(&passing, &probes, &other);
        each(Mutant { change, fate });
    }
}

impl Study<'_> {
    fn fate(&self, passing: &[&TestCase], probes: &[(Facts, Decision)], other: &Rule) -> Fate {
        let notices = |case: &&TestCase| !passes_with(self.registry, case, self.today, self.rule, other);
        if passing.iter().any(notices) {
            return Fate::Noticed;
        }
        let Ok(Some(law)) = self.law_on(self.day()) else { return Fate::WithoutEffect };
        let trial = Trial::new(law.with_rule(self.rule, other), self.day());
        let differs = |(facts, decision): &&(Facts, Decision)| trial.decide(facts).outcome != decision.outcome;
        match probes.iter().find(differs) {
            Some(probe) => Fate::Survived(Box::new(probe.clone())),
            None => Fate::WithoutEffect,
        }
    }

    /// Facts, and what is decided on them as it is. Sets on which something is decided come first: they make better cases.
    fn probes(&self) -> Vec<(Facts, Decision)> {
        let Ok(Some(law)) = self.law_on(self.day()) else { return Vec::new() };
        let trial = Trial::new(law, self.day());
        let sets = fact_sets(&trial.law, &self.known());
        let mut probes: Vec<(Facts, Decision)> = sets.into_iter().map(|facts| trial.decided(facts)).collect();
        probes.sort_by_key(|(_, decision)| matches!(decision.outcome, Outcome::Undetermined(_)));
        probes
    }

    /// The rule with each number and day of its parameters on the day one step lower and one higher.
    fn number_mutants(&self) -> Vec<(String, Rule)> {
        let RuleState::Ready(ready) = &self.rule.state else { return Vec::new() };
        let mut mutants = Vec::new();
        for (parameter, value) in ready.parameters_on(self.day()) {
            for (path, number) in numbers_in(&value) {
                for is_up in [false, true] {
                    let Some(other) = moved(&value, &path, is_up) else { continue };
                    let to = numbers_in(&other).into_iter().find(|(known, _)| *known == path);
                    let Some(rule) = self.rule.with_parameter(&parameter, self.day(), other) else { continue };
                    let to = to.map(|(_, number)| number.to_plain()).unwrap_or_default();
                    let name = name_of(&parameter, &path);
                    mutants.push((format!("the parameter `{name}` is {to} instead of {}", number.to_plain()), rule));
                }
            }
        }
        mutants
    }

    /// The rule with each comparison of its code turned into its neighbour. Code that the toolchain brings along is mutated
    /// too; what has no effect on anything that is tried doesn't count.
    fn code_mutants(&self, component: &[u8], loader: &mut Loader<'_>) -> impl Iterator<Item = (String, Rule)> {
        comparisons(component).into_iter().filter_map(move |(at, from, to)| {
            let mut mutated = component.to_vec();
            *mutated.get_mut(at)? = to.0;
            let rule = self.registry.check(loader, &mutated).ok()?;
            Some((format!("at byte {at:#x} of the component, `{from}` is `{}`", to.1), rule))
        })
    }
}

/// Every comparison in the code of a component: where its opcode stands, what it is, and the opcode of its neighbour.
fn comparisons(component: &[u8]) -> Vec<(usize, &'static str, (u8, &'static str))> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        let Ok(mut reader) = body.get_operators_reader() else { continue };
        while let Ok((operator, at)) = reader.read_with_offset() {
            found.extend(neighbour(&operator).map(|(from, to)| (at, from, to)));
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
        let said: Vec<(&str, &str)> = found.iter().map(|(_, from, (_, to))| (*from, *to)).collect();
        assert_eq!(said, [("i32 <", "<="), ("u64 >=", ">")]);
        for (at, _, (opcode, _)) in found {
            let mut mutated = module.clone();
            mutated[at] = opcode;
            assert!(wasmparser::validate(&mutated).is_ok());
            let turned: Vec<usize> = comparisons(&mutated).into_iter().map(|(at, ..)| at).collect();
            assert!(turned.contains(&at));
        }
    }
}
