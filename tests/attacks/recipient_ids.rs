//! A caller writes what it likes into a log that is kept for years.

use std::fs;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Reply, Server, agent, plugins_rulebook, root, run, scratch, text_of};

use super::caller;

/// What nobody may write into a log.
const SENTENCES: [&str; 6] = [
    "Li Ming, born 1990-03-07, lives at 3 River Street",
    "李明",
    "a\nb",
    "{\"id\":1}",
    "\u{0}",
    "an-id-of-more-than-sixty-four-characters-that-holds-a-whole-life-story",
];

fn decision(recipient: &Value) -> Value {
    json!({"jurisdiction": "CN-370602", "service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": {},
        "recipient": recipient})
}

fn evaluation(id: &str) -> Value {
    json!({"subject": {"type": "public-body", "id": id}, "action": {"name": "dpv:PublicBenefit"},
        "resource": {"type": "fact", "id": "age", "properties": {"jurisdiction": "CN-31"}},
        "context": {"basis": "statutory-duty"}})
}

/// The requests that name a recipient, each with its path.
fn requests(recipient: &Value) -> Vec<(&'static str, Value)> {
    let with = |mut body: Value| {
        body["recipient"] = recipient.clone();
        body
    };
    vec![
        ("/v1/decisions", decision(recipient)),
        (
            "/v1/comparisons",
            with(json!({"service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": {},
                "jurisdictions": ["CN-37"]})),
        ),
        (
            "/v1/disclosures",
            with(json!({"jurisdiction": "CN-31", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
                "facts": ["age"]})),
        ),
        (
            "/v1/services/disability-care-subsidy/questions",
            with(json!({"jurisdiction": "CN-370602", "as_of": "2026-03-01", "facts": {}})),
        ),
    ]
}

fn batch(server: &Server, line: &Value) -> Value {
    let request = agent().post(format!("{}/v1/decisions/batch", server.address));
    let reply = Reply::read(request.header("content-type", "application/x-ndjson").send(line.to_string()));
    reply.assert_status(200);
    reply.json()
}

#[test]
fn no_caller_writes_a_sentence_into_the_decision_log_as_the_id_of_a_recipient() {
    let server = Server::start(plugins_rulebook(), "[log]\nlevel = \"trace\"\n");
    for sentence in SENTENCES {
        let recipient = json!({"kind": "public-body", "id": sentence});
        for (path, body) in requests(&recipient) {
            let reply = server.post(path, &body.to_string());
            reply.assert_problem(422, "unprocessable-request");
            assert_eq!(reply.json()["errors"][0]["pointer"], "/recipient/id", "{path}");
            assert_lacks(&reply.text, sentence);
        }
        let line = batch(&server, &decision(&recipient));
        assert_eq!(line["problem"]["status"], 422, "{line}");
        let single = server.post("/access/v1/evaluation", &evaluation(sentence).to_string());
        let several = json!({"evaluations": [evaluation(sentence)]}).to_string();
        let several = server.post("/access/v1/evaluations", &several);
        for reply in [&single.json(), &several.json()["evaluations"][0]] {
            assert_eq!(reply["decision"], false, "{reply}");
            assert_eq!(reply["context"]["error"]["status"], 422, "{reply}");
        }
        assert_lacks(&server.said(), sentence);
    }
    assert_eq!(server.decision_log(), Vec::<Value>::new());
    let word = server.post("/access/v1/evaluation", &evaluation("desk-7@city.example/civil").to_string());
    assert_eq!(word.json()["decision"], true, "{}", word.text);
    assert_eq!(server.decision_log()[0]["recipient"]["id"], "desk-7@city.example/civil");
}

#[test]
fn a_gateway_names_only_the_recipients_that_its_settings_allow() {
    let gateway = caller("gateway", "may-ask-for-others = true\nrecipients = [\"clinic-*\", \"tax\"]");
    let server = Server::start_for_callers(plugins_rulebook(), &gateway);
    let ask = |id: &str| {
        server.post_with("gateway-key", "/v1/decisions", &decision(&json!({"kind": "public-body", "id": id})))
    };
    for allowed in ["clinic-7", "tax", "gateway"] {
        ask(allowed).assert_status(200);
    }
    for other in ["clinic", "taxes", "110101199003074518"] {
        let refused = ask(other);
        refused.assert_problem(403, "forbidden");
        assert_contains(&refused.text, "`recipients` in host.toml");
        assert_lacks(&refused.text, other);
    }
    let reply = server.post_with("gateway-key", "/access/v1/evaluation", &evaluation("taxes")).json();
    assert_eq!(reply["context"]["error"]["status"], 403, "{reply}");
    let recorded: Vec<Value> = server.decision_log().iter().map(|line| line["recipient"]["id"].clone()).collect();
    assert_eq!(recorded, ["clinic-7", "tax", "gateway"]);
}

