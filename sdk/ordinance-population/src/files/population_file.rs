//! The files of a population, and the rows in them.

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader as ArrowFileReader, read_footer_length};
use arrow_ipc::{root_as_footer, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};
use ordinance_engine::digest::sha256;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, RowGroups, RowSelection, RowSelector};
use parquet::arrow::{FieldLevels, ProjectionMask, parquet_to_arrow_field_levels, parquet_to_arrow_schema};
use parquet::column::page::PageIterator;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FilePageIterator, FileReader};

use super::checked_file::{CheckedFile, in_words};
use super::files_error::FilesError;
use super::part::{PART_ROWS, Part, parts_of};

/// The most rows of a row group: more than there are people.
const ROWS_MAX: usize = 100_000_000_000;
/// The rows that are decided at once.
const BATCH_ROWS: usize = 8192;

/// The files of a population, in the order of their names.
#[derive(Debug)]
pub struct PopulationFiles {
    pub(super) files: Vec<PopulationFile>,
}

/// A file of a population.
#[derive(Debug)]
pub(super) struct PopulationFile {
    pub(super) path: PathBuf,
    pub(super) schema: SchemaRef,
    /// What tells this file from another one, or from what it was before.
    pub(super) identity: String,
    /// The number of rows of each row group or batch.
    groups: Vec<usize>,
}

impl PopulationFiles {
    /// Reads what the files hold, but not yet their rows.
    ///
    /// # Errors
    /// [`FilesError`] if a file can't be read, or isn't what its ending says.
    pub fn open(paths: &[PathBuf]) -> Result<Self, FilesError> {
        let files = paths.iter().map(|path| {
            let identity = identity_of(path).map_err(|source| FilesError::io("read", path, source))?;
            let open = OpenFile::open(path)?;
            Ok(PopulationFile { path: path.clone(), schema: open.schema(), identity, groups: open.groups(path)? })
        });
        Ok(Self { files: files.collect::<Result<_, FilesError>>()? })
    }

    /// The number of rows of all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().flat_map(|file| &file.groups).map(|rows| u64::try_from(*rows).unwrap_or(u64::MAX)).sum()
    }

    /// Whether the rows of every file have this column.
    #[must_use]
    pub fn have_column(&self, name: &str) -> bool {
        self.files.iter().all(|file| file.schema.column_with_name(name).is_some())
    }

    /// Where a row of the population is, from 0: its file, and its number there from 1.
    #[must_use]
    pub fn place_of(&self, mut row: u64) -> Option<(&Path, u64)> {
        for file in &self.files {
            let rows: u64 = file.groups.iter().map(|rows| u64::try_from(*rows).unwrap_or(u64::MAX)).sum();
            if row < rows {
                return Some((&file.path, row + 1));
            }
            row -= rows;
        }
        None
    }

    /// The parts, and for each the rows of the population before it.
    pub(super) fn parts(&self) -> Vec<(Part, u64)> {
        let mut people = 0;
        let mut parts = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            let mut rows_before = 0;
            // A batch of Arrow is read as a whole.
            let rows_max = if is_parquet(&file.path) { PART_ROWS } else { usize::MAX };
            for (group, rows) in file.groups.iter().enumerate() {
                for part in parts_of((number, group), rows_before, *rows, rows_max) {
                    parts.push((part, people));
                    people += part.rows as u64;
                }
                rows_before += rows;
            }
        }
        parts
    }
}

/// The length, the time of the last change and the digest of the end of a file, which tells where its columns are.
fn identity_of(path: &Path) -> std::io::Result<String> {
    let metadata = fs::metadata(path)?;
    let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut file = File::open(path)?;
    let end = metadata.len().min(65_536);
    file.seek(SeekFrom::Start(metadata.len() - end))?;
    let mut bytes = Vec::new();
    file.take(end).read_to_end(&mut bytes)?;
    Ok(format!(
        "{} bytes, changed at {}.{:09}, {}",
        metadata.len(),
        changed.as_secs(),
        changed.subsec_nanos(),
        sha256(&bytes).hex()
    ))
}

