//! From three authorities that publish to a citizen's verified receipt, and what is no receipt: forged in each part,
//! of another log, by another root.

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_engine::digest::sha256;
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::country::Country;
use crate::forged_law::forged_of_a_lapsed_city;
use crate::forged_receipts::{altered, altered_receipts, forged_by_an_authority};
use crate::support::{Server, ordinance, run, scratch, text_of, until};

/// A host of the authorities' repositories.
pub(crate) fn host_of(country: &Country, settings: &str) -> Server {
    let folder = scratch();
    let config = folder.path().join("host.toml");
    let text = format!(
        "{settings}\n[rulebook]\nrepository = {:?}\nroot = {:?}\nstate = {:?}\nupdate-s = 1\n[decision-log]\npath = {:?}\n\
         name = \"decisions.test/1\"\n",
        country.path("repositories/CN"),
        country.path("repositories/CN/metadata/1.root.json"),
        folder.path().join("trusted"),
        folder.path().join("decisions.ndjson"),
    );
    fs::write(&config, text).unwrap();
    let mut command = ordinance();
    command.args(["serve", "--config", config.to_str().unwrap(), "--open-door"]);
    Server::spawn(command, folder)
}

/// Decides a case of 80 years in Yantai, and asks for a receipt.
pub(crate) fn decide_with_receipt(server: &Server, age: u32) -> Value {
    let request = json!({"jurisdiction": "CN-3706", "service": "old-age-allowance", "as_of": "2026-03-01",
        "facts": {"age": age}, "receipt": true});
    let reply = server.post("/v1/decisions", &request.to_string());
    reply.assert_status(200);
    reply.json()
}

/// Lists the log of a host in the nation's repository, as its operator asks for, and waits until the host has read it.
pub(crate) fn list_log(country: &Country, server: &Server) {
    let key = decide_with_receipt(server, 80)["receipt"]["log"]["key"].as_str().unwrap().to_owned();
    country.good(&format!("ordinance trust log '{key}' --to repositories/CN --key keys/cn-publish"));
    // The host may be reading the repositories by itself at the moment.
    until(|| {
        let posted = crate::support::agent().post(format!("{}/admin/reload", server.operations)).send_empty();
        posted.unwrap().status() == 200
    });
}

pub(crate) fn verify(receipt: &Path, root: &Path) -> (Option<i32>, String) {
    let verified = run(&["receipt", "verify", receipt.to_str().unwrap(), "--trust", root.to_str().unwrap()]);
    (verified.status.code(), text_of(&verified))
}

#[test]
fn a_citizen_verifies_a_receipt_with_the_root_alone_and_the_answer_says_who_published_the_law() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    list_log(&country, &server);
    let reply = decide_with_receipt(&server, 80);
    assert_eq!(reply["grant"], json!({"amount": "150.00"}));
    let publishers: Vec<&Value> =
        reply["layers"].as_array().unwrap().iter().map(|layer| &layer["published_by"]).collect();
    assert_eq!(publishers[0]["authority"], "CN");
    assert_eq!(publishers[2]["authority"], "CN-3706");
    assert_eq!(publishers[2]["approved_by"][0]["authority"], "CN-37");
    let record = server.decision_log().pop().unwrap();
    assert_eq!(record["layers"][2]["published_by"]["authority"], "CN-3706");
    assert!(record["commitment"].as_str().unwrap().starts_with("sha256:"));
    // The host keeps neither the facts nor the salt.
    let kept = fs::read_to_string(server.folder.path().join("decisions.ndjson")).unwrap();
    assert_lacks(&kept, reply["receipt"]["salt"].as_str().unwrap());
    drop(server);

    let elsewhere = scratch();
    let (receipt, root) = (elsewhere.path().join("receipt.json"), elsewhere.path().join("root.json"));
    fs::write(&receipt, reply.to_string()).unwrap();
    fs::copy(country.path("repositories/CN/metadata/1.root.json"), &root).unwrap();
    drop(country);
    let (code, said) = verify(&receipt, &root);
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "the receipt holds\n",
        "  Service: Old-age allowance (old-age-allowance)\n  Place: Yantai (CN-3706)\n  For the day: 1 March 2026\n",
        "  Outcome: eligible\n  Granted: Monthly amount: 150.00 yuan a month\n",
        "\nFacts it was decided on\n  Age: 80 years\n",
        ", Asia/Shanghai (UTC+8)\n",
        "    Rule: Old-age allowance of China (old-age-allowance@1.0.0)\n    Published: the nation (CN), ",
        "    Published: Yantai (CN-3706), ",
        "    Approved: Shandong (CN-37), ",
        "  Log: decisions.test/1\n  Number in the log: 1\n",
        "  Trusted root: the nation (CN), version 1, signed by 2 of the keys ",
    ] {
        assert_contains(&said, line);
    }
}

