//! Requests for facts of several people: each fact is ruled on once, for its own person, by the law as it is known.

use std::path::{Path, PathBuf};

use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{
    Activity, DataSubject, Disclosure, LegalBasis, Party, Purpose, Recipient, RecipientId, RecipientKind, Verdict,
};
use ordinance_domain::value::Value as FactValue;
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_engine::{DisclosureCase, Engine, disclose};
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::attacks::earlier_revisions::serve_the_second;
use crate::plans::load;
use crate::scenarios::{permitting, write_and_build_household};
use crate::support::{Server, root, scratch};

/// A rule of the nation that grants a family by the law of the scenarios.
pub(crate) const FAMILY: &str = "id = \"family\"\nversion = \"1.0.0\"\njurisdiction = \"N\"\nservice = \"family\"\n\
    extends = \"HOME\"\nin-force = { from = 2020-01-01 }\ntitles = { en = \"Family allowance\" }\n";

/// A record with a part that is more sensitive than the whole.
const DWELLING: &str = r#"
[dwelling]
type = "record"
titles = { en = "Dwelling" }
category = "dpv-pd:Location"
sensitivity = "personal"
[dwelling.fields.rent]
type = "integer"
min = 0
max = 9000
titles = { en = "Rent" }
category = "dpv-pd:Income"
unit = "CNY per month"
[dwelling.fields.care]
type = "bool"
titles = { en = "Is fitted for a disability" }
category = "dpv-pd:Disability"
sensitivity = "sensitive"
"#;

const PERMITTED: &str = r#"{ fact = "members", says = "permit" }, { fact = "members.age", says = "permit" },
    { fact = "members.income", says = "permit" }, { fact = "members.grade", says = "permit" },
    { fact = "dwelling", says = "permit" }, { fact = "dwelling.rent", says = "permit" },
    { fact = "dwelling.care", says = "permit" },"#;

/// Builds a rulebook of a family's law, whose privacy law says this before it permits the rest, with other `places`.
fn built(folder: &Path, law: &str, places: Option<&str>) -> PathBuf {
    let common = root().join("tests/scenarios/common-household");
    let text = |name: &str| std::fs::read_to_string(common.join(name)).unwrap();
    let facts = text("facts.toml") + DWELLING;
    let service = text("services/family.toml").replace("\"child_age\"]", "\"child_age\", \"dwelling\"]");
    let places = places.map_or_else(|| text("rulebook.toml"), |places| text("rulebook.toml") + places);
    let guard = permitting(&format!("{law} {PERMITTED}"));
    std::fs::create_dir_all(folder).unwrap();
    write_and_build_household(
        folder,
        &[
            ("facts.toml", facts.as_str()),
            ("services/family.toml", service.as_str()),
            ("rulebook.toml", places.as_str()),
            ("N/guard/rule.toml", guard.as_str()),
            ("N/family/rule.toml", FAMILY),
        ],
    )
}

fn engine(folder: &Path, law: &str) -> Engine {
    Engine::with_throwaway_key(load(&built(folder, law, None)))
}

fn request(facts: &[&str], party: Party, values: Facts) -> DisclosureCase {
    DisclosureCase {
        jurisdiction: JurisdictionCode::new("N").unwrap(),
        disclosure: Disclosure {
            recipient: Recipient { kind: RecipientKind::PublicBody, id: RecipientId::constant("office") },
            purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
            basis: LegalBasis::StatutoryDuty,
            subject: DataSubject::unknown(party),
            on: "2026-03-01".parse().unwrap(),
            known_at: "2026-03-01".parse().unwrap(),
        },
        alternatives: Vec::new(),
        others: Vec::new(),
        activity: Activity::Disclose,
        facts: facts.iter().map(|name| FieldName::path(name).unwrap()).collect(),
        values,
        is_dry_run: true,
    }
}

/// Each ruling, such as `age permit`, in the order of the answer.
fn ruled(decision: &DisclosureDecision) -> Vec<String> {
    let each = decision.rulings.facts().iter();
    each.map(|ruled| format!("{} {}", ruled.fact, ruled.verdict.as_str())).collect()
}

fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

