//! The file of the decision log: one line for each official decision, on the disk before the host sends the reply. The
//! writer writes lines that come together in one group.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ordinance_domain::decision::Decision;
use ordinance_domain::privacy::Disclosure;
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_log::LogKey;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use crate::audit::evaluations_record::{RuledEvaluation, evaluations_record};
use crate::audit::mode::Mode;
use crate::audit::receipt::Receipt;
use crate::audit::record::{Provenance, decision_record, disclosure_record};
use crate::audit::record_tree::{RecordTree, numbered};
use crate::audit::write_quota::WriteQuotaError;
use crate::observability::request_id::LogIdentity;

pub(crate) struct DecisionLog {
    sender: mpsc::Sender<Entry>,
    healthy: Arc<AtomicBool>,
}

/// Why a line is not in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRecordedError {
    #[error("the decision log can't be written")]
    Unwritable,
    #[error("the caller has written as many bytes to the decision log as it may in an hour")]
    QuotaExceeded { retry_after: Duration },
}

/// A record that is written down and not yet on its way to the disk: a long one is written down in a caller's turn.
pub(crate) struct PreparedRecord {
    id: Uuid,
    line: Option<Vec<u8>>,
}

impl PreparedRecord {
    /// The rulings on the official evaluations of one request, in one line.
    pub(crate) fn of_evaluations(evaluations: &[RuledEvaluation], provenance: Provenance<'_>) -> Self {
        let id = Uuid::now_v7();
        Self { id, line: evaluations_record(id, evaluations, provenance) }
    }
}

/// A decision of a batch on its way to the disk.
enum PendingReceipt {
    Queued(Uuid, Mode, oneshot::Receiver<Result<(), NotRecordedError>>),
    Simulation,
    /// The queue had no room in time, or the caller none in its quota.
    Refused(NotRecordedError),
}

/// A line for the writer, and where it says that the line is written.
struct Entry {
    line: Vec<u8>,
    done: oneshot::Sender<Result<(), NotRecordedError>>,
}

/// The most lines that wait for the disk.
const QUEUE_MAX: usize = 4096;
/// The most lines of a group.
const GROUP_MAX: usize = 1024;
/// How long a group of several lines waits for more before it is synced, so that the disk's time is divided among more
/// of them. A line that comes alone doesn't wait.
const COMMIT_DELAY: Duration = Duration::from_micros(200);
/// The bytes of the file that are read at a time, to find its last whole line.
const BLOCK_BYTES: u64 = 1 << 16;
/// The longest time that a decision waits for the disk.
const WAIT: Duration = Duration::from_secs(5);

impl DecisionLog {
    /// Opens the file for this process alone and starts the thread that writes it. A regular file has a tree, whose
    /// checkpoints `key` signs.
    pub(crate) fn open(path: &Path, sync: bool, key: impl FnOnce() -> io::Result<LogKey>) -> io::Result<Self> {
        let mut file = open_alone(path)?;
        let is_file = file.metadata()?.is_file();
        let tree = is_file.then(|| RecordTree::open(path, &mut file, key()?)).transpose()?;
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let healthy = Arc::new(AtomicBool::new(true));
        let writer =
            Writer { path: path.to_owned(), file, tree, torn: false, probe_bytes: 1, sync, healthy: Arc::clone(&healthy) };
        std::thread::Builder::new().name("decision-log".to_owned()).spawn(move || writer.run(receiver))?;
        Ok(Self { sender, healthy })
    }

    /// Records an official decision, or one that the privacy law of a past day ruled on. When this returns, its line is
    /// written (and on the disk, if the log was opened so). A simulation leaves no record.
    pub(crate) async fn record(
        &self,
        decision: &Decision,
        mode: Mode,
        provenance: Provenance<'_>,
    ) -> Result<Receipt, NotRecordedError> {
        match mode {
            Mode::Official | Mode::PastLaw => {
                let id = Uuid::now_v7();
                self.write(id, mode, decision_record(id, decision, mode, provenance), provenance).await
            }
            Mode::Simulation => Ok(Receipt::simulation()),
        }
    }

