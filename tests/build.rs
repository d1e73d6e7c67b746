//! Writes a test for each folder of `scenarios/` and each file of `snapshots/`, under its own name. `scenarios.rs` and
//! `snapshots.rs` include what is written.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The folders beside the scenarios: what they share.
const SHARED: [&str; 4] = ["common", "common-privacy", "common-household", "rule"];

fn main() -> Result<(), Box<dyn Error>> {
    let is_scenario = |path: &Path| path.is_dir() && !SHARED.iter().any(|shared| path.ends_with(shared));
    write_tests("scenarios", is_scenario, "assert_scenario")?;
    write_tests("snapshots", |path| path.extension().is_some_and(|end| end == "txt"), "assert_snapshot")
}

/// Writes `FOLDER.rs`: for each entry that counts a test that calls a function with the entry's name.
fn write_tests(folder: &str, counts: impl Fn(&Path) -> bool, function: &str) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={folder}");
    let entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, Box<dyn Error>>>()?;
    let mut names: Vec<String> = entries
        .iter()
        .filter(|path| counts(path))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    if names.is_empty() {
        return Err(format!("there is no test in the folder `{folder}`").into());
    }
    names.sort_unstable();
    let tests: String = names
        .iter()
        .map(|name| format!("#[test]\nfn {}() {{\n    {function}({name:?});\n}}\n", name.replace('-', "_")))
        .collect();
    fs::write(Path::new(&env::var("OUT_DIR")?).join(format!("{folder}.rs")), tests)?;
    Ok(())
}
