//! Receipts of a log that an authority lists, whose record or index tells the law otherwise than the authorities
//! published it.

use ordinance_engine::digest::sha256;
use ordinance_trust::{RepositoryEditor, Validity};
use serde_json::{Map, Value, json};

use crate::country::Country;
use crate::forged_receipts::{Forgery, OwnLog, alter_rules, key_of_city, levels_of, listed_log};

const CHAIN: [&str; 3] = ["CN", "CN-37", "CN-3706"];
const BOUNDS_PATH: &str = "CN-3706/old-age-allowance/bounds.toml";
const BOUNDS: &str = r#"jurisdiction = "CN-3706"
service = "old-age-allowance"

[bounds.grant.amount]
bound = "at-most 300"
provision = { document = "Act", article = "2" }
"#;

/// A level without a rule.
fn silenced(level: &mut Value) {
    *level = json!({"jurisdiction": level["jurisdiction"], "status": "silent"});
}

/// A level whose rule failed.
fn failed(level: &mut Value) {
    level["status"] = json!("failed");
    level["failure"] = json!("not-loaded");
}

/// What the operator of a log forges of the law.
pub(crate) fn forged_law(log: OwnLog<'_>, index: &str) -> Vec<Forgery> {
    let mut forged = forged_levels(log, index);
    forged.extend(forged_indexes(log, index));
    forged.extend(forged_rest(log, index));
    forged.push(("bounds-left-out", bounds_left_out(log), "lacks the bounds `CN-3706/old-age-allowance/bounds.toml`"));
    forged
}

/// Levels of the record that aren't what the index has.
fn forged_levels(log: OwnLog<'_>, index: &str) -> Vec<Forgery> {
    let city = |index: Option<&str>, alter: &dyn Fn(&mut Value)| {
        log.write(&CHAIN, index, |[leaf, answer, _]| {
            [leaf, answer].into_iter().for_each(|part| alter(&mut levels_of(part)[2]))
        })
    };
    let of_city = |alter: &dyn Fn(&mut Value)| {
        alter_rules(index, |rules| rules.iter_mut().filter(|rule| rule["jurisdiction"] == "CN-3706").for_each(alter))
    };
    let of_other_service = of_city(&|rule| {
        rule["service"] = json!("bus-pass");
        rule["state"] = json!({"untrusted": "lapsed"});
    });
    let not_in_force = of_city(&|rule| rule["from"] = json!("2030-01-01"));
    let unusable = of_city(&|rule| rule["state"] = json!({"untrusted": "lapsed"}));
    let other_law = "its index doesn't have the law of CN-3706 as the authority";
    let unlike_index = "its record doesn't say of CN-3706 what its index does";
    vec![
        ("silent-though-rule", city(None, &silenced), unlike_index),
        ("excused-by-another-service", city(Some(&of_other_service), &silenced), other_law),
        (
            "failure-without-status",
            city(None, &|level| {
                failed(level);
                level.as_object_mut().unwrap().remove("status");
            }),
            unlike_index,
        ),
        ("rule-not-in-force", city(Some(&not_in_force), &|_| ()), unlike_index),
        ("unusable-rule-applied", city(Some(&unusable), &|_| ()), unlike_index),
        ("rule-name", city(None, &|level| level["rule"] = json!("super-law@99.0.0")), unlike_index),
        (
            "publisher-without-rule",
            city(None, &|level| drop(level.as_object_mut().unwrap().remove("rule"))),
            unlike_index,
        ),
        (
            "failure-of-an-unknown-rule",
            city(None, &|level| {
                failed(level);
                level["digest"] = json!(sha256(b"never published").to_string());
            }),
            unlike_index,
        ),
        ("failure-beside-an-answer", city(None, &|level| level["failure"] = json!("")), unlike_index),
        ("status-without-failure", city(None, &|level| level["status"] = json!("failed")), unlike_index),
        ("empty-rule-name", city(None, &|level| level["rule"] = json!("")), unlike_index),
    ]
}

/// Indexes that have a published rule otherwise than its authority wrote it, by which a level seems to have none.
fn forged_indexes(log: OwnLog<'_>, index: &str) -> Vec<Forgery> {
    let city = |index: &str, alter: &dyn Fn(&mut Value)| {
        log.write(&CHAIN, Some(index), |[leaf, answer, _]| {
            [leaf, answer].into_iter().for_each(|part| alter(&mut levels_of(part)[2]))
        })
    };
    let of_city = |alter: &dyn Fn(&mut Value)| {
        alter_rules(index, |rules| rules.iter_mut().filter(|rule| rule["jurisdiction"] == "CN-3706").for_each(alter))
    };
    let without_digest = |rule: &mut Value| {
        rule.as_object_mut().unwrap().remove("published_by");
        rule["state"] = json!({"untrusted": "lapsed"});
    };
    // Entries that no level has to name, beside which a rule is left out.
    let excuse = |alter: &dyn Fn(&mut Value)| {
        of_city(&|rule| {
            without_digest(rule);
            alter(rule);
        })
    };
    let excused_later = excuse(&|rule| rule["from"] = json!("2090-01-01"));
    let excused_by_privacy = excuse(&|rule| drop(rule.as_object_mut().unwrap().remove("service")));
    let excused_by_unknown = excuse(&|rule| {
        rule["from"] = json!("-009999-01-01");
        rule["version"] = json!("0.0.0");
    });
    let failed_unknown = |level: &mut Value| {
        let name = format!("{}@0.0.0", level["rule"].as_str().unwrap().split('@').next().unwrap());
        *level = json!({"jurisdiction": level["jurisdiction"], "rule": name});
        failed(level);
    };
    // A published rule under another head, by which the level seems to have none.
    let other_service = of_city(&|rule| rule["service"] = json!("bus-pass"));
    let other_days = of_city(&|rule| rule["from"] = json!("2090-01-01"));
    let as_shadow = of_city(&|rule| rule["shadow"] = json!(true));
    let other_law = "its index doesn't have the law of CN-3706 as the authority";
    vec![
        ("excused-by-a-later-rule", city(&excused_later, &silenced), other_law),
        ("excused-by-a-privacy-rule", city(&excused_by_privacy, &silenced), other_law),
        ("excused-by-unknown-law", city(&excused_by_unknown, &failed_unknown), other_law),
        ("rule-of-another-service", city(&other_service, &silenced), other_law),
        ("rule-of-other-days", city(&other_days, &silenced), other_law),
        ("rule-as-a-shadow", city(&as_shadow, &silenced), other_law),
    ]
}

