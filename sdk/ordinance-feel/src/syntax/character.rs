//! The characters of FEEL (DMN 1.5, chapter 10, rules 27 to 30 and 61), and those that keyboards and spreadsheets type
//! in their stead.

/// Whether a character is white space.
pub(crate) fn is_blank(character: char) -> bool {
    matches!(character,
        '\u{9}'..='\u{d}' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200b}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}')
}

/// Whether a text must end before a character.
pub(crate) fn ends_line(character: char) -> bool {
    matches!(character, '\u{a}'..='\u{d}')
}

/// Whether a word may begin with a character. Of the grammar's characters, marks of punctuation and signs of currencies
/// are left out: the grammar has them in ranges of letters, and a text with one is a mistake of the keyboard. `?` is a
/// word of its own.
pub(crate) fn is_word_start(character: char) -> bool {
    let in_grammar = matches!(character,
        'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}');
    in_grammar && !is_blank(character) && !is_mark(character) && !ordinance_domain::plain_text::is_hidden(character)
}

/// Whether a word may go on with a character.
pub(crate) fn is_word_part(character: char) -> bool {
    is_word_start(character)
        || character.is_ascii_digit()
        || matches!(character, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Marks of punctuation and signs of currencies among what the grammar takes for letters.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{20a0}'..='\u{20cf}' | '\u{2e00}'..='\u{2e7f}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}'
        | '\u{3014}'..='\u{301f}' | '\u{3030}' | '\u{fe10}'..='\u{fe1f}' | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff3e}' | '\u{ff40}'
        | '\u{ff5b}'..='\u{ff65}' | '\u{ffe0}'..='\u{ffee}' | '\u{fffd}')
}

/// The ASCII character that a mark or a character of full width stands for, or the character itself. Quotes become `"`
/// or `'`.
pub(crate) fn fold(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => narrow(character),
        '、' => ',',
        '。' | '｡' => '.',
        '【' | '〔' | '〖' => '[',
        '】' | '〕' | '〗' => ']',
        '×' | '✕' | '⋅' | '∙' | '∗' => '*',
        '÷' | '∕' | '⁄' => '/',
        '−' | '–' | '—' | '‐' | '‑' | '‒' | '―' => '-',
        '¬' => '!',
        '“' | '”' | '„' | '‟' | '«' | '»' | '《' | '》' | '〈' | '〉' | '「' | '」' | '『' | '』' | '″' | '〝'
        | '〞' => '"',
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '′' | '`' | '´' => '\'',
        other => other,
    }
}

fn narrow(character: char) -> char {
    char::from_u32((u32::from(character) - 0xff01) + 0x21).unwrap_or(character)
}

/// Whether a character is the form of full width of an ASCII character.
pub(crate) fn is_wide(character: char) -> bool {
    matches!(character, '\u{ff01}'..='\u{ff5e}')
}

/// Whether a text that begins with one quote may end with another. A text after a straight one ends with a straight
/// one alone, as the standard has it, so that it may hold any other. After another quote, which is a mistake, a
/// straight one may follow too.
pub(crate) fn closes(open: char, close: char) -> bool {
    if open == '"' {
        return close == '"';
    }
    if matches!(close, '"' | '＂') {
        return true;
    }
    match open {
        '“' | '”' | '„' | '‟' => matches!(close, '“' | '”' | '‟'),
        '«' => close == '»',
        '»' => close == '«',
        '《' => close == '》',
        '〈' => close == '〉',
        '「' => close == '」',
        '『' => close == '』',
        '〝' => matches!(close, '〞' | '〟'),
        _ => close == open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_make_words_and_their_marks_do_not() {
        for letter in ['a', 'Z', '_', 'é', 'Ω', '年', '々', '〇', 'か', '한', 'ا', '𠀀'] {
            assert!(is_word_start(letter), "{letter}");
        }
        for other in ['、', '。', '《', '（', '＞', '×', '÷', '€', '-', '.', '1', '\u{202e}', '\u{3000}', '�', '＋']
        {
            assert!(!is_word_start(other), "{other}");
        }
        assert!(is_word_part('1'));
        assert!(is_word_part('·'));
    }

    #[test]
    fn characters_of_full_width_have_their_narrow_form() {
        let narrowed: String = "＞＝（８０）ａＺ，。；".chars().map(fold).collect();
        assert_eq!(narrowed, ">=(80)aZ,.;");
    }
}
