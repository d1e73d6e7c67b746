//! Signing in: a person proves by OpenID Connect who they are, so that a decision about them may bind. What the host
//! must know again is in two sealed cookies of the person's browser: one on the way to the identity provider and back,
//! one while the person is signed in.

mod console_login;
mod login_error;
mod provider;
mod sealed_cookie;
mod session;

use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::fill;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

pub(crate) use self::console_login::{ConsoleLogin, ConsoleSession};
pub(crate) use self::login_error::LoginError;
use self::provider::{AuthorizationRequest, CodeExchange, IdentityProvider, code_challenge, is_safe_address};
pub(crate) use self::sealed_cookie::KEY_BYTES;
use self::sealed_cookie::{CookieSealer, CookieUse};
use self::session::ExpiringIds;
pub(crate) use self::session::Session;
use crate::clock::now;
use crate::config::LoginConfig;
use crate::error::HostError;

/// How long the way to the identity provider and back may take, in seconds.
const ATTEMPT_S: i64 = 600;
/// The path to which the identity provider sends people back.
pub(crate) const CALLBACK: &str = "/login/callback";

/// Signs people in.
pub(crate) struct Login {
    provider: Arc<IdentityProvider>,
    sealer: CookieSealer,
    /// The sessions that people ended before their time.
    ended: ExpiringIds,
    /// The tickets of forms that were sent, on this host.
    spent: ExpiringIds,
    /// What tickets are made with.
    tickets: hmac::Key,
    issuer: String,
    /// The URL by which people reach this host, without `/` at its end.
    base: String,
    session_s: i64,
}

/// A person on the way to the identity provider, as the cookie of that way has it.
#[derive(Serialize, Deserialize)]
struct LoginAttempt {
    state: String,
    nonce: String,
    verifier: String,
    to: String,
    case: Option<String>,
}

/// What became of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TicketState {
    Spent,
    /// The form was sent before.
    SpentBefore,
    /// No form of this session had it.
    Forged,
}

/// What a person goes on with once signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnPoint {
    /// The path of the page.
    pub(crate) to: String,
    /// The answers, if they fitted in the cookie.
    pub(crate) case: Option<String>,
}

/// The address at the identity provider, and the cookie of the way there.
pub(crate) struct BegunLogin {
    pub(crate) address: String,
    pub(crate) cookie: HeaderValue,
    /// Whether the answers are in the cookie.
    pub(crate) keeps_case: bool,
}

/// A person who is signed in, with the cookies that say so and that the way there is over.
pub(crate) struct EndedLogin {
    pub(crate) cookies: Vec<HeaderValue>,
    pub(crate) goes_on: ReturnPoint,
}

impl Login {
    /// Signs people in by the settings. `base` is the URL by which people reach this host.
    ///
    /// # Errors
    /// If a key or a secret can't be read, or is none.
    pub(crate) fn new(config: &LoginConfig, base: &str) -> Result<Self, HostError> {
        let refused = |reason: String| HostError::Login { reason };
        if !is_safe_address(&config.issuer) {
            return Err(refused("issuer must be an address over TLS, or one of this machine".to_owned()));
        }
        if !is_safe_address(base) {
            return Err(refused(format!(
                "people would come back to `{base}`; say in listen.public-url by which address over TLS they reach this host"
            )));
        }
        let read = |path: &std::path::PathBuf| {
            std::fs::read(path).map_err(|error| refused(format!("`{}` can't be read: {error}", path.display())))
        };
        let secret = config.client_secret.as_ref().map(read).transpose()?;
        let secret = secret.map(String::from_utf8).transpose();
        let secret = secret.map_err(|_| refused("the file of portal.login.client-secret is no text".to_owned()))?;
        let key = match &config.cookie_key {
            Some(path) => read(path)?,
            None => random_bytes().map_err(|error| refused(error.to_string()))?.to_vec(),
        };
        let key: [u8; KEY_BYTES] = key.try_into().map_err(|_| {
            refused(format!(
                "the file of portal.login.cookie-key must have {KEY_BYTES} bytes: `head -c 32 /dev/urandom`"
            ))
        })?;
        let sealer = CookieSealer::new(&key, base.starts_with("https://"));
        Ok(Self {
            provider: Arc::new(IdentityProvider::new(config, secret.map(|secret| secret.trim().to_owned()))),
            sealer: sealer.ok_or_else(|| refused("the key of cookies can't be used".to_owned()))?,
            ended: ExpiringIds::default(),
            spent: ExpiringIds::default(),
            tickets: hmac::Key::new(hmac::HMAC_SHA256, &key),
            issuer: config.issuer.clone(),
            base: base.trim_end_matches('/').to_owned(),
            session_s: i64::from(config.session_s),
        })
    }

    /// Who asks for proof, as the person is told.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Begins to sign a person in, who then goes on where they were.
    ///
    /// # Errors
    /// If the identity provider can't be asked.
    pub(crate) async fn begin(&self, goes_on: ReturnPoint, language: &'static str) -> Result<BegunLogin, LoginError> {
        let [state, nonce, verifier] = [random_text()?, random_text()?, random_text()?];
        let (challenge, redirect_uri) = (code_challenge(&verifier), self.redirect_uri());
        let (provider, state_sent, nonce_sent) = (Arc::clone(&self.provider), state.clone(), nonce.clone());
        let address = blocking(move || {
            provider.authorization_url(&AuthorizationRequest {
                redirect_uri: &redirect_uri,
                state: &state_sent,
                nonce: &nonce_sent,
                code_challenge: &challenge,
                language,
            })
        });
        let address = address.await?;
        let ReturnPoint { to, case } = goes_on;
        let has_case = case.is_some();
        let mut attempt = LoginAttempt { state, nonce, verifier, to, case };
        let mut cookie = self.seal(CookieUse::Login, &attempt, ATTEMPT_S);
        let keeps_case = cookie.is_some() && has_case;
        if cookie.is_none() {
            attempt.case = None;
            cookie = self.seal(CookieUse::Login, &attempt, ATTEMPT_S);
        }
        Ok(BegunLogin { address, cookie: cookie.ok_or(LoginError::CookieTooLarge)?, keeps_case })
    }

