//! Trees of records: what is proven of them, and what is told when their files were altered.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

use std::fs;

use ordinance_domain::digest::Digest;
use ordinance_log::{
    Checkpoint, CheckpointError, ConsistencyProof, InclusionProof, LogError, LogKey, LogName, LogTree, ProofError,
    PublishedTree, TileFolder, TreeHead, leaf_hash,
};
use proptest::prelude::*;

fn key() -> LogKey {
    LogKey::from_seed(&LogName::new("log.example/1").unwrap(), [1; 32]).unwrap()
}

fn leaf(index: u64) -> Digest {
    leaf_hash(format!("record {index}").as_bytes())
}

/// A tree in a new folder, with this many records.
fn tree(size: u64) -> (tempfile::TempDir, LogTree) {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = LogTree::open(TileFolder::new(folder.path().join("log")), key().verifier()).unwrap();
    grow(&mut tree, size);
    (folder, tree)
}

fn grow(tree: &mut LogTree, size: u64) {
    for index in tree.size()..size {
        assert_eq!(tree.append(leaf(index)).unwrap(), index);
    }
}

/// The root by the definition of RFC 6962, section 2.1, for which each node is SHA-256 of a one and its two children.
fn root_by_definition(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let left = 1 << (leaves.len() - 1).ilog2();
            let (left, right) = leaves.split_at(left);
            sha256(&[&[1], root_by_definition(left).bytes().as_slice(), root_by_definition(right).bytes()].concat())
        }
    }
}

fn sha256(bytes: &[u8]) -> Digest {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    Digest::new(hash.as_ref().try_into().unwrap())
}

#[test]
fn a_tree_has_the_root_that_the_definition_gives() {
    let (_folder, mut growing) = tree(0);
    let mut leaves = Vec::new();
    for size in 0..1_100 {
        assert_eq!(growing.head(), TreeHead { size, root: root_by_definition(&leaves) }, "{size}");
        leaves.push(leaf(size));
        growing.append(leaf(size)).unwrap();
    }
}

#[test]
fn a_tree_proves_each_of_its_records_and_each_of_its_beginnings_before_and_after_it_is_published() {
    let (folder, mut growing) = tree(0);
    for size in [1, 2, 3, 7, 8, 255, 256, 257, 300, 511, 512, 513] {
        grow(&mut growing, size);
        let head = growing.head();
        let check = |growing: &LogTree| {
            for index in (0..size).filter(|index| index % 7 == 0 || index + 3 >= size) {
                let (found, proof) = growing.snapshot().prove_inclusion(index).unwrap();
                assert_eq!(found, leaf(index));
                proof.verify(found, head).unwrap();
            }
        };
        check(&growing);
        growing.publish(&key()).unwrap();
        check(&growing);
        let files = TileFolder::new(folder.path().join("log"));
        for earlier in (0..=size).filter(|earlier| earlier % 7 == 0 || earlier + 3 >= size) {
            let (then, proof) = PublishedTree::new(&files).prove_consistency(earlier, head).unwrap();
            assert_eq!(then, tree(earlier).1.head(), "{earlier}");
            proof.verify(then, head).unwrap();
        }
    }
}

#[test]
fn a_published_tree_goes_on_in_another_process_and_proves_from_its_files_alone() {
    let (folder, mut growing) = tree(65_536 + 300);
    let first = growing.publish(&key()).unwrap();
    let files = TileFolder::new(folder.path().join("log"));
    let mut again = LogTree::open(files.clone(), key().verifier()).unwrap();
    assert_eq!(again.head(), first.head());
    assert_eq!(again.published(), first.head().size);
    grow(&mut again, 66_100);
    let second = again.publish(&key()).unwrap();
    let text = PublishedTree::new(&files).read_checkpoint().unwrap().unwrap();
    assert_eq!(Checkpoint::verify(&text, key().verifier()), Ok(second.clone()));
    let (earlier, later) = (first.head(), second.head());
    assert_eq!(PublishedTree::new(&files).prove_consistency(earlier.size, later).unwrap().0, earlier);
    for index in [0, 255, 256, 65_535, 65_536, 66_099] {
        PublishedTree::new(&files).prove_inclusion(index, later).unwrap().1.verify(leaf(index), later).unwrap();
        let of_earlier = PublishedTree::new(&files).prove_inclusion(index, earlier);
        assert_eq!(of_earlier.is_ok(), index < earlier.size, "{index}");
    }
    // Full tiles have no partial files.
    assert!(!folder.path().join("log/tile/0/000.p").exists());
    assert!(folder.path().join("log/tile/1/000").exists());
    assert!(folder.path().join("log/tile/0/258.p/52").exists());
}

#[test]
fn a_tree_grows_again_from_any_of_its_sizes() {
    let (folder, mut growing) = tree(700);
    let head = growing.publish(&key()).unwrap().head();
    let files = TileFolder::new(folder.path().join("log"));
    let published = PublishedTree::new(&files);
    for size in [0, 1, 255, 256, 300, 511, 512, 600, 699, 700] {
        let mut regrown = published.regrow(size, head).unwrap();
        for index in size..700 {
            regrown.append(leaf(index)).unwrap();
        }
        assert_eq!(regrown.head(), head, "{size}");
    }
    assert!(matches!(published.regrow(701, head), Err(LogError::NotInTree { .. })));
    for number in 0..3 {
        let leaves = published.leaves(number, 700).unwrap();
        let expected: Vec<Digest> = (number * 256..(number * 256 + 256).min(700)).map(leaf).collect();
        assert_eq!(leaves, expected, "{number}");
    }
}

