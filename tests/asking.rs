//! What is asked of people: the form of a place, the next question, and nothing that can't change the decision.

use std::sync::Arc;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::questions::{NextStep, next_step, questions};
use ordinance_engine::{ApplicableLaw, Engine, NoObserver};
use serde_json::{Value, json};

use crate::assertions::{ABSENT, assert_includes, assert_lacks};
use crate::plans::{Cases, load};
use crate::support::{Numbers, Reply, Server, get, plugins_rulebook};

fn ask(server: &Server, service: &str, jurisdiction: &str, as_of: &str, facts: &Value) -> Reply {
    let body = json!({"jurisdiction": jurisdiction, "as_of": as_of, "facts": facts}).to_string();
    server.post(&format!("/v1/services/{service}/questions"), &body)
}

#[test]
fn a_form_has_just_the_facts_that_the_law_of_the_place_reads() {
    let server = Server::start(plugins_rulebook(), "");
    let form = |service: &str, query: &str| server.get(&format!("/v1/services/{service}/form?{query}"));
    let florida = form("cash-assistance", "jurisdiction=US-FL&as_of=2026-01-15");
    florida.assert_status(200);
    assert_eq!(florida.media_type.as_str(), "application/schema+json");
    let florida = florida.json();
    assert_eq!(florida["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let names = |form: &Value| form["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(names(&florida).contains(&"shelter_cost".to_owned()));
    assert!(!names(&florida).contains(&"already_enrolled".to_owned()));
    let nebraska = form("cash-assistance", "jurisdiction=US-NE&as_of=2026-01-15").json();
    assert!(!names(&nebraska).contains(&"shelter_cost".to_owned()));
    assert!(names(&nebraska).contains(&"already_enrolled".to_owned()));
    assert_eq!(nebraska["x-order"].as_array().unwrap().len(), names(&nebraska).len());
    let size = &nebraska["properties"]["household_size"];
    assert_includes(size, json!({"type": "integer", "minimum": 1}));

    let chinese = form("disability-care-subsidy", "jurisdiction=CN-370602&as_of=2026-03-01&language=zh").json();
    assert_eq!(chinese["properties"]["disability_grade"]["title"], "残疾等级");
    // Of two facts that may settle the case at once, the less sensitive comes first.
    assert_eq!(chinese["x-order"][0], "destitute_support", "{chinese}");
    let rules: Vec<&str> = chinese["x-rules"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap()).collect();
    assert_eq!(rules.len(), 3, "{chinese}");
    assert_eq!(rules[2], "CN-3706/disability-care-subsidy@1.0.0", "{chinese}");
    // Nothing in it is of another language, and what can't be negative isn't let be.
    assert_lacks(&chinese.to_string(), "Which grade");
    let dibao = form("disability-living-subsidy", "jurisdiction=CN-33&as_of=2026-03-01").json();
    assert_eq!(dibao["properties"]["local_dibao_standard"]["pattern"], "^[0-9]+(\\.[0-9]{1,2})?$", "{dibao}");
    let old = form("disability-care-subsidy", "jurisdiction=CN-370602&as_of=2010-01-01").json();
    assert!(names(&old).is_empty(), "no law, no questions: {old}");
    assert_eq!(old["x-rules"], json!([]), "no law, no questions: {old}");
    for (query, status) in
        [("", 400), ("jurisdiction=cn", 400), ("jurisdiction=CN-99", 404), ("jurisdiction=CN&x=1", 400)]
    {
        assert_eq!(form("disability-care-subsidy", query).status, status, "{query}");
    }
    for (query, parameter) in [("jurisdiction=cn", "jurisdiction"), ("jurisdiction=CN&as_of=today", "as_of")] {
        let fault = form("disability-care-subsidy", query).json()["errors"][0].clone();
        assert_includes(&fault, json!({"parameter": parameter, "pointer": ABSENT}));
    }
    assert_eq!(form("housing", "jurisdiction=CN").status, 404);
}

#[test]
fn questions_lead_to_a_decision_and_ask_nothing_that_does_not_matter() {
    let server = Server::start(plugins_rulebook(), "");
    let person = json!({"disability_grade": 2, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false, "disability_kind": "mental"});
    let mut facts = json!({});
    let mut asked = Vec::new();
    let done = loop {
        let reply = ask(&server, "disability-care-subsidy", "CN-370602", "2026-03-01", &facts).json();
        if reply["done"] == true {
            break reply;
        }
        let next = reply["ask"][0]["name"].as_str().unwrap().to_owned();
        assert!(reply["ask"][0]["title"].is_string());
        assert!(reply["ask"][0]["type"]["kind"].is_string());
        facts[&next] = person[&next].clone();
        asked.push(next);
        assert!(asked.len() <= 6, "{asked:?}");
    };
    assert_includes(&done, json!({"outcome": "eligible", "grant": {"amount": "161.00"}}));
    assert!(!asked.contains(&"disability_kind".to_owned()), "{asked:?}");
    let refused =
        ask(&server, "disability-care-subsidy", "CN-370602", "2026-03-01", &json!({"disability_grade": 4})).json();
    assert_includes(&refused, json!({"done": true, "outcome": "ineligible", "ask": []}));
    let decided = server.decide("CN-370602", "disability-care-subsidy", "2026-03-01", &facts).json();
    assert_eq!(decided["outcome"], "eligible");
    assert_eq!(ask(&server, "housing", "CN", "2026-01-01", &json!({})).status, 404);
    assert_eq!(ask(&server, "disability-care-subsidy", "CN", "2026-01-01", &json!({"x": 1})).status, 422);
}

#[test]
fn what_is_missing_is_only_what_can_change_the_decision() {
    let server = Server::start(plugins_rulebook(), "");
    let missing = |service: &str, place: &str, as_of: &str, facts: Value| {
        server.decide(place, service, as_of, &facts).json()["missing"].clone()
    };
    // Far above every limit the shelter cost moves nothing; the income alone decides.
    let rich = json!({"household_size": 3, "earned_income": "90000", "unearned_income": "0"});
    assert_eq!(missing("cash-assistance", "US-NE", "2026-01-15", rich), json!([]));
    let no_dependants = json!({"combined_income": "10000", "rates_total": "1000"});
    assert_eq!(missing("rates-rebate", "NZ", "2019-01-01", no_dependants), json!([]));
    let middling = json!({"combined_income": "26000", "rates_total": "1000"});
    assert_eq!(missing("rates-rebate", "NZ", "2019-01-01", middling), json!(["dependants"]));
}

#[test]
fn a_reply_says_who_decided_and_on_what_knowledge() {
    let server = Server::start(plugins_rulebook(), "");
    let body = json!({"jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "known_at": "2026-03-01", "facts": {"disability_grade": 1, "needs_long_term_care": true,
        "work_injury_care_payment": false, "destitute_support": false, "draws_elderly_care_subsidy": false}});
    let reply = server.post("/v1/decisions", &body.to_string()).json();
    assert_includes(&reply, json!({"known_at": "2026-03-01", "decided_by": ["CN", "CN-3706"]}));
    let place = get(&format!("{}/v1/jurisdictions/CN-370602?as_of=2026-03-01", server.address), "").json();
    assert_eq!(place["chain"], json!(["CN", "CN-37", "CN-3706", "CN-370602"]));
}

#[test]
fn what_is_sure_for_every_value_of_a_missing_fact_is_decided_without_it() {
    let server = Server::start(plugins_rulebook(), "");
    let decide = |facts: Value| server.decide("CN-33", "old-age-allowance", "2026-03-01", &facts).json();
    // The nation waits for the income; the province grants at a hundred whatever the nation says.
    let sure = decide(json!({"age": 100, "residence_status": "registered"}));
    assert_includes(&sure, json!({"outcome": "eligible", "missing": [], "regardless_of": ["low_income"]}));
    let open = decide(json!({"age": 85, "residence_status": "registered"}));
    assert_includes(&open, json!({"outcome": "undetermined", "missing": ["low_income"], "regardless_of": ABSENT}));
    let questions = ask(
        &server,
        "old-age-allowance",
        "CN-33",
        "2026-03-01",
        &json!({"age": 100, "residence_status": "registered"}),
    );
    questions.assert_includes(json!({"done": true, "ask": []}));
}

#[test]
fn the_next_question_is_one_that_can_change_the_decision_and_is_found_without_searching_all() {
    let rulebook = load(plugins_rulebook());
    let engine = Engine::with_throwaway_key(Arc::clone(&rulebook));
    let (mut asked, mut found_at_once) = (0, 0);
    for contract in rulebook.contracts() {
        let places = rulebook.rules_for(&contract.service).map(|rule| rule.head.jurisdiction.clone()).collect();
        let numbers = Numbers(11);
        let mut cases = Cases { rulebook: &rulebook, contract, places, numbers, missing_percent: 60 };
        for _ in 0..30 {
            let case = cases.draw();
            let Ok(law) = ApplicableLaw::select(&engine, &case.query) else { continue };
            let (decision, all) = questions(&law, &case, &mut Budget::default(), &mut NoObserver);
            let mut left = Budget::default();
            match next_step(&law, &case, &mut left, &mut NoObserver, &|ranked| ranked) {
                NextStep::Ask(question) => {
                    let is_one = all.iter().any(|one| one.name == question.name);
                    assert!(is_one, "{} isn't in {all:?} of {case:?}", question.name);
                    asked += 1;
                    found_at_once += usize::from(left.evaluations == Budget::default().evaluations);
                }
                NextStep::Decide(decided) => {
                    assert!(all.is_empty(), "{all:?} of {case:?}");
                    assert_eq!(*decided, decision, "{case:?}");
                }
            }
        }
    }
    assert!(asked > 100, "{asked}");
    assert!(found_at_once * 2 > asked, "{found_at_once} of {asked}");
}

#[test]
fn where_the_first_search_is_too_short_all_facts_are_searched() {
    let rulebook = load(plugins_rulebook());
    let engine = Engine::with_throwaway_key(Arc::clone(&rulebook));
    let contract = rulebook.contract(&Id::new("cash-assistance").unwrap()).unwrap();
    let places = vec![JurisdictionCode::new("US-TN").unwrap()];
    let mut cases = Cases { rulebook: &rulebook, contract, places, numbers: Numbers(3), missing_percent: 100 };
    let case = cases.draw();
    let law = ApplicableLaw::select(&engine, &case.query).unwrap();
    // So few evaluations that the first search ends early: what the whole search asks for is asked.
    let short = Budget { evaluations: 5, ..Budget::default() };
    let mut left = short;
    let NextStep::Ask(question) = next_step(&law, &case, &mut left, &mut NoObserver, &|ranked| ranked) else {
        panic!("nothing is asked");
    };
    assert_eq!(left.evaluations, 0);
    let (_, all) = questions(&law, &case, &mut { short }, &mut NoObserver);
    assert_eq!(question.name, all[0].name);
}
