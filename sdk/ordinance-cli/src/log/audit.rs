//! `ordinance log audit`: every record is well formed, each is the leaf of its number, and the tree that the log
//! signed holds these records and nothing else.

use std::fs::File;
use std::path::{Path, PathBuf};

use ordinance_domain::digest::Digest;
use ordinance_log::lines::{for_each_line, is_record, number_of};
use ordinance_log::{LogError, PublishedTree, RegrownTree, TileFolder, TreeHead, leaf_hash, tree_path};
use ordinance_trust::{PublicationHistory, RepositoryError, TrustedAuthorities, open_source};

use super::checkpoints::{AuditError, Finding, read_published, read_verifier};
use super::record_check::{KnownDigests, RecordCheck, RecordFault};
use super::tree_files::open;
use crate::arguments::LogAuditArguments;
use crate::count::counted;
use crate::exit::CommandError;
use crate::invocation::now;
use crate::pinned_root::read_pinned_root;
use crate::rulebook::load_built;
use crate::source::io_error;
use crate::terminal::{print_line, print_status};

/// The most findings that are printed.
const FINDINGS_MAX: usize = 20;
/// The leaves of a tile.
const TILE_LEAVES: u64 = 256;

pub(super) fn run(arguments: &LogAuditArguments) -> Result<(), AuditError> {
    let verifier = read_verifier(&arguments.key)?;
    let last = arguments.files.last().map_or(Path::new(""), PathBuf::as_path);
    let files = match &arguments.tiles {
        Some(place) => open(place)?,
        None => Box::new(TileFolder::new(tree_path(last))),
    };
    let checkpoint = read_published(files.as_ref(), &verifier)?;
    let mut audit = Audit {
        tree: PublishedTree::new(files.as_ref()),
        head: checkpoint.head(),
        check: RecordCheck::new(known_digests(&arguments.rulebook)?, history(arguments)?),
        regrown: None,
        next: None,
        tile: None,
        findings: 0,
    };
    for path in &arguments.files {
        audit.read(path)?;
    }
    let whole = audit.end(last);
    let count = |number: u64| counted(usize::try_from(number).unwrap_or(usize::MAX), "record", "records");
    if audit.findings > 0 {
        let more = audit.findings.saturating_sub(FINDINGS_MAX);
        if more > 0 {
            print_status!("{more} more findings aren't shown");
        }
        return Err(AuditError::Findings);
    }
    let (first, checked) = whole?;
    let size = audit.head.size;
    match size.checked_sub(1) {
        None => print_line(&format!("log {}: it has no record yet", verifier.name())),
        Some(last) => print_line(&format!(
            "log {}: records {first} to {last} are whole, root {}",
            verifier.name(),
            audit.head.root
        )),
    }
    if checked > size {
        print_line(&format!("{} younger than the checkpoint", count(checked - size)));
    }
    if let Some(publications) = audit.check.publications() {
        publications.print();
    }
    Ok(())
}

fn known_digests(rulebooks: &[PathBuf]) -> Result<Option<KnownDigests>, CommandError> {
    if rulebooks.is_empty() {
        return Ok(None);
    }
    let mut known = KnownDigests::default();
    for path in rulebooks {
        known.add(load_built(path.clone())?.rulebook());
    }
    Ok(Some(known))
}

/// What the authorities ever published, if the arguments name their repository.
fn history(arguments: &LogAuditArguments) -> Result<Option<PublicationHistory>, CommandError> {
    let (Some(address), Some(root)) = (&arguments.repository, &arguments.trust) else { return Ok(None) };
    let state = tempfile::tempdir().map_err(|source| io_error("made", &std::env::temp_dir(), source))?;
    let source = open_source(address).map_err(RepositoryError::from)?;
    let root = read_pinned_root(root, source.as_ref())?;
    let trusted = TrustedAuthorities::new(source, root.clone(), state.path().to_owned())?;
    let authorities = trusted.update(now())?;
    let source = open_source(address).map_err(RepositoryError::from)?;
    Ok(Some(PublicationHistory::read(source.as_ref(), &root, &authorities)?))
}

/// The audit of the files of a log, in their order.
struct Audit<'f> {
    tree: PublishedTree<'f>,
    head: TreeHead,
    check: RecordCheck,
    /// The tree of the records so far, with the number of the first.
    regrown: Option<(u64, RegrownTree)>,
    /// The number of the next record.
    next: Option<u64>,
    /// The leaves of the tile of the last record, by its number.
    tile: Option<(u64, Vec<Digest>)>,
    findings: usize,
}

