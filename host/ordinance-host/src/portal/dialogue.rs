//! The dialogue: each step takes the case so far and one answer, and shows the next question or the outcome.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::counterfactuals::counterfactuals;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::questions::{Question, questions};
use ordinance_engine::{ApplicableLaw, Case, Engine};
use ordinance_receipt::{DecisionReceipt, ReceivedReceipt};
use serde_json::json;

use super::answer_text::read_answer;
use super::case_form::CaseForm;
use super::case_page::CasePage;
use super::elsewhere_page::{elsewhere_page, elsewhere_row, neighbours};
use super::login_page::is_own_form;
use super::outcome::{OfficialOffer, outcome_page};
use super::question_page::{QuestionPage, RefusedAnswer};
use super::receipt_page::receipt_page;
use super::respond::{failed_page, failed_step};
use super::service_page::PlaceAndService;
use super::step_notices::StepNotices;
use super::what_if_page::what_if_page;
use super::words::PortalWords;
use crate::admission::callers::Caller;
use crate::admission::stage_observer::StageObserver;
use crate::admission::work_units::WorkUnits;
use crate::api::extract::turn_of;
use crate::api::handlers::decisions::decide_once;
use crate::api::problem::{InternalError, RequestError};
use crate::api::requests::questions::QuestionsRequest;
use crate::api::requests::terms::RequestContext;
use crate::app::{App, IdentifiedCaller};
use crate::login::{Session, TicketState};
use crate::pages::form_fields::{CASE_BYTES_MAX, FormFields, is_from_another_site, unreadable};
use crate::pages::reader::PageReader;
use crate::pages::responses::private_page;

/// How often answers that don't fit are dropped; each time all that are told.
const FITTING_MAX: usize = 16;

/// `POST /places/{code}/services/{id}`
pub(super) async fn step(
    State(app): State<Arc<App>>,
    reader: PageReader,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let engine = app.current.engine();
    let read = PlaceAndService::read(engine.rulebook(), path);
    // The body comes first: who sends it slowly holds up nobody else.
    let fields = read_fields(&app, &reader, &headers, body).await;
    let (asked, fields) = match read.and_then(|asked| Ok((asked, fields?))) {
        Ok(read) => read,
        Err(error) => return failed_page(&app, &reader, error),
    };
    match answer(&app, &reader, (&engine, &asked), &headers, &fields).await {
        Ok(page) => private_page(&reader, page),
        Err(error) => failed_step(&app, &reader, error, &retry_form(&reader, &asked.address(), &fields)),
    }
}

async fn read_fields(
    app: &App,
    reader: &PageReader,
    headers: &HeaderMap,
    body: Body,
) -> Result<FormFields, RequestError> {
    app.stranger_rate.pace(reader.visitor.address).await?;
    FormFields::accept(app, headers, body, app.config.http.body_bytes_max.min(CASE_BYTES_MAX)).await
}

/// A form that sends the same step again, so that nothing is lost in a busy moment.
fn retry_form(reader: &PageReader, address: &str, fields: &FormFields) -> Markup {
    html! {
        form method="post" action=(address) {
            @for (name, value) in fields.all() { input type="hidden" name=(name) value=(value); }
            button class="govuk-button" type="submit" { (PortalWords::of(reader.language).try_again) }
        }
    }
}

async fn answer(
    app: &App,
    reader: &PageReader,
    (engine, asked): (&Engine, &PlaceAndService),
    headers: &HeaderMap,
    fields: &FormFields,
) -> Result<String, RequestError> {
    let _share = app.visitor_limits.begin(reader.visitor.address).await?;
    let caller = IdentifiedCaller::of_known(app.callers.visitors()).await?;
    let step = DialogueStep::read(engine, asked, fields)?;
    let session = app.login.as_ref().and_then(|login| login.session(headers));
    let dialogue = Dialogue { app, caller: &caller.0, reader, engine, asked, session: session.as_ref() };
    let step = dialogue.fitting(step);
    if step.action == Action::DecideOfficially {
        // Another site can't have the form's token; browsers also say where a form comes from.
        let is_own = |session: &&Session| !is_from_another_site(headers) && is_own_form(session, fields);
        let own = session.as_ref().filter(is_own);
        return match (own, &session) {
            // What is told of the law or of dropped answers comes first: the person sees the outcome again.
            (Some(_), _) if step.notices != StepNotices::default() => dialogue.go_on(&step.form, step.notices).await,
            (Some(own), _) => dialogue.decide_officially(&step, own, fields.get("ticket")).await,
            (None, Some(_)) => Err(unreadable()),
            // The session is over: the page offers to sign in again.
            (None, None) => dialogue.go_on(&step.form, step.notices).await,
        };
    }
    dialogue.take(step, fields).await
}

