//! The languages that a caller wants, from `Accept-Language` (RFC 9110, section 12.5.4).

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use ordinance_domain::titles::Titles;

const LANGUAGES_MAX: usize = 16;

/// The title in the first of the wanted languages that there is.
pub(crate) fn best(titles: &Titles, languages: &[String]) -> Option<String> {
    titles.best(languages).map(str::to_owned)
}

/// The wanted languages, the most wanted first.
pub(crate) fn wanted_languages(headers: &HeaderMap) -> Vec<String> {
    let Some(header) = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else { return Vec::new() };
    let mut wanted: Vec<(String, u16)> = header.split(',').take(LANGUAGES_MAX).filter_map(read_range).collect();
    wanted.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    wanted.into_iter().map(|(language, _)| language).collect()
}

/// One range and its weight in thousandths.
fn read_range(range: &str) -> Option<(String, u16)> {
    let (language, parameter) = range.split_once(';').unwrap_or((range, "q=1"));
    let language = language.trim();
    let weight: f32 = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse().ok())?;
    let usable = !language.is_empty() && language != "*" && weight > 0.0;
    usable.then(|| (language.to_owned(), (weight.min(1.0) * 1000.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_come_by_weight() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, "en;q=0.5, zh-CN, fr;q=0, *;q=0.1, mn;q=x".parse().unwrap());
        assert_eq!(wanted_languages(&headers), ["zh-CN", "en"]);
        assert!(wanted_languages(&HeaderMap::new()).is_empty());
    }
}
