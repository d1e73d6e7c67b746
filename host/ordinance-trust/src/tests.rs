//! Attacks on the repositories of three authorities: a nation, a province and a city.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{CASES_FILE, FORMAT, HexDigest, INDEX_FILE, Index, IndexedRule, IndexedState};
use serde_json::{Map, json};
use tempfile::TempDir;

use crate::*;

pub(super) const RULEBOOK: &str = r#"
[titles]
en = "Test"
[[jurisdictions]]
code = "CN"
names = { en = "China" }
time-zone = "Asia/Shanghai"
[[jurisdictions]]
code = "CN-37"
parent = "CN"
names = { en = "Shandong" }
[[jurisdictions]]
code = "CN-3706"
parent = "CN-37"
names = { en = "Yantai" }
[[jurisdictions]]
code = "CN-44"
parent = "CN"
names = { en = "Guangdong" }
"#;
pub(super) const FACTS: &str = r#"
[age]
type = "integer"
min = 0
max = 150
titles = { en = "Age" }
sensitivity = "personal"
category = "dpv-pd:Age"
holder = "applicant"
"#;
pub(super) const SERVICE: &str = r#"
id = "allowance"
purpose = "dpv:PublicBenefit"
basis = { kind = "statutory-duty", provision = { document = "Law", article = "1" } }
facts = ["age"]
titles = { en = "Allowance" }
outcome = { bound = "delegated", provision = { document = "Law", article = "2" } }
"#;

pub(super) fn now() -> Timestamp {
    "2026-11-30T08:00:00Z".parse().unwrap()
}

pub(super) fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

pub(super) fn code(text: &str) -> JurisdictionCode {
    JurisdictionCode::new(text).unwrap()
}

/// The repositories of a country in one folder.
pub(super) struct Country {
    folder: TempDir,
    pub(super) root: SigningKey,
    pub(super) publisher: SigningKey,
    /// The keys of the roots of lower authorities, by place.
    roots: RefCell<BTreeMap<String, SigningKey>>,
}

impl Country {
    /// A nation that publishes the definitions, and whose rule of 100 bytes is `rule`.
    pub(super) fn new(service: &str) -> Self {
        Self::with(RULEBOOK, service)
    }

    /// The same with other places.
    pub(super) fn with_places(rulebook: &str) -> Self {
        Self::with(rulebook, SERVICE)
    }

    fn with(rulebook: &str, service: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (root, publisher) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let country = Self { folder, root, publisher, roots: RefCell::default() };
        country.create("CN", &country.root, &country.publisher);
        let mut editor = country.open("CN");
        let definitions = [("rulebook.toml", rulebook), ("facts.toml", FACTS), ("services/allowance.toml", service)];
        publish_rules(&mut editor, &definitions, &[("CN", b"nation")]);
        editor.publish(&[country.publisher.copy()], Validity::default(), now()).unwrap();
        country
    }

    pub(super) fn path(&self, place: &str) -> PathBuf {
        self.folder.path().join(place)
    }

    pub(super) fn open(&self, place: &str) -> RepositoryEditor {
        RepositoryEditor::open(&self.path(place)).unwrap()
    }

    pub(super) fn create(&self, place: &str, root: &SigningKey, publisher: &SigningKey) {
        let plan = RepositoryPlan {
            authority: Authority { jurisdiction: code(place), name: place.to_owned() },
            root_keys: vec![root.public().clone()],
            root_threshold: 1,
            publishers: vec![publisher.public().clone()],
            publish_threshold: 1,
        };
        let made = RepositoryEditor::create(&self.path(place), &plan, &[root.copy()], Validity::default(), now());
        assert_eq!(made.unwrap(), RootState::InEffect { version: 1 });
    }

    /// A lower authority that publishes one rule of `place`.
    pub(super) fn add(&self, by: (&str, &SigningKey), place: &str, rule: (&str, &[u8])) -> SigningKey {
        let (root, publisher) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        self.create(place, &root, &publisher);
        self.roots.borrow_mut().insert(place.to_owned(), root);
        let mut editor = self.open(place);
        publish_rules(&mut editor, &[], &[rule]);
        editor.publish(&[publisher.copy()], Validity::default(), now()).unwrap();
        self.delegate(by, place, &fs::read(self.path(place).join("metadata/1.root.json")).unwrap());
        publisher
    }

    pub(super) fn delegate(&self, (by, key): (&str, &SigningKey), place: &str, root: &[u8]) {
        let mut editor = self.open(by);
        editor.set_target(&format!("authorities/{place}/root.json"), root, Map::new()).unwrap();
        editor.publish(&[key.copy()], Validity::default(), now()).unwrap();
    }

    pub(super) fn root_key_of(&self, place: &str) -> SigningKey {
        self.roots.borrow()[place].copy()
    }

