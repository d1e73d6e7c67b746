//! Updates under trouble: a slow server, a full disk, a root pinned anew, and rules whose time ends between updates.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ordinance_engine::digest::sha256;
use ordinance_engine::index::IndexedState;
use serde_json::Map;

use crate::tests::{Country, SERVICE, code, copy_folder, days, now, publish_rules, state_of};
use crate::*;

/// Repositories in folders, of which that of the province stops answering in time.
#[derive(Debug, Clone)]
struct LateSource {
    folder: FolderSource,
    is_late: Arc<AtomicBool>,
}

impl RepositorySource for LateSource {
    fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SourceError> {
        if self.is_late.load(Ordering::Relaxed) && self.address().ends_with("CN-37") {
            return Err(SourceError::Late(path.to_owned()));
        }
        self.folder.read(path, bytes_max)
    }

    fn at(&self, address: &str) -> Result<Box<dyn RepositorySource>, SourceError> {
        let name = address.strip_prefix("../").unwrap_or(address);
        let beside = std::path::PathBuf::from(self.address()).with_file_name(name);
        Ok(Box::new(Self { folder: FolderSource::new(beside), is_late: Arc::clone(&self.is_late) }))
    }

    fn until(&self, _deadline: Instant) -> Box<dyn RepositorySource> {
        Box::new(self.clone())
    }

    fn address(&self) -> String {
        self.folder.address()
    }
}

#[test]
fn an_authority_that_is_late_is_taken_from_its_copy_and_holds_up_nobody_else() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let sibling = country.add(("CN", &country.publisher), "CN-44", ("CN-44", b"sibling"));
    let is_late = Arc::new(AtomicBool::new(false));
    let source = LateSource { folder: FolderSource::new(country.path("CN")), is_late: Arc::clone(&is_late) };
    let trusted = country.trusted_by(Box::new(source));
    assert_eq!(state_of(&trusted.update(now()).unwrap(), "CN-37"), AuthorityState::Current);
    is_late.store(true, Ordering::Relaxed);
    for (place, key) in [("CN-37", &province), ("CN-44", &sibling)] {
        let mut editor = country.open(place);
        editor.set_target("note.txt", b"newer", Map::new()).unwrap();
        editor.publish(&[key.copy()], Validity::default(), now()).unwrap();
    }
    let authorities = trusted.update(now()).unwrap();
    let AuthorityState::Kept(why) = state_of(&authorities, "CN-37") else { panic!("it was read") };
    assert!(why.contains("the time for this repository was over"), "{why}");
    assert_eq!(state_of(&authorities, "CN-44"), AuthorityState::Current);
    is_late.store(false, Ordering::Relaxed);
    assert_eq!(state_of(&trusted.update(now()).unwrap(), "CN-37"), AuthorityState::Current);
}

#[test]
fn a_newer_root_that_the_level_above_lists_doesnt_let_older_states_back_in() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let older = country.path("older");
    copy_folder(&country.path("CN-37"), &older);
    country.open("CN-37").publish(&[province.copy()], Validity::default(), now()).unwrap();
    assert_eq!(state_of(&country.update(now()), "CN-37"), AuthorityState::Current);
    // The province signs its root anew, with the same keys, and the nation lists the new one.
    let root = country.root_key_of("CN-37");
    let editor = country.open("CN-37");
    PendingRoot::propose(&editor, &KeyChange::default(), &[root], Validity::default(), now()).unwrap();
    let newer = fs::read(country.path("CN-37/metadata/2.root.json")).unwrap();
    country.delegate(("CN", &country.publisher), "CN-37", &newer);
    // Somebody serves what the province published first.
    for name in ["timestamp.json", "1.snapshot.json", "1.targets.json"] {
        fs::copy(older.join("metadata").join(name), country.path("CN-37/metadata").join(name)).unwrap();
    }
    let state = state_of(&country.update(now()), "CN-37");
    let AuthorityState::Kept(why) = &state else { panic!("{state:?}") };
    assert!(why.contains("was seen before"), "{why}");
}

