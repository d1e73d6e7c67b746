//! What is told of a step beside the page that it leads to.

use maud::{Markup, html};

use crate::words::PortalWords;

/// What a person must know of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepNotices {
    /// The law has changed since the last step.
    pub has_new_rulebook: bool,
    /// It is another day than at the last step.
    pub has_new_day: bool,
    /// Answers were dropped, since they don't fit the law that there is now.
    pub has_dropped_answers: bool,
}

impl StepNotices {
    pub fn markup(self, words: &PortalWords) -> Markup {
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

/// What tells that a page was made by a browser alone, and is no decision.
pub(crate) fn try_out_banner(is_try_out: bool, words: &PortalWords) -> Markup {
    html! {
        @if is_try_out {
            div class="govuk-inset-text" { strong { (words.try_out_title) } " " (words.try_out_text) }
        }
    }
}
