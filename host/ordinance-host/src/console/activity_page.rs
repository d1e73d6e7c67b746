//! `GET /console/activity`: what the law does: decisions, refusals, missing facts, violations, failures, objections,
//! load; as charts and tables, and each table as a file.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_pages::charts::{BarChart, ChartBar, ChartHead};
use ordinance_pages::fill;
use serde::Deserialize;

use super::access::ConsoleReader;
use super::activity_table::{ActivityRow, ActivityTable};
use super::addresses::with_query;
use super::csv::csv;
use super::live_tables::LiveView;
use super::parts::{chart_frame, heading, paragraph, table};
use super::published_tables::ActivityView;
use super::words::ConsoleWords;
use crate::admission::callers::scope::ForbiddenError;
use crate::api::extract::path_text;
use crate::api::operations::metrics_text;
use crate::api::problem::RequestError;
use crate::app::App;
use crate::observability::metric_samples::read_samples;
use crate::pages::forms::unreadable;
use crate::pages::place_search::find_places;
use crate::pages::places::utc_today;
use crate::pages::responses::private_page;
use crate::statistics::month::Month;
use crate::statistics::publisher::Edition;
use ordinance_dialogue::parts::{SOUGHT_MAX, title_text};

const ACTIVITY: &str = "/console/activity";
/// The most bars of a chart; the table has all.
const BARS_MAX: usize = 24;

/// Of which service, place and month.
#[derive(Debug, Deserialize)]
pub(super) struct ActivityQuery {
    service: Option<String>,
    place: Option<String>,
    month: Option<String>,
}

struct ActivityRequest {
    service: Option<Id>,
    place: Option<JurisdictionCode>,
    /// What was written for a place and names none.
    unknown_place: Option<String>,
    month: Option<Month>,
}

impl ActivityRequest {
    fn read(
        console: &ConsoleReader,
        rulebook: &Rulebook,
        query: Result<Query<ActivityQuery>, QueryRejection>,
    ) -> Result<Self, RequestError> {
        let Query(ActivityQuery { service, place, month }) = query.map_err(|_| unreadable())?;
        let service = service.filter(|id| !id.is_empty());
        let service = service.map(|id| Id::new(&id).map_err(|_| RequestError::NotFound)).transpose()?;
        let sought = place.map(|text| text.trim().chars().take(SOUGHT_MAX).collect::<String>());
        let sought = sought.filter(|text| !text.is_empty());
        let place = sought.as_ref().and_then(|text| place_of(console, rulebook, text));
        let unknown_place = sought.filter(|_| place.is_none());
        if let Some(code) = &place
            && !console.sees_code(rulebook, code, utc_today(rulebook))
        {
            return Err(RequestError::Forbidden(ForbiddenError::Place(code.clone())));
        }
        let month = month.filter(|month| !month.is_empty());
        let month = month.map(|month| Month::parse(&month).ok_or_else(unreadable)).transpose()?;
        Ok(Self { service, place, unknown_place, month })
    }

    /// The place as the form has it.
    fn written_place(&self) -> &str {
        let known = self.place.as_ref().map(JurisdictionCode::as_str);
        known.or(self.unknown_place.as_deref()).unwrap_or_default()
    }

    fn address(&self, path: &str) -> String {
        let service = self.service.as_ref().map(Id::as_str).unwrap_or_default();
        let month = self.month.map(|month| month.to_string()).unwrap_or_default();
        with_query(path, &[("service", service), ("place", self.written_place()), ("month", &month)])
    }
}

/// The place of a code or a name.
fn place_of(console: &ConsoleReader, rulebook: &Rulebook, text: &str) -> Option<JurisdictionCode> {
    if let Ok(code) = JurisdictionCode::new(text)
        && rulebook.knows(&code)
    {
        return Some(code);
    }
    let day = utc_today(rulebook);
    let (found, _) = find_places(rulebook, day, text, &|place| console.sees_code(rulebook, &place.code, day));
    found.first().map(|place| place.code.clone())
}

/// The statistics that are published; none on a host that keeps none.
fn edition_of(app: &App) -> Edition {
    app.statistics.as_ref().map(|statistics| statistics.edition()).unwrap_or_default()
}

/// All tables, and the month that is published next.
struct ActivityTables {
    published: Vec<ActivityTable>,
    next_month: String,
    live: Vec<ActivityTable>,
}

impl ActivityTables {
    fn of(app: &App, console: &ConsoleReader, rulebook: &Rulebook, request: &ActivityRequest) -> Self {
        let view = ActivityView {
            rulebook,
            scope: console.scope(),
            language: console.reader.language,
            service: request.service.as_ref(),
            place: request.place.as_ref(),
            month: request.month,
            smallest_cell: app.config.statistics.smallest_cell,
        };
        let sums = view.sums(&edition_of(app));
        let live = LiveView {
            console,
            rulebook,
            samples: read_samples(&metrics_text(app)),
            smallest: app.config.statistics.smallest_cell,
            service: request.service.as_ref(),
            place: request.place.as_ref(),
        };
        Self { published: view.tables(&sums), next_month: sums.next_month.month, live: live.tables(app) }
    }
}

