//! Several hosts on one published rulebook: each answer names its revision, a request may be pinned to one, and
//! `ordinance rollout` brings a new one into use on all hosts or on none.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes, assert_lacks};
use crate::country::Country;
use crate::receipts::host_of;
use crate::reload::{Served, amount, built, grant_less, publish, readiness, reload};
use crate::support::{Reply, Server, agent, edit, run, text_of};

const ON_REQUEST: &str = "[reload]\nwatch = false\nactivate = \"on-request\"\n";
const CASE: &str = r#"{"jurisdiction": "N-1", "service": "benefit", "as_of": "2026-01-01", "mode": "simulation",
    "facts": {"age": 60, "resident": true, "income": "1000.00", "children": 0}}"#;

/// An answer with the revision that its header names.
struct Answer {
    revision: String,
    reply: Reply,
}

/// Sends a request, pinned to a revision if one is named.
fn ask(address: &str, path: &str, body: Option<&str>, pins: &[&str]) -> Answer {
    let url = format!("{address}{path}");
    let response = match body {
        Some(body) => {
            let mut request = agent().post(url).header("content-type", "application/json");
            for pin in pins {
                request = request.header("ordinance-rulebook", *pin);
            }
            request.send(body)
        }
        None => {
            let mut request = agent().get(url);
            for pin in pins {
                request = request.header("ordinance-rulebook", *pin);
            }
            request.call()
        }
    };
    let response = response.unwrap();
    let revision = response.headers()["ordinance-rulebook"].to_str().unwrap().to_owned();
    Answer { revision, reply: Reply::read(Ok(response)) }
}

fn in_use(server: &Server) -> String {
    readiness(server)["rulebook"].as_str().unwrap().to_owned()
}

fn activate(server: &Server, rulebook: &str) -> Reply {
    let url = format!("{}/admin/activate?rulebook={rulebook}", server.operations);
    Reply::read(agent().post(url).send_empty())
}

#[test]
fn every_answer_names_the_revision_and_a_pinned_request_gets_that_or_nothing() {
    let served = Served::new();
    let server = served.start();
    let revision = in_use(&server);
    let other = format!("sha256:{}", "0".repeat(64));
    let batch = "/v1/decisions/batch";
    for (address, path, body) in [
        (&server.address, "/v1/decisions", Some(CASE)),
        (&server.address, "/v1/comparisons", Some("{")),
        (&server.address, "/v1/services/benefit/questions", Some(CASE)),
        (&server.address, "/access/v1/evaluation", Some("{}")),
        (&server.address, batch, Some(CASE)),
        (&server.address, "/v1/services", None),
        (&server.address, "/openapi.json", None),
        (&server.address, "/nowhere", None),
        (&server.operations, "/readyz", None),
        (&server.operations, "/metrics", None),
    ] {
        let free = ask(address, path, body, &[]);
        assert_eq!(free.revision, revision, "{path}");
        let pinned = ask(address, path, body, &[&revision]);
        assert_eq!(pinned.revision, revision, "{path}");
        assert_eq!(pinned.reply.status, free.reply.status, "{path}");
        let refused = ask(address, path, body, &[&other]);
        refused.reply.assert_problem(503, "other-rulebook-in-use");
        assert_eq!(refused.reply.retry_after.as_deref(), Some("1"), "{path}");
        assert_eq!(refused.revision, revision, "{path}");
        assert_contains(&refused.reply.text, &format!("this host has {revision} in use"));
        for bad in [&["110101199003074518"][..], &[""], &["sha256:ff"], &[&revision, &revision]] {
            let malformed = ask(address, path, body, bad);
            malformed.reply.assert_problem(400, "invalid-request");
            assert_contains(&malformed.reply.text, "\"header\":\"ordinance-rulebook\"");
            assert_lacks(&malformed.reply.text, "110101");
        }
    }
    assert_eq!(server.decision_log(), Vec::<Value>::new());
}

#[test]
fn a_public_answer_differs_by_the_revision_that_a_request_pins() {
    let served = Served::new();
    let server = served.start();
    let response = agent().get(format!("{}/v1/services", server.address)).call().unwrap();
    assert_contains(response.headers()["vary"].to_str().unwrap(), "ordinance-rulebook");
}

