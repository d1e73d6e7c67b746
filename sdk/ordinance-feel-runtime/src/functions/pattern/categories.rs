//! Categories and blocks of Unicode. The categories are those of the letters up to U+024F (Latin), so that no table of
//! all letters has to be in every rule; for other letters a pattern with categories isn't supported.

/// A category, or a group of categories.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Category {
    group: char,
    /// The category within the group; `None` for all of it.
    one: Option<char>,
}

/// Punctuation of each kind, after the letter of the kind.
const PUNCTUATION: [(char, &str); 7] = [
    ('c', "_"),
    ('d', "-"),
    ('s', "([{"),
    ('e', ")]}"),
    ('i', "\u{ab}"),
    ('f', "\u{bb}"),
    ('o', "!\"#%&'*,./:;?@\\\u{a1}\u{a7}\u{b6}\u{b7}\u{bf}"),
];

/// Symbols of each kind, after the letter of the kind.
const SYMBOLS: [(char, &str); 4] = [
    ('m', "+<=>|~\u{ac}\u{b1}\u{d7}\u{f7}"),
    ('c', "$\u{a2}\u{a3}\u{a4}\u{a5}"),
    ('k', "^`\u{a8}\u{af}\u{b4}\u{b8}"),
    ('o', "\u{a6}\u{a9}\u{ae}\u{b0}"),
];

/// Blocks, each with its first and last letter.
const BLOCKS: [(&str, char, char); 8] = [
    ("BasicLatin", '\0', '\u{7f}'),
    ("Latin-1Supplement", '\u{80}', '\u{ff}'),
    ("LatinExtended-A", '\u{100}', '\u{17f}'),
    ("LatinExtended-B", '\u{180}', '\u{24f}'),
    ("Greek", '\u{370}', '\u{3ff}'),
    ("GreekandCoptic", '\u{370}', '\u{3ff}'),
    ("Cyrillic", '\u{400}', '\u{4ff}'),
    ("CurrencySymbols", '\u{20a0}', '\u{20cf}'),
];

/// The first and the last letter of a block.
pub(super) fn block(name: &str) -> Option<(char, char)> {
    BLOCKS.iter().find(|(known, _, _)| *known == name).map(|(_, first, last)| (*first, *last))
}

/// Whether the category of a letter is known.
pub(super) fn is_known(letter: char) -> bool {
    letter <= '\u{24f}'
}

impl Category {
    /// The category of a name such as `L` or `Lu`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let mut letters = name.chars();
        let (group, one) = (letters.next()?, letters.next());
        let ones = match group {
            'L' => "ultmo",
            'M' => "nce",
            'N' => "dlo",
            'P' => "cdseifo",
            'S' => "mcko",
            'Z' => "slp",
            'C' => "cfon",
            _ => return None,
        };
        let exists = letters.next().is_none() && one.is_none_or(|one| ones.contains(one));
        exists.then_some(Self { group, one })
    }

    /// Whether a letter is of it.
    pub(super) fn has(self, letter: char) -> bool {
        let (group, one) = category(letter);
        self.group == group && self.one.is_none_or(|wanted| wanted == one)
    }
}

fn category(letter: char) -> (char, char) {
    let listed = |kinds: &[(char, &str)]| kinds.iter().find(|(_, all)| all.contains(letter)).map(|(kind, _)| *kind);
    if let Some(kind) = listed(&PUNCTUATION) {
        return ('P', kind);
    }
    if let Some(kind) = listed(&SYMBOLS) {
        return ('S', kind);
    }
    match letter {
        ' ' | '\u{a0}' => ('Z', 's'),
        '\u{ad}' => ('C', 'f'),
        letter if letter.is_control() => ('C', 'c'),
        letter if letter.is_ascii_digit() => ('N', 'd'),
        letter if letter.is_numeric() => ('N', 'o'),
        // The ordinals, the letters without case, and those for clicks.
        '\u{aa}' | '\u{ba}' | '\u{1bb}' | '\u{1c0}'..='\u{1c3}' => ('L', 'o'),
        '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' => ('L', 't'),
        letter if letter.is_uppercase() => ('L', 'u'),
        _ => ('L', 'l'),
    }
}
