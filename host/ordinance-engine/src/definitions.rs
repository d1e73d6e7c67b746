//! The definitions of a rulebook: jurisdictions, facts and services. The folder of sources and the folder that
//! `ordinance build` writes contain the same files.

mod application_points;
mod bound_text;
mod choice_titles;
mod fact_relations;
mod fact_toml;
mod files;
mod levels;
mod normalise_toml;
mod objection_terms;
mod places;
mod services;
mod time_zone;
mod upkeep;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ordinance_domain::contract::Contract;
use ordinance_domain::fact::Fact;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};
use ordinance_domain::name::Id;
use ordinance_domain::place_history::PlaceHistory;
use ordinance_domain::titles::Titles;
use toml::Spanned;

use self::fact_toml::FieldToml;
use self::files::text_of;
pub use self::files::{DefinitionFiles, FACTS_FILE, RULEBOOK_FILE, SERVICES_FOLDER, place_of_definition};
pub use self::levels::{BOUNDS_FILE, BoundsByService};
use self::levels::{BindingLevels, check_tightens, parse_bounds};
use self::objection_terms::check_reviewer;
use self::places::{PlaceTables, RulebookToml, parse_places};
use self::services::parse_service;
pub use self::upkeep::{LawNotice, NumbersOfLaw, UnconfirmedValue, Upkeep};
use crate::diagnostic::Diagnostic;
use crate::rulebook_folder::{EntryKind, RulebookFolder, is_inside};
use crate::toml_text::TextFile;

/// What a rulebook defines.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// Titles by language.
    pub titles: Titles,
    /// The trees of places, as they were known over time.
    pub places: PlaceHistory,
    /// The contract of each service, by id.
    pub contracts: BTreeMap<Id, Arc<Contract>>,
    /// The bounds that levels set for those below them.
    pub bounds: BoundsByService,
    /// Every fact, by name.
    pub facts: BTreeMap<String, Fact>,
    /// The places in and below which, while no level has privacy law in force, rules may use facts without a ruling.
    pub ungoverned: Vec<JurisdictionCode>,
    /// How the rulebook is kept up.
    pub upkeep: Upkeep,
}

/// Definitions that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// A file can't be read.
    #[error("`{}` can't be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is wrong.
    #[error(transparent)]
    Diagnostic(#[from] Box<Diagnostic>),
}

impl DefinitionError {
    /// What is wrong, with its reason, in one line.
    fn with_reason(&self) -> String {
        match self {
            Self::Io { path, source } => format!("`{}` can't be read: {source}", path.display()),
            Self::Diagnostic(diagnostic) => diagnostic.to_string(),
        }
    }
}

/// Reads the definition files of a folder: `rulebook.toml`, the tables it names, `facts.toml`, `services/*.toml`,
/// and each `CODE/SERVICE/bounds.toml`.
///
/// # Errors
/// A file that can't be read, or a `rulebook.toml` that can't be parsed.
pub fn read_definition_files(folder: &RulebookFolder) -> Result<DefinitionFiles, DefinitionError> {
    let mut files = DefinitionFiles::new();
    let rulebook = read(folder, RULEBOOK_FILE)?;
    let file = TextFile::new(RULEBOOK_FILE, &rulebook);
    for table in file.parse::<RulebookToml>().map_err(Box::new)?.jurisdiction_tables {
        let name = table.file.get_ref();
        if !is_inside(name) {
            let diagnostic = file.diagnostic_with_help(
                table.file.span(),
                format!("`{name}` is outside the rulebook"),
                "name a file of this folder",
            );
            return Err(Box::new(diagnostic).into());
        }
        let text = read(folder, name).map_err(|error| {
            let help = "write the table, or remove it from [[jurisdiction-tables]]";
            Box::new(file.diagnostic_with_help(table.file.span(), error.with_reason(), help))
        })?;
        files.insert(name.clone(), text);
    }
    files.insert(RULEBOOK_FILE.to_owned(), rulebook);
    files.insert(FACTS_FILE.to_owned(), read(folder, FACTS_FILE)?);
    check_no_stray_bounds(folder)?;
    for name in service_files(folder)?.into_iter().chain(bounds_files(folder)?) {
        let text = read(folder, &name)?;
        files.insert(name, text);
    }
    Ok(files)
}

fn read(folder: &RulebookFolder, name: &str) -> Result<String, DefinitionError> {
    folder.read_text(name).map_err(|source| io_error(folder, name, source))
}

fn io_error(folder: &RulebookFolder, name: &str, source: io::Error) -> DefinitionError {
    DefinitionError::Io { path: folder.path().join(name), source }
}

fn has_file(folder: &RulebookFolder, name: &str) -> Result<bool, DefinitionError> {
    folder.has_file(name).map_err(|source| io_error(folder, name, source))
}

fn service_files(folder: &RulebookFolder) -> Result<Vec<String>, DefinitionError> {
    let entries = folder.entries(SERVICES_FOLDER).map_err(|source| io_error(folder, SERVICES_FOLDER, source))?;
    let names = entries.into_iter().map(|entry| entry.name).filter(|name| name.ends_with(".toml"));
    Ok(names.map(|name| format!("{SERVICES_FOLDER}/{name}")).collect())
}

