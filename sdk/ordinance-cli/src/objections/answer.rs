//! `ordinance objections answer`: writes the answer to an objection, once.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use ordinance_receipt::objection::{ANSWER_LETTERS_MAX, AnswerOutcome, FolderError, ObjectionAnswer};

use crate::arguments::{self, AnswerArguments};
use crate::exit::{CommandError, Exit};
use crate::objection_folder::{notice_of, open_folder, unusable};
use crate::source::io_error;
use crate::terminal::print_line;

pub(super) fn run(arguments: &AnswerArguments) -> Result<Exit, CommandError> {
    let outcome = match arguments.outcome {
        arguments::AnswerOutcome::Upheld => AnswerOutcome::Upheld,
        arguments::AnswerOutcome::Dismissed => AnswerOutcome::Dismissed,
        arguments::AnswerOutcome::Changed => AnswerOutcome::Changed,
    };
    match (outcome, arguments.decision) {
        (AnswerOutcome::Upheld | AnswerOutcome::Dismissed, Some(_)) => {
            let message = format!("the decision stands (`{}`), and --decision names another one", outcome.as_str());
            return Err(CommandError::bad_use(message, "leave out --decision, or write --outcome changed"));
        }
        (AnswerOutcome::Changed, None) => {
            let help = "decide the case anew with \"objection\": ID in POST /v1/decisions, and name that decision's id";
            return Err(CommandError::bad_use("an answer that changes the decision needs --decision", help));
        }
        (AnswerOutcome::Upheld | AnswerOutcome::Dismissed, None) | (AnswerOutcome::Changed, Some(_)) => {}
    }
    let folder = open_folder(&arguments.dir)?;
    let notice = notice_of(&folder, arguments.id)?;
    if arguments.decision == Some(notice.decision) {
        let help = "name the new decision, which has this one as `replaces`";
        return Err(CommandError::bad_use("--decision names the decision that was objected to", help));
    }
    let text = read_text(&arguments.text)?;
    let (objection, decision) = (notice.id, arguments.decision);
    let answer = ObjectionAnswer { objection, time: Timestamp::now(), outcome, text, decision };
    folder.write_answer(&answer).map_err(|error| match error {
        FolderError::Answered(_) => {
            CommandError::bad_use(error.to_string(), "`ordinance objections show` shows the answer")
        }
        error @ (FolderError::Io { .. } | FolderError::Malformed { .. }) => unusable(error),
    })?;
    print_line(&format!("the objection {} is answered: {}", notice.id, outcome.as_str()));
    Ok(Exit::Good)
}

fn read_text(path: &Path) -> Result<String, CommandError> {
    // Four bytes is the longest letter.
    let most = u64::try_from(4 * ANSWER_LETTERS_MAX + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|source| io_error("read", path, source))?;
    let bad = |message: String| {
        let help = format!("write the answer as text of 1 to {ANSWER_LETTERS_MAX} letters");
        CommandError::bad_use(format!("`{}` {message}", path.display()), help)
    };
    let text = String::from_utf8(bytes).map_err(|_| bad("isn't text in UTF-8, or is too long".to_owned()))?;
    let text = text.trim();
    match text.chars().count() {
        0 => Err(bad("says nothing".to_owned())),
        letters if letters > ANSWER_LETTERS_MAX => Err(bad(format!("has {letters} letters"))),
        _ => Ok(text.to_owned()),
    }
}
