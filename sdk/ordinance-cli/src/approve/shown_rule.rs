//! What somebody approves, for people: the rule with its place, service and title, who published it, and which law
//! reserves it.

use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::Definitions;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{HexDigest, IndexedRule};
use ordinance_engine::rulebook::{embedded_manifest, embedded_text};
use ordinance_trust::RepositoryEditor;

use super::shelf::Shelf;
use crate::exit::CommandError;
use crate::repositories::place_of;
use crate::terminal::{print_line, print_note};

/// Shows a rule before a passphrase is asked for: who signs its digest has read it.
pub(super) fn show_rule(
    shelf: &Shelf,
    editor: &RepositoryEditor,
    (rule, digest): (&IndexedRule, Digest),
    component: &[u8],
) -> Result<(), CommandError> {
    print_rule(rule, digest, component)?;
    let published = match shelf.publisher(digest)? {
        Some((authority, at)) => {
            let at = if at.is_empty() { String::new() } else { format!(" on {}", at.get(..10).unwrap_or(&at)) };
            format!("by {} ({}){at}", authority.jurisdiction, authority.name)
        }
        None => "not yet".to_owned(),
    };
    print_line(&format!("  published  {published}"));
    let definitions = match shelf.definitions()? {
        Some(definitions) => Some(definitions),
        None => editor.published_definitions(),
    };
    let own = editor.root_overview()?.authority.jurisdiction;
    print_reserved(definitions.as_ref(), rule, &own)
}

/// Says which provision reserves the rule for the approval of an authority.
fn print_reserved(
    definitions: Option<&Definitions>,
    rule: &IndexedRule,
    own: &JurisdictionCode,
) -> Result<(), CommandError> {
    let Some(definitions) = definitions else {
        print_line("  reserved   not known here: neither repository has the contract of the service");
        return Ok(());
    };
    let place = place_of(&rule.jurisdiction)?;
    let service = rule.service.as_ref().and_then(|service| Id::new(service).ok());
    let contract = service.and_then(|service| definitions.contracts.get(&service));
    let required: Vec<_> = contract
        .iter()
        .flat_map(|contract| contract.approvals_of(&place, definitions.places.all_published()))
        .collect();
    for required in &required {
        print_line(&format!("  reserved   for the approval of {} by {}", required.by, required.provision));
    }
    if !required.iter().any(|required| required.by == *own) {
        print_note(&format!("warning: no contract reserves this rule for the approval of {own}, so it counts without"));
    }
    Ok(())
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
