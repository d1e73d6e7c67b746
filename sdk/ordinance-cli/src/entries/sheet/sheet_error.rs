//! What is wrong with a workbook.

use super::container::ContainerError;

/// The number of columns with content.
pub(super) const COLUMNS_MAX: usize = 1024;

/// A workbook that can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SheetError {
    #[error(transparent)]
    Container(#[from] ContainerError),
    #[error("{0}")]
    Excel(#[from] calamine::XlsxError),
    #[error("{0}")]
    OpenDocument(#[from] calamine::OdsError),
    #[error("it can't be unpacked: {0}")]
    Unpacked(#[from] zip::result::ZipError),
    #[error("{0}")]
    Xml(#[from] quick_xml::Error),
    #[error("its content can't be decoded")]
    Decoder,
    #[error("row {0} stands after a later one")]
    Order(usize),
    #[error("row {row} has content beyond column {COLUMNS_MAX}")]
    TooWide { row: usize },
    #[error("it has no visible sheet `{wanted}`, only `{names}`")]
    NoSheet { wanted: String, names: String },
    #[error("the sheet has more than {0} cells with content")]
    TooManyCells(usize),
    #[error("it has no sheet with content")]
    Empty,
}
