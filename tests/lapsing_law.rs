//! Law whose time ends while a host uses it: of an authority that lapses, is revoked, or publishes a bad rule
//! meanwhile; with the repositories gone and the disk in trouble.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::INDEX_FILE;
use ordinance_trust::{RepositoryEditor, SigningKey, Validity};
use serde_json::{Map, Value, json};

use crate::assertions::assert_contains;
use crate::country::{Country, PASSPHRASE};
use crate::receipts::{decide_with_receipt, host_of, list_log, verify};
use crate::support::{Server, until};

fn open_city(country: &Country) -> (RepositoryEditor, SigningKey) {
    let key = SigningKey::open(&country.path("keys/yt-publish"), PASSPHRASE.to_owned().into()).unwrap();
    (RepositoryEditor::open(&country.path("repositories/CN-3706")).unwrap(), key)
}

/// The city signs again what it published, so that it expires at a moment.
fn expire_city(country: &Country, moment: Timestamp) {
    let (mut city, key) = open_city(country);
    let validity = Validity { timestamp_days: 1, ..Validity::default() };
    city.publish(&[key], validity, moment - SignedDuration::from_hours(24)).unwrap();
}

fn authority(server: &Server, position: usize) -> Value {
    server.get("/v1/rules").json()["authorities"][position].clone()
}

fn level_of_city(server: &Server) -> Value {
    decide_with_receipt(server, 80)["layers"][2].clone()
}

/// Keeps the receipt where the second implementation checks it too, under this name.
#[track_caller]
fn assert_receipt_holds(reply: &Value, root: &Path, name: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("receipts-of-lapsed-law");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{name}.json"));
    fs::write(&path, reply["receipt"].to_string()).unwrap();
    fs::copy(root, folder.join(format!("{name}.root"))).unwrap();
    let (code, said) = verify(&path, root);
    assert_eq!(code, Some(0), "{said}");
}

/// The rule of the city, as the list of rules has it.
fn rule_of_city(server: &Server) -> Value {
    let rules = server.get("/v1/rules").json();
    rules["rules"].as_array().unwrap().iter().find(|rule| rule["jurisdiction"] == "CN-3706").unwrap().clone()
}

fn ready(server: &Server) -> Value {
    crate::support::get(&format!("{}/readyz?verbose", server.operations), "").json()
}

#[test]
fn law_that_lapses_while_the_host_runs_decides_nothing() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    assert_eq!(decide_with_receipt(&server, 80)["grant"]["amount"], "150.00");
    expire_city(&country, Timestamp::now());
    until(|| authority(&server, 2)["state"] == "lapsed");
    until(|| level_of_city(&server)["status"] == "failed");
    let lapsed = decide_with_receipt(&server, 80);
    // Under the floor the person keeps what the levels above grant.
    assert_eq!(lapsed["at_least"]["grant"]["amount"], "120.00", "{lapsed}");
    assert_contains(rule_of_city(&server)["reason"].as_str().unwrap(), "the publication of CN-3706 has lapsed");
    // A receipt of what was decided without it holds too.
    list_log(&country, &server);
    let root = country.path("repositories/CN/metadata/1.root.json");
    assert_receipt_holds(&decide_with_receipt(&server, 80), &root, "lapsed");
    country.good("ordinance trust refresh repositories/CN-3706 --key keys/yt-publish");
    until(|| decide_with_receipt(&server, 80)["grant"]["amount"] == "150.00");
}

#[test]
fn a_host_keeps_the_last_good_law_of_an_authority_and_says_why() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    let province = country.path("repositories/CN-37/metadata/timestamp.json");
    let good = fs::read_to_string(&province).unwrap();
    fs::write(&province, good.replace("\"sig\": \"", "\"sig\": \"00")).unwrap();
    let authority = || authority(&server, 1);
    until(|| authority()["state"] == "kept");
    assert_contains(authority()["reason"].as_str().unwrap(), "isn't signed by enough keys of the role `timestamp`");
    assert_eq!(ready(&server)["authorities"][1]["state"], "kept");
    let metrics = crate::support::get(&format!("{}/metrics", server.operations), "").text;
    assert_contains(&metrics, "ordinance_authorities{state=\"kept\"} 1");
    assert_eq!(decide_with_receipt(&server, 80)["grant"]["amount"], "150.00");
    fs::write(&province, good).unwrap();
    until(|| authority()["state"] == "current");
}

