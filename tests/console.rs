//! The console, as a supervisor's browser without scripts uses it.

mod broken;
mod impact;
mod limits;
mod published;
mod run_key;
mod supervisor;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use self::supervisor::{Supervisor, reader, reader_of_kind};
use crate::assertions::{assert_contains, assert_lacks};
use crate::attacks::benefit;
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, edit, plugins_rulebook, run, scratch, text_of};

const CARE: &str = "/console?service=disability-care-subsidy";

fn of_all_places() -> String {
    reader("supervisor", "[\"*\"]", true)
}

/// A host of the rulebook of `plugins/` with a supervisor and a researcher of all places, and a supervisor of Shandong.
fn host() -> Server {
    let researcher = reader_of_kind("researcher", "researcher", "[\"*\"]", true);
    let settings = format!("{}{}{researcher}", of_all_places(), reader("shandong", "[\"CN-37\"]", true));
    Server::start(plugins_rulebook(), &settings)
}

#[test]
fn without_a_caller_that_may_read_it_there_is_no_console() {
    let server = Server::start(plugins_rulebook(), &reader("portal", "[\"*\"]", false));
    let stranger = Supervisor::stranger(&server);
    for path in ["/console", "/console/sign-in", "/console/revisions"] {
        assert_eq!(stranger.get(path).status, 404, "{path}");
        assert_eq!(stranger.get_with_key("portal-key", path).status, 404, "{path}");
    }
}

#[test]
fn only_a_key_of_a_caller_that_may_read_it_signs_in() {
    let settings = format!("{}{}", of_all_places(), reader("portal", "[\"*\"]", false));
    // The open door lets nobody into the console.
    let server = Server::start(plugins_rulebook(), &settings);
    let stranger = Supervisor::stranger(&server);
    let sent = stranger.get("/console/revisions?lang=en");
    assert_eq!(sent.status, 303);
    assert_eq!(sent.header("location"), "/console/sign-in?to=%2Fconsole%2Frevisions%3Flang%3Den");
    let form = stranger.get(sent.header("location")).assert_page(200);
    assert_eq!(form.hidden("to"), "/console/revisions?lang=en");
    for (key, said) in
        [("", "Nobody has this key"), ("portal-key", "it isn't for the console"), ("x", "Nobody has this")]
    {
        let refused = stranger.post("/console/sign-in", &[("key", key), ("to", "/console")]).assert_page(403);
        assert_contains(&refused.text, said);
        assert_eq!(refused.header("set-cookie"), "");
        assert_lacks(&refused.text, "portal-key");
    }
    let good = [("key", "supervisor-key"), ("to", "/console/revisions")];
    assert_eq!(stranger.post_from("cross-site", "/console/sign-in", &good).assert_page(400).header("set-cookie"), "");
    let signed_in = stranger.post("/console/sign-in", &good);
    assert_eq!(signed_in.header("location"), "/console/revisions");
    let cookie = signed_in.header("set-cookie");
    assert_contains(cookie, "; HttpOnly; SameSite=Strict");
    assert_lacks(cookie, "supervisor");
    // Nobody is sent to another site.
    let elsewhere = stranger.post("/console/sign-in", &[("key", "supervisor-key"), ("to", "//evil.example/")]);
    assert_eq!(elsewhere.header("location"), "/console");
    // A key with each request does as well, and a wrong one or one that isn't for the console doesn't.
    stranger.get_with_key("supervisor-key", "/console").assert_page(200);
    stranger.get_with_key("portal-key", "/console").assert_page(403);
    stranger.get_with_key("nobody-key", "/console").assert_page(403);
    assert_lacks(&server.said(), "supervisor-key");
    let closed = Server::start_for_callers(plugins_rulebook(), &settings);
    Supervisor::stranger(&closed).get_with_key("nobody-key", "/console").assert_page(401);
}

#[test]
fn a_forged_an_ended_and_a_foreign_cookie_open_nothing() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let page = supervisor.get("/console").assert_page(200);
    let cookie = supervisor.cookie().to_owned();
    let (name, value) = cookie.split_once('=').unwrap();
    let end = if value.ends_with('A') { "B" } else { "A" };
    for forged in [
        format!("{name}={}{end}", &value[..value.len() - 1]),
        format!("ordinance-session={value}"),
        format!("{cookie}; {cookie}"),
        format!("{name}="),
    ] {
        assert_eq!(supervisor.with_cookie(forged.clone()).get("/console").status, 303, "{forged}");
    }
    // Another host has another key.
    let other = host();
    assert_eq!(Supervisor::stranger(&other).with_cookie(cookie).get("/console").status, 303);
    // A form of another site ends no session, and the session's own form ends it for good.
    supervisor.post("/console/sign-out", &[("form_token", "x")]).assert_page(400);
    supervisor.get("/console").assert_page(200);
    let token = page.hidden("form_token").to_owned();
    supervisor.post("/console/sign-out", &[("form_token", &token)]).assert_page(200);
    assert_eq!(supervisor.get("/console").status, 303);
}

