//! The check of the texts of a rule: what each name stands for, the type of each expression, units, and the bounds of
//! numbers. What it gives is the typed [`tree`](crate::tree), or all faults.
//!
//! A parameter's bounds are those of all its values with headroom: a factor of 1,000 away from zero, and for one that
//! is written as a decimal at least two digits after the point, so that a tool may move a value by a step, and a new
//! value needs no other build. A table has room for ten times its rows. A value beyond has to be refused where it
//! enters the rule.

mod builtins;
mod calls;
mod cell_words;
mod checked;
mod checker;
mod collections;
mod comparisons;
mod contexts;
mod expressions;
mod free_names;
mod grant;
mod inexact;
mod inputs;
mod joins;
mod list_functions;
mod names;
mod narrowing;
mod operators;
mod out_of_bounds;
mod parsed_texts;
mod properties;
mod reserved;
mod rule;
mod signatures;
mod tables;
mod temporals;
#[cfg(test)]
pub(crate) mod tests;
mod type_names;
mod unary_tests;
mod usage;

use std::collections::HashMap;
use std::rc::Rc;

use ordinance_domain::contract::Contract;
use ordinance_domain::manifest::Manifest;

use self::checker::Checker;
use self::inexact::inexact_products;
use self::out_of_bounds::amounts_out_of_bounds;
use self::parsed_texts::ParsedTexts;
use self::reserved::with_long_names;
use self::usage::Usage;
use crate::rule_text::{RuleText, TableText};
use crate::source_text::ExpressionError;
use crate::syntax::Scope;
use crate::table_analysis::{TableFinding, analyse_tables};
use crate::tree::{Answer, Determination, Program};

/// A rule of law without faults.
#[derive(Debug)]
pub struct CheckedRule {
    /// Its typed tree.
    pub program: Program,
    /// What its author should know of its tables. No table is refused for it.
    pub findings: Vec<TableFinding>,
    /// What its author probably didn't mean in its expressions. No rule is refused for it.
    pub warnings: Vec<ExpressionError>,
}

/// Checks a rule of law, and gives its typed tree.
///
/// # Errors
/// All faults that were found, in the order of their places; none that only follows from another.
pub fn check_rule(rule: &RuleText, contract: &Contract, manifest: &Manifest) -> Result<Program, Vec<ExpressionError>> {
    check_shared_rule(rule, contract, manifest, &[]).map(|checked| checked.program)
}

/// Checks a rule of law whose code other rules share, with parameters of their own: the types of parameters are those
/// of the values of all. Its tables are looked at as a whole.
///
/// # Errors
/// As those of [`check_rule`].
pub fn check_shared_rule(
    rule: &RuleText,
    contract: &Contract,
    manifest: &Manifest,
    sharing: &[&Manifest],
) -> Result<CheckedRule, Vec<ExpressionError>> {
    checked_rule(rule, contract, manifest, sharing).map_err(|faults| with_long_names(faults, rule, contract, manifest))
}

fn checked_rule(
    rule: &RuleText,
    contract: &Contract,
    manifest: &Manifest,
    sharing: &[&Manifest],
) -> Result<CheckedRule, Vec<ExpressionError>> {
    let manifests: Vec<&Manifest> = std::iter::once(manifest).chain(sharing.iter().copied()).collect();
    let names = names_of(rule, contract, manifest);
    let scope = Scope::new(names.iter().map(String::as_str));
    let (parsed, faults) = ParsedTexts::read(rule, &scope);
    let parsed = Rc::new(parsed);
    let mut checker = Checker::new(&rule.texts, Rc::clone(&parsed));
    checker.faults = faults;
    checker.absences = absences(manifest);
    checker.name_all(rule, contract, &manifests);
    checker.check_sources(None);
    let program = program(checker, rule, contract, manifest).map_err(in_order)?;
    // Once more with what the answer needs alone: the values, and the parts of facts.
    let usage = Usage::of(&program);
    let mut checker = Checker::new(&rule.texts, parsed);
    checker.absences = absences(manifest);
    checker.name_all(rule, contract, &manifests);
    checker.narrow_facts(contract, &program, &usage);
    checker.check_sources(Some(&usage.definitions(&program)));
    let program = self::program(checker, rule, contract, manifest).map_err(in_order)?;
    let found = analyse_tables(&program, &rule.texts, manifest).into_iter();
    let (refused, findings): (Vec<_>, Vec<_>) = found.partition(|finding| finding.kind.is_refused());
    if !refused.is_empty() {
        return Err(in_order(faults_of(refused, rule)));
    }
    let warnings = inexact_products(&program).into_iter().chain(amounts_out_of_bounds(&program, contract));
    let warnings = in_order(warnings.collect());
    Ok(CheckedRule { program, findings, warnings })
}

