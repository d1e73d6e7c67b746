//! What patterns are made of.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::categories::Category;

/// The flags of a pattern.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// `s`: `.` is every letter.
    pub(super) dot_all: bool,
    /// `m`: `^` and `$` are the ends of lines.
    pub(super) lines: bool,
    /// `i`: upper and lower case are the same.
    pub(super) any_case: bool,
    /// `x`: blanks in the pattern don't count.
    pub(super) blanks: bool,
    /// `q`: every letter stands for itself.
    pub(super) literal: bool,
}

impl Flags {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut flags = Self::default();
        for letter in text.chars() {
            match letter {
                's' => flags.dot_all = true,
                'm' => flags.lines = true,
                'i' => flags.any_case = true,
                'x' => flags.blanks = true,
                'q' => flags.literal = true,
                _ => return None,
            }
        }
        Some(flags)
    }
}

/// A part of a pattern.
pub(super) enum Node {
    Empty,
    Letter(char),
    /// `.`
    Any,
    Class(Class),
    /// `^`
    Start,
    /// `$`
    End,
    /// One after the other.
    Sequence(Box<Node>, Box<Node>),
    /// `a|b`
    Either(Box<Node>, Box<Node>),
    /// From `least` to `most` times, as often or as seldom as can be.
    Repeat {
        of: Box<Node>,
        least: u32,
        most: Option<u32>,
        greedy: bool,
    },
    /// `(...)` with its number from 0.
    Group(Box<Node>, usize),
    /// What the group with this number was, from 0.
    Back(usize),
}

/// A set of letters.
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) parts: Vec<ClassPart>,
    /// Without these.
    pub(super) except: Option<Box<Class>>,
}

/// A part of a set of letters.
pub(super) enum ClassPart {
    Letters(char, char),
    /// `\d` and the like: the letter behind the backslash.
    Kind(char),
    /// `\p{...}`, or `\P{...}` for all others: a category.
    Category {
        name: Category,
        negated: bool,
    },
    /// `\p{Is...}`, or `\P{Is...}` for all others: a block, by its first and last letter.
    Block {
        first: char,
        last: char,
        negated: bool,
    },
}

impl Class {
    fn has_category(&self) -> bool {
        let is_category = |part: &ClassPart| matches!(part, ClassPart::Category { .. });
        self.parts.iter().any(is_category) || self.except.as_ref().is_some_and(|except| except.has_category())
    }

    pub(super) fn has(&self, letter: char, any_case: bool) -> bool {
        let within = |letter: char| self.parts.iter().any(|part| part.has(letter));
        let other_case = || letter.to_lowercase().chain(letter.to_uppercase()).any(within);
        let found = within(letter) || (any_case && other_case());
        found != self.negated && !self.except.as_ref().is_some_and(|except| except.has(letter, any_case))
    }
}

/// Whether a pattern asks for the category of a letter.
pub(super) fn has_category(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Letter(_) | Node::Any | Node::Start | Node::End | Node::Back(_) => false,
        Node::Class(class) => class.has_category(),
        Node::Sequence(one, other) | Node::Either(one, other) => has_category(one) || has_category(other),
        Node::Repeat { of, .. } => has_category(of),
        Node::Group(within, _) => has_category(within),
    }
}

impl ClassPart {
    fn has(&self, letter: char) -> bool {
        match self {
            Self::Letters(first, last) => (*first..=*last).contains(&letter),
            Self::Kind(kind) => is_of_kind(*kind, letter),
            Self::Category { name, negated } => name.has(letter) != *negated,
            Self::Block { first, last, negated } => (*first..=*last).contains(&letter) != *negated,
        }
    }
}

/// Whether a letter is of a kind: digits `d`, blanks `s`, letters and digits `w`, those that begin a name `i` or are in
/// one `c`; in upper case those that aren't.
pub(super) fn is_of_kind(kind: char, letter: char) -> bool {
    match kind {
        'd' => letter.is_ascii_digit(),
        's' => matches!(letter, ' ' | '\t' | '\n' | '\r'),
        'w' => letter.is_alphanumeric(),
        'i' => letter.is_alphabetic() || matches!(letter, '_' | ':'),
        'c' => letter.is_alphanumeric() || matches!(letter, '_' | ':' | '-' | '.' | '·'),
        other => other.is_ascii_uppercase() && !is_of_kind(other.to_ascii_lowercase(), letter),
    }
}
