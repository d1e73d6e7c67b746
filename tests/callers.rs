//! Who is let in, over HTTP: keys and certificates, what each caller may ask for, and how the door stays shut.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ordinance_engine::digest::sha256;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Reply, Server, agent, plugins_rulebook, run, scratch, text_of, until};

/// Two callers: Yantai's portal, and a gateway of the civil affairs that asks for others.
fn settings() -> String {
    let caller = |id: &str, kind: &str, key: &str, rest: &str| {
        let hash = sha256(key.as_bytes()).hex();
        format!("[[callers]]\nid = \"{id}\"\nkind = \"{kind}\"\nkey-sha256 = \"{hash}\"\n{rest}\n")
    };
    let portal =
        "services = [\"disability-care-subsidy\"]\npurposes = [\"dpv:PublicBenefit\"]\njurisdictions = [\"CN-3706\"]";
    let gateway = "services = [\"*\"]\npurposes = [\"*\"]\njurisdictions = [\"*\"]\nmay-ask-for-others = true";
    caller("yantai", "portal", "portal-key", portal) + &caller("gateway", "public-body", "gateway-key", gateway)
}

/// The same with five requests a second for the portal.
fn settings_of_slow_portal() -> String {
    settings().replacen("jurisdictions = [\"CN-3706\"]", "jurisdictions = [\"CN-3706\"]\nrate-limit-per-second = 5", 1)
}

fn case(jurisdiction: &str, service: &str) -> Value {
    json!({"jurisdiction": jurisdiction, "service": service, "as_of": "2026-03-01", "facts": {}})
}

