//! The public key of a decision log, as C2SP's signed notes write it: `NAME+HASH+KEY`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ordinance_engine::digest::sha256;

use crate::exit::CommandError;

/// The algorithm of a key in a signed note: Ed25519.
const ED25519: u8 = 1;

/// The name in a key. The hash in it must be of its name and its key, so that a slip of the pen is found.
pub(super) fn name_of_key(key: &str) -> Result<&str, CommandError> {
    if key.contains("PRIVATE+KEY") {
        return Err(CommandError::bad_use(
            "this is the secret key of a log, which nobody but its host may have",
            "give its public key, which `ordinance log key FILE` prints",
        ));
    }
    let fault = |reason: &str| {
        CommandError::bad_use(
            format!("`{key}` is no public key of a log: {reason}"),
            "write NAME+HASH+KEY, as the host that writes the log says it",
        )
    };
    let mut parts = key.splitn(3, '+');
    let (Some(name), Some(hash), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(fault("it hasn't three parts with + between them"));
    };
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(fault("its name is empty or has a space"));
    }
    let bytes = STANDARD.decode(text).map_err(|_| fault("its last part isn't base64"))?;
    if bytes.len() != 33 || bytes.first() != Some(&ED25519) {
        return Err(fault("its last part isn't an Ed25519 key"));
    }
    let hashed = sha256(&[name.as_bytes(), b"\n", &bytes].concat()).hex();
    match hashed.get(..8) {
        Some(expected) if expected == hash => Ok(name),
        _ => Err(fault("its hash isn't that of its name and its key")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_log_and_one_with_a_slip_is_refused() {
        // The example of C2SP's signed-note.
        let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assert_eq!(name_of_key(key).unwrap(), "PeterNeumann");
        for slip in [
            "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
            "PeterNeumann+c74f20a3",
            "PeterNeumann+c74f20a3+ARpc",
            "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(name_of_key(slip).is_err(), "{slip}");
        }
    }
}
