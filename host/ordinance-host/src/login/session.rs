//! A person who has proved who they are. The host keeps no list of these: the session stands in the person's own
//! browser, sealed, and ends by itself. Only sessions that were ended before are remembered, until they would have
//! ended anyway.

use std::collections::HashMap;
use std::sync::Mutex;

use ordinance_domain::privacy::{Recipient, RecipientId, RecipientIdError, RecipientKind};
use ordinance_engine::digest::sha256;
use serde::{Deserialize, Serialize};

use crate::admission::callers::PERSON_PREFIX;
use crate::mutex::lock;

/// The most ids that are remembered at one time; then the one that ends first is forgotten.
const IDS_MAX: usize = 65_536;

/// The session of a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Random; no other session has it.
    pub(crate) id: String,
    /// Who it is, as decisions and their log name them.
    pub(crate) person: String,
    /// What a form of this session has, so that no other site can send one.
    pub(crate) form_token: String,
    /// Until when it holds, in seconds since 1970.
    pub(crate) until: i64,
}

impl Session {
    /// How a subject of a provider is named here: always by the same word, of which nobody can tell the subject without
    /// trying.
    pub(crate) fn person_id(issuer: &str, subject: &str) -> String {
        let digest = sha256(format!("{issuer}\n{subject}").as_bytes()).hex();
        format!("{PERSON_PREFIX}{}", digest.get(..40).unwrap_or_default())
    }

    /// The person as the recipient of a decision about herself.
    ///
    /// # Errors
    /// If the session wasn't made by [`Self::person_id`].
    pub(crate) fn recipient(&self) -> Result<Recipient, RecipientIdError> {
        Ok(Recipient { kind: RecipientKind::Subject, id: RecipientId::new(&self.person)? })
    }
}

/// Ids that are remembered until a moment, a bounded number of them.
#[derive(Default)]
pub(crate) struct ExpiringIds {
    /// Until when each is remembered, in seconds since 1970.
    until: Mutex<HashMap<String, i64>>,
}

impl ExpiringIds {
    /// Remembers an id; `false` if it is remembered already.
    pub(crate) fn insert(&self, id: &str, until: i64, now: i64) -> bool {
        let mut known = lock(&self.until);
        if known.get(id).is_some_and(|until| *until > now) {
            return false;
        }
        if known.len() >= IDS_MAX {
            known.retain(|_, until| *until > now);
        }
        if known.len() >= IDS_MAX
            && let Some(first) = known.iter().min_by_key(|(_, until)| **until).map(|(id, _)| id.clone())
        {
            known.remove(&first);
        }
        known.insert(id.to_owned(), until);
        true
    }

    pub(crate) fn remove(&self, id: &str) {
        lock(&self.until).remove(id);
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        lock(&self.until).contains_key(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_the_same_word_at_one_provider_and_another_at_another() {
        let person = Session::person_id("https://id.example", "somebody");
        assert_eq!(person, Session::person_id("https://id.example", "somebody"));
        assert_ne!(person, Session::person_id("https://other.example", "somebody"));
        let session = Session { id: String::new(), person, form_token: String::new(), until: 0 };
        assert_eq!(session.recipient().unwrap().id.as_str().len(), 47);
    }

    #[test]
    fn an_id_is_remembered_until_its_time_and_no_longer_than_there_is_room() {
        let ids = ExpiringIds::default();
        assert!(ids.insert("a", 10, 1));
        assert!(!ids.insert("a", 10, 9));
        assert!(ids.insert("a", 20, 10));
        assert!(ids.has("a"));
        for number in 0..IDS_MAX {
            ids.insert(&number.to_string(), 30, 1);
        }
        assert!(!ids.has("a"));
        assert_eq!(lock(&ids.until).len(), IDS_MAX);
    }
}
