//! TLS: the host's certificate, and the roots of callers' client certificates.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::admission::callers::PeerSubject;
use crate::config::TlsConfig;
use crate::mutex::lock;

/// The acceptor of TLS connections, reread when a file changes.
pub(crate) struct Certificates {
    config: TlsConfig,
    in_use: RwLock<TlsAcceptor>,
    seen: Mutex<Vec<Stamp>>,
}

/// A file of `[tls]` that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("`{}` can't be used: {problem}", path.display())]
pub struct TlsError {
    path: PathBuf,
    problem: TlsFileError,
}

#[derive(Debug, thiserror::Error)]
enum TlsFileError {
    #[error("it can't be read: {0}")]
    Unreadable(pem::Error),
    #[error("it is no PEM: {0}")]
    NoPem(pem::Error),
    #[error("it holds no certificate in PEM")]
    NoCertificate,
    #[error("it is no private key in PEM: {0}")]
    NoPrivateKey(pem::Error),
    #[error("{0}")]
    UnusableRoot(tokio_rustls::rustls::Error),
    #[error("{0}")]
    UnusableRoots(VerifierBuilderError),
    #[error("it doesn't fit its key: {0}")]
    KeyMismatch(tokio_rustls::rustls::Error),
}

/// When a file was written last, and its length.
type Stamp = Option<(SystemTime, u64)>;

impl Certificates {
    /// # Errors
    /// [`TlsError`] for a file that can't be read or holds no usable certificate or key.
    pub(crate) fn open(config: &TlsConfig) -> Result<Self, TlsError> {
        // The stamps are taken first, so that a change while the files are read is noticed later.
        let seen = Mutex::new(stamps(config));
        Ok(Self { config: config.clone(), in_use: RwLock::new(acceptor(config)?), seen })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.in_use.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files again if one has changed. Files that can't be used leave the acceptor as it is.
    pub(crate) fn reread(&self) {
        let now = stamps(&self.config);
        let mut seen = lock(&self.seen);
        if *seen == now {
            return;
        }
        *seen = now;
        match acceptor(&self.config) {
            Ok(acceptor) => {
                *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
                tracing::info!("the certificates were reread");
            }
            Err(error) => tracing::error!(%error, "the certificates stay as they were"),
        }
    }
}

fn stamps(config: &TlsConfig) -> Vec<Stamp> {
    let stamp = |path: &Path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    [Some(&config.certificate), Some(&config.key), config.client_roots.as_ref()]
        .into_iter()
        .flatten()
        .map(|path| stamp(path))
        .collect()
}

fn acceptor(config: &TlsConfig) -> Result<TlsAcceptor, TlsError> {
    let fault = |path: &Path, problem: TlsFileError| TlsError { path: path.to_owned(), problem };
    let certificates = read_certificates(&config.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&config.key)
        .map_err(|error| fault(&config.key, TlsFileError::NoPrivateKey(error)))?;
    let builder = match &config.client_roots {
        None => ServerConfig::builder().with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in read_certificates(path)? {
                roots.add(certificate).map_err(|error| fault(path, TlsFileError::UnusableRoot(error)))?;
            }
            // A caller without a certificate may still send a key or a token.
            let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).allow_unauthenticated().build();
            ServerConfig::builder()
                .with_client_cert_verifier(verifier.map_err(|error| fault(path, TlsFileError::UnusableRoots(error)))?)
        }
    };
    let mut server = builder
        .with_single_cert(certificates, key)
        .map_err(|error| fault(&config.certificate, TlsFileError::KeyMismatch(error)))?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fault = |problem: TlsFileError| TlsError { path: path.to_owned(), problem };
    let read = CertificateDer::pem_file_iter(path).map_err(|error| fault(TlsFileError::Unreadable(error)))?;
    let certificates: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| fault(TlsFileError::NoPem(error)))?;
    if certificates.is_empty() {
        return Err(fault(TlsFileError::NoCertificate));
    }
    Ok(certificates)
}

/// The subject of the peer's client certificate, as RFC 4514 writes it.
pub(crate) fn peer_subject(stream: &TlsStream<TcpStream>) -> Option<PeerSubject> {
    let (_, session) = stream.get_ref();
    let certificate = Certificate::from_der(session.peer_certificates()?.first()?).ok()?;
    Some(PeerSubject(certificate.tbs_certificate.subject.to_string()))
}