#[test]
fn who_is_not_known_is_told_to_say_who_it_is() {
    let server = Server::start_for_callers(plugins_rulebook(), &settings());
    let body = case("CN-3706", "disability-care-subsidy");
    for path in
        ["/v1/decisions", "/v1/comparisons", "/v1/disclosures", "/v1/services/disability-care-subsidy/questions"]
    {
        for reply in [server.post(path, &body.to_string()), server.post_with("wrong-key", path, &body)] {
            reply.assert_problem(401, "unauthorized");
            assert_lacks(&reply.text, "wrong-key");
        }
    }
    let batch = agent().post(format!("{}/v1/decisions/batch", server.address));
    let batch = batch.header("content-type", "application/x-ndjson").send(body.to_string());
    assert_eq!(batch.unwrap().status(), 401);
    // The law itself is public.
    for path in ["/v1/services", "/v1/rules", "/v1/privacy/records", "/openapi.json", "/v1/jurisdictions/CN"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    assert_eq!(server.decision_log().len(), 0);
}

/// A token for portal-1 that no key signed: {"alg":"EdDSA"}, the claims, and a signature of zeros.
const UNSIGNED: &str = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJwb3J0YWwtMSIsImlzcyI6Imh0dHBzOi8vaWQuZXhhbXBsZSIsImF1ZCI6Im9yZGluYW5jZSIsImV4cCI6NDEwMjQ0NDgwMH0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[test]
fn the_log_says_once_why_a_token_is_refused_and_shows_nothing_of_it() {
    let folder = scratch();
    let keys = folder.path().join("jwks.json");
    // The public key of RFC 8037, appendix A.
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    std::fs::write(&keys, json!({"keys": [key]}).to_string()).unwrap();
    let jwt = format!("\n[jwt]\nkeys = {keys:?}\nissuer = \"https://id.example\"\naudience = \"ordinance\"\n");
    let server = Server::start_for_callers(plugins_rulebook(), &(settings() + &jwt));
    let body = case("CN-3706", "disability-care-subsidy");
    for secret in [UNSIGNED, UNSIGNED, "no-token"] {
        server.post_with(secret, "/v1/decisions", &body).assert_problem(401, "unauthorized");
    }
    let reason = "none of the keys signed it";
    until(|| server.said().contains(reason));
    assert_eq!(server.said().matches("a token is refused").count(), 1, "{}", server.said());
    for part in UNSIGNED.split('.') {
        assert_lacks(&server.said(), part);
    }
    assert_lacks(&server.said(), "portal-1");
}

#[test]
fn a_caller_asks_for_what_it_may_and_is_named_in_the_record() {
    let server = Server::start_for_callers(plugins_rulebook(), &settings());
    let good = server.post_with("portal-key", "/v1/decisions", &case("CN-370602", "disability-care-subsidy"));
    assert_eq!(good.status, 200, "{}", good.text);
    assert_eq!(good.json()["privacy"]["recipient"], json!({"kind": "portal", "id": "yantai"}));
    assert_eq!(server.decision_log()[0]["caller"], "yantai");
    let forbidden = |body: &Value, words: &str| {
        let reply = server.post_with("portal-key", "/v1/decisions", body);
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        reply.assert_problem(403, "forbidden");
        assert_contains(&detail, words);
    };
    forbidden(&case("CN-370602", "old-age-allowance"), "isn't among its `services` in host.toml");
    forbidden(&case("CN-44", "disability-care-subsidy"), "is among its `jurisdictions` in host.toml");
    let mut other = case("CN-3706", "disability-care-subsidy");
    other["recipient"] = json!({"kind": "business", "id": "bank"});
    other["basis"] = json!("contract");
    forbidden(&other, "may ask for itself alone");
    let as_gateway = server.post_with("gateway-key", "/v1/decisions", &other);
    assert_eq!(as_gateway.json()["privacy"]["recipient"]["id"], "bank", "{}", as_gateway.text);
    let disclosure =
        json!({"jurisdiction": "CN-3706", "purpose": "dpv:Marketing", "basis": "contract", "facts": ["age"]});
    let reply = server.post_with("portal-key", "/v1/disclosures", &disclosure);
    assert_eq!(reply.status, 403, "{}", reply.text);
}

#[test]
fn a_host_that_nobody_may_call_or_everybody_could_does_not_start() {
    let serve = |arguments: &[&str]| {
        let rulebook = plugins_rulebook().to_str().unwrap();
        let folder = scratch();
        let config = folder.path().join("host.toml");
        std::fs::write(
            &config,
            format!("[rulebook]\nunsigned = true\n[decision-log]\npath = {:?}\n", folder.path().join("log")),
        )
        .unwrap();
        let config = config.to_str().unwrap();
        let output =
            run(&[&["serve", rulebook, "--config", config, "--operations", "127.0.0.1:0"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", text_of(&output));
        text_of(&output)
    };
    assert_contains(&serve(&["--listen", "127.0.0.1:0"]), "nobody could call this host");
    assert_contains(&serve(&["--listen", "0.0.0.0:0", "--open-door"]), "takes only an address of this machine");
}

#[test]
fn a_caller_that_asks_too_much_is_slowed_down_alone() {
    let server = Server::start_for_callers(plugins_rulebook(), &settings_of_slow_portal());
    let ask = |key: &str| server.post_with(key, "/v1/decisions", &case("CN-3706", "disability-care-subsidy"));
    let replies: Vec<Reply> = (0..100).map(|_| ask("portal-key")).collect();
    let (good, slowed): (Vec<&Reply>, Vec<&Reply>) = replies.iter().partition(|reply| reply.status == 200);
    assert!(good.len() >= 5, "{} and {}", good.len(), slowed.len());
    assert!(!slowed.is_empty(), "{} and {}", good.len(), slowed.len());
    for reply in slowed {
        reply.assert_problem(429, "too-many-requests");
        assert_eq!(reply.retry_after.as_deref(), Some("1"));
    }
    assert!((0..20).all(|_| ask("gateway-key").status == 200), "the others go on");
}

#[test]
fn the_lines_of_a_batch_wait_for_the_rate_of_their_caller() {
    let server = Server::start_for_callers(plugins_rulebook(), &settings_of_slow_portal());
    let line = case("CN-3706", "disability-care-subsidy").to_string();
    let request = agent().post(format!("{}/v1/decisions/batch", server.address));
    let request = request.header("authorization", "Bearer portal-key").header("content-type", "application/x-ndjson");
    let begun = Instant::now();
    let answers = Reply::read(request.send([line.as_str(); 7].join("\n")));
    answers.assert_status(200);
    assert_eq!(answers.text.matches("\"decision\"").count(), 7, "{}", answers.text);
    // Of the first second's five the batch itself takes one, and one is left for who asks beside it.
    assert!(begun.elapsed() >= Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[test]
fn an_open_door_is_told_loudly() {
    let server = Server::start(plugins_rulebook(), "");
    assert_eq!(server.post("/v1/decisions", &case("CN", "disability-care-subsidy").to_string()).status, 200);
    assert_contains(&server.said(), "THE DOOR IS OPEN");
}

#[test]
fn a_key_is_made_with_the_lines_for_the_settings_and_its_secret_is_not_among_them() {
    let made = run(&["key", "yantai-portal"]);
    assert!(made.status.success());
    let (lines, said) = (String::from_utf8(made.stdout).unwrap(), String::from_utf8(made.stderr).unwrap());
    let key = said.split_whitespace().find(|word| word.starts_with("ord_")).unwrap();
    assert!(lines.contains(&sha256(key.as_bytes()).hex()), "{lines}");
    assert_lacks(&lines, key);
    let lines = lines.replace("services = []", "services = [\"*\"]").replace("purposes = []", "purposes = [\"*\"]");
    let server =
        Server::start_for_callers(plugins_rulebook(), &lines.replace("jurisdictions = []", "jurisdictions = [\"CN\"]"));
    assert_eq!(server.post_with(key, "/v1/decisions", &case("CN", "disability-care-subsidy")).status, 200);
    assert_eq!(run(&["key", "x", "--kind", "spy"]).status.code(), Some(2));
}

/// A root, the host's certificate and a caller's, written as an operator has them.
struct Certificates {
    root: CertificateDer<'static>,
    caller: (CertificateDer<'static>, PrivateKeyDer<'static>),
}

fn certificates(folder: &Path) -> Certificates {
    let mut of_root = CertificateParams::new(Vec::new()).unwrap();
    of_root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    of_root.distinguished_name.push(DnType::CommonName, "root of the test");
    let root = CertifiedIssuer::self_signed(of_root, KeyPair::generate().unwrap()).unwrap();
    let host_key = KeyPair::generate().unwrap();
    let host = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&host_key, &root).unwrap();
    let caller_key = KeyPair::generate().unwrap();
    let mut of_caller = CertificateParams::new(Vec::new()).unwrap();
    of_caller.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    of_caller.distinguished_name = rcgen::DistinguishedName::new();
    of_caller.distinguished_name.push(DnType::CommonName, "civil affairs");
    let caller = of_caller.signed_by(&caller_key, &root).unwrap();
    std::fs::write(folder.join("host.pem"), host.pem()).unwrap();
    std::fs::write(folder.join("host.key"), host_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("root.pem"), root.pem()).unwrap();
    let key = PrivateKeyDer::try_from(caller_key.serialize_der()).unwrap();
    Certificates { root: root.der().clone(), caller: (caller.der().clone(), key) }
}

/// The status of an answer to a case over TLS, with or without the caller's certificate.
fn decide_over_tls(server: &Server, certificates: &Certificates, with_certificate: bool) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(certificates.root.clone()).unwrap();
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let (certificate, key) = &certificates.caller;
    let config = if with_certificate {
        builder.with_client_auth_cert(vec![certificate.clone()], key.clone_key()).unwrap()
    } else {
        builder.with_no_client_auth()
    };
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(server.address.trim_start_matches("https://")).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let body = case("CN", "disability-care-subsidy").to_string();
    let head =
        "POST /v1/decisions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let mut answer = String::new();
    // Who doesn't trust the other ends here.
    if stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).is_err() {
        return answer;
    }
    // The end of the connection may come without its last word.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_caller_is_known_by_its_certificate_over_tls() {
    let folder = scratch();
    let old = certificates(folder.path());
    let path = |name: &str| folder.path().join(name);
    let settings = format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\nclient-roots = {:?}\n\
         [[callers]]\nid = \"civil-affairs\"\nkind = \"public-body\"\ntls-subject = \"CN=civil affairs\"\n\
         services = [\"*\"]\npurposes = [\"*\"]\njurisdictions = [\"CN\"]\n",
        path("host.pem"),
        path("host.key"),
        path("root.pem")
    );
    let server = Server::start_for_callers(plugins_rulebook(), &settings);
    assert!(server.address.starts_with("https://"), "{}", server.address);
    let known = decide_over_tls(&server, &old, true);
    assert!(known.starts_with("HTTP/1.1 200"), "{known}");
    assert_contains(&known, "\"id\":\"civil-affairs\"");
    let unknown = decide_over_tls(&server, &old, false);
    assert!(unknown.starts_with("HTTP/1.1 401"), "{unknown}");
    // Who speaks plainly to a host of TLS gets no answer.
    let mut plain = TcpStream::connect(server.address.trim_start_matches("https://")).unwrap();
    plain.write_all(b"GET /v1/services HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert_lacks(&String::from_utf8_lossy(&answer), "services");

    // Certificates that can't be used leave the old ones; others are taken without a new start.
    std::fs::write(path("host.pem"), "no certificate").unwrap();
    until(|| server.said().contains("the certificates stay as they were"));
    assert!(decide_over_tls(&server, &old, true).starts_with("HTTP/1.1 200"));
    let new = certificates(folder.path());
    until(|| decide_over_tls(&server, &new, true).starts_with("HTTP/1.1 200"));
    assert!(!decide_over_tls(&server, &old, true).starts_with("HTTP/1.1 200"), "its root is no longer known");
}
