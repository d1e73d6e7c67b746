//! Tests of who is let in, and for what. Tokens are made here with a key of the test.

use super::*;
use axum::http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use ordinance_domain::name::Id;
use ordinance_domain::privacy::Purpose;
use serde_json::json;

/// The Ed25519 key pair of RFC 8037, appendix A: the private key as PKCS#8 in hexadecimal, the public key as in a JWK.
const PRIVATE: &str =
    "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn headers(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(value).unwrap());
    headers
}

fn config(text: &str) -> HostConfig {
    toml::from_str(text).unwrap()
}

/// Settings by which certificates can be checked; the files aren't read here.
fn with_roots(callers: &str) -> HostConfig {
    config(&format!("[tls]\ncertificate = \"c\"\nkey = \"k\"\nclient-roots = \"r\"\n{callers}"))
}

fn caller(proof: &str) -> String {
    format!(
        "[[callers]]\nid = \"portal\"\nkind = \"portal\"\n{proof}\nservices = [\"allowance\"]\npurposes = [\"dpv:PublicBenefit\"]\njurisdictions = [\"CN\"]\n"
    )
}

fn refused(text: &str) -> String {
    Callers::new(&config(text)).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_key_is_known_by_its_hash_and_by_either_header() {
    let callers = Callers::new(&config(&caller(&format!("key-sha256 = \"{}\"", sha256(b"the key").hex())))).unwrap();
    for known in [headers("authorization", "Bearer the key"), headers("x-api-key", "the key")] {
        assert_eq!(callers.identify(&known, None).unwrap().recipient.id.as_str(), "portal");
    }
    let both = {
        let mut both = headers("authorization", "Bearer the key");
        both.insert("x-api-key", HeaderValue::from_static("the key"));
        both
    };
    for unknown in [
        HeaderMap::new(),
        headers("authorization", "Bearer another"),
        headers("authorization", "Basic the key"),
        headers("authorization", "the"),
    ] {
        assert_eq!(callers.identify(&unknown, None).unwrap_err(), UnauthorizedError::UnknownCaller);
    }
    assert_eq!(callers.identify(&both, None).unwrap_err(), UnauthorizedError::SeveralCredentials);
}

#[test]
fn a_certificate_is_known_by_its_subject() {
    let callers = Callers::new(&with_roots(&caller("tls-subject = \"CN=portal,O=City\""))).unwrap();
    let peer = |subject: &str| PeerSubject(subject.to_owned());
    assert!(callers.identify(&HeaderMap::new(), Some(&peer("CN=portal,O=City"))).is_ok());
    assert!(callers.identify(&HeaderMap::new(), Some(&peer("CN=portal,O=Town"))).is_err());
    // Who sends a secret is known by that alone.
    assert!(callers.identify(&headers("x-api-key", "x"), Some(&peer("CN=portal,O=City"))).is_err());
}

#[test]
fn callers_that_are_written_wrongly_are_refused_with_the_mend() {
    let key = caller(&format!("key-sha256 = \"{}\"", sha256(b"the key").hex()));
    for (text, words) in [
        (String::new(), "nobody could call"),
        (caller(""), "it can't prove who it is"),
        (caller("key-sha256 = \"abc\""), "`ordinance key` makes one"),
        (caller("jwt-subject = \"x\""), "there are no settings [jwt]"),
        (caller("tls-subject = \"x\""), "[tls] client-roots isn't set"),
        (key.replace("\"portal\"\nkey", "\"spy\"\nkey"), "`spy` is no kind; write one of subject"),
        (key.clone() + &key, "its `key-sha256` is that of `portal` too"),
        (key.replace("dpv:PublicBenefit", "benefit"), "`benefit` is no purpose"),
    ] {
        let said = refused(&text);
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn an_open_door_is_for_this_machine_alone() {
    let mut open = HostConfig { open_door: true, ..HostConfig::default() };
    assert_eq!(Callers::new(&open).unwrap().identify(&HeaderMap::new(), None).unwrap().recipient.id, OPEN_DOOR);
    open.listen.address = "0.0.0.0:8080".parse().unwrap();
    assert!(Callers::new(&open).is_err());
}

#[test]
fn a_caller_asks_for_what_it_may_and_for_itself() {
    let callers = Callers::new(&with_roots(&caller("tls-subject = \"x\""))).unwrap();
    let caller = callers.identify(&HeaderMap::new(), Some(&PeerSubject("x".into()))).unwrap();
    let (service, purpose) = (Id::new("allowance").unwrap(), Purpose::new("dpv:PublicBenefit").unwrap());
    assert!(caller.scope.check_service(&service, &purpose).is_ok());
    assert!(caller.scope.check_service(&Id::new("other").unwrap(), &purpose).is_err());
    assert!(caller.scope.check_service(&service, &Purpose::new("dpv:Marketing").unwrap()).is_err());
    assert_eq!(caller.recipient(None).unwrap(), caller.recipient);
    let other = Recipient { kind: RecipientKind::PublicBody, id: RecipientId::constant("tax") };
    assert_eq!(caller.recipient(Some(other)).unwrap_err(), ForbiddenError::OtherRecipient);
}

/// A folder with a JWKS, and the settings that name it.
fn with_jwks(public: &str) -> (tempfile::TempDir, HostConfig) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    write_jwks(&path, public);
    let text = format!(
        "[jwt]\nkeys = {path:?}\nissuer = \"https://id.example\"\naudience = \"ordinance\"\nscope = \"decide\"\n{}",
        caller("jwt-subject = \"portal-1\"")
    );
    (folder, config(&text))
}

fn write_jwks(path: &std::path::Path, public: &str) {
    write_keys(path, &[jwk(public, json!({}))]);
}

fn write_keys(path: &std::path::Path, keys: &[serde_json::Value]) {
    std::fs::write(path, json!({"keys": keys}).to_string()).unwrap();
}

/// A public key with these members.
fn jwk(public: &str, members: serde_json::Value) -> serde_json::Value {
    let mut key = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "k1", "x": public});
    key.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    key
}

