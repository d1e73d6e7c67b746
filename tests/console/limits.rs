//! What the console doesn't tell: numbers of a few, law of places that the reader doesn't have, and more than a page of
//! what a broken rule of a nation leaves undecided.

use serde_json::json;

use super::broken::with_broken_rule;
use super::supervisor::{Supervisor, reader};
use super::{CARE, host, of_all_places};
use crate::assertions::{assert_contains, assert_lacks};
use crate::attacks::benefit;
use crate::objections::{ReviewedHost, taken};
use crate::scenarios::{permitting, write_and_build};
use crate::statistics::{Logged, log};
use crate::support::{Server, scratch};

#[test]
fn one_violation_is_in_no_number_and_ten_are_one_step() {
    let folder = scratch();
    let files = [
        ("N/guard/rule.toml", permitting("")),
        ("N/benefit/rule.toml", benefit("N", "50.00")),
        ("N-1/benefit/rule.toml", benefit("N-1", "40.00")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let server = Server::start(&write_and_build(folder.path(), &files), &of_all_places());
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let request = json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01",
        "facts": {"age": 70, "resident": true}});
    let decide = || {
        server.post("/v1/decisions", &request.to_string()).assert_status(200);
    };
    let file = |name: &str| supervisor.get(&format!("/console/activity/{name}.csv")).text;
    decide();
    for name in ["rules-now", "decisions-now"] {
        assert_eq!(file(name).lines().count(), 1, "{name}: {}", file(name));
    }
    assert_contains(&supervisor.get("/console/activity").text, "too little to tell");
    (0..9).for_each(|_| decide());
    assert_contains(&file("rules-now"), "Broken bound,");
    assert_contains(&file("rules-now"), "benefit@1.0.0,Amount,at least 10");
    // The rows of rules are of the place that was asked for; decisions aren't counted by place, and the page says so.
    let elsewhere = supervisor.get("/console/activity/rules-now.csv?place=N-2").text;
    assert_eq!(elsewhere.lines().count(), 1, "{elsewhere}");
    assert_contains(&supervisor.get("/console/activity?place=N-2").text, "This table is of all places");
    let of_both = supervisor.get("/console/activity?place=N-2&service=benefit").text;
    assert_contains(&of_both, "This table is of the whole host");
    assert_lacks(&supervisor.get("/console/activity").text, "This table is of");
}

#[test]
fn one_objection_is_in_no_number() {
    let reviewed = ReviewedHost::new(&of_all_places());
    taken(&reviewed.server, &reviewed.receipt(91));
    assert_contains(&reviewed.metrics(), "ordinance_objections");
    let supervisor = Supervisor::signed_in(&reviewed.server, "supervisor");
    let page = supervisor.get("/console/activity").assert_page(200);
    assert_contains(&page.text, "There are no objections, or too few to tell");
    assert_lacks(&page.text, "received, in time");
    let file = supervisor.get("/console/activity/objections.csv").text;
    assert_eq!(file.lines().count(), 1, "{file}");
}

#[test]
fn a_supervisor_of_a_province_sees_the_revisions_rules_and_files_of_its_places() {
    let server = host();
    let (all, own) = (Supervisor::signed_in(&server, "supervisor"), Supervisor::signed_in(&server, "shandong"));
    let counted = |supervisor: &Supervisor<'_>| {
        let page = supervisor.get("/console/revisions").assert_page(200).text;
        let row = page.split_once("<tbody").unwrap().1.split("</tr>").next().unwrap().to_owned();
        let cells: Vec<&str> = row.split("</td>").filter_map(|cell| cell.rsplit('>').next()).collect();
        cells.iter().rev().find_map(|cell| cell.parse::<u32>().ok().filter(|count| *count > 0)).unwrap()
    };
    assert!(counted(&own) < counted(&all));
    let hidden = "What came of reloads and which publications count for nothing";
    assert_contains(&own.get("/console/revisions").text, hidden);
    assert_lacks(&all.get("/console/revisions").text, hidden);
    // Law above the province is named where it binds, and isn't a link.
    let place = own.get("/console/places/CN-3706?on=2026-03-01").assert_page(200);
    assert_contains(&place.text, "China");
    assert_lacks(&place.text, "href=\"/console/places/CN?");
    assert_contains(&all.get("/console/places/CN-3706?on=2026-03-01").text, "href=\"/console/places/CN?");
    own.get("/console/rules/CN-3706:disability-care-subsidy@1.0.0").assert_page(200);
    for path in ["/console/rules/CN:personal-information@1.0.0", "/console?within=CN", "/console?within=CN-44"] {
        assert_contains(&own.get(path).assert_page(403).text, "Not among your places");
    }
    own.get("/console?within=CN-37").assert_page(200);
    assert_contains(&own.get("/console/search?q=yantai").text, "href=\"/console/places/CN-3706?");
    assert_contains(&own.get("/console/search?q=shenzhen").text, "Nothing was found");
    assert_eq!(own.get("/console/activity/rules-now.csv").status, 200);
    assert_eq!(own.get("/console/activity/decisions-now.csv").status, 404);
}

