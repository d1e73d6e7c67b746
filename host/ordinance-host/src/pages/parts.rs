//! What pages show alike: titles in the language that there is, citations, rows of lists, what is folded.

use maud::{Markup, html};
use ordinance_domain::provision::Provision;
use ordinance_domain::titles::Titles;
use ordinance_pages::ReadingLanguage;

/// A title in the reader's language; one in another language is marked, so that a screen reader speaks it right.
pub(crate) fn titled(titles: &Titles, language: ReadingLanguage) -> Option<Markup> {
    let (tag, title) = titles.best_with_tag(&[language.tag().to_owned()])?;
    Some(match tag.split('-').next() == Some(language.tag()) {
        true => html! { (title) },
        false => html! { span lang=(tag) data-fallback { (title) } },
    })
}

/// The same, or what else names it.
pub(crate) fn titled_or(titles: &Titles, language: ReadingLanguage, name: &str) -> Markup {
    titled(titles, language).unwrap_or_else(|| html! { (name) })
}

/// A title as text, for what can't hold markup.
pub(crate) fn title_text(titles: &Titles, language: ReadingLanguage, name: &str) -> String {
    titles.best(&[language.tag().to_owned()]).unwrap_or(name).to_owned()
}

/// What stands in brackets after something.
pub(crate) fn bracketed(markup: &Markup, language: ReadingLanguage) -> Markup {
    html! { (language.pick("（", " (")) (markup) (language.pick("）", ")")) }
}

/// What stands between two things of a sentence.
pub(crate) fn comma(language: ReadingLanguage) -> &'static str {
    language.pick("，", ", ")
}

/// What stands between a name and what is said of it.
pub(crate) fn colon(language: ReadingLanguage) -> &'static str {
    language.pick("：", ": ")
}

/// A provision with a link to its text, if the rulebook has one.
pub(crate) fn cited(provision: &Provision, language: ReadingLanguage) -> Markup {
    let Provision { document, article, url } = provision;
    let text = html! { (document) (comma(language)) (article) };
    // Only addresses that a browser opens as a page: an author may write anything.
    match url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
        Some(url) => html! { a class="govuk-link" href=(url) rel="noreferrer" { (text) } },
        None => text,
    }
}

/// What is folded until a person opens it.
pub(crate) fn folded(title: &str, content: &Markup) -> Markup {
    html! {
        details class="govuk-details" {
            summary class="govuk-details__summary" { span class="govuk-details__summary-text" { (title) } }
            div class="govuk-details__text" { (content) }
        }
    }
}

/// A row of a list of names and what is said of each.
pub(crate) fn row(name: &Markup, said: &Markup) -> Markup {
    html! {
        div class="govuk-summary-list__row" {
            dt class="govuk-summary-list__key" { (name) }
            dd class="govuk-summary-list__value" { (said) }
        }
    }
}
