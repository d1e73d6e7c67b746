//! What a new rulebook changes for a population in files of columns: the same numbers as of people who are decided one
//! by one, whatever the parts, the threads and the interruptions.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_array::types::Decimal256Type;
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions};
use arrow_schema::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_lacks};
use crate::impact::rulebook;
use crate::reports::words_of;
use crate::support::{ordinance, run, scratch, text_of};

/// The days since 1970 of 2026-01-01.
const DAY: i32 = 20_454;

/// People of two places on two days, of all ages, and with faults: an age beyond all, and none. One in twenty has no
/// weight.
fn people(rows: i64, first: i64) -> RecordBatch {
    let ids = || first..first + rows;
    let age = |id: i64| match id % 97 {
        0 => None,
        1 => Some(700),
        _ => Some(40 + id * 7919 % 50),
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(ids()))),
        (
            "jurisdiction",
            Arc::new(StringArray::from_iter_values(ids().map(|id| if id % 3 == 0 { "N" } else { "N-1" }))),
        ),
        ("as_of", Arc::new(Date32Array::from_iter_values(ids().map(|id| if id % 2 == 0 { DAY } else { DAY + 40 })))),
        ("age", Arc::new(ids().map(age).collect::<Int64Array>())),
        ("resident", Arc::new(ids().map(|id| Some(id % 5 != 0)).collect::<BooleanArray>())),
        ("region", Arc::new(StringArray::from_iter_values(ids().map(|id| format!("R{}", id % 7))))),
        ("weight", Arc::new(ids().map(|id| (id % 20 != 19).then_some(1.25)).collect::<Float64Array>())),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn write_parquet(path: &Path, rows: &RecordBatch, group: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), rows.schema(), Some(properties)).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
}

/// The same people as lines.
fn write_lines(path: &Path, rows: &RecordBatch) {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Date32Type, Float64Type, Int64Type};
    let column = |name: &str| rows.column_by_name(name).unwrap();
    let line = |row: usize| {
        let number = |name: &str| {
            let numbers = column(name).as_primitive::<Int64Type>();
            numbers.is_valid(row).then(|| numbers.value(row))
        };
        let weight = column("weight").as_primitive::<Float64Type>();
        let day = column("as_of").as_primitive::<Date32Type>().value(row);
        let mut facts = json!({"resident": column("resident").as_boolean().value(row)});
        if let Some(age) = number("age") {
            facts["age"] = json!(age);
        }
        let person = json!({
            "jurisdiction": column("jurisdiction").as_string::<i32>().value(row),
            "as_of": if day == DAY { "2026-01-01" } else { "2026-02-10" },
            "facts": facts,
            "columns": {
                "region": column("region").as_string::<i32>().value(row),
                "weight": weight.is_valid(row).then(|| weight.value(row)),
            },
        });
        person.to_string()
    };
    let lines: Vec<String> = (0..rows.num_rows()).map(line).collect();
    fs::write(path, lines.join("\n")).unwrap();
}

const BY: [&str; 8] = ["--service", "benefit", "--by", "age", "--by", "region", "--weight", "weight"];

struct Books {
    folder: tempfile::TempDir,
    old: PathBuf,
    new: PathBuf,
}

fn books() -> Books {
    let folder = scratch();
    let old = rulebook(&folder.path().join("old"), 60, "100.00");
    let new = rulebook(&folder.path().join("new"), 65, "120.00");
    Books { folder, old, new }
}

impl Books {
    fn arguments<'a>(&'a self, population: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
        let [old, new, population] = [&self.old, &self.new, population].map(|path| path.to_str().unwrap());
        [&["impact", old, new, "--population", population][..], &BY, more].concat()
    }

    fn impact(&self, population: &Path, more: &[&str]) -> (Option<i32>, String) {
        let ran = run(&self.arguments(population, more));
        (ran.status.code(), text_of(&ran))
    }

    fn json(&self, population: &Path, more: &[&str]) -> Value {
        let (_, said) = self.impact(population, &[&["--json"], more].concat());
        let line = said.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{said}"));
        serde_json::from_str(line).unwrap()
    }
}

