//! Titles in several languages. This module owns the choice of a language; authors own the words.

use std::collections::BTreeMap;

/// Titles by language tag (BCP 47, lower case): `en`, `zh`, `zh-hant`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Titles(BTreeMap<String, String>);

/// Whether a text has the form of a language tag (BCP 47): a language of 2 to 8 letters, then subtags of 1 to 8 letters
/// and digits, at most 35 characters in all.
#[must_use]
pub fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let is_language = |subtag: &str| (2..=8).contains(&subtag.len()) && subtag.chars().all(|c| c.is_ascii_alphabetic());
    let is_subtag = |subtag: &str| (1..=8).contains(&subtag.len()) && subtag.chars().all(|c| c.is_ascii_alphanumeric());
    text.len() <= 35 && subtags.next().is_some_and(is_language) && subtags.all(is_subtag)
}

impl Titles {
    /// Titles by language tag, in any case.
    #[must_use]
    pub fn new(by_language: BTreeMap<String, String>) -> Self {
        Self(by_language.into_iter().map(|(language, title)| (language.to_ascii_lowercase(), title)).collect())
    }

    /// The title in the first wanted language that has one (`zh-CN` falls back to `zh`), else in English, else in the
    /// first language by tag; `None` only if there are no titles.
    #[must_use]
    pub fn best(&self, wanted: &[String]) -> Option<&str> {
        self.best_with_tag(wanted).map(|(_, title)| title)
    }

    /// The same, after the tag of the language that it is in.
    #[must_use]
    pub fn best_with_tag(&self, wanted: &[String]) -> Option<(&str, &str)> {
        wanted
            .iter()
            .find_map(|language| self.in_language(&language.to_ascii_lowercase()))
            .or_else(|| self.in_language("en"))
            .or_else(|| self.iter().next())
    }

    /// Every language tag with its title, ordered by tag.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(language, title)| (language.as_str(), title.as_str()))
    }

    /// Whether there is no title in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn in_language(&self, language: &str) -> Option<(&str, &str)> {
        let mut tag = language;
        loop {
            if let Some((tag, title)) = self.0.get_key_value(tag) {
                return Some((tag, title));
            }
            tag = tag.rsplit_once('-')?.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_tag_has_the_form_of_bcp_47() {
        let good = ["en", "zh", "zh-Hant", "zh-Hans-CN", "mn", "sl-rozaj-biske", "de-1996"];
        let bad = ["", "e", "x", "../x", "en_US", "zh--cn", "zh-", "english language", "zh-toolongtag", "中文"];
        assert!(good.into_iter().all(is_language_tag));
        assert_eq!(bad.into_iter().find(|tag| is_language_tag(tag)), None);
    }

    #[test]
    fn a_regional_language_falls_back_to_its_base_then_to_english() {
        let titles = Titles::new([("en".into(), "age".into()), ("zh".into(), "年龄".into())].into());
        let best = |wanted: &str| titles.best(&[wanted.to_owned()]).unwrap().to_owned();
        assert_eq!(best("zh-Hans-CN"), "年龄");
        assert_eq!(best("mn"), "age");
        assert_eq!(Titles::default().best(&[]), None);
        assert_eq!(titles.best_with_tag(&["zh-Hans-CN".to_owned()]), Some(("zh", "年龄")));
        assert_eq!(titles.best_with_tag(&["mn".to_owned()]), Some(("en", "age")));
    }
}
