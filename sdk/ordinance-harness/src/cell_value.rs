//! What a cell of a table means: its value, by the type of the fact in whose column it stands.

use ordinance_domain::fact::FactType;
use ordinance_engine::case::read_typed_value;
use ordinance_engine::input_error::InputError;
use ordinance_engine::untyped_value::UntypedValue;
use serde_json::value::RawValue;

use crate::table::{Cell, TableForm, UnusableCellError};
use crate::written_date::{DateError, read_day};
use crate::written_number::{NumberError, read_number};

/// A cell that can't be the value of its column. It never shows what the cell holds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CellError {
    #[error("{error}; expected {expected}")]
    Expecting { error: Box<CellError>, expected: String },
    #[error(transparent)]
    Fault(#[from] UnusableCellError),
    #[error(transparent)]
    Number(#[from] NumberError),
    #[error(transparent)]
    Date(#[from] DateError),
    #[error("this is neither TRUE nor FALSE; write one of them, or leave the cell empty if it is unknown")]
    NoBool,
    #[error("this is a day, not a number; format the column as a number")]
    DayNotNumber,
    #[error("this is TRUE or FALSE, not a number")]
    BoolNotNumber,
    #[error("this is not a day; format the column as a date, or write the day as text: 2026-03-01")]
    NoDay,
    #[error("this is a number, before which zeros may be lost; format the column as text and write it again")]
    NumberNotText,
    #[error("this is a day or TRUE or FALSE, not text; format the column as text and write it again")]
    OtherNotText,
    #[error("this is a list or a record, not a single value")]
    NestedNotSingle,
    #[error("this is not valid JSON; write a JSON object or array")]
    NoJson,
    #[error("this value is not allowed")]
    NotAllowed,
    #[error("{0}")]
    Input(InputError),
}

/// The value of a cell as that of a type, checked; the JSON form of it.
///
/// # Errors
/// [`CellError`] with what was expected.
pub(crate) fn typed_value(cell: &Cell, fact_type: &FactType, form: TableForm) -> Result<UntypedValue, CellError> {
    let expecting =
        |error: CellError| CellError::Expecting { error: Box::new(error), expected: expected_words(fact_type) };
    let value = match fact_type {
        FactType::Bool => bool_of(cell, form).map(UntypedValue::Bool),
        FactType::Integer { .. } => number_of(cell, form, 0).map(|number| UntypedValue::Number(without_zeros(number))),
        FactType::Decimal { scale, .. } => number_of(cell, form, *scale).map(UntypedValue::Number),
        FactType::Date => day_of(cell).map(UntypedValue::Text),
        FactType::Text { .. } => text_of(cell, &[]).map(UntypedValue::Text),
        FactType::Choice(choices) => text_of(cell, choices).map(UntypedValue::Text),
        FactType::Record(_) | FactType::List { .. } => nested_of(cell),
    };
    let value = value.map_err(&expecting)?;
    match (read_typed_value(fact_type, &value, ""), fact_type) {
        (Ok(_), _) => Ok(value),
        (Err(errors), FactType::Record(_) | FactType::List { .. }) => {
            Err(errors.into_iter().next().map_or(CellError::NotAllowed, CellError::Input))
        }
        (
            Err(_),
            FactType::Bool
            | FactType::Integer { .. }
            | FactType::Decimal { .. }
            | FactType::Date
            | FactType::Text { .. }
            | FactType::Choice(_),
        ) => Err(expecting(CellError::NotAllowed)),
    }
}

/// What a type's cells hold, in words; they know no strings.
fn expected_words(fact_type: &FactType) -> String {
    match fact_type {
        FactType::Decimal { min, max, scale } => {
            format!("a decimal number from {min} to {max} with at most {scale} digits after the point")
        }
        FactType::Bool => "TRUE or FALSE".to_owned(),
        FactType::Integer { .. }
        | FactType::Date
        | FactType::Text { .. }
        | FactType::Choice(_)
        | FactType::Record(_)
        | FactType::List { .. } => fact_type.to_string(),
    }
}

/// The value of a cell whose type isn't known.
pub(crate) fn untyped_value(cell: &Cell) -> Result<UntypedValue, CellError> {
    Ok(match cell {
        Cell::Number(number) => UntypedValue::Number(number.clone()),
        Cell::Double(number) => UntypedValue::Number(shortest(*number)),
        Cell::Bool(yes) => UntypedValue::Bool(*yes),
        Cell::Nested(value) => value.clone(),
        Cell::Empty | Cell::Text(_) | Cell::Date(_) | Cell::Unusable(_) => UntypedValue::Text(plain_text(cell)?),
    })
}

/// The text of a cell in a column of names or words.
pub(crate) fn plain_text(cell: &Cell) -> Result<String, CellError> {
    Ok(match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => written(text)?.to_owned(),
        Cell::Number(number) => number.clone(),
        Cell::Double(number) => shortest(*number),
        Cell::Bool(yes) => yes.to_string(),
        Cell::Date(day) => day.to_string(),
        Cell::Nested(_) => return Err(CellError::NestedNotSingle),
        Cell::Unusable(fault) => return Err((*fault).into()),
    })
}

/// A request's member in a cell: JSON, or a word without quotes.
pub(crate) fn member_value(cell: &Cell) -> Result<UntypedValue, CellError> {
    match cell {
        Cell::Text(text) if text.starts_with(['{', '[', '"']) => json(text),
        Cell::Nested(value) => Ok(value.clone()),
        Cell::Empty
        | Cell::Text(_)
        | Cell::Number(_)
        | Cell::Double(_)
        | Cell::Bool(_)
        | Cell::Date(_)
        | Cell::Unusable(_) => plain_text(cell).map(UntypedValue::Text),
    }
}

/// Yes or no. A sheet may store it as 1 or 0 with a format that shows TRUE or FALSE, as LibreOffice does with the
/// workbook of another program.
pub(crate) fn bool_of(cell: &Cell, form: TableForm) -> Result<bool, CellError> {
    match cell {
        Cell::Bool(yes) => Ok(*yes),
        Cell::Double(number) if form == TableForm::Sheet && *number == 1.0 => Ok(true),
        Cell::Double(number) if form == TableForm::Sheet && *number == 0.0 => Ok(false),
        Cell::Text(text) if written(text)?.eq_ignore_ascii_case("true") => Ok(true),
        Cell::Text(text) if written(text)?.eq_ignore_ascii_case("false") => Ok(false),
        Cell::Unusable(fault) => Err((*fault).into()),
        Cell::Empty | Cell::Text(_) | Cell::Number(_) | Cell::Double(_) | Cell::Date(_) | Cell::Nested(_) => {
            Err(CellError::NoBool)
        }
    }
}

/// The number of a cell; a binary one with at most `scale` digits after the point, if its first 15 digits have no more.
pub(crate) fn number_of(cell: &Cell, form: TableForm, scale: u32) -> Result<String, CellError> {
    match cell {
        Cell::Number(number) => Ok(number.clone()),
        Cell::Double(number) => Ok(decimal_of(*number, scale)),
        Cell::Text(text) => Ok(read_number(written(text)?, form, scale)?),
        Cell::Date(_) => Err(CellError::DayNotNumber),
        Cell::Bool(_) => Err(CellError::BoolNotNumber),
        Cell::Nested(_) => Err(CellError::NestedNotSingle),
        Cell::Empty => Err(NumberError::NoNumber.into()),
        Cell::Unusable(fault) => Err((*fault).into()),
    }
}

/// The day of a cell, as YYYY-MM-DD.
pub(crate) fn day_of(cell: &Cell) -> Result<String, CellError> {
    match cell {
        Cell::Date(day) => Ok(day.to_string()),
        Cell::Text(text) => Ok(read_day(written(text)?)?.to_string()),
        Cell::Unusable(fault) => Err((*fault).into()),
        Cell::Empty | Cell::Number(_) | Cell::Double(_) | Cell::Bool(_) | Cell::Nested(_) => Err(CellError::NoDay),
    }
}

/// The text of a cell, or a number that is one of the `choices`.
fn text_of(cell: &Cell, choices: &[String]) -> Result<String, CellError> {
    match cell {
        Cell::Text(text) => Ok(written(text)?.to_owned()),
        Cell::Number(_) | Cell::Double(_) => {
            let number = plain_text(cell)?;
            if choices.contains(&number) { Ok(number) } else { Err(CellError::NumberNotText) }
        }
        Cell::Empty | Cell::Bool(_) | Cell::Date(_) => Err(CellError::OtherNotText),
        Cell::Nested(_) => Err(CellError::NestedNotSingle),
        Cell::Unusable(fault) => Err((*fault).into()),
    }
}

fn nested_of(cell: &Cell) -> Result<UntypedValue, CellError> {
    match cell {
        Cell::Text(text) => json(text),
        Cell::Nested(value) => Ok(value.clone()),
        Cell::Unusable(fault) => Err((*fault).into()),
        Cell::Empty | Cell::Number(_) | Cell::Double(_) | Cell::Bool(_) | Cell::Date(_) => Err(CellError::NoJson),
    }
}

fn json(text: &str) -> Result<UntypedValue, CellError> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|_| CellError::NoJson)?;
    UntypedValue::from_json(raw, "").map_err(CellError::Input)
}

