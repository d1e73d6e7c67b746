//! The dialogue: each step takes the case so far and one answer, and shows the next question or the outcome.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_dialogue::case_form::CaseForm;
use ordinance_dialogue::dialogue::{Dialogue, NextMove};
use ordinance_dialogue::elsewhere_page::{elsewhere_page, elsewhere_row, neighbours};
use ordinance_dialogue::form_fields::FormFields;
use ordinance_dialogue::outcome::{OfficialOffer, outcome_page};
use ordinance_dialogue::place_and_service::PlaceAndService;
use ordinance_dialogue::step::{Action, DialogueStep};
use ordinance_dialogue::step_notices::StepNotices;
use ordinance_dialogue::what_if_page::what_if_page;
use ordinance_dialogue::words::PortalWords;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::counterfactuals::counterfactuals;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::{ApplicableLaw, Case, Engine};
use ordinance_receipt::{DecisionReceipt, ReceivedReceipt};
use serde_json::json;

use super::login_page::is_own_form;
use super::receipt_page::receipt_page;
use super::respond::{failed_page, failed_step};
use super::service_page::read_place_and_service;
use crate::admission::callers::Caller;
use crate::admission::stage_observer::StageObserver;
use crate::admission::work_units::WorkUnits;
use crate::api::extract::turn_of;
use crate::api::handlers::decisions::decide_once;
use crate::api::problem::{InternalError, RequestError};
use crate::api::requests::questions::QuestionsRequest;
use crate::api::requests::terms::RequestContext;
use crate::app::{App, IdentifiedCaller, RequestEngine};
use crate::login::{Session, TicketState};
use crate::pages::forms::{CASE_BYTES_MAX, accept_form, is_from_another_site, unreadable};
use crate::pages::reader::PageReader;
use crate::pages::responses::private_page;

/// `POST /places/{code}/services/{id}`
pub(super) async fn step(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let read = read_place_and_service(engine.rulebook(), path);
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
    accept_form(app, headers, body, app.config.http.body_bytes_max.min(CASE_BYTES_MAX)).await
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
    (engine, asked): (&Arc<Engine>, &PlaceAndService),
    headers: &HeaderMap,
    fields: &FormFields,
) -> Result<String, RequestError> {
    let _share = app.visitor_limits.begin(reader.visitor.address).await?;
    let caller = IdentifiedCaller::of_known(app.callers.visitors()).await?;
    let digest = engine.rulebook().digest().to_string();
    let step = DialogueStep::read(&digest, asked.day.as_of, fields)?;
    let session = app.login.as_ref().and_then(|login| login.session(headers));
    let dialogue = HostDialogue { app, caller: &caller.0, reader, engine, asked, session: session.as_ref() };
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

/// What a step is taken with.
struct HostDialogue<'a> {
    app: &'a App,
    caller: &'a Caller,
    reader: &'a PageReader,
    engine: &'a Arc<Engine>,
    asked: &'a PlaceAndService,
    /// Of a person who is signed in.
    session: Option<&'a Session>,
}

impl HostDialogue<'_> {
    /// The step without answers that don't fit.
    fn fitting(&self, mut step: DialogueStep) -> DialogueStep {
        step.fit(|form| match self.case_in(&self.asked.code, form) {
            Err(RequestError::InvalidFacts(errors)) => errors,
            Ok(_) | Err(_) => Vec::new(),
        });
        step
    }

    async fn take(&self, step: DialogueStep, fields: &FormFields) -> Result<String, RequestError> {
        let pages = self.pages();
        match pages.next_move(&step, fields)? {
            NextMove::Show(page) => Ok(page),
            NextMove::GoOn(form) => self.go_on(&form, step.notices).await,
            NextMove::GoOnAnswered(form) => match self.go_on(&form, step.notices).await {
                // Each answer fits its fact, so that it contradicts another one.
                Err(RequestError::InvalidFacts(_)) => Ok(pages.contradiction(&step, fields)?),
                result => result,
            },
            NextMove::WhatIf(form) => self.what_if(&form, step.notices).await,
            NextMove::Elsewhere(form) => self.elsewhere(&form, step.notices).await,
        }
    }

    fn pages(&self) -> Dialogue<'_> {
        let (language, rulebook) = (self.reader.language, self.engine.rulebook());
        Dialogue { language, rulebook, asked: self.asked, is_try_out: false }
    }

    /// The next question, or the outcome if there is none.
    async fn go_on(&self, form: &CaseForm, notices: StepNotices) -> Result<String, RequestError> {
        let mut turn = turn_of(self.app, self.caller).await?;
        let case = self.case_in(&self.asked.code, form)?;
        let law = ApplicableLaw::select(self.engine, &case.query).map_err(RequestError::Unknown)?;
        let mut observer = StageObserver::new(&self.app.concurrency_limit, &mut turn, false);
        let offer = |decision: &RedactedDecision<'_>| self.offer(decision);
        let search = (&mut Budget::default(), &mut observer);
        Ok(self.pages().question_or_outcome((&law, &case), (form, notices), search, offer))
    }

    /// Whether the person can have the case decided: where it is settled, and a receipt may show all of it.
    fn offer(&self, decision: &RedactedDecision<'_>) -> OfficialOffer<'_> {
        let can_decide = decision.outcome().open().is_none() && !decision.is_redacted();
        match (self.app.login.as_ref().filter(|_| can_decide && self.app.log.tree().is_some()), self.session) {
            (None, _) => OfficialOffer::None,
            (Some(_), None) => OfficialOffer::SignIn,
            (Some(login), Some(session)) => {
                let form_token = session.form_token.as_str();
                login.ticket(session).map_or(OfficialOffer::None, |ticket| OfficialOffer::Decide { form_token, ticket })
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
        receipt_page(self.app, &self.pages().case_page(form, ("continue", None), *notices), &receipt)
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
        let reply = decide_once(self.app, self.engine, caller, body.to_string().as_bytes(), &headers).await?;
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
        let shown = self.pages().case_page(form, ("back", Some("continue")), notices);
        let decision = RedactedDecision::of(&decision);
        let offer = match self.offer(&decision) {
            OfficialOffer::Decide { ticket, .. } => OfficialOffer::Again { form_token: &session.form_token, ticket },
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
        let shown = self.pages().case_page(form, ("continue", Some("what-if")), notices);
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
        let shown = self.pages().case_page(form, ("continue", Some("elsewhere")), notices);
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