#[test]
fn a_host_that_waits_prepares_a_rulebook_and_uses_it_when_it_is_told_to() {
    let served = Served::new();
    let server = Server::start(&served.served, ON_REQUEST);
    let first = in_use(&server);
    let ready = || crate::support::get(&format!("{}/readyz", server.operations), "");
    ready().assert_status(503);
    assert_contains(&ready().text, "the rulebook waits to be activated");
    activate(&server, &first).assert_status(200).assert_includes(json!({"outcome": "unchanged"}));
    ready().assert_status(200);
    publish(&served.two, &served.served);
    let prepared = reload(&server);
    prepared.assert_status(200).assert_includes(json!({"outcome": "prepared"}));
    let second = prepared.json()["rulebook"].as_str().unwrap().to_owned();
    assert_includes(&readiness(&server), json!({"ready": true, "rulebook": first, "prepared": second}));
    assert_eq!(amount(&server, &json!({})), "100.00");
    let wrong = activate(&server, &format!("sha256:{}", "0".repeat(64)));
    assert_contains(&wrong.assert_status(409).text, &format!("{second} is prepared"));
    for bad in ["", "yes", "sha256:ff", &format!("{second}&more=1")] {
        assert_contains(&activate(&server, bad).assert_status(400).text, "?rulebook=sha256:");
    }
    activate(&server, &second).assert_status(200).assert_includes(json!({"outcome": "in-use", "rulebook": second}));
    assert_eq!(amount(&server, &json!({})), "120.00");
    assert!(readiness(&server)["prepared"].is_null(), "it is in use");
    let again = activate(&server, &first);
    assert_contains(&again.assert_status(409).text, "nothing is prepared");
    // Others that are prepared meanwhile don't keep one from being activated.
    publish(&served.one, &served.served);
    reload(&server).assert_includes(json!({"outcome": "prepared", "rulebook": first}));
    let more = built(&served.beside("sources"), "more", "140.00", |_| ());
    publish(&more, &served.served);
    let third = reload(&server).assert_includes(json!({"outcome": "prepared"})).json()["rulebook"].clone();
    activate(&server, &first).assert_status(200);
    assert_includes(&readiness(&server), json!({"rulebook": first, "prepared": third}));
    activate(&server, third.as_str().unwrap()).assert_status(200);
    assert_eq!(amount(&server, &json!({})), "140.00");
    publish(&served.two, &served.served);
    reload(&server).assert_includes(json!({"outcome": "prepared"}));
    activate(&server, &second).assert_status(200);
    // Back to the first, and forth before anybody activates it.
    publish(&served.one, &served.served);
    reload(&server).assert_includes(json!({"outcome": "prepared"}));
    publish(&served.two, &served.served);
    reload(&server).assert_includes(json!({"outcome": "unchanged"}));
    assert!(readiness(&server)["prepared"].is_null(), "what is in use is the newest");
}

#[test]
fn a_bad_rulebook_is_never_prepared() {
    let served = Served::new();
    let server = Server::start(&served.served, ON_REQUEST);
    let wrong = built(&served.beside("sources"), "wrong", "100.00", grant_less);
    publish(&wrong, &served.served);
    reload(&server).assert_status(409).assert_includes(json!({"outcome": "refused"}));
    assert!(readiness(&server)["prepared"].is_null(), "it is refused");
}

/// Runs `ordinance rollout` on hosts: the exit code and what it says.
fn rollout(servers: &[&Server], flags: &[&str]) -> (Option<i32>, String) {
    let addresses = servers.iter().map(|server| server.operations.as_str());
    let ran = run(&["rollout"].into_iter().chain(flags.iter().copied()).chain(addresses).collect::<Vec<_>>());
    (ran.status.code(), text_of(&ran))
}

