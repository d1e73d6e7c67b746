//! `ordinance trace`: one case step by step.

use ordinance_domain::answer::{Answer, Determination};
use ordinance_domain::decision::{Decision, Layer, LayerStatus, Outcome};
use ordinance_domain::privacy::Verdict;
use ordinance_engine::trace::Step;
use ordinance_harness::{TestCase, Traced, record_toml, trace};

use crate::arguments::TraceArguments;
use crate::exit::{CommandError, Exit};
use crate::study::{Studied, place_of};
use crate::terminal::say;
use crate::today;

pub(crate) fn run(arguments: &TraceArguments) -> Result<Exit, CommandError> {
    let studied = Studied::read(&arguments.dir)?;
    let (mut traced, mut known) = (0, Vec::new());
    let mut failed = false;
    studied.each(Some(&arguments.rule), |study| {
        let is_wanted = |case: &&TestCase| case.name.contains(&arguments.case);
        // The versions of a rule share their cases.
        let is_first = |case: &&TestCase| !known.contains(&(case.name.clone(), case.jurisdiction.clone()));
        let cases: Vec<&TestCase> = study.cases.iter().filter(is_wanted).filter(is_first).collect();
        for case in cases {
            known.push((case.name.clone(), case.jurisdiction.clone()));
            traced += 1;
            say(&format!("# {}, `{}`", place_of(study.rule), case.name));
            match trace(study.registry, case, today()) {
                Ok(found) => failed |= tell(&found),
                Err(why) => {
                    failed = true;
                    say(&format!("it can't be put to the rulebook: {why}"));
                }
            }
        }
        Ok(())
    })?;
    if traced == 0 {
        let message = format!("no case beside `{}` has `{}` in its name", arguments.rule, arguments.case);
        return Err(CommandError::bad_use(message, "ordinance test lists the names; give a part of one"));
    }
    Ok(if failed { Exit::Findings } else { Exit::Good })
}

/// Tells a case; whether a rule failed in it.
fn tell(traced: &Traced) -> bool {
    let Traced { case, steps, decision } = traced;
    say(&format!("the case, on {}: {}", decision.as_of, record_toml(&case.facts.0)));
    tell_privacy(decision);
    for layer in &decision.layers {
        tell_layer(layer, steps.iter().find(|step| step.jurisdiction == layer.jurisdiction));
    }
    say(&format!("\ndecided: {}", outcome(&decision.outcome)));
    let deciding: Vec<&str> = decision
        .deciding
        .iter()
        .filter_map(|&index| decision.layers.get(index))
        .map(|layer| layer.jurisdiction.as_str())
        .collect();
    if !deciding.is_empty() {
        say(&format!("by {}", deciding.join(", ")));
    }
    decision.layers.iter().any(|layer| matches!(layer.status, LayerStatus::Failed(_)))
}

fn tell_privacy(decision: &Decision) {
    for ruled in decision.gate.decide.facts.iter().filter(|ruled| ruled.verdict != Verdict::Permit) {
        let mask = ruled.verdict.mask().map(|mask| format!(" {mask}")).unwrap_or_default();
        say(&format!("privacy law: {}{mask} `{}`", ruled.verdict.as_str(), ruled.fact));
    }
    if !decision.undeclared.is_empty() {
        let names: Vec<&str> = decision.undeclared.iter().map(ordinance_domain::name::FieldName::as_str).collect();
        say(&format!("no rule of this place reads: {}", names.join(", ")));
    }
}

fn tell_layer(layer: &Layer, step: Option<&Step>) {
    let rule = layer.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    say(&format!("\n{}{rule}: {}", layer.jurisdiction, layer.status.as_str()));
    if let LayerStatus::MissingFacts(missing) = &layer.status {
        say(&format!("  it needs {}", missing.join(", ")));
    }
    if let LayerStatus::Failed(failed) = &layer.status {
        say(&format!("  {}: {}", failed.code.as_str(), failed.detail));
    }
    let Some(step) = step else { return };
    say(&format!("  told       {}", record_toml(&step.told)));
    if !step.parameters.is_empty() {
        say(&format!("  numbers    {}", record_toml(&step.parameters)));
    }
    if let Some(grant) = &step.inherited {
        say(&format!("  inherited  {}", record_toml(&grant.0)));
    }
    if let Ok(Answer { determination, findings }) = &step.answer {
        for finding in findings {
            let word = match finding.satisfied {
                Some(true) => "satisfied",
                Some(false) => "not satisfied",
                None => "unknown",
            };
            let criterion = layer.rule.as_ref().and_then(|rule| rule.criterion(&finding.criterion));
            let title =
                criterion.and_then(|criterion| criterion.titles.best(&[])).unwrap_or(finding.criterion.as_str());
            let law = criterion.map(|criterion| format!(" ({})", criterion.provision)).unwrap_or_default();
            say(&format!("  {word:<13} {title}{law}"));
        }
        let grant = match determination {
            Determination::Eligible(grant) => format!(" {}", record_toml(&grant.0)),
            Determination::Ineligible | Determination::Undetermined => String::new(),
        };
        say(&format!("  answers    {}{grant}", determination.as_str()));
    }
    for violation in &layer.violations {
        let by = violation.set_by.as_ref().map_or_else(|| "the service".to_owned(), ToString::to_string);
        say(&format!(
            "  bound      `{}` breaks `{}` of {by} ({}): the nearest lawful value counts",
            violation.subject, violation.bound, violation.provision
        ));
    }
    say(&format!(
        "  took       {} units of fuel, {} bytes, {} us",
        step.fuel,
        step.memory_bytes,
        step.time.as_micros()
    ));
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Eligible(grant) => format!("eligible {}", record_toml(&grant.0)),
        Outcome::Ineligible => "ineligible".to_owned(),
        Outcome::Undetermined(why) => format!("undetermined ({})", why.as_str()),
    }
}
