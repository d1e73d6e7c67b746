//! The blocks of Unicode that XML Schema names (Part 2, appendix F.1.1). Constant data may have no addresses in it, so
//! that the names are one text.

const NAMES: &str = "BasicLatin Latin-1Supplement LatinExtended-A LatinExtended-B IPAExtensions SpacingModifierLetters \
    CombiningDiacriticalMarks Greek GreekandCoptic Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari \
    Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian \
    HangulJamo Ethiopic Cherokee UnifiedCanadianAboriginalSyllabics Ogham Runic Khmer Mongolian \
    LatinExtendedAdditional GreekExtended GeneralPunctuation SuperscriptsandSubscripts CurrencySymbols \
    CombiningMarksforSymbols CombiningDiacriticalMarksforSymbols LetterlikeSymbols NumberForms Arrows \
    MathematicalOperators MiscellaneousTechnical ControlPictures OpticalCharacterRecognition \
    EnclosedAlphanumerics BoxDrawing BlockElements GeometricShapes MiscellaneousSymbols Dingbats BraillePatterns \
    CJKRadicalsSupplement KangxiRadicals IdeographicDescriptionCharacters CJKSymbolsandPunctuation Hiragana \
    Katakana Bopomofo HangulCompatibilityJamo Kanbun BopomofoExtended EnclosedCJKLettersandMonths \
    CJKCompatibility CJKUnifiedIdeographsExtensionA CJKUnifiedIdeographs YiSyllables YiRadicals HangulSyllables \
    PrivateUse CJKCompatibilityIdeographs AlphabeticPresentationForms ArabicPresentationForms-A \
    CombiningHalfMarks CJKCompatibilityForms SmallFormVariants ArabicPresentationForms-B \
    HalfwidthandFullwidthForms OldItalic Gothic Deseret ByzantineMusicalSymbols MusicalSymbols \
    MathematicalAlphanumericSymbols CJKUnifiedIdeographsExtensionB CJKCompatibilityIdeographsSupplement Tags";

/// The first and the last letter of each.
const ENDS: [(char, char); 94] = [
    ('\u{0}', '\u{7f}'),
    ('\u{80}', '\u{ff}'),
    ('\u{100}', '\u{17f}'),
    ('\u{180}', '\u{24f}'),
    ('\u{250}', '\u{2af}'),
    ('\u{2b0}', '\u{2ff}'),
    ('\u{300}', '\u{36f}'),
    ('\u{370}', '\u{3ff}'),
    ('\u{370}', '\u{3ff}'),
    ('\u{400}', '\u{4ff}'),
    ('\u{530}', '\u{58f}'),
    ('\u{590}', '\u{5ff}'),
    ('\u{600}', '\u{6ff}'),
    ('\u{700}', '\u{74f}'),
    ('\u{780}', '\u{7bf}'),
    ('\u{900}', '\u{97f}'),
    ('\u{980}', '\u{9ff}'),
    ('\u{a00}', '\u{a7f}'),
    ('\u{a80}', '\u{aff}'),
    ('\u{b00}', '\u{b7f}'),
    ('\u{b80}', '\u{bff}'),
    ('\u{c00}', '\u{c7f}'),
    ('\u{c80}', '\u{cff}'),
    ('\u{d00}', '\u{d7f}'),
    ('\u{d80}', '\u{dff}'),
    ('\u{e00}', '\u{e7f}'),
    ('\u{e80}', '\u{eff}'),
    ('\u{f00}', '\u{fff}'),
    ('\u{1000}', '\u{109f}'),
    ('\u{10a0}', '\u{10ff}'),
    ('\u{1100}', '\u{11ff}'),
    ('\u{1200}', '\u{137f}'),
    ('\u{13a0}', '\u{13ff}'),
    ('\u{1400}', '\u{167f}'),
    ('\u{1680}', '\u{169f}'),
    ('\u{16a0}', '\u{16ff}'),
    ('\u{1780}', '\u{17ff}'),
    ('\u{1800}', '\u{18af}'),
    ('\u{1e00}', '\u{1eff}'),
    ('\u{1f00}', '\u{1fff}'),
    ('\u{2000}', '\u{206f}'),
    ('\u{2070}', '\u{209f}'),
    ('\u{20a0}', '\u{20cf}'),
    ('\u{20d0}', '\u{20ff}'),
    ('\u{20d0}', '\u{20ff}'),
    ('\u{2100}', '\u{214f}'),
    ('\u{2150}', '\u{218f}'),
    ('\u{2190}', '\u{21ff}'),
    ('\u{2200}', '\u{22ff}'),
    ('\u{2300}', '\u{23ff}'),
    ('\u{2400}', '\u{243f}'),
    ('\u{2440}', '\u{245f}'),
    ('\u{2460}', '\u{24ff}'),
    ('\u{2500}', '\u{257f}'),
    ('\u{2580}', '\u{259f}'),
    ('\u{25a0}', '\u{25ff}'),
    ('\u{2600}', '\u{26ff}'),
    ('\u{2700}', '\u{27bf}'),
    ('\u{2800}', '\u{28ff}'),
    ('\u{2e80}', '\u{2eff}'),
    ('\u{2f00}', '\u{2fdf}'),
    ('\u{2ff0}', '\u{2fff}'),
    ('\u{3000}', '\u{303f}'),
    ('\u{3040}', '\u{309f}'),
    ('\u{30a0}', '\u{30ff}'),
    ('\u{3100}', '\u{312f}'),
    ('\u{3130}', '\u{318f}'),
    ('\u{3190}', '\u{319f}'),
    ('\u{31a0}', '\u{31bf}'),
    ('\u{3200}', '\u{32ff}'),
    ('\u{3300}', '\u{33ff}'),
    ('\u{3400}', '\u{4dbf}'),
    ('\u{4e00}', '\u{9fff}'),
    ('\u{a000}', '\u{a48f}'),
    ('\u{a490}', '\u{a4cf}'),
    ('\u{ac00}', '\u{d7af}'),
    ('\u{e000}', '\u{f8ff}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{fb00}', '\u{fb4f}'),
    ('\u{fb50}', '\u{fdff}'),
    ('\u{fe20}', '\u{fe2f}'),
    ('\u{fe30}', '\u{fe4f}'),
    ('\u{fe50}', '\u{fe6f}'),
    ('\u{fe70}', '\u{feff}'),
    ('\u{ff00}', '\u{ffef}'),
    ('\u{10300}', '\u{1032f}'),
    ('\u{10330}', '\u{1034f}'),
    ('\u{10400}', '\u{1044f}'),
    ('\u{1d000}', '\u{1d0ff}'),
    ('\u{1d100}', '\u{1d1ff}'),
    ('\u{1d400}', '\u{1d7ff}'),
    ('\u{20000}', '\u{2a6df}'),
    ('\u{2f800}', '\u{2fa1f}'),
    ('\u{e0000}', '\u{e007f}'),
];

/// The first and the last letter of a block.
pub(super) fn block(name: &str) -> Option<(char, char)> {
    let index = NAMES.split(' ').position(|known| known == name)?;
    ENDS.get(index).copied()
}
