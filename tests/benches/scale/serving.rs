//! What size costs a host that serves: its connections, its cores, and a batch.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::thread::{sched_getaffinity, sched_setaffinity};

use crate::batch::send_batch;
use crate::chart::{Curve, Series};
use crate::connection::post;
use crate::cores::stay_on;
use crate::host::{ORDINANCE, start_host};
use crate::load_generator::LoadGenerator;
use crate::process::{Process, cpu_time};
use crate::rulebooks::{FACTS, PublishedRule, SERVICE, Shape, place};
use crate::statistics::median;

/// Layers of the rulebook that is served.
const LAYERS: usize = 4;
const ROUNDS: usize = 5;
/// Lines of a batch for one round.
const LINES: usize = 20_000;
const LARGE_BATCH: usize = 1_000_000;

/// Serves a rulebook with room for many connections and for two batches, and with this code cache.
fn start(rulebook: &Path, cache: &Path) -> (Process, String) {
    let settings = format!(
        "[http]\nconnections-max = 20000\nconnections-per-address-max = 0\nstranger-requests-per-second = 0\n\
         [rules]\ncode-cache = {cache:?}\n[batch]\nconcurrency = 2\n"
    );
    start_host(Path::new(ORDINANCE), rulebook, &cache.with_extension("toml"), &settings)
}

/// Bytes of a member of a process's status, such as `VmHWM`.
fn status_bytes(process: &Process, member: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(member)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() * 1024.0
}

/// The memory of a host that has just started on a rulebook, without that of mapped files.
pub(crate) fn anonymous_bytes(rulebook: &Path, cache: &Path) -> f64 {
    let (host, _) = start(rulebook, cache);
    status_bytes(&host, "RssAnon")
}

/// A request in this mode for the lowest place.
fn body(mode: &str) -> String {
    let facts: Vec<String> = FACTS.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!(
        r#"{{"jurisdiction":"{}","service":"{SERVICE}","as_of":"2026-03-01","mode":"{mode}","facts":{{{}}}}}"#,
        place(LAYERS - 1),
        facts.join(",")
    )
}

fn write_layers(rule: &PublishedRule, folder: &Path) -> std::path::PathBuf {
    rule.write(folder, Shape { places: LAYERS - 1, is_chain: true, rules: LAYERS, ..Shape::LEAST })
}

/// Measures the CPU of a decision with 10 to 10,000 open connections, which send the requests in turn.
pub(crate) fn measure_connections(rule: &PublishedRule, folder: &Path) -> (Vec<Curve>, String) {
    let sizes = [10, 100, 1_000, 10_000];
    let (host, address) = start(&write_layers(rule, folder), &folder.join("cache"));
    let request = post("/v1/decisions", &body("simulation"));
    let (between, warm_up, time) = (Duration::from_micros(250), Duration::from_millis(2_600), Duration::from_secs(2));
    let (mut cpu, mut memory) = (Vec::new(), 0.0);
    for size in sizes {
        let before = status_bytes(&host, "RssAnon");
        let mut generator = LoadGenerator::connect(&address, size, &request);
        // In this time each of 10,000 connections is used once, and has its buffers.
        generator.open_loop(between, [Duration::ZERO, warm_up]);
        let begun = cpu_time(host.id());
        let answers = generator.open_loop(between, [Duration::ZERO, time]);
        let used = cpu_time(host.id()).saturating_sub(begun);
        assert_eq!(answers.rejected, 0);
        // A few come due while the machine stops all that runs on it.
        assert!(answers.unsent < 200, "the host was too slow for the rate");
        cpu.push((size as f64, used.as_secs_f64() * 1e6 / answers.times.len() as f64));
        memory = (status_bytes(&host, "RssAnon") - before).max(0.0) / 1024.0 / size as f64;
    }
    let curve = Curve {
        id: "connections-cpu",
        title: "CPU of a decision over HTTP",
        size: "connections",
        cost: "microseconds",
        series: vec![Series { name: "decide", points: cpu }],
    };
    let remark = format!(
        "Four layers, 4,000 requests a second, each on the connection that has been free longest. The host has nothing \
         to do between them and sleeps, so a decision costs more here than under load. With 10,000 open, a connection \
         that was used takes {memory:.1} KiB of the host."
    );
    (vec![curve], remark)
}

/// Two batches at a time, by a host on one core and by one on two. The client runs on the same cores, so what counts is
/// the host's CPU time for a decision: as much on two cores as on one means that two do twice as much.
pub(crate) fn measure_cores(rule: &PublishedRule, folder: &Path) -> String {
    let rulebook = write_layers(rule, folder);
    let line = body("simulation");
    let before = sched_getaffinity(None).unwrap();
    let hosts = [1, 2].map(|cores| {
        stay_on(0..cores);
        start(&rulebook, &folder.join(format!("cache-{cores}")))
    });
    sched_setaffinity(None, &before).unwrap();
    let (mut rates, mut costs) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..ROUNDS {
        for (at, (host, address)) in hosts.iter().enumerate() {
            let (begun, used) = (std::time::Instant::now(), cpu_time(host.id()));
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| send_batch(address, &line, LINES));
                }
            });
            let used = cpu_time(host.id()).saturating_sub(used).as_secs_f64();
            rates[at].push(2.0 * LINES as f64 / begun.elapsed().as_secs_f64());
            costs[at].push(used * 1e6 / (2.0 * LINES as f64));
        }
    }
    let ([one, two], [cost_of_one, cost_of_two]) = (rates.map(median), costs.map(median));
    format!(
        "Two batches of {LINES} lines at a time, four layers each. A decision costs a host on one core {cost_of_one:.1} \
         us of CPU and one on two cores {cost_of_two:.1} us, so two cores do {:.2} times as much as one. Beside the \
         client, which runs on the same two cores, it was {one:.0} and {two:.0} decisions/s.",
        2.0 * cost_of_one / cost_of_two
    )
}

pub(crate) fn measure_batch(rule: &PublishedRule, folder: &Path) -> String {
    let (host, address) = start(&write_layers(rule, folder), &folder.join("cache"));
    let before = status_bytes(&host, "VmHWM") / f64::from(1 << 20);
    let rate = |mode, lines| lines as f64 / send_batch(&address, &body(mode), lines).as_secs_f64();
    let (simulated, official) = (rate("simulation", LARGE_BATCH), rate("official", LARGE_BATCH / 10));
    format!(
        "1,000,000 lines as simulations: {simulated:.0} decisions/s; a tenth of them as official decisions with a \
         synced log: {official:.0} decisions/s; four layers each. The host had at most {:.0} MiB, {before:.0} MiB \
         before.",
        status_bytes(&host, "VmHWM") / f64::from(1 << 20)
    )
}
