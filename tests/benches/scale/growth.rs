//! How loading, memory and one decision grow, in one thread and without HTTP.

use std::fs;
use std::path::Path;
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

use crate::chart::{Curve, Series};
use crate::rulebooks::{FACTS, PublishedRule, SERVICE, Shape, other_fact, place};
use crate::serving::anonymous_bytes;
use crate::statistics::median;

const ROUNDS: usize = 5;
const DECISIONS: u32 = 500;
/// The title of a curve of loading.
const LOADING: &str = "Loading with a filled code cache";

fn as_of() -> Date {
    "2026-03-01".parse().unwrap()
}

/// Loads as a host does that was started before: from a filled code cache. The rulebook, and milliseconds.
fn load(rulebook: &Path, cache: &Path) -> (Rulebook, f64) {
    let once = || {
        let code_cache = Some(cache.to_owned());
        let sandbox =
            Sandbox::new(SandboxConfig { code_cache, trusts_cache_parents: true, ..SandboxConfig::default() });
        let sandbox = sandbox.unwrap();
        let begun = Instant::now();
        let loaded = Rulebook::load(rulebook, &sandbox).unwrap();
        (loaded, begun.elapsed().as_secs_f64() * 1e3)
    };
    let (loaded, _) = once();
    assert_eq!(loaded.broken_rules().count(), 0);
    let times = (0..ROUNDS).map(|_| once().1).collect();
    (loaded, median(times))
}

/// A case that is granted, for a place.
fn case(engine: &Engine, place: &str, other_facts: usize) -> Case {
    let portal = Recipient { kind: RecipientKind::Portal, id: RecipientId::constant("bench") };
    let service = Id::new(SERVICE).unwrap();
    let contract = engine.rulebook().contract(&service).unwrap();
    let name = |name: &str| FieldName::new(name).unwrap();
    let value = |text: &str| text.parse().map_or_else(|_| Value::Bool(text == "true"), Value::Integer);
    let mut facts: Vec<_> = FACTS.iter().map(|(fact, text)| (name(fact), value(text))).collect();
    facts.extend((0..other_facts).map(|number| (name(&other_fact(number)), Value::Bool(true))));
    let query =
        CaseQuery { jurisdiction: JurisdictionCode::new(place).unwrap(), service, as_of: as_of(), known_at: as_of() };
    let disclosure = contract.disclosure(portal, as_of());
    Case { query, facts: Facts(facts), disclosure, alternatives: Vec::new(), others: Vec::new() }
}