/// What a person does in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    /// Begins, or goes on to what isn't answered yet.
    Continue,
    Answer(FieldName),
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
struct DialogueStep {
    form: CaseForm,
    action: Action,
    notices: StepNotices,
}

impl DialogueStep {
    fn read(engine: &Engine, asked: &PlaceAndService, fields: &FormFields) -> Result<Self, RequestError> {
        let digest = engine.rulebook().digest().to_string();
        let action = fields.get("action");
        if action == "start" {
            let form = CaseForm::new(&digest, asked.day.as_of);
            return Ok(Self { form, action: Action::Continue, notices: StepNotices::default() });
        }
        let mut form = CaseForm::read(fields.get("case")).ok_or_else(unreadable)?;
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
                let path = action.strip_prefix("change:").ok_or_else(unreadable)?;
                Action::Show(FieldName::path(path).map_err(|_| unreadable())?)
            }
        };
        let has_new_rulebook = form.take_rulebook(&digest);
        let has_new_day = form.take_day(asked.day.as_of);
        let notices = StepNotices { has_new_rulebook, has_new_day, ..StepNotices::default() };
        Ok(Self { form, action, notices })
    }
}

/// What a step is taken with.
struct Dialogue<'a> {
    app: &'a App,
    caller: &'a Caller,
    reader: &'a PageReader,
    engine: &'a Engine,
    asked: &'a PlaceAndService,
    /// Of a person who is signed in.
    session: Option<&'a Session>,
}

