//! Models of DMN mean the same compiled as evaluated: all cases of our own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets something unexpected fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_feel::dmn::cases::read_cases;
use ordinance_feel::dmn::folder::ModelFolder;
use ordinance_feel::dmn::tck::{Verdict, run_cases};
use ordinance_feel::dmn::{ComputedTwice, RunError, RunModule};
use ordinance_sandbox::{PureModule, PureModules};

/// Runs modules, and keeps the most fuel that a call took.
struct Modules {
    engine: PureModules,
    fuel: u64,
}

impl RunModule for Modules {
    type Module = PureModule;

    fn prepare(&mut self, module: &[u8]) -> Result<PureModule, RunError> {
        self.engine.compile(module).map_err(|error| RunError(error.to_string()))
    }

    fn run(&mut self, module: &PureModule, inputs: &[u8]) -> Result<Vec<u8>, RunError> {
        let outcome = module.call(inputs, 1_000_000_000).map_err(|error| RunError(error.to_string()))?;
        self.fuel = self.fuel.max(outcome.fuel);
        Ok(outcome.output)
    }
}

/// The folders with cases at and below one.
fn folders(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    if paths.iter().any(|path| path.to_string_lossy().contains("-test-")) {
        found.push(dir.to_owned());
    }
    paths.iter().filter(|path| path.is_dir()).for_each(|path| folders(path, found));
}

#[test]
fn every_case_computes_the_same_by_webassembly() {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/dmn-cases");
    let dir = std::env::var_os("DMN_CASES").map_or(ours, PathBuf::from);
    let mut all = Vec::new();
    folders(&dir, &mut all);
    let (mut passed, mut refused, mut failed) = (0, Vec::new(), Vec::new());
    let mut computed = ComputedTwice::new(Modules { engine: PureModules::new().unwrap(), fuel: 0 });
    for folder in all {
        let files: Vec<(String, String)> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .filter(|path| [".dmn", "-test-"].iter().any(|word| path.to_string_lossy().contains(word)))
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
            .collect();
        let of_kind = |word: &'static str| files.iter().filter(move |(name, _)| name.contains(word));
        let models = ModelFolder::read(of_kind(".dmn").map(|(name, text)| (name.as_str(), text.as_str())));
        for (name, text) in of_kind("-test-") {
            let cases = read_cases(name, text).unwrap();
            let file = cases
                .model
                .as_ref()
                .map(|model| model.file.clone())
                .unwrap_or_else(|| format!("{}.dmn", name.split("-test-").next().unwrap()));
            let Ok(main) = models.find(&file) else {
                refused.push(format!("{name}: {file}"));
                continue;
            };
            for outcome in run_cases(&models, main, &cases, &mut computed) {
                let place = format!("{}:{} {}", folder.join(name).display(), outcome.line, outcome.result);
                match outcome.verdict {
                    Verdict::Passed => passed += 1,
                    Verdict::Failed { expected, value } => failed.push(format!("{place}: {expected} but {value}")),
                    Verdict::Refused(refusal) => refused.push(format!("{place}: {refusal}")),
                }
            }
            computed.clear();
        }
    }
    assert!(failed.is_empty(), "{passed} passed, {} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(passed > 100, "{passed} passed, {} refused:\n{}", refused.len(), refused.join("\n"));
}
