//! What all pages for people share: the languages they are read in, the catalogues of their words, numbers and days in
//! words, their charts, their frame and their style. It knows no rulebook and no HTTP.
#![forbid(unsafe_code)]

pub mod charts;
mod frame;
pub mod language;
mod quantity_words;
pub mod words;

pub use frame::{Frame, STYLE};
pub use language::ReadingLanguage;
pub use quantity_words::{day, moment, moment_of, quantity, unit_label, written_day};
pub use words::{fill, is_han};
