//! A curious recipient, or the author of a lower level, against places that moved, merged, split, ended or took a code
//! of another: the privacy law of today's places counts, and that of no other.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{benefit, service_of_reach, withholding};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, scratch};

/// Places beside the nation, each with the keys of its line.
fn places(lines: &[&str]) -> String {
    let fixed = ["code = \"LAW\"", "code = \"HEIR\"", "code = \"GUARD\"", "code = \"N\""];
    let table =
        |keys: &&str| format!("[[jurisdictions]]\n{}\nnames = {{ en = \"Place\" }}\n", keys.replace("; ", "\n"));
    let tables: String = fixed.iter().chain(lines).map(table).collect();
    format!("titles = {{ en = \"Places that change\" }}\n{tables}[privacy]\nungoverned = [\"LAW\", \"HEIR\"]\n")
}

fn decide(rulebook: &Path, place: &str, as_of: &str) -> Value {
    let server = Server::start(rulebook, "");
    let reply = server.decide(place, "benefit", as_of, &json!({"age": 70, "resident": true, "income": "10"}));
    reply.assert_status(200);
    reply.json()
}

/// A rulebook of these places where the law of `N-1` withholds everything, and the nation has a benefit.
fn strict_county(folder: &Path, lines: &[&str]) -> PathBuf {
    let (nation, county) = (permitting(""), withholding("N-1"));
    let (places, law) = (places(lines), benefit("N", "50.00"));
    // So it shows whose law counts.
    let service = service_of_reach("all-levels");
    write_and_build(
        folder,
        &[
            ("rulebook.toml", places.as_str()),
            ("services/benefit.toml", service.as_str()),
            ("N/guard/rule.toml", nation.as_str()),
            ("N-1/guard/rule.toml", county.as_str()),
            ("N/benefit/rule.toml", law.as_str()),
        ],
    )
}

#[test]
fn the_privacy_law_of_todays_place_counts_whatever_becomes_of_the_place() {
    let county = "code = \"N-1\"; parent = \"N\"";
    let other = "code = \"N-2\"; parent = \"N\"";
    let merger = [
        county,
        other,
        "code = \"N-11\"; parent = \"N-1\"; until = 2199-01-01; successors = [\"N-22\"]",
        "code = \"N-12\"; parent = \"N-1\"; until = 2199-01-01; successors = [\"N-22\"]",
        "code = \"N-22\"; parent = \"N-2\"; from = 2199-01-01",
    ];
    let dissolution = [
        county,
        "code = \"N-3\"; parent = \"N\"; until = 2024-01-01; successors = [\"N-1\"]",
        "code = \"N-31\"; parent = \"N-3\"; until = 2023-06-01",
    ];
    let reuse = [
        county,
        other,
        "code = \"N-13\"; parent = \"N-2\"; until = 2022-01-01; successors = [\"N-14\"]",
        "code = \"N-14\"; parent = \"N-1\"",
        "code = \"N-13\"; parent = \"N-2\"; from = 2025-01-01",
    ];
    for (lines, place, as_of) in [
        (merger.as_slice(), "N-11", "2199-06-01"),
        (merger.as_slice(), "N-11", "2026-01-01"),
        (dissolution.as_slice(), "N-31", "2023-01-01"),
        (reuse.as_slice(), "N-13", "2021-06-01"),
    ] {
        let folder = scratch();
        let reply = decide(&strict_county(folder.path(), lines), place, as_of);
        assert_eq!(reply["outcome"], "undetermined", "{place} on {as_of}: {reply}");
        assert_eq!(reply["privacy"]["withheld"].as_array().unwrap().len(), 3, "{place} on {as_of}: {reply}");
    }
}

/// A town whose law withholds everything for deciding, in a county with a benefit of its own, of before its change.
fn strict_town(folder: &Path, lines: &[&str], county: &str) -> PathBuf {
    let (nation, town) = (permitting(""), withholding("N-41"));
    let places = places(lines);
    let (of_nation, of_county) = (benefit("N", "50.00"), benefit(county, "70.00"));
    let of_county_path = format!("{county}/benefit/rule.toml");
    write_and_build(
        folder,
        &[
            ("rulebook.toml", places.as_str()),
            ("N/guard/rule.toml", nation.as_str()),
            ("N-41/guard/rule.toml", town.as_str()),
            ("N/benefit/rule.toml", of_nation.as_str()),
            (of_county_path.as_str(), of_county.as_str()),
        ],
    )
}

#[test]
fn a_changed_chain_lets_no_lower_privacy_law_take_facts_from_an_upper_rule_under_a_floor() {
    let renamed = [
        "code = \"N-4\"; parent = \"N\"; until = 2024-01-01; successors = [\"N-5\"]",
        "code = \"N-5\"; parent = \"N\"; from = 2024-01-01",
        "code = \"N-41\"; parent = \"N-4\"; until = 2024-01-01",
        "code = \"N-41\"; parent = \"N-5\"; from = 2024-01-01",
    ];
    let moved = [
        "code = \"N-4\"; parent = \"N\"",
        "code = \"N-5\"; parent = \"N\"",
        "code = \"N-41\"; parent = \"N-4\"; until = 2024-01-01",
        "code = \"N-41\"; parent = \"N-5\"; from = 2024-01-01",
    ];
    let split = [
        "code = \"N-0\"; parent = \"N\"",
        "code = \"N-4\"; parent = \"N\"",
        "code = \"N-42\"; parent = \"N-4\"; until = 2024-01-01; successors = [\"N-41\", \"N-43\"]",
        "code = \"N-41\"; parent = \"N-0\"; from = 2024-01-01",
        "code = \"N-43\"; parent = \"N-4\"; from = 2024-01-01",
    ];
    for (lines, town) in [(&renamed, "N-41"), (&moved, "N-41")]
        .map(|(lines, town)| (lines.as_slice(), town))
        .into_iter()
        .chain([(split.as_slice(), "N-42")])
    {
        let folder = scratch();
        let reply = decide(&strict_town(folder.path(), lines, "N-4"), town, "2022-06-01");
        assert_eq!(reply["outcome"], "eligible", "{reply}");
        assert_eq!(reply["grant"]["amount"].as_str().or(reply["at_least"]["grant"]["amount"].as_str()), Some("70.00"));
    }
}
