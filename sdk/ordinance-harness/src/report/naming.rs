//! What reports call places, services, rules and facts: by their titles in the language of the page, from the rulebook
//! under review or else from the one in force. A text in another language is marked with its own.

use maud::{Markup, html};
use ordinance_domain::contract::GrantField;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::provision::Provision;
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::titles::Titles;
use ordinance_engine::Rulebook;
use ordinance_pages::ReadingLanguage;

use super::words::ReportWords;

/// The language of a page and where its names come from.
#[derive(Clone, Copy)]
pub(super) struct Naming<'a> {
    pub(super) language: ReadingLanguage,
    pub(super) words: &'static ReportWords,
    /// The rulebook under review; `None` if it can't be read.
    new: Option<&'a Rulebook>,
    /// The rulebook in force; `None` if there is none to compare with.
    old: Option<&'a Rulebook>,
}

impl<'a> Naming<'a> {
    pub(super) fn new(language: ReadingLanguage, new: Option<&'a Rulebook>, old: Option<&'a Rulebook>) -> Self {
        Self { language, words: ReportWords::of(language), new, old }
    }

    /// The rulebooks, the one under review first.
    fn rulebooks(&self) -> impl Iterator<Item = &'a Rulebook> + use<'a> {
        self.new.into_iter().chain(self.old)
    }

    /// A title as text, for what can't hold markup; `name` if there is none.
    pub(super) fn plain(&self, titles: &Titles, name: &str) -> String {
        titles.best(&[self.language.tag().to_owned()]).unwrap_or(name).to_owned()
    }

    /// The same, marked if it is in another language.
    pub(super) fn titled(&self, titles: &Titles, name: &str) -> Markup {
        let Some((tag, title)) = titles.best_with_tag(&[self.language.tag().to_owned()]) else {
            return html! { (name) };
        };
        match tag.split('-').next() == Some(self.language.tag()) {
            true => html! { (title) },
            false => html! { span lang=(tag) { (title) } },
        }
    }

    /// What the tools say in English only, such as the message of a fault.
    pub(super) fn in_english(&self, text: &str) -> Markup {
        match self.language {
            ReadingLanguage::En => html! { (text) },
            ReadingLanguage::Zh => html! { span lang="en" { (text) } },
        }
    }

    /// The rulebook under review by its title, else by a word for it.
    pub(super) fn rulebook(&self) -> String {
        match self.new {
            Some(rulebook) => self.plain(rulebook.titles(), self.words.a_rulebook),
            None => self.words.unreadable_rulebook.to_owned(),
        }
    }

    /// A place by its name, else by its code.
    pub(super) fn place(&self, code: &str) -> String {
        let named = JurisdictionCode::new(code).ok().and_then(|known| {
            let mut places = self.rulebooks().filter_map(|rulebook| rulebook.jurisdictions().latest(&known));
            places.next().map(|place| self.plain(&place.names, code))
        });
        named.unwrap_or_else(|| code.to_owned())
    }

    /// A service by its title, else by its id.
    pub(super) fn service(&self, id: &str) -> String {
        let contract = Id::new(id).ok().and_then(|known| self.rulebooks().find_map(|book| book.contract(&known)));
        contract.map_or_else(|| id.to_owned(), |contract| self.plain(&contract.titles, id))
    }

    /// A rule by its path `CODE/SERVICE`, whatever version of it: its place and its service in words.
    pub(super) fn rule(&self, path: &str) -> String {
        let Some((code, folder)) = path.split_once('/') else { return path.to_owned() };
        let is_known = JurisdictionCode::new(code).is_ok_and(|known| self.rulebooks().any(|book| book.knows(&known)));
        if !is_known {
            return path.to_owned();
        }
        let privacy = self.rulebooks().flat_map(Rulebook::privacy_rules).find(|rule| rule.head.source_path() == path);
        let what = privacy.map_or_else(|| self.service(folder), |rule| self.plain(&rule.head.titles, folder));
        self.language.labelled(&self.place(code), &what)
    }

