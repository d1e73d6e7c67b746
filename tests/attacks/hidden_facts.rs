//! A recipient asks again and again, in every way that the interface has, for what an answer lets it guess of a fact
//! that it may not see. The requests are generated: each way to ask, right or wrong, with each value of the fact.
//! Whatever differs only in that value gets the same answer: status, headers, body and length.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::scenarios::{permitting, write_and_build};
use crate::support::{Server, agent, root, scratch};

/// A fact that the law hides or withholds, and values of it.
struct Secret {
    name: &'static str,
    /// Values that the catalogue allows.
    lawful: Vec<Value>,
    /// Values that it doesn't allow, by what is wrong with them: of a wrong type, or of the right one and not allowed.
    faulty: Vec<Vec<Value>>,
}

fn secrets() -> Vec<Secret> {
    let kid = |age: Value| json!([{"age": age, "at_school": true}]);
    vec![
        Secret {
            name: "age",
            lawful: [0, 12, 13, 17, 18, 64, 120].map(|age| json!(age)).to_vec(),
            faulty: vec![
                vec![json!(-1), json!(9_000_000_000_i64)],
                vec![json!(30.5), json!(17.25)],
                vec![json!("17"), json!("")],
                vec![json!(true), json!(false)],
                vec![json!([]), json!([17])],
                vec![json!({}), json!({"age": 17})],
            ],
        },
        Secret {
            name: "income",
            lawful: ["0", "0.01", "99.99", "100", "500.50", "100000"].map(|income| json!(income)).to_vec(),
            faulty: vec![
                vec![json!("-1"), json!("1.234")],
                vec![json!("abc"), json!("1,5")],
                vec![json!(true), json!(false)],
                vec![json!([]), json!(["7"])],
                vec![json!({}), json!({"a": "7"})],
            ],
        },
        Secret {
            name: "resident",
            lawful: vec![json!(true), json!(false)],
            faulty: vec![
                vec![json!(0), json!(1)],
                vec![json!("true"), json!("no")],
                vec![json!([]), json!([true])],
                vec![json!({}), json!({"resident": true})],
            ],
        },
        Secret {
            name: "kids",
            lawful: vec![json!([]), kid(json!(3)), kid(json!(17)), json!([{"age": 3}, {"age": 4}])],
            // The value of a part is as secret as the whole.
            faulty: vec![
                vec![kid(json!(-1)), kid(json!(31))],
                vec![kid(json!("3")), kid(json!("x"))],
                vec![kid(json!([])), kid(json!([3]))],
                vec![kid(json!({})), kid(json!({"age": 3}))],
                vec![json!(3), json!(4)],
                vec![json!("3"), json!("none")],
            ],
        },
    ]
}

/// What privacy law says of a fact.
struct Regime {
    name: &'static str,
    /// The rulings, with `FACT` for the fact.
    law: &'static str,
    /// Whether rules may use the fact, so that the outcome may rest on it.
    may_decide: bool,
    /// What the county grants beyond the nation.
    more: &'static str,
}

const HIDDEN: &str = r#"{ fact = "FACT", says = "withhold", activity = "explain" },
    { fact = "FACT", says = "withhold", activity = "disclose" },"#;

