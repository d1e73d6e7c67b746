//! Law counts as it is known on a day: what is announced doesn't count yet, and what was corrected has a past.

use serde_json::{Value, json};

use super::{Files, build, case, decide_at, simulator};
use crate::assertions::{ABSENT, assert_contains, assert_includes};
use crate::attacks::benefit;
use crate::scenarios::permitting;
use crate::support::{Server, run, scratch, text_of};

const MARCH: &str = "2026-03-15T12:00:00Z";
const JUNE: &str = "2026-06-01T12:00:00Z";

/// A rule of a place with keys of its own, such as the days of its publication.
fn version(place: &str, version: &str, amount: &str, keys: &str) -> String {
    let rule = benefit(place, amount).replace("version = \"1.0.0\"", &format!("version = \"{version}\""));
    rule.replace("extends =", &format!("{keys}\nextends ="))
}

/// The nation's benefit, of which another version is announced for a day.
fn announced_for(day: &str) -> Files {
    vec![
        ("N/guard/rule.toml".into(), permitting("")),
        ("N/benefit/rule.toml".into(), version("N", "1.0.0", "50.00", &format!("withdrawn = {day}"))),
        ("N/benefit/2.0.0/rule.toml".into(), version("N", "2.0.0", "60.00", &format!("published = {day}"))),
    ]
}

/// The amount that is granted on 1 March 2026 as known on a day; without one, as known at the moment.
fn amount(simulator: &ordinance_host::Simulator, moment: &str, place: &str, known_at: Option<&str>) -> Value {
    let mut case = case(place);
    if let Some(day) = known_at {
        case["known_at"] = json!(day);
    }
    decide_at(simulator, moment, &case)["grant"]["amount"].clone()
}

#[test]
fn announced_law_counts_from_its_day_on_and_not_before() {
    let folder = scratch();
    let simulator = simulator(&build(folder.path(), &announced_for("2026-06-01")));
    let amount = |moment: &str, known_at| amount(&simulator, moment, "N", known_at);
    assert_eq!(amount(MARCH, None), "50.00");
    assert_eq!(amount(MARCH, Some("2026-06-01")), "60.00", "what is announced is known to who asks for that day");
    assert_eq!(amount("2026-05-31T23:59:59Z", None), "50.00");
    assert_eq!(amount(JUNE, None), "60.00");
    assert_eq!(amount(JUNE, Some("2026-05-31")), "50.00");
}

#[test]
fn without_known_at_the_answer_is_that_with_known_at_of_today() {
    let folder = scratch();
    let simulator = simulator(&build(folder.path(), &announced_for("2026-06-01")));
    for (moment, today) in [(MARCH, "2026-03-15"), (JUNE, "2026-06-01")] {
        let without = decide_at(&simulator, moment, &case("N"));
        let mut with = case("N");
        with["known_at"] = json!(today);
        assert_eq!(decide_at(&simulator, moment, &with), without);
        assert_eq!(without["known_at"], today);
    }
}

#[test]
fn announced_privacy_law_withholds_from_its_day_on_and_not_before() {
    let folder = scratch();
    let withhold = permitting("{ fact = \"age\", says = \"withhold\" }, ");
    let published = |rule: &str, key: &str| rule.replace("extends =", &format!("{key} = 2026-06-01\nextends ="));
    let files = vec![
        ("N/guard/rule.toml".into(), published(&permitting(""), "withdrawn")),
        ("N/guard/2.0.0/rule.toml".into(), published(&withhold, "published").replace("1.0.0", "2.0.0")),
        ("N/benefit/rule.toml".into(), benefit("N", "50.00")),
    ];
    let simulator = simulator(&build(folder.path(), &files));
    let withheld = |moment: &str, more: Value| {
        let mut case = case("N");
        case.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        !decide_at(&simulator, moment, &case)["privacy"]["withheld"].as_array().unwrap().is_empty()
    };
    assert!(!withheld(MARCH, json!({})));
    assert!(withheld(JUNE, json!({})));
    // The privacy law of today counts, whatever is asked for.
    assert!(withheld(JUNE, json!({"known_at": "2026-03-15"})));
    assert!(!withheld(MARCH, json!({"known_at": "2026-06-01"})));
}

