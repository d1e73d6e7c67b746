//! What size costs: how loading, memory and decisions grow with places, rules, versions, layers, facts and connections;
//! one core and two; and a large batch in bounded memory. It writes `tests/benchmarks.md` and its charts.
//!
//! `cargo bench --workspace --bench scale`
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that meets something unexpected ends"
)]
#![allow(clippy::print_stdout, reason = "standard output is what a benchmark is for")]

#[path = "../batch.rs"]
mod batch;
mod chart;
#[allow(dead_code, reason = "shared with other benchmarks")]
#[path = "../connection.rs"]
mod connection;
#[path = "../cores.rs"]
mod cores;
mod growth;
#[path = "../host.rs"]
mod host;
#[allow(dead_code, reason = "shared with other benchmarks")]
#[path = "../load_generator.rs"]
mod load_generator;
#[path = "../process.rs"]
mod process;
mod rulebooks;
mod serving;
#[path = "../statistics.rs"]
mod statistics;

use std::fs;
use std::path::Path;

use crate::chart::Curve;
use crate::growth::{measure_facts, measure_layers, measure_places, measure_rules, measure_versions};
use crate::rulebooks::PublishedRule;
use crate::serving::{measure_batch, measure_connections, measure_cores};

const HEAD: &str = "# What size costs

`cargo bench --workspace --bench scale` measures this and writes this page and its charts. Both axes of a chart are
logarithmic; the grey line is growth in proportion. Times are medians of five rounds but for those of connections and of the
large batch, which run once; compare the numbers of one column, since another machine has others. The rulebooks are made of
one published rule, the nation's care subsidy. Where something grows a little faster than in proportion, less of it fits into
the caches of the processor.
";

/// A text in lines of at most 120 characters.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > 120 {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let rule = PublishedRule::build(&folder.path().join("plugins"));
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let charts = tests.join("benchmarks");
    fs::create_dir_all(&charts).unwrap();
    let mut page = HEAD.to_owned();
    let mut tell = |title: &str, curves: Vec<Curve>, remark: &str| {
        page.push_str(&format!("\n## {title}\n\n{}\n", wrapped(remark)));
        for curve in curves {
            curve.draw(&charts);
            page.push_str(&format!("\n![{}](benchmarks/{}.svg)\n\n{}", curve.title, curve.id, curve.table()));
            println!("{}\n{}", curve.title, curve.table());
        }
    };
    let own = |name: &str| folder.path().join(name);
    let curves = measure_places(&rule, &own("places"));
    tell("Places", curves, "One rule, in force for the topmost place; decided for the last place below it.");
    let (curves, remark) = measure_rules(&rule, &own("rules"));
    tell("Rules", curves, &remark);
    let curves = measure_versions(&rule, &own("versions"));
    tell("Versions", curves, "Versions of one rule, each in force for a day but the last, which decides.");
    let curves = measure_layers(&rule, &own("layers"));
    tell("Layers", curves, "A chain of places, each with a rule; decided for the lowest.");
    let curves = measure_facts(&rule, &own("facts"));
    tell("Facts", curves, "Facts of the service that are given and that no rule reads, beside the five that it reads.");
    let (curves, remark) = measure_connections(&rule, &own("connections"));
    tell("Connections", curves, &remark);
    let remark = measure_cores(&rule, &own("cores"));
    tell("One core and two", Vec::new(), &remark);
    let remark = measure_batch(&rule, &own("batch"));
    tell("A large batch", Vec::new(), &remark);
    fs::write(tests.join("benchmarks.md"), page).unwrap();
}
