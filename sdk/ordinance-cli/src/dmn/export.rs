//! `ordinance export`: writes a rule as a model of DMN.

use std::fs;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::definitions::parse_definitions;
use ordinance_feel::dmn::export::export_rule;

use crate::arguments::ExportArguments;
use crate::build::expressions::rule_texts;
use crate::exit::{CommandError, Exit};
use crate::source::{RuleCode, RuleSource, Source, io_error};
use crate::source_trust::SourceTrust;
use crate::terminal;

pub(crate) fn run(arguments: &ExportArguments) -> Result<Exit, CommandError> {
    let source = Source::read(&arguments.dir, SourceTrust::Untrusted)?;
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let rule = wanted(&source, &arguments.rule)?;
    if rule.code != RuleCode::Expressions {
        return Err(CommandError::bad_use(
            format!("the rule {} isn't written as expressions", arguments.rule),
            "only a rule whose rule.toml has them (`when`, [define], [tables], [grant]) can be a model of DMN",
        ));
    }
    let manifest = rule.manifest.as_ref().map_err(|diagnostic| CommandError::Diagnostics(vec![diagnostic.clone()]))?;
    let contract =
        manifest.scope.service().and_then(|service| definitions.contracts.get(service)).ok_or_else(|| {
            CommandError::bad_use(
                format!("the service of {} is not in the rulebook", arguments.rule),
                "write its file in services/",
            )
        })?;
    let texts = rule_texts(&source, rule, &definitions)?;
    let model = match export_rule(&texts.text, contract, manifest) {
        Ok(model) => model,
        Err(errors) => {
            errors.iter().for_each(|error| terminal::print_error(&error.to_string(), None));
            return Ok(Exit::Findings);
        }
    };
    match &arguments.out {
        Some(path) => fs::write(path, model).map_err(|source| io_error("written", path, source))?,
        None => terminal::print_line(model.trim_end()),
    }
    Ok(Exit::Good)
}

fn wanted<'s>(source: &'s Source, rule: &str) -> Result<&'s RuleSource, CommandError> {
    let help = "write CODE/SERVICE, such as CN-4403/old-age-allowance";
    let (code, _) = rule.split_once('/').ok_or_else(|| CommandError::bad_use(format!("`{rule}` has no `/`"), help))?;
    JurisdictionCode::new(code).map_err(|error| CommandError::bad_use(error.to_string(), help))?;
    source.rules.iter().find(|known| known.place == rule).ok_or_else(|| {
        CommandError::bad_use(
            format!("there is no rule {rule} in `{}`", source.folder.display()),
            "name its folder, as CODE/SERVICE; of several versions, as CODE/SERVICE/VERSION",
        )
    })
}
