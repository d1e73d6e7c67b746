//! The callers: from an API key, a token or a client certificate to the recipient that the operator lists in
//! `host.toml`, and what that recipient may request. The host identifies a request before it reads the body.

mod jwt;
pub(crate) mod scope;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, header};
use ordinance_domain::privacy::{Recipient, RecipientId, RecipientKind};
use ordinance_engine::digest::sha256;

use self::jwt::TokenReader;
use self::scope::{CallerScope, ForbiddenError};
use crate::admission::caller_quota::CallerQuota;
use crate::admission::callers_error::{CallerError, CallersError};
use crate::admission::token_error::{RefusalLog, TokenError};
use crate::audit::kept_replies::KeptReplies;
use crate::audit::write_quota::WriteQuota;
use crate::config::{CallerConfig, HostConfig, JwtConfig};

/// The callers of `host.toml`, by what they prove themselves with.
pub(crate) struct Callers {
    by_key: HashMap<String, Arc<Caller>>,
    by_token_subject: HashMap<String, Arc<Caller>>,
    by_certificate: HashMap<String, Arc<Caller>>,
    tokens: Option<TokenReader>,
    refusals: RefusalLog,
    /// All callers of the file, each once.
    listed: Vec<Arc<Caller>>,
    /// The caller of every request without proof, under `--open-door`.
    anonymous: Option<Arc<Caller>>,
    /// The visitors of the portal together, who prove nothing.
    visitors: Arc<Caller>,
    /// Those who have signed in at the portal together; decisions are for each of them.
    persons: Arc<Caller>,
}

/// A recipient with what it may request and its quota.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) recipient: Recipient,
    pub(crate) scope: CallerScope,
    pub(crate) quota: Arc<CallerQuota>,
    /// How much of the decision log it may write.
    pub(crate) write_quota: WriteQuota,
    /// The first replies to requests that it may repeat. No other caller has a part in them.
    pub(crate) kept_replies: Arc<KeptReplies>,
    /// Whether it may read the console.
    pub(crate) may_use_console: bool,
}

/// The subject of the certificate that the peer of a connection has proved to hold.
#[derive(Debug, Clone)]
pub(crate) struct PeerSubject(pub(crate) String);

/// The id of the caller where there is no server.
const COMMAND_LINE: RecipientId = RecipientId::constant("command-line");
/// What the ids of people who signed in at the portal begin with.
pub(crate) const PERSON_PREFIX: &str = "person:";
/// The id of the anonymous caller.
const OPEN_DOOR: RecipientId = RecipientId::constant("open-door");

impl Callers {
    /// # Errors
    /// [`CallersError`] for a malformed caller, an open door on a public address, or no callers at all.
    pub(crate) fn new(config: &HostConfig) -> Result<Self, CallersError> {
        let mut callers = Self {
            by_key: HashMap::new(),
            by_token_subject: HashMap::new(),
            by_certificate: HashMap::new(),
            tokens: config.jwt.as_ref().map(token_reader).transpose()?,
            refusals: RefusalLog::default(),
            listed: Vec::new(),
            anonymous: None,
            visitors: Arc::new(of_portal(config, false)?),
            persons: Arc::new(of_portal(config, true)?),
        };
        for written in &config.callers {
            callers.add(written, config).map_err(|error| CallersError::Caller { id: written.id.clone(), error })?;
        }
        match (config.open_door, config.callers.is_empty()) {
            (true, _) if !config.listen.address.ip().is_loopback() => {
                Err(CallersError::OpenDoorToOthers { address: config.listen.address })
            }
            (true, _) => Ok(Self {
                anonymous: Some(Arc::new(Caller {
                    kept_replies: Arc::new(kept_replies(config)),
                    ..Caller::unrestricted(OPEN_DOOR, config.decision_log.caller_bytes_per_hour_max)
                })),
                ..callers
            }),
            (false, true) => Err(CallersError::NoCallers),
            (false, false) => Ok(callers),
        }
    }

    fn add(&mut self, written: &CallerConfig, config: &HostConfig) -> Result<(), CallerError> {
        let caller = Arc::new(Caller::read(written, config)?);
        let mut proofs = 0;
        if let Some(hash) = &written.key_sha256 {
            let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            if !is_hash {
                return Err(CallerError::MalformedKeyHash);
            }
            proofs += 1;
            insert(&mut self.by_key, &hash.to_ascii_lowercase(), &caller, "key-sha256")?;
        }
        if let Some(subject) = &written.jwt_subject {
            if self.tokens.is_none() {
                return Err(CallerError::NoTokenSettings);
            }
            proofs += 1;
            insert(&mut self.by_token_subject, subject, &caller, "jwt-subject")?;
        }
        if let Some(subject) = &written.tls_subject {
            if config.tls.as_ref().is_none_or(|tls| tls.client_roots.is_none()) {
                return Err(CallerError::NoClientRoots);
            }
            proofs += 1;
            insert(&mut self.by_certificate, subject, &caller, "tls-subject")?;
        }
        if proofs == 0 {
            return Err(CallerError::NoProof);
        }
        self.listed.push(caller);
        Ok(())
    }