#[test]
fn an_amount_that_is_raised_back_to_january_was_another_for_who_asked_before() {
    let folder = scratch();
    let raised = "value = \"50.00\" },\n    { from = 2026-01-01, published = 2026-05-10, value = \"70.00\" }";
    let corrected = "value = 60 }, { from = 2020-01-01, published = 2026-05-20, value = 75 }";
    let law = benefit("N", "50.00").replace("value = \"50.00\" }", raised).replace("value = 60 }", corrected);
    let files = vec![("N/guard/rule.toml".into(), permitting("")), ("N/benefit/rule.toml".into(), law)];
    let simulator = simulator(&build(folder.path(), &files));
    let amount = |moment: &str, known_at| amount(&simulator, moment, "N", known_at);
    assert_eq!(amount(MARCH, None), "50.00");
    assert_eq!(amount(MARCH, Some("2026-05-10")), "70.00");
    assert_eq!(amount("2026-05-15T12:00:00Z", None), "70.00");
    assert_eq!(amount("2026-05-15T12:00:00Z", Some("2026-05-09")), "50.00");
    // The corrected least age takes the place of the first, on all its days, once it is published.
    let outcome = |known_at: &str| {
        let mut case = case("N");
        case["known_at"] = json!(known_at);
        decide_at(&simulator, JUNE, &case)["outcome"].clone()
    };
    assert_eq!(outcome("2026-05-19"), "eligible");
    assert_eq!(outcome("2026-05-20"), "ineligible");
    // The reply says when the number was published.
    let reply = decide_at(&simulator, "2026-05-15T12:00:00Z", &case("N"));
    let number = |name: &str| {
        let parameters = reply["layers"][0]["parameters"].as_array().unwrap();
        parameters.iter().find(|parameter| parameter["name"] == name).unwrap().clone()
    };
    assert_includes(&number("amount"), json!({"value": "70.00", "from": "2026-01-01", "published": "2026-05-10"}));
    assert_includes(&number("min_age"), json!({"value": 60, "published": ABSENT}));
}

#[test]
fn a_bound_that_is_published_later_binds_who_knows_of_it() {
    let folder = scratch();
    let service = std::fs::read_to_string(crate::support::root().join("tests/scenarios/common/services/benefit.toml"));
    let provision = "provision = { document = \"Benefit Act\", article = \"2\" }";
    let dated = format!(
        "bounds = [{{ bound = \"delegated\", {provision} }},\n    \
         {{ from = 2026-01-01, published = 2026-05-10, bound = \"at-least least\", {provision} }}]\n\
         [parameters.least]\ntitles = {{ en = \"Least\" }}\nvalues = [{{ from = 2020-01-01, value = \"80.00\" }},\n    \
         {{ from = 2026-01-01, published = 2026-08-01, value = \"90.00\" }}]\n"
    );
    let written = format!("bound = \"at-least inherited\"\n{provision}\n");
    let service = service.unwrap();
    assert_contains(&service, &written);
    let level = format!(
        "jurisdiction = \"N\"\nservice = \"benefit\"\n[bounds.grant.amount]\nbounds = [{{ bound = \"at-least 55\", {provision} }},\n    \
         {{ from = 2026-01-01, published = 2026-06-10, bound = \"at-least 100\", {provision} }}]\n"
    );
    let files = vec![
        ("services/benefit.toml".into(), service.replace(&written, &dated)),
        ("N/guard/rule.toml".into(), permitting("")),
        ("N/benefit/rule.toml".into(), benefit("N", "50.00")),
        ("N/benefit/bounds.toml".into(), level),
        ("N-1/benefit/rule.toml".into(), benefit("N-1", "52.00")),
    ];
    let simulator = simulator(&build(folder.path(), &files));
    let amount = |place: &str, known_at| amount(&simulator, MARCH, place, Some(known_at));
    assert_eq!(amount("N", "2026-05-09"), "50.00", "the bound of the contract isn't published yet");
    assert_eq!(amount("N", "2026-05-10"), "80.00");
    assert_eq!(amount("N", "2026-08-01"), "90.00", "the limit of the bound was corrected");
    assert_eq!(amount("N-1", "2026-05-09"), "55.00", "the bound of the nation as it was first");
    assert_eq!(amount("N-1", "2026-06-10"), "100.00", "the bound of the nation as it was corrected");
}

