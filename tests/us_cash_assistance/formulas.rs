//! The formulas of the states, in ticks: a dollar has so many that a share in percent of a share in percent, of a
//! twelfth of a dollar, is a whole number.

use serde_json::{Map, Value, json};

/// Ticks a dollar: 12 twelfths, 100^4 for four shares, as Connecticut has them.
pub(super) const DOLLAR: i128 = 12 * 100_000_000;

/// A household, amounts in ticks.
#[derive(Debug, Clone)]
pub(super) struct Household {
    pub(super) size: i128,
    pub(super) pays: Vec<i128>,
    pub(super) unearned: i128,
    pub(super) support: i128,
    pub(super) assets: i128,
    pub(super) vehicles: i128,
    pub(super) care: i128,
    pub(super) under_2: i128,
    pub(super) from_2: i128,
    pub(super) enrolled: bool,
    pub(super) shared: bool,
    pub(super) housing: bool,
    pub(super) child: bool,
    pub(super) lawful: bool,
}

/// A state: its facts beside the two that all have, and days on which and before which its law changes.
pub(super) struct State {
    pub(super) code: &'static str,
    pub(super) facts: &'static [&'static str],
    pub(super) days: &'static [&'static str],
    /// The exact amount of who passes all tests but those that all states have.
    amount: fn(&Household, &str) -> Option<i128>,
}

impl State {
    /// The amount in cents, a half rounded up; `None` of who isn't eligible.
    pub(super) fn cents(&self, household: &Household, day: &str) -> Option<i128> {
        let amount = (self.amount)(household, day).filter(|_| household.child && household.lawful)?;
        Some((amount * 100 + DOLLAR / 2) / DOLLAR)
    }

    pub(super) fn facts_of(&self, household: &Household) -> Map<String, Value> {
        let money = |ticks: i128| {
            let ten_thousandths = ticks * 10_000 / DOLLAR;
            json!(format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000))
        };
        let value = |fact: &str| match fact {
            "household_size" => json!(household.size),
            "earners" => household.pays.iter().map(|pay| json!({"earned_income": money(*pay)})).collect(),
            "earned_income" => money(household.pays.iter().sum()),
            "unearned_income" => money(household.unearned),
            "child_support_received" => money(household.support),
            "liquid_assets" => money(household.assets),
            "vehicle_equity" => money(household.vehicles),
            "child_care_costs" => money(household.care),
            "dependants_under_2" => json!(household.under_2),
            "dependants_from_2" => json!(household.from_2),
            "already_enrolled" => json!(household.enrolled),
            "shared_living" => json!(household.shared),
            "receives_housing_assistance" => json!(household.housing),
            "has_eligible_child" => json!(household.child),
            "any_member_lawfully_present" => json!(household.lawful),
            other => panic!("no fact `{other}`"),
        };
        let common = ["has_eligible_child", "any_member_lawfully_present"];
        self.facts.iter().chain(&common).map(|fact| ((*fact).to_owned(), value(fact))).collect()
    }
}

pub(super) const STATES: [State; 6] = [
    State {
        code: "US-TN",
        facts: &[
            "household_size",
            "earned_income",
            "unearned_income",
            "liquid_assets",
            "vehicle_equity",
            "child_care_costs",
            "dependants_under_2",
            "dependants_from_2",
        ],
        days: &["2008-11-01", "2021-06-30", "2021-07-01", "2026-01-15"],
        amount: tennessee,
    },
    State {
        code: "US-IN",
        facts: &["household_size", "earners", "unearned_income", "liquid_assets", "vehicle_equity", "already_enrolled"],
        days: &[
            "1997-10-01",
            "1999-06-30",
            "1999-07-01",
            "2021-06-30",
            "2021-07-01",
            "2022-06-30",
            "2022-07-01",
            "2023-06-30",
            "2023-07-01",
            "2025-06-30",
            "2025-07-01",
            "2026-02-28",
            "2026-03-01",
            "2027-06-30",
            "2027-07-01",
        ],
        amount: indiana,
    },
    State {
        code: "US-AR",
        facts: &["household_size", "earned_income", "unearned_income", "liquid_assets", "already_enrolled"],
        days: &["2012-01-01", "2022-12-31", "2023-01-01", "2026-01-15"],
        amount: arkansas,
    },
    State {
        code: "US-SD",
        facts: &[
            "household_size",
            "earners",
            "unearned_income",
            "child_support_received",
            "liquid_assets",
            "shared_living",
        ],
        days: &[
            "2016-09-01",
            "2021-06-30",
            "2021-07-01",
            "2022-06-30",
            "2022-07-01",
            "2023-06-30",
            "2023-07-01",
            "2025-07-31",
            "2025-08-01",
        ],
        amount: south_dakota,
    },
    State {
        code: "US-LA",
        facts: &["household_size", "earners", "unearned_income"],
        days: &["2000-07-01", "2021-12-31", "2022-01-01", "2026-01-15"],
        amount: louisiana,
    },
    State {
        code: "US-CT",
        facts: &[
            "household_size",
            "earners",
            "unearned_income",
            "child_support_received",
            "liquid_assets",
            "already_enrolled",
            "receives_housing_assistance",
        ],
        days: &[
            "2022-07-01",
            "2022-09-30",
            "2022-10-01",
            "2023-09-30",
            "2023-10-01",
            "2023-12-31",
            "2024-01-01",
            "2024-09-30",
            "2024-10-01",
            "2025-09-30",
            "2025-10-01",
            "2026-09-30",
            "2026-10-01",
        ],
        amount: connecticut,
    },
];

