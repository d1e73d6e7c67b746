//! The folder of the published months, one file for each. A month that has a file is never computed again, whatever
//! becomes of the log, of the settings or of the places: two tables of one month would tell more than either.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::statistics::month::Month;
use crate::statistics::published_month::PublishedMonth;

/// The most months that are served, and the most cells of them all. Earlier months stay in their files.
const MONTHS_MAX: usize = 240;
const CELLS_MAX: usize = 1 << 19;
/// The largest file of a month.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// The published months.
#[derive(Debug)]
pub(crate) struct Archive {
    folder: PathBuf,
    /// The months that have a file, also one that can't be read.
    closed: BTreeSet<Month>,
    months: BTreeMap<Month, Arc<PublishedMonth>>,
}

/// Why a published month isn't served.
#[derive(Debug, thiserror::Error)]
enum ArchiveError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("it is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge,
    #[error("it is no table of a month: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("it is the table of `{0}`")]
    OtherMonth(String),
    #[error("it names an attribute that it doesn't list")]
    UnlistedAttribute,
}

impl Archive {
    /// Reads the folder, which is made with the first month.
    ///
    /// # Errors
    /// If the folder is there and can't be listed. A file that can't be read is reported, and its month isn't served.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let mut archive = Self { folder: folder.to_owned(), closed: BTreeSet::new(), months: BTreeMap::new() };
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // A path such as `/dev/full.statistics`, or below a file, can have no months either.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(archive);
            }
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(month) = name.strip_suffix(".json").and_then(Month::parse) else { continue };
            archive.closed.insert(month);
            match read(&path, month) {
                Ok(table) => archive.serve(month, table),
                Err(error) => tracing::error!(
                    path = %path.display(), %error,
                    "the statistics of a month can't be read, so they aren't served; put back the file as it was, or \
                     remove it to have the month computed anew from the log"
                ),
            }
        }
        Ok(archive)
    }

    /// Whether a month is published, so that nothing more of it is counted.
    pub(crate) fn is_closed(&self, month: Month) -> bool {
        self.closed.contains(&month)
    }

    /// Publishes a month for good.
    ///
    /// # Errors
    /// If its file can't be written; the month isn't published then.
    pub(crate) fn publish(&mut self, month: Month, table: PublishedMonth) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let unfinished = self.folder.join(format!("{month}.unfinished"));
        let mut file = File::create(&unfinished)?;
        file.write_all(&serde_json::to_vec(&table)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.folder.join(format!("{month}.json")))?;
        File::open(&self.folder)?.sync_all()?;
        self.closed.insert(month);
        self.serve(month, table);
        Ok(())
    }

    /// The tables that are served, earliest first.
    pub(crate) fn tables(&self) -> Vec<Arc<PublishedMonth>> {
        self.months.values().cloned().collect()
    }

    fn serve(&mut self, month: Month, table: PublishedMonth) {
        self.months.insert(month, Arc::new(table));
        let cells = |archive: &Self| archive.months.values().map(|table| table.cells.len()).sum::<usize>();
        while self.months.len() > 1 && (self.months.len() > MONTHS_MAX || cells(self) > CELLS_MAX) {
            self.months.pop_first();
        }
    }
}

fn read(path: &Path, month: Month) -> Result<PublishedMonth, ArchiveError> {
    let mut text = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut text)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        return Err(ArchiveError::TooLarge);
    }
    let table: PublishedMonth = serde_json::from_slice(&text)?;
    if table.month != month.to_string() {
        return Err(ArchiveError::OtherMonth(table.month));
    }
    let mut figures = table.cells.iter().flat_map(|cell| &cell.figures);
    if figures.any(|figure| figure.attribute >= table.attributes.len()) {
        return Err(ArchiveError::UnlistedAttribute);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(month: &str) -> PublishedMonth {
        PublishedMonth {
            month: month.to_owned(),
            smallest_cell: 10,
            log_begins: false,
            lacked_room: false,
            has_older_records: false,
            attributes: Vec::new(),
            cells: Vec::new(),
        }
    }

    fn months(archive: &Archive) -> Vec<String> {
        archive.tables().iter().map(|table| table.month.clone()).collect()
    }

    #[test]
    fn published_months_are_there_after_a_restart_and_a_damaged_one_stays_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statistics");
        let mut archive = Archive::open(&path).unwrap();
        for month in ["2026-02", "2026-01", "2026-03"] {
            archive.publish(Month::parse(month).unwrap(), table(month)).unwrap();
        }
        assert_eq!(months(&archive), ["2026-01", "2026-02", "2026-03"]);
        fs::write(path.join("2026-01.json"), "{\"month\":").unwrap();
        fs::copy(path.join("2026-03.json"), path.join("2026-04.json")).unwrap();
        fs::write(path.join("2026-05.unfinished"), "{").unwrap();
        let archive = Archive::open(&path).unwrap();
        assert_eq!(months(&archive), ["2026-02", "2026-03"]);
        let closed = |month| archive.is_closed(Month::parse(month).unwrap());
        assert_eq!(["2026-01", "2026-02", "2026-04", "2026-05"].map(closed), [true, true, true, false]);
    }

    #[test]
    fn a_month_that_can_not_be_written_is_not_published() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file").join("statistics");
        fs::write(folder.path().join("file"), "").unwrap();
        let mut archive = Archive::open(&path).unwrap();
        let month = Month::parse("2026-01").unwrap();
        assert!(archive.publish(month, table("2026-01")).is_err());
        assert!(!archive.is_closed(month));
        assert!(archive.tables().is_empty());
    }
}
