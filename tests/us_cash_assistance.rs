//! The cash assistance of six states against a second computation of each formula, which shares nothing with the rules:
//! whole numbers of a tick, in which every share and every twelfth of the law is exact.

mod formulas;

use std::fmt::Write as _;
use std::fs;

use serde_json::{Map, Value, json};

use self::formulas::{DOLLAR, Household, STATES, State};
use crate::assertions::assert_contains;
use crate::support::{Numbers, plugins_rulebook, root, run, scratch, text_of};

impl Numbers {
    /// An amount with four decimals: none, one beside a number of the law, or any.
    fn money(&mut self) -> i128 {
        const MARKS: [i128; 24] = [
            50, 90, 150, 175, 180, 200, 223, 250, 400, 446, 513, 641, 1_000, 1_020, 1_026, 1_500, 1_603, 2_000, 3_000,
            4_600, 5_000, 6_000, 10_000, 20_000,
        ];
        let ten_thousandths = match self.below(4) {
            0 => 0,
            1 => self.one_of(&MARKS) * 10_000 + self.one_of(&[0, 1, -1, 100, -100, 2_500]),
            2 => i128::try_from(self.below(8_000_000)).unwrap(),
            _ => i128::try_from(self.below(80_000)).unwrap() * 100,
        };
        ten_thousandths * (DOLLAR / 10_000)
    }

    fn household(&mut self) -> Household {
        let unearned = self.money();
        let earners = self.one_of(&[0, 0, 1, 1, 2, 2, 3, 5]);
        Household {
            size: self.one_of(&[1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 18, 19, 20, 36, 37, 50]),
            pays: (0..earners).map(|_| self.money()).collect(),
            unearned,
            // The support is contained in the unearned income.
            support: self.money().min(unearned),
            assets: self.money(),
            vehicles: self.money(),
            care: self.money(),
            under_2: self.one_of(&[0, 0, 1, 2]),
            from_2: self.one_of(&[0, 1, 2, 3]),
            enrolled: self.chance(50),
            shared: self.chance(50),
            housing: self.chance(50),
            child: self.chance(95),
            lawful: self.chance(95),
        }
    }

    /// A day on which the law of the state changes, the day before, or a later one.
    fn day(&mut self, state: &State) -> &'static str {
        self.one_of(state.days)
    }
}

/// Moves one amount of the household to where it changes what is decided, or just before.
fn at_a_boundary(numbers: &mut Numbers, state: &State, household: &Household, day: &str) -> Household {
    let which = numbers.below(4);
    let with = |ten_thousandths: i128| {
        let amount = ten_thousandths * (DOLLAR / 10_000);
        let mut moved = household.clone();
        match (which, moved.pays.first_mut()) {
            (0, Some(pay)) => *pay = amount,
            (1, _) => moved.assets = amount,
            (2, _) => moved.vehicles = amount,
            (_, _) => {
                moved.unearned = amount;
                moved.support = moved.support.min(amount);
            }
        }
        moved
    };
    let is_eligible = |amount: i128| state.cents(&with(amount), day).is_some();
    let (mut low, mut high) = (0, 400_000_000);
    if is_eligible(low) == is_eligible(high) {
        return household.clone();
    }
    while high - low > 1 {
        let middle = i128::midpoint(low, high);
        if is_eligible(middle) == is_eligible(0) { low = middle } else { high = middle }
    }
    with(numbers.one_of(&[low, high]))
}

fn expected(cents: Option<i128>) -> Value {
    match cents {
        Some(cents) => {
            json!({"outcome": "eligible", "grant": {"amount": format!("{}.{:02}", cents / 100, cents % 100)}})
        }
        None => json!({"outcome": "ineligible"}),
    }
}

fn line(state: &State, name: usize, day: &str, facts: &Map<String, Value>, expect: &Value) -> String {
    let case = json!({
        "name": format!("{} {name}", state.code), "jurisdiction": state.code, "service": "cash-assistance", "as_of": day,
        "facts": facts, "expect": expect,
    });
    format!("{case}\n")
}

/// Lets the command decide the cases of a file, all of which must pass.
fn assert_all_pass(cases: &str) {
    let folder = scratch();
    let file = folder.path().join("cases.ndjson");
    fs::write(&file, cases).unwrap();
    let tested = run(&["test", plugins_rulebook().to_str().unwrap(), "--cases", file.to_str().unwrap()]);
    let said = text_of(&tested);
    let failed: Vec<&str> = said.lines().filter(|line| !line.starts_with("pass ")).take(20).collect();
    assert!(tested.status.success(), "{}", failed.join("\n"));
    assert_contains(&said, &format!("{} passed, 0 failed", cases.lines().count()));
}

#[test]
fn the_samples_of_the_source_pass() {
    let samples = fs::read_to_string(root().join("tests/data/us-cash-assistance-samples.ndjson")).unwrap();
    assert_eq!(samples.lines().count(), 30);
    assert_all_pass(&samples);
}

