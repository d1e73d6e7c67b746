//! The decision log: one line for each official decision, on the disk before the host sends the reply.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ordinance_domain::decision::Decision;
use ordinance_domain::digest::Digest;
use ordinance_domain::privacy::Disclosure;
use ordinance_engine::disclose::DisclosureDecision;
use ordinance_log::LogKey;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use crate::audit::evaluations_record::{RuledEvaluation, evaluations_record};
use crate::audit::line_writer::{Entry, LineWriter, UnwritableError};
use crate::audit::mode::Mode;
use crate::audit::record::{Provenance, decision_record, disclosure_record};
use crate::audit::record_ids::RecordIds;
use crate::audit::record_proof::{RecordProof, WrittenRecord};
use crate::audit::record_tree::RecordTree;
use crate::audit::reply_permit::ReplyPermit;
use crate::audit::write_quota::WriteQuotaError;
use crate::observability::request_id::LogIdentity;

pub(crate) struct DecisionLog {
    sender: mpsc::Sender<Entry>,
    healthy: Arc<AtomicBool>,
    tree: Option<Arc<RecordTree>>,
    ids: RecordIds,
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
    pub(crate) fn of_evaluations(id: Uuid, evaluations: &[RuledEvaluation], provenance: Provenance<'_>) -> Self {
        Self { id, line: evaluations_record(id, evaluations, provenance) }
    }
}

/// What the writer says of a line.
type Written = oneshot::Receiver<Result<Option<WrittenRecord>, UnwritableError>>;

/// A decision of a batch on its way to the disk.
enum PendingPermit {
    Queued(Uuid, Mode, Written),
    Simulation,
    /// The queue had no room in time, or the caller none in its quota.
    Refused(NotRecordedError),
}

/// The most lines that wait for the disk.
const QUEUE_MAX: usize = 4096;
/// The longest time that a decision waits for the disk.
const WAIT: Duration = Duration::from_secs(5);

impl DecisionLog {
    /// Opens the file for this process alone and starts the thread that writes it. A regular file has a tree, whose
    /// checkpoints `key` signs.
    pub(crate) fn open(path: &Path, sync: bool, key: impl FnOnce() -> io::Result<LogKey>) -> io::Result<Self> {
        let writer = LineWriter::open(path, sync, key)?;
        let (sender, receiver) = mpsc::channel(QUEUE_MAX);
        let (healthy, tree) = (writer.healthy(), writer.tree());
        std::thread::Builder::new().name("decision-log".to_owned()).spawn(move || writer.run(receiver))?;
        Ok(Self { sender, healthy, tree, ids: RecordIds::default() })
    }

    /// The same, whose records get their ids so.
    pub(crate) fn with_ids(self, ids: RecordIds) -> Self {
        Self { ids, ..self }
    }

    /// Makes the ids of what this host keeps.
    pub(crate) fn ids(&self) -> RecordIds {
        self.ids
    }

    /// The tree over the records; `None` where the log is no regular file, such as `/dev/stdout`.
    pub(crate) fn tree(&self) -> Option<&Arc<RecordTree>> {
        self.tree.as_ref()
    }

    /// Records an official decision, or one that the privacy law of a past day ruled on. When this returns, its line
    /// is written (and on the disk, if the log was opened so). A simulation leaves no record.
    pub(crate) async fn record(
        &self,
        decision: &Decision,
        mode: Mode,
        provenance: Provenance<'_>,
    ) -> Result<ReplyPermit, NotRecordedError> {
        match mode {
            Mode::Official | Mode::PastLaw => {
                let id = self.ids.next();
                self.write(id, mode, decision_record(id, decision, mode, provenance, None), provenance).await
            }
            Mode::Simulation => Ok(ReplyPermit::simulation()),
        }
    }

    /// Records a decision with a commitment to what its receipt holds, which is made with the decision's id, and
    /// proves that the record is in the log. There is no proof of a simulation, which leaves no record, and of a log
    /// without a tree.
    pub(crate) async fn record_with_proof(
        &self,
        decision: &Decision,
        mode: Mode,
        provenance: Provenance<'_>,
        commit: impl FnOnce(Uuid) -> Digest,
    ) -> Result<(ReplyPermit, Option<RecordProof>), NotRecordedError> {
        let id = self.ids.next();
        let line = match mode {
            Mode::Official | Mode::PastLaw => decision_record(id, decision, mode, provenance, Some(commit(id))),
            Mode::Simulation => return Ok((ReplyPermit::simulation(), None)),
        };
        let written = self.send(line, provenance, true)?;
        let (permit, written) = wait_for(id, mode, written, Instant::now() + WAIT).await?;
        let proof = written.map(WrittenRecord::prove).transpose().map_err(|error| {
            tracing::error!(%error, "a record is in the log and can't be proven");
            NotRecordedError::Unwritable
        })?;
        Ok((permit, proof))
    }

