//! Proofs that the decision log holds a record: of the host by `GET /v1/receipts/{id}`, and of the command by
//! `ordinance log prove` and `log verify`, from a folder and from web servers.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_engine::digest::sha256;
use ordinance_log::{Checkpoint, InclusionProof, LogVerifier, leaf_hash};
use serde_json::{Value, json};
use tokio_rustls::rustls;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Reply, Server, agent, ordinance, plugins_rulebook, run, scratch, text_of, until};

/// A decision that is recorded; its id.
pub(crate) fn decide(server: &Server) -> String {
    let facts = json!({"disability_grade": 1});
    let reply = server.decide("CN-3706", "disability-care-subsidy", "2026-03-01", &facts);
    reply.assert_status(200).json()["id"].as_str().unwrap().to_owned()
}

pub(crate) fn log_of(server: &Server) -> PathBuf {
    server.folder.path().join("decisions.ndjson")
}

/// The public key of a log, as the command prints it.
pub(crate) fn key_of(log: &Path) -> String {
    let printed = run(&["log", "key", &format!("{}.key", log.display())]);
    assert!(printed.status.success(), "{}", text_of(&printed));
    String::from_utf8(printed.stdout).unwrap().trim().to_owned()
}

/// Waits until the checkpoint is of this many records.
pub(crate) fn wait_for_checkpoint(log: &Path, size: usize) {
    let path = PathBuf::from(format!("{}.tree/checkpoint", log.display()));
    until(|| fs::read_to_string(&path).is_ok_and(|text| text.lines().nth(1) == Some(&size.to_string())));
}

/// Checks a proof by the key of the log alone. Returns its leaf.
fn check_proof(proof: &Value, key: &str) -> String {
    let verifier = LogVerifier::parse(key).unwrap();
    let checkpoint = Checkpoint::verify(proof["checkpoint"].as_str().unwrap(), &verifier).unwrap();
    assert_eq!(proof["size"], checkpoint.head().size);
    assert_eq!(proof["log"], verifier.name().as_str());
    let hashes: Vec<String> = serde_json::from_value(proof["proof"].clone()).unwrap();
    let leaf = proof["leaf"].as_str().unwrap();
    let inclusion = InclusionProof::from_texts(proof["index"].as_u64().unwrap(), &hashes).unwrap();
    inclusion.verify(leaf.parse().unwrap(), checkpoint.head()).unwrap();
    leaf.to_owned()
}

#[test]
fn a_record_is_proven_by_its_id_and_by_its_number_and_never_shown() {
    let server = Server::start(plugins_rulebook(), "");
    let ids: Vec<String> = (0..5).map(|_| decide(&server)).collect();
    let log = log_of(&server);
    let lines = fs::read_to_string(&log).unwrap();
    for (number, (id, line)) in ids.iter().zip(lines.lines()).enumerate() {
        let proof = server.get(&format!("/v1/receipts/{id}"));
        proof.assert_status(200).assert_includes(json!({"index": number}));
        assert_eq!(check_proof(&proof.json(), &key_of(&log)), leaf_hash(line.as_bytes()).to_string());
        assert_lacks(&proof.text, "disability_grade");
        let by_number = server.get(&format!("/v1/receipts/{id}?index={number}"));
        assert_eq!(by_number.assert_status(200).json()["leaf"], proof.json()["leaf"]);
    }
}

#[test]
fn a_record_that_went_with_an_earlier_file_is_proven_by_its_number_and_its_hash() {
    let server = Server::start(plugins_rulebook(), "");
    let old = decide(&server);
    let line = fs::read_to_string(log_of(&server)).unwrap();
    let leaf = leaf_hash(line.trim_end().as_bytes());
    fs::rename(log_of(&server), server.folder.path().join("old.ndjson")).unwrap();
    let new = decide(&server);
    server.get(&format!("/v1/receipts/{new}")).assert_status(200).assert_includes(json!({"index": 1}));
    let lost = server.get(&format!("/v1/receipts/{old}"));
    assert_contains(&lost.assert_problem(404, "unknown-record").text, "send `?index=`");
    // Without the line a number alone would prove whatever record it is of.
    let alone = server.get(&format!("/v1/receipts/{old}?index=0"));
    assert_contains(&alone.assert_problem(404, "unknown-record").text, "send also `&leaf=`");
    let proof = server.get(&format!("/v1/receipts/{old}?index=0&leaf={leaf}"));
    check_proof(&proof.assert_status(200).json(), &key_of(&log_of(&server)));
    let other = server.get(&format!("/v1/receipts/{old}?index=1&leaf={leaf}"));
    assert_contains(&other.assert_problem(404, "unknown-record").text, "the record 1 of this log has another hash");
}