#[test]
fn a_rollout_brings_one_rulebook_into_use_on_all_hosts_or_on_none() {
    let served = Served::new();
    let folders = ["a", "b"].map(|name| served.beside(name));
    folders.iter().for_each(|folder| publish(&served.one, folder));
    let servers = folders.each_ref().map(|folder| Server::start(folder, ON_REQUEST));
    let hosts: Vec<&Server> = servers.iter().collect();
    let revisions = || hosts.iter().map(|host| in_use(host)).collect::<Vec<_>>();
    let first = revisions();
    let (code, said) = rollout(&hosts, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, &format!("2 hosts have {} in use", first[0]));
    // One host has another rulebook: none moves.
    publish(&served.two, &folders[0]);
    let (code, said) = rollout(&hosts, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "nothing was activated: the hosts don't all have the same rulebook prepared");
    assert_eq!(revisions(), first);
    // The other refuses what it finds.
    let wrong = built(&served.beside("sources"), "wrong", "100.00", grant_less);
    publish(&wrong, &folders[1]);
    let (code, said) = rollout(&hosts, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, &format!("{}: refused: N-1/benefit", hosts[1].operations));
    assert_eq!(revisions(), first);
    // All have the same.
    publish(&served.two, &folders[1]);
    let (code, said) = rollout(&hosts, &["--prepare"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(revisions(), first);
    let (code, said) = rollout(&hosts, &[]);
    assert_eq!(code, Some(0), "{said}");
    let second = revisions();
    assert_eq!(second[0], second[1]);
    assert_ne!(second, first);
    assert_eq!(amount(hosts[0], &json!({})), "120.00");
}

#[test]
fn a_rollout_says_what_is_wrong_with_an_address() {
    let served = Served::new();
    let server = Server::start(&served.served, ON_REQUEST);
    let said = |arguments: &[&str], code: i32| {
        let ran = run(&[&["rollout"], arguments].concat());
        assert_eq!(ran.status.code(), Some(code), "{}", text_of(&ran));
        text_of(&ran)
    };
    assert_contains(&said(&["10.0.0.1:9090"], 2), "`10.0.0.1:9090` is no address of a host's operations");
    assert_contains(&said(&["http://127.0.0.1:1", &server.operations], 1), "http://127.0.0.1:1: it can't be reached");
    assert_contains(&said(&[&server.address], 1), "is that its operations address?");
    assert_contains(&said(&["--token", "/nowhere", &server.operations], 2), "`/nowhere` can't be read");
    assert!(!readiness(&server)["ready"].as_bool().unwrap(), "nothing was activated");
    assert_contains(&said(&[], 2), "<HOST>");
}

#[test]
fn a_rollout_sends_the_token_of_the_operations() {
    let served = Served::new();
    let token = served.beside("token");
    fs::write(&token, "a-token-of-operations\n").unwrap();
    let settings = format!("{ON_REQUEST}[operations]\ntoken = {token:?}\n");
    let server = Server::start(&served.served, &settings);
    let (code, said) = rollout(&[&server], &[]);
    assert_eq!(code, Some(1), "{said}");
    assert_contains(&said, "--token names the file with its token");
    let (code, said) = rollout(&[&server], &["--token", token.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn hosts_of_one_repository_move_together_and_a_revoked_authority_ends_at_once() {
    let country = Country::that_publishes();
    let settings = "[reload]\nactivate = \"on-request\"\n";
    let servers = [(); 2].map(|()| host_of(&country, settings));
    let hosts: Vec<&Server> = servers.iter().collect();
    let (code, said) = rollout(&hosts, &[]);
    assert_eq!(code, Some(0), "{said}");
    let first = in_use(hosts[0]);
    assert_eq!(in_use(hosts[1]), first);
    raise_amount_of_province(&country);
    // The hosts read the repositories every second, and prepare what they find.
    crate::support::until(|| hosts.iter().all(|host| readiness(host)["prepared"].is_string()));
    assert_eq!([in_use(hosts[0]), in_use(hosts[1])], [first.clone(), first.clone()]);
    let (code, said) = rollout(&hosts, &[]);
    assert_eq!(code, Some(0), "{said}");
    let second = in_use(hosts[0]);
    assert_eq!(in_use(hosts[1]), second);
    assert_ne!(second, first);
    country.good("ordinance trust revoke CN-3706 --from repositories/CN-37 --yes --key keys/sd-publish");
    crate::support::until(|| hosts.iter().all(|host| in_use(host) != second));
}

/// The province grants more and publishes that.
pub(crate) fn raise_amount_of_province(country: &Country) {
    let law = country.path("shandong/CN-37/old-age-allowance");
    raise(&law);
    country.good("ordinance publish shandong --to repositories/CN-37 --key keys/sd-publish --withdraw");
}

fn raise(law: &Path) {
    edit(&law.join("rule.toml"), "value = \"120.00\"", "value = \"130.00\"");
    edit(&law.join("rule.toml"), "version = \"1.0.0\"", "version = \"1.1.0\"");
    edit(&law.join("cases/ages.toml"), "120.00", "130.00");
}
