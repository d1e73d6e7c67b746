//! Workbooks (.xlsx, .ods): what their cells mean, and hostile or damaged ones, which end a command with an error in
//! little time and memory.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::assertions::{assert_contains, assert_lacks};
use crate::support::{root, scratch};
use crate::tables::{book, compare};

pub(crate) const SHEET: &str = "xl/worksheets/sheet1.xml";

/// A workbook of a tool, with one part written anew.
pub(crate) fn with_part(tool: &str, part: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    let bytes = fs::read(root().join("tests/data/tables").join(tool)).unwrap();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut edited = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if name == part {
            content = edit(&String::from_utf8(content).unwrap()).into_bytes();
        }
        edited.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        edited.write_all(&content).unwrap();
    }
    edited.finish().unwrap().into_inner()
}

/// A sheet of Excel with these rows.
pub(crate) fn sheet(rows: &str) -> String {
    format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><dimension ref=\"A1:XFD1048576\"/>\
         <sheetData>{rows}</sheetData></worksheet>"
    )
}

/// A row of texts, which are in the sheet itself.
pub(crate) fn row(number: usize, texts: &[&str]) -> String {
    let cells = texts
        .iter()
        .zip('A'..)
        .map(|(text, column)| format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"));
    format!("<row r=\"{number}\">{}</row>", cells.collect::<String>())
}

const HEADER: [&str; 5] = ["jurisdiction", "service", "as_of", "age", "income"];

struct Checks {
    _folder: tempfile::TempDir,
    book: PathBuf,
    file: PathBuf,
}

impl Checks {
    fn new(ending: &str) -> Self {
        let folder = scratch();
        let book = book(&folder.path().join("book"));
        let file = folder.path().join(format!("people.{ending}"));
        Self { _folder: folder, book, file }
    }

    /// Expects that the workbook is refused, or its people are, with these words.
    #[track_caller]
    fn refuses(&self, workbook: &[u8], words: &str) {
        fs::write(&self.file, workbook).unwrap();
        let (code, said) = compare(&self.book, &self.file, &[]);
        assert_eq!(code, Some(2), "{words}: {said}");
        assert_contains(&said, words);
        assert_lacks(&said, "panicked");
    }
}

#[test]
fn a_cell_of_a_sheet_that_is_no_value_of_its_fact_is_named_by_its_letters() {
    let checks = Checks::new("xlsx");
    let cells = |cells: &str| {
        let person = row(2, &["N-1", "benefit", "2026-03-01"]).replace("</row>", &format!("{cells}</row>"));
        let rows = row(1, &HEADER) + &person;
        with_part("openpyxl.xlsx", SHEET, |_| sheet(&rows))
    };
    for (cell, words) in [
        (
            "<c r=\"D2\"><v>70.5</v></c>",
            "cell D2 can't be compared: `age`: this value is not allowed; expected a whole",
        ),
        ("<c r=\"D2\" t=\"e\"><v>#REF!</v></c>", "cell D2 can't be compared: `age`: the formula of this cell failed"),
        ("<c r=\"D2\" t=\"b\"><v>1</v></c>", "cell D2 can't be compared: `age`: this is TRUE or FALSE, not a number"),
        (
            "<c r=\"D2\" t=\"inlineStr\"><is><t>1.000</t></is></c>",
            "cell D2 can't be compared: `age`: a comma or a point before exactly three digits may separate thousands; write",
        ),
        (
            "<c r=\"E2\" t=\"str\"><v>2.000</v></c>",
            "cell E2 can't be compared: `income`: a comma or a point before exactly three digits may separate thousands",
        ),
        ("<c r=\"E2\"><v>217.505</v></c>", "cell E2 can't be compared: `income`: this value is not allowed"),
        ("<c r=\"G2\"><v>1</v></c>", "cell G2 can't be compared: the column has no name; name it in the header"),
        ("<c r=\"AMK2\"><v>1</v></c>", "row 2 has content beyond column 1024"),
    ] {
        checks.refuses(&cells(cell), words);
    }
    // What a formula computed counts, with the digits that a sheet shows.
    fs::write(&checks.file, cells("<c r=\"D2\"><f>7*10</f><v>70</v></c><c r=\"E2\"><v>217.49999999999997</v></c>"))
        .unwrap();
    let (code, said) = compare(&checks.book, &checks.file, &["--by", "income"]);
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, "by income people gain lose 217.50 1 0 0".replace("217.50", "217.5").as_str());
}

