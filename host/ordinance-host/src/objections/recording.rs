//! Puts objections and their answers into the decision log: their hashes, once each.

use std::sync::Arc;

use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_receipt::objection::{FolderError, ObjectionNotice, RecordedAnswer};

use crate::audit::objection_record::{answer_record, objection_record};
use crate::audit::record::Provenance;
use crate::audit::record_proof::RecordProof;
use crate::audit::writer::{DecisionLog, NotRecordedError};
use crate::objections::store::ObjectionStore;

/// An objection or its answer can't be recorded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordingError {
    #[error(transparent)]
    NotRecorded(#[from] NotRecordedError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("the decision log has no tree")]
    NoTree,
    #[error("the work on the folder of objections broke off")]
    BrokeOff,
}

/// Works on the folder, where the disk may take its time.
pub(crate) async fn on_disk<T: Send + 'static>(
    store: &Arc<ObjectionStore>,
    work: impl FnOnce(&ObjectionStore) -> Result<T, FolderError> + Send + 'static,
) -> Result<T, RecordingError> {
    let store = Arc::clone(store);
    let worked = tokio::task::spawn_blocking(move || work(&store)).await;
    Ok(worked.map_err(|_| RecordingError::BrokeOff)??)
}

fn line_of(proof: Option<RecordProof>) -> Result<String, RecordingError> {
    let line = proof.ok_or(RecordingError::NoTree)?.line;
    String::from_utf8(line).map_err(|_| RecordingError::NoTree)
}

/// Records an objection, unless it is recorded. The caller holds the guard of writing.
pub(crate) async fn record_objection(
    store: &Arc<ObjectionStore>,
    log: &DecisionLog,
    notice: Arc<ObjectionNotice>,
    provenance: Option<Provenance<'_>>,
) -> Result<Arc<ObjectionNotice>, RecordingError> {
    if notice.record.is_some() {
        return Ok(notice);
    }
    let record = line_of(log.record_line(objection_record(&notice), provenance).await?)?;
    let recorded = ObjectionNotice { record: Some(record), ..ObjectionNotice::clone(&notice) };
    keep(store, recorded).await
}

/// Records the answer to an objection, if it is there and not recorded. The caller holds the guard of writing. `day_of`
/// says the day of a moment in the place of the authority.
pub(crate) async fn record_answer(
    store: &Arc<ObjectionStore>,
    log: &DecisionLog,
    notice: Arc<ObjectionNotice>,
    day_of: impl Fn(Timestamp) -> Date,
) -> Result<Arc<ObjectionNotice>, RecordingError> {
    if notice.answered.is_some() {
        return Ok(notice);
    }
    let id = notice.id;
    let Some((answer, digest)) = on_disk(store, move |store| store.read_answer(id)).await? else { return Ok(notice) };
    let record = line_of(log.record_line(answer_record(log.ids().next(), &notice, &answer, digest), None).await?)?;
    let answered = RecordedAnswer { on: day_of(answer.time), digest: digest.to_string(), record };
    keep(store, ObjectionNotice { answered: Some(answered), ..ObjectionNotice::clone(&notice) }).await
}

async fn keep(store: &Arc<ObjectionStore>, notice: ObjectionNotice) -> Result<Arc<ObjectionNotice>, RecordingError> {
    let kept = notice.clone();
    on_disk(store, move |store| store.update(kept)).await?;
    Ok(Arc::new(notice))
}
