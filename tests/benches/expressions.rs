//! What rules as expressions cost: their sizes and their fuel, beside the same laws in Rust where `tests/twins` has
//! them, and how long builds take.
//!
//! `cargo bench --workspace --bench expressions`
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected ends"
)]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often a build is measured; the shortest time counts.
const RUNS: usize = 3;
/// The numbers of rules whose build is measured.
const BUILDS: [usize; 3] = [1, 100, 5_000];
/// The bands and the ages of the table whose build is measured; it has a row for each of both.
const BANDS: usize = 100;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let twins = root().join("tests/twins");
    let expressed = sources(&folder.path().join("expressed"), None);
    let in_rust = twins.is_dir().then(|| sources(&folder.path().join("rust"), Some(&twins)));
    println!("| rule | bytes | in Rust | fuel of the costliest case | in Rust |\n|---|---|---|---|---|");
    for place in places_in(&expressed) {
        let manifest = fs::read_to_string(expressed.join(&place).join("rule.toml")).unwrap_or_default();
        if is_expressed(&manifest) {
            let twin = in_rust.as_deref().filter(|_| twins.join(&place).is_dir());
            print_rule(&place, &Cost::of(&expressed, &place), twin.map(|sources| Cost::of(sources, &place)));
        }
    }
    println!("\n| build | ms | CPU ms |\n|---|---|---|");
    for rules in BUILDS {
        let book = many_rules(&folder.path().join(format!("rules-{rules}")), rules);
        print_build(&format!("rules: {rules}"), &book);
    }
    let book = large_table(&folder.path().join("table"));
    print_build(&format!("rows of a table: {}", BANDS * BANDS), &book);
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above `tests`").to_owned()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ordinance-under-test")).args(arguments).output().expect("it starts")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of Unicode")
}

