//! Checkpoints: the size and the root of a tree, signed by its log.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ordinance_domain::digest::Digest;
use signed_note::{Note, NoteError, VerifierList};

use crate::error::CheckpointError;
use crate::key::{LogKey, LogVerifier};
use crate::record::RECORDS_MAX;

/// The size and the root of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of records.
    pub size: u64,
    /// The root of the tree (RFC 6962, section 2.1).
    pub root: Digest,
}

/// A head that the log signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    head: TreeHead,
    text: String,
}

impl Checkpoint {
    /// Signs a head.
    ///
    /// # Errors
    /// [`CheckpointError::Format`] if the key can't sign.
    pub fn sign(head: TreeHead, key: &LogKey) -> Result<Self, CheckpointError> {
        let unsigned =
            tlog_tiles::Checkpoint::new(key.name().as_str(), head.size, tlog_tiles::Hash(*head.root.bytes()), "");
        let unsigned = unsigned.map_err(|_| CheckpointError::Format)?.to_bytes();
        let mut note = Note::new(&unsigned, &[]).map_err(|_| CheckpointError::Format)?;
        note.add_sigs(&[key.signer()]).map_err(|_| CheckpointError::Format)?;
        let text = String::from_utf8(note.to_bytes()).map_err(|_| CheckpointError::Format)?;
        Ok(Self { head, text })
    }

    /// Reads a checkpoint and checks that the log of the key signed it. It may have signatures of witnesses too.
    ///
    /// # Errors
    /// [`CheckpointError`] if it is none, is of another log or isn't signed by the key.
    pub fn verify(text: &str, verifier: &LogVerifier) -> Result<Self, CheckpointError> {
        let note = Note::from_bytes(text.as_bytes()).map_err(|_| CheckpointError::Format)?;
        // The library takes a checkpoint with a blank line at its end, which the text of a note hasn't.
        let head = parse_head(note.text())?;
        let name = verifier.name().as_str();
        if head.0 != name {
            return Err(CheckpointError::OtherLog { found: head.0, expected: name.to_owned() });
        }
        let known = VerifierList::new(vec![Box::new(verifier.verifier().clone())]);
        match note.verify(&known) {
            Ok(_) => Ok(Self { head: head.1, text: text.to_owned() }),
            Err(NoteError::InvalidSignature { .. }) => Err(CheckpointError::WrongSignature(name.to_owned())),
            Err(_) => Err(CheckpointError::NotSigned(name.to_owned())),
        }
    }

    /// The size and the root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The checkpoint as it is published.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The name of the log and the head in the text of a checkpoint: three lines and those of extensions, which nothing
/// here reads.
fn parse_head(text: &[u8]) -> Result<(String, TreeHead), CheckpointError> {
    let text = std::str::from_utf8(text).map_err(|_| CheckpointError::Format)?;
    let mut lines = text.lines();
    let (Some(name), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(CheckpointError::Format);
    };
    let parsed: u64 = size.parse().map_err(|_| CheckpointError::Format)?;
    let root = BASE64_STANDARD.decode(root).ok().and_then(|bytes| bytes.try_into().ok());
    let root = Digest::new(root.ok_or(CheckpointError::Format)?);
    if name.is_empty() || parsed.to_string() != size || parsed > RECORDS_MAX || lines.any(str::is_empty) {
        return Err(CheckpointError::Format);
    }
    Ok((name.to_owned(), TreeHead { size: parsed, root }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::LogName;
    use crate::record::leaf_hash;

    fn key(name: &str, seed: u8) -> LogKey {
        LogKey::from_seed(&LogName::new(name).unwrap(), [seed; 32]).unwrap()
    }

    fn head() -> TreeHead {
        TreeHead { size: 1, root: leaf_hash(b"one") }
    }

    #[test]
    fn a_checkpoint_is_text_that_the_key_of_its_log_verifies() {
        let key = key("log.example/1", 1);
        let signed = Checkpoint::sign(head(), &key).unwrap();
        let lines: Vec<&str> = signed.text().lines().collect();
        assert_eq!(lines.get(..2), Some(&["log.example/1", "1"][..]));
        assert!(lines.last().is_some_and(|line| line.starts_with("\u{2014} log.example/1 ")));
        assert_eq!(Checkpoint::verify(signed.text(), key.verifier()), Ok(signed));
    }

    #[test]
    fn a_checkpoint_of_another_log_by_another_key_or_with_another_head_is_refused() {
        let (own, named_alike, other) = (key("log.example/1", 1), key("log.example/1", 2), key("log.example/2", 1));
        let signed = Checkpoint::sign(head(), &own).unwrap();
        let verify = |text: &str, key: &LogKey| Checkpoint::verify(text, key.verifier()).map(|read| read.head());
        let name = || own.name().to_string();
        let is_other = CheckpointError::OtherLog { found: name(), expected: other.name().to_string() };
        assert_eq!(verify(signed.text(), &other), Err(is_other));
        assert_eq!(verify(signed.text(), &named_alike), Err(CheckpointError::NotSigned(name())));
        let altered = signed.text().replacen("\n1\n", "\n2\n", 1);
        assert_eq!(verify(&altered, &own), Err(CheckpointError::WrongSignature(name())));
        let huge = signed.text().replacen("\n1\n", "\n281474976710657\n", 1);
        let padded = signed.text().replacen("\n1\n", "\n01\n", 1);
        let cut = signed.text().get(..40).unwrap_or_default();
        for text in ["", "\n\n", huge.as_str(), &padded, cut, &signed.text().replace('\n', "\r\n")] {
            assert_eq!(verify(text, &own), Err(CheckpointError::Format), "{text}");
        }
    }
}
