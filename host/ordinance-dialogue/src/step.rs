//! One step of the dialogue: the case so far, and what the person does.

use ordinance_domain::calendar::Date;
use ordinance_domain::name::FieldName;
use ordinance_engine::InputError;

use crate::case_form::CaseForm;
use crate::form_fields::FormFields;
use crate::step_notices::StepNotices;

/// How often answers that don't fit are dropped; each time all that are told.
const FITTING_MAX: usize = 16;

/// A form that no page of the dialogue sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form isn't one of the dialogue; begin again")]
pub struct UnreadableFormError;

/// What a person does in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Begins, or goes on to what isn't answered yet.
    Continue,
    /// Answers a question.
    Answer(FieldName),
    /// Leaves a question open.
    LeaveOpen(FieldName),
    /// Goes back to the question before this one, or to the last one.
    Back(Option<FieldName>),
    /// Looks at a question again.
    Show(FieldName),
    /// Asks what would change the outcome.
    WhatIf,
    /// Asks for the outcome in neighbouring places.
    Elsewhere,
    /// Has the case decided.
    DecideOfficially,
}

/// One step: the case so far and what the person does.
#[derive(Debug)]
pub struct DialogueStep {
    /// The case as far as the person has answered.
    pub form: CaseForm,
    /// What the person does.
    pub action: Action,
    /// What the next page tells of the step.
    pub notices: StepNotices,
}

impl DialogueStep {
    /// Reads a form that was sent under the rulebook of a digest, on a day.
    ///
    /// # Errors
    /// If no page of the dialogue sends it.
    pub fn read(digest: &str, today: Date, fields: &FormFields) -> Result<Self, UnreadableFormError> {
        let action = fields.get("action");
        if action == "start" {
            let form = CaseForm::new(digest, today);
            return Ok(Self { form, action: Action::Continue, notices: StepNotices::default() });
        }
        let mut form = CaseForm::read(fields.get("case")).ok_or(UnreadableFormError)?;
        let question = FieldName::path(fields.get("question")).ok();
        let action = match (action, question) {
            ("next", Some(question)) => Action::Answer(question),
            ("skip", Some(question)) => Action::LeaveOpen(question),
            ("back", question) => Action::Back(question),
            ("show", Some(question)) => Action::Show(question),
            ("show" | "continue", _) => Action::Continue,
            ("what-if", _) => Action::WhatIf,
            ("elsewhere", _) => Action::Elsewhere,
            ("official", _) => Action::DecideOfficially,
            (action, _) => {
                let path = action.strip_prefix("change:").ok_or(UnreadableFormError)?;
                Action::Show(FieldName::path(path).map_err(|_| UnreadableFormError)?)
            }
        };
        let has_new_rulebook = form.take_rulebook(digest);
        let has_new_day = form.take_day(today);
        let notices = StepNotices { has_new_rulebook, has_new_day, ..StepNotices::default() };
        Ok(Self { form, action, notices })
    }

    /// Drops answers that the service doesn't have, or not with these values: another rulebook may have come into use
    /// meanwhile, and the other answers stay. `errors_of` tells the errors of a form's facts.
    pub fn fit(&mut self, errors_of: impl Fn(&CaseForm) -> Vec<InputError>) {
        for _ in 0..FITTING_MAX {
            let errors = errors_of(&self.form);
            let names = errors.iter().filter_map(|error| error.pointer.strip_prefix("/facts/")?.split('/').next());
            let names: Vec<&str> = names.collect();
            if names.is_empty() {
                break;
            }
            names.iter().for_each(|name| self.form.forget(name));
            self.notices.has_dropped_answers = true;
        }
    }
}
