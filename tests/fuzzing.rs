//! A bounded search with the targets of `fuzz/`: each seed, and the seed with a few bytes changed, cut, doubled or
//! exchanged. The same bytes in each run. What a longer search found is a seed from then on.

use std::fs;

use crate::fuzz_targets::TARGETS;
use crate::generated_guests::random_bytes;
use crate::support::root;

/// How many changes of each seed are tried.
const CHANGES: u64 = 400;

/// A seed with some changes that follow from a number.
fn changed(seed: &[u8], number: u64) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for change in random_bytes(number, 24).chunks_exact(8).take(1 + usize::try_from(number % 3).unwrap()) {
        if bytes.is_empty() {
            break;
        }
        let at = |high: u8, low: u8| (usize::from(high) << 8 | usize::from(low)) % bytes.len();
        let (one, other) = (at(change[0], change[1]), at(change[2], change[3]));
        let (from, to) = (one.min(other), one.max(other));
        match change[4] % 6 {
            0 => bytes[one] = change[5],
            1 => bytes[one] ^= 1 << (change[5] % 8),
            2 => drop(bytes.drain(from..to)),
            3 => {
                let part = bytes[from..to.min(from + 64)].to_vec();
                bytes.splice(other..other, part);
            }
            4 => bytes.swap(one, other),
            _ => bytes.insert(one, [b'"', b'-', b'9', b'[', b'{', 0, b'e', 0xff][usize::from(change[5] % 8)]),
        }
    }
    bytes
}

#[test]
fn no_bytes_break_what_reads_them() {
    for (name, target) in TARGETS {
        let folder = root().join("tests/fuzz/seeds").join(name);
        let mut seeds: Vec<_> = fs::read_dir(folder).unwrap().map(|seed| seed.unwrap().path()).collect();
        seeds.sort();
        assert!(!seeds.is_empty(), "{name}");
        for path in seeds {
            let seed = fs::read(path).unwrap();
            target(&seed);
            (0..CHANGES).for_each(|number| target(&changed(&seed, number)));
        }
    }
}
