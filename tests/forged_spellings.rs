//! Receipts of a log that an authority lists, of which two programs could read different things.

use serde_json::{Value, json};

use crate::forged_receipts::{Forgery, OwnLog, levels_of};

const CHAIN: [&str; 3] = ["CN", "CN-37", "CN-3706"];

/// What an operator of a log writes otherwise than a host does.
pub(crate) fn forged_spellings(log: OwnLog<'_>, index: &str) -> Vec<Forgery> {
    let mut forged = forged_values(log);
    forged.extend(forged_texts(log, index));
    forged
}

fn forged_values(log: OwnLog<'_>) -> Vec<Forgery> {
    let write = |alter: &dyn Fn(&mut [Value; 3])| log.write(&CHAIN, None, alter);
    let day = |text: &'static str| write(&|parts| parts.iter_mut().for_each(|part| part["as_of"] = json!(text)));
    let digest = |alter: &dyn Fn(&str) -> String| {
        write(&|[leaf, answer, _]| {
            for part in [leaf, answer] {
                let level = &mut levels_of(part)[0];
                level["digest"] = json!(alter(level["digest"].as_str().unwrap()));
            }
        })
    };
    let time = |from: &'static str, to: &'static str| {
        write(&|[leaf, _, _]| leaf["time"] = json!(leaf["time"].as_str().unwrap().replace(from, to)))
    };
    let null = |member: &'static str| write(&|[leaf, _, _]| leaf[member] = Value::Null);
    let upper_digest = |text: &str| format!("sha256:{}", text.trim_start_matches("sha256:").to_uppercase());
    let of_version_4 = write(&|[leaf, answer, _]| {
        let mut id = leaf["id"].as_str().unwrap().to_owned();
        id.replace_range(14..15, "4");
        leaf["id"] = json!(id);
        answer["id"] = json!(id);
    });
    let one_way = "isn't written in the one way";
    vec![
        ("day-without-hyphens", day("20260301"), "its as_of isn't written in the one way"),
        ("day-with-a-time", day("2026-03-01T00:00:00"), one_way),
        ("day-with-a-sign", day("+002026-03-01"), one_way),
        ("day-of-a-week", day("2026-W09-7"), one_way),
        ("day-with-a-calendar", day("2026-03-01[u-ca=gregory]"), one_way),
        ("time-with-a-space", time("T", " "), "its time isn't written in the one way"),
        ("time-with-an-offset", time("Z", "+00:00"), one_way),
        ("time-with-a-zone", time("Z", "+00:00[UTC]"), one_way),
        ("digest-in-upper-case", digest(&upper_digest), "its digest isn't written in the one way"),
        ("digest-without-its-name", digest(&|text| text.trim_start_matches("sha256:").to_owned()), one_way),
        ("asked-null", null("asked"), "its null isn't written in the one way"),
        ("mode-null", null("mode"), one_way),
        ("id-of-version-4", of_version_4, "its id isn't written in the one way"),
        (
            "level-with-line-ends",
            write(&|[leaf, answer, _]| {
                for part in [leaf, answer] {
                    levels_of(part)[1]["jurisdiction"] = json!("CN-37\u{1b}[2J\nthe receipt holds");
                }
            }),
            "CN-37\\u{1b}[2J\\nthe receipt holds, CN-3706",
        ),
    ]
}

/// Texts that aren't JSON which every program reads alike.
fn forged_texts(log: OwnLog<'_>, index: &str) -> Vec<Forgery> {
    let begun = |part: &'static str, with: &str| {
        let rewrite =
            |of: &str, text: String| if of == part { text.replacen('{', &format!("{{{with},"), 1) } else { text };
        OwnLog { rewrite: &rewrite, ..log }.write(&CHAIN, Some(index), |_| ())
    };
    let deep = format!("\"x\":{}{}", "[".repeat(200), "]".repeat(200));
    let twice = "stands in an object twice";
    vec![
        ("answer-with-two-outcomes", begun("answer", "\"outcome\":\"ineligible\""), twice),
        ("leaf-with-two-outcomes", begun("leaf", "\"outcome\":\"ineligible\""), twice),
        ("index-with-two-lists", begun("index", "\"rules\":[]"), twice),
        ("answer-with-no-number", begun("answer", "\"x\":NaN"), "its answer is no JSON that every program reads alike"),
        ("request-with-half-a-character", begun("request", "\"x\":\"\\ud800\""), "its request is no JSON"),
        ("request-nested-deep", begun("request", &deep), "its request is no JSON"),
        ("index-in-upper-case", index_in_upper_case(log, index), "its index isn't written in the one way"),
    ]
}

fn index_in_upper_case(log: OwnLog<'_>, index: &str) -> Value {
    let mut altered: Value = serde_json::from_str(index).unwrap();
    let built = &mut altered["rules"][0]["state"]["built"];
    *built = json!(built.as_str().unwrap().to_uppercase());
    log.write(&CHAIN, Some(&altered.to_string()), |_| ())
}
