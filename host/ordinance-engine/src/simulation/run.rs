//! Cases of one query, decided one after the other.

use ordinance_domain::answer::{Answer, RuleError};
use ordinance_domain::decision::Decision;
use ordinance_domain::query::CaseQuery;
use ordinance_sandbox::ReusedInstance;

use crate::case::Case;
use crate::engine::Engine;
use crate::error::DecideError;
use crate::evaluate::{PreparedCall, arguments_of, call_rule, check_answer, evaluate_with};
use crate::law::ApplicableLaw;
use crate::missing_facts::{Budget, narrow};
use crate::observer::NoObserver;
use crate::privacy::{admit, gate};

/// The law of one query, with an instance of each rule that serves one case after the other.
pub struct SimulationRun<'e> {
    pub(super) law: ApplicableLaw<'e>,
    /// For each level of the chain, once its rule was called.
    pub(super) instances: Vec<LevelInstances>,
}

/// The instances of a level's rule, one after the other.
#[derive(Default)]
pub(super) struct LevelInstances {
    current: Option<Box<ReusedInstance>>,
    /// How many were made.
    made: usize,
}

/// How many instances of a rule are made before each call of it gets a fresh one in the ordinary way: a rule that grows
/// its memory in each case gains nothing by them.
const INSTANCES_MAX: usize = 64;

impl LevelInstances {
    /// Calls the rule. `None` if it has to be called in a fresh instance.
    pub(super) fn call(
        &mut self,
        law: &ApplicableLaw<'_>,
        call: &PreparedCall<'_>,
    ) -> Option<Result<Answer, RuleError>> {
        if self.current.as_ref().is_none_or(|instance| instance.is_spent()) {
            if self.made == INSTANCES_MAX {
                return None;
            }
            self.made += 1;
            self.current = call.rule.compiled.reused_instance().map(Box::new);
        }
        let answer = self.current.as_mut()?.call(&arguments_of(law, call))?;
        Some(answer.and_then(|answer| check_answer(law.contract(), call.rule, call.applicant, answer)))
    }
}

impl<'e> SimulationRun<'e> {
    /// Selects the law of a query.
    ///
    /// # Errors
    /// [`DecideError`] if the place or the service is unknown.
    pub fn select(engine: &'e Engine, query: &CaseQuery) -> Result<Self, DecideError> {
        let law = ApplicableLaw::select(engine, query)?;
        let instances = law.levels().iter().map(|_| LevelInstances::default()).collect();
        Ok(Self { law, instances })
    }

    /// The query of all cases.
    #[must_use]
    pub fn query(&self) -> &CaseQuery {
        &self.law.query
    }

    /// Decides a case of the run's query: the same decision as [`decide`](crate::decide()) makes.
    #[must_use]
    pub fn decide(&mut self, case: &Case) -> Decision {
        let Self { law, instances } = self;
        let rulings = gate(law, case, &mut NoObserver);
        let facts = admit(law, &case.facts, rulings);
        let evaluation = evaluate_with(law, facts.forms(), &mut |call| {
            let reused = instances.get_mut(call.index).and_then(|level| level.call(law, &call));
            reused.unwrap_or_else(|| call_rule(law, &call, false).result)
        });
        narrow(law, evaluation, &facts, &mut Budget::default(), &mut NoObserver)
    }
}
