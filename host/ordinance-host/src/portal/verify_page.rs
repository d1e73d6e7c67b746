//! `/verify`: a person checks a receipt, objects by it, and reads how an objection stands. Whoever has the receipt may.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use ordinance_dialogue::form_fields::FormFields;
use ordinance_dialogue::login_forms::sign_in_form;
use ordinance_dialogue::page::{LanguageSwitch, Page};
use ordinance_dialogue::parts::back_to_start;
use ordinance_dialogue::words::PortalWords;
use ordinance_domain::contract::ObjectionTerms;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_pages::{fill, written_day};
use ordinance_receipt::objection::ObjectionNotice;
use ordinance_receipt::{DecisionReceipt, ReceivedReceipt};
use serde_json::json;

use super::login_page::{VERIFY, is_own_form};
use super::respond::{failed_page, public_page};
use crate::api::extract::turn_of;
use crate::api::handlers::objections::take_accepted;
use crate::api::problem::{InternalError, RequestError};
use crate::app::{App, IdentifiedCaller, RequestEngine};
use crate::clock::now;
use crate::error::with_causes;
use crate::login::Session;
use crate::objections::state::ObjectionState;
use crate::pages::forms::{accept_form, unreadable};
use crate::pages::reader::PageReader;
use crate::pages::receipt_check::{CheckedReceipt, ReceiptCheckError, check_receipt};
use crate::pages::responses::private_page;

/// `GET /verify`
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
) -> Response {
    let for_page = reader.clone();
    let page = move |_: &_| Ok(verify_page(&for_page, None, "", &html! {}));
    public_page(&app, engine, &reader, "verify".to_owned(), page).await
}

/// The form that takes a receipt, below what is said of the last one. `fault` is what is wrong with it.
fn verify_page(reader: &PageReader, fault: Option<&str>, sent: &str, said: &Markup) -> String {
    let words = PortalWords::of(reader.language);
    let class = |class: &str| if fault.is_some() { format!("{class} {class}--error") } else { class.to_owned() };
    let above = back_to_start(words);
    let page = Page { language: reader.language, title: words.verify, above, switch: LanguageSwitch::Link(VERIFY) };
    page.say(&html! {
        h1 class="govuk-heading-l" { (words.verify) }
        (said)
        form method="post" action=(VERIFY) novalidate class="app-no-print" {
            div class=(class("govuk-form-group")) {
                label class="govuk-label govuk-label--m" for="receipt" { (words.paste_receipt) }
                div class="govuk-hint" id="receipt-hint" { (words.paste_receipt_hint) }
                @if let Some(fault) = fault {
                    p class="govuk-error-message" id="error" {
                        span class="govuk-visually-hidden" { (words.error) } " " (words.receipt_does_not_hold) " "
                        span lang="en" { (fault) }
                    }
                }
                textarea class=(class("govuk-textarea")) id="receipt" name="receipt" rows="8" spellcheck="false"
                    aria-describedby=(if fault.is_some() { "receipt-hint error" } else { "receipt-hint" })
                    aria-invalid=[fault.map(|_| "true")] { (sent) }
            }
            button class="govuk-button" type="submit" { (words.check) }
        }
    })
}

/// `POST /verify`: checks the receipt; with a reason it is an objection.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match answer(&app, engine.rulebook(), &reader, &headers, body).await {
        Ok(response) => response,
        Err(error) => failed_page(&app, &reader, error),
    }
}

