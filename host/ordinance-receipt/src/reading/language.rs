//! The language in which a receipt is read.

/// The language in which a receipt is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadingLanguage {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl ReadingLanguage {
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

    /// Its language tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The one of two texts that is in this language.
    pub(super) fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }

    /// A label or a name, and what it is about.
    pub(super) fn labelled(self, label: &str, text: &str) -> String {
        self.pick(format!("{label}：{text}"), format!("{label}: {text}"))
    }

    /// A text with another in brackets.
    pub(super) fn bracketed(self, text: &str, bracketed: &str) -> String {
        self.pick(format!("{text}（{bracketed}）"), format!("{text} ({bracketed})"))
    }

    /// Texts one after the other.
    pub(super) fn listed(self, texts: &[String]) -> String {
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
