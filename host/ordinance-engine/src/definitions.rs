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
#[cfg(not(target_family = "wasm"))]
mod read_folder;
mod services;
mod time_zone;
mod upkeep;

use std::collections::BTreeMap;
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
use self::places::{PlaceTables, parse_places};
#[cfg(not(target_family = "wasm"))]
pub use self::read_folder::{DefinitionError, read_definition_files};
use self::services::parse_service;
pub use self::upkeep::{LawNotice, NumbersOfLaw, UnconfirmedValue, Upkeep};
use crate::diagnostic::Diagnostic;
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
