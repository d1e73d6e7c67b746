//! Secrets planted in facts: none shows where it doesn't belong, in the host's words, files and settings, or in the
//! memory of a rule whose type doesn't declare it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RequestedLimits;
use ordinance_domain::minimise::minimise;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_sandbox::{Arguments, CompiledEligibilityRule, Sandbox, SandboxConfig};
use serde_json::{Value as Json, json};

use crate::hostile_guests::Guest;
use crate::support::{Reply, Server, agent, get, plugins_rulebook};

/// How many requests of each kind are sent.
const ROUNDS: usize = 250;

/// Secrets as if drawn by lot, the same each time.
struct Secrets {
    state: u64,
    all: Vec<String>,
}

impl Secrets {
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.state >> 16
    }

    fn text(&mut self) -> String {
        let secret = format!("Geheim{:012x}", self.draw());
        self.all.push(secret.clone());
        secret
    }

    /// An amount with seven digits that nothing else has.
    fn amount(&mut self, most: u64) -> String {
        let (whole, part) = (most / 2 + self.draw() % (most / 2), 11 + self.draw() % 88);
        let secret = format!("{whole}.{part}");
        self.all.push(secret.clone());
        secret
    }
}

/// A secret as it is, and in the encodings that a careless program writes.
fn encodings(secret: &str) -> Vec<String> {
    let mut hex = String::new();
    let mut percent = String::new();
    let mut list = String::new();
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        write!(percent, "%{byte:02X}").unwrap();
        write!(list, "{byte}, ").unwrap();
    }
    vec![secret.to_owned(), hex.clone(), hex.to_uppercase(), percent, base64(secret.as_bytes()), list]
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // Only whole groups of three: the end differs by what follows.
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[bits >> shift & 63]))
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

const FACTS: [&str; 12] = [
    "has_disability_certificate",
    "disability_grade",
    "disability_kind",
    "work_injury_care_payment",
    "destitute_support",
    "household_scheme",
    "household_income_per_person",
    "has_fixed_income",
    "has_work",
    "age",
    "local_dibao_standard",
    "draws_other_allowance",
];

/// A body that is in order, with the secret amounts that its facts can hold.
fn good(secrets: &mut Secrets) -> Json {
    json!({"jurisdiction": "CN-350102", "service": "disability-living-subsidy", "as_of": "2026-01-01", "facts": {
        "disability_grade": 1, "household_income_per_person": secrets.amount(900_000),
        "local_dibao_standard": secrets.amount(90_000), "age": 40}})
}

/// A body whose every fact holds a secret that doesn't fit, and a fact that is named by one.
fn bad(secrets: &mut Secrets) -> Json {
    let mut facts: serde_json::Map<String, Json> =
        FACTS.iter().map(|name| ((*name).to_owned(), json!(secrets.text()))).collect();
    facts.insert("age".to_owned(), json!([secrets.text()]));
    facts.insert("has_work".to_owned(), json!({"a": secrets.text()}));
    json!({"jurisdiction": "CN-350102", "service": "disability-living-subsidy", "as_of": "2026-01-01", "facts": facts})
}

