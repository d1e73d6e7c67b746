//! Strangers, who have no key, ask for all that is public, and a decision is asked for beside them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use super::caller;
use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Server, agent, plugins_rulebook, until};

const FORM: &str = "/v1/services/disability-living-subsidy/form?jurisdiction=CN-35";

/// Every public answer of a day.
fn public_paths(day: &str) -> Vec<String> {
    let of_service = "/v1/services/disability-living-subsidy";
    vec![
        format!("{FORM}&as_of={day}"),
        format!("{of_service}/coverage?as_of={day}&limit=1000"),
        format!("/v1/jurisdictions?as_of={day}&limit=1000"),
        format!("/v1/jurisdictions/CN?as_of={day}"),
        format!("/v1/privacy/records?as_of={day}"),
        of_service.to_owned(),
        "/v1/services".to_owned(),
        "/v1/rules".to_owned(),
        "/openapi.json".to_owned(),
    ]
}

#[test]
fn strangers_take_no_turn_of_a_decision() {
    // Where a turn is taken, the next request is rejected at once.
    let settings = "[concurrency]\nlimit = 1\nqueue-max = 0\n[http]\nstranger-requests-per-second = 0\n";
    let server = Server::start(plugins_rulebook(), settings);
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let strangers = |year: usize| {
        for day in (1..=28).cycle() {
            for path in public_paths(&format!("{}-01-{day:02}", 2000 + year)) {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                server.get(&path).assert_status(200);
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let facts = json!({"disability_grade": 1});
    let decide = || server.decide("CN-3706", "disability-care-subsidy", "2026-03-01", &facts).status;
    let statuses: Vec<u16> = thread::scope(|scope| {
        (0..4).for_each(|year| drop(scope.spawn(move || strangers(year))));
        until(|| answered.load(Ordering::Relaxed) > 4);
        let statuses = (0..30).map(|_| decide()).collect();
        is_over.store(true, Ordering::Relaxed);
        statuses
    });
    assert_eq!(statuses, [200; 30]);
}

/// The status and the entity tag of an answer.
fn tag(server: &Server, path: &str, headers: [(&str, &str); 2]) -> (u16, String) {
    let request = agent().get(format!("{}{path}", server.address));
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let response = request.call().unwrap();
    (response.status().as_u16(), response.headers().get("etag").unwrap().to_str().unwrap().to_owned())
}

#[test]
fn a_public_answer_is_made_once_however_the_request_varies() {
    let server = Server::start(plugins_rulebook(), "");
    let ask = |language: &str, has: &str| tag(&server, FORM, [("accept-language", language), ("if-none-match", has)]);
    let (status, english) = ask("en", "\"none\"");
    assert_eq!(status, 200);
    // Languages that no title has, and orders beyond the first two, make no further answers.
    for language in ["en-GB", "xx-1, en", "q1;q=0.9, en;q=0.5, q2;q=0.1"] {
        assert_eq!(ask(language, "\"none\"").1, english, "{language}");
    }
    assert_eq!(ask("en", &english).0, 304);
    assert_eq!(ask("en", &format!("\"x\", W/{english}")).0, 304);
    let (status, chinese) = ask("zh-Hans-CN", &english);
    assert_eq!(status, 200);
    assert_ne!(chinese, english);
}

#[test]
fn a_stranger_that_asks_wrongly_is_told_and_nothing_is_kept_of_it() {
    let server = Server::start(plugins_rulebook(), "");
    for (path, status) in [
        ("/v1/services/nothing/form?jurisdiction=CN", 404),
        ("/v1/services/disability-living-subsidy/form?jurisdiction=CN-99", 404),
        ("/v1/services/disability-living-subsidy/form?jurisdiction=cn", 400),
        ("/v1/services/disability-living-subsidy/coverage?as_of=2026-02-30", 400),
        ("/v1/jurisdictions/CN-99", 404),
        ("/v1/rules/sha256:00", 404),
        ("/docs/../host.toml", 404),
    ] {
        for _ in 0..2 {
            assert_eq!(server.get(path).status, status, "{path}");
        }
    }
}

#[test]
fn the_page_that_strangers_open_runs_no_foreign_script_and_stands_in_no_frame() {
    let server = Server::start(plugins_rulebook(), "");
    for file in ["", "index.html", "page.css", "page.js"] {
        let response = agent().get(format!("{}/docs/{file}", server.address)).call().unwrap();
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for words in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert_contains(&policy, words);
        }
        assert_lacks(&policy, "unsafe");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
    }
}

#[test]
fn a_flood_of_one_address_is_answered_late_and_then_rejected() {
    let server = Server::start_for_callers(
        plugins_rulebook(),
        &format!("[http]\nstranger-requests-per-second = 1\n{}", caller("known", "")),
    );
    let count = |statuses: &[u16], status: u16| statuses.iter().filter(|found| **found == status).count();
    let flood = |ask: &(dyn Fn() -> u16 + Sync)| -> Vec<u16> {
        thread::scope(|scope| {
            let asking: Vec<_> = (0..20).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        })
    };
    let statuses = flood(&|| server.get("/v1/services").status);
    assert!(count(&statuses, 200) >= 2, "{statuses:?}");
    assert!(count(&statuses, 429) >= 1, "{statuses:?}");
    // Whoever proves to be nobody is a stranger too, and a caller of the same address is not.
    let statuses = flood(&|| server.post_with("unknown", "/v1/decisions", &json!({})).status);
    assert!(count(&statuses, 429) >= 1, "{statuses:?}");
    for _ in 0..20 {
        server.post_with("known-key", "/v1/decisions", &json!({})).assert_status(400);
    }
}
