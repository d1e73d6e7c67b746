//! Today is a place's today.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::{Files, build, case, decide_at, simulator};
use crate::assertions::{ABSENT, assert_contains, assert_includes, assert_lacks};
use crate::attacks::benefit;
use crate::many_cases::post_batch;
use crate::scenarios::permitting;
use crate::support::{Server, plugins_rulebook, run, scratch, text_of};

/// A nation whose east and west are 25 hours apart, so that it is never the same day in both.
const PLACES: &str = r#"
titles = { en = "A nation around the earth" }
[[jurisdictions]]
code = "LAW"
names = { en = "Code" }
[[jurisdictions]]
code = "HEIR"
names = { en = "Code" }
[[jurisdictions]]
code = "GUARD"
names = { en = "Code" }
[[jurisdictions]]
code = "BAND"
names = { en = "Code" }
[[jurisdictions]]
code = "N"
names = { en = "Nation" }
time-zone = "UTC"
[[jurisdictions]]
code = "N-1"
parent = "N"
names = { en = "East" }
time-zone = "Pacific/Kiritimati"
[[jurisdictions]]
code = "N-11"
parent = "N-1"
names = { en = "Town of the east" }
[[jurisdictions]]
code = "N-2"
parent = "N"
names = { en = "West" }
time-zone = "Pacific/Pago_Pago"
[privacy]
ungoverned = ["LAW", "HEIR", "GUARD", "BAND"]
"#;

const EAST: &str = "Pacific/Kiritimati";
const WEST: &str = "Pacific/Pago_Pago";

fn files(more: &[(&str, String)]) -> Files {
    let files = [
        ("rulebook.toml", PLACES.to_owned()),
        ("N/guard/rule.toml", permitting("")),
        ("N/benefit/rule.toml", benefit("N", "50.00")),
    ];
    files.iter().chain(more).map(|(name, text)| ((*name).to_owned(), text.clone())).collect()
}

/// The day in a zone now. A test that begins right before midnight there gets the next day from the host, so the test
/// says which days are right.
fn days_in(zone: &str) -> [String; 2] {
    let zone = TimeZone::get(zone).unwrap();
    let moments = [Timestamp::now(), Timestamp::now() + 2.minutes()];
    moments.map(|moment| zone.to_datetime(moment).date().to_string())
}

fn assert_day(found: &Value, zone: &str) {
    let days = days_in(zone);
    assert!(days.iter().any(|day| found == day.as_str()), "{found} is none of {days:?} in {zone}");
}

#[test]
fn at_half_past_four_in_the_afternoon_utc_it_is_the_next_day_in_china() {
    let simulator = simulator(plugins_rulebook());
    let case = |place: &str, service: &str| json!({"jurisdiction": place, "service": service, "as_of": "2026-03-01", "facts": {}});
    let day = |moment: &str, place: &str, service: &str| {
        let reply = decide_at(&simulator, moment, &case(place, service));
        reply["privacy"]["processed_on"].as_str().unwrap().to_owned()
    };
    let afternoon = "2026-03-01T16:30:00Z";
    assert_eq!(day(afternoon, "CN-4403", "disability-care-subsidy"), "2026-03-02");
    assert_eq!(day("2026-03-01T15:59:59Z", "CN-4403", "disability-care-subsidy"), "2026-03-01");
    assert_eq!(day(afternoon, "US-FL", "cash-assistance"), "2026-03-01");
    // Half past midnight in Florida and half past eleven in Nebraska.
    assert_eq!(day("2026-01-15T05:30:00Z", "US-FL", "cash-assistance"), "2026-01-15");
    assert_eq!(day("2026-01-15T05:30:00Z", "US-NE", "cash-assistance"), "2026-01-14");
}

#[test]
fn a_consent_ends_at_midnight_of_the_place() {
    let simulator = simulator(plugins_rulebook());
    let case = json!({"jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": {"needs_long_term_care": true},
        "basis": {"consent": {"facts": ["needs_long_term_care"], "separate": ["needs_long_term_care"],
            "until": "2026-03-02"}}});
    let withheld = |moment: &str| {
        let reply = decide_at(&simulator, moment, &case);
        let withheld = reply["privacy"]["withheld"].as_array().unwrap().clone();
        withheld.iter().any(|fact| fact["fact"] == "needs_long_term_care")
    };
    assert!(!withheld("2026-03-01T15:30:00Z"), "half past eleven of the last day in China");
    assert!(withheld("2026-03-01T16:30:00Z"), "half past midnight in China, when it is still 1 March in London");
}

