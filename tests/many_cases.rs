//! Many answers at one time: batches of cases, one case under the law of many places, and which places have law of
//! their own.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::support::{Reply, Server, agent, plugins_rulebook};

fn severe() -> Value {
    json!({"disability_grade": 1, "needs_long_term_care": true, "work_injury_care_payment": false,
        "destitute_support": false, "draws_elderly_care_subsidy": false})
}

fn line(jurisdiction: &str, mode: &str) -> String {
    json!({"jurisdiction": jurisdiction, "service": "disability-care-subsidy", "as_of": "2026-03-01", "mode": mode,
        "facts": severe()})
    .to_string()
}

/// Posts lines as a batch: the status, and the lines that come back.
pub(crate) fn post_batch(server: &Server, body: &str) -> (u16, Vec<Value>) {
    let request =
        agent().post(format!("{}/v1/decisions/batch", server.address)).header("content-type", "application/x-ndjson");
    let reply = Reply::read(request.send(body));
    (reply.status, reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn a_batch_is_answered_line_by_line_and_a_bad_line_does_not_stop_the_rest() {
    let server = Server::start(plugins_rulebook(), "[http]\nbody-bytes-max = 2000\n");
    let lines = [
        line("CN-3706", "official"),
        String::new(),
        "{\"jurisdiction\":".to_owned(),
        line("CN-37", "simulation"),
        line("CN-99", "official"),
        "x".repeat(3000),
        line("CN-44", "official").replace("\"disability_grade\":1", "\"disability_grade\":9"),
        line("CN-44", "official"),
    ];
    let (status, answers) = post_batch(&server, &lines.join("\n"));
    assert_eq!(status, 200);
    let shown: Vec<String> = answers
        .iter()
        .map(|answer| {
            let amount = &answer["decision"]["grant"]["amount"];
            let problem = answer["problem"]["type"].as_str().map(|kind| kind.replace("/problems/", ""));
            format!("{} {}", answer["line"], problem.unwrap_or_else(|| amount.as_str().unwrap().to_owned()))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "1 193.00",
            "3 malformed-json",
            "4 80.00",
            "5 unknown-jurisdiction",
            "6 body-too-large",
            "7 invalid-facts",
            "8 290.00"
        ]
    );
    let log = server.decision_log();
    let recorded: Vec<&Value> = log.iter().map(|entry| &entry["id"]).collect();
    assert_eq!(recorded, [&answers[0]["decision"]["id"], &answers[6]["decision"]["id"]]);
    assert_lacks(&server.said(), "xxx");
}

#[test]
fn a_long_batch_keeps_its_order_and_single_decisions_are_answered_beside_it() {
    let server = Server::start(plugins_rulebook(), "");
    let codes = ["CN-3706", "CN-37", "CN-44", "CN-50"];
    let count = 20_000;
    let mut stream = TcpStream::connect(server.host()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let sender = std::thread::spawn(move || {
        writer
            .write_all(
                b"POST /v1/decisions/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
            )
            .unwrap();
        for group in 0..count / 100 {
            let mut text = String::new();
            for at in 0..100 {
                writeln!(text, "{}", line(codes[(group * 100 + at) % codes.len()], "simulation")).unwrap();
            }
            write!(writer, "{:x}\r\n{text}\r\n", text.len()).unwrap();
        }
        writer.write_all(b"0\r\n\r\n").unwrap();
    });
    let mut answered = 0;
    let mut places = HashSet::new();
    for text in BufReader::new(&mut stream).lines().map_while(Result::ok).filter(|text| text.starts_with('{')) {
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["line"], answered + 1);
        assert_eq!(answer["decision"]["jurisdiction"], codes[answered % codes.len()]);
        places.insert(answer["decision"]["grant"]["amount"].to_string());
        answered += 1;
        if answered % 5_000 == 0 {
            assert_eq!(server.decide("CN-44", "disability-care-subsidy", "2026-03-01", &severe()).status, 200);
        }
    }
    sender.join().unwrap();
    assert_eq!(answered, count);
    assert_eq!(places.len(), 4);
}

#[test]
fn a_null_for_a_member_that_may_be_left_out_is_allowed_in_a_line_as_alone() {
    let server = Server::start(plugins_rulebook(), "");
    let case: Value = serde_json::from_str(&line("CN-37", "simulation")).unwrap();
    for name in ["known_at", "recipient", "basis", "subject", "people", "processed_on", "explain", "rulebook"] {
        let mut case = case.clone();
        case[name] = Value::Null;
        server.post("/v1/decisions", &case.to_string()).assert_status(200);
        let (_, answers) = post_batch(&server, &case.to_string());
        assert_includes(&answers[0], json!({"line": 1, "decision": {"outcome": "eligible"}}));
    }
    let mut case = case;
    case["rulebook"] = json!(format!("sha256:{}", "0".repeat(64)));
    let (_, answers) = post_batch(&server, &case.to_string());
    assert_includes(&answers[0], json!({"problem": {"errors": [{"pointer": "/rulebook"}]}}));
}

#[test]
fn a_batch_that_is_no_ndjson_or_one_too_many_is_sent_away() {
    let server = Server::start(plugins_rulebook(), "[batch]\nconcurrency = 1\nidle-ms = 60000\n");
    assert_eq!(server.post("/v1/decisions/batch", &line("CN-37", "simulation")).status, 415);
    let mut held = TcpStream::connect(server.host()).unwrap();
    held.write_all(b"POST /v1/decisions/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 100000\r\n\r\n").unwrap();
    let mut head = String::new();
    BufReader::new(&held).read_line(&mut head).unwrap();
    assert_contains(&head, "200");
    assert_eq!(post_batch(&server, &line("CN-37", "simulation")).0, 503);
    assert_eq!(server.decide("CN-44", "disability-care-subsidy", "2026-03-01", &severe()).status, 200);
}

#[test]
fn one_case_is_compared_between_places_with_the_provisions_that_decide() {
    let server = Server::start(plugins_rulebook(), "");
    let body = |places: Value| {
        let mut body = json!({"service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": severe()});
        body.as_object_mut().unwrap().extend(places.as_object().unwrap().clone());
        server.post("/v1/comparisons", &body.to_string())
    };
    let some = body(json!({"jurisdictions": ["CN-3706", "CN-37", "CN-44"]})).json();
    let amounts: Vec<&str> =
        some["places"].as_array().unwrap().iter().map(|place| place["grant"]["amount"].as_str().unwrap()).collect();
    assert_eq!(amounts, ["193.00", "80.00", "290.00"]);
    let spread = &some["grants"]["amount"];
    let expected = json!({"least": "80.00", "least_in": "CN-37", "most": "290.00", "most_in": "CN-44"});
    assert_includes(spread, expected);
    assert_eq!(some["outcomes"], json!({"eligible": 3}));
    let deciding = some["places"][0]["deciding"].as_array().unwrap();
    let who: Vec<&Value> = deciding.iter().map(|level| &level["jurisdiction"]).collect();
    assert_eq!(who, ["CN", "CN-3706"]);
    assert_eq!(deciding[0]["provisions"][0]["document"], "国发〔2015〕52号");
    assert!(!deciding[1]["provisions"].as_array().unwrap().is_empty());
    let all = body(json!({"children_of": "CN"})).json();
    assert!(all["places"].as_array().unwrap().len() >= 31, "{}", all["places"]);
    assert_eq!(server.decision_log().len(), 0, "a comparison is no decision");
    for (places, status) in [
        (json!({}), 400),
        (json!({"jurisdictions": [], "children_of": "CN"}), 400),
        (json!({"jurisdictions": ["cn"]}), 400),
        (json!({"jurisdictions": ["CN-37", "CN-99"]}), 404),
    ] {
        assert_eq!(body(places.clone()).status, status, "{places}");
    }
    let misspelt = body(json!({"jurisdictions": ["CN-37", "cn-44"]})).json();
    assert_eq!(misspelt["errors"][0]["pointer"], "/jurisdictions/1", "{misspelt}");
}

#[test]
fn what_a_compared_place_lacks_does_not_depend_on_the_places_before_it() {
    let server = Server::start(plugins_rulebook(), "");
    let codes = ["CN-35", "CN-33", "CN-31", "CN-12", "CN-64"];
    let mut places: Vec<&str> = codes.into_iter().cycle().take(60).collect();
    let missing = |places: &[&str]| {
        let body = json!({"service": "disability-living-subsidy", "as_of": "2026-03-01", "jurisdictions": places,
            "facts": {"household_scheme": "dibao"}});
        let reply = server.post("/v1/comparisons", &body.to_string()).json();
        let each = reply["places"].as_array().unwrap().iter();
        each.map(|place| (place["jurisdiction"].to_string(), place.to_string())).collect::<HashSet<_>>()
    };
    let forwards = missing(&places);
    assert_eq!(forwards.len(), 5, "each place says the same wherever it stands");
    places.reverse();
    assert_eq!(missing(&places), forwards);
    assert!(forwards.iter().any(|(_, place)| place.contains("\"missing_cut_short\":true")), "{forwards:?}");
}

#[test]
fn coverage_says_who_has_law_of_their_own() {
    let server = Server::start(plugins_rulebook(), "");
    let covered = |query: &str| server.get(&format!("/v1/services/disability-care-subsidy/coverage?{query}"));
    let shandong = covered("as_of=2026-03-01&within=CN-37&limit=1000").json();
    let status = |code: &str| {
        let places = shandong["places"].as_array().unwrap();
        let place = places.iter().find(|place| place["jurisdiction"] == code).unwrap();
        (place["status"].as_str().unwrap().to_owned(), place["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(status("CN-37"), ("own".into(), "CN-37".into()));
    assert_eq!(status("CN-3706"), ("own".into(), "CN-3706".into()));
    assert_eq!(status("CN-370602"), ("inherits".into(), "CN-3706".into()));
    assert_eq!(status("CN-3701"), ("inherits".into(), "CN-37".into()));
    let counts = &shandong["counts"];
    assert_includes(counts, json!({"own": 2, "none": 0}));
    let before = covered("as_of=2015-12-31&within=CN-37&status=none").json();
    assert_eq!(before["counts"]["own"], 0);
    assert_eq!(before["places"].as_array().unwrap().len(), 100, "a page");
    let next = before["next"].as_str().unwrap();
    let second = covered(&format!("as_of=2015-12-31&within=CN-37&status=none&after={next}")).json();
    assert!(second["places"][0]["jurisdiction"].as_str().unwrap() > next);
    assert_eq!(covered("as_of=2026-02-30").status, 400);
    assert_eq!(covered("nonsense=1").status, 400);
    assert_eq!(server.get("/v1/services/housing/coverage").status, 404);
}
