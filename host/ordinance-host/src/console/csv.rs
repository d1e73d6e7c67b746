//! Tables as files of values separated by commas (RFC 4180), with a header, in UTF-8. A text that a program of sheets
//! would run as a formula is written with an apostrophe before it.

/// The bytes by which programs of sheets know UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file with a header and rows.
pub(super) fn csv(columns: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut file = String::from(BYTE_ORDER_MARK);
    let header = columns.iter().map(|column| field(column)).collect::<Vec<_>>().join(",");
    file.push_str(&header);
    file.push_str("\r\n");
    for row in rows {
        let line = row.iter().map(|cell| field(cell)).collect::<Vec<_>>().join(",");
        file.push_str(&line);
        file.push_str("\r\n");
    }
    file
}

fn field(text: &str) -> String {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    let needs_quotes = text.contains([',', '"', '\r', '\n', ';', '\'']) || text.trim() != text;
    if needs_quotes { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_header_and_quotes_what_it_must() {
        let rows = [vec!["a,b".to_owned(), "say \"x\"".to_owned()], vec!["烟台".to_owned(), "12".to_owned()]];
        let file = csv(&["place", "count"], rows.into_iter());
        assert_eq!(file, "\u{feff}place,count\r\n\"a,b\",\"say \"\"x\"\"\"\r\n烟台,12\r\n");
    }

    #[test]
    fn no_program_of_sheets_runs_a_field() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "|calc", "＝1"] {
            let written = field(text);
            assert!(written.trim_start_matches('"').starts_with('\''), "{written}");
        }
        assert_eq!(field("2026-10"), "2026-10");
    }
}