/// Requests of each kind; the answers that must not show any secret.
fn send_all(server: &Server, secrets: &mut Secrets) -> Vec<Reply> {
    let mut replies = Vec::new();
    for _ in 0..ROUNDS {
        let (good, bad) = (good(secrets), bad(secrets));
        replies.push(server.post("/v1/decisions", &good.to_string()));
        replies.push(server.post("/v1/decisions", &bad.to_string()));
        replies.push(server.post("/v1/decisions", bad.to_string().trim_end_matches('}')));
        let compared = json!({"service": good["service"], "as_of": "2026-01-01", "facts": good["facts"],
            "jurisdictions": ["CN-35", "CN-33"]});
        replies.push(server.post("/v1/comparisons", &compared.to_string()));
        let asked = json!({"jurisdiction": "CN-35", "as_of": "2026-01-01", "facts": bad["facts"]});
        replies.push(server.post("/v1/services/disability-living-subsidy/questions", &asked.to_string()));
        let disclosed = |values: &Json| json!({"jurisdiction": "CN-35", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty", "values": values});
        replies.push(server.post("/v1/disclosures", &disclosed(&bad["facts"]).to_string()));
        // Values that are in order come back to who may have them, and to nobody else.
        server.post("/v1/disclosures", &disclosed(&good["facts"]).to_string());
        let authzen = json!({"subject": {"type": "public-body", "id": "office"}, "action": {"name": secrets.text()},
            "resource": {"type": "fact", "id": secrets.text(), "properties": {"jurisdiction": "CN-35"}},
            "context": {"basis": secrets.text(), "value": secrets.text()}});
        replies.push(server.post("/access/v1/evaluation", &authzen.to_string()));
        let lines = format!("{good}\n{bad}\n{{\"facts\":{:?}\n", secrets.text());
        let batch = agent().post(format!("{}/v1/decisions/batch", server.address));
        replies.push(Reply::read(batch.header("content-type", "application/x-ndjson").send(lines)));
    }
    replies
}

/// Every file below a folder, as text.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
}

#[test]
fn no_secret_of_a_fact_shows_in_what_the_host_says_writes_or_leaves() {
    let cache = crate::support::scratch();
    let folder = cache.path().join("code");
    let settings = format!("[log]\nlevel = \"trace\"\nformat = \"json\"\n[rules]\ncode-cache = {folder:?}\n");
    let server = Server::start(plugins_rulebook(), &settings);
    let mut secrets = Secrets { state: 20_260_101, all: Vec::new() };
    let replies = send_all(&server, &mut secrets);
    assert!(replies.len() >= 8 * ROUNDS);
    assert!(secrets.all.len() >= 15 * ROUNDS);
    let said_200 = replies.iter().filter(|reply| reply.status == 200).count();
    assert!(said_200 > 2 * ROUNDS, "{said_200} good answers");
    assert!(said_200 < replies.len() - 3 * ROUNDS, "{said_200} good answers");

    let mut places: Vec<(String, String)> = vec![
        ("the log".to_owned(), server.said()),
        ("the metrics".to_owned(), get(&format!("{}/metrics", server.operations), "").text),
        ("an answer".to_owned(), replies.iter().map(|reply| reply.text.as_str()).collect()),
    ];
    files(server.folder.path(), &mut places);
    files(&folder, &mut places);
    assert!(places.len() > 10);
    assert!(places.iter().any(|(name, _)| name.ends_with("decisions.ndjson")));
    for secret in &secrets.all {
        for encoding in encodings(secret) {
            for (place, text) in &places {
                assert!(!text.contains(&encoding), "{place} shows {encoding}");
            }
        }
    }
}

#[test]
fn a_host_that_crashes_leaves_no_memory_behind() {
    let server = Server::start(plugins_rulebook(), "");
    let limits = fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let numbers: Vec<&str> = core.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
    assert_eq!(numbers, ["0", "0"], "{core}");
}

/// What is planted: eight bytes that stand in no code of the guests' memory.
const PLANTED: i64 = 0x5eed_cafe_f00d_1234;

/// Facts of somebody: all that a rule could be told, with what is planted in each.
fn planted(number: i64) -> Facts {
    let name = |text: &str| FieldName::new(text).unwrap();
    Facts(vec![
        (name("n"), Value::Integer(7)),
        (name("note"), Value::Text(format!("{number} SECRETTEXT SECRETTEXT"))),
        (name("units"), Value::Integer(PLANTED)),
    ])
}

/// A rule that declares the secrets, and so has them in its memory.
fn knowing_rule() -> Vec<u8> {
    wat::parse_str(
        r#"(component
          (core module $m
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
            (func (export "determine") (param i32 i32 i64) (result i32)
              (i64.store (i32.const 40000) (local.get 2))
              (i64.store (i32.const 60000) (local.get 2))
              (i32.store8 (i32.const 1024) (i32.const 1)) (i32.const 1024)))
          (core instance $i (instantiate $m))
          (type $finding_type (record (field "criterion" string) (field "satisfied" (option bool))))
          (export $finding "finding" (type $finding_type))
          (type $determination_type (variant (case "eligible") (case "ineligible") (case "undetermined")))
          (export $determination "determination" (type $determination_type))
          (type $answer_type (record (field "determination" $determination) (field "findings" (list $finding))))
          (export $answer "answer" (type $answer_type))
          (type $applicant_type (record (field "note" string) (field "units" s64)))
          (export $applicant "applicant" (type $applicant_type))
          (func $determine (param "applicant" $applicant) (result $answer)
            (canon lift (core func $i "determine") (memory $i "memory") (realloc (func $i "realloc"))))
          (export "determine" (func $determine)))"#,
    )
    .unwrap()
}