#[test]
fn each_place_of_a_request_has_its_own_day_and_the_record_says_which() {
    let folder = scratch();
    let server = Server::start(&build(folder.path(), &files(&[])), "");
    for (place, zone) in [("N-11", EAST), ("N-2", WEST), ("N", "UTC")] {
        let reply = server.post("/v1/decisions", &case(place).to_string());
        reply.assert_status(200);
        assert_day(&reply.json()["privacy"]["processed_on"], zone);
    }
    let recorded = server.decision_log();
    assert_day(&recorded[0]["processed_on"], EAST);
    assert_day(&recorded[1]["processed_on"], WEST);
    // Lines of a batch.
    let lines = ["N-1", "N-2"].map(|place| case(place).to_string()).join("\n");
    let (_, answers) = post_batch(&server, &lines);
    assert_day(&answers[0]["decision"]["privacy"]["processed_on"], EAST);
    assert_day(&answers[1]["decision"]["privacy"]["processed_on"], WEST);
    // A request for a fact.
    let disclosure = json!({"jurisdiction": "N-1", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
        "facts": ["age"]});
    assert_day(&server.post("/v1/disclosures", &disclosure.to_string()).json()["processed_on"], EAST);
    // Evaluations of two places in one request.
    let evaluation =
        |place: &str| json!({"resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": place}}});
    let evaluations = json!({"subject": {"type": "public-body", "id": "office"}, "action": {"name": "dpv:PublicBenefit"},
        "context": {"basis": "statutory-duty"}, "evaluations": [evaluation("N-1"), evaluation("N-2"), evaluation("N-11")]});
    server.post("/access/v1/evaluations", &evaluations.to_string()).assert_status(200);
    let recorded = server.decision_log().pop().unwrap();
    assert_day(&recorded["processed_on"], EAST);
    assert_includes(&recorded["evaluations"][0], json!({"processed_on": ABSENT}));
    assert_day(&recorded["evaluations"][1]["processed_on"], WEST);
    assert_includes(&recorded["evaluations"][2], json!({"processed_on": ABSENT}));
}

#[test]
fn an_official_request_may_name_the_day_of_the_place_and_no_other() {
    let folder = scratch();
    let server = Server::start(&build(folder.path(), &files(&[])), "");
    let naming = |zone: &str| {
        let mut body = case("N-1");
        body["processed_on"] = json!(days_in(zone)[0]);
        server.post("/v1/decisions", &body.to_string())
    };
    naming(EAST).assert_status(200);
    naming(WEST).assert_status(422);
}

/// A privacy rule of the nation that withholds the age from a day on.
fn withholding_from(day: &str) -> String {
    let permit = permitting("");
    let (head, values) = permit.split_once("values = [").unwrap();
    let from = |day: &str, before: &str| {
        let rest = values.split_once("value = [").unwrap().1.rsplit_once("] }]").unwrap().0;
        format!("{{ from = {day}, value = [{before}{rest}] }}")
    };
    let withholds = "{ fact = \"age\", says = \"withhold\", activity = \"decide\" }, ";
    format!("{head}values = [{}, {}]\n", from("2020-01-01", ""), from(day, withholds))
}

#[test]
fn a_comparison_applies_the_privacy_law_of_each_places_day() {
    let folder = scratch();
    let east = TimeZone::get(EAST).unwrap().to_datetime(Timestamp::now() + 2.minutes()).date();
    // From today in the east on, which is tomorrow or later in the west.
    let guard = ("N/guard/rule.toml".to_owned(), withholding_from(&east.to_string()));
    let mut files = files(&[]);
    files.retain(|(name, _)| *name != guard.0);
    files.push(guard);
    let server = Server::start(&build(folder.path(), &files), "");
    let request = json!({"service": "benefit", "as_of": "2026-03-01", "facts": case("N")["facts"], "jurisdictions": ["N-1", "N-2"]});
    let reply = server.post("/v1/comparisons", &request.to_string());
    reply.assert_status(200);
    let outcomes: Vec<Value> =
        reply.json()["places"].as_array().unwrap().iter().map(|place| place["outcome"].clone()).collect();
    assert_eq!(outcomes[1], "eligible", "the law isn't in force yet in the west: {}", reply.text);
    if days_in(EAST)[0] == east.to_string() {
        assert_eq!(outcomes[0], "undetermined", "the law is in force in the east: {}", reply.text);
    }
}

