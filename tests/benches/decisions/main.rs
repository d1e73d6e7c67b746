//! What a decision costs a host beside what the same law costs a bare hyper server, in CPU time of the server's process
//! for each request, user and system. Every server has two threads and a process of its own; rounds alternate, and
//! each is compared with the bare server's round beside it.
//!
//! `cargo bench --workspace --bench decisions [-- OPTIONS]`
//!
//! `--seconds S` and `--rounds N` say how long; `--only TEXT` which lanes, by a part of their names; `--beside PROGRAM`
//! measures another build of the command too, and `--dsntk PROGRAM` and `--zen FOLDER` other engines (see `peers.md`).
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected ends"
)]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

mod bare_server;
#[path = "../batch.rs"]
mod batch;
#[allow(dead_code, reason = "shared with other benchmarks")]
#[path = "../connection.rs"]
mod connection;
#[path = "../host.rs"]
mod host;
#[allow(dead_code, reason = "shared with other benchmarks")]
#[path = "../load_generator.rs"]
mod load_generator;
mod options;
#[path = "../process.rs"]
mod process;
#[path = "../statistics.rs"]
mod statistics;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::batch::send_batch;
use crate::connection::post;
use crate::host::{ORDINANCE, build_plugins, start_host};
use crate::load_generator::LoadGenerator;
use crate::options::Options;
use crate::process::{Process, cpu_time};
use crate::statistics::median;

const CONNECTIONS: usize = 32;
/// Lines of a batch for each second of a round.
const LINES_A_SECOND: usize = 10_000;

/// A law of the benchmark, and what a request for it must be answered.
struct Law {
    name: &'static str,
    service: &'static str,
    jurisdiction: &'static str,
    facts: &'static str,
    /// Texts of every server's reply.
    expected: &'static [&'static str],
}

const LAWS: [Law; 2] = [
    Law {
        name: "one layer",
        service: "old-age-allowance",
        jurisdiction: "CN",
        facts: r#"{"age":85,"low_income":true}"#,
        expected: &["\"eligible\""],
    },
    Law {
        name: "three layers",
        service: "disability-care-subsidy",
        jurisdiction: "CN-3706",
        facts: r#"{"disability_grade":1,"needs_long_term_care":true,"work_injury_care_payment":false,"destitute_support":false,"draws_elderly_care_subsidy":false}"#,
        expected: &["\"eligible\"", "193"],
    },
];

impl Law {
    fn body(&self, mode: &str) -> String {
        let Self { service, jurisdiction, facts, .. } = self;
        format!(
            r#"{{"jurisdiction":"{jurisdiction}","service":"{service}","as_of":"2026-03-01","mode":"{mode}","facts":{facts}}}"#
        )
    }
}

/// How a lane asks.
enum Load {
    /// One request after the other on every connection.
    Requests { path: String, body: String },
    /// One transfer of many lines.
    Batch { line: String },
}

/// A server and what it is asked.
struct Lane<'a> {
    name: String,
    /// The law, by its place in [`LAWS`].
    law: usize,
    process: &'a Process,
    address: &'a str,
    load: Load,
}

/// What a lane took in one round.
#[derive(Clone, Copy)]
struct Measurement {
    /// Microseconds of the server's CPU for a decision.
    cpu_us: f64,
    per_second: f64,
    rejected: u32,
}

impl Lane<'_> {
    /// Checks one answer before anything is measured.
    fn check(&self) {
        let (path, media_type, body) = match &self.load {
            Load::Requests { path, body } => (path.as_str(), "application/json", body),
            Load::Batch { line } => ("/v1/decisions/batch", "application/x-ndjson", line),
        };
        let url = format!("http://{}{path}", self.address);
        let mut response = ureq::post(url).header("content-type", media_type).send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        for expected in LAWS[self.law].expected {
            assert!(text.contains(expected), "{}: {text}", self.name);
        }
    }

    fn measure(&self, time: Duration) -> Measurement {
        let before = cpu_time(self.process.id());
        let (decisions, rejected, took) = match &self.load {
            Load::Requests { path, body } => {
                let generator = LoadGenerator::connect(self.address, CONNECTIONS, &post(path, body));
                let answers = generator.closed_loop(time);
                (answers.times.len(), answers.rejected, time)
            }
            Load::Batch { line } => {
                let lines = (LINES_A_SECOND as f64 * time.as_secs_f64()) as usize / 100 * 100 + 100;
                (lines, 0, send_batch(self.address, line, lines))
            }
        };
        let used = cpu_time(self.process.id()).saturating_sub(before);
        Measurement {
            cpu_us: used.as_secs_f64() * 1e6 / decisions as f64,
            per_second: decisions as f64 / took.as_secs_f64(),
            rejected,
        }
    }
}

