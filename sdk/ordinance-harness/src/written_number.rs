//! Numbers as spreadsheets of many countries write them. A comma or a point is read only where it can't be both the
//! beginning of the decimals and a separator of thousands.

use crate::table::TableForm;

/// A number that can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NumberError {
    #[error("this is no number; write digits with a point before the decimals, such as 1234.50")]
    NoNumber,
    #[error(
        "a comma or a point before exactly three digits may separate thousands or begin the decimals; write thousands \
         as 1234, decimals as 1.2340"
    )]
    Ambiguous,
    #[error(
        "a comma or a point before exactly three digits may separate thousands; write a whole number without them, as \
         1000 or 1"
    )]
    AmbiguousWhole,
    #[error("this is a number in short, such as 1.2E+05, whose last digits are lost; write all its digits")]
    Exponent,
    #[error("this has a sign of a currency or of per cent; write the number alone, such as 217.50")]
    WithUnit,
}

/// The number with a point before its decimals and nothing else: `217,50` and `217.50` give `217.50`, `1.234,56`,
/// `1,234.56`, `1 234,56` and `1'234.56` give `1234.56`. Groups of thousands have three digits, but for the first.
/// `scale` is how many digits a value may have after the point: `1.234` is read only where that many are expected, and
/// where no country's program writes its own form.
///
/// # Errors
/// [`NumberError`] if it is no number, or may be two.
pub(crate) fn read_number(text: &str, form: TableForm, scale: u32) -> Result<String, NumberError> {
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    check_characters(digits)?;
    let marks: Vec<(usize, char)> = digits.char_indices().filter(|(_, mark)| !mark.is_ascii_digit()).collect();
    let number = match marks.as_slice() {
        [] => Some(digits.to_owned()),
        [(at, mark)] if *mark == '.' || *mark == ',' => {
            let is_plain = *mark == '.' && point_begins_decimals(form, scale);
            if !is_plain && may_be_thousands(digits, *at) {
                return Err(if scale == 0 { NumberError::AmbiguousWhole } else { NumberError::Ambiguous });
            }
            decimal(digits, *at, &[])
        }
        [.., (at, last)] => {
            let others = marks.iter().map(|(_, mark)| *mark).filter(|mark| mark != last);
            let others: Vec<char> = others.collect();
            let separator = others.first().copied().unwrap_or(*last);
            let is_one_kind = others.iter().all(|mark| *mark == separator);
            let has_decimals = marks.iter().filter(|(_, mark)| mark == last).count() == 1;
            match (others.is_empty(), has_decimals, is_decimal_mark(*last)) {
                // All marks are the same, or it is one blank: all separate thousands.
                (true, _, _) => whole(digits, separator),
                (false, true, true) if is_one_kind => decimal(digits, *at, &[separator]),
                (false, _, _) => None,
            }
        }
    };
    number.map(|number| format!("{sign}{number}")).ok_or(NumberError::NoNumber)
}

/// Whether the point of `1.234` can only begin decimals. Spreadsheets of any country copy text with tabs, and a text
/// cell of a sheet is what somebody typed. A program that writes commas between cells writes a point before decimals,
/// but three of them only for a fact that may have three.
fn point_begins_decimals(form: TableForm, scale: u32) -> bool {
    match form {
        TableForm::Parquet => true,
        TableForm::Text => scale >= 3,
        TableForm::TabText | TableForm::SemicolonText | TableForm::Sheet => false,
    }
}

/// Tells what is written instead of a number, if it is known.
fn check_characters(text: &str) -> Result<(), NumberError> {
    let is_number = |c: char| c.is_ascii_digit() || is_decimal_mark(c) || is_separator(c);
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(is_number) {
        return Ok(());
    }
    let is_unit = |c: char| matches!(c, '%' | '‰' | '$' | '€' | '£' | '¥' | '￥' | '元' | '₹' | '₽');
    let has_exponent = text.contains(['e', 'E']) && text.chars().all(|c| is_number(c) || "eE+-".contains(c));
    Err(match text.chars().any(|c| c.is_ascii_digit()) {
        true if has_exponent => NumberError::Exponent,
        true if text.contains(is_unit) => NumberError::WithUnit,
        true | false => NumberError::NoNumber,
    })
}

fn is_decimal_mark(character: char) -> bool {
    matches!(character, '.' | ',')
}

