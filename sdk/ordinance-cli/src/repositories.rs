//! What the commands on repositories share: codes, validity, keys in words, and the commands that others must run.

use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_trust::{KeySet, PublicKey, PublishedRule, RepositoryEditor, RootOverview, SigningKey, Validity};

use crate::arguments::ValidityArguments;
use crate::exit::CommandError;
use crate::invocation::{now, utc_day};
use crate::terminal::print_line;

/// The code of a place.
pub(crate) fn place_of(code: &str) -> Result<JurisdictionCode, CommandError> {
    JurisdictionCode::new(code)
        .map_err(|error| CommandError::bad_use(error.to_string(), "write the code of a place, such as CN-37"))
}

impl ValidityArguments {
    pub(crate) fn validity(&self) -> Validity {
        Validity { targets_days: self.days, timestamp_days: self.timestamp_days, ..Validity::default() }
    }
}

/// Opens the repository of a folder to change it.
pub(crate) fn open_repository(folder: &Path) -> Result<RepositoryEditor, CommandError> {
    if !folder.is_dir() {
        return Err(CommandError::bad_use(
            format!("there is no repository in `{}`", folder.display()),
            "name the folder of a repository; `ordinance trust init CODE --to REPOSITORY` makes one",
        ));
    }
    Ok(RepositoryEditor::open(folder)?)
}

/// Checks before anything is changed that each key that was given publishes in a repository, and that they suffice.
pub(crate) fn check_publishers(editor: &RepositoryEditor, keys: &[SigningKey]) -> Result<(), CommandError> {
    let root = editor.root_overview()?;
    let own = root.authority.jurisdiction;
    let expected = key_words(&root.publish);
    check_keys(
        keys,
        &root.publish.keys,
        &format!("none that publishes for {own}, whose keys for that are {expected}"),
    )?;
    Ok(editor.check_publishers(keys)?)
}

/// Signs what an editor holds and writes it.
pub(crate) fn sign_all(
    editor: &mut RepositoryEditor,
    keys: &[SigningKey],
    validity: &ValidityArguments,
) -> Result<(), CommandError> {
    check_publishers(editor, keys)?;
    Ok(editor.publish(keys, validity.validity(), now())?)
}

/// Checks that each key that was given has something to sign. `other` says what one is that hasn't.
pub(crate) fn check_keys(keys: &[SigningKey], known: &[PublicKey], other: &str) -> Result<(), CommandError> {
    match keys.iter().find(|key| !known.contains(key.public())) {
        None => Ok(()),
        Some(stranger) => Err(CommandError::bad_use(
            format!("the key {} is {other}", stranger.public().short_id()),
            "leave it out, or give the key that was meant; nothing was changed",
        )),
    }
}

/// A set of keys in words, such as `2 of 0123456789ab, 456789abcdef`.
pub(crate) fn key_words(set: &KeySet) -> String {
    let ids: Vec<String> = set.keys.iter().map(PublicKey::short_id).collect();
    match (set.keys.len(), set.threshold) {
        (1, 1) => ids.join(", "),
        (_, threshold) => format!("{threshold} of {}", ids.join(", ")),
    }
}

/// Prints what a root says.
pub(crate) fn print_root(root: &RootOverview) {
    print_line(&format!("{} ({}), root version {}", root.authority.jurisdiction, root.authority.name, root.version));
    print_line(&format!("  keys of the root   {}", key_words(&root.root)));
    print_line(&format!("  keys that publish  {}", key_words(&root.publish)));
    print_line(&format!("  holds until        {}", day_of(root.expires)));
}

/// The day of a moment, in UTC.
pub(crate) fn day_of(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

/// What changes from a root to the next one, line by line.
pub(crate) fn changes_of(before: &RootOverview, after: &RootOverview) -> Vec<String> {
    let mut lines = Vec::new();
    for (role, before, after) in [("root", &before.root, &after.root), ("publish", &before.publish, &after.publish)] {
        let role = if role == "root" { "keys of the root" } else { "keys that publish" };
        let ids = |keys: &KeySet, others: &KeySet| -> Vec<String> {
            keys.keys.iter().filter(|key| !others.keys.contains(key)).map(PublicKey::short_id).collect()
        };
        let (added, removed) = (ids(after, before), ids(before, after));
        if !added.is_empty() {
            lines.push(format!("{role}: adds {}", added.join(", ")));
        }
        if !removed.is_empty() {
            lines.push(format!("{role}: removes {}", removed.join(", ")));
        }
        if before.threshold != after.threshold {
            lines.push(format!("{role}: {} must sign, not {}", after.threshold, before.threshold));
        }
    }
    if before.authority.name != after.authority.name {
        lines.push(format!("the name: {}, not {}", after.authority.name, before.authority.name));
    }
    let (until, before) = (day_of(after.expires), day_of(before.expires));
    lines.push(if until == before {
        format!("holds until {until}, as before")
    } else {
        format!("holds until {until}, not {before}")
    });
    lines
}

/// A published rule, such as `CN-37/old-age-allowance 1.0.0`.
pub(crate) fn rule_name(rule: &PublishedRule) -> String {
    format!("{}/{} {}", rule.jurisdiction, rule.service, rule.version)
}

/// A published rule with the days on which it is in force, and since when it is published.
pub(crate) fn rule_words(rule: &PublishedRule) -> String {
    let published = rule.published.get(..10).map(|day| format!(", published {day}")).unwrap_or_default();
    format!("{}, {}{published}, {}", rule_name(rule), force_words(rule), rule.digest)
}

fn force_words(rule: &PublishedRule) -> String {
    let (today, from) = (utc_day(), rule.from);
    let until = rule.until.map(|until| format!(" until {until}")).unwrap_or_default();
    let shadow = if rule.is_shadow { "a shadow rule, " } else { "" };
    match (from <= today, rule.until.is_some_and(|until| until <= today)) {
        (true, false) => format!("{shadow}in force since {from}{until}"),
        (true, true) => format!("{shadow}in force from {from}{until}"),
        (false, _) => format!("{shadow}in force only from {from}{until}"),
    }
}
