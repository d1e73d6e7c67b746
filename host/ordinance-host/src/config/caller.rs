//! A caller of `host.toml`: how it proves itself, what it may ask for, and how much.

use serde::Deserialize;

/// A caller.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CallerConfig {
    /// Its name, which privacy rules and the decision log see.
    pub id: String,
    /// What kind of recipient it is.
    pub kind: String,
    /// The SHA-256 of its API key, in hexadecimal.
    pub key_sha256: Option<String>,
    /// The `sub` of its tokens.
    pub jwt_subject: Option<String>,
    /// The subject of its client certificate, as RFC 4514 writes it.
    pub tls_subject: Option<String>,
    /// The services it may use; `["*"]` for all.
    pub services: Vec<String>,
    /// The purposes it may ask for; `["*"]` for all.
    pub purposes: Vec<String>,
    /// The places it may ask about, with those below them; `["*"]` for all.
    pub jurisdictions: Vec<String>,
    /// Whether it may read the console.
    #[serde(default)]
    pub console: bool,
    /// Whether it is a gateway that may request on behalf of other recipients.
    #[serde(default)]
    pub may_ask_for_others: bool,
    /// Whether the privacy law of a past day may rule on its simulations alone.
    #[serde(default)]
    pub may_apply_past_privacy_law: bool,
    /// The ids of the other recipients that it may name: ids, or their beginnings with `*`.
    #[serde(default = "all")]
    pub recipients: Vec<String>,
    /// The kinds of legal basis that it may rest on; `["*"]` for all.
    #[serde(default = "all")]
    pub bases: Vec<String>,
    /// Whether it may ask for facts of a person whose age it doesn't say.
    #[serde(default = "yes")]
    pub may_leave_out_age: bool,
    /// The facts that hold the code of the place where the person lives, to which its requests are then bound.
    #[serde(default)]
    pub residence_facts: Vec<String>,
    /// Its rate limit in units per second, if it differs from that of all callers.
    pub rate_limit_per_second: Option<u32>,
    /// The most of its requests in flight, if that differs from the number for all callers.
    pub in_flight_max: Option<usize>,
    /// The most bytes of the decision log in an hour, if that differs from the number for all callers.
    pub log_bytes_per_hour_max: Option<u64>,
}

impl CallerConfig {
    /// A portal that may ask for all purposes, and proves nothing.
    pub(crate) fn portal(id: &str, services: &[String], jurisdictions: &[String]) -> Self {
        Self {
            id: id.to_owned(),
            kind: "portal".to_owned(),
            key_sha256: None,
            jwt_subject: None,
            tls_subject: None,
            services: services.to_vec(),
            purposes: all(),
            jurisdictions: jurisdictions.to_vec(),
            console: false,
            may_ask_for_others: false,
            may_apply_past_privacy_law: false,
            recipients: all(),
            bases: all(),
            may_leave_out_age: true,
            residence_facts: Vec::new(),
            rate_limit_per_second: None,
            in_flight_max: None,
            log_bytes_per_hour_max: None,
        }
    }
}

fn all() -> Vec<String> {
    vec!["*".to_owned()]
}

fn yes() -> bool {
    true
}
