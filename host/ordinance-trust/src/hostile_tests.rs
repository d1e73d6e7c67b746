//! An authority that means harm: paths that lead out, entries that nobody could read, and states of replaced roots.

use std::fs;

use ordinance_engine::digest::sha256;
use ordinance_engine::index::{HexDigest, INDEX_FILE, Index, IndexedState};
use serde_json::Map;

use crate::tests::{Country, SERVICE, copy_folder, now, state_of};
use crate::*;

/// The index that an authority published, altered and published again.
fn publish_altered(country: &Country, place: &str, key: &SigningKey, alter: impl Fn(&mut Index)) {
    let mut editor = country.open(place);
    let digest = editor.target(INDEX_FILE).unwrap().hashes.sha256.to_vec();
    let digest = ordinance_domain::digest::Digest::new(digest.try_into().unwrap());
    let path = country.path(place).join(format!("targets/{}.{INDEX_FILE}", digest.hex()));
    let mut index: Index = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    alter(&mut index);
    editor.set_target(INDEX_FILE, &serde_json::to_vec(&index).unwrap(), Map::new()).unwrap();
    editor.publish(&[key.copy()], Validity::default(), now()).unwrap();
}

fn province_and_its_key() -> (Country, SigningKey) {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    assert_eq!(country.rules(now()), ["CN: built", "CN-37: built"]);
    (country, province)
}

#[test]
fn no_file_of_an_authority_is_written_outside_its_folder() {
    let (country, province) = province_and_its_key();
    for name in ["x/../../../escaped", "definitions/CN-37/../../../escaped", "/escaped", "a//b", "a\\..\\b"] {
        let copy = country.path("before");
        let _ = fs::remove_dir_all(&copy);
        copy_folder(&country.path("CN-37"), &copy);
        let mut editor = country.open("CN-37");
        let published = editor
            .set_target(name, b"out", Map::new())
            .and_then(|()| editor.publish(&[province.copy()], Validity::default(), now()));
        let is_refused =
            published.is_err() || matches!(state_of(&country.update(now()), "CN-37"), AuthorityState::Kept(_));
        assert!(is_refused, "{name}");
        assert_eq!(country.rules(now()), ["CN: built", "CN-37: built"]);
        fs::remove_dir_all(country.path("CN-37")).unwrap();
        copy_folder(&copy, &country.path("CN-37"));
    }
}

#[test]
fn an_entry_that_nobody_could_read_is_refused_with_its_authority_alone() {
    type Alteration = fn(&mut Index);
    let alterations: [(&str, Alteration); 6] = [
        ("in force on no day", |index| index.rules[0].until = Some("2020-01-01".parse().unwrap())),
        ("id", |index| index.rules[0].id = "No Id".to_owned()),
        ("service", |index| index.rules[0].service = Some("No Service".to_owned())),
        ("publisher", |index| {
            let authority = "CN".to_owned();
            let at = String::new();
            let approvals = Vec::new();
            index.rules[0].published_by = Some(ordinance_engine::index::IndexedPublisher { authority, at, approvals });
        }),
        ("untrusted", |index| index.rules[0].state = IndexedState::Untrusted("because".to_owned())),
        ("bounds", |index| {
            index.definitions.insert("CN-37/bounds.toml".to_owned(), HexDigest(sha256(b"")));
        }),
    ];
    for (name, alter) in alterations {
        let (country, province) = province_and_its_key();
        publish_altered(&country, "CN-37", &province, alter);
        let state = state_of(&country.update(now()), "CN-37");
        assert!(matches!(state, AuthorityState::Kept(_)), "{name}: {state:?}");
        assert_eq!(country.rules(now()), ["CN: built", "CN-37: built"], "{name}");
    }
}

#[test]
fn an_authority_whose_root_was_replaced_is_kept_and_guarded_from_older_states_as_before() {
    let (country, _) = province_and_its_key();
    // Another repository in its place, by another root of the level above.
    fs::remove_dir_all(country.path("CN-37")).unwrap();
    let again = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province, again"));
    assert_eq!(state_of(&country.update(now()), "CN-37"), AuthorityState::Current);
    let older = country.path("older");
    copy_folder(&country.path("CN-37"), &older);
    country.open("CN-37").publish(&[again], Validity::default(), now()).unwrap();
    assert_eq!(state_of(&country.update(now()), "CN-37"), AuthorityState::Current);
    // Damage to the copy doesn't make the host forget what it saw.
    let kept = country.path("state/CN-37/metadata/2.targets.json");
    fs::write(&kept, fs::read_to_string(&kept).unwrap() + " ").unwrap();
    copy_folder(&older, &country.path("CN-37"));
    let state = state_of(&country.update(now()), "CN-37");
    let reason = state.reason().unwrap_or_default().to_owned();
    assert!(reason.contains("has version 1, but version 2 was seen before"), "{state:?}");
}

#[test]
fn of_two_commands_at_once_the_second_is_told_to_run_again() {
    let (country, province) = province_and_its_key();
    let (mut first, mut second) = (country.open("CN-37"), country.open("CN-37"));
    first.remove_target(INDEX_FILE);
    first.publish(&[province.copy()], Validity::default(), now()).unwrap();
    let refused = second.publish(&[province], Validity::default(), now()).unwrap_err();
    assert!(refused.to_string().contains("another command has written"), "{refused}");
    assert!(country.open("CN-37").target(INDEX_FILE).is_none());
}

#[test]
fn nothing_below_an_unknown_authority_reads_as_silent() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    country.add(("CN-37", &province), "CN-3706", ("CN-3706", b"city"));
    fs::remove_dir_all(country.path("CN-37")).unwrap();
    let rules = country.rules(now());
    for place in ["CN-37", "CN-3706"] {
        let unknown = |rule: &&String| rule.starts_with(&format!("{place}: ")) && rule.contains("is known");
        assert_eq!(rules.iter().filter(unknown).count(), 2, "{place}: {rules:?}");
    }
}
