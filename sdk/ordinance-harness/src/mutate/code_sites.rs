//! The places in a rule's code at which its author may have made a mistake: comparisons and whole numbers.

use wasmparser::{Operator, Parser, Payload};

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

    /// The change, as a clause of a sentence.
    pub(super) fn change(&self) -> String {
        match self.kind {
            SiteKind::Comparison { from, to: (_, to) } => format!("`{from}` is `{to}`"),
            SiteKind::Number { from, to, .. } => format!("the number {from} is {to}"),
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
    pub(super) fn is_written_in(&self, line: &str) -> bool {
        let code = without_texts(line);
        match self.kind {
            SiteKind::Comparison { .. } => has_comparison(&code),
            SiteKind::Number { from, .. } => numbers_of(line).any(|number| number == from.to_string()),
        }
    }
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

/// A line of source without the content of its texts and without its comment.
fn without_texts(line: &str) -> String {
    let mut is_text = false;
    let mut code = String::new();
    for letter in line.chars() {
        match letter {
            '"' => is_text = !is_text,
            _ if is_text => {}
            letter => code.push(letter),
        }
        if code.ends_with("//") {
            break;
        }
    }
    code
}

/// Whether code compares: with an operator, within a range, or as a number that is matched.
fn has_comparison(code: &str) -> bool {
    let has_operator =
        ["==", "!=", "<=", ">=", " < ", " > ", "..", ".contains("].iter().any(|sign| code.contains(sign));
    let matches_number =
        code.split_once("=>").is_some_and(|(pattern, _)| pattern.contains(|c: char| c.is_ascii_digit()));
    has_operator || matches_number
}

/// The digits of each number in a line, without underscores and points: a decimal is a number of its last unit.
fn numbers_of(line: &str) -> impl Iterator<Item = String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let words =
        line.split(move |letter: char| !is_part(letter)).filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    words.flat_map(|word| {
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        let parts = word.split('.').map(|part| part.chars().take_while(|c| c.is_ascii_digit() || *c == '_'));
        let parts = parts.map(|part| part.filter(char::is_ascii_digit).collect::<String>());
        let parts: Vec<String> = parts.chain([digits]).collect();
        parts.into_iter().map(|number| number.trim_start_matches('0').to_owned())
    })
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

    #[test]
    fn every_comparison_is_found_and_its_neighbour_is_one_byte_away() {
        let module = wat::parse_str(
            "(module (func (param i32 i64) (drop (i32.lt_s (local.get 0) (i32.const 60))) \
             (drop (i64.ge_u (local.get 1) (i64.const 1))) (drop (i32.add (local.get 0) (i32.const 1)))))",
        )
        .unwrap();
        let found = code_sites(&module);
        let changes: Vec<String> = found.iter().map(CodeSite::change).collect();
        let expected = ["the number 60 is 59", "the number 60 is 61", "`i32 <` is `<=`", "`u64 >=` is `>`"];
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
        let changes: Vec<String> = code_sites(&module).iter().map(CodeSite::change).collect();
        assert_eq!(changes, ["the number 63 is 62", "the number 8191 is 8190"]);
    }

    #[test]
    fn only_what_the_author_wrote_in_the_line_counts() {
        let comparison = |line: &str| has_comparison(&without_texts(line));
        for line in ["age >= parameters.min_age", "if size > 10 {", "matches!(grade, 1..=2)", "3 => Some(amount),"] {
            assert!(comparison(line), "{line}");
        }
        for line in ["let sum = one + other;", "Some(income) => income,", "say(\"a < b\"); // a > b", "Vec<Option<u8>>"]
        {
            assert!(!comparison(line), "{line}");
        }
        let numbers = |line: &str| numbers_of(line).collect::<Vec<_>>();
        assert!(numbers("if size > 10 {").contains(&"10".to_owned()));
        assert!(numbers("let amount = dec(\"50.25\");").contains(&"5025".to_owned()));
        assert!(numbers("Decimal::new(5_000, 2)").contains(&"5000".to_owned()));
        assert!(!numbers("member10.age").contains(&"10".to_owned()));
    }
}