#[test]
fn a_formula_without_a_stored_value_is_refused_and_no_missing_value() {
    let words = |cell: &str, fact: &str| {
        format!(
            "cell {cell} can't be compared: `{fact}`: this is a formula without a stored value; open the file in a \
             spreadsheet program and save it"
        )
    };
    let checks = Checks::new("xlsx");
    for (cell, place, fact) in [
        ("<c r=\"D2\"><f>7*10</f></c>", "D2", "age"),
        ("<c r=\"D2\"><f>7*10</f><v></v></c>", "D2", "age"),
        ("<c r=\"D2\"><f>7*10</f><v/></c>", "D2", "age"),
        ("<c r=\"D2\"><v>70</v></c><c r=\"E2\"><f t=\"shared\" si=\"0\"/></c>", "E2", "income"),
    ] {
        let person = row(2, &["N-1", "benefit", "2026-03-01"]).replace("</row>", &format!("{cell}</row>"));
        let rows = row(1, &HEADER) + &person;
        checks.refuses(&with_part("openpyxl.xlsx", SHEET, |_| sheet(&rows)), &words(place, fact));
    }
    let ods = Checks::new("ods");
    let age = "office:value-type=\"float\" office:value=\"70\"";
    let formula = |text: &str| {
        assert_contains(text, age);
        text.replacen(age, "table:formula=\"of:=7*10\"", 1)
    };
    ods.refuses(&with_part("libreoffice.ods", "content.xml", formula), &words("E2", "age"));
    // An empty text that a formula gave is stored, and is an empty cell.
    let person = row(2, &["N-1", "benefit", "2026-03-01", "70"])
        .replace("</row>", "<c r=\"E2\" t=\"str\"><f>IF(TRUE(),\"\",1)</f><v></v></c></row>");
    fs::write(&checks.file, with_part("openpyxl.xlsx", SHEET, |_| sheet(&(row(1, &HEADER) + &person)))).unwrap();
    let (code, said) = compare(&checks.book, &checks.file, &[]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn the_first_visible_sheet_with_content_is_read_and_others_are_named() {
    let checks = Checks::new("xlsx");
    let rows = row(1, &HEADER) + &row(2, &["N-1", "benefit", "2026-03-01", "70"]);
    let people = with_part("openpyxl.xlsx", SHEET, |_| sheet(&rows));
    fs::write(&checks.file, &people).unwrap();
    let (code, said) = compare(&checks.book, &checks.file, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_lacks(&said, "note:");
    let second = with_part("openpyxl.xlsx", "xl/worksheets/sheet2.xml", |_| sheet(&row(1, &["notes"])));
    fs::write(&checks.file, second).unwrap();
    let (code, said) = compare(&checks.book, &checks.file, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_contains(&said, "the sheet `People` is read, and not `Empty`; to read another, move it to the front");
    checks.refuses(&with_part("openpyxl.xlsx", SHEET, |_| sheet("")), "has no sheet with content");
}

#[test]
fn a_workbook_that_is_cut_off_encrypted_or_of_another_kind_is_refused() {
    let checks = Checks::new("xlsx");
    let whole = fs::read(root().join("tests/data/tables/openpyxl.xlsx")).unwrap();
    checks.refuses(&whole[..whole.len() / 2], "can't be read as a workbook: it can't be unpacked");
    checks.refuses(b"age,income\n", "can't be read as a workbook: it can't be unpacked");
    checks.refuses(&[0xd0, 0xcf, 0x11, 0xe0, 0, 0, 0, 0], "the workbook is encrypted; save it without a password");
    checks.refuses(&with_part("libreoffice.ods", "", str::to_owned), "can't be read as a workbook");
    let half = |text: &str| text[..text.len() / 2].to_owned();
    checks.refuses(&with_part("openpyxl.xlsx", SHEET, half), "part `xl/worksheets/sheet1.xml`: it");
    let ods = Checks::new("ods");
    let half = |text: &str| text.split_once("</table:table-row>").unwrap().0.to_owned();
    ods.refuses(&with_part("libreoffice.ods", "content.xml", half), "part `content.xml`: it ends too early");
}

#[test]
fn entities_are_not_expanded() {
    let lol = "<!DOCTYPE lolz [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    let checks = Checks::new("xlsx");
    let words = "it declares entities, which no spreadsheet program writes";
    checks.refuses(&with_part("openpyxl.xlsx", SHEET, |_| format!("{lol}{}", sheet(&row(1, &["&b;"])))), words);
    let ods = Checks::new("ods");
    let with_entities =
        |text: &str| text.replacen("<office:document-content", &format!("{lol}<office:document-content"), 1);
    ods.refuses(&with_part("libreoffice.ods", "content.xml", with_entities), words);
}

#[test]
fn what_a_sheet_repeats_is_bounded() {
    let ods = Checks::new("ods");
    let words = "a sheet has more than 5000000 cells";
    for cells in [
        "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell table:number-columns-repeated=\"16384\" \
         office:value-type=\"float\" office:value=\"1\"/></table:table-row>",
        "<table:table-row table:number-rows-repeated=\"1048575\"><table:table-cell/></table:table-row><table:table-row>\
         <table:table-cell table:number-columns-repeated=\"16383\"/><table:table-cell office:value-type=\"float\" \
         office:value=\"1\"/></table:table-row>",
        "<table:table-row><table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"4000000000\"/></text:p>\
         </table:table-cell></table:table-row>",
    ] {
        let repeated = |text: &str| text.replacen("<table:table-row", &format!("{cells}<table:table-row"), 1);
        ods.refuses(&with_part("libreoffice.ods", "content.xml", repeated), words);
    }
}

#[test]
fn a_workbook_that_says_it_is_huge_is_refused_before_it_is_unpacked() {
    let checks = Checks::new("xlsx");
    let mut workbook = with_part("openpyxl.xlsx", "", str::to_owned);
    // The size of the first part, in the directory at the end.
    let entry = find(&workbook, b"PK\x01\x02");
    workbook[entry + 24..entry + 28].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    checks.refuses(&workbook, "the workbook takes more than 1024 MiB unpacked");
}

fn find(bytes: &[u8], mark: &[u8]) -> usize {
    bytes.windows(mark.len()).position(|window| window == mark).unwrap()
}