#[test]
fn an_altered_cut_or_missing_tile_and_a_foreign_checkpoint_are_told() {
    let (folder, mut growing) = tree(600);
    let head = growing.publish(&key()).unwrap().head();
    let files = TileFolder::new(folder.path().join("log"));
    let open = || LogTree::open(files.clone(), key().verifier()).map(|tree| tree.size());
    let last = files.path().join("tile/0/002.p/88");
    let good = fs::read(&last).unwrap();
    let mut altered = good.clone();
    altered[40] ^= 1;
    fs::write(&last, &altered).unwrap();
    assert!(matches!(open(), Err(LogError::OtherRoot { size: 600 })));
    assert!(matches!(PublishedTree::new(&files).prove_inclusion(599, head), Err(LogError::OtherRoot { size: 600 })));
    fs::write(&last, &good[..100]).unwrap();
    assert!(matches!(open(), Err(LogError::CutTile(tile)) if tile == "tile/0/002.p/88"));
    fs::remove_file(&last).unwrap();
    assert!(matches!(open(), Err(LogError::NoTile(tile)) if tile == "tile/0/002.p/88"));
    fs::write(&last, &good).unwrap();
    assert_eq!(open().unwrap(), 600);
    // A record that was altered in a full tile is found when something is proven by that tile.
    let first = files.path().join("tile/0/000");
    let mut altered = fs::read(&first).unwrap();
    altered[0] ^= 1;
    fs::write(&first, altered).unwrap();
    assert!(matches!(PublishedTree::new(&files).prove_inclusion(3, head), Err(LogError::OtherRoot { size: 600 })));
    assert!(matches!(PublishedTree::new(&files).prove_consistency(3, head), Err(LogError::OtherRoot { size: 600 })));
    assert!(matches!(
        PublishedTree::new(&files).prove_inclusion(600, head),
        Err(LogError::NotInTree { size: 600, wanted: 600 })
    ));
    let other = LogKey::from_seed(&LogName::new("log.example/2").unwrap(), [1; 32]).unwrap();
    let opened = LogTree::open(files, other.verifier());
    assert!(matches!(opened, Err(LogError::Checkpoint(CheckpointError::OtherLog { .. }))));
}

#[test]
fn a_forged_proof_and_a_fork_are_refused() {
    let (_folder, growing) = tree(300);
    let (_other, fork) = {
        let (folder, mut fork) = tree(299);
        fork.append(leaf_hash(b"another record")).unwrap();
        (folder, fork)
    };
    let (head, forked) = (growing.head(), fork.head());
    let (_, proof) = growing.snapshot().prove_inclusion(42).unwrap();
    assert_eq!(proof.verify(leaf(43), head), Err(ProofError::NotIncluded));
    assert_eq!(proof.verify(leaf(42), forked), Err(ProofError::NotIncluded));
    for place in 0..proof.hashes.len() {
        let mut forged = proof.clone();
        forged.hashes[place] = leaf(9);
        assert_eq!(forged.verify(leaf(42), head), Err(ProofError::NotIncluded), "{place}");
    }
    assert_eq!(InclusionProof { index: 300, ..proof.clone() }.verify(leaf(42), head), Err(ProofError::NotIncluded));
    let long = InclusionProof { index: 42, hashes: vec![leaf(1); 65] };
    assert_eq!(long.verify(leaf(42), head), Err(ProofError::NotIncluded));
    // Two trees of one size with two roots.
    let none = ConsistencyProof { hashes: Vec::new() };
    assert_eq!(none.verify(head, head), Ok(()));
    assert_eq!(none.verify(head, forked), Err(ProofError::NotContinued));
    let (later_folder, mut later) = tree(400);
    later.publish(&key()).unwrap();
    let files = TileFolder::new(later_folder.path().join("log"));
    let (_, continued) = PublishedTree::new(&files).prove_consistency(300, later.head()).unwrap();
    assert_eq!(continued.verify(head, later.head()), Ok(()));
    assert_eq!(continued.verify(forked, later.head()), Err(ProofError::NotContinued));
    assert_eq!(continued.verify(later.head(), head), Err(ProofError::NotContinued));
}

#[test]
fn a_tree_whose_folder_cannot_be_written_keeps_its_records_for_the_next_try() {
    let (folder, mut growing) = tree(300);
    let blocked = folder.path().join("log");
    fs::write(&blocked, "no folder").unwrap();
    assert!(matches!(growing.publish(&key()), Err(LogError::Io { .. })));
    assert_eq!(growing.size(), 300);
    assert_eq!(growing.published(), 0);
    growing.snapshot().prove_inclusion(3).unwrap().1.verify(leaf(3), growing.head()).unwrap();
    fs::remove_file(&blocked).unwrap();
    growing.publish(&key()).unwrap();
    let again = LogTree::open(TileFolder::new(blocked), key().verifier()).unwrap();
    assert_eq!(again.head(), growing.head());
}

proptest! {
    #[test]
    fn no_text_that_is_altered_is_a_checkpoint(place in any::<prop::sample::Index>(), byte in any::<char>()) {
        let head = TreeHead { size: 300, root: leaf(1) };
        let signed = Checkpoint::sign(head, &key()).unwrap();
        let mut text: Vec<char> = signed.text().chars().collect();
        let place = place.index(text.len());
        prop_assume!(text[place] != byte);
        text[place] = byte;
        let text: String = text.into_iter().collect();
        // A signature may be written in two ways only in its last digits, which mean the same bytes.
        prop_assert!(Checkpoint::verify(&text, key().verifier()).is_err(), "{}", text);
    }
}
