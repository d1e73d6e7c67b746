//! What size costs: the time to load 3,300 places with 500 rules, a decision by the number of its layers, and a batch
//! of 1,000,000 lines with the most memory that the host had.
//!
//! `cargo bench -p ordinance-tests --bench scale [-- LINES]`
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected ends"
)]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::value::Value;
use ordinance_engine::{Case, Engine, NoObserver, Rulebook, decide};
use ordinance_sandbox::{Sandbox, SandboxConfig};

/// How many places get a rule of their own.
const RULES: usize = 500;
const ROUNDS: usize = 5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn ordinance() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ordinance-under-test"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// China's whole tree with the care subsidy: the nation's rule, Jiangxi's, and so many more that share Jiangxi's code,
/// in whole branches, so that there are chains of one to four rules.
fn write_rulebook(folder: &Path) {
    let plugins = root().join("plugins");
    let privacy = ["personal-information", "government-data-sharing"].map(|id| format!("CN/{id}"));
    let rules = ["CN", "CN-36"].map(|place| format!("{place}/disability-care-subsidy"));
    for rule in rules.into_iter().chain(privacy) {
        copy(&plugins.join(&rule), &folder.join(&rule));
    }
    for file in ["places/cn.csv", "facts.toml", "services/disability-care-subsidy.toml", "Cargo.lock"] {
        fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        fs::copy(plugins.join(file), folder.join(file)).unwrap();
    }
    let sdk = root().join("sdk/ordinance-sdk");
    let workspace = fs::read_to_string(plugins.join("Cargo.toml")).unwrap();
    fs::write(folder.join("Cargo.toml"), workspace.replace("../sdk/ordinance-sdk", sdk.to_str().unwrap())).unwrap();
    let rulebook = "titles = { en = \"Scale\" }\n[[jurisdiction-tables]]\nfile = \"places/cn.csv\"\n";
    fs::write(folder.join("rulebook.toml"), rulebook).unwrap();
    let table = fs::read_to_string(folder.join("places/cn.csv")).unwrap();
    let codes = table.lines().skip(1).map(|line| line.split(',').next().unwrap());
    let branches = codes.filter(|code| code.starts_with("CN-3") && *code != "CN-36");
    for (index, code) in branches.take(RULES - 4).enumerate() {
        let rule = folder.join(format!("{code}/disability-care-subsidy"));
        fs::create_dir_all(&rule).unwrap();
        let amount = 100 + index % 7;
        fs::write(rule.join("rule.toml"), format!(
            "id = \"disability-care-subsidy\"\nversion = \"1.0.0\"\njurisdiction = \"{code}\"\nservice = \"disability-care-subsidy\"\n\
             extends = \"CN-36\"\nin-force = {{ from = 2025-01-01 }}\ntitles = {{ en = \"{code}\" }}\n\
             [parameters.monthly]\nvalues = [{{ from = 2025-01-01, value = \"{amount}.00\" }}]\n"
        )).unwrap();
    }
}

fn build(source: &Path) -> PathBuf {
    let out = source.join("target/rulebook");
    let built = ordinance().arg("build").arg(source).arg("--out").arg(&out).status().unwrap();
    assert!(built.success());
    out
}

/// The same rules, each with code of its own: what would be shared is told apart by a section that nobody reads.
fn write_distinct(source: &Path, rulebook: &Path, folder: &Path) {
    for part in ["places", "services"] {
        copy(&source.join(part), &folder.join(part));
    }
    for file in ["rulebook.toml", "facts.toml"] {
        fs::copy(source.join(file), folder.join(file)).unwrap();
    }
    let index: serde_json::Value = serde_json::from_slice(&fs::read(rulebook.join("index.json")).unwrap()).unwrap();
    for (number, rule) in index["rules"].as_array().unwrap().iter().enumerate() {
        let bytes =
            fs::read(rulebook.join(format!("rules/{}.wasm", rule["state"]["built"].as_str().unwrap()))).unwrap();
        let (code, manifest) = without_manifest(&bytes);
        let name = rule["service"].as_str().or(rule["id"].as_str()).unwrap();
        let target = folder.join(format!("{}/{name}", rule["jurisdiction"].as_str().unwrap()));
        fs::create_dir_all(&target).unwrap();
        let mark = format!("{number:08}");
        fs::write(target.join("rule.wasm"), [code, &[0, 10, 1, b'n'], mark.as_bytes()].concat()).unwrap();
        let text = std::str::from_utf8(manifest).unwrap();
        let own: Vec<&str> = text.lines().filter(|line| !line.starts_with("extends")).collect();
        fs::write(target.join("rule.toml"), own.join("\n")).unwrap();
    }
}