/// `CODE/SERVICE/bounds.toml` of every place and service.
fn bounds_files(folder: &RulebookFolder) -> Result<Vec<String>, DefinitionError> {
    let mut names = Vec::new();
    for code in folders_in(folder, "")?.into_iter().filter(|name| JurisdictionCode::new(name).is_ok()) {
        for service in folders_in(folder, &code)? {
            let name = format!("{code}/{service}/{BOUNDS_FILE}");
            if has_file(folder, &name)? {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Checks that every `bounds.toml` is where it is read. Elsewhere it would have no effect, without any notice.
fn check_no_stray_bounds(folder: &RulebookFolder) -> Result<(), DefinitionError> {
    let mut strays = vec![BOUNDS_FILE.to_owned()];
    for code in folders_in(folder, "")?.into_iter().filter(|name| JurisdictionCode::new(name).is_ok()) {
        strays.push(format!("{code}/{BOUNDS_FILE}"));
        for service in folders_in(folder, &code)? {
            let versions = folders_in(folder, &format!("{code}/{service}"))?;
            strays.extend(versions.iter().map(|version| format!("{code}/{service}/{version}/{BOUNDS_FILE}")));
        }
    }
    for name in strays {
        if has_file(folder, &name)? {
            let message = format!("nothing reads `{name}`; move it to CODE/SERVICE/{BOUNDS_FILE}");
            return Err(Box::new(Diagnostic::whole_file(&name, message)).into());
        }
    }
    Ok(())
}

fn folders_in(folder: &RulebookFolder, name: &str) -> Result<Vec<String>, DefinitionError> {
    let entries = folder.entries(name).map_err(|source| io_error(folder, name, source))?;
    Ok(entries.into_iter().filter(|entry| entry.kind == EntryKind::Folder).map(|entry| entry.name).collect())
}

/// Makes sense of the definition files.
///
/// # Errors
/// The first error of every file.
pub fn parse_definitions(files: &DefinitionFiles) -> Result<Definitions, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let places = keep(&mut diagnostics, parse_places(files));
    // Without the facts every service would seem to name unknown ones.
    let Some(facts) = keep(&mut diagnostics, parse_facts(files)) else { return Err(diagnostics) };
    let mut contracts = BTreeMap::new();
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with(SERVICES_FOLDER)) {
        if let Some(contract) = keep(&mut diagnostics, parse_service(name, text, &facts)) {
            contracts.insert(contract.service.clone(), Arc::new(contract));
        }
    }
    let Some(PlaceTables { titles, places, ungoverned, upkeep }) = places else { return Err(diagnostics) };
    for contract in contracts.values() {
        let name = format!("{SERVICES_FOLDER}/{}.toml", contract.service);
        if let (Some(terms), Some(text)) = (&contract.objections, files.get(&name)) {
            keep(&mut diagnostics, check_reviewer(&name, text, terms, places.all_published()));
        }
    }
    let bounds = parse_all_bounds(files, &contracts, places.all_published(), &mut diagnostics);
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(Definitions { titles, places, contracts, bounds, facts, ungoverned, upkeep })
}

fn parse_all_bounds(
    files: &DefinitionFiles,
    contracts: &BTreeMap<Id, Arc<Contract>>,
    places: &Jurisdictions,
    diagnostics: &mut Vec<Diagnostic>,
) -> BoundsByService {
    let of_levels = files.iter().filter(|(name, _)| name.ends_with(&format!("/{BOUNDS_FILE}")));
    let written: Vec<_> =
        of_levels.filter_map(|(name, text)| keep(diagnostics, parse_bounds(name, text, contracts, places))).collect();
    let mut all = BoundsByService::new();
    for level in written.iter().map(|written| &written.bounds) {
        all.entry(level.service.clone()).or_default().insert(level.jurisdiction.clone(), Arc::new(level.clone()));
    }
    for level in &written {
        if let Some(contract) = contracts.get(&level.bounds.service) {
            keep(diagnostics, check_tightens(level, &BindingLevels { contract, all: &all, places }));
        }
    }
    all
}

fn keep<T>(diagnostics: &mut Vec<Diagnostic>, result: Result<T, Diagnostic>) -> Option<T> {
    result.map_err(|diagnostic| diagnostics.push(diagnostic)).ok()
}

fn parse_facts(files: &DefinitionFiles) -> Result<BTreeMap<String, Fact>, Diagnostic> {
    let file = TextFile::new(FACTS_FILE, text_of(files, FACTS_FILE)?);
    let written: BTreeMap<String, Spanned<FieldToml>> = file.parse()?;
    let fact = |(name, table): (&String, &Spanned<FieldToml>)| {
        let fact = fact_toml::fact(&file, file.field_name(name, table.span())?, table)?;
        fact_toml::check_named(&file, table, &written)?;
        Ok((name.clone(), fact))
    };
    written.iter().map(fact).collect()
}
