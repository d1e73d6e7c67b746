//! The statistics of the decision log: what is published of it, and that nobody is found by a difference.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::assertions::{ABSENT, assert_contains};
use crate::support::{Reply, Server, agent, get, ordinance, plugins_rulebook, run, scratch, text_of, until};

const SERVICE: &str = "disability-care-subsidy";
/// A district, its city, its province; another district of the city.
const DISTRICT: &str = "CN-370602";
const CITY: &str = "CN-3706";
const PROVINCE: &str = "CN-37";
const OTHER_DISTRICT: &str = "CN-370613";

/// A decision of a kind: granted, refused for the grade, or for want of facts open.
fn facts(kind: &str) -> Value {
    match kind {
        "granted" => json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
            "destitute_support": false, "draws_elderly_care_subsidy": false, "disability_kind": "physical"}),
        "refused" => json!({"disability_grade": 4}),
        "open" => json!({"disability_grade": 1}),
        other => panic!("{other}"),
    }
}

/// The line of the log of each kind of decision in each place, as a host wrote it.
fn records() -> &'static BTreeMap<(String, String), String> {
    static RECORDS: OnceLock<BTreeMap<(String, String), String>> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let server = Server::start(plugins_rulebook(), "");
        let mut keys = Vec::new();
        for place in [DISTRICT, CITY, PROVINCE, OTHER_DISTRICT, "CN-31"] {
            for kind in ["granted", "refused", "open"] {
                server.decide(place, SERVICE, "2026-03-01", &facts(kind)).assert_status(200);
                keys.push((place.to_owned(), kind.to_owned()));
            }
        }
        let age = json!({"age": 80, "low_income": false});
        server.decide("CN-31", "old-age-allowance", "2026-03-01", &age).assert_status(200);
        keys.push(("CN-31".to_owned(), "old age".to_owned()));
        let log = fs::read_to_string(server.folder.path().join("decisions.ndjson")).unwrap();
        keys.into_iter().zip(log.lines().map(str::to_owned)).collect()
    })
}

/// The record of a decision, as if it were made in another month.
fn record(month: &str, place: &str, kind: &str) -> String {
    let line = &without_number(&records()[&(place.to_owned(), kind.to_owned())]);
    let time = serde_json::from_str::<Value>(line).unwrap()["time"].to_string();
    line.replacen(&time, &format!("\"{month}-15T12:00:00Z\""), 1)
}

/// A line without the number of its record.
fn without_number(line: &str) -> String {
    let rest = line.strip_prefix("{\"index\":").and_then(|rest| rest.split_once(','));
    rest.map_or_else(|| line.to_owned(), |(_, members)| format!("{{{members}"))
}

/// A log of so many decisions of each month, place and kind.
pub(crate) fn log(decisions: &[(&str, &str, &str, usize)]) -> String {
    let lines =
        decisions.iter().map(|(month, place, kind, count)| format!("{}\n", record(month, place, kind)).repeat(*count));
    lines.collect()
}

/// A folder with a log, and the hosts that serve it.
pub(crate) struct Logged {
    folder: tempfile::TempDir,
}

impl Logged {
    pub(crate) fn new(log: &str) -> Self {
        let logged = Self { folder: scratch() };
        fs::write(logged.log(), log).unwrap();
        logged
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("decisions.ndjson")
    }

    /// Makes the lines of the log, whose numbers don't fit, the first leaves of its tree.
    fn adopt(&self) {
        let _ = fs::remove_dir_all(self.folder.path().join("decisions.ndjson.tree"));
        let Ok(text) = fs::read_to_string(self.log()) else { return };
        let whole = text.split_inclusive('\n').map(without_number).collect::<String>();
        fs::write(self.log(), whole).unwrap();
        let adopted = run(&["log", "adopt", self.log().to_str().unwrap()]);
        assert!(adopted.status.success(), "{}", text_of(&adopted));
    }

    /// The file of a published month.
    fn published(&self, month: &str) -> PathBuf {
        self.folder.path().join("decisions.statistics").join(format!("{month}.json"))
    }

