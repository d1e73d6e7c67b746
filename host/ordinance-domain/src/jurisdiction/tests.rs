//! Trees written as lists of words: chains, places that come and go, and lists that are no tree.

use super::*;

fn code(text: &str) -> JurisdictionCode {
    JurisdictionCode::new(text).unwrap()
}

/// Places written `CODE<PARENT from FROM until UNTIL to SUCCESSOR in ZONE`, years for days.
fn trees(list: &[&str]) -> Result<Jurisdictions, JurisdictionTreeError> {
    let place = |text: &&str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let after = |word| words.iter().position(|found| *found == word).map(|at| words[at + 1]);
        let year = |word| after(word).map(|year| jiff::civil::date(year.parse().unwrap(), 1, 1));
        let (own, parent) = words[0].split_once('<').unwrap_or((words[0], ""));
        Jurisdiction {
            code: code(own),
            parent: (!parent.is_empty()).then(|| code(parent)),
            period: DateRange::new(year("from").unwrap_or(Date::MIN), year("until")).unwrap(),
            successors: after("to").into_iter().flat_map(|codes| codes.split(',').map(code)).collect(),
            names: Titles::default(),
            time_zone: after("in").map(|name| TimeZone::get(name).unwrap()),
        }
    };
    Jurisdictions::new(list.iter().map(place).collect())
}

fn check(trees: &Jurisdictions, place: &str, year: i16, expect: &str) {
    let found = match trees.chain(&code(place), jiff::civil::date(year, 6, 1)) {
        Ok(chain) => chain.iter().map(JurisdictionCode::as_str).collect::<Vec<_>>().join(" > "),
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expect, "{place} in {year}");
}

#[test]
fn a_chain_runs_from_the_nation_to_the_county() {
    let trees = trees(&["CN", "NZ", "CN-370602<CN-3706", "CN-3706<CN-37", "CN-37<CN"]).unwrap();
    check(&trees, "CN-370602", 2026, "CN > CN-37 > CN-3706 > CN-370602");
    check(&trees, "FR", 2026, "unknown jurisdiction `FR`");
    let children: Vec<_> =
        trees.children(&code("CN"), jiff::civil::date(2026, 1, 1)).map(|place| &place.code).collect();
    assert_eq!(children, [&code("CN-37")]);
}

#[test]
fn a_code_of_another_time_is_followed_where_it_is_clear_to_where() {
    let trees = trees(&[
        "CN",
        "CN-1<CN",
        "CN-2<CN until 2019 to CN-1",
        "CN-21<CN-2 until 2019 to CN-12",
        "CN-12<CN-1 from 2019",
        "CN-3<CN until 2010 to CN-4,CN-5",
        "CN-4<CN from 2010",
        "CN-5<CN from 2010",
        "CN-6<CN until 2000",
        "CN-7<CN from 2005",
    ])
    .unwrap();
    check(&trees, "CN-21", 2018, "CN > CN-2 > CN-21");
    check(&trees, "CN-21", 2020, "CN > CN-1 > CN-12");
    check(&trees, "CN-12", 2018, "CN > CN-2 > CN-21");
    check(&trees, "CN-2", 2020, "CN > CN-1");
    check(&trees, "CN-3", 2011, "jurisdiction `CN-3` is no more from 2010-01-01 on; ask for one of `CN-4`, `CN-5`");
    check(&trees, "CN-4", 2009, "CN > CN-3");
    check(&trees, "CN-6", 2001, "jurisdiction `CN-6` is no more from 2000-01-01 on; no other takes its role");
    check(&trees, "CN-7", 2001, "jurisdiction `CN-7` exists only from 2005-01-01 on; no other stood in its place");
}