fn dollars(number: i128) -> i128 {
    number * DOLLAR
}

fn percent(amount: i128, share: i128) -> i128 {
    assert_eq!(amount * share % 100, 0, "a tick is too coarse");
    amount * share / 100
}

/// `amount` less `by`, never below 0.
fn less(amount: i128, by: i128) -> i128 {
    (amount - by).max(0)
}

/// The smallest whole dollar that isn't below the amount.
fn dollars_up(amount: i128) -> i128 {
    dollars((amount + DOLLAR - 1).div_euclid(DOLLAR))
}

/// The entry of a household's size; a larger one has `further` for each person beyond the last.
fn of_size(row: &[i128], size: i128, further: i128) -> i128 {
    let last = i128::try_from(row.len()).unwrap();
    let entry = row[usize::try_from(size.min(last) - 1).unwrap()];
    dollars(entry + less(size, last) * further)
}

/// What is left of each pay after a deduction, summed.
fn after_each(pays: &[i128], deduction: i128) -> i128 {
    pays.iter().map(|pay| less(*pay, dollars(deduction))).sum()
}

fn tennessee(household: &Household, day: &str) -> Option<i128> {
    let (need, payment, disregard) = if day < "2021-07-01" {
        (
            [696, 896, 1066, 1211, 1335, 1441, 1534, 1617, 1691, 1760],
            [95, 142, 185, 226, 264, 305, 345, 386, 425, 467],
            150,
        )
    } else {
        (
            [976, 1370, 1549, 1752, 1885, 2009, 2121, 2224, 2300, 2373],
            [244, 343, 387, 438, 471, 502, 530, 556, 575, 593],
            250,
        )
    };
    let (need, payment) = (of_size(&need, household.size, 0), of_size(&payment, household.size, 0));
    let earned: i128 = household.pays.iter().sum();
    let care = household.care.min(dollars(200 * household.under_2 + 175 * household.from_2));
    let countable = less(less(earned, dollars(disregard)), care) + household.unearned;
    let resources = household.assets + less(household.vehicles, dollars(4_600));
    let passes = earned + household.unearned <= percent(need, 185) && countable < need && resources <= dollars(2_000);
    let paid = payment.min(need - countable);
    passes.then_some(if paid < dollars(10) { 0 } else { paid })
}

fn indiana(household: &Household, day: &str) -> Option<i128> {
    let (row, further) = match day {
        _ if day < "2023-07-01" => ([139, 229, 288, 346, 405, 463, 522, 580, 639, 697], 0),
        _ if day < "2025-07-01" => ([155, 255, 320, 385, 450, 515, 580, 645, 710, 775], 0),
        _ => ([248, 409, 513, 617, 721, 825, 929, 1033, 1137, 1241], 104),
    };
    let most = of_size(&row, household.size, further);
    let earned: i128 = household.pays.iter().sum();
    let for_payment = percent(earned, 25) + household.unearned;
    let exemption = match day {
        _ if day < "1999-07-01" => 1_000,
        _ if day < "2021-07-01" => 5_000,
        _ if day < "2022-07-01" => 10_000,
        _ => 20_000,
    };
    let resources = household.assets + less(household.vehicles, dollars(exemption));
    let passes = if household.enrolled {
        resources <= dollars(if day < "2022-07-01" { 1_500 } else { 10_000 })
    } else {
        let net = after_each(&household.pays, 90) + household.unearned;
        let gross = earned + household.unearned;
        let is_below_gross = indiana_gross_standard(household.size, day).is_none_or(|standard| gross < standard);
        net < most && is_below_gross && resources <= dollars(1_000)
    };
    (passes && for_payment < most).then(|| most - for_payment)
}

fn indiana_gross_standard(size: i128, day: &str) -> Option<i128> {
    let (first, further) = if day < "2026-03-01" { (15_650, 5_500) } else { (15_960, 5_680) };
    let guideline = dollars_up(dollars(first + further * (size - 1)) / 12);
    let share = if day < "2027-07-01" { 35 } else { 50 };
    (day >= "2025-07-01").then(|| dollars_up(percent(guideline, share)))
}

