//! `ordinance trust show`: who may make which law until when.

use std::path::Path;

use ordinance_engine::index::IndexedState;
use ordinance_trust::{
    ApprovalList, Authorities, AuthorityReport, AuthorityState, KnownVersions, PendingRoot, RepositoryOverview,
    RepositorySource, RootOverview, TrustedAuthorities, assemble, default_address, first_root, open_source, verify,
};

use crate::arguments::ShowArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::pinned_root::read_pinned_root;
use crate::repositories::{day_of, key_words};
use crate::source::io_error;
use crate::terminal::{print_line, print_note};

pub(super) fn run(arguments: &ShowArguments) -> Result<Exit, CommandError> {
    let source = open_source(&arguments.repository).map_err(ordinance_trust::RepositoryError::from)?;
    if !arguments.repository.contains("://") && !Path::new(&arguments.repository).is_dir() {
        return Err(CommandError::bad_use(
            format!("there is no repository in `{}`", arguments.repository),
            "name the folder or the URL of a repository; `ordinance trust init CODE --to REPOSITORY` makes one",
        ));
    }
    let waiting = PendingRoot::open(Path::new(&arguments.repository)).ok();
    let pinned = match &arguments.root {
        Some(file) => read_pinned_root(file, source.as_ref())?,
        None => match (first_root(source.as_ref()), &waiting) {
            (Ok(root), _) => root,
            (Err(_), Some(waiting)) => {
                print_block("", &root_lines(&waiting.overview()?));
                print_line("  nothing is in effect: the root waits for signatures (`ordinance trust sign`)");
                return Ok(Exit::Findings);
            }
            (Err(error), None) => return Err(error.into()),
        },
    };
    let exit = show(arguments, source, pinned)?;
    if let Some(waiting) = waiting {
        let version = waiting.overview()?.version;
        print_note(&format!(
            "root version {version} waits for signatures: ordinance trust sign {}",
            arguments.repository
        ));
    }
    if arguments.root.is_none() {
        print_note(
            "the root is the repository's own: who must not trust the repository gives --root FILE from elsewhere",
        );
    }
    Ok(exit)
}

fn show(arguments: &ShowArguments, source: Box<dyn RepositorySource>, pinned: Vec<u8>) -> Result<Exit, CommandError> {
    let read = verify(source.as_ref(), &pinned, &KnownVersions::default());
    let overview = match read {
        Ok(verified) => Some((verified.overview()?, verified.check_fresh(now()))),
        Err(_) => None,
    };
    match overview {
        Some((overview, fresh)) if !overview.has_definitions => {
            print_alone(&overview);
            if let Err(expired) = fresh {
                print_line(&format!("  lapsed: {expired}"));
                return Ok(Exit::Findings);
            }
            Ok(Exit::Good)
        }
        Some(_) => show_tree(arguments, source, pinned),
        None => show_unread(arguments, source, pinned),
    }
}

/// Shows what is known of a repository that isn't as it must be.
fn show_unread(
    arguments: &ShowArguments,
    source: Box<dyn RepositorySource>,
    pinned: Vec<u8>,
) -> Result<Exit, CommandError> {
    let pinned_root = RootOverview::read(&pinned)?;
    let newest = RootOverview::newest(source.as_ref());
    let is_empty = source.read("metadata/timestamp.json", 1 << 16).is_ok_and(|file| file.is_none());
    match newest {
        Ok((root, _)) if is_empty => {
            print_block("", &root_lines(&root));
            print_line("  nothing is published yet (`ordinance publish DIR --to REPOSITORY`)");
            Ok(Exit::Findings)
        }
        _ => match show_tree(arguments, source, pinned) {
            Err(CommandError::Repository(error)) => {
                print_block("", &root_lines(&pinned_root));
                print_line(&format!("  unknown: {error}"));
                Ok(Exit::Findings)
            }
            other => other,
        },
    }
}

fn show_tree(
    arguments: &ShowArguments,
    source: Box<dyn RepositorySource>,
    pinned: Vec<u8>,
) -> Result<Exit, CommandError> {
    let scratch = tempfile::tempdir().map_err(|source| io_error("written", &std::env::temp_dir(), source))?;
    let state = arguments.state.clone().unwrap_or_else(|| scratch.path().join("state"));
    let authorities = TrustedAuthorities::new(source, pinned, state)?.update(now())?;
    let mut is_good = true;
    for report in authorities.reports.iter().filter(|report| report.delegated_by.is_none()) {
        is_good &= print_authority(&authorities, report, 0)?;
    }
    let unusable = unusable(&authorities);
    if !unusable.is_empty() {
        print_line("");
        print_line("what counts for nothing, or can't be used:");
        unusable.iter().for_each(|line| print_line(&format!("  {line}")));
        is_good = false;
    }
    Ok(if is_good { Exit::Good } else { Exit::Findings })
}