/// A rule that grows its memory as far as it may and looks for the secrets in all of it: `ineligible` if there is none.
fn searching_rule(data: &str) -> Vec<u8> {
    let text = i64::from_le_bytes(*b"SECRETTE");
    let guest = Guest {
        memory: "1 8",
        data: data.to_owned(),
        ..Guest::with_body(format!(
            "(local $at i32) (local $end i32) (local $found i32)
             (drop (memory.grow (i32.const 3)))
             (local.set $end (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 8)))
             (block $done (loop $next
               (br_if $done (i32.gt_u (local.get $at) (local.get $end)))
               (if (i64.eq (i64.load align=1 (local.get $at)) (i64.const {PLANTED})) (then (local.set $found (i32.const 1))))
               (if (i64.eq (i64.load align=1 (local.get $at)) (i64.const {text})) (then (local.set $found (i32.const 1))))
               (local.set $at (i32.add (local.get $at) (i32.const 1)))
               (br $next)))
             (i32.store8 (i32.const 1024) (i32.add (i32.const 1) (local.get $found)))
             (i32.const 1024)"
        ))
    };
    guest.component()
}

/// What is planted, as data of the rule's own.
fn planted_data() -> String {
    let escaped: String = PLANTED.to_le_bytes().iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!("(data (i32.const 30000) \"{escaped}\")")
}

fn ask(rule: &CompiledEligibilityRule, facts: &Facts) -> &'static str {
    let report = rule.call(&Arguments {
        as_of: "2026-01-01".parse().unwrap(),
        applicant: &minimise(rule.rule_type(), facts).unwrap(),
        parameters: &vec![],
        inherited: None,
        jurisdiction: &JurisdictionCode::new("XX").unwrap(),
    });
    report.result.unwrap_or_else(|failed| panic!("{failed:?}")).determination.as_str()
}

#[test]
fn what_a_rule_does_not_declare_never_enters_its_memory_also_after_a_million_others() {
    const OTHERS: i64 = 1_000_000;
    let mut config = SandboxConfig { slots: 1, ..SandboxConfig::default() };
    config.limits.fuel = 20_000_000;
    config.limits.deadline_ms = 60_000;
    let sandbox = Sandbox::new(config).unwrap();
    let check = |bytes: &[u8]| sandbox.compile_rule(bytes, RequestedLimits::default()).unwrap();
    let (knowing, searching) = (check(&knowing_rule()), check(&searching_rule("")));
    assert_eq!(ask(&searching, &planted(0)), "ineligible");
    for number in 1..=OTHERS {
        assert_eq!(ask(&knowing, &planted(number)), "ineligible");
        if number % (OTHERS / 20) == 0 || number < 4 {
            assert_eq!(ask(&searching, &planted(number)), "ineligible", "after {number} others");
        }
    }
    // The search does find what is there: a rule that is told the secret finds it.
    let with_secret = searching_rule(&planted_data());
    assert_eq!(ask(&check(&with_secret), &planted(1)), "undetermined");
}
