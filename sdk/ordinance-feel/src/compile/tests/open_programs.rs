//! Random rules, every fourth one of values that may be null and of lists of which it isn't known how many items they
//! have.

use super::programs;
use crate::check::check_rule;
use crate::check::tests::random::Random;
use crate::check::tests::{contract, manifest, rule_of};

/// Conditions on values that may be null, or lists that may have more or fewer items.
const CONDITIONS: &[&str] = &[
    "(if age > 30 then 5 else null) = 5",
    "(if age > 30 then null else 4) in (4, 5)",
    "(if low_income then null else true) != null",
    "(if low_income then 3 else null) != null",
    "(if low_income then income else null) = null or age > 50",
    "min(members[works].income) = null",
    "max(members[works].income) != null and age > 20",
    "min(members.income) != null",
    "[1, 1][facts.grade] != null",
    "max([1, 2][item > facts.grade]) != null",
    "(for i in 1..2 return if i > facts.grade then i else null)[1] = null",
    "count([1, if low_income then null else 2][item != null]) = 2",
    "{a: if low_income then null else 2}.a = null",
    "(if low_income then null else 3) instance of number",
    "members[works] = []",
    "members[works] != []",
    "members[age >= 18].age = [30]",
    "[1, 2, 3][item > facts.grade] = [2, 3]",
    "standards[persons <= facts.grade].amount = [500, 700]",
    "append([1, 2][item > facts.grade], 3) = [3]",
    "reverse([1, 2][item > facts.grade]) = [2]",
    "{a: [1, 2][item > facts.grade]} = {a: [2]}",
    "list contains([[2], [1, 2]], [1, 2][item > facts.grade])",
    "known_band != null and known_band > 2",
    "if known_band = null then age > 30 else known_band > 2",
    "known_band = null or known_band < 3",
];

const TABLES: &[&str] = &[
    "table known_band first | age | rate\nrow < 20 | 3\nrow [30..50) | 3\nrow > 60 | 1\n",
    "table known_band unique | residence | rate\nrow \"registered\" | 3\nrow \"resident\" | 3\n",
    "table known_band max | age, low_income | rate\nrow < 50 | true | 3\nrow > 20 | true | 4\n",
    "define known_band = if low_income then age else null\n",
];

/// A random rule.
pub(super) fn rule_text(random: &mut Random) -> String {
    if random.below(4) > 0 {
        return programs::rule_text(random);
    }
    let (one, two) = (random.one_of(CONDITIONS), random.one_of(CONDITIONS));
    format!(
        "{}criterion one = {one}\ncriterion two = {two}\neligible = one {} two\ngrant amount = 1\n",
        random.one_of(TABLES),
        random.one_of(&["and", "or"])
    )
}

#[test]
fn every_condition_of_values_that_may_be_null_is_checked() {
    for (condition, table) in CONDITIONS.iter().flat_map(|condition| TABLES.iter().map(move |table| (condition, table)))
    {
        let text = format!("{table}criterion one = {condition}\ngrant amount = 1\n");
        let checked = check_rule(&rule_of(&text), &contract(), &manifest());
        assert!(checked.is_ok(), "{text}\n{:?}", checked.err());
    }
}
