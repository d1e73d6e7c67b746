//! A supervisor's browser without scripts, and what it gets.

use ordinance_engine::digest::sha256;

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::Server;

/// The settings of a caller that may read the console of some places; its key is its id and `-key`.
pub(super) fn reader(id: &str, jurisdictions: &str, console: bool) -> String {
    reader_of_kind("auditor", id, jurisdictions, console)
}

/// The same for a recipient of another kind.
pub(super) fn reader_of_kind(kind: &str, id: &str, jurisdictions: &str, console: bool) -> String {
    let hash = sha256(format!("{id}-key").as_bytes()).hex();
    format!(
        "[[callers]]\nid = \"{id}\"\nkind = \"{kind}\"\nkey-sha256 = \"{hash}\"\nservices = []\npurposes = []\n\
         jurisdictions = {jurisdictions}\nconsole = {console}\n"
    )
}

/// A page that was got.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    headers: ureq::http::HeaderMap,
}

impl Answer {
    fn read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = response.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.body_mut().read_to_string().unwrap() }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Fails unless it is a page with this status that nobody keeps and in which no foreign script runs.
    #[track_caller]
    pub(super) fn assert_page(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(self.header("cache-control"), "no-store");
        assert_eq!(self.header("x-frame-options"), "DENY");
        let policy = self.header("content-security-policy");
        assert_contains(policy, "default-src 'none'");
        assert_lacks(policy, "unsafe");
        assert_lacks(&self.text, "style=\"");
        self
    }

    /// The cookie that it sets.
    pub(super) fn cookie(&self) -> String {
        self.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> &str {
        let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let (_, after) = self.text.split_once(&field).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        after.split('"').next().unwrap()
    }
}

/// A browser that follows no redirect by itself.
pub(super) struct Supervisor<'s> {
    server: &'s Server,
    cookie: String,
    languages: &'static str,
}

impl<'s> Supervisor<'s> {
    /// One that isn't signed in.
    pub(super) fn stranger(server: &'s Server) -> Self {
        Self { server, cookie: String::new(), languages: "en" }
    }

    /// One that signs in with the key of a caller.
    pub(super) fn signed_in(server: &'s Server, id: &str) -> Self {
        let stranger = Self::stranger(server);
        let answer = stranger.post("/console/sign-in", &[("key", &format!("{id}-key")), ("to", "/console")]);
        assert_eq!(answer.status, 303, "{}", answer.text);
        Self { cookie: answer.cookie(), ..stranger }
    }

    pub(super) fn with_cookie(&self, cookie: String) -> Self {
        Self { server: self.server, cookie, languages: self.languages }
    }

    pub(super) fn reading(&self, languages: &'static str) -> Self {
        Self { server: self.server, cookie: self.cookie.clone(), languages }
    }

    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }

    fn agent() -> ureq::Agent {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        config.max_redirects(0).max_redirects_will_error(false).build().into()
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        let request = Self::agent().get(format!("{}{path}", self.server.address));
        let request = request.header("accept-language", self.languages).header("cookie", &self.cookie);
        Answer::read(request.call())
    }

    /// Gets a path with a key in place of a cookie.
    pub(super) fn get_with_key(&self, key: &str, path: &str) -> Answer {
        let request = Self::agent().get(format!("{}{path}", self.server.address));
        Answer::read(request.header("authorization", format!("Bearer {key}")).call())
    }

    pub(super) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_from("same-origin", path, fields)
    }

    /// Sends a form from a page of another site.
    pub(super) fn post_from(&self, site: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Self::agent().post(format!("{}{path}", self.server.address));
        let request = request.header("accept-language", self.languages).header("cookie", &self.cookie);
        Answer::read(request.header("sec-fetch-site", site).send_form(fields.iter().copied()))
    }
}
