//! Properties of numbers on generated values, against products of any length.

use std::cmp::Ordering;

use ordinance_sdk::{Decimal, Rounding, Unrounded};

const ROUNDINGS: [Rounding; 9] = [
    Rounding::TowardPositive,
    Rounding::TowardNegative,
    Rounding::TowardZero,
    Rounding::AwayFromZero,
    Rounding::HalfTowardPositive,
    Rounding::HalfTowardNegative,
    Rounding::HalfTowardZero,
    Rounding::HalfAwayFromZero,
    Rounding::HalfToEven,
];

/// Pseudorandom numbers (xorshift), the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number of any length, or one beside a limit.
    fn units(&mut self) -> i64 {
        let limits = [0, 1, -1, 5, -5, 25, 50, 100, i64::MAX, -i64::MAX];
        match self.next() % 4 {
            0 => limits[usize::try_from(self.next() % 10).unwrap()],
            1 => i64::from_ne_bytes(self.next().to_ne_bytes()).max(-i64::MAX),
            2 => i64::try_from(self.next() % 20_001).unwrap() - 10_000,
            _ => i64::from_ne_bytes(self.next().to_ne_bytes()) >> (self.next() % 60 + 1),
        }
    }

    fn scale(&mut self, most: u64) -> u8 {
        u8::try_from(self.next() % (most + 1)).unwrap()
    }
}

/// A product of any length, in digits to the base 2^32, the lowest first.
fn product(factors: &[u128]) -> Vec<u32> {
    let mut product = vec![1_u32];
    for factor in factors {
        let digits: Vec<u64> =
            (0..4).map(|place| u64::try_from(factor >> (32 * place) & 0xffff_ffff).unwrap()).collect();
        let mut next = vec![0_u32; product.len() + digits.len()];
        for (place, own) in product.iter().enumerate() {
            let mut carry = 0;
            for (shift, digit) in digits.iter().enumerate() {
                let sum = u64::from(next[place + shift]) + u64::from(*own) * digit + carry;
                next[place + shift] = u32::try_from(sum & 0xffff_ffff).unwrap();
                carry = sum >> 32;
            }
            next[place + digits.len()] = u32::try_from(carry).unwrap();
        }
        product = next;
    }
    while product.last() == Some(&0) {
        product.pop();
    }
    product
}

