//! The root that somebody pinned, held against the repository that it should be of: a wrong file or a wrong address is
//! told as such, before signatures that nobody can make sense of.

use std::path::Path;

use ordinance_trust::{RepositorySource, RootOverview};

use crate::exit::CommandError;
use crate::repositories::key_words;
use crate::source::read_file;

/// The largest file of a root, in bytes.
const ROOT_BYTES_MAX: u64 = 1 << 20;

/// Reads a pinned root, and checks that the repository has the same one. What the repository lacks is told by whoever
/// reads it next.
pub(crate) fn read_pinned_root(file: &Path, source: &dyn RepositorySource) -> Result<Vec<u8>, CommandError> {
    let bytes = read_file(file)?;
    let pinned = RootOverview::read(&bytes).map_err(|error| {
        CommandError::bad_use(
            format!("`{}` is no root of a repository: {error}", file.display()),
            "name the file that the top authority hands out, such as 1.root.json of its repository",
        )
    })?;
    let path = format!("metadata/{}.root.json", pinned.version);
    let Ok(Some(found)) = source.read(&path, ROOT_BYTES_MAX) else { return Ok(bytes) };
    let Ok(found) = RootOverview::read(&found) else { return Ok(bytes) };
    let (own, other) = (&pinned.authority, &found.authority);
    let (file, address) = (file.display(), source.address());
    if own.jurisdiction != other.jurisdiction {
        return Err(CommandError::bad_use(
            format!(
                "`{file}` is the root of {} ({}), and the repository at {address} is of {} ({})",
                own.jurisdiction, own.name, other.jurisdiction, other.name
            ),
            format!(
                "name the root of {} that you pinned, or the repository of {}",
                other.jurisdiction, own.jurisdiction
            ),
        ));
    }
    if pinned != found {
        return Err(CommandError::bad_use(
            format!(
                "`{file}` isn't root version {} of the repository at {address}: by the file {} sign the root of {}, by the \
                 repository {}",
                pinned.version,
                key_words(&pinned.root),
                own.jurisdiction,
                key_words(&found.root)
            ),
            format!(
                "ask {} on another way which of the two is its own: somebody may have put another repository in its place",
                own.jurisdiction
            ),
        ));
    }
    Ok(bytes)
}
