//! The whole numbers that stand in a rule's code: a number that decides and is no parameter is found among them.

use wasmparser::{Operator, Parser, Payload};

/// The most constants of one component; a rule that is written in a language with a large runtime has too many to try.
const CONSTANTS_MAX: usize = 256;

/// Where the data of a module begins by the custom of its compilers: from there on a constant is an address.
const FIRST_ADDRESS: i64 = 1 << 20;

/// The constants of a component, from the least; none if there are too many to mean something.
#[must_use]
pub fn constants(component: &[u8]) -> Vec<i64> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        let Payload::CodeSectionEntry(body) = payload else { continue };
        let Ok(operators) = body.get_operators_reader() else { continue };
        found.extend(operators.into_iter().map_while(Result::ok).filter_map(|operator| match operator {
            Operator::I32Const { value } => Some(value.into()).filter(|value| *value < FIRST_ADDRESS),
            Operator::I64Const { value } => Some(value),
            _ => None,
        }));
    }
    found.retain(|value| *value > 1 && !is_compiler_constant(*value));
    found.sort_unstable();
    found.dedup();
    if found.len() > CONSTANTS_MAX { Vec::new() } else { found }
}

/// Powers of two and masks are what compilers write, and seldom what a law says.
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
        assert_eq!(constants(&module), [60, 123_456]);
    }
}