/// A file that one thread reads.
pub(super) enum OpenFile {
    Parquet { file: Arc<CheckedFile>, levels: FieldLevels, schema: SchemaRef },
    Arrow(Box<ArrowFileReader<BufReader<File>>>),
}

impl OpenFile {
    pub(super) fn open(path: &Path) -> Result<Self, FilesError> {
        let file = File::open(path).map_err(|source| FilesError::io("read", path, source))?;
        let format = if is_parquet(path) { "a Parquet file" } else { "a file of Arrow" };
        let damaged = |reason: DecodeError| FilesError::damaged(path, format!(" as {format}"), reason.0);
        if is_parquet(path) {
            return guarded(|| open_parquet(file)).map_err(damaged);
        }
        let reader = guarded(|| ArrowFileReader::try_new_buffered(file, None));
        Ok(Self::Arrow(Box::new(reader.map_err(damaged)?)))
    }

    pub(super) fn schema(&self) -> SchemaRef {
        match self {
            Self::Parquet { schema, .. } => schema.clone(),
            Self::Arrow(reader) => reader.schema(),
        }
    }

    /// The number of rows of each row group or batch.
    fn groups(&self, path: &Path) -> Result<Vec<usize>, FilesError> {
        match self {
            Self::Parquet { file, .. } => {
                let rows = |group: &RowGroupMetaData| {
                    let mut columns =
                        group.columns().iter().filter(|column| column.column_descr().max_rep_level() == 0);
                    let is_true = columns.all(|column| column.num_values() == group.num_rows());
                    usize::try_from(group.num_rows()).ok().filter(|rows| is_true && *rows <= ROWS_MAX)
                };
                let rows: Option<Vec<usize>> = file.metadata().row_groups().iter().map(rows).collect();
                let reason = || "the number of its rows isn't that of its columns".to_owned();
                rows.ok_or_else(|| FilesError::damaged(path, " as a Parquet file".to_owned(), reason()))
            }
            Self::Arrow(_) => {
                guarded(|| batch_rows(path)).map_err(|reason| FilesError::damaged(path, String::new(), reason.0))
            }
        }
    }

    /// Calls `each` with the rows of a part, batch by batch, and the rows of the file before them.
    ///
    /// # Errors
    /// [`FilesError`] if the rows can't be read, and what `each` returns.
    pub(super) fn read(
        &mut self,
        path: &Path,
        part: &Part,
        mut each: impl FnMut(&RecordBatch, usize) -> Result<(), FilesError>,
    ) -> Result<(), FilesError> {
        let mut before = part.rows_before;
        let damaged =
            |before: usize, reason: String| FilesError::damaged(path, format!(" from row {} on", before + 1), reason);
        match self {
            Self::Parquet { file, levels, .. } => {
                let rows = GroupRows { file: file.clone(), group: part.group };
                let selected = vec![RowSelector::skip(part.start), RowSelector::select(part.rows)];
                let selected = Some(RowSelection::from(selected));
                let open = || ParquetRecordBatchReader::try_new_with_row_groups(levels, &rows, BATCH_ROWS, selected);
                let batches = guarded(open);
                let mut batches = batches.map_err(|reason| damaged(before, reason.0))?;
                let mut read = 0;
                loop {
                    let next = guarded(|| batches.next().transpose());
                    let Some(batch) = next.map_err(|reason| damaged(before, reason.0))? else { break };
                    read += batch.num_rows();
                    each(&batch, before)?;
                    before += batch.num_rows();
                }
                if read < part.rows {
                    return Err(damaged(before, "it has fewer rows than it says".to_owned()));
                }
                Ok(())
            }
            Self::Arrow(reader) => {
                let mut read = || {
                    reader.set_index(part.group)?;
                    reader.next().transpose()
                };
                let batch = guarded(|| -> Result<_, ArrowError> { read() });
                let batch = batch.map_err(|error| damaged(before, error.0))?;
                let batch = batch.filter(|batch| batch.num_rows() >= part.start + part.rows);
                let batch = batch.ok_or_else(|| damaged(before, "it has fewer rows than it says".to_owned()))?;
                let batch = batch.slice(part.start, part.rows);
                for start in (0..part.rows).step_by(BATCH_ROWS) {
                    let rows = batch.slice(start, BATCH_ROWS.min(part.rows - start));
                    each(&rows, before + start)?;
                }
                Ok(())
            }
        }
    }
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

/// Why a file can't be decoded, in the words of its decoder.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct DecodeError(String);

impl From<ParquetError> for DecodeError {
    fn from(error: ParquetError) -> Self {
        Self(in_words(&error))
    }
}

impl From<ArrowError> for DecodeError {
    fn from(error: ArrowError) -> Self {
        Self(error.to_string())
    }
}

/// What `read` returns; an error if it panics, as decoders do on some damaged values.
fn guarded<Read, SourceError: Into<DecodeError>>(
    read: impl FnOnce() -> Result<Read, SourceError>,
) -> Result<Read, DecodeError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(Into::into),
        Err(_) => Err(DecodeError("its values can't be decoded".to_owned())),
    }
}

