//! Sets of the cells of a column: ranges of their numbers, from the first to before the second, in order and apart.

/// A set of cells.
pub(crate) type Ranges = Vec<(u32, u32)>;

/// The set of all cells of these ranges, whatever their order.
pub(crate) fn union(mut ranges: Ranges) -> Ranges {
    ranges.retain(|(from, to)| from < to);
    ranges.sort_unstable();
    let mut joined: Ranges = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match joined.last_mut() {
            Some((_, end)) if *end >= from => *end = (*end).max(to),
            Some(_) | None => joined.push((from, to)),
        }
    }
    joined
}

/// The cells that are in both sets.
pub(crate) fn intersection(one: &[(u32, u32)], other: &[(u32, u32)]) -> Ranges {
    let mut found = Vec::new();
    let (mut ones, mut others) = (one.iter().peekable(), other.iter().peekable());
    while let (Some((from, to)), Some((from2, to2))) = (ones.peek(), others.peek()) {
        let (start, end) = ((*from).max(*from2), (*to).min(*to2));
        if start < end {
            found.push((start, end));
        }
        if to <= to2 {
            ones.next();
        } else {
            others.next();
        }
    }
    found
}

/// The first cell that is in both sets.
pub(crate) fn common(one: &[(u32, u32)], other: &[(u32, u32)]) -> Option<u32> {
    // Most sets have one range.
    if let ([(from, to)], [(from2, to2)]) = (one, other) {
        let start = (*from).max(*from2);
        return (start < (*to).min(*to2)).then_some(start);
    }
    intersection(one, other).first().map(|(from, _)| *from)
}

/// The cells, of so many, that aren't in the set.
pub(crate) fn complement(ranges: &[(u32, u32)], count: u32) -> Ranges {
    let mut found = Vec::new();
    let mut at = 0;
    for (from, to) in ranges {
        if at < *from {
            found.push((at, *from));
        }
        at = *to;
    }
    if at < count {
        found.push((at, count));
    }
    found
}

/// Whether the set has all cells, of so many.
pub(crate) fn is_all(ranges: &[(u32, u32)], count: u32) -> bool {
    matches!(ranges, [(0, end)] if *end == count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_joined_intersected_and_complemented() {
        assert_eq!(union(vec![(5, 7), (0, 2), (2, 3), (9, 9)]), [(0, 3), (5, 7)]);
        assert_eq!(intersection(&[(0, 3), (5, 7)], &[(2, 6)]), [(2, 3), (5, 6)]);
        assert_eq!(complement(&[(0, 3), (5, 7)], 8), [(3, 5), (7, 8)]);
        assert_eq!(common(&[(0, 3)], &[(2, 6)]), Some(2));
        assert!(is_all(&[(0, 8)], 8));
    }
}