    pub(super) fn root_of(&self, place: &str) -> Vec<u8> {
        fs::read(self.path(place).join("metadata/1.root.json")).unwrap()
    }

    /// What reads its repositories through a source.
    pub(super) fn trusted_by(&self, source: Box<dyn RepositorySource>) -> TrustedAuthorities {
        TrustedAuthorities::new(source, self.root_of("CN"), self.path("state")).unwrap()
    }

    fn trusted(&self) -> TrustedAuthorities {
        self.trusted_by(Box::new(FolderSource::new(self.path("CN"))))
    }

    /// What authorities ever published, from the first root of the nation on.
    pub(super) fn history(&self) -> PublicationHistory {
        let root = fs::read(self.path("CN").join("metadata/1.root.json")).unwrap();
        PublicationHistory::read(&FolderSource::new(self.path("CN")), &root, &self.update(now())).unwrap()
    }

    pub(super) fn update(&self, at: Timestamp) -> Authorities {
        self.trusted().update(at).unwrap()
    }

    /// The state of each rule, `CODE: built`, or with the reason.
    pub(super) fn rules(&self, at: Timestamp) -> Vec<String> {
        let folder = self.folder.path().join("rulebook");
        let authorities = self.update(at);
        assemble(&authorities, at).write(&authorities, &folder).unwrap();
        let index: Index = serde_json::from_slice(&fs::read(folder.join(INDEX_FILE)).unwrap()).unwrap();
        let state = |rule: &IndexedRule| match &rule.state {
            IndexedState::Built(digest) => {
                assert!(folder.join(format!("rules/{}.wasm", digest.0.hex())).exists());
                format!("{}: built", rule.jurisdiction)
            }
            IndexedState::Broken(reason) | IndexedState::Untrusted(reason) => {
                format!("{}: {reason}", rule.jurisdiction)
            }
        };
        index.rules.iter().map(state).collect()
    }
}

impl SigningKey {
    /// The same key again: the tests give it to several calls.
    pub(super) fn copy(&self) -> Self {
        Self::of_pkcs8(self.to_pkcs8().unwrap().as_ref()).unwrap()
    }
}

pub(super) fn publish_rules(editor: &mut RepositoryEditor, definitions: &[(&str, &str)], rules: &[(&str, &[u8])]) {
    let before: Vec<String> =
        editor.target_names().filter(|name| name.starts_with("rules/")).map(str::to_owned).collect();
    for name in before {
        editor.remove_target(&name);
    }
    let cases = b"{}";
    let mut index =
        Index { format: FORMAT, definitions: Default::default(), cases: HexDigest(sha256(cases)), rules: Vec::new() };
    for (path, text) in definitions {
        index.definitions.insert((*path).to_owned(), HexDigest(sha256(text.as_bytes())));
        editor.set_target(&format!("definitions/{path}"), text.as_bytes(), Map::new()).unwrap();
    }
    for (place, bytes) in rules {
        let digest = sha256(bytes);
        index.rules.push(IndexedRule {
            jurisdiction: (*place).to_owned(),
            service: Some("allowance".to_owned()),
            id: "allowance".to_owned(),
            version: "1.0.0".to_owned(),
            from: "2026-01-01".parse().unwrap(),
            until: None,
            published: None,
            withdrawn: None,
            shadow: false,
            sources: None,
            published_by: None,
            digest: None,
            state: IndexedState::Built(HexDigest(digest)),
        });
        let custom = json!({ "published": "2026-11-30T08:00:00Z" }).as_object().cloned().unwrap_or_default();
        editor.set_target(&format!("rules/{place}/{}.wasm", digest.hex()), bytes, custom).unwrap();
    }
    editor.set_target(CASES_FILE, cases, Map::new()).unwrap();
    editor.set_target(INDEX_FILE, &serde_json::to_vec(&index).unwrap(), Map::new()).unwrap();
}

/// The state of one authority.
pub(super) fn state_of(authorities: &Authorities, place: &str) -> AuthorityState {
    authorities.reports.iter().find(|report| report.jurisdiction == code(place)).unwrap().state.clone()
}

pub(super) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy_folder(&entry.path(), &target) } else { drop(fs::copy(entry.path(), target)) }
    }
}

#[test]
fn three_authorities_make_one_rulebook_and_each_rule_has_its_publisher() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    country.add(("CN-37", &province), "CN-3706", ("CN-3706", b"city"));
    assert_eq!(country.rules(now()), ["CN: built", "CN-37: built", "CN-3706: built"]);
    let folder = country.path("again");
    let authorities = country.update(now());
    let assembled = assemble(&authorities, now());
    assembled.write(&authorities, &folder).unwrap();
    let index: Index = serde_json::from_slice(&fs::read(folder.join(INDEX_FILE)).unwrap()).unwrap();
    let publisher = index.rules[2].published_by.as_ref().unwrap();
    assert_eq!(publisher.authority, "CN-3706");
    assert_eq!(publisher.at, "2026-11-30T08:00:00Z");
    assert!(assembled.refused.is_empty(), "{:?}", assembled.refused);
}

