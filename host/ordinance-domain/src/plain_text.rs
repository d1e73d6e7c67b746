//! Text that shows what it says. A control character, a bidirectional one or an invisible one makes a terminal, a page
//! or a reader see other words than a program compares.

use std::borrow::Cow;

/// Whether a character controls how text is shown instead of being shown: a control character (Unicode Cc), a mark that
/// reorders text (UAX #9), a separator of lines, an invisible one, or one that XML 1.0 forbids. The joiners U+200C and
/// U+200D belong to the spelling of some languages and are none.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// The first hidden character of a text, with its offset in bytes.
#[must_use]
pub fn find_hidden(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| is_hidden(*character))
}

/// The text with `\uXXXX`, as JSON writes it, for each hidden character but line feeds and tabs.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_replaced = |character: char| is_hidden(character) && character != '\n' && character != '\t';
    if !text.contains(is_replaced) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_replaced(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_found_and_shown_and_others_stay() {
        for plain in ["Beihilfe für Pflege", "护理补贴", "نیم‌فاصله", "क्‍ष", "line\n\tline"] {
            assert_eq!(visible(plain), plain);
        }
        assert_eq!(find_hidden("ab\u{202e}c"), Some((2, '\u{202e}')));
        assert_eq!(visible("\u{1b}[31m\u{202e}\u{9b}\u{e0041}"), "\\u001b[31m\\u202e\\u009b\\udb40\\udc41");
    }
}
