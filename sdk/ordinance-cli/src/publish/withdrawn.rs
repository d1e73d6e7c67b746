//! What a publication would end: published rules and definitions that the rulebook hasn't.

use ordinance_trust::{RulebookPart, Withdrawals};

use crate::count::counted;
use crate::exit::CommandError;
use crate::repositories::{rule_name, rule_words};
use crate::terminal::{print_line, print_note};

/// Refuses a publication by which law ends, and says which.
pub(super) fn check_withdrawals(part: &RulebookPart) -> Result<(), CommandError> {
    let ended = part.withdrawals();
    if ended.is_empty() {
        return Ok(());
    }
    ended.rules.iter().for_each(|rule| print_note(&format!("  would be withdrawn: {}", rule_words(rule))));
    ended.definitions.iter().for_each(|path| print_note(&format!("  would be withdrawn: the definition file {path}")));
    let own = part.jurisdiction();
    let count = ended.rules.len() + ended.definitions.len();
    let files = counted(count, "published file", "published files");
    let which = if part.rules().is_empty() {
        format!("the rulebook has no rule of {own} or below it, and {own} publishes some")
    } else {
        format!("the rulebook of {own} lacks {files}")
    };
    Err(CommandError::bad_use(
        format!("{which}: nothing was changed"),
        format!(
            "name the rulebook of {own} with all versions of its rules, the past ones too; or withdraw them with --withdraw"
        ),
    ))
}

/// Says what ended.
pub(super) fn print_withdrawals(ended: &Withdrawals) {
    for rule in &ended.rules {
        print_line(&format!("  withdrawn  {}", rule_words(rule)));
    }
    for (rule, maker) in &ended.handed_over {
        print_line(&format!(
            "  withdrawn  {}; {maker} publishes the law of {} now",
            rule_name(rule),
            rule.jurisdiction
        ));
    }
    for rule in &ended.replaced {
        print_line(&format!("  replaced   {}  {}", rule_name(rule), rule.digest));
    }
}
