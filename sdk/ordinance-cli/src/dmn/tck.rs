//! `ordinance tck`: runs test cases in the format of the DMN Technology Compatibility Kit.

use std::path::Path;

use ordinance_feel::dmn::cases::{CaseFile, read_cases};
use ordinance_feel::dmn::refusal::RefusalError;
use ordinance_feel::dmn::tck::{Outcome, Verdict, run_cases};
use serde_json::json;

use super::computed::computed_twice;
use super::tck_folder::{TextOfFile, find_folders};
use crate::arguments::TckArguments;
use crate::exit::{CommandError, Exit};
use crate::terminal;

/// The stack of the thread that runs the cases, in bytes: expressions may be deep.
const STACK_BYTES: usize = 256 << 20;

#[derive(Debug, Default, Clone, Copy)]
struct Totals {
    passed: usize,
    failed: usize,
    refused: usize,
}

pub(crate) fn run(arguments: &TckArguments) -> Result<Exit, CommandError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let running = thread.spawn_scoped(scope, || run_all(arguments));
        match running.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Ok(Exit::Internal),
        }
    })
}

fn run_all(arguments: &TckArguments) -> Result<Exit, CommandError> {
    let folders = find_folders(&arguments.dir)?;
    if folders.is_empty() {
        return Err(CommandError::bad_use(
            format!("`{}` has no test cases", arguments.dir.display()),
            "name a folder with models (.dmn) and test cases (-test-*.xml), or one above such folders",
        ));
    }
    let mut totals = Totals::default();
    let mut computed = computed_twice()?;
    let mut has_unreadable = false;
    for folder in &folders {
        let models = folder.read_models();
        let mut tell = |fault: &RefusalError| {
            terminal::print_error(&format!("{}/{fault}", folder.path.display()), None);
            has_unreadable = true;
        };
        models.broken.iter().for_each(|(_, fault)| tell(fault));
        for cases in &folder.cases {
            let file = match read_cases(&cases.name, &cases.text) {
                Ok(file) => file,
                Err(fault) => {
                    tell(&fault);
                    continue;
                }
            };
            let outcomes = match folder.model_of(&cases.name, file.model.as_ref()) {
                Ok(name) => match models.find(name) {
                    Ok(main) => run_cases(&models, main, &file, &mut computed),
                    Err(refusal) => all_refused(&file, &refusal),
                },
                Err(fault) => {
                    tell(&fault);
                    all_refused(&file, &fault)
                }
            };
            computed.clear();
            for outcome in &outcomes {
                totals.count(&outcome.verdict);
                print_outcome(arguments, &folder.path, cases, outcome);
            }
        }
    }
    if totals.refused > 0 && !arguments.list && !arguments.json {
        terminal::print_note("--list says of each refused result why, with the element of its model");
    }
    totals.print(arguments.json);
    Ok(if totals.failed > 0 || has_unreadable { Exit::Findings } else { Exit::Good })
}

/// Every expected result of a file, if its model isn't taken at all.
fn all_refused(file: &CaseFile, refusal: &RefusalError) -> Vec<Outcome> {
    let results = file.cases.iter().flat_map(|case| case.results.iter().map(move |result| (case, result)));
    let outcome =
        |(case, result): (&ordinance_feel::dmn::cases::TestCase, &ordinance_feel::dmn::cases::ExpectedResult)| {
            Outcome {
                case: case.id.clone(),
                result: result.name.clone(),
                line: result.line,
                verdict: Verdict::Refused(refusal.clone()),
            }
        };
    results.map(outcome).collect()
}

impl Totals {
    fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed { .. } => self.failed += 1,
            Verdict::Refused(_) => self.refused += 1,
        }
    }

    fn print(self, is_json: bool) {
        let Self { passed, failed, refused } = self;
        if is_json {
            terminal::print_line(&json!({ "passed": passed, "failed": failed, "refused": refused }).to_string());
        }
        terminal::print_line(&format!("{passed} passed, {failed} failed, {refused} refused"));
    }
}

fn print_outcome(arguments: &TckArguments, folder: &Path, cases: &TextOfFile, outcome: &Outcome) {
    let Outcome { case, result, line, verdict } = outcome;
    let folder = folder.strip_prefix(&arguments.dir).unwrap_or(folder).display().to_string();
    let place = if folder.is_empty() { cases.name.clone() } else { format!("{folder}/{}", cases.name) };
    if arguments.json {
        let (word, reason) = match verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed { expected, value } => ("failed", Some(format!("expected {expected}, got {value}"))),
            Verdict::Refused(refusal) => ("refused", Some(refusal.to_string())),
        };
        let told =
            json!({ "file": place, "line": line, "case": case, "result": result, "verdict": word, "reason": reason });
        terminal::print_line(&told.to_string());
        return;
    }
    match verdict {
        Verdict::Passed if arguments.list => {
            terminal::print_line(&format!("passed   {place}:{line}: case {case}, {result}"));
        }
        Verdict::Failed { expected, value } => terminal::print_line(&format!(
            "failed   {place}:{line}: case {case}, {result}: expected {expected}, got {value}"
        )),
        Verdict::Refused(refusal) if arguments.list => {
            terminal::print_line(&format!("refused  {place}:{line}: case {case}, {result}: {refusal}"));
        }
        Verdict::Passed | Verdict::Refused(_) => {}
    }
}