    /// Records the rulings on a request for facts; a simulation leaves no record.
    pub(crate) async fn record_disclosure(
        &self,
        disclosed: &DisclosureDecision,
        disclosure: &Disclosure,
        mode: Mode,
        provenance: Provenance<'_>,
    ) -> Result<Receipt, NotRecordedError> {
        match mode {
            Mode::Official | Mode::PastLaw => {
                let id = Uuid::now_v7();
                self.write(id, mode, disclosure_record(id, disclosed, disclosure, mode, provenance), provenance).await
            }
            Mode::Simulation => Ok(Receipt::simulation()),
        }
    }

    /// Records the prepared line of a request's evaluations.
    pub(crate) async fn record_evaluations(
        &self,
        prepared: PreparedRecord,
        provenance: Provenance<'_>,
    ) -> Result<Receipt, NotRecordedError> {
        self.write(prepared.id, Mode::Official, prepared.line, provenance).await
    }

    async fn write(
        &self,
        id: Uuid,
        mode: Mode,
        line: Option<Vec<u8>>,
        provenance: Provenance<'_>,
    ) -> Result<Receipt, NotRecordedError> {
        let line = line.ok_or(NotRecordedError::Unwritable)?;
        charge(provenance, &line)?;
        let (done, written) = oneshot::channel();
        self.sender.try_send(Entry { line, done }).map_err(|_| NotRecordedError::Unwritable)?;
        wait_for(id, mode, written, Instant::now() + WAIT).await
    }

    /// Records the official ones of the decisions of a batch, which are written together, and returns the receipt of
    /// each decision in their order. It waits for room in the queue, so that single decisions find some.
    pub(crate) async fn record_all<'a>(
        &self,
        decisions: impl Iterator<Item = (&'a Decision, Mode)>,
        provenance: Provenance<'_>,
    ) -> Vec<Result<Receipt, NotRecordedError>> {
        // One deadline for all: a disk that hangs must not hold a batch for as long as it has lines.
        let due = Instant::now() + WAIT;
        let mut pending = Vec::new();
        for (decision, mode) in decisions {
            pending.push(match mode {
                Mode::Official | Mode::PastLaw => self.enqueue(decision, mode, provenance, due).await,
                Mode::Simulation => PendingReceipt::Simulation,
            });
        }
        let mut receipts = Vec::with_capacity(pending.len());
        for entry in pending {
            receipts.push(match entry {
                PendingReceipt::Queued(id, mode, written) => wait_for(id, mode, written, due).await,
                PendingReceipt::Simulation => Ok(Receipt::simulation()),
                PendingReceipt::Refused(error) => Err(error),
            });
        }
        receipts
    }

    async fn enqueue(
        &self,
        decision: &Decision,
        mode: Mode,
        provenance: Provenance<'_>,
        due: Instant,
    ) -> PendingReceipt {
        let id = Uuid::now_v7();
        let (done, written) = oneshot::channel();
        let refused = PendingReceipt::Refused;
        let Some(line) = decision_record(id, decision, mode, provenance) else {
            return refused(NotRecordedError::Unwritable);
        };
        if let Err(error) = charge(provenance, &line) {
            return refused(error);
        }
        match self.sender.send_timeout(Entry { line, done }, due.duration_since(Instant::now())).await {
            Ok(()) => PendingReceipt::Queued(id, mode, written),
            Err(_) => refused(NotRecordedError::Unwritable),
        }
    }

    /// Whether a decision could be recorded now. After a failed write the file is tried with as many bytes as the
    /// longest line that failed, so that the answer turns good again by itself, and not before such a line fits.
    pub(crate) async fn healthy(&self) -> bool {
        if self.healthy.load(Ordering::Relaxed) {
            return true;
        }
        let (done, written) = oneshot::channel();
        let sent = self.sender.try_send(Entry { line: Vec::new(), done });
        sent.is_ok() && matches!(tokio::time::timeout(WAIT, written).await, Ok(Ok(Ok(()))))
    }
}

async fn wait_for(
    id: Uuid,
    mode: Mode,
    written: oneshot::Receiver<Result<(), NotRecordedError>>,
    due: Instant,
) -> Result<Receipt, NotRecordedError> {
    match tokio::time::timeout_at(due, written).await {
        Ok(Ok(Ok(()))) => Ok(Receipt::recorded(id, mode)),
        Ok(Ok(Err(_)) | Err(_)) | Err(_) => Err(NotRecordedError::Unwritable),
    }
}