fn open_parquet(file: File) -> Result<OpenFile, ParquetError> {
    let file = CheckedFile::open(file)?;
    let metadata = file.metadata().file_metadata();
    let schema = parquet_to_arrow_schema(metadata.schema_descr(), metadata.key_value_metadata())?;
    let levels = parquet_to_arrow_field_levels(metadata.schema_descr(), ProjectionMask::all(), Some(schema.fields()))?;
    Ok(OpenFile::Parquet { file: Arc::new(file), levels, schema: Arc::new(schema) })
}

/// The rows of one row group.
struct GroupRows {
    file: Arc<CheckedFile>,
    group: usize,
}

impl RowGroups for GroupRows {
    fn num_rows(&self) -> usize {
        let group = self.file.metadata().row_groups().get(self.group);
        group.and_then(|group| usize::try_from(group.num_rows()).ok()).unwrap_or_default()
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>, ParquetError> {
        let file: Arc<dyn FileReader> = self.file.clone();
        let groups = Box::new(std::iter::once(self.group));
        Ok(Box::new(FilePageIterator::with_row_groups(column, groups, file)?))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.file.metadata().row_groups().get(self.group).into_iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        self.file.metadata()
    }
}

/// The number of rows of each batch of a file of Arrow, without its values.
fn batch_rows(path: &Path) -> Result<Vec<usize>, ArrowError> {
    let broken = |what: &str| ArrowError::IpcError(what.to_owned());
    let mut file = File::open(path)?;
    // The file ends with the length of its footer in 4 bytes and 6 bytes of magic.
    file.seek(SeekFrom::End(-10))?;
    let mut end = [0; 10];
    file.read_exact(&mut end)?;
    let length = read_footer_length(end)?;
    let from_end = i64::try_from(length + 10).map_err(|_| broken("its footer is too long"))?;
    file.seek(SeekFrom::End(-from_end))?;
    let mut footer = vec![0; length];
    file.read_exact(&mut footer)?;
    let footer = root_as_footer(&footer).map_err(|error| broken(&error.to_string()))?;
    let mut rows = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        let offset = u64::try_from(block.offset()).map_err(|_| broken("a batch begins before the file"))?;
        let length = usize::try_from(block.metaDataLength()).map_err(|_| broken("a batch has less than nothing"))?;
        if u64::try_from(length)
            .is_ok_and(|length| offset.saturating_add(length) > file.metadata().map_or(0, |of| of.len()))
        {
            return Err(broken("a batch ends after the file"));
        }
        file.seek(SeekFrom::Start(offset))?;
        let mut message = vec![0; length];
        file.read_exact(&mut message)?;
        // A mark of 4 bytes and the length of the message are before it; files of old writers have the length alone.
        let skipped = if message.starts_with(&[0xff; 4]) { 8 } else { 4 };
        let message = message.get(skipped..).ok_or_else(|| broken("a batch has no message"))?;
        let message = root_as_message(message).map_err(|error| broken(&error.to_string()))?;
        let batch = message.header_as_record_batch().ok_or_else(|| broken("a block is no batch"))?;
        rows.push(usize::try_from(batch.length()).map_err(|_| broken("a batch has less than no rows"))?);
    }
    Ok(rows)
}
