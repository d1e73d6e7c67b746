//! Finds the line in a rule's WIT to which a load error refers. Such errors name fields of the rule's type in
//! backticks, such as `applicant.age`.

use std::ops::Range;

use ordinance_engine::RulebookFolder;
use ordinance_engine::diagnostic::Diagnostic;

/// A diagnostic at the line of the WIT that declares the field in `reason`. `None` if `reason` names no declared field.
/// `place` is the path of the rule in the sources.
pub(super) fn wit_diagnostic(sources: &RulebookFolder, place: &str, reason: &str, message: &str) -> Option<Diagnostic> {
    let folder = format!("{place}/wit");
    let names = sources.entries(&folder).ok()?.into_iter().map(|entry| entry.name);
    names.filter(|name| name.ends_with(".wit")).find_map(|name| {
        let file = format!("{folder}/{name}");
        let text = sources.read_text(&file).ok()?;
        let code = without_comments(&text);
        let span = quoted(reason).find_map(|words| span_of(&code, words))?;
        Some(Diagnostic { is_cell: false, file, text: text.into(), span, message: message.to_owned(), help: None })
    })
}

/// The text with its comments replaced by spaces.
fn without_comments(text: &str) -> String {
    let line = |line: &str| {
        let code = line.find("//").and_then(|start| line.get(..start)).unwrap_or(line);
        format!("{code}{}", " ".repeat(line.len() - code.len()))
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The texts in backticks.
fn quoted(reason: &str) -> impl Iterator<Item = &str> {
    reason.split('`').skip(1).step_by(2)
}

/// The declaration of a field such as `applicant.age` or `determine.applicant.age`, or the export of a function.
fn span_of(text: &str, place: &str) -> Option<Range<usize>> {
    let kebab = place.replace('_', "-");
    let parts: Vec<&str> = kebab.split('.').collect();
    match parts.as_slice() {
        ["determine" | "rule-on"] => find(text, &format!("export {kebab}")),
        [.., record, field] => {
            let block = block_of(text, record)?;
            let in_block = find_field(text.get(block.clone())?, field)?;
            Some(block.start + in_block..block.start + in_block + field.len())
        }
        [_] | [] => None,
    }
}

/// The fields of a record.
fn block_of(text: &str, record: &str) -> Option<Range<usize>> {
    let name = find(text, &format!("record {record}"))?;
    let start = name.end + text.get(name.end..)?.find('{')?;
    let end = text.get(start..)?.find('}')?;
    Some(start..start + end)
}

/// The offset of a field's declaration: its name, followed by a colon.
fn find_field(block: &str, field: &str) -> Option<usize> {
    let is_declared = |start: &usize| {
        let rest = block.get(start + field.len()..).unwrap_or_default();
        let before = block.get(..*start).unwrap_or_default();
        rest.trim_start().starts_with(':') && before.trim_end().ends_with(['{', ','])
    };
    block.match_indices(field).map(|(start, _)| start).find(is_declared)
}

/// The first occurrence of a text that is not part of a longer word.
fn find(text: &str, words: &str) -> Option<Range<usize>> {
    let is_name_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let bytes = text.as_bytes();
    let is_whole = |start: usize| {
        !is_name_part(start.checked_sub(1).and_then(|before| bytes.get(before)))
            && !is_name_part(bytes.get(start + words.len()))
    };
    let (start, _) = text.match_indices(words).find(|(start, _)| is_whole(*start))?;
    Some(start..start + words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIT: &str = "world rule {\n    record applicant { disability-grade: u8,\n        age: u8 }\n    record grant { amount: decimal }\n    export determine: func(applicant: applicant) -> answer;\n}\n";

    #[test]
    fn a_place_of_the_type_is_found_where_it_is_declared() {
        let at = |place: &str| span_of(WIT, place).map(|span| (WIT[..span.start].lines().count(), &WIT[span]));
        assert_eq!(at("determine.applicant.disability_grade"), Some((2, "disability-grade")));
        assert_eq!(at("applicant.age"), Some((3, "age")));
        assert_eq!(at("grant.amount"), Some((4, "amount")));
        assert_eq!(at("determine"), Some((5, "export determine")));
        assert_eq!(without_comments("a // age\nb"), "a       \nb");
        for unknown in ["applicant.grade", "u8", "parameters.age"] {
            assert_eq!(at(unknown), None, "{unknown}");
        }
    }
}