#[test]
fn no_sentence_is_an_id_in_settings_cases_or_arguments() {
    let rulebook = plugins_rulebook().to_str().unwrap();
    let key = run(&["key", "Li Ming", "--kind", "portal"]);
    assert_eq!(key.status.code(), Some(2), "{}", text_of(&key));
    let folder = scratch();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let facts = path("facts.json", "{}");
    let decided = run(&[
        "decide",
        rulebook,
        "--jurisdiction",
        "CN-37",
        "--service",
        "disability-care-subsidy",
        "--as-of",
        "2026-03-01",
        "--facts",
        &facts,
        "--recipient",
        "Li Ming",
    ]);
    assert_eq!(decided.status.code(), Some(2), "{}", text_of(&decided));
    assert_contains(&text_of(&decided), "--recipient: an id of a recipient is 1 to 64");
    let settings = path("host.toml", &format!("[rulebook]\nunsigned = true\n{}", caller("Li Ming", "")));
    let served = run(&["serve", rulebook, "--config", &settings, "--check-config"]);
    assert_eq!(served.status.code(), Some(2), "{}", text_of(&served));
    assert_contains(&text_of(&served), "its `id` is no id");
    let mut case = decision(&json!({"kind": "public-body", "id": "Li Ming"}));
    case["name"] = json!("a case");
    case["expect"] = json!({"outcome": "undetermined"});
    let cases = path("cases.ndjson", &case.to_string());
    let tested = run(&["test", root().join("plugins").to_str().unwrap(), "--cases", &cases]);
    assert!(!tested.status.success(), "{}", text_of(&tested));
    assert_contains(&text_of(&tested), "this is no id of a recipient");
}

/// A caller can write text in many more places than ids: none comes into a log, whatever its level.
#[test]
fn nothing_that_a_caller_writes_freely_is_in_a_log() {
    const WORD: &str = "kanarienvogel";
    let server = Server::start(plugins_rulebook(), "[log]\nlevel = \"trace\"\n");
    let send = |path: &str, body: &str| {
        let request = agent().post(format!("{}{path}", server.address)).header("content-type", "application/json");
        let request = request.header("x-request-id", WORD).header("user-agent", WORD).header("x-api-key", WORD);
        let request = request.header("traceparent", WORD).header("tracestate", format!("a={WORD}"));
        let request = request.header("accept-language", WORD).header("baggage", format!("a={WORD}"));
        Reply::read(request.send(body))
    };
    let well_formed = decision(&json!({"kind": "public-body", "id": "tax"}));
    let mut bodies = vec![well_formed.clone(), json!(WORD)];
    for member in
        ["jurisdiction", "service", "as_of", "known_at", "facts", "basis", "subject", "mode", "rulebook", WORD]
    {
        for value in [json!(WORD), json!({WORD: WORD}), json!([WORD])] {
            let mut body = well_formed.clone();
            body[member] = value;
            bodies.push(body);
        }
    }
    for consent in [json!({"facts": [WORD]}), json!({"facts": [], "purposes": [WORD]}), json!({WORD: []})] {
        let mut body = well_formed.clone();
        body["basis"] = json!({"consent": consent});
        bodies.push(body);
    }
    let paths = ["/v1/decisions", "/v1/disclosures", "/access/v1/evaluation", "/access/v1/evaluations"];
    for path in paths.map(str::to_owned).into_iter().chain([format!("/{WORD}"), format!("/v1/rules/{WORD}?{WORD}")]) {
        for body in &bodies {
            send(&path, &body.to_string());
            // Without a key that is unknown, too, so that the request comes further.
            server.post(&path, &body.to_string());
        }
    }
    assert_lacks(&server.said(), WORD);
    let log = fs::read_to_string(server.folder.path().join("decisions.ndjson")).unwrap();
    assert_lacks(&log, WORD);
    assert!(!log.is_empty(), "the request that is well formed is recorded");
}
