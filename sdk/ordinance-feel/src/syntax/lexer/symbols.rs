//! Operators and brackets, and what people type for them.

use crate::syntax::character::fold;
use crate::syntax::token::Symbol;

/// What a symbol means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Symbol(Symbol),
    Keyword(&'static str),
}

use Meaning::Keyword;

/// What each series of characters means; a longer one stands before a shorter one with the same beginning.
const SYMBOLS: &[(&str, Meaning)] = &[
    ("...", Meaning::Symbol(Symbol::TwoPoints)),
    ("..", Meaning::Symbol(Symbol::TwoPoints)),
    (".", Meaning::Symbol(Symbol::Point)),
    ("**", Meaning::Symbol(Symbol::Power)),
    ("*", Meaning::Symbol(Symbol::Star)),
    ("===", Meaning::Symbol(Symbol::Equal)),
    ("==", Meaning::Symbol(Symbol::Equal)),
    ("=>", Meaning::Symbol(Symbol::GreaterOrEqual)),
    ("=<", Meaning::Symbol(Symbol::LessOrEqual)),
    ("=", Meaning::Symbol(Symbol::Equal)),
    ("!==", Meaning::Symbol(Symbol::NotEqual)),
    ("!=", Meaning::Symbol(Symbol::NotEqual)),
    ("!", Meaning::Symbol(Symbol::Bang)),
    ("<>", Meaning::Symbol(Symbol::NotEqual)),
    ("<=", Meaning::Symbol(Symbol::LessOrEqual)),
    ("<", Meaning::Symbol(Symbol::Less)),
    (">=", Meaning::Symbol(Symbol::GreaterOrEqual)),
    (">", Meaning::Symbol(Symbol::Greater)),
    ("->", Meaning::Symbol(Symbol::Arrow)),
    ("-", Meaning::Symbol(Symbol::Minus)),
    ("+", Meaning::Symbol(Symbol::Plus)),
    ("/", Meaning::Symbol(Symbol::Slash)),
    ("(", Meaning::Symbol(Symbol::OpenParen)),
    (")", Meaning::Symbol(Symbol::CloseParen)),
    ("[", Meaning::Symbol(Symbol::OpenBracket)),
    ("]", Meaning::Symbol(Symbol::CloseBracket)),
    ("{", Meaning::Symbol(Symbol::OpenBrace)),
    ("}", Meaning::Symbol(Symbol::CloseBrace)),
    (",", Meaning::Symbol(Symbol::Comma)),
    (";", Meaning::Symbol(Symbol::Comma)),
    (":=", Meaning::Symbol(Symbol::Equal)),
    (":", Meaning::Symbol(Symbol::Colon)),
    ("^", Meaning::Symbol(Symbol::Power)),
    ("&&", Keyword("and")),
    ("&", Keyword("and")),
    ("||", Keyword("or")),
    ("|", Keyword("or")),
    ("∧", Keyword("and")),
    ("∨", Keyword("or")),
    ("∈", Keyword("in")),
    ("≥", Meaning::Symbol(Symbol::GreaterOrEqual)),
    ("⩾", Meaning::Symbol(Symbol::GreaterOrEqual)),
    ("≧", Meaning::Symbol(Symbol::GreaterOrEqual)),
    ("≤", Meaning::Symbol(Symbol::LessOrEqual)),
    ("⩽", Meaning::Symbol(Symbol::LessOrEqual)),
    ("≦", Meaning::Symbol(Symbol::LessOrEqual)),
    ("≠", Meaning::Symbol(Symbol::NotEqual)),
    ("…", Meaning::Symbol(Symbol::TwoPoints)),
    ("→", Meaning::Symbol(Symbol::Arrow)),
];

/// The longest symbol at the beginning of a text, with its length in bytes.
pub(super) fn symbol_at(rest: &str) -> Option<(Meaning, usize)> {
    SYMBOLS.iter().find_map(|(symbol, meaning)| Some((*meaning, length_of(symbol, rest)?)))
}

/// How many bytes at the beginning of a text stand for a symbol.
fn length_of(symbol: &str, rest: &str) -> Option<usize> {
    let mut characters = rest.chars();
    let mut length = 0;
    for expected in symbol.chars() {
        let character = characters.next().filter(|character| fold(*character) == expected)?;
        length += character.len_utf8();
    }
    Some(length)
}
