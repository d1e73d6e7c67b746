//! The ids of recipients, and the patterns by which an operator says whose ids a caller may name. An id comes from a
//! caller and stands in the decision log for years, so it has a grammar in which nobody can write a sentence.

use std::borrow::Cow;
use std::fmt;

/// The id of a recipient: a word of ASCII letters, digits and `.`, `_`, `:`, `@`, `/`, `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipientId(Cow<'static, str>);

/// A text is no id of a recipient. The message doesn't repeat the text, which may name a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id of a recipient is {EXPECTED_RECIPIENT_ID}")]
pub struct RecipientIdError;

/// The longest id of a recipient, in bytes.
pub const RECIPIENT_ID_BYTES_MAX: usize = 64;

/// The text that says in messages what an id of a recipient is.
pub const EXPECTED_RECIPIENT_ID: &str =
    "1 to 64 ASCII letters, digits and `.`, `_`, `:`, `@`, `/` or `-`, without spaces";

/// The same as a regular expression.
pub const RECIPIENT_ID_PATTERN: &str = "^[A-Za-z0-9._:@/-]{1,64}$";

const fn is_well_formed(id: &str) -> bool {
    if id.is_empty() || id.len() > RECIPIENT_ID_BYTES_MAX {
        return false;
    }
    let mut left = id.as_bytes();
    while let Some((byte, rest)) = left.split_first() {
        if !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'@' | b'/' | b'-')) {
            return false;
        }
        left = rest;
    }
    true
}

impl RecipientId {
    /// Parses an id.
    ///
    /// # Errors
    /// [`RecipientIdError`] if it is empty, longer than [`RECIPIENT_ID_BYTES_MAX`], or has another character.
    pub fn new(id: &str) -> Result<Self, RecipientIdError> {
        if is_well_formed(id) { Ok(Self(Cow::Owned(id.to_owned()))) } else { Err(RecipientIdError) }
    }

    /// An id of the program's own, for a constant: a text that is no id doesn't compile there.
    ///
    /// # Panics
    /// If the text is no id.
    #[must_use]
    pub const fn constant(id: &'static str) -> Self {
        assert!(is_well_formed(id), "this is no id of a recipient");
        Self(Cow::Borrowed(id))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecipientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of ids: one id, or all that begin with a text: `clinic-*`. `*` alone is every id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientPattern {
    begin: Cow<'static, str>,
    is_prefix: bool,
}

/// A text is no pattern of ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no pattern of recipients: write an id, the beginning of ids with one `*` after it, or `*` for all")]
pub struct RecipientPatternError(String);

impl RecipientPattern {
    /// Every id.
    pub const ALL: Self = Self { begin: Cow::Borrowed(""), is_prefix: true };

    /// Parses a pattern.
    ///
    /// # Errors
    /// [`RecipientPatternError`] if no id could match it, or `*` stands elsewhere than at the end.
    pub fn new(pattern: &str) -> Result<Self, RecipientPatternError> {
        let (begin, is_prefix) = match pattern.strip_suffix('*') {
            Some(begin) => (begin, true),
            None => (pattern, false),
        };
        let is_all = is_prefix && begin.is_empty();
        if !is_all && RecipientId::new(begin).is_err() {
            return Err(RecipientPatternError(crate::name::shortened(pattern)));
        }
        Ok(Self { begin: Cow::Owned(begin.to_owned()), is_prefix })
    }

    /// Whether an id belongs to the set.
    #[must_use]
    pub fn matches(&self, id: &RecipientId) -> bool {
        if self.is_prefix { id.as_str().starts_with(&*self.begin) } else { id.as_str() == &*self.begin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_word_and_no_sentence() {
        let longest = "a".repeat(RECIPIENT_ID_BYTES_MAX);
        for good in ["civil-affairs", "CN-4403/clinic_7", "urn:body:12", "desk@city.example", "7", &longest] {
            assert_eq!(RecipientId::new(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
        let too_long = "a".repeat(RECIPIENT_ID_BYTES_MAX + 1);
        for bad in ["", "Li Ming", "a\tb", "a\nb", "李明", "a\u{a0}b", "a,b", "a*", "{\"a\":1}", "a\u{0}", &too_long]
        {
            assert_eq!(RecipientId::new(bad), Err(RecipientIdError), "{bad}");
        }
    }

    #[test]
    fn the_messages_say_the_length_that_is_checked() {
        let length = RECIPIENT_ID_BYTES_MAX.to_string();
        assert!(EXPECTED_RECIPIENT_ID.contains(&length));
        assert!(RECIPIENT_ID_PATTERN.contains(&length));
    }

    #[test]
    fn a_pattern_is_an_id_or_the_beginning_of_ids() {
        let matches =
            |pattern: &str, id: &str| RecipientPattern::new(pattern).unwrap().matches(&RecipientId::new(id).unwrap());
        assert!(matches("*", "tax"));
        assert!(matches("clinic-*", "clinic-7"));
        assert!(!matches("clinic-*", "clinic"));
        assert!(!matches("clinic-*", "a-clinic-7"));
        assert!(matches("tax", "tax"));
        assert!(!matches("tax", "taxes"));
        for bad in ["", "**", "a*b", "*a", "a b*", "诊所*"] {
            assert!(RecipientPattern::new(bad).is_err(), "{bad}");
        }
    }
}