#[test]
fn columns_have_the_numbers_of_people_who_are_compared_one_by_one() {
    let books = books();
    let table = people(4000, 0);
    let (lines, folder) = (books.folder.path().join("people.ndjson"), books.folder.path().join("census"));
    write_lines(&lines, &table);
    write_parquet(&folder.join("a/one.parquet"), &table.slice(0, 2500), 300);
    write_parquet(&folder.join("b.parquet"), &table.slice(2500, 1500), 10_000);
    fs::write(folder.join("_SUCCESS"), "").unwrap();
    let flags = ["--ignore", "id", "--reasons", "1000000"];
    let one_by_one = books.json(&lines, &[]);
    assert_eq!(one_by_one["all"]["rows"], json!(3760), "{one_by_one}");
    assert_eq!(books.json(&folder, &flags), one_by_one);
    assert_eq!(books.json(&folder, &[&flags[..], &["--threads", "1"]].concat()), one_by_one);
    // Faults are told with their file and their row.
    let (code, said) = books.impact(&folder, &flags);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "a/one.parquet`, row 2 can't be compared: under the old rulebook: ");
    assert_contains(&said, "row 20 can't be compared: the weight `weight` is empty");
    // In a sample the groups are the same, and the reasons are of fewer.
    let sampled = books.json(&folder, &["--ignore", "id", "--reasons", "50"]);
    assert_eq!(sampled["by_column"], one_by_one["by_column"]);
    let explained = sampled["explained"].as_u64().unwrap();
    assert!((20..=63).contains(&explained), "{explained}");
}

#[test]
fn an_interrupted_run_goes_on_and_ends_with_the_same_files() {
    let books = books();
    let population = books.folder.path().join("people.parquet");
    write_parquet(&population, &people(60_000, 0), 12_000);
    let at = |name: &str| books.folder.path().join(name);
    let rows = ["--rows", "--keep", "id", "--out"];
    let whole = at("whole");
    let (code, said) = books.impact(&population, &[&rows[..], &[whole.to_str().unwrap()]].concat());
    assert_eq!(code, Some(2), "{said}");
    let broken = at("broken");
    let arguments = books.arguments(&population, &[&rows[..], &[broken.to_str().unwrap()]].concat());
    let mut interruptions = 0;
    for _ in 0..20 {
        let mut child = ordinance().args(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if killed_after_a_part(&mut child, &broken.join("people")) {
            interruptions += 1;
        } else {
            break;
        }
        if interruptions == 3 {
            break;
        }
    }
    assert!(interruptions > 0, "the run ended before it was interrupted");
    let (code, _) = books.impact(&population, &[&rows[..], &[broken.to_str().unwrap()]].concat());
    assert_eq!(code, Some(2));
    for name in ["groups.csv", "people/part-000000.parquet", "people/part-000004.parquet"] {
        assert_eq!(fs::read(whole.join(name)).unwrap(), fs::read(broken.join(name)).unwrap(), "{name}");
    }
    // The parts, the state and the lock: nothing unfinished.
    assert_eq!(fs::read_dir(broken.join("people")).unwrap().count(), 7);
    // A run that has ended is only told again.
    let (_, said) = books.impact(&population, &[&rows[..], &[broken.to_str().unwrap()]].concat());
    assert_contains(&said, "5 of 5 parts were compared by an earlier run");
    other_runs_are_refused(&books, &population, &broken);
}

/// Kills the program once there is one more file of a part; false if it ended before.
fn killed_after_a_part(child: &mut Child, folder: &Path) -> bool {
    let parts = || {
        let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with("part-")).count()
    };
    let (before, begun) = (parts(), Instant::now());
    while begun.elapsed() < Duration::from_secs(120) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if parts() > before {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("no part was written");
}

fn other_runs_are_refused(books: &Books, population: &Path, out: &Path) {
    let out = out.to_str().unwrap();
    let begun = ["--rows", "--keep", "id", "--out", out];
    let changed = rulebook(&books.folder.path().join("changed"), 66, "120.00");
    let changed = Books { folder: scratch(), old: books.old.clone(), new: changed };
    let (code, said) = changed.impact(population, &begun);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "is another one: the new rulebook was ");
    assert_contains(&said, "begin anew with --restart");
    let (_, said) = books.impact(population, &[&begun[..], &["--by", "resident"]].concat());
    assert_contains(&said, "the grouping was age, region, now it is age, region, resident");
    let touched = File::options().append(true).open(population).unwrap();
    touched.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let (_, said) = books.impact(population, &begun);
    assert_contains(&said, "was another file (");
    fs::write(Path::new(out).join("people/state.json"), "{").unwrap();
    let (code, said) = books.impact(population, &begun);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "the state of the run in");
    let (_, said) = changed.impact(population, &[&begun[..], &["--restart"]].concat());
    assert_contains(&said, "have a different outcome");
}