async fn answer(
    app: &Arc<App>,
    rulebook: &Arc<Rulebook>,
    reader: &PageReader,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    app.stranger_rate.pace(reader.visitor.address).await?;
    // Every character of a receipt may take three in a form.
    let bytes_max = app.config.objections.body_bytes_max.saturating_mul(3);
    let fields = accept_form(app, headers, body, bytes_max).await?;
    let _share = app.visitor_limits.begin(reader.visitor.address).await?;
    let sent = fields.get("receipt").trim();
    let (receipt, checked) = match check_sent(app, rulebook, sent, reader).await? {
        SentReceiptCheck::Holds(checked) => *checked,
        SentReceiptCheck::Fault(fault) => {
            let mut response = private_page(reader, verify_page(reader, Some(&fault), sent, &html! {}));
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
    };
    let session = app.login.as_ref().and_then(|login| login.session(headers));
    let sent_objection = object(app, rulebook, &receipt, session.as_ref(), &fields).await?;
    let shown = VerifiedPage { app, reader, rulebook, sent, checked: &checked, session: session.as_ref() };
    Ok(private_page(reader, shown.page(&sent_objection)))
}

/// What the check of a receipt that was sent comes to.
enum SentReceiptCheck {
    Holds(Box<(DecisionReceipt, CheckedReceipt)>),
    /// What doesn't hold of it, in English.
    Fault(String),
}

/// Checks a receipt that was sent, in its turn; or says what doesn't hold of it.
///
/// # Errors
/// If this host can't check it.
async fn check_sent(
    app: &App,
    rulebook: &Rulebook,
    sent: &str,
    reader: &PageReader,
) -> Result<SentReceiptCheck, RequestError> {
    let caller = IdentifiedCaller::of_known(app.callers.visitors()).await?;
    let _turn = turn_of(app, &caller.0).await?;
    app.concurrency_limit.run(u64::MAX, || {
        let received = match ReceivedReceipt::parse(sent.as_bytes()) {
            Ok(received) => received,
            Err(error) => return Ok(SentReceiptCheck::Fault(error.to_string())),
        };
        let checked = match check_receipt(app, rulebook, &received.receipt, reader.language) {
            Ok(checked) => checked,
            Err(ReceiptCheckError::Receipt(error)) => return Ok(SentReceiptCheck::Fault(with_causes(&error))),
            Err(error) => return Err(InternalError::Receipt { reason: with_causes(&error) }.into()),
        };
        match received.check_reply() {
            Ok(()) => Ok(SentReceiptCheck::Holds(Box::new((received.receipt, checked)))),
            Err(error) => Ok(SentReceiptCheck::Fault(error.to_string())),
        }
    })
}

/// Hands in the objection of a form, if it has one.
///
/// # Errors
/// If another site sent the form.
async fn object(
    app: &Arc<App>,
    rulebook: &Arc<Rulebook>,
    receipt: &DecisionReceipt,
    session: Option<&Session>,
    fields: &FormFields,
) -> Result<SentObjection, RequestError> {
    let (reason, contact) = (fields.get("reason").trim(), fields.get("contact").trim());
    let mut sent = SentObjection {
        is_empty: reason.is_empty() && fields.get("action") == "object",
        reason: reason.to_owned(),
        contact: contact.to_owned(),
        refused: None,
    };
    // Without a session nothing is handed in, and the page offers to sign in.
    let Some(session) = session.filter(|_| !reason.is_empty()) else { return Ok(sent) };
    if !is_own_form(session, fields) {
        return Err(unreadable());
    }
    let contact = Some(contact).filter(|contact| !contact.is_empty());
    let body = json!({ "receipt": receipt, "reason": reason, "contact": contact });
    let caller = IdentifiedCaller::of_known(app.callers.persons()).await?;
    if let Err(error) = take_accepted(app, rulebook, caller, body.to_string().as_bytes()).await {
        app.report(&error);
        sent.refused = Some(error);
    }
    Ok(sent)
}

/// An objection that was sent, and what is wrong with it.
struct SentObjection {
    is_empty: bool,
    refused: Option<RequestError>,
    /// What was written, which is shown again.
    reason: String,
    contact: String,
}

/// The page of a receipt that holds.
struct VerifiedPage<'a> {
    app: &'a App,
    reader: &'a PageReader,
    rulebook: &'a Rulebook,
    sent: &'a str,
    checked: &'a CheckedReceipt,
    session: Option<&'a Session>,
}

