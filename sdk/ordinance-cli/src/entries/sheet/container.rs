//! The container of a workbook, a ZIP archive of XML parts. It is bounded before anything of it is unpacked, then
//! checked part by part: the reader of sheets takes on trust that a part ends, and that what repeats is little.

use std::cell::Cell;
use std::io::{BufReader, Cursor, Error, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::xml_part::{PartError, PartKind, check_part};

/// The largest workbook, in bytes.
pub(super) const FILE_BYTES_MAX: u64 = 128 << 20;
/// What all its parts take together, unpacked.
const UNPACKED_BYTES_MAX: u64 = 1 << 30;
/// The number of parts.
const PARTS_MAX: usize = 10_000;
/// The longest text or tag of a part. A cell of Excel holds at most 32,767 characters.
const TOKEN_BYTES_MAX: u64 = 1 << 20;

/// A workbook that is refused before it is read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContainerError {
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX >> 20)]
    FileTooLarge,
    #[error("the workbook takes more than {} MiB unpacked", UNPACKED_BYTES_MAX >> 20)]
    TooLarge,
    #[error("the workbook has more than {PARTS_MAX} parts")]
    TooManyParts,
    #[error("the workbook is encrypted; save it without a password")]
    Encrypted,
    #[error("it can't be unpacked: {0}")]
    Zip(ZipError),
    #[error("part `{part}`: {error}")]
    Part { part: String, error: PartError },
}

/// Checks a workbook as it stands in memory.
///
/// # Errors
/// [`ContainerError`] if it is damaged, encrypted or larger than a sheet can be.
pub(super) fn check(bytes: &[u8], kind: PartKind) -> Result<(), ContainerError> {
    check_within(bytes, kind, UNPACKED_BYTES_MAX)
}

/// The same with another bound of what the parts take unpacked.
fn check_within(bytes: &[u8], kind: PartKind, unpacked_max: u64) -> Result<(), ContainerError> {
    // An encrypted workbook of Excel isn't a ZIP archive but an OLE container.
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(ContainerError::Encrypted);
    }
    // The directory is read into memory as a whole, so its entries are counted first.
    if bytes.windows(4).filter(|window| *window == b"PK\x01\x02").count() > PARTS_MAX {
        return Err(ContainerError::TooManyParts);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(ContainerError::Zip)?;
    if archive.len() > PARTS_MAX {
        return Err(ContainerError::TooManyParts);
    }
    let mut declared: u64 = 0;
    for index in 0..archive.len() {
        declared = declared.saturating_add(archive.by_index_raw(index).map_err(ContainerError::Zip)?.size());
    }
    if declared > unpacked_max {
        return Err(ContainerError::TooLarge);
    }
    let budget = Budget { unpacked: Cell::new(unpacked_max), token: Cell::new(TOKEN_BYTES_MAX) };
    let mut elements = 0;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(ContainerError::Zip)?;
        let name = part.name().map_err(ContainerError::Zip)?.into_owned();
        if !is_xml(&name) {
            continue;
        }
        let bounded = BufReader::new(Bounded { inner: part, budget: &budget });
        let checked = check_part(bounded, kind.of_part(&name), &mut elements, || budget.token.set(TOKEN_BYTES_MAX));
        match checked {
            Ok(()) => {}
            Err(_) if budget.unpacked.get() == 0 => return Err(ContainerError::TooLarge),
            Err(error) => return Err(ContainerError::Part { part: name, error }),
        }
    }
    Ok(())
}

fn is_xml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".xml") || name.ends_with(".rels")
}

/// How many bytes may still be unpacked, whatever the directory says of them.
struct Budget {
    unpacked: Cell<u64>,
    /// Up to the end of the present text or tag.
    token: Cell<u64>,
}

struct Bounded<'b, R> {
    inner: R,
    budget: &'b Budget,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let bytes = u64::try_from(read).unwrap_or(u64::MAX);
        for (left, what) in
            [(&self.budget.unpacked, "the workbook is too large"), (&self.budget.token, "a text is too long")]
        {
            match left.get().checked_sub(bytes) {
                Some(rest) => left.set(rest),
                None => {
                    left.set(0);
                    return Err(Error::other(what));
                }
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A workbook with a part of blanks, whose directory says that it has this size.
    fn workbook(blanks: usize, says: u32) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
        writer.write_all(format!("<a>{}</a>", "<b> </b>".repeat(blanks)).as_bytes()).unwrap();
        let mut bytes = writer.finish().unwrap().into_inner();
        let entry = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        bytes[entry + 24..entry + 28].copy_from_slice(&says.to_le_bytes());
        bytes
    }

    #[test]
    fn what_is_unpacked_is_bounded_whatever_the_directory_says() {
        let check = |bytes: &[u8]| check_within(bytes, PartKind::Excel, 100_000).map_err(|error| error.to_string());
        assert_eq!(check(&workbook(100, 807)), Ok(()));
        let too_large = Err("the workbook takes more than 1024 MiB unpacked".to_owned());
        assert_eq!(check(&workbook(100, 100_001)), too_large);
        // The directory says less than there is.
        let error = check(&workbook(20_000, 807)).unwrap_err();
        assert!(error.contains("1024 MiB") || error.starts_with("part `xl/workbook.xml`: it"), "{error}");
    }

    #[test]
    fn a_long_text_is_refused() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
        writer.write_all(&b" ".repeat(3 << 20)).unwrap();
        let bytes = writer.finish().unwrap().into_inner();
        let error = check(&bytes, PartKind::Excel).unwrap_err().to_string();
        assert!(error.contains("a text is too long"), "{error}");
    }
}