    /// The caller of a request: by its key or token, else by the certificate of its connection.
    pub(crate) fn identify(
        &self,
        headers: &HeaderMap,
        peer: Option<&PeerSubject>,
    ) -> Result<Arc<Caller>, UnauthorizedError> {
        let found = match secret(headers)? {
            Some(secret) => self.by_secret(secret),
            None => self.with_certificate(peer).cloned(),
        };
        found.or_else(|| self.anonymous.clone()).ok_or(UnauthorizedError::UnknownCaller)
    }

    /// The same where no signature has to be checked; `None` for a token.
    pub(crate) fn identify_cheaply(&self, headers: &HeaderMap, peer: Option<&PeerSubject>) -> Option<&Arc<Caller>> {
        let found = match secret(headers).ok()? {
            Some(secret) => return self.with_key(secret),
            None => self.with_certificate(peer),
        };
        found.or(self.anonymous.as_ref())
    }

    /// The caller whose key has this SHA-256, in hexadecimal.
    pub(crate) fn with_key_hash(&self, hash: &str) -> Option<&Arc<Caller>> {
        self.by_key.get(hash)
    }

    /// Whether some caller may read the console.
    pub(crate) fn have_console(&self) -> bool {
        self.listed.iter().any(|caller| caller.may_use_console)
    }

    /// The visitors of the portal.
    pub(crate) fn visitors(&self) -> &Arc<Caller> {
        &self.visitors
    }

    /// Those who have signed in at the portal.
    pub(crate) fn persons(&self) -> &Arc<Caller> {
        &self.persons
    }

    /// All callers, each once.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Caller>> {
        self.listed.iter().chain(&self.anonymous).chain([&self.visitors, &self.persons])
    }

    /// The caller with this key.
    // The lookup goes by the hash, so that its duration tells nothing of how near a guess was.
    pub(crate) fn with_key(&self, key: &str) -> Option<&Arc<Caller>> {
        self.with_key_hash(&sha256(key.as_bytes()).hex())
    }

    fn with_certificate(&self, peer: Option<&PeerSubject>) -> Option<&Arc<Caller>> {
        self.by_certificate.get(&peer?.0)
    }

    fn by_secret(&self, secret: &str) -> Option<Arc<Caller>> {
        if let Some(caller) = self.with_key(secret) {
            return Some(Arc::clone(caller));
        }
        // Anything else is a key that nobody has.
        let is_token = secret.bytes().filter(|byte| *byte == b'.').count() == 2;
        let tokens = self.tokens.as_ref().filter(|_| is_token)?;
        let subject = tokens.subject_of(secret);
        let caller =
            subject.and_then(|subject| self.by_token_subject.get(&subject).cloned().ok_or(TokenError::UnknownSubject));
        caller.map_err(|error| self.refusals.report(error)).ok()
    }
}

/// A caller's store of the replies to requests that it may repeat: an equal share of the bytes for all.
fn kept_replies(config: &HostConfig) -> KeptReplies {
    let callers = config.callers.len() + usize::from(config.open_door);
    let settings = &config.idempotency;
    KeptReplies::new(Duration::from_secs(settings.keep_s), settings.bytes_max / callers.max(1))
}

/// The visitors of the portal as one caller with one quota, or those who have signed in, for each of whom it asks by
/// name. They repeat no request by a key.
fn of_portal(config: &HostConfig, are_known: bool) -> Result<Caller, CallersError> {
    let portal = &config.portal;
    let id = if are_known { format!("{}.signed-in", portal.id) } else { portal.id.clone() };
    let written = CallerConfig {
        rate_limit_per_second: Some(portal.rate_limit_per_second),
        in_flight_max: Some(portal.in_flight_max),
        may_ask_for_others: are_known,
        recipients: vec![format!("{PERSON_PREFIX}*")],
        ..CallerConfig::portal(&id, &portal.services, &portal.jurisdictions)
    };
    let caller = Caller::read(&written, config).map_err(|error| CallersError::Portal { error })?;
    Ok(Caller { kept_replies: Arc::new(KeptReplies::new(Duration::ZERO, 0)), ..caller })
}