#[test]
fn files_for_others_have_no_small_cells() {
    let books = books();
    let (population, out) = (books.folder.path().join("people.parquet"), books.folder.path().join("out"));
    write_parquet(&population, &people(3000, 0), 10_000);
    let budget = ["--budget", "amount=150000", "--ignore", "id", "--out", out.to_str().unwrap()];
    let (_, said) = books.impact(&population, &budget);
    assert_contains(&said, "of the budget of 150000: ");
    assert_contains(&said, "of those whose amount changes it changes for 10 % at most -100");
    let table = fs::read_to_string(out.join("groups.csv")).unwrap();
    let small = |line: &&str| {
        let mut cells = line.split(',').skip(2).take(7);
        cells.any(|cell| cell.parse::<u64>().is_ok_and(|count| (1..10).contains(&count)))
    };
    assert_eq!(table.lines().find(small), None);
    assert!(table.lines().filter(|line| line.starts_with("region,")).count() > 5, "{table}");
    let page = words_of(&out.join("impact.html"));
    for words in [
        "The 2,820 people of the file stand for 3,524",
        "groups and changes of fewer than 10 people are joined",
        "What of the budget is used",
        "How the changes of amounts are spread",
    ] {
        assert_contains(&page, words);
    }
    assert!(out.join("groups.parquet").exists());
    // Of few people nothing is told.
    let few = books.folder.path().join("few.parquet");
    write_parquet(&few, &people(18, 2), 100);
    let (_, said) = books.impact(&few, &["--ignore", "id", "--out", out.to_str().unwrap(), "--restart"]);
    assert_contains(&said, "people have a different outcome");
    let page = words_of(&out.join("impact.html"));
    assert_contains(&page, "Fewer than 10 people get a different outcome");
    assert_lacks(&page, "<svg");
    let summary: Value = serde_json::from_str(&fs::read_to_string(out.join("impact.json")).unwrap()).unwrap();
    assert_eq!(summary["published"], "nothing");
    assert_eq!(summary["impact"]["all"], json!({"people": {}, "totals": {}}));
}

#[test]
fn columns_that_are_no_cases_are_refused_by_name() {
    let books = books();
    let table = people(40, 2);
    let path = books.folder.path().join("people.parquet");
    write_parquet(&path, &table, 100);
    // A column that belongs to no case, and that nobody named.
    let (code, said) = books.impact(&path, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "service `benefit` has no fact `id`; name the column after one of ");
    assert_contains(&said, "columns that belong to no case are named by --ignore");
    assert_contains(&said, "(and 39 more rows)");
    for (flags, words) in [
        (vec!["--by", "height"], "neither rulebook has a fact `height`, and the people have no column of this name"),
        (vec!["--ignore", "shoe"], "there is no column `shoe`"),
        (vec!["--budget", "amount"], "`amount` is no budget"),
        (vec!["--budget", "height=1"], "no service grants `height`"),
        (vec!["--keep", "id"], "--rows"),
    ] {
        let (code, said) = books.impact(&path, &[&["--ignore", "id"], &flags[..]].concat());
        assert_eq!(code, Some(2), "{said}");
        assert_contains(&said, words);
    }
    let with = |name: &str, array: ArrayRef| {
        let mut columns: Vec<(Field, ArrayRef)> = table
            .schema()
            .fields()
            .iter()
            .zip(table.columns())
            .filter(|(field, _)| !["id", name].contains(&field.name().as_str()))
            .map(|(field, array)| (field.as_ref().clone(), array.clone()))
            .collect();
        columns.push((Field::new(name, array.data_type().clone(), true), array));
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
        write_parquet(&path, &RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap(), 100);
        books.impact(&path, &[]).1
    };
    let floats = |number: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![number; 40])) };
    assert_contains(&with("age", floats(f64::NAN)), "under the old rulebook: `age`");
    assert_contains(&with("age", floats(60.5)), "under the old rulebook: `age`");
    assert_contains(&with("age", Arc::new(StringArray::from(vec!["sixty"; 40]))), "under the old rulebook: `age`");
    assert_contains(&with("weight", floats(-1.0)), "the weight `weight` is `-1`; write a number from 0 to ");
    let dictionary = arrow_array::DictionaryArray::<arrow_array::types::Int8Type>::from_iter(vec!["north"; 40]);
    assert_contains(&with("region", Arc::new(dictionary)), "north                        48");
    let large: ArrayRef = Arc::new(arrow_array::LargeStringArray::from(vec!["N-1"; 40]));
    assert_contains(&with("jurisdiction", large), "by place");
    let wide = arrow_array::Decimal256Array::from_iter_values(
        (0..40).map(|_| <Decimal256Type as ArrowPrimitiveType>::Native::from_i128(70)),
    );
    let wide = wide.with_precision_and_scale(50, 0).unwrap();
    assert_contains(&with("age", Arc::new(wide)), "38 of 48 people have a different outcome");
    assert_contains(&with("as_of", Arc::new(arrow_array::NullArray::new(40))), "(and 39 more rows)");
}

/// People without faults.
fn clean_people() -> RecordBatch {
    let all = people(120, 2);
    let is_clean = |id: &i64| id % 20 != 19 && !matches!(id % 97, 0 | 1);
    let rows: Vec<RecordBatch> =
        (2..122).filter(is_clean).map(|id| all.slice(usize::try_from(id - 2).unwrap(), 1)).collect();
    in_one_batch(&rows)
}

