//! How replies are written: the parts that are kept of each rule are the bytes that would be written anew, and a
//! request may ask for less of the same.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{DataSubject, LegalBasis, Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::case::read_facts;
use ordinance_engine::observer::NoObserver;
use ordinance_engine::processing::{ProcessingContext, processing_of};
use ordinance_engine::{Case, Engine, Rulebook, decide};
use ordinance_harness::DecisionTest;
use ordinance_host::DecisionView;
use ordinance_sandbox::{Limits, Sandbox, SandboxConfig};
use serde_json::{Value, json};

use crate::assertions::{ABSENT, assert_includes};
use crate::decisions::{cases_of, json_of, rule_folders};
use crate::many_cases::post_batch;
use crate::support::{Reply, Server, agent, plugins_rulebook};

/// Recipients that see all, something and little of a decision, each with its basis where it needs one of its own.
fn recipients() -> Vec<(RecipientKind, Option<LegalBasis>)> {
    let own_basis = |kind: &RecipientKind| (!kind.acts_for_service()).then_some(LegalBasis::PublicInterest);
    RecipientKind::ALL.iter().map(|kind| (*kind, own_basis(kind))).collect()
}

fn all_cases() -> Vec<DecisionTest> {
    let tests = rule_folders().iter().flat_map(|rule| cases_of(rule)).collect::<Vec<_>>();
    tests
        .into_iter()
        .filter_map(|test| if let ordinance_harness::Test::Decision(test) = test { Some(test) } else { None })
        .collect()
}

fn request(
    test: &DecisionTest,
    recipient: Option<&(RecipientKind, Option<LegalBasis>)>,
    explain: Option<&str>,
) -> Value {
    let mut body = json!({"jurisdiction": test.jurisdiction, "service": test.service, "as_of": test.as_of,
        "facts": json_of(&test.facts), "mode": "simulation"});
    if let Some((kind, basis)) = recipient {
        body["recipient"] = json!({"kind": kind.as_str(), "id": "somebody"});
        if let Some(basis) = basis {
            body["basis"] = json!(basis.kind().as_str());
        }
    }
    if let Some(explain) = explain {
        body["explain"] = json!(explain);
    }
    body
}

/// The texts of the decisions of a batch.
fn batch_in(server: &Server, language: &str, lines: &str) -> Vec<String> {
    let batch = agent().post(format!("{}/v1/decisions/batch", server.address));
    let batch = batch.header("content-type", "application/x-ndjson").header("accept-language", language);
    let reply = Reply::read(batch.send(lines));
    let line = |(number, line): (usize, &str)| {
        let begin = format!("{{\"line\":{},\"decision\":", number + 1);
        line.strip_prefix(&begin).and_then(|line| line.strip_suffix('}')).unwrap_or(line).to_owned()
    };
    reply.text.lines().enumerate().map(line).collect()
}

/// The reply as its types write it, without any part that is kept.
fn typed(
    engine: &Engine,
    test: &DecisionTest,
    recipient: &(RecipientKind, Option<LegalBasis>),
    on: Date,
    languages: &[String],
) -> String {
    let rulebook = engine.rulebook();
    let (kind, basis) = recipient;
    let service = Id::new(&test.service).unwrap();
    let contract = rulebook.contract(&service).unwrap();
    let facts = read_facts(contract, &test.facts, test.as_of.parse().unwrap(), "").unwrap();
    let recipient = Recipient { kind: *kind, id: RecipientId::new("somebody").unwrap() };
    let context = ProcessingContext {
        recipient,
        basis: (basis.clone(), ""),
        subject: DataSubject::default(),
        people: (&[], ""),
        on,
        also_on: None,
        known_at: on,
    };
    let processing = processing_of(contract, context, &facts).unwrap();
    let jurisdiction = JurisdictionCode::new(&test.jurisdiction).unwrap();
    let query = CaseQuery { jurisdiction, service, as_of: test.as_of.parse().unwrap(), known_at: on };
    let decision = decide(engine, &Case::new(query, facts, processing), &mut NoObserver).unwrap();
    serde_json::to_string(&DecisionView::new(&RedactedDecision::of(&decision), rulebook, languages)).unwrap()
}

#[test]
fn what_is_kept_of_a_rule_is_what_would_be_written_anew() {
    // On a busy machine a rule may pass the deadline of one side alone.
    let server = Server::start(plugins_rulebook(), "[rules]\ndeadline-ms = 10000\n");
    let limits = Limits { deadline_ms: 10_000, ..Limits::default() };
    let sandbox = Sandbox::new(SandboxConfig { limits, ..SandboxConfig::default() }).unwrap();
    let engine = Engine::with_throwaway_key(Rulebook::load(plugins_rulebook(), &sandbox).unwrap());
    let cases = all_cases();
    let (recipients, mut kinds) = (recipients(), std::collections::BTreeSet::new());
    for recipient in &recipients {
        let lines: Vec<String> = cases.iter().map(|test| request(test, Some(recipient), None).to_string()).collect();
        for (header, languages) in [("", vec![]), ("en", vec!["en"]), ("zh-CN, en;q=0.5", vec!["zh-CN", "en"])] {
            let languages: Vec<String> = languages.into_iter().map(str::to_owned).collect();
            let replies = batch_in(&server, header, &lines.join("\n"));
            assert_eq!(replies.len(), cases.len());
            for (test, reply) in cases.iter().zip(&replies) {
                // It isn't the same day everywhere.
                let json: Value = serde_json::from_str(reply).unwrap();
                let on: Date = json["privacy"]["processed_on"].as_str().unwrap().parse().unwrap();
                assert_eq!(*reply, typed(&engine, test, recipient, on, &languages), "{}", test.name);
                let kind =
                    ["\"status\":\"hidden\"", "\"at_least\":", "\"missing\":[\"", "\"parameters\":", "\"hidden\":true"];
                kinds.extend(kind.into_iter().filter(|kind| reply.contains(kind)));
            }
        }
    }
    assert_eq!(kinds.len(), 5, "the cases show {kinds:?}");
}

