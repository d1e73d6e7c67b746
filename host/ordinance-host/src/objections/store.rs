//! The objections that a host keeps, within the operator's bounds. Their notices are in memory; sealed files and
//! answers are read when they are asked for.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_receipt::objection::{
    FolderError, ObjectionAnswer, ObjectionFolder, ObjectionNotice, ObjectionToken, RecordedAnswer,
};
use uuid::Uuid;

use crate::config::ObjectionsConfig;
use crate::mutex::lock;
use crate::objections::state::{ObjectionCounts, ObjectionState};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The objections of a host.
pub(crate) struct ObjectionStore {
    folder: ObjectionFolder,
    bytes_max: u64,
    per_hour: u32,
    kept: Mutex<KeptObjections>,
    /// Held while an objection is taken or recorded, so that there is one on a decision, and one record of it.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct KeptObjections {
    by_id: BTreeMap<Uuid, KeptObjection>,
    /// The objection to each decision.
    by_decision: BTreeMap<Uuid, Uuid>,
    bytes: u64,
    /// When the objections of the last hour came.
    last_hour: VecDeque<Instant>,
    unreadable: usize,
}

/// An objection with the bytes that its files are counted with.
#[derive(Debug)]
struct KeptObjection {
    notice: Arc<ObjectionNotice>,
    bytes: u64,
}

/// An objection isn't taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotKeptError {
    #[error("the host has taken as many objections in this hour as it may")]
    TooMany { retry_after: Duration },
    #[error("the host keeps as many bytes of objections as it may")]
    Full,
}

