//! Catalogues of words in Chinese and in English. Each entry stands once with both, so that none can be missing in one
//! language.

/// Declares a catalogue: `words! { /// Doc. pub(crate) struct Words; name: "中文", "English"; … }`. The struct has a
/// `&'static str` for each entry, `of(language)`, and a test that every entry is Chinese in the one and English in the
/// other language, with the same places to fill.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $visibility:vis struct $words:ident; $($name:ident: $zh:literal, $en:literal;)*) => {
        $(#[$doc])*
        #[derive(Debug)]
        $visibility struct $words { $($visibility $name: &'static str,)* }

        impl $words {
            /// The words in a language.
            #[must_use]
            $visibility fn of(language: $crate::language::ReadingLanguage) -> &'static Self {
                const ZH: $words = $words { $($name: $zh,)* };
                const EN: $words = $words { $($name: $en,)* };
                language.pick(&ZH, &EN)
            }
        }

        #[cfg(test)]
        mod words_are_complete {
            #[test]
            fn every_entry_is_chinese_in_the_one_and_english_in_the_other_language() {
                let entries: &[(&str, &str, &str)] = &[$((stringify!($name), $zh, $en),)*];
                assert!(!entries.is_empty());
                for (name, zh, en) in entries {
                    let is_letter = |letter: char| letter.is_ascii_alphabetic();
                    assert!(zh.chars().any($crate::words::is_han), "{name}: {zh}");
                    assert!(!zh.contains(is_letter), "{name}: {zh}");
                    assert!(en.contains(is_letter), "{name}: {en}");
                    assert!(en.is_ascii(), "{name}: {en}");
                    for place in ["{0}", "{1}", "{2}"] {
                        assert_eq!(zh.contains(place), en.contains(place), "{name}: {place}");
                    }
                }
            }
        }
    };
}

/// A text with `{0}`, `{1}` and `{2}` filled, in whatever order the language has them. What fills one isn't read again.
#[must_use]
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}').and_then(|(number, after)| Some((number.parse::<usize>().ok()?, after)));
        match place.and_then(|(number, after)| Some((values.get(number)?, after))) {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// Whether a character is a Chinese one.
#[must_use]
pub fn is_han(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once_in_the_order_of_the_language() {
        assert_eq!(fill("{1} of {0}", &["a {1}", "b"]), "b of a {1}");
        assert_eq!(fill("{0} { {9} {x}", &["a"]), "a { {9} {x}");
        assert_eq!(fill("none", &[]), "none");
    }
}