impl VerifiedPage<'_> {
    fn words(&self) -> &'static PortalWords {
        PortalWords::of(self.reader.language)
    }

    fn page(&self, sent: &SentObjection) -> String {
        let words = self.words();
        let page = Page {
            language: self.reader.language,
            title: words.receipt_holds,
            above: back_to_start(words),
            switch: LanguageSwitch::Link(VERIFY),
        };
        page.say(&html! {
            p class="govuk-body-l app-no-print" { strong { (words.receipt_holds) } }
            (self.checked.markup)
            section class="app-no-print" { (self.objecting(sent)) }
            p class="govuk-body app-no-print" { a class="govuk-link" href=(VERIFY) { (words.verify_another) } }
        })
    }

    /// How an objection to the decision stands, or the form for one.
    fn objecting(&self, sent: &SentObjection) -> Markup {
        let (words, record) = (self.words(), &self.checked.record);
        let contract = Id::new(&record.service).ok().and_then(|service| self.rulebook.contract(&service));
        let terms = contract.and_then(|contract| contract.objections.as_ref());
        let content = match (self.app.objections.against(record.id), terms) {
            (Some(notice), _) => self.state(&notice),
            (None, Some(terms)) => self.objection_form(terms, sent),
            (None, None) => html! { p class="govuk-body" { (words.no_objection_terms) } },
        };
        html! {
            h2 class="govuk-heading-m" { (words.objecting) }
            (content)
        }
    }

    fn state(&self, notice: &ObjectionNotice) -> Markup {
        let (words, language) = (self.words(), self.reader.language);
        let today = JurisdictionCode::new(&notice.by)
            .map_or_else(|_| notice.received_on, |by| self.rulebook.day_at(&by, now()));
        let state = match ObjectionState::of(notice, today) {
            ObjectionState::Received => words.objection_received,
            ObjectionState::Overdue => words.objection_overdue,
            ObjectionState::Answered => words.objection_answered,
        };
        html! {
            p class="govuk-body" { strong { (state) } }
            p class="govuk-body" {
                (fill(words.objection_days, &[
                    &written_day(language, notice.received_on),
                    &written_day(language, notice.answer_by),
                ]))
            }
            p class="govuk-body" { (words.objection_id) (notice.id) }
        }
    }

    fn objection_form(&self, terms: &ObjectionTerms, sent: &SentObjection) -> Markup {
        let words = self.words();
        let Some(session) = self.session else {
            return html! {
                p class="govuk-body" { (words.object_sign_in) }
                @if self.app.login.is_some() { (sign_in_form(VERIFY, "", words)) }
                @if !sent.reason.is_empty() {
                    p class="govuk-body" { (words.your_reason) }
                    div class="govuk-inset-text" { (sent.reason) }
                }
            };
        };
        html! {
            p class="govuk-body" {
                (fill(words.objection_terms, &[&terms.within_days.to_string(), &terms.answer_days.to_string()]))
            }
            @if let Some(error) = &sent.refused {
                div class="govuk-error-summary" role="alert" {
                    h2 class="govuk-error-summary__title" { (words.objection_refused) }
                    p class="govuk-body" lang="en" { (error.detail()) }
                }
            }
            form method="post" action=(VERIFY) novalidate {
                input type="hidden" name="receipt" value=(self.sent);
                input type="hidden" name="form_token" value=(session.form_token);
                div class=(if sent.is_empty { "govuk-form-group govuk-form-group--error" } else { "govuk-form-group" }) {
                    label class="govuk-label" for="reason" { (words.objection_reason) }
                    @if sent.is_empty {
                        p class="govuk-error-message" id="reason-error" {
                            span class="govuk-visually-hidden" { (words.error) } " " (words.write_reason)
                        }
                    }
                    textarea class="govuk-textarea" id="reason" name="reason" rows="6"
                        aria-describedby=[sent.is_empty.then_some("reason-error")] { (sent.reason) }
                }
                div class="govuk-form-group" {
                    label class="govuk-label" for="contact" { (words.objection_contact) }
                    input class="govuk-input app-search" id="contact" name="contact" type="text" autocomplete="off"
                        value=(sent.contact);
                }
                button class="govuk-button" type="submit" name="action" value="object" { (words.object) }
            }
        }
    }
}
