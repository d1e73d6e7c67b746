//! `ordinance new`: writes a rule that builds, with a failing case. In an empty folder it also writes a rulebook. The
//! first rule in Rust brings the workspace of cargo and the SDK, which no registry offers.

mod table_rule;
mod templates;
mod world;

use std::fs;
use std::io::Write;
use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::{Definitions, RULEBOOK_FILE, parse_definitions, read_definition_files};

use crate::arguments::{NewArguments, RuleKind, RuleLanguage, SchemaKind};
use crate::build::write_bindings;
use crate::exit::{CommandError, Exit};
use crate::rule_target::{contract_of, near_service, require_place, year};
use crate::schema::schema_text;
use crate::source::{SDK_FOLDER, io_error, make_parent, open};
use crate::terminal;

pub(crate) fn run(arguments: &NewArguments) -> Result<Exit, CommandError> {
    let (code, service) = parse(&arguments.rule)?;
    let root = &arguments.dir;
    let is_new = !root.join(RULEBOOK_FILE).exists();
    if is_new && arguments.kind == RuleKind::Privacy {
        return Err(CommandError::bad_use(
            format!("there is no {RULEBOOK_FILE} in `{}`", root.display()),
            "create the rulebook with an eligibility rule first: `ordinance new CODE/SERVICE`",
        ));
    }
    let language = language(arguments)?;
    let folder = root.join(code.as_str()).join(service.as_str());
    if folder.exists() && arguments.kind != RuleKind::Service {
        return Err(CommandError::bad_use(
            format!("`{}` already exists", folder.display()),
            "name another CODE/SERVICE; nothing was changed",
        ));
    }
    let brings_sdk = language == RuleLanguage::Rust && !root.join(SDK_FOLDER).join("sdk").exists();
    if (is_new || brings_sdk) && root.join("Cargo.toml").exists() {
        return Err(CommandError::bad_use(
            format!("`{}` has a Cargo.toml of another workspace", root.display()),
            "name a new folder for the rulebook with --dir; nothing was changed",
        ));
    }
    if is_new {
        write_rulebook(root, &code, &service)?;
    }
    let mut definitions = definitions_of(root)?;
    require_place(&definitions, &code)?;
    if arguments.kind == RuleKind::Privacy {
        return new_privacy_rule(root, &folder, &code, &service, &definitions);
    }
    let had_service = !is_new && definitions.contracts.contains_key(&service);
    if !is_new && !had_service {
        if arguments.kind != RuleKind::Service && near_service(&definitions, &service).is_some() {
            // The name is probably a slip of the pen, and nothing is written for it.
            contract_of(&definitions, &service)?;
        }
        write_service(root, &service, &definitions)?;
        definitions = definitions_of(root)?;
    }
    if arguments.kind == RuleKind::Service {
        return new_service(root, &code, &service, had_service);
    }
    let contract = contract_of(&definitions, &service)?;
    match language {
        RuleLanguage::Table => {
            write_schemas(root)?;
            write_files(&folder, table_rule::table_rule_files(&code, contract, &year()))?;
        }
        RuleLanguage::Rust => {
            write_workspace(root)?;
            write_all(&folder, templates::rule_files(&code, contract))?;
        }
    }
    terminal::print_line(&templates::next_steps(root, &code, &service, is_new, language));
    Ok(Exit::Good)
}

fn definitions_of(root: &Path) -> Result<Definitions, CommandError> {
    parse_definitions(&read_definition_files(&open(root)?)?).map_err(CommandError::Diagnostics)
}

/// Writes the file of a service that the rulebook doesn't have, and says so.
fn write_service(root: &Path, service: &Id, definitions: &Definitions) -> Result<(), CommandError> {
    let (name, text) =
        templates::service_file(service, &definitions.facts.keys().map(|name| name.as_str()).collect::<Vec<_>>());
    let path = root.join(&name);
    write_new(&path, &text)?;
    terminal::print_line(&templates::service_written(service, &path));
    Ok(())
}

/// Says what comes after the file of a service without a rule.
fn new_service(root: &Path, code: &JurisdictionCode, service: &Id, had_it: bool) -> Result<Exit, CommandError> {
    if had_it {
        return Err(CommandError::bad_use(
            format!("the service `{service}` is already in the rulebook"),
            format!(
                "write its rule with `ordinance new {code}/{service}`, or make one of a model with `ordinance import`"
            ),
        ));
    }
    terminal::print_line(&templates::next_service_steps(root, code, service));
    Ok(Exit::Good)
}

