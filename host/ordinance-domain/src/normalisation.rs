//! How a text is normalised before it is masked, so that one person has one code however the text is written. What a
//! rule or a recipient gets unmasked stays as it was sent.
//!
//! The steps and their order are those of RFC 8264 (section 7): width, space, case, NFC.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_compatible;

use crate::plain_text::is_hidden;
use crate::word_enum::word_enum;

word_enum! {
    /// A step of the normalisation of a text that its fact asks for.
    NormalisationStep {
        /// Full-width and half-width characters become the usual ones (RFC 8264, 5.2.1).
        Width = "width",
        /// Each run of white space becomes one space, and characters that show nothing go.
        Space = "space",
        /// All white space goes, and characters that show nothing.
        NoSpace = "no-space",
        /// Letters become small ones by the Unicode default (RFC 8264, 5.2.3), as in no language by itself.
        Case = "case",
    }
}

/// The normalisation of the texts of a fact. Without a step it is NFC (UAX #15) without white space at either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Normalisation {
    width: bool,
    case: bool,
    spaces: Spaces,
}

/// How the normalisation treats white space within a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Spaces {
    #[default]
    Kept,
    Single,
    Removed,
}

/// Two steps contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`space` keeps one space of several and `no-space` none")]
pub struct NormalisationError;

impl Normalisation {
    /// The normalisation of these steps, in whatever order they are.
    ///
    /// # Errors
    /// [`NormalisationError`] if two of them contradict each other.
    pub fn of(steps: &[NormalisationStep]) -> Result<Self, NormalisationError> {
        let mut normalisation = Self::default();
        for step in steps {
            let spaces = match step {
                NormalisationStep::Width => {
                    normalisation.width = true;
                    continue;
                }
                NormalisationStep::Case => {
                    normalisation.case = true;
                    continue;
                }
                NormalisationStep::Space => Spaces::Single,
                NormalisationStep::NoSpace => Spaces::Removed,
            };
            if normalisation.spaces != Spaces::Kept && normalisation.spaces != spaces {
                return Err(NormalisationError);
            }
            normalisation.spaces = spaces;
        }
        Ok(normalisation)
    }

    /// Its steps, in the order in which they are taken.
    #[must_use]
    pub fn steps(self) -> Vec<NormalisationStep> {
        let spaces = match self.spaces {
            Spaces::Kept => None,
            Spaces::Single => Some(NormalisationStep::Space),
            Spaces::Removed => Some(NormalisationStep::NoSpace),
        };
        let width = self.width.then_some(NormalisationStep::Width);
        let case = self.case.then_some(NormalisationStep::Case);
        [width, spaces, case].into_iter().flatten().collect()
    }

    /// The text in the form in which it is masked.
    #[must_use]
    pub fn normalise<'t>(self, text: &'t str) -> Cow<'t, str> {
        let mut normal = composed(Cow::Borrowed(text.trim()));
        if self.width && !normal.is_ascii() {
            normal = Cow::Owned(normal.chars().map(usual_width).collect());
        }
        match self.spaces {
            Spaces::Kept => {}
            Spaces::Single => normal = Cow::Owned(with_single_spaces(&normal)),
            Spaces::Removed => normal = Cow::Owned(without_spaces(&normal)),
        }
        if self.case {
            normal = Cow::Owned(normal.to_lowercase());
        }
        composed(normal)
    }
}

/// The text in NFC.
fn composed(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() { text } else { Cow::Owned(text.nfc().collect()) }
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|shown| !shown.is_whitespace() && !is_hidden(*shown)).collect()
}

