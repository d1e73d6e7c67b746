//! A Parquet file whose pages are checked before their values are decoded. The decoder trusts the counts of a page: of
//! a damaged one it would take gigabytes, or panic. An error names the row group and the column.

use std::fs::File;

use parquet::basic::Encoding;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

/// A file whose pages are checked.
pub struct CheckedFile(SerializedFileReader<File>);

impl CheckedFile {
    /// Reads the metadata at the end of a file.
    ///
    /// # Errors
    /// If it is no Parquet file, or not whole.
    pub fn open(file: File) -> Result<Self> {
        let reader = SerializedFileReader::new(file)?;
        check_places(reader.metadata())?;
        Ok(Self(reader))
    }
}

/// The reader panics at a column that begins before the file, or that takes less than nothing.
fn check_places(metadata: &ParquetMetaData) -> Result<()> {
    for (index, group) in metadata.row_groups().iter().enumerate() {
        for column in group.columns() {
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            if start < 0 || column.compressed_size() < 0 {
                let fault = ParquetError::General("its place in the file is below 0".to_owned());
                return Err(at(&place_of(index, column), &fault));
            }
        }
    }
    Ok(())
}

/// Where a column chunk stands, in words.
fn place_of(row_group: usize, column: &ColumnChunkMetaData) -> String {
    format!("row group {}, column `{}`", row_group + 1, column.column_path().string())
}

impl FileReader for CheckedFile {
    fn metadata(&self) -> &ParquetMetaData {
        self.0.metadata()
    }

    fn num_row_groups(&self) -> usize {
        self.0.num_row_groups()
    }

    fn get_row_group(&self, index: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(CheckedRowGroup { group: self.0.get_row_group(index)?, index }))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

struct CheckedRowGroup<'a> {
    group: Box<dyn RowGroupReader + 'a>,
    /// From 0.
    index: usize,
}

impl RowGroupReader for CheckedRowGroup<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.group.metadata()
    }

    fn num_columns(&self) -> usize {
        self.group.num_columns()
    }

    fn get_column_page_reader(&self, index: usize) -> Result<Box<dyn PageReader>> {
        let place = place_of(self.index, self.metadata().column(index));
        let pages = self.group.get_column_page_reader(index).map_err(|error| at(&place, &error))?;
        Ok(Box::new(CheckedPages { pages, place, has_dictionary: false }))
    }

    fn get_column_bloom_filter(&self, index: usize) -> Option<&Sbbf> {
        self.group.get_column_bloom_filter(index)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

struct CheckedPages {
    pages: Box<dyn PageReader>,
    /// The row group and the column, in words.
    place: String,
    has_dictionary: bool,
}

impl CheckedPages {
    /// Checks what the decoder takes on trust.
    fn check(&mut self, page: &Page) -> Result<()> {
        let fault = |what: &str| Err(ParquetError::General(what.to_owned()));
        let is_of_dictionary = matches!(page.encoding(), Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
        match page {
            // A value of a dictionary takes a byte at the least, and its memory is taken before it is read.
            Page::DictionaryPage { buf, num_values, .. } => {
                if usize::try_from(*num_values).is_ok_and(|values| values > buf.len()) {
                    return fault("a dictionary has fewer values than it says");
                }
                self.has_dictionary = true;
            }
            Page::DataPage { .. } | Page::DataPageV2 { .. } if is_of_dictionary && !self.has_dictionary => {
                return fault("a page needs a dictionary that isn't there");
            }
            Page::DataPage { .. } | Page::DataPageV2 { .. } => {}
        }
        Ok(())
    }
}

impl Iterator for CheckedPages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for CheckedPages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.pages.get_next_page().map_err(|error| at(&self.place, &error))?;
        if let Some(page) = &page {
            self.check(page).map_err(|error| at(&self.place, &error))?;
        }
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

/// The error with its place.
fn at(place: &str, error: &ParquetError) -> ParquetError {
    ParquetError::General(format!("{place}: {}", in_words(error)))
}

/// The error without the name of its kind.
#[must_use]
pub fn in_words(error: &ParquetError) -> String {
    match error {
        ParquetError::General(text) | ParquetError::NYI(text) | ParquetError::EOF(text) => text.clone(),
        ParquetError::External(source) => source.to_string(),
        other => other.to_string(),
    }
}