#[test]
fn a_receipt_is_handed_out_once_and_of_official_decisions_alone() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    let body = json!({"jurisdiction": "CN-3706", "service": "old-age-allowance", "as_of": "2026-03-01",
        "facts": {"age": 80}, "receipt": true, "explain": "none"});
    let key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
    let send = || {
        let request = crate::support::agent().post(format!("{}/v1/decisions", server.address));
        let request = request.header("content-type", "application/json").header("idempotency-key", key);
        crate::support::Reply::read(request.send(body.to_string())).json()
    };
    let (first, again) = (send(), send());
    assert_eq!(first["id"], again["id"]);
    assert_eq!(first["receipt"]["id"], first["id"]);
    assert_eq!(again.get("receipt"), None, "the host kept a receipt");
    let simulated = json!({"mode": "simulation", "receipt": true, "jurisdiction": "CN-3706", "service": "old-age-allowance",
        "as_of": "2026-03-01", "facts": {"age": 80}});
    let refused = server.post("/v1/decisions", &simulated.to_string());
    refused.assert_problem(422, "unprocessable-request");
    assert_contains(&refused.text, "a simulation leaves no record");
    let wrong = body.to_string().replace("\"receipt\":true", "\"receipt\":\"yes\"");
    server.post("/v1/decisions", &wrong).assert_problem(400, "invalid-request");
    let unsigned = Server::start(&country.path("yantai/target/rulebook"), "[decision-log]\npath = \"/dev/null\"\n");
    let refused = unsigned.post("/v1/decisions", &body.to_string());
    refused.assert_problem(422, "unprocessable-request");
    assert_contains(&refused.text, "its decision log is no regular file");
}

/// Every way to forge the reply around a receipt that the test knows, with a word of the reason.
fn forged_replies(reply: &Value) -> Vec<(&'static str, String, &'static str)> {
    let set = |member: &str, value: Value| {
        let mut forged = reply.clone();
        *forged.pointer_mut(member).unwrap() = value;
        forged.to_string()
    };
    let mut less = reply.clone();
    less["layers"][2].as_object_mut().unwrap().remove("violations").unwrap();
    let mut more = reply.clone();
    more["note"] = json!("pay within a week to 6222 0200 0000 0000");
    vec![
        ("reply-outcome", set("/outcome", json!("ineligible")), "outcome (/outcome) is \"ineligible\" in the reply"),
        ("reply-grant", set("/grant/amount", json!("950.00")), "grant, amount (/grant/amount) is \"950.00\""),
        ("reply-finding", set("/layers/2/findings/0/satisfied", json!(false)), "level Yantai (CN-3706), criterion"),
        ("reply-without-a-member", less.to_string(), "violations"),
        ("reply-with-a-member-more", more.to_string(), "note (/note)"),
        ("reply-with-two-outcomes", reply.to_string().replacen('{', "{\"outcome\":\"ineligible\",", 1), "twice"),
    ]
}

/// The folder of receipts that the second implementation checks too: `tests/verify_receipt.sh` runs it.
fn shared_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("receipts");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("forged")).unwrap();
    folder
}

#[test]
fn a_receipt_that_was_forged_in_any_part_doesnt_hold() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    list_log(&country, &server);
    let reply = decide_with_receipt(&server, 80);
    let (first, second) = (reply["receipt"].clone(), decide_with_receipt(&server, 90)["receipt"].clone());
    let folder = shared_folder();
    let root = folder.join("root.json");
    fs::copy(country.path("repositories/CN/metadata/1.root.json"), &root).unwrap();
    let good = folder.join("receipt.json");
    fs::write(&good, first.to_string()).unwrap();
    let (code, said) = verify(&good, &root);
    assert_eq!(code, Some(0), "{said}");
    let (own_log, mut forged) = forged_by_an_authority(&country, &first);
    let listed = folder.join("listed.json");
    fs::write(&listed, own_log.to_string()).unwrap();
    let (code, said) = verify(&listed, &root);
    assert_eq!(code, Some(0), "what the authority of a place says of its own place holds: {said}");
    let (of_lapsed, forged_of_lapsed) = forged_of_a_lapsed_city(&country, &first);
    let lapsed = folder.join("lapsed.json");
    fs::write(&lapsed, of_lapsed.to_string()).unwrap();
    let (code, said) = verify(&lapsed, &root);
    assert_eq!(code, Some(0), "a level whose authority's word has lapsed has failed: {said}");
    forged.extend(forged_of_lapsed);
    forged.extend(altered_receipts(&first, &second));
    let forged = forged.into_iter().map(|(name, forged, reason)| (name, forged.to_string(), reason));
    for (name, forged, reason) in forged.chain(forged_replies(&reply)) {
        let path = folder.join("forged").join(format!("{name}.json"));
        fs::write(&path, forged).unwrap();
        let (code, said) = verify(&path, &root);
        assert_ne!(code, Some(0), "{name}: {said}");
        assert_contains(&said, reason);
    }
}