/// The sources of `plugins/`, with those of `over` in place of theirs.
fn sources(to: &Path, over: Option<&Path>) -> PathBuf {
    copy(&root().join("plugins"), to);
    if let Some(over) = over {
        copy(over, to);
    }
    let manifest = to.join("Cargo.toml");
    let sdk = format!("{:?}", text(&root().join("sdk/ordinance-sdk")));
    let packages = fs::read_to_string(&manifest).expect("the workspace of the rules");
    fs::write(&manifest, packages.replace("\"../sdk/ordinance-sdk\"", &sdk)).expect("it is written");
    to.to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() && name != "target" {
            copy(&path, &to.join(name));
        } else if path.is_file() {
            fs::copy(&path, to.join(name)).expect("it is copied");
        }
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The folders `CODE/SERVICE` with a manifest, in their order.
fn places_in(folder: &Path) -> Vec<String> {
    let mut places: Vec<String> = (names_in(folder).iter())
        .flat_map(|code| names_in(&folder.join(code)).into_iter().map(move |service| format!("{code}/{service}")))
        .filter(|place| folder.join(place).join("rule.toml").is_file())
        .collect();
    places.sort();
    places
}

/// Whether a manifest has expressions of its own.
fn is_expressed(manifest: &str) -> bool {
    manifest.lines().any(|line| line.starts_with("when = ") || line == "[grant]" || line == "[define]")
}

/// What a rule costs.
struct Cost {
    bytes: Option<u64>,
    fuel: Option<u64>,
}

impl Cost {
    /// Builds the sources, and runs the rule's cases.
    fn of(sources: &Path, place: &str) -> Self {
        let output = run(&["bench", place, "--dir", text(sources), "--runs", "1", "--json"]).stdout;
        let lines = String::from_utf8_lossy(&output).into_owned();
        let costs = lines.lines().find_map(|line| serde_json::from_str::<Value>(line).ok());
        let fuel = costs.and_then(|costs| costs["fuel"]["most"].as_u64());
        Self { bytes: bytes_of(&sources.join("target/rulebook"), place), fuel }
    }
}

/// The size of a rule of a built rulebook.
fn bytes_of(rulebook: &Path, place: &str) -> Option<u64> {
    let index: Value = serde_json::from_slice(&fs::read(rulebook.join("index.json")).ok()?).ok()?;
    let (code, service) = place.split_once('/')?;
    let is_it = |rule: &&Value| rule["jurisdiction"] == code && rule["service"] == service;
    let digest = index["rules"].as_array()?.iter().find(is_it)?["state"]["built"].as_str()?;
    Some(fs::metadata(rulebook.join(format!("rules/{digest}.wasm"))).ok()?.len())
}

fn print_rule(place: &str, expressed: &Cost, in_rust: Option<Cost>) {
    let cell = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
    let beside = |number: Option<u64>, own: Option<u64>| match (number, own) {
        (Some(number), Some(own)) if number > 0 => {
            let hundredths = own * 100 / number;
            format!("{number} ({}.{:02})", hundredths / 100, hundredths % 100)
        }
        (_, _) => "-".to_owned(),
    };
    let (bytes, fuel) = in_rust.map_or((None, None), |cost| (cost.bytes, cost.fuel));
    println!(
        "| `{place}` | {} | {} | {} | {} |",
        cell(expressed.bytes),
        beside(bytes, expressed.bytes),
        cell(expressed.fuel),
        beside(fuel, expressed.fuel)
    );
}

/// Prints the shortest time of a build, and its shortest CPU time.
fn print_build(what: &str, book: &Path) {
    let measured = (0..RUNS).map(|_| {
        let (begun, used) = (Instant::now(), cpu_time_of_children());
        let built = run(&["build", text(book)]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        (begun.elapsed(), cpu_time_of_children().saturating_sub(used))
    });
    let (elapsed, used): (Vec<Duration>, Vec<Duration>) = measured.unzip();
    let least = |times: Vec<Duration>| times.into_iter().min().unwrap_or_default().as_millis();
    println!("| {what} | {} | {} |", least(elapsed), least(used));
}

/// User and system time of the programs that ended so far, to a hundredth of a second.
fn cpu_time_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit_once(") ").expect("the program's name").1.split(' ').collect();
    let ticks =
        [13, 14].map(|at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default());
    Duration::from_millis(ticks.iter().sum::<u64>() * 10)
}

const MANIFEST: &str = r#"id = "benefit"
version = "1.0.0"
jurisdiction = "CODE"
service = "benefit"
in-force = { from = 2026-01-01 }
titles = { en = "Benefit" }

[[criteria]]
id = "old-enough"
when = "age >= min_age"
titles = { en = "Old enough" }
provision = { document = "Act", article = "1" }

[grant]
amount = "if age >= 90 then amount_90 else band"

[tables.band]
TABLE

[parameters.min_age]
titles = { en = "Least age" }
values = [{ from = 2026-01-01, value = MIN }]

[parameters.amount_90]
titles = { en = "Amount from 90 on" }
values = [{ from = 2026-01-01, value = "200.00" }]
"#;

/// A rulebook of as many places as rules, each with a number of its own.
fn many_rules(book: &Path, rules: usize) -> PathBuf {
    let made = run(&["new", "N/benefit", "--dir", text(book)]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let table = "inputs = [\"age\"]\nrows = [[\"< 80\", \"0\"], [\"[80..85)\", \"100\"], [\">= 85\", \"150\"]]";
    let mut places = String::new();
    for number in 0..rules {
        let code = if number == 0 { "N".to_owned() } else { format!("N-{number}") };
        if number > 0 {
            let _ =
                writeln!(places, "[[jurisdictions]]\ncode = \"{code}\"\nparent = \"N\"\nnames = {{ en = \"{code}\" }}");
        }
        let manifest = MANIFEST.replace("CODE", &code).replace("TABLE", table);
        let rule = book.join(&code).join("benefit");
        fs::create_dir_all(&rule).expect("a folder");
        fs::write(rule.join("rule.toml"), manifest.replace("MIN", &(60 + number % 30).to_string()))
            .expect("a manifest");
    }
    let definitions = fs::read_to_string(book.join("rulebook.toml")).expect("the definitions");
    fs::write(book.join("rulebook.toml"), definitions.replace("[privacy]", &format!("{places}\n[privacy]")))
        .expect("it is written");
    let _ = fs::remove_dir_all(book.join("N/benefit/cases"));
    book.to_owned()
}

/// A rulebook of one rule whose table, in a file beside it, has a row for each band of each age.
fn large_table(book: &Path) -> PathBuf {
    let book = many_rules(book, 1);
    let rule = book.join("N/benefit");
    fs::write(
        rule.join("rule.toml"),
        MANIFEST.replace("CODE", "N").replace("MIN", "60").replace("TABLE", "file = \"band.csv\""),
    )
    .expect("a manifest");
    let mut table = "as_of,age,amount\n".to_owned();
    for band in 0..BANDS {
        let day = |band: usize| format!("@\"{}-{:02}-01\"", 2026 + band / 12, band % 12 + 1);
        let days = match band {
            0 => format!("< {}", day(1)),
            _ if band + 1 == BANDS => format!(">= {}", day(band)),
            _ => format!("[{}..{})", day(band), day(band + 1)),
        };
        for age in 0..BANDS {
            let ages = if age + 1 == BANDS { format!(">= {age}") } else { age.to_string() };
            let _ = writeln!(table, "\"{}\",{ages},{}", days.replace('"', "\"\""), band + age);
        }
    }
    fs::write(rule.join("band.csv"), table).expect("a table");
    book
}
