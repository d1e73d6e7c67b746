//! What follows a step: a page that needs no law, or what the law has to be asked for.

use ordinance_domain::fact::Fact;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::observer::Observer;
use ordinance_engine::questions::{NextStep, Question, next_step};
use ordinance_engine::{ApplicableLaw, Case, Rulebook};
use ordinance_pages::ReadingLanguage;

use crate::answer_text::read_answer;
use crate::case_form::CaseForm;
use crate::case_page::CasePage;
use crate::form_fields::FormFields;
use crate::outcome::{OfficialOffer, outcome_page};
use crate::place_and_service::PlaceAndService;
use crate::question_page::{QuestionPage, RefusedAnswer};
use crate::step::{Action, DialogueStep, UnreadableFormError};
use crate::step_notices::StepNotices;
use crate::words::PortalWords;

/// A person's dialogue about a service in a place.
#[derive(Clone, Copy)]
pub struct Dialogue<'a> {
    /// In which the pages are.
    pub language: ReadingLanguage,
    /// The law.
    pub rulebook: &'a Rulebook,
    /// What the case is about.
    pub asked: &'a PlaceAndService,
    /// Whether a browser makes the pages by itself.
    pub is_try_out: bool,
}

/// What follows a step.
#[derive(Debug)]
pub enum NextMove {
    /// This page.
    Show(String),
    /// The next question or the outcome.
    GoOn(CaseForm),
    /// The same after an answer; if it contradicts another one, the question again.
    GoOnAnswered(CaseForm),
    /// What would change the outcome.
    WhatIf(CaseForm),
    /// The outcome in neighbouring places.
    Elsewhere(CaseForm),
}

impl<'a> Dialogue<'a> {
    /// What follows a step whose form has these fields.
    ///
    /// # Errors
    /// If the step is about a question that the service doesn't have.
    pub fn next_move(self, step: &DialogueStep, fields: &FormFields) -> Result<NextMove, UnreadableFormError> {
        let DialogueStep { form, action, notices } = step;
        Ok(match action {
            Action::Continue | Action::DecideOfficially => NextMove::GoOn(form.clone()),
            Action::WhatIf => NextMove::WhatIf(form.clone()),
            Action::Elsewhere => NextMove::Elsewhere(form.clone()),
            Action::Show(path) => self.show(form, path, *notices)?,
            Action::Back(question) => match self.question_before(form, question.as_ref()) {
                Some(path) => self.show(form, &path, *notices)?,
                None => NextMove::GoOn(form.clone()),
            },
            Action::LeaveOpen(path) => {
                self.fact(path)?;
                let mut form = form.clone();
                form.set(path, None);
                NextMove::GoOn(form)
            }
            Action::Answer(path) => match read_answer(self.fact(path)?, fields, form.answer(path)) {
                Ok(value) => {
                    let mut answered = form.clone();
                    answered.set(path, Some(value));
                    NextMove::GoOnAnswered(answered)
                }
                Err(error) => {
                    let fault = error.text(PortalWords::of(self.language));
                    NextMove::Show(self.refused(step, path, fields, fault)?)
                }
            },
        })
    }

    /// The question of a step again, whose answer contradicts another one.
    ///
    /// # Errors
    /// If the step answers no question.
    pub fn contradiction(self, step: &DialogueStep, fields: &FormFields) -> Result<String, UnreadableFormError> {
        let Action::Answer(path) = &step.action else { return Err(UnreadableFormError) };
        self.refused(step, path, fields, PortalWords::of(self.language).contradiction.to_owned())
    }

    fn refused(
        self,
        step: &DialogueStep,
        path: &FieldName,
        fields: &FormFields,
        fault: String,
    ) -> Result<String, UnreadableFormError> {
        let page = self.question(&step.form, path, self.fact(path)?, step.notices);
        Ok(QuestionPage { refused: Some(RefusedAnswer { fault, fields }), ..page }.page())
    }

