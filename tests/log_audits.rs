//! What `ordinance log verify`, `audit` and `adopt` say of a log: one that is as it must be, and one that was cut,
//! altered or forked.

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_log::{LogKey, LogName, LogTree, TileFolder, leaf_hash};
use serde_json::Value;

use crate::assertions::{assert_contains, assert_lacks};
use crate::log_proofs::{decide, key_of, log_of, wait_for_checkpoint};
use crate::support::{Server, edit, plugins_rulebook, run, scratch, text_of};

/// A log that a host wrote and left, with its tree and its public key.
struct AuditedLog {
    server: Server,
    log: PathBuf,
    key: String,
}

impl AuditedLog {
    fn new(records: usize) -> Self {
        let mut server = Server::start(plugins_rulebook(), "[http]\ndrain-delay-ms = 0\n");
        for _ in 0..records {
            decide(&server);
        }
        server.terminate();
        assert!(server.wait().success());
        let log = log_of(&server);
        let key = key_of(&log);
        Self { server, log, key }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.server.folder.path().join(name)
    }

    fn tile(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("{}.tree/{name}", self.log.display()))
    }

    /// Fails unless a command ends so.
    #[track_caller]
    fn check(&self, words: &[&str], code: i32, expected: &str) {
        let ran = run(&[&["log"], words, &["--key", &self.key]].concat());
        assert_contains(&text_of(&ran), expected);
        assert_eq!(ran.status.code(), Some(code), "{}", text_of(&ran));
    }

    #[track_caller]
    fn check_audit(&self, code: i32, expected: &str) {
        self.check(&["audit", self.log.to_str().unwrap()], code, expected);
    }

    #[track_caller]
    fn check_verify(&self, words: &[&str], code: i32, expected: &str) {
        let tree = format!("{}.tree", self.log.display());
        self.check(&[&["verify", "--tiles", &tree], words].concat(), code, expected);
    }
}

#[test]
fn a_log_that_is_as_it_must_be_has_no_finding_by_the_rulebook_that_decided() {
    let log = AuditedLog::new(5);
    log.check_audit(0, "records 0 to 4 are whole, root sha256:");
    let (file, rulebook) = (log.log.to_str().unwrap(), plugins_rulebook().to_str().unwrap());
    log.check(&["audit", file, "--rulebook", rulebook], 0, "records 0 to 4 are whole");
    // Records that are younger than the checkpoint are told, not refused.
    let line = fs::read_to_string(&log.log).unwrap().lines().last().unwrap().to_owned();
    let id: Value = serde_json::from_str(&line).unwrap();
    let id = id["id"].as_str().unwrap().to_owned();
    let last = if id.ends_with('0') { "1" } else { "0" };
    let younger = line.replacen("\"index\":4", "\"index\":5", 1).replacen(&id, &format!("{}{last}", &id[..35]), 1);
    fs::write(&log.log, format!("{}{younger}\n", fs::read_to_string(&log.log).unwrap())).unwrap();
    log.check_audit(0, "1 record younger than the checkpoint");
}

#[test]
fn a_record_that_was_altered_removed_added_or_moved_is_named() {
    let log = AuditedLog::new(4);
    let whole = fs::read_to_string(&log.log).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let write = |lines: &[&str]| fs::write(&log.log, lines.iter().map(|line| format!("{line}\n")).collect::<String>());
    let outcome = lines[2].replacen("\"outcome\":\"undetermined\"", "\"outcome\":\"ineligible\"", 1);
    write(&[lines[0], lines[1], &outcome, lines[3]]).unwrap();
    log.check_audit(1, "record 3 of the file is not the leaf 2 of the tree");
    write(&[lines[0], lines[2], lines[3]]).unwrap();
    log.check_audit(1, "record 2 of the file has the number 2 where 1 should be");
    write(&[lines[0], lines[1], lines[1], lines[2], lines[3]]).unwrap();
    log.check_audit(1, "record 3 of the file has the number 1 where 2 should be");
    write(&lines[..3]).unwrap();
    log.check_audit(1, "ends before the record 3, but the log signed 4");
    write(&[]).unwrap();
    log.check_audit(1, "ends before the record 0, but the log signed 4");
    // What a write that failed may leave.
    write(&[lines[0], &lines[1][..40], lines[1], lines[2], lines[3]]).unwrap();
    log.check_audit(1, "record 2 of the file isn't written as a record, at column 40");
    // The later files of a log that went on in others.
    write(&lines[2..]).unwrap();
    log.check_audit(0, "records 2 to 3 are whole");
    let (first, tree) = (log.path("first.ndjson"), format!("{}.tree", log.log.display()));
    fs::write(&first, format!("{}\n{}\n", lines[0], lines[1])).unwrap();
    log.check(&["audit", first.to_str().unwrap(), log.log.to_str().unwrap()], 0, "records 0 to 3 are whole");
    log.check(
        &["audit", log.log.to_str().unwrap(), first.to_str().unwrap(), "--tiles", &tree],
        1,
        "has the number 0 where 4 should be",
    );
}