    /// Records the rulings on a request for facts; a simulation leaves no record.
    pub(crate) async fn record_disclosure(
        &self,
        disclosed: &DisclosureDecision,
        disclosure: &Disclosure,
        mode: Mode,
        provenance: Provenance<'_>,
    ) -> Result<ReplyPermit, NotRecordedError> {
        match mode {
            Mode::Official | Mode::PastLaw => {
                let id = self.ids.next();
                self.write(id, mode, disclosure_record(id, disclosed, disclosure, mode, provenance), provenance).await
            }
            Mode::Simulation => Ok(ReplyPermit::simulation()),
        }
    }

    /// Records the prepared line of a request's evaluations.
    pub(crate) async fn record_evaluations(
        &self,
        prepared: PreparedRecord,
        provenance: Provenance<'_>,
    ) -> Result<ReplyPermit, NotRecordedError> {
        self.write(prepared.id, Mode::Official, prepared.line, provenance).await
    }

    /// Writes a line that is no decision's, and proves that it is in the log; there is no proof of a log without a
    /// tree. It counts for the quota of its caller, if there is one.
    pub(crate) async fn record_line(
        &self,
        line: Option<Vec<u8>>,
        provenance: Option<Provenance<'_>>,
    ) -> Result<Option<RecordProof>, NotRecordedError> {
        let line = line.ok_or(NotRecordedError::Unwritable)?;
        if let Some(provenance) = provenance {
            charge(provenance, &line)?;
        }
        let (_, written) =
            wait_for(Uuid::nil(), Mode::Official, self.submit(line, true)?, Instant::now() + WAIT).await?;
        written.map(WrittenRecord::prove).transpose().map_err(|error| {
            tracing::error!(%error, "a record is in the log and can't be proven");
            NotRecordedError::Unwritable
        })
    }

    async fn write(
        &self,
        id: Uuid,
        mode: Mode,
        line: Option<Vec<u8>>,
        provenance: Provenance<'_>,
    ) -> Result<ReplyPermit, NotRecordedError> {
        let written = self.send(line, provenance, false)?;
        wait_for(id, mode, written, Instant::now() + WAIT).await.map(|(permit, _)| permit)
    }

    /// Sends a line to the writer, if its queue has room.
    fn send(
        &self,
        line: Option<Vec<u8>>,
        provenance: Provenance<'_>,
        wants_proof: bool,
    ) -> Result<Written, NotRecordedError> {
        let line = line.ok_or(NotRecordedError::Unwritable)?;
        charge(provenance, &line)?;
        self.submit(line, wants_proof)
    }

    fn submit(&self, line: Vec<u8>, wants_proof: bool) -> Result<Written, NotRecordedError> {
        let (done, written) = oneshot::channel();
        self.sender.try_send(Entry { line, wants_proof, done }).map_err(|_| NotRecordedError::Unwritable)?;
        Ok(written)
    }

    /// Records the official ones of the decisions of a batch, which are written together, and returns the permit of
    /// each decision in their order. It waits for room in the queue, so that single decisions find some.
    pub(crate) async fn record_all<'a>(
        &self,
        decisions: impl Iterator<Item = (&'a Decision, Mode)>,
        provenance: Provenance<'_>,
    ) -> Vec<Result<ReplyPermit, NotRecordedError>> {
        // One deadline for all: a disk that hangs must not hold a batch for as long as it has lines.
        let due = Instant::now() + WAIT;
        let mut pending = Vec::new();
        for (decision, mode) in decisions {
            pending.push(match mode {
                Mode::Official | Mode::PastLaw => self.enqueue(decision, mode, provenance, due).await,
                Mode::Simulation => PendingPermit::Simulation,
            });
        }
        let mut permits = Vec::with_capacity(pending.len());
        for entry in pending {
            permits.push(match entry {
                PendingPermit::Queued(id, mode, written) => {
                    wait_for(id, mode, written, due).await.map(|(permit, _)| permit)
                }
                PendingPermit::Simulation => Ok(ReplyPermit::simulation()),
                PendingPermit::Refused(error) => Err(error),
            });
        }
        permits
    }

    async fn enqueue(
        &self,
        decision: &Decision,
        mode: Mode,
        provenance: Provenance<'_>,
        due: Instant,
    ) -> PendingPermit {
        let id = self.ids.next();
        let (done, written) = oneshot::channel();
        let refused = PendingPermit::Refused;
        let Some(line) = decision_record(id, decision, mode, provenance, None) else {
            return refused(NotRecordedError::Unwritable);
        };
        if let Err(error) = charge(provenance, &line) {
            return refused(error);
        }
        match self
            .sender
            .send_timeout(Entry { line, wants_proof: false, done }, due.duration_since(Instant::now()))
            .await
        {
            Ok(()) => PendingPermit::Queued(id, mode, written),
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
        let sent = self.sender.try_send(Entry { line: Vec::new(), wants_proof: false, done });
        sent.is_ok() && matches!(tokio::time::timeout(WAIT, written).await, Ok(Ok(Ok(_))))
    }
}

async fn wait_for(
    id: Uuid,
    mode: Mode,
    written: Written,
    due: Instant,
) -> Result<(ReplyPermit, Option<WrittenRecord>), NotRecordedError> {
    match tokio::time::timeout_at(due, written).await {
        Ok(Ok(Ok(written))) => Ok((ReplyPermit::recorded(id, mode), written)),
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

#[cfg(test)]
mod crashes;
#[cfg(test)]
mod tests;
