//! Masks as the host applies them, and the key of its pseudonyms: a code for a text that is the same for one recipient
//! and fact, and another for each other one, so that two recipients can't join their data.

use ordinance_domain::fact::Fact;
use ordinance_domain::mask::{Mask, MaskContext};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::Disclosure;
use ordinance_domain::value::Value;

use crate::digest::DigestKey;

/// The shortest key, in bytes.
pub const KEY_BYTES_MIN: usize = 32;

/// The key of pseudonyms. It is never shown.
#[derive(Clone)]
pub struct Pseudonymiser(DigestKey);

/// A key that is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key of pseudonyms has {0} bytes; use at least {KEY_BYTES_MIN}")]
pub struct PseudonymKeyError(usize);

impl Pseudonymiser {
    /// Takes a secret key.
    ///
    /// # Errors
    /// [`PseudonymKeyError`] if it has fewer than 32 bytes.
    pub fn new(key: Vec<u8>) -> Result<Self, PseudonymKeyError> {
        if key.len() < KEY_BYTES_MIN { Err(PseudonymKeyError(key.len())) } else { Ok(Self(DigestKey::new(key))) }
    }

    /// A new secret key that nobody knows and that no other process has.
    #[cfg(not(target_family = "wasm"))]
    #[must_use]
    pub fn with_random_key() -> Self {
        Self(DigestKey::random())
    }

    /// The key of trials: one random key for the process, so that a trial gives the same result again within it, and
    /// nobody can confirm a guess of a value by a pseudonym of another process.
    #[cfg(not(target_family = "wasm"))]
    #[must_use]
    pub fn with_throwaway_key() -> Self {
        use std::sync::OnceLock;
        static OF_PROCESS: OnceLock<Pseudonymiser> = OnceLock::new();
        OF_PROCESS.get_or_init(Self::with_random_key).clone()
    }

    /// A fact, or a part of one, in its masked form. The items of a list share the code of a text.
    pub(crate) fn mask(&self, mask: Mask, disclosure: &Disclosure, fact: &Fact, value: &Value) -> Value {
        let pseudonym = |text: &str| self.code(disclosure, &fact.name, text);
        let context = MaskContext { day: disclosure.on, normalisation: fact.normalisation, pseudonym: &pseudonym };
        mask.apply(value, context)
    }

    fn code(&self, disclosure: &Disclosure, fact: &FieldName, text: &str) -> String {
        let recipient = &disclosure.recipient;
        let parts = [recipient.kind.as_str(), recipient.id.as_str(), fact.as_str(), text];
        self.0.digest(&parts.map(str::as_bytes)).hex()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ordinance_domain::fact::{FactType, Holder, Sensitivity};
    use ordinance_domain::mask::PSEUDONYM_BYTES;
    use ordinance_domain::normalisation::{Normalisation, NormalisationStep};
    use ordinance_domain::privacy::{DataSubject, LegalBasis, Purpose, Recipient, RecipientId, RecipientKind};
    use ordinance_domain::titles::Titles;

    fn pseudonym(key: &Pseudonymiser, id: &str, fact: &str, text: &str) -> String {
        let disclosure = Disclosure {
            recipient: Recipient { kind: RecipientKind::PublicBody, id: RecipientId::new(id).unwrap() },
            purpose: Purpose::new("dpv:PublicBenefit").unwrap(),
            basis: LegalBasis::StatutoryDuty,
            subject: DataSubject::default(),
            on: "2026-01-01".parse().unwrap(),
            known_at: "2026-01-01".parse().unwrap(),
        };
        let fact = Fact {
            name: FieldName::new(fact).unwrap(),
            fact_type: FactType::Text { bytes_max: 40 },
            titles: Titles::default(),
            category: None,
            sensitivity: Sensitivity::Public,
            unit: None,
            sharing: None,
            holder: Holder::Applicant,
            implied_by: Vec::new(),
            guidance: Default::default(),
            derivation: None,
            normalisation: Normalisation::of(&[NormalisationStep::Width]).unwrap(),
        };
        key.mask(Mask::Pseudonym, &disclosure, &fact, &Value::Text(text.to_owned())).to_plain()
    }

    #[test]
    fn a_trial_has_one_random_key_in_a_process_and_other_random_keys_differ() {
        let code = |key: &Pseudonymiser| pseudonym(key, "tax", "id_number", "4403");
        assert_eq!(code(&Pseudonymiser::with_throwaway_key()), code(&Pseudonymiser::with_throwaway_key()));
        assert_ne!(code(&Pseudonymiser::with_random_key()), code(&Pseudonymiser::with_random_key()));
        assert_ne!(code(&Pseudonymiser::with_random_key()), code(&Pseudonymiser::with_throwaway_key()));
    }

    #[test]
    fn codes_stay_as_they_are_while_the_key_does() {
        // HMAC-SHA-256 of `public-body`, `tax`, `id_number` and the text, each with its length in 8 bytes before it.
        let code = "a066b727363b0b938708e2800b8487e7532ef46d9a27814d17f6f9528c13ba62";
        let key = Pseudonymiser::new(vec![7; KEY_BYTES_MIN]).unwrap();
        for written in ["4403", "４４０３", " 4403 "] {
            assert_eq!(pseudonym(&key, "tax", "id_number", written), code, "{written}");
        }
        assert_ne!(pseudonym(&key, "tax", "id_number", "44 03"), code);
    }

    #[test]
    fn two_recipients_can_not_join_on_a_pseudonym_and_one_can() {
        let key = Pseudonymiser::new(vec![7; KEY_BYTES_MIN]).unwrap();
        let code = pseudonym(&key, "tax", "id_number", "4403");
        assert_eq!(code, pseudonym(&key, "tax", "id_number", "4403"));
        assert_eq!(code.len(), PSEUDONYM_BYTES);
        for other in [
            pseudonym(&key, "police", "id_number", "4403"),
            pseudonym(&key, "tax", "other_number", "4403"),
            pseudonym(&key, "tax", "id_number", "4404"),
            pseudonym(&Pseudonymiser::with_throwaway_key(), "tax", "id_number", "4403"),
        ] {
            assert_ne!(code, other);
        }
        assert!(Pseudonymiser::new(vec![7; KEY_BYTES_MIN - 1]).is_err());
    }
}
