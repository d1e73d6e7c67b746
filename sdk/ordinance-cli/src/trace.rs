//! `ordinance trace`: shows the calls and the decision of one case, step by step.

use std::path::Path;

use ordinance_domain::answer::{Answer, Determination, FailureCode, Finding};
use ordinance_domain::decision::{Decision, Layer, LayerStatus, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_engine::Rule;
use ordinance_engine::trace::CallTrace;
use ordinance_harness::{
    CaseTrace, DecisionTest, Study, Test, TestError, finding_status, record_toml, trace_case, trace_case_with,
    withholdings,
};
use serde_json::{Value as Json, json};

use crate::arguments::TraceArguments;
use crate::case_files::entries_of_file;
use crate::exit::{CommandError, Exit};
use crate::faults::Faults;
use crate::invocation::now;
use crate::project::Project;
use crate::terminal::{print_error, print_line};
use crate::trap::{Trap, TrapFinder};
use crate::untold_values::{UntoldValues, may_be_untold};

pub(crate) fn run(arguments: &TraceArguments) -> Result<Exit, CommandError> {
    let project = Project::read_for(&arguments.study)?;
    let tests_of_file = arguments.cases.as_deref().map(|file| tests_of_file(&project, file)).transpose()?;
    let traps = TrapFinder::new(&project);
    let mut tracer =
        Tracer { arguments, project: &project, tests_of_file, traced: Vec::new(), has_failed: false, traps };
    project.for_each_rule(Some(&arguments.rule), |study| tracer.trace_rule(study))?;
    if tracer.traced.is_empty() && !project.is_sound() {
        // It was said that the rule can't run, and why.
        return Ok(Exit::Findings);
    }
    if tracer.traced.is_empty() {
        let of = match &arguments.cases {
            Some(file) => format!("of `{}` that `{}` decides", file.display(), arguments.rule),
            None => format!("beside `{}`", arguments.rule),
        };
        let message = format!("no case {of} has `{}` in its name", arguments.case);
        return Err(CommandError::bad_use(
            message,
            "`ordinance test` lists the names of the cases; give a part of one",
        ));
    }
    Ok(if tracer.has_failed { Exit::Findings } else { Exit::Good })
}

/// The cases of a file.
///
/// # Errors
/// A file that can't be read. A case that can't is told and left out.
fn tests_of_file(project: &Project, file: &Path) -> Result<Vec<DecisionTest>, CommandError> {
    let mut tests = Vec::new();
    let mut faults = Faults::default();
    for entry in entries_of_file(file)? {
        let (_, _, test) = entry?.read(project.loaded.rulebook());
        match test {
            Ok(Test::Decision(test)) => tests.push(test),
            Ok(Test::Disclosure(_)) => {}
            Err(errors) => errors.iter().for_each(|error| faults.add(error.place, "", &error.message)),
        }
    }
    for fault in faults.iter() {
        let message = format!("`{}`, {}: {}", file.display(), fault.place, fault.told());
        print_error(&message, Some("the other cases can be traced"));
    }
    if let Some(others) = faults.others() {
        print_error(&others, Some("mend those above first"));
    }
    Ok(tests)
}

/// Traces the cases whose names contain the text of `--case`.
struct Tracer<'t> {
    arguments: &'t TraceArguments,
    project: &'t Project,
    /// The cases of `--cases`.
    tests_of_file: Option<Vec<DecisionTest>>,
    /// The name and the place of each case already traced.
    traced: Vec<(String, String)>,
    has_failed: bool,
    traps: TrapFinder<'t>,
}

