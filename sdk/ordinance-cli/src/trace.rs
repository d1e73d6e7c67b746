//! `ordinance trace`: shows the calls and the decision of one case, step by step.

use ordinance_domain::answer::{Answer, Determination, FailureCode, Finding};
use ordinance_domain::decision::{Decision, Layer, LayerStatus, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::Verdict;
use ordinance_engine::trace::CallTrace;
use ordinance_harness::{
    CaseTrace, DecisionTest, LineTable, Study, TestError, finding_status, record_toml, trace_case, trace_case_with,
};
use ordinance_sandbox::Sandbox;
use serde_json::{Value as Json, json};

use crate::arguments::TraceArguments;
use crate::build::{DebugBuild, build_with_debug_info};
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::project::Project;
use crate::sandbox::backtrace_sandbox;
use crate::terminal::print_line;

pub(crate) fn run(arguments: &TraceArguments) -> Result<Exit, CommandError> {
    let project = Project::read(&arguments.dir, arguments.trust.trust())?;
    let mut tracer = Tracer { project: &project, arguments, traced: Vec::new(), has_failed: false, debug: None };
    project.for_each_rule(Some(&arguments.rule), |study| tracer.trace_rule(study))?;
    if tracer.traced.is_empty() {
        let message = format!("no case beside `{}` has `{}` in its name", arguments.rule, arguments.case);
        return Err(CommandError::bad_use(
            message,
            "`ordinance test` lists the names of the cases; give a part of one",
        ));
    }
    Ok(if tracer.has_failed { Exit::Findings } else { Exit::Good })
}

/// Traces the cases whose names contain the text of `--case`.
struct Tracer<'t> {
    project: &'t Project,
    arguments: &'t TraceArguments,
    /// The name and the place of each case already traced.
    traced: Vec<(String, String)>,
    has_failed: bool,
    /// The debug builds of all rules. They are made when the first rule traps.
    debug: Option<DebugRules>,
}

struct DebugRules {
    builds: Vec<Option<DebugBuild>>,
    /// A sandbox that records where a rule traps.
    sandbox: Sandbox,
}

impl Tracer<'_> {
    fn trace_rule(&mut self, study: Study<'_>) -> Result<(), CommandError> {
        let is_wanted = |test: &&DecisionTest| test.name.contains(&self.arguments.case);
        // The versions of a rule share their cases.
        let is_new = |test: &&DecisionTest| !self.traced.contains(&(test.name.clone(), test.jurisdiction.clone()));
        let tests: Vec<&DecisionTest> = study.cases.iter().filter(is_wanted).filter(is_new).collect();
        for test in tests {
            self.traced.push((test.name.clone(), test.jurisdiction.clone()));
            match trace_case(study.engine, test, now()) {
                Ok(trace) => self.print_trace(study, test, &trace)?,
                Err(error) => self.print_unusable(study, test, &error),
            }
        }
        Ok(())
    }

    fn print_trace(&mut self, study: Study<'_>, test: &DecisionTest, trace: &CaseTrace) -> Result<(), CommandError> {
        self.has_failed |= has_failed(trace);
        let trap = if has_trapped(trace, study) { self.trap_line(study, test)? } else { None };
        let place = study.rule.head.source_path();
        if self.arguments.json {
            print_line(&trace_json(&place, &test.name, trace, trap.as_deref()).to_string());
            return Ok(());
        }
        print_line(&format!("# {place}, `{}`", test.name));
        print_text(trace);
        if let Some(line) = trap {
            print_line(&format!("the rule trapped at {line}"));
        }
        Ok(())
    }

    fn print_unusable(&mut self, study: Study<'_>, test: &DecisionTest, error: &TestError) {
        self.has_failed = true;
        let place = study.rule.head.source_path();
        if self.arguments.json {
            let unusable = json!({"rule": place, "case": test.name, "unusable": error.to_string()});
            print_line(&unusable.to_string());
        } else {
            print_line(&format!("# {place}, `{}`\nthe case can't be decided: {error}", test.name));
        }
    }

    /// The line of source at which the rule trapped. It builds the rule with debug information and decides the case
    /// again.
    fn trap_line(&mut self, study: Study<'_>, test: &DecisionTest) -> Result<Option<String>, CommandError> {
        let debug = match &mut self.debug {
            Some(debug) => debug,
            None => {
                let builds = build_with_debug_info(&self.project.source)?;
                let sandbox = backtrace_sandbox()?;
                self.debug.insert(DebugRules { builds, sandbox })
            }
        };
        let build = self.project.debug_build_of(study.rule, &debug.builds);
        Ok(build.and_then(|build| line_of_trap(study, test, build, &debug.sandbox)))
    }
}