#[test]
fn law_lapses_though_the_repositories_are_gone_and_nothing_can_be_written() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    list_log(&country, &server);
    // In UTC with whole seconds, as metadata have it.
    let moment = Timestamp::from_second(Timestamp::now().as_second() + 8).unwrap();
    expire_city(&country, moment);
    until(|| authority(&server, 2)["expires"] == moment.to_string());
    let state = server.folder.path().join("trusted");
    fs::rename(country.path("repositories"), country.path("gone")).unwrap();
    fs::remove_dir_all(&state).unwrap();
    fs::write(&state, "in the way of the folder").unwrap();
    until(|| !ready(&server)["repositories_unread"].is_null());
    until(|| level_of_city(&server)["status"] == "failed");
    let lapsed = decide_with_receipt(&server, 80);
    assert_eq!(lapsed["layers"][1]["status"], "applied", "the levels above stay: {lapsed}");
    assert_contains(rule_of_city(&server)["reason"].as_str().unwrap(), "the publication of CN-3706 has lapsed");
    // The receipt says so, and holds.
    assert_receipt_holds(&lapsed, &country.path("gone/CN/metadata/1.root.json"), "unwritable");
    // Everything is there again, and the city signs.
    fs::remove_file(&state).unwrap();
    fs::rename(country.path("gone"), country.path("repositories")).unwrap();
    country.good("ordinance trust refresh repositories/CN-3706 --key keys/yt-publish");
    until(|| level_of_city(&server)["status"] == "applied");
    until(|| ready(&server)["repositories_unread"].is_null());
}

#[test]
fn a_revoked_authority_has_no_law_though_nothing_can_be_written() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    assert_eq!(level_of_city(&server)["status"], "applied");
    // No copy and no rulebook can be written any more.
    let state = server.folder.path().join("trusted");
    fs::remove_dir_all(&state).unwrap();
    fs::write(&state, "in the way of the folder").unwrap();
    let mut province = RepositoryEditor::open(&country.path("repositories/CN-37")).unwrap();
    let key = SigningKey::open(&country.path("keys/sd-publish"), PASSPHRASE.to_owned().into()).unwrap();
    province.remove_target("authorities/CN-3706/root.json");
    province.publish(&[key], Validity::default(), Timestamp::now()).unwrap();
    until(|| level_of_city(&server)["status"] == "failed");
    assert_contains(
        rule_of_city(&server)["reason"].as_str().unwrap(),
        "CN-3706, which published it, isn't delegated any longer",
    );
}

/// The province publishes a rule that can't run.
fn publish_bad_rule(country: &Country) {
    let folder = country.path("repositories/CN-37");
    let mut province = RepositoryEditor::open(&folder).unwrap();
    let key = SigningKey::open(&country.path("keys/sd-publish"), PASSPHRASE.to_owned().into()).unwrap();
    let digest = |name: &str| {
        let bytes: [u8; 32] = province.target(name).unwrap().hashes.sha256.to_vec().try_into().unwrap();
        Digest::new(bytes).hex()
    };
    let index = folder.join(format!("targets/{}.{INDEX_FILE}", digest(INDEX_FILE)));
    let mut index: Value = serde_json::from_slice(&fs::read(index).unwrap()).unwrap();
    let bad = sha256(b"no component");
    let rules: Vec<String> =
        province.target_names().filter(|name| name.starts_with("rules/")).map(str::to_owned).collect();
    for name in rules {
        province.remove_target(&name);
    }
    for rule in index["rules"].as_array_mut().unwrap() {
        rule["state"] = json!({"built": bad.hex()});
    }
    province.set_target(&format!("rules/CN-37/{}.wasm", bad.hex()), b"no component", Map::new()).unwrap();
    province.set_target(INDEX_FILE, index.to_string().as_bytes(), Map::new()).unwrap();
    province.publish(&[key], Validity::default(), Timestamp::now()).unwrap();
}

#[test]
fn a_lapse_lets_no_bad_rule_in_and_a_bad_rule_keeps_no_lapsed_law_in_use() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    assert_eq!(level_of_city(&server)["status"], "applied");
    publish_bad_rule(&country);
    expire_city(&country, Timestamp::now());
    until(|| level_of_city(&server)["status"] == "failed");
    until(|| ready(&server)["last_reload"]["outcome"] == "in-use-in-part");
    assert_contains(&ready(&server)["kept_rules"].to_string(), "CN-37/old-age-allowance: it can't run");
    let decided = decide_with_receipt(&server, 80);
    assert_eq!(decided["layers"][1]["status"], "applied", "the last good law of the province stays: {decided}");
    // The receipt shows who published what the host keeps.
    list_log(&country, &server);
    let root = country.path("repositories/CN/metadata/1.root.json");
    assert_receipt_holds(&decide_with_receipt(&server, 80), &root, "kept");
    // Another authority's new law comes into use meanwhile.
    country.good("ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish");
    country.good("ordinance trust refresh repositories/CN-3706 --key keys/yt-publish");
    until(|| level_of_city(&server)["status"] == "applied");
    until(|| ready(&server)["last_reload"]["outcome"] == "in-use");
}
