//! `ordinance receipt`: checks a receipt without a network, says what it says, and writes it as a page.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use ordinance_domain::plain_text::is_hidden;
use ordinance_engine::definitions::parse_definitions;
use ordinance_log::LogVerifier;
use ordinance_pages::ReadingLanguage;
use ordinance_receipt::{
    AlteredReplyError, CheckedBy, DecisionReceipt, ReadableReceipt, ReceivedReceipt, VerifiedReceipt, receipt_page,
};
use ordinance_trust::RootOverview;

use crate::arguments::{PageArguments, ReceiptArguments, ReceiptCheckArguments, ReceiptCommand, VerifyArguments};
use crate::exit::{CommandError, Exit};
use crate::source::{io_error, read_bounded, read_file};
use crate::terminal;

pub(crate) fn run(arguments: &ReceiptArguments) -> Result<Exit, CommandError> {
    match &arguments.command {
        ReceiptCommand::Verify(arguments) => verify(arguments),
        ReceiptCommand::Page(arguments) => write_page(arguments),
    }
}

/// A receipt that was checked, and what it says.
struct CheckedReceipt {
    receipt: DecisionReceipt,
    verified: VerifiedReceipt,
    readable: ReadableReceipt,
}

fn verify(arguments: &VerifyArguments) -> Result<Exit, CommandError> {
    let Some(checked) = check(&arguments.check)? else { return Ok(Exit::Findings) };
    checked.readable.to_lines().iter().for_each(|line| terminal::print_line(line));
    if arguments.check.trust.is_none() {
        terminal::print_note("who published the law wasn't checked: --trust names the root that you trust");
    }
    Ok(Exit::Good)
}

/// Checks a receipt, and the reply around it. Says why it doesn't hold, and gives `None` then.
fn check(arguments: &ReceiptCheckArguments) -> Result<Option<CheckedReceipt>, CommandError> {
    let received = read_receipt(&arguments.file)?;
    let root = arguments.trust.as_deref().map(read_file).transpose()?;
    let log = arguments.log_key.as_deref().map(read_log_key).transpose()?;
    let verified = match received.receipt.verify(root.as_deref(), log.as_ref()) {
        Ok(verified) => verified,
        Err(error) => {
            let reason = in_one_line(&terminal::with_causes(&error));
            terminal::print_error(&format!("the receipt doesn't hold: {reason}"), None);
            return Ok(None);
        }
    };
    if let Err(error) = received.check_reply() {
        print_altered(&error);
        return Ok(None);
    }
    let receipt = received.receipt;
    let root = root.as_deref().map(RootOverview::read).transpose()?;
    let by = CheckedBy { root: root.as_ref(), names_log: log.is_some(), at: Timestamp::now() };
    let of_receipt = || ReadingLanguage::of_wanted(&receipt.languages);
    let language = arguments.language.map_or_else(of_receipt, ReadingLanguage::from);
    // What nobody has checked names nothing.
    let publication = receipt.publication.as_ref().filter(|_| root.is_some());
    let definitions = publication.and_then(|publication| parse_definitions(&publication.definitions).ok());
    let readable = ReadableReceipt::new(&receipt, &verified, by, (definitions.as_ref(), language));
    Ok(Some(CheckedReceipt { receipt, verified, readable }))
}

/// Says that what stands around a receipt isn't what was decided.
pub(crate) fn print_altered(error: &AlteredReplyError) {
    let help = "the receipt by itself says what was decided: trust its `answer`, and not the rest of this file";
    terminal::print_error(&in_one_line(&error.to_string()), Some(help));
}

/// A reason with the control characters and line ends of what it names escaped: whoever made the receipt could else
/// write lines of the output.
fn in_one_line(reason: &str) -> String {
    reason.chars().fold(String::with_capacity(reason.len()), |mut line, character| {
        match is_hidden(character) {
            true => line.extend(character.escape_default()),
            false => line.push(character),
        }
        line
    })
}

fn write_page(arguments: &PageArguments) -> Result<Exit, CommandError> {
    let Some(checked) = check(&arguments.check)? else { return Ok(Exit::Findings) };
    let CheckedReceipt { receipt, verified, readable } = checked;
    let page = receipt_page(&receipt, &verified, &readable)
        .map_err(|error| CommandError::bad_use(error.to_string(), "ask the operator of the log for a shorter name"))?;
    fs::write(&arguments.out, page).map_err(|source| io_error("written", &arguments.out, source))?;
    Ok(Exit::Good)
}

/// Reads the receipt of a file, or the reply in it that holds one.
pub(crate) fn read_receipt(path: &Path) -> Result<ReceivedReceipt, CommandError> {
    let text = if path == Path::new("-") { read_bounded(io::stdin().lock(), path)? } else { read_file(path)? };
    ReceivedReceipt::parse(&text).map_err(|error| {
        let help = "name the receipt that came with a decision (\"receipt\": true), or the whole reply";
        CommandError::bad_use(format!("{}: {}", path.display(), in_one_line(&error.to_string())), help)
    })
}

/// A public key of a log, or that in a file.
fn read_log_key(text: &str) -> Result<LogVerifier, CommandError> {
    let text = if Path::new(text).is_file() {
        String::from_utf8_lossy(&read_file(Path::new(text))?).into_owned()
    } else {
        text.to_owned()
    };
    let help = "a log's public key is written NAME+HASH+KEY; the host logs it when it makes it";
    LogVerifier::parse(&text).map_err(|error| CommandError::bad_use(error.to_string(), help))
}
