//! Names: `snake_case` for facts, parameters and grant fields, `kebab-case` for ids. A name that isn't well formed is
//! an error, never a guess.

use std::fmt;

use crate::short_text::ShortText;

/// A text is not a name of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` is not {kind}: use lower-case ASCII letters and digits, begin with a letter, and put single \
     `{separator}` between words"
)]
pub struct NameError {
    name: String,
    kind: &'static str,
    separator: char,
}

/// The longest name of any kind, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

fn is_well_formed(name: &str, separator: char) -> bool {
    if name.len() > NAME_BYTES_MAX || !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        return false;
    }
    let mut is_in_word = false;
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => is_in_word = true,
            _ if is_in_word && char::from(byte) == separator => is_in_word = false,
            _ => return false,
        }
    }
    is_in_word
}

macro_rules! name_type {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $separator:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(ShortText);

        impl $type {
            /// Parses a name of at most [`NAME_BYTES_MAX`] bytes.
            ///
            /// # Errors
            /// [`NameError`] says what a name of this kind looks like.
            pub fn new(name: &str) -> Result<Self, NameError> {
                if is_well_formed(name, $separator) {
                    Ok(Self(ShortText::new(name)))
                } else {
                    Err(NameError { name: shortened(name), kind: $kind, separator: $separator })
                }
            }

            /// Whether this is the name. Faster than a comparison of [`as_str`](Self::as_str).
            #[must_use]
            pub fn is(&self, text: &str) -> bool {
                self.0.as_bytes() == text.as_bytes()
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

name_type!(
    /// The name of a fact, a parameter or a grant field, in `snake_case`.
    FieldName, "a snake_case name", '_'
);
name_type!(
    /// The id of a service, a rule, a criterion or a mask, in `kebab-case`.
    Id, "a kebab-case id", '-'
);

/// The first [`NAME_BYTES_MAX`] bytes of a caller's text, for an error message.
#[must_use]
pub fn shortened(word: &str) -> String {
    if word.len() <= NAME_BYTES_MAX {
        return word.to_owned();
    }
    let mut end = NAME_BYTES_MAX;
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", word.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_shapes_are_rejected_with_the_mend() {
        for bad in ["", "Age", "age-band", "_age", "age__x", "age_", "9age", "年龄", &"a".repeat(65)] {
            assert!(FieldName::new(bad).is_err(), "{bad}");
        }
        let error = Id::new("Old_Age").unwrap_err().to_string();
        assert!(error.contains("`Old_Age` is not a kebab-case id"), "{error}");
    }
}
