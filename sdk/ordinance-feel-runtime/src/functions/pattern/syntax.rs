//! What patterns are made of.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::categories::{Category, is_digit};

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
    fn asked(&self) -> Asked {
        let has = |is: fn(&ClassPart) -> bool| self.parts.iter().any(is);
        let own = Asked {
            categories: has(|part| matches!(part, ClassPart::Category { .. })),
            words: has(|part| matches!(part, ClassPart::Kind('w' | 'W'))),
        };
        self.except.as_ref().map_or(own, |except| own.or(except.asked()))
    }

    pub(super) fn has(&self, letter: char, any_case: bool) -> bool {
        let within = |letter: char| self.parts.iter().any(|part| part.has(letter));
        let other_case = || other_cases(letter).any(within);
        let found = within(letter) || (any_case && other_case());
        found != self.negated && !self.except.as_ref().is_some_and(|except| except.has(letter, any_case))
    }
}

/// What a pattern asks of letters.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked {
    /// Their categories.
    pub(super) categories: bool,
    /// Whether they are of words: `\w` or `\W`.
    pub(super) words: bool,
}

impl Asked {
    fn or(self, other: Self) -> Self {
        Self { categories: self.categories || other.categories, words: self.words || other.words }
    }
}

/// What a pattern asks of letters.
pub(super) fn asked(node: &Node) -> Asked {
    match node {
        Node::Empty | Node::Letter(_) | Node::Any | Node::Start | Node::End | Node::Back(_) => Asked::default(),
        Node::Class(class) => class.asked(),
        Node::Sequence(one, other) | Node::Either(one, other) => asked(one).or(asked(other)),
        Node::Repeat { of, .. } => asked(of),
        Node::Group(within, _) => asked(within),
    }
}

/// A letter in upper and lower case, with those of which these are a case: the sign for kelvin is a k as well.
pub(super) fn other_cases(letter: char) -> impl Iterator<Item = char> {
    let lower = letter.to_lowercase().flat_map(|lower| core::iter::once(lower).chain(lower.to_uppercase()));
    lower.chain(letter.to_uppercase().flat_map(|upper| core::iter::once(upper).chain(upper.to_lowercase())))
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
        'd' => is_digit(letter),
        's' => matches!(letter, ' ' | '\t' | '\n' | '\r'),
        'w' => letter.is_alphanumeric(),
        'i' => letter.is_alphabetic() || matches!(letter, '_' | ':'),
        'c' => letter.is_alphanumeric() || matches!(letter, '_' | ':' | '-' | '.' | '·'),
        other => other.is_ascii_uppercase() && !is_of_kind(other.to_ascii_lowercase(), letter),
    }
}
