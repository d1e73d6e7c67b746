//! The try-out: a page in which a browser runs the law of one service in one place by itself, and the files that it
//! loads. `sdk/ordinance-try-out` makes these files of a built rulebook.
//!
//! What a person answers stays in the page. The page may send no form; its worker may load modules of this host and ask
//! for nothing else.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use maud::html;
use ordinance_dialogue::page::{LanguageSwitch, Page};
use ordinance_dialogue::parts::{chain_of, place_name, title_text, titled_or, way_back};
use ordinance_dialogue::place_and_service::PlaceAndService;
use ordinance_dialogue::words::PortalWords;
use ordinance_domain::digest::Digest;
use ordinance_domain::privacy::Recipient;
use ordinance_engine::{ApplicableLaw, Engine, RuleState};
use ordinance_pages::ReadingLanguage;
use serde_json::{Value, json};

use super::respond::{failed_page, public_page};
use super::service_page::{is_open_to, read_place_and_service};
use super::try_out_files::is_offered;
use crate::api::problem::RequestError;
use crate::app::{App, RequestEngine};
use crate::pages::assets::try_out_addresses;
use crate::pages::reader::PageReader;

/// What the page may do: run the script of this host, load the law and start the worker. No form can be sent.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
    worker-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// `GET /places/{code}/services/{id}/try-out`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    reader: PageReader,
    path: Result<UrlPath<(String, String)>, PathRejection>,
) -> Response {
    let asked = match read_place_and_service(engine.rulebook(), path) {
        Ok(asked) => asked,
        Err(error) => return failed_page(&app, &reader, error),
    };
    let visitors = app.callers.visitors();
    let is_open = is_open_to(&asked, engine.rulebook(), visitors);
    if !is_open || !is_offered(app.config.portal.try_out.as_deref(), &engine) {
        return failed_page(&app, &reader, RequestError::NotFound);
    }
    let recipient = visitors.recipient.clone();
    let for_page = reader.clone();
    let text = format!("{} on {}, tried out", asked.address(), asked.day.as_of);
    let made = move |engine: &Engine| try_out_page(engine, &for_page, &asked, &recipient);
    let mut response = public_page(&app, engine, &reader, text, made).await;
    // A browser takes the policy of a page that hasn't changed from the answer that says so.
    if matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED) {
        let policy = HeaderValue::from_static(PAGE_POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn try_out_page(
    engine: &Engine,
    reader: &PageReader,
    asked: &PlaceAndService,
    recipient: &Recipient,
) -> Result<String, RequestError> {
    let (language, rulebook) = (reader.language, engine.rulebook());
    let words = PortalWords::of(language);
    let PlaceAndService { code, day, contract } = asked;
    let law = ApplicableLaw::select(engine, &asked.query()).map_err(RequestError::Unknown)?;
    if law.rules_in_force().next().is_none() {
        return Err(RequestError::NotFound);
    }
    let address = asked.address();
    let own = format!("{address}/try-out");
    let title = title_text(&contract.titles, language, contract.service.as_str());
    let title = language.labelled(words.try_out, &title);
    let back = html! { a class="govuk-back-link" href=(address) { (words.back) } };
    let page = Page { language, title: &title, above: way_back(&back, words), switch: LanguageSwitch::Link(&own) };
    let (page_script, worker_script) = try_out_addresses();
    let applying = ApplyingRules::of(&law, engine, asked);
    Ok(page.say(&html! {
        h1 class="govuk-heading-l" {
            span class="govuk-caption-l" {
                (titled_or(&contract.titles, language, contract.service.as_str())) " · "
                (place_name(rulebook, code, *day, language))
            } " "
            (words.try_out)
        }
        p class="govuk-body" { strong { (words.try_out_title) } " " (words.try_out_text) }
        p class="govuk-body" id="try-out" role="status" data-rulebook=(rulebook.digest().hex()) data-place=(code)
            data-service=(contract.service) data-today=(day.as_of) data-language=(language.tag())
            data-recipient-kind=(recipient.kind.as_str()) data-recipient-id=(recipient.id.as_str())
            data-rules=(applying.rules.join(" ")) data-broken=(applying.broken.join(" ")) data-worker=(worker_script)
            data-texts=(texts()) {}
        noscript {
            p class="govuk-body" { (words.try_out_script) }
            p class="govuk-body" { a class="govuk-link" href=(address) { (words.try_out_ask_here) } }
        }
        script type="module" src=(page_script) {}
    }))
}

/// The texts of the script, by language.
fn texts() -> String {
    let of = |language: ReadingLanguage| {
        let words = PortalWords::of(language);
        let texts = json!({
            "loading": words.try_out_loading,
            "failed": words.try_out_failed,
            "slow": words.try_out_slow,
            "again": words.try_out_again,
        });
        (language.tag().to_owned(), texts)
    };
    Value::Object(ReadingLanguage::ALL.into_iter().map(of).collect()).to_string()
}

/// The digests of the rules that apply: those of the levels for the service, and the privacy rules.
struct ApplyingRules {
    rules: Vec<String>,
    /// Those of them that can't run.
    broken: Vec<String>,
}

impl ApplyingRules {
    fn of(law: &ApplicableLaw<'_>, engine: &Engine, asked: &PlaceAndService) -> Self {
        let rulebook = engine.rulebook();
        let of_levels = law.rules_in_force().map(|rule| (rule.head.digest, matches!(rule.state, RuleState::Broken(_))));
        let chain = chain_of(rulebook, &asked.code, asked.day);
        let of_privacy = chain
            .iter()
            .flat_map(|level| rulebook.privacy_in_force(level, asked.day))
            .map(|rule| (rule.head.digest, matches!(rule.state, RuleState::Broken(_))));
        let built = |(digest, is_broken): (Option<Digest>, bool)| Some((digest?.hex(), is_broken));
        let all: Vec<(String, bool)> = of_levels.chain(of_privacy).filter_map(built).collect();
        let broken = all.iter().filter(|(_, is_broken)| *is_broken).map(|(digest, _)| digest.clone()).collect();
        Self { rules: all.into_iter().map(|(digest, _)| digest).collect(), broken }
    }
}
