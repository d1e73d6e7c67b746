//! The replies to requests with an idempotency key (draft-ietf-httpapi-idempotency-key-header): a repeat is answered
//! with the first reply, so that one request has one record. Each caller has a store of its own. A reply holds personal
//! data: it is in memory alone, for a set time and within a bound on bytes, and is never logged.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use ordinance_domain::digest::Digest;
use ordinance_engine::digest::DigestKey;
use uuid::Uuid;

use crate::audit::reply_permit::ReplyPermit;
use crate::mutex::lock;

/// An operation that writes a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Decision,
    Disclosure,
    Evaluation,
    Evaluations,
}

/// A part of a request on which its reply depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestPart {
    Body,
    Query,
    Languages,
}

/// What a repeat must have in common with the first request, beside its caller, operation and key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestParts<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) query: &'a [u8],
    /// As `Accept-Language` has them.
    pub(crate) languages: &'a [u8],
}

/// Which request of a caller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestKey {
    pub(crate) operation: Operation,
    pub(crate) key: Uuid,
}

/// Why a request with a key is neither the first nor a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RepeatError {
    /// The first request isn't answered yet.
    InProgress,
    /// The key belongs to another request, which differs in this part.
    OtherRequest(RequestPart),
}

/// The replies of one caller that are kept.
pub(crate) struct KeptReplies {
    digest_key: DigestKey,
    keep: Duration,
    bytes_max: usize,
    requests: Mutex<Requests>,
    replayed: AtomicU64,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Requests {
    by_key: HashMap<RequestKey, KnownRequest>,
    /// The keys of the replies that are kept, the oldest first.
    kept: VecDeque<RequestKey>,
    bytes: usize,
}

struct KnownRequest {
    fingerprint: Fingerprint,
    state: RequestState,
}

enum RequestState {
    InProgress,
    Answered { reply: Bytes, until: Instant },
}

/// Digests with a secret key, so that no part of a request can be guessed from them.
#[derive(PartialEq, Eq)]
struct Fingerprint {
    body: Digest,
    query: Digest,
    languages: Digest,
}

/// What a reply counts beside its own bytes, so that the bound on bytes is one on replies too: more than its entry
/// takes.
const ENTRY_BYTES: usize = 512;

/// How a request with a key begins.
pub(crate) enum Begun {
    First(FirstRequest),
    /// It is a repeat, and this is the first reply.
    Repeat(Bytes),
}

/// The first request with its key. Unless its reply is kept, dropping it frees the key, and a retry runs anew.
pub(crate) struct FirstRequest {
    replies: Arc<KeptReplies>,
    key: RequestKey,
    is_answered: bool,
}

impl KeptReplies {
    /// An empty store that keeps each reply for `keep`, and replies of at most `bytes_max` bytes together.
    pub(crate) fn new(keep: Duration, bytes_max: usize) -> Self {
        Self {
            digest_key: DigestKey::random(),
            keep,
            bytes_max,
            requests: Mutex::default(),
            replayed: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// Begins a request with a key.
    ///
    /// # Errors
    /// [`RepeatError`] if the first request with the key still runs, or was another.
    pub(crate) fn begin(
        self: &Arc<Self>,
        key: RequestKey,
        parts: RequestParts<'_>,
        now: Instant,
    ) -> Result<Begun, RepeatError> {
        let fingerprint = self.fingerprint(parts);
        let mut requests = self.lock();
        requests.expire(now);
        match requests.by_key.get(&key) {
            Some(known) => {
                known.fingerprint.check(&fingerprint)?;
                match &known.state {
                    RequestState::InProgress => Err(RepeatError::InProgress),
                    RequestState::Answered { reply, .. } => {
                        self.replayed.fetch_add(1, Ordering::Relaxed);
                        Ok(Begun::Repeat(reply.clone()))
                    }
                }
            }
            None => {
                requests.by_key.insert(key, KnownRequest { fingerprint, state: RequestState::InProgress });
                Ok(Begun::First(FirstRequest { replies: Arc::clone(self), key, is_answered: false }))
            }
        }
    }

    fn fingerprint(&self, RequestParts { body, query, languages }: RequestParts<'_>) -> Fingerprint {
        let digest = |part| self.digest_key.digest(&[part]);
        Fingerprint { body: digest(body), query: digest(query), languages: digest(languages) }
    }

    /// Drops the replies whose time has passed.
    pub(crate) fn expire(&self, now: Instant) {
        self.lock().expire(now);
    }

    /// The bytes of the replies that are kept, as the bound counts them.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// The repeats that were answered since the start.
    pub(crate) fn replayed(&self) -> u64 {
        self.replayed.load(Ordering::Relaxed)
    }

    /// The replies that were dropped before their time since the start, because others needed the room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Requests> {
        lock(&self.requests)
    }

    fn keep(&self, key: RequestKey, reply: Bytes, now: Instant) {
        let cost = cost_of(&reply);
        let mut requests = self.lock();
        if cost > self.bytes_max {
            requests.by_key.remove(&key);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        while requests.bytes.saturating_add(cost) > self.bytes_max && requests.drop_oldest() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(known) = requests.by_key.get_mut(&key) {
            known.state = RequestState::Answered { reply, until: now + self.keep };
            requests.kept.push_back(key);
            requests.bytes += cost;
        }
    }
}

impl fmt::Debug for KeptReplies {
    /// The settings, and nothing of the replies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptReplies").field("keep", &self.keep).field("bytes_max", &self.bytes_max).finish()
    }
}

fn cost_of(reply: &Bytes) -> usize {
    reply.len().saturating_add(ENTRY_BYTES)
}

impl Fingerprint {
    /// Checks that another request is the same.
    fn check(&self, other: &Self) -> Result<(), RepeatError> {
        let differs = if self.body != other.body {
            RequestPart::Body
        } else if self.query != other.query {
            RequestPart::Query
        } else if self.languages != other.languages {
            RequestPart::Languages
        } else {
            return Ok(());
        };
        Err(RepeatError::OtherRequest(differs))
    }
}

impl Requests {
    /// Drops the replies whose time has passed. All are kept for the same time, so the oldest end first.
    fn expire(&mut self, now: Instant) {
        while self.kept.front().is_some_and(|key| self.has_ended(key, now)) {
            self.drop_oldest();
        }
    }

