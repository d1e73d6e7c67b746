//! How the host writes a digest.

/// `sha256:` and the digest in hexadecimal.
#[must_use]
pub fn digest_text(digest: &str) -> String {
    format!("sha256:{digest}")
}
