//! What a rulebook defines beside its rules: jurisdictions, facts and services. The same files stand in the folder
//! that people edit and in the folder that `ordinance build` makes.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ordinance_domain::bounds::{Bound, GrantBound, OutcomeBound};
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::jurisdiction::{Jurisdiction, JurisdictionCode, Jurisdictions};
use ordinance_domain::name::Id;
use ordinance_domain::text::Titles;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::fields::{self, FieldToml};
use crate::manifest::jurisdiction;
use crate::toml_text::{ProvisionToml, TextFile};

/// The file that names the rulebook and its places.
pub const RULEBOOK_FILE: &str = "rulebook.toml";
/// The file of facts.
pub const FACTS_FILE: &str = "facts.toml";
/// The folder of services, one file each.
pub const SERVICES_FOLDER: &str = "services";

/// The definition files of a rulebook, by their path in it, with `/` between folders.
pub type DefinitionFiles = BTreeMap<String, String>;

/// What a rulebook defines.
#[derive(Debug, Clone)]
pub struct Definitions {
    /// Titles by language.
    pub titles: Titles,
    /// The trees of places.
    pub jurisdictions: Jurisdictions,
    /// The contract of each service, by id.
    pub contracts: BTreeMap<Id, Contract>,
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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RulebookToml {
    titles: Spanned<BTreeMap<String, String>>,
    #[serde(default)]
    jurisdictions: Vec<JurisdictionToml>,
    #[serde(default)]
    jurisdiction_tables: Vec<TableToml>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct JurisdictionToml {
    code: Spanned<String>,
    parent: Option<Spanned<String>>,
    names: Spanned<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TableToml {
    file: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServiceToml {
    id: Spanned<String>,
    purpose: String,
    facts: Spanned<Vec<String>>,
    titles: Spanned<BTreeMap<String, String>>,
    outcome: OutcomeToml,
    #[serde(default)]
    grant: BTreeMap<String, Spanned<FieldToml>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct OutcomeToml {
    bound: Spanned<String>,
    provision: Spanned<ProvisionToml>,
}

/// Reads the definition files of a folder: `rulebook.toml`, the tables it names, `facts.toml`, `services/*.toml`.
///
/// # Errors
/// A file that can't be read, or a `rulebook.toml` that can't be parsed.
pub fn read_definition_files(folder: &Path) -> Result<DefinitionFiles, DefinitionError> {
    let mut files = DefinitionFiles::new();
    let rulebook = read(folder, RULEBOOK_FILE)?;
    let file = TextFile::new(RULEBOOK_FILE, &rulebook);
    for table in file.parse::<RulebookToml>().map_err(Box::new)?.jurisdiction_tables {
        let name = table.file.get_ref();
        if !is_inside(name) {
            let fault = file.fault_with_help(
                table.file.span(),
                format!("`{name}` lies outside the rulebook"),
                "name a file of this folder",
            );
            return Err(Box::new(fault).into());
        }
        files.insert(name.clone(), read(folder, name)?);
    }
    files.insert(RULEBOOK_FILE.to_owned(), rulebook);
    files.insert(FACTS_FILE.to_owned(), read(folder, FACTS_FILE)?);
    for name in service_files(folder)? {
        let text = read(folder, &name)?;
        files.insert(name, text);
    }
    Ok(files)
}

fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn read(folder: &Path, name: &str) -> Result<String, DefinitionError> {
    let path = folder.join(name);
    fs::read_to_string(&path).map_err(|source| DefinitionError::Io { path, source })
}

fn service_files(folder: &Path) -> Result<Vec<String>, DefinitionError> {
    let services = folder.join(SERVICES_FOLDER);
    let io_error = |source| DefinitionError::Io { path: services.clone(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(&services).map_err(io_error)? {
        let name = entry.map_err(io_error)?.file_name();
        if let Some(name) = name.to_str().filter(|name| name.ends_with(".toml")) {
            names.push(format!("{SERVICES_FOLDER}/{name}"));
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Makes sense of the definition files.
///
/// # Errors
/// The first fault of every file.
pub fn parse_definitions(files: &DefinitionFiles) -> Result<Definitions, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let places = keep(&mut faults, parse_places(files));
    let facts = keep(&mut faults, parse_facts(files)).unwrap_or_default();
    let mut contracts = BTreeMap::new();
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with(SERVICES_FOLDER)) {
        if let Some(contract) = keep(&mut faults, parse_service(name, text, &facts)) {
            contracts.insert(contract.service.clone(), contract);
        }
    }
    match places {
        Some((titles, jurisdictions)) if faults.is_empty() => Ok(Definitions { titles, jurisdictions, contracts }),
        Some(_) | None => Err(faults),
    }
}

fn keep<T>(faults: &mut Vec<Diagnostic>, result: Result<T, Diagnostic>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

fn text_of<'a>(files: &'a DefinitionFiles, name: &str) -> Result<&'a str, Diagnostic> {
    files
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| Diagnostic::whole_file(name, "this file is missing from the rulebook"))
}

fn parse_places(files: &DefinitionFiles) -> Result<(Titles, Jurisdictions), Diagnostic> {
    let file = TextFile::new(RULEBOOK_FILE, text_of(files, RULEBOOK_FILE)?);
    let written: RulebookToml = file.parse()?;
    let mut list = Vec::new();
    let mut lines: HashMap<JurisdictionCode, Diagnostic> = HashMap::new();
    for place in &written.jurisdictions {
        let code = jurisdiction(&file, &place.code)?;
        lines.insert(code.clone(), file.fault(place.code.span(), ""));
        let parent = place.parent.as_ref().map(|parent| jurisdiction(&file, parent)).transpose()?;
        list.push(Jurisdiction { code, parent, names: file.titles(&place.names)? });
    }
    for table in &written.jurisdiction_tables {
        let name = table.file.get_ref();
        let table_file = TextFile::new(name, text_of(files, name)?);
        parse_table(&table_file, text_of(files, name)?, &mut list, &mut lines)?;
    }
    let trees = Jurisdictions::new(list).map_err(|error| match lines.remove(error.code()) {
        Some(place) => Diagnostic { message: error.to_string(), ..place },
        None => file.fault(0..0, error.to_string()),
    })?;
    Ok((file.titles(&written.titles)?, trees))
}

/// A table of places has the columns `code`, `parent` (empty at the top of a tree) and a `name:LANGUAGE` or more.
fn parse_table(
    file: &TextFile,
    text: &str,
    list: &mut Vec<Jurisdiction>,
    lines: &mut HashMap<JurisdictionCode, Diagnostic>,
) -> Result<(), Diagnostic> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let fault_at = |position: Option<&csv::Position>, message: String| {
        let start = position.map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let length = text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(0);
        file.fault_with_help(
            start..start + length,
            message,
            "a table of places has the columns code, parent, name:en, name:zh and so on",
        )
    };
    let headers = reader.headers().map_err(|error| fault_at(error.position(), error.to_string()))?.clone();
    if headers.get(0) != Some("code")
        || headers.get(1) != Some("parent")
        || !headers.iter().skip(2).all(|name| name.starts_with("name:"))
        || headers.len() < 3
    {
        return Err(fault_at(None, "the first line doesn't name the columns".to_owned()));
    }
    for record in reader.records() {
        let record = record.map_err(|error| fault_at(error.position(), error.to_string()))?;
        let field = |index| record.get(index).unwrap_or_default();
        let code_of =
            |text: &str| JurisdictionCode::new(text).map_err(|error| fault_at(record.position(), error.to_string()));
        let code = code_of(field(0))?;
        let parent = Some(field(1)).filter(|parent| !parent.is_empty()).map(code_of).transpose()?;
        let named = headers.iter().zip(record.iter()).skip(2).filter(|(_, name)| !name.is_empty());
        let names: BTreeMap<String, String> =
            named.map(|(header, name)| (header.replace("name:", ""), name.to_owned())).collect();
        if names.is_empty() {
            return Err(fault_at(record.position(), format!("jurisdiction `{code}` has no name")));
        }
        lines.insert(code.clone(), fault_at(record.position(), String::new()));
        list.push(Jurisdiction { code, parent, names: Titles::new(names) });
    }
    Ok(())
}

fn parse_facts(files: &DefinitionFiles) -> Result<BTreeMap<String, Fact>, Diagnostic> {
    let file = TextFile::new(FACTS_FILE, text_of(files, FACTS_FILE)?);
    let written: BTreeMap<String, Spanned<FieldToml>> = file.parse()?;
    let fact = |(name, table): (&String, &Spanned<FieldToml>)| {
        let fact = fields::fact(&file, file.field_name(name, table.span())?, table)?;
        Ok((name.clone(), fact))
    };
    written.iter().map(fact).collect()
}

fn parse_service(name: &str, text: &str, facts: &BTreeMap<String, Fact>) -> Result<Contract, Diagnostic> {
    let file = TextFile::new(name, text);
    let written: ServiceToml = file.parse()?;
    let service = file.id(&written.id)?;
    if name != format!("{SERVICES_FOLDER}/{service}.toml") {
        return Err(file.fault(written.id.span(), format!("the service `{service}` stands in services/{service}.toml")));
    }
    let fact_of = |name: &String| {
        facts.get(name).cloned().ok_or_else(|| {
            file.fault_with_help(
                written.facts.span(),
                format!("the fact `{name}` is unknown"),
                format!("add [{name}] to facts.toml"),
            )
        })
    };
    let grant_field = |(name, table): (&String, &Spanned<FieldToml>)| grant_field(&file, name, table);
    Ok(Contract {
        titles: file.titles(&written.titles)?,
        purpose: written.purpose,
        facts: written.facts.get_ref().iter().map(fact_of).collect::<Result<_, _>>()?,
        outcome: Bound {
            kind: outcome_bound(&file, &written.outcome.bound)?,
            provision: file.provision(&written.outcome.provision)?,
        },
        grant: written.grant.iter().map(grant_field).collect::<Result<_, _>>()?,
        service,
    })
}

fn outcome_bound(file: &TextFile, written: &Spanned<String>) -> Result<OutcomeBound, Diagnostic> {
    [OutcomeBound::Floor, OutcomeBound::Fixed].into_iter().find(|bound| bound.as_str() == written.get_ref()).ok_or_else(
        || {
            file.fault_with_help(
                written.span(),
                format!("`{}` is no bound of an outcome", written.get_ref()),
                "write \"floor\" or \"fixed\"",
            )
        },
    )
}

fn grant_field(file: &TextFile, name: &str, table: &Spanned<FieldToml>) -> Result<GrantField, Diagnostic> {
    let name = file.field_name(name, table.span())?;
    let (fact_type, titles, unit) = fields::grant_parts(file, &name, table)?;
    let (Some(bound), Some(provision)) = (&table.get_ref().bound, &table.get_ref().provision) else {
        return Err(file.fault_with_help(
            table.span(),
            format!("the grant field `{name}` has no bound with its provision"),
            "add bound = \"at-least inherited\" and provision = { document = \"...\", article = \"...\" }",
        ));
    };
    let kind = grant_bound(file, bound)?;
    let (is_number, is_ordered) = match &fact_type {
        FactType::Integer { .. } | FactType::Decimal { .. } => (true, true),
        FactType::Date => (false, true),
        FactType::Bool | FactType::Text { .. } | FactType::Choice(_) | FactType::Record(_) | FactType::List { .. } => {
            (false, false)
        }
    };
    match kind {
        GrantBound::Sum if !is_number => Err(file.fault(bound.span(), "only numbers can be summed")),
        GrantBound::AtLeastInherited if !is_ordered => {
            Err(file.fault(bound.span(), "only numbers and dates can be compared"))
        }
        GrantBound::Sum | GrantBound::AtLeastInherited | GrantBound::Fixed => Ok(GrantField {
            name,
            fact_type,
            titles,
            unit,
            bound: Bound { kind, provision: file.provision(provision)? },
        }),
    }
}

fn grant_bound(file: &TextFile, written: &Spanned<String>) -> Result<GrantBound, Diagnostic> {
    [GrantBound::AtLeastInherited, GrantBound::Sum, GrantBound::Fixed]
        .into_iter()
        .find(|bound| bound.as_str() == written.get_ref())
        .ok_or_else(|| {
            file.fault_with_help(
                written.span(),
                format!("`{}` is no bound of a grant field", written.get_ref()),
                "write \"at-least inherited\", \"sum\" or \"fixed\"",
            )
        })
}
