//! A page in a browser on the operator's machine, and whoever else reaches the operations address.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Server, agent, plugins_rulebook, run, scratch, text_of};

/// The answer of the operations address to a request with this `Host`.
fn ask(server: &Server, request: &str, host: &str) -> String {
    let address = server.operations.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_page_that_makes_its_name_lead_to_the_host_is_not_answered() {
    let server = Server::start(plugins_rulebook(), "[operations]\nhosts = [\"metrics.example\"]\n");
    for request in ["GET /metrics", "GET /readyz?verbose", "GET /admin/shadow", "POST /admin/reload", "GET /healthz"] {
        for host in ["attacker.example", "attacker.example:9090", "localhost.attacker.example", "192.0.2.1"] {
            let answer = ask(&server, request, host);
            assert!(answer.starts_with("HTTP/1.1 421"), "{request} {host}: {answer}");
            assert_contains(&answer, "operations.hosts");
            assert_lacks(&answer, "ordinance_");
        }
        for host in ["localhost:9090", "127.0.0.1", "[::1]:9090", "metrics.example:80"] {
            let answer = ask(&server, request, host);
            assert!(answer.starts_with("HTTP/1.1 200"), "{request} {host}: {answer}");
        }
    }
}

#[test]
fn with_a_token_only_the_probes_are_answered_without_it() {
    let folder = scratch();
    let path = folder.path().join("token");
    std::fs::write(&path, "0123456789abcdef0123\n").unwrap();
    let server = Server::start(plugins_rulebook(), &format!("[operations]\ntoken = {path:?}\n"));
    let status = |path: &str, token: &str| {
        let request = agent().get(format!("{}{path}", server.operations));
        request.header("authorization", format!("Bearer {token}")).call().unwrap().status().as_u16()
    };
    for path in ["/metrics", "/readyz?verbose", "/admin/shadow"] {
        assert_eq!(status(path, "0123456789abcdef0124"), 401, "{path}");
        assert_eq!(status(path, "0123456789abcdef0123"), 200, "{path}");
        assert_eq!(agent().get(format!("{}{path}", server.operations)).call().unwrap().status(), 401, "{path}");
    }
    let reload = agent().post(format!("{}/admin/reload", server.operations)).send_empty().unwrap();
    assert_eq!(reload.status(), 401);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(agent().get(format!("{}{path}", server.operations)).call().unwrap().status(), 200, "{path}");
    }
    assert_lacks(&server.said(), "0123456789abcdef0123");
}

#[test]
fn a_token_that_could_be_guessed_or_read_by_nobody_is_told_before_anything_starts() {
    let folder = scratch();
    let (config, token) = (folder.path().join("host.toml"), folder.path().join("token"));
    let serve = || {
        std::fs::write(&config, format!("[operations]\ntoken = {token:?}\n")).unwrap();
        let rulebook = plugins_rulebook().to_str().unwrap();
        let ran = run(&["serve", rulebook, "--config", config.to_str().unwrap(), "--open-door", "--check-config"]);
        assert_eq!(ran.status.code(), Some(2), "{}", text_of(&ran));
        text_of(&ran).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_contains(&serve(), "can't be read");
    std::fs::write(&token, "short").unwrap();
    let said = serve();
    assert_contains(&said, "make one of 16 or more");
    assert_lacks(&said, "short\"");
}