    fn host(&self, settings: &str) -> Server {
        self.adopt();
        Server::start(plugins_rulebook(), &format!("[decision-log]\npath = {:?}\n{settings}", self.log()))
    }

    /// A host that has published these months.
    pub(crate) fn publishing(&self, settings: &str, months: &[&str]) -> Server {
        let server = self.host(settings);
        until(|| months.iter().all(|month| self.published(month).is_file()));
        // The file is written a moment before the host serves it.
        until(|| {
            months.iter().all(|month| server.get("/v1/statistics?limit=1000").text.contains(&format!("\"{month}\"")))
        });
        server
    }

    fn add(&self, lines: &str) {
        fs::write(self.log(), fs::read_to_string(self.log()).unwrap() + lines).unwrap();
    }
}

/// The cells of a reply: month, service's first letter, place, level, decisions.
fn cells(reply: &Reply) -> Vec<String> {
    let text = |value: &Value| value.to_string().trim_matches('"').to_owned();
    let cell = |cell: &Value| {
        ["month", "service", "jurisdiction", "level", "decisions"].map(|member| text(&cell[member])).join(" ")
    };
    reply.json()["cells"].as_array().unwrap().iter().map(cell).collect()
}

/// What is told of a dimension: `name from to`.
fn figures(dimension: &Value) -> Vec<String> {
    let figure = |figure: &Value| {
        let name = [&figure["jurisdiction"], &figure["name"]].into_iter().filter_map(Value::as_str).collect::<Vec<_>>();
        format!("{} {} {}", name.join(" "), figure["at_least"], figure["at_most"])
    };
    dimension["figures"].as_array().unwrap().iter().map(figure).collect()
}

#[test]
fn a_month_is_published_by_service_place_and_level_with_outcomes_and_what_led_to_them() {
    let logged = Logged::new(&log(&[
        ("2026-08", CITY, "granted", 1),
        ("2026-09", DISTRICT, "granted", 60),
        ("2026-09", DISTRICT, "refused", 45),
        ("2026-09", DISTRICT, "open", 45),
        ("2026-09", PROVINCE, "granted", 30),
        ("2026-09", "CN-31", "old age", 12),
    ]));
    let server = logged.publishing("", &["2026-09"]);
    let reply = server.get("/v1/statistics?from=2026-09");
    assert_eq!(
        cells(&reply),
        [
            "2026-09 disability-care-subsidy CN-37 2 30",
            "2026-09 disability-care-subsidy CN-370602 4 150",
            "2026-09 old-age-allowance CN-31 2 12",
        ]
    );
    reply.assert_includes(json!({
        "smallest_cell": 10, "decisions": 192, "next": null,
        "months": [{"month": "2026-09", "log_begins": false, "lacked_room": false, "has_older_records": false,
            "decisions": 192}],
        "levels": [{"level": 2, "decisions": 42}, {"level": 4, "decisions": 150}],
        "services": [{"service": SERVICE, "decisions": 180}, {"service": "old-age-allowance", "decisions": 12}],
    }));
    let district = &reply.json()["cells"][1];
    assert_eq!(district["name"], "Zhifu");
    assert_eq!(figures(&district["outcomes"]), ["eligible 60 60", "ineligible 45 45", "undetermined 45 45"]);
    assert_eq!(district["outcomes"]["others_at_most"], 0);
    assert_eq!(figures(&district["reasons"]), ["missing-facts 26 83"]);
    assert_eq!(
        figures(&district["refused_by"]),
        [
            "CN grade-1-or-2 26 83",
            "CN-37 national-conditions 26 83",
            "CN-3706 grade-1 26 83",
            "CN-3706 national-conditions 26 83"
        ]
    );
    assert_eq!(figures(&district["undeclared"]), ["disability_kind 41 98"]);
    let chinese = get(&format!("{}/v1/statistics?service={SERVICE}&level=4", server.address), "zh");
    chinese.assert_includes(json!({"services": [{"title": "重度残疾人护理补贴"}], "cells": [{"name": "芝罘区"}]}));
}