const REGIMES: [Regime; 5] = [
    Regime { name: "hidden", law: HIDDEN, may_decide: true, more: "10.00" },
    // Whether the rule of the county fails depends on the fact.
    Regime { name: "hidden from a failing rule", law: HIDDEN, may_decide: true, more: "950.00" },
    Regime { name: "withheld", law: r#"{ fact = "FACT", says = "withhold" },"#, may_decide: false, more: "10.00" },
    // A law that fails withholds.
    Regime { name: "failing", law: r#"{ fact = "FACT", says = "trap" },"#, may_decide: false, more: "10.00" },
    Regime {
        name: "failing to explain",
        law: r#"{ fact = "FACT", says = "trap", activity = "explain" },
            { fact = "FACT", says = "withhold", activity = "disclose" },"#,
        may_decide: true,
        more: "10.00",
    },
];

/// A rule of the nation whose answer rests on the age, the residence and the income.
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
[[criteria]]
id = "income-low-enough"
titles = { en = "i" }
provision = { document = "d", article = "3" }
[parameters.amount]
values = [{ from = 2020-01-01, value = "100.00", provision = { document = "d", article = "3" } }]
[parameters.income_max]
values = [{ from = 2020-01-01, value = "100.00", provision = { document = "d", article = "3" } }]
"#;
/// A rule of the county that reads what it inherits. It fails if it grants more than a grant may have.
const HEIR: &str = r#"
id = "benefit"
version = "1.0.0"
jurisdiction = "N-1"
service = "benefit"
extends = "HEIR"
in-force = { from = 2020-01-01 }
titles = { en = "Benefit of the county" }
[parameters.more]
values = [{ from = 2020-01-01, value = "MORE" }]
"#;

fn rulebook(folder: &Path, fact: &str, regime: &Regime) -> PathBuf {
    let common = root().join("tests/scenarios/common-privacy");
    let text = |name: &str| std::fs::read_to_string(common.join(name)).unwrap();
    let facts = text("facts.toml")
        + r#"
[kids]
type = "list"
items-max = 3
titles = { en = "Children" }
category = "dpv-pd:Parent"
sensitivity = "personal"
[kids.fields.age]
type = "integer"
min = 0
max = 30
titles = { en = "Age" }
[kids.fields.at_school]
type = "bool"
titles = { en = "At school" }
"#;
    let service = text("services/benefit.toml").replace("\"income\"]", "\"income\", \"kids\"]");
    let guard = permitting(&(regime.law.replace("FACT", fact) + r#"{ fact = "kids", says = "permit" },"#));
    let heir = HEIR.replace("MORE", regime.more);
    let files = [
        ("facts.toml", facts.as_str()),
        ("services/benefit.toml", service.as_str()),
        ("N/guard/rule.toml", guard.as_str()),
        ("N/benefit/rule.toml", BENEFIT),
        ("N-1/benefit/rule.toml", heir.as_str()),
    ];
    write_and_build(folder, &files)
}

/// A way to ask: the endpoint, and the body without the secret. `facts` is where facts stand in it.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) path: &'static str,
    pub(super) facts: &'static str,
    pub(super) body: Value,
}

/// A body with these members, or without those that are `null`.
pub(super) fn with(body: &Value, more: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in more.as_object().unwrap() {
        let members = body.as_object_mut().unwrap();
        if value.is_null() {
            members.remove(name)
        } else {
            members.insert(name.clone(), value.clone())
        };
    }
    body
}

/// Each endpoint that takes facts, asked rightly.
fn endpoints() -> Vec<Way> {
    let way = |name: &str, path, facts, body| Way { name: name.to_owned(), path, facts, body };
    let case = json!({"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01", "facts": {}});
    let places = json!({"service": "benefit", "as_of": "2026-01-01", "facts": {}, "jurisdictions": ["N", "N-1"]});
    let children = with(&places, &json!({"jurisdictions": null, "children_of": "N"}));
    let question = with(&case, &json!({"service": null}));
    let disclosure = json!({"jurisdiction": "N-1", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
        "facts": ["age", "income", "resident", "kids", "born"], "values": {}});
    vec![
        way("official", "/v1/decisions", "facts", case.clone()),
        way("simulation", "/v1/decisions", "facts", with(&case, &json!({"mode": "simulation"}))),
        way("batch", "/v1/decisions/batch", "facts", case),
        way("questions", "/v1/services/benefit/questions", "facts", question),
        way("comparison", "/v1/comparisons", "facts", places),
        way("children", "/v1/comparisons", "facts", children),
        way("disclosure", "/v1/disclosures", "values", disclosure.clone()),
        way("trial", "/v1/disclosures", "values", with(&disclosure, &json!({"mode": "simulation"}))),
        way("undeclared", "/v1/disclosures", "values", with(&disclosure, &json!({"facts": ["born"]}))),
    ]
}

/// What is added to a request, right or wrong, so that every path to an error is taken.
fn additions() -> Vec<(&'static str, Value)> {
    let recipient = |kind: &str| json!({"kind": kind, "id": "bank"});
    vec![
        ("nothing", json!({})),
        ("a business", json!({"recipient": recipient("business"), "basis": "contract"})),
        ("a business without a basis", json!({"recipient": recipient("business")})),
        ("a recipient of no kind", json!({"recipient": recipient("spy")})),
        ("a sentence for a recipient", json!({"recipient": {"kind": "business", "id": "a b"}, "basis": "contract"})),
        ("an auditor", json!({"recipient": recipient("auditor")})),
        ("a consent", json!({"basis": {"consent": {"facts": ["age", "income"], "separate": ["age"]}}})),
        ("a consent to no fact", json!({"basis": {"consent": {"facts": ["nothing"]}}})),
        ("a consent beyond itself", json!({"basis": {"consent": {"facts": [], "separate": ["age"]}}})),
        ("a basis that is none", json!({"basis": "whim"})),
        ("a guardian", json!({"subject": {"guardian_consents": true, "lacks_capacity": false}})),
        ("a person that is none", json!({"subject": {"guardian_consents": "yes"}})),
        ("a place that is none", json!({"jurisdiction": "N-9"})),
        ("a place that is no code", json!({"jurisdiction": "n"})),
        ("a service that is none", json!({"service": "nothing"})),
        ("a day that is none", json!({"as_of": "2026-02-30"})),
        ("a day before the law", json!({"as_of": "1950-01-01"})),
        ("what was known before", json!({"known_at": "2019-01-01"})),
        ("another day of processing", json!({"processed_on": "2021-01-01"})),
        ("a mode that is none", json!({"mode": "real"})),
        ("a revision that is none", json!({"mode": "simulation", "rulebook": format!("sha256:{}", "0".repeat(64))})),
        ("a member that is none", json!({"wish": 1})),
    ]
}

/// Other facts beside the secret: right, wrong, unknown to the catalogue.
fn others(secret: &str) -> Vec<(&'static str, Value)> {
    let mut all = json!({"age": 30, "income": "50", "resident": true, "kids": []});
    all.as_object_mut().unwrap().remove(secret);
    let wrong = if secret == "resident" { json!({"age": "x"}) } else { json!({"resident": "x"}) };
    vec![
        ("alone", json!({})),
        ("with the others", all.clone()),
        ("with a wrong one", with(&all, &wrong)),
        ("with an unknown one", with(&all, &json!({"nothing": 1}))),
    ]
}

/// An answer without what differs from request to request: ids, and the time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
    length: usize,
}

pub(super) fn ask(agent: &ureq::Agent, server: &Server, way: &Way, body: &Value) -> Answer {
    let media_type = if way.path.ends_with("batch") { "application/x-ndjson" } else { "application/json" };
    let request = agent.post(format!("{}{}", server.address, way.path)).header("content-type", media_type);
    let mut response = request.send(body.to_string()).unwrap();
    let varying = ["date", "x-request-id", "traceparent"];
    let headers = response.headers().iter().filter(|(name, _)| !varying.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let status = response.status().as_u16();
    let text = response.body_mut().read_to_string().unwrap();
    let mut json: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: status {status} of {} with {headers:?}: {text}", way.path));
    let decision = if json["decision"].is_object() { &mut json["decision"] } else { &mut json };
    if decision["id"].is_string() {
        decision["id"] = json!("ID");
    }
    Answer { status, headers, body: json.to_string(), length: text.len() }
}

/// The outcome that an answer tells: of a decision, of a line of a batch, of each place that is compared. It may rest
/// on a hidden fact: who may be told that a case is refused may be told that.
fn outcome_of(answer: &Answer) -> String {
    let json: Value = serde_json::from_str(&answer.body).unwrap();
    let one = |json: &Value| format!("{} {}", json["outcome"], json["reason"]);
    let decision = if json["decision"].is_object() { &json["decision"] } else { &json };
    let places = json["places"].as_array().into_iter().flatten();
    places.map(one).fold(one(decision), |all, place| format!("{all}, {place}"))
}

/// The answers to a request with each of these values of the secret; all must be one, but for those of other outcomes
/// where the law lets rules use the fact.
pub(super) fn differences(
    ask: impl Fn(&Value) -> Answer,
    way: &Way,
    secret: &str,
    values: &[Value],
    may_decide: bool,
) -> Vec<String> {
    let mut told: BTreeMap<String, BTreeSet<Answer>> = BTreeMap::new();
    let mut statuses = BTreeSet::new();
    for value in values {
        let mut body = way.body.clone();
        body[way.facts] = with(&body[way.facts], &json!({secret: value}));
        let answer = ask(&body);
        statuses.insert(answer.status);
        let outcome = if may_decide { outcome_of(&answer) } else { String::new() };
        told.entry(outcome).or_default().insert(answer);
    }
    let mut found = Vec::new();
    if statuses.len() > 1 {
        found.push(format!("{}: `{secret}` decides the status: {statuses:?}", way.name));
    }
    for answers in told.values().filter(|answers| answers.len() > 1) {
        let shown: Vec<String> = answers.iter().take(2).map(|answer| format!("{answer:?}")).collect();
        found.push(format!("{}: `{secret}` decides the answer:\n  {}", way.name, shown.join("\n  ")));
    }
    found
}

/// Each endpoint with each addition and each set of other facts.
fn ways(secret: &str, additions: &[(&'static str, Value)]) -> Vec<Way> {
    let mut ways = Vec::new();
    for Way { name, path, facts, body } in endpoints() {
        for (added, more) in additions {
            // Wrong facts beside a wrong request tell nothing new.
            let beside = if more.as_object().is_some_and(Map::is_empty) { 4 } else { 2 };
            for (beside, others) in others(secret).into_iter().take(beside) {
                let mut body = with(&body, more);
                body[facts] = others;
                ways.push(Way { name: format!("{name}, {added}, {beside}"), path, facts, body });
            }
        }
    }
    ways
}

/// Asks in all ways under each regime for each secret.
fn assert_nothing_is_told(secrets: &[Secret], additions: &[(&'static str, Value)]) {
    let mut found = Vec::new();
    let mut asked = 0;
    for secret in secrets {
        for regime in &REGIMES {
            let folder = scratch();
            let settings = format!(
                "[decision-log]\npath = {:?}\nsync = false\n[batch]\nconcurrency = 64\n",
                folder.path().join("log.ndjson")
            );
            let agent = agent();
            let server = Server::start(&rulebook(folder.path(), secret.name, regime), &settings);
            for way in ways(secret.name, additions) {
                for values in secret.faulty.iter().chain([&secret.lawful]) {
                    asked += values.len();
                    let ask = |body: &Value| ask(&agent, &server, &way, body);
                    let told = differences(ask, &way, secret.name, values, regime.may_decide);
                    found.extend(told.into_iter().map(|told| format!("{}: {told}", regime.name)));
                }
            }
        }
    }
    assert!(asked > 1000, "{asked}");
    assert_none_tells(asked, &found);
}

/// Asserts that no request of so many told anything; `found` says what each did.
#[track_caller]
pub(super) fn assert_none_tells(asked: usize, found: &[String]) {
    assert!(
        found.is_empty(),
        "{} of {asked} requests tell something, such as\n{}",
        found.len(),
        found[..found.len().min(8)].join("\n")
    );
}

#[test]
fn no_answer_depends_on_the_value_of_a_fact_that_the_recipient_may_not_see() {
    assert_nothing_is_told(&secrets(), &additions());
}

/// Who claims an age band beside the facts asks whether the person is in it.
#[test]
fn a_claimed_age_band_asks_nothing_of_a_hidden_age() {
    let bands = ["under13", "age13", "age14", "age15", "age16to17", "adult"];
    let claims: Vec<(&'static str, Value)> =
        bands.into_iter().map(|band| (band, json!({"subject": {"age_band": band}}))).collect();
    let age: Vec<Secret> = secrets().into_iter().filter(|secret| secret.name == "age").collect();
    assert_nothing_is_told(&age, &claims);
}