fn compare(a: &[u128], b: &[u128]) -> Ordering {
    let (a, b) = (product(a), product(b));
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn ten_to(scale: u8) -> u128 {
    10_u128.pow(scale.into())
}

/// Whether `rounded` is the fraction of the two products rounded to a whole number, by the words of the convention.
fn is_rounded(rounded: i128, above: &[u128], below: &[u128], is_negative: bool, rounding: Rounding) -> bool {
    let magnitude = rounded.unsigned_abs();
    let times_below = |factor: u128| [&[factor], below].concat();
    let is_too_much = compare(&times_below(magnitude), above) == Ordering::Greater;
    let whole = magnitude - u128::from(is_too_much);
    let is_exact = compare(&times_below(whole), above) == Ordering::Equal;
    if compare(&times_below(whole), above) == Ordering::Greater
        || compare(&times_below(whole + 1), above) != Ordering::Greater
    {
        return false;
    }
    let half = compare(&[&[2], above].concat(), &times_below(2 * whole + 1));
    let nearest = |half_goes_away: bool| half == Ordering::Greater || (half == Ordering::Equal && half_goes_away);
    let goes_away = match rounding {
        Rounding::TowardPositive => !is_exact && !is_negative,
        Rounding::TowardNegative => !is_exact && is_negative,
        Rounding::TowardZero => false,
        Rounding::AwayFromZero => !is_exact,
        Rounding::HalfTowardPositive => nearest(!is_negative),
        Rounding::HalfTowardNegative => nearest(is_negative),
        Rounding::HalfTowardZero => nearest(false),
        Rounding::HalfAwayFromZero => nearest(true),
        Rounding::HalfToEven => nearest(whole % 2 == 1),
    };
    goes_away == is_too_much && (rounded == 0 || (rounded < 0) == is_negative)
}

/// The units of a number at a scale that isn't coarser than its own.
fn units_at(number: Decimal, scale: u8) -> i128 {
    i128::from(number.units) * 10_i128.pow((scale - number.scale).into())
}

#[test]
fn a_number_is_rounded_to_digits_as_its_convention_says() {
    let mut numbers = Numbers(11);
    for _ in 0..40_000 {
        let (number, scale) = (Decimal::new(numbers.units(), numbers.scale(18)), numbers.scale(8));
        for rounding in ROUNDINGS.into_iter().filter(|_| scale < number.scale) {
            let above = [u128::from(number.units.unsigned_abs()), ten_to(scale)];
            let rounded = number.round(scale, rounding);
            let is_negative = number.units < 0;
            let as_unrounded = Unrounded::from(number).round(scale, rounding);
            assert!(
                is_rounded(units_at(rounded, scale), &above, &[ten_to(number.scale)], is_negative, rounding),
                "{number:?} {rounding:?} {rounded:?}"
            );
            assert_eq!(rounded, as_unrounded, "{number:?} {rounding:?}");
        }
    }
}

#[test]
fn a_number_is_rounded_to_a_multiple_as_its_convention_says() {
    let multiples = [(5, 2), (1, 0), (10, 0), (25, 2), (3, 0), (125, 3)];
    let mut numbers = Numbers(12);
    for round in 0..40_000 {
        let number = Decimal::new(numbers.units() / 1_000, numbers.scale(9));
        let (units, scale) = multiples[round % multiples.len()];
        let multiple = Decimal::new(units, scale);
        for rounding in ROUNDINGS {
            let rounded = number.round_to(multiple, rounding);
            let count = units_at(rounded, 18) / units_at(multiple, 18);
            let above = [u128::from(number.units.unsigned_abs()), ten_to(scale)];
            let below = [u128::from(units.unsigned_abs()), ten_to(number.scale)];
            assert_eq!(multiple.times(i64::try_from(count).unwrap()), rounded, "{number:?} {multiple:?} {rounding:?}");
            assert!(
                is_rounded(count, &above, &below, number.units < 0, rounding),
                "{number:?} {multiple:?} {rounding:?} {rounded:?}"
            );
            assert_eq!(rounded, Unrounded::from(number).round_to(multiple, rounding));
        }
    }
}

#[test]
fn a_product_and_a_quotient_of_any_amounts_are_rounded_exactly_where_the_result_fits() {
    let mut numbers = Numbers(13);
    let mut checked = 0;
    for _ in 0..60_000 {
        let [a, b, c] = [(); 3].map(|()| Decimal::new(numbers.units(), numbers.scale(6)));
        let (scale, rounding) = (numbers.scale(4), ROUNDINGS[usize::try_from(numbers.next() % 9).unwrap()]);
        if c.units == 0 {
            continue;
        }
        let above = [a, b].map(|number| u128::from(number.units.unsigned_abs()));
        let above = [above.as_slice(), &[ten_to(c.scale), ten_to(scale)]].concat();
        let below = [u128::from(c.units.unsigned_abs()), ten_to(a.scale), ten_to(b.scale)];
        // The result is surely in the range of a Decimal, with room for rounding up.
        let limit = u128::from(i64::MAX.unsigned_abs()) - 1;
        if compare(&above, &[below.as_slice(), &[limit]].concat()) == Ordering::Greater {
            continue;
        }
        let rounded = (a * b).divide(c, scale, rounding);
        let is_negative = (a.units < 0) ^ (b.units < 0) ^ (c.units < 0);
        assert!(
            is_rounded(units_at(rounded, scale), &above, &below, is_negative, rounding),
            "{a:?} {b:?} {c:?} {scale} {rounding:?} {rounded:?}"
        );
        checked += 1;
    }
    assert!(checked > 20_000, "{checked} results fit");
}

#[test]
fn formulas_of_unrounded_numbers_are_those_of_fractions() {
    let mut numbers = Numbers(14);
    for _ in 0..20_000 {
        let [a, b, c, d] = [(); 4].map(|()| Decimal::new(numbers.units() % 1_000_000, 2));
        if d.units == 0 {
            continue;
        }
        let [x, y, z, divisor] = [a, b, c, d].map(|number| i128::from(number.units));
        // (a * b + c - a / d) with units of cents: over 10^4 * d.
        let numerator = (x * y + z * 100) * divisor - x * 10_000;
        let formula = a * b + c - a / d;
        let expected = numerator * 1_000_000 / (divisor * 10_000);
        assert_eq!(formula.round(6, Rounding::TowardZero), Decimal::new(i64::try_from(expected).unwrap(), 6));
        assert_eq!(a.percentage(b), a * b / Decimal::from(100));
        assert_eq!(a * b - c * d, -(c * d - a * b));
    }
}

#[test]
fn what_is_multiplied_and_divided_by_the_same_number_stays_the_same() {
    let mut numbers = Numbers(15);
    for _ in 0..20_000 {
        let [a, b, c] = [(); 3].map(|()| Decimal::new(numbers.units(), numbers.scale(6)));
        if b.units == 0 {
            continue;
        }
        assert_eq!(a * b / b, a);
        assert_eq!(a / b * b, a);
        assert_eq!(a / b - a / b, Decimal::ZERO);
        let (sign, magnitude) = (Decimal::from(b.units.signum()), Decimal::new(b.units.abs(), b.scale));
        assert_eq!(a / b < c, a * sign < c * magnitude, "{a:?} {b:?} {c:?}");
    }
}

#[test]
fn quotients_are_compared_exactly() {
    let mut numbers = Numbers(16);
    for _ in 0..40_000 {
        let [a, b, c, d] = [(); 4].map(|()| numbers.units());
        let (b, d) = (b.saturating_abs().max(1), d.saturating_abs().max(1));
        let [left, right] = [(a, b), (c, d)].map(|(a, b)| Decimal::from(a) / Decimal::from(b));
        let expected = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
        assert_eq!(left.cmp(&right), expected);
        // The same fractions with terms that are too long for their products.
        let long = Decimal::from(i64::MAX) / Decimal::from(i64::MAX);
        let (left, right) = (left * long, right * long);
        assert_eq!(left.cmp(&right), expected, "{a} / {b}, {c} / {d}");
    }
}
