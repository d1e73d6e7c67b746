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
    VerifiedRepository, first_root, open_source, verify,
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
    let shelf = Shelf::open(&arguments.from, &editor)?;
    let (rule, digest) = chosen(shelf.rules()?, &arguments.rule, &arguments.from)?;
    let component = shelf.component(&rule, digest)?;
    let place = place_of(&rule.jurisdiction)?;
    print_rule(&rule, digest, &component)?;
    let keys = open_files(&arguments.keys, &arguments.passphrase)?;
    let publishers = open_files(&arguments.publish_keys, &arguments.passphrase)?;
    if !publishers.is_empty() {
        editor.check_publishers(&publishers)?;
    }
    let length = u64::try_from(component.len()).unwrap_or(u64::MAX);
    let mut last = None;
    for key in &keys {
        let state = editor.approve(&place, (digest, length), key, arguments.validity.validity(), now())?;
        if state.has_reset {
            print_note(
                "warning: the list of approvals that waited has a rule more now, so who signed it before must approve again",
            );
        }
        last = Some(state);
    }
    let Some(state) = last else {
        return Err(CommandError::bad_use("no key was given", "name the key of an approver with --key FILE"));
    };
    print_line("");
    tell(arguments, &mut editor, &place, state, &publishers)?;
    Ok(Exit::Good)
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
        print_line(&format!(
            "{} more must run `ordinance approve {} --from {} --to {to} --key FILE`",
            needed - given,
            arguments.rule,
            arguments.from
        ));
    } else if publishers.is_empty() {
        print_line(&format!("it takes effect with `ordinance trust refresh {to} --key FILE`"));
    } else {
        sign_all(editor, publishers, &arguments.validity)?;
        print_line("it is in effect");
    }
    Ok(())
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
    let digits = wanted.strip_prefix("sha256:").unwrap_or(wanted).to_ascii_lowercase();
    let is_digest = digits.len() >= DIGITS_MIN && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    let (name, version) = wanted.split_once('@').map_or((wanted, None), |(name, version)| (name, Some(version)));
    let is_wanted = |rule: &IndexedRule, digest: Digest| {
        let is_named = format!("{}/{}", rule.jurisdiction, rule.service.as_deref().unwrap_or(&rule.id)) == name;
        let has_version = version.is_none_or(|version| version == rule.version);
        (is_digest && digest.hex().starts_with(&digits)) || (is_named && has_version)
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
