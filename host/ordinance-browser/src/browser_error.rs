//! Why the engine in a page can't answer. No error shows a fact's value.

use ordinance_dialogue::step::UnreadableFormError;
use ordinance_engine::InputError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrowserError {
    #[error("the page has opened no law")]
    NoLaw,
    #[error("the law can't be read: {0}")]
    Law(String),
    #[error("the files are those of another rulebook")]
    OtherRulebook,
    #[error("the page names {0} that can't be read")]
    Argument(&'static str),
    #[error("the law has no such place or service")]
    Unknown,
    #[error("the facts don't fit: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Facts(Vec<InputError>),
    #[error(transparent)]
    Form(#[from] UnreadableFormError),
}
