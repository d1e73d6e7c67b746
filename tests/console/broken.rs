//! A rule that can't run: a supervisor finds it, and learns why.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::supervisor::Supervisor;
use super::{CARE, host, of_all_places};
use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Server, copy_folder, plugins_rulebook, scratch};

/// A copy of the rulebook of `plugins/` in which the rule of a place on the care subsidy is damaged.
pub(super) fn with_broken_rule(server: &Server, folder: &tempfile::TempDir, place: &str) -> PathBuf {
    let rules = server.get("/v1/rules").json();
    let is_it = |rule: &&Value| rule["jurisdiction"] == place && rule["service"] == "disability-care-subsidy";
    let digest = rules["rules"].as_array().unwrap().iter().find(is_it).unwrap()["digest"].as_str().unwrap().to_owned();
    let copy = folder.path().join("rulebook");
    copy_folder(plugins_rulebook(), &copy);
    let file = copy.join("rules").join(format!("{}.wasm", digest.trim_start_matches("sha256:")));
    fs::write(&file, b"damaged").unwrap();
    copy
}

#[test]
fn a_supervisor_finds_a_broken_county_and_its_reason() {
    let (healthy, folder) = (host(), scratch());
    let rulebook = with_broken_rule(&healthy, &folder, "CN-3706");
    let server = Server::start(&rulebook, &of_all_places());
    let supervisor = Supervisor::signed_in(&server, "supervisor");
    let page = supervisor.get(&format!("{CARE}&on=2026-03-01")).assert_page(200);
    for said in ["To be acted on", "Yantai", "is damaged: its digest is not its name", "Nobody signed it", "Broken"] {
        assert_contains(&page.text, said);
    }
    assert_contains(&page.text, "fill=\"url(#map-crossed)\"");
    // The branch of the broken place is open.
    let (_, below) = page.text.split_once("href=\"/console/places/CN-37?on=2026-03-01\"").unwrap();
    assert_contains(below.split("</summary>").next().unwrap(), "<details open>");
    let place = supervisor.get("/console/places/CN-3706?on=2026-03-01").assert_page(200);
    assert_contains(&place.text, "is damaged: its digest is not its name");
    let (_, link) = page.text.split_once("href=\"/console/rules/").unwrap();
    let rule = supervisor.get(&format!("/console/rules/{}", link.split('"').next().unwrap())).assert_page(200);
    assert_contains(&rule.text, "Broken");
    // What isn't known isn't told as if it were nothing.
    assert_contains(&rule.text, "so its conditions, its numbers and what it may see");
    assert_lacks(&rule.text, "The rule has no numbers");
    let chinese = supervisor.reading("zh").get(&format!("{CARE}&on=2026-03-01")).assert_page(200);
    assert_contains(&chinese.text, "规则不能运行");
    // The page of every other service names it too.
    let other = supervisor.get("/console?service=cash-assistance").assert_page(200);
    for said in ["Broken rules of other services", "Yantai", "href=\"/console?service=disability-care-subsidy\""] {
        assert_contains(&other.text, said);
    }
    let (_, own) = page.text.split_once("<main").unwrap();
    assert_lacks(own, "Broken rules of other services");
}
