//! `ordinance import`: makes a rule of a model of DMN.

use std::fs;
use std::io::Write;
use std::path::Path;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::{Definitions, RULEBOOK_FILE, parse_definitions, read_definition_files};
use ordinance_engine::literals::read_date;
use ordinance_feel::dmn::folder::ModelFolder;
use ordinance_feel::dmn::import::{ImportError, ImportedRule, ServiceNames, import_rule};
use ordinance_feel::dmn::model::ElementPlace;

use super::mapping::read_mapping;
use super::rule_toml::{Head, RuleToml, rule_toml};
use super::tck_folder::read_text;
use crate::arguments::ImportArguments;
use crate::build::{RuleBuildError, check_expression_rule, print_rule_error};
use crate::exit::{CommandError, Exit};
use crate::rule_target::{contract_of, require_place, year};
use crate::source::{MANIFEST_FILE, Source, io_error, open};
use crate::source_trust::SourceTrust;
use crate::terminal;

pub(crate) fn run(arguments: &ImportArguments) -> Result<Exit, CommandError> {
    let code = JurisdictionCode::new(&arguments.jurisdiction)
        .map_err(|error| CommandError::bad_use(error.to_string(), "name a place of the rulebook, such as CN-4403"))?;
    let service = Id::new(&arguments.service)
        .map_err(|error| CommandError::bad_use(error.to_string(), "name a service, such as old-age-allowance"))?;
    let root = &arguments.dir;
    if !root.join(RULEBOOK_FILE).is_file() {
        return Err(CommandError::bad_use(
            format!("there is no {RULEBOOK_FILE} in `{}`", root.display()),
            format!(
                "name the folder of the rulebook with --dir, or begin one: `ordinance new {code}/{service} --kind service \
                 --dir {}`; then write the facts of the model into facts.toml, and its grant into services/{service}.toml",
                root.display()
            ),
        ));
    }
    let definitions = parse_definitions(&read_definition_files(&open(root)?)?).map_err(CommandError::Diagnostics)?;
    require_place(&definitions, &code)?;
    let contract = contract_of(&definitions, &service)?;
    let folder = root.join(code.as_str()).join(service.as_str());
    let path = folder.join(MANIFEST_FILE);
    if path.exists() {
        return Err(CommandError::bad_use(
            format!("`{}` already exists", path.display()),
            "remove it first, or name another place; nothing was changed",
        ));
    }
    let Some(rule) = imported(arguments, contract)? else {
        return Ok(Exit::Findings);
    };
    let year = year();
    let model = file_name(&arguments.file);
    let in_force = days_in_force(&rule);
    let head = Head { service: service.as_str(), jurisdiction: code.as_str(), year: &year, in_force, model: &model };
    let manifest = rule_toml(&rule, &head);
    write_rule(&folder, &path, &manifest.text)?;
    tell(&rule, &path, contract);
    if in_force.is_none() {
        terminal::print_line(&format!(
            "The model doesn't say from which day the law is in force: {MANIFEST_FILE} says {year}-01-01, with REPLACE beside it."
        ));
    }
    let written = format!("{code}/{service}");
    if is_sound(root, &written, &definitions, &rule, &manifest)? {
        if rule.grant.is_empty() && !contract.grant.is_empty() {
            let message = format!("`{}` grants nothing, though the service `{service}` has a grant", path.display());
            let help = "say in the file of --mapping which decision is which field, remove the file and import again; \
                        or write [grant] there";
            terminal::print_error(&message, Some(help));
            return Ok(Exit::Findings);
        }
        terminal::print_line(
            "Next: write the law in place of each REPLACE, and cases beside the rule; then ordinance test",
        );
        return Ok(Exit::Good);
    }
    let message = format!("`{}` is written, but can't be built as it is", path.display());
    let help = "mend it there; or mend the model, remove the file and import again";
    terminal::print_error(&message, Some(help));
    Ok(Exit::Findings)
}