    /// Ends the way to the identity provider: `query` is what it sent the person back with.
    ///
    /// # Errors
    /// If it isn't the way that this browser began, or the provider doesn't say who it is.
    pub(crate) async fn end(&self, headers: &HeaderMap, query: &str) -> Result<EndedLogin, LoginError> {
        let moment = now().as_second();
        let attempt = self.sealer.open::<LoginAttempt>(CookieUse::Login, headers, moment);
        let LoginAttempt { state, nonce, verifier, to, case } = attempt.ok_or(LoginError::NoAttempt)?;
        let sent = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name);
        let sent = |name: &str| sent(name).map(|(_, value)| value.into_owned());
        if !is_same(sent("state").unwrap_or_default().as_bytes(), state.as_bytes()) {
            return Err(LoginError::WrongState);
        }
        let Some(code) = sent("code") else {
            // The words of RFC 6749, 4.1.2.1; another program's text doesn't go into the log.
            let is_word = |text: &String| text.len() <= 40 && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            return Err(LoginError::NoCode(sent("error").filter(is_word).unwrap_or_default()));
        };
        let (provider, redirect_uri) = (Arc::clone(&self.provider), self.redirect_uri());
        let subject = blocking(move || {
            let exchange =
                CodeExchange { code: &code, redirect_uri: &redirect_uri, verifier: &verifier, nonce: &nonce };
            provider.subject_of(&exchange)
        });
        let session = Session {
            id: random_text()?,
            person: Session::person_id(&self.issuer, &subject.await?),
            form_token: random_text()?,
            until: moment.saturating_add(self.session_s),
        };
        let cookie = self.seal(CookieUse::Session, &session, self.session_s).ok_or(LoginError::CookieTooLarge)?;
        let cookies = std::iter::once(cookie).chain(self.sealer.remove(CookieUse::Login)).collect();
        Ok(EndedLogin { cookies, goes_on: ReturnPoint { to, case } })
    }

    /// The session of a request, if the person is signed in.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        let session = self.sealer.open::<Session>(CookieUse::Session, headers, now().as_second())?;
        (!self.ended.has(&session.id)).then_some(session)
    }

    /// A ticket for the form of an official decision, which this session alone can spend, once.
    ///
    /// # Errors
    /// If the system gives no random numbers.
    pub(crate) fn ticket(&self, session: &Session) -> Result<String, LoginError> {
        let nonce = random_text()?;
        Ok(format!("{nonce}.{}", self.ticket_mac(session, &nonce)))
    }

    /// Spends the ticket of a form.
    pub(crate) fn spend(&self, session: &Session, ticket: &str) -> TicketState {
        let Some((nonce, mac)) = ticket.split_once('.') else { return TicketState::Forged };
        if !is_same(mac.as_bytes(), self.ticket_mac(session, nonce).as_bytes()) {
            return TicketState::Forged;
        }
        match self.spent.insert(nonce, session.until, now().as_second()) {
            true => TicketState::Spent,
            false => TicketState::SpentBefore,
        }
    }

    /// Gives a ticket back whose decision wasn't made.
    pub(crate) fn give_back(&self, ticket: &str) {
        self.spent.remove(ticket.split('.').next().unwrap_or_default());
    }

    fn ticket_mac(&self, session: &Session, nonce: &str) -> String {
        let tag = hmac::sign(&self.tickets, format!("{} {nonce}", session.id).as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(tag)
    }

    /// Ends a session, and gives the header that removes its cookie.
    pub(crate) fn end_session(&self, session: &Session) -> Option<HeaderValue> {
        self.ended.insert(&session.id, session.until, now().as_second());
        self.sealer.remove(CookieUse::Session)
    }

    fn redirect_uri(&self) -> String {
        format!("{}{CALLBACK}", self.base)
    }

    fn seal(&self, cookie_use: CookieUse, value: &impl Serialize, seconds: i64) -> Option<HeaderValue> {
        let moment = now().as_second();
        self.sealer.seal(cookie_use, value, (moment, moment.saturating_add(seconds)))
    }
}

/// Whether two texts are the same, in a time that doesn't depend on where they differ.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

fn random_bytes() -> Result<[u8; KEY_BYTES], LoginError> {
    let mut bytes = [0; KEY_BYTES];
    fill(&mut bytes).map_err(|_| LoginError::NoRandomness)?;
    Ok(bytes)
}

fn random_text() -> Result<String, LoginError> {
    random_bytes().map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Runs what blocks on a thread of its own.
async fn blocking<T: Send + 'static>(
    run: impl FnOnce() -> Result<T, LoginError> + Send + 'static,
) -> Result<T, LoginError> {
    tokio::task::spawn_blocking(run).await.map_err(|_| LoginError::Interrupted)?
}
