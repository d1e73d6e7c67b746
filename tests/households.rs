//! People and households over HTTP, under the real privacy law of China: an adult who applies, a child of 13, and
//! another adult, from the form to the redacted reply. `scenarios/privacy-household-*` say the same by the cases of a
//! small law.

pub(crate) mod requests;

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{DataSubject, Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::observer::{Observer, Stage};
use ordinance_engine::processing::{ProcessingContext, processing_of};
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{ApplicableLaw, Case, Engine, NoObserver, decide, read_facts};
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::plans::load;
use crate::support::{Server, plugins_rulebook};

const ALLOWANCE: &str = "minimum-living-allowance";
const DAY: &str = "2026-03-01";

/// The applicant, a child of 13 and another adult.
fn family() -> Value {
    json!([{"age": 40, "monthly_income": "1500.00"}, {"age": 13, "monthly_income": "0.00"},
        {"age": 38, "monthly_income": "300.00"}])
}

fn case(members: &Value, claims: &Value) -> String {
    let facts = json!({"household_members": members, "household_property_within_limits": true,
        "local_dibao_standard": "800.00", "age": 40});
    let mut case = json!({"jurisdiction": "CN-230102", "service": ALLOWANCE, "as_of": DAY, "facts": facts});
    case.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    case.to_string()
}

/// A consent to the facts of one person, each as a sensitive one is consented to where `separate`.
fn consent(facts: &[&str], separate: &[&str]) -> Value {
    json!({"consent": {"facts": facts, "separate": separate}})
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|entry| entry["fact"].as_str().unwrap()).collect()
}

const PARTS: [&str; 2] = ["household_members.age", "household_members.monthly_income"];
const OWN: [&str; 4] = ["age", "household_members", "household_property_within_limits", PARTS[1]];

/// What each person of the family consents to: the applicant, a guardian for the child, and perhaps the other adult.
fn consents(other_adult: &Value) -> Value {
    let of_child = json!({"person": "household_members[1]", "subject": {"guardian_consents": true},
        "basis": consent(&PARTS, &PARTS)});
    json!({"basis": consent(&OWN, &OWN), "people": [
        {"person": "household_members[0]", "is_applicant": true}, of_child,
        {"person": "household_members[2]", "basis": other_adult}]})
}

#[test]
fn the_form_asks_for_people_one_by_one_and_each_part_by_itself() {
    let server = Server::start(plugins_rulebook(), "");
    let form = server.get(&format!("/v1/services/{ALLOWANCE}/form?jurisdiction=CN-230102&as_of={DAY}")).json();
    let members = &form["properties"]["household_members"];
    assert_includes(members, json!({"type": "array", "maxItems": 20, "x-person": "each-item"}));
    let income = &members["items"]["properties"]["monthly_income"];
    let expected = json!({"title": "Income that counts", "x-unit": "CNY per month", "x-category": "dpv-pd:Income",
        "x-sensitivity": "personal"});
    assert_includes(income, expected);
    let asked = json!({"jurisdiction": "CN-230102", "as_of": DAY, "facts": {"household_property_within_limits": true,
        "local_dibao_standard": "800.00", "household_members": [{"age": 40, "monthly_income": "500.00"}, {"age": 13}]}});
    let questions = server.post(&format!("/v1/services/{ALLOWANCE}/questions"), &asked.to_string()).json();
    assert_eq!(questions["ask"].as_array().unwrap().len(), 1, "{questions}");
    let question = json!({"name": "household_members[1].monthly_income", "title": "Income that counts"});
    assert_includes(&questions["ask"][0], question);
}