/// Microseconds of one decision.
fn decision_time(loaded: Rulebook, place: &str, other_facts: usize) -> f64 {
    let engine = Engine::with_throwaway_key(loaded);
    let case = case(&engine, place, other_facts);
    let round = |_| {
        let begun = Instant::now();
        for _ in 0..DECISIONS {
            let decision = decide(&engine, &case, &mut NoObserver).unwrap();
            assert_eq!(decision.outcome.as_str(), "eligible");
        }
        microseconds(begun.elapsed()) / f64::from(DECISIONS)
    };
    median((0..ROUNDS).map(round).collect())
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Rulebooks of growing shapes, loaded one after the other: what `measure` makes of each, by its size.
fn grow<T>(
    rule: &PublishedRule,
    folder: &Path,
    sizes: &[usize],
    shape: impl Fn(usize) -> Shape,
    mut measure: impl FnMut(usize, &Path, Rulebook, f64) -> T,
) -> Vec<T> {
    let mut measured = Vec::new();
    for size in sizes {
        let rulebook = rule.write(folder, shape(*size));
        let (loaded, time) = load(&rulebook, &folder.join("cache"));
        measured.push(measure(*size, &rulebook, loaded, time));
        fs::remove_dir_all(folder).unwrap();
    }
    measured
}

/// Points of a curve from measurements with their sizes.
fn series<T>(name: &'static str, sizes: &[usize], measured: &[T], cost: impl Fn(&T) -> f64) -> Series {
    Series { name, points: sizes.iter().zip(measured).map(|(size, of)| (*size as f64, cost(of))).collect() }
}

/// How one decision grows: `of.1` of what was measured.
fn decide_curve(id: &'static str, size: &'static str, sizes: &[usize], measured: &[(f64, f64)]) -> Curve {
    let series = vec![series("decide", sizes, measured, |of| of.1)];
    Curve { id, title: "One decision", size, cost: "microseconds", series }
}

/// How loading grows: `of.0` of what was measured.
fn load_curve(id: &'static str, size: &'static str, sizes: &[usize], measured: &[(f64, f64)]) -> Curve {
    let series = vec![series("load", sizes, measured, |of| of.0)];
    Curve { id, title: LOADING, size, cost: "milliseconds", series }
}

pub(crate) fn measure_places(rule: &PublishedRule, folder: &Path) -> Vec<Curve> {
    let sizes = [100, 1_000, 3_300, 10_000, 50_000];
    let shape = |places| Shape { places, ..Shape::LEAST };
    let measured =
        grow(rule, folder, &sizes, shape, |size, _, loaded, time| (time, decision_time(loaded, &place(size), 0)));
    let (load, decide) = ("places-load", "places-decide");
    vec![load_curve(load, "places", &sizes, &measured), decide_curve(decide, "places", &sizes, &measured)]
}

/// Places of the rulebooks that grow by rules.
const PLACES: usize = 3_299;

pub(crate) fn measure_rules(rule: &PublishedRule, folder: &Path) -> (Vec<Curve>, String) {
    let sizes = [10, 100, 1_000, 5_000, 10_000];
    // Each rule with code of its own is compiled first, which takes some 20 ms.
    let own_sizes = &sizes[..4];
    let of = |sizes: &[usize], has_own_code| {
        let shape = |rules| Shape { places: PLACES, rules, has_own_code, ..Shape::LEAST };
        grow(rule, folder, sizes, shape, |_, rulebook, loaded, time| {
            drop(loaded);
            (time, anonymous_bytes(rulebook, &folder.join("cache")))
        })
    };
    let (shared, own) = (of(&sizes, false), of(own_sizes, true));
    let empty = grow(
        rule,
        folder,
        &[1],
        |_| Shape { places: PLACES, ..Shape::LEAST },
        |_, rulebook, _, _| anonymous_bytes(rulebook, &folder.join("cache")),
    )[0];
    let curve = |id, title, cost, series| Curve { id, title, size: "rules", cost, series };
    let per_rule = |measured: &[(f64, f64)], at: usize| (measured[at].1 - empty) / sizes[at] as f64 / 1024.0;
    let curves = vec![
        curve(
            "rules-load",
            LOADING,
            "milliseconds",
            vec![
                series("one component between them", &sizes, &shared, |of| of.0),
                series("each with code of its own", own_sizes, &own, |of| of.0),
            ],
        ),
        curve(
            "rules-memory",
            "Memory of an idle host, without mapped files",
            "MiB",
            vec![
                series("one component between them", &sizes, &shared, |of| of.1 / f64::from(1 << 20)),
                series("each with code of its own", own_sizes, &own, |of| of.1 / f64::from(1 << 20)),
            ],
        ),
    ];
    let remark = format!(
        "{} places. With 5,000 rules an idle rule takes {:.1} KiB beyond mapped files if the rules share their \
         component, and {:.1} KiB if each has code of its own.",
        PLACES + 1,
        per_rule(&shared, 3),
        per_rule(&own, 3)
    );
    (curves, remark)
}

pub(crate) fn measure_versions(rule: &PublishedRule, folder: &Path) -> Vec<Curve> {
    let sizes = [1, 10, 100, 1_000];
    let shape = |versions| Shape { versions, ..Shape::LEAST };
    let measured = grow(rule, folder, &sizes, shape, |_, _, loaded, time| (time, decision_time(loaded, "XX", 0)));
    let (load, decide) = ("versions-load", "versions-decide");
    vec![load_curve(load, "versions", &sizes, &measured), decide_curve(decide, "versions", &sizes, &measured)]
}

pub(crate) fn measure_layers(rule: &PublishedRule, folder: &Path) -> Vec<Curve> {
    let sizes = [1, 2, 3, 4, 6, 8];
    let shape = |layers| Shape { places: layers - 1, is_chain: true, rules: layers, ..Shape::LEAST };
    let measured =
        grow(rule, folder, &sizes, shape, |size, _, loaded, time| (time, decision_time(loaded, &place(size - 1), 0)));
    vec![decide_curve("layers-decide", "layers", &sizes, &measured)]
}

pub(crate) fn measure_facts(rule: &PublishedRule, folder: &Path) -> Vec<Curve> {
    let sizes = [1, 4, 16, 64, 256];
    let shape = |other_facts| Shape { other_facts, ..Shape::LEAST };
    let measured = grow(rule, folder, &sizes, shape, |size, _, loaded, time| (time, decision_time(loaded, "XX", size)));
    vec![decide_curve("facts-decide", "other facts", &sizes, &measured)]
}
