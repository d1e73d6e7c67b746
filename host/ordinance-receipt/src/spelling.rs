//! The one way in which a record writes days, times, digests and ids. Two programs that read another spelling
//! differently would check another thing each.

use jiff::Timestamp;
use jiff::civil::Date;
use ordinance_domain::digest::Digest;
use serde_json::Value;
use uuid::{Uuid, Variant};

/// A day written as `2026-03-01`.
pub(crate) fn day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.to_string() == text && is_of_our_era(*day))
}

/// Whether the year of a day has four digits and no sign.
pub(crate) fn is_of_our_era(day: Date) -> bool {
    day.year() >= 1
}

/// Whether a text is the time written as `2026-03-01T10:00:00.5Z`, without zeros at the end of the fraction.
pub(crate) fn is_time(text: &str, time: Timestamp) -> bool {
    time.to_string() == text
}

/// A digest written as `sha256:` and 64 hexadecimal digits in lower case.
pub(crate) fn digest(text: &str) -> Option<Digest> {
    text.parse::<Digest>().ok().filter(|digest| digest.to_string() == text)
}

/// Whether a text is the id, a UUID of version 7 in lower case with hyphens.
pub(crate) fn is_id(text: &str, id: Uuid) -> bool {
    id.to_string() == text && id.get_version_num() == 7 && id.get_variant() == Variant::RFC4122
}

/// Whether a JSON value is or has a null, which stands for what is absent.
pub(crate) fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_a_time_a_digest_and_an_id_have_one_spelling() {
        assert!(day("2026-03-01").is_some());
        for text in ["20260301", "2026-03-01T00:00:00", "+002026-03-01", "2026-03-01[u-ca=gregory]", "2026-3-1"] {
            assert_eq!(day(text), None, "{text}");
        }
        let time: Timestamp = "2026-12-01T10:00:00.5Z".parse().unwrap();
        assert!(is_time("2026-12-01T10:00:00.5Z", time));
        for text in
            ["2026-12-01 10:00:00.5Z", "20261201T100000.5Z", "2026-12-01T10:00:00.50Z", "2026-12-01T10:00:00.5+00:00"]
        {
            assert!(!is_time(text, text.parse().unwrap()), "{text}");
        }
        let hex = "ab".repeat(32);
        assert!(digest(&format!("sha256:{hex}")).is_some());
        assert_eq!(digest(&hex), None);
        assert_eq!(digest(&format!("sha256:{}", hex.to_uppercase())), None);
        let id: Uuid = "01a22bb0-aaa7-7423-a2ea-0dcbe5973fb6".parse().unwrap();
        assert!(is_id("01a22bb0-aaa7-7423-a2ea-0dcbe5973fb6", id));
        assert!(!is_id("01A22BB0-AAA7-7423-A2EA-0DCBE5973FB6", id));
        let version_4: Uuid = "01a22bb0-aaa7-4423-a2ea-0dcbe5973fb6".parse().unwrap();
        assert!(!is_id("01a22bb0-aaa7-4423-a2ea-0dcbe5973fb6", version_4));
    }
}
