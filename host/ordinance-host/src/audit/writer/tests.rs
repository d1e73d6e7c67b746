//! The log at work: its lines, its tree, its proofs, and what a crash or a full disk leaves.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use super::*;
use crate::audit::write_quota::WriteQuota;
use crate::observability::request_id::RequestId;
use ordinance_domain::calendar::Timeline;
use ordinance_domain::contract::{Contract, EligibleMeaning};
use ordinance_domain::decision::{Evaluation, FactUsage, MissingFactSearch, Outcome};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{
    BasisKind, DataSubject, LegalBasis, PrivacyRulings, Purpose, Recipient, RecipientId, RecipientKind, Rulings,
};
use ordinance_domain::provision::Provision;
use ordinance_domain::query::CaseQuery;
use ordinance_domain::titles::Titles;
use ordinance_log::{Checkpoint, InclusionProof, LogName, LogTree, PublishedTree, TileFolder, leaf_hash, tree_path};

pub(super) fn decision() -> Decision {
    let query = CaseQuery {
        jurisdiction: JurisdictionCode::new("CN").unwrap(),
        service: Id::new("allowance").unwrap(),
        as_of: "2026-01-01".parse().unwrap(),
        known_at: "2026-03-01".parse().unwrap(),
    };
    let evaluation = Evaluation {
        place: query.jurisdiction.clone(),
        contract: Arc::new(contract(&query.service)),
        query,
        outcome: Outcome::Ineligible,
        layers: vec![],
        deciding_layers: vec![],
        used: vec![],
    };
    let rulings = PrivacyRulings::new(disclosure(), Rulings::default(), Vec::new(), Rulings::default());
    Decision::new(evaluation, MissingFactSearch::default(), FactUsage::default(), rulings)
}

fn contract(service: &Id) -> Contract {
    Contract {
        service: service.clone(),
        titles: Titles::default(),
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: BasisKind::StatutoryDuty,
        basis_provision: Provision { document: "A regulation".to_owned(), article: "1".to_owned(), url: None },
        privacy_reach: Timeline::default(),
        numbers: Vec::new(),
        description: Default::default(),
        application_points: Vec::new(),
        approvals: Vec::new(),
        objections: None,
        facts: vec![],
        outcome: Timeline::new(vec![]),
        eligible: EligibleMeaning::Benefit,
        grant: vec![],
    }
}

fn disclosure() -> Disclosure {
    Disclosure {
        recipient: Recipient { kind: RecipientKind::Subject, id: RecipientId::constant("4403") },
        purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
        basis: LegalBasis::StatutoryDuty,
        subject: DataSubject::default(),
        on: "2026-01-01".parse().unwrap(),
        known_at: "2026-01-01".parse().unwrap(),
    }
}

pub(super) fn key() -> io::Result<LogKey> {
    LogKey::from_seed(&LogName::new("log.example/1").unwrap(), [1; 32]).map_err(io::Error::other)
}

static QUOTA: LazyLock<WriteQuota> = LazyLock::new(|| WriteQuota::new(0));
static REQUEST: LazyLock<RequestId> = LazyLock::new(|| RequestId::New(Uuid::nil()));

pub(super) fn provenance() -> Provenance<'static> {
    Provenance {
        caller: "test",
        quota: &QUOTA,
        rulebook: Digest::new([7; 32]),
        request_id: &REQUEST,
        idempotency_key: None,
        reviewed: None,
    }
}

async fn record(log: &DecisionLog) -> Result<ReplyPermit, NotRecordedError> {
    log.record(&decision(), Mode::Official, provenance()).await
}

/// Records a decision with this commitment, and checks the proof of its record.
pub(super) async fn commit(log: &DecisionLog, commitment: Digest) -> RecordProof {
    let recorded = log.record_with_proof(&decision(), Mode::Official, provenance(), |_| commitment).await.unwrap();
    let (permit, Some(proof)) = recorded else { panic!("no proof") };
    let line: serde_json::Value = serde_json::from_slice(&proof.line).unwrap();
    assert_eq!(line["commitment"], commitment.to_string());
    assert_eq!(line["id"], permit.id().unwrap().to_string());
    assert_eq!(line["index"], proof.index);
    let checkpoint = Checkpoint::verify(&proof.checkpoint, key().unwrap().verifier()).unwrap();
    let inclusion = InclusionProof { index: proof.index, hashes: proof.hashes.clone() };
    inclusion.verify(leaf_hash(&proof.line), checkpoint.head()).unwrap();
    proof
}

