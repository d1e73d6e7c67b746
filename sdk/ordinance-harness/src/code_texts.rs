//! The texts in a rule's code, which it may compare a fact with.

use wasmparser::{DataKind, Operator, Parser, Payload};

/// The most texts of a rule's code that are tried, and the longest of them in bytes.
const TEXTS_MAX: usize = 48;
const TEXT_BYTES_MAX: usize = 64;
/// The shortest text that the compiler holds in a number, in bytes; shorter ones are mostly numbers.
const NUMBER_BYTES_MIN: usize = 4;

/// The texts that the code of a component names: a constant address in its data with a constant length beside it, or a
/// number whose bytes are a short text, as compilers compare texts of up to 8 bytes.
#[must_use]
pub fn code_texts(component: &[u8]) -> Vec<String> {
    let mut code = CodeTexts::default();
    // The data of a module stands after its code.
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        if let Payload::DataSection(segments) = payload {
            for segment in segments.into_iter().map_while(Result::ok) {
                let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
                let offset = offset_expr.get_operators_reader().read();
                if let Ok(Operator::I32Const { value }) = offset {
                    code.data.push((i64::from(value), segment.data.to_vec()));
                }
            }
        }
    }
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        if let Payload::CodeSectionEntry(body) = payload {
            let Ok(operators) = body.get_operators_reader() else { continue };
            code.read(operators.into_iter().map_while(Result::ok));
        }
    }
    code.texts
}

#[derive(Default)]
struct CodeTexts {
    /// The data of the memory, each segment with the address at which it begins.
    data: Vec<(i64, Vec<u8>)>,
    texts: Vec<String>,
}

impl CodeTexts {
    fn read<'a>(&mut self, operators: impl Iterator<Item = Operator<'a>>) {
        let mut before: Option<i64> = None;
        for operator in operators {
            let constant = match operator {
                Operator::I32Const { value } => Some(i64::from(value)),
                Operator::I64Const { value } => Some(value),
                _ => None,
            };
            if let Some(value) = constant {
                let number = value.to_le_bytes();
                let used = number.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                if used >= NUMBER_BYTES_MIN {
                    self.add(number.get(..used).unwrap_or_default().to_vec());
                }
                if let Some(address) = before {
                    self.add_data(address, value);
                }
            }
            before = constant;
        }
    }

    fn add_data(&mut self, address: i64, length: i64) {
        let Ok(length) = usize::try_from(length) else { return };
        if !(1..=TEXT_BYTES_MAX).contains(&length) {
            return;
        }
        let found = self.data.iter().find_map(|(start, bytes)| {
            let from = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get(from..from.checked_add(length)?)
        });
        if let Some(bytes) = found.map(<[u8]>::to_vec) {
            self.add(bytes);
        }
    }

    fn add(&mut self, bytes: Vec<u8>) {
        let Ok(text) = String::from_utf8(bytes) else { return };
        let is_plain = !text.chars().any(char::is_control);
        if is_plain && self.texts.len() < TEXTS_MAX && !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_data_and_a_short_one_in_a_number_are_found() {
        let module = wat::parse_str(
            r#"(module (memory 1) (data (i32.const 1024) "studentretired")
                (func (param i64) (drop (i32.const 1024)) (drop (i32.const 7))
                    i32.const 1031 i32.const 7 drop drop
                    (drop (i64.eq (local.get 0) (i64.const 0x6565726874)))))"#,
        )
        .unwrap();
        // The address and the length of the first word of the data stand apart.
        assert_eq!(code_texts(&module), ["retired", "three"]);
    }
}
