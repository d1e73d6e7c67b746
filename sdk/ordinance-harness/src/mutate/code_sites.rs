//! The places in a rule's code at which its author may have made a mistake: comparisons and whole numbers.

use wasmparser::{Operator, Parser, Payload};

use super::authored::AuthoredLine;

/// A comparison or a number in the code of a component.
pub(super) struct CodeSite {
    /// The index of the function in the code section.
    pub(super) function: usize,
    /// The offset of the opcode in the function's body, in bytes.
    pub(super) offset: usize,
    /// The offset of the opcode in the component, in bytes.
    at: usize,
    kind: SiteKind,
}

enum SiteKind {
    /// A comparison, such as `i32 <`; the opcode of its neighbour, and the neighbour.
    Comparison { from: &'static str, to: (u8, &'static str) },
    /// A number, and the number that is written in its place with as many bytes.
    Number { from: i64, to: i64, bytes: usize },
}

impl CodeSite {
    /// The component with the mistake at this place.
    pub(super) fn mutated(&self, component: &[u8]) -> Option<Vec<u8>> {
        let mut mutated = component.to_vec();
        match self.kind {
            SiteKind::Comparison { to: (opcode, _), .. } => *mutated.get_mut(self.at)? = opcode,
            SiteKind::Number { to, bytes, .. } => {
                mutated.get_mut(self.at + 1..self.at + 1 + bytes)?.copy_from_slice(&leb128(to));
            }
        }
        Some(mutated)
    }

    /// The change in a line of the author, as a clause of a sentence.
    pub(super) fn change_in(&self, line: &AuthoredLine) -> String {
        match self.kind {
            SiteKind::Comparison { from, to: (_, to) } => {
                // The type before the sign is of the machine, not of the author.
                let from = from.split_whitespace().last().unwrap_or(from);
                format!("`{from}` becomes `{to}`")
            }
            SiteKind::Number { from, to, .. } => match line.written_number(from) {
                Some((written, scale)) => format!("the number {written} is {}", with_point(to, scale)),
                None => format!("the number {from} is {to}"),
            },
        }
    }

    /// The number that is moved; `None` for a comparison.
    pub(super) fn number(&self) -> Option<i64> {
        match self.kind {
            SiteKind::Comparison { .. } => None,
            SiteKind::Number { from, .. } => Some(from),
        }
    }

    /// Whether the author wrote it in a line of source: it has a comparison, or the digits of the number. The compiler
    /// puts comparisons of its own on the author's lines, for example for an `option`.
    pub(super) fn is_written_in(&self, line: &AuthoredLine) -> bool {
        match self.kind {
            SiteKind::Comparison { .. } => line.has_comparison(),
            SiteKind::Number { from, .. } => line.written_number(from).is_some(),
        }
    }
}

/// A number of units of the last of `scale` digits after the point.
fn with_point(units: i64, scale: usize) -> String {
    let digits = format!("{:0>1$}", units.unsigned_abs(), scale + 1);
    let (whole, decimals) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
    let sign = if units < 0 { "-" } else { "" };
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

/// Every comparison and every whole number in the code of a component that can be changed in place.
pub(super) fn code_sites(component: &[u8]) -> Vec<CodeSite> {
    let mut found = Vec::new();
    let mut function = 0;
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::CodeSectionStart { .. } => function = 0,
            Payload::CodeSectionEntry(body) => {
                let start = body.range().start;
                let Ok(mut reader) = body.get_operators_reader() else { continue };
                while let Ok((operator, at)) = reader.read_with_offset() {
                    let end = reader.original_position();
                    let kinds = kinds_at(&operator, component.get(at + 1..end).unwrap_or_default());
                    found.extend(kinds.into_iter().map(|kind| CodeSite { function, offset: at - start, at, kind }));
                }
                function += 1;
            }
            _ => {}
        }
    }
    found
}

