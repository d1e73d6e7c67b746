//! Which places of a service and a month are shown by themselves. Each decision comes into at most one cell; a place
//! with too few is counted with the place above it. So the cells of a service and a month share no decision, each has
//! at least the smallest number, and every sum or difference of them is a sum of whole cells.
//!
//! What is hidden in a cell can't be computed, by one who knows this procedure either: a place that isn't shown has any
//! number from 0 to one less than the smallest, since the place above may have all the rest of its cell, and a place
//! above one that isn't shown has any of as many numbers. A place without decisions looks the same as one with too few.

use std::collections::BTreeMap;

/// How many decisions there are of each profile.
pub(crate) type Tally = BTreeMap<u32, u64>;

/// What stands between the codes of a chain, top first: `CN/CN-37/CN-3706`.
pub(crate) const CHAIN_SEPARATOR: char = '/';

/// The cells of one service and one month, by the chain of their place, of the decisions of each place itself. What is
/// left at the top of a tree is in no cell: fewer decisions than the smallest number.
pub(crate) fn form_cells(own: BTreeMap<String, Tally>, smallest: u64) -> BTreeMap<String, Tally> {
    let mut open = own;
    let mut cells = BTreeMap::new();
    // From the lowest level up; each round ends the chains of one length.
    let longest = open.keys().map(|chain| level(chain)).max().unwrap_or_default();
    for length in (1..=longest).rev() {
        let of_length: Vec<String> = open.keys().filter(|chain| level(chain) == length).cloned().collect();
        for chain in of_length {
            let Some(tally) = open.remove(&chain) else { continue };
            if total(&tally) >= smallest {
                cells.insert(chain, tally);
            } else if let Some((above, _)) = chain.rsplit_once(CHAIN_SEPARATOR) {
                add(open.entry(above.to_owned()).or_default(), tally);
            }
        }
    }
    cells
}

/// The level of the place of a chain: 1 at the top.
pub(crate) fn level(chain: &str) -> usize {
    chain.split(CHAIN_SEPARATOR).count()
}

pub(crate) fn total(tally: &Tally) -> u64 {
    tally.values().sum()
}

fn add(to: &mut Tally, tally: Tally) {
    for (profile, decisions) in tally {
        *to.entry(profile).or_default() += decisions;
    }
}

#[cfg(test)]
mod tests;
