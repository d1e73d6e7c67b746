//! What is found on decision tables.

use std::fmt::Write as _;
use std::time::Instant;

use super::{check_rule, contract, manifest, rule_of, told};
use crate::table_analysis::{TableFindingKind, analyse_tables};

/// The findings, or the faults that refuse the rule.
fn found(table: &str) -> String {
    let rule = rule_of(&format!("{table}\ndefine x = t\ncriterion c = x = x"));
    match check_rule(&rule, &contract(), &manifest()) {
        Err(faults) => format!("refused\n{}", told(&rule, &faults)),
        Ok(program) => {
            let findings = analyse_tables(&program, &rule.texts, &manifest());
            findings.into_iter().map(|finding| finding.message + "\n").collect()
        }
    }
}

#[test]
fn a_table_that_covers_every_case_once_has_no_finding() {
    assert_eq!(found("table t unique | age | x\nrow < 18 | 1\nrow [18..64] | 2\nrow >= 65 | 3"), "");
    assert_eq!(
        found(
            "table t unique | residence, low_income | x\n\
             row \"registered\" | - | 1\n\
             row not(\"registered\") | true | 2\n\
             row \"resident\", \"neither\" | false | 3"
        ),
        ""
    );
    // Between 65 and 66 there is no whole number, and no age is beyond the contract's range.
    assert_eq!(found("table t unique | age | x\nrow [0..65] | 1\nrow [66..130] | 2"), "");
    assert_eq!(found("table t unique | age | x\nrow < min_age | 1\nrow >= min_age | 2"), "");
    assert_eq!(found("table t unique | birth_date | x\nrow < @\"2000-01-01\" | 1\nrow > @\"1999-12-31\" | 2"), "");
    assert_eq!(found("table t first | age | x\nrow < 18 | 1\nrow - | 2"), "");
}

#[test]
fn rows_that_match_the_same_case_are_refused_with_a_case() {
    let told =
        found("table t unique | age, income | x\nrow <= 18 | - | 1\nrow >= 18 | < 100 | 2\nrow > 18 | >= 100 | 3");
    assert!(told.starts_with("refused"), "{told}");
    assert!(told.contains("rows 1 and 2 of `t` both match `age = 18, income = 0`, which `unique` forbids"), "{told}");
    let told = found("table t unique | age | x\nrow <= 80 | 1\nrow >= min_age | 2");
    assert!(told.contains("both match `age = 80`"), "{told}");
    assert_eq!(found("table t any | age | x\nrow <= 18 | 1\nrow >= 18 | 1"), "");
    assert!(found("table t any | age | x\nrow <= 18 | 1\nrow >= 18 | 2").contains("with other outputs"));
    assert_eq!(found("table t first | age | x\nrow <= 18 | 1\nrow >= 18 | 2"), "");
}

#[test]
fn a_case_that_no_row_matches_is_told() {
    assert_eq!(
        found("table t unique | age, low_income | x\nrow < 18 | - | 1\nrow > 18 | true | 2"),
        "no row of `t` matches `age = 18, low_income = false`\nno row of `t` matches `age = 19, low_income = false`\n"
    );
    assert_eq!(
        found("table t unique | income | x\nrow < 18 | 1\nrow > 18 | 2"),
        "no row of `t` matches `income = 18`\n"
    );
    assert_eq!(found("table t unique | age | x\nrow < 18 | 1\nrow > 18 | 2\ndefault 0"), "");
    assert_eq!(
        found("table t unique | residence | x\nrow \"resident\" | 1"),
        "no row of `t` matches `residence = \"registered\"`\nno row of `t` matches `residence = \"neither\"`\n"
    );
}

#[test]
fn a_row_that_is_never_reached_is_told() {
    assert_eq!(
        found("table t first | age | x\nrow < 50 | 1\nrow >= 40 | 2\nrow [30..60] | 3"),
        "row 3 of `t` is never reached: others match first whatever it matches, such as row 1 for `age = 30`\n"
    );
    assert_eq!(
        found("table t unique | age | x\nrow > 200 | 1\nrow - | 3"),
        "row 1 of `t` is never reached: no value of `age` passes its condition\n"
    );
    assert_eq!(
        found("table t priority | age | x | \"high\", \"low\"\nrow < 50 | \"low\"\nrow - | \"high\""),
        "row 1 of `t` is never reached: others match first whatever it matches, such as row 2 for `age = 0`\n"
    );
}

#[test]
fn a_row_of_another_form_is_told_as_not_decided() {
    let told = found("table t unique | age, income | x\nrow < 18 | ? > age * 100 | 1\nrow - | - | 2");
    assert_eq!(told, "`t` isn't decided: the conditions of row 1 don't compare with constants and parameters alone\n");
    let told = found("table t unique | age, income | x\nrow < 18 | ? > age * 100 | 1\nrow >= 18 | - | 2");
    assert_eq!(
        told,
        "`t` isn't decided: the conditions of row 1 don't compare with constants and parameters alone, and no other row \
         matches `age = 0, income = 0`\n"
    );
}

#[test]
fn days_on_which_the_rule_is_not_in_force_are_no_gap() {
    let days = |rows: &str| found(&format!("table t unique | as_of, age | x\n{rows}"));
    // The rule is in force from 2020-01-01 on.
    assert_eq!(days("row [@\"2020-01-01\"..@\"2021-01-01\") | - | 1\nrow >= @\"2021-01-01\" | - | 2"), "");
    assert_eq!(days("row >= @\"2020-02-01\" | - | 1"), "no row of `t` matches `as_of = @\"2020-01-01\", age = 0`\n");
    // A row for earlier days stands in a sheet that several versions share.
    assert_eq!(days("row < @\"2020-01-01\" | - | 1\nrow >= @\"2020-01-01\" | - | 2"), "");
}

/// A table of bands: `bands` of the income times `grades` of age.
fn banded(bands: usize, grades: usize) -> String {
    let mut table = "table t unique | income, age, low_income | x".to_owned();
    for band in 0..bands {
        for grade in 0..grades {
            let income = match band {
                0 => "< 100".to_owned(),
                band if band + 1 == bands => format!(">= {}", band * 100),
                band => format!("[{}..{})", band * 100, (band + 1) * 100),
            };
            let age = match grade {
                0 => "< 1".to_owned(),
                grade if grade + 1 == grades => format!(">= {grade}"),
                grade => grade.to_string(),
            };
            let _ = write!(table, "\nrow {income} | {age} | - | {}", band * grades + grade);
        }
    }
    table
}

#[test]
fn ten_thousand_rows_are_analysed_in_a_moment() {
    for (bands, grades) in [(100, 100), (5_000, 2), (100, 99)] {
        let text = banded(bands, grades);
        let text = if grades == 99 { text.replacen("row [100..200) | 5 | - | 104\n", "", 1) } else { text };
        let rule = rule_of(&format!("{text}\ndefine x = t\ncriterion c = x = x"));
        let program =
            check_rule(&rule, &contract(), &manifest()).unwrap_or_else(|faults| panic!("{}", told(&rule, &faults)));
        let begun = Instant::now();
        let findings = analyse_tables(&program, &rule.texts, &manifest());
        let took = begun.elapsed();
        eprintln!("{bands} x {grades}: {} rows in {took:?}", rule.tables[0].rows.len());
        if grades == 99 {
            assert!(matches!(findings.as_slice(), [gap] if gap.kind == TableFindingKind::Gap), "{findings:?}");
            assert!(findings[0].message.contains("income = 100, age = 5"), "{}", findings[0].message);
        } else {
            assert_eq!(findings, []);
        }
    }
}