/// Whether it separates thousands and never begins decimals: blanks, also those that don't break, and apostrophes.
fn is_separator(character: char) -> bool {
    matches!(character, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’')
}

/// Whether the mark may separate a first group of thousands from a second: `1,234`, but not `0,125` or `1234,567`.
fn may_be_thousands(digits: &str, at: usize) -> bool {
    let (before, after) = digits.split_at(at);
    (1..=3).contains(&before.len()) && !before.starts_with('0') && after.len() == 4
}

/// The number whose decimals begin after the mark at this byte; before it, `separators` stand between thousands.
fn decimal(digits: &str, at: usize, separators: &[char]) -> Option<String> {
    let (before, after) = digits.split_at(at);
    let whole = match separators.first() {
        Some(separator) => whole(before, *separator)?,
        None => before.to_owned(),
    };
    let after = after.get(1..).filter(|after| !after.is_empty())?;
    Some(format!("{whole}.{after}"))
}

/// The digits of a whole number in groups of thousands.
fn whole(digits: &str, separator: char) -> Option<String> {
    let mut groups = digits.split(separator);
    let first = groups.next()?;
    let is_first = (1..=3).contains(&first.len()) && !first.starts_with('0');
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    (is_first && groups.all(is_group)).then(|| digits.split(separator).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Result<&str, NumberError>) {
        assert_eq!(read_number(text, TableForm::Text, 3), expect.map(str::to_owned), "{text}");
    }

    #[test]
    fn a_number_of_any_country_is_read_where_it_can_be_only_one() {
        for plain in ["0", "217", "217.50", "0.125", "1.234", "-217.50", "00", "1234567.89"] {
            check(plain, Ok(plain));
        }
        for (text, number) in [
            ("217,50", "217.50"),
            ("-0,5", "-0.5"),
            ("0,125", "0.125"),
            ("1234,567", "1234.567"),
            ("1,2345", "1.2345"),
            ("\u{2212}1,5", "-1.5"),
            ("1.234,56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("1.234.567", "1234567"),
            ("1,234,567", "1234567"),
            ("12.345.678,9", "12345678.9"),
            ("1 234", "1234"),
            ("1\u{a0}234,56", "1234.56"),
            ("1\u{202f}234\u{202f}567,5", "1234567.5"),
            ("1'234.50", "1234.50"),
        ] {
            check(text, Ok(number));
        }
    }

    #[test]
    fn a_number_that_may_be_two_or_none_is_refused() {
        check("1,234", Err(NumberError::Ambiguous));
        check("-12,345", Err(NumberError::Ambiguous));
        for text in ["1,23,456", "12 34", "1.2.3", "1,234.56,7", "1 234 56", ",5", ".5", "5.", "5,", "1.234,", "", "-"]
        {
            check(text, Err(NumberError::NoNumber));
        }
        for text in ["x", "+5", "5-", "(5)", "1 2345", "0.123.456", "1,234'567.5", "--5", "１２", "NaN", "0x10"] {
            check(text, Err(NumberError::NoNumber));
        }
        check("1.2E+05", Err(NumberError::Exponent));
        check("1,2e5", Err(NumberError::Exponent));
        check("217,50 €", Err(NumberError::WithUnit));
        check("22%", Err(NumberError::WithUnit));
    }

    #[test]
    fn a_point_before_three_digits_is_ambiguous_where_semicolons_or_tabs_separate_and_in_sheets() {
        for form in [TableForm::SemicolonText, TableForm::TabText, TableForm::Sheet] {
            let read = |text| read_number(text, form, 3);
            assert_eq!(read("1.234"), Err(NumberError::Ambiguous), "{form:?}");
            assert_eq!(read("1,234"), Err(NumberError::Ambiguous), "{form:?}");
            assert_eq!(read("0.125").as_deref(), Ok("0.125"), "{form:?}");
            assert_eq!(read("217.50").as_deref(), Ok("217.50"), "{form:?}");
            assert_eq!(read("1.234,00").as_deref(), Ok("1234.00"), "{form:?}");
        }
    }

    #[test]
    fn a_point_before_three_digits_is_ambiguous_for_a_fact_that_has_fewer_decimals() {
        let read = |text, scale| read_number(text, TableForm::Text, scale);
        assert_eq!(read("1.000", 0), Err(NumberError::AmbiguousWhole));
        assert_eq!(read("-12.345", 0), Err(NumberError::AmbiguousWhole));
        assert_eq!(read("1.000", 2), Err(NumberError::Ambiguous));
        assert_eq!(read("1.000", 3).as_deref(), Ok("1.000"));
        assert_eq!(read("1000.000", 0).as_deref(), Ok("1000.000"));
        assert_eq!(read("80.0", 0).as_deref(), Ok("80.0"));
        assert_eq!(read_number("1.000", TableForm::Parquet, 0).as_deref(), Ok("1.000"));
    }
}