impl Tracer<'_> {
    fn trace_rule(&mut self, study: Study<'_>) -> Result<(), CommandError> {
        let is_wanted = |test: &&DecisionTest| test.name.contains(&self.arguments.case);
        // The versions of a rule share their cases.
        let is_new = |test: &&DecisionTest| !self.traced.contains(&(test.name.clone(), test.jurisdiction.clone()));
        let is_of_service = |test: &&DecisionTest| test.service == study.rule.head.folder().as_str();
        let cases = self.tests_of_file.as_deref().unwrap_or(study.cases);
        let tests: Vec<DecisionTest> =
            cases.iter().filter(is_wanted).filter(is_new).filter(is_of_service).cloned().collect();
        for test in &tests {
            let traced = trace_case(study.engine, test, now());
            let place = &study.rule.head.jurisdiction;
            let is_here = |trace: &CaseTrace| trace.decision.layers.iter().any(|layer| layer.jurisdiction == *place);
            if traced.as_ref().is_ok_and(|trace| !is_here(trace)) {
                continue;
            }
            self.traced.push((test.name.clone(), test.jurisdiction.clone()));
            match traced {
                Ok(trace) => self.print_trace(study, test, &trace)?,
                Err(error) => self.print_unusable(study, test, &error),
            }
        }
        Ok(())
    }

    fn print_trace(&mut self, study: Study<'_>, test: &DecisionTest, trace: &CaseTrace) -> Result<(), CommandError> {
        self.has_failed |= has_failed(trace);
        let again = |rule: &Rule| {
            let trace = trace_case_with(study.engine, test, now(), Some((study.rule, rule))).ok()?;
            study.own_call(&trace.calls).cloned()
        };
        let trap =
            if has_trapped(trace, study) { self.traps.find(study, trace.decision.query.as_of, again)? } else { None };
        let place = study.rule.head.source_path();
        if self.arguments.study.json {
            print_line(&trace_json(&place, &test.name, trace, trap.as_ref()).to_string());
            return Ok(());
        }
        print_line(&format!("# {place}, `{}`", test.name));
        print_text(trace, &self.untold(trace));
        if let Some(trap) = trap {
            print_line(&format!("the rule failed by {trap}"));
            trap.values().iter().for_each(|(name, value)| print_line(&format!("  computed   {name} = {value}")));
        }
        Ok(())
    }

    /// What the rules know and can't tell. Nothing of a rulebook without sources.
    fn untold(&self, trace: &CaseTrace) -> UntoldValues {
        match self.project.is_built_here() && may_be_untold(&trace.decision) {
            true => UntoldValues::of(&self.project.source, &trace.decision, &trace.calls, trace.decision.query.as_of),
            false => UntoldValues::default(),
        }
    }

    fn print_unusable(&mut self, study: Study<'_>, test: &DecisionTest, error: &TestError) {
        self.has_failed = true;
        let place = study.rule.head.source_path();
        if self.arguments.study.json {
            let unusable = json!({"rule": place, "case": test.name, "unusable": error.to_string()});
            print_line(&unusable.to_string());
        } else {
            print_line(&format!("# {place}, `{}`\nthe case can't be decided: {error}", test.name));
        }
    }
}

/// Whether the rule of `study` trapped.
fn has_trapped(trace: &CaseTrace, study: Study<'_>) -> bool {
    let answer = study.own_call(&trace.calls).map(|call| &call.answer);
    answer.is_some_and(|answer| answer.as_ref().is_err_and(|failed| failed.code == FailureCode::Trap))
}

/// Whether any rule failed.
fn has_failed(trace: &CaseTrace) -> bool {
    trace.decision.layers.iter().any(|layer| matches!(layer.status, LayerStatus::Failed(_)))
}

fn trace_json(place: &str, name: &str, trace: &CaseTrace, trap: Option<&Trap>) -> Json {
    json!({"rule": place, "case": name, "facts": record_toml(&trace.case.facts.0),
        "steps": trace.calls.iter().map(call_json).collect::<Vec<_>>(),
        "layers": trace.decision.layers.iter().map(layer_json).collect::<Vec<_>>(),
        "trapped_at": trap.and_then(Trap::line), "is_overflow": trap.map(Trap::is_overflow),
        "computed": trap.map(Trap::values).filter(|values| !values.is_empty()).map(computed_json), "decided": outcome_text(&trace.decision.outcome)})
}

