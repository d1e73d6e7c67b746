//! Names that a text binds: variables, parameters and keys.

use super::cursor::{Parsed, Parser};
use crate::syntax::ast::Name;
use crate::syntax::error::SyntaxError;
use crate::syntax::keywords::is_keyword;
use crate::syntax::token::{Symbol, TokenKind};

impl Parser<'_> {
    /// A name up to `end`, or to what else cannot be part of one. A text may stand for it.
    pub(super) fn bound_name(&mut self, end: &str) -> Parsed<Name> {
        let start = self.start();
        let count = self.name_tokens(end);
        if count == 0 {
            let help = if end == "in" { "type a name, such as `x`" } else { "type a name" };
            return self.fail(SyntaxError::new(self.here(), "a name is missing here", help));
        }
        if count == 1 {
            return self.one_word("a name is missing here");
        }
        self.skip(count);
        let span = self.span_from(start);
        let text = self.source(span).split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Name { text, span })
    }

    /// How many of the next tokens may be a name.
    fn name_tokens(&self, end: &str) -> usize {
        let mut count = 0;
        while let Some(token) = self.ahead(count) {
            let is_part = match &token.kind {
                TokenKind::Word(word) if end == "in" => {
                    !is_keyword(word) || matches!(word.as_str(), "and" | "or" | "of")
                }
                TokenKind::Word(word) => count > 0 || !is_keyword(word),
                TokenKind::Number(_) | TokenKind::Quote => count > 0,
                TokenKind::Symbol(symbol) => count > 0 && may_be_in_name(*symbol),
                TokenKind::Text(_) | TokenKind::Temporal(_) | TokenKind::Stray(_) | TokenKind::End => false,
            };
            if !is_part {
                break;
            }
            count += 1;
        }
        count
    }

    /// Whether a name and a colon stand next.
    pub(super) fn begins_named(&self) -> bool {
        let count = self.name_tokens(":");
        count > 0 && self.is_ahead(count, Symbol::Colon)
    }

    pub(super) fn report_twice(&mut self, name: &Name) {
        let message = format!("the name `{}` stands twice", name.text);
        self.report(SyntaxError::new(name.span, message, "type another name, or delete one of them"));
    }
}

fn may_be_in_name(symbol: Symbol) -> bool {
    matches!(symbol, Symbol::Point | Symbol::Slash | Symbol::Minus | Symbol::Plus | Symbol::Star)
}