#[test]
fn each_person_of_a_household_is_ruled_on_by_the_law_of_that_person() {
    let server = Server::start(plugins_rulebook(), "");
    // Whoever gives the allowance may decide on the facts of all by its duty.
    let decided = server.post("/v1/decisions", &case(&family(), &json!({}))).json();
    assert_includes(&decided, json!({"outcome": "eligible", "grant": {"amount": "600.00"}}));
    // The consent of the applicant is neither the child's nor the other adult's.
    let alone =
        json!({"basis": consent(&OWN, &OWN), "people": [{"person": "household_members[0]", "is_applicant": true}]});
    let decided = server.post("/v1/decisions", &case(&family(), &alone)).json();
    assert_includes(&decided, json!({"outcome": "undetermined", "reason": "missing-facts"}));
    let withheld = names(&decided["privacy"]["withheld"]);
    assert!(withheld.contains(&"household_members[1].monthly_income"), "{decided}");
    assert!(withheld.contains(&"household_members[2].monthly_income"), "{decided}");
    assert!(!withheld.contains(&"household_members[0].monthly_income"), "{decided}");
    // A child's facts are sensitive, and a guardian consents; without the guardian, the child's article says so.
    let mut without_guardian = consents(&consent(&PARTS, &PARTS));
    without_guardian["people"][1].as_object_mut().unwrap().remove("subject");
    let decided = server.post("/v1/decisions", &case(&family(), &without_guardian)).json();
    let withheld = decided["privacy"]["withheld"].as_array().unwrap();
    let of_child = withheld.iter().find(|entry| entry["fact"] == "household_members[1].monthly_income").unwrap();
    assert_includes(&of_child["decided_by"][0], json!({"criterion": "guardian", "jurisdiction": "CN"}));
    assert!(!names(&decided["privacy"]["withheld"]).contains(&"household_members[2].monthly_income"), "{decided}");
    let decided = server.post("/v1/decisions", &case(&family(), &consents(&consent(&PARTS, &PARTS)))).json();
    assert_includes(&decided, json!({"outcome": "eligible", "grant": {"amount": "600.00"}}));
    // The log says on which bases, and never a value.
    let log = server.decision_log();
    let people = log.last().unwrap()["people"].as_array().unwrap();
    assert!(people.iter().any(|group| group["guardian_consents"] == json!(true)), "{people:?}");
    assert_eq!(people.iter().filter(|group| group["basis"] == "consent").count(), people.len());
    for line in log {
        assert_lacks(&line.to_string(), "1500");
    }
}

#[test]
fn what_another_adult_consents_to_for_the_decision_alone_is_redacted_for_the_applicant() {
    let server = Server::start(plugins_rulebook(), "");
    let other_adult = consent(&PARTS, &[]);
    let decided = server.post("/v1/decisions", &case(&family(), &consents(&other_adult))).json();
    // The rule uses the income of the other adult; what it says would tell the applicant what that is.
    assert_includes(&decided, json!({"outcome": "eligible"}));
    assert_eq!(decided["grant"]["amount"], Value::Null, "{decided}");
    let hidden = names(&decided["privacy"]["hidden"]);
    assert!(hidden.contains(&"household_members[2].monthly_income"), "{decided}");
    assert!(!hidden.contains(&"household_members[1].monthly_income"), "{decided}");
    assert_eq!(decided["layers"][0]["status"], "hidden", "{decided}");
    // Two families that differ in the hidden income alone get the same view.
    let mut richer = family();
    richer[2]["monthly_income"] = json!("301.00");
    let without_id = |mut reply: Value| {
        reply.as_object_mut().unwrap().remove("id");
        reply
    };
    let other = server.post("/v1/decisions", &case(&richer, &consents(&other_adult))).json();
    assert_eq!(without_id(decided), without_id(other));
    // Nobody is the guardian of another adult, and consents for that adult.
    let mut by_guardian = consents(&other_adult);
    by_guardian["people"][2]["subject"] = json!({"guardian_consents": true});
    let decided = server.post("/v1/decisions", &case(&family(), &by_guardian)).json();
    assert!(names(&decided["privacy"]["hidden"]).contains(&"household_members[2].monthly_income"), "{decided}");
}

#[test]
fn who_is_no_person_of_the_case_is_named_and_who_is_is_listed() {
    let server = Server::start(plugins_rulebook(), "");
    let claim = |people: Value| server.post("/v1/decisions", &case(&family(), &json!({"people": people})));
    let expected = "one of `household_members[0]` to `household_members[19]`";
    for nobody in ["household_members[20]", "household_members", "child", "household_members[0].age"] {
        let problem = claim(json!([{"person": nobody}]));
        problem.assert_problem(422, "unprocessable-request");
        assert_includes(&problem.json()["errors"][0], json!({"pointer": "/people/0/person", "expected": expected}));
    }
    // How many members there are may be hidden, and an error would tell it.
    claim(json!([{"person": "household_members[3]", "subject": {"age_band": "adult"}}])).assert_status(200);
    claim(json!([{"person": "household members"}])).assert_problem(400, "invalid-request");
    claim(json!([{"person": "household_members[0]", "is_applicant": true, "subject": {}}]))
        .assert_problem(400, "invalid-request");
    // One person has one name.
    for spelt in ["household_members[00]", "household_members[+1]"] {
        claim(json!([{"person": spelt}])).assert_problem(400, "invalid-request");
    }
    let both = |claims: Value, pointers: [&str; 2]| {
        let problem = claim(claims);
        problem.assert_problem(422, "unprocessable-request");
        let errors = problem.json()["errors"].clone();
        let found: Vec<&str> =
            errors.as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(found, pointers);
    };
    let twice = json!([{"person": "household_members[0]"}, {"person": "household_members[0]"}]);
    both(twice, ["/people/0/person", "/people/1/person"]);
    // The consent of one would count as that of the other.
    let applicants = json!([{"person": "household_members[0]", "is_applicant": true}, {"person": "household_members[1]"},
        {"person": "household_members[2]", "is_applicant": true}]);
    both(applicants, ["/people/0/is_applicant", "/people/2/is_applicant"]);
}