#[test]
fn a_fact_of_a_named_person_is_ruled_on_for_that_person_whatever_is_said_of_whom() {
    let folder = scratch();
    let law = r#"{ fact = "child_age", says = "withhold", party = "other" }, { fact = "child_age", says = "permit" },"#;
    let engine = engine(folder.path(), law);
    let ask = |party| {
        let values = Facts(vec![(name("age"), FactValue::Integer(40)), (name("child_age"), FactValue::Integer(5))]);
        disclose(&engine, &request(&["child_age", "age"], party, values)).unwrap()
    };
    // Nothing is said of the child.
    let of_applicant = ask(Party::Applicant);
    assert_eq!(ruled(&of_applicant), ["age permit", "child_age withhold"]);
    assert_eq!(of_applicant.values.0, [(name("age"), FactValue::Integer(40))]);
    // The request is about the child.
    assert_eq!(ruled(&ask(Party::Other)), ["child_age withhold", "age permit"]);
}

#[test]
fn a_part_that_is_asked_for_beside_its_whole_is_asked_for_once() {
    let folder = scratch();
    let engine = engine(folder.path(), "");
    let of_dwelling =
        disclose(&engine, &request(&["dwelling.care", "dwelling", "age", "age"], Party::Applicant, Facts::default()))
            .unwrap();
    let expected = ["dwelling.care permit", "dwelling permit", "age permit", "dwelling.rent permit"];
    assert_eq!(ruled(&of_dwelling), expected);
    // A rule fails that is asked for a fact twice, and a failed rule withholds.
    assert!(of_dwelling.rulings.layers().iter().all(|layer| layer.result.is_ok()));
    let of_list = disclose(&engine, &request(&["members", "members.income"], Party::Applicant, Facts::default()));
    let expected = ["members permit", "members.income permit", "members.age permit", "members.grade withhold"];
    assert_eq!(ruled(&of_list.unwrap()), expected);
}

#[test]
fn the_law_of_another_day_counts_for_a_person_of_whom_nothing_is_said() {
    let folder = scratch();
    let engine = engine(folder.path(), "");
    let mut case = request(&["members"], Party::Applicant, Facts::default());
    let of_today = ["members permit", "members.age permit", "members.grade withhold", "members.income permit"];
    assert_eq!(ruled(&disclose(&engine, &case).unwrap()), of_today);
    // There was no privacy law.
    case.alternatives = vec![Disclosure { on: "2019-01-01".parse().unwrap(), ..case.disclosure.clone() }];
    let of_both = ["members withhold", "members.age withhold", "members.grade withhold", "members.income withhold"];
    assert_eq!(ruled(&disclose(&engine, &case).unwrap()), of_both);
}

#[test]
fn every_item_of_a_list_is_ruled_on_though_the_request_says_nothing_of_its_person() {
    let folder = scratch();
    let law = r#"{ fact = "members.income", says = "withhold", party = "other" },"#;
    let engine = engine(folder.path(), law);
    let member = || vec![(name("age"), FactValue::Integer(40)), (name("income"), FactValue::Decimal(10.into()))];
    let values = Facts(vec![(name("members"), FactValue::List(vec![member(), member()]))]);
    let decision = disclose(&engine, &request(&["members"], Party::Applicant, values)).unwrap();
    let of_second = decision.rulings.verdict_on(&FieldName::path("members[1].income").unwrap());
    assert_eq!(of_second, Some(Verdict::Withhold));
    let shown = vec![(name("age"), FactValue::Integer(40))];
    assert_eq!(decision.values.0, [(name("members"), FactValue::List(vec![shown.clone(), shown]))]);
}

#[test]
fn the_place_of_a_request_is_resolved_by_what_is_known_and_not_by_what_is_announced() {
    let folder = scratch();
    let announced = "[[jurisdictions]]\ncode = \"N-3\"\nparent = \"N\"\nwithdrawn = 2026-06-01\nnames = { en = \"Third\" }\n\
        [[jurisdictions]]\ncode = \"N-3\"\nparent = \"N\"\nuntil = 2025-01-01\nsuccessors = [\"N-2\"]\n\
        published = 2026-06-01\nnames = { en = \"Third, which is joined with the second\" }\n";
    // The tables of places come before the table of privacy.
    let common = std::fs::read_to_string(root().join("tests/scenarios/common-household/rulebook.toml")).unwrap();
    assert_contains(&common, "[privacy]");
    let engine = Engine::with_throwaway_key(load(&built(folder.path(), "", Some(&format!("\n{announced}")))));
    let place = |known_at: &str| {
        let mut case = request(&["age"], Party::Applicant, Facts::default());
        case.jurisdiction = JurisdictionCode::new("N-3").unwrap();
        case.disclosure.known_at = known_at.parse().unwrap();
        disclose(&engine, &case).map(|decision| decision.jurisdiction.to_string())
    };
    assert_eq!(place("2026-03-01"), Ok("N-3".to_owned()));
    assert_eq!(place("2026-06-01"), Ok("N-2".to_owned()));
}

