//! Prints test results, as text or as one JSON object per line.

use ordinance_harness::{Coverage, Reason, TestFailure, TestRecord, TestResult};
use serde_json::{Value, json};

use crate::terminal::print_line;
use crate::test_run::NotRun;

/// Prints the result of a test. JSON leaves out tests that pass, and so does a file of cases, which may have millions.
pub(super) fn print_record(record: &TestRecord, as_json: bool, is_of_file: bool) {
    if as_json {
        match &record.result {
            TestResult::Passed => {}
            TestResult::Failed(failure) => print_line(&failure_json(record, failure).to_string()),
            TestResult::Unusable(reason) => print_line(&unusable_json(record, reason).to_string()),
        }
        return;
    }
    let name = match record.group.as_str() {
        "" => record.name.clone(),
        group => format!("{group}: {}", record.name),
    };
    match &record.result {
        TestResult::Passed if is_of_file => {}
        TestResult::Passed => print_line(&format!("pass {name}")),
        TestResult::Failed(failure) => {
            print_line(&format!("FAIL {name}"));
            failure.differences.iter().for_each(|difference| print_line(&format!("     {difference}")));
            failure.explanation().for_each(|line| print_line(&format!("       {line}")));
            print_line(&format!("     at {}", record.location));
        }
        TestResult::Unusable(reason) => {
            print_line(&format!("FAIL {name}"));
            print_line(&format!("     {reason}"));
            print_line(&format!("     at {}", record.location));
        }
    }
}

fn unusable_json(record: &TestRecord, reason: &str) -> Value {
    let location = &record.location;
    json!({"case": record.name, "group": record.group, "file": location.file, "line": location.line, "unusable": reason})
}

fn failure_json(record: &TestRecord, failure: &TestFailure) -> Value {
    let differences: Vec<Value> = failure
        .differences
        .iter()
        .map(|difference| json!({"what": difference.part.to_string(), "expected": difference.expected, "decided": difference.decided}))
        .collect();
    let reasons: Vec<Value> = failure.reasons.iter().map(reason_json).collect();
    let intermediates: Vec<Value> = failure
        .intermediates
        .iter()
        .map(|told| json!({"jurisdiction": told.jurisdiction, "name": told.name, "title": told.title(), "value": told.value}))
        .collect();
    let withheld: Vec<Value> = failure
        .withheld
        .iter()
        .map(|withheld| json!({"fact": withheld.fact, "reasons": withheld.reasons.iter().map(reason_json).collect::<Vec<_>>()}))
        .collect();
    let location = &record.location;
    json!({"case": record.name, "group": record.group, "file": location.file, "line": location.line,
        "differences": differences, "reasons": reasons, "intermediates": intermediates, "withheld": withheld,
        "failed_rules": failure.failed_rules})
}

fn reason_json(reason: &Reason) -> Value {
    let provision = reason.provision.as_ref();
    json!({"jurisdiction": reason.jurisdiction, "criterion": reason.criterion, "found": reason.status,
        "title": reason.title(), "document": provision.map(|provision| &provision.document),
        "article": provision.map(|provision| &provision.article)})
}

/// Prints the coverage of each rule, and its gaps.
pub(super) fn print_coverage(coverage: &Coverage, as_json: bool) {
    for rule in coverage.rules() {
        let covered = rule.covered();
        let percent = covered.percent();
        let place = rule.head.source_path();
        let version = &rule.head.version;
        if as_json {
            let rule = json!({"rule": place, "version": version, "percent": percent, "gaps": rule.gaps()});
            print_line(&rule.to_string());
            continue;
        }
        print_line(&format!("\n{place} {version}: {} of {} covered ({percent} %)", covered.part, covered.whole));
        rule.gaps().iter().for_each(|gap| print_line(&format!("     {gap}")));
    }
    if !as_json {
        print_line(&format!("\nThe cases cover {} % of the law that they reach.", coverage.covered().percent()));
    }
}

/// Prints the numbers of tests that passed, failed and weren't run.
pub(super) fn print_totals(passed: u64, failed: u64, not_run: &[NotRun], as_json: bool) {
    if as_json {
        for NotRun { group, cases } in not_run {
            print_line(&json!({"group": group, "not_run": cases}).to_string());
        }
        print_line(&json!({"passed": passed, "failed": failed}).to_string());
    } else {
        print_line("");
        not_run.iter().for_each(|cases| print_line(&format!("{}; its error stands above", cases.text())));
        let left_out: usize = not_run.iter().map(|cases| cases.cases).sum();
        let left_out = if left_out == 0 { String::new() } else { format!(", {left_out} not run") };
        print_line(&format!("{passed} passed, {failed} failed{left_out}"));
        if failed > 0 {
            print_line("`ordinance trace CODE/SERVICE --case NAME` shows a case step by step");
        }
    }
}