impl ObjectionStore {
    /// Reads the notices of the folder. One that can't be read is told of, and the others count.
    pub(crate) fn open(config: &ObjectionsConfig) -> io::Result<Self> {
        let folder = ObjectionFolder::new(config.folder.clone());
        let mut kept = KeptObjections::default();
        for id in folder.objections().map_err(io::Error::other)? {
            let bytes = folder.bytes_of(id);
            match folder.read_notice(id) {
                Ok(Some(notice)) if notice.id == id => kept.insert(notice, bytes),
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "the notice of an objection can't be read");
                    kept.unreadable += 1;
                    kept.bytes += bytes;
                }
            }
        }
        let ObjectionsConfig { bytes_max, per_hour, .. } = *config;
        Ok(Self { folder, bytes_max, per_hour, kept: Mutex::new(kept), writing: tokio::sync::Mutex::default() })
    }

    /// Waits until no other objection is being taken or recorded.
    pub(crate) async fn begin_writing(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.writing.lock().await
    }

    /// The objection of an id.
    pub(crate) fn get(&self, id: Uuid) -> Option<Arc<ObjectionNotice>> {
        self.lock().by_id.get(&id).map(|kept| Arc::clone(&kept.notice))
    }

    /// The objection of an id, for the holder of its token.
    pub(crate) fn get_for(&self, id: Uuid, token: &ObjectionToken) -> Option<Arc<ObjectionNotice>> {
        self.get(id).filter(|notice| notice.token_hash == token.hash().to_string())
    }

    /// The objection to a decision.
    pub(crate) fn against(&self, decision: Uuid) -> Option<Arc<ObjectionNotice>> {
        let kept = self.lock();
        kept.by_decision.get(&decision).and_then(|id| kept.by_id.get(id)).map(|kept| Arc::clone(&kept.notice))
    }

    /// Checks that one more objection of so many bytes may be kept.
    pub(crate) fn check_room(&self, bytes: usize, now: Instant) -> Result<(), NotKeptError> {
        let mut kept = self.lock();
        while kept.last_hour.front().is_some_and(|came| now.saturating_duration_since(*came) >= HOUR) {
            kept.last_hour.pop_front();
        }
        let most = usize::try_from(self.per_hour).unwrap_or(usize::MAX);
        if kept.last_hour.len() >= most {
            let oldest = kept.last_hour.front().map_or(now, |came| *came);
            return Err(NotKeptError::TooMany {
                retry_after: HOUR.saturating_sub(now.saturating_duration_since(oldest)),
            });
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if kept.bytes.saturating_add(bytes) > self.bytes_max { Err(NotKeptError::Full) } else { Ok(()) }
    }

    /// Keeps an objection: on the disk when this returns. It blocks.
    pub(crate) fn keep(&self, notice: ObjectionNotice, sealed: &[u8]) -> Result<(), FolderError> {
        self.folder.write(&notice, sealed)?;
        let bytes = self.folder.bytes_of(notice.id);
        let mut kept = self.lock();
        kept.last_hour.push_back(Instant::now());
        kept.insert(notice, bytes);
        Ok(())
    }

    /// Notes the record of an objection, or of its answer. It blocks.
    pub(crate) fn update(&self, notice: ObjectionNotice) -> Result<(), FolderError> {
        self.folder.write_notice(&notice)?;
        let bytes = self.folder.bytes_of(notice.id);
        self.lock().insert(notice, bytes);
        Ok(())
    }

    /// Removes an objection with its answer. It blocks.
    pub(crate) fn remove(&self, id: Uuid) -> Result<(), FolderError> {
        self.folder.remove(id)?;
        let mut kept = self.lock();
        if let Some(KeptObjection { notice, bytes }) = kept.by_id.remove(&id) {
            kept.bytes -= bytes;
            kept.by_decision.remove(&notice.decision);
        }
        Ok(())
    }

    /// The answer to an objection with the digest of its file. It blocks.
    pub(crate) fn read_answer(&self, id: Uuid) -> Result<Option<(ObjectionAnswer, Digest)>, FolderError> {
        let answer = self.folder.read_answer(id)?;
        // The name of the file says which objection is meant; a copy of another answer answers nothing.
        Ok(answer.filter(|(answer, _)| answer.objection == id))
    }

    /// The objections that have no record yet.
    pub(crate) fn unrecorded(&self) -> Vec<Uuid> {
        let kept = self.lock();
        let unrecorded = kept.by_id.iter().filter(|(_, kept)| kept.notice.record.is_none());
        unrecorded.map(|(id, _)| *id).collect()
    }

    /// The objections whose answer is there and has no record yet. It blocks.
    pub(crate) fn newly_answered(&self) -> Result<Vec<Uuid>, FolderError> {
        let mut answers = self.folder.answers()?;
        let kept = self.lock();
        answers.retain(|id| kept.by_id.get(id).is_some_and(|kept| kept.notice.answered.is_none()));
        Ok(answers)
    }

    /// The objections that have an answer.
    pub(crate) fn answered(&self) -> Vec<(Arc<ObjectionNotice>, RecordedAnswer)> {
        let answered = |kept: &KeptObjection| Some((Arc::clone(&kept.notice), kept.notice.answered.clone()?));
        self.lock().by_id.values().filter_map(answered).collect()
    }

    /// How many objections are in each state. `today` says the day in the place of the authority.
    pub(crate) fn counts(&self, today: impl Fn(&str) -> Date) -> ObjectionCounts {
        let kept = self.lock();
        let mut counts = ObjectionCounts { unreadable: kept.unreadable, ..ObjectionCounts::default() };
        let mut days: BTreeMap<&str, Date> = BTreeMap::new();
        for KeptObjection { notice, .. } in kept.by_id.values() {
            let today = *days.entry(notice.by.as_str()).or_insert_with(|| today(&notice.by));
            counts.add(ObjectionState::of(notice, today));
        }
        counts
    }

    /// The same by the code of the reviewing authority, without notices that can't be read.
    pub(crate) fn counts_by_authority(&self, today: impl Fn(&str) -> Date) -> BTreeMap<String, ObjectionCounts> {
        let mut counts: BTreeMap<String, ObjectionCounts> = BTreeMap::new();
        for KeptObjection { notice, .. } in self.lock().by_id.values() {
            counts.entry(notice.by.clone()).or_default().add(ObjectionState::of(notice, today(&notice.by)));
        }
        counts
    }

    fn lock(&self) -> MutexGuard<'_, KeptObjections> {
        lock(&self.kept)
    }
}

impl KeptObjections {
    fn insert(&mut self, notice: ObjectionNotice, bytes: u64) {
        self.by_decision.insert(notice.decision, notice.id);
        self.bytes += bytes;
        if let Some(before) = self.by_id.insert(notice.id, KeptObjection { notice: Arc::new(notice), bytes }) {
            self.bytes -= before.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(per_hour: u32, bytes_max: u64) -> ObjectionStore {
        let folder = tempfile::tempdir().unwrap().path().join("objections");
        ObjectionStore::open(&ObjectionsConfig { folder, per_hour, bytes_max, ..ObjectionsConfig::default() }).unwrap()
    }

    #[test]
    fn after_an_hour_there_is_room_again_and_a_refusal_says_when() {
        let store = store(2, u64::MAX);
        let begin = Instant::now();
        let minute = Duration::from_secs(60);
        store.lock().last_hour.extend([begin, begin + 10 * minute]);
        let Err(NotKeptError::TooMany { retry_after }) = store.check_room(1, begin + 20 * minute) else { panic!() };
        assert_eq!(retry_after, 40 * minute);
        assert!(store.check_room(1, begin + 60 * minute).is_ok());
    }

    #[test]
    fn what_is_larger_than_the_room_is_not_taken() {
        let store = store(2, 100);
        assert!(store.check_room(100, Instant::now()).is_ok());
        assert!(matches!(store.check_room(101, Instant::now()), Err(NotKeptError::Full)));
    }
}