impl Dialogue<'_> {
    /// The step without answers that the service doesn't have, or not with these values: another rulebook may have come
    /// into use meanwhile, and the other answers stay.
    fn fitting(&self, mut step: DialogueStep) -> DialogueStep {
        for _ in 0..FITTING_MAX {
            let Err(RequestError::InvalidFacts(errors)) = self.case_in(&self.asked.code, &step.form) else { break };
            let names = errors.iter().filter_map(|error| error.pointer.strip_prefix("/facts/")?.split('/').next());
            let names: Vec<&str> = names.collect();
            if names.is_empty() {
                break;
            }
            names.iter().for_each(|name| step.form.forget(name));
            step.notices.has_dropped_answers = true;
        }
        step
    }

    async fn take(&self, step: DialogueStep, fields: &FormFields) -> Result<String, RequestError> {
        let DialogueStep { mut form, action, notices } = step;
        match action {
            Action::Continue | Action::DecideOfficially => self.go_on(&form, notices).await,
            Action::WhatIf => self.what_if(&form, notices).await,
            Action::Elsewhere => self.elsewhere(&form, notices).await,
            Action::Show(path) => self.show(&form, &path, notices),
            Action::Back(question) => match self.question_before(&form, question.as_ref()) {
                Some(path) => self.show(&form, &path, notices),
                None => self.go_on(&form, notices).await,
            },
            Action::LeaveOpen(path) => {
                self.fact(&path)?;
                form.set(&path, None);
                self.go_on(&form, notices).await
            }
            Action::Answer(path) => {
                let fact = self.fact(&path)?;
                let words = PortalWords::of(self.reader.language);
                let fault = match read_answer(fact, fields, form.answer(&path)) {
                    Ok(value) => {
                        let mut answered = form.clone();
                        answered.set(&path, Some(value));
                        match self.go_on(&answered, notices).await {
                            // Each answer fits its fact, so that it contradicts another one.
                            Err(RequestError::InvalidFacts(_)) => words.contradiction.to_owned(),
                            result => return result,
                        }
                    }
                    Err(error) => error.text(words),
                };
                let page = self.question(&form, &path, fact, notices);
                Ok(QuestionPage { refused: Some(RefusedAnswer { fault, fields }), ..page }.page())
            }
        }
    }

    /// The fact, or the part of one, that a path names; a forged one names nothing.
    fn fact(&self, path: &FieldName) -> Result<&Fact, RequestError> {
        self.asked.contract.fact_at(path).ok_or_else(unreadable)
    }

    /// The question that was asked before one, or last.
    fn question_before(&self, form: &CaseForm, question: Option<&FieldName>) -> Option<FieldName> {
        let is_other = |path: &&String| question.is_none_or(|question| !question.is(path));
        let before = form.asked.iter().take_while(is_other).last()?;
        FieldName::path(before).ok().filter(|path| self.fact(path).is_ok())
    }

    fn show(&self, form: &CaseForm, path: &FieldName, notices: StepNotices) -> Result<String, RequestError> {
        Ok(self.question(form, path, self.fact(path)?, notices).page())
    }

    fn question<'q>(
        &'q self,
        form: &'q CaseForm,
        path: &'q FieldName,
        fact: &'q Fact,
        notices: StepNotices,
    ) -> QuestionPage<'q> {
        let (reader, asked) = (self.reader, self.asked);
        QuestionPage { reader, asked, form, path, fact, refused: None, notices }
    }

    /// The next question, or the outcome if there is none.
    async fn go_on(&self, form: &CaseForm, notices: StepNotices) -> Result<String, RequestError> {
        let mut turn = turn_of(self.app, self.caller).await?;
        let case = self.case_in(&self.asked.code, form)?;
        let law = ApplicableLaw::select(self.engine, &case.query).map_err(RequestError::Unknown)?;
        let mut observer = StageObserver::new(&self.app.concurrency_limit, &mut turn, false);
        let (decision, ranked) = questions(&law, &case, &mut Budget::default(), &mut observer);
        if let Some(question) = next_question(&ranked, form) {
            return Ok(self.question(form, &question.name, question.fact, notices).page());
        }
        let shown = self.case_page(form, ("back", Some("continue")), notices);
        let decision = RedactedDecision::of(&decision);
        Ok(outcome_page(&shown, &law, &decision, &self.offer(&decision)))
    }

    /// Whether the person can have the case decided: where it is settled, and a receipt may show all of it.
    fn offer(&self, decision: &RedactedDecision<'_>) -> OfficialOffer<'_> {
        let can_decide = decision.outcome().open().is_none() && !decision.is_redacted();
        match (self.app.login.as_ref().filter(|_| can_decide && self.app.log.tree().is_some()), self.session) {
            (None, _) => OfficialOffer::None,
            (Some(_), None) => OfficialOffer::SignIn,
            (Some(login), Some(session)) => {
                login.ticket(session).map_or(OfficialOffer::None, |ticket| OfficialOffer::Decide { session, ticket })
            }
        }
    }

    /// Has the case decided for the person of a session, and shows the receipt.
    async fn decide_officially(
        &self,
        step: &DialogueStep,
        session: &Session,
        ticket: &str,
    ) -> Result<String, RequestError> {
        let DialogueStep { form, notices, .. } = step;
        let login = self.app.login.as_ref().ok_or_else(unreadable)?;
        let caller = IdentifiedCaller::of_known(self.app.callers.persons()).await?;
        match login.spend(session, ticket) {
            TicketState::Spent => {}
            TicketState::SpentBefore => return self.decided_already(form, session, *notices).await,
            TicketState::Forged => return Err(unreadable()),
        }
        let receipt = match self.decide(&caller, form, session).await {
            Ok(receipt) => receipt,
            Err(error) => {
                // Nothing was decided: the same form may be sent again.
                login.give_back(ticket);
                return Err(error);
            }
        };
        receipt_page(self.app, &self.case_page(form, ("continue", None), *notices), &receipt)
    }

    /// Decides the case officially for the person of a session.
    async fn decide(
        &self,
        caller: &IdentifiedCaller,
        form: &CaseForm,
        session: &Session,
    ) -> Result<DecisionReceipt, RequestError> {
        let recipient = session.recipient().map_err(|_| unreadable())?;
        let body = json!({
            "jurisdiction": self.asked.code.as_str(),
            "service": self.asked.contract.service.as_str(),
            "as_of": form.as_of().map(|day| day.to_string()),
            "facts": form.facts,
            "recipient": { "kind": recipient.kind.as_str(), "id": recipient.id.as_str() },
            "receipt": true,
        });
        let language = HeaderValue::from_static(self.reader.language.tag());
        let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, language)]);
        let reply = decide_once(self.app, caller, body.to_string().as_bytes(), &headers).await?;
        ReceivedReceipt::parse(&reply)
            .map(|received| received.receipt)
            .map_err(|error| InternalError::Receipt { reason: error.to_string() }.into())
    }

    /// The outcome, where the form that asked for the decision was sent twice.
    async fn decided_already(
        &self,
        form: &CaseForm,
        session: &Session,
        notices: StepNotices,
    ) -> Result<String, RequestError> {
        let mut turn = turn_of(self.app, self.caller).await?;
        let case = self.case_in(&self.asked.code, form)?;
        let law = ApplicableLaw::select(self.engine, &case.query).map_err(RequestError::Unknown)?;
        let mut observer = StageObserver::new(&self.app.concurrency_limit, &mut turn, false);
        let decision = decide_under(&law, &case, &mut Budget::default(), &mut observer).decision;
        let shown = self.case_page(form, ("back", Some("continue")), notices);
        let decision = RedactedDecision::of(&decision);
        let offer = match self.offer(&decision) {
            OfficialOffer::Decide { ticket, .. } => OfficialOffer::Again { session, ticket },
            offer => offer,
        };
        Ok(outcome_page(&shown, &law, &decision, &offer))
    }

    /// What would change the outcome.
    async fn what_if(&self, form: &CaseForm, notices: StepNotices) -> Result<String, RequestError> {
        let mut turn = turn_of(self.app, self.caller).await?;
        let case = self.case_in(&self.asked.code, form)?;
        let law = ApplicableLaw::select(self.engine, &case.query).map_err(RequestError::Unknown)?;
        let mut observer = StageObserver::new(&self.app.concurrency_limit, &mut turn, false);
        let decision = decide_under(&law, &case, &mut Budget::default(), &mut observer).decision;
        let found = counterfactuals(&law, &case, &decision, &mut Budget::default(), &mut observer);
        let shown = self.case_page(form, ("continue", Some("what-if")), notices);
        Ok(what_if_page(&shown, &RedactedDecision::of(&decision), &found))
    }

    /// The outcome here and in neighbouring places; each counts as a decision in the quota of the visitors.
    async fn elsewhere(&self, form: &CaseForm, notices: StepNotices) -> Result<String, RequestError> {
        let PlaceAndService { code, day, contract } = self.asked;
        let others = neighbours(self.engine.rulebook(), &contract.service, code, *day);
        let places: Vec<&JurisdictionCode> = std::iter::once(code).chain(&others).collect();
        let turn = turn_of(self.app, self.caller).await?;
        let limit = &self.app.concurrency_limit;
        let mut units = WorkUnits::begin(limit, &self.caller.quota, places.len())?.in_turn(turn);
        let shown = self.case_page(form, ("continue", Some("elsewhere")), notices);
        let mut rows = Vec::new();
        for place in &places {
            let turn = units.next().await?;
            let case = match self.case_in(place, form) {
                Ok(case) => case,
                // The portal may not show the law of that place.
                Err(RequestError::Forbidden(_)) => continue,
                Err(error) => return Err(error),
            };
            let law = ApplicableLaw::select(self.engine, &case.query).map_err(RequestError::Unknown)?;
            let mut observer = StageObserver::new(limit, turn, false);
            let mut budget = Budget::default().share(places.len());
            let decision = decide_under(&law, &case, &mut budget, &mut observer).decision;
            rows.push(elsewhere_row(&shown, &RedactedDecision::of(&decision)));
        }
        Ok(elsewhere_page(&shown, &rows))
    }

    fn case_page<'q>(
        &'q self,
        form: &'q CaseForm,
        (back, again): (&'static str, Option<&'static str>),
        notices: StepNotices,
    ) -> CasePage<'q> {
        let (reader, asked, rulebook) = (self.reader, self.asked, self.engine.rulebook());
        CasePage { reader, asked, rulebook, form, back, again, notices }
    }

    /// The case in a place, authorised and bound as a request for its questions is.
    fn case_in(&self, place: &JurisdictionCode, form: &CaseForm) -> Result<Case, RequestError> {
        let body = json!({
            "jurisdiction": place.as_str(),
            "as_of": form.as_of().map(|day| day.to_string()),
            "facts": form.facts,
        });
        let request = QuestionsRequest::parse(body.to_string().as_bytes(), self.asked.contract.service.clone())?;
        request.authorise_and_bind(self.engine.rulebook(), &self.asked.contract, RequestContext::of(self.caller))
    }
}

/// The most telling question that wasn't left open. The people of a list are asked in turn, each to the end: what else
/// there is waits for them.
fn next_question<'q, 'a>(ranked: &'q [Question<'a>], form: &CaseForm) -> Option<&'q Question<'a>> {
    let open = || ranked.iter().filter(|question| !form.is_left_open(&question.name));
    let of_list = |list: &FieldName| {
        let index = |question: &Question<'_>| question.name.list_and_index().filter(|(of, _)| of == list);
        let found = open().filter_map(|question| Some((index(question)?.1, question)));
        // Of several minima the first counts, which is the most telling.
        found.min_by_key(|(index, _)| *index).map(|(_, question)| question)
    };
    let last = form.asked.last().and_then(|path| FieldName::path(path).ok());
    let list_of = |name: &FieldName| name.list_and_index().map(|(list, _)| list);
    // The list that was just begun, or whose people are being asked.
    let begun = last.and_then(|last| list_of(&last).or(Some(last))).and_then(|list| of_list(&list));
    let first = open().next()?;
    begun.or_else(|| of_list(&list_of(&first.name)?)).or(Some(first))
}