impl Audit<'_> {
    fn find(&mut self, finding: &Finding) {
        self.findings += 1;
        if self.findings <= FINDINGS_MAX {
            finding.print();
        }
    }

    fn read(&mut self, path: &Path) -> Result<(), AuditError> {
        let file =
            File::open(path).and_then(|file| if file.metadata()?.is_dir() { Err(is_folder()) } else { Ok(file) });
        let mut file = file.map_err(|source| io_error("read", path, source))?;
        let mut line_number = 0_u64;
        for_each_line(&mut file, 0, |line| {
            line_number += 1;
            self.read_line(path, line_number, line)
        })
    }

    fn read_line(&mut self, path: &Path, line_number: u64, line: &[u8]) -> Result<(), AuditError> {
        let place = format!("{}: record {line_number} of the file", path.display());
        match self.check.fault_of(line) {
            Some(RecordFault::Record(fault)) => {
                self.find(&Finding::new(format!("{place} {fault}"), "restore the record from a copy of the log"));
            }
            Some(RecordFault::Publication(fault)) => self.find(&Finding::new(
                format!("{place} {fault}"),
                "ask the host's operator for the rule and the authority for its word; of a repository that is gone, put a copy \
                 where it was: hosts and mirrors have some",
            )),
            None => {}
        }
        if !is_record(line) {
            // A part of a record, which has no number.
            return Ok(());
        }
        let index = number_of(line).unwrap_or_else(|| self.next.unwrap_or_default());
        let next = self.next.unwrap_or(index);
        if index != next {
            let message = format!("{place} has the number {index} where {next} should be");
            let help = "records are missing, or were added or put in another order; of two with one number, a write that failed \
                        may have left the first";
            return Err(Finding::new(message, help).into());
        }
        self.next = Some(index.saturating_add(1));
        if index >= self.head.size {
            return Ok(());
        }
        let leaf = leaf_hash(line);
        if self.leaf_of(index)? != Some(leaf) {
            let message = format!("{place} is not the leaf {index} of the tree: it was altered, or the tree was");
            self.find(&Finding::new(
                message,
                "compare it with the copies of auditors, and the tile with those of mirrors",
            ));
        }
        let (tree, head) = (self.tree, self.head);
        let regrown = match &mut self.regrown {
            Some(regrown) => regrown,
            None => self.regrown.insert((index, tree.regrow(index, head).map_err(AuditError::of_tree)?)),
        };
        regrown.1.append(leaf).map_err(AuditError::of_tree)
    }

    /// The leaf of a number, as the tiles have it.
    fn leaf_of(&mut self, index: u64) -> Result<Option<Digest>, AuditError> {
        let (number, place) = (index / TILE_LEAVES, usize::try_from(index % TILE_LEAVES).unwrap_or_default());
        if self.tile.as_ref().is_none_or(|(kept, _)| *kept != number) {
            let leaves = self.tree.leaves(number, self.head.size).map_err(AuditError::of_tree)?;
            self.tile = Some((number, leaves));
        }
        Ok(self.tile.as_ref().and_then(|(_, leaves)| leaves.get(place).copied()))
    }

    /// Checks what the records together give. Returns the number of the first one, and that after the last one.
    fn end(&mut self, last: &Path) -> Result<(u64, u64), AuditError> {
        let next = self.next.unwrap_or_default();
        let head = self.head;
        if next < head.size {
            let message = format!("{} ends before the record {next}, but the log signed {}", last.display(), head.size);
            self.find(&Finding::new(
                message,
                "name all files of the log, the oldest first, or restore the missing ones",
            ));
            return Err(AuditError::Findings);
        }
        let (first, regrown) = match self.regrown.take() {
            Some(regrown) => regrown,
            None => (next, self.tree.regrow(head.size, head).map_err(AuditError::of_tree)?),
        };
        if regrown.head() != head {
            let error = AuditError::of_tree(LogError::OtherRoot { size: head.size });
            if self.findings == 0 {
                return Err(error);
            }
        }
        Ok((first, next))
    }
}

fn is_folder() -> std::io::Error {
    std::io::ErrorKind::IsADirectory.into()
}
