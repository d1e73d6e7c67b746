//! Parquet files: every usual compression is read, and one that is damaged ends a command with an error.

use std::fs::{self, File};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::data_type::{BoolType, ByteArrayType, DataType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::assertions::assert_contains;
use crate::impact::rulebook;
use crate::support::{ordinance, scratch, text_of};

const SCHEMA: &str = "message cases {
    REQUIRED BYTE_ARRAY jurisdiction (UTF8);
    REQUIRED BYTE_ARRAY service (UTF8);
    REQUIRED BYTE_ARRAY as_of (UTF8);
    REQUIRED INT32 age;
    REQUIRED BOOLEAN resident;
    REQUIRED BYTE_ARRAY outcome (UTF8);
}";

fn write_column<T: DataType>(group: &mut SerializedRowGroupWriter<'_, File>, values: &[T::T]) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, None, None).unwrap();
    column.close().unwrap();
}

/// Cases of ages from 55 to 74 in the first county, in two row groups of ten.
fn write_cases(path: &Path, compression: Compression) {
    let properties = WriterProperties::builder().set_compression(compression).build();
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut file = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    for ages in [55..65, 65..75] {
        let ages: Vec<i32> = ages.collect();
        let outcomes = ages.iter().map(|age| if *age >= 65 { "eligible" } else { "ineligible" });
        let mut group = file.next_row_group().unwrap();
        for text in ["N-1", "benefit", "2026-01-01"] {
            write_column::<ByteArrayType>(&mut group, &vec![text.into(); ages.len()]);
        }
        write_column::<Int32Type>(&mut group, &ages);
        write_column::<BoolType>(&mut group, &vec![true; ages.len()]);
        write_column::<ByteArrayType>(&mut group, &outcomes.map(Into::into).collect::<Vec<_>>());
        group.close().unwrap();
    }
    file.close().unwrap();
}

/// The bytes of a column chunk.
fn chunk(path: &Path, row_group: usize, column: usize) -> Range<usize> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let (start, length) = reader.metadata().row_group(row_group).column(column).byte_range();
    let start = usize::try_from(start).unwrap();
    start..start + usize::try_from(length).unwrap()
}

/// Runs a command that must end by itself; code 124 says that it didn't.
fn run_to_the_end(arguments: &[&str]) -> Output {
    let program = ordinance();
    Command::new("timeout").arg("60").arg(program.get_program()).args(arguments).output().unwrap()
}

/// What `test --cases` and `diff` say of a file: their exit code and their words.
fn outcomes(book: &Path, cases: &Path) -> [(Option<i32>, String); 2] {
    let (book, cases) = (book.to_str().unwrap(), cases.to_str().unwrap());
    let tested = ["test", book, "--cases", cases];
    let compared = ["impact", book, book, "--population", cases];
    [&tested[..], &compared[..]].map(|arguments| {
        let output = run_to_the_end(arguments);
        (output.status.code(), text_of(&output))
    })
}

#[test]
fn parquet_in_every_usual_compression_gives_the_same_results() {
    let folder = scratch();
    let book = rulebook(&folder.path().join("book"), 65, "100.00");
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        let file = folder.path().join("cases.parquet");
        write_cases(&file, compression);
        let [tested, compared] = outcomes(&book, &file);
        assert_eq!(tested.0, Some(0), "{compression}: {}", tested.1);
        assert_contains(&tested.1, "20 passed");
        assert_eq!(compared.0, Some(0), "{compression}: {}", compared.1);
        assert_contains(&compared.1, "0 of 20 people have a different outcome");
    }
}

/// Damages a file, and expects that both commands end with these words.
fn check_damaged(damage: impl Fn(&Path, &mut Vec<u8>), expect: &[&str]) {
    let folder = scratch();
    let book = rulebook(&folder.path().join("book"), 65, "100.00");
    let file = folder.path().join("cases.parquet");
    write_cases(&file, Compression::ZSTD(ZstdLevel::default()));
    let mut bytes = fs::read(&file).unwrap();
    damage(&file, &mut bytes);
    fs::write(&file, bytes).unwrap();
    for (code, said) in outcomes(&book, &file) {
        assert_eq!(code, Some(2), "{said}");
        let said = said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        for words in expect.iter().chain(&["cases.parquet", "copy or export it again"]) {
            assert_contains(&said, words);
        }
    }
}

#[test]
fn a_parquet_file_that_is_cut_off_ends_with_an_error() {
    check_damaged(|_, bytes| bytes.truncate(bytes.len() / 2), &["can't be read as a Parquet file"]);
}

#[test]
fn a_damaged_page_ends_with_an_error_that_names_its_column() {
    let damage = |path: &Path, bytes: &mut Vec<u8>| bytes[chunk(path, 0, 3)].fill(0xff);
    check_damaged(damage, &["can't be read from row 1 on", "row group 1, column `age`"]);
}

#[test]
fn a_damaged_page_after_good_rows_ends_with_an_error_that_names_the_first_row() {
    let damage = |path: &Path, bytes: &mut Vec<u8>| bytes[chunk(path, 1, 4)].fill(0xff);
    check_damaged(damage, &["can't be read from row 11 on", "row group 2, column `resident`"]);
}