/// `GET /console/activity`
pub(super) async fn activity(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    query: Result<Query<ActivityQuery>, QueryRejection>,
) -> Response {
    let rulebook = app.current.rulebook();
    let made = match ActivityRequest::read(&console, &rulebook, query) {
        Ok(request) => {
            let page = || Ok(activity_page(&app, &console, &rulebook, &request));
            console.compute(&app, page).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(page) => private_page(&console.reader, page),
        Err(error) => console.failed(&app, error),
    }
}

/// `GET /console/activity/{file}`: a table as a file.
pub(super) async fn file(
    State(app): State<Arc<App>>,
    console: ConsoleReader,
    file: Result<Path<String>, PathRejection>,
    query: Result<Query<ActivityQuery>, QueryRejection>,
) -> Response {
    let rulebook = app.current.rulebook();
    let file = path_text(file);
    let made = match (ActivityRequest::read(&console, &rulebook, query), file.strip_suffix(".csv")) {
        (Ok(request), Some(name)) if request.unknown_place.is_none() => {
            let table = || {
                let activity = ActivityTables::of(&app, &console, &rulebook, &request);
                let mut tables = activity.published.into_iter().chain(activity.live);
                tables.find(|table| table.name == name).ok_or(RequestError::NotFound)
            };
            console.compute(&app, table).await
        }
        (Ok(_), _) => Err(RequestError::NotFound),
        (Err(error), _) => Err(error),
    };
    match made {
        Ok(table) => csv_file(&table),
        Err(error) => console.failed(&app, error),
    }
}

fn csv_file(table: &ActivityTable) -> Response {
    let name = format!("attachment; filename=\"{}.csv\"", table.name);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, csv(&table.columns, table.rows.iter().map(ActivityRow::cells))).into_response()
}

fn activity_page(app: &App, console: &ConsoleReader, rulebook: &Rulebook, request: &ActivityRequest) -> String {
    let words = ConsoleWords::of(console.reader.language);
    let address = request.address(ACTIVITY);
    console.page(words.what_happens, &address).say(&html! {
        h1 class="govuk-heading-l" { (words.what_happens) }
        (filter_form(console, rulebook, request, &edition_of(app)))
        @if request.unknown_place.is_none() { (all_tables(app, console, rulebook, request)) }
    })
}

fn all_tables(app: &App, console: &ConsoleReader, rulebook: &Rulebook, request: &ActivityRequest) -> Markup {
    let words = ConsoleWords::of(console.reader.language);
    let activity = ActivityTables::of(app, console, rulebook, request);
    let smallest = app.config.statistics.smallest_cell.to_string();
    html! {
        (heading(words.published_months))
        (paragraph(&fill(words.published_months_text, &[&smallest, &activity.next_month])))
        @if app.statistics.is_none() { (paragraph(words.no_statistics)) }
        @for table in &activity.published { (shown(table, request, words)) }
        (heading(words.since_start))
        (paragraph(&fill(words.since_start_text, &[&smallest])))
        @if !console.scope().covers_everything() { (paragraph(words.host_numbers_hidden)) }
        @for table in &activity.live { (shown(table, request, words)) }
    }
}

fn filter_form(console: &ConsoleReader, rulebook: &Rulebook, request: &ActivityRequest, edition: &Edition) -> Markup {
    let language = console.reader.language;
    let words = ConsoleWords::of(language);
    let chosen = request.month.map(|month| month.to_string());
    html! {
        form class="app-controls" method="get" action=(ACTIVITY) novalidate {
            div class="govuk-form-group" {
                label class="govuk-label" for="service" { (words.service) }
                select class="govuk-select" id="service" name="service" {
                    option value="" { (words.all_services) }
                    @for contract in rulebook.contracts() {
                        option value=(contract.service) selected[request.service.as_ref() == Some(&contract.service)] {
                            (title_text(&contract.titles, language, contract.service.as_str()))
                        }
                    }
                }
            }
            div class="govuk-form-group" {
                label class="govuk-label" for="place" { (words.place_code) }
                div class="govuk-hint" id="place-hint" { (words.place_hint) " CN-37" }
                @if request.unknown_place.is_some() {
                    p class="govuk-error-message" role="alert" { (words.unknown_place_name) }
                }
                input class="govuk-input govuk-input--width-10" id="place" name="place" type="text" autocomplete="off"
                    aria-describedby="place-hint" spellcheck="false" value=(request.written_place());
            }
            div class="govuk-form-group" {
                label class="govuk-label" for="month" { (words.month) }
                select class="govuk-select" id="month" name="month" {
                    option value="" { (words.all_months) }
                    @for month in edition.tables.iter().rev().map(|table| &table.month) {
                        option value=(month) selected[chosen.as_ref() == Some(month)] { (month) }
                    }
                }
            }
            button class="govuk-button" type="submit" { (words.show) }
        }
    }
}

fn shown(shown: &ActivityTable, request: &ActivityRequest, words: &ConsoleWords) -> Markup {
    let head = ChartHead { id: shown.name, title: shown.title, description: words.bars_description };
    let bars: Vec<ChartBar> = shown.bars().take(BARS_MAX).collect();
    let rows: Vec<Vec<Markup>> =
        shown.rows.iter().map(|row| row.cells().into_iter().map(|cell| html! { (cell) }).collect()).collect();
    html! {
        h3 class="govuk-heading-s" { (shown.title) }
        @if let Some(said) = shown.whole.words(words) { (paragraph(said)) }
        @if rows.is_empty() { (paragraph(shown.empty)) }
        @else {
            @if !bars.is_empty() { (chart_frame(shown.title, &BarChart { head, bars }.markup())) }
            (table(shown.title, &shown.columns, &rows))
            p class="govuk-body" {
                a class="govuk-link" href=(request.address(&format!("{ACTIVITY}/{}.csv", shown.name))) download {
                    (fill(words.save_table, &[shown.title]))
                }
            }
        }
    }
}
