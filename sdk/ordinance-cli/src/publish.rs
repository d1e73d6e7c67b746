//! `ordinance publish`: signs what an authority may publish of a rulebook, and puts it into its repository.

mod upper;
mod withdrawn;

use std::path::Path;

use ordinance_engine::Engine;
use ordinance_harness::TestResult;
use ordinance_trust::{
    KnownVersions, LeftOut, NeededApproval, PublishedChanges, RepositoryEditor, RepositoryError, RulebookPart,
    first_root, is_approved, open_source, verify,
};

use crate::arguments::PublishArguments;
use crate::case_files::{CaseEntry, entries_in_rulebook};
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::repositories::{check_publishers, open_repository};
use crate::rulebook;
use crate::signing_keys::open_keys;
use crate::terminal::{print_error, print_line, print_note};
use crate::test_run::run_entry;

use self::upper::{check_readable, read_by_hosts};
use self::withdrawn::{check_withdrawals, print_withdrawals};

/// The most failed cases that are printed.
const FAILURES_MAX: usize = 10;

pub(crate) fn run(arguments: &PublishArguments) -> Result<Exit, CommandError> {
    let mut editor = open_repository(&arguments.to)?;
    // Before long work, so that a slip of the pen is told at once.
    let keys = open_keys(&arguments.signing)?;
    check_publishers(&editor, &keys)?;
    let loaded = rulebook::load(&arguments.dir, arguments.trust.trust())?;
    let part = RulebookPart::select(&loaded.folder, &editor)?;
    if !arguments.withdraw {
        check_withdrawals(&part)?;
    }
    let by_hosts = read_by_hosts(arguments, &part, &loaded.folder)?;
    let is_readable = by_hosts.as_ref().is_none_or(|read| check_readable(read, &part));
    let read = by_hosts.as_ref().map_or(&loaded, |read| &read.loaded);
    let is_sound = check_rules(&part) & is_readable && check_cases(&part, &read.engine, &read.folder)?;
    if !is_sound {
        print_error("nothing was published", Some("mend the rules or their cases, and publish again"));
        return Ok(Exit::Findings);
    }
    let lacking = lacking_approvals(&part, &arguments.approved_in)?;
    if !arguments.approved_in.is_empty() && !lacking.is_empty() {
        print_needed(&lacking, &loaded.folder);
        print_error(
            "nothing was published, since a rule lacks an approval",
            Some("let the upper level approve the rules above first: without an approval a rule counts for nothing"),
        );
        return Ok(Exit::Findings);
    }
    let changes = part.publish(&mut editor, &keys, arguments.validity.validity(), now())?;
    print_changes(&editor, &part, &changes)?;
    print_left_out(&part);
    if arguments.approved_in.is_empty() {
        print_needed(&lacking, &arguments.to);
    }
    Ok(Exit::Good)
}

/// Whether all rules can be used. Says which can't.
fn check_rules(part: &RulebookPart) -> bool {
    let broken = part.broken();
    for (rule, reason) in &broken {
        print_error(&format!("{rule} can't be used: {reason}"), None);
    }
    broken.is_empty()
}

/// Whether all cases beside the rules pass. Says which don't.
fn check_cases(part: &RulebookPart, engine: &Engine, folder: &Path) -> Result<bool, CommandError> {
    let entries = entries_in_rulebook(folder, engine.rulebook())
        .map_err(|error| CommandError::bad_use(error.to_string(), "build the rulebook again"))?;
    let is_own = |entry: &CaseEntry| {
        let folder = format!("{}/", entry.group());
        part.case_files().keys().any(|path| path.starts_with(&folder))
    };
    let runs: Vec<_> =
        entries.into_iter().filter(is_own).filter_map(|entry| run_entry(engine, entry, "", false)).collect();
    let failed: Vec<_> = runs.iter().filter(|run| run.record.result != TestResult::Passed).collect();
    for run in failed.iter().take(FAILURES_MAX) {
        print_error(
            &format!("the case fails: {}: {} ({})", run.record.group, run.record.name, run.record.location),
            None,
        );
    }
    if failed.len() > FAILURES_MAX {
        print_note(&format!("and {} more; `ordinance test` shows all", failed.len() - FAILURES_MAX));
    }
    if failed.is_empty() && !part.rules().is_empty() {
        print_line(&format!("{} of these rules passed", counted(runs.len(), "case", "cases")));
    }
    Ok(failed.is_empty())
}