#[test]
fn a_supervisor_sees_its_own_places_alone() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "shandong");
    let tree = supervisor.get(CARE).assert_page(200);
    assert_contains(&tree.text, "Shandong");
    assert_lacks(&tree.text, "Guangdong");
    supervisor.get("/console/places/CN-3706").assert_page(200);
    for path in ["/console/places/CN", "/console/places/CN-44", "/console/activity?place=CN-44"] {
        assert_contains(&supervisor.get(path).assert_page(403).text, "Not among your places");
    }
    let found = supervisor.get("/console/search?q=Guangdong").assert_page(200);
    assert_contains(&found.text, "Nothing was found");
    assert_contains(&supervisor.get("/console/activity").text, "Numbers of the whole host are for those");
    assert_lacks(&supervisor.get("/console/activity").text, "Decisions since the start");
    // A decision of another place is as if it weren't there.
    let recorded = decide(&server, "CN-4403", "1");
    let page = supervisor.get(&format!("/console/decisions?id={}", recorded["id"].as_str().unwrap()));
    assert_contains(&page.assert_page(404).text, "The decision log of this host has no such number");
}

/// An official decision on the care subsidy, with its receipt.
fn decide(server: &Server, place: &str, grade: &str) -> Value {
    let facts = json!({"disability_grade": grade.parse::<u8>().unwrap(), "needs_long_term_care": true,
        "work_injury_care_payment": false, "destitute_support": false, "draws_elderly_care_subsidy": false});
    let request = json!({"jurisdiction": place, "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": facts, "receipt": true});
    let reply = server.post("/v1/decisions", &request.to_string());
    reply.assert_status(200);
    reply.json()
}

#[test]
fn the_tree_and_the_map_show_whose_law_is_in_force_on_a_day_in_both_languages() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let page = supervisor.get(&format!("{CARE}&on=2026-03-01")).assert_page(200);
    for said in [
        "On 1 March 2026, 11 of",
        "places have law of their own",
        "no place needs to be acted on",
        "Law of its own",
        "The change before: 1 January 2026",
        "href=\"/console/places/CN-3706?on=2026-03-01\"",
        "161.00–193.00 yuan a month",
        "<svg class=\"app-chart\" id=\"map\" role=\"img\"",
        "Colour the map by amount",
        "For this service there is no law in",
    ] {
        assert_contains(&page.text, said);
    }
    assert_contains(page.header("content-security-policy"), "script-src 'self';");
    let earlier = supervisor.get(&format!("{CARE}&on=2015-06-01")).assert_page(200);
    assert_contains(&earlier.text, "On this day none of your places has law");
    let by_amount = supervisor.get(&format!("{CARE}&on=2026-03-01&by=amount")).assert_page(200);
    assert_contains(&by_amount.text, "Colour the map by state");
    let within = supervisor.get(&format!("{CARE}&within=CN-37")).assert_page(200);
    assert_contains(&within.text, "Yantai");
    assert_lacks(&within.text, "Guangdong");
    let chinese = supervisor.reading("zh-CN").get(&format!("{CARE}&on=2026-03-01")).assert_page(200);
    for said in ["<html lang=\"zh\"", "重度残疾人护理补贴", "有自己的规定", "烟台市", "每月161.00–193.00元"]
    {
        assert_contains(&chinese.text, said);
    }
    for path in [format!("{CARE}&on=2026-02-30"), format!("{CARE}&on=soon")] {
        assert_contains(&supervisor.get(&path).assert_page(400).text, "A day is written as 2026-03-01");
    }
    for path in ["/console?service=none", "/console?service=%3Cb%3E", "/console?within=XX", "/console?within=%22"] {
        let refused = supervisor.get(path).assert_page(404);
        assert_lacks(&refused.text, "<b>");
    }
    // The script of the slider is a file of this host.
    let (_, script) = page.text.split_once("<script src=\"").unwrap();
    let script = supervisor.get(script.split('"').next().unwrap());
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
}

