//! Who may use the operations address. A request must name this host: a page in a browser can make its own name lead to
//! this machine (DNS rebinding), and then it sends that name. Where the settings have a token, all but the probes must
//! send it.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ordinance_domain::digest::Digest;
use ordinance_engine::digest::sha256;

use crate::config::HostConfig;
use crate::error::HostError;

/// The shortest token.
const TOKEN_BYTES_MIN: usize = 16;

/// Who may use the operations address.
#[derive(Debug)]
pub(crate) struct OperationsAccess {
    /// The address that it listens on.
    address: IpAddr,
    /// The names by which it may be called.
    hosts: Vec<String>,
    /// The hash of the token.
    token: Option<Digest>,
}

impl OperationsAccess {
    /// Reads the token.
    ///
    /// # Errors
    /// [`HostError`] if the file can't be read or the token is too short.
    pub(crate) fn open(config: &HostConfig) -> Result<Self, HostError> {
        let token = config.operations.token.as_deref().map(read_token).transpose()?;
        let hosts = config.operations.hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Ok(Self { address: config.listen.operations.ip(), hosts, token })
    }

    /// Whether a request that names this host means it. An address can't be rebound, a name can.
    fn knows(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || address == self.address || self.address.is_unspecified(),
            Err(_) => host == "localhost" || host.ends_with(".localhost") || self.hosts.contains(&host),
        }
    }

    /// Whether the headers have the token. The comparison goes by the hash, so that its duration tells nothing of how
    /// near a guess was.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
        let is_token = |token: Digest| {
            sent.is_some_and(|(scheme, sent)| {
                scheme.eq_ignore_ascii_case("bearer") && sha256(sent.trim().as_bytes()) == token
            })
        };
        self.token.is_none_or(is_token)
    }
}

fn read_token(path: &Path) -> Result<Digest, HostError> {
    let read = std::fs::read(path);
    let bytes = read.map_err(|source| HostError::UnreadableOperationsToken { path: path.to_owned(), source })?;
    let token = bytes.trim_ascii();
    if token.len() < TOKEN_BYTES_MIN {
        let (path, bytes, bytes_min) = (path.to_owned(), token.len(), TOKEN_BYTES_MIN);
        return Err(HostError::ShortOperationsToken { path, bytes, bytes_min });
    }
    Ok(sha256(token))
}

/// Lets a request to the operations address pass, or says what it lacks.
pub(crate) async fn check_access(
    State(access): State<Arc<OperationsAccess>>,
    request: Request,
    next: Next,
) -> Response {
    if host_of(&request).is_some_and(|host| !access.knows(host)) {
        let text = "this address isn't known by that name; the operator lists its names in `operations.hosts`\n";
        return (StatusCode::MISDIRECTED_REQUEST, text).into_response();
    }
    if !is_probe(&request) && !access.admits(request.headers()) {
        let text = "send `Authorization: Bearer` with the token of `operations.token`\n";
        let bearer = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
        return (StatusCode::UNAUTHORIZED, bearer, text).into_response();
    }
    next.run(request).await
}

/// The host that a request names; none before HTTP/1.1, which no browser speaks. A name that can't be read is no name
/// of this host.
fn host_of(request: &Request) -> Option<&str> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.host());
    }
    let written = request.headers().get(header::HOST)?;
    // The port isn't compared: a page that is rebound keeps its name, not its port.
    let end = |text: &str| match text.rfind(':') {
        Some(colon) if !text.ends_with(']') => colon,
        Some(_) | None => text.len(),
    };
    let is_authority = Authority::try_from(written.as_bytes()).is_ok();
    let text = written.to_str().ok().filter(|_| is_authority).unwrap_or_default();
    Some(text.get(..end(text)).unwrap_or_default())
}

/// Whether it is the probe of an orchestrator, which learns one word.
fn is_probe(request: &Request) -> bool {
    matches!(request.uri().path(), "/healthz" | "/readyz") && request.uri().query().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(address: &str, hosts: &[&str]) -> OperationsAccess {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        OperationsAccess { address: address.parse().unwrap(), hosts, token: None }
    }

    /// Whether a request with this `Host` is meant for the host.
    fn check(access: &OperationsAccess, host: &str, expect: bool) {
        let request = Request::builder().uri("/metrics").header("host", host).body(axum::body::Body::empty()).unwrap();
        assert_eq!(host_of(&request).is_none_or(|host| access.knows(host)), expect, "{host}");
    }

    #[test]
    fn only_the_names_and_addresses_of_the_host_are_its_own() {
        let access_here = access("127.0.0.1", &["metrics.example"]);
        for host in ["localhost:9090", "LOCALHOST", "127.0.0.1:9090", "[::1]:9090", "[::1]", "metrics.example:1"] {
            check(&access_here, host, true);
        }
        for host in ["attacker.example:9090", "localhost.attacker.example", "192.0.2.1", "", "[::2]:9090", "a b"] {
            check(&access_here, host, false);
        }
        // In a cluster a host listens on all addresses, and monitoring calls it by one.
        check(&access("0.0.0.0", &[]), "192.0.2.1:9090", true);
        check(&access("0.0.0.0", &[]), "attacker.example", false);
    }
}
