//! One question: the words of the rulebook for it, a field that fits its type, and the way back and forth.

use maud::{Markup, html};
use ordinance_domain::fact::{Fact, FactType, Holder};
use ordinance_domain::name::FieldName;
use ordinance_domain::titles::Titles;
use ordinance_pages::{ReadingLanguage, fill, unit_label};
use serde_json::Value;

use super::answer_text::{ANSWER, is_short_range};
use super::case_form::CaseForm;
use super::page::{LanguageSwitch, Page};
use super::parts::way_back;
use super::service_page::PlaceAndService;
use super::step_notices::StepNotices;
use super::values::choice_title;
use super::words::PortalWords;
use crate::pages::form_fields::FormFields;
use crate::pages::parts::{colon, title_text, titled, titled_or};
use crate::pages::reader::PageReader;
use crate::pages::words::PageWords;

/// The id of the form of the buttons that give no answer. It is another one than that of the answer, whose first button
/// a browser presses when a person presses Enter.
const CARRY: &str = "carry";

/// A question to a person.
pub(super) struct QuestionPage<'a> {
    pub(super) reader: &'a PageReader,
    pub(super) asked: &'a PlaceAndService,
    pub(super) form: &'a CaseForm,
    pub(super) path: &'a FieldName,
    pub(super) fact: &'a Fact,
    /// The answer that can't be taken.
    pub(super) refused: Option<RefusedAnswer<'a>>,
    pub(super) notices: StepNotices,
}

/// An answer that can't be taken.
pub(super) struct RefusedAnswer<'a> {
    /// What is wrong, and what to write.
    pub(super) fault: String,
    /// What was sent, which is shown again.
    pub(super) fields: &'a FormFields,
}