fn requests<'a>(name: &str, law: usize, (process, address): &'a (Process, String), mode: &str) -> Lane<'a> {
    let load = Load::Requests { path: "/v1/decisions".to_owned(), body: LAWS[law].body(mode) };
    Lane { name: format!("{name}, {}", LAWS[law].name), law, process, address, load }
}

/// The lanes of a build of the command.
fn host_lanes<'a>(name: &str, host: &'a (Process, String)) -> Vec<Lane<'a>> {
    let mut lanes = Vec::new();
    for (law, of) in LAWS.iter().enumerate() {
        lanes.push(requests(&format!("{name}, simulation"), law, host, "simulation"));
        let load = Load::Batch { line: of.body("simulation") };
        let name = format!("{name}, a line of a batch, {}", of.name);
        lanes.push(Lane { name, law, process: &host.0, address: &host.1, load });
    }
    lanes.push(requests(&format!("{name}, official"), 1, host, "official"));
    lanes
}

/// The lanes of dsntk, whose request is a context of facts and whose reply has the outcome and the amount.
fn dsntk_lanes(server: &(Process, String)) -> impl Iterator<Item = Lane<'_>> {
    LAWS.iter().enumerate().map(|(law, of)| {
        let path = format!("/evaluate/example/benchmark/benefits/benefits/{}", of.service);
        let load = Load::Requests { path, body: of.facts.to_owned() };
        Lane { name: format!("dsntk, {}", of.name), law, process: &server.0, address: &server.1, load }
    })
}

fn print_table(lanes: &[Lane<'_>], measured: &[Vec<Measurement>], options: &Options) {
    println!(
        "\n{CONNECTIONS} connections, medians of {} alternating rounds of {} s",
        options.rounds,
        options.time.as_secs_f64()
    );
    println!("| server | CPU a decision (us) | to bare hyper | decisions/s | rejected |\n|---|---|---|---|---|");
    for (lane, rounds) in lanes.iter().zip(measured) {
        // The bare server's lanes stand first, in the order of the laws.
        let ratios = rounds.iter().zip(&measured[lane.law]).map(|(own, bare)| own.cpu_us / bare.cpu_us);
        println!(
            "| {} | {:.1} | {:.2} | {:.0} | {} |",
            lane.name,
            median(rounds.iter().map(|round| round.cpu_us).collect()),
            median(ratios.collect()),
            median(rounds.iter().map(|round| round.per_second).collect()),
            rounds.iter().map(|round| round.rejected).sum::<u32>(),
        );
    }
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("--serve-bare") {
        return bare_server::run();
    }
    let options = Options::read();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let rulebook = folder.path().join("rulebook");
    build_plugins(&rulebook);
    let bare = Process::start(Command::new(std::env::current_exe().unwrap()).arg("--serve-bare"));
    let start = |program: &Path, name: &str| start_host(program, &rulebook, &folder.path().join(name), "");
    let host = start(Path::new(ORDINANCE), "host.toml");
    let beside = options.beside.as_deref().map(|program| start(program, "beside.toml"));
    let dsntk = options.dsntk.as_deref().map(options::start_dsntk);
    let zen = options.zen.as_deref().map(options::start_zen);

    let mut lanes: Vec<Lane<'_>> =
        (0..LAWS.len()).map(|law| requests("bare hyper", law, &bare, "simulation")).collect();
    lanes.extend(host_lanes("host", &host));
    lanes.extend(beside.iter().flat_map(|beside| host_lanes("other build", beside)));
    lanes.extend(dsntk.iter().flat_map(dsntk_lanes));
    lanes.extend(zen.iter().flat_map(|zen| (0..LAWS.len()).map(|law| requests("zen", law, zen, "simulation"))));
    lanes.retain(|lane| lane.name.starts_with("bare") || lane.name.contains(&options.only));
    for lane in &lanes {
        lane.check();
        // Caches fill, and a virtual machine of another engine compiles what runs often.
        lane.measure(options.time / 2);
    }
    let mut measured = vec![Vec::new(); lanes.len()];
    for _ in 0..options.rounds {
        for (lane, rounds) in lanes.iter().zip(&mut measured) {
            rounds.push(lane.measure(options.time));
        }
    }
    print_table(&lanes, &measured, &options);
}