/// The number of such a record.
async fn record_proven(log: &DecisionLog, commitment: Digest) -> u64 {
    commit(log, commitment).await.index
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decisions.ndjson");
    (folder, path)
}

/// Opens a log, once its last owner has ended.
fn open(path: &Path) -> io::Result<DecisionLog> {
    open_with(path, true)
}

/// Opens a log whose lines wait for no disk.
pub(super) fn open_unsynced(path: &Path) -> io::Result<DecisionLog> {
    open_with(path, false)
}

fn open_with(path: &Path, sync: bool) -> io::Result<DecisionLog> {
    loop {
        match DecisionLog::open(path, sync, key) {
            Err(error) if error.to_string().starts_with("another host writes to it") => std::thread::yield_now(),
            opened => return opened,
        }
    }
}

/// The checkpoint that is published.
fn published(path: &Path) -> Checkpoint {
    let text = PublishedTree::new(&TileFolder::new(tree_path(path))).read_checkpoint().unwrap().unwrap();
    Checkpoint::verify(&text, key().unwrap().verifier()).unwrap()
}

/// The records of a file.
pub(super) fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

#[tokio::test]
async fn every_recorded_decision_is_a_numbered_line_and_a_cut_line_is_removed() {
    let (_folder, path) = folder();
    fs::write(&path, "\n{\"cut").unwrap();
    let log = open(&path).unwrap();
    let permits = [record(&log).await, record(&log).await];
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("\n{\"index\":0,\"id\":"), "{text}");
    let lines = lines(&path);
    assert_eq!(lines.len(), 2);
    for (number, (line, permit)) in lines.iter().zip(permits).enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["index"], number);
        assert_eq!(line["id"], permit.unwrap().id().unwrap().to_string());
        assert_eq!(line["rulebook"], Digest::new([7; 32]).to_string());
        assert_eq!(line["caller"], "test");
        assert_eq!(line["basis"], "statutory-duty");
        assert!(line["recipient"].get("id").is_none(), "a natural person is not named");
        assert!(line.get("commitment").is_none(), "nobody asked for a receipt");
    }
    let second = DecisionLog::open(&path, true, key);
    assert!(second.is_err_and(|error| error.to_string() == "another host writes to it"));
}

#[tokio::test]
async fn a_full_disk_gives_no_permit() {
    let log = DecisionLog::open(Path::new("/dev/full"), true, key).unwrap();
    assert_eq!(record(&log).await, Err(NotRecordedError::Unwritable));
    assert!(!log.healthy().await);
}

#[tokio::test]
async fn a_log_that_is_no_regular_file_has_no_tree_and_no_proofs() {
    let log = DecisionLog::open(Path::new("/dev/null"), false, key).unwrap();
    assert!(log.tree().is_none());
    let (permit, proof) =
        log.record_with_proof(&decision(), Mode::Official, provenance(), |_| Digest::new([1; 32])).await.unwrap();
    assert!(permit.id().is_some());
    assert_eq!(proof, None);
}

#[tokio::test]
async fn a_log_that_was_renamed_goes_on_in_a_new_file_and_a_mended_one_turns_healthy() {
    let (folder, path) = folder();
    let log = open(&path).unwrap();
    record(&log).await.unwrap();
    fs::rename(&path, folder.path().join("old.ndjson")).unwrap();
    record(&log).await.unwrap();
    assert_eq!(published(&path).head().size, 1, "the file that ended is in the published tree");
    fs::rename(&path, folder.path().join("new.ndjson")).unwrap();
    let second = DecisionLog::open(&path, true, key).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(second.starts_with("another host writes to its tree "), "{second}");
    fs::rename(folder.path().join("new.ndjson"), &path).unwrap();
    let lines = lines(&path);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("{\"index\":1,"), "{}", lines[0]);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(record(&log).await, Err(NotRecordedError::Unwritable));
    assert!(!log.healthy().await);
    fs::remove_dir(&path).unwrap();
    assert!(log.healthy().await);
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}