#[test]
fn a_gap_a_planned_version_and_a_broken_bound_are_told_apart() {
    let folder = scratch();
    let (nation, county) = (benefit("N", "50.00"), benefit("N-1", "60.00"));
    let dated = |days: &str, version: &str| {
        county.replace("{ from = 2020-01-01 }\ntitles", &format!("{days}\ntitles")).replace("1.0.0", version)
    };
    let first = dated("{ from = 2020-01-01, until = 2022-01-01 }", "1.0.0");
    let second =
        dated("{ from = 2999-01-01 }", "2.0.0").replace("from = 2020-01-01, value", "from = 2999-01-01, value");
    let older = benefit("N-2", "60.00").replace("value = 60 }", "value = 61 }");
    let files = [
        ("N/guard/rule.toml", permitting("")),
        ("N/benefit/rule.toml", nation),
        ("N-1/benefit/1.0.0/rule.toml", first),
        ("N-1/benefit/2.0.0/rule.toml", second),
        ("N-2/benefit/rule.toml", older),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    write_and_build(folder.path(), &files);
    let (source, rulebook) = (folder.path().join("source"), folder.path().join("rulebook"));
    let bound =
        "[bounds.parameter.min_age]\nbound = \"fixed\"\nprovision = { document = \"An act\", article = \"8\" }\n";
    let head = "jurisdiction = \"N\"\nservice = \"benefit\"\n";
    fs::write(source.join("N/benefit/bounds.toml"), format!("{head}{bound}")).unwrap();
    // The build says that the rule breaks the bound, and writes the rulebook all the same.
    run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    let server = Server::start(&rulebook, &of_all_places());
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let tree = supervisor.get("/console?service=benefit&on=2026-03-01").assert_page(200);
    for said in ["Breaks bounds", "which breaks `fixed` of `N` (An act 8)", "Gap between versions", "1 January 2999"] {
        assert_contains(&tree.text, said);
    }
    assert_contains(&tree.text, "fill=\"url(#map-dotted)\"");
    assert_contains(&tree.text, "fill=\"url(#map-striped)\"");
    let place = supervisor.get("/console/places/N-1?on=2026-03-01").assert_page(200);
    for said in ["url(#law-over-time-gap)", "stroke-dasharray", "planned", "from 1 January 2022 until 1 January 2999"] {
        assert_contains(&place.text, said);
    }
    assert_contains(&place.text, "lower law may not change it");
}

#[test]
fn the_page_of_a_place_shows_its_law_over_time_what_binds_it_and_its_siblings() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let page = supervisor.get("/console/places/CN-3706?on=2026-03-01").assert_page(200);
    for said in [
        "Its own law over time",
        "id=\"law-over-time\"",
        "from 1 January 2026",
        "193.00 yuan a month",
        "What upper law binds it",
        "at least what upper law gives",
        "deny nobody to whom upper law grants",
        "国发〔2015〕52号",
        "Beside its siblings",
        "this place",
    ] {
        assert_contains(&page.text, said);
    }
    // The bounds that a state sets on the numbers of its counties.
    let county = supervisor.get("/console/places/US-MD-001").assert_page(200);
    assert_contains(&county.text, "the number rate of a rule");
    let chinese = supervisor.reading("zh").get("/console/places/CN-3706?on=2026-03-01").assert_page(200);
    for said in ["本地规定的沿革", "不低于上级的数", "每月193.00元"] {
        assert_contains(&chinese.text, said);
    }
    for (path, status) in [
        ("/console/places/XX", 404),
        ("/console/places/%3Cscript%3E", 404),
        ("/console/places/CN?on=2026-13-01", 400),
        ("/console/nothing", 404),
    ] {
        assert_eq!(supervisor.get(path).status, status, "{path}");
    }
    supervisor.get("/console/places/CN-3706?on=1900-01-01").assert_page(200);
}

#[test]
fn the_page_of_a_rule_shows_its_numbers_articles_budget_and_words() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let rules = server.get("/v1/rules").json();
    let of = |place: &str, id: &str| {
        let is_it = |rule: &&Value| rule["jurisdiction"] == place && rule["rule"] == format!("{id}@1.0.0");
        rules["rules"].as_array().unwrap().iter().find(is_it).unwrap()["digest"].as_str().unwrap().to_owned()
    };
    let digest = of("CN-3706", "disability-care-subsidy");
    let page = supervisor.get(&format!("/console/rules/{digest}")).assert_page(200);
    for said in [
        "Yantai: care subsidy",
        "193.00 yuan a month",
        "Conditions and articles",
        "What it may see",
        "units of instructions",
        "The rule in words",
        "Cases: ",
        "The rulebook has no coverage",
    ] {
        assert_contains(&page.text, said);
    }
    let named = supervisor.get("/console/rules/CN-3706:disability-care-subsidy@1.0.0").assert_page(200);
    assert_contains(&named.text, &digest);
    let privacy = supervisor.get(&format!("/console/rules/{}", of("CN", "personal-information"))).assert_page(200);
    assert_contains(&privacy.text, "A privacy rule rules on the use of facts");
    for name in ["sha256:00", "CN:none@1.0.0", "%3Cb%3E"] {
        assert_contains(&supervisor.get(&format!("/console/rules/{name}")).assert_page(404).text, "no such rule");
    }
    let chinese = supervisor.reading("zh").get(&format!("/console/rules/{digest}")).assert_page(200);
    assert_contains(&chinese.text, "规则的文字说明");
}

