//! The settings of the portal.

use std::path::PathBuf;

use serde::Deserialize;

/// The pages for people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PortalConfig {
    /// Whether the host serves them at `/`.
    pub enabled: bool,
    /// The name of the portal, which privacy rules see.
    pub id: String,
    /// The places whose law it shows cases of, with those below them; `["*"]` for all.
    pub jurisdictions: Vec<String>,
    /// The services; `["*"]` for all.
    pub services: Vec<String>,
    /// The units per second of all visitors together, since nobody knows who they are; 0 for no limit.
    pub rate_limit_per_second: u32,
    /// The most of their requests in flight.
    pub in_flight_max: usize,
    /// The requests per second of one address among them, 0 for no bound; more wait.
    pub address_rate_limit_per_second: u32,
    /// The most requests of one address in flight, 0 for no bound.
    pub address_in_flight_max: usize,
    /// The folder of the files of the try-out; `None` offers none.
    pub try_out: Option<PathBuf>,
    /// How people prove who they are; `None` if nobody can, and the pages only simulate.
    pub login: Option<LoginConfig>,
}

/// How people prove who they are: by OpenID Connect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LoginConfig {
    /// The identity provider: its `iss`, a URL.
    pub issuer: String,
    /// What it calls this host.
    pub client_id: String,
    /// The file of the secret that this host proves itself with to it; `None` for a public client.
    pub client_secret: Option<PathBuf>,
    /// The file of the key of cookies, 32 bytes; `None` makes one that is gone when the host ends.
    pub cookie_key: Option<PathBuf>,
    /// How long a person stays signed in, in seconds.
    #[serde(default = "default_session")]
    pub session_s: u32,
}

fn default_session() -> u32 {
    1_800
}

impl Default for PortalConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            id: "visitors-of-the-portal".to_owned(),
            jurisdictions: vec!["*".to_owned()],
            services: vec!["*".to_owned()],
            rate_limit_per_second: 200,
            in_flight_max: 32,
            address_rate_limit_per_second: 20,
            address_in_flight_max: 8,
            try_out: None,
            login: None,
        }
    }
}