/// Why parameters have no value on some days, in words.
fn absences(manifest: &Manifest) -> HashMap<String, String> {
    let begin = manifest.in_force.from();
    let absent = manifest.parameters.iter().filter_map(|parameter| {
        let first = parameter.values.iter().map(|dated| dated.from).min();
        let reason = match first {
            None => "it has no value yet".to_owned(),
            Some(first) if first > begin => {
                format!("it has no value before {first}, and the rule is in force from {begin}")
            }
            Some(_) => return None,
        };
        Some((parameter.name.to_string(), reason))
    });
    absent.collect()
}

/// The rows of tables that match the same case though the hit policy forbids it.
fn faults_of(refused: Vec<TableFinding>, rule: &RuleText) -> Vec<ExpressionError> {
    let fault = |found: TableFinding| {
        let table = rule.tables.iter().find(|table| table.name == found.table);
        let help = if table.is_some_and(|table| has_days(table, rule)) {
            // `first` would go on with the older row.
            "write the conditions as in the older row to renew it from a later day; else narrow one of the two, or end \
             one of them in a column `until`"
        } else {
            "narrow one of the two, or say with `hit` which one counts: `first` takes the first that matches"
        };
        ExpressionError { place: found.place, message: found.message, help: Some(help.to_owned()) }
    };
    refused.into_iter().map(fault).collect()
}

/// Whether the rows of a table have days: its last column tests the day of the case.
fn has_days(table: &TableText, rule: &RuleText) -> bool {
    let tested = table.inputs.last().and_then(|input| rule.texts.0.get(input.0));
    tested.is_some_and(|input| input.text.trim() == "as_of")
}

fn in_order(mut faults: Vec<ExpressionError>) -> Vec<ExpressionError> {
    faults.sort_by_key(|fault| (fault.place.text, fault.place.span.start, fault.place.span.end));
    faults
}

/// Everything that an expression may name.
fn names_of(rule: &RuleText, contract: &Contract, manifest: &Manifest) -> Vec<String> {
    let facts = contract.facts.iter().map(|fact| fact.name.to_string());
    let parameters = manifest.parameters.iter().map(|parameter| parameter.name.to_string());
    let defines = rule.defines.iter().map(|(name, _)| name.clone());
    let tables = rule.tables.iter().map(|table| table.name.clone());
    let criteria = rule.criteria.iter().map(|criterion| criterion.id.replace('-', "_"));
    let always =
        ["as_of", "jurisdiction", "inherited", "criteria", "facts", "parameters"].into_iter().map(str::to_owned);
    facts.chain(parameters).chain(defines).chain(tables).chain(criteria).chain(always).collect()
}

/// The tree of all that was checked, if nothing has a fault.
fn program<'t>(
    mut checker: Checker<'t>,
    rule: &'t RuleText,
    contract: &Contract,
    manifest: &Manifest,
) -> Result<Program, Vec<ExpressionError>> {
    let findings = checker.findings(rule);
    let eligible = checker.eligible(rule, &findings);
    let grant = checker.grant(rule, contract);
    let intermediates = checker.intermediates(rule);
    checker.check_units_told(rule, manifest);
    let (findings, grant): (Option<Vec<_>>, Option<Vec<_>>) =
        (findings.into_iter().collect(), grant.into_iter().collect());
    let Checker { faults, inputs, definitions, .. } = checker;
    match (findings, eligible, grant) {
        (Some(findings), Some(eligible), Some(grant)) if faults.is_empty() => {
            let answer = Answer::Determination(Determination { findings, eligible, grant, intermediates });
            Ok(Program { inputs, definitions, answer })
        }
        (_, _, _) => Err(faults),
    }
}
