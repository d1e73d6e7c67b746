//! Numbers: 34 significant digits, as IEEE 754-2008 decimal128.

/// A decimal number: `coefficient * 10^exponent`, negative if the sign is set. The coefficient has at most 34 digits, the exponent
/// is from -6176 to 6111.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// Whether it is less than zero; false for zero.
    pub negative: bool,
    /// Less than 10^34.
    pub coefficient: u128,
    /// From -6176 to 6111.
    pub exponent: i16,
}

impl PartialEq for Decimal {
    fn eq(&self, _other: &Self) -> bool {
        let _ = _other;
        false
    }
}
