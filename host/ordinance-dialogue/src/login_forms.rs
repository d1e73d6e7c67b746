//! The forms by which a person signs in and out.

use maud::{Markup, html};

use crate::words::PortalWords;

/// The form that leads to the identity provider, with the answers so far.
#[must_use]
pub fn sign_in_form(to: &str, case: &str, words: &PortalWords) -> Markup {
    html! {
        form method="post" action="/login" {
            input type="hidden" name="to" value=(to);
            input type="hidden" name="case" value=(case);
            button class="govuk-button" type="submit" { (words.sign_in) }
        }
    }
}

/// The form that ends a session.
#[must_use]
pub fn sign_out_form(form_token: &str, words: &PortalWords) -> Markup {
    html! {
        form method="post" action="/logout" class="app-no-print" {
            input type="hidden" name="form_token" value=(form_token);
            button class="app-link-button" type="submit" { (words.sign_out) }
        }
    }
}
