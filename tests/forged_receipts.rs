//! Receipts that somebody forged: of which a part was altered, and such as an authority or an operator that means harm
//! makes with keys and a log of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::INDEX_FILE;
use ordinance_log::{Checkpoint, LogKey, LogName, TreeHead, leaf_hash};
use ordinance_trust::{Authority, RepositoryEditor, RepositoryPlan, SigningKey, Validity};
use serde_json::{Map, Value, json};

use crate::assertions::assert_contains;
use crate::country::{Country, PASSPHRASE};
use crate::forged_law::forged_law;
use crate::forged_spellings::forged_spellings;

/// A name, the receipt, and a word of the reason for which it doesn't hold.
pub(crate) type Forgery = (&'static str, Value, &'static str);

/// Alters one text of a receipt, which must hold it.
pub(crate) fn altered(receipt: &Value, member: &str, from: &str, to: &str) -> Value {
    let mut forged = receipt.clone();
    let text = forged.pointer_mut(member).unwrap();
    let before = text.as_str().unwrap().to_owned();
    assert_contains(&before, from);
    *text = json!(before.replacen(from, to, 1));
    forged
}

/// A receipt whose record and answer name no level.
fn without_levels(receipt: &Value) -> Value {
    let mut forged = receipt.clone();
    for part in ["answer", "leaf"] {
        let mut text: Value = serde_json::from_str(forged[part].as_str().unwrap()).unwrap();
        text["layers"] = json!([]);
        forged[part] = json!(text.to_string());
    }
    forged
}

/// Receipts of which a part was altered or taken from another.
pub(crate) fn altered_receipts(receipt: &Value, other: &Value) -> Vec<Forgery> {
    let set = |member: &str, value: Value| replaced(receipt, member, value);
    let index = receipt["log"]["index"].as_u64().unwrap();
    let mut forged = vec![
        ("request", altered(receipt, "/request", "\"age\":80", "\"age\":81"), "commits to another request"),
        ("answer", altered(receipt, "/answer", "150.00", "950.00"), "commits to another request"),
        ("salt", set("/salt", other["salt"].clone()), "commits to another request"),
        ("short-salt", set("/salt", json!("AAAA")), "its salt hasn't 32 bytes"),
        ("leaf", altered(receipt, "/leaf", "\"caller\":\"open-door\"", "\"caller\":\"open-dook\""), "isn't in the log"),
        ("leaf-of-another", set("/leaf", other["leaf"].clone()), "contradicts its leaf"),
        (
            "levels-of-the-answer",
            altered(receipt, "/answer", "\"authority\":\"CN-3706\"", "\"authority\":\"CN-37\""),
            "`layers`",
        ),
        (
            "place",
            altered(receipt, "/request", "\"jurisdiction\":\"CN-3706\"", "\"jurisdiction\":\"CN-44\""),
            "`jurisdiction`",
        ),
        ("mode", altered(receipt, "/answer", "\"mode\":\"official\"", "\"mode\":\"simulation\""), "`mode`"),
        ("time", altered(receipt, "/leaf", "\"time\":\"20", "\"time\":\"19"), "`time`"),
        ("no-levels", without_levels(receipt), "`layers`"),
        ("id", set("/id", other["id"].clone()), "contradicts its leaf"),
        ("index", set("/log/index", json!(index + 1)), "contradicts its leaf"),
        ("proof", set("/log/proof", json!([])), "isn't in the log"),
        (
            "checkpoint",
            altered(receipt, "/log/checkpoint", "decisions.test/1\n", "decisions.test/2\n"),
            "decisions.test",
        ),
        ("checkpoint-of-another", set("/log/checkpoint", json!("")), "isn't written as a checkpoint"),
        ("key", altered(receipt, "/log/key", "decisions.test/1", "decisions.test/2"), "key"),
        ("id-in-upper-case", set("/id", json!(receipt["id"].as_str().unwrap().to_uppercase())), "in lower case"),
        ("format", set("/format", json!("ordinance-receipt/1")), "ordinance-receipt/1"),
    ];
    forged.extend(altered_publications(receipt));
    forged
}

