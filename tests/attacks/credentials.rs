//! Credentials that two programs could read differently, keys for another use, and what comes back to who sent it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Reply, Server, agent, plugins_rulebook, run, scratch, text_of};

use super::caller;

fn case() -> String {
    json!({"jurisdiction": "CN-37", "service": "disability-care-subsidy", "as_of": "2026-03-01", "facts": {},
        "mode": "simulation"})
    .to_string()
}

#[test]
fn a_request_with_two_credentials_is_refused_and_told_why() {
    let server = Server::start_for_callers(plugins_rulebook(), &(caller("one", "") + &caller("two", "")));
    let send = |headers: &[(&str, &str)]| {
        let request =
            agent().post(format!("{}/v1/decisions", server.address)).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Reply::read(request.send(case()))
    };
    let (bearer_one, bearer_two) = (("authorization", "Bearer one-key"), ("authorization", "Bearer two-key"));
    let (key_one, key_two) = (("x-api-key", "one-key"), ("x-api-key", "two-key"));
    for headers in [
        [bearer_one, bearer_two],
        [bearer_one, bearer_one],
        [key_one, key_two],
        [key_two, key_one],
        [bearer_one, key_one],
        [key_one, ("authorization", "Basic eA==")],
    ] {
        let reply = send(&headers);
        reply.assert_problem(401, "unauthorized");
        assert_contains(&reply.text, "more than one credential");
        assert_lacks(&reply.text, "-key");
    }
    send(&[bearer_one]).assert_status(200);
    send(&[key_two]).assert_status(200);
    assert_lacks(&send(&[("x-api-key", "unknown")]).assert_problem(401, "unauthorized").text, "more than one");
    // An open door lets in who sends nothing, and guesses at nobody's credentials.
    let open = Server::start(plugins_rulebook(), "");
    let request = agent().post(format!("{}/v1/decisions", open.address)).header("content-type", "application/json");
    let request = request.header("x-api-key", "a").header("x-api-key", "b");
    Reply::read(request.send(case())).assert_problem(401, "unauthorized");
}

/// The public key of RFC 8037, appendix A.
const PUBLIC_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

#[test]
fn a_key_that_is_not_for_signatures_lets_nobody_in() {
    let folder = scratch();
    let check = |members: Value| {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "x": PUBLIC_X});
        key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let keys = folder.path().join("jwks.json");
        fs::write(&keys, json!({"keys": [key]}).to_string()).unwrap();
        let config = folder.path().join("host.toml");
        let tokens = format!(
            "[rulebook]\nunsigned = true\n[jwt]\nkeys = {keys:?}\nissuer = \"https://id.example\"\naudience = \"ordinance\"\n"
        );
        fs::write(&config, tokens + &caller("one", "jwt-subject = \"one\"")).unwrap();
        let rulebook = plugins_rulebook().to_str().unwrap();
        run(&["serve", rulebook, "--config", config.to_str().unwrap(), "--check-config"])
    };
    for good in [json!({}), json!({"use": "sig"}), json!({"key_ops": ["verify"]})] {
        let checked = check(good);
        assert_eq!(checked.status.code(), Some(0), "{}", text_of(&checked));
    }
    for bad in [json!({"use": "enc"}), json!({"key_ops": ["encrypt"]}), json!({"use": "sig", "key_ops": []})] {
        let checked = check(bad);
        assert_eq!(checked.status.code(), Some(2), "{}", text_of(&checked));
        assert_contains(&text_of(&checked), "no public key for signatures");
    }
}

/// Sends bytes and returns the whole response.
fn exchange(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.host()).unwrap();
    stream.write_all(request).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

#[test]
fn authzen_echoes_only_ids_of_visible_characters_and_bounded_length() {
    let server = Server::start(plugins_rulebook(), "");
    let ask = |id: &[u8]| {
        let head = b"POST /access/v1/evaluation HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n";
        let request = [head, b"content-length: 2\r\nx-request-id: ".as_slice(), id, b"\r\n\r\n{}"].concat();
        exchange(&server, &request)
    };
    let longest = "a".repeat(128);
    for good in ["bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "job:7/line=3;[x]", longest.as_str()] {
        assert_contains(&ask(good.as_bytes()), &format!("x-request-id: {good}\r\n"));
    }
    let too_long = "a".repeat(129);
    for bad in [b"two words".as_slice(), b"tab\there", b"\xe6\x9d\x8e", b"\xff\xfe", too_long.as_bytes()] {
        let response = ask(bad);
        let echoed = response.lines().find(|line| line.starts_with("x-request-id: ")).unwrap();
        let id = echoed.trim_start_matches("x-request-id: ");
        assert_eq!(id.len(), 32, "an id of the host's own: {echoed}");
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{echoed}");
    }
}

#[test]
fn the_authzen_configuration_names_no_host_that_is_none() {
    let server = Server::start(plugins_rulebook(), "");
    let ask = |host: &str| {
        let request =
            format!("GET /.well-known/authzen-configuration HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        exchange(&server, request.as_bytes())
    };
    assert_contains(&ask("pdp.example:8443"), "\"policy_decision_point\":\"http://pdp.example:8443\"");
    for bad in ["me:secret@pdp.example", "a/b?c", "x\"y", &"a".repeat(300)] {
        assert_lacks(&ask(bad), bad);
    }
}

/// A simulation leaves no record, so nobody may learn by it which value a pseudonym stands for.
#[test]
fn a_pseudonym_of_a_trial_is_another_in_another_process() {
    let folder = scratch();
    let guard = permitting("{ fact = \"number\", says = \"code\" },");
    let rulebook = write_and_build(folder.path(), &[("N/guard/rule.toml", guard.as_str())]);
    let body = json!({"jurisdiction": "N", "purpose": "dpv:PublicBenefit", "basis": "statutory-duty",
        "values": {"number": "110101199003074518"}, "mode": "simulation"})
    .to_string();
    let pseudonym = |server: &Server| {
        let reply = server.post("/v1/disclosures", &body);
        let value = reply.json()["facts"][0]["value"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned();
        assert_eq!(value.len(), 64, "{}", reply.text);
        value
    };
    let (one, other) = (Server::start(&rulebook, ""), Server::start(&rulebook, ""));
    assert_eq!(pseudonym(&one), pseudonym(&one), "one process has one key");
    assert_ne!(pseudonym(&one), pseudonym(&other));
    let official = one.post("/v1/disclosures", &body.replace("simulation", "official")).json();
    assert_ne!(official["facts"][0]["value"], json!(pseudonym(&one)), "a trial doesn't have the key of the host");
    let by_command = |body: &str| {
        let path = folder.path().join("request.json");
        fs::write(&path, body).unwrap();
        let output = run(&["disclose", rulebook.to_str().unwrap(), "--request", path.to_str().unwrap()]);
        text_of(&output)
    };
    assert_lacks(&by_command(&body), &pseudonym(&one));
}