/// Whether a simulation on the first of two revisions is refused, which differ in these laws.
fn refusal(before: &str, after: &str, facts: &Value) -> String {
    let folder = scratch();
    let first = built(&folder.path().join("first"), before, None);
    let second = built(&folder.path().join("second"), after, None);
    let (server, digest) = serve_the_second(folder.path(), &first, &second);
    let body = json!({"jurisdiction": "N", "service": "family", "as_of": "2026-01-01", "mode": "simulation",
        "rulebook": digest, "facts": facts});
    let reply = server.post("/v1/decisions", &body.to_string());
    reply.assert_problem(422, "unprocessable-request");
    reply.text
}

#[test]
fn an_earlier_revision_gives_no_part_and_no_fact_of_another_person_that_the_law_in_use_withholds() {
    let care = r#"{ fact = "dwelling.care", says = "withhold" },"#;
    assert_contains(&refusal("", care, &json!({"dwelling": {"care": true}})), "stricter on `dwelling.care`");
    let permits = r#"{ fact = "child_age", says = "permit" },"#;
    let withholds = r#"{ fact = "child_age", says = "withhold" },"#;
    assert_contains(&refusal(permits, withholds, &json!({"child_age": 5})), "stricter on `child_age`");
}

#[test]
fn a_fact_of_a_named_person_is_evaluated_for_that_person() {
    let folder = scratch();
    let law =
        r#"{ fact = "child_age", says = "guardian", party = "other" }, { fact = "child_age", says = "withhold" },"#;
    let server = Server::start(&built(folder.path(), law, None), "");
    let ask = |subject: Value| {
        let body = json!({"subject": {"type": "public-body", "id": "office"}, "action": {"name": "dpv:PublicBenefit"},
            "resource": {"type": "fact", "id": "child_age", "properties": {"jurisdiction": "N", "subject": subject}},
            "context": {"basis": "statutory-duty"}});
        server.post("/access/v1/evaluation", &body.to_string()).json()
    };
    let silent = ask(json!({"age_band": "under13"}));
    assert_includes(&silent, json!({"decision": false, "context": {"ruling": "withhold"}}));
    let by_guardian = ask(json!({"age_band": "under13", "guardian_consents": true}));
    assert_includes(&by_guardian, json!({"decision": true, "context": {"ruling": "permit"}}));
}

#[test]
fn a_list_that_is_withheld_is_answered_alike_whoever_is_in_it() {
    let folder = scratch();
    let law = r#"{ fact = "members", says = "withhold", activity = "disclose" },"#;
    let server = Server::start(&built(folder.path(), law, None), "");
    let ask = |members: Value| {
        let body = json!({"jurisdiction": "N", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
            "values": {"members": members}});
        let mut reply = server.post("/v1/disclosures", &body.to_string()).json();
        reply.as_object_mut().unwrap().remove("id");
        reply
    };
    let none = ask(json!([]));
    assert_lacks(&none.to_string(), "members[");
    assert_contains(&none.to_string(), "members.income");
    assert_eq!(none, ask(json!([{"age": 40}, {"age": 5, "income": "10.00"}])));
}

#[test]
fn a_request_for_a_part_says_what_to_ask_for_and_what_a_consent_names() {
    let folder = scratch();
    let server = Server::start(&built(folder.path(), "", None), "");
    let ask = |facts: Value| {
        let body =
            json!({"jurisdiction": "N", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty", "facts": facts});
        server.post("/v1/disclosures", &body.to_string())
    };
    let problem = ask(json!(["age", "members.income"]));
    problem.assert_problem(422, "invalid-facts");
    assert_includes(&problem.json()["errors"][0], json!({"pointer": "/facts/1"}));
    assert_contains(&problem.text, "this is a part, which is asked for with its whole fact");
    assert_contains(&problem.json()["errors"].to_string(), r#"\"facts\": [\"members\", \"members.income\"]"#);
    assert_contains(&ask(json!(["members.nothing"])).text, "the rulebook has no such fact");
}
