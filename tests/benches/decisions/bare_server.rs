//! What every server on hyper must do for a request, and the law itself: it reads the same JSON, computes the same
//! benefit natively and writes a short reply, without layers, articles, findings, privacy or a record.

use std::convert::Infallible;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};

#[derive(Deserialize)]
struct Case<'a> {
    jurisdiction: &'a str,
    service: &'a str,
    as_of: &'a str,
    facts: Facts,
}

/// The facts of both services; a service reads its own.
#[derive(Deserialize)]
struct Facts {
    age: Option<u8>,
    low_income: Option<bool>,
    disability_grade: Option<u8>,
    needs_long_term_care: Option<bool>,
    work_injury_care_payment: Option<bool>,
    destitute_support: Option<bool>,
    draws_elderly_care_subsidy: Option<bool>,
}

#[derive(Serialize)]
struct Reply<'a> {
    jurisdiction: &'a str,
    service: &'a str,
    as_of: &'a str,
    outcome: &'static str,
    amount: Option<&'static str>,
}

/// The nation's allowance of very old age: eligible from 80 with a low income; the law sets no amount.
fn old_age_allowance(facts: &Facts) -> Option<(bool, Option<&'static str>)> {
    Some((facts.age? >= 80 && facts.low_income?, None))
}

/// The care subsidy in Yantai: the nation's conditions, the province's 80 a month, the city's two tiers above it.
fn disability_care_subsidy(facts: &Facts) -> Option<(bool, Option<&'static str>)> {
    let grade = facts.disability_grade?;
    let is_eligible = grade <= 2
        && facts.needs_long_term_care?
        && !facts.work_injury_care_payment?
        && !facts.destitute_support?
        && !facts.draws_elderly_care_subsidy?;
    Some((is_eligible, Some(if grade == 1 { "193.00" } else { "161.00" })))
}

fn reply(body: &[u8]) -> Option<Vec<u8>> {
    let Case { jurisdiction, service, as_of, facts } = serde_json::from_slice(body).ok()?;
    let (is_eligible, amount) = match service {
        "old-age-allowance" => old_age_allowance(&facts)?,
        "disability-care-subsidy" => disability_care_subsidy(&facts)?,
        _ => return None,
    };
    let outcome = if is_eligible { "eligible" } else { "ineligible" };
    let amount = amount.filter(|_| is_eligible);
    serde_json::to_vec(&Reply { jurisdiction, service, as_of, outcome, amount }).ok()
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_known = request.method() == Method::POST && request.uri().path() == "/v1/decisions";
    let body = if is_known { request.into_body().collect().await.ok() } else { None };
    let (status, text) = match body.and_then(|body| reply(&body.to_bytes())) {
        Some(text) => (StatusCode::OK, text),
        None => (StatusCode::BAD_REQUEST, Vec::new()),
    };
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(Full::from(text)).unwrap())
}

async fn serve_connection(stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    // A client that is gone is no error.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}

/// Serves until the process is killed; prints its address first.
pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_io().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve_connection(stream));
        }
    });
}