fn token_reader(config: &JwtConfig) -> Result<TokenReader, CallersError> {
    TokenReader::new(config).map_err(|error| CallersError::Tokens { path: config.keys.clone(), error })
}

fn insert(
    known: &mut HashMap<String, Arc<Caller>>,
    proof: &str,
    caller: &Arc<Caller>,
    setting: &'static str,
) -> Result<(), CallerError> {
    match known.insert(proof.to_owned(), Arc::clone(caller)) {
        Some(earlier) => Err(CallerError::SharedProof { setting, other: earlier.recipient.id.to_string() }),
        None => Ok(()),
    }
}

/// Whether a request sends a key or a token, be it a right one.
pub(crate) fn has_secret(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) || headers.contains_key("x-api-key")
}

/// The key or token of `Authorization: Bearer` or `X-Api-Key`. Of several, another program on the way could take
/// another one than the host.
fn secret(headers: &HeaderMap) -> Result<Option<&str>, UnauthorizedError> {
    let mut found = headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .map(|value| (true, value))
        .chain(headers.get_all(HeaderName::from_static("x-api-key")).iter().map(|value| (false, value)));
    let (first, second) = (found.next(), found.next());
    if second.is_some() {
        return Err(UnauthorizedError::SeveralCredentials);
    }
    let Some((is_authorization, value)) = first else { return Ok(None) };
    let text = value.to_str().map_err(|_| UnauthorizedError::UnknownCaller)?;
    if !is_authorization {
        return Ok(Some(text.trim()));
    }
    match text.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(secret.trim())),
        Some(_) | None => Err(UnauthorizedError::UnknownCaller),
    }
}

impl Caller {
    fn read(written: &CallerConfig, config: &HostConfig) -> Result<Self, CallerError> {
        let kind = RecipientKind::parse(&written.kind)
            .ok_or_else(|| CallerError::UnknownKind { kind: written.kind.clone() })?;
        let id = RecipientId::new(&written.id)?;
        let shared = &config.concurrency;
        Ok(Self {
            recipient: Recipient { kind, id },
            scope: CallerScope::read(written)?,
            quota: Arc::new(CallerQuota::new(
                written.rate_limit_per_second.unwrap_or(shared.caller_rate_limit_per_second),
                written.in_flight_max.unwrap_or(shared.caller_in_flight_max),
            )),
            write_quota: WriteQuota::new(
                written.log_bytes_per_hour_max.unwrap_or(config.decision_log.caller_bytes_per_hour_max),
            ),
            kept_replies: Arc::new(kept_replies(config)),
            may_use_console: written.console,
        })
    }

    /// A portal without any restriction but on the bytes that it may write to the decision log in an hour; 0 is no
    /// limit.
    pub(crate) fn unrestricted(id: RecipientId, log_bytes_per_hour_max: u64) -> Self {
        Self {
            recipient: Recipient { kind: RecipientKind::Portal, id },
            scope: CallerScope::unrestricted(),
            quota: Arc::new(CallerQuota::new(0, usize::MAX)),
            write_quota: WriteQuota::new(log_bytes_per_hour_max),
            kept_replies: Arc::new(KeptReplies::new(Duration::ZERO, 0)),
            may_use_console: false,
        }
    }

    /// The user of the command line, who has the rulebook.
    pub(crate) fn command_line() -> Self {
        let caller = Self::unrestricted(COMMAND_LINE, 0);
        Self { scope: caller.scope.with_past_privacy_law(), ..caller }
    }

    /// Whether the privacy law of a past day may rule alone on a simulation for this recipient.
    pub(crate) fn may_apply_past_privacy_law(&self, recipient: &Recipient) -> bool {
        self.scope.may_apply_past_privacy_law(*recipient == self.recipient)
    }

    /// The recipient of a request: the caller, or the one that the request names, if the caller may ask for others.
    pub(crate) fn recipient(&self, named: Option<Recipient>) -> Result<Recipient, ForbiddenError> {
        match named {
            None => Ok(self.recipient.clone()),
            Some(named) if named == self.recipient => Ok(named),
            Some(named) => self.scope.check_other(&named).map(|()| named),
        }
    }
}

/// Why it isn't known who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnauthorizedError {
    #[error("the request proves no caller that host.toml lists")]
    UnknownCaller,
    #[error(
        "the request has more than one credential; send one header `Authorization` or one header `X-Api-Key`, not both and none twice"
    )]
    SeveralCredentials,
}

#[cfg(test)]
mod tests;
