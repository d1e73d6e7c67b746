//! A recipient who may not be shown an age guesses it: each request claims another age band.

use serde_json::{Value, json};

use crate::support::{Reply, Server, plugins_rulebook};

const BANDS: [&str; 6] = ["under13", "age13", "age14", "age15", "age16to17", "adult"];

/// What a bank is answered of a case of Shanghai with this age, of which it claims a band.
fn ask(server: &Server, age: u8, claimed: &str) -> Reply {
    let facts = json!({"has_disability_certificate": true, "disability_grade": 1, "household_scheme": "dibao",
        "household_income_per_person": "100.00", "has_fixed_income": false, "has_work": false, "age": age,
        "destitute_support": false, "draws_other_allowance": false});
    let body = json!({"jurisdiction": "CN-31", "service": "disability-living-subsidy", "as_of": "2026-03-01",
        "mode": "simulation", "facts": facts, "recipient": {"kind": "business", "id": "bank"}, "basis": "contract",
        "subject": {"age_band": claimed}});
    server.post("/v1/decisions", &body.to_string())
}

#[test]
fn a_guess_of_a_hidden_age_is_answered_alike_whether_it_is_right() {
    let server = Server::start(plugins_rulebook(), "");
    for claimed in BANDS {
        let [adult, old, child] = [40, 90, 5].map(|age| ask(&server, age, claimed));
        for reply in [&adult, &old, &child] {
            reply.assert_status(200);
        }
        assert_eq!(adult.json(), old.json(), "{claimed}");
    }
}

#[test]
fn a_claimed_age_opens_nothing_that_the_law_of_children_withholds() {
    let server = Server::start(plugins_rulebook(), "");
    let values = json!({"age": 5, "disability_grade": 1});
    let consent = json!({"consent": {"facts": ["age", "disability_grade"], "separate": ["age", "disability_grade"]}});
    let ask = |claimed: Option<&str>| -> Vec<Value> {
        let body = json!({"jurisdiction": "CN-37", "purpose": "dpv:PublicBenefit", "basis": consent, "values": values,
            "recipient": {"kind": "business", "id": "bank"}, "mode": "simulation", "subject": {"age_band": claimed}});
        let reply = server.post("/v1/disclosures", &body.to_string());
        reply.assert_status(200);
        reply.json()["facts"].as_array().unwrap().iter().map(|fact| fact["ruling"].clone()).collect()
    };
    let unclaimed = ask(None);
    assert!(unclaimed.contains(&json!("withhold")), "the consent of a child opens nothing: {unclaimed:?}");
    assert_eq!(ask(Some("adult")), unclaimed);
}
