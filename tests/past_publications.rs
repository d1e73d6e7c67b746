//! `ordinance log audit --repository`: who published the rules that decided, by what the repositories were then. After
//! a revocation, other keys, a repository that is gone; and rules that nobody who may had published.

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_trust::{RepositoryEditor, RulebookPart, SigningKey, Validity};

use crate::assertions::{assert_contains, assert_lacks};
use crate::country::{Country, PASSPHRASE};
use crate::log_proofs::{key_of, log_of};
use crate::receipts::{decide_with_receipt, host_of};
use crate::support::{edit, scratch};

/// The log of a host of a country, which decided and left.
struct PastDecisions {
    _folder: tempfile::TempDir,
    log: PathBuf,
    key: String,
}

impl PastDecisions {
    fn of(country: &Country, records: usize) -> Self {
        let mut server = host_of(country, "[http]\ndrain-delay-ms = 0\n");
        for _ in 0..records {
            decide_with_receipt(&server, 80);
        }
        server.terminate();
        assert!(server.wait().success());
        let folder = scratch();
        crate::support::copy_folder(server.folder.path(), folder.path());
        let log = folder.path().join(log_of(&server).file_name().unwrap());
        let key = key_of(&log);
        Self { _folder: folder, log, key }
    }

    /// The command that audits the log by the repositories.
    fn audit(&self) -> String {
        let (log, key) = (self.log.display(), &self.key);
        let trust = "--repository repositories/CN --trust repositories/CN/metadata/1.root.json";
        format!("ordinance log audit {log} --key '{key}' {trust}")
    }
}

#[test]
fn what_a_city_published_before_it_was_revoked_stays_lawful_and_the_audit_says_by_whom() {
    let country = Country::that_publishes();
    let past = PastDecisions::of(&country, 2);
    let current = country.good(&past.audit());
    for line in [
        "records 0 to 1 are whole",
        "  published by CN (the nation): 1 rule in 2 records\n",
        "  published by CN-37 (Shandong), delegated by CN from 20",
        "  published by CN-3706 (Yantai), delegated by CN-37 from 20",
    ] {
        assert_contains(&current, line);
    }
    assert_lacks(&current, " until 20");
    country.good("ordinance trust key keys/yt-publish-2");
    country.good("ordinance trust rotate repositories/CN-3706 --publish-key keys/yt-publish-2 --key keys/yt-root keys/yt-publish-2");
    assert_contains(&country.good(&past.audit()), "published by CN-3706 (Yantai)");
    country.good("ordinance trust revoke CN-3706 --from repositories/CN-37 --yes --key keys/sd-publish");
    let revoked = country.good(&past.audit());
    assert_contains(&revoked, "  published by CN-3706 (Yantai), delegated by CN-37 from 20");
    assert_contains(&revoked, " until 20");
    country.good("ordinance trust revoke CN-37 --from repositories/CN --yes --key keys/cn-publish");
    assert_contains(&country.good(&past.audit()), "  published by CN-37 (Shandong), delegated by CN from 20");
    // A new repository with other keys is delegated in its place.
    country.good("ordinance trust init CN-37 --name Shandong --to repositories/new --root-key keys/sd-root --publish-key keys/sd-reviewer --key keys/sd-root");
    country.good("ordinance publish shandong --to repositories/new --key keys/sd-reviewer");
    country.good("ordinance trust delegate CN-37 --to repositories/CN --root repositories/new --address ../new --key keys/cn-publish");
    assert_contains(&country.good(&past.audit()), "records 0 to 1 are whole");
}

#[test]
fn of_a_repository_that_is_gone_the_audit_says_that_nothing_can_be_shown() {
    let country = Country::that_publishes();
    let past = PastDecisions::of(&country, 1);
    country.good("ordinance trust revoke CN-3706 --from repositories/CN-37 --yes --key keys/sd-publish");
    fs::rename(country.path("repositories/CN-3706"), country.path("copy")).unwrap();
    let gone = country.ends(1, &past.audit());
    assert_contains(
        &gone,
        "says that CN-3706 published the rule CN-3706/old-age-allowance@1.0.0, and that can't be shown: the repository of CN-3706 at repositories/CN-3706: ",
    );
    assert_contains(&gone, "of a repository that is gone, put a copy where it was");
    fs::rename(country.path("copy"), country.path("repositories/CN-3706")).unwrap();
    country.good(&past.audit());
}

#[test]
fn a_rule_that_nobody_ever_published_or_only_after_the_decision_is_named() {
    let country = Country::that_publishes();
    let past = PastDecisions::of(&country, 1);
    let digest = country.rule_of("yantai").file_stem().unwrap().to_str().unwrap().to_owned();
    edit(&past.log, &digest, &"7".repeat(64));
    let never = country.ends(1, &past.audit());
    assert_contains(
        &never,
        "says that CN-3706 published the rule CN-3706/old-age-allowance@1.0.0, and no repository that was ever delegated to CN-3706 had that",
    );
    // Its publication says tomorrow.
    let tomorrow = Country::that_publishes();
    edit(&tomorrow.path("yantai/CN-3706/old-age-allowance/rule.toml"), "150.00", "160.00");
    tomorrow.good("ordinance build yantai");
    tomorrow.good("ordinance approve CN-3706/old-age-allowance --from yantai/target/rulebook --to repositories/CN-37 --key keys/sd-reviewer --publish-key keys/sd-publish");
    publish_later(&tomorrow.path(""), 1);
    let past = PastDecisions::of(&tomorrow, 1);
    assert_contains(&tomorrow.ends(1, &past.audit()), "and CN-3706 published it only on 20");
}

#[test]
fn a_rule_that_decided_without_the_approval_of_the_upper_level_is_named() {
    let country = Country::that_publishes();
    let past = PastDecisions::of(&country, 1);
    country.good(&past.audit());
    let digest = |country: &Country| country.rule_of("yantai").file_stem().unwrap().to_str().unwrap().to_owned();
    let approved = digest(&country);
    edit(&country.path("yantai/CN-3706/old-age-allowance/rule.toml"), "150.00", "160.00");
    country.good("ordinance build yantai");
    publish_later(&country.path(""), -1);
    edit(&past.log, &approved, &digest(&country));
    let said = country.ends(1, &past.audit());
    assert_contains(
        &said,
        "names the rule CN-3706/old-age-allowance@1.0.0, which CN-37 had to approve, and which it hadn't approved by then",
    );
}

/// Publishes the rule of Yantai with the time of some days later.
fn publish_later(country: &Path, days: i64) {
    let mut editor = RepositoryEditor::open(&country.join("repositories/CN-3706")).unwrap();
    let part = RulebookPart::select(&country.join("yantai/target/rulebook"), &editor).unwrap();
    let key = SigningKey::open(&country.join("keys/yt-publish"), PASSPHRASE.to_owned().into()).unwrap();
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
    part.publish(&mut editor, &[key], Validity::default(), later).unwrap();
}
