//! Writes expressions that have a value: each part is of the type that is taken where it stands.

/// Numbers that look random, the same for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Numbers of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let index = self.below(texts.len() as u64) as usize;
        texts.get(index).copied().unwrap_or_default()
    }
}

const FORMS: &str = include_str!("../forms.txt");

/// The letters of the types in `forms.txt`.
const TYPES: [&str; 11] = ["n", "i", "s", "b", "N", "S", "d", "m", "t", "D", "M"];

/// An expression of some type, with parts in parts up to a depth.
pub fn expression(random: &mut Random, depth: u32) -> String {
    let letter = random.one_of(&TYPES);
    part(random, letter, depth)
}

/// A part of a type.
fn part(random: &mut Random, letter: &str, depth: u32) -> String {
    let sign = if depth == 0 { "." } else { ":" };
    let forms: Vec<&str> = FORMS
        .lines()
        .filter_map(|line| line.strip_prefix(letter)?.strip_prefix(' ')?.strip_prefix(sign)?.strip_prefix(' '))
        .collect();
    let mut text = String::new();
    let mut rest = random.one_of(&forms);
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let (letter, after) = after.split_once("}}").unwrap_or((after, ""));
        text.push_str(&part(random, letter, depth.saturating_sub(1)));
        rest = after;
    }
    text.push_str(rest);
    text
}
