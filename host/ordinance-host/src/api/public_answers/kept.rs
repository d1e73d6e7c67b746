//! The public answers that are kept: a bounded cache, of which the answers that were used longest ago are dropped
//! first, those about other days than today before all.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::http::HeaderValue;
use ordinance_domain::digest::Digest;
use ordinance_engine::Engine;
use ordinance_engine::digest::sha256;
use tokio::sync::OnceCell;

use crate::api::language::{negotiate, served_languages};
use crate::mutex::lock;

/// The most answers, and the most bytes of all together.
const ANSWERS_MAX: usize = 4096;
const BYTES_MAX: usize = 32 << 20;

/// A public request in its canonical form: requests with the same answer are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct PublicRequest {
    /// The route and what was asked, read and written again.
    pub(crate) text: String,
    pub(crate) media_type: &'static str,
    /// Whether it is about the law of today, which most ask for; other days are the first to be dropped.
    pub(crate) is_of_today: bool,
}

/// An answer that is kept.
#[derive(Debug, Clone)]
pub(crate) struct PublicAnswer {
    pub(crate) body: Bytes,
    /// The entity tag (RFC 9110, section 8.8.3), by its bytes.
    pub(crate) tag: HeaderValue,
}

impl PublicRequest {
    /// A request for JSON about the law of today, or of no day.
    pub(crate) fn json(text: String) -> Self {
        Self { text, media_type: "application/json", is_of_today: true }
    }

    pub(crate) fn of_today(self, is_of_today: bool) -> Self {
        Self { is_of_today, ..self }
    }
}

impl PublicAnswer {
    pub(super) fn new(body: Vec<u8>) -> Self {
        let digest = sha256(&body).hex();
        let tag = format!("\"{}\"", digest.get(..32).unwrap_or_default());
        let tag = HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""));
        Self { body: Bytes::from(body), tag }
    }
}

/// The cache.
pub(crate) struct KeptAnswers {
    kept: Mutex<AnswerCache>,
}

#[derive(Default)]
struct AnswerCache {
    /// The revision whose answers these are, with the languages of its titles.
    revision: Option<(Digest, Arc<BTreeSet<String>>)>,
    answers: HashMap<AnswerKey, KeptAnswer>,
    bytes: usize,
    /// Counts the uses.
    clock: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct AnswerKey {
    revision: Digest,
    request: PublicRequest,
    languages: Vec<String>,
}

struct KeptAnswer {
    answer: Arc<OnceCell<PublicAnswer>>,
    bytes: usize,
    used: u64,
}

/// A place in the cache. Whoever fills it first fills it for all who wait for the same answer.
pub(crate) struct FoundAnswer {
    key: AnswerKey,
    pub(super) answer: Arc<OnceCell<PublicAnswer>>,
    /// The languages of the answer, the most wanted first.
    pub(super) languages: Vec<String>,
}

impl KeptAnswers {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::new(AnswerCache::default()) }
    }

    /// The place of an answer, which may be empty. Another revision drops all answers.
    pub(super) fn find(&self, engine: &Engine, wanted: &[String], request: PublicRequest) -> FoundAnswer {
        let revision = engine.rulebook().digest();
        let served = self.served_languages(engine, revision);
        let languages = negotiate(wanted, &served);
        let key = AnswerKey { revision, request, languages: languages.clone() };
        let mut kept = self.lock();
        let used = kept.tick();
        let entry = kept.answers.entry(key.clone()).or_insert_with(|| KeptAnswer {
            answer: Arc::new(OnceCell::new()),
            bytes: 0,
            used,
        });
        entry.used = used;
        let answer = Arc::clone(&entry.answer);
        kept.shrink();
        FoundAnswer { key, answer, languages }
    }

    /// Counts the bytes of an answer that was made.
    pub(super) fn keep(&self, found: &FoundAnswer, bytes: usize) {
        let mut kept = self.lock();
        let Some(entry) = kept.answers.get_mut(&found.key).filter(|entry| entry.bytes == 0) else { return };
        entry.bytes = bytes + found.key.request.text.len();
        kept.bytes += bytes + found.key.request.text.len();
        kept.shrink();
    }

    /// Drops the place of an answer that could not be made.
    pub(super) fn drop_unanswered(&self, found: &FoundAnswer) {
        let mut kept = self.lock();
        if kept.answers.get(&found.key).is_some_and(|entry| !entry.answer.initialized()) {
            kept.remove(&found.key);
        }
    }

    /// The languages of the titles of a revision, read once.
    fn served_languages(&self, engine: &Engine, revision: Digest) -> Arc<BTreeSet<String>> {
        if let Some((known, languages)) = &self.lock().revision
            && *known == revision
        {
            return Arc::clone(languages);
        }
        let languages = Arc::new(served_languages(engine.rulebook()));
        let kept = AnswerCache { revision: Some((revision, Arc::clone(&languages))), ..AnswerCache::default() };
        *self.lock() = kept;
        languages
    }

    fn lock(&self) -> MutexGuard<'_, AnswerCache> {
        lock(&self.kept)
    }
}

impl AnswerCache {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Drops answers until the rest is within the bounds.
    fn shrink(&mut self) {
        while self.answers.len() > ANSWERS_MAX || self.bytes > BYTES_MAX {
            let oldest = self.answers.iter().min_by_key(|(key, entry)| (key.request.is_of_today, entry.used));
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            self.remove(&key);
        }
    }

    fn remove(&mut self, key: &AnswerKey) {
        if let Some(entry) = self.answers.remove(key) {
            self.bytes = self.bytes.saturating_sub(entry.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, is_of_today: bool) -> AnswerKey {
        let request = PublicRequest::json(text.to_owned()).of_today(is_of_today);
        AnswerKey { revision: sha256(b"a revision"), request, languages: Vec::new() }
    }

    fn add(kept: &mut AnswerCache, key: AnswerKey, bytes: usize) {
        let used = kept.tick();
        kept.bytes += bytes;
        kept.answers.insert(key, KeptAnswer { answer: Arc::new(OnceCell::new()), bytes, used });
        kept.shrink();
    }

    #[test]
    fn other_days_never_drop_an_answer_of_today() {
        let mut kept = AnswerCache::default();
        add(&mut kept, key("today", true), 1);
        for day in 0..2 * ANSWERS_MAX {
            add(&mut kept, key(&day.to_string(), false), 1);
        }
        assert_eq!(kept.answers.len(), ANSWERS_MAX);
        assert_eq!(kept.bytes, ANSWERS_MAX);
        assert!(kept.answers.contains_key(&key("today", true)));
    }

    #[test]
    fn the_bytes_are_bounded_and_what_was_used_longest_ago_goes_first() {
        let mut kept = AnswerCache::default();
        for number in 0..9 {
            add(&mut kept, key(&number.to_string(), true), BYTES_MAX / 4);
        }
        assert!(kept.bytes <= BYTES_MAX, "{}", kept.bytes);
        assert!(!kept.answers.contains_key(&key("0", true)));
        assert!(kept.answers.contains_key(&key("8", true)));
    }
}
