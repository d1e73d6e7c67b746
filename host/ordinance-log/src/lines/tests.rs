//! Records in a file: which are found, and which follow a tree.

use std::io::Write as _;

use super::*;

/// A file with these lines.
fn file(lines: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    file
}

/// The record of a number, as it stands in a file. Every eighth one is long.
fn record(number: u64) -> String {
    let bytes = if number.is_multiple_of(8) { 3000 } else { 40 };
    let text = format!("{{\"id\":\"{number:08x}\",\"filler\":\"{}\"}}", "x".repeat(bytes));
    String::from_utf8(numbered(text.as_bytes(), number)).unwrap()
}

#[test]
fn a_number_is_the_first_member_and_whole() {
    assert_eq!(numbered(b"{\"id\":\"a\"}", 12), b"{\"index\":12,\"id\":\"a\"}");
    assert_eq!(number_of(b"{\"index\":12,\"id\":\"a\"}"), Some(12));
    for line in
        ["{\"index\":12", "{\"index\":,", "{\"id\":\"a\"}", "", "{\"index\":1x,", "{\"index\":18446744073709551616,"]
    {
        assert_eq!(number_of(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn every_record_is_found_by_its_id_also_where_neighbours_have_another_order() {
    let mut numbers: Vec<u64> = (0..6000).collect();
    for pair in numbers.chunks_mut(7) {
        pair.reverse();
    }
    // A blank line and a part of one lie among them.
    let lines: Vec<String> = numbers.iter().map(|number| format!("{}\n", record(*number * 2))).collect();
    let (before, after) = lines.split_at(3000);
    let mut file = file(&format!("{}\n{{\"index\":3,\"i\n{}", before.concat(), after.concat()));
    // A small part of the file is read.
    let near = 1 << 14;
    assert!(file.metadata().unwrap().len() > 4 * (near + BLOCK_BYTES));
    for number in (0_u64..12_000).step_by(97) {
        let found = find_by_id_near(&mut file, &format!("{number:08x}"), near).unwrap();
        assert_eq!(found, number.is_multiple_of(2).then(|| record(number).into_bytes()), "{number}");
    }
    assert_eq!(find_by_id(&mut file, "00000000").unwrap(), Some(record(0).into_bytes()));
    assert_eq!(find_by_id(&mut file, "ffffffff").unwrap(), None);
    assert_eq!(find_by_id(&mut tempfile::tempfile().unwrap(), "00000000").unwrap(), None);
}

#[test]
fn the_records_after_a_tree_are_those_behind_it_however_much_of_the_file_is_before() {
    let lines: String = (0..3000).map(|number| format!("{}\n", record(number))).collect();
    let mut file = file(&lines);
    for published in [0, 1, 500, 2500, 2999, 3000] {
        let leaves = leaves_after(&mut file, published).unwrap();
        let expected: Vec<Digest> = (published..3000).map(|number| leaf_hash(record(number).as_bytes())).collect();
        assert_eq!(leaves, expected, "{published}");
    }
    assert!(matches!(leaves_after(&mut file, 3001), Err(LinesError::Cut { records: 3000, published: 3001 })));
}

#[test]
fn of_two_lines_with_one_number_the_later_one_is_the_record_and_a_part_of_one_is_none() {
    let text = [record(0), record(1), record(2), record(1).replace("xx", "yy"), "{\"index\":2,\"id\":\"cu".to_owned()];
    let mut file = file(&format!("{}\n", text.join("\n")));
    let expected = [leaf_hash(text[0].as_bytes()), leaf_hash(text[3].as_bytes())];
    assert_eq!(leaves_after(&mut file, 0).unwrap(), expected);
}

#[test]
fn a_line_without_an_end_in_sight_is_no_record() {
    let long = usize::try_from(RECORD_BYTES_MAX).unwrap();
    let mut file = file(&format!("{}\n{}\n", record(0), "x".repeat(long)));
    let error = for_each_line(&mut file, 0, |_| io::Result::Ok(())).unwrap_err();
    assert_eq!(error.to_string(), "it has a line of more than 16 MiB, so it is no log of decisions");
}
