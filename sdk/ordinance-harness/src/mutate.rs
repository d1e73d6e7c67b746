//! Mutation testing of a rule. A mutant has one mistake of its author: a number moved by one step, or a comparison of
//! the author's own code turned into its neighbour. A mutant that no case kills shows a gap of the cases.

mod authored;
mod code_sites;
mod probes;

use ordinance_domain::calendar::LawDay;
use ordinance_domain::decision::Evaluation;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_engine::{Loader, Rule};

use crate::expectation::passes_with_rule;
use crate::parallel::par_until;
use crate::parameter_numbers::{PathStep, dated_values, number_name, numbers_in, step_number};
use crate::study::Study;
use crate::test_case::DecisionTest;

pub use self::authored::{AuthoredCode, AuthoredLine};
use self::code_sites::{CodeSite, code_sites};
use self::probes::Probes;

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
    /// The author's line of a byte offset in the body of a function. `None` for code that isn't the author's, such as
    /// what the compiler inlined there, which isn't mutated.
    pub locate: &'c dyn Fn(usize, usize) -> Option<AuthoredLine>,
    /// Makes a loader, for each thread one.
    pub loader: &'c (dyn Fn() -> Loader<'c> + Sync),
}

/// A mistake before it is made.
enum Mistake {
    Number { parameter: FieldName, day: LawDay, path: Vec<PathStep>, number: Value, stepped: Value },
    Code { site: CodeSite, line: AuthoredLine },
}

/// Makes every mutant of a rule, as long as the pace of the study lets it, and returns them. Ignores cases that fail on
/// the rule itself.
pub fn mutate(study: Study<'_>, target: MutationTarget<'_>) -> Vec<Mutant> {
    let passes = |test: &&DecisionTest| passes_with_rule(study.engine, test, study.now, study.rule, study.rule);
    let mut passing: Vec<&DecisionTest> = study.cases.iter().filter(passes).collect();
    // A case that waits for a fact takes many evaluations; most mutants are killed before it.
    passing.sort_by_key(|test| test.expect.outcome == "undetermined");
    let probes = Probes::new(study);
    // The component may be compiled otherwise than the rule, and then has other limits in effect.
    let base = study.rulebook().validate_rule(&mut (target.loader)(), target.component).ok();
    let is_same =
        |base: &Rule| passing.iter().all(|test| passes_with_rule(study.engine, test, study.now, study.rule, base));
    let base = base.filter(is_same);
    if base.is_none() {
        let rule = study.rule.head.place_and_version();
        study.pace.leave_out(format!("{rule}: the mistakes of its code, since it answers otherwise unoptimised"));
    }
    let of_code = if base.is_some() { code_mistakes(target) } else { Vec::new() };
    let mistakes: Vec<Mistake> = study.number_mistakes().into_iter().chain(of_code).collect();
    study.pace.begin_part("mistakes".to_owned(), mistakes.len());
    let component = target.component;
    let work = |loader: &mut Loader<'_>, mistake: &Mistake| {
        if study.pace.is_over() {
            return None;
        }
        let mutant = study.mutant(mistake, (component, base.as_ref()), loader, &passing, &probes);
        study.pace.step();
        Some(mutant)
    };
    let mutants = par_until(&mistakes, target.loader, work, |_| false);
    let unreached = mutants.iter().filter(|mutant| mutant.is_none()).count();
    if unreached > 0 {
        let rule = study.rule.head.place_and_version();
        study.pace.leave_out(format!("{rule}: {unreached} of {} mistakes", mistakes.len()));
    }
    mutants.into_iter().flatten().flatten().collect()
}

fn code_mistakes(target: MutationTarget<'_>) -> Vec<Mistake> {
    let sites = code_sites(target.component).into_iter();
    let own = sites.filter_map(|site| {
        let line = (target.locate)(site.function, site.offset)?;
        site.is_written_in(&line).then_some(Mistake::Code { site, line })
    });
    own.collect()
}

impl Study<'_> {
    /// A mutant and its status. `None` if the mistake makes no rule.
    fn mutant(
        &self,
        mistake: &Mistake,
        (component, base): (&[u8], Option<&Rule>),
        loader: &mut Loader<'_>,
        passing: &[&DecisionTest],
        probes: &Probes<'_>,
    ) -> Option<Mutant> {
        let (change, rule, is_number) = match mistake {
            Mistake::Number { parameter, day, path, number, stepped } => {
                let (change, rule) = self.number_mutant(parameter, *day, path, number, stepped.clone())?;
                (change, rule, true)
            }
            Mistake::Code { site, line } => {
                let mutated = site.mutated(component)?;
                let rule = self.rulebook().validate_rule(loader, &mutated).ok()?;
                (format!("at {}, {}", line.place, site.change_in(line)), rule, false)
            }
        };
        let kills = |test: &&DecisionTest| !passes_with_rule(self.engine, test, self.now, self.rule, &rule);
        if passing.iter().any(kills) {
            return Some(Mutant { change, is_number, status: MutantStatus::Killed });
        }
        let moved = match mistake {
            Mistake::Number { number, .. } => Some(number.clone()),
            Mistake::Code { site, .. } => site.number().map(Value::Integer),
        };
        let status = match probes.find_difference(&rule, base.filter(|_| !is_number), moved.as_ref()) {
            Some(probe) => MutantStatus::Survived(Box::new(probe)),
            None => MutantStatus::PossiblyEquivalent,
        };
        Some(Mutant { change, is_number, status })
    }

    /// Each number and date of the rule's parameters, one step lower and one step higher.
    fn number_mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (parameter, day, value) in dated_values(self.rule) {
            for (path, number) in numbers_in(&value) {
                for is_up in [false, true] {
                    let Some(stepped) = step_number(&value, &path, is_up) else { continue };
                    let (parameter, path, number) = (parameter.clone(), path.clone(), number.clone());
                    mistakes.push(Mistake::Number { parameter, day, path, number, stepped });
                }
            }
        }
        mistakes
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
}