#[test]
fn a_place_with_too_few_decisions_is_counted_with_the_place_above_and_too_few_at_the_top_not_at_all() {
    let logged = Logged::new(&log(&[
        ("2026-09", DISTRICT, "granted", 9),
        ("2026-09", OTHER_DISTRICT, "granted", 10),
        ("2026-09", CITY, "granted", 1),
        ("2026-09", "CN-31", "granted", 9),
        ("2026-09", "CN-31", "old age", 9),
    ]));
    let server = logged.publishing("", &["2026-09"]);
    let expect = ["2026-09 disability-care-subsidy CN-3706 3 10", "2026-09 disability-care-subsidy CN-370613 4 10"];
    assert_eq!(cells(&server.get("/v1/statistics")), expect);
    for nothing in ["?jurisdiction=CN-370602", "?jurisdiction=CN-31", "?service=old-age-allowance", "?level=1"] {
        server
            .get(&format!("/v1/statistics{nothing}"))
            .assert_includes(json!({"decisions": 0, "months": [], "cells": []}));
    }
}

#[test]
fn two_queries_around_one_decision_get_the_same_answer() {
    let logged = Logged::new(&log(&[("2026-09", DISTRICT, "granted", 50), ("2026-09", CITY, "refused", 12)]));
    let server = logged.publishing("", &["2026-09"]);
    let before = server.get("/v1/statistics");
    server.decide(DISTRICT, SERVICE, "2026-03-01", &facts("refused")).assert_status(200);
    assert_eq!(server.get("/v1/statistics").text, before.text);
    // A record of the published month that comes late, another smallest cell and a missing log change nothing either.
    drop(server);
    logged.add(&log(&[("2026-09", DISTRICT, "refused", 1), ("2026-10", CITY, "refused", 12)]));
    let restarted = logged.publishing("[statistics]\nsmallest-cell = 3\n", &["2026-09", "2026-10"]);
    let again = restarted.get("/v1/statistics?until=2026-10").json();
    assert_eq!(again["cells"], before.json()["cells"]);
    drop(restarted);
    fs::remove_file(logged.log()).unwrap();
    let without_log = logged.publishing("", &["2026-09"]);
    assert_eq!(without_log.get("/v1/statistics?until=2026-10").text, before.text);
}

#[test]
fn every_query_is_a_sum_of_the_same_cells_so_that_a_difference_is_never_of_a_few() {
    let mut decisions = Vec::new();
    for (month, more) in [("2026-08", 0), ("2026-09", 1)] {
        decisions.extend([
            (month, DISTRICT, "granted", 31 + more),
            (month, DISTRICT, "refused", 1),
            (month, OTHER_DISTRICT, "granted", 8),
            (month, CITY, "open", 3),
            (month, PROVINCE, "refused", 11),
            (month, "CN-31", "old age", 10 + more),
            (month, "CN-31", "open", 9),
        ]);
    }
    let logged = Logged::new(&log(&decisions));
    let server = logged.publishing("", &["2026-08", "2026-09"]);
    let all = cells(&server.get("/v1/statistics"));
    let mut selections: Vec<(Vec<String>, u64)> = Vec::new();
    for service in ["", "&service=disability-care-subsidy", "&service=old-age-allowance"] {
        for place in ["", "&jurisdiction=CN", "&jurisdiction=CN-37", "&jurisdiction=CN-3706", "&jurisdiction=CN-370602"]
        {
            for rest in
                ["", "&level=2", "&level=3", "&level=4", "&from=2026-09", "&until=2026-09", "&level=4&from=2026-09"]
            {
                let reply = server.get(&format!("/v1/statistics?limit=1000{service}{place}{rest}"));
                let selected = cells(reply.assert_status(200));
                assert!(selected.iter().all(|cell| all.contains(cell)), "{selected:?}");
                selections.push((selected, reply.json()["decisions"].as_u64().unwrap()));
            }
        }
    }
    for (one, of_one) in &selections {
        for (other, of_other) in selections.iter().filter(|(other, _)| other.iter().all(|cell| one.contains(cell))) {
            let difference = of_one - of_other;
            assert!(difference == 0 || difference >= 10, "{one:?} and {other:?} differ by {difference}");
        }
    }
}

