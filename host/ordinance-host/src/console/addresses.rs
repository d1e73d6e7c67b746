//! The addresses of the console's pages.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::rule_head::RuleHead;

/// The first page, whose path begins all others.
pub(super) const CONSOLE: &str = "/console";
pub(super) const SIGN_IN: &str = "/console/sign-in";
pub(super) const SIGN_OUT: &str = "/console/sign-out";

/// An address with a query; members without a value are left out.
pub(super) fn with_query(path: &str, members: &[(&str, &str)]) -> String {
    let given: Vec<&(&str, &str)> = members.iter().filter(|(_, value)| !value.is_empty()).collect();
    if given.is_empty() {
        return path.to_owned();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    given.into_iter().for_each(|(name, value)| {
        query.append_pair(name, value);
    });
    format!("{path}?{}", query.finish())
}

/// The page of a place on a day.
pub(super) fn of_place(code: &JurisdictionCode, on: Option<Date>) -> String {
    let on = on.map(|day| day.to_string()).unwrap_or_default();
    with_query(&format!("{CONSOLE}/places/{code}"), &[("on", &on)])
}

/// The page of a rule: by its digest, or where it was never built by its place, id and version.
pub(super) fn of_rule(head: &RuleHead) -> String {
    let name = head.digest.map_or_else(|| name_of_rule(head), |digest| digest.to_string());
    format!("{CONSOLE}/rules/{}", step(&name))
}

/// `CODE:id@version`
pub(super) fn name_of_rule(head: &RuleHead) -> String {
    format!("{}:{head}", head.jurisdiction)
}

/// A text as a step of a path (RFC 3986, 3.3).
fn step(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte);
    let written = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_addresses_are_escaped_and_empty_ones_left_out() {
        assert_eq!(with_query("/console", &[("service", ""), ("on", "")]), "/console");
        assert_eq!(with_query("/console", &[("q", "芝 &"), ("on", "")]), "/console?q=%E8%8A%9D+%26");
        assert_eq!(step("CN:a@1.0.0+b/?"), "CN:a@1.0.0%2Bb%2F%3F");
    }
}
