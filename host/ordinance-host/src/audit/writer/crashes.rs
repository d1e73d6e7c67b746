//! Crashes at every point: in the middle of a line, between the line and its leaf, between the tiles and the checkpoint
//! of a publication. Whatever a request was answered is in the log afterwards, and no tree that was signed is broken.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ordinance_log::lines::number_of;
use ordinance_log::{Checkpoint, LogTree, TileFolder, TreeHead, leaf_hash, tree_path};

use super::tests::{commit, decision, key, lines, open_unsynced, provenance};
use super::*;

/// The crashes of a run.
const CRASHES: usize = 2000;
/// The crashes of one log.
const CRASHES_OF_LOG: usize = 40;

/// Numbers that look random and are the same in each run (Steele, Lea and Flood 2014: SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

/// A folder in memory, where the system has one: a crash is what these tests leave, not what a disk does.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = folder.path().join("decisions.ndjson");
    (folder, path)
}

/// What somebody outside holds of a log: answered records, and heads that the log signed.
#[derive(Default)]
struct Witness {
    records: BTreeMap<u64, Vec<u8>>,
    heads: BTreeMap<u64, TreeHead>,
}

impl Witness {
    /// Records a decision, with or without a proof.
    async fn ask(&mut self, log: &DecisionLog, path: &Path, with_proof: bool) {
        if with_proof {
            let proof = commit(log, Digest::new([3; 32])).await;
            let head = Checkpoint::verify(&proof.checkpoint, key().unwrap().verifier()).unwrap().head();
            self.heads.insert(head.size, head);
            self.records.insert(proof.index, proof.line);
        } else {
            log.record(&decision(), Mode::Official, provenance()).await.unwrap();
            let line = lines(path).pop().unwrap();
            self.records.insert(number_of(line.as_bytes()).unwrap(), line.into_bytes());
        }
    }

    /// Fails unless the log holds what was answered, and its tree continues each one that was signed.
    fn check(&self, log: &DecisionLog, path: &Path) {
        let lines = lines(path);
        let nowhere = TileFolder::new(PathBuf::from("/nowhere"));
        let mut tree = LogTree::open(nowhere, key().unwrap().verifier()).unwrap();
        for (number, line) in (0..).zip(&lines) {
            assert_eq!(number_of(line.as_bytes()), Some(number));
            tree.append(leaf_hash(line.as_bytes())).unwrap();
            if let Some(head) = self.heads.get(&tree.size()) {
                assert_eq!(tree.head(), *head);
            }
        }
        assert_eq!(log.tree().unwrap().signed().unwrap().checkpoint.head(), tree.head());
        for (number, record) in &self.records {
            assert_eq!(lines[usize::try_from(*number).unwrap()].as_bytes(), record, "record {number}");
        }
        assert!(self.heads.keys().all(|size| *size <= tree.size()), "a tree that was signed is whole");
    }
}

/// The files of a tree with their contents, in the order in which they are written: the checkpoint last.
fn files_of(tree: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut folders = vec![tree.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => files.push((path.clone(), fs::read(path).unwrap())),
            }
        }
    }
    files.sort_by_key(|(path, _)| (path.ends_with("checkpoint"), path.clone()));
    files
}

/// Publishes a tree up to a step: files that it wrote later are as before, the next one is a part beside its place.
fn publish_up_to(log: &DecisionLog, path: &Path, dice: &mut Dice) -> usize {
    let folder = tree_path(path);
    let before = files_of(&folder);
    log.tree().unwrap().publish().unwrap();
    let after = files_of(&folder);
    let written: Vec<_> = after.iter().filter(|file| !before.contains(file)).cloned().collect();
    let step = dice.below(written.len() + 1);
    if step == written.len() {
        return step;
    }
    fs::remove_dir_all(&folder).unwrap();
    for (path, content) in before.iter().chain(&written[..step]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let (path, content) = &written[step];
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(format!("{}.new", path.display()), &content[..dice.below(content.len() + 1)]).unwrap();
    step
}

/// Leaves what a crash in the middle of a write leaves: some whole lines that nobody was answered, and a part of one.
fn write_in_part(path: &Path, next: u64, dice: &mut Dice) {
    let last = lines(path).pop().unwrap_or_else(|| "{\"index\":0,\"id\":\"x\"}".to_owned());
    let (_, members) = last.split_once(',').unwrap();
    let more = dice.below(3);
    let mut text = fs::read(path).unwrap();
    for number in (next..).take(more) {
        text.extend_from_slice(format!("{{\"index\":{number},{members}\n").as_bytes());
    }
    let cut = format!("{{\"index\":{},{members}\n", next + u64::try_from(more).unwrap());
    text.extend_from_slice(&cut.as_bytes()[..dice.below(cut.len())]);
    fs::write(path, text).unwrap();
}

#[tokio::test]
async fn thousands_of_crashes_lose_nothing_that_was_answered_and_break_no_tree() {
    let mut dice = Dice(20);
    for round in 0..CRASHES / CRASHES_OF_LOG {
        let (_folder, path) = folder();
        let mut witness = Witness::default();
        // Half of the logs have tiles that are about to be full.
        let grown = if round % 2 == 0 { 0 } else { 240 };
        let log = open_unsynced(&path).unwrap();
        let (decision, mode) = (decision(), Mode::Official);
        assert!(log.record_all((0..grown).map(|_| (&decision, mode)), provenance()).await.iter().all(Result::is_ok));
        drop(log);
        for _ in 0..CRASHES_OF_LOG {
            let log = open_unsynced(&path).unwrap();
            witness.check(&log, &path);
            for _ in 0..dice.below(4) {
                witness.ask(&log, &path, dice.below(2) == 0).await;
            }
            if dice.below(3) > 0 {
                publish_up_to(&log, &path, &mut dice);
            }
            let next = u64::try_from(lines(&path).len()).unwrap();
            drop(log);
            if dice.below(2) == 0 {
                write_in_part(&path, next, &mut dice);
            }
        }
        witness.check(&open_unsynced(&path).unwrap(), &path);
        assert!(witness.records.len() > CRASHES_OF_LOG / 2);
    }
}

#[tokio::test]
async fn a_log_that_is_cut_at_any_byte_behind_its_checkpoint_goes_on_with_its_whole_lines() {
    let (_folder, path) = folder();
    let log = open_unsynced(&path).unwrap();
    for number in 0..4 {
        if number == 2 {
            log.tree().unwrap().publish().unwrap();
        }
        log.record(&decision(), Mode::Official, provenance()).await.unwrap();
    }
    drop(log);
    let (whole, records) = (fs::read(&path).unwrap(), lines(&path));
    let published: usize = records[..2].iter().map(|line| line.len() + 1).sum();
    let tree = files_of(&tree_path(&path));
    for end in published..=whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        fs::remove_dir_all(tree_path(&path)).unwrap();
        for (path, content) in &tree {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let log = open_unsynced(&path).unwrap();
        let kept = whole[..end].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines(&path), records[..kept], "{end}");
        assert_eq!(log.tree().unwrap().signed().unwrap().checkpoint.head().size, u64::try_from(kept).unwrap(), "{end}");
    }
}
