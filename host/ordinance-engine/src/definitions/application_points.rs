//! Where people apply for a service: `[[apply]]` in `services/*.toml`.

use std::collections::BTreeMap;

use ordinance_domain::guidance::ApplicationPoint;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::manifest::jurisdiction;
use crate::toml_text::TextFile;

/// The longest address on the web, in bytes.
const LINK_BYTES_MAX: usize = 2_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ApplyToml {
    place: Option<Spanned<String>>,
    office: Option<Spanned<BTreeMap<String, String>>>,
    address: Option<Spanned<BTreeMap<String, String>>>,
    link: Option<Spanned<String>>,
}

pub(super) fn application_points(
    file: &TextFile,
    written: &[Spanned<ApplyToml>],
) -> Result<Vec<ApplicationPoint>, Diagnostic> {
    let mut points: Vec<ApplicationPoint> = Vec::new();
    for table in written {
        let ApplyToml { place, office, address, link } = table.get_ref();
        let point = ApplicationPoint {
            place: place.as_ref().map(|place| jurisdiction(file, place)).transpose()?,
            office: file.optional_titles(office.as_ref())?,
            address: file.optional_titles(address.as_ref())?,
            link: link.as_ref().map(|link| self::link(file, link)).transpose()?,
        };
        if point.office.is_empty() && point.link.is_none() {
            let help = "add office = { en = \"...\" }, or link = \"https://...\"";
            return Err(file.diagnostic_with_help(table.span(), "nobody can apply here: no office and no link", help));
        }
        if points.iter().any(|other| other.place == point.place) {
            let of = point.place.as_ref().map_or_else(|| "all places".to_owned(), |place| format!("`{place}`"));
            let help = "write one [[apply]] for each `place`, and at most one without";
            return Err(file.diagnostic_with_help(table.span(), format!("there is another [[apply]] for {of}"), help));
        }
        points.push(point);
    }
    Ok(points)
}

/// An address on the web, which pages of a host link to.
fn link(file: &TextFile, written: &Spanned<String>) -> Result<String, Diagnostic> {
    let text = written.get_ref();
    let is_plain = |character: char| !character.is_whitespace() && !character.is_control() && character != '"';
    let host = text.strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next());
    let has_host = host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
    if has_host && text.len() <= LINK_BYTES_MAX && text.chars().all(is_plain) {
        return Ok(text.clone());
    }
    let help = "write it as https://www.example.gov.cn/apply";
    Err(file.diagnostic_with_help(written.span(), "this is no address on the web that people can open safely", help))
}