fn claims() -> serde_json::Value {
    let hour = jiff::Timestamp::now().as_second() + 3600;
    json!({"sub": "portal-1", "iss": "https://id.example", "aud": "ordinance", "exp": hour, "scope": "read decide"})
}

fn private_key() -> Vec<u8> {
    let digits = PRIVATE.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn token(claims: &serde_json::Value) -> String {
    let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, claims, &EncodingKey::from_ed_der(&private_key())).unwrap()
}

fn is_taken(callers: &Callers, token: &str) -> bool {
    callers.identify(&headers("authorization", &format!("Bearer {token}")), None).is_ok()
}

#[test]
fn a_token_is_taken_only_with_its_issuer_audience_scope_and_in_its_time() {
    let (_folder, config) = with_jwks(PUBLIC_X);
    let callers = Callers::new(&config).unwrap();
    assert!(is_taken(&callers, &token(&claims())));
    let past = jiff::Timestamp::now().as_second() - 3600;
    for (claim, value) in [
        ("sub", json!("somebody")),
        ("iss", json!("https://other.example")),
        ("aud", json!("other")),
        ("scope", json!("read")),
        ("exp", json!(past)),
        ("nbf", json!(past + 7200)),
    ] {
        let mut wrong = claims();
        wrong[claim] = value;
        assert!(!is_taken(&callers, &token(&wrong)), "{claim}");
        if claim != "nbf" {
            wrong.as_object_mut().unwrap().remove(claim);
            assert!(!is_taken(&callers, &token(&wrong)), "no {claim}");
        }
    }
}

#[test]
fn scopes_stand_in_scope_or_scp_as_text_or_as_an_array() {
    let (_folder, config) = with_jwks(PUBLIC_X);
    let callers = Callers::new(&config).unwrap();
    let is_taken_with = |members: serde_json::Value| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove("scope");
        claims.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        is_taken(&callers, &token(&claims))
    };
    for good in [
        json!({"scope": "decide"}),
        json!({"scope": ["read", "decide"]}),
        json!({"scp": "read decide"}),
        json!({"scp": ["decide"]}),
        json!({"scope": "openid", "scp": ["decide"]}),
    ] {
        assert!(is_taken_with(good.clone()), "{good}");
    }
    for bad in
        [json!({"scp": ["read"]}), json!({"scope": ["read decide"]}), json!({"scope": 7}), json!({"scp": "decided"})]
    {
        assert!(!is_taken_with(bad.clone()), "{bad}");
    }
}

#[test]
fn a_token_without_kid_is_tried_with_each_key_of_its_algorithm() {
    let other = "_H4VhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVg";
    let (folder, config) = with_jwks(PUBLIC_X);
    let unnamed = Header::new(Algorithm::EdDSA);
    let token = encode(&unnamed, &claims(), &EncodingKey::from_ed_der(&private_key())).unwrap();
    let path = folder.path().join("jwks.json");
    write_keys(&path, &[jwk(other, json!({"kid": "old"})), jwk(PUBLIC_X, json!({"kid": "new"}))]);
    assert!(is_taken(&Callers::new(&config).unwrap(), &token));
    write_keys(&path, &[jwk(other, json!({"kid": "old"})), jwk(other, json!({"kid": "older"}))]);
    assert!(!is_taken(&Callers::new(&config).unwrap(), &token));
}