/// The mode, the place, the days, the rules of privacy and the form of the index.
fn forged_rest(log: OwnLog<'_>, index: &str) -> Vec<Forgery> {
    let write = |alter: &dyn Fn(&mut [Value; 3])| log.write(&CHAIN, None, alter);
    let days = |member: &'static str, day: &'static str| {
        write(&|parts| {
            parts.iter_mut().filter(|part| part[member].is_string()).for_each(|part| part[member] = json!(day))
        })
    };
    let mut newer: Value = serde_json::from_str(index).unwrap();
    newer["format"] = json!(99);
    vec![
        (
            "simulation",
            write(&|[leaf, answer, _]| [leaf, answer].into_iter().for_each(|part| part["mode"] = json!("simulation"))),
            "this is no decision",
        ),
        (
            "asked-of-another-place",
            write(&|[leaf, _, request]| {
                leaf["asked"] = json!("CN-44");
                request["jurisdiction"] = json!("CN-44");
            }),
            "and those of CN-44 are CN, CN-44",
        ),
        (
            "processed-long-ago",
            days("processed_on", "1990-01-01"),
            "a day in `processed_on` that doesn't fit its `time`",
        ),
        ("known-in-the-future", days("known_at", "2999-01-01"), "a day in `known_at` that doesn't fit its `time`"),
        (
            "rule-as-privacy-law",
            write(&|[leaf, _, _]| {
                let mut rule = levels_of(leaf)[2].clone();
                rule.as_object_mut().unwrap().remove("status");
                leaf["privacy"] = json!([rule]);
            }),
            "its record doesn't say of CN-3706 what its index does",
        ),
        ("index-of-a-newer-form", log.write(&CHAIN, Some(&newer.to_string()), |_| ()), "its index has format 99"),
    ]
}

/// The city sets bounds, and the index hasn't them.
fn bounds_left_out(log: OwnLog<'_>) -> Value {
    let mut city = RepositoryEditor::open(&log.country.path("repositories/CN-3706")).unwrap();
    let target = format!("definitions/{BOUNDS_PATH}");
    city.set_target(&target, BOUNDS.as_bytes(), Map::new()).unwrap();
    city.publish(&[key_of_city(log.country)], Validity::default(), jiff::Timestamp::now()).unwrap();
    let forged = log.write(&CHAIN, None, |_| ());
    city.remove_target(&target);
    city.publish(&[key_of_city(log.country)], Validity::default(), jiff::Timestamp::now()).unwrap();
    forged
}

/// A receipt of a log that the nation lists, after the word of the city has lapsed; and what its operator forges of the
/// city, whose metadata it needn't show.
pub(crate) fn forged_of_a_lapsed_city(country: &Country, receipt: &Value) -> (Value, Vec<Forgery>) {
    let key = listed_log(country, "nation.test/1", "CN", "cn-publish");
    let log = OwnLog { country, key: &key, receipt, rewrite: &|_, text| text };
    let index = receipt["publication"]["index"].as_str().unwrap();
    let city = |index: &str, alter: &dyn Fn(&mut Value)| {
        log.write(&["CN", "CN-37"], Some(index), |[leaf, answer, _]| {
            [leaf, answer].into_iter().for_each(|part| alter(&mut levels_of(part)[2]))
        })
    };
    let unusable = alter_rules(index, |rules| {
        let of_city = rules.iter_mut().filter(|rule| rule["jurisdiction"] == "CN-3706");
        of_city.for_each(|rule| rule["state"] = json!({"untrusted": "lapsed"}));
    });
    let without_rule = alter_rules(index, |rules| rules.retain(|rule| rule["jurisdiction"] != "CN-3706"));
    let mut with_bounds: Value = serde_json::from_str(&unusable).unwrap();
    with_bounds["definitions"][BOUNDS_PATH] = json!(sha256(BOUNDS.as_bytes()).hex());
    let mut bounds = city(&with_bounds.to_string(), &failed);
    bounds["publication"]["definitions"][BOUNDS_PATH] = json!(BOUNDS);
    let missing = "the metadata of the authority that makes the law of CN-3706 are missing";
    let forged = vec![
        ("metadata-left-out", city(&without_rule, &silenced), missing),
        (
            "bounds-of-a-lapsed-authority",
            bounds,
            "no authority that may published `CN-3706/old-age-allowance/bounds.toml`",
        ),
    ];
    (city(&unusable, &failed), forged)
}
