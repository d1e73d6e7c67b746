//! What metadata of the past show of rules that decided: after a revocation, a delegation to other keys, a rotation,
//! and where a part of the past is gone.

use std::fs;

use jiff::Timestamp;
use ordinance_engine::digest::sha256;
use serde_json::Map;

use crate::tests::{Country, SERVICE, code, days, now, publish_rules};
use crate::*;

/// What is shown of a rule of Shandong that decided some days after the first publication.
fn proof(country: &Country, rule: &[u8], day: i64) -> PastPublication {
    country.history().proof((&code("CN-37"), sha256(rule)), &code("CN-37"), now() + days(day))
}

fn revoke(country: &Country, at: Timestamp) {
    let mut editor = country.open("CN");
    editor.revoke(&code("CN-37")).unwrap();
    editor.publish(&[country.publisher.copy()], Validity::default(), at).unwrap();
}

/// Replaces the rule of Shandong.
fn replace(country: &Country, key: &SigningKey, (before, after): (&[u8], &[u8]), at: Timestamp) {
    let mut editor = country.open("CN-37");
    editor.remove_target(&format!("rules/CN-37/{}.wasm", sha256(before).hex()));
    publish_rules(&mut editor, &[], &[("CN-37", after)]);
    editor.publish(&[key.copy()], Validity::default(), at).unwrap();
}

#[test]
fn what_was_published_before_is_shown_for_its_time_and_what_nobody_signed_is_not() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    replace(&country, &province, (b"province", b"newer"), now() + days(10));
    assert_eq!(proof(&country, b"province", 5), PastPublication::Shown);
    let ended = PastPublication::Ended { word: EndedWord::Rule, until: now() + days(10) };
    assert_eq!(proof(&country, b"province", 11), ended);
    assert!(matches!(proof(&country, b"province", 91), PastPublication::Lapsed { word: EndedWord::Rule, .. }));
    assert_eq!(proof(&country, b"newer", 11), PastPublication::Shown);
    let early = PastPublication::NotYet { word: EndedWord::Rule, from: now() };
    assert_eq!(proof(&country, b"province", -1), early);
    assert_eq!(proof(&country, b"never", 5), PastPublication::Never);
    let of_other = country.history().proof((&code("CN-44"), sha256(b"newer")), &code("CN-37"), now());
    assert_eq!(of_other, PastPublication::Never);
    let first = country.path("CN-37/metadata/1.targets.json");
    let altered = fs::read_to_string(&first).unwrap().replace("\"length\": 8", "\"length\": 9");
    fs::write(&first, altered).unwrap();
    let PastPublication::NotShown { reasons } = proof(&country, b"province", 5) else { panic!("an altered version") };
    assert!(reasons[0].contains("version 1 of what it published isn't signed by keys"), "{reasons:?}");
    fs::remove_file(&first).unwrap();
    let PastPublication::NotShown { reasons } = proof(&country, b"province", 5) else { panic!("a lost version") };
    assert!(reasons[0].contains("version 1 of what it published is no longer there"), "{reasons:?}");
    assert_eq!(proof(&country, b"newer", 11), PastPublication::Shown);
}

#[test]
fn a_revoked_authority_is_shown_to_have_been_delegated_before() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    country.add(("CN-37", &province), "CN-3706", ("CN-3706", b"city"));
    revoke(&country, now() + days(20));
    assert_eq!(proof(&country, b"province", 19), PastPublication::Shown);
    let word = EndedWord::Delegation { of: code("CN-37"), by: Some(code("CN")) };
    let ended = PastPublication::Ended { word, until: now() + days(20) };
    assert_eq!(proof(&country, b"province", 21), ended);
    // What the revoked one delegated is revoked with it.
    let city = |day| country.history().proof((&code("CN-3706"), sha256(b"city")), &code("CN-3706"), now() + days(day));
    assert_eq!(city(19), PastPublication::Shown);
    assert_eq!(city(21), ended);
    assert!(matches!(city(100), PastPublication::Lapsed { .. }));
    let delegations = country.history().delegations_of(&code("CN-37"));
    let [delegation] = delegations.as_slice() else { panic!("{delegations:?}") };
    assert_eq!(delegation.from, Some(now()));
    assert_eq!(delegation.until, Some(now() + days(20)));
    assert_eq!(country.history().delegations_of(&code("CN"))[0].by, None);
    // Its repository is gone: nobody is accused, and nothing is shown.
    fs::remove_dir_all(country.path("CN-37")).unwrap();
    let PastPublication::NotShown { reasons } = proof(&country, b"province", 19) else { panic!("it is gone") };
    assert!(reasons[0].starts_with("the repository of CN-37 at "), "{reasons:?}");
    assert_eq!(country.history().gaps().len(), 1);
}

