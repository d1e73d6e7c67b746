//! What is told of a step beside the page that it leads to.

use maud::{Markup, html};

use super::words::PortalWords;

/// What a person must know of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct StepNotices {
    /// The law has changed since the last step.
    pub(super) has_new_rulebook: bool,
    /// It is another day than at the last step.
    pub(super) has_new_day: bool,
    /// Answers were dropped, since they don't fit the law that there is now.
    pub(super) has_dropped_answers: bool,
}

impl StepNotices {
    pub(super) fn markup(self, words: &PortalWords) -> Markup {
        let texts = [
            (self.has_new_rulebook, words.new_rulebook),
            (self.has_new_day, words.new_day),
            (self.has_dropped_answers, words.dropped_answers),
        ];
        html! {
            @for (_, text) in texts.into_iter().filter(|(holds, _)| *holds) {
                div class="govuk-inset-text" role="status" { (text) }
            }
        }
    }
}
