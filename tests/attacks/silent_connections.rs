//! A stranger opens as many connections as it can and says nothing.

use std::net::TcpStream;

use serde_json::json;

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
