//! A stranger opens as many connections as it can and says nothing.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::assertions::{assert_contains, assert_lacks};
use crate::connection::{Connection, post};
use crate::support::{Server, plugins_rulebook};

const CASE: &str = r#"{"jurisdiction":"CN","service":"disability-care-subsidy","as_of":"2026-01-01","facts":{}}"#;

fn open(server: &Server, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| TcpStream::connect(server.host()).unwrap()).collect()
}

/// Whether the host has closed a connection on which it has nothing to say.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    match stream.peek(&mut [0]) {
        Ok(_) => true,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

#[test]
fn silent_connections_give_way_to_who_asks() {
    // A silent connection would hold its place for ten minutes.
    let settings = "[http]\nconnections-max = 50\nconnections-per-address-max = 0\nheader-ms = 600000\n";
    let server = Server::start(plugins_rulebook(), settings);
    let silent = open(&server, 200);
    for _ in 0..3 {
        server.decide("CN", "disability-care-subsidy", "2026-01-01", &json!({})).assert_status(200);
    }
    let closed = silent.iter().filter(|stream| is_closed(stream)).count();
    assert!(closed >= 150, "{closed}");
}

#[test]
fn an_address_has_no_more_connections_than_its_bound() {
    let settings = "[http]\nconnections-per-address-max = 10\nheader-ms = 600000\n";
    let server = Server::start(plugins_rulebook(), settings);
    let silent = open(&server, 100);
    server.decide("CN", "disability-care-subsidy", "2026-01-01", &json!({})).assert_status(200);
    let closed = silent.iter().filter(|stream| is_closed(stream)).count();
    assert!(closed >= 90, "{closed}");
}

#[test]
fn a_request_under_way_outlasts_all_silent_connections() {
    let settings =
        "[http]\nconnections-max = 20\nconnections-per-address-max = 0\nheader-ms = 600000\nbody-ms = 600000\n";
    let server = Server::start(plugins_rulebook(), settings);
    let mut connection = Connection::open(server.host());
    let whole = post("/v1/decisions", CASE);
    let (begun, rest) = whole.split_at(whole.len() - 9);
    connection.send(begun);
    // The head is in the host's hands once a later request is answered.
    server.decide("CN", "disability-care-subsidy", "2026-01-01", &json!({})).assert_status(200);
    let silent = open(&server, 100);
    server.decide("CN", "disability-care-subsidy", "2026-01-01", &json!({})).assert_status(200);
    connection.send(rest);
    assert_eq!(connection.receive(), 200);
    drop(silent);
}

/// The status of a request on a new connection; an answer that doesn't come in time is an error.
fn status(host: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// Whether portals and monitoring reach the host.
fn assert_reachable(server: &Server) {
    assert_eq!(status(server.host(), "/v1/services").unwrap(), "HTTP/1.1 200 OK");
    let operations = server.operations.trim_start_matches("http://");
    assert_eq!(status(operations, "/healthz").unwrap(), "HTTP/1.1 200 OK");
}

#[test]
fn silent_connections_hold_no_file_that_the_host_needs() {
    let settings = "[http]\nconnections-per-address-max = 0\nheader-ms = 600000\n";
    let server = Server::start_under("ulimit -n 512", plugins_rulebook(), settings);
    let silent = open(&server, 600);
    assert_reachable(&server);
    assert_contains(&server.said(), "http.connections-max is 10000, but this process may have 512 files open");
    assert_lacks(&server.said(), "a connection can't be accepted");
    drop(silent);
}

#[test]
fn silent_connections_give_way_where_the_system_has_no_file_left() {
    let settings = "[http]\nconnections-max = 400\nconnections-per-address-max = 0\nheader-ms = 600000\n";
    let server = Server::start(plugins_rulebook(), settings);
    assert_reachable(&server);
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count();
    let limit = Some(u64::try_from(files + 20).unwrap());
    let process = rustix::process::Pid::from_raw(i32::try_from(server.id()).unwrap());
    let limit = rustix::process::Rlimit { current: limit, maximum: limit };
    rustix::process::prlimit(process, rustix::process::Resource::Nofile, limit).unwrap();
    let silent = open(&server, 100);
    for _ in 0..3 {
        assert_reachable(&server);
    }
    assert_eq!(server.said().matches("a connection can't be accepted").count(), 1, "it is said once a minute");
    drop(silent);
}