#[test]
fn an_auditor_follows_a_decision_by_its_id_and_by_its_receipt_and_sees_no_fact() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let decided = decide(&server, "CN-3706", "3");
    let (id, receipt) = (decided["id"].as_str().unwrap(), decided["receipt"].to_string());
    let by_id = supervisor.get(&format!("/console/decisions?id={id}")).assert_page(200);
    let by_receipt = supervisor.post("/console/decisions", &[("receipt", &receipt)]).assert_page(200);
    for page in [&by_id, &by_receipt] {
        for said in
            ["How this was decided", "not eligible", "China", "Shandong", "Yantai", "id=\"chain\"", "What it said"]
        {
            assert_contains(&page.text, said);
        }
        // By the law of China an auditor may receive the grade, so it hears what was found on it.
        assert_contains(&page.text, "Has a disability of grade 1 or 2");
    }
    // A researcher may not, and hears of the law alone that took part.
    let researcher = Supervisor::signed_in(&server, "researcher");
    let page = researcher.get(&format!("/console/decisions?id={id}")).assert_page(200);
    for said in ["This decision rests on facts that you may not see", "The law that took part", "Shandong", "Yantai"] {
        assert_contains(&page.text, said);
    }
    for hidden in [
        "not eligible",
        "Has a disability of grade 1",
        "disability_grade",
        "national-conditions",
        "What it said",
        "Bound of upper law",
        "What privacy law withheld",
        "id=\"chain\"",
    ] {
        assert_lacks(&page.text, hidden);
    }
    assert_contains(&by_receipt.text, "The receipt holds.");
    assert_lacks(&by_receipt.text, &decided["receipt"]["salt"].as_str().unwrap()[..20]);
    let chinese = supervisor.reading("zh").get(&format!("/console/decisions?id={id}")).assert_page(200);
    assert_contains(&chinese.text, "不符合条件");
    // What is no decision, or was altered.
    for (sent, said) in [
        ("x", "This is no number of a decision"),
        ("01890a5d-ac96-774b-bcce-b302099a8057", "has no such number"),
        ("%3Cscript%3E", "This is no number of a decision"),
    ] {
        let refused = supervisor.get(&format!("/console/decisions?id={sent}")).assert_page(404);
        assert_contains(&refused.text, said);
        assert_lacks(&refused.text, "<script>");
    }
    let altered = receipt.replacen("ineligible", "eligible", 1);
    let refused = supervisor.post("/console/decisions", &[("receipt", &altered)]).assert_page(422);
    assert_contains(&refused.text, "The receipt doesn't hold:");
    supervisor.post("/console/decisions", &[("receipt", "</textarea><script>")]).assert_page(422);
    supervisor.post_from("cross-site", "/console/decisions", &[("receipt", &receipt)]).assert_page(400);
    assert_eq!(server.decision_log().len(), 1);
}

#[test]
fn what_happens_is_told_in_steps_and_exported_as_a_file() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    (0..10).for_each(|_| drop(decide(&server, "CN-3706", "1")));
    let page = supervisor.get("/console/activity").assert_page(200);
    for said in ["No month is published yet", "at least 10", "99 of 100 decisions took", "There are no objections"] {
        assert_contains(&page.text, said);
    }
    assert_contains(&page.text, "href=\"/console/activity/decisions-now.csv\"");
    let file = supervisor.get("/console/activity/decisions-now.csv");
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_contains(file.header("content-disposition"), "attachment");
    assert_eq!(file.text.lines().next().unwrap(), "\u{feff}Service,Outcome,Mode,Count");
    assert_contains(&file.text, "Care subsidy for people with severe disabilities,eligible,official,at least 10");
    let chinese = supervisor.reading("zh").get("/console/activity/decisions-now.csv?service=disability-care-subsidy");
    assert_contains(&chinese.text, "事项,结果,方式,次数");
    for path in ["/console/activity/none.csv", "/console/activity/months", "/console/activity/months.csv?place=%3C%3E"]
    {
        supervisor.get(path).assert_page(404);
    }
    assert_eq!(Supervisor::stranger(&server).get("/console/activity/decisions-now.csv").status, 303);
}

