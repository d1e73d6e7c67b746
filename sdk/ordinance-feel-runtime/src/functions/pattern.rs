//! Regular expressions of XPath, as far as they are common: letters, `.`, classes, groups, alternatives, repetitions,
//! `^` and `$`, back-references; the flags `s`, `m`, `i`, `x` and `q`; categories of Unicode as far
//! as `categories` knows them, and blocks (`\p{...}`).

mod blocks;
mod categories;
mod matching;
mod parsing;
mod syntax;

pub(super) use self::matching::Captures;
use self::syntax::{Flags, Node};

/// A regular expression.
pub(super) struct Pattern {
    root: Node,
    groups: usize,
    flags: Flags,
}

impl Pattern {
    /// Reads a pattern with its flags; `None` if it isn't one, or one that isn't supported.
    pub(super) fn parse(text: &str, flags: &str) -> Option<Self> {
        let flags = Flags::parse(flags)?;
        let (root, groups) = parsing::parse(text, flags)?;
        Some(Self { root, groups, flags })
    }

    /// Whether it is certain what kind each of these letters is of, as far as it asks.
    pub(super) fn knows(&self, letters: &[char]) -> bool {
        let asked = syntax::asked(&self.root);
        // Whether a category means a letter of the other case too, programs differ.
        let by_category = !self.flags.any_case && letters.iter().all(|letter| categories::is_known(*letter));
        let by_word = letters.iter().all(|letter| categories::is_known_word(*letter));
        (!asked.categories || by_category) && (!asked.words || by_word)
    }

    /// Whether it stands for its own letters.
    pub(super) fn is_literal(&self) -> bool {
        self.flags.literal
    }

    /// The first part of the letters that it is, from a position on.
    ///
    /// # Errors
    /// If the search takes too many steps.
    pub(super) fn find(&self, letters: &[char], from: usize) -> Result<Option<Captures>, matching::StepsError> {
        matching::find(&self.root, self.groups, self.flags, letters, from)
    }
}