#[test]
fn what_is_no_official_decision_is_passed_over() {
    let granted = log(&[("2026-09", DISTRICT, "granted", 10)]);
    let past_law = record("2026-09", DISTRICT, "granted").replacen("\"time\"", "\"mode\":\"past-law\",\"time\"", 1);
    let disclosure = r#"{"id":"x","time":"2026-09-15T12:00:00Z","jurisdiction":"CN-37","disclosed":[],"privacy":[]}"#;
    let objection =
        r#"{"index":9,"id":"x","time":"2026-09-15T12:00:00Z","kind":"objection","service":"old-age-allowance"}"#;
    let indexed = record("2026-09", DISTRICT, "granted").replacen('{', "{\"index\":5,", 1);
    let cut = &past_law[..past_law.len() / 2];
    let damaged =
        format!("{past_law}\n{disclosure}\n\n{objection}\n\0\0\0\n{cut}\n{indexed}\n\u{feff}[]\n{granted}{cut}");
    let logged = Logged::new(&damaged);
    let server = logged.publishing("", &["2026-09"]);
    assert_eq!(cells(&server.get("/v1/statistics")), ["2026-09 disability-care-subsidy CN-370602 4 11"]);
    until(|| server.said().contains("no records, and the statistics pass them over lines=3"));
}

#[test]
fn of_a_log_of_an_earlier_version_nothing_is_told_that_it_lacks() {
    let old = log(&[("2026-08", DISTRICT, "granted", 50)]);
    let old = old.replace(",\"undeclared\":[\"disability_kind\"]", "");
    assert!(!old.contains("undeclared"));
    let logged =
        Logged::new(&(old + &log(&[("2026-08", DISTRICT, "granted", 1), ("2026-09", DISTRICT, "granted", 50)])));
    let server = logged.publishing("", &["2026-08", "2026-09"]);
    server.get("/v1/statistics?until=2026-09").assert_includes(json!({
        "months": [{"has_older_records": true, "log_begins": true}],
        "cells": [{"decisions": 51, "undeclared": null, "missing": null, "refused_by": null,
            "outcomes": {"figures": [{"name": "eligible", "at_least": 32, "at_most": 51}]}}],
        "services": [{"undeclared": null}],
    }));
    server.get("/v1/statistics?from=2026-09").assert_includes(json!({
        "months": [{"has_older_records": false, "log_begins": false}],
        "cells": [{"decisions": 50, "undeclared": {"figures": [{"name": "disability_kind", "jurisdiction": ABSENT}]}}],
    }));
}

#[test]
fn a_log_that_was_rotated_counts_with_the_earlier_files_that_the_settings_name() {
    let logged = Logged::new(&log(&[("2026-09", DISTRICT, "granted", 7)]));
    let earlier = logged.folder.path().join("earlier.ndjson");
    fs::write(&earlier, log(&[("2026-09", DISTRICT, "granted", 5)])).unwrap();
    let server = logged.publishing(&format!("[statistics]\nlogs = [{earlier:?}]\n"), &["2026-09"]);
    assert_eq!(cells(&server.get("/v1/statistics")), ["2026-09 disability-care-subsidy CN-370602 4 12"]);
}

#[test]
fn in_the_first_month_of_a_log_the_reply_says_from_when_on_there_are_figures() {
    let server = Server::start(plugins_rulebook(), "");
    server.decide(DISTRICT, SERVICE, "2026-03-01", &facts("granted")).assert_status(200);
    let reply = server.get("/v1/statistics?from=2026-01&until=2026-02");
    reply.assert_status(200).assert_includes(json!({"months": [], "cells": [], "decisions": 0}));
    let next = &reply.json()["next_month"];
    // A month is published an hour after its end.
    let hour_ago: jiff::Timestamp = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let month = jiff::tz::TimeZone::UTC.to_datetime(hour_ago).date().first_of_month();
    assert_eq!(next["month"], month.strftime("%Y-%m").to_string());
    let following = month.saturating_add(jiff::Span::new().months(1));
    assert_eq!(next["published_from"], format!("{following}T01:00:00Z"));
}