    /// The fact, or the part of one, that a path names; a forged one names nothing.
    fn fact(self, path: &FieldName) -> Result<&'a Fact, UnreadableFormError> {
        self.asked.contract.fact_at(path).ok_or(UnreadableFormError)
    }

    /// The question that was asked before one, or last.
    fn question_before(self, form: &CaseForm, question: Option<&FieldName>) -> Option<FieldName> {
        let is_other = |path: &&String| question.is_none_or(|question| !question.is(path));
        let before = form.asked.iter().take_while(is_other).last()?;
        FieldName::path(before).ok().filter(|path| self.fact(path).is_ok())
    }

    fn show(self, form: &CaseForm, path: &FieldName, notices: StepNotices) -> Result<NextMove, UnreadableFormError> {
        Ok(NextMove::Show(self.question(form, path, self.fact(path)?, notices).page()))
    }

    fn question<'q>(
        self,
        form: &'q CaseForm,
        path: &'q FieldName,
        fact: &'q Fact,
        notices: StepNotices,
    ) -> QuestionPage<'q>
    where
        'a: 'q,
    {
        let Self { language, asked, is_try_out, .. } = self;
        QuestionPage { language, asked, form, path, fact, refused: None, notices, is_try_out }
    }

    /// The next question, or the outcome if there is none, with what `offer` says of an official decision. Each search
    /// of [`next_step`] keeps within the budget.
    pub fn question_or_outcome<'o>(
        self,
        (law, case): (&ApplicableLaw<'_>, &Case),
        (form, notices): (&CaseForm, StepNotices),
        (budget, observer): (&mut Budget, &mut impl Observer),
        offer: impl FnOnce(&RedactedDecision<'_>) -> OfficialOffer<'o>,
    ) -> String {
        let decision = match next_step(law, case, budget, observer, &|ranked| in_order(ranked, form)) {
            NextStep::Ask(question) => return self.question(form, &question.name, question.fact, notices).page(),
            NextStep::Decide(decision) => decision,
        };
        let shown = self.case_page(form, ("back", Some("continue")), notices);
        let decision = RedactedDecision::of(&decision);
        outcome_page(&shown, law, &decision, &offer(&decision))
    }

    /// What a page about the case is shown with; `back` and `again` are actions.
    #[must_use]
    pub fn case_page<'q>(
        self,
        form: &'q CaseForm,
        (back, again): (&'static str, Option<&'static str>),
        notices: StepNotices,
    ) -> CasePage<'q>
    where
        'a: 'q,
    {
        let Self { language, asked, rulebook, is_try_out } = self;
        CasePage { language, asked, rulebook, form, back, again, notices, is_try_out }
    }
}

/// The questions that weren't left open, the next one first: the most telling one. The people of a list are asked in
/// turn, each to the end: what else there is waits for them.
fn in_order<'a>(mut open: Vec<Question<'a>>, form: &CaseForm) -> Vec<Question<'a>> {
    let list_of = |name: &FieldName| name.list_and_index().map(|(list, _)| list);
    let last = form.asked.last().and_then(|path| FieldName::path(path).ok());
    // The list that was just begun, or whose people are being asked.
    let begun = last.and_then(|last| list_of(&last).or(Some(last)));
    open.retain(|question| !form.is_left_open(&question.name));
    let lists: Vec<Option<FieldName>> = open.iter().map(|question| list_of(&question.name)).collect();
    let place = |at: usize, question: &Question<'_>| {
        let list = lists.get(at).and_then(Option::as_ref);
        let index = question.name.list_and_index().map(|(_, index)| index);
        let first_of_list = lists.iter().position(|other| list.is_some() && other.as_ref() == list);
        (list.is_none() || list != begun.as_ref(), first_of_list.unwrap_or(at), index, at)
    };
    let mut placed: Vec<_> = open.into_iter().enumerate().map(|(at, one)| (place(at, &one), one)).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, question)| question).collect()
}
