//! `ordinance approve`: the word of an upper level on a rule of a lower place, by the rule's digest.

mod shelf;
mod shown_rule;

use std::collections::BTreeMap;

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::index::IndexedRule;
use ordinance_trust::{ApprovalState, RepositoryEditor, RepositoryError, SigningKey, Validity};

use self::shelf::Shelf;
use self::shown_rule::show_rule;

use crate::arguments::ApproveArguments;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::repositories::{check_publishers, open_repository, place_of, sign_all};
use crate::signing_keys::open_files;
use crate::terminal::{print_line, print_note};

/// The fewest digits of a digest that name a rule.
const DIGITS_MIN: usize = 8;

pub(crate) fn run(arguments: &ApproveArguments) -> Result<Exit, CommandError> {
    let mut editor = open_repository(&arguments.to)?;
    let change = match &arguments.from {
        Some(from) => {
            let shelf = Shelf::open(from, &editor)?;
            let rules = shelf.rules()?;
            let known = rules.iter().filter_map(|rule| Some((rule.built()?, rule.place_and_version()))).collect();
            let (rule, digest) = chosen(rules, &arguments.rule, from)?;
            let component = shelf.component(&rule, digest)?;
            show_rule(&shelf, &editor, (&rule, digest), &component)?;
            let length = u64::try_from(component.len()).unwrap_or(u64::MAX);
            Change { place: place_of(&rule.jurisdiction)?, digest, length: Some(length), known }
        }
        None => withdrawn(arguments, &editor)?,
    };
    check_waiting(arguments, &editor, &change)?;
    let keys = open_files(&arguments.keys, &arguments.passphrase)?;
    let publishers = open_files(&arguments.publish_keys, &arguments.passphrase)?;
    if !publishers.is_empty() {
        check_publishers(&editor, &publishers)?;
    }
    let mut last = None;
    for key in &keys {
        let state = change.sign(&editor, key, arguments.validity.validity())?;
        if state.has_reset {
            print_note("warning: the list that waited is another one now, so who signed it before must sign again");
        }
        last = Some(state);
    }
    let Some(state) = last else {
        return Err(CommandError::bad_use("no key was given", "name the key of an approver with --key FILE"));
    };
    print_line("");
    tell(arguments, &mut editor, &change.place, state, &publishers)?;
    Ok(Exit::Good)
}

/// What is signed: a rule more on the list of a place, or a rule less.
struct Change {
    place: JurisdictionCode,
    digest: Digest,
    /// The bytes of the rule; `None` if it is taken off.
    length: Option<u64>,
    /// The rules that can be told by more than their digests.
    known: BTreeMap<Digest, String>,
}

impl Change {
    fn sign(
        &self,
        editor: &RepositoryEditor,
        key: &SigningKey,
        validity: Validity,
    ) -> Result<ApprovalState, RepositoryError> {
        match self.length {
            Some(length) => editor.approve(&self.place, (self.digest, length), key, validity, now()),
            None => editor.withdraw_approval(&self.place, self.digest, key, validity, now()),
        }
    }
}

/// The approved rule that is taken off the list.
fn withdrawn(arguments: &ApproveArguments, editor: &RepositoryEditor) -> Result<Change, CommandError> {
    let digits = digits_of(&arguments.rule);
    let approved = editor.approved_rules()?;
    let mut meant = approved
        .iter()
        .filter(|(_, digest)| digits.as_ref().is_some_and(|digits| digest.hex().starts_with(digits.as_str())));
    let Some((place, digest)) = meant.next() else {
        let known: Vec<String> = approved.iter().map(|(place, digest)| format!("{place} {}", digest.hex())).collect();
        return Err(CommandError::bad_use(
            format!("no rule `{}` is approved", arguments.rule),
            format!("name at least {DIGITS_MIN} digits of the digest of one of: {}", known.join(", ")),
        ));
    };
    print_line(&format!("taken off the list of {place}: {digest}"));
    Ok(Change { place: place.clone(), digest: *digest, length: None, known: BTreeMap::new() })
}