/// The words of a text with one space between them.
fn with_single_spaces(text: &str) -> String {
    let shown: String = text.chars().filter(|shown| shown.is_whitespace() || !is_hidden(*shown)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The usual form of a full-width or half-width character: its decomposition `<wide>` or `<narrow>` in the Unicode
/// Character Database. Any other character stays.
fn usual_width(written: char) -> char {
    let shifted = |first: u32, usual: u32| char::from_u32(u32::from(written) - first + usual).unwrap_or(written);
    match written {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => shifted(0xff01, 0x21),
        // The letters of Hangul and the macron have a further decomposition that isn't one of width.
        '\u{ffa0}' => '\u{3164}',
        '\u{ffa1}'..='\u{ffbe}' => shifted(0xffa1, 0x3131),
        '\u{ffc2}'..='\u{ffc7}' => shifted(0xffc2, 0x314f),
        '\u{ffca}'..='\u{ffcf}' => shifted(0xffca, 0x3155),
        '\u{ffd2}'..='\u{ffd7}' => shifted(0xffd2, 0x315b),
        '\u{ffda}'..='\u{ffdc}' => shifted(0xffda, 0x3161),
        '\u{ffe3}' => '\u{af}',
        '\u{ff5f}'..='\u{ff9f}' | '\u{ffe0}'..='\u{ffee}' => {
            let mut usual = None;
            decompose_compatible(written, |part| {
                usual.get_or_insert(part);
            });
            usual.unwrap_or(written)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normalisation(steps: &str) -> Normalisation {
        let steps: Vec<_> = steps.split_whitespace().map(|word| NormalisationStep::parse(word).unwrap()).collect();
        Normalisation::of(&steps).unwrap()
    }

    fn check(steps: &str, written: &str, normal: &str) {
        assert_eq!(normalisation(steps).normalise(written), normal, "{steps}: {written:?}");
    }

    #[test]
    fn every_text_is_composed_and_has_no_space_at_its_ends() {
        check("", "Rene\u{301}", "Ren\u{e9}");
        check("", "\u{3000} Ren\u{e9}\t", "Ren\u{e9}");
        check("", "\u{f900}", "\u{8c48}");
        check("", "\u{1112}\u{1161}\u{11ab}", "\u{d55c}");
        check("", "110101199003074518", "110101199003074518");
        check("", "A b  C", "A b  C");
        check("", "ＡＢ１", "ＡＢ１");
    }

    #[test]
    fn width_is_that_of_the_usual_characters() {
        check("width", "ＡＢＣ１２３", "ABC123");
        check("width", "１１０１０１１９９００３０７４５１Ｘ", "11010119900307451X");
        check("width", "Ａ\u{3000}Ｂ", "A B");
        check("width", "ｶﾞｰﾄﾞ", "ガード");
        check("width", "ﾡ￣￥｡", "ㄱ¯¥。");
        check("width", "①ﬁ²", "①ﬁ²");
    }

    #[test]
    fn case_is_folded_as_in_no_language_by_itself() {
        check("case", "11010119900307451X", "11010119900307451x");
        check("case", "ΟΔΟΣ", "οδος");
        check("case", "ÉCOLE", "école");
        check("case", "E\u{301}COLE", "école");
        check("case", "IŞIK", "işik");
        check("case", "ışık", "ışık");
        check("case", "STRASSE", "strasse");
        check("case", "Straße", "straße");
    }

    #[test]
    fn space_within_a_text_is_one_space_or_none() {
        check("space", " Li\u{3000} \t Ming ", "Li Ming");
        check("space", "Li\u{a0}Ming", "Li Ming");
        check("space", "Li\u{200b}Ming\u{feff}", "LiMing");
        check("no-space", "1101 0119 9003\u{3000}0745 18", "110101199003074518");
        check("width no-space case", "１１０１０１ １９９００３０７ ４５１Ｘ", "11010119900307451x");
        check("no-space", "", "");
    }

    #[test]
    fn steps_may_be_written_in_any_order_and_must_not_contradict() {
        assert_eq!(normalisation("case width"), normalisation("width case width"));
        let words: Vec<_> = normalisation("case space width").steps().iter().map(|step| step.as_str()).collect();
        assert_eq!(words, ["width", "space", "case"]);
        let contradiction = [NormalisationStep::Space, NormalisationStep::NoSpace];
        assert_eq!(Normalisation::of(&contradiction), Err(NormalisationError));
    }

    fn any_normalisation() -> impl Strategy<Value = Normalisation> {
        let spaces = prop_oneof![Just(Spaces::Kept), Just(Spaces::Single), Just(Spaces::Removed)];
        (any::<bool>(), any::<bool>(), spaces).prop_map(|(width, case, spaces)| Normalisation { width, case, spaces })
    }

    proptest! {
        #[test]
        fn what_is_normal_stays_as_it_is(normalisation in any_normalisation(), text in "\\PC{0,12}") {
            let once = normalisation.normalise(&text).into_owned();
            prop_assert_eq!(normalisation.normalise(&once), once.as_str());
        }

        #[test]
        fn a_composed_text_and_its_decomposition_are_one(normalisation in any_normalisation(), text in "\\PC{0,12}") {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(normalisation.normalise(&composed), normalisation.normalise(&decomposed));
        }

        #[test]
        fn without_a_step_a_trimmed_ascii_text_stays_as_it_is(text in "[!-~]([ -~]{0,20}[!-~])?") {
            prop_assert_eq!(Normalisation::default().normalise(&text), text.as_str());
        }
    }
}