fn replaced(receipt: &Value, member: &str, value: Value) -> Value {
    let mut forged = receipt.clone();
    *forged.pointer_mut(member).unwrap() = value;
    forged
}

/// Receipts whose proof of publication was altered.
fn altered_publications(receipt: &Value) -> Vec<Forgery> {
    let removed = |object: &str, member: &str| {
        let mut forged = receipt.clone();
        forged.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(member).unwrap();
        forged
    };
    vec![
        ("publication", removed("", "publication"), "nobody signed the law"),
        ("rulebook", altered(receipt, "/publication/index", "1.0.0", "1.0.1"), "isn't that of the rulebook"),
        (
            "definition",
            altered(receipt, "/publication/definitions/rulebook.toml", "parent = \"CN-37\"", "parent = \"CN-44\""),
            "no authority that may published `rulebook.toml`",
        ),
        ("no-definition", removed("/publication/definitions", "services/old-age-allowance.toml"), "definition"),
        ("metadata-of-the-city", removed("/publication/metadata", "CN-3706"), "published"),
        (
            "metadata-of-the-province",
            removed("/publication/metadata", "CN-37"),
            "nobody whose metadata are there delegates",
        ),
        ("timestamp", removed("/publication/metadata/CN", "timestamp.json"), "timestamp.json"),
        ("index-of-the-city", removed("/publication/metadata/CN-3706", "index.json"), "index.json"),
        (
            "index-that-the-city-didnt-sign",
            altered(receipt, "/publication/metadata/CN-3706/index.json", "1.0.0", "1.0.1"),
            "index.json",
        ),
        (
            "signature",
            altered(receipt, "/publication/metadata/CN-3706/timestamp.json", "\"sig\": \"", "\"sig\": \"00"),
            "isn't signed by enough keys",
        ),
        (
            "metadata-of-another-type",
            altered(receipt, "/publication/metadata/CN/timestamp.json", "\"timestamp\"", "\"snapshot\""),
            "its `_type` isn't `timestamp`",
        ),
        (
            "metadata-with-a-member-twice",
            altered(receipt, "/publication/metadata/CN/timestamp.json", "{", "{\"signatures\": [],"),
            "stands in an object twice",
        ),
    ]
}

/// What is written into a log that nobody but its owner controls.
#[derive(Clone, Copy)]
pub(crate) struct OwnLog<'c> {
    pub(crate) country: &'c Country,
    pub(crate) key: &'c LogKey,
    pub(crate) receipt: &'c Value,
    /// How the text of a part, which it names, is altered before it is hashed.
    pub(crate) rewrite: &'c dyn Fn(&str, String) -> String,
}

impl OwnLog<'_> {
    /// The receipt with an altered leaf, answer and request, the index of another rulebook if there is one, and the
    /// metadata of some authorities as their repositories have them; the log holds the leaf.
    pub(crate) fn write(&self, places: &[&str], index: Option<&str>, alter: impl Fn(&mut [Value; 3])) -> Value {
        let mut forged = self.receipt.clone();
        let mut parts: [Value; 3] = ["leaf", "answer", "request"]
            .map(|part| serde_json::from_str(self.receipt[part].as_str().unwrap()).unwrap());
        parts[0]["index"] = json!(0);
        if let Some(index) = index.map(|index| (self.rewrite)("index", index.to_owned())) {
            let digest = json!(sha256(index.as_bytes()).to_string());
            parts[0]["rulebook"] = digest.clone();
            parts[1]["rulebook"] = digest;
            forged["publication"]["index"] = json!(index);
        }
        alter(&mut parts);
        let [mut leaf, answer, request] = parts;
        let (answer, request) =
            ((self.rewrite)("answer", answer.to_string()), (self.rewrite)("request", request.to_string()));
        let salt = ordinance_receipt::Salt::parse(self.receipt["salt"].as_str().unwrap()).unwrap();
        leaf["commitment"] = json!(ordinance_receipt::commitment(&salt, &request, &answer).to_string());
        let leaf = (self.rewrite)("leaf", leaf.to_string());
        let head = TreeHead { size: 1, root: leaf_hash(leaf.as_bytes()) };
        let checkpoint = Checkpoint::sign(head, self.key).unwrap();
        forged["answer"] = json!(answer);
        forged["request"] = json!(request);
        forged["leaf"] = json!(leaf);
        forged["log"] = json!({"key": self.key.verifier().to_text(), "index": 0, "proof": [],
            "checkpoint": checkpoint.text()});
        let metadata = places.iter().map(|place| ((*place).to_owned(), metadata_of(self.country, place)));
        forged["publication"]["metadata"] = metadata.collect::<Map<String, Value>>().into();
        forged
    }
}