#[test]
fn a_record_that_no_host_writes_is_named_and_not_shown() {
    let log = AuditedLog::new(2);
    let whole = fs::read_to_string(&log.log).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let check = |from: &str, to: &str, expected: &str| {
        let altered = lines[1].replacen(from, to, 1);
        assert_ne!(altered, lines[1], "{from}");
        fs::write(&log.log, format!("{}\n{altered}\n", lines[0])).unwrap();
        log.check_audit(1, &format!("record 2 of the file {expected}"));
    };
    let first: Value = serde_json::from_str(lines[0]).unwrap();
    let second: Value = serde_json::from_str(lines[1]).unwrap();
    let text = |value: &Value| value.to_string();
    check(&text(&second["id"]), &text(&first["id"]), "has the id of another record");
    check(&text(&second["id"]), "\"019a0f3e-0000-7000-8000-000000000000\"", "has a time that is not that of its id");
    check(&text(&second["id"]), "\"5f0c2d4e-7c1b-4e5a-9d3c-0123456789ab\"", "has an id that is no UUID of version 7");
    check(&text(&second["id"]), "\"Li Ming\"", "isn't written as a record, at column");
    check("\"outcome\":\"undetermined\",", "", "lacks the member `outcome`");
    check("\"rulebook\":\"sha256:", "\"rulebook\":\"sha1:", "has no digest as `rulebook`");
    check("\"layers\":[", "\"layers\":[7,", "isn't written as a record, at column");
    let shown = run(&["log", "audit", log.log.to_str().unwrap(), "--key", &log.key]);
    assert_lacks(&text_of(&shown), "disability_grade");
}

#[test]
fn a_digest_that_no_rulebook_has_is_named() {
    let log = AuditedLog::new(1);
    let whole = fs::read_to_string(&log.log).unwrap();
    let record: Value = serde_json::from_str(&whole).unwrap();
    let (file, rulebook) = (log.log.to_str().unwrap(), plugins_rulebook().to_str().unwrap());
    let check = |digest: &str, expected: &str| {
        fs::write(&log.log, whole.replacen(digest, &format!("sha256:{}", "7".repeat(64)), 1)).unwrap();
        log.check(&["audit", file, "--rulebook", rulebook], 1, expected);
    };
    check(record["rulebook"].as_str().unwrap(), "which --rulebook doesn't name");
    let layers = record["layers"].as_array().unwrap();
    let digest = layers.iter().find_map(|layer| layer["digest"].as_str()).unwrap();
    check(digest, "which its rulebook doesn't have");
}

