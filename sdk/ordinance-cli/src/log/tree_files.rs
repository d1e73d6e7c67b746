//! Where the files of a published tree are: a folder, or an address.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ordinance_log::{LogError, TileFiles, TileFolder};
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use crate::exit::CommandError;

/// How long a file may take.
const FETCH_TIME: Duration = Duration::from_secs(30);
/// Where systems keep the certificates of the authorities that they trust.
const SYSTEM_CERTIFICATES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Opens the files at an address, or in a folder.
pub(super) fn open(place: &str, ca: Option<&Path>) -> Result<Box<dyn TileFiles>, CommandError> {
    let is_https = place.starts_with("https://");
    if !is_https && !place.starts_with("http://") {
        if ca.is_some() {
            return Err(CommandError::bad_use("--ca is for an https:// address", "leave it out"));
        }
        let folder = PathBuf::from(place);
        if !folder.is_dir() {
            let help = "--tiles names the folder or the address of a tree, for a host's log LOGFILE.tree";
            return Err(CommandError::bad_use(format!("`{place}` is no folder"), help));
        }
        return Ok(Box::new(TileFolder::new(folder)));
    }
    let mut config = Agent::config_builder().timeout_global(Some(FETCH_TIME)).http_status_as_error(false);
    if is_https {
        config = config.tls_config(tls(ca)?);
    }
    Ok(Box::new(WebFiles { agent: config.build().new_agent(), address: place.trim_end_matches('/').to_owned() }))
}

fn tls(ca: Option<&Path>) -> Result<TlsConfig, CommandError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = TlsConfig::builder().provider(TlsProvider::Rustls).unversioned_rustls_crypto_provider(provider);
    Ok(config.root_certs(RootCerts::new_with_certs(&certificates(ca)?)).build())
}

fn certificates(ca: Option<&Path>) -> Result<Vec<Certificate<'static>>, CommandError> {
    let of_system = || {
        let named = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        named.or_else(|| SYSTEM_CERTIFICATES.iter().map(PathBuf::from).find(|path| path.is_file()))
    };
    let Some(path) = ca.map(Path::to_owned).or_else(of_system) else {
        let help = "give the certificates by which the address is checked: --ca FILE";
        return Err(CommandError::bad_use("this system has no file of certificates", help));
    };
    let pem = fs::read(&path).map_err(|source| CommandError::Io { action: "read", path: path.clone(), source })?;
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        Ok(_) | Err(_) => None,
    };
    let found: Vec<Certificate<'static>> = parse_pem(&pem).filter_map(certificate).collect();
    if found.is_empty() {
        let help = "name a file with certificates in PEM (`-----BEGIN CERTIFICATE-----`)";
        return Err(CommandError::bad_use(format!("`{}` has no certificate", path.display()), help));
    }
    Ok(found)
}

/// Files below an address.
struct WebFiles {
    agent: Agent,
    address: String,
}

impl TileFiles for WebFiles {
    fn read(&self, name: &str, bytes_max: u64) -> Result<Option<Vec<u8>>, LogError> {
        let url = format!("{}/{name}", self.address);
        let failed = |reason: String| LogError::Fetch { url: url.clone(), reason };
        let mut response = self.agent.get(&url).call().map_err(|error| failed(error.to_string()))?;
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(None),
            status => return Err(failed(format!("the server answers {status}"))),
        }
        let read = response.body_mut().with_config().limit(bytes_max).read_to_vec();
        read.map(Some).map_err(|error| failed(error.to_string()))
    }
}