/// The approvals that the rules need and that none of these repositories lists.
fn lacking_approvals(part: &RulebookPart, repositories: &[String]) -> Result<Vec<NeededApproval>, CommandError> {
    let mut known = Vec::new();
    for address in repositories {
        let source = open_source(address).map_err(RepositoryError::from)?;
        let verified = verify(source.as_ref(), &first_root(source.as_ref())?, &KnownVersions::default())?;
        verified.check_fresh(now())?;
        known.push(verified);
    }
    let is_given = |needed: &NeededApproval| {
        let mut upper = known.iter().filter(|upper| upper.authority().jurisdiction == needed.by);
        upper.any(|upper| is_approved(upper, &needed.place, needed.digest, now()))
    };
    Ok(part.needed_approvals().iter().filter(|needed| !is_given(needed)).cloned().collect())
}

fn print_changes(
    editor: &RepositoryEditor,
    part: &RulebookPart,
    changes: &PublishedChanges,
) -> Result<(), CommandError> {
    for (rule, digest) in &changes.added {
        print_line(&format!("  published  {rule}  {digest}"));
    }
    print_withdrawals(part.withdrawals());
    if !changes.definitions.is_empty() {
        print_line(&format!("  definitions: {}", changes.definitions.join(", ")));
    }
    let unchanged =
        [(changes.unchanged, "rule", "rules"), (changes.definitions_unchanged, "definition file", "definition files")];
    let unchanged: Vec<String> = unchanged
        .iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, many)| counted(*count, one, many))
        .collect();
    if !unchanged.is_empty() {
        print_line(&format!("  unchanged: {}", unchanged.join(", ")));
    }
    if !changes.pages_left_out.is_empty() {
        let pages = counted(changes.pages_left_out.len(), "page", "pages");
        print_note(&format!(
            "left out, since all pages about rules together are too large: {pages}, such as {}",
            changes.pages_left_out.first().map(String::as_str).unwrap_or_default()
        ));
    }
    let verified = editor.verified()?;
    print_line(&format!(
        "{} publishes {}, signed by {}, until {}",
        part.jurisdiction(),
        counted(part.rules().len(), "rule", "rules"),
        verified.signers().join(", "),
        crate::repositories::day_of(verified.expires()),
    ));
    Ok(())
}

fn print_left_out(part: &RulebookPart) {
    for (place, (count, reason)) in part.left_out() {
        let rules = counted(*count, "rule", "rules");
        let own = part.jurisdiction();
        print_note(&match reason {
            LeftOut::NotBelow => format!("left out: {rules} of {place}, which isn't below {own}"),
            LeftOut::Delegated(maker) if maker.as_str() == place => {
                format!("left out: {rules} of {place}, which has an authority of its own")
            }
            LeftOut::Delegated(maker) => format!("left out: {rules} of {place}, whose law {maker} publishes"),
        });
    }
}

/// Says which rules need whose approval, with the command that gives it. `from` is where the approver finds the rules.
fn print_needed(needed: &[NeededApproval], from: &Path) {
    for approval in needed {
        let (rule, by) = (&approval.rule, &approval.by);
        print_note(&format!(
            "{rule} counts only with the approval of {by} ({} {}):",
            approval.provision.document, approval.provision.article
        ));
        print_note(&format!(
            "  ordinance approve {} --from {} --to REPOSITORY_OF_{by} --key APPROVER_KEY",
            approval.digest.hex(),
            from.display()
        ));
    }
}
