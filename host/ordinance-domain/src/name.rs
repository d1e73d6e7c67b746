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

/// Whether these are words of ASCII letters and digits, the first of which begins with a letter.
fn is_words(name: &str, separator: char) -> bool {
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
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
                if name.len() <= NAME_BYTES_MAX && is_words(name, $separator) {
                    Ok(Self(ShortText::new(name)))
                } else {
                    Err(NameError { name: shortened(name), kind: $kind, separator: $separator })
                }
            }

            /// Whether these bytes are the name.
            #[must_use]
            pub fn is_bytes(&self, bytes: &[u8]) -> bool {
                self.0.as_bytes() == bytes
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
    /// The name of a fact, a parameter or a grant field, in `snake_case`; of a part of a fact, its path: the names of
    /// the fact and its parts with dots between, such as `members.age`, in one case with the item of a list:
    /// `members[1].age`. [`new`](FieldName::new) reads names alone, [`path`](FieldName::path) paths too.
    FieldName, "a snake_case name", '_'
);
name_type!(
    /// The id of a service, a rule, a criterion or a mask, in `kebab-case`.
    Id, "a kebab-case id", '-'
);

/// The most digits of an index in a path.
const INDEX_DIGITS_MAX: usize = 4;
/// The longest path of a part, in bytes.
pub const PATH_BYTES_MAX: usize = 512;

impl FieldName {
    /// Parses a name, or the path of a part of a fact.
    ///
    /// # Errors
    /// [`NameError`] if the text is neither.
    pub fn path(text: &str) -> Result<Self, NameError> {
        let is_path = text.len() <= PATH_BYTES_MAX
            && text.split('.').all(|step| split_index(step).is_some_and(|(name, _)| is_words(name, '_')));
        match is_path {
            true => Ok(Self(ShortText::new(text))),
            false => Err(NameError { name: shortened(text), kind: "a name of a fact or a path", separator: '_' }),
        }
    }

    /// The path of a part of this fact or part.
    #[must_use]
    pub fn part(&self, name: &Self) -> Self {
        Self(ShortText::concat(&[self.as_str(), ".", name.as_str()]))
    }

    /// The path of an item of this list.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        Self(ShortText::format(format_args!("{self}[{index}]")))
    }

    /// The same part of something else: `members[1].age` for `members.age`, if `whole` is `members` and `other`
    /// `members[1]`. `None` if it is no part of `whole`.
    #[must_use]
    pub fn moved(&self, whole: &Self, other: &Self) -> Option<Self> {
        let rest = self.as_str().strip_prefix(whole.as_str())?;
        rest.starts_with('.').then(|| Self(ShortText::concat(&[other.as_str(), rest])))
    }

    /// The name of the fact that it is, or is a part of.
    #[must_use]
    pub fn fact_name(&self) -> &str {
        let text = self.as_str();
        text.split(['.', '[']).next().unwrap_or(text)
    }

    /// Whether it is the path of a part, or of an item of a list.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.as_str().contains(['.', '['])
    }

    /// Whether it names an item of a list.
    #[must_use]
    pub fn has_items(&self) -> bool {
        self.as_str().contains('[')
    }

    /// The facts and parts around this one, the outermost first: `members` and `members[1].home` for
    /// `members[1].home.rent`.
    pub fn wholes(&self) -> impl Iterator<Item = Self> {
        let text = self.as_str();
        text.match_indices('.').filter_map(|(at, _)| Some(Self(ShortText::new(without_index(text.get(..at)?)))))
    }

    /// The facts and parts around this one, and itself; of an item of a list, the list.
    pub fn with_wholes(&self) -> impl Iterator<Item = Self> {
        self.wholes().chain([Self(ShortText::new(without_index(self.as_str())))])
    }

    /// The list whose item it is a part of, and the index of the item, from 0; `None` if it is a part of no item, or
    /// of a record within one.
    #[must_use]
    pub fn list_and_index(&self) -> Option<(Self, usize)> {
        let (item, _) = self.as_str().rsplit_once('.')?;
        let (list, index) = item.strip_suffix(']')?.rsplit_once('[')?;
        Some((Self::path(list).ok()?, index.parse().ok()?))
    }

    /// The path with the item of its first list alone, as privacy law rules on a part of one person of a list:
    /// `members[1].jobs.pay` for `members[1].jobs[0].pay`; `None` for a path with no other item.
    #[must_use]
    pub fn in_first_item(&self) -> Option<Self> {
        // Every part of every item is looked up, and lists in lists are rare.
        let (_, after_first) = self.as_str().split_once('[')?;
        if !after_first.contains('[') {
            return None;
        }
        let mut is_in_item = false;
        let mut text = String::new();
        for (name, index) in self.steps() {
            let dot = if text.is_empty() { "" } else { "." };
            text = text + dot + name;
            if let Some(index) = index.filter(|_| !is_in_item) {
                is_in_item = true;
                text = text + "[" + &index.to_string() + "]";
            }
        }
        Some(Self(ShortText::new(&text)))
    }

    /// The steps of the path: each name, with the index of an item of the list of that name.
    pub fn steps(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        self.as_str().split('.').filter_map(split_index)
    }

    /// The path without its items: what the catalogue of facts calls it.
    #[must_use]
    pub fn without_items(&self) -> Self {
        if !self.as_str().contains('[') {
            return self.clone();
        }
        let names: Vec<&str> = self.steps().map(|(name, _)| name).collect();
        Self(ShortText::new(&names.join(".")))
    }
}