/// What may be mistaken in an operator, whose immediate has these bytes.
fn kinds_at(operator: &Operator<'_>, immediate: &[u8]) -> Vec<SiteKind> {
    if let Some((from, to)) = neighbour(operator) {
        return vec![SiteKind::Comparison { from, to }];
    }
    let from = match operator {
        Operator::I32Const { value } => i64::from(*value),
        Operator::I64Const { value } => *value,
        _ => return Vec::new(),
    };
    // 0 and 1 stand for much else.
    if from < 2 {
        return Vec::new();
    }
    let bytes = immediate.len();
    let moved = [from - 1, from.saturating_add(1)].into_iter().filter(|to| leb128(*to).len() == bytes);
    moved.map(|to| SiteKind::Number { from, to, bytes }).collect()
}

/// A number as WebAssembly writes it (signed LEB128).
fn leb128(mut number: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if (number == 0 && byte & 0x40 == 0) || (number == -1 && byte & 0x40 != 0) {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// A comparison, and its neighbour with its opcode (WebAssembly specification, 5.4).
fn neighbour(operator: &Operator<'_>) -> Option<(&'static str, (u8, &'static str))> {
    Some(match operator {
        Operator::I32Eq => ("i32 ==", (0x47, "!=")),
        Operator::I32Ne => ("i32 !=", (0x46, "==")),
        Operator::I32LtS => ("i32 <", (0x4c, "<=")),
        Operator::I32LtU => ("u32 <", (0x4d, "<=")),
        Operator::I32GtS => ("i32 >", (0x4e, ">=")),
        Operator::I32GtU => ("u32 >", (0x4f, ">=")),
        Operator::I32LeS => ("i32 <=", (0x48, "<")),
        Operator::I32LeU => ("u32 <=", (0x49, "<")),
        Operator::I32GeS => ("i32 >=", (0x4a, ">")),
        Operator::I32GeU => ("u32 >=", (0x4b, ">")),
        Operator::I64Eq => ("i64 ==", (0x52, "!=")),
        Operator::I64Ne => ("i64 !=", (0x51, "==")),
        Operator::I64LtS => ("i64 <", (0x57, "<=")),
        Operator::I64LtU => ("u64 <", (0x58, "<=")),
        Operator::I64GtS => ("i64 >", (0x59, ">=")),
        Operator::I64GtU => ("u64 >", (0x5a, ">=")),
        Operator::I64LeS => ("i64 <=", (0x53, "<")),
        Operator::I64LeU => ("u64 <=", (0x54, "<")),
        Operator::I64GeS => ("i64 >=", (0x55, ">")),
        Operator::I64GeU => ("u64 >=", (0x56, ">")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutate::authored::AuthoredCode;

    #[test]
    fn every_comparison_is_found_and_its_neighbour_is_one_byte_away() {
        let module = wat::parse_str(
            "(module (func (param i32 i64) (drop (i32.lt_s (local.get 0) (i32.const 60))) \
             (drop (i64.ge_u (local.get 1) (i64.const 1))) (drop (i32.add (local.get 0) (i32.const 1)))))",
        )
        .unwrap();
        let found = code_sites(&module);
        let line = AuthoredLine { place: String::new(), text: String::new(), code: AuthoredCode::Rust };
        let changes: Vec<String> = found.iter().map(|site| site.change_in(&line)).collect();
        let expected = ["the number 60 is 59", "the number 60 is 61", "`<` becomes `<=`", "`>=` becomes `>`"];
        assert_eq!(changes, expected);
        for site in found {
            let mutated = site.mutated(&module).unwrap();
            assert_ne!(mutated, module);
            assert!(wasmparser::validate(&mutated).is_ok());
        }
    }

    #[test]
    fn a_number_that_needs_another_length_stays() {
        // 63 is the largest number of one byte.
        let module = wat::parse_str("(module (func (drop (i32.const 63)) (drop (i64.const 8191))))").unwrap();
        let line = AuthoredLine { place: String::new(), text: String::new(), code: AuthoredCode::Rust };
        let changes: Vec<String> = code_sites(&module).iter().map(|site| site.change_in(&line)).collect();
        assert_eq!(changes, ["the number 63 is 62", "the number 8191 is 8190"]);
    }

    #[test]
    fn a_number_is_told_as_the_author_wrote_it() {
        assert_eq!(with_point(7999, 2), "79.99");
        assert_eq!(with_point(5, 2), "0.05");
        assert_eq!(with_point(-81, 0), "-81");
    }
}