#[test]
fn people_differ_in_a_bounded_number_of_ways() {
    let server = Server::start(plugins_rulebook(), "");
    let members: Vec<Value> = (0..20).map(|_| json!({"age": 40, "monthly_income": "10.00"})).collect();
    let ask = |different: usize, is_same: bool| {
        let until = |index: usize| format!("2099-01-{:02}", if is_same { 1 } else { index + 1 });
        let claim = |index: usize| {
            let mut basis = consent(&PARTS, &PARTS);
            basis["consent"]["until"] = json!(until(index));
            json!({"person": format!("household_members[{index}]"), "basis": basis})
        };
        let claims: Vec<Value> = (0..different).map(claim).collect();
        server.post("/v1/decisions", &case(&json!(members), &json!({"people": claims})))
    };
    ask(16, false).assert_status(200);
    ask(20, true).assert_status(200);
    let problem = ask(17, false);
    problem.assert_problem(422, "unprocessable-request");
    assert_includes(&problem.json()["errors"][0], json!({"pointer": "/people"}));
    assert_contains(&problem.text, "at most 16 that differ in `subject` or `basis`");
}

#[test]
fn a_part_that_is_sensitive_is_not_handed_out_with_its_list() {
    let server = Server::start(plugins_rulebook(), "");
    let asked = |purpose: &str, people: Value| {
        let body = json!({"jurisdiction": "CN-230102", "purpose": purpose, "basis": consent(&["household_members", PARTS[0]],
            &["household_members", PARTS[0]]), "values": {"household_members": family()}, "people": people});
        server.post("/v1/disclosures", &body.to_string()).json()
    };
    let people = json!([{"person": "household_members[0]", "is_applicant": true}]);
    let reply = asked("dpv:PublicBenefit", people);
    let facts = reply["facts"].as_array().unwrap();
    let list = facts.iter().find(|entry| entry["fact"] == "household_members").unwrap();
    // The applicant consents to the age alone; of the others nothing is handed over.
    assert_eq!(list["value"], json!([{"age": 40}, {}, {}]), "{reply}");
}

#[test]
fn an_age_is_that_of_the_day_of_the_case_and_agrees_with_the_date_of_birth() {
    let server = Server::start(plugins_rulebook(), "");
    let decide = |facts: &Value, as_of: &str| server.decide("CN-230102", "old-age-allowance", as_of, facts);
    let born = json!({"date_of_birth": "1946-03-02", "low_income": true});
    decide(&born, "2026-03-01").assert_includes(json!({"outcome": "ineligible"}));
    let eligible = decide(&born, "2026-03-02");
    eligible
        .assert_includes(json!({"outcome": "eligible", "privacy": {"used": ["age", "low_income"], "undeclared": []}}));
    let both = |age: u8| json!({"date_of_birth": "1946-03-02", "age": age, "low_income": true});
    decide(&both(80), "2026-03-02").assert_includes(json!({"outcome": "eligible"}));
    // An age alone is that on the day of the case.
    decide(&json!({"age": 80, "low_income": true}), "2020-01-01").assert_includes(json!({"outcome": "eligible"}));
    let problem = decide(&both(81), "2026-03-02");
    problem.assert_problem(422, "invalid-facts");
    let detail = "this doesn't agree with `date_of_birth`, from which it follows on 2026-03-02";
    assert_includes(&problem.json()["errors"][0], json!({"pointer": "/facts/age", "detail": detail}));
    // Nobody is older than a person can be, or born after the day of the case.
    let unborn = json!({"date_of_birth": "2026-03-03", "low_income": true});
    decide(&unborn, "2026-03-02").assert_problem(422, "invalid-facts");
}