#[tokio::test]
async fn a_record_is_proven_with_the_reply_alone_and_in_a_group_and_a_simulation_is_not() {
    let (_folder, path) = folder();
    let log = open(&path).unwrap();
    for number in 0..3 {
        assert_eq!(record_proven(&log, Digest::new([number; 32])).await, u64::from(number));
    }
    // Others are in the same groups, and tiles become full.
    let mut numbers = Vec::new();
    for _ in 0..6 {
        let (decision, provenance) = (decision(), provenance());
        let others = log.record_all((0..100).map(|_| (&decision, Mode::Official)), provenance);
        let (proven, others) = tokio::join!(record_proven(&log, Digest::new([9; 32])), others);
        assert!(others.iter().all(Result::is_ok));
        numbers.push(proven);
    }
    assert!(numbers.is_sorted());
    assert_eq!(lines(&path).len(), 3 + 6 * 101);
    let simulation = log.record_with_proof(&decision(), Mode::Simulation, provenance(), |_| Digest::new([1; 32])).await;
    assert_eq!(simulation.unwrap(), (ReplyPermit::simulation(), None));
}

#[tokio::test]
async fn records_whose_tiles_can_not_be_written_are_published_once_they_can() {
    let (_folder, path) = folder();
    let log = open(&path).unwrap();
    let tiles = tree_path(&path).join("tile");
    fs::write(&tiles, "no folder").unwrap();
    let (decision, provenance) = (decision(), provenance());
    let receipts = log.record_all((0..300).map(|_| (&decision, Mode::Official)), provenance).await;
    assert!(receipts.iter().all(Result::is_ok), "lines are written");
    assert!(log.tree().unwrap().publish().is_err());
    assert_eq!(published(&path).head().size, 0, "no checkpoint stands for tiles that aren't there");
    assert_eq!(record_proven(&log, Digest::new([1; 32])).await, 300);
    fs::remove_file(&tiles).unwrap();
    log.tree().unwrap().publish().unwrap();
    assert_eq!(published(&path).head().size, 301);
    let folder = TileFolder::new(tree_path(&path));
    PublishedTree::new(&folder).prove_inclusion(7, published(&path).head()).unwrap();
}

#[tokio::test]
async fn a_log_goes_on_after_its_end_with_the_records_that_were_not_published() {
    let (_folder, path) = folder();
    let log = open(&path).unwrap();
    for _ in 0..5 {
        record(&log).await.unwrap();
    }
    log.tree().unwrap().publish().unwrap();
    assert_eq!(published(&path).head().size, 5);
    for _ in 0..3 {
        record(&log).await.unwrap();
    }
    drop(log);
    let again = open(&path).unwrap();
    assert_eq!(record_proven(&again, Digest::new([1; 32])).await, 8);
    again.tree().unwrap().publish().unwrap();
    // The tree has the leaves of all lines.
    let folder = tempfile::tempdir().unwrap();
    let mut whole = LogTree::open(TileFolder::new(folder.path().join("tree")), key().unwrap().verifier()).unwrap();
    for line in lines(&path) {
        whole.append(leaf_hash(line.as_bytes())).unwrap();
    }
    assert_eq!(published(&path).head(), whole.head());
}

#[tokio::test]
async fn a_log_that_does_not_fit_its_tree_is_refused_with_what_mends_it() {
    let (_folder, path) = folder();
    let refusal = |path: &Path| open(path).err().map(|error| error.to_string()).unwrap_or_default();
    fs::write(&path, "{\"id\":\"0\"}\n").unwrap();
    assert_eq!(
        refusal(&path),
        "its record 0 has no number and is in no tree; end the host and run `ordinance log adopt`, which makes such \
         records leaves as they are"
    );
    fs::write(&path, "").unwrap();
    let log = open(&path).unwrap();
    for _ in 0..3 {
        record(&log).await.unwrap();
    }
    log.tree().unwrap().publish().unwrap();
    drop(log);
    drop(open(&path).unwrap());
    let whole = lines(&path);
    fs::write(&path, format!("{}\n", whole[0])).unwrap();
    assert_eq!(
        refusal(&path),
        "it ends before the record 1, but its checkpoint is of 3 records; restore the file of the log"
    );
    let later = whole[2].replacen("\"index\":2", "\"index\":4", 1);
    fs::write(&path, format!("{}\n{later}\n", whole.join("\n"))).unwrap();
    assert_eq!(
        refusal(&path),
        "the record 3 is missing before the record 4; restore the file of the log, or the folder of its tree"
    );
    // A record of a host without trees, after the others.
    let old = whole[2].replacen("\"index\":2,", "", 1);
    fs::write(&path, format!("{}\n{old}\n", whole.join("\n"))).unwrap();
    assert!(refusal(&path).starts_with("its record 3 has no number"), "{}", refusal(&path));
    fs::write(&path, format!("{}\n", whole.join("\n"))).unwrap();
    assert_eq!(record_proven(&open(&path).unwrap(), Digest::new([1; 32])).await, 3);
}
