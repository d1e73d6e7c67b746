//! Signing in at the portal with an identity provider that lies: nobody comes in with a token that it didn't make for
//! this host, this person and this attempt. `tests/browser` signs in at a real provider.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_ED25519, SigningKey};
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Server, agent, plugins_rulebook, run, scratch, text_of, until};

const ZHIFU: &str = "/places/CN-370602/services/disability-care-subsidy";
const SESSION: &str = "ordinance-session=";

/// An identity provider that answers each code with the token that a test has put there.
struct LyingProvider {
    address: String,
    key: KeyPair,
    token: Arc<Mutex<Option<String>>>,
}

impl LyingProvider {
    /// Starts one that says it is the issuer at its address and this path.
    fn start(issuer_path: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.public_key_raw());
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "use": "sig", "x": public }] });
        let metadata = json!({
            "issuer": format!("{address}{issuer_path}"),
            "authorization_endpoint": format!("{address}/authorize"),
            "token_endpoint": format!("{address}/token"),
            "jwks_uri": format!("{address}/keys"),
        });
        let token: Arc<Mutex<Option<String>>> = Arc::default();
        let next = Arc::clone(&token);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), |path| match path {
                    "/.well-known/openid-configuration" => Some(metadata.clone()),
                    "/keys" => Some(keys.clone()),
                    "/token" => next.lock().unwrap().take().map(|token| json!({ "id_token": token })),
                    _ => None,
                });
            }
        });
        Self { address, key, token }
    }

    /// What this provider says of a person who signs in with a nonce.
    fn claims(&self, nonce: &str) -> Value {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        json!({ "iss": self.address, "aud": "ordinance", "sub": "citizen", "exp": now + 300, "iat": now, "nonce": nonce })
    }
}

/// Answers one request with JSON, or 400 if there is none for its path.
fn serve(mut stream: TcpStream, answer: impl Fn(&str) -> Option<Value>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length, mut line) = (String::new(), 0, String::new());
    reader.read_line(&mut first).unwrap();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        length = line.strip_prefix("content-length: ").map_or(length, |text| text.trim().parse().unwrap());
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let (status, body) = match answer(first.split(' ').nth(1).unwrap()) {
        Some(body) => ("200 OK", body.to_string()),
        None => ("400 Bad Request", String::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).unwrap();
}

/// A token with a signature by a key.
fn token(header: &Value, claims: &Value, key: &KeyPair) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{signature}")
}

/// A person on the way to the provider.
struct Attempt {
    cookie: String,
    state: String,
    nonce: String,
}

impl Attempt {
    fn begin(server: &Server) -> Self {
        let request = agent().post(format!("{}/login", server.address));
        let mut reply = request.send_form([("to", ZHIFU), ("case", "")]).unwrap();
        let cookie = reply.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let page = reply.body_mut().read_to_string().unwrap();
        let parameter = |name: &str| {
            let (_, rest) = page.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("no {name}: {page}"));
            rest.split(['&', '"']).next().unwrap().to_owned()
        };
        Self { cookie, state: parameter("state"), nonce: parameter("nonce") }
    }

    /// Comes back from the provider: the status, and whether the browser gets a session.
    fn end(&self, server: &Server, state: &str) -> (u16, bool) {
        let address = format!("{}/login/callback?code=any&state={state}", server.address);
        let reply = agent().get(address).header("cookie", &self.cookie).call().unwrap();
        let has_session =
            reply.headers().get_all("set-cookie").iter().any(|cookie| is_session(cookie.to_str().unwrap()));
        (reply.status().as_u16(), has_session)
    }
}

/// Whether a cookie begins a session.
fn is_session(cookie: &str) -> bool {
    cookie.trim_start_matches("__Host-").starts_with(SESSION)
}

fn settings(issuer: &str) -> String {
    format!("[portal.login]\nissuer = \"{issuer}\"\nclient-id = \"ordinance\"\n")
}

