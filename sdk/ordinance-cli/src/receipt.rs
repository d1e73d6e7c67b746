//! `ordinance receipt`: checks a receipt without a network, and writes it as a page.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use ordinance_log::LogVerifier;
use ordinance_receipt::{
    AlteredReplyError, DecisionReceipt, PageLanguage, ReceivedReceipt, VerifiedReceipt, receipt_page,
};

use crate::arguments::{self, PageArguments, ReceiptArguments, ReceiptCommand, VerifyArguments};
use crate::exit::{CommandError, Exit};
use crate::source::{io_error, read_file};
use crate::terminal;

pub(crate) fn run(arguments: &ReceiptArguments) -> Result<Exit, CommandError> {
    match &arguments.command {
        ReceiptCommand::Verify(arguments) => verify(arguments),
        ReceiptCommand::Page(arguments) => write_page(arguments),
    }
}

fn verify(arguments: &VerifyArguments) -> Result<Exit, CommandError> {
    let received = read_receipt(&arguments.file)?;
    let root = arguments.trust.as_deref().map(read_file).transpose()?;
    let log = arguments.log_key.as_deref().map(read_log_key).transpose()?;
    let verified = match received.receipt.verify(root.as_deref(), log.as_ref()) {
        Ok(verified) => verified,
        Err(error) => {
            terminal::print_error(&format!("the receipt doesn't hold: {}", terminal::with_causes(&error)), None);
            return Ok(Exit::Findings);
        }
    };
    if let Err(error) = received.check_reply() {
        print_altered(&error);
        return Ok(Exit::Findings);
    }
    print_verified(&received.receipt, &verified, root.is_some());
    Ok(Exit::Good)
}

/// Says that what stands around a receipt isn't what was decided.
pub(crate) fn print_altered(error: &AlteredReplyError) {
    let help = "the receipt by itself says what was decided: trust its `answer`, and not the rest of this file";
    terminal::print_error(&error.to_string(), Some(help));
}

fn print_verified(receipt: &DecisionReceipt, verified: &VerifiedReceipt, has_root: bool) {
    let VerifiedReceipt { record, log, publishers } = verified;
    terminal::print_line("the receipt holds");
    terminal::print_line(&one_line(&format!(
        "decision {}: {} for {} in {}, as of {}",
        receipt.id, record.outcome, record.service, record.jurisdiction, record.as_of
    )));
    terminal::print_line(&format!(
        "record {} of the log `{log}`, written at {}; it commits to this request and this answer",
        record.index, record.time
    ));
    for publisher in publishers {
        let approved = match publisher.approved_by.as_slice() {
            [] => String::new(),
            approvers => format!(", approved by {}", approvers.join(" and ")),
        };
        terminal::print_line(&one_line(&format!(
            "{}/{} was published by {}{approved}",
            publisher.jurisdiction, publisher.rule, publisher.authority
        )));
    }
    if !has_root {
        terminal::print_note("who published the law wasn't checked: --trust names the root that you trust");
    }
}

/// A text of somebody else without ends of lines, so that it can't pass for lines of this command.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn write_page(arguments: &PageArguments) -> Result<Exit, CommandError> {
    let receipt = read_receipt(&arguments.file)?.receipt;
    let language = match arguments.language {
        arguments::PageLanguage::Zh => PageLanguage::Zh,
        arguments::PageLanguage::En => PageLanguage::En,
    };
    let page = receipt_page(&receipt, language)
        .map_err(|error| CommandError::bad_use(error.to_string(), "ask the host for another receipt"))?;
    fs::write(&arguments.out, page).map_err(|source| io_error("written", &arguments.out, source))?;
    Ok(Exit::Good)
}

/// Reads the receipt of a file, or the reply in it that holds one.
pub(crate) fn read_receipt(path: &Path) -> Result<ReceivedReceipt, CommandError> {
    let text = if path == Path::new("-") {
        let mut text = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut text);
        read.map_err(|source| io_error("read", path, source))?;
        text
    } else {
        read_file(path)?
    };
    ReceivedReceipt::parse(&text).map_err(|error| {
        let help = "name the receipt that came with a decision (\"receipt\": true), or the whole reply";
        CommandError::bad_use(format!("{}: {error}", path.display()), help)
    })
}

/// A public key of a log, or that in a file.
fn read_log_key(text: &str) -> Result<LogVerifier, CommandError> {
    let text = if Path::new(text).is_file() {
        fs::read_to_string(text).map_err(|source| io_error("read", Path::new(text), source))?
    } else {
        text.to_owned()
    };
    let help = "a log's public key is written NAME+HASH+KEY; the host logs it when it makes it";
    LogVerifier::parse(&text).map_err(|error| CommandError::bad_use(error.to_string(), help))
}