#[test]
fn a_rule_of_a_place_that_isnt_its_own_counts_for_nothing() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-44", b"not its own"));
    country.add(("CN-37", &province), "CN-3706", ("CN-37", b"above"));
    assert_eq!(country.rules(now()), ["CN: built"]);
    let assembled = assemble(&country.update(now()), now());
    let [province, city] = assembled.refused.as_slice() else { panic!("{:?}", assembled.refused) };
    assert!(province.contains("CN-37 published CN-44/allowance 1.0.0"), "{province}");
    assert!(city.contains("CN-37 is neither CN-3706 nor below it"), "{city}");
}

#[test]
fn a_delegation_of_a_place_that_isnt_below_counts_for_nothing() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    country.add(("CN-37", &province), "CN-44", ("CN-44", b"sibling"));
    assert_eq!(country.rules(now()), ["CN: built", "CN-37: built"]);
    let refused = country.update(now()).refused;
    assert!(refused[0].reason.contains("CN-44 isn't below CN-37"), "{refused:?}");
}

#[test]
fn metadata_that_a_strange_key_or_a_siblings_key_signed_are_refused_and_what_was_there_stays() {
    let country = Country::new(SERVICE);
    country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let sibling = country.add(("CN", &country.publisher), "CN-44", ("CN-44", b"sibling"));
    country.rules(now());
    // The sibling makes a repository of its own for Shandong, or signs with its key what Shandong published.
    let forged = tempfile::tempdir().unwrap();
    let other = Country {
        folder: forged,
        root: SigningKey::generate().unwrap(),
        publisher: sibling,
        roots: RefCell::default(),
    };
    other.create("CN-37", &other.root, &other.publisher);
    let mut editor = other.open("CN-37");
    publish_rules(&mut editor, &[], &[("CN-37", b"forged")]);
    editor.publish(&[other.publisher.copy()], Validity::default(), now()).unwrap();
    for file in fs::read_dir(other.path("CN-37").join("metadata")).unwrap().flatten() {
        if !file.file_name().to_string_lossy().contains("root") {
            fs::copy(file.path(), country.path("CN-37").join("metadata").join(file.file_name())).unwrap();
        }
    }
    let AuthorityState::Kept(why) = state_of(&country.update(now()), "CN-37") else { panic!("forged metadata count") };
    assert!(why.contains("isn't signed by enough keys of the role `timestamp`"), "{why}");
    assert_eq!(country.rules(now()), ["CN: built", "CN-37: built", "CN-44: built"]);
}

#[test]
fn an_older_state_is_refused_and_a_frozen_one_lapses() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let older = country.path("older");
    copy_folder(&country.path("CN-37"), &older);
    let mut editor = country.open("CN-37");
    publish_rules(&mut editor, &[], &[("CN-37", b"province, newer")]);
    editor.publish(&[province.copy()], Validity::default(), now()).unwrap();
    assert_eq!(state_of(&country.update(now()), "CN-37"), AuthorityState::Current);
    let newer = country.path("newer");
    copy_folder(&country.path("CN-37"), &newer);
    copy_folder(&older, &country.path("CN-37"));
    let AuthorityState::Kept(why) = state_of(&country.update(now()), "CN-37") else { panic!("rolled back") };
    assert!(why.contains("`timestamp.json` has version 1, but version 2 was seen before"), "{why}");
    copy_folder(&newer, &country.path("CN-37"));
    // The nation signs again, the province doesn't.
    let later = now() + days(91);
    country.open("CN").publish(&[country.publisher.copy()], Validity::default(), later).unwrap();
    let rules = country.rules(later);
    assert_eq!(rules[0], "CN: built");
    assert!(rules[1].contains("the publication of CN-37 has lapsed: `timestamp.json` expired on"), "{rules:?}");
    assert!(matches!(state_of(&country.update(later), "CN-37"), AuthorityState::Lapsed(_)));
}