/// The errors of formulas that spreadsheets write as text; LibreOffice also writes `Err:` and a number.
const FORMULA_ERRORS: [&str; 8] = ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!"];

/// What a text says without Excel's marks of text: `="0012"` and `'0012` give `0012`. An apostrophe before anything but
/// a digit or `=` is one of the text's own.
fn written(text: &str) -> Result<&str, UnusableCellError> {
    if FORMULA_ERRORS.contains(&text) || text.starts_with("####") || text.starts_with("Err:5") {
        return Err(UnusableCellError::FormulaFailed);
    }
    let quoted = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let marked = text.strip_prefix('\'').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '='));
    Ok(quoted.or(marked).unwrap_or(text).trim())
}

/// The shortest digits that give the number, without an exponent.
pub(crate) fn shortest(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

/// The shortest digits of a number, or its first 15, which is all that a sheet shows, if only these fit the scale: the
/// 217.49999999999997 of a formula is 217.5.
fn decimal_of(number: f64, scale: u32) -> String {
    let fits = |digits: &String| digits.split_once('.').map_or(0, |(_, decimals)| decimals.len()) <= scale as usize;
    let exact = shortest(number);
    if fits(&exact) {
        return exact;
    }
    let rounded = format!("{number:.14e}").parse().map(shortest);
    rounded.ok().filter(fits).unwrap_or(exact)
}

/// A whole number without a point: tools of statisticians write 80.0 where a column has gaps.
fn without_zeros(number: String) -> String {
    match number.split_once('.') {
        Some((whole, decimals)) if decimals.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        Some(_) | None => number,
    }
}

#[cfg(test)]
mod tests {
    use ordinance_domain::value::Decimal;

    use super::*;

    fn amount() -> FactType {
        FactType::Decimal { min: Decimal::ZERO, max: Decimal::from(1_000_000), scale: 2 }
    }

    #[track_caller]
    fn check(cell: &Cell, fact_type: &FactType, expect: &str) {
        let read = typed_value(cell, fact_type, TableForm::Text);
        let read = read.map_or_else(|error| format!("error: {error}"), |value| format!("{value:?}"));
        assert!(read.starts_with(expect), "{cell:?}: {read}");
    }

    #[test]
    fn a_binary_number_has_the_digits_that_were_written() {
        for (number, expect) in [
            (217.5, "Number(\"217.5\")"),
            (0.1 + 0.2, "Number(\"0.3\")"),
            (217.49999999999997, "Number(\"217.5\")"),
            (80.0, "Number(\"80\")"),
            (-0.0, "Number(\"0\")"),
            (123456.78, "Number(\"123456.78\")"),
            (
                0.125,
                "error: this value is not allowed; expected a decimal number from 0 to 1000000 with at most 2 digits",
            ),
            (1e300, "error: this value is not allowed"),
        ] {
            check(&Cell::Double(number), &amount(), expect);
        }
        let count = FactType::Integer { min: 0, max: i64::MAX };
        check(&Cell::Double(3.0), &count, "Number(\"3\")");
        check(&Cell::Double(2.5), &count, "error: this value is not allowed; expected a whole number");
        check(&Cell::Text("80.0".to_owned()), &count, "Number(\"80\")");
        check(&Cell::double(f64::NAN), &count, "error: this is not a number (NaN or infinity)");
    }

    #[test]
    fn a_cell_of_another_kind_than_the_fact_is_refused_with_what_to_write() {
        let day = Cell::Date("2026-03-01".parse().unwrap());
        let words = FactType::Choice(vec!["1".to_owned(), "urban".to_owned()]);
        let text = FactType::Text { bytes_max: 10 };
        check(&day, &amount(), "error: this is a day, not a number; format the column as a number");
        check(&Cell::Double(46082.0), &FactType::Date, "error: this is not a day; format the column as a date");
        check(&Cell::Double(12.0), &text, "error: this is a number, before which zeros may be lost");
        check(&Cell::Double(1.0), &words, "Text(\"1\")");
        check(&day, &words, "error: this is a day or TRUE or FALSE, not text");
        for word in ["WAHR", "yes", "1", "是"] {
            check(&Cell::text(word), &FactType::Bool, "error: this is neither TRUE nor FALSE; write one of them");
        }
        check(&Cell::Double(1.0), &FactType::Bool, "error: this is neither TRUE nor FALSE");
        for (number, stored) in [(1.0, Some(true)), (0.0, Some(false)), (2.0, None)] {
            assert_eq!(bool_of(&Cell::Double(number), TableForm::Sheet).ok(), stored, "{number}");
        }
        for error in ["#REF!", "#N/A", "########", "Err:502"] {
            check(&Cell::text(error), &text, "error: the formula of this cell failed");
        }
    }

    #[test]
    fn marks_of_text_and_blanks_are_no_part_of_it() {
        let text = FactType::Text { bytes_max: 20 };
        for (written, read) in [
            ("=\"0012\"", "0012"),
            ("'0012", "0012"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            (" a b\u{a0}", "a b"),
            ("0012", "0012"),
        ] {
            check(&Cell::text(written), &text, &format!("Text({read:?})"));
        }
        check(&Cell::text(" TRUE\u{a0}"), &FactType::Bool, "Bool(true)");
        check(&Cell::text("=\"217,50\""), &amount(), "Number(\"217.50\")");
    }
}