fn arkansas(household: &Household, day: &str) -> Option<i128> {
    let (limit, trigger) = if day < "2023-01-01" { (223, 446) } else { (513, 1_026) };
    let payment = of_size(&[81, 162, 204, 247, 286, 331, 373, 415, 457], household.size, 0);
    let earned: i128 = household.pays.iter().sum();
    let countable = percent(earned, if household.enrolled { 32 } else { 80 }) + household.unearned;
    let is_whole = earned + household.unearned < dollars(trigger);
    let passes = countable <= dollars(limit) && household.assets <= dollars(3_000);
    passes.then_some(if is_whole { payment } else { payment / 2 })
}

#[rustfmt::skip]
fn south_dakota(household: &Household, day: &str) -> Option<i128> {
    let (not_shared, shared) = match day {
        _ if day < "2021-07-01" => (
            [449, 550, 615, 680, 744, 809, 874, 938, 1001, 1064, 1130, 1194],
            [278, 379, 445, 510, 574, 639, 702, 768, 833, 895, 959, 1023],
        ),
        _ if day < "2022-07-01" => (
            [460, 563, 630, 696, 762, 828, 895, 961, 1025, 1090, 1157, 1223],
            [285, 388, 456, 522, 588, 654, 719, 786, 853, 916, 982, 1048],
        ),
        _ if day < "2023-07-01" => (
            [488, 597, 668, 738, 808, 878, 949, 1019, 1087, 1155, 1226, 1296],
            [302, 411, 483, 553, 623, 693, 762, 833, 904, 971, 1041, 1111],
        ),
        _ if day < "2025-08-01" => (
            [512, 627, 701, 775, 848, 922, 996, 1070, 1141, 1213, 1287, 1361],
            [317, 432, 507, 581, 654, 728, 800, 875, 949, 1020, 1093, 1167],
        ),
        _ => (
            [461, 564, 631, 698, 763, 830, 896, 963, 1027, 1092, 1158, 1225],
            [285, 389, 456, 523, 589, 655, 720, 788, 854, 918, 984, 1050],
        ),
    };
    let standard = of_size(if household.shared { &shared } else { &not_shared }, household.size, 53);
    let countable = percent(after_each(&household.pays, 90), 80) + less(household.unearned, household.support);
    (countable <= standard && household.assets <= dollars(2_000)).then_some(standard - countable)
}

#[rustfmt::skip]
fn louisiana(household: &Household, day: &str) -> Option<i128> {
    let (table, less_for_two) = if day < "2022-01-01" {
        ([122, 188, 240, 284, 327, 366, 402, 441, 477, 512, 551, 590, 630, 670, 712, 757, 791, 839], 50)
    } else {
        ([244, 376, 484, 568, 654, 732, 804, 882, 954, 1024, 1102, 1180, 1260, 1340, 1424, 1514, 1582, 1678], 100)
    };
    let grant = if household.size > 18 {
        of_size(&table, 18, 0) + of_size(&table, household.size - 18, 0) - dollars(less_for_two)
    } else {
        of_size(&table, household.size, 0)
    };
    let gap = grant - after_each(&household.pays, 120 + 900) - household.unearned;
    let whole_dollars = gap.div_euclid(DOLLAR);
    (gap >= 0).then_some(if whole_dollars < 10 { 0 } else { dollars(whole_dollars) })
}

fn connecticut(household: &Household, day: &str) -> Option<i128> {
    let (first, further) = match day {
        _ if day < "2022-10-01" => (12_880, 4_540),
        _ if day < "2023-10-01" => (13_590, 4_720),
        _ if day < "2024-10-01" => (14_580, 5_140),
        _ if day < "2025-10-01" => (15_060, 5_380),
        _ if day < "2026-10-01" => (15_650, 5_500),
        _ => (15_960, 5_680),
    };
    let guideline = dollars(first + further * (household.size - 1)) / 12;
    let need = percent(guideline, 55);
    let earned: i128 = household.pays.iter().sum();
    let unearned = less(household.unearned, household.support.min(dollars(50)));
    let is_since_2024 = day >= "2024-01-01";
    let passes = if household.enrolled {
        earned <= percent(guideline, if is_since_2024 { 230 } else { 100 })
    } else {
        after_each(&household.pays, 90) + unearned <= need
    };
    let within_assets = household.assets <= dollars(if day < "2023-10-01" { 3_000 } else { 6_000 });
    let standard = percent(percent(need, 73), if household.housing { 92 } else { 100 });
    let rest = less(standard, unearned);
    let is_reduced = is_since_2024 && earned >= percent(guideline, 171);
    (passes && within_assets).then(|| if is_reduced { percent(rest, 80) } else { rest })
}
