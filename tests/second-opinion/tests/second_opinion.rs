//! What Ordinance says of expressions, compared with what dsntk says. Where one of the two refuses an expression there
//! is nothing to compare: a refusal is never a wrong answer.

use std::collections::BTreeSet;

use ordinance_second_opinion::generate::{Random, expression};
use ordinance_second_opinion::{Computed, ours, theirs};

const WRITTEN: &str = include_str!("../expressions.txt");
const DEVIATIONS: &str = include_str!("../deviations.txt");

/// How many expressions are generated, unless `SECOND_OPINION_COUNT` says another number.
const GENERATED: u64 = 3000;

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether both gave a value or null, and not the same.
fn differ(one: &Computed, other: &Computed) -> bool {
    let is_refused = |computed: &Computed| matches!(computed, Computed::Refused(_));
    !is_refused(one) && !is_refused(other) && one.told() != other.told()
}

#[test]
fn written_expressions_come_to_what_is_written_beside_them() {
    let mut faults = Vec::new();
    for line in lines(WRITTEN) {
        let (expression, result) = line.rsplit_once(" => ").expect("`expression => result`");
        let computed = ours(expression);
        if computed.told() != result {
            faults.push(format!("{expression} => {computed:?}, not {result}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn written_expressions_differ_from_dsntk_only_where_the_reason_is_known() {
    let known: BTreeSet<&str> = lines(DEVIATIONS).collect();
    let mut differing = BTreeSet::new();
    for line in lines(WRITTEN) {
        let (expression, _) = line.rsplit_once(" => ").expect("`expression => result`");
        if differ(&ours(expression), &theirs(expression)) {
            differing.insert(expression);
        }
    }
    let new: Vec<&&str> = differing.difference(&known).collect();
    assert!(new.is_empty(), "not in deviations.txt: {new:#?}");
    let old: Vec<&&str> = known.difference(&differing).collect();
    assert!(old.is_empty(), "in deviations.txt, but both say the same: {old:#?}");
}

#[test]
fn generated_expressions_come_to_the_same_as_by_dsntk() {
    let count = std::env::var("SECOND_OPINION_COUNT").map_or(GENERATED, |count| count.parse().expect("a number"));
    let (mut faults, mut compared) = (Vec::new(), 0);
    for seed in 0..count {
        let expression = expression(&mut Random::of(seed), 1 + u32::try_from(seed % 3).expect("less than 3"));
        let (one, other) = (ours(&expression), theirs(&expression));
        if differ(&one, &other) && !is_known(&expression) {
            faults.push(format!("{expression}\n  {one:?}\n  {other:?}"));
        }
        let have_values = matches!((&one, &other), (Computed::Value(_), Computed::Value(_)));
        compared += u64::from(have_values);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(compared * 10 > count * 9, "only {compared} of {count} expressions have a value by both");
}

/// Differences of generated expressions, beside those of `deviations.txt`.
fn is_known(expression: &str) -> bool {
    let has = |part: &str| expression.contains(part);
    // dsntk reads `a.first + years and ...` as a name with `+`, and gives null.
    let is_misread = (has(".first") || has(".x")) && has("years and months duration");
    // `any([null, true])` is true and `all([null, false])` is false, by the examples of DMN 1.5, 10.3.4.4.
    let has_null = has("any([") || has("all([");
    // dsntk writes the product of a negative number and 0 as -0.
    let may_be_negative_zero = has("string(");
    is_misread || has_null || may_be_negative_zero
}