/// Whether a reply says nothing that another doesn't say as well.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|other| is_part(value, other)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(value, other)| is_part(value, other))
        }
        _ => part == whole,
    }
}

#[test]
fn a_shorter_reply_is_a_part_of_the_full_one() {
    let server = Server::start(plugins_rulebook(), "");
    let cases = all_cases();
    for recipient in &recipients() {
        let decided = |explain: Option<&str>| {
            let lines: Vec<String> =
                cases.iter().map(|test| request(test, Some(recipient), explain).to_string()).collect();
            let (_, lines) = post_batch(&server, &lines.join("\n"));
            lines.into_iter().map(|line| line["decision"].clone()).collect::<Vec<_>>()
        };
        let [full, short, none] = [None, Some("short"), Some("none")].map(decided);
        for (full, (short, none)) in full.iter().zip(short.iter().zip(&none)) {
            assert!(is_part(short, full), "{short} of {full}");
            assert!(is_part(none, short), "{none} of {short}");
        }
        assert_eq!(decided(Some("full")), full);
    }
}

fn care(more: &Value) -> String {
    let mut body = json!({"jurisdiction": "CN-3706", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "facts": {"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
            "destitute_support": false, "draws_elderly_care_subsidy": false}});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body.to_string()
}

fn members(json: &Value) -> Vec<&str> {
    json.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_portal_asks_for_the_outcome_alone_or_for_the_reasons_by_their_ids() {
    let server = Server::start(plugins_rulebook(), "");
    let none = server.post("/v1/decisions", &care(&json!({"explain": "none"}))).json();
    assert_eq!(members(&none), ["grant", "id", "missing", "mode", "outcome", "rulebook"]);
    assert_includes(&none, json!({"mode": "official", "outcome": "eligible", "missing": []}));
    let short = server.post("/v1/decisions", &care(&json!({"explain": "short"}))).json();
    let with_reasons = ["decided_by", "grant", "id", "layers", "missing", "mode", "outcome", "rulebook"];
    assert_eq!(members(&short), with_reasons);
    assert_eq!(members(&short["layers"][0]), ["digest", "findings", "jurisdiction", "status"]);
    assert_eq!(members(&short["layers"][0]["findings"][0]), ["criterion", "satisfied"]);
    let full = server.post("/v1/decisions", &care(&json!({}))).json();
    assert_eq!(full["grant"], none["grant"]);
    // What is recorded is the same, whatever is shown.
    let without_id = |record: &Value| {
        let mut record = record.clone();
        record
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !["id", "index", "request_id", "time"].contains(&name.as_str()));
        record
    };
    let log = server.decision_log();
    assert_eq!(log.len(), 3);
    assert_eq!(log[0]["id"], none["id"]);
    assert_eq!(without_id(&log[0]), without_id(&log[2]));
    assert_eq!(without_id(&log[1]), without_id(&log[2]));
}

#[test]
fn a_comparison_explains_as_much_as_is_asked_for() {
    let server = Server::start(plugins_rulebook(), "");
    let compare = |explain: &str| {
        let mut body: Value = serde_json::from_str(&care(&json!({"explain": explain}))).unwrap();
        body.as_object_mut().unwrap().remove("jurisdiction");
        body["jurisdictions"] = json!(["CN-3706", "CN-44"]);
        server.post("/v1/comparisons", &body.to_string()).assert_status(200).json()
    };
    let [full, short, none] = ["full", "short", "none"].map(compare);
    assert!(is_part(&short, &full), "{short} of {full}");
    assert!(is_part(&none, &short), "{none} of {short}");
    assert_includes(&none["places"][0], json!({"jurisdiction": "CN-3706", "deciding": ABSENT, "name": ABSENT}));
    assert_eq!(members(&short["places"][0]["deciding"][0]), ["jurisdiction", "rule"]);
}

#[test]
fn another_word_for_how_much_to_explain_is_pointed_at() {
    let server = Server::start(plugins_rulebook(), "");
    let reply = server.post("/v1/decisions", &care(&json!({"explain": "long"})));
    let expected = "\"none\", \"short\" or \"full\"";
    let fault = json!({"pointer": "/explain", "detail": "this value is not allowed", "expected": expected});
    reply.assert_problem(400, "invalid-request").assert_includes(json!({"errors": [fault]}));
    let (_, lines) = post_batch(&server, &care(&json!({"explain": 1})));
    assert_includes(
        &lines[0],
        json!({"problem": {"errors": [{"pointer": "/explain", "detail": "this is no string"}]}}),
    );
    assert_eq!(server.post("/v1/decisions", &care(&json!({"explain": null}))).status, 200);
}
