//! Categories of Unicode: of Latin letters, and of others as far as their case, or the ranges here, tell. So no table
//! of all letters has to be in every rule; for other letters a pattern with categories isn't supported.

/// A category, or a group of categories.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Category {
    group: char,
    /// The category within the group; `None` for all of it.
    one: Option<char>,
}

/// The names of all categories.
const NAMES: &str = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co Cn";

/// The first of the ten decimal digits of scripts.
const DIGITS: [u32; 24] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x17e0, 0x1810, 0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
];

/// Whether the category of a letter is known.
pub(super) fn is_known(letter: char) -> bool {
    letter <= '\u{24f}' || beyond_latin(letter).is_some()
}

/// The category of a letter beyond U+024F, if it is known.
fn beyond_latin(letter: char) -> Option<(char, char)> {
    let has_other_case = letter.to_uppercase().chain(letter.to_lowercase()).any(|other| other != letter);
    match letter {
        letter if is_digit(letter) => Some(('N', 'd')),
        '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' => Some(('L', 'o')),
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => Some(('L', 'o')),
        '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}' => Some(('L', 'o')),
        '\u{20a0}'..='\u{20c0}' => Some(('S', 'c')),
        '\u{2190}'..='\u{2194}' | '\u{2200}'..='\u{22ff}' => Some(('S', 'm')),
        '\u{2028}' => Some(('Z', 'l')),
        '\u{2029}' => Some(('Z', 'p')),
        '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => Some(('Z', 's')),
        '\u{2010}'..='\u{2015}' => Some(('P', 'd')),
        '\u{300}'..='\u{36f}' => Some(('M', 'n')),
        '\u{2160}'..='\u{2182}' => Some(('N', 'l')),
        // What has a case but is a sign.
        '\u{24b6}'..='\u{24e9}' => None,
        letter if letter.is_uppercase() && has_other_case => Some(('L', 'u')),
        letter if letter.is_lowercase() && has_other_case => Some(('L', 'l')),
        '\u{1d400}'..='\u{1d7cb}' if letter.is_uppercase() => Some(('L', 'u')),
        '\u{1d400}'..='\u{1d7cb}' if letter.is_lowercase() => Some(('L', 'l')),
        _ => None,
    }
}

/// Whether a letter is a decimal digit of a script.
pub(super) fn is_digit(letter: char) -> bool {
    let is_of = |first: &u32| (*first..first + 10).contains(&u32::from(letter));
    letter.is_ascii_digit() || DIGITS.iter().any(is_of)
}

/// Whether `\w` is certain to be the letter, or not to be it: of connectors and symbols programs differ.
pub(super) fn is_known_word(letter: char) -> bool {
    is_known(letter) && !matches!(category(letter), ('P', 'c') | ('S', _))
}

impl Category {
    /// The category of a name such as `L` or `Lu`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let mut letters = name.chars();
        let (group, one) = (letters.next()?, letters.next());
        let exists = match one {
            Some(_) => NAMES.split(' ').any(|known| known == name),
            None => "LMNPSZC".contains(group),
        };
        exists.then_some(Self { group, one })
    }

    /// Whether a letter is of it.
    pub(super) fn has(self, letter: char) -> bool {
        let (group, one) = category(letter);
        self.group == group && self.one.is_none_or(|wanted| wanted == one)
    }
}

fn category(letter: char) -> (char, char) {
    if let Some(found) = beyond_latin(letter).filter(|_| letter > '\u{24f}') {
        return found;
    }
    match letter {
        '_' => ('P', 'c'),
        '-' => ('P', 'd'),
        '(' | '[' | '{' => ('P', 's'),
        ')' | ']' | '}' => ('P', 'e'),
        '\u{ab}' => ('P', 'i'),
        '\u{bb}' => ('P', 'f'),
        '!'..='#' | '%'..='\'' | '*' | ',' | '.' | '/' | ':' | ';' | '?' | '@' | '\\' => ('P', 'o'),
        '\u{a1}' | '\u{a7}' | '\u{b6}' | '\u{b7}' | '\u{bf}' => ('P', 'o'),
        '+' | '<'..='>' | '|' | '~' | '\u{ac}' | '\u{b1}' | '\u{d7}' | '\u{f7}' => ('S', 'm'),
        '$' | '\u{a2}'..='\u{a5}' => ('S', 'c'),
        '^' | '`' | '\u{a8}' | '\u{af}' | '\u{b4}' | '\u{b8}' => ('S', 'k'),
        '\u{a6}' | '\u{a9}' | '\u{ae}' | '\u{b0}' => ('S', 'o'),
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
