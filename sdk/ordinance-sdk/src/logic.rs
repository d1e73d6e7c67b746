//! Three-valued logic over criteria: a test is satisfied, not satisfied, or unknown because a fact is missing. It keeps
//! the finding on each criterion. This is Kleene's strong logic: one failed criterion of `all` decides, even if others
//! are unknown.

use alloc::string::ToString;
use alloc::vec::Vec;

/// The finding of one rule on one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The criterion's id in rule.toml.
    pub criterion: alloc::string::String,
    /// `None` if a fact that the criterion needs is missing.
    pub satisfied: Option<bool>,
    /// The index of an item in the list that the criterion names in rule.toml, such as a member of the household.
    /// `None` if the finding is on the whole case.
    pub item: Option<u32>,
}

/// A criterion, or several joined by [`all`] and [`any`], with the findings on all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Test {
    satisfied: Option<bool>,
    findings: Vec<Finding>,
}

impl Test {
    /// Whether the test is satisfied. `None` if that depends on a missing fact.
    #[must_use]
    pub fn satisfied(&self) -> Option<bool> {
        self.satisfied
    }

    /// The findings, in the order of the criteria in the code.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// The same test of one item of a list, by its index: its findings are on that item.
    fn of_item(mut self, index: usize) -> Self {
        for finding in &mut self.findings {
            finding.item = u32::try_from(index).ok();
        }
        self
    }

    /// Adds the finding on a criterion that doesn't decide eligibility, such as one that determines the amount.
    pub fn and_note(mut self, note: Test) -> Self {
        self.findings.extend(note.findings);
        self
    }
}

/// A criterion of rule.toml with its finding, a `bool` or an `Option<bool>`. `None` means that a fact is missing.
pub fn criterion(id: &str, satisfied: impl Into<Option<bool>>) -> Test {
    let satisfied = satisfied.into();
    let mut findings = Vec::with_capacity(8);
    findings.push(Finding { criterion: id.to_string(), satisfied, item: None });
    Test { satisfied, findings }
}

/// The negation; unknown stays unknown.
#[must_use]
pub fn not(satisfied: impl Into<Option<bool>>) -> Option<bool> {
    satisfied.into().map(|satisfied| !satisfied)
}

/// Satisfied if every test is satisfied. Not satisfied if one test isn't, even if others are unknown.
pub fn all<const N: usize>(tests: [Test; N]) -> Test {
    joined(tests, true, and)
}

/// Satisfied if one test is satisfied, even if others are unknown. Not satisfied if no test is.
pub fn any<const N: usize>(tests: [Test; N]) -> Test {
    joined(tests, false, or)
}

/// Satisfied if the test of every item of a list is satisfied, as [`all`] joins them, with a finding for each item: in
/// rule.toml the criterion says `each = "..."` with the name of the list.
///
/// ```text
/// all_items(&applicant.members, |member| criterion("minor", member.age.map(|age| age < 18)))
/// ```
pub fn all_items<T>(items: &[T], test: impl Fn(&T) -> Test) -> Test {
    joined(tests_of(items, test), true, and)
}

/// Satisfied if the test of one item of a list is satisfied, as [`any`] joins them, with a finding for each item: in
/// rule.toml the criterion says `each = "..."` with the name of the list.
pub fn any_item<T>(items: &[T], test: impl Fn(&T) -> Test) -> Test {
    joined(tests_of(items, test), false, or)
}

fn tests_of<T>(items: &[T], test: impl Fn(&T) -> Test) -> impl Iterator<Item = Test> {
    items.iter().enumerate().map(move |(index, item)| test(item).of_item(index))
}

fn and(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        (None, _) | (_, None) => None,
    }
}

fn or(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        (None, _) | (_, None) => None,
    }
}

fn joined(
    tests: impl IntoIterator<Item = Test>,
    empty: bool,
    join: fn(Option<bool>, Option<bool>) -> Option<bool>,
) -> Test {
    let mut joined = Test { satisfied: Some(empty), findings: Vec::new() };
    for test in tests {
        joined.satisfied = join(joined.satisfied, test.satisfied);
        if joined.findings.is_empty() {
            joined.findings = test.findings;
        } else {
            joined.findings.extend(test.findings);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Option<bool>; 3] = [Some(true), Some(false), None];

    fn pair(a: Option<bool>, b: Option<bool>) -> [Test; 2] {
        [criterion("a", a), criterion("b", b)]
    }

    #[test]
    fn one_failed_criterion_decides_whatever_is_unknown() {
        assert_eq!(all(pair(None, Some(false))).satisfied(), Some(false));
        assert_eq!(all(pair(None, Some(true))).satisfied(), None);
        assert_eq!(any(pair(None, Some(true))).satisfied(), Some(true));
        assert_eq!(any(pair(None, Some(false))).satisfied(), None);
    }

    #[test]
    fn de_morgan_holds_for_unknowns_too() {
        for a in KNOWN {
            for b in KNOWN {
                assert_eq!(not(all(pair(a, b)).satisfied()), any(pair(not(a), not(b))).satisfied());
            }
        }
    }

    #[test]
    fn a_test_of_a_list_has_a_finding_on_each_item() {
        let minor = |age: &Option<u8>| criterion("minor", age.map(|age| age < 18));
        let of = |test: Test| {
            let satisfied = test.satisfied();
            (
                satisfied,
                test.into_findings().iter().map(|finding| (finding.item, finding.satisfied)).collect::<Vec<_>>(),
            )
        };
        let ages = [Some(5), None, Some(40)];
        let findings = vec![(Some(0), Some(true)), (Some(1), None), (Some(2), Some(false))];
        assert_eq!(of(all_items(&ages, minor)), (Some(false), findings.clone()));
        assert_eq!(of(any_item(&ages, minor)), (Some(true), findings));
        assert_eq!(of(all_items(&ages[..2], minor)).0, None);
        assert_eq!(of(any_item(&ages[1..], minor)).0, None);
        assert_eq!(of(all_items(&[], minor)), (Some(true), Vec::new()));
        assert_eq!(of(any_item(&[], minor)), (Some(false), Vec::new()));
    }

    #[test]
    fn findings_come_in_the_order_of_the_text() {
        let test = all([any(pair(None, Some(true))), criterion("c", true)]).and_note(criterion("d", false));
        assert_eq!(test.satisfied(), Some(true));
        let ids: Vec<_> = test.into_findings().into_iter().map(|finding| finding.criterion).collect();
        assert_eq!(ids, ["a", "b", "c", "d"]);
    }
}
