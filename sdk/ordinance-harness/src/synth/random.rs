//! Random numbers from a seed.

use ordinance_domain::fact::FactType;
use ordinance_domain::value::{Decimal, Value};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// A seeded source of random numbers.
pub(super) struct RandomSource(TestRng);

impl RandomSource {
    pub(super) fn from_seed(seed: u64) -> Self {
        let mut bytes = [0_u8; 32];
        bytes.iter_mut().zip(seed.to_le_bytes()).for_each(|(byte, part)| *byte = part);
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    /// A uniform random number from 0 to below 1.
    pub(super) fn share(&mut self) -> f64 {
        // An f64 has a significand of 53 bits.
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A uniform random index below `count`; 0 if `count` is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.0.next_u64() % (count.max(1) as u64)).unwrap_or_default()
    }

    /// A number of the standard normal distribution (G. E. P. Box and M. E. Muller, 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = 1.0 - self.share();
        let angle = self.share();
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// A uniform random number between `from` and `to`, rounded to its type. `None` if the type isn't numeric.
    pub(super) fn number(&mut self, fact_type: &FactType, from: Decimal, to: Decimal) -> Option<Value> {
        let part = Decimal::try_from(self.share()).ok()?;
        rounded(fact_type, from + (to - from).checked_mul(part)?)
    }

    /// A random value, chosen by weight. `None` if there are no values.
    pub(super) fn weighted<T: Clone>(&mut self, values: &[(T, f64)]) -> Option<T> {
        let all: f64 = values.iter().map(|(_, weight)| weight).sum();
        let mut remaining = self.share() * all;
        for (value, weight) in values {
            remaining -= weight;
            if remaining < 0.0 {
                return Some(value.clone());
            }
        }
        values.last().map(|(value, _)| value.clone())
    }
}

/// A number rounded to its type. `None` if the type isn't numeric.
pub(super) fn rounded(fact_type: &FactType, number: Decimal) -> Option<Value> {
    match fact_type {
        FactType::Integer { .. } => i64::try_from(number.round()).ok().map(Value::Integer),
        FactType::Decimal { scale, .. } => Some(Value::Decimal(number.round_dp(*scale).normalize())),
        FactType::Bool
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => None,
    }
}
