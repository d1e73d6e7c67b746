//! Numbers of a fixed scale: what they give is what decimals give.

use ordinance_feel_runtime::units::{self, Units};
use ordinance_feel_runtime::{Decimal, Rounding};

/// Numbers of every size from a generator that is always the same.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    fn units(&mut self) -> Units {
        let bits = self.next() % 63;
        let size = ((self.next() << 20 ^ self.next()) >> (63 - bits)) as i64;
        Units { units: if self.next().is_multiple_of(2) { size } else { -size }, scale: (self.next() % 7) as u8 }
    }
}

fn decimal(number: Units) -> Decimal {
    Decimal::from_units(number.units, number.scale)
}

#[test]
fn products_and_quotients_are_those_of_decimals() {
    let mut numbers = Numbers(1);
    let mut fitting = 0;
    for case in 0..20_000 {
        let (left, right) = (numbers.units(), numbers.units());
        let scale = (numbers.next() % 5) as u8;
        let rounding = Rounding::from_number(case % 7).unwrap();
        let rounded = |number: Decimal| number.round(i32::from(scale), rounding).unwrap().to_units(scale);
        let product = rounded(decimal(left).multiply(decimal(right)).unwrap());
        assert_eq!(
            units::multiply(left, right, scale, rounding),
            product,
            "{left:?} * {right:?}, {scale} {rounding:?}"
        );
        let quotient = decimal(left).divide(decimal(right)).ok().and_then(rounded);
        assert_eq!(units::divide(left, right, scale, rounding), quotient, "{left:?} / {right:?}, {scale} {rounding:?}");
        assert_eq!(units::round(left, scale, rounding), rounded(decimal(left)), "{left:?}, {scale} {rounding:?}");
        fitting += i32::from(quotient.is_some());
    }
    assert!(fitting > 10_000, "{fitting}");
}

#[test]
fn halves_are_rounded_by_the_mode() {
    let half = |units| Units { units, scale: 1 };
    let by = |number, rounding| units::round(half(number), 0, rounding);
    assert_eq!(by(25, Rounding::HalfEven), Some(2));
    assert_eq!(by(25, Rounding::HalfUp), Some(3));
    assert_eq!(by(25, Rounding::HalfDown), Some(2));
    assert_eq!(by(-25, Rounding::Floor), Some(-3));
    assert_eq!(by(-25, Rounding::Ceiling), Some(-2));
    assert_eq!(units::divide(half(10), half(0), 2, Rounding::HalfEven), None);
}
