//! Which lines are counted, and as what.

use super::*;

/// The decision of a line as text: month, service, chain, then the attributes.
fn read(line: &str) -> String {
    match read_line(line.as_bytes()) {
        LogLine::Decision(decision) => {
            let rule = |attribute: &Attribute| {
                let names = [&attribute.jurisdiction, &attribute.rule];
                let names: Vec<&str> =
                    names.into_iter().flatten().map(String::as_str).chain([attribute.name.as_str()]).collect();
                format!("{:?} {}", attribute.dimension, names.join(" "))
            };
            let attributes: Vec<String> = decision.attributes.iter().map(rule).collect();
            let older = if decision.is_older { " older" } else { "" };
            format!("{} {} {}{older}: {}", decision.month, decision.service, decision.chain, attributes.join(", "))
        }
        other => format!("{other:?}"),
    }
}

const OLD: &str = r#"{"id":"x","time":"2026-08-31T23:59:59.9Z","service":"allowance","jurisdiction":"CN-37","outcome":"ineligible","layers":[{"jurisdiction":"CN","rule":"allowance@1.0.0","status":"applied"},{"jurisdiction":"CN-37","status":"silent"}],"used":["age"],"privacy":[]}"#;

#[test]
fn a_line_of_an_earlier_version_has_fewer_dimensions() {
    assert_eq!(read(OLD), "2026-08 allowance CN/CN-37 older: Outcomes ineligible");
}

#[test]
fn a_line_is_counted_with_its_names_alone() {
    let line = r#"{"index":7,"id":"x","time":"2026-09-01T00:00:00Z","service":"allowance","jurisdiction":"CN-37","outcome":"undetermined","reason":"missing-facts","missing":["members.age"],"layers":[{"jurisdiction":"CN","rule":"allowance@1.0.0","status":"failed","failure":"trap","violations":["grant.amount"]},{"jurisdiction":"CN-37","rule":"allowance@2.0.0","status":"applied","refused_by":["low-income"]}],"withheld":[{"fact":"members[0].age","ruling":"withhold","decided_by":[]},{"fact":"members[1].age","ruling":"withhold","decided_by":[]}],"undeclared":["income"],"privacy":[{"jurisdiction":"CN","rule":"pipl@1.0.0","failure":"no-value"}],"news":{"time":"2020-01-01T00:00:00Z"}}"#;
    let expect = "2026-09 allowance CN/CN-37: Outcomes undetermined, Reasons missing-facts, RefusedBy CN-37 allowance \
                  low-income, Missing members.age, Withheld members.age, Undeclared income, Failures CN allowance trap, \
                  Failures CN pipl no-value, Violations CN allowance grant.amount";
    assert_eq!(read(line), expect);
    assert_eq!(month_of(line.as_bytes()), Month::parse("2026-09"));
}

#[test]
fn other_kinds_of_records_are_not_counted() {
    let past_law = OLD.replacen("\"time\"", "\"mode\":\"past-law\",\"time\"", 1);
    let disclosure = r#"{"id":"x","time":"2026-08-31T00:00:00Z","jurisdiction":"CN","disclosed":[],"privacy":[]}"#;
    let unknown = r#"{"index":0,"time":"2026-08-31T00:00:00Z","kind":"objection","service":"allowance"}"#;
    for line in [&past_law, disclosure, unknown] {
        assert_eq!(read(line), "Uncounted", "{line}");
    }
}

#[test]
fn what_is_no_record_is_damaged() {
    let deep = "[".repeat(100_000);
    let no_layers = OLD.replace("\"layers\":[{", "\"layers\":[],\"x\":[{");
    let another_outcome = OLD.replace("ineligible", "perhaps");
    for line in ["", "{", &OLD[..200], "\0\0\0", "[]", "{}", "null", &deep, &no_layers, &another_outcome] {
        assert_eq!(read(line), "Damaged", "{line}");
    }
}

#[test]
fn one_line_counts_a_bounded_number_of_attributes() {
    let missing: Vec<String> = (0..1000).map(|number| format!("\"fact_{number}\"")).collect();
    let line = OLD.replacen("\"layers\"", &format!("\"missing\":[{}],\"layers\"", missing.join(",")), 1);
    let LogLine::Decision(decision) = read_line(line.as_bytes()) else { panic!("{line}") };
    assert_eq!(decision.attributes.len(), ATTRIBUTES_MAX);
    assert_eq!(decision.attributes[0], Attribute::new(Dimension::Outcomes, "ineligible"));
}

#[test]
fn a_decision_after_an_objection_counts_as_made_anew() {
    let line = OLD.replacen("\"layers\"", "\"objection\":\"01980d42-0000-7000-8000-000000000000\",\"layers\"", 1);
    let of = |line: &str| match read_line(line.as_bytes()) {
        LogLine::Decision(decision) => {
            decision.attributes.into_iter().any(|attribute| attribute.dimension == Dimension::Objections)
        }
        LogLine::Uncounted | LogLine::Damaged => panic!("{line}"),
    };
    assert!(of(&line));
    assert!(!of(OLD));
}