#[test]
fn what_an_authority_no_longer_delegates_ends_though_no_copy_can_be_written() {
    let country = Country::new(SERVICE);
    country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    assert_eq!(country.rules(now()), ["CN: built", "CN-37: built"]);
    let mut editor = country.open("CN");
    editor.revoke(&code("CN-37")).unwrap();
    editor.publish(&[country.publisher.copy()], Validity::default(), now()).unwrap();
    // As if the disk were full: a folder stands where the copy's next file would be.
    let in_the_way = country.path("state/CN/metadata/3.targets.json/in-the-way");
    fs::create_dir_all(&in_the_way).unwrap();
    let authorities = country.update(now());
    assert!(authorities.find(&code("CN")).unwrap().unwritten.is_some());
    let (place, nation) = (code("CN-37"), code("CN"));
    let rule = |place, digest| RuleReference { place, service: Some("allowance"), version: "1.0.0", digest };
    let why = authorities.why_unusable(&rule(&place, sha256(b"province")), &place, now()).unwrap();
    assert!(why.contains("CN-37, which published it, isn't delegated any longer"), "{why}");
    assert_eq!(authorities.why_unusable(&rule(&nation, sha256(b"nation")), &nation, now()), None);
}

#[test]
fn a_rule_ends_with_the_word_of_its_publisher_or_of_whoever_delegates_that_one() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let long = Validity { timestamp_days: 300, ..Validity::default() };
    country.open("CN-37").publish(&[province], long, now()).unwrap();
    let authorities = country.update(now());
    let place = code("CN-37");
    let rule =
        RuleReference { place: &place, service: Some("allowance"), version: "1.0.0", digest: sha256(b"province") };
    assert_eq!(authorities.why_unusable(&rule, &place, now()), None);
    let expiry = authorities.next_expiry(now()).unwrap();
    let nation = authorities.find(&code("CN")).unwrap().repository.as_ref().unwrap().expires();
    assert_eq!(expiry, nation, "the nation's word is the first to expire");
    let why = authorities.why_unusable(&rule, &place, expiry).unwrap();
    assert!(why.contains("the publication of CN has lapsed"), "{why}");
    assert!(authorities.why_unusable(&rule, &place, now() + days(400)).is_some());
}

#[test]
fn a_province_that_a_city_belonged_to_before_or_will_belong_to_says_nothing_of_it() {
    for (other, moved) in [("until", "2010-01-01"), ("from", "2090-01-01")] {
        let present = if other == "until" { "from" } else { "until" };
        let country = Country::with_places(&format!(
            "[titles]\nen = \"Test\"\n\
             [[jurisdictions]]\ncode = \"CN\"\nnames = {{ en = \"China\" }}\ntime-zone = \"Asia/Shanghai\"\n\
             [[jurisdictions]]\ncode = \"CN-37\"\nparent = \"CN\"\nnames = {{ en = \"Shandong\" }}\n\
             [[jurisdictions]]\ncode = \"CN-11\"\nparent = \"CN\"\nnames = {{ en = \"Beijing\" }}\n\
             [[jurisdictions]]\ncode = \"CN-3706\"\nparent = \"CN-11\"\n{other} = {moved}\nnames = {{ en = \"Yantai\" }}\n\
             [[jurisdictions]]\ncode = \"CN-3706\"\nparent = \"CN-37\"\n{present} = {moved}\nnames = {{ en = \"Yantai\" }}\n"
        ));
        let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
        let former = country.add(("CN", &country.publisher), "CN-11", ("CN-11", b"former"));
        country.add(("CN-37", &province), "CN-3706", ("CN-3706", b"city"));
        let root = country.root_of("CN-3706");
        country.delegate(("CN-11", &former), "CN-3706", &root);
        let authorities = country.update(now());
        assert_eq!(authorities.find(&code("CN-3706")).unwrap().delegated_by, Some(code("CN-37")), "{moved}");
        assert!(authorities.refused[0].reason.contains("CN-3706 isn't below CN-11"), "{:?}", authorities.refused);
    }
}