/// Takes a line from the quota of its caller. The operator's log says once a minute that a quota is used up.
fn charge(provenance: Provenance<'_>, line: &[u8]) -> Result<(), NotRecordedError> {
    provenance.quota.take(line.len(), std::time::Instant::now()).map_err(|WriteQuotaError { retry_after, is_news }| {
        if is_news {
            let _ids = LogIdentity::span().entered();
            tracing::warn!(
                caller = provenance.caller,
                "a caller has used up its quota of the decision log: its official requests get 429"
            );
        }
        NotRecordedError::QuotaExceeded { retry_after }
    })
}

/// Opens the file, makes it if there is none (for its owner and group alone), and locks it for this process.
fn open_alone(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o640).open(path)?;
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::Error(error) => error,
        std::fs::TryLockError::WouldBlock => io::Error::other("another host writes to it"),
    })?;
    remove_cut_line(&mut file)?;
    Ok(file)
}

/// Removes the end of a log behind its last whole line: a line that a crash cut off was never answered for.
fn remove_cut_line(file: &mut File) -> io::Result<()> {
    if !file.metadata()?.is_file() {
        return Ok(());
    }
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = length;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        block.resize(usize::try_from(end - start).unwrap_or_default(), 0);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(last) = block.iter().rposition(|byte| *byte == b'\n') {
            end = start + u64::try_from(last).unwrap_or_default() + 1;
            break;
        }
        end = start;
    }
    if end == length { Ok(()) } else { file.set_len(end) }
}