/// The rows of batches in one.
fn in_one_batch(rows: &[RecordBatch]) -> RecordBatch {
    let folder = scratch();
    let path = folder.path().join("rows.parquet");
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), rows[0].schema(), None).unwrap();
    rows.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
    let file = File::open(&path).unwrap();
    let mut batches = parquet::arrow::arrow_reader::ParquetRecordBatchReader::try_new(file, 1 << 20).unwrap();
    batches.next().unwrap().unwrap()
}

#[test]
fn files_of_arrow_have_the_same_numbers_in_whatever_batches() {
    let books = books();
    let table = people(3000, 0);
    let (parquet, arrow) = (books.folder.path().join("people.parquet"), books.folder.path().join("people.arrow"));
    write_parquet(&parquet, &table, 1000);
    let flags = ["--ignore", "id", "--reasons", "1000000"];
    let expected = books.json(&parquet, &flags);
    for (rows, compression) in [(3000, None), (70, None), (400, Some(CompressionType::ZSTD))] {
        let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
        let file = File::create(&arrow).unwrap();
        let mut writer = FileWriter::try_new_with_options(file, &table.schema(), options).unwrap();
        for start in (0..3000).step_by(rows) {
            writer.write(&table.slice(start, rows.min(3000 - start))).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(books.json(&arrow, &flags), expected, "{rows}");
    }
    let (code, said) = books.impact(&arrow, &["--ignore", "id", "--changed", "changed.ndjson"]);
    assert_eq!(code, Some(2), "{said}");
    assert_contains(&said, "has columns of Arrow, which `ordinance impact` alone reads, without --changed");
}

#[test]
fn a_column_of_the_case_is_kept_beside_the_outcome_and_no_weight() {
    let books = books();
    let (path, out) = (books.folder.path().join("people.parquet"), books.folder.path().join("out"));
    write_parquet(&path, &people(2000, 0), 1000);
    let expected = books.json(&path, &["--ignore", "id"]);
    let rows = ["--ignore", "id", "--rows", "--keep", "age", "--keep", "region", "--out", out.to_str().unwrap()];
    assert_eq!(books.json(&path, &rows), expected);
    for (flags, words) in [
        (vec!["--weight", "age"], "the weight `age` is a part of the case"),
        (vec!["--by", "as_of"], "`as_of` is a part of the case"),
        (vec!["--rows", "--keep", "change", "--out", "o"], "the column `change` can't be kept"),
        (vec!["--rows", "--keep", "shoe", "--out", "o"], "has no column `shoe` to keep"),
        (vec!["--budget", "amount=0"], "with an amount above 0"),
    ] {
        let paths = [&books.old, &books.new, &path].map(|path| path.to_str().unwrap());
        let common = ["impact", paths[0], paths[1], "--population", paths[2], "--service", "benefit", "--ignore", "id"];
        let ran = ordinance().args(common).args(&flags).current_dir(books.folder.path()).output().unwrap();
        assert_eq!(ran.status.code(), Some(2), "{flags:?}");
        assert_contains(&text_of(&ran), words);
    }
}

#[test]
fn damaged_files_come_to_an_end_with_their_names() {
    let books = books();
    let path = books.folder.path().join("people.parquet");
    let clean = clean_people();
    write_parquet(&path, &clean, 30);
    let whole = fs::read(&path).unwrap();
    let flags = ["--ignore", "id"];
    let good = books.json(&path, &flags);
    for at in (4..whole.len()).step_by(whole.len() / 12) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x80;
        fs::write(&path, &damaged).unwrap();
        // Either a value is another one, or the file is named.
        let (code, said) = books.impact(&path, &[&flags[..], &["--json"]].concat());
        if code == Some(2) {
            assert_contains(&said, "people.parquet`");
        } else {
            let told: Value = serde_json::from_str(said.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
            assert_eq!(told["all"].get("rows"), good["all"].get("rows"), "byte {at}");
        }
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_contains(&books.impact(&path, &flags).1, "people.parquet` can't be read as a Parquet file: ");
    let folder = books.folder.path().join("census");
    fs::create_dir(&folder).unwrap();
    assert_contains(&books.impact(&folder, &flags).1, "has no file of .parquet, .arrow or .feather");
    fs::write(folder.join("people.csv"), "age\n").unwrap();
    assert_contains(&books.impact(&folder, &flags).1, "which is neither Parquet nor Arrow");
    fs::write(folder.join("people.arrow"), "ARROW1\0\0nonsense").unwrap();
    assert_contains(
        &books.impact(&folder.join("people.arrow"), &flags).1,
        "people.arrow` can't be read as a file of Arrow: ",
    );
}
