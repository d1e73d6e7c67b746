//! The language in which a page or a receipt is read.

/// The language in which a person reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadingLanguage {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl ReadingLanguage {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The first of the wanted languages that there is; English if there is none, as titles are then.
    #[must_use]
    pub fn of_wanted(wanted: &[String]) -> Self {
        let known = |tag: &String| match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        };
        wanted.iter().find_map(known).unwrap_or(Self::En)
    }

    /// The language of a tag that stands for one, `zh` or `en`.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// Its name in itself.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        self.pick("中文", "English")
    }

    /// Its language tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The one of two texts that is in this language.
    #[must_use]
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// A label or a name, and what it is about.
    #[must_use]
    pub fn labelled(self, label: &str, text: &str) -> String {
        self.pick(format!("{label}：{text}"), format!("{label}: {text}"))
    }

    /// A text with another in brackets.
    #[must_use]
    pub fn bracketed(self, text: &str, bracketed: &str) -> String {
        self.pick(format!("{text}（{bracketed}）"), format!("{text} ({bracketed})"))
    }

    /// Texts one after the other.
    #[must_use]
    pub fn listed(self, texts: &[String]) -> String {
        texts.join(self.pick("、", ", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_counts_and_english_without_one() {
        let of =
            |tags: &[&str]| ReadingLanguage::of_wanted(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["zh-CN", "en"]), ReadingLanguage::Zh);
        assert_eq!(of(&["de", "EN-gb", "zh"]), ReadingLanguage::En);
        assert_eq!(of(&["de"]), ReadingLanguage::En);
        assert_eq!(of(&[]), ReadingLanguage::En);
    }
}