#[test]
fn a_code_is_followed_over_several_steps_both_ways() {
    let trees = trees(&[
        "N",
        "N-1<N until 2000 to N-2",
        "N-2<N from 2000 until 2010 to N-3",
        "N-3<N from 2010",
        "N-5<N until 2000 to N-6,N-7",
        "N-6<N from 2000",
        "N-7<N from 2000 until 2010 to N-6",
    ])
    .unwrap();
    check(&trees, "N-1", 2015, "N > N-3");
    check(&trees, "N-3", 1999, "N > N-1");
    check(&trees, "N-5", 2005, "jurisdiction `N-5` is no more from 2000-01-01 on; ask for one of `N-6`, `N-7`");
    check(&trees, "N-5", 2015, "N > N-6");
}

#[test]
fn a_place_that_moves_has_another_chain_from_that_day() {
    let trees = trees(&["CN", "CN-1<CN", "CN-2<CN from 2000", "CN-9<CN-1 until 2005", "CN-9<CN-2 from 2005"]).unwrap();
    check(&trees, "CN-9", 2004, "CN > CN-1 > CN-9");
    check(&trees, "CN-9", 2005, "CN > CN-2 > CN-9");
}

#[test]
fn a_list_that_makes_no_tree_is_rejected_naming_the_place() {
    let check = |list: &[&str], expect: &str| {
        let error = trees(list).unwrap_err().to_string();
        assert!(error.starts_with(expect), "{error}");
    };
    check(&["A", "A"], "jurisdiction `A` is listed twice");
    check(&["A until 2020", "A from 2019"], "jurisdiction `A` is listed twice");
    check(&["A<B"], "the parent `B` of jurisdiction `A` is not listed");
    check(&["A<B", "B until 2020"], "the parent `B` of jurisdiction `A` doesn't exist on 2020-01-01");
    check(&["A<B", "B from 2020"], "the parent `B` of jurisdiction `A` doesn't exist on -009999-01-01");
    check(&["A<B", "B<A"], "jurisdiction `A` has a cycle");
    let deep = ["T", "T-1<T", "T-2<T-1", "T-3<T-2", "T-4<T-3", "T-5<T-4", "T-6<T-5", "T-7<T-6"];
    trees(&deep).unwrap();
    let moved = ["X", "T until 2020", "T<X from 2020"].into_iter().chain(deep.into_iter().skip(1)).collect::<Vec<_>>();
    check(&moved, "jurisdiction `T-7` has a cycle above it, or more than 8 levels");
    check(&["A until 2020 to B"], "the successor `B` of jurisdiction `A` doesn't exist");
    check(&["A to B", "B"], "jurisdiction `A` names a successor and no `until`");
}

#[test]
fn a_code_is_upper_case_with_hyphens() {
    for bad in ["", "cn", "CN--1", "CN-", "中国", "CN/../x", &"A".repeat(33)] {
        assert!(JurisdictionCode::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_place_has_the_day_of_its_time_zone_or_of_the_nearest_above() {
    let trees = trees(&[
        "CN in Asia/Shanghai",
        "CN-44<CN",
        "US in America/New_York",
        "US-NE<US in America/Chicago",
        "US-OLD<US until 2020 to US-NE",
        "XX",
        "XX-1<XX in Pacific/Kiritimati",
    ])
    .unwrap();
    // 16:30 in London is half past midnight of the next day in Shenzhen.
    let moment: crate::calendar::Timestamp = "2026-03-01T16:30:00Z".parse().unwrap();
    let days = trees.local_days(moment);
    for (place, expected) in [
        ("CN", "2026-03-02"),
        ("CN-44", "2026-03-02"),
        ("US", "2026-03-01"),
        ("XX", "2026-03-01"),
        ("XX-1", "2026-03-02"),
        ("ZZ", "2026-03-01"),
    ] {
        assert_eq!(trees.day_at(&code(place), moment).to_string(), expected, "{place}");
        assert_eq!(trees.day_of(&code(place), &days).to_string(), expected, "{place}, of all days");
    }
    let moment = "2026-03-01T05:30:00Z".parse().unwrap();
    for (place, expected) in [("US", "2026-03-01"), ("US-NE", "2026-02-28"), ("US-OLD", "2026-02-28")] {
        assert_eq!(trees.day_at(&code(place), moment).to_string(), expected, "{place} after midnight in New York");
    }
}