#[test]
fn an_announced_bound_breaks_no_rule_before_its_day() {
    let folder = scratch();
    let provision = "provision = { document = \"Benefit Act\", article = \"7\" }";
    let bounds = format!(
        "jurisdiction = \"N\"\nservice = \"benefit\"\n[bounds.parameter.min_age]\n\
         bounds = [{{ bound = \"at-most 70\", {provision} }},\n    \
         {{ from = 2020-01-01, published = 2026-06-01, bound = \"at-most 55\", {provision} }}]\n"
    );
    let files = vec![
        ("N/guard/rule.toml".into(), permitting("")),
        ("N/benefit/bounds.toml".into(), bounds),
        ("N-1/benefit/rule.toml".into(), benefit("N-1", "52.00")),
    ];
    let rulebook = build(folder.path(), &files);
    let source = folder.path().join("source");
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert_contains(
        &text_of(&built),
        "N-1/benefit 1.0.0 can't run once the law is known that is published on 2026-06-01",
    );
    let simulator = simulator(&rulebook);
    let reply = |moment: &str| decide_at(&simulator, moment, &case("N-1"));
    assert_includes(&reply(MARCH), json!({"outcome": "eligible", "grant": {"amount": "52.00"}}));
    let broken = reply(JUNE);
    assert_includes(&broken, json!({"outcome": "undetermined", "reason": "failed-rule"}));
    assert_includes(&broken["layers"][1], json!({"status": "failed", "failure": {"code": "not-loaded"}}));
}

#[test]
fn the_reach_of_privacy_law_is_that_which_is_known_on_the_day() {
    let folder = scratch();
    let service =
        std::fs::read_to_string(crate::support::root().join("tests/scenarios/common-privacy/services/benefit.toml"));
    let provision = "provision = { document = \"Benefit Act\", article = \"9\" }";
    let reaches = format!(
        "[privacy]\nreaches = [{{ reach = \"own-and-lower\", {provision} }},\n    \
         {{ from = 2026-01-01, published = 2026-06-01, reach = \"all-levels\", {provision} }}]\n\n[outcome]"
    );
    let files = vec![
        ("services/benefit.toml".into(), service.unwrap().replace("[outcome]", &reaches)),
        ("N/guard/rule.toml".into(), permitting("")),
        ("N-1/guard/rule.toml".into(), crate::attacks::withholding("N-1")),
        ("N/benefit/rule.toml".into(), benefit("N", "50.00")),
    ];
    let simulator = simulator(&build(folder.path(), &files));
    let outcome = |moment: &str| decide_at(&simulator, moment, &case("N-1"))["outcome"].clone();
    assert_eq!(outcome(MARCH), "eligible", "the county's privacy law doesn't bind the nation's rule");
    assert_eq!(outcome(JUNE), "undetermined");
}

#[test]
fn a_merger_of_places_counts_for_who_knows_of_it() {
    let folder = scratch();
    let place = |keys: &str| format!("[[jurisdictions]]\n{keys}\nnames = {{ en = \"Place\" }}\n");
    let places: String = [
        "code = \"LAW\"",
        "code = \"HEIR\"",
        "code = \"GUARD\"",
        "code = \"BAND\"",
        "code = \"N\"\ntime-zone = \"UTC\"",
        "code = \"N-1\"\nparent = \"N\"\nwithdrawn = 2026-02-01",
        "code = \"N-1\"\nparent = \"N\"\npublished = 2026-02-01\nuntil = 2026-01-01\nsuccessors = [\"N-2\"]",
        "code = \"N-2\"\nparent = \"N\"",
    ]
    .map(place)
    .concat();
    let rulebook = format!("titles = {{ en = \"A merger\" }}\n{places}[privacy]\nungoverned = [\"LAW\", \"HEIR\"]\n");
    let files = vec![
        ("rulebook.toml".into(), rulebook),
        ("N/guard/rule.toml".into(), permitting("")),
        ("N-1/benefit/rule.toml".into(), benefit("N-1", "50.00")),
        ("N-2/benefit/rule.toml".into(), benefit("N-2", "60.00")),
    ];
    let simulator = simulator(&build(folder.path(), &files));
    let decide = |moment: &str, known_at: Option<&str>| {
        let mut case = case("N-1");
        if let Some(day) = known_at {
            case["known_at"] = json!(day);
        }
        decide_at(&simulator, moment, &case)
    };
    let before = json!({"jurisdiction": "N-1", "asked": ABSENT, "grant": {"amount": "50.00"}});
    let merged = json!({"jurisdiction": "N-2", "asked": "N-1", "grant": {"amount": "60.00"}});
    assert_includes(&decide("2026-01-31T12:00:00Z", None), before.clone());
    assert_includes(&decide("2026-01-31T12:00:00Z", Some("2026-02-01")), merged.clone());
    assert_includes(&decide("2026-02-01T12:00:00Z", None), merged);
    assert_includes(&decide("2026-02-01T12:00:00Z", Some("2026-01-31")), before);
}

/// A day on which nobody runs these tests.
const FAR: &str = "2999-01-01";

