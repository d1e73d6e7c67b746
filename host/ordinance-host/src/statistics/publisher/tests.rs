//! When a month is published, and that it stays as it was.

use std::fs;
use std::io::Write;

use super::*;

fn line(day: &str) -> String {
    format!(
        "{{\"time\":\"{day}T12:00:00Z\",\"service\":\"allowance\",\"outcome\":\"eligible\",\"layers\":[{{\"jurisdiction\":\
         \"CN\"}}],\"undeclared\":[]}}\n"
    )
}

struct Fixture {
    folder: tempfile::TempDir,
    publisher: Publisher,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(&folder.path().join("published")).unwrap();
        let publisher = Publisher {
            follower: LogFollower::new(&folder.path().join("log")),
            unread: Vec::new(),
            earlier: Vec::new(),
            counter: Counter { archive, counts: Counts::default(), first: None, damaged: 0 },
            smallest_cell: 3,
            looked: None,
            edition: Arc::default(),
            reports: ReportInterval::default(),
        };
        Self { folder, publisher }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn add(&self, day: &str, count: usize) {
        let mut file = File::options().create(true).append(true).open(self.log()).unwrap();
        file.write_all(line(day).repeat(count).as_bytes()).unwrap();
    }

    /// What is published after the log was looked at twice at a moment: each month with its decisions.
    fn published(&mut self, moment: &str) -> Vec<(String, u64)> {
        for _ in 0..2 {
            self.publisher.round(moment.parse().unwrap()).unwrap();
        }
        let edition = self.publisher.edition.read().unwrap();
        let decisions = |table: &PublishedMonth| table.cells.iter().map(|cell| cell.decisions).sum();
        edition.tables.iter().map(|table| (table.month.clone(), decisions(table))).collect()
    }
}

#[test]
fn a_month_is_published_an_hour_after_its_end_and_never_changes() {
    let mut fixture = Fixture::new();
    fixture.add("2026-11-30", 5);
    assert_eq!(fixture.published("2026-11-30T23:59:59Z"), []);
    assert_eq!(fixture.published("2026-12-01T00:59:59Z"), []);
    fixture.add("2026-11-30", 1);
    let november = || ("2026-11".to_owned(), 6);
    assert_eq!(fixture.published("2026-12-01T01:00:01Z"), [november()]);
    fixture.add("2026-11-30", 1);
    fixture.add("2026-12-01", 4);
    assert_eq!(fixture.published("2026-12-31T23:00:00Z"), [november()]);
    assert_eq!(fixture.published("2027-01-01T02:00:00Z"), [november(), ("2026-12".to_owned(), 4)]);
}

#[test]
fn a_log_that_was_cut_is_counted_anew() {
    let mut fixture = Fixture::new();
    fixture.add("2026-11-30", 9);
    assert_eq!(fixture.published("2026-11-30T13:00:00Z"), []);
    fs::write(fixture.log(), line("2026-11-29").repeat(4)).unwrap();
    assert_eq!(fixture.published("2026-11-30T13:00:00Z"), []);
    assert_eq!(fixture.published("2026-12-02T00:00:00Z"), [("2026-11".to_owned(), 4)]);
}

#[test]
fn a_log_that_is_renamed_while_the_host_runs_is_counted_on() {
    let mut fixture = Fixture::new();
    fixture.add("2026-11-10", 2);
    assert_eq!(fixture.published("2026-11-10T13:00:00Z"), []);
    fixture.add("2026-11-10", 3);
    fs::rename(fixture.log(), fixture.folder.path().join("old")).unwrap();
    fixture.add("2026-11-20", 4);
    assert_eq!(fixture.published("2026-12-02T00:00:00Z"), [("2026-11".to_owned(), 9)]);
}

#[test]
fn the_next_month_is_published_an_hour_after_its_end() {
    let next = |moment: &str| {
        let next = NextMonth::at(moment.parse().unwrap());
        (next.month.to_string(), next.from.unwrap().to_string())
    };
    let november = ("2026-11".to_owned(), "2026-12-01T01:00:00Z".to_owned());
    assert_eq!(next("2026-11-15T08:00:00Z"), november);
    assert_eq!(next("2026-12-01T00:59:59Z"), november);
    assert_eq!(next("2026-12-01T01:00:00Z"), ("2026-12".to_owned(), "2027-01-01T01:00:00Z".to_owned()));
}