    fn has_ended(&self, key: &RequestKey, now: Instant) -> bool {
        match self.by_key.get(key).map(|known| &known.state) {
            Some(RequestState::Answered { until, .. }) => *until <= now,
            Some(RequestState::InProgress) | None => true,
        }
    }

    /// Drops the oldest reply; `false` if there is none.
    fn drop_oldest(&mut self) -> bool {
        let Some(key) = self.kept.pop_front() else { return false };
        if let Some(KnownRequest { state: RequestState::Answered { reply, .. }, .. }) = self.by_key.remove(&key) {
            self.bytes -= cost_of(&reply);
        }
        true
    }
}

impl FirstRequest {
    /// Keeps the reply if the request left a record. Without one a retry runs anew.
    pub(crate) fn answer(mut self, reply: &Bytes, permit: Option<&ReplyPermit>, now: Instant) {
        if permit.and_then(ReplyPermit::id).is_some() {
            self.is_answered = true;
            self.replies.keep(self.key, reply.clone(), now);
        }
    }
}

impl Drop for FirstRequest {
    fn drop(&mut self) {
        if !self.is_answered {
            self.replies.lock().by_key.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::mode::Mode;

    const HOUR: Duration = Duration::from_secs(3600);

    fn key(number: u128) -> RequestKey {
        RequestKey { operation: Operation::Decision, key: Uuid::from_u128(number) }
    }

    fn parts(body: &[u8]) -> RequestParts<'_> {
        RequestParts { body, query: b"", languages: b"en" }
    }

    fn first(replies: &Arc<KeptReplies>, number: u128, now: Instant) -> FirstRequest {
        match replies.begin(key(number), parts(b"body"), now) {
            Ok(Begun::First(first)) => first,
            Ok(Begun::Repeat(_)) => panic!("it is a repeat"),
            Err(error) => panic!("{error:?}"),
        }
    }

    fn answer(replies: &Arc<KeptReplies>, number: u128, reply: &'static [u8], now: Instant) {
        let permit = ReplyPermit::recorded(Uuid::now_v7(), Mode::Official);
        first(replies, number, now).answer(&Bytes::from_static(reply), Some(&permit), now);
    }

    /// The reply to a repeat; `None` if it is the first request.
    fn repeat(replies: &Arc<KeptReplies>, number: u128, now: Instant) -> Option<Bytes> {
        match replies.begin(key(number), parts(b"body"), now) {
            Ok(Begun::Repeat(reply)) => Some(reply),
            Ok(Begun::First(_)) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[test]
    fn a_repeat_gets_the_first_reply_until_its_time_has_passed() {
        let replies = Arc::new(KeptReplies::new(HOUR, 1 << 20));
        let now = Instant::now();
        answer(&replies, 1, b"reply", now);
        let just_before = now + HOUR - Duration::from_millis(1);
        assert_eq!(repeat(&replies, 1, just_before).as_deref(), Some(&b"reply"[..]));
        assert_eq!(replies.bytes(), 5 + ENTRY_BYTES);
        assert_eq!(repeat(&replies, 1, now + HOUR), None);
        assert_eq!(replies.bytes(), 0);
        assert_eq!([replies.replayed(), replies.dropped()], [1, 0]);
    }

    #[test]
    fn a_request_that_ends_without_a_record_frees_its_key() {
        let replies = Arc::new(KeptReplies::new(HOUR, 1 << 20));
        let now = Instant::now();
        drop(first(&replies, 1, now));
        let simulation = ReplyPermit::simulation();
        first(&replies, 1, now).answer(&Bytes::from_static(b"simulation"), Some(&simulation), now);
        first(&replies, 1, now).answer(&Bytes::from_static(b"error"), None, now);
        assert_eq!(repeat(&replies, 1, now), None);
        assert!(replies.lock().by_key.is_empty());
    }

    #[test]
    fn a_key_belongs_to_one_request_of_one_operation_and_one_runs_at_a_time() {
        let replies = Arc::new(KeptReplies::new(HOUR, 1 << 20));
        let now = Instant::now();
        let running = first(&replies, 1, now);
        let begin = |parts| replies.begin(key(1), parts, now).err();
        assert_eq!(begin(parts(b"body")), Some(RepeatError::InProgress));
        assert_eq!(begin(parts(b"other")), Some(RepeatError::OtherRequest(RequestPart::Body)));
        let other_query = RequestParts { query: b"a=1", ..parts(b"body") };
        assert_eq!(begin(other_query), Some(RepeatError::OtherRequest(RequestPart::Query)));
        let other_language = RequestParts { languages: b"zh", ..parts(b"body") };
        assert_eq!(begin(other_language), Some(RepeatError::OtherRequest(RequestPart::Languages)));
        let other_operation = RequestKey { operation: Operation::Disclosure, ..key(1) };
        assert!(matches!(replies.begin(other_operation, parts(b"other"), now), Ok(Begun::First(_))));
        drop(running);
        assert_eq!(begin(parts(b"other")), None);
    }

    #[test]
    fn the_oldest_replies_are_dropped_where_others_need_the_room() {
        let replies = Arc::new(KeptReplies::new(HOUR, 3 * (ENTRY_BYTES + 8)));
        let now = Instant::now();
        (1..=5).for_each(|number| answer(&replies, number, b"12345678", now));
        let kept: Vec<u128> = (1..=5).filter(|number| repeat(&replies, *number, now).is_some()).collect();
        assert_eq!(kept, [3, 4, 5]);
        assert_eq!(replies.dropped(), 2);
        answer(&replies, 6, &[b' '; 4 * ENTRY_BYTES], now);
        assert_eq!(repeat(&replies, 6, now), None, "a reply that is larger than the store has no room");
        assert_eq!(repeat(&replies, 5, now).as_deref(), Some(&b"12345678"[..]), "and takes none from the others");
        assert_eq!(replies.dropped(), 3);
    }

    #[test]
    fn what_is_shown_of_the_store_holds_no_reply() {
        let replies = Arc::new(KeptReplies::new(HOUR, 1 << 20));
        answer(&replies, 1, b"secret", Instant::now());
        assert_eq!(format!("{replies:?}"), "KeptReplies { keep: 3600s, bytes_max: 1048576 }");
    }
}
