//! The state of reading: where in the tokens it is, which names are bound, how deep the tree is, what is wrong so far.

use crate::source_text::Span;
use crate::syntax::ast::{Expr, ExprKind, Name};
use crate::syntax::error::{ReportedError, SyntaxError};
use crate::syntax::lexer::lex;
use crate::syntax::names::{BUILTINS, NameTree, PROPERTIES, Scope};
use crate::syntax::token::{Symbol, Token, TokenKind};

/// How deep brackets, conditions and the like may stand one within another.
const NESTING_MAX: usize = 128;
/// How high a tree may be: each operator of a series such as `a + b + c` makes it higher by one.
const HEIGHT_MAX: usize = 256;
/// The most faults that are told of one text.
const ERRORS_MAX: usize = 10;

/// What a part of the grammar gives, or the sign that it can't be read.
pub(super) type Parsed<T> = Result<T, ReportedError>;

/// Reads one text.
pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    pub(super) scope: &'t Scope,
    /// The names that the expression binds around the current place.
    pub(super) locals: NameTree,
    /// The keys of the contexts that were read, which may stand after a point.
    pub(super) keys: NameTree,
    /// How many conditions of filters the current place is in, where members have their bare names.
    pub(super) filters: usize,
    /// Whether the current place is the upper end of a range, so that `[` may close it.
    pub(super) in_range_end: bool,
    /// Whether the text is a cell of a decision table.
    pub(super) in_cell: bool,
    /// How many brackets are open.
    pub(super) open_brackets: usize,
    nesting: usize,
    /// The height of the tree that was read last, or of the highest of those that will be the parts of one.
    height: usize,
    errors: Vec<SyntaxError>,
    /// Whether what follows can't be told anything of.
    stopped: bool,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str, scope: &'t Scope) -> Self {
        Self {
            text,
            tokens: lex(text),
            at: 0,
            scope,
            locals: NameTree::default(),
            keys: NameTree::default(),
            filters: 0,
            in_range_end: false,
            in_cell: false,
            open_brackets: 0,
            nesting: 0,
            height: 0,
            errors: Vec::new(),
            stopped: false,
        }
    }

    pub(super) fn into_errors(mut self) -> Vec<SyntaxError> {
        self.errors.sort_by_key(|error| (error.span.start, error.span.end));
        self.errors.dedup_by_key(|error| error.span);
        self.errors
    }

    /// The token so many tokens ahead, if it isn't the end.
    pub(super) fn ahead(&self, count: usize) -> Option<&Token> {
        self.tokens.get(self.at + count).filter(|token| token.kind != TokenKind::End)
    }

    pub(super) fn kind(&self) -> &TokenKind {
        self.tokens.get(self.at).map_or(&TokenKind::End, |token| &token.kind)
    }

    /// The range of the next token.
    pub(super) fn here(&self) -> Span {
        let end = Span { start: self.text.len(), end: self.text.len() };
        self.tokens.get(self.at).map_or(end, |token| token.span)
    }

    /// Where the next token begins.
    pub(super) fn start(&self) -> usize {
        self.here().start
    }

    /// The token that was read last.
    pub(super) fn previous(&self) -> Option<&Token> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at))
    }

    /// The tokens that were read.
    pub(super) fn read(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().take(self.at)
    }

    /// The range from an offset to the end of the token that was read last.
    pub(super) fn span_from(&self, start: usize) -> Span {
        let end = self.previous().map_or(start, |token| token.span.end);
        Span { start, end: end.max(start) }
    }

    pub(super) fn source(&self, span: Span) -> &'t str {
        self.text.get(span.start..span.end).unwrap_or_default()
    }

    /// The texts of the tokens from the next one on.
    pub(super) fn sources(&self) -> impl Iterator<Item = &'t str> {
        let text = self.text;
        let tokens = self.tokens.get(self.at..).unwrap_or_default();
        tokens.iter().map(move |token| text.get(token.span.start..token.span.end).unwrap_or_default())
    }

    /// Goes past the next token and tells its faults.
    pub(super) fn advance(&mut self) -> Parsed<()> {
        let Some(token) = self.tokens.get_mut(self.at) else { return Ok(()) };
        let (faults, last) = (std::mem::take(&mut token.faults), token.last);
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        faults.into_iter().for_each(|fault| self.report(fault));
        if last { self.stop() } else { Ok(()) }
    }

    /// Goes past tokens that are a known name, however they are written.
    pub(super) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.tokens.len().saturating_sub(1));
    }

    /// Goes before the token that was read last.
    pub(super) fn step_back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }

    /// Whether the next token is a symbol.
    pub(super) fn at(&self, symbol: Symbol) -> bool {
        *self.kind() == TokenKind::Symbol(symbol)
    }

    /// Whether the token so many tokens ahead is a symbol.
    pub(super) fn is_ahead(&self, count: usize, symbol: Symbol) -> bool {
        self.ahead(count).is_some_and(|token| token.kind == TokenKind::Symbol(symbol))
    }

    pub(super) fn eat(&mut self, symbol: Symbol) -> Parsed<bool> {
        let found = self.at(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// The next token, if it is a word.
    pub(super) fn word(&self) -> Option<&str> {
        match self.kind() {
            TokenKind::Word(word) => Some(word),
            TokenKind::Number(_)
            | TokenKind::Text(_)
            | TokenKind::Temporal(_)
            | TokenKind::Symbol(_)
            | TokenKind::Quote
            | TokenKind::Stray(_)
            | TokenKind::End => None,
        }
    }

    pub(super) fn at_word(&self, word: &str) -> bool {
        self.word() == Some(word)
    }

    pub(super) fn at_end(&self) -> bool {
        *self.kind() == TokenKind::End
    }

    pub(super) fn report(&mut self, error: SyntaxError) {
        if !self.stopped && self.errors.last().is_none_or(|last| last.span != error.span) {
            self.errors.push(error);
            self.stopped = self.errors.len() >= ERRORS_MAX;
        }
    }

    /// Takes back what was told of a part of the text, where something better can be told of the whole.
    pub(super) fn forget_within(&mut self, span: Span) {
        self.errors.retain(|error| error.span.start < span.start || error.span.end > span.end);
    }

    pub(super) fn fail<T>(&mut self, error: SyntaxError) -> Parsed<T> {
        self.report(error);
        Err(ReportedError)
    }

    /// Ends reading: nothing more can be told.
    pub(super) fn stop<T>(&mut self) -> Parsed<T> {
        self.stopped = true;
        Err(ReportedError)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Reads something that stands within something else.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting >= NESTING_MAX {
            let message =
                format!("brackets, conditions or signs stand more than {NESTING_MAX} deep one within another");
            self.report(SyntaxError::new(self.here(), message, "give parts of the expression names of their own"));
            return self.stop();
        }
        self.nesting += 1;
        let siblings = std::mem::take(&mut self.height);
        let read = read(self);
        self.nesting -= 1;
        self.height = self.height.max(siblings);
        read
    }

    /// Counts a node above those that were read.
    pub(super) fn grow(&mut self) -> Parsed<()> {
        self.height += 1;
        if self.height > HEIGHT_MAX {
            let message = format!("the expression has more than {HEIGHT_MAX} operators in one series");
            self.report(SyntaxError::new(self.here(), message, "give parts of it names of their own, or use a list"));
            return self.stop();
        }
        Ok(())
    }

    /// A node from an offset to the last token read.
    pub(super) fn node(&self, start: usize, kind: ExprKind) -> Expr {
        Expr { kind, span: self.span_from(start) }
    }

    /// The longest known name that stands next, with the number of its tokens. A built-in function whose name has
    /// blanks counts only before its arguments.
    pub(super) fn known_name(&self) -> Option<(usize, String)> {
        let mut trees = vec![(&self.locals, false), (self.scope.names(), false), (&*BUILTINS, true)];
        if self.filters > 0 {
            trees.extend([(&self.keys, false), (self.scope.members(), false)]);
        }
        self.longest(&trees)
    }

    /// The longest known name of a member that stands next.
    pub(super) fn known_member(&self) -> Option<(usize, String)> {
        self.longest(&[(&self.keys, false), (self.scope.members(), false), (&*PROPERTIES, false)])
    }

    fn longest(&self, trees: &[(&NameTree, bool)]) -> Option<(usize, String)> {
        let mut longest: Option<(usize, &str)> = None;
        for (tree, is_function) in trees {
            if let Some((count, name)) = tree.longest(self.sources())
                && longest.is_none_or(|(longest, _)| count > longest)
                && (!is_function || count == 1 || self.is_ahead(count, Symbol::OpenParen))
            {
                longest = Some((count, name));
            }
        }
        longest.map(|(count, name)| (count, name.to_owned()))
    }

    /// Whether a word is a known name.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.locals.knows(word) || self.scope.names().knows(word) || BUILTINS.knows(word)
    }

    /// Goes past a known name.
    pub(super) fn take_name(&mut self, (count, text): (usize, String)) -> Name {
        let start = self.start();
        self.skip(count);
        Name { text, span: self.span_from(start) }
    }
}
