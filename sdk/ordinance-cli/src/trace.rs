//! `ordinance trace`: one case step by step.

use ordinance_domain::answer::{Answer, Determination, FailureCode, Finding};
use ordinance_domain::decision::{Decision, Layer, LayerStatus, Outcome};
use ordinance_domain::privacy::Verdict;
use ordinance_engine::trace::Step;
use ordinance_harness::{CaseTrace, DecisionTest, LineTable, Study, in_word, record_toml, trace, trace_case_with};
use ordinance_sandbox::{Sandbox, SandboxConfig};
use serde_json::{Value as Json, json};

use crate::arguments::TraceArguments;
use crate::build::{DebugBuild, with_lines};
use crate::exit::{CommandError, Exit};
use crate::invocation::today;
use crate::study::Project;
use crate::terminal::say;

pub(crate) fn run(arguments: &TraceArguments) -> Result<Exit, CommandError> {
    let studied = Project::read(&arguments.dir)?;
    let (mut traced, mut known) = (0, Vec::new());
    let (mut failed, mut debuggable) = (false, None);
    studied.each(Some(&arguments.rule), |study| {
        let is_wanted = |case: &&DecisionTest| case.name.contains(&arguments.case);
        // The versions of a rule share their cases.
        let is_first = |case: &&DecisionTest| !known.contains(&(case.name.clone(), case.jurisdiction.clone()));
        let cases: Vec<&DecisionTest> = study.cases.iter().filter(is_wanted).filter(is_first).collect();
        for case in cases {
            known.push((case.name.clone(), case.jurisdiction.clone()));
            traced += 1;
            let place = study.rule.head.place();
            let found = trace(study.rulebook, case, today());
            failed |= found.as_ref().map_or(true, has_failed);
            let line = match &found {
                Ok(found) if has_trapped(found, study) => trap_line(&studied, study, case, &mut debuggable)?,
                Ok(_) | Err(_) => None,
            };
            match (found, arguments.json) {
                (Ok(found), true) => say(&in_json(&place, &case.name, &found, line.as_deref()).to_string()),
                (Err(why), true) => say(&json!({"rule": place, "case": case.name, "unusable": why}).to_string()),
                (Ok(found), false) => {
                    say(&format!("# {place}, `{}`", case.name));
                    tell(&found);
                    if let Some(line) = line {
                        say(&format!("the rule trapped at {line}"));
                    }
                }
                (Err(why), false) => {
                    say(&format!("# {place}, `{}`\nit can't be put to the rulebook: {why}", case.name))
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

/// Whether the rule under study trapped in a case.
fn has_trapped(traced: &CaseTrace, study: Study<'_>) -> bool {
    study
        .own_step(&traced.steps)
        .is_some_and(|step| step.answer.as_ref().is_err_and(|failed| failed.code == FailureCode::Trap))
}

/// The line of the author's source at which the rule trapped: it is built once more with the lines, and the case decided again.
fn trap_line(
    studied: &Project,
    study: Study<'_>,
    case: &DecisionTest,
    debuggable: &mut Option<(Vec<Option<DebugBuild>>, Sandbox)>,
) -> Result<Option<String>, CommandError> {
    let (all, sandbox) = match debuggable {
        Some(built) => built,
        None => {
            let config = SandboxConfig { tells_where: true, ..SandboxConfig::default() };
            debuggable.insert((with_lines(&studied.source)?, Sandbox::new(config)?))
        }
    };
    let Some(code) = studied.code_of(study.rule, all) else { return Ok(None) };
    let Ok(rule) = study.rulebook.check(&mut sandbox.loader(), &code.component) else { return Ok(None) };
    let Ok(traced) = trace_case_with(study.rulebook, case, today(), Some((study.rule, &rule))) else { return Ok(None) };
    let Some((lines, step)) = LineTable::of(&code.module).zip(study.own_step(&traced.steps)) else { return Ok(None) };
    let line = step
        .trapped_in
        .iter()
        .find_map(|(function, offset)| lines.at(usize::try_from(*function).ok()?, *offset, |file| code.is_own(file)));
    Ok(line.map(|line| format!("{}:{}", code.short(&line.file), line.line)))
}

/// Whether a rule failed in a case.
fn has_failed(traced: &CaseTrace) -> bool {
    traced.decision.layers.iter().any(|layer| matches!(layer.status, LayerStatus::Failed(_)))
}

fn in_json(place: &str, name: &str, traced: &CaseTrace, trapped_at: Option<&str>) -> Json {
    let step = |step: &Step| {
        let (answer, grant, findings) = match &step.answer {
            Ok(Answer { determination, findings }) => {
                let grant = match determination {
                    Determination::Eligible(grant) => Some(record_toml(&grant.0)),
                    Determination::Ineligible | Determination::Undetermined => None,
                };
                let finding = |finding: &Finding| json!({"criterion": finding.criterion.as_str(), "satisfied": finding.satisfied});
                (determination.as_str(), grant, findings.iter().map(finding).collect::<Vec<_>>())
            }
            Err(failed) => (failed.code.as_str(), None, Vec::new()),
        };
        json!({"jurisdiction": step.jurisdiction.as_str(), "told": record_toml(&step.told),
            "numbers": record_toml(&step.parameters), "inherited": step.inherited.as_ref().map(|grant| record_toml(&grant.0)),
            "answer": answer, "grant": grant, "findings": findings, "fuel": step.fuel, "memory_bytes": step.memory_bytes})
    };
    let layer = |layer: &Layer| {
        let violations: Vec<String> =
            layer.violations.iter().map(|found| format!("{} {}", found.subject, found.bound)).collect();
        json!({"jurisdiction": layer.jurisdiction.as_str(), "status": layer.status.as_str(), "violations": violations})
    };
    json!({"rule": place, "case": name, "facts": record_toml(&traced.case.facts.0),
        "steps": traced.steps.iter().map(step).collect::<Vec<_>>(),
        "layers": traced.decision.layers.iter().map(layer).collect::<Vec<_>>(),
        "trapped_at": trapped_at, "decided": outcome(&traced.decision.outcome)})
}

/// Tells a case.
fn tell(traced: &CaseTrace) {
    let CaseTrace { case, steps, decision } = traced;
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
}

fn tell_privacy(decision: &Decision) {
    for ruled in decision.gate.for_rules.facts.iter().filter(|ruled| ruled.verdict != Verdict::Permit) {
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
            let word = in_word(finding.satisfied);
            let criterion = layer.rule.as_ref().and_then(|rule| rule.criterion(&finding.criterion));
            let title = criterion.map_or_else(|| finding.criterion.to_string(), ToString::to_string);
            say(&format!("  {word:<13} {title}"));
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