fn new_privacy_rule(
    root: &Path,
    folder: &Path,
    code: &JurisdictionCode,
    id: &Id,
    definitions: &Definitions,
) -> Result<Exit, CommandError> {
    if definitions.contracts.contains_key(id) {
        return Err(CommandError::bad_use(
            format!("`{id}` is the id of a service"),
            "a privacy rule rules on the facts of all services; give it another id, such as data-protection",
        ));
    }
    let fact = definitions.facts.keys().next().ok_or_else(|| {
        CommandError::bad_use(
            "facts.toml has no facts for a privacy rule",
            "write the facts first, then the privacy rule",
        )
    })?;
    write_workspace(root)?;
    write_all(folder, templates::privacy_files(code, id, fact))?;
    terminal::print_line(&templates::next_privacy_steps(root, code, id));
    if definitions.ungoverned.contains(code) {
        terminal::print_line(&templates::ends_ungoverned(code));
    }
    Ok(Exit::Good)
}

/// The language of the new rule.
fn language(arguments: &NewArguments) -> Result<RuleLanguage, CommandError> {
    match (arguments.kind, arguments.lang) {
        (RuleKind::Privacy, Some(RuleLanguage::Table)) => Err(CommandError::bad_use(
            "a privacy rule can't be written as expressions",
            "leave out --lang: a privacy rule rules on facts one by one, in Rust",
        )),
        (RuleKind::Privacy, Some(RuleLanguage::Rust) | None) => Ok(RuleLanguage::Rust),
        (RuleKind::Service, Some(_)) => Err(CommandError::bad_use(
            "the file of a service is written in no language of rules",
            "leave out --lang; it counts when the rule is written",
        )),
        (RuleKind::Service, None) => Ok(RuleLanguage::Table),
        (RuleKind::Eligibility, language) => Ok(language.unwrap_or(RuleLanguage::Table)),
    }
}

/// Writes the files of a rule and its bindings.
fn write_all(folder: &Path, files: Vec<(&'static str, String)>) -> Result<(), CommandError> {
    write_files(folder, files)?;
    write_bindings(folder)?.map_err(|error| CommandError::bad_use(error.to_string(), "mend wit/rule.wit"))
}

fn parse(rule: &str) -> Result<(JurisdictionCode, Id), CommandError> {
    let help = "write CODE/SERVICE, such as CN-4403/old-age-allowance";
    let (code, service) =
        rule.split_once('/').ok_or_else(|| CommandError::bad_use(format!("`{rule}` has no `/`"), help))?;
    let code = JurisdictionCode::new(code).map_err(|error| CommandError::bad_use(error.to_string(), help))?;
    let service = Id::new(service).map_err(|error| CommandError::bad_use(error.to_string(), help))?;
    Ok((code, service))
}

fn write_files(folder: &Path, files: Vec<(&'static str, String)>) -> Result<(), CommandError> {
    files.iter().try_for_each(|(path, text)| write_new(&folder.join(path), text))
}

/// Writes a rulebook with one place and one service.
fn write_rulebook(root: &Path, code: &JurisdictionCode, service: &Id) -> Result<(), CommandError> {
    let files = templates::rulebook_files(code, service);
    files.iter().try_for_each(|(path, text)| write_new(&root.join(path), text))
}

/// Writes the workspace of cargo and the SDK for the rules in Rust, where they are missing.
fn write_workspace(root: &Path) -> Result<(), CommandError> {
    for (path, text) in templates::SDK_FILES {
        write_new(&root.join(SDK_FOLDER).join(path), text)?;
    }
    write_files(root, templates::workspace_files())
}

/// Writes the schemas by which editors complete and check the files of the rulebook.
fn write_schemas(root: &Path) -> Result<(), CommandError> {
    let folder = root.join(SDK_FOLDER).join("schema");
    SchemaKind::ALL.iter().try_for_each(|kind| write_new(&folder.join(kind.file_name()), schema_text(*kind)))
}

/// Writes a file unless it exists.
fn write_new(path: &Path, text: &str) -> Result<(), CommandError> {
    make_parent(path)?;
    match fs::File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(|source| io_error("written", path, source)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(io_error("made", path, source)),
    }
}