/// All metadata of a repository by file, and the index that its authority published last.
fn metadata_of(country: &Country, place: &str) -> Value {
    let folder = |name: &str| country.path(&format!("repositories/{place}/{name}"));
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let entries = fs::read_dir(folder("metadata")).unwrap().flatten();
    let mut files: BTreeMap<String, String> =
        entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(&entry.path()))).collect();
    let version = |file: &str| file.strip_suffix(".targets.json").and_then(|version| version.parse::<u64>().ok());
    let (_, newest) = files.iter().max_by_key(|(file, _)| version(file)).unwrap();
    let newest: Value = serde_json::from_str(newest).unwrap();
    if let Some(digest) = newest.pointer("/signed/targets/index.json/hashes/sha256").and_then(Value::as_str) {
        let index = read(&folder("targets").join(format!("{digest}.index.json")));
        files.insert("index.json".to_owned(), index);
    }
    json!(files)
}

pub(crate) fn levels_of(part: &mut Value) -> &mut Vec<Value> {
    part["layers"].as_array_mut().unwrap()
}

/// The key of a new log, which the authority of a place lists.
pub(crate) fn listed_log(country: &Country, name: &str, place: &str, key: &str) -> LogKey {
    let log = LogKey::generate(&LogName::new(name).unwrap()).unwrap();
    let shown = log.verifier().to_text().to_owned();
    country.good(&format!("ordinance trust log '{shown}' --to repositories/{place} --key keys/{key}"));
    log
}

/// A receipt of the city's own log, which lists it; and what the city or the operator of the log forges beyond that.
pub(crate) fn forged_by_an_authority(country: &Country, receipt: &Value) -> (Value, Vec<Forgery>) {
    let key = listed_log(country, "city.test/1", "CN-3706", "yt-publish");
    let log = OwnLog { country, key: &key, receipt, rewrite: &|_, text| text };
    let chain = ["CN", "CN-37", "CN-3706"];
    let honest = log.write(&chain, None, |_| {});
    let index = receipt["publication"]["index"].as_str().unwrap();
    let mut forged: Vec<Forgery> = Vec::new();

    let fewer_levels = log.write(&chain, None, |[leaf, answer, _]| {
        for part in [leaf, answer] {
            levels_of(part).remove(1);
        }
    });
    forged.push(("levels-of-the-place", fewer_levels, "and those of CN-3706 are CN, CN-37, CN-3706"));

    let of_province = log.write(&chain, None, |[leaf, answer, request]| {
        for part in [leaf, answer] {
            part["jurisdiction"] = json!("CN-37");
            levels_of(part).pop();
        }
        request["jurisdiction"] = json!("CN-37");
    });
    forged.push(("log-of-a-lower-place", of_province, "no authority of the place or above it lists the log"));

    let without_rule = alter_rules(index, |rules| rules.retain(|rule| rule["jurisdiction"] != "CN-3706"));
    let rule_left_out = log.write(&chain, Some(&without_rule), |[leaf, answer, _]| {
        for part in [leaf, answer] {
            let level = levels_of(part).last_mut().unwrap().as_object_mut().unwrap();
            level.retain(|member, _| member == "jurisdiction" || member == "status");
            level["status"] = json!("silent");
        }
    });
    forged.push(("rule-left-out", rule_left_out, "its index doesn't have the law of"));

    forged.extend(forged_law(log, index));
    forged.extend(forged_spellings(log, index));
    forged.push(("place-of-another", of_another_place(&log), "CN-3706 delegates CN-44, which isn't below it"));
    forged.push(("unapproved", unapproved(&log, index), "needs the approval of CN-37"));
    (honest, forged)
}

