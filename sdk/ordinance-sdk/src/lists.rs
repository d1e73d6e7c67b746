//! Three-valued logic over lists of records: the persons of a household, the children, the payments of a year.
//!
//! A part that isn't known is unknown, not false. A result is known as soon as it is the same whatever the unknown
//! parts are. `all` and `any` of [`logic`](crate::logic) join criteria; these look at each record of a list:
//!
//! ```text
//! criterion("all-adults", all_of(&applicant.members, |member| member.age.map(|age| age >= 18)))
//! ```

use core::iter::Sum;

/// Whether the test holds for every record: false as soon as it is known to fail for one, unknown if it fails for none
/// and is unknown for one. True of an empty list.
pub fn all_of<T, B: Into<Option<bool>>>(
    list: impl IntoIterator<Item = T>,
    mut test: impl FnMut(T) -> B,
) -> Option<bool> {
    let mut every = Some(true);
    for record in list {
        match test(record).into() {
            Some(true) => {}
            Some(false) => return Some(false),
            None => every = None,
        }
    }
    every
}

/// Whether the test holds for at least one record: true as soon as it is known to hold for one, unknown if it holds for
/// none and is unknown for one. False of an empty list.
pub fn any_of<T, B: Into<Option<bool>>>(
    list: impl IntoIterator<Item = T>,
    mut test: impl FnMut(T) -> B,
) -> Option<bool> {
    all_of(list, |record| test(record).into().map(|satisfied| !satisfied)).map(|none| !none)
}

/// For how many records the test holds.
pub fn count_of<T, B: Into<Option<bool>>>(list: impl IntoIterator<Item = T>, mut test: impl FnMut(T) -> B) -> Count {
    let mut count = Count { least: 0, most: 0 };
    for record in list {
        match test(record).into() {
            Some(true) => {
                count.least += 1;
                count.most += 1;
            }
            Some(false) => {}
            None => count.most += 1,
        }
    }
    count
}

/// A number of records, as far as it is known: at least those for which a test is known to hold, at most these and
/// those for which it isn't known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The least that it can be.
    pub least: u32,
    /// The most that it can be.
    pub most: u32,
}

impl Count {
    /// The number. `None` if it depends on what isn't known.
    #[must_use]
    pub fn known(self) -> Option<u32> {
        (self.least == self.most).then_some(self.least)
    }

    /// Whether it is at least this number.
    #[must_use]
    pub fn at_least(self, number: u32) -> Option<bool> {
        if self.least >= number {
            Some(true)
        } else if self.most < number {
            Some(false)
        } else {
            None
        }
    }

    /// Whether it is at most this number.
    #[must_use]
    pub fn at_most(self, number: u32) -> Option<bool> {
        if self.most <= number {
            Some(true)
        } else if self.least > number {
            Some(false)
        } else {
            None
        }
    }
}

/// The sum of a part of every record, of decimals or whole numbers. Unknown if one part is. Zero of an empty list.
pub fn sum_of<T, N: Sum>(list: impl IntoIterator<Item = T>, part: impl FnMut(T) -> Option<N>) -> Option<N> {
    list.into_iter().map(part).sum()
}

/// The least of a part of every record. The outer `None`: unknown, since one part is. The inner: an empty list has no
/// least.
pub fn least_of<T, N: Ord>(list: impl IntoIterator<Item = T>, part: impl FnMut(T) -> Option<N>) -> Option<Option<N>> {
    chosen(list, part, N::min)
}

/// The most of a part of every record. The outer `None`: unknown, since one part is. The inner: an empty list has no
/// most.
pub fn most_of<T, N: Ord>(list: impl IntoIterator<Item = T>, part: impl FnMut(T) -> Option<N>) -> Option<Option<N>> {
    chosen(list, part, N::max)
}

fn chosen<T, N>(
    list: impl IntoIterator<Item = T>,
    mut part: impl FnMut(T) -> Option<N>,
    choose: fn(N, N) -> N,
) -> Option<Option<N>> {
    let mut best = None;
    for record in list {
        let part = part(record)?;
        best = Some(match best {
            Some(best) => choose(best, part),
            None => part,
        });
    }
    Some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Decimal;

    const PARTS: [Option<bool>; 3] = [Some(true), Some(false), None];

    /// Every list of up to four parts.
    fn lists() -> Vec<Vec<Option<bool>>> {
        let mut lists = vec![vec![]];
        let mut longest = lists.clone();
        for _ in 0..4 {
            longest = longest.iter().flat_map(|list| PARTS.map(|part| [list.as_slice(), &[part]].concat())).collect();
            lists.extend(longest.clone());
        }
        lists
    }

    /// Every list without unknown parts that this one may turn out to be.
    fn completions(list: &[Option<bool>]) -> Vec<Vec<bool>> {
        list.iter().fold(vec![vec![]], |completions, part| {
            let values = part.map_or(vec![false, true], |known| vec![known]);
            completions
                .iter()
                .flat_map(|before| values.iter().map(|value| [before.as_slice(), &[*value]].concat()))
                .collect()
        })
    }

    /// What all completions agree on.
    fn agreed<T: PartialEq + Copy>(list: &[Option<bool>], result: impl Fn(&[bool]) -> T) -> Option<T> {
        let results: Vec<T> = completions(list).iter().map(|completion| result(completion)).collect();
        results.iter().all(|other| *other == results[0]).then_some(results[0])
    }

    fn true_parts(list: &[bool]) -> u32 {
        u32::try_from(list.iter().filter(|part| **part).count()).unwrap()
    }

    #[test]
    fn a_result_is_known_just_where_every_completion_has_it() {
        for list in lists() {
            assert_eq!(all_of(&list, |part| *part), agreed(&list, |known| known.iter().all(|part| *part)), "{list:?}");
            assert_eq!(any_of(&list, |part| *part), agreed(&list, |known| known.iter().any(|part| *part)), "{list:?}");
            let count = count_of(&list, |part| *part);
            assert_eq!(count.known(), agreed(&list, true_parts), "{list:?}");
            for number in 0..6 {
                assert_eq!(count.at_least(number), agreed(&list, |known| true_parts(known) >= number), "{list:?}");
                assert_eq!(count.at_most(number), agreed(&list, |known| true_parts(known) <= number), "{list:?}");
            }
        }
    }

    #[test]
    fn a_sum_a_least_and_a_most_are_known_just_where_every_part_is() {
        for list in lists() {
            let part = |part: &Option<bool>| part.map(u32::from);
            assert_eq!(sum_of(&list, part), agreed(&list, true_parts), "{list:?}");
            let is_known = list.iter().all(Option::is_some);
            let values = || list.iter().flatten().map(|part| u32::from(*part));
            assert_eq!(least_of(&list, part), is_known.then(|| values().min()), "{list:?}");
            assert_eq!(most_of(&list, part), is_known.then(|| values().max()), "{list:?}");
        }
    }

    #[test]
    fn decimals_are_summed_exactly_and_an_empty_list_sums_to_zero() {
        let incomes = [Some(Decimal::new(10_05, 2)), Some(Decimal::new(1, 1))];
        assert_eq!(sum_of(&incomes, |income| *income), Some(Decimal::new(10_15, 2)));
        assert_eq!(sum_of([None, Some(Decimal::ZERO)], |income| income), None);
        assert_eq!(sum_of([] as [Option<Decimal>; 0], |income| income), Some(Decimal::ZERO));
    }

    #[test]
    fn a_test_may_know_its_answer_without_an_option() {
        assert_eq!(all_of([80, 79], |age| age >= 80), Some(false));
        assert_eq!(any_of([80, 79], |age| age >= 80), Some(true));
    }
}
