//! The keys of authorities on the command line: opened with their passphrases, which are asked for at the terminal or
//! read from a file, and never stand among the arguments, which other programs of the machine can read.

use std::fs;
use std::path::{Path, PathBuf};

use ordinance_trust::{ObjectionsKey, ObjectionsRecipient, PublicKey, SigningKey};

use crate::arguments::{PassphraseArguments, SigningArguments};
use crate::exit::CommandError;
use crate::source::io_error;

/// The least length of the passphrase of a new key, in letters.
const PASSPHRASE_LETTERS_MIN: usize = 12;

/// Makes a sealed key that signs.
pub(crate) fn make_key(path: &Path, passphrase: &PassphraseArguments) -> Result<PublicKey, CommandError> {
    let passphrase = new_passphrase(path, passphrase)?;
    Ok(SigningKey::create(path, passphrase.into())?.public().clone())
}

/// Makes a sealed key that opens objections.
pub(crate) fn make_objections_key(
    path: &Path,
    passphrase: &PassphraseArguments,
) -> Result<ObjectionsRecipient, CommandError> {
    let passphrase = new_passphrase(path, passphrase)?;
    Ok(ObjectionsKey::create(path, passphrase.into())?.recipient())
}

/// Opens a sealed key that opens objections.
pub(crate) fn open_objections_key(
    file: &Path,
    passphrase: &PassphraseArguments,
) -> Result<ObjectionsKey, CommandError> {
    if !file.is_file() {
        return Err(CommandError::bad_use(
            format!("there is no key `{}`", file.display()),
            "name the sealed key, the file without `.pub`; `ordinance objections key FILE` makes one",
        ));
    }
    let text = match &passphrase.passphrase_file {
        Some(from) => read_passphrase(from)?,
        None => ask(&format!("Passphrase of {}: ", file.display()))?,
    };
    Ok(ObjectionsKey::open(file, text.into())?)
}

/// The passphrase of a new key at a path where there is none.
fn new_passphrase(path: &Path, passphrase: &PassphraseArguments) -> Result<String, CommandError> {
    if path.extension().is_some_and(|extension| extension == "pub") {
        return Err(CommandError::bad_use(
            format!("`{}` is the name of a public key", path.display()),
            "name the sealed key without `.pub`; the public key is written beside it",
        ));
    }
    // Nobody should think up a passphrase in vain.
    if path.exists() {
        return Err(ordinance_trust::SealedKeyError::Exists(path.to_owned()).into());
    }
    let text = match &passphrase.passphrase_file {
        Some(file) => read_passphrase(file)?,
        None => {
            let first = ask(&format!("New passphrase for {}: ", path.display()))?;
            check_length(&first)?;
            if ask("The same again: ")? != first {
                return Err(CommandError::bad_use("the two passphrases differ", "run the command again"));
            }
            first
        }
    };
    check_length(&text)?;
    Ok(text)
}

/// Opens the keys that sign, each once.
pub(crate) fn open_keys(arguments: &SigningArguments) -> Result<Vec<SigningKey>, CommandError> {
    open_files(&arguments.keys, &arguments.passphrase)
}

/// Opens sealed keys, each once.
pub(crate) fn open_files(files: &[PathBuf], passphrase: &PassphraseArguments) -> Result<Vec<SigningKey>, CommandError> {
    let from_file = passphrase.passphrase_file.as_deref().map(read_passphrase).transpose()?;
    let mut keys: Vec<SigningKey> = Vec::new();
    for file in files {
        if !file.is_file() {
            return Err(CommandError::bad_use(
                format!("there is no key `{}`", file.display()),
                "name the sealed key, the file without `.pub`; `ordinance trust key FILE` makes one",
            ));
        }
        let text = match &from_file {
            Some(text) => text.clone(),
            None => ask(&format!("Passphrase of {}: ", file.display()))?,
        };
        let key = SigningKey::open(file, text.into())?;
        if !keys.iter().any(|known| known.public() == key.public()) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Reads public keys: each from its file, or from beside the sealed key.
pub(crate) fn read_public_keys(files: &[PathBuf]) -> Result<Vec<PublicKey>, CommandError> {
    files.iter().map(|file| PublicKey::read(file).map_err(CommandError::from)).collect()
}

fn check_length(passphrase: &str) -> Result<(), CommandError> {
    let count = passphrase.chars().count();
    if count >= PASSPHRASE_LETTERS_MIN {
        return Ok(());
    }
    Err(CommandError::bad_use(
        format!("the passphrase has {count} letters, and needs at least {PASSPHRASE_LETTERS_MIN}"),
        "take some words that nobody else would put together",
    ))
}

fn ask(prompt: &str) -> Result<String, CommandError> {
    rpassword::prompt_password(prompt).map_err(|_| {
        CommandError::bad_use(
            "there is no terminal to ask for a passphrase",
            "run the command at a terminal, or name a file with --passphrase-file",
        )
    })
}

/// The passphrase in a file, without the end of its line.
fn read_passphrase(file: &Path) -> Result<String, CommandError> {
    let text = fs::read_to_string(file).map_err(|source| io_error("read", file, source))?;
    let passphrase = text.trim_end_matches(['\n', '\r']);
    if passphrase.is_empty() || passphrase.contains('\n') {
        return Err(CommandError::bad_use(
            format!("`{}` holds no passphrase", file.display()),
            "write the passphrase as its only line",
        ));
    }
    Ok(passphrase.to_owned())
}
