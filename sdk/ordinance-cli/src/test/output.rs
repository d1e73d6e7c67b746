//! What is said of cases that were run: for people, or a JSON object a line for machines.

use ordinance_harness::{Coverage, TestFailure, TestRecord, TestResult, percent};
use serde_json::{Value, json};

use crate::terminal::say;

/// Says what came of a case; to machines only if it is no pass.
pub(super) fn case(reported: &TestRecord, json: bool) {
    let what = match reported.group.as_str() {
        "" => reported.name.clone(),
        group => format!("{group}: {}", reported.name),
    };
    match (&reported.result, json) {
        (TestResult::Passed, true) => {}
        (TestResult::Passed, false) => say(&format!("pass {what}")),
        (TestResult::Failed(failure), false) => {
            say(&format!("FAIL {what}"));
            failure.differences.iter().for_each(|difference| say(&format!("     {difference}")));
            failure.reasons.iter().for_each(|reason| say(&format!("       {reason}")));
            say(&format!("     at {}", reported.at));
        }
        (TestResult::Unusable(why), false) => {
            say(&format!("FAIL {what}"));
            say(&format!("     {why}"));
            say(&format!("     at {}", reported.at));
        }
        (TestResult::Failed(failure), true) => say(&failed(reported, failure).to_string()),
        (TestResult::Unusable(why), true) => {
            say(&json!({"case": reported.name, "group": reported.group, "file": reported.at.file, "line": reported.at.line, "unusable": why}).to_string());
        }
    }
}

fn failed(reported: &TestRecord, failure: &TestFailure) -> Value {
    let differences: Vec<Value> = failure
        .differences
        .iter()
        .map(|one| json!({"what": one.what, "expected": one.expected, "decided": one.decided}))
        .collect();
    let reason = |reason: &ordinance_harness::Reason| {
        let provision = reason.provision.as_ref();
        json!({"jurisdiction": reason.jurisdiction, "criterion": reason.criterion, "found": reason.word, "title": reason.title,
            "document": provision.map(|at| &at.document), "article": provision.map(|at| &at.article)})
    };
    let reasons: Vec<Value> = failure.reasons.iter().map(reason).collect();
    json!({"case": reported.name, "group": reported.group, "file": reported.at.file, "line": reported.at.line,
        "differences": differences, "reasons": reasons})
}

/// Says what no case meets of each rule.
pub(super) fn coverage(coverage: &Coverage, json: bool) {
    for rule in coverage.rules() {
        let (met, all) = rule.met();
        let place = rule.head.place();
        if json {
            let share = percent((met, all));
            say(&json!({"rule": place, "version": rule.head.version, "percent": share, "gaps": rule.gaps()})
                .to_string());
            continue;
        }
        say(&format!("\n{place} {}: {met} of {all} met ({} %)", rule.head.version, percent((met, all))));
        rule.gaps().iter().for_each(|gap| say(&format!("     {gap}")));
    }
    if !json {
        say(&format!("\nThe cases meet {} % of the law that they reach.", percent(coverage.met())));
    }
}

/// Says the sum.
pub(super) fn sum(passed: u64, failed: u64, json: bool) {
    if json {
        say(&json!({"passed": passed, "failed": failed}).to_string());
    } else {
        say(&format!("\n{passed} passed, {failed} failed"));
    }
}
