//! `ordinance objections show`: opens one objection.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ordinance_engine::digest::sha256;
use ordinance_receipt::DecidedCase;
use ordinance_receipt::objection::{ObjectionAnswer, ObjectionContent, ObjectionNotice};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::arguments::ShowObjectionArguments;
use crate::exit::{CommandError, Exit};
use crate::objection_folder::{notice_of, open_folder, unusable};
use crate::signing_keys::open_objections_key;
use crate::source::io_error;
use crate::terminal::{print_error, print_line};

pub(super) fn run(arguments: &ShowObjectionArguments) -> Result<Exit, CommandError> {
    let folder = open_folder(&arguments.dir)?;
    let notice = notice_of(&folder, arguments.id)?;
    let sealed = folder.read_sealed(notice.id).map_err(unusable)?;
    let Some(sealed) = sealed else {
        print_error("the sealed file of the objection is gone", None);
        return Ok(Exit::Findings);
    };
    let is_recorded = notice.is_sealed_as(sha256(&sealed));
    if !is_recorded {
        print_error("the sealed file isn't the one whose digest the log has: it was damaged or replaced", None);
    }
    let key = open_objections_key(&arguments.key, &arguments.passphrase)?;
    let content = match ObjectionContent::open(&sealed, &key) {
        Ok(content) => content,
        Err(error) => {
            print_error(&format!("the objection can't be opened: {error}"), None);
            return Ok(Exit::Findings);
        }
    };
    let case: SealedReceipt = serde_json::from_str(content.receipt.get())
        .map_err(|error| CommandError::bad_use(format!("what was sealed holds no receipt: {error}"), "ask the host"))?;
    print_notice(&notice);
    print_case(&case);
    print_line("");
    print_line("reason:");
    print_words(&content.reason);
    if let Some(contact) = &content.contact {
        print_line(&format!("contact: {contact}"));
    }
    if let Some((answer, _)) = folder.read_answer(notice.id).map_err(unusable)? {
        print_answer(&answer);
    }
    if let Some(path) = &arguments.receipt {
        write_new(path, content.receipt.get())?;
        print_line(&format!("the receipt is in {}", path.display()));
    }
    if let Err(error) = case.case().check() {
        print_error(&format!("the receipt doesn't hold: {error}"), None);
        return Ok(Exit::Findings);
    }
    Ok(if is_recorded { Exit::Good } else { Exit::Findings })
}

/// What of the receipt shows on what was decided.
#[derive(Deserialize)]
struct SealedReceipt {
    id: Uuid,
    request: String,
    answer: String,
    salt: String,
    leaf: String,
    log: LogIndex,
}

#[derive(Deserialize)]
struct LogIndex {
    index: u64,
}

impl SealedReceipt {
    fn case(&self) -> DecidedCase<'_> {
        DecidedCase {
            id: self.id,
            request: &self.request,
            answer: &self.answer,
            salt: &self.salt,
            leaf: &self.leaf,
            index: self.log.index,
        }
    }
}

fn print_notice(notice: &ObjectionNotice) {
    let ObjectionNotice { id, decision, service, jurisdiction, by, received_on, answer_by, .. } = notice;
    print_line(&format!("objection {id}"));
    print_line(&format!("against the decision {decision}: {service} in {jurisdiction}"));
    print_line(&format!("received on {received_on}, to be answered by {by} until {answer_by}"));
}

fn print_case(case: &SealedReceipt) {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (request, answer) = (parse(&case.request), parse(&case.answer));
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    print_line(&format!("decided: {}, as of {}", text(&answer, "outcome"), text(&answer, "as_of")));
    for (title, of, name) in [("granted", &answer, "grant"), ("facts", &request, "facts")] {
        for (name, value) in of.get(name).and_then(Value::as_object).into_iter().flatten() {
            print_line(&format!("{title}: {name} = {value}"));
        }
    }
}

fn print_answer(answer: &ObjectionAnswer) {
    print_line("");
    let decision = answer.decision.map(|decision| format!(" by the decision {decision}")).unwrap_or_default();
    print_line(&format!("answered at {}: {}{decision}", answer.time, answer.outcome.as_str()));
    print_words(&answer.text);
}

fn print_words(words: &str) {
    words.lines().for_each(|line| print_line(&format!("  {line}")));
}

/// Writes a file that wasn't there, for its owner alone: it holds facts of a person.
fn write_new(path: &Path, text: &str) -> Result<(), CommandError> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| io_error("written", path, source))
}