#[test]
fn a_query_without_a_day_is_about_today_in_each_place() {
    let folder = scratch();
    let east: Date = TimeZone::get(EAST).unwrap().to_datetime(Timestamp::now() + 2.minutes()).date();
    // Law that begins today in the east, which no place of the west has yet.
    let law = |place: &str| {
        benefit(place, "60.00").replace("in-force = { from = 2020-01-01 }", &format!("in-force = {{ from = {east} }}"))
    };
    let laws = [("N-1/benefit/rule.toml", law("N-1")), ("N-2/benefit/rule.toml", law("N-2"))];
    let server = Server::start(&build(folder.path(), &files(&laws)), "");
    let coverage = server.get("/v1/services/benefit/coverage").json();
    let place = |code: &str| {
        coverage["places"].as_array().unwrap().iter().find(|place| place["jurisdiction"] == code).unwrap().clone()
    };
    if days_in(EAST)[0] == east.to_string() {
        assert_eq!(place("N-1")["status"], "own", "{coverage}");
    }
    assert_eq!(place("N-2")["status"], "inherits", "{coverage}");
    let days: Vec<Value> = ["N-1", "N-2"].map(place).iter().map(|place| place["as_of"].clone()).collect();
    assert!(days.iter().any(Value::is_string), "one of them isn't the day of the reply: {coverage}");
    for (query, zone) in [("within=N-1", EAST), ("within=N-2", WEST)] {
        let reply = server.get(&format!("/v1/services/benefit/coverage?{query}")).json();
        assert_day(&reply["as_of"], zone);
    }
    for (place, zone) in [("N-11", EAST), ("N-2", WEST)] {
        let form = server.get(&format!("/v1/services/benefit/form?jurisdiction={place}")).json();
        assert_day(&form["x-as-of"], zone);
        let records = server.get(&format!("/v1/privacy/records?jurisdiction={place}")).json();
        assert_day(&records["as_of"], zone);
        assert_eq!(server.get(&format!("/v1/jurisdictions/{place}")).json()["time_zone"], zone);
    }
    assert_day(&server.get("/v1/jurisdictions?parent=N-1").json()["as_of"], EAST);
}

#[test]
fn an_unknown_time_zone_is_refused_where_it_is_written_with_the_name_that_was_meant() {
    let folder = scratch();
    let refused = |name: &str, text: &str| {
        let source = folder.path().join(name);
        std::fs::create_dir_all(source.join("services")).unwrap();
        std::fs::write(source.join("facts.toml"), "").unwrap();
        std::fs::write(source.join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
        std::fs::write(source.join("rulebook.toml"), text).unwrap();
        let table = "code,parent,name:en,time-zone\nP,,Place,Asia/Shanghia\n";
        std::fs::write(source.join("places.csv"), table).unwrap();
        let built = run(&["build", source.to_str().unwrap()]);
        assert!(!built.status.success());
        text_of(&built)
    };
    let place = |zone: &str| {
        format!(
            "titles = {{ en = \"T\" }}\n[[jurisdictions]]\ncode = \"P\"\nnames = {{ en = \"P\" }}\ntime-zone = \"{zone}\"\n"
        )
    };
    let said = refused("misspelt", &place("Europe/Vienne"));
    assert_contains(&said, "unknown time zone `Europe/Vienne`");
    assert_contains(&said, "rulebook.toml:5:13");
    assert_contains(&said, "did you mean `Europe/Vienna`?");
    let said = refused("case", &place("asia/shanghai"));
    assert_contains(&said, "did you mean `Asia/Shanghai`?");
    let said = refused("offset", &place("UTC+8"));
    assert_contains(&said, "write a name of the IANA time zone database");
    let table = "titles = { en = \"T\" }\n[[jurisdiction-tables]]\nfile = \"places.csv\"\n";
    let said = refused("table", table);
    assert_contains(&said, "places.csv:2:1");
    assert_contains(&said, "did you mean `Asia/Shanghai`?");
}

#[test]
fn a_place_without_a_time_zone_has_the_day_in_utc_and_the_build_says_so() {
    let folder = scratch();
    let without = PLACES.replace("names = { en = \"Nation\" }\ntime-zone = \"UTC\"", "names = { en = \"Nation\" }");
    let mut files = files(&[]);
    files[0].1 = without;
    let rulebook = build(folder.path(), &files);
    let source = folder.path().join("source");
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert_contains(&text_of(&built), "`N` has no time zone, so the days of its law begin at midnight UTC");
    let server = Server::start(&rulebook, "");
    assert_day(&server.post("/v1/decisions", &case("N").to_string()).json()["privacy"]["processed_on"], "UTC");
    assert_eq!(server.get("/v1/jurisdictions/N").json()["time_zone"], "UTC");
    // The published law names one for every place.
    assert_lacks(&server_notices(), "time zone");
}

fn server_notices() -> String {
    let server = Server::start(plugins_rulebook(), "");
    server.get("/v1/rules").json()["notices"].to_string()
}
