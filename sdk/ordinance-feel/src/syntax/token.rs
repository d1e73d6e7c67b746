//! The tokens of a text.

use ordinance_feel_runtime::Decimal;

use super::error::SyntaxError;
use crate::source_text::Span;

/// A piece of a text that means something.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// What it means, or was meant to.
    pub(crate) kind: TokenKind,
    /// Its range in the text.
    pub(crate) span: Span,
    /// What is wrong with how it is written. It counts only if the token isn't part of a known name.
    pub(crate) faults: Vec<SyntaxError>,
    /// Whether nothing that follows can be read, since it is the end of something that was never closed.
    pub(crate) last: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    /// A word of a name, or a keyword.
    Word(String),
    Number(Decimal),
    /// The text without its quotes and escapes.
    Text(String),
    /// `@"..."`, as written between the quotes
    Temporal(String),
    Symbol(Symbol),
    /// A single quote of any form.
    Quote,
    /// A character that means nothing in FEEL.
    Stray(char),
    /// The end of the text.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Colon,
    Point,
    TwoPoints,
    Plus,
    Minus,
    Star,
    Slash,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Arrow,
    /// `!`, which FEEL doesn't have
    Bang,
}

impl Symbol {
    /// How it is written.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::OpenParen => "(",
            Self::CloseParen => ")",
            Self::OpenBracket => "[",
            Self::CloseBracket => "]",
            Self::OpenBrace => "{",
            Self::CloseBrace => "}",
            Self::Comma => ",",
            Self::Colon => ":",
            Self::Point => ".",
            Self::TwoPoints => "..",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Star => "*",
            Self::Slash => "/",
            Self::Power => "**",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Arrow => "->",
            Self::Bang => "!",
        }
    }
}
