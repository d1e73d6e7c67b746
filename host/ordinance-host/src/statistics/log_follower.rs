//! Reads a log that another thread writes: what is there, then what is added, through renames of the file. Only whole
//! lines of regular files are read, in bounded memory.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The bytes that are read at a time.
const CHUNK_BYTES: usize = 1 << 18;
/// The most renames of the file that are followed at a time.
const RENAMES_MAX: usize = 16;
/// The longest line; a longer one is no record.
const LINE_BYTES_MAX: usize = 16 << 20;

/// A log that is followed.
#[derive(Debug)]
pub(crate) struct LogFollower {
    path: PathBuf,
    open: Option<OpenLog>,
}

/// What became of a log since it was read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Followed {
    /// Everything that was there is read.
    ToTheEnd,
    /// Bytes that were read are no longer in the file: what was counted of it counts no more.
    CutOff,
}

/// A file of the log.
#[derive(Debug)]
struct OpenLog {
    file: File,
    id: (u64, u64),
    read: u64,
    /// The length when it was looked at last. What is beyond may be cut off again, where a write has failed.
    settled: Option<u64>,
    lines: LineSplitter,
}

/// Divides bytes into lines.
#[derive(Debug, Default)]
struct LineSplitter {
    /// The beginning of a line whose end isn't read yet.
    begun: Vec<u8>,
    /// Whether that line is too long, so that its rest is dropped.
    is_dropping: bool,
}

impl LogFollower {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), open: None }
    }

    /// Reads on, and hands over each line without its end. A path without a regular file has no lines.
    ///
    /// # Errors
    /// If the file can't be read.
    pub(crate) fn follow(&mut self, mut take: impl FnMut(&[u8])) -> io::Result<Followed> {
        for _ in 0..RENAMES_MAX {
            let Some(there) = regular_file(&self.path)? else {
                // Renamed, and the next line begins a new file.
                return self.open.as_mut().map_or(Ok(Followed::ToTheEnd), |open| open.read_settled(false, &mut take));
            };
            let open = match &mut self.open {
                Some(open) => open,
                None => self.open.insert(OpenLog::new(&self.path)?),
            };
            let is_replaced = open.id != id_of(&there);
            if open.read_settled(is_replaced, &mut take)? == Followed::CutOff {
                return Ok(Followed::CutOff);
            }
            if !is_replaced {
                return Ok(Followed::ToTheEnd);
            }
            self.open = None;
        }
        Ok(Followed::ToTheEnd)
    }

    /// Reads everything again from the beginning of the file that is there next time.
    pub(crate) fn restart(&mut self) {
        self.open = None;
    }
}

impl OpenLog {
    fn new(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let id = id_of(&file.metadata()?);
        Ok(Self { file, id, read: 0, settled: None, lines: LineSplitter::default() })
    }

    /// Reads what was there when it was looked at last; at first, and of a file that nobody writes any more, all.
    fn read_settled(&mut self, is_finished: bool, take: &mut impl FnMut(&[u8])) -> io::Result<Followed> {
        let metadata = self.file.metadata()?;
        if !metadata.is_file() {
            return Ok(Followed::ToTheEnd);
        }
        let length = metadata.len();
        if length < self.read {
            return Ok(Followed::CutOff);
        }
        let until = if is_finished { length } else { self.settled.unwrap_or(length).min(length) };
        self.settled = Some(length);
        let mut rest = (&self.file).take(until.saturating_sub(self.read));
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let bytes = rest.read(&mut chunk)?;
            let Some(read) = chunk.get(..bytes).filter(|read| !read.is_empty()) else { break };
            self.read += u64::try_from(bytes).unwrap_or_default();
            self.lines.split(read, take);
        }
        Ok(Followed::ToTheEnd)
    }
}

impl LineSplitter {
    fn split(&mut self, bytes: &[u8], take: &mut impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            if self.begun.is_empty() && !self.is_dropping {
                take(line);
            } else {
                self.begin(line);
                if !self.is_dropping {
                    take(&self.begun);
                }
            }
            *self = Self::default();
        }
        self.begin(rest);
    }

    fn begin(&mut self, bytes: &[u8]) {
        self.is_dropping |= self.begun.len() + bytes.len() > LINE_BYTES_MAX;
        if self.is_dropping {
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }
}

/// What is at a path, if it is a regular file: a pipe would wait, and a device may have no end.
fn regular_file(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata).filter(Metadata::is_file)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn id_of(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn add(path: &Path, text: &str) {
        File::options().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn lines(follower: &mut LogFollower) -> Vec<String> {
        let mut lines = Vec::new();
        let followed = follower.follow(|line| lines.push(String::from_utf8_lossy(line).into_owned())).unwrap();
        assert_eq!(followed, Followed::ToTheEnd);
        lines
    }

    #[test]
    fn what_is_added_is_read_when_the_file_is_looked_at_again_and_a_line_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut follower = LogFollower::new(&path);
        assert!(lines(&mut follower).is_empty());
        add(&path, "one\n\ntw");
        assert_eq!(lines(&mut follower), ["one", ""]);
        add(&path, "o\nthree");
        assert!(lines(&mut follower).is_empty());
        assert_eq!(lines(&mut follower), ["two"]);
        add(&path, "\n");
        assert!(lines(&mut follower).is_empty());
        assert_eq!(lines(&mut follower), ["three"]);
    }

    #[test]
    fn what_a_failed_write_left_and_cut_off_again_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        add(&path, "one\n");
        let mut follower = LogFollower::new(&path);
        assert_eq!(lines(&mut follower), ["one"]);
        add(&path, "not given\n");
        assert!(lines(&mut follower).is_empty());
        File::options().write(true).open(&path).unwrap().set_len(4).unwrap();
        assert!(lines(&mut follower).is_empty());
        add(&path, "two\n");
        assert!(lines(&mut follower).is_empty());
        assert_eq!(lines(&mut follower), ["two"]);
    }

    #[test]
    fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        add(&path, "one\n");
        let mut follower = LogFollower::new(&path);
        assert_eq!(lines(&mut follower), ["one"]);
        add(&path, "two\n");
        fs::rename(&path, folder.path().join("old")).unwrap();
        assert!(lines(&mut follower).is_empty());
        add(&path, "three\n");
        assert_eq!(lines(&mut follower), ["two", "three"]);
    }

    #[test]
    fn a_file_that_is_shorter_than_what_was_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        add(&path, "one\ntwo\n");
        let mut follower = LogFollower::new(&path);
        assert_eq!(lines(&mut follower), ["one", "two"]);
        File::options().write(true).open(&path).unwrap().set_len(4).unwrap();
        assert_eq!(follower.follow(|_| ()).unwrap(), Followed::CutOff);
        follower.restart();
        assert_eq!(lines(&mut follower), ["one"]);
    }

    #[test]
    fn a_line_without_an_end_takes_bounded_memory_and_is_passed_over() {
        let mut splitter = LineSplitter::default();
        let mut taken = Vec::new();
        for _ in 0..=(LINE_BYTES_MAX >> 20) {
            splitter.split(&vec![b'x'; 1 << 20], &mut |line| taken.push(line.len()));
        }
        assert!(splitter.begun.capacity() < 2 << 20);
        splitter.split(b"xx\nshort\n", &mut |line| taken.push(line.len()));
        assert_eq!(taken, [5]);
    }

    #[test]
    fn a_device_has_no_lines() {
        assert!(lines(&mut LogFollower::new(Path::new("/dev/zero"))).is_empty());
    }
}