#[test]
fn nobody_comes_in_with_a_token_that_was_made_otherwise() {
    let provider = LyingProvider::start("");
    let server = Server::start(plugins_rulebook(), &settings(&provider.address));
    let good = json!({ "alg": "EdDSA", "kid": "1" });
    let sign_in = |header: &Value, change: &Value, key: &KeyPair| {
        let attempt = Attempt::begin(&server);
        let mut claims = provider.claims(&attempt.nonce);
        let members = claims.as_object_mut().unwrap();
        members.extend(change.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        *provider.token.lock().unwrap() = Some(token(header, &claims, key));
        attempt.end(&server, &attempt.state)
    };
    assert_eq!(sign_in(&good, &json!({}), &provider.key), (200, true));
    assert_eq!(sign_in(&good, &json!({ "aud": ["ordinance"], "azp": "ordinance" }), &provider.key), (200, true));
    let headers = [
        (json!({ "alg": "none", "kid": "1" }), "it is no JWT"),
        (json!({ "alg": "HS256", "kid": "1" }), "its `alg` is not that of the key"),
        (json!({ "alg": "EdDSA", "kid": "2" }), "its `kid` is that of none of the keys"),
        (json!({ "alg": "EdDSA", "kid": "1", "crit": ["x"], "x": 1 }), "its header has `crit`"),
    ];
    for (header, reason) in headers {
        assert_eq!(sign_in(&header, &json!({}), &provider.key), (502, false), "{header}");
        until(|| server.said().contains(reason));
    }
    let claims = [
        (json!({ "iss": "https://other.example" }), "its `iss` is not the issuer"),
        (json!({ "aud": "another" }), "its `aud` is not the audience"),
        (json!({ "aud": ["ordinance", "another"] }), "its `aud` is not the audience"),
        (json!({ "azp": "another" }), "its `aud` is not the audience"),
        (json!({ "exp": 1 }), "it has expired"),
        (json!({ "nonce": "of another attempt" }), "its ID token has another `nonce`"),
        (json!({ "nonce": null }), "its ID token has another `nonce`"),
        (json!({ "sub": null }), "a claim of it has a type"),
        (json!({ "exp": null }), "it lacks `exp`, `iss`, `aud` or `sub`"),
    ];
    for (change, reason) in claims {
        assert_eq!(sign_in(&good, &change, &provider.key), (502, false), "{change}");
        until(|| server.said().contains(reason));
    }
    let stranger = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    assert_eq!(sign_in(&good, &json!({}), &stranger), (502, false));
    until(|| server.said().contains("none of the keys signed it"));
    // Nothing of a person or a token stands in the log.
    assert_lacks(&server.said(), "citizen");
}

#[test]
fn only_the_browser_that_began_an_attempt_ends_it() {
    let provider = LyingProvider::start("");
    let server = Server::start(plugins_rulebook(), &settings(&provider.address));
    let (mine, theirs) = (Attempt::begin(&server), Attempt::begin(&server));
    let good = json!({ "alg": "EdDSA", "kid": "1" });
    let put = |nonce: &str| {
        *provider.token.lock().unwrap() = Some(token(&good, &provider.claims(nonce), &provider.key));
    };
    put(&mine.nonce);
    assert_eq!(mine.end(&server, &theirs.state), (400, false));
    let without_cookie = Attempt { cookie: String::new(), state: mine.state.clone(), nonce: String::new() };
    assert_eq!(without_cookie.end(&server, &mine.state), (400, false));
    let changed = Attempt { cookie: format!("{}x", mine.cookie), state: mine.state.clone(), nonce: String::new() };
    assert_eq!(changed.end(&server, &mine.state), (400, false));
    // The token of another person's attempt, as a stolen code would bring it.
    put(&theirs.nonce);
    assert_eq!(mine.end(&server, &mine.state), (502, false));
    // A code that the provider doesn't take, or took before.
    assert_eq!(mine.end(&server, &mine.state), (502, false));
    put(&mine.nonce);
    assert_eq!(mine.end(&server, &mine.state), (200, true));
}

#[test]
fn a_provider_speaks_for_itself_alone() {
    let provider = LyingProvider::start("/of-another");
    let server = Server::start(plugins_rulebook(), &settings(&provider.address));
    let request = agent().post(format!("{}/login", server.address));
    let mut reply = request.send_form([("to", ZHIFU), ("case", "")]).unwrap();
    assert_eq!(reply.status(), 502);
    assert!(reply.headers().get("set-cookie").is_none());
    assert_lacks(&reply.body_mut().read_to_string().unwrap(), &provider.address);
    until(|| server.said().contains("another issuer than portal.login.issuer"));
}

#[test]
fn settings_that_would_send_a_person_in_the_clear_are_refused() {
    let folder = scratch();
    let config = folder.path().join("host.toml");
    std::fs::write(&config, settings("http://id.example")).unwrap();
    let rulebook = plugins_rulebook().to_str().unwrap();
    let flags = ["--config", config.to_str().unwrap(), "--open-door", "--check-config"];
    let checked = run(&[&["serve", rulebook], flags.as_slice()].concat());
    assert!(!checked.status.success());
    assert_contains(&text_of(&checked), "issuer must be an address over TLS");
}