/// A rulebook of a benefit whose texts an author wrote to harm whoever reads them, and its sources.
fn hostile_rulebook(folder: &tempfile::TempDir) -> (PathBuf, PathBuf) {
    let evil = "=cmd|' /C calc'!A0<script>alert('x')</script>\\\" onload=\\\"x";
    let titled = |text: &str| text.replace("en = \"Benefit\"", &format!("en = \"{evil}\""));
    let rule = titled(&benefit("N", "50.00"));
    write_and_build(folder.path(), &[("N/guard/rule.toml", &permitting("")), ("N/benefit/rule.toml", &rule)]);
    let (source, rulebook) = (folder.path().join("source"), folder.path().join("rulebook"));
    let service = source.join("services/benefit.toml");
    fs::write(&service, titled(&fs::read_to_string(&service).unwrap())).unwrap();
    build(&source, &rulebook);
    (source, rulebook)
}

fn build(source: &Path, rulebook: &Path) {
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
}

#[test]
fn what_authors_write_is_shown_as_text_and_a_new_revision_is_told() {
    let folder = scratch();
    let (source, rulebook) = hostile_rulebook(&folder);
    let server = Server::start(&rulebook, &format!("[statistics]\nsmallest-cell = 3\n{}", of_all_places()));
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let request = json!({"jurisdiction": "N", "service": "benefit", "as_of": "2026-01-01",
        "facts": {"age": 70, "resident": true}});
    for _ in 0..3 {
        server.post("/v1/decisions", &request.to_string()).assert_status(200);
    }
    // A program of sheets runs no formula of a file.
    let file = supervisor.get("/console/activity/decisions-now.csv").text;
    assert_contains(&file, "\n\"'=cmd|' /C calc'!A0<script>");
    let pages = ["/console", "/console/places/N", "/console/rules/N:benefit@1.0.0", "/console/search?q=script"];
    for path in pages {
        let page = supervisor.get(path).assert_page(200);
        assert_lacks(&page.text, "<script>");
        assert_lacks(&page.text, "\" onload=\"");
    }
    assert_contains(&supervisor.get("/console/rules/N:benefit@1.0.0").text, "&lt;script&gt;alert");
    assert_contains(&supervisor.get("/console/revisions").text, "there has been one revision");
    // A number of the law changes.
    edit(&source.join("N/benefit/rule.toml"), "value = \"50.00\"", "value = \"60.00\"");
    build(&source, &rulebook);
    reload(&server);
    let page = supervisor.get("/console/revisions").assert_page(200);
    for said in ["the new revision is in use", "The rule was replaced", "50.00", "→", "60.00", "was in use"] {
        assert_contains(&page.text, said);
    }
    assert_lacks(&page.text, "<script>");
    supervisor.get("/console/revisions?older=sha256:00&newer=").assert_page(404);
    // A revision that can't be used is refused, with the reason.
    fs::write(rulebook.join("rulebook.toml"), "no = ").unwrap();
    fs::remove_file(rulebook.join("index.json")).unwrap();
    reload(&server);
    let refused = supervisor.get("/console/revisions").assert_page(200);
    assert_contains(&refused.text, "the new revision was refused");
    assert_contains(&supervisor.reading("zh").get("/console/revisions").text, "新版本被拒");
}

fn reload(server: &Server) {
    let posted = crate::support::agent().post(format!("{}/admin/reload", server.operations)).send_empty();
    assert!([200, 409].contains(&posted.unwrap().status().as_u16()));
}

#[test]
fn the_search_finds_places_services_rules_and_articles() {
    let server = host();
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    for (sought, said) in [
        ("zhifu", "href=\"/console/places/CN-370602?"),
        ("care+subsidy", "href=\"/console?service=disability-care-subsidy\""),
        ("Yantai%3A", "/console/rules/sha256:"),
        ("10-106", "Md. Code, Tax-General"),
        ("%E5%9B%BD%E5%8F%91", "国发〔2015〕52号"),
        ("10-106", "Bounds of"),
        ("%22%3E%3Cscript%3E", "Nothing was found"),
    ] {
        let page = supervisor.get(&format!("/console/search?q={sought}")).assert_page(200);
        assert_contains(&page.text, said);
        assert_lacks(&page.text, "<script>");
    }
    supervisor.get("/console/search?q=a&q=b").assert_page(400);
    let long = supervisor.get(&format!("/console/search?q={}", "a".repeat(5_000))).assert_page(200);
    assert_contains(&long.text, "Nothing was found");
}