/// What the host says that doesn't start with these settings.
fn refusal(logged: &Logged, settings: &str) -> String {
    let config = logged.folder.path().join("host.toml");
    fs::write(&config, format!("[decision-log]\npath = {:?}\n[statistics]\n{settings}\n", logged.log())).unwrap();
    let mut command = ordinance();
    command
        .args(["serve", plugins_rulebook().to_str().unwrap(), "--open-door", "--check-config", "--config"])
        .arg(config);
    let output = command.output().unwrap();
    assert!(!output.status.success());
    text_of(&output)
}

#[test]
fn settings_that_would_publish_too_little_or_count_twice_are_refused() {
    let logged = Logged::new("");
    assert_contains(&refusal(&logged, "smallest-cell = 2"), "statistics.smallest-cell");
    assert_contains(&refusal(&logged, "logs = [\"/nowhere/x\"]"), "`/nowhere/x` of statistics.logs can't be read");
    let twice = format!("logs = [{:?}]", logged.log());
    assert_contains(&refusal(&logged, &twice), "is the decision log itself, or named twice");
}

#[test]
fn a_wrong_query_is_told_what_is_wrong() {
    let server = Server::start(plugins_rulebook(), "");
    let check = |query: &str, status: u16, kind: &str, says: &str| {
        let reply = server.get(&format!("/v1/statistics{query}"));
        assert_contains(&reply.assert_problem(status, kind).text, says);
    };
    check("?from=2026-13", 400, "invalid-request", "a month as YYYY-MM that exists");
    check("?until=2026-09-01", 400, "invalid-request", "\"parameter\":\"until\"");
    check("?level=0", 400, "invalid-request", "a number from 1 to 8");
    check("?level=city", 400, "invalid-request", "the query can't be read");
    check("?group=sex", 400, "invalid-request", "only service, jurisdiction, level");
    check("?service=A%20B", 400, "invalid-request", "the id of a service");
    check("?jurisdiction=cn", 400, "invalid-request", "a place's code");
    check("?service=dreams", 404, "unknown-service", "dreams");
    check("?jurisdiction=CN-99", 404, "unknown-jurisdiction", "CN-99");
    check("?from=2026-09&until=2026-09", 422, "unprocessable-request", "no month lies between `from` and `until`");
    check("?from=2026-09&until=2026-08", 422, "unprocessable-request", "\"parameter\":\"until\"");
}

#[test]
fn the_statistics_come_in_pages_with_a_tag_and_can_be_turned_off() {
    let logged = Logged::new(&log(&[("2026-08", DISTRICT, "granted", 10), ("2026-09", DISTRICT, "granted", 10)]));
    let server = logged.publishing("", &["2026-08", "2026-09"]);
    let first = server.get("/v1/statistics?limit=1").json();
    assert_eq!(first["decisions"], 20);
    let after = first["next"].as_str().unwrap().replace(' ', "%20");
    let second = server.get(&format!("/v1/statistics?limit=1&after={after}"));
    assert_eq!(cells(&second), ["2026-09 disability-care-subsidy CN-370602 4 10"]);
    assert_eq!(second.json()["next"], Value::Null);
    let url = format!("{}/v1/statistics", server.address);
    let response = agent().get(&url).call().unwrap();
    let tag = response.headers()["etag"].clone();
    assert_eq!(agent().get(&url).header("if-none-match", tag).call().unwrap().status(), 304);
    drop(server);
    logged.host("[statistics]\nenabled = false\n").get("/v1/statistics").assert_problem(404, "not-found");
}

#[test]
fn a_month_whose_table_can_not_be_written_is_not_served_until_it_can() {
    let logged = Logged::new(&log(&[("2026-09", DISTRICT, "granted", 10)]));
    let folder: &Path = &logged.folder.path().join("decisions.statistics");
    fs::write(folder, "no folder").unwrap();
    let server = logged.host("");
    until(|| server.said().contains("the statistics can't be brought up to date"));
    server.get("/v1/statistics").assert_includes(json!({"decisions": 0}));
    fs::remove_file(folder).unwrap();
    until(|| server.get("/v1/statistics").json()["decisions"] == 10);
}