pub(crate) fn alter_rules(index: &str, alter: impl Fn(&mut Vec<Value>)) -> String {
    let mut index: Value = serde_json::from_str(index).unwrap();
    alter(index["rules"].as_array_mut().unwrap());
    index.to_string()
}

pub(crate) fn key_of_city(country: &Country) -> SigningKey {
    SigningKey::open(&country.path("keys/yt-publish"), PASSPHRASE.to_owned().into()).unwrap()
}

/// The city makes a repository of Guangdong with a key of its own, delegates it and decides there.
fn of_another_place(log: &OwnLog<'_>) -> Value {
    let country = log.country;
    let key = || key_of_city(country);
    let plan = RepositoryPlan {
        authority: Authority { jurisdiction: JurisdictionCode::new("CN-44").unwrap(), name: "Guangdong".to_owned() },
        root_keys: vec![key().public().clone()],
        root_threshold: 1,
        publishers: vec![key().public().clone()],
        publish_threshold: 1,
    };
    let (folder, now) = (country.path("repositories/CN-44"), jiff::Timestamp::now());
    RepositoryEditor::create(&folder, &plan, &[key()], Validity::default(), now).unwrap();
    let mut editor = RepositoryEditor::open(&folder).unwrap();
    editor.list_log(log.key.verifier().to_text(), "city.test/1").unwrap();
    editor.publish(&[key()], Validity::default(), now).unwrap();
    let root = fs::read(folder.join("metadata/1.root.json")).unwrap();
    let mut city = RepositoryEditor::open(&country.path("repositories/CN-3706")).unwrap();
    city.set_target("authorities/CN-44/root.json", &root, Map::new()).unwrap();
    city.publish(&[key()], Validity::default(), now).unwrap();
    let forged = log.write(&["CN", "CN-37", "CN-3706", "CN-44"], None, |[leaf, answer, request]| {
        for part in [leaf, answer] {
            part["jurisdiction"] = json!("CN-44");
            let levels = levels_of(part);
            levels.truncate(1);
            levels.push(json!({"jurisdiction": "CN-44", "status": "silent"}));
        }
        request["jurisdiction"] = json!("CN-44");
    });
    city.remove_target("authorities/CN-44/root.json");
    city.publish(&[key()], Validity::default(), now).unwrap();
    forged
}

/// The city publishes a rule without the province's approval, and decides by it.
fn unapproved(log: &OwnLog<'_>, index: &str) -> Value {
    let mut city = RepositoryEditor::open(&log.country.path("repositories/CN-3706")).unwrap();
    let rules: Vec<String> = city.target_names().filter(|name| name.starts_with("rules/")).map(str::to_owned).collect();
    for name in rules {
        city.remove_target(&name);
    }
    let digest = sha256(b"unapproved");
    city.remove_target(INDEX_FILE);
    city.set_target(&format!("rules/CN-3706/{}.wasm", digest.hex()), b"unapproved", Map::new()).unwrap();
    city.publish(&[key_of_city(log.country)], Validity::default(), jiff::Timestamp::now()).unwrap();
    let index = alter_rules(index, |rules| {
        let of_city = rules.iter_mut().filter(|rule| rule["jurisdiction"] == "CN-3706");
        of_city.for_each(|rule| rule["state"] = json!({"built": digest.hex()}));
    });
    log.write(&["CN", "CN-37", "CN-3706"], Some(&index), |[leaf, answer, _]| {
        for part in [leaf, answer] {
            let level = levels_of(part).last_mut().unwrap();
            level["digest"] = json!(digest.to_string());
            level["published_by"].as_object_mut().unwrap().remove("approved_by");
        }
    })
}