/// Checks a written rule as a build does, and prints each fault with the element of the model that it is of.
fn is_sound(
    root: &Path,
    place: &str,
    definitions: &Definitions,
    imported: &ImportedRule,
    manifest: &RuleToml,
) -> Result<bool, CommandError> {
    let source = Source::read(root, SourceTrust::Trusted)?;
    let Some(rule) = source.rules.iter().find(|rule| rule.place == place) else {
        return Ok(false);
    };
    let Err(error) = check_expression_rule(&source, rule, definitions)? else {
        return Ok(true);
    };
    let RuleBuildError::Diagnostics(faults) = &error else {
        print_rule_error(&source, rule, &error);
        return Ok(false);
    };
    for fault in faults {
        terminal::print_diagnostic(fault);
        match manifest.part_at(fault.span.start) {
            Some(part) => {
                if let Some(ElementPlace { file, line, column, element }) = imported.element_of(part) {
                    terminal::print_note(&format!("it comes from {file}:{line}:{column}: {element}\n"));
                }
            }
            // Before the first part stands what is of the model as a whole.
            None => terminal::print_note("it comes from the name of the model\n"),
        }
    }
    Ok(false)
}

/// The days of a rule in force that the model says; `None` also for what isn't a day.
fn days_in_force(rule: &ImportedRule) -> Option<(Date, Option<Date>)> {
    let (from, until) = rule.in_force.as_ref()?;
    let until = match until {
        Some(text) => Some(read_date(text)?),
        None => None,
    };
    let from = read_date(from)?;
    until.is_none_or(|until| from < until).then_some((from, until))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The rule; `None` if the model has elements that aren't taken, which are told.
fn imported(arguments: &ImportArguments, contract: &Contract) -> Result<Option<ImportedRule>, CommandError> {
    let (name, text) = (file_name(&arguments.file), read_text(&arguments.file)?);
    let mapping = read_mapping(arguments.mapping.as_deref())?;
    let folder = ModelFolder::read([(name.as_str(), text.as_str())]);
    let main = match folder.find(&name) {
        Ok(main) => main,
        Err(refusal) => {
            terminal::print_error(&refusal.to_string(), None);
            return Ok(None);
        }
    };
    let case = ["as_of", "jurisdiction", "inherited"].map(str::to_owned);
    let service = ServiceNames {
        facts: contract.facts.iter().map(|fact| fact.name.as_str().to_owned()).chain(case).collect(),
        grant: contract.grant.iter().map(|field| field.name.as_str().to_owned()).collect(),
    };
    match import_rule(&folder, main, &mapping, &service) {
        Ok(rule) => Ok(Some(rule)),
        Err(ImportError::Mapping { message, help }) => Err(CommandError::bad_use(message, help)),
        Err(ImportError::Refused(refusals)) => {
            refusals.iter().for_each(|refusal| terminal::print_error(&refusal.to_string(), None));
            Ok(None)
        }
    }
}

fn write_rule(folder: &Path, path: &Path, text: &str) -> Result<(), CommandError> {
    fs::create_dir_all(folder).map_err(|source| io_error("made", folder, source))?;
    let file = fs::File::create_new(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|source| io_error("written", path, source))
}

fn tell(rule: &ImportedRule, path: &Path, contract: &Contract) {
    terminal::print_line(&format!(
        "{} has {} criteria, {} defined values, {} tables and {} fields of the grant.",
        path.display(),
        rule.criteria.len(),
        rule.defines.len(),
        rule.tables.len(),
        rule.grant.len()
    ));
    for (input, name) in &rule.without_fact {
        terminal::print_line(&format!("The service has no fact for the input `{input}`: the rule names it `{name}`."));
    }
    if !rule.without_fact.is_empty() {
        terminal::print_line(&format!(
            "Add these facts to facts.toml and services/{}.toml, or say in the file of --mapping which fact each is:\n\
             \x20 [facts]\n\x20 FACT = \"INPUT\"      # or \"INPUT.PART\"",
            contract.service
        ));
    }
    let is_granted = |name: &str| rule.grant.iter().any(|(field, _)| field == name);
    for field in contract.grant.iter().filter(|field| !is_granted(field.name.as_str())) {
        terminal::print_line(&format!(
            "No decision is the grant's `{0}`: [grant] {0} = \"DECISION\" in --mapping.",
            field.name
        ));
    }
    if !rule.unused.is_empty() {
        let names: Vec<String> = rule.unused.iter().map(|name| format!("`{name}`")).collect();
        terminal::print_line(&format!(
            "Nothing of the rule uses {}: what is a field of the grant or a criterion is named in the file of --mapping:\n\
             \x20 [grant]\n\x20 FIELD = \"DECISION\"     # or \"DECISION.OUTPUT\"\n\
             \x20 [criteria]\n\x20 ID = \"DECISION\"",
            names.join(", ")
        ));
    }
    for note in &rule.notes {
        terminal::print_line(&format!("Note: {note}"));
    }
}