#[test]
fn the_host_answers_all_queries_by_what_is_known_today() {
    let folder = scratch();
    let mut files = announced_for(FAR);
    let of_county = version("N-1", "1.0.0", "70.00", &format!("published = {FAR}"));
    files.push(("N-1/benefit/rule.toml".into(), of_county));
    let server = Server::start(&build(folder.path(), &files), "");
    let known = |query: &str| server.get(&format!("/v1/services/benefit/{query}")).json();
    let rules = |form: Value| form["x-rules"].clone();
    let form = "form?jurisdiction=N-1&as_of=2026-03-01";
    assert_eq!(rules(known(form)), json!(["N/benefit@1.0.0"]));
    let later = rules(known(&format!("{form}&known_at={FAR}")));
    assert_eq!(later, json!(["N/benefit@2.0.0", "N-1/benefit@1.0.0"]));
    let status = |query: &str| known(query)["places"][0]["status"].clone();
    assert_eq!(status("coverage?within=N-1&as_of=2026-03-01"), "inherits");
    assert_eq!(status(&format!("coverage?within=N-1&as_of=2026-03-01&known_at={FAR}")), "own");
    let records = server.get("/v1/privacy/records?jurisdiction=N-1&as_of=2026-03-01").json();
    let readers: Vec<Value> = records["records"][0]["facts"][0]["read_by"].as_array().unwrap().clone();
    assert_eq!(readers.iter().map(|reader| reader["rule"].clone()).collect::<Vec<_>>(), ["benefit@1.0.0"]);
    let comparison = json!({"service": "benefit", "as_of": "2026-03-01", "jurisdictions": ["N", "N-1"],
        "facts": case("N")["facts"]});
    let places = server.post("/v1/comparisons", &comparison.to_string()).json()["places"].clone();
    assert_includes(&places[1], json!({"grant": {"amount": "50.00"}}));
    assert_eq!(places[1]["known_at"], places[1]["processed_on"]);
}

#[test]
fn the_commands_follow_what_is_known_today_and_cases_may_pin_it() {
    let folder = scratch();
    let mut files = announced_for(FAR);
    let case = |name: &str, known_at: &str, amount: &str| {
        format!(
            "[[cases]]\nname = \"{name}\"\njurisdiction = \"N\"\nas_of = 2026-03-01\n{known_at}\
             facts = {{ age = 70, resident = true, income = \"100.00\" }}\n\
             expect = {{ outcome = \"eligible\", grant = {{ amount = \"{amount}\" }} }}\n"
        )
    };
    let cases = case("known today", "", "50.00") + &case("announced", &format!("known_at = {FAR}\n"), "60.00");
    files.push(("N/benefit/cases/days.toml".into(), cases));
    let rulebook = build(folder.path(), &files);
    let source = folder.path().join("source");
    let tested = run(&["test", source.to_str().unwrap()]);
    assert!(tested.status.success(), "{}", text_of(&tested));
    let facts = folder.path().join("facts.json");
    std::fs::write(&facts, r#"{"age": 70, "resident": true, "income": "100.00"}"#).unwrap();
    let decide = |more: &[&str]| {
        let decide = ["decide", rulebook.to_str().unwrap(), "--jurisdiction", "N", "--service", "benefit"];
        let ran = run(&[&decide[..], &["--as-of", "2026-03-01", "--facts", facts.to_str().unwrap()], more].concat());
        assert!(ran.status.success(), "{}", text_of(&ran));
        let reply: Value = serde_json::from_slice(&ran.stdout).unwrap();
        reply["grant"]["amount"].clone()
    };
    assert_eq!(decide(&[]), "50.00");
    assert_eq!(decide(&["--known-at", FAR]), "60.00");
    // Both versions are searched, each as it is known when it counts.
    let checked = run(&["check", source.to_str().unwrap(), "--cases", "32"]);
    assert!(checked.status.success(), "{}", text_of(&checked));
    // Law that is announced changes nothing today.
    let older = scratch();
    let old_files = vec![
        ("N/guard/rule.toml".to_owned(), permitting("")),
        ("N/benefit/rule.toml".to_owned(), benefit("N", "50.00")),
    ];
    let old = build(older.path(), &old_files);
    let people = folder.path().join("people.ndjson");
    let person = r#"{"name": "a", "jurisdiction": "N", "service": "benefit", "as_of": "2026-03-01", "facts": {"age": 70, "resident": true, "income": "100.00"}}"#;
    std::fs::write(&people, person).unwrap();
    let paths = [&old, &rulebook, &people].map(|path| path.to_str().unwrap());
    let diff = run(&["impact", paths[0], paths[1], "--population", paths[2], "--json"]);
    let changed: Value = serde_json::from_slice(&diff.stdout).unwrap_or_else(|_| panic!("{}", text_of(&diff)));
    assert_includes(&changed, json!({"all": {"people": {"same": 1}}}));
}