/// The line of source at which a debug build of the rule traps. `None` if it doesn't trap, or the line is unknown.
fn line_of_trap(study: Study<'_>, test: &DecisionTest, build: &DebugBuild, sandbox: &Sandbox) -> Option<String> {
    let rule = study.rulebook().validate_rule(&mut sandbox.loader(), &build.component).ok()?;
    let trace = trace_case_with(study.engine, test, now(), Some((study.rule, &rule))).ok()?;
    let line_table = LineTable::parse(&build.module)?;
    let frames = &study.own_call(&trace.calls)?.trap_frames;
    let line = frames.iter().find_map(|(function, offset)| {
        line_table.line_at(usize::try_from(*function).ok()?, *offset, |file| build.is_own(file))
    })?;
    Some(format!("{}:{}", build.path_in_folder(&line.file), line.line))
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

fn trace_json(place: &str, name: &str, trace: &CaseTrace, trapped_at: Option<&str>) -> Json {
    json!({"rule": place, "case": name, "facts": record_toml(&trace.case.facts.0),
        "steps": trace.calls.iter().map(call_json).collect::<Vec<_>>(),
        "layers": trace.decision.layers.iter().map(layer_json).collect::<Vec<_>>(),
        "trapped_at": trapped_at, "decided": outcome_text(&trace.decision.outcome)})
}

fn call_json(call: &CallTrace) -> Json {
    let mut grant = None;
    let mut findings = Vec::new();
    let answer = match &call.answer {
        Ok(Answer { determination, findings: found }) => {
            if let Determination::Eligible(granted) = determination {
                grant = Some(record_toml(&granted.0));
            }
            findings.extend(found.iter().map(finding_json));
            determination.as_str()
        }
        Err(failed) => failed.code.as_str(),
    };
    json!({"jurisdiction": call.jurisdiction.as_str(), "told": record_toml(&call.applicant),
        "numbers": record_toml(&call.parameters), "inherited": call.inherited.as_ref().map(|grant| record_toml(&grant.0)),
        "answer": answer, "grant": grant, "findings": findings, "fuel": call.fuel, "memory_bytes": call.memory_bytes})
}

fn finding_json(finding: &Finding) -> Json {
    json!({"criterion": finding.criterion.as_str(), "item": finding.item, "satisfied": finding.satisfied})
}

fn layer_json(layer: &Layer) -> Json {
    let violations: Vec<String> =
        layer.violations.iter().map(|violation| format!("{} {}", violation.subject, violation.bound)).collect();
    json!({"jurisdiction": layer.jurisdiction.as_str(), "status": layer.status.as_str(), "violations": violations})
}

fn print_text(trace: &CaseTrace) {
    let CaseTrace { case, calls, decision } = trace;
    print_line(&format!("the case, on {}: {}", decision.query.as_of, record_toml(&case.facts.0)));
    print_privacy(decision);
    for layer in &decision.layers {
        print_layer(layer, calls.iter().find(|call| call.jurisdiction == layer.jurisdiction));
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
    for ruled in decision.rulings.for_rules().facts().iter().filter(|ruled| ruled.verdict != Verdict::Permit) {
        let mask = ruled.verdict.mask().map(|mask| format!(" {mask}")).unwrap_or_default();
        print_line(&format!("privacy law: {}{mask} `{}`", ruled.verdict.as_str(), ruled.fact));
    }
    if !decision.facts.undeclared.is_empty() {
        let names: Vec<&str> = decision.facts.undeclared.iter().map(FieldName::as_str).collect();
        print_line(&format!("no rule of this place reads: {}", names.join(", ")));
    }
}

fn print_layer(layer: &Layer, call: Option<&CallTrace>) {
    let rule = layer.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    print_line(&format!("\n{}{rule}: {}", layer.jurisdiction, layer.status.as_str()));
    if let LayerStatus::MissingFacts(missing) = &layer.status {
        print_line(&format!("  missing    {}", missing.join(", ")));
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
    if let Ok(Answer { determination, findings }) = &call.answer {
        for finding in findings {
            let status = finding_status(finding.satisfied);
            let criterion = layer.rule.as_ref().and_then(|rule| rule.criterion(&finding.criterion));
            let title = criterion.map_or_else(|| finding.criterion.to_string(), ToString::to_string);
            let item = criterion.and_then(|criterion| criterion.item_of(finding));
            let title = item.map_or_else(|| title.clone(), |item| format!("{item}: {title}"));
            print_line(&format!("  {status:<13} {title}"));
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
