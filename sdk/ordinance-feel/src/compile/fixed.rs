//! Numbers of fixed point: which numbers of a type 64 bits hold, and how.

use ordinance_feel_runtime::Decimal;

use crate::tree::Expr;
use crate::types::{NumberBounds, Type, TypeKind};

/// The largest number of units: two of them can be added.
pub(super) const UNITS_MAX: i128 = 1 << 62;

/// The most digits after the point.
pub(super) const SCALE_MAX: u8 = 18;

/// The bounds of a number of fixed point, in units of 10^-scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed {
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) scale: u8,
}

/// How numbers of a type are kept in 64 bits; `None` if their bounds don't fit, or aren't known.
pub(super) fn fixed(ty: &Type) -> Option<Fixed> {
    let TypeKind::Number(NumberBounds { range: Some((min, max)), scale: Some(scale) }) = &ty.kind else { return None };
    let scale = (*scale).max(digits(min)?).max(digits(max)?);
    fixed_at(ty, scale)
}

/// How they are kept at a scale.
pub(super) fn fixed_at(ty: &Type, scale: u8) -> Option<Fixed> {
    let TypeKind::Number(NumberBounds { range: Some((min, max)), .. }) = &ty.kind else { return None };
    if scale > SCALE_MAX {
        return None;
    }
    Some(Fixed { min: bounded(units(min, scale)?)?, max: bounded(units(max, scale)?)?, scale })
}

/// The most whole numbers from one to another; `None` if nobody knows.
pub(super) fn steps_max(from: &Expr, to: &Expr) -> Option<u64> {
    let (from, to) = (fixed(&from.ty)?, fixed(&to.ty)?);
    Some(from.max.abs_diff(to.min).max(to.max.abs_diff(from.min)).saturating_add(1))
}

fn bounded(units: i128) -> Option<i64> {
    if units.abs() > UNITS_MAX { None } else { i64::try_from(units).ok() }
}

/// A number in units of 10^-scale; `None` if it isn't a whole number of them, or too large.
pub(super) fn units(number: &Decimal, scale: u8) -> Option<i128> {
    if number.coefficient == 0 {
        return Some(0);
    }
    let shift = i32::from(number.exponent) + i32::from(scale);
    let mut units = i128::try_from(number.coefficient).ok()?;
    for _ in 0..shift.unsigned_abs().min(40) {
        if shift > 0 {
            units = units.checked_mul(10)?;
        } else if units % 10 == 0 {
            units /= 10;
        } else {
            return None;
        }
    }
    (shift.unsigned_abs() <= 40).then_some(if number.negative { -units } else { units })
}

/// A number in units of the least scale that holds it.
pub(super) fn literal(number: &Decimal) -> Option<(i64, u8)> {
    let scale = digits(number)?;
    Some((bounded(units(number, scale)?)?, scale))
}

/// The digits after the point that a number needs.
pub(super) fn digits(number: &Decimal) -> Option<u8> {
    (0..=SCALE_MAX).find(|scale| units(number, *scale).is_some())
}

/// 10 to the power of a scale, up to 18.
pub(super) fn power_of_ten(scale: u8) -> Option<i64> {
    10_i64.checked_pow(scale.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(coefficient: u128, exponent: i16) -> Decimal {
        Decimal { negative: false, coefficient, exponent }
    }

    #[test]
    fn a_number_is_a_count_of_units_if_it_fits() {
        assert_eq!(units(&decimal(8050, -2), 2), Some(8050));
        assert_eq!(units(&decimal(8, 1), 2), Some(8000));
        assert_eq!(units(&decimal(8055, -2), 1), None);
        assert_eq!(literal(&decimal(8050, -2)), Some((805, 1)));
        assert_eq!(literal(&decimal(1, 30)), None);
    }
}
