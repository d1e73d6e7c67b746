//! The decision of one case: the stages in order, for single requests, batches, comparisons, questions, shadow rules,
//! the command line and the reviewers' harness.

use ordinance_domain::decision::{Decision, Evaluation};

use crate::case::Case;
use crate::engine::Engine;
use crate::error::DecideError;
use crate::evaluate::evaluate;
use crate::law::ApplicableLaw;
use crate::missing_facts::{Budget, narrow};
use crate::observer::{Observer, Stage};
use crate::privacy::{AdmittedFacts, admit, gate};

/// Decides one case: stages 3 to 7, in order, nothing else.
///
/// # Errors
/// [`DecideError`] if the place or the service is unknown. A missing fact or a failed rule isn't an error; the decision
/// reports it.
pub fn decide(engine: &Engine, case: &Case, observer: &mut impl Observer) -> Result<Decision, DecideError> {
    let law = ApplicableLaw::select(engine, &case.query)?;
    Ok(decide_under(&law, case, &mut Budget::default(), observer).decision)
}

/// A decision and the facts that it rests on.
#[derive(Debug, Clone)]
pub struct DecisionWithFacts<'c> {
    pub decision: Decision,
    /// The facts that rules could use.
    pub facts: AdmittedFacts<'c>,
}

/// Decides a case under a law that was selected before: stages 4 to 7. For callers that put another rule in the place
/// of one of the law's own, that share a budget between cases, or that ask something after the decision.
#[must_use]
pub fn decide_under<'c>(
    law: &ApplicableLaw<'_>,
    case: &'c Case,
    budget: &mut Budget,
    observer: &mut impl Observer,
) -> DecisionWithFacts<'c> {
    let (evaluation, facts) = evaluate_under(law, case, observer);
    let decision = narrow(law, evaluation, &facts, budget, observer);
    DecisionWithFacts { decision, facts }
}

/// Stages 4 to 6: what the rules say to a case, whichever of the missing facts matter.
pub(crate) fn evaluate_under<'c>(
    law: &ApplicableLaw<'_>,
    case: &'c Case,
    observer: &mut impl Observer,
) -> (Evaluation, AdmittedFacts<'c>) {
    let rulings = gate(law, case, observer);
    let facts = admit(law, &case.facts, rulings);
    let rules = Stage::Rules { fuel_max: law.fuel_max() };
    let evaluation = observer.stage(rules, |observer| evaluate(law, &facts, observer));
    (evaluation, facts)
}
