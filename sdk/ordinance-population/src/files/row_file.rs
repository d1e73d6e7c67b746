//! The file of the outcomes of a part. It has its name once it is whole.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use super::checked_file::in_words;
use super::files_error::FilesError;
use super::run_state::unfinished_file;

/// A file that is being written.
pub(super) struct RowFile {
    path: PathBuf,
    writer: ArrowWriter<NamedTempFile>,
}

impl RowFile {
    /// Begins the file of a part in the folder.
    pub(super) fn create(folder: &Path, part: usize, schema: SchemaRef) -> Result<Self, FilesError> {
        let path = path_of(folder, part);
        fs::create_dir_all(folder).map_err(|source| FilesError::io("made", folder, source))?;
        let file = unfinished_file(folder).map_err(|source| FilesError::io("written", &path, source))?;
        let level = ZstdLevel::default();
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|error| failed(&path, &error))?;
        Ok(Self { path, writer })
    }

    pub(super) fn write(&mut self, rows: &RecordBatch) -> Result<(), FilesError> {
        self.writer.write(rows).map_err(|error| failed(&self.path, &error))
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<(), FilesError> {
        let file = self.writer.into_inner().map_err(|error| failed(&self.path, &error))?;
        let written = |source| FilesError::io("written", &self.path, source);
        file.as_file().sync_all().map_err(written)?;
        let kept: File = file.persist(&self.path).map_err(|error| written(error.error))?;
        drop(kept);
        Ok(())
    }
}

/// The path of the file of a part.
fn path_of(folder: &Path, part: usize) -> PathBuf {
    folder.join(format!("part-{part:06}.parquet"))
}

/// Whether the file of a part is there, and ends as one of Parquet does.
pub(super) fn is_whole(folder: &Path, part: usize) -> bool {
    let end = || -> std::io::Result<[u8; 4]> {
        let mut file = File::open(path_of(folder, part))?;
        file.seek(SeekFrom::End(-4))?;
        let mut end = [0; 4];
        file.read_exact(&mut end)?;
        Ok(end)
    };
    end().is_ok_and(|end| end == *b"PAR1")
}

fn failed(path: &Path, error: &ParquetError) -> FilesError {
    FilesError::io("written", path, std::io::Error::other(in_words(error)))
}
