//! A text as tokens. What is written with other characters than FEEL's is read as it was meant, with a fault that says
//! what to type.

mod mend;
mod number;
mod symbols;
mod text;

use self::mend::miswritten;
use self::symbols::{Meaning, symbol_at};
use super::character::{fold, is_blank, is_word_part, is_word_start};
use super::error::SyntaxError;
use super::token::{Token, TokenKind};
use crate::source_text::Span;

/// The tokens of a text, in their order, with an end after the last. Takes time proportional to the text.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    while lexer.skip_blanks() {
        let token = lexer.token();
        lexer.at = token.span.end;
        let last = token.last;
        lexer.tokens.push(token);
        if last {
            break;
        }
    }
    let end = Span { start: text.len(), end: text.len() };
    lexer.tokens.push(Token { kind: TokenKind::End, span: end, faults: Vec::new(), last: false });
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes to the next token; false at the end of the text. A comment that isn't closed becomes a token.
    fn skip_blanks(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches(is_blank).len();
            self.at += blanks;
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                let Some(length) = rest.get(2..).and_then(|comment| comment.find("*/")) else {
                    self.tokens.push(self.open_comment());
                    return false;
                };
                self.at += length + 4;
            } else if blanks == 0 || rest.is_empty() {
                return !rest.is_empty();
            }
        }
    }

    fn open_comment(&self) -> Token {
        let span = Span { start: self.at, end: self.at + 2 };
        let fault = SyntaxError::new(span, "this comment isn't closed", "type `*/` where the comment ends");
        Token { kind: TokenKind::End, span, faults: vec![fault], last: true }
    }

    fn token(&self) -> Token {
        let mut characters = self.rest().chars();
        let raw = characters.next().unwrap_or_default();
        let (first, second) = (fold(raw), characters.next().map(fold));
        match first {
            '"' => text::quoted(self.text, self.at),
            '\'' => self.simple(TokenKind::Quote, raw.len_utf8()),
            '@' if second == Some('"') => text::temporal(self.text, self.at, raw.len_utf8()),
            '?' => self.wide(TokenKind::Word("?".to_owned()), raw.len_utf8(), "?"),
            digit if digit.is_ascii_digit() => number::number(self.text, self.at),
            '.' if second.is_some_and(|second| second.is_ascii_digit()) => number::number(self.text, self.at),
            start if is_word_start(start) => self.word(),
            _ => self.symbol(raw),
        }
    }

    fn simple(&self, kind: TokenKind, length: usize) -> Token {
        Token { kind, span: Span { start: self.at, end: self.at + length }, faults: Vec::new(), last: false }
    }

    /// A token that should be written as `narrow`.
    fn wide(&self, kind: TokenKind, length: usize, narrow: &str) -> Token {
        let mut token = self.simple(kind, length);
        token.faults.extend(miswritten(self.text, token.span, narrow));
        token
    }

    fn word(&self) -> Token {
        let rest = self.rest();
        let length = rest.find(|character| !is_word_part(fold(character))).unwrap_or(rest.len());
        let word: String = rest.get(..length).unwrap_or_default().chars().map(fold).collect();
        self.wide(TokenKind::Word(word.clone()), length, &word)
    }

    fn symbol(&self, raw: char) -> Token {
        match symbol_at(self.rest()) {
            Some((Meaning::Symbol(symbol), length)) => self.wide(TokenKind::Symbol(symbol), length, symbol.text()),
            Some((Meaning::Keyword(word), length)) => self.wide(TokenKind::Word(word.to_owned()), length, word),
            None => self.simple(TokenKind::Stray(raw), raw.len_utf8()),
        }
    }
}

#[cfg(test)]
mod tests;