#[test]
fn a_copy_holds_the_newest_state_alone_and_no_server_hides_the_roots_that_were_seen() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    for _ in 0..3 {
        country.open("CN-37").publish(&[province.copy()], Validity::default(), now()).unwrap();
        country.update(now());
    }
    let names = |folder: &str| {
        let entries = fs::read_dir(country.path(folder)).unwrap().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names("state/CN-37/metadata"), ["1.root.json", "4.snapshot.json", "4.targets.json", "timestamp.json"],);
    // The nation lists the second root; whoever carries the files hides both roots, and shows the first state.
    let editor = country.open("CN-37");
    let root = country.root_key_of("CN-37");
    PendingRoot::propose(&editor, &KeyChange::default(), &[root], Validity::default(), now()).unwrap();
    country.open("CN-37").publish(&[province.copy()], Validity::default(), now()).unwrap();
    assert_eq!(state_of(&country.update(now()), "CN-37"), AuthorityState::Current);
    let newer = fs::read(country.path("CN-37/metadata/2.root.json")).unwrap();
    country.delegate(("CN", &country.publisher), "CN-37", &newer);
    for name in ["1.root.json", "2.root.json"] {
        fs::remove_file(country.path("CN-37/metadata").join(name)).unwrap();
    }
    let older = fs::read_to_string(country.path("CN-37/metadata/timestamp.json")).unwrap();
    let first = older.replace("\"version\": 5", "\"version\": 1");
    fs::write(country.path("CN-37/metadata/timestamp.json"), first).unwrap();
    assert!(matches!(state_of(&country.update(now()), "CN-37"), AuthorityState::Kept(_)));
}

#[test]
fn bounds_of_an_authority_that_lapsed_dont_count_and_its_level_says_so() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let mut editor = country.open("CN-37");
    let bounds = "jurisdiction = \"CN-37\"\nservice = \"allowance\"\n[bounds.outcome]\nbound = \"floor\"\n\
                  provision = { document = \"Law\", article = \"3\" }\n";
    publish_rules(&mut editor, &[("CN-37/allowance/bounds.toml", bounds)], &[]);
    editor.publish(&[province], Validity::default(), now()).unwrap();
    let path = "CN-37/allowance/bounds.toml";
    let before = assemble(&country.update(now()), now());
    assert!(before.definitions.contains_key(path), "{:?}", before.refused);
    country.open("CN").publish(&[country.publisher.copy()], Validity::default(), now() + days(80)).unwrap();
    let later = now() + days(100);
    let assembled = assemble(&country.update(later), later);
    assert!(!assembled.definitions.contains_key(path));
    let of_province = assembled.rules().iter().find(|rule| rule.jurisdiction == "CN-37").unwrap();
    let IndexedState::Untrusted(why) = &of_province.state else { panic!("{of_province:?}") };
    assert!(why.contains("the bounds of CN-37 have lapsed"), "{why}");
}

#[test]
fn names_that_no_file_system_takes_are_the_authoritys_fault_alone() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    assert_eq!(state_of(&country.update(now()), "CN-37"), AuthorityState::Current);
    let digest = sha256(b"x").hex();
    for name in ["x".repeat(200), format!("{digest}.a/b")] {
        let mut editor = country.open("CN-37");
        let set = editor.set_target(&name, b"x", Map::new());
        let refused = set.is_err() || editor.publish(&[province.copy()], Validity::default(), now()).is_err();
        assert!(refused || matches!(state_of(&country.update(now()), "CN-37"), AuthorityState::Kept(_)), "{name}");
    }
}