#[test]
fn a_tree_continues_each_of_its_older_checkpoints_and_none_of_another_tree() {
    let mut server = Server::start(plugins_rulebook(), "[http]\ndrain-delay-ms = 0\n");
    let log = log_of(&server);
    let mut kept = Vec::new();
    for size in [1, 3, 260] {
        let recorded = fs::read_to_string(&log).unwrap_or_default().lines().count();
        for _ in recorded..size {
            decide(&server);
        }
        wait_for_checkpoint(&log, size);
        let checkpoint = server.folder.path().join(format!("checkpoint-{size}"));
        fs::copy(format!("{}.tree/checkpoint", log.display()), &checkpoint).unwrap();
        kept.push(checkpoint);
    }
    server.terminate();
    assert!(server.wait().success());
    let key = key_of(&log);
    let log = AuditedLog { server, log, key };
    let [one, three, last] = [&kept[0], &kept[1], &kept[2]].map(|path| path.to_str().unwrap());
    log.check_verify(&[], 0, "260 records, root sha256:");
    for (older, records) in [(one, "1 record"), (three, "3 records"), (last, "260 records")] {
        log.check_verify(&["--older", older], 0, &format!("continues the tree of {records}"));
    }
    log.check_verify(&["--older", one, "--newer", three], 0, "continues the tree of 1 record");
    log.check_verify(&["--older", last, "--newer", three], 1, "the newer checkpoint has 3 records, the older one 260");
    log.check_verify(&["--older", "/nowhere"], 2, "`/nowhere` can't be read");
    // The operator signs another history.
    let secret = LogKey::parse(&fs::read_to_string(format!("{}.key", log.log.display())).unwrap()).unwrap();
    let forked = |size: u64| {
        let folder = scratch();
        let mut tree = LogTree::open(TileFolder::new(folder.path().join("tree")), secret.verifier()).unwrap();
        for number in 0..size {
            tree.append(leaf_hash(&number.to_be_bytes())).unwrap();
        }
        let checkpoint = log.path(&format!("forked-{size}"));
        fs::write(&checkpoint, tree.publish(&secret).unwrap().text()).unwrap();
        checkpoint.to_str().unwrap().to_owned()
    };
    log.check_verify(&["--older", &forked(260)], 1, "the log was forked: it signed two trees of 260 records");
    let help = "the log was forked: its tree of 260 records doesn't begin with the records of its tree of 3 records";
    log.check_verify(&["--older", &forked(3)], 1, help);
    log.check_verify(&["--newer", &forked(300)], 1, "the tile tile/0/001.p/44 is missing");
}

#[test]
fn a_checkpoint_of_another_log_an_altered_one_and_a_wrong_key_are_refused() {
    let log = AuditedLog::new(2);
    let checkpoint = log.tile("checkpoint");
    let whole = fs::read_to_string(&checkpoint).unwrap();
    let name = whole.lines().next().unwrap().to_owned();
    let other = LogKey::generate(&LogName::new("log.example/other").unwrap()).unwrap();
    let alike = LogKey::generate(&LogName::new(&name).unwrap()).unwrap();
    let tree = format!("{}.tree", log.log.display());
    let check_with = |key: &str, code: i32, expected: &str| {
        let verified = run(&["log", "verify", "--tiles", &tree, "--key", key]);
        assert_contains(&text_of(&verified), expected);
        assert_eq!(verified.status.code(), Some(code), "{}", text_of(&verified));
    };
    let of_other = format!("it is of the log `{name}`, not of `log.example/other`");
    check_with(other.verifier().to_text(), 1, &of_other);
    check_with(alike.verifier().to_text(), 1, &format!("the key of the log `{name}` didn't sign it"));
    check_with(other.to_text(), 2, "--key is the secret key of the log");
    check_with("a+b", 2, "--key: a key is written as `NAME+ID+KEY`");
    fs::write(&checkpoint, whole.replacen("\n2\n", "\n1\n", 1)).unwrap();
    log.check_verify(&[], 1, "its signature by the key of the log");
    fs::write(&checkpoint, "2\n").unwrap();
    log.check_verify(&[], 1, "it isn't written as a checkpoint");
    fs::write(&checkpoint, [0xff]).unwrap();
    log.check_verify(&[], 1, "it isn't written as a checkpoint");
    fs::remove_file(&checkpoint).unwrap();
    log.check_verify(&[], 2, "there is no file `checkpoint`");
    log.check(&["verify", "--tiles", "/nowhere"], 2, "`/nowhere` is no folder");
}

#[test]
fn a_tile_that_is_cut_altered_or_missing_is_told_by_each_command() {
    let log = AuditedLog::new(260);
    let full = log.tile("tile/0/000");
    let whole = fs::read(&full).unwrap();
    let mut altered = whole.clone();
    altered[32 * 7] ^= 1;
    let tree = format!("{}.tree", log.log.display());
    let check = |audit: &str, prove: &str| {
        log.check_audit(1, audit);
        log.check(&["prove", "--tiles", &tree, "--index", "7"], 1, prove);
    };
    fs::write(&full, &altered).unwrap();
    check("record 8 of the file is not the leaf 7 of the tree: it was altered, or the tree was", "a tile was altered");
    fs::write(&full, &whole[..8191]).unwrap();
    check("the tile tile/0/000 is cut off", "the tile tile/0/000 is cut off");
    fs::remove_file(&full).unwrap();
    check("the tile tile/0/000 is missing", "the tile tile/0/000 is missing");
    fs::write(&full, &whole).unwrap();
    log.check_audit(0, "records 0 to 259 are whole");
    let edge = log.tile("tile/0/001.p/4");
    let mut altered = fs::read(&edge).unwrap();
    altered[5] ^= 1;
    fs::write(&edge, altered).unwrap();
    log.check_verify(&[], 1, "a tile was altered");
}

