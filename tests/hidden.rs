//! What a recipient may not be shown of a decision: whatever rests on it is in no part of a reply, of one level or of
//! those that build on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::assertions::{ABSENT, assert_contains, assert_includes, assert_lacks};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, plugins_rulebook, scratch};

const BENEFIT: &str = r#"
id = "benefit"
version = "1.0.0"
jurisdiction = "N"
service = "benefit"
extends = "LAW"
in-force = { from = 2020-01-01 }
titles = { en = "Benefit" }
[[criteria]]
id = "old-enough"
titles = { en = "a" }
provision = { document = "d", article = "1" }
[[criteria]]
id = "resident"
titles = { en = "r" }
provision = { document = "d", article = "2" }
facts = ["resident"]
[parameters.amount]
values = [{ from = 2020-01-01, value = "100.00", provision = { document = "d", article = "3" } }]
"#;
const HEIR: &str = r#"
id = "benefit"
version = "1.0.0"
jurisdiction = "N-1"
service = "benefit"
extends = "HEIR"
in-force = { from = 2020-01-01 }
titles = { en = "Benefit of the county" }
[parameters.more]
values = [{ from = 2020-01-01, value = "10.00" }]
"#;

#[test]
fn what_is_hidden_from_a_recipient_is_in_no_part_of_the_reply() {
    let folder = scratch();
    let rulebook = hidden_rulebook(folder.path());
    let server = Server::start(&rulebook, "");
    let body = |kind: &str| {
        json!({"jurisdiction": "N", "service": "benefit", "as_of": "2026-01-01", "mode": "simulation",
            "facts": {"age": 30, "resident": true}, "recipient": {"kind": kind, "id": "x"}})
    };
    let reply = server.post("/v1/decisions", &body("portal").to_string()).json();
    let hidden = json!([{"fact": "age", "decided_by": [{"jurisdiction": "N", "rule": "guard@1.0.0"}]}]);
    let privacy = json!({"hidden": hidden, "used": ["age", "resident"]});
    assert_includes(&reply, json!({"outcome": "eligible", "grant": null, "privacy": privacy}));
    let layer = &reply["layers"][0];
    assert_includes(layer, json!({"status": "hidden", "answer": ABSENT, "grant": ABSENT}));
    let mut receipted = body("portal");
    receipted["mode"] = json!("official");
    receipted["receipt"] = json!(true);
    let refused = server.post("/v1/decisions", &receipted.to_string());
    refused.assert_problem(422, "unprocessable-request");
    assert_contains(&refused.text, "parts of this decision are hidden from the recipient");
    let logged = server.post("/v1/decisions", &body("portal").to_string().replace("simulation", "official"));
    logged.assert_status(200);
    let recorded = json!({"hidden": [{"fact": "age"}], "layers": [{"status": "applied"}]});
    assert_includes(&server.decision_log()[0], recorded);
    let finding = |id: &str| {
        let findings = layer["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["criterion"] == id).unwrap().clone()
    };
    assert_includes(&finding("old-enough"), json!({"satisfied": null, "hidden": true}));
    // This criterion is declared to rest on the residence alone, which may be shown.
    assert_includes(&finding("resident"), json!({"satisfied": true, "hidden": ABSENT}));
    let compared = json!({"service": "benefit", "as_of": "2026-01-01", "jurisdictions": ["N"],
        "facts": {"age": 30, "resident": true}});
    let compared = server.post("/v1/comparisons", &compared.to_string()).json();
    assert_eq!(compared["grants"], json!({}), "{compared}");
    assert_includes(&compared, json!({"places": [{"grant": null}]}));
}

/// A nation whose privacy law lets rules use an age and nobody be shown it.
fn hidden_rulebook(folder: &Path) -> PathBuf {
    rulebook_whose_law_says(folder, "withhold")
}

/// The same, with what the law says of an age to be shown.
fn rulebook_whose_law_says(folder: &Path, says: &str) -> PathBuf {
    let guard = permitting(&format!(r#"{{ fact = "age", says = "{says}", activity = "explain" }},"#));
    write_and_build(
        folder,
        &[("N/guard/rule.toml", guard.as_str()), ("N/benefit/rule.toml", BENEFIT), ("N-1/benefit/rule.toml", HEIR)],
    )
}

#[test]
fn a_level_that_builds_on_what_is_hidden_is_hidden_too() {
    let folder = scratch();
    let server = Server::start(&hidden_rulebook(folder.path()), "");
    let facts = json!({"age": 30, "resident": true});
    let body = json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01", "mode": "simulation", "facts": facts});
    let reply = server.post("/v1/decisions", &body.to_string()).json();
    let heir = &reply["layers"][1];
    assert_includes(heir, json!({"rule": "benefit@1.0.0", "status": "hidden", "answer": ABSENT, "grant": ABSENT}));
    assert_includes(&reply, json!({"grant": null}));
    assert!(heir["findings"].as_array().unwrap().iter().all(|finding| finding["satisfied"].is_null()), "{heir}");
    for secret in ["100.00", "110.00", "110"] {
        // The number of the law itself is public; that it was paid isn't told.
        let told = reply.to_string().replace(&reply["layers"][0]["parameters"].to_string(), "");
        assert_lacks(&told, secret);
    }
    let compared = json!({"service": "benefit", "as_of": "2026-01-01", "jurisdictions": ["N", "N-1"], "facts": facts});
    let compared = server.post("/v1/comparisons", &compared.to_string()).json();
    for place in compared["places"].as_array().unwrap() {
        let provisions = place["deciding"].as_array().unwrap().iter().map(|level| &level["provisions"]);
        assert!(provisions.clone().all(|provisions| *provisions == json!([])), "{place}");
        assert_includes(place, json!({"grant": null, "violations": ABSENT}));
    }
}

#[test]
fn a_privacy_rule_that_fails_only_on_what_may_be_shown_is_seen_to_fail() {
    let folder = scratch();
    let server = Server::start(&rulebook_whose_law_says(folder.path(), "trap"), "");
    let body = json!({"jurisdiction": "N", "service": "benefit", "as_of": "2026-01-01",
        "facts": {"age": 30, "resident": true}});
    let reply = server.post("/v1/decisions", &body.to_string()).json();
    assert_includes(&reply, json!({"outcome": "eligible", "grant": null}));
    let layer = &reply["privacy"]["layers"][0];
    assert_includes(layer, json!({"status": "failed", "failure": {"code": "trap"}}));
    assert_eq!(server.decision_log()[0]["privacy"][0]["failure"], "trap", "{}", server.decision_log()[0]);
    let metrics = crate::support::get(&format!("{}/metrics", server.operations), "").text;
    assert_contains(&metrics, "ordinance_rule_failures_total{");
    assert_contains(&metrics, "code=\"trap\"");
}

/// Whatever values the hidden facts have: replies with the same outcome are the same.
#[test]
fn two_replies_of_one_outcome_are_the_same_whatever_the_hidden_facts_are() {
    let server = Server::start(plugins_rulebook(), "");
    let mut told: BTreeMap<(usize, String), Vec<(String, Value)>> = BTreeMap::new();
    let choices = [("dibao", "100.00"), ("dibao_margin", "100.00"), ("dibao_margin", "9000.00"), ("none", "9000.00")];
    for (scheme, income) in choices {
        for (grade, yes, age) in [(1, true, 40), (2, false, 70), (3, true, 12), (4, false, 40)] {
            let full = json!({"has_disability_certificate": true, "disability_grade": grade, "household_scheme": scheme,
                "household_income_per_person": income, "has_fixed_income": yes, "has_work": yes, "age": age,
                "destitute_support": false, "draws_other_allowance": false, "local_dibao_standard": "1500.00"});
            for (sent, left_out) in [(0, vec![]), (1, vec!["age"]), (2, vec!["has_work", "has_fixed_income", "age"])] {
                let mut facts = full.clone();
                left_out.iter().for_each(|name| drop(facts.as_object_mut().unwrap().remove(*name)));
                for reply in replies(&server, &facts) {
                    let outcome = reply["outcome"].to_string();
                    told.entry((sent, outcome)).or_default().push((reply["endpoint"].to_string(), reply));
                }
            }
        }
    }
    let mut compared = 0;
    for ((_, outcome), replies) in told {
        for (endpoint, reply) in &replies {
            let first = &replies.iter().find(|(first, _)| first == endpoint).unwrap().1;
            assert_eq!(first, reply, "{outcome}");
            compared += usize::from(!std::ptr::eq(first, reply));
        }
    }
    assert!(compared > 50, "{compared}");
}

/// What a bank is told of a case of Shanghai, by each endpoint that tells something of one.
fn replies(server: &Server, facts: &Value) -> Vec<Value> {
    let body = json!({"as_of": "2026-03-01", "facts": facts, "recipient": {"kind": "business", "id": "bank"}, "basis": "contract"});
    let with = |more: Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let service = "disability-living-subsidy";
    let decision = with(json!({"jurisdiction": "CN-310101", "service": service, "mode": "simulation"}));
    let questions = with(json!({"jurisdiction": "CN-310101"}));
    let comparison = with(json!({"service": service, "jurisdictions": ["CN-310101"]}));
    let mut decided = server.post("/v1/decisions", &decision).json();
    let mut asked = server.post(&format!("/v1/services/{service}/questions"), &questions).json();
    let compared = server.post("/v1/comparisons", &comparison).json();
    let mut place = compared["places"][0].clone();
    assert_includes(&decided, json!({"grant": null, "decided_by": []}));
    assert_eq!(compared["grants"], json!({}), "{compared}");
    for (reply, endpoint) in [(&mut decided, "decisions"), (&mut asked, "questions"), (&mut place, "comparisons")] {
        reply["endpoint"] = json!(endpoint);
    }
    vec![decided, asked, place]
}