#[test]
fn a_contradiction_is_refused_with_what_it_contradicts() {
    let server = Server::start(plugins_rulebook(), "");
    let facts = json!({"has_disability_certificate": false, "disability_grade": 2});
    let problem = server.decide("CN-35", "disability-living-subsidy", DAY, &facts);
    problem.assert_problem(422, "invalid-facts");
    let expected =
        json!({"pointer": "/facts/has_disability_certificate", "expected": "true, or no `disability_grade`"});
    assert_includes(&problem.json()["errors"][0], expected);
}

/// Counts how often privacy law is called.
#[derive(Default)]
struct PrivacyCalls(usize);

impl Observer for PrivacyCalls {
    fn stage<T>(&mut self, stage: Stage, run: impl FnOnce(&mut Self) -> T) -> T {
        self.0 += usize::from(matches!(stage, Stage::PrivacyRules));
        run(self)
    }
}

#[test]
fn ten_people_whom_the_law_can_not_tell_apart_share_one_ruling() {
    let calls = |people: usize| {
        let engine = Engine::with_throwaway_key(load(plugins_rulebook()));
        let service = Id::new(ALLOWANCE).unwrap();
        let contract = engine.rulebook().contract(&service).unwrap();
        let members: Vec<Value> = (0..people).map(|age| json!({"age": 30 + age, "monthly_income": "10.00"})).collect();
        let facts = json!({"household_members": members, "local_dibao_standard": "800.00"}).to_string();
        let facts = UntypedValue::from_json(serde_json::from_str(&facts).unwrap(), "").unwrap();
        let facts = read_facts(contract, &facts, DAY.parse().unwrap(), "").unwrap();
        let day: Date = DAY.parse().unwrap();
        let recipient = Recipient { kind: RecipientKind::Portal, id: RecipientId::constant("portal") };
        let subject = DataSubject::default();
        let context = ProcessingContext {
            recipient,
            basis: (None, ""),
            subject,
            people: (&[], ""),
            on: day,
            also_on: None,
            known_at: day,
        };
        let processing = processing_of(contract, context, &facts).unwrap();
        let query =
            CaseQuery { jurisdiction: JurisdictionCode::new("CN").unwrap(), service, as_of: day, known_at: day };
        let mut observer = PrivacyCalls::default();
        decide(&engine, &Case::new(query, facts, processing), &mut observer).unwrap();
        observer.0
    };
    // One for the applicant and the household, one for all others.
    assert_eq!(calls(2), 2);
    assert_eq!(calls(10), 2);
}

#[test]
fn the_values_of_a_missing_list_cost_the_search_for_missing_facts_nothing() {
    let engine = Engine::with_throwaway_key(load(plugins_rulebook()));
    let service = Id::new(ALLOWANCE).unwrap();
    let contract = engine.rulebook().contract(&service).unwrap();
    let facts = json!({"household_property_within_limits": true, "local_dibao_standard": "800.00"}).to_string();
    let facts = UntypedValue::from_json(serde_json::from_str(&facts).unwrap(), "").unwrap();
    let day: Date = DAY.parse().unwrap();
    let facts = read_facts(contract, &facts, day, "").unwrap();
    let context = ProcessingContext {
        recipient: Recipient { kind: RecipientKind::Portal, id: RecipientId::constant("portal") },
        basis: (None, ""),
        subject: DataSubject::default(),
        people: (&[], ""),
        on: day,
        also_on: None,
        known_at: day,
    };
    let processing = processing_of(contract, context, &facts).unwrap();
    let query = CaseQuery { jurisdiction: JurisdictionCode::new("CN").unwrap(), service, as_of: day, known_at: day };
    let case = Case::new(query, facts, processing);
    let law = ApplicableLaw::select(&engine, &case.query).unwrap();
    let mut budget = Budget::default();
    let decided = decide_under(&law, &case, &mut budget, &mut NoObserver).decision;
    assert_eq!(decided.outcome.missing_facts(), ["household_members"]);
    // No few lists represent all, so none is tried to see which effect it has.
    let used = Budget::default().evaluations - budget.evaluations;
    assert!(used <= 2, "{used} evaluations");
}
