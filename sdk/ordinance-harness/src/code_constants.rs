//! Extracts the whole numbers from a rule's code. They include thresholds that aren't parameters.

use wasmparser::{Operator, Parser, Payload};

/// The largest number of constants that are tried. A rule in a language with a large runtime has too many.
const CONSTANTS_MAX: usize = 256;

/// The address at which compilers put the data of a module by convention. A 32-bit constant from here on is an address.
const FIRST_ADDRESS: i64 = 1 << 20;

/// The constants of a component, in ascending order. Empty if there are more than 256.
#[must_use]
pub fn code_constants(component: &[u8]) -> Vec<i64> {
    let mut constants = Vec::new();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        let Ok(operators) = body.get_operators_reader() else { continue };
        constants.extend(operators.into_iter().map_while(Result::ok).filter_map(|operator| match operator {
            Operator::I32Const { value } => Some(value.into()).filter(|value| *value < FIRST_ADDRESS),
            Operator::I64Const { value } => Some(value),
            _ => None,
        }));
    }
    constants.retain(|value| *value > 1 && !is_compiler_constant(*value));
    constants.sort_unstable();
    constants.dedup();
    if constants.len() > CONSTANTS_MAX { Vec::new() } else { constants }
}

/// Whether a constant is a power of two or a mask. Compilers emit such numbers, and laws seldom contain them.
fn is_compiler_constant(value: i64) -> bool {
    let is_power = |value: i64| value.count_ones() == 1;
    is_power(value) || value.checked_add(1).is_some_and(is_power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_the_code_are_found_and_those_of_machines_are_not() {
        let module = wat::parse_str(
            "(module (func (param i64) (drop (i64.eq (local.get 0) (i64.const 123456))) \
             (drop (i32.const 60)) (drop (i32.const 60)) (drop (i32.const 65535)) (drop (i32.const 1048600)) (drop (i32.const -1))))",
        )
        .unwrap();
        assert_eq!(code_constants(&module), [60, 123_456]);
    }
}
