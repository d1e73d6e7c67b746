//! Time zones, as the files of places name them: by the IANA time zone database, whose data is compiled in.

use ordinance_domain::calendar::TimeZone;
use ordinance_domain::name::shortened;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::spelling::nearest;
use crate::toml_text::TextFile;

/// A name that the database doesn't have.
#[derive(Debug, thiserror::Error)]
#[error("unknown time zone `{}`; {}", shortened(.name), help(.near.as_deref()))]
pub(super) struct UnknownTimeZoneError {
    name: String,
    /// The known name that it may misspell.
    near: Option<String>,
}

fn help(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a name of the IANA time zone database, such as Asia/Shanghai or Europe/Paris".to_owned(),
    }
}

/// The time zone of a name.
pub(super) fn read_time_zone(name: &str) -> Result<TimeZone, UnknownTimeZoneError> {
    let found = TimeZone::get(name).ok();
    // The library reads names without regard to case, and has one for a zone that nobody knows.
    found.filter(|zone| zone.iana_name() == Some(name) && !zone.is_unknown()).ok_or_else(|| {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let same = known.iter().find(|known| known.eq_ignore_ascii_case(name));
        let near = same.map(String::as_str).or_else(|| nearest(name, known.iter().map(String::as_str)));
        UnknownTimeZoneError { name: name.to_owned(), near: near.map(str::to_owned) }
    })
}

/// The time zone that a key names.
pub(super) fn time_zone(file: &TextFile, name: &Spanned<String>) -> Result<TimeZone, Diagnostic> {
    read_time_zone(name.get_ref()).map_err(|UnknownTimeZoneError { name: unknown, near }| {
        let message = format!("unknown time zone `{}`", shortened(&unknown));
        file.diagnostic_with_help(name.span(), message, help(near.as_deref()))
    })
}