#[test]
fn what_has_no_end_is_refused_as_a_receipt_and_as_a_root() {
    let folder = scratch();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let receipt = crate::support::root().join("tests/data/receipts/receipt.json");
    for (receipt, root) in [("/dev/zero".as_ref(), &*receipt), (&*pipe, &receipt), (&receipt, "/dev/zero".as_ref())] {
        let (code, said) = verify(receipt, root);
        assert_eq!(code, Some(2), "{said}");
        assert_contains(&said, "is no regular file");
    }
    let large = folder.path().join("large.json");
    fs::File::create(&large).unwrap().set_len((64 << 20) + 1).unwrap();
    let (code, said) = verify(&large, &receipt);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "has more than 64 MiB");
}

#[test]
fn the_test_vector_of_the_guide_holds_with_the_values_that_the_guide_says() {
    let folder = crate::support::root().join("tests/data/receipts");
    let (code, said) = verify(&folder.join("receipt.json"), &folder.join("root.json"));
    assert_eq!(code, Some(0), "{said}");
    let guide = fs::read_to_string(crate::support::root().join("host/README.md")).unwrap();
    let receipt: Value = serde_json::from_slice(&fs::read(folder.join("receipt.json")).unwrap()).unwrap();
    let text = |member: &str| receipt[member].as_str().unwrap().to_owned();
    let leaf: Value = serde_json::from_str(&text("leaf")).unwrap();
    let hash = |bytes: &[u8]| sha256(bytes).hex();
    for value in [
        hash(text("request").as_bytes()),
        hash(text("answer").as_bytes()),
        text("salt"),
        leaf["commitment"].as_str().unwrap().to_owned(),
        hash(&[&[0], text("leaf").as_bytes()].concat()),
    ] {
        assert_contains(&guide, &format!("`{value}`"));
    }
}

#[test]
fn a_receipt_of_a_log_that_nobody_lists_or_by_another_root_doesnt_hold() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    let folder = scratch();
    let (path, root) = (folder.path().join("receipt.json"), country.path("repositories/CN/metadata/1.root.json"));
    let receipt = decide_with_receipt(&server, 80);
    fs::write(&path, receipt.to_string()).unwrap();
    let (code, said) = verify(&path, &root);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "no authority of the place or above it lists the log `decisions.test/1`");
    // Who trusts the log by its key can check the log alone.
    let key = receipt["receipt"]["log"]["key"].as_str().unwrap();
    let by_key = run(&["receipt", "verify", path.to_str().unwrap(), "--log-key", key]);
    assert!(by_key.status.success(), "{}", text_of(&by_key));
    assert_contains(&text_of(&by_key), "who published the law wasn't checked");
    let province = country.path("repositories/CN-37/metadata/1.root.json");
    let (code, said) = verify(&path, &province);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "the root is of CN-37, which CN delegates; check the receipt with the root of the top");
}

#[test]
fn a_receipt_is_decided_again_by_the_rulebook_that_decided_it_though_the_law_has_changed() {
    let country = Country::that_publishes();
    let server = host_of(&country, "");
    let folder = scratch();
    let path = folder.path().join("receipt.json");
    let reply = decide_with_receipt(&server, 80);
    fs::write(&path, reply.to_string()).unwrap();
    // Shandong pays more from now on.
    crate::support::edit(&country.path("shandong/CN-37/old-age-allowance/rule.toml"), "120.00", "130.00");
    crate::support::edit(&country.path("shandong/CN-37/old-age-allowance/cases/ages.toml"), "120.00", "130.00");
    country.good("ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish");
    let replay = |path: &Path| {
        let top = country.path("repositories/CN");
        let root = country.path("repositories/CN/metadata/1.root.json");
        let words = ["replay", path.to_str().unwrap(), "--repository", top.to_str().unwrap(), "--trust"];
        let ran = run(&[&words[..], &[root.to_str().unwrap()]].concat());
        (ran.status.code(), text_of(&ran))
    };
    let (code, said) = replay(&path);
    assert_eq!(code, Some(0), "{said}");
    assert_contains(
        &said,
        "the same answer: eligible for Old-age allowance (`old-age-allowance`) in Yantai (`CN-3706`) on 2026-03-01",
    );
    let forged = altered(&reply["receipt"], "/answer", "150.00", "950.00");
    fs::write(&path, forged.to_string()).unwrap();
    let (code, said) = replay(&path);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "grant, amount (/grant/amount): the receipt has \"950.00\", decided again \"150.00\"");
    // Another rulebook decides otherwise, and the folder isn't the one of the receipt.
    let other = country.path("yantai/target/rulebook");
    let ran = run(&["replay", path.to_str().unwrap(), "--rulebook", other.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(2), "{}", text_of(&ran));
    assert_contains(&text_of(&ran), "is the rulebook sha256:");
}