impl QuestionPage<'_> {
    pub(super) fn page(&self) -> String {
        let (words, language) = (PortalWords::of(self.reader.language), self.reader.language);
        let question = title_text(self.question_titles(), language, self.path.as_str());
        let question = match self.item_words() {
            Some(item) => language.labelled(&item, &question),
            None => question,
        };
        let title = if self.refused.is_some() { fill(words.error_title, &[&question]) } else { question };
        let address = self.asked.address();
        let above = html! {
            form method="post" action=(address) id=(CARRY) {
                (self.hidden())
                @if self.is_first() {
                    a class="govuk-back-link" href=(address) { (words.back) }
                } @else {
                    button class="govuk-back-link app-back" type="submit" name="action" value="back" { (words.back) }
                }
            }
        };
        let page = Page {
            reader: self.reader,
            title: &title,
            above: way_back(&above, words),
            switch: LanguageSwitch::Form { id: CARRY, address: &address, action: "show" },
        };
        let contract = &self.asked.contract;
        page.say(&html! {
            @if let Some(refused) = &self.refused { (error_summary(&refused.fault, self.first_field(), words)) }
            (self.notices.markup(words))
            form method="post" action=(address) novalidate {
                (self.hidden())
                p class="govuk-caption-l" { (titled_or(&contract.titles, language, contract.service.as_str())) }
                (self.field())
                div class="govuk-button-group" {
                    button class="govuk-button" type="submit" name="action" value="next" { (words.next) }
                    button class="govuk-button govuk-button--secondary" type="submit" name="action" value="skip" {
                        (words.do_not_know)
                    }
                }
            }
            @if let Some(evidence) = titled(&self.fact.guidance.evidence, language) {
                p class="govuk-body-s" { (words.paper) (colon(language)) (evidence) }
            }
        })
    }

    /// Whether nothing was asked before.
    fn is_first(&self) -> bool {
        self.form.asked.first().is_none_or(|first| self.path.is(first))
    }

    fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name="case" value=(self.form.to_text());
            input type="hidden" name="question" value=(self.path);
        }
    }

    fn question_titles(&self) -> &Titles {
        if self.fact.guidance.question.is_empty() { &self.fact.titles } else { &self.fact.guidance.question }
    }

    /// Which person of a list the question is about.
    fn item_words(&self) -> Option<String> {
        let words = PortalWords::of(self.reader.language);
        let (list, index) = self.path.list_and_index()?;
        let items = self.form.answer(&list)?.as_array()?.len();
        let whole = self.asked.contract.fact(list.as_str())?;
        let of = if whole.holder == Holder::EachItem { words.person_of } else { words.entry_of };
        Some(fill(of, &[&(index + 1).to_string(), &items.to_string()]))
    }

    fn heading(&self) -> Markup {
        html! {
            @if let Some(item) = self.item_words() { span class="govuk-caption-m" { (item) } " " }
            (titled_or(self.question_titles(), self.reader.language, self.path.as_str()))
        }
    }

    fn first_field(&self) -> String {
        match self.fact.fact_type {
            FactType::Date => format!("{ANSWER}-{}", self.reader.language.pick("year", "day")),
            _ => ANSWER.to_owned(),
        }
    }

    /// The class of a field, or of what is around it.
    fn class(&self, class: &str) -> String {
        if self.refused.is_some() { format!("{class} {class}--error") } else { class.to_owned() }
    }

    fn field(&self) -> Markup {
        let language = self.reader.language;
        let field = match &self.fact.fact_type {
            FactType::Bool => {
                let shared = PageWords::of(language);
                self.radios(&[("yes", html! { (shared.yes) }), ("no", html! { (shared.no) })])
            }
            FactType::Choice(choices) => {
                let titled = |choice: &String| choice_title(self.fact, choice, language);
                let choices: Vec<(&str, Markup)> =
                    choices.iter().map(|choice| (choice.as_str(), titled(choice))).collect();
                self.radios(&choices)
            }
            FactType::Date => self.day(),
            FactType::Integer { min, max } if is_short_range(&self.fact.fact_type) => {
                let texts: Vec<String> = (*min..=*max).map(|number| number.to_string()).collect();
                let numbers: Vec<(&str, Markup)> = texts.iter().map(|text| (text.as_str(), html! { (text) })).collect();
                self.radios(&numbers)
            }
            FactType::Integer { .. }
            | FactType::Decimal { .. }
            | FactType::Text { .. }
            | FactType::List { .. }
            | FactType::Record(_) => self.input(),
        };
        html! { div class=(self.class("govuk-form-group")) { (field) } }
    }

    /// What helps to answer, and what was wrong; and the ids of both.
    fn help(&self) -> (Markup, Option<String>) {
        let (words, language) = (PortalWords::of(self.reader.language), self.reader.language);
        let hint = titled(&self.fact.guidance.hint, language);
        let ids = [hint.is_some().then_some("hint"), self.refused.is_some().then_some("error")];
        let ids: Vec<&str> = ids.into_iter().flatten().collect();
        let help = html! {
            @if let Some(hint) = hint { div class="govuk-hint" id="hint" { (hint) } }
            @if let Some(refused) = &self.refused {
                p class="govuk-error-message" id="error" {
                    span class="govuk-visually-hidden" { (words.error) } " " (refused.fault)
                }
            }
        };
        (help, Some(ids.join(" ")).filter(|ids| !ids.is_empty()))
    }

    fn radios(&self, choices: &[(&str, Markup)]) -> Markup {
        let (help, described_by) = self.help();
        let chosen = self.shown(ANSWER);
        html! {
            fieldset class="govuk-fieldset" aria-describedby=[described_by] {
                legend class="govuk-fieldset__legend govuk-fieldset__legend--l" {
                    h1 class="govuk-fieldset__heading" { (self.heading()) }
                }
                (help)
                div class="govuk-radios" {
                    @for (index, (value, title)) in choices.iter().enumerate() {
                        @let id = if index == 0 { ANSWER.to_owned() } else { format!("{ANSWER}-{index}") };
                        div class="govuk-radios__item" {
                            input class="govuk-radios__input" type="radio" id=(id) name=(ANSWER) value=(value)
                                checked[chosen == *value];
                            label class="govuk-label govuk-radios__label" for=(id) { (title) }
                        }
                    }
                }
            }
        }
    }

    fn input(&self) -> Markup {
        let (help, described_by) = self.help();
        let keys = match self.fact.fact_type {
            FactType::Text { .. } => None,
            FactType::Decimal { .. } => Some("decimal"),
            _ => Some("numeric"),
        };
        let unit = self.unit_words();
        let described_by = match (described_by, &unit) {
            (Some(ids), Some(_)) => Some(format!("{ids} unit")),
            (None, Some(_)) => Some("unit".to_owned()),
            (ids, None) => ids,
        };
        let width = if keys.is_none() { "" } else { " govuk-input--width-10" };
        html! {
            h1 class="govuk-label-wrapper" { label class="govuk-label govuk-label--l" for=(ANSWER) { (self.heading()) } }
            (help)
            div class="govuk-input__wrapper" {
                input class={ (self.class("govuk-input")) (width) } id=(ANSWER) name=(ANSWER) type="text"
                    value=(self.shown(ANSWER)) inputmode=[keys] autocomplete="off" spellcheck="false"
                    aria-describedby=[described_by] aria-invalid=[self.refused.is_some().then_some("true")];
                @if let Some(unit) = unit { div class="govuk-input__suffix" id="unit" { (unit) } }
            }
        }
    }

    /// In what an answer stands.
    fn unit_words(&self) -> Option<String> {
        let (words, language) = (PortalWords::of(self.reader.language), self.reader.language);
        match (&self.fact.unit, &self.fact.fact_type) {
            (Some(_), _) if self.fact.tells_age() => Some(words.years_old.to_owned()),
            (Some(unit), _) => Some(unit_label(language, unit)),
            (None, FactType::List { .. }) if self.fact.holder == Holder::EachItem => Some(words.people.to_owned()),
            (None, _) => None,
        }
    }

    fn day(&self) -> Markup {
        let (words, language) = (PortalWords::of(self.reader.language), self.reader.language);
        let (help, described_by) = self.help();
        let [year, month, day] = [("year", words.year, 4), ("month", words.month, 2), ("day", words.day, 2)];
        let parts = if language == ReadingLanguage::Zh { [year, month, day] } else { [day, month, year] };
        html! {
            fieldset class="govuk-fieldset" role="group" aria-describedby=[described_by] {
                legend class="govuk-fieldset__legend govuk-fieldset__legend--l" {
                    h1 class="govuk-fieldset__heading" { (self.heading()) }
                }
                (help)
                div class="govuk-date-input" {
                    @for (part, label, width) in parts {
                        @let id = format!("{ANSWER}-{part}");
                        div class="govuk-date-input__item" {
                            label class="govuk-label govuk-date-input__label" for=(id) { (label) }
                            input class={
                                    (self.class("govuk-input")) " govuk-date-input__input govuk-input--width-" (width)
                                } id=(id) name=(id) type="text" inputmode="numeric" autocomplete="off"
                                value=(self.shown(&id));
                        }
                    }
                }
            }
        }
    }

    /// What a field shows: what was sent, if it can't be taken; else the answer so far.
    fn shown(&self, name: &str) -> String {
        if let Some(refused) = &self.refused {
            return refused.fields.get(name).to_owned();
        }
        match self.form.answer(self.path) {
            Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
            Some(Value::String(text)) => part_of_day(text, name).unwrap_or_else(|| text.clone()),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Array(items)) => items.len().to_string(),
            Some(Value::Null | Value::Object(_)) | None => String::new(),
        }
    }
}

/// The year, month or day of a day, if the field is one of a day.
fn part_of_day(text: &str, name: &str) -> Option<String> {
    let index = match name.rsplit_once('-')?.1 {
        "year" => 0,
        "month" => 1,
        "day" => 2,
        _ => return None,
    };
    text.split('-').nth(index).map(str::to_owned)
}

/// What is wrong, at the head of the page, with a link to the field.
fn error_summary(fault: &str, field: String, words: &PortalWords) -> Markup {
    html! {
        div class="govuk-error-summary" role="alert" {
            h2 class="govuk-error-summary__title" { (words.there_is_a_problem) }
            div class="govuk-error-summary__body" {
                ul class="govuk-list govuk-error-summary__list" { li { a href={ "#" (field) } { (fault) } } }
            }
        }
    }
}
