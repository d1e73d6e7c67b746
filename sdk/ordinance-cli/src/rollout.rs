//! `ordinance rollout`: brings a new rulebook into use on all hosts behind a load balancer. Each host first loads and
//! tests it beside the one in use; only when all have the same one prepared, all activate it.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use ordinance_trust::https_agent;
use serde::Deserialize;

use crate::arguments::RolloutArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::terminal::{print_error, print_line, print_status};

/// The longest time for loading, compiling and testing a rulebook.
const PREPARE_TIMEOUT: Duration = Duration::from_secs(600);
/// The longest time for any other request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a host may be busy with a reload of its own, and how often it is asked again.
const BUSY_MAX: Duration = Duration::from_secs(60);
const BUSY_EVERY: Duration = Duration::from_millis(200);
/// How often the hosts may prepare different rulebooks: somebody may publish in between.
const ROUNDS: usize = 3;
/// The most bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// The operations address of a host.
struct OperatedHost<'a> {
    address: &'a str,
    token: Option<&'a str>,
}

/// What a host has after it was told to reload.
struct Prepared {
    rulebook: String,
    /// Whether it is in use already, since it is nothing new or the host waits for nobody.
    is_in_use: bool,
    /// The rules that stay as they were, with the reasons.
    kept: Vec<String>,
}

/// What `/admin/reload` answers.
#[derive(Deserialize)]
struct ReloadAnswer {
    outcome: String,
    rulebook: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
}

/// What `/readyz?verbose` answers, as far as it matters here.
#[derive(Deserialize)]
struct ReadinessAnswer {
    rulebook: String,
    why_not: Option<String>,
}

/// Why a host didn't do what it was told, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct RefusedError(String);

pub(crate) fn run(arguments: &RolloutArguments) -> Result<Exit, CommandError> {
    let token = arguments.token.as_deref().map(read_token).transpose()?;
    let hosts = arguments.hosts.iter().map(|address| OperatedHost::new(address, token.as_deref()));
    let hosts = hosts.collect::<Result<Vec<_>, _>>()?;
    let Some(rulebook) = prepare_all(&hosts) else {
        print_error("nothing was activated: the hosts don't all have the same rulebook prepared", None);
        return Ok(Exit::Findings);
    };
    if arguments.prepare {
        print_line(&format!("{} {rulebook} prepared", counted(hosts.len(), "host has", "hosts have")));
        return Ok(Exit::Good);
    }
    let activated = on_all(&hosts, |host| host.activate(&rulebook));
    let is_activated = told_all(&hosts, &activated);
    let states = on_all(&hosts, |host| host.check_state(&rulebook));
    if !(is_activated & told_all(&hosts, &states)) {
        print_error("the hosts don't all use the new rulebook: mend what is named above and run it again", None);
        return Ok(Exit::Findings);
    }
    print_line(&format!("{} {rulebook} in use", counted(hosts.len(), "host has", "hosts have")));
    Ok(Exit::Good)
}

fn read_token(path: &Path) -> Result<String, CommandError> {
    let read = std::fs::read_to_string(path);
    let text = read.map_err(|source| CommandError::Io { action: "read", path: path.to_owned(), source })?;
    Ok(text.trim().to_owned())
}

/// Does something on all hosts at the same time.
fn on_all<'a, T: Send>(hosts: &[OperatedHost<'a>], work: impl Fn(&OperatedHost<'a>) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let running: Vec<_> = hosts.iter().map(|host| scope.spawn(|| work(host))).collect();
        let ended = running.into_iter().map(|thread| match thread.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        ended.collect()
    })
}