fn computed_json(values: &[(String, String)]) -> Json {
    values
        .iter()
        .map(|(name, value)| (name.clone(), Json::from(value.as_str())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn call_json(call: &CallTrace) -> Json {
    let mut grant = None;
    let mut findings = Vec::new();
    let mut intermediates = None;
    let answer = match &call.answer {
        Ok(Answer { determination, findings: found, intermediates: told }) => {
            if let Determination::Eligible(granted) = determination {
                grant = Some(record_toml(&granted.0));
            }
            findings.extend(found.iter().map(finding_json));
            intermediates = Some(record_toml(told)).filter(|_| !told.is_empty());
            determination.as_str()
        }
        Err(failed) => failed.code.as_str(),
    };
    json!({"jurisdiction": call.jurisdiction.as_str(), "told": record_toml(&call.applicant),
        "numbers": record_toml(&call.parameters), "inherited": call.inherited.as_ref().map(|grant| record_toml(&grant.0)),
        "answer": answer, "grant": grant, "findings": findings, "intermediates": intermediates, "fuel": call.fuel, "memory_bytes": call.memory_bytes})
}

fn finding_json(finding: &Finding) -> Json {
    json!({"criterion": finding.criterion.as_str(), "item": finding.item, "satisfied": finding.satisfied})
}

fn layer_json(layer: &Layer) -> Json {
    let violations: Vec<String> =
        layer.violations.iter().map(|violation| format!("{} {}", violation.subject, violation.bound)).collect();
    json!({"jurisdiction": layer.jurisdiction.as_str(), "status": layer.status.as_str(), "violations": violations})
}

fn print_text(trace: &CaseTrace, untold: &UntoldValues) {
    let CaseTrace { case, calls, decision } = trace;
    print_line(&format!("the case, on {}: {}", decision.query.as_of, record_toml(&case.facts.0)));
    print_privacy(decision);
    for layer in &decision.layers {
        print_layer(layer, calls.iter().find(|call| call.jurisdiction == layer.jurisdiction), untold);
    }
    print_line(&format!("\ndecided: {}", outcome_text(&decision.outcome)));
    let deciding: Vec<&str> = decision
        .deciding_layers
        .iter()
        .filter_map(|&index| decision.layers.get(index))
        .map(|layer| layer.jurisdiction.as_str())
        .collect();
    if !deciding.is_empty() {
        print_line(&format!("by {}", deciding.join(", ")));
    }
}

fn print_privacy(decision: &Decision) {
    for ruled in decision.rulings.for_rules().facts() {
        if let Some(mask) = ruled.verdict.mask() {
            print_line(&format!("privacy law masks `{}`: {mask}", ruled.fact));
        }
    }
    withholdings(decision).iter().for_each(|fact| print_line(&fact.to_string()));
    if !decision.facts.undeclared.is_empty() {
        let names: Vec<&str> = decision.facts.undeclared.iter().map(FieldName::as_str).collect();
        print_line(&format!("no rule of this place reads: {}", names.join(", ")));
    }
}

fn print_layer(layer: &Layer, call: Option<&CallTrace>, untold: &UntoldValues) {
    let rule = layer.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    print_line(&format!("\n{}{rule}: {}", layer.jurisdiction, layer.status.as_str()));
    if let LayerStatus::MissingFacts(unknown) = &layer.status
        && !unknown.missing.is_empty()
    {
        print_line(&format!("  missing    {}", unknown.missing.join(", ")));
    }
    for fact in layer.status.unknown_facts().iter().flat_map(|unknown| &unknown.unrecognised) {
        print_line(&format!("  not known  {fact}: the rule was made before the catalogue had this value"));
    }
    if let LayerStatus::Failed(failed) = &layer.status {
        print_line(&format!("  {}: {}", failed.code.as_str(), failed.detail));
    }
    let Some(call) = call else { return };
    print_line(&format!("  facts      {}", record_toml(&call.applicant)));
    if !call.parameters.is_empty() {
        print_line(&format!("  parameters {}", record_toml(&call.parameters)));
    }
    if let Some(grant) = &call.inherited {
        print_line(&format!("  inherited  {}", record_toml(&grant.0)));
    }
    if let Ok(answer @ Answer { determination, findings, .. }) = &call.answer {
        for finding in findings {
            let status = finding_status(finding.satisfied);
            let criterion = layer.rule.as_ref().and_then(|rule| rule.criterion(&finding.criterion));
            let title = criterion.map_or_else(|| finding.criterion.to_string(), ToString::to_string);
            let item = criterion.and_then(|criterion| criterion.item_of(finding));
            let title = item.map_or_else(|| title.clone(), |item| format!("{item}: {title}"));
            print_line(&format!("  {status:<13} {title}"));
        }
        for told in layer.rule.iter().flat_map(|rule| untold.told(rule, answer)) {
            print_line(&format!("  tells      {told}"));
        }
        let grant = match determination {
            Determination::Eligible(grant) => format!(" {}", record_toml(&grant.0)),
            Determination::Ineligible | Determination::Undetermined => String::new(),
        };
        print_line(&format!("  answers    {}{grant}", determination.as_str()));
    }
    for violation in &layer.violations {
        let by = violation.set_by.as_ref().map_or_else(|| "the service".to_owned(), ToString::to_string);
        print_line(&format!(
            "  bound      `{}` breaks `{}` of {by} ({}): the nearest lawful value counts",
            violation.subject, violation.bound, violation.provision
        ));
    }
    print_line(&format!(
        "  took       {} units of fuel, {} bytes, {} us",
        call.fuel,
        call.memory_bytes,
        call.time.as_micros()
    ));
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Eligible(grant) => format!("eligible {}", record_toml(&grant.0)),
        Outcome::EligibleAtLeast { least, open } => {
            format!("eligible, at least {}, the rest open ({})", record_toml(&least.0), open.as_str())
        }
        Outcome::Ineligible => "ineligible".to_owned(),
        Outcome::Undetermined(reason) => format!("undetermined ({})", reason.as_str()),
    }
}