/// A component and the manifest in its last section: a zero, the length in groups of seven bits, the name, the text.
fn without_manifest(bytes: &[u8]) -> (&[u8], &[u8]) {
    let name = b"\x12ordinance:manifest";
    let at = bytes.windows(name.len()).rposition(|window| window == name).unwrap();
    let length_bytes = (bytes.len() - at).ilog2() as usize / 7 + 1;
    (&bytes[..at - length_bytes - 1], &bytes[at + name.len()..])
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Loads with an empty and then with a filled code cache.
fn measure_load(rulebook: &Path, cache: &Path, what: &str) -> Rulebook {
    let load = || {
        let sandbox = Sandbox::new(SandboxConfig { code_cache: Some(cache.to_owned()), ..SandboxConfig::default() });
        let sandbox = sandbox.unwrap();
        let begun = Instant::now();
        let rulebook = Rulebook::load(rulebook, &sandbox).unwrap();
        (rulebook, begun.elapsed())
    };
    let (rulebook, cold) = load();
    let warm: Vec<f64> = (0..ROUNDS).map(|_| milliseconds(load().1)).collect();
    let places = rulebook.jurisdictions().periods().count();
    let rules = rulebook.rules().count();
    assert_eq!(rulebook.broken_rules().count(), 0);
    println!(
        "load {places} places and {rules} rules, {what}: {:.0} ms with an empty code cache, {:.0} ms with it filled",
        milliseconds(cold),
        median(warm)
    );
    rulebook
}

fn facts() -> Facts {
    let fact = |name: &str, value| (FieldName::new(name).unwrap(), value);
    Facts(vec![
        fact("disability_grade", Value::Integer(1)),
        fact("needs_long_term_care", Value::Bool(true)),
        fact("work_injury_care_payment", Value::Bool(false)),
        fact("destitute_support", Value::Bool(false)),
        fact("draws_elderly_care_subsidy", Value::Bool(false)),
    ])
}

fn as_of() -> Date {
    "2026-03-01".parse().unwrap()
}

/// The time of one decision by the number of rules in its chain, rounds alternating.
fn measure_layers(engine: &Engine) {
    let chains = ["CN", "CN-31", "CN-3301", "CN-330102"];
    let portal = Recipient { kind: RecipientKind::Portal, id: RecipientId::constant("bench") };
    let contract = engine.rulebook().contract(&Id::new("disability-care-subsidy").unwrap()).unwrap();
    let cases: Vec<Case> = chains
        .iter()
        .map(|code| {
            let query = CaseQuery {
                jurisdiction: JurisdictionCode::new(code).unwrap(),
                service: Id::new("disability-care-subsidy").unwrap(),
                as_of: as_of(),
                known_at: None,
            };
            let disclosure = contract.disclosure(portal.clone(), as_of());
            Case { query, facts: facts(), disclosure, alternatives: Vec::new() }
        })
        .collect();
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for (case, times) in cases.iter().zip(&mut times) {
            let begun = Instant::now();
            for _ in 0..2_000 {
                let decision = decide(engine, case, &mut NoObserver).unwrap();
                assert_eq!(decision.outcome.as_str(), "eligible");
            }
            times.push(begun.elapsed().as_secs_f64() * 1e6 / 2_000.0);
        }
    }
    let times: Vec<f64> = times.into_iter().map(median).collect();
    for (code, time) in chains.iter().zip(&times) {
        let layers = code.len().saturating_sub(1) / 2;
        println!(
            "decide with {} rules in the chain ({code}): {time:.1} us, {:.2} of one rule",
            layers.max(1),
            time / times[0]
        );
    }
}

struct Host {
    child: Child,
    address: String,
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start_host(folder: &Path, rulebook: &Path) -> Host {
    let config = folder.join("host.toml");
    fs::write(&config, format!("[decision-log]\npath = {:?}\n", folder.join("decisions.ndjson"))).unwrap();
    let mut child = ordinance()
        .args(["serve", rulebook.to_str().unwrap(), "--config", config.to_str().unwrap(), "--open-door"])
        .args(["--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("decisions on ")).unwrap();
    thread::spawn(move || lines.for_each(drop));
    let address = line.split_whitespace().nth(2).unwrap().trim_start_matches("http://").to_owned();
    Host { child, address }
}

/// The most memory that a process had so far, in MiB.
fn peak_memory(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

fn batch(host: &Host, mode: &str, lines: usize) {
    let before = peak_memory(host.child.id());
    let request = format!(
        r#"{{"jurisdiction":"CN-330102","service":"disability-care-subsidy","as_of":"2026-03-01","mode":"{mode}","facts":{{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}}}}"#
    );
    let stream = TcpStream::connect(&host.address).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let head = format!(
        "POST /v1/decisions/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        (request.len() + 1) * lines
    );
    let begun = Instant::now();
    let sender = thread::spawn(move || {
        writer.write_all(head.as_bytes()).unwrap();
        let hundred = format!("{request}\n").repeat(100);
        (0..lines / 100).for_each(|_| writer.write_all(hundred.as_bytes()).unwrap());
    });
    let answers = BufReader::with_capacity(1 << 20, stream).split(b'\n').map_while(Result::ok);
    let answered = answers.filter(|line| line.starts_with(b"{\"line\"")).count();
    sender.join().unwrap();
    let time = begun.elapsed().as_secs_f64();
    assert_eq!(answered, lines);
    println!(
        "batch of {lines} lines, {mode}: {:.0} decisions/s, at most {:.0} MiB in the host ({before:.0} MiB before)",
        lines as f64 / time,
        peak_memory(host.child.id())
    );
}

fn main() {
    let lines = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let source = folder.path().join("source");
    write_rulebook(&source);
    let rulebook = build(&source);
    let distinct = folder.path().join("distinct");
    write_distinct(&source, &rulebook, &distinct);
    drop(measure_load(&build(&distinct), &folder.path().join("cache-distinct"), "each with code of its own"));
    let loaded = measure_load(&rulebook, &folder.path().join("cache"), "two components between them");
    measure_layers(&Engine::with_throwaway_key(loaded));
    let host = start_host(folder.path(), &rulebook);
    batch(&host, "simulation", lines / 100 * 100);
    batch(&host, "official", lines / 1000 * 100);
}
