//! A browser without scripts, and the pages that it gets.

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{Server, agent};

/// A page that was got.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) text: String,
    headers: ureq::http::HeaderMap,
}

impl Page {
    pub(crate) fn read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = response.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.body_mut().read_to_string().unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Fails unless it is a page with this status that nothing can run in.
    #[track_caller]
    pub(crate) fn assert_page(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert_contains(self.header("content-security-policy"), "default-src 'none'");
        assert_lacks(self.header("content-security-policy"), "script-src");
        assert_lacks(&self.text, "<script");
        self
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let field = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let (_, after) = self.text.split_once(&field).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        unescaped(after.split('"').next().unwrap())
    }

    /// What its first heading says.
    pub(crate) fn heading(&self) -> String {
        let (_, after) = self.text.split_once("<h1").unwrap();
        let (heading, _) = after.split_once('>').unwrap().1.split_once("</h1>").unwrap();
        let mut text = String::new();
        let mut is_tag = false;
        for character in heading.chars() {
            match character {
                '<' => is_tag = true,
                '>' => is_tag = false,
                character if !is_tag => text.push(character),
                _ => {}
            }
        }
        unescaped(text.trim())
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A browser without scripts.
pub(crate) struct Browser<'s> {
    pub(crate) server: &'s Server,
    pub(crate) languages: &'static str,
}

impl Browser<'_> {
    pub(crate) fn get(&self, path: &str) -> Page {
        let request = agent().get(format!("{}{path}", self.server.address));
        Page::read(request.header("accept-language", self.languages).call())
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = agent().post(format!("{}{path}", self.server.address));
        Page::read(request.header("accept-language", self.languages).send_form(fields.iter().copied()))
    }

    /// Begins a dialogue.
    pub(crate) fn begin(&self, path: &str) -> Page {
        self.post(path, &[("action", "start")]).assert_page(200)
    }

    /// Presses a button of a page of the dialogue.
    pub(crate) fn press(&self, path: &str, page: &Page, fields: &[(&str, &str)]) -> Page {
        let (case, question) = (page.hidden("case"), page.hidden("question"));
        let mut sent = vec![("case", case.as_str()), ("question", question.as_str())];
        sent.extend(fields);
        self.post(path, &sent).assert_page(200)
    }

    pub(crate) fn answer(&self, path: &str, page: &Page, answer: &str) -> Page {
        self.press(path, page, &[("answer", answer), ("action", "next")])
    }

    /// Presses a button of a page without a question.
    pub(crate) fn step(&self, path: &str, page: &Page, action: &str) -> Page {
        self.post(path, &[("case", page.hidden("case").as_str()), ("action", action)]).assert_page(200)
    }
}