#[test]
fn the_number_of_another_record_proves_nothing() {
    let server = Server::start(plugins_rulebook(), "");
    let [first, second] = [decide(&server), decide(&server)];
    let leaf = server.get(&format!("/v1/receipts/{second}")).assert_status(200).json()["leaf"].clone();
    let leaf = leaf.as_str().unwrap();
    for query in ["index=1".to_owned(), format!("index=1&leaf={leaf}")] {
        let other = server.get(&format!("/v1/receipts/{first}?{query}"));
        let said = "the record 1 of this log isn't that of this id";
        assert_contains(&other.assert_problem(404, "unknown-record").text, said);
    }
    let unknown = server.get("/v1/receipts/019a0f3e-0000-7000-8000-000000000000?index=1");
    assert_contains(&unknown.assert_problem(404, "unknown-record").text, "this id isn't in the file");
    server.get(&format!("/v1/receipts/{second}?index=1&leaf={leaf}")).assert_status(200);
    let other_hash = server.get(&format!("/v1/receipts/{first}?leaf={leaf}"));
    assert_contains(&other_hash.assert_problem(404, "unknown-record").text, "has another hash than `leaf`");
}

#[test]
fn what_is_no_record_of_this_log_is_not_proven() {
    let server = Server::start(plugins_rulebook(), "");
    let id = decide(&server);
    for path in ["nothing", "019a0f3e-0000-7000-8000-000000000000", &format!("{id}?index=1")] {
        server.get(&format!("/v1/receipts/{path}")).assert_problem(404, "unknown-record");
    }
    for query in ["index=-1", "index=a", "number=0", "leaf=sha256:12", "leaf="] {
        server.get(&format!("/v1/receipts/{id}?{query}")).assert_problem(400, "invalid-request");
    }
    let without_tree = Server::start(plugins_rulebook(), "[decision-log]\npath = \"/dev/null\"\nsync = false\n");
    let id = decide(&without_tree);
    let answer = without_tree.get(&format!("/v1/receipts/{id}?index=0"));
    assert_contains(&answer.assert_problem(404, "unknown-record").text, "no regular file proves nothing");
}

#[test]
fn a_proof_is_for_callers_alone_and_counts_in_their_rate() {
    let caller = format!(
        "[[callers]]\nid = \"portal\"\nkind = \"portal\"\nkey-sha256 = \"{}\"\nservices = [\"*\"]\npurposes = [\"*\"]\n\
         jurisdictions = [\"*\"]\nrate-limit-per-second = 1\n",
        sha256(b"portal-key").hex()
    );
    let server = Server::start_for_callers(plugins_rulebook(), &caller);
    let path = "/v1/receipts/019a0f3e-0000-7000-8000-000000000000?index=0";
    server.get(path).assert_problem(401, "unauthorized");
    let url = format!("{}{path}", server.address);
    let ask = || Reply::read(agent().get(&url).header("x-api-key", "portal-key").call());
    ask().assert_problem(404, "unknown-record");
    until(|| ask().status == 429);
}

#[test]
fn an_altered_tile_is_a_defect_of_the_host_that_its_log_names_and_no_proof() {
    let server = Server::start(plugins_rulebook(), "");
    let log = log_of(&server);
    let ids: Vec<String> = (0..257).map(|_| decide(&server)).collect();
    let tile = PathBuf::from(format!("{}.tree/tile/0/000", log.display()));
    until(|| tile.exists());
    wait_for_checkpoint(&log, 257);
    let mut hashes = fs::read(&tile).unwrap();
    hashes[0] ^= 1;
    fs::write(&tile, hashes).unwrap();
    let prove = |number: usize| server.get(&format!("/v1/receipts/{}?index={number}", ids[number]));
    // Until the publication has ended, the tile is in memory too.
    until(|| prove(3).status == 500);
    until(|| server.said().contains("another root than the checkpoint"));
    prove(256).assert_status(200);
}

/// Serves the files of a folder until the test ends, with TLS if there is a configuration.
fn serve_files(folder: PathBuf, tls: Option<Arc<rustls::ServerConfig>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            match &tls {
                None => answer(stream, &folder),
                Some(tls) => {
                    let connection = rustls::ServerConnection::new(Arc::clone(tls)).unwrap();
                    answer(rustls::StreamOwned::new(connection, stream), &folder);
                }
            }
        }
    });
    port
}

/// Answers one request on a connection.
fn answer(mut stream: impl std::io::Read + std::io::Write, folder: &Path) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/").trim_start_matches("/log/").to_owned();
    let (status, content) = match fs::read(folder.join(path)) {
        Ok(content) => ("200 OK", content),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", content.len());
    // A client that gave up has its reason.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&content)).and_then(|()| stream.flush());
}

