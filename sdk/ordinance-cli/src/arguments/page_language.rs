//! The languages of pages, as flags name them.

use clap::ValueEnum;
use ordinance_pages::ReadingLanguage;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageLanguage {
    Zh,
    En,
}

impl From<PageLanguage> for ReadingLanguage {
    fn from(language: PageLanguage) -> Self {
        match language {
            PageLanguage::Zh => Self::Zh,
            PageLanguage::En => Self::En,
        }
    }
}