#[test]
fn every_household_gets_what_the_formula_of_its_state_gives() {
    let mut numbers = Numbers(1);
    let mut cases = String::new();
    for state in &STATES {
        let mut eligible = 0;
        for name in 0..1_500 {
            let day = numbers.day(state);
            let mut household = numbers.household();
            if numbers.chance(60) {
                household = at_a_boundary(&mut numbers, state, &household, day);
            }
            let cents = state.cents(&household, day);
            eligible += usize::from(cents.is_some());
            cases.write_str(&line(state, name, day, &state.facts_of(&household), &expected(cents))).unwrap();
        }
        assert!((200..1_300).contains(&eligible), "{} of {} are eligible", eligible, state.code);
    }
    assert_all_pass(&cases);
}

/// Every household that this one may turn out to be once the fact is known, at the ends of what the fact may be. Each
/// formula moves one way with each fact, but for the test that holds for who is already enrolled.
fn completions(household: &Household, fact: &str) -> Vec<Household> {
    let most = 99_999_999 * DOLLAR;
    let with = |change: &dyn Fn(&mut Household)| {
        let mut completed = household.clone();
        change(&mut completed);
        completed
    };
    let amounts = |field: fn(&mut Household) -> &mut i128, ends: [i128; 2]| {
        ends.iter().map(|end| with(&|completed| *field(completed) = *end)).collect()
    };
    let answers = |field: fn(&mut Household) -> &mut bool| {
        [false, true].iter().map(|answer| with(&|completed| *field(completed) = *answer)).collect()
    };
    match fact {
        "household_size" => amounts(|household| &mut household.size, [1, 50]),
        "earners" | "earned_income" => [vec![], vec![most], vec![90 * DOLLAR; 50]]
            .iter()
            .map(|pays| with(&|completed| completed.pays.clone_from(pays)))
            .collect(),
        "unearned_income" => amounts(|household| &mut household.unearned, [0, most]),
        "child_support_received" => amounts(|household| &mut household.support, [0, most]),
        "liquid_assets" => amounts(|household| &mut household.assets, [0, most]),
        "vehicle_equity" => amounts(|household| &mut household.vehicles, [0, most]),
        "child_care_costs" => amounts(|household| &mut household.care, [0, most]),
        "dependants_under_2" => amounts(|household| &mut household.under_2, [0, 50]),
        "dependants_from_2" => amounts(|household| &mut household.from_2, [0, 50]),
        "already_enrolled" => answers(|household| &mut household.enrolled),
        "shared_living" => answers(|household| &mut household.shared),
        "receives_housing_assistance" => answers(|household| &mut household.housing),
        "has_eligible_child" => answers(|household| &mut household.child),
        "any_member_lawfully_present" => answers(|household| &mut household.lawful),
        other => panic!("no fact `{other}`"),
    }
}

/// The one result of all these households, or undetermined.
fn expected_of_all(state: &State, day: &str, households: &[Household]) -> Value {
    let first = state.cents(&households[0], day);
    let is_certain = households.iter().all(|household| state.cents(household, day) == first);
    if is_certain { expected(first) } else { json!({"outcome": "undetermined"}) }
}

#[test]
fn an_answer_given_while_facts_are_missing_is_that_of_every_household_it_may_be() {
    let mut numbers = Numbers(2);
    let mut cases = String::new();
    for state in &STATES {
        for name in 0..600 {
            let day = numbers.day(state);
            let drawn = numbers.household();
            let household = at_a_boundary(&mut numbers, state, &drawn, day);
            let mut facts = state.facts_of(&household);
            let mut households = vec![household];
            for _ in 0..=numbers.below(3) {
                let names: Vec<String> = facts.keys().cloned().collect();
                let missing = &names[numbers.below(names.len())];
                facts.remove(missing);
                households = households.iter().flat_map(|household| completions(household, missing)).collect();
            }
            let expect = expected_of_all(state, day, &households);
            cases.write_str(&line(state, name, day, &facts, &expect)).unwrap();
        }
    }
    assert_all_pass(&cases);
}

#[test]
fn an_answer_given_while_the_pay_of_an_earner_is_missing_is_that_of_every_pay() {
    let mut numbers = Numbers(3);
    let mut cases = String::new();
    for state in STATES.iter().filter(|state| state.facts.contains(&"earners")) {
        for name in 0..400 {
            let day = numbers.day(state);
            let mut household = numbers.household();
            household.pays.push(numbers.money());
            let household = at_a_boundary(&mut numbers, state, &household, day);
            let mut facts = state.facts_of(&household);
            let unknown = numbers.below(household.pays.len());
            facts["earners"][unknown] = json!({});
            let with = |pay: i128| {
                let mut completed = household.clone();
                completed.pays[unknown] = pay;
                completed
            };
            let expect = expected_of_all(state, day, &[with(0), with(99_999_999 * DOLLAR)]);
            cases.write_str(&line(state, name, day, &facts, &expect)).unwrap();
        }
    }
    assert_all_pass(&cases);
}