#[test]
fn files_of_two_states_arent_mixed_and_a_damaged_file_isnt_used() {
    let country = Country::new(SERVICE);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    country.update(now());
    let mut editor = country.open("CN-37");
    publish_rules(&mut editor, &[], &[("CN-37", b"province, newer")]);
    editor.publish(&[province.copy()], Validity::default(), now()).unwrap();
    let metadata = country.path("CN-37").join("metadata");
    let newer = fs::read(metadata.join("2.targets.json")).unwrap();
    fs::copy(metadata.join("1.targets.json"), metadata.join("2.targets.json")).unwrap();
    let AuthorityState::Kept(why) = state_of(&country.update(now()), "CN-37") else { panic!("mixed") };
    assert!(why.contains("`2.targets.json` isn't the one that `2.snapshot.json` names"), "{why}");
    fs::write(metadata.join("2.targets.json"), newer).unwrap();
    let digest = sha256(b"province, newer").hex();
    let rule = country.path("CN-37").join(format!("targets/rules/CN-37/{digest}.{digest}.wasm"));
    fs::write(&rule, b"province, damag").unwrap();
    let AuthorityState::Kept(why) = state_of(&country.update(now()), "CN-37") else { panic!("damaged") };
    assert!(why.contains("isn't the one that `2.targets.json` names"), "{why}");
    fs::write(&rule, b"province, newer").unwrap();
    assert_eq!(state_of(&country.update(now()), "CN-37"), AuthorityState::Current);
}

#[test]
fn a_root_takes_effect_with_enough_signatures_and_a_revoked_key_signs_nothing() {
    let country = Country::new(SERVICE);
    country.update(now());
    let (second, third) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let keys = [country.root.public().clone(), second.public().clone(), third.public().clone()];
    let change = KeyChange { root_keys: Some((keys.to_vec(), 2)), publishers: Some((vec![third.public().clone()], 1)) };
    let editor = country.open("CN");
    let waiting = PendingRoot::propose(&editor, &change, &[country.root.copy()], Validity::default(), now()).unwrap();
    let RootState::Waiting { version: 2, lacks } = waiting else { panic!("{waiting:?}") };
    assert!(lacks.contains("needs the signatures of 2 of its keys, and the given keys make 1"), "{lacks}");
    let stranger = SigningKey::generate().unwrap();
    let refused = PendingRoot::open(&country.path("CN")).unwrap().sign(&[stranger]).unwrap_err();
    assert!(refused.to_string().contains("is no key of this root"), "{refused}");
    let signed = PendingRoot::open(&country.path("CN")).unwrap().sign(&[second]).unwrap();
    assert_eq!(signed, RootState::InEffect { version: 2 });
    // What the revoked key signed counts no longer; the last good state stays.
    let AuthorityState::Kept(why) = state_of(&country.update(now()), "CN") else { panic!("a revoked key counts") };
    assert!(why.contains("isn't signed by enough keys"), "{why}");
}

#[test]
fn what_upper_law_reserves_counts_only_with_the_same_digest_approved_by_enough_keys() {
    let reserved =
        format!("{SERVICE}[[approvals]]\nby = \"CN-37\"\nprovision = {{ document = \"Law\", article = \"9\" }}\n");
    let country = Country::new(&reserved);
    let province = country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    let city = country.add(("CN-37", &province), "CN-3706", ("CN-3706", b"city"));
    let lacking = country.rules(now());
    assert!(lacking[2].contains("needs the approval of CN-37 (Law 9)"), "{lacking:?}");
    let (first, second) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let mut editor = country.open("CN-37");
    let approvers = [first.public().clone(), second.public().clone()];
    editor.set_approvers(&code("CN-3706"), &approvers, 2).unwrap();
    editor.publish(&[province.copy()], Validity::default(), now()).unwrap();
    let rule: (Digest, u64) = (sha256(b"city"), 4);
    let refused = editor.approve(&code("CN-3706"), rule, &city, Validity::default(), now()).unwrap_err();
    assert!(refused.to_string().contains("doesn't approve the rules of CN-3706"), "{refused}");
    for (key, given) in [(&first, 1), (&second, 2)] {
        let state = editor.approve(&code("CN-3706"), rule, key, Validity::default(), now()).unwrap();
        assert_eq!(state.given, given);
        assert_eq!(state.needed, 2);
        country.open("CN-37").publish(&[province.copy()], Validity::default(), now()).unwrap();
        assert_eq!(country.rules(now())[2].ends_with("built"), given == 2);
    }
    // Another rule in its place isn't approved, so the approved one stays.
    let mut other = country.open("CN-3706");
    publish_rules(&mut other, &[], &[("CN-3706", b"city, not approved")]);
    other.publish(&[city.copy()], Validity::default(), now()).unwrap();
    assert!(matches!(state_of(&country.update(now()), "CN-3706"), AuthorityState::Kept(_)));
    assert!(country.rules(now())[2].ends_with("built"));
}

#[test]
fn an_authority_of_which_nothing_was_ever_read_isnt_passed_over() {
    let country = Country::new(SERVICE);
    country.add(("CN", &country.publisher), "CN-37", ("CN-37", b"province"));
    fs::remove_dir_all(country.path("CN-37")).unwrap();
    let rules = country.rules(now());
    assert_eq!(rules.len(), 5, "two of the province, two of the city that it may delegate");
    assert!(rules[1..].iter().all(|rule| rule.contains("nothing of what CN-37 published is known")), "{rules:?}");
}
