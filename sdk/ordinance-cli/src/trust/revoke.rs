//! `ordinance trust revoke`: ends a delegation, after it was said which law ends with it.

use std::io::{IsTerminal, stdin};

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_trust::{PublishedRule, RepositoryEditor, RevokedAuthority};

use crate::arguments::RevokeArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::repositories::{check_publishers, open_repository, place_of, rule_name, rule_words, sign_all};
use crate::signing_keys::open_keys;
use crate::terminal::{print_line, print_note};

pub(super) fn run(arguments: &RevokeArguments) -> Result<Exit, CommandError> {
    let place = place_of(&arguments.code)?;
    let mut editor = open_repository(&arguments.from)?;
    let own = editor.root_overview()?.authority.jurisdiction;
    let revoked = if editor.delegated().contains(&place) { editor.revoked_with(&place)? } else { Vec::new() };
    editor.revoke(&place)?;
    let after = law_after(&editor, &own, &revoked)?;
    print_line(&format!("{own} would no longer delegate {place}. These rules would no longer be in force:"));
    revoked.iter().for_each(print_revoked);
    after.iter().for_each(|line| print_line(line));
    confirm(arguments, &place)?;
    let keys = open_keys(&arguments.signing)?;
    check_publishers(&editor, &keys)?;
    sign_all(&mut editor, &keys, &arguments.validity)?;
    print_line("");
    print_line(&format!("{own} no longer delegates {place}: nothing that its keys sign counts, nor what it delegated"));
    let ended: usize =
        revoked.iter().filter_map(|lower| lower.published.as_ref().ok()).map(|(_, rules)| rules.len()).sum();
    let rules = counted(ended, "rule is", "rules are");
    print_line(&format!("{rules} no longer in force; hosts see it when they next read the repositories"));
    after.iter().for_each(|line| print_line(line));
    Ok(Exit::Good)
}

/// Says which rules of an authority end.
fn print_revoked(lower: &RevokedAuthority) {
    let place = &lower.jurisdiction;
    match &lower.published {
        Ok((name, rules)) if rules.is_empty() => print_line(&format!("  {place} ({name}) publishes none")),
        Ok((name, rules)) => {
            print_line(&format!("  of {place} ({name}), at {}", lower.address));
            rules.iter().for_each(|rule| print_line(&format!("    {}", rule_words(rule))));
        }
        Err(error) => print_note(&format!(
            "warning: which rules {place} publishes at {} isn't known: {error}; whom it delegates neither",
            lower.address
        )),
    }
}

/// Who makes the law of the places from then on, and what that authority publishes of it.
fn law_after(
    editor: &RepositoryEditor,
    own: &JurisdictionCode,
    revoked: &[RevokedAuthority],
) -> Result<Vec<String>, CommandError> {
    let published = editor.published_rules()?;
    let definitions = editor.published_definitions();
    let mut lines = Vec::new();
    for lower in revoked {
        let place = &lower.jurisdiction;
        let is_of_place = |rule: &&PublishedRule| {
            let of = JurisdictionCode::new(&rule.jurisdiction);
            rule.jurisdiction == place.as_str()
                || definitions.as_ref().zip(of.ok()).is_some_and(|(definitions, of)| {
                    definitions.places.all_published().ever_above(&of).contains(&place)
                })
        };
        let rules: Vec<String> = published.iter().filter(is_of_place).map(rule_name).collect();
        lines.push(if rules.is_empty() {
            format!("the law of {place} is {own}'s to publish then; until it does, {place} has none, and decisions go on without it")
        } else {
            format!("the law of {place} is {own}'s then, which publishes {}", rules.join(", "))
        });
    }
    Ok(lines)
}

/// Asks whether the law shall end, unless the arguments say so.
fn confirm(arguments: &RevokeArguments, place: &JurisdictionCode) -> Result<(), CommandError> {
    if arguments.yes {
        return Ok(());
    }
    if stdin().is_terminal() {
        print_note(&format!("Type {place} to end this delegation: "));
        let mut line = String::new();
        if stdin().read_line(&mut line).is_ok() && line.trim() == place.as_str() {
            return Ok(());
        }
    }
    Err(CommandError::bad_use(
        format!("law ends for everybody in {place} at once, so nothing was changed"),
        "publish first what shall hold instead; then run the command with --yes",
    ))
}
