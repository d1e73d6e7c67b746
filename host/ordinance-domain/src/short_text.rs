//! A text that is short as a rule: names and codes. Every decision copies dozens of them, on all threads at once, so a
//! copy needs neither an allocation nor a counter that threads share.

use std::cmp::Ordering;
use std::fmt::{self, Write};
use std::sync::Arc;

/// A text; one of at most [`INLINE_BYTES_MAX`] bytes is in the value itself. Equal texts have equal forms.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum ShortText {
    /// The bytes after the text are zero.
    Inline {
        bytes_used: u8,
        bytes: [u8; INLINE_BYTES_MAX],
    },
    Shared(Arc<str>),
}

/// The longest text without an allocation, in bytes: with it a text takes as much room as four pointers.
const INLINE_BYTES_MAX: usize = 30;

impl ShortText {
    pub(crate) fn new(text: &str) -> Self {
        let mut bytes = [0; INLINE_BYTES_MAX];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(used), Ok(bytes_used)) => {
                used.copy_from_slice(text.as_bytes());
                Self::Inline { bytes_used, bytes }
            }
            (_, _) => Self::Shared(text.into()),
        }
    }

    /// A formatted text. Only one that doesn't fit inline is allocated.
    pub(crate) fn format(arguments: fmt::Arguments<'_>) -> Self {
        let mut inline = InlineText::default();
        match fmt::write(&mut inline, arguments) {
            Ok(()) => inline.into(),
            Err(fmt::Error) => Self::Shared(arguments.to_string().into()),
        }
    }

    /// The texts one after another, faster than by a format.
    pub(crate) fn concat(texts: &[&str]) -> Self {
        let mut inline = InlineText::default();
        match texts.iter().try_for_each(|text| inline.write_str(text)) {
            Ok(()) => inline.into(),
            Err(fmt::Error) => Self::Shared(texts.concat().into()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            // The bytes are those of a text, so the default never counts.
            Self::Inline { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Shared(text) => text,
        }
    }

    /// The bytes of the text, which are compared faster than the text.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { bytes_used, bytes } => bytes.get(..usize::from(*bytes_used)).unwrap_or_default(),
            Self::Shared(text) => text.as_bytes(),
        }
    }
}

/// The buffer of a text that is written. A text that doesn't fit is an error.
#[derive(Default)]
struct InlineText {
    bytes_used: u8,
    bytes: [u8; INLINE_BYTES_MAX],
}

impl From<InlineText> for ShortText {
    fn from(text: InlineText) -> Self {
        Self::Inline { bytes_used: text.bytes_used, bytes: text.bytes }
    }
}

impl fmt::Write for InlineText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let begin = usize::from(self.bytes_used);
        let end = begin + text.len();
        self.bytes.get_mut(begin..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.bytes_used = u8::try_from(end).map_err(|_| fmt::Error)?;
        Ok(())
    }
}

// In the order of the texts, which is that of their bytes.
impl Ord for ShortText {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for ShortText {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_read_and_compare_as_texts_do() {
        let long = "a".repeat(INLINE_BYTES_MAX + 1);
        let full = "a".repeat(INLINE_BYTES_MAX);
        let texts = ["", "a", "ab", "b", "age_9", "age_a", "年龄", &full, &long, "zz"];
        for a in texts {
            assert_eq!(ShortText::new(a).as_str(), a);
            assert!(ShortText::concat(&[a, "", "b7"]) == ShortText::new(&format!("{a}b7")), "{a}");
            assert!(ShortText::format(format_args!("{a}b{}", 7)) == ShortText::new(&format!("{a}b7")), "{a}");
            for b in texts {
                assert_eq!(ShortText::new(a).cmp(&ShortText::new(b)), a.cmp(b), "{a} and {b}");
                assert_eq!(ShortText::new(a) == ShortText::new(b), a == b, "{a} and {b}");
            }
        }
    }

    #[test]
    fn a_text_takes_as_much_room_as_four_pointers() {
        assert_eq!(size_of::<ShortText>(), 32);
    }
}