/// Prints an authority and those that it delegates. Whether all are as they must be.
fn print_authority(authorities: &Authorities, report: &AuthorityReport, level: usize) -> Result<bool, CommandError> {
    let indent = "  ".repeat(level);
    let (state, is_current) = match &report.state {
        AuthorityState::Current => (None, true),
        AuthorityState::Kept(why) => (Some(format!("kept from before: {why}")), false),
        AuthorityState::Lapsed(why) => (Some(format!("lapsed: {why}")), false),
        AuthorityState::Unknown(why) => (Some(format!("unknown: {why}")), false),
    };
    match &report.repository {
        Some(repository) => print_block(&indent, &lines_of(&repository.overview()?)),
        None => print_line(&format!("{indent}{}", report.jurisdiction)),
    }
    print_line(&format!("{indent}  read from          {}", report.address));
    if let Some(state) = state {
        print_line(&format!("{indent}  {state}"));
    }
    let mut is_good = is_current;
    let lower = |lower: &&AuthorityReport| lower.delegated_by.as_ref() == Some(&report.jurisdiction);
    let mut lower: Vec<&AuthorityReport> = authorities.reports.iter().filter(lower).collect();
    lower.sort_by(|a, b| a.jurisdiction.cmp(&b.jurisdiction));
    for lower in lower {
        is_good &= print_authority(authorities, lower, level + 1)?;
    }
    Ok(is_good)
}

/// What doesn't count, or can't be used, each with the reason.
fn unusable(authorities: &Authorities) -> Vec<String> {
    let assembled = assemble(authorities, now());
    let mut lines = assembled.refused.clone();
    for rule in assembled.rules() {
        if let IndexedState::Broken(reason) | IndexedState::Untrusted(reason) = &rule.state {
            let name = rule.place_and_version();
            // Most reasons begin with the rule's name.
            lines.push(if reason.starts_with(&name) { reason.clone() } else { format!("{name}: {reason}") });
        }
    }
    lines
}

/// Prints a repository by itself, whose delegations can't be checked without the definitions.
fn print_alone(overview: &RepositoryOverview) {
    print_block("", &lines_of(overview));
    for (place, address) in &overview.delegated {
        let address = address.clone().unwrap_or_else(|| default_address(place));
        print_line(&format!("  delegates {:<8}  {address}", place.as_str()));
    }
    print_line(
        "  it publishes no definitions, so which places are below isn't known here: show the top authority for that",
    );
}

fn print_block(indent: &str, lines: &[String]) {
    for (number, line) in lines.iter().enumerate() {
        let within = if number == 0 { "" } else { "  " };
        print_line(&format!("{indent}{within}{line}"));
    }
}

fn root_lines(root: &RootOverview) -> Vec<String> {
    vec![
        format!("{} ({})", root.authority.jurisdiction, root.authority.name),
        format!(
            "keys of the root   {}; version {}, until {}",
            key_words(&root.root),
            root.version,
            day_of(root.expires)
        ),
        format!("keys that publish  {}", key_words(&root.publish)),
    ]
}

fn lines_of(overview: &RepositoryOverview) -> Vec<String> {
    let mut lines = root_lines(&overview.root);
    let rules: Vec<String> = overview
        .rules
        .iter()
        .map(|(place, count)| format!("{} of {place}", counted(*count, "rule", "rules")))
        .collect();
    let rules = if rules.is_empty() { "no rule".to_owned() } else { rules.join(", ") };
    let shared = if overview.has_definitions { ", and the definitions that all share" } else { "" };
    lines.push(format!("publishes          {rules}{shared}"));
    lines.push(format!("holds until        {}", day_of(overview.expires)));
    for approvers in &overview.approvers {
        let list = match &approvers.list {
            ApprovalList::Signed { rules, expires } => {
                format!("{} listed, until {}", counted(*rules, "rule", "rules"), day_of(*expires))
            }
            ApprovalList::None(reason) => reason.clone(),
        };
        lines.push(format!("approves {:<9} {}; {list}", approvers.place.as_str(), key_words(&approvers.keys)));
    }
    lines.extend(overview.logs.iter().map(|name| format!("vouches for        the decision log {name}")));
    lines
}