/// Prints what failed on each host. Whether nothing did.
fn told_all<T>(hosts: &[OperatedHost<'_>], results: &[Result<T, RefusedError>]) -> bool {
    for (host, result) in hosts.iter().zip(results) {
        if let Err(error) = result {
            print_error(&format!("{}: {error}", host.address), None);
        }
    }
    results.iter().all(Result::is_ok)
}

/// Lets all hosts prepare what is published now. The digest, if it is the same on all.
fn prepare_all(hosts: &[OperatedHost<'_>]) -> Option<String> {
    for _ in 0..ROUNDS {
        let prepared = on_all(hosts, OperatedHost::prepare);
        if !told_all(hosts, &prepared) {
            return None;
        }
        let prepared: Vec<Prepared> = prepared.into_iter().flatten().collect();
        for (host, Prepared { rulebook, is_in_use, kept }) in hosts.iter().zip(&prepared) {
            print_status!("{}: {rulebook} {}", host.address, if *is_in_use { "in use" } else { "prepared" });
            kept.iter().for_each(|reason| print_status!("{}: stays as it was: {reason}", host.address));
        }
        let found: BTreeSet<&str> = prepared.iter().map(|prepared| prepared.rulebook.as_str()).collect();
        if let [rulebook] = found.into_iter().collect::<Vec<_>>().as_slice() {
            return Some((*rulebook).to_owned());
        }
    }
    None
}

impl<'a> OperatedHost<'a> {
    fn new(address: &'a str, token: Option<&'a str>) -> Result<Self, CommandError> {
        let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
        if rest.is_none_or(|rest| rest.trim_end_matches('/').is_empty() || rest.contains(['?', '#', '@'])) {
            return Err(CommandError::bad_use(
                format!("`{address}` is no address of a host's operations"),
                "write it as http://HOST:PORT, the `listen.operations` of its settings",
            ));
        }
        Ok(Self { address: address.trim_end_matches('/'), token })
    }

    /// Sends a request with the token; the status and the text of the answer.
    fn call(&self, method: &str, path: &str, time: Duration) -> Result<(u16, String), RefusedError> {
        let url = format!("{}{path}", self.address);
        let authorization = self.token.map(|token| format!("Bearer {token}"));
        let sent = if method == "POST" {
            let mut request = https_agent().post(&url).config().timeout_global(Some(time)).max_redirects(0).build();
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            request.send_empty()
        } else {
            let mut request = https_agent().get(&url).config().timeout_global(Some(time)).max_redirects(0).build();
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            request.call()
        };
        let unreachable = |error: &dyn std::fmt::Display| {
            RefusedError(format!("it can't be reached ({error}); start it, or leave it out while it serves nobody"))
        };
        let mut response = sent.map_err(|error| unreachable(&error))?;
        let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        Ok((response.status().as_u16(), text.map_err(|error| unreachable(&error))?))
    }

    /// Lets the host load and test what is published now.
    fn prepare(&self) -> Result<Prepared, RefusedError> {
        let begun = Instant::now();
        loop {
            let (status, text) = self.call("POST", "/admin/reload", PREPARE_TIMEOUT)?;
            match serde_json::from_str(&text) {
                Ok(ReloadAnswer { outcome, rulebook: Some(rulebook), reasons }) if outcome != "refused" => {
                    return Ok(Prepared { rulebook, is_in_use: outcome != "prepared", kept: reasons });
                }
                Ok(ReloadAnswer { reasons, .. }) => {
                    return Err(RefusedError(format!("refused: {}", reasons.join("; "))));
                }
                // Another reload is under way.
                Err(_) if status == 409 && begun.elapsed() < BUSY_MAX => thread::sleep(BUSY_EVERY),
                Err(_) => return Err(answered(status, &text)),
            }
        }
    }

    /// Lets the host use the rulebook that it prepared.
    fn activate(&self, rulebook: &str) -> Result<(), RefusedError> {
        let begun = Instant::now();
        loop {
            match self.call("POST", &format!("/admin/activate?rulebook={rulebook}"), REQUEST_TIMEOUT)? {
                (200, _) => return Ok(()),
                // The host is reloading by itself.
                (503, _) if begun.elapsed() < BUSY_MAX => thread::sleep(BUSY_EVERY),
                (status, text) => return Err(answered(status, &text)),
            }
        }
    }

    /// Checks that the host uses a rulebook and is ready.
    fn check_state(&self, rulebook: &str) -> Result<(), RefusedError> {
        let (status, text) = self.call("GET", "/readyz?verbose", REQUEST_TIMEOUT)?;
        let state: ReadinessAnswer = serde_json::from_str(&text).map_err(|_| answered(status, &text))?;
        if state.rulebook != rulebook {
            return Err(RefusedError(format!("it has {} in use", state.rulebook)));
        }
        match state.why_not {
            Some(why_not) => Err(RefusedError(format!("it isn't ready: {why_not}"))),
            None => Ok(()),
        }
    }
}

/// The longest text of an answer that is shown.
const SHOWN_LETTERS: usize = 200;

fn answered(status: u16, text: &str) -> RefusedError {
    let help = match status {
        401 => "; --token names the file with its token",
        403 => "; call it by its address, or list the name in operations.hosts of its settings",
        404 => "; is that its operations address?",
        _ => "",
    };
    let shown: String = text.trim().chars().take(SHOWN_LETTERS).collect();
    RefusedError(format!("it answered {status}: {shown}{help}"))
}
