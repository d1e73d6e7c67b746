//! Tests of the compiler: rules as a few lines of text.

mod differential;
mod library_fuel;
mod lines;
mod open_programs;
mod programs;
mod soundness;

use wit_component::ComponentEncoder;

use super::{CompileOptions, Compiled, DebugOptions, compile};
use crate::check::tests::{contract, program, rule_of};

/// Rules of every kind of expression.
const RULES: &[(&str, &str)] = &[
    (
        "subsidy",
        "criterion national = inherited != null\ncriterion severe = facts.grade <= 2\neligible = national\n\
         grant amount = if severe then monthly else 80.00",
    ),
    ("age", "criterion old = age >= min_age\ngrant amount = monthly"),
    (
        "logic",
        "criterion old = age >= min_age\ncriterion poor = low_income\ncriterion here = residence = \"registered\" or \
         residence = \"resident\"\neligible = old and (poor or here)\ngrant amount = monthly\ngrant form = \"cash\"",
    ),
    (
        "less",
        "define countable = less(income, 100.00)\ncriterion poor = countable < monthly\ngrant amount = \
         min(monthly, less(monthly, countable))",
    ),
    ("share", "criterion all = age >= 1 or low_income\ngrant amount = round half up(monthly * share / 100, 2)"),
    (
        "members",
        "define earned = sum(members.income)\ncriterion work = some m in members satisfies m.works\n\
         criterion many = count(members) >= 3\neligible = work or many\ngrant amount = if earned > 500 then 0 else 100.00",
    ),
    ("standards", "criterion some = age >= 10\ngrant amount = standards[persons <= count(members)][-1].amount"),
    (
        "table",
        "table band first | age, low_income | amount\nrow < 10 | - | 10.00\nrow [10..60) | true | 20.00\nrow - | - | 30.00\n\
         criterion known = age >= 5\ngrant amount = band",
    ),
    ("birth", "criterion late = birth_date >= from_day\ngrant amount = 5.00"),
    (
        "each",
        "criterion adult each members = age >= 18\neligible = some m in members satisfies m.age >= 60\ngrant amount = 5",
    ),
    (
        "wide",
        "criterion ok = income * income * income * savings * rent >= 10 ** 20\ngrant amount = decimal(income / 3, 2)",
    ),
];

fn compiled(text: &str, is_unoptimised: Option<bool>) -> Compiled {
    let rule = rule_of(text);
    let contract = contract();
    let debug = is_unoptimised.map(|is_unoptimised| DebugOptions {
        texts: &rule.texts,
        folder: "CN/allowance",
        is_unoptimised,
    });
    let options = CompileOptions { facts: &contract.facts, debug };
    compile(&program(text), &options).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_rule_is_a_valid_component() {
    for (name, text) in RULES {
        for debug in [None, Some(false), Some(true)] {
            let compiled = compiled(text, debug);
            let valid = wasmparser::Validator::new().validate_all(&compiled.module);
            valid.unwrap_or_else(|error| panic!("{name}: {error}"));
            let encoder = ComponentEncoder::default().validate(true).module(&compiled.module);
            let component = encoder.and_then(|mut encoder| encoder.encode());
            component.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        }
    }
}

#[test]
fn a_subsidy_is_small_and_takes_nothing_of_the_library() {
    let compiled = compiled(RULES[0].1, None);
    let encoder = ComponentEncoder::default().module(&compiled.module);
    let bytes = encoder.and_then(|mut encoder| encoder.encode()).unwrap().len();
    assert!(bytes < 4000, "{bytes} bytes");
    assert!(compiled.fuel_bound.is_some());
}

/// Conditions of the law that need nothing of the library.
const PLAIN_CONDITIONS: &[&str] = &[
    "years and months duration(birth_date, as_of).years >= 18",
    "birth_date + @\"P18Y\" <= as_of",
    "as_of - birth_date >= @\"P90D\"",
    "birth_date.year >= 1950 and as_of.month in (1, 4, 7, 10)",
    "income / facts.grade <= monthly * share / 100",
    "floor(income / 12) > 3",
    "sum(members[works].income) > 5",
    "count(members[age = max(members.age)]) > 1",
    "sum(for i in 1..3 return i * age) > 60",
    "some m in members[age < 18] satisfies not(m.works)",
    "standards[persons <= count(members)][-1].amount > income",
    "first known(low_income, is given(age))",
    "age in [1, 3, 5] or age between 7 and 9",
];

#[test]
fn usual_conditions_take_nothing_of_the_library() {
    for condition in PLAIN_CONDITIONS {
        let compiled = compiled(&format!("criterion one = {condition}\ngrant amount = monthly"), None);
        assert!(compiled.module.len() < 2_500, "{condition}: {} bytes", compiled.module.len());
        let bound = compiled.fuel_bound.unwrap();
        assert!(bound < 500_000, "{condition}: {bound} units of fuel");
    }
}

#[test]
fn a_table_of_ten_thousand_rows_is_looked_up_by_halving() {
    let mut text = "table band unique | income | rate\n".to_owned();
    for row in 0..10_000 {
        text += &format!("row [{}..{}) | {}.5\n", row * 10, row * 10 + 10, row % 1000);
    }
    text += "default 0\ncriterion some = age > 10\ngrant amount = band";
    let program = program(&text);
    let contract = contract();
    let compiled = compile(&program, &CompileOptions { facts: &contract.facts, debug: None }).unwrap();
    assert!(compiled.module.len() < 300_000, "{} bytes", compiled.module.len());
    // A call begins with a copy of the rows, 12 bytes each, which the host charges for by the byte.
    let looked_up = differential::fuel_of(&program, &compiled).saturating_sub(10_000 * 12);
    assert!(looked_up < 1_000, "{looked_up} units of fuel, where every row would take more");
}

#[test]
fn loops_over_lists_of_the_library_have_a_bound_on_fuel() {
    let bounded = [
        "criterion one = sum(for m in members[works] return m.income * 2) > 100",
        "criterion one = sort(members, function(a, b) a.age < b.age)[1].age > 30",
        "criterion one = some i in 1..facts.grade satisfies i * 20 > age",
        "criterion one = (for i in 1..5 return if i = 1 then age * 1 else partial[-1] + i)[-1] > 40",
        "criterion one = count(distinct values(members.age)) > 2",
        "criterion one = income ** 2 > sqrt(savings)",
        "criterion one = contains(surname, \"i\")",
    ];
    for text in bounded {
        let bound = compiled(&format!("{text}\ngrant amount = 5"), None).fuel_bound;
        assert!(bound.is_some_and(|bound| bound < 20_000_000_000), "{text}: {bound:?}");
    }
    let text = "criterion one = surname + \"a\" = \"Lia\"\ngrant amount = 5";
    assert_eq!(compiled(text, None).fuel_bound, None, "nobody knows how long the text is");
}

#[test]
fn a_table_of_too_many_rows_that_are_no_constants_is_refused_with_the_reason() {
    let mut text = "table band sum | age | rate\n".to_owned();
    (0..1_001).for_each(|row| text += &format!("row {row} | {row}\n"));
    text += "criterion some = age > 10\ngrant amount = band";
    let contract = contract();
    let error = compile(&program(&text), &CompileOptions { facts: &contract.facts, debug: None }).unwrap_err();
    assert!(error.to_string().contains("a table of 1001 rows: more than 1000 can be compiled only if"), "{error}");
}