/// Takes the tree of a log away, and the numbers of its records: as a host without trees wrote it.
fn make_old(log: &Path) {
    let text = fs::read_to_string(log).unwrap();
    let old = |(number, line): (usize, &str)| line.replacen(&format!("\"index\":{number},"), "", 1) + "\n";
    fs::write(log, text.lines().enumerate().map(old).collect::<String>()).unwrap();
    fs::remove_dir_all(format!("{}.tree", log.display())).unwrap();
    fs::remove_file(format!("{}.key", log.display())).unwrap();
}

#[test]
fn an_old_log_is_refused_by_a_host_and_goes_on_once_it_is_adopted() {
    let log = AuditedLog::new(3);
    make_old(&log.log);
    let old = fs::read(&log.log).unwrap();
    let settings = format!("[decision-log]\npath = {:?}\n[http]\ndrain-delay-ms = 0\n", log.log);
    let config = log.path("old.toml");
    fs::write(&config, &settings).unwrap();
    let words = ["serve", plugins_rulebook().to_str().unwrap(), "--open-door", "--config", config.to_str().unwrap()];
    let refused = run(&[&words[..], &["--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0"]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert_contains(&text_of(&refused), "run `ordinance log adopt`");
    let file = log.log.clone();
    let adopt = |expected: &str| {
        let ran = run(&["log", "adopt", file.to_str().unwrap()]);
        assert_contains(&text_of(&ran), expected);
        ran.status.code()
    };
    assert_eq!(adopt("3 records, 3 of them new in the tree"), Some(0));
    assert_eq!(adopt("3 records, 0 of them new in the tree"), Some(0));
    assert_eq!(fs::read(&log.log).unwrap(), old, "what auditors hold stays as it is");
    let mut server = Server::start(plugins_rulebook(), &settings);
    let id = decide(&server);
    server.get(&format!("/v1/receipts/{id}")).assert_status(200);
    server.get(&format!("/v1/receipts/{id}?index=0")).assert_problem(404, "unknown-record");
    // A record from before has no number in its line; its id is compared all the same.
    let adopted: Value = serde_json::from_slice(old.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
    let adopted = adopted["id"].as_str().unwrap();
    server.get(&format!("/v1/receipts/{adopted}?index=0")).assert_status(200);
    server.get(&format!("/v1/receipts/{adopted}?index=1")).assert_problem(404, "unknown-record");
    assert_eq!(adopt("a host writes to `"), Some(2));
    server.terminate();
    assert!(server.wait().success());
    let text = fs::read_to_string(&log.log).unwrap();
    assert!(text.lines().nth(3).unwrap().starts_with("{\"index\":3,"), "{text}");
    let log = AuditedLog { key: key_of(&log.log), ..log };
    log.check_audit(0, "records 0 to 3 are whole");
    log.check(
        &[
            "prove",
            "--tiles",
            &format!("{}.tree", log.log.display()),
            "--index",
            "1",
            "--log",
            log.log.to_str().unwrap(),
        ],
        0,
        "\"index\": 1",
    );
    // A host without trees wrote once more; its record is adopted too.
    let again = text.lines().nth(3).unwrap().replacen("\"index\":3,", "", 1);
    fs::write(&log.log, format!("{text}{again}\n")).unwrap();
    assert_eq!(adopt("5 records, 1 of them new in the tree"), Some(0));
    edit(&log.log, "\"index\":3,", "\"index\":7,");
    assert_eq!(adopt("has the record 7 where the record 3 should be"), Some(1));
    assert_eq!(run(&["log", "adopt", "/dev/null"]).status.code(), Some(2));
}