/// Adds the lines that come within the delay to a group.
fn wait_for_more(group: &mut Vec<Entry>, entries: &mut mpsc::Receiver<Entry>) {
    std::thread::sleep(COMMIT_DELAY);
    while group.len() < GROUP_MAX
        && let Ok(entry) = entries.try_recv()
    {
        group.push(entry);
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    tree: Option<RecordTree>,
    /// Whether a failed write may have left a part of a line.
    torn: bool,
    /// The bytes of a probe: as many as the longest line that failed since a line was last written.
    probe_bytes: usize,
    sync: bool,
    healthy: Arc<AtomicBool>,
}

impl Writer {
    fn run(mut self, mut entries: mpsc::Receiver<Entry>) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while entries.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
            if self.sync && (2..GROUP_MAX).contains(&group.len()) {
                wait_for_more(&mut group, &mut entries);
            }
            // A request that no longer waits got an error: its decision was not given and is not recorded.
            group.retain(|entry: &Entry| !entry.done.is_closed());
            let written = self.write(&group).map_err(|error| {
                tracing::error!(%error, "the decision log can't be written");
                NotRecordedError::Unwritable
            });
            self.healthy.store(written.is_ok(), Ordering::Relaxed);
            for entry in group.drain(..) {
                // A request may have given up meanwhile; its record then has no reply.
                let _ = entry.done.send(written);
            }
        }
    }

    /// Writes all lines or none: what a failure left of them is cut off again. A group without a line is a probe, which
    /// is cut off in any case.
    fn write(&mut self, group: &[Entry]) -> io::Result<()> {
        self.follow_path()?;
        let longest = group.iter().map(|entry| entry.line.len()).max().unwrap_or_default();
        let (is_probe, was_torn) = (longest == 0, self.torn);
        let mut lines = if was_torn { b"\n".to_vec() } else { Vec::new() };
        if is_probe {
            // Empty lines: whatever stays of them where they can't be cut off is no part of a record.
            lines.resize(lines.len() + self.probe_bytes, b'\n');
        }
        let records = if is_probe { Vec::new() } else { self.number(group) };
        lines.extend(records.iter().flatten());
        let before = self.file.metadata()?.len();
        let written = self.file.write_all(&lines).and_then(|()| if self.sync { self.file.sync_data() } else { Ok(()) });
        if let (Ok(()), Some(tree)) = (&written, &self.tree) {
            tree.append(records.iter().map(Vec::as_slice)).map_err(io::Error::other)?;
        }
        self.torn = false;
        if is_probe || written.is_err() {
            // A part that can't be cut off is ended before the next line, so that no line follows a part of another.
            self.torn = was_torn || self.file.set_len(before).is_err();
        }
        if !is_probe {
            self.probe_bytes = if written.is_ok() { 1 } else { self.probe_bytes.max(longest) };
        }
        written
    }

    /// The lines of a group, with the numbers that their records have in the tree.
    fn number(&self, group: &[Entry]) -> Vec<Vec<u8>> {
        let Some(tree) = &self.tree else { return group.iter().map(|entry| entry.line.clone()).collect() };
        (tree.size()..).zip(group).map(|(number, entry)| numbered(&entry.line, number)).collect()
    }

    /// A file that was renamed or removed is no longer the log: the next line begins a new one at the path.
    fn follow_path(&mut self) -> io::Result<()> {
        let open = self.file.metadata()?;
        let same =
            std::fs::metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == (open.dev(), open.ino()));
        if !same {
            if let Some(tree) = &self.tree {
                tree.publish().map_err(io::Error::other)?;
            }
            self.file = open_alone(&self.path)?;
            self.torn = false;
            tracing::info!("the decision log begins a new file");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::write_quota::WriteQuota;
    use crate::observability::request_id::RequestId;
    use ordinance_domain::calendar::Timeline;
    use ordinance_domain::contract::{Contract, EligibleMeaning};
    use ordinance_domain::decision::{Evaluation, FactUsage, MissingFactSearch, Outcome};
    use ordinance_domain::digest::Digest;
    use ordinance_domain::jurisdiction::JurisdictionCode;
    use ordinance_domain::name::Id;
    use ordinance_domain::privacy::{
        BasisKind, DataSubject, LegalBasis, PrivacyRulings, Purpose, Recipient, RecipientId, RecipientKind, Rulings,
    };
    use ordinance_domain::provision::Provision;
    use ordinance_domain::query::CaseQuery;
    use ordinance_domain::titles::Titles;
    use ordinance_log::LogName;

    fn decision() -> Decision {
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

    fn key() -> io::Result<LogKey> {
        LogKey::from_seed(&LogName::new("log.example/1").unwrap(), [1; 32]).map_err(io::Error::other)
    }

    async fn record(log: &DecisionLog) -> Result<Receipt, NotRecordedError> {
        log.record(
            &decision(),
            Mode::Official,
            Provenance {
                caller: "test",
                quota: &WriteQuota::new(0),
                rulebook: Digest::new([7; 32]),
                request_id: &RequestId::New(Uuid::nil()),
                idempotency_key: None,
            },
        )
        .await
    }

    #[tokio::test]
    async fn every_recorded_decision_is_a_numbered_line_and_a_cut_line_is_removed() {
        let path = std::env::temp_dir().join(format!("ordinance-log-{}.ndjson", Uuid::now_v7()));
        std::fs::write(&path, "\n{\"cut").unwrap();
        let log = DecisionLog::open(&path, true, key).unwrap();
        let receipts = [record(&log).await, record(&log).await];
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0], "");
        for (number, (line, receipt)) in lines[1..].iter().zip(receipts).enumerate() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["index"], number);
            assert_eq!(line["id"], receipt.unwrap().id().unwrap().to_string());
            assert_eq!(line["rulebook"], Digest::new([7; 32]).to_string());
            assert_eq!(line["caller"], "test");
            assert_eq!(line["basis"], "statutory-duty");
            assert!(line["recipient"].get("id").is_none(), "a natural person is not named");
        }
        let second = DecisionLog::open(&path, true, key);
        assert!(second.is_err_and(|error| error.to_string() == "another host writes to it"));
        std::fs::remove_file(&path).unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_gives_no_receipt() {
        let log = DecisionLog::open(Path::new("/dev/full"), true, key).unwrap();
        assert_eq!(record(&log).await, Err(NotRecordedError::Unwritable));
        assert!(!log.healthy().await);
    }

    #[tokio::test]
    async fn a_log_that_was_renamed_goes_on_in_a_new_file_and_a_mended_one_turns_healthy() {
        let folder = std::env::temp_dir().join(format!("ordinance-log-{}", Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.join("decisions.ndjson");
        let log = DecisionLog::open(&path, true, key).unwrap();
        record(&log).await.unwrap();
        std::fs::rename(&path, folder.join("old.ndjson")).unwrap();
        record(&log).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(record(&log).await, Err(NotRecordedError::Unwritable));
        assert!(!log.healthy().await);
        std::fs::remove_dir(&path).unwrap();
        assert!(log.healthy().await);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
