//! `ordinance approve`: the word of an upper level on a rule of a lower place, by the rule's digest.

use std::path::Path;

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::RulebookFolder;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{HexDigest, INDEX_FILE, Index, IndexedRule, IndexedState, rule_path};
use ordinance_engine::rulebook::{embedded_manifest, embedded_text};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use ordinance_trust::{
    ApprovalState, KnownVersions, RepositoryEditor, RepositoryError, RepositorySource, RootOverview, SigningKey,
    Validity, VerifiedRepository, first_root, open_source, verify,
};

use crate::arguments::ApproveArguments;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::repositories::{open_repository, place_of, sign_all};
use crate::rulebook;
use crate::signing_keys::open_files;
use crate::source::{Folder, io_error, kind_of};
use crate::source_trust::SourceTrust;
use crate::terminal::{print_line, print_note};

/// The fewest digits of a digest that name a rule.
const DIGITS_MIN: usize = 8;

pub(crate) fn run(arguments: &ApproveArguments) -> Result<Exit, CommandError> {
    let mut editor = open_repository(&arguments.to)?;
    let change = match &arguments.from {
        Some(from) => {
            let shelf = Shelf::open(from, &editor)?;
            let (rule, digest) = chosen(shelf.rules()?, &arguments.rule, from)?;
            let component = shelf.component(&rule, digest)?;
            print_rule(&rule, digest, &component)?;
            let length = u64::try_from(component.len()).unwrap_or(u64::MAX);
            Change { place: place_of(&rule.jurisdiction)?, digest, length: Some(length) }
        }
        None => withdrawn(arguments, &editor)?,
    };
    check_waiting(arguments, &editor, &change)?;
    let keys = open_files(&arguments.keys, &arguments.passphrase)?;
    let publishers = open_files(&arguments.publish_keys, &arguments.passphrase)?;
    if !publishers.is_empty() {
        editor.check_publishers(&publishers)?;
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
    Ok(Change { place: place.clone(), digest: *digest, length: None })
}

/// Refuses to sign a list with changes that the signer didn't ask for: a signature is on the whole list.
fn check_waiting(arguments: &ApproveArguments, editor: &RepositoryEditor, change: &Change) -> Result<(), CommandError> {
    let waiting = editor.waiting_changes(&change.place)?;
    let others = |digests: &[Digest], word: &str| -> Vec<String> {
        digests.iter().filter(|digest| **digest != change.digest).map(|digest| format!("{word} {digest}")).collect()
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

/// Where rules are.
enum Shelf {
    /// A rulebook that a build wrote.
    Built(RulebookFolder),
    /// The repository of an authority.
    Repository(Box<dyn RepositorySource>, Box<VerifiedRepository>),
}

impl Shelf {
    fn open(address: &str, editor: &RepositoryEditor) -> Result<Self, CommandError> {
        let folder = Path::new(address);
        if !address.contains("://") && !folder.join("metadata").is_dir() {
            let built = match kind_of(folder)? {
                Folder::Built => folder.to_owned(),
                Folder::Source => rulebook::load(folder, SourceTrust::Untrusted)?.folder,
            };
            return RulebookFolder::open(&built).map(Self::Built).map_err(|source| io_error("read", &built, source));
        }
        let source = open_source(address).map_err(RepositoryError::from)?;
        let (root, _) = RootOverview::newest(source.as_ref())?;
        let place = root.authority.jurisdiction;
        let pinned = match editor.delegated_root(&place) {
            Some(pinned) => pinned,
            None => {
                print_note(&format!(
                    "warning: {} doesn't delegate {place}, so only the repository itself says whose it is",
                    editor.root_overview()?.authority.jurisdiction
                ));
                first_root(source.as_ref())?
            }
        };
        let verified = verify(source.as_ref(), &pinned, &KnownVersions::default())?;
        Ok(Self::Repository(source, Box::new(verified)))
    }

    fn rules(&self) -> Result<Vec<IndexedRule>, CommandError> {
        match self {
            Self::Built(reader) => {
                let fault = |error| io_error("read", &reader.path().join(INDEX_FILE), error);
                let bytes = reader.read(INDEX_FILE, FILE_BYTES_MAX).map_err(fault)?;
                let index: Index = serde_json::from_slice(&bytes).map_err(|error| fault(error.into()))?;
                Ok(index.rules)
            }
            Self::Repository(source, verified) => Ok(verified.published_rules(source.as_ref())?),
        }
    }

    fn component(&self, rule: &IndexedRule, digest: Digest) -> Result<Vec<u8>, CommandError> {
        let (reader, name) = match self {
            Self::Built(reader) => (reader, rule_path(digest)),
            Self::Repository(source, verified) => {
                return Ok(verified.published_rule(source.as_ref(), &rule.jurisdiction, digest)?);
            }
        };
        let bytes =
            reader.read(&name, FILE_BYTES_MAX).map_err(|error| io_error("read", &reader.path().join(&name), error))?;
        if sha256(&bytes) == digest {
            return Ok(bytes);
        }
        Err(CommandError::bad_use(
            format!("`{name}` was changed after the rulebook was built"),
            "build the rulebook again",
        ))
    }
}

/// The rule that a word names: by digest, or by place and service.
fn chosen(rules: Vec<IndexedRule>, wanted: &str, from: &str) -> Result<(IndexedRule, Digest), CommandError> {
    let digits = digits_of(wanted);
    let (name, version) = wanted.split_once('@').map_or((wanted, None), |(name, version)| (name, Some(version)));
    let is_wanted = |rule: &IndexedRule, digest: Digest| {
        let is_named = format!("{}/{}", rule.jurisdiction, rule.service.as_deref().unwrap_or(&rule.id)) == name;
        let has_version = version.is_none_or(|version| version == rule.version);
        let has_digits = digits.as_ref().is_some_and(|digits| digest.hex().starts_with(digits.as_str()));
        has_digits || (is_named && has_version)
    };
    let built = rules.into_iter().filter_map(|rule| match rule.state {
        IndexedState::Built(HexDigest(digest)) => Some((rule, digest)),
        IndexedState::Broken(_) | IndexedState::Untrusted(_) => None,
    });
    let mut found: Vec<(IndexedRule, Digest)> = built.filter(|(rule, digest)| is_wanted(rule, *digest)).collect();
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

/// Prints what is approved.
fn print_rule(rule: &IndexedRule, digest: Digest, component: &[u8]) -> Result<(), CommandError> {
    let no_rule = |error: ordinance_engine::rulebook::ManifestError| {
        CommandError::bad_use(format!("{digest} is not a rule: {error}"), "build the rulebook again")
    };
    let manifest = embedded_manifest(component).map_err(no_rule)?;
    let text = embedded_text(component).map_err(no_rule)?;
    let service = manifest.scope.service().map_or_else(|| "privacy".to_owned(), ToString::to_string);
    print_line(&format!("{} {service}, {}@{}", manifest.jurisdiction, manifest.id, manifest.version));
    print_line(&format!("  {}", manifest.titles.best(&[]).unwrap_or_default()));
    print_line(&format!("  in force   {}", manifest.in_force));
    print_line(&format!("  rule       {digest}, {} bytes", component.len()));
    print_line(&format!("  rule.toml  {}", sha256(text.as_bytes())));
    if let Some(HexDigest(sources)) = rule.sources {
        print_line(&format!("  sources    {sources}"));
    }
    Ok(())
}
