//! `ordinance objections list`: the objections of a folder, those that are overdue first.

use jiff::civil::Date;
use ordinance_receipt::objection::{ObjectionContent, ObjectionFolder, ObjectionNotice, OpenError};
use ordinance_trust::ObjectionsKey;

use crate::arguments::ListObjectionsArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::invocation::utc_day;
use crate::objection_folder::{open_folder, unusable};
use crate::signing_keys::open_objections_key;
use crate::terminal::{print_error, print_line, with_causes};

pub(super) fn run(arguments: &ListObjectionsArguments) -> Result<Exit, CommandError> {
    let folder = open_folder(&arguments.dir)?;
    let key = match &arguments.key {
        Some(file) => Some(open_objections_key(file, &arguments.passphrase)?),
        None => None,
    };
    let (mut notices, mut unread) = (Vec::new(), 0_usize);
    for id in folder.objections().map_err(unusable)? {
        match folder.read_notice(id) {
            Ok(notice) => notices.extend(notice),
            Err(error) => {
                unread += 1;
                print_error(&with_causes(&error), None);
            }
        }
    }
    let today = utc_day();
    let answered = answered_of(&folder)?;
    let rank = |notice: &ObjectionNotice| (answered.contains(&notice.id), notice.answer_by, notice.id);
    notices.sort_by_key(rank);
    if notices.is_empty() {
        print_line("no objections");
    }
    let mut unopened = 0_usize;
    for notice in &notices {
        let state = state_of(notice, answered.contains(&notice.id), today);
        print_line(&line_of(notice, state));
        if let Some(reason) = key.as_ref().and_then(|key| why_closed(&folder, notice, key)) {
            unopened += 1;
            print_line(&format!("  it can't be opened: {reason}"));
        }
    }
    let overdue = notices.iter().filter(|notice| state_of(notice, answered.contains(&notice.id), today) == OVERDUE);
    let overdue = overdue.count();
    if overdue > 0 {
        let is_are = if overdue == 1 { "is" } else { "are" };
        print_error(&format!("{} {is_are} overdue", counted(overdue, "objection", "objections")), None);
    }
    Ok(if overdue + unopened + unread > 0 { Exit::Findings } else { Exit::Good })
}

const OVERDUE: &str = "overdue";

/// The objections with an answer, whether the host has seen it or not.
fn answered_of(folder: &ObjectionFolder) -> Result<Vec<uuid::Uuid>, CommandError> {
    folder.answers().map_err(unusable)
}

fn state_of(notice: &ObjectionNotice, is_answered: bool, today: Date) -> &'static str {
    match (is_answered, notice.is_overdue(today)) {
        (true, _) => "answered",
        (false, true) => OVERDUE,
        (false, false) => "received",
    }
}

fn line_of(notice: &ObjectionNotice, state: &str) -> String {
    let ObjectionNotice { id, service, jurisdiction, by, received_on, answer_by, .. } = notice;
    format!(
        "{id}  {state:<8}  {service}  {jurisdiction}  received {received_on}  answer by {answer_by}  reviewed by {by}"
    )
}

/// Why a key doesn't open an objection; `None` if it does.
fn why_closed(folder: &ObjectionFolder, notice: &ObjectionNotice, key: &ObjectionsKey) -> Option<String> {
    match folder.read_sealed(notice.id) {
        Ok(Some(sealed)) => ObjectionContent::open(&sealed, key).err().map(|error: OpenError| error.to_string()),
        Ok(None) => Some("its sealed file is gone".to_owned()),
        Err(error) => Some(with_causes(&error)),
    }
}