#[test]
fn a_web_server_of_static_files_is_enough_to_verify_a_log_and_to_prove_a_record() {
    let server = Server::start(plugins_rulebook(), "");
    for _ in 0..300 {
        decide(&server);
    }
    let log = log_of(&server);
    wait_for_checkpoint(&log, 300);
    let key = key_of(&log);
    let tree = PathBuf::from(format!("{}.tree", log.display()));
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let ca = server.folder.path().join("ca.pem");
    fs::write(&ca, certified.cert.pem()).unwrap();
    let secret = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], secret).unwrap();
    let plain = format!("http://127.0.0.1:{}/log/", serve_files(tree.clone(), None));
    let secure = format!("https://localhost:{}/log", serve_files(tree.clone(), Some(Arc::new(tls))));
    let ca = ca.to_str().unwrap();
    // The system's own certificates aren't those of this test.
    let run_trusting = |arguments: &[&str]| ordinance().args(arguments).env("SSL_CERT_FILE", ca).output().unwrap();
    for place in [tree.to_str().unwrap(), &plain, &secure] {
        let verified = run_trusting(&["log", "verify", "--key", &key, "--tiles", place]);
        assert_contains(&text_of(&verified), "300 records, root sha256:");
        assert_eq!(verified.status.code(), Some(0));
        let proven = run_trusting(&["log", "prove", "--key", &key, "--index", "299", "--tiles", place]);
        assert_eq!(proven.status.code(), Some(0), "{}", text_of(&proven));
        check_proof(&serde_json::from_slice(&proven.stdout).unwrap(), &key);
    }
    // Nobody vouches for this certificate.
    let unknown = run(&["log", "verify", "--key", &key, "--tiles", &secure]);
    assert_eq!(unknown.status.code(), Some(2), "{}", text_of(&unknown));
    assert_contains(&text_of(&unknown), "/log/checkpoint: ");
}

#[test]
fn a_record_is_proven_by_the_command_from_the_file_of_the_log() {
    let server = Server::start(plugins_rulebook(), "");
    let ids: Vec<String> = (0..3).map(|_| decide(&server)).collect();
    let log = log_of(&server);
    wait_for_checkpoint(&log, 3);
    let (file, tiles, key) = (log.to_str().unwrap(), format!("{}.tree", log.display()), key_of(&log));
    let prove = |words: &[&str]| {
        let ran = run(&[&["log", "prove", "--key", &key, "--tiles", &tiles], words].concat());
        (ran.status.code(), text_of(&ran))
    };
    let (code, said) = prove(&["--log", file, "--id", &ids[1]]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["index"], 1);
    let check = |words: &[&str], code: i32, expected: &str| {
        let (found, said) = prove(words);
        assert_contains(&said, expected);
        assert_eq!(found, Some(code), "{said}");
    };
    check(&["--log", file, "--id", "019a0f3e-0000-7000-8000-000000000000"], 2, "has no record with the id");
    check(&["--log", file, "--id", "no-id"], 2, "is no id of a record");
    check(&["--index", "3"], 2, "the tree has 3 records and none with the number 3");
    check(&["--log", "/nowhere", "--index", "0"], 2, "`/nowhere` can't be read");
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replacen("\"outcome\":\"undetermined\"", "\"outcome\":\"ineligible\"", 1)).unwrap();
    check(&["--log", file, "--index", "0"], 1, "the record 0 in `");
    check(&["--log", file, "--index", "1"], 0, "\"index\": 1");
}

#[test]
fn a_host_publishes_what_it_recorded_when_it_ends() {
    let mut server = Server::start(plugins_rulebook(), "[http]\ndrain-delay-ms = 0\n");
    for _ in 0..3 {
        decide(&server);
    }
    server.terminate();
    assert!(server.wait().success());
    let checkpoint = fs::read_to_string(format!("{}.tree/checkpoint", log_of(&server).display())).unwrap();
    assert_eq!(checkpoint.lines().nth(1), Some("3"));
    assert_contains(&server.said(), "this key verifies the checkpoints of the decision log");
}

#[test]
fn a_tree_that_can_not_be_written_is_told_at_the_start_and_by_check_config_its_key_too() {
    let folder = scratch();
    let log = folder.path().join("decisions.ndjson");
    fs::write(folder.path().join("decisions.ndjson.tree"), "no folder").unwrap();
    let config = folder.path().join("host.toml");
    let serve = |settings: &str, more: &[&str]| {
        fs::write(&config, settings).unwrap();
        let rulebook = plugins_rulebook().to_str().unwrap();
        let words =
            ["serve", rulebook, "--open-door", "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0", "--config"];
        let ran = run(&[&words[..], &[config.to_str().unwrap()], more].concat());
        (ran.status.code(), text_of(&ran))
    };
    let (code, said) = serve(&format!("[decision-log]\npath = {log:?}\n"), &[]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "decisions.ndjson.tree");
    let key = folder.path().join("bad.key");
    fs::write(&key, "no key").unwrap();
    let settings = format!("[decision-log]\npath = {log:?}\nkey = {key:?}\n");
    let (code, said) = serve(&settings, &["--check-config"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "bad.key: a key is written as `NAME+ID+KEY`");
    let (code, said) = serve("[decision-log]\nname = \"our log\"\n", &["--check-config"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "`decision-log.name` is none: the name of a log is 1 to 200 characters");
}
