//! The schema of the decision log: a record of each kind, byte for byte. Auditors read it for years, so a change of the
//! API's replies must not change it. A golden file is rewritten by hand, with care.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Reply, Server, agent, plugins_rulebook, root};

/// A line of the decision log with stable words for what differs from run to run.
fn stable(line: &str) -> String {
    let record: Value = serde_json::from_str(line).unwrap();
    let mut stable = line.to_owned();
    let mut members = vec![("id", "ID"), ("time", "TIME"), ("request_id", "REQUEST"), ("processed_on", "TODAY")];
    if record["known_at"] == record["processed_on"] {
        members.push(("known_at", "TODAY"));
    }
    for (member, word) in members {
        stable = stable.replacen(&record[member].to_string(), &format!("\"{word}\""), 1);
    }
    let parts: Vec<&str> = stable.split("sha256:").collect();
    let digest_less = parts.iter().skip(1).map(|part| &part[64..]);
    parts.iter().take(1).copied().chain(digest_less).collect::<Vec<_>>().join("DIGEST")
}

/// Posts a request and compares its record with the golden file.
fn check(name: &str, path: &str, body: &Value) {
    check_with(name, path, body, &[]);
}

/// The same with further headers.
fn check_with(name: &str, path: &str, body: &Value, headers: &[(&str, &str)]) {
    let server = Server::start(plugins_rulebook(), "");
    let request = agent().post(format!("{}{path}", server.address)).header("content-type", "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    Reply::read(request.send(body.to_string())).assert_status(200);
    let log = fs::read_to_string(server.folder.path().join("decisions.ndjson")).unwrap();
    let golden = fs::read_to_string(root().join("tests/golden").join(format!("record-of-{name}.json"))).unwrap();
    assert_eq!(stable(&log), golden);
}

fn severe() -> Value {
    json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false})
}

#[test]
fn a_decision_on_a_consent_is_recorded_with_how_far_the_consent_went() {
    let body = json!({
        "jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": severe(),
        "basis": {"consent": {"facts": ["disability_grade", "needs_long_term_care"],
            "separate": ["disability_grade"], "until": "2099-01-01"}},
        "subject": {"age_band": "under13", "guardian_consents": true},
    });
    check("decision-of-consent", "/v1/decisions", &body);
}

#[test]
fn a_decision_for_a_business_is_recorded_with_its_obligations_and_the_key_of_the_request() {
    let body = json!({
        "jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "known_at": "2026-06-01", "facts": severe(), "recipient": {"kind": "business", "id": "bank"}, "basis": "contract",
    });
    let key = [("idempotency-key", "\"8E03978E-40D5-43DD-BC93-6894A57F9324\"")];
    check_with("decision-for-a-business", "/v1/decisions", &body, &key);
}

#[test]
fn a_refusal_is_recorded_with_the_criteria_that_refuse_and_the_facts_that_no_rule_reads() {
    let mut facts = severe();
    facts["destitute_support"] = json!(true);
    facts["disability_kind"] = json!("physical");
    let body = json!({
        "jurisdiction": "CN-37", "service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": facts,
    });
    check("refusal", "/v1/decisions", &body);
}

#[test]
fn a_disclosure_is_recorded_with_the_ruling_on_each_fact() {
    let body = json!({
        "jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
        "recipient": {"kind": "researcher", "id": "institute"},
        "facts": ["age", "disability_grade", "household_income_per_person"],
        "subject": {"age_band": "age13", "guardian_consents": false},
    });
    check("disclosure", "/v1/disclosures", &body);
}

#[test]
fn an_evaluation_is_recorded_as_a_disclosure() {
    let body = json!({
        "subject": {"type": "public-body", "id": "civil-affairs"}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "context": {"basis": "statutory-duty"},
    });
    check("evaluation", "/access/v1/evaluation", &body);
}

#[test]
fn evaluations_of_one_request_are_one_record_in_which_what_they_share_stands_once() {
    let body = json!({
        "subject": {"type": "public-body", "id": "civil-affairs"}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "context": {"basis": {"consent": {"facts": ["has_work", "age", "age"]}}},
        "evaluations": [{}, {"subject": {"type": "individual", "id": "li-ming"}}, {}, {"resource": {"id": "nothing"}},
            {"context": {"basis": "statutory-duty"}}],
    });
    check("evaluations", "/access/v1/evaluations", &body);
}
