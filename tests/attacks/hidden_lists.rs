//! A recipient asks with facts of a household whose list it may not see: no reply, error or count tells it how many
//! people are in the list, who they are, or which of their facts were sent.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::hidden_facts::{Way, ask, assert_none_tells, differences, with};
use crate::assertions::assert_includes;
use crate::households::requests::FAMILY;
use crate::scenarios::{permitting, write_and_build_household};
use crate::support::{Server, agent, plugins_rulebook, root, scratch};

/// What is said of the list and its parts where they aren't hidden.
const PERMITTED: &str = r#"{ fact = "members", says = "permit" }, { fact = "members.age", says = "permit" },
    { fact = "members.income", says = "permit" }, { fact = "members.grade", says = "permit" },
    { fact = "child_age", says = "permit" },"#;

const HIDDEN: &str = r#"{ fact = "members", says = "withhold", activity = "explain" },
    { fact = "members", says = "withhold", activity = "disclose" },"#;

/// What privacy law says first, and whether rules may use the list, so that the outcome may rest on it.
const REGIMES: [(&str, &str, bool); 7] = [
    ("hidden", "", true),
    ("hidden with its parts", r#"{ fact = "members.income", says = "withhold", activity = "explain" },"#, true),
    ("hidden, and a part is withheld", r#"{ fact = "members.grade", says = "withhold" },"#, true),
    ("hidden, and a part is masked", r#"{ fact = "members.income", says = "parts" },"#, true),
    (
        "hidden, and what a child has is withheld",
        r#"{ fact = "members.income", says = "withhold", child = true },"#,
        true,
    ),
    ("withheld", r#"{ fact = "members", says = "withhold" },"#, false),
    (
        "withheld, and a part is hidden",
        r#"{ fact = "members", says = "withhold" }, { fact = "members.income", says = "withhold", activity = "explain" },"#,
        false,
    ),
];

fn rulebook(folder: &Path, law: &str) -> PathBuf {
    let guard = permitting(&format!("{law} {HIDDEN} {PERMITTED}"));
    write_and_build_household(folder, &[("N/guard/rule.toml", guard.as_str()), ("N/family/rule.toml", FAMILY)])
}

/// Households that one rule grants, refuses or leaves open, with a varying number of people.
fn households() -> Vec<Value> {
    let child = || json!({"age": 13, "income": "0", "grade": 0});
    let adult = || json!({"age": 40, "income": "10.00", "grade": 1});
    vec![
        json!([]),
        json!([adult()]),
        json!([adult(), adult()]),
        json!([child()]),
        json!([child(), adult()]),
        json!([adult(), child(), child(), adult()]),
        json!([{}]),
        json!([{}, {}, {}]),
        json!([{"age": 13}, {"income": "5000.00"}]),
        json!([child(), {"age": 70}]),
    ]
}

fn endpoints() -> Vec<Way> {
    let way = |name: &str, path, facts, body| Way { name: name.to_owned(), path, facts, body };
    let case = json!({"jurisdiction": "N", "service": "family", "as_of": "2026-01-01", "facts": {"age": 40}});
    let places =
        json!({"service": "family", "as_of": "2026-01-01", "facts": {"age": 40}, "jurisdictions": ["N", "N-1"]});
    let disclosure = json!({"jurisdiction": "N", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
        "values": {"age": 40}});
    let named = with(&disclosure, &json!({"facts": ["age", "members", "child_age"]}));
    vec![
        way("official", "/v1/decisions", "facts", case.clone()),
        way("short", "/v1/decisions", "facts", with(&case, &json!({"mode": "simulation", "explain": "short"}))),
        way("batch", "/v1/decisions/batch", "facts", case.clone()),
        way("questions", "/v1/services/family/questions", "facts", with(&case, &json!({"service": null}))),
        way("comparison", "/v1/comparisons", "facts", places),
        way("disclosure", "/v1/disclosures", "values", disclosure),
        way("named", "/v1/disclosures", "values", named),
    ]
}

/// What is claimed of people who may or may not be there.
fn claims() -> Vec<(&'static str, Value)> {
    let consent = json!({"consent": {"facts": ["members.income"]}});
    vec![
        ("nothing", json!({})),
        ("the first applies", json!({"people": [{"person": "members[0]", "is_applicant": true}]})),
        (
            "the third has a guardian",
            json!({"people": [{"person": "members[2]", "subject": {"guardian_consents": true}}]}),
        ),
        ("the second consents", json!({"people": [{"person": "members[1]", "basis": consent}]})),
        ("the last", json!({"people": [{"person": "members[5]", "subject": {"age_band": "adult"}}]})),
        ("one beyond the longest list", json!({"people": [{"person": "members[6]"}]})),
    ]
}

#[test]
fn no_answer_tells_how_many_people_are_in_a_list_that_the_recipient_may_not_see() {
    let mut found = Vec::new();
    let mut asked = 0;
    for (regime, law, may_decide) in REGIMES {
        let folder = scratch();
        // A batch may still be open when the next one comes.
        let server = Server::start(&rulebook(folder.path(), law), "[batch]\nconcurrency = 64\n");
        let agent = agent();
        for Way { name, path, facts, body } in endpoints() {
            for (claimed, claim) in claims() {
                let way = Way { name: format!("{name}, {claimed}"), path, facts, body: with(&body, &claim) };
                asked += households().len();
                let ask = |body: &Value| ask(&agent, &server, &way, body);
                let told = differences(ask, &way, "members", &households(), may_decide);
                found.extend(told.into_iter().map(|told| format!("{regime}: {told}")));
            }
        }
    }
    assert!(asked > 2000, "{asked}");
    assert_none_tells(asked, &found);
}

#[test]
fn who_may_see_a_list_is_told_whose_facts_are_withheld() {
    let folder = scratch();
    let law = r#"{ fact = "members", says = "permit" },
        { fact = "members.income", says = "withhold", activity = "explain" },"#;
    let server = Server::start(&rulebook(folder.path(), law), "");
    let body = json!({"jurisdiction": "N", "service": "family", "as_of": "2026-01-01",
        "facts": {"age": 40, "members": [{"age": 13, "income": "0", "grade": 0}]}});
    let reply = server.post("/v1/decisions", &body.to_string()).json();
    assert_includes(&reply["privacy"]["hidden"][0], json!({"fact": "members[0].income"}));
}

/// No rule reads the date of birth, so privacy law rules on it for nobody; it gives the age band all the same.
#[test]
fn a_date_of_birth_that_no_rule_reads_is_told_by_no_duty_of_the_law_of_children() {
    let folder = scratch();
    let born = "[members.fields.born]\ntype = \"date\"\ntitles = { en = \"Day of birth of the member\" }\n\
        category = \"dpv-pd:BirthDate\"\n";
    let facts = std::fs::read_to_string(root().join("tests/scenarios/common-household/facts.toml")).unwrap() + born;
    let guard =
        permitting(&format!(r#"{{ fact = "members.income", says = "permit", child = true, days = 7 }}, {PERMITTED}"#));
    let files = [("facts.toml", facts.as_str()), ("N/guard/rule.toml", guard.as_str()), ("N/family/rule.toml", FAMILY)];
    let server = Server::start(&write_and_build_household(folder.path(), &files), "");
    let ask = |born: &str, kind: &str| {
        let body = json!({"jurisdiction": "N", "service": "family", "as_of": "2026-01-01", "basis": "contract",
            "recipient": {"kind": kind, "id": "bank"}, "facts": {"members": [{"born": born, "income": "0"}]}});
        let mut reply = server.post("/v1/decisions", &body.to_string()).json();
        reply.as_object_mut().unwrap().remove("id");
        reply
    };
    let (of_child, of_minor) = (ask("2014-01-01", "business"), ask("2010-01-01", "business"));
    assert_includes(&of_child, json!({"outcome": "undetermined", "privacy": {"undeclared": ["members.born"]}}));
    assert_eq!(of_child, of_minor);
    // Who acts for the person is told of the duty.
    assert_ne!(ask("2014-01-01", "portal"), ask("2010-01-01", "portal"));
}

/// The law of children lays a duty on the facts of who is one, beside the list and in it.
#[test]
fn the_hidden_age_of_an_applicant_in_a_list_is_told_by_no_fact_beside_it() {
    let folder = scratch();
    let law = r#"{ fact = "members", says = "permit", child = true, days = 30 }, { fact = "members", says = "permit" },
        { fact = "members.income", says = "permit", child = true, days = 7 },
        { fact = "members.age", says = "withhold", activity = "explain" },"#;
    let server = Server::start(&rulebook(folder.path(), law), "");
    let ask = |age: u8, people: Value| {
        let body = json!({"jurisdiction": "N", "service": "family", "as_of": "2026-01-01", "people": people,
            "facts": {"members": [{"age": age, "income": "0", "grade": 0}]}});
        let mut reply = server.post("/v1/decisions", &body.to_string()).json();
        reply.as_object_mut().unwrap().remove("id");
        reply
    };
    let applicant = json!([{"person": "members[0]", "is_applicant": true}]);
    let of_child = ask(13, applicant.clone());
    assert_includes(&of_child, json!({"outcome": "undetermined", "privacy": {"hidden": [{"fact": "members[0].age"}]}}));
    assert_eq!(of_child, ask(16, applicant));
    assert_eq!(ask(13, json!([])), ask(16, json!([])));
}

/// A disclosure cites the law by which it rules, and the law of children cites that a person is one.
#[test]
fn an_age_that_is_not_handed_over_is_told_by_no_reason_of_another_fact() {
    let folder = scratch();
    let law = r#"{ fact = "members.age", says = "withhold", activity = "disclose" },
        { fact = "age", says = "withhold", activity = "disclose" },
        { fact = "income", says = "permit", child = true, days = 30 },
        { fact = "members.income", says = "permit", child = true, days = 7 },"#;
    let guard = permitting(&format!("{law} {PERMITTED}"));
    let files = [("N/guard/rule.toml", guard.as_str()), ("N/family/rule.toml", FAMILY)];
    let server = Server::start(&write_and_build_household(folder.path(), &files), "");
    let ask = |values: Value, more: &Value| {
        let body = json!({"jurisdiction": "N", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
            "values": values});
        let mut reply = server.post("/v1/disclosures", &with(&body, more).to_string()).json();
        reply.as_object_mut().unwrap().remove("id");
        reply
    };
    let own = |age: u8| ask(json!({"age": age, "income": "1"}), &json!({}));
    assert_includes(
        &own(40),
        json!({"facts": [{"fact": "age", "ruling": "withhold"}, {"fact": "income", "value": "1.00"}]}),
    );
    assert_eq!(own(13), own(40));
    let unasked = |age: u8| ask(json!({"age": age, "income": "1"}), &json!({"facts": ["income"]}));
    assert_eq!(unasked(13), unasked(40));
    let of_member = |age: u8, more: &Value| ask(json!({"income": "1", "members": [{"age": age, "income": "1"}]}), more);
    assert_eq!(of_member(13, &json!({})), of_member(40, &json!({})));
    let applies = json!({"people": [{"person": "members[0]", "is_applicant": true}]});
    assert_eq!(of_member(13, &applies), of_member(40, &applies));
    // An age that the caller claims is no secret to it.
    let claimed = |band: &str| ask(json!({"income": "1"}), &json!({"subject": {"age_band": band}}));
    assert_ne!(claimed("age13"), claimed("adult"));
}

#[test]
fn the_published_law_of_children_tells_no_age_that_it_withholds() {
    let server = Server::start(plugins_rulebook(), "");
    let parts = json!(["household_members", "household_members.age", "household_members.monthly_income"]);
    let ask = |age: u8| {
        let body = json!({"jurisdiction": "CN-4403", "purpose": "dpv:PublicBenefit",
            "basis": {"consent": {"facts": parts, "separate": parts}},
            "values": {"household_members": [{"age": 40}, {"age": age, "monthly_income": "0"}]}});
        let mut reply = server.post("/v1/disclosures", &body.to_string()).json();
        reply.as_object_mut().unwrap().remove("id");
        reply
    };
    let of_child = ask(13);
    assert_includes(&of_child["facts"][0], json!({"fact": "household_members", "value": [{}, {}]}));
    assert_eq!(of_child, ask(30));
}