#[test]
fn a_broken_rule_of_a_nation_is_told_once_on_a_small_page() {
    let (healthy, folder) = (host(), scratch());
    let rulebook = with_broken_rule(&healthy, &folder, "CN");
    let settings = format!("{}{}", of_all_places(), reader("shandong", "[\"CN-37\"]", true));
    let server = Server::start(&rulebook, &settings);
    let reason = "is damaged: its digest is not its name";
    for id in ["supervisor", "shandong"] {
        let page = Supervisor::signed_in(&server, id).get(&format!("{CARE}&on=2026-03-01")).assert_page(200);
        assert_eq!(page.text.matches(reason).count(), 1, "{id}");
        assert_contains(&page.text, "To be acted on: 1.");
        assert!(page.text.len() < 400_000, "{id}: {} bytes", page.text.len());
    }
}

#[test]
fn published_months_are_charts_and_files_within_the_places_of_the_reader() {
    let logged = Logged::new(&log(&[
        ("2026-08", "CN-3706", "granted", 40),
        ("2026-09", "CN-370602", "granted", 60),
        ("2026-09", "CN-370602", "refused", 45),
        ("2026-09", "CN-370602", "open", 45),
        ("2026-09", "CN-31", "old age", 12),
    ]));
    let settings = format!("{}{}", of_all_places(), reader("shandong", "[\"CN-37\"]", true));
    let server = logged.publishing(&settings, &["2026-08", "2026-09"]);
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let page = supervisor.get("/console/activity").assert_page(200);
    for said in ["id=\"months\"", "2026-09", "Zhifu", "Has a disability of grade 1 or 2", "missing"] {
        assert_contains(&page.text, said);
    }
    let months = supervisor.get("/console/activity/months.csv").text;
    assert_eq!(months.lines().collect::<Vec<_>>(), ["\u{feff}Month,Decisions", "2026-08,40", "2026-09,162"]);
    let of_service = supervisor.get("/console/activity/months.csv?service=old-age-allowance").text;
    assert_contains(&of_service, "2026-09,12");
    // One month alone, in its tables and charts.
    let august = supervisor.get("/console/activity/months.csv?month=2026-08").text;
    assert_eq!(august.lines().collect::<Vec<_>>(), ["\u{feff}Month,Decisions", "2026-08,40"]);
    let september = supervisor.get("/console/activity?month=2026-09").assert_page(200);
    for said in
        ["value=\"2026-09\" selected", "id=\"outcomes\"", "id=\"refusals\"", "id=\"facts\"", "csv?month=2026-09"]
    {
        assert_contains(&september.text, said);
    }
    assert_contains(&supervisor.get("/console/activity?month=2026-07").assert_page(200).text, "No month is published");
    // A place may be named; one that there isn't is said at the field.
    assert_contains(&supervisor.get("/console/activity?place=Yantai").text, "value=\"CN-3706\"");
    let unknown = supervisor.get("/console/activity?place=Atlantis%3Cb%3E").assert_page(200);
    for said in ["There is no such place", "value=\"Atlantis&lt;b&gt;\""] {
        assert_contains(&unknown.text, said);
    }
    assert_lacks(&unknown.text, "id=\"months\"");
    assert_eq!(supervisor.get("/console/activity/months.csv?place=Atlantis").status, 404);
    for month in ["2026-13", "%3Cb%3E", "september"] {
        let refused = supervisor.get(&format!("/console/activity?month={month}")).assert_page(400);
        assert_contains(&refused.text, "a month as 2026-03");
        assert_contains(&refused.text, "href=\"/console/activity\"");
    }
    let of_shandong = Supervisor::signed_in(&server, "shandong").get("/console/activity/months.csv").text;
    assert_contains(&of_shandong, "2026-09,150");
}
