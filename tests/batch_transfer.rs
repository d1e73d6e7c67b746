//! The end of a batch's response: a response that ends cleanly is whole, and one that isn't whole breaks off.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Server, get, plugins_rulebook, until};

/// The metrics of a server that say how many batches run.
fn runs_no_batch(server: &Server) -> bool {
    let metrics = get(&format!("{}/metrics", server.operations), "").text;
    metrics.contains("ordinance_batches_running 0")
}

#[test]
fn a_batch_whose_client_stalls_breaks_off_and_does_not_look_whole() {
    let server = Server::start(plugins_rulebook(), "[batch]\nidle-ms = 300\n[http]\nwrite-ms = 60000\n");
    let line = json!({"jurisdiction": "CN-3706", "service": "disability-care-subsidy", "as_of": "2026-03-01",
        "mode": "simulation", "facts": {}})
    .to_string()
        + "\n";
    let mut stream = TcpStream::connect(server.host()).unwrap();
    let mut writer = stream.try_clone().unwrap();
    // A batch of so many lines that its answers fill every buffer while nobody reads.
    let lines = 20_000;
    write!(
        writer,
        "POST /v1/decisions/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
        line.len() * lines
    )
    .unwrap();
    let sender = std::thread::spawn(move || {
        // The host stops to read when it aborts the batch, and the rest finds the connection closed.
        let sent = (0..lines).all(|_| writer.write_all(line.as_bytes()).is_ok());
        (sent, writer)
    });
    until(|| server.said().contains("batch aborted"));
    until(|| runs_no_batch(&server));
    let mut answer = Vec::new();
    // The connection may be reset; what came before that is looked at.
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{}", &answer[..200]);
    assert_lacks(&answer, &format!("{{\"line\":{lines},"));
    assert!(!answer.ends_with("\r\n0\r\n\r\n"), "the response ends as if it were whole");
    drop(sender.join().unwrap());
    assert_contains(&server.said(), "the client did not read its answers");
}