    /// Whether there is a rule of this path, `CODE/SERVICE`.
    pub(super) fn has_rule(&self, path: &str) -> bool {
        self.rulebooks().any(|rulebook| heads(rulebook).any(|head| head.source_path() == path))
    }

    /// A field of what the service of a rule grants: its title and its unit, as far as they are known. `rule` is
    /// `CODE/SERVICE`.
    pub(super) fn grant_field(&self, rule: &str, name: &str) -> Option<&'a GrantField> {
        let service = Id::new(rule.split_once('/')?.1).ok()?;
        let name = FieldName::new(name).ok()?;
        self.rulebooks().find_map(|book| book.contract(&service)?.grant_field(&name))
    }

    /// A criterion by its title, from the rules for the service of a rule `CODE/SERVICE`; else by its id.
    pub(super) fn criterion(&self, rule: &str, id: &str) -> String {
        let service = rule.split_once('/').map(|(_, folder)| folder);
        let is_its = |head: &&RuleHead| service.is_some_and(|folder| head.folder().as_str() == folder);
        let mut criteria = self.rulebooks().flat_map(|book| heads(book).filter(is_its).flat_map(|head| &head.criteria));
        let known = criteria.find(|criterion| criterion.id.as_str() == id);
        known.map_or_else(|| id.to_owned(), |criterion| self.plain(&criterion.titles, id))
    }

    /// A fact by its title, else by its name.
    pub(super) fn fact(&self, name: &str) -> String {
        let path = FieldName::path(name).ok().map(|path| path.without_items());
        let fact = path.and_then(|path| self.rulebooks().find_map(|rulebook| rulebook.fact_at(&path)));
        fact.map_or_else(|| name.to_owned(), |fact| self.plain(&fact.titles, name))
    }

    /// The value of a fact in words, as far as it has words.
    pub(super) fn fact_value(&self, name: &str, value: &str) -> String {
        let fact = self.rulebooks().find_map(|rulebook| rulebook.fact(name));
        let choice = fact.and_then(|fact| fact.guidance.choices.get(value));
        match (choice, value) {
            (Some(titles), _) => self.plain(titles, value),
            (None, "true") => self.words.yes.to_owned(),
            (None, "false") => self.words.no.to_owned(),
            (None, "not known") => self.words.not_known.to_owned(),
            (None, "(others)") => self.words.others_of_group.to_owned(),
            (None, value) => value.to_owned(),
        }
    }

    /// An article, as a link if its address leads to a page.
    pub(super) fn provision(&self, provision: &Provision) -> Markup {
        let text = provision.to_string();
        match &provision.url {
            Some(url) if is_web_address(url) => html! { a class="govuk-link" href=(url) rel="noreferrer" { (text) } },
            Some(_) | None => html! { (text) },
        }
    }

    /// A finding, an outcome or what else a case file says in a word of its format, in the language of the page.
    pub(super) fn case_word(&self, word: &str) -> Markup {
        let words = self.words;
        match word {
            "satisfied" => html! { (words.satisfied) },
            "not satisfied" => html! { (words.not_satisfied) },
            "unknown" => html! { (words.unknown) },
            "no finding" => html! { (words.no_finding) },
            "eligible" => html! { (words.eligible) },
            "ineligible" => html! { (words.ineligible) },
            "undetermined" => html! { (words.undetermined) },
            other if other.chars().any(|letter| letter.is_ascii_alphabetic()) => self.in_english(other),
            other => html! { (other) },
        }
    }
}

/// The heads of all rules of a rulebook.
pub(super) fn heads(rulebook: &Rulebook) -> impl Iterator<Item = &RuleHead> {
    let privacy = rulebook.privacy_rules().map(|rule| &*rule.head);
    rulebook.rules().map(|rule| &*rule.head).chain(privacy)
}

/// Whether an address leads to a page: another kind, such as `javascript:`, is only shown.
pub(super) fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
