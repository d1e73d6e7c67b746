//! The beginning of a table in text, as spreadsheets write it: a byte order mark, Excel's line `sep=;`, and the header,
//! which tells what separates the cells.

/// Where the header of a table begins, and what separates its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableStart {
    /// A comma, a semicolon or a tab.
    pub separator: u8,
    /// The bytes before the header.
    pub header_byte: usize,
    /// The lines before the header.
    pub lines_before: usize,
}

/// A table of which it can't be told what separates its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeparatorError {
    /// The header has several characters that may separate cells.
    #[error(
        "the header has {}, of which only one can separate its names; separate them all by one, or write a line such as \
         `sep=;` above the header", in_words(.0)
    )]
    Several([bool; 3]),
    /// The line `sep=` names another character.
    #[error("the line `sep=` names no comma, semicolon or tab")]
    Unknown,
}

const SEPARATORS: [(u8, &str); 3] = [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs")];

fn in_words(found: &[bool; 3]) -> String {
    let names = SEPARATORS.iter().zip(found).filter(|(_, found)| **found).map(|((_, name), _)| *name);
    names.collect::<Vec<_>>().join(" and ")
}

/// Reads the beginning of a table, at most its first two lines. The separator of its cells is the comma, semicolon or
/// tab that the header contains outside quotes, or the character that a line `sep=` above the header names. For a
/// header of one name, which contains none, it is the comma.
///
/// # Errors
/// [`SeparatorError`] if the header has several of them.
pub fn table_start(text: &str) -> Result<TableStart, SeparatorError> {
    let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header_byte = text.len() - unmarked.len();
    let first = line_of(unmarked);
    if let Some(named) = first.trim_end_matches(['\r', '\n']).strip_prefix("sep=") {
        let separator = SEPARATORS.iter().map(|(byte, _)| *byte).find(|byte| named.as_bytes() == [*byte]);
        let separator = separator.ok_or(SeparatorError::Unknown)?;
        return Ok(TableStart { separator, header_byte: header_byte + first.len(), lines_before: 1 });
    }
    let found = SEPARATORS.map(|(byte, _)| has_outside_quotes(first, byte));
    let mut present = SEPARATORS.iter().zip(found).filter(|(_, found)| *found).map(|((byte, _), _)| *byte);
    match (present.next(), present.next()) {
        (_, Some(_)) => Err(SeparatorError::Several(found)),
        (separator, None) => Ok(TableStart { separator: separator.unwrap_or(b','), header_byte, lines_before: 0 }),
    }
}

/// The first line with its end.
fn line_of(text: &str) -> &str {
    text.split_inclusive('\n').next().unwrap_or_default()
}

fn has_outside_quotes(line: &str, separator: u8) -> bool {
    line.split('"').step_by(2).any(|part| part.as_bytes().contains(&separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, separator: u8, header: &str) {
        let start = table_start(text).unwrap();
        assert_eq!(start.separator, separator, "{text:?}");
        assert_eq!(line_of(&text[start.header_byte..]).trim_end(), header, "{text:?}");
    }

    #[test]
    fn the_header_or_excels_line_tells_what_separates_the_cells() {
        check("age,resident\n80,true\n", b',', "age,resident");
        check("age;resident\r\n80;true\r\n", b';', "age;resident");
        check("age\tresident\n", b'\t', "age\tresident");
        check("\u{feff}age;resident\n", b';', "age;resident");
        check("\"age, in years\";\"resident\"\n", b';', "\"age, in years\";\"resident\"");
        check("age\n80,5\n", b',', "age");
        check("\u{feff}sep=;\r\nage;resident\r\n", b';', "age;resident");
        check("sep=\t\nage\tresident\n", b'\t', "age\tresident");
        check("", b',', "");
    }

    #[test]
    fn a_header_with_several_separators_is_refused() {
        let error = table_start("age;income,monthly\n").unwrap_err();
        assert!(error.to_string().starts_with("the header has commas and semicolons, of which only one"), "{error}");
        assert_eq!(table_start("sep=|\nage|resident\n"), Err(SeparatorError::Unknown));
    }
}
