//! A repository on a web server: any that serves files, or an object store.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::error::SourceError;
use crate::repository_source::RepositorySource;

/// The longest time that one file may take.
const FILE_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest time until a server takes a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A repository on a web server. Redirects are followed; what comes is checked whoever sent it.
#[derive(Debug, Clone)]
pub(crate) struct HttpSource {
    /// The address of the repository, without `/` at its end.
    base: String,
    /// The moment after which nothing is read.
    deadline: Option<Instant>,
}

impl HttpSource {
    pub(crate) fn new(address: &str) -> Result<Self, SourceError> {
        let refused = || SourceError::Address(address.to_owned());
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).ok_or_else(refused)?;
        if rest.is_empty() || rest.starts_with('/') || address.contains(['?', '#']) {
            return Err(refused());
        }
        Ok(Self { base: address.trim_end_matches('/').to_owned(), deadline: None })
    }
}

impl RepositorySource for HttpSource {
    fn read(&self, path: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let url = format!("{}/{path}", self.base);
        let time = match self.deadline {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(FILE_TIMEOUT),
            None => FILE_TIMEOUT,
        };
        if time.is_zero() {
            return Err(SourceError::Late(url));
        }
        let unreadable = |reason: String| match self.deadline {
            Some(deadline) if deadline <= Instant::now() => SourceError::Late(url.clone()),
            Some(_) | None => SourceError::Unreadable { file: url.clone(), reason },
        };
        let request = https_agent().get(&url).config().timeout_global(Some(time)).build();
        let mut response = request.call().map_err(|error| unreadable(error.to_string()))?;
        match response.status() {
            StatusCode::OK => {}
            // Object stores say 403 of what isn't there to those who may not list it.
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::GONE => return Ok(None),
            other => return Err(unreadable(format!("the server answered {other}"))),
        }
        match response.body_mut().with_config().limit(bytes_max.saturating_add(1)).read_to_vec() {
            Ok(bytes) if u64::try_from(bytes.len()).is_ok_and(|length| length <= bytes_max) => Ok(Some(bytes)),
            Ok(_) | Err(ureq::Error::BodyExceedsLimit(_)) => Err(SourceError::TooLarge { file: url, bytes_max }),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    fn at(&self, address: &str) -> Result<Box<dyn RepositorySource>, SourceError> {
        if address.contains("://") {
            return Ok(Box::new(Self::new(address)?));
        }
        let mut base = self.base.as_str();
        let mut rest = address.trim_end_matches('/');
        while let Some(after) = rest.strip_prefix("../") {
            rest = after;
            base = base
                .rsplit_once('/')
                .map(|(before, _)| before)
                .ok_or_else(|| SourceError::Address(address.to_owned()))?;
        }
        Ok(Box::new(Self::new(&format!("{base}/{rest}"))?))
    }

    fn until(&self, deadline: Instant) -> Box<dyn RepositorySource> {
        Box::new(Self { deadline: Some(deadline), ..self.clone() })
    }

    fn address(&self) -> String {
        self.base.clone()
    }
}

/// The client of web servers: by the certificates that this system trusts. One for all, so that connections are kept.
#[must_use]
pub fn https_agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs().certs;
        let trusted: Vec<Certificate<'static>> =
            found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(trusted)))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .build()
            .into()
    })
}