/// Refuses to sign a list with changes that the signer didn't ask for: a signature is on the whole list.
fn check_waiting(arguments: &ApproveArguments, editor: &RepositoryEditor, change: &Change) -> Result<(), CommandError> {
    let waiting = editor.waiting_changes(&change.place)?;
    let others = |digests: &[Digest], word: &str| -> Vec<String> {
        let words = |digest: &Digest| match change.known.get(digest) {
            Some(rule) => format!("{word} {digest}, {rule}"),
            None => format!("{word} {digest}, which isn't where this rule is"),
        };
        digests.iter().filter(|digest| **digest != change.digest).map(words).collect()
    };
    let others = [others(&waiting.added, "adds"), others(&waiting.removed, "takes off")].concat();
    if others.is_empty() {
        return Ok(());
    }
    others.iter().for_each(|line| print_note(&format!("the list that waits {line}")));
    if arguments.also_waiting {
        return Ok(());
    }
    Err(CommandError::bad_use(
        format!(
            "the list that waits for {} changes more than this rule, and a signature is on all of it",
            change.place
        ),
        format!(
            "look at each of these rules, and sign with --also-waiting; or remove {}/pending/approved-{}.json to begin anew",
            arguments.to.display(),
            change.place
        ),
    ))
}

/// Says how many signatures there are and are needed, and puts a complete list into effect where keys for that were
/// given.
fn tell(
    arguments: &ApproveArguments,
    editor: &mut RepositoryEditor,
    place: &JurisdictionCode,
    state: ApprovalState,
    publishers: &[SigningKey],
) -> Result<(), CommandError> {
    let (given, needed) = (state.given, state.needed);
    print_line(&format!("{given} of {needed} approvers signed the list of {place}"));
    let to = arguments.to.display();
    if given < needed {
        let which = match &arguments.from {
            Some(from) => format!("{} --from {from}", arguments.rule),
            None => format!("{} --withdraw", arguments.rule),
        };
        print_line(&format!("{} more must run `ordinance approve {which} --to {to} --key FILE`", needed - given));
    } else if publishers.is_empty() {
        print_line(&format!("it takes effect with `ordinance trust refresh {to} --key FILE`"));
    } else {
        sign_all(editor, publishers, &arguments.validity)?;
        print_line("it is in effect");
    }
    Ok(())
}

/// The digits of a word that names a rule by its digest.
fn digits_of(word: &str) -> Option<String> {
    let digits = word.strip_prefix("sha256:").unwrap_or(word).to_ascii_lowercase();
    let is_digest = digits.len() >= DIGITS_MIN && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    is_digest.then_some(digits)
}

/// The rule that a word names: by digest, or by place and service.
fn chosen(rules: Vec<IndexedRule>, wanted: &str, from: &str) -> Result<(IndexedRule, Digest), CommandError> {
    let digits = digits_of(wanted);
    let (name, version) = wanted.split_once('@').map_or((wanted, None), |(name, version)| (name, Some(version)));
    let is_wanted = |rule: &IndexedRule, digest: Digest| {
        let is_named = format!("{}/{}", rule.jurisdiction, rule.folder()) == name;
        let has_version = version.is_none_or(|version| version == rule.version);
        let has_digits = digits.as_ref().is_some_and(|digits| digest.hex().starts_with(digits.as_str()));
        has_digits || (is_named && has_version)
    };
    let usable = rules.into_iter().filter_map(|rule| {
        let digest = rule.built()?;
        Some((rule, digest))
    });
    let mut found: Vec<(IndexedRule, Digest)> = usable.filter(|(rule, digest)| is_wanted(rule, *digest)).collect();
    if found.len() > 1 {
        let known = found.iter().map(|(rule, digest)| format!("{} {}", rule.version, digest.hex()));
        return Err(CommandError::bad_use(
            format!("`{wanted}` names {} rules", found.len()),
            format!("name one by its digest: {}", known.collect::<Vec<_>>().join(", ")),
        ));
    }
    found.pop().ok_or_else(|| {
        CommandError::bad_use(
            format!("`{from}` has no rule `{wanted}` that can be used"),
            format!("name CODE/SERVICE, CODE/SERVICE@VERSION, or at least {DIGITS_MIN} digits of the rule's digest"),
        )
    })
}
