//! Updates under trouble: a slow server, a full disk, a root pinned anew, and rules whose time ends between updates.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ordinance_engine::digest::sha256;
use serde_json::Map;

use crate::tests::{Country, SERVICE, code, copy_folder, days, now, state_of};
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
    assert_eq!(authorities.unwritten.len(), 1, "{:?}", authorities.unwritten);
    let (place, nation) = (code("CN-37"), code("CN"));
    let rule = |place, digest| PublishedRule { place, service: Some("allowance"), version: "1.0.0", digest };
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
        PublishedRule { place: &place, service: Some("allowance"), version: "1.0.0", digest: sha256(b"province") };
    assert_eq!(authorities.why_unusable(&rule, &place, now()), None);
    let expiry = authorities.next_expiry(now()).unwrap();
    let nation = authorities.find(&code("CN")).unwrap().repository.as_ref().unwrap().expires();
    assert_eq!(expiry, nation, "the nation's word is the first to expire");
    let why = authorities.why_unusable(&rule, &place, expiry).unwrap();
    assert!(why.contains("the publication of CN has lapsed"), "{why}");
    assert!(authorities.why_unusable(&rule, &place, now() + days(400)).is_some());
}