#[test]
fn each_refusal_has_its_reason() {
    let (_folder, config) = with_jwks(PUBLIC_X);
    let tokens = TokenReader::new(config.jwt.as_ref().unwrap()).unwrap();
    let refused = |claim: &str, value: serde_json::Value| {
        let mut claims = claims();
        claims[claim] = value;
        tokens.subject_of(&token(&claims)).unwrap_err()
    };
    let past = jiff::Timestamp::now().as_second() - 3600;
    assert_eq!(refused("iss", json!("https://other.example")), TokenError::WrongIssuer);
    assert_eq!(refused("iss", json!(["https://id.example"])), TokenError::ClaimType);
    assert_eq!(refused("sub", json!(7)), TokenError::ClaimType);
    assert_eq!(refused("aud", json!("other")), TokenError::WrongAudience);
    assert_eq!(refused("exp", json!(past)), TokenError::Expired);
    assert_eq!(refused("nbf", json!(past + 7200)), TokenError::NotYetValid);
    assert_eq!(refused("scope", json!("read")), TokenError::MissingScope);
    assert_eq!(tokens.subject_of("a.b.c").unwrap_err(), TokenError::Malformed);
    assert_eq!(tokens.subject_of(&"x".repeat(10_000)).unwrap_err(), TokenError::TooLong);
    let header = Header { kid: Some("k2".to_owned()), ..Header::new(Algorithm::EdDSA) };
    let other_key = encode(&header, &claims(), &EncodingKey::from_ed_der(&private_key())).unwrap();
    assert_eq!(tokens.subject_of(&other_key).unwrap_err(), TokenError::UnknownKey);
}

#[test]
fn a_token_that_nobody_or_another_signed_is_not_taken() {
    let (_folder, config) = with_jwks(PUBLIC_X);
    let callers = Callers::new(&config).unwrap();
    let good = token(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    // {"alg":"none"} and {"alg":"HS256"}, each without or with the public key as a secret.
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    let secret = EncodingKey::from_secret(PUBLIC_X.as_bytes());
    let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
    let confused = encode(&header, &claims(), &secret).unwrap();
    let tampered = format!("{}.{}.{}", parts[0], parts[1], "A".repeat(parts[2].len()));
    for bad in [unsigned, confused, tampered, "a.b.c".to_owned(), "x".repeat(10_000)] {
        assert!(!is_taken(&callers, &bad), "{bad}");
    }
}

#[test]
fn a_key_that_is_not_for_checking_signatures_checks_none() {
    let (folder, config) = with_jwks(PUBLIC_X);
    let path = folder.path().join("jwks.json");
    let with = |members| write_keys(&path, &[jwk(PUBLIC_X, members), jwk(PUBLIC_X, json!({"kid": "other"}))]);
    for good in [json!({"use": "sig"}), json!({"key_ops": ["verify"]}), json!({"use": "sig", "key_ops": ["verify"]})] {
        with(good.clone());
        assert!(is_taken(&Callers::new(&config).unwrap(), &token(&claims())), "{good}");
    }
    for bad in [
        json!({"use": "enc"}),
        json!({"use": "signing"}),
        json!({"key_ops": []}),
        json!({"key_ops": ["encrypt", "wrapKey"]}),
        json!({"key_ops": ["sign"]}),
        json!({"use": "enc", "key_ops": ["verify"]}),
        json!({"use": "sig", "key_ops": ["encrypt"]}),
    ] {
        with(bad.clone());
        assert!(!is_taken(&Callers::new(&config).unwrap(), &token(&claims())), "{bad}");
    }
    // A key of the same id that isn't for signatures doesn't stand in the way of one that is.
    write_keys(&path, &[jwk(PUBLIC_X, json!({"use": "enc"})), jwk(PUBLIC_X, json!({"use": "sig"}))]);
    assert!(is_taken(&Callers::new(&config).unwrap(), &token(&claims())));
    write_keys(&path, &[jwk(PUBLIC_X, json!({"use": "enc"}))]);
    assert!(Callers::new(&config).is_err_and(|error| error.to_string().contains("no public key for signatures")));
}

#[test]
fn the_keys_are_read_again_when_the_file_changes() {
    let other = "_H4VhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVhVg";
    let (folder, config) = with_jwks(other);
    let callers = Callers::new(&config).unwrap();
    assert!(!is_taken(&callers, &token(&claims())));
    let path = folder.path().join("jwks.json");
    write_jwks(&path, PUBLIC_X);
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !is_taken(&callers, &token(&claims())) {
        assert!(std::time::Instant::now() < deadline, "the new key is never taken");
    }
    assert!(Callers::new(&HostConfig { jwt: None, ..config }).is_err());
}
