//! Reads files with one case or person in each line or row, as a stream: NDJSON, a JSON array, or a table (CSV, a
//! sheet, Parquet). The file's ending tells the format. The harness reads the cells of a table by the types of their
//! columns, the same in every format.

#[cfg(feature = "parquet")]
mod columnar;
mod entry;
mod json;
mod quotes;
mod rows_of;
#[cfg(feature = "sheets")]
mod sheet;
mod text_table;
mod whole_table;

use std::path::Path;

use crate::exit::CommandError;

pub(crate) use self::entry::{Content, Entries, Entry};
pub(crate) use self::quotes::QuoteError;
pub(crate) use self::rows_of::RowsOf;
pub(crate) use self::whole_table::{WholeTable, WholeTableError, whole_table};

/// The lines or rows of a file.
///
/// # Errors
/// A file that can't be opened, or isn't of the format of its ending; of a table also its header.
pub(crate) fn entries(path: &Path, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "json" => json::array(path, rows.help()),
        "csv" | "tsv" | "tab" | "txt" => text_table::rows(path, rows),
        "xlsx" | "xlsm" | "ods" => {
            #[cfg(feature = "sheets")]
            return sheet::rows(path, rows);
            #[cfg(not(feature = "sheets"))]
            return Err(needs_feature(path, "sheets", "a workbook"));
        }
        "parquet" => {
            #[cfg(feature = "parquet")]
            return columnar::rows(path, rows);
            #[cfg(not(feature = "parquet"))]
            return Err(needs_feature(path, "parquet", "a Parquet file"));
        }
        "arrow" | "feather" => Err(CommandError::bad_use(
            format!(
                "`{}` has columns of Arrow, which `ordinance impact` alone reads, without --changed",
                path.display()
            ),
            "give it to `ordinance impact` of an `ordinance` with the feature `parquet`, or save it as Parquet or CSV",
        )),
        "xls" | "xlsb" | "numbers" | "fods" => Err(CommandError::bad_use(
            format!("`{}` is a workbook of a format that isn't read", path.display()),
            "save it as .xlsx, .ods or \"CSV UTF-8\"",
        )),
        _ => json::lines(path),
    }
}

/// Whether files with this ending, in small letters and without its point, are tables: of text, or workbooks.
pub(crate) fn is_table(ending: &str) -> bool {
    ["csv", "tsv", "tab", "xlsx", "xlsm", "ods"].contains(&ending)
}

/// The rows of a table of text or of a workbook that is read already. `path` is the file, by whose ending it is read.
///
/// # Errors
/// As [`entries`].
pub(crate) fn entries_of_table(path: &Path, bytes: Vec<u8>, rows: RowsOf<'_>) -> Result<Entries, CommandError> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "xlsx" | "xlsm" | "ods" => {
            #[cfg(feature = "sheets")]
            return sheet::rows_of_bytes(path, bytes.into(), rows);
            #[cfg(not(feature = "sheets"))]
            return Err(needs_feature(path, "sheets", "a workbook"));
        }
        _ => text_table::rows_of_bytes(path, bytes, rows),
    }
}

/// The error of a command that was built without the crates for a format, which are many and which few need.
#[cfg(any(test, not(feature = "parquet"), not(feature = "sheets")))]
pub(crate) fn needs_feature(path: &Path, feature: &str, what: &str) -> CommandError {
    CommandError::bad_use(
        format!("`{}` is {what}, which this `ordinance` was built without", path.display()),
        format!(
            "install one that reads it: `cargo install --path sdk/ordinance-cli --features {feature}` (in a clone: `cargo \
             run --features {feature} -- ...`); or save the table as CSV in UTF-8"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_without_a_format_says_how_to_get_it() {
        let error = needs_feature(Path::new("people.parquet"), "parquet", "a Parquet file");
        let CommandError::BadUse { message, help } = error else { unreachable!() };
        assert!(message.contains("people.parquet` is a Parquet file"), "{message}");
        assert!(help.contains("--features parquet"), "{help}");
    }
}