#[test]
fn other_keys_in_another_repository_and_rotated_keys_are_each_shown_for_their_time() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let (root, key) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    fs::rename(country.path("CN-37"), country.path("old")).unwrap();
    country.create("CN-37", &root, &key);
    fs::rename(country.path("CN-37"), country.path("new")).unwrap();
    fs::rename(country.path("old"), country.path("CN-37")).unwrap();
    let mut editor = country.open("new");
    publish_rules(&mut editor, &[], &[("CN-37", b"of new keys")]);
    editor.publish(&[key.copy()], Validity::default(), now() + days(8)).unwrap();
    let mut editor = country.open("CN");
    let new_root = fs::read(country.path("new/metadata/1.root.json")).unwrap();
    editor.delegate(&code("CN-37"), &new_root, Some("../new"), None).unwrap();
    editor.publish(&[country.publisher.copy()], Validity::default(), now() + days(10)).unwrap();
    assert_eq!(proof(&country, b"province", 9), PastPublication::Shown);
    assert!(matches!(proof(&country, b"province", 11), PastPublication::Ended { .. }));
    assert_eq!(proof(&country, b"of new keys", 11), PastPublication::Shown);
    assert!(matches!(proof(&country, b"of new keys", 1), PastPublication::NotYet { .. }));
    // The old keys publish on in the old repository.
    replace(&country, &province, (b"province", b"after the end"), now() + days(30));
    assert!(matches!(proof(&country, b"after the end", 31), PastPublication::Ended { .. }));
    // The new ones are rotated; what the first of them signed stays.
    let next = SigningKey::generate().unwrap();
    let change = KeyChange { publishers: Some((vec![next.public().clone()], 1)), ..KeyChange::default() };
    let editor = country.open("new");
    PendingRoot::propose(&editor, &change, &[root.copy()], Validity::default(), now()).unwrap();
    let mut editor = country.open("new");
    editor.remove_target(&format!("rules/CN-37/{}.wasm", sha256(b"of new keys").hex()));
    editor.publish(&[next.copy()], Validity::default(), now() + days(40)).unwrap();
    assert_eq!(proof(&country, b"of new keys", 11), PastPublication::Shown);
    assert_eq!(country.history().gaps(), []);
    // The old repository is replaced by that of the new keys: its versions are of nobody who was delegated there.
    fs::remove_dir_all(country.path("CN-37")).unwrap();
    fs::rename(country.path("new"), country.path("CN-37")).unwrap();
    assert!(matches!(proof(&country, b"province", 9), PastPublication::NotShown { .. }));
}

#[test]
fn metadata_that_dont_say_when_they_were_signed_show_no_time() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    // As they were before the time was written: the same without it, signed again.
    let path = country.path("CN/metadata/2.targets.json");
    let undated = |text: String| {
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["signed"].as_object_mut().unwrap().remove("signed_at").unwrap();
        value["signatures"] = serde_json::json!([]);
        let mut targets: tough::schema::Signed<tough::schema::Targets> = serde_json::from_value(value).unwrap();
        country.publisher.sign(&mut targets).unwrap();
        serde_json::to_vec(&targets).unwrap()
    };
    let authorities = country.update(now());
    fs::write(&path, undated(fs::read_to_string(&path).unwrap())).unwrap();
    let root = fs::read(country.path("CN/metadata/1.root.json")).unwrap();
    let history = PublicationHistory::read(&FolderSource::new(country.path("CN")), &root, &authorities).unwrap();
    let shown = history.proof((&code("CN-37"), sha256(b"province")), &code("CN-37"), now());
    assert_eq!(shown, PastPublication::Undated);
    drop(province);
}

#[test]
fn a_delegation_of_a_place_that_isnt_below_shows_nothing() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    country.add(("CN-37", &province), "CN-44", ("CN-44", b"sibling"));
    let proof = country.history().proof((&code("CN-44"), sha256(b"sibling")), &code("CN-44"), now());
    assert_eq!(proof, PastPublication::Never);
    let mut editor = country.open("CN-37");
    editor.set_target("authorities/CN-3706/root.json", b"no root", Map::new()).unwrap();
    editor.publish(&[province.copy()], Validity::default(), now()).unwrap();
    let gaps = country.history().gaps().to_vec();
    assert!(gaps[0].reason.starts_with("the repository of CN-3706 at "), "{gaps:?}");
}