/// `name` or `name[index]`; `None` for another text after the name. An index has one way to be written, or one item
/// would have several paths.
fn split_index(step: &str) -> Option<(&str, Option<usize>)> {
    let Some((name, rest)) = step.split_once('[') else { return Some((step, None)) };
    let digits = rest.strip_suffix(']')?;
    let is_plain = digits == "0" || !digits.starts_with(['0', '+']);
    let index = if is_plain && digits.len() <= INDEX_DIGITS_MAX { digits.parse().ok()? } else { return None };
    Some((name, Some(index)))
}

/// A path without the item that it ends with.
fn without_index(path: &str) -> &str {
    match path.strip_suffix(']').and_then(|path| path.rsplit_once('[')) {
        Some((list, _)) => list,
        None => path,
    }
}

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

/// The names, each in backticks, with commas between them.
pub fn listed(names: impl IntoIterator<Item: fmt::Display>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_a_fact_to_a_part() {
        let members = FieldName::new("members").unwrap();
        let age = members.item(1).part(&FieldName::new("age").unwrap());
        assert_eq!(age.as_str(), "members[1].age");
        assert_eq!(FieldName::path("members[1].age").unwrap(), age);
        assert_eq!(age.fact_name(), "members");
        assert_eq!(age.without_items().as_str(), "members.age");
        assert_eq!(age.steps().collect::<Vec<_>>(), [("members", Some(1)), ("age", None)]);
        for bad in ["", ".", "members.", "members[].age", "members[x]", "members[1]x", "Members.age", "members..age"] {
            assert!(FieldName::path(bad).is_err(), "{bad}");
        }
        // One item has one name.
        for other in ["members[01]", "members[+1]", "members[00]", "members[1 ]", "members[-0]", "members[10000]"] {
            assert!(FieldName::path(other).is_err(), "{other}");
        }
        assert_eq!(FieldName::path("members[0]").unwrap(), members.item(0));
        assert!(FieldName::new("members.age").is_err());
    }

    #[test]
    fn a_part_has_wholes_around_it_and_one_name_for_each_person() {
        let pay = FieldName::path("members[1].jobs[0].pay").unwrap();
        let texts = |names: Vec<FieldName>| names.iter().map(ToString::to_string).collect::<Vec<String>>();
        assert_eq!(texts(pay.wholes().collect()), ["members", "members[1].jobs"]);
        assert_eq!(texts(pay.with_wholes().collect()), ["members", "members[1].jobs", "members[1].jobs[0].pay"]);
        assert_eq!(texts(FieldName::path("members[1]").unwrap().with_wholes().collect()), ["members"]);
        assert_eq!(pay.in_first_item(), FieldName::path("members[1].jobs.pay").ok());
        assert_eq!(FieldName::path("members[1].jobs.pay").unwrap().in_first_item(), None);
        assert_eq!(FieldName::new("age").unwrap().with_wholes().count(), 1);
    }

    #[test]
    fn names_of_other_shapes_are_rejected_with_the_mend() {
        for bad in ["", "Age", "age-band", "_age", "age__x", "age_", "9age", "年龄", &"a".repeat(65)] {
            assert!(FieldName::new(bad).is_err(), "{bad}");
        }
        let error = Id::new("Old_Age").unwrap_err().to_string();
        assert!(error.contains("`Old_Age` is not a kebab-case id"), "{error}");
    }
}
