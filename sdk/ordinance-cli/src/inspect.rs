//! `ordinance inspect`: shows what a rule is and which facts it may see, from its component.

use std::io::Read;
use std::path::Path;

use ordinance_domain::calendar::Date;
use ordinance_domain::digest::Digest;
use ordinance_domain::fact::Fact;
use ordinance_domain::manifest::{Manifest, RuleScope};
use ordinance_domain::name::FieldName;
use ordinance_domain::parameters::DatedValue;
use ordinance_domain::rule_type::{RuleField, RuleType, ValueType};
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook::embedded_manifest;
use ordinance_engine::{Engine, Rulebook};
use ordinance_harness::{measure_costs, record_toml};
use ordinance_sandbox::Limits;
use ordinance_sandbox::wit_type::type_name;
use serde_json::{Map, Value as Json, json};

use crate::arguments::InspectArguments;
use crate::exit::{CommandError, Exit};
use crate::project::Project;
use crate::rulebook;
use crate::sandbox::sandbox;
use crate::source::{Folder, io_error, kind_of};
use crate::source_trust::SourceTrust;
use crate::terminal::{print_error, print_line};

pub(crate) fn run(arguments: &InspectArguments) -> Result<Exit, CommandError> {
    let sandbox = sandbox()?;
    let mut loader = sandbox.loader();
    let bytes = read_component(&arguments.file, loader.component_bytes_max())?;
    let manifest = embedded_manifest(&bytes).map_err(|error| no_rule(&arguments.file, &error.to_string()))?;
    let compiled = match manifest.scope {
        RuleScope::Service(_) => loader
            .compile_rule(&bytes, manifest.limits)
            .map(|rule| RuleInterface { limits: rule.limits(), rule_type: Some(rule.rule_type().clone()) }),
        RuleScope::Privacy => loader
            .compile_privacy_rule(&bytes, manifest.limits)
            .map(|rule| RuleInterface { limits: rule.limits(), rule_type: None }),
    };
    let interface = match compiled {
        Ok(interface) => interface,
        Err(error) => {
            print_error(&format!("`{}` can't be loaded: {error}", arguments.file.display()), None);
            return Ok(Exit::Findings);
        }
    };
    let context = {
        let trust = arguments.trust.trust();
        arguments.dir.as_deref().map(|folder| RuleContext::read(folder, trust)).transpose()?
    };
    let inspection =
        Inspection { bytes: &bytes, manifest: &manifest, interface: &interface, context: context.as_ref() };
    if arguments.json {
        print_line(&inspection.json()?.to_string());
    } else {
        inspection.print_text()?;
    }
    Ok(Exit::Good)
}

/// The bytes of a file of at most `bytes_max` bytes.
fn read_component(file: &Path, bytes_max: usize) -> Result<Vec<u8>, CommandError> {
    let most = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|opened| opened.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|source| io_error("read", file, source))?;
    if bytes.len() > bytes_max {
        return Err(no_rule(file, &format!("it has more than {bytes_max} bytes")));
    }
    Ok(bytes)
}

fn no_rule(file: &Path, reason: &str) -> CommandError {
    CommandError::bad_use(
        format!("`{}` is not a rule: {reason}", file.display()),
        "name a file in the folder `rules` of a built rulebook",
    )
}

/// The limits and the types that the component declares.
struct RuleInterface {
    limits: Limits,
    /// `None` for a privacy rule: all privacy rules have the same type.
    rule_type: Option<RuleType>,
}

/// The rulebook to which the rule belongs.
enum RuleContext {
    Sources(Box<Project>),
    Built(Box<Engine>),
}

impl RuleContext {
    fn read(folder: &Path, trust: SourceTrust) -> Result<Self, CommandError> {
        Ok(match kind_of(folder)? {
            Folder::Source => Self::Sources(Box::new(Project::read(folder, trust)?)),
            Folder::Built => Self::Built(Box::new(rulebook::load(folder, trust)?.engine)),
        })
    }

    fn rulebook(&self) -> &Rulebook {
        match self {
            Self::Sources(project) => project.loaded.rulebook(),
            Self::Built(engine) => engine.rulebook(),
        }
    }
}

struct Inspection<'a> {
    bytes: &'a [u8],
    manifest: &'a Manifest,
    interface: &'a RuleInterface,
    context: Option<&'a RuleContext>,
}

impl Inspection<'_> {
    fn digest(&self) -> Digest {
        sha256(self.bytes)
    }

    fn applicant(&self) -> &[RuleField] {
        self.interface.rule_type.as_ref().map_or(&[], |rule_type| &rule_type.applicant)
    }

    /// The facts of the service that the rule can't see. `None` without a rulebook.
    fn unseen(&self) -> Option<Vec<FieldName>> {
        let contract = self.context?.rulebook().contract(self.manifest.scope.service()?)?;
        let mut unseen = Vec::new();
        for fact in &contract.facts {
            let declared = self.applicant().iter().find(|field| field.name == fact.name);
            add_unseen(fact, declared, &mut unseen);
        }
        Some(unseen)
    }

    /// The number of cases beside the rule, and the least and the most fuel that one of them uses. `None` without the
    /// sources.
    fn fuel(&self) -> Result<Option<(usize, u64, u64)>, CommandError> {
        let Some(RuleContext::Sources(project)) = self.context else { return Ok(None) };
        let digest = self.digest();
        let mut fuel = Vec::new();
        project.for_each_rule(None, |study| {
            if study.rule.head.digest == Some(digest) {
                fuel.extend(measure_costs(study, 1).into_iter().map(|case| case.fuel));
            }
            Ok(())
        })?;
        let range = fuel.iter().min().zip(fuel.iter().max());
        Ok(range.map(|(least, most)| (fuel.len(), *least, *most)))
    }

    fn json(&self) -> Result<Json, CommandError> {
        let manifest = self.manifest;
        let criteria: Vec<Json> = manifest
            .criteria
            .iter()
            .map(|criterion| {
                json!({"id": criterion.id.as_str(), "title": criterion.titles.best(&[]),
                "document": criterion.provision.document, "article": criterion.provision.article})
            })
            .collect();
        let intermediates: Vec<Json> = manifest
            .intermediates
            .iter()
            .map(|told| json!({"name": told.name.as_str(), "title": told.title(), "unit": told.unit.as_ref().map(ToString::to_string)}))
            .collect();
        let parameters: Vec<Json> = manifest
            .parameters
            .iter()
            .map(|parameter| {
                let values = parameter.values.iter().map(|dated| {
                    let record = record_toml(&[(parameter.name.clone(), dated.value.clone())]);
                    let mut value: Map<String, Json> =
                        days_of(dated).map(|(key, day)| (key.to_owned(), day.to_string().into())).collect();
                    value.insert("from".to_owned(), dated.from.to_string().into());
                    value.insert("value".to_owned(), record.into());
                    value.insert("provision".to_owned(), dated.provision.as_ref().map(ToString::to_string).into());
                    value
                });
                json!({"name": parameter.name.as_str(), "unit": parameter.unit.as_ref().map(ToString::to_string), "values": values.collect::<Vec<_>>(), "pending": parameter.pending})
            })
            .collect();
        let fields = |fields: &[RuleField]| -> Vec<Json> {
            fields
                .iter()
                .map(|field| json!({"name": field.name.as_str(), "type": type_name(&field.value_type)}))
                .collect()
        };
        let limits = self.interface.limits;
        Ok(json!({
            "digest": self.digest().to_string(), "bytes": self.bytes.len(), "imports": [], "signatures": [],
            "jurisdiction": manifest.jurisdiction.as_str(), "rule": format!("{}@{}", manifest.id, manifest.version),
            "service": manifest.scope.service().map(ToString::to_string), "title": manifest.titles.best(&[]),
            "from": manifest.in_force.from().to_string(), "until": manifest.in_force.until().map(|day| day.to_string()),
            "sees": with_parts(self.applicant(), "").into_iter().map(|(name, value_type)| json!({"name": name, "type": type_name(value_type)})).collect::<Vec<_>>(),
            "cannot_see": self.unseen().map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>()),
            "grants": self.interface.rule_type.as_ref().map(|rule_type| fields(&rule_type.grant)),
            "criteria": criteria, "intermediates": intermediates, "parameters": parameters,
            "limits": {"fuel": limits.fuel, "deadline_ms": limits.deadline_ms, "memory_bytes": limits.memory_bytes},
            "fuel_of_cases": self.fuel()?.map(|(cases, least, most)| json!({"cases": cases, "least": least, "most": most})),
        }))
    }

    fn print_text(&self) -> Result<(), CommandError> {
        let manifest = self.manifest;
        let scope = manifest.scope.service().map_or_else(|| "privacy".to_owned(), ToString::to_string);
        print_line(&format!("{} {scope}, {}@{}", manifest.jurisdiction, manifest.id, manifest.version));
        print_line(&format!("  {}", manifest.titles.best(&[]).unwrap_or_default()));
        print_line(&format!("  in force {}", manifest.in_force));
        print_line(&format!("  {}, {} bytes", self.digest(), self.bytes.len()));
        print_line("  imports: none, so it has no clock, no random numbers, no files and no network");
        print_line("  signatures: none");
        self.print_facts();
        print_line("\nIts criteria:");
        for criterion in &manifest.criteria {
            print_line(&format!("  {:<28} {criterion}", criterion.id.as_str()));
        }
        if !manifest.intermediates.is_empty() {
            print_line("\nIt tells:");
        }
        for told in &manifest.intermediates {
            let unit = told.unit.as_ref().map(|unit| format!(", in {unit}")).unwrap_or_default();
            print_line(&format!("  {:<28} {}{unit}", told.name.as_str(), told.title()));
        }
        if !manifest.parameters.is_empty() {
            print_line("\nIts parameters:");
        }
        for parameter in &manifest.parameters {
            for dated in &parameter.values {
                let law = dated.provision.as_ref().map(|provision| format!(" ({provision})")).unwrap_or_default();
                let value = record_toml(&[(parameter.name.clone(), dated.value.clone())]);
                let unit = parameter.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                let days: String = days_of(dated).map(|(key, day)| format!(", {key} {day}")).collect();
                print_line(&format!("  from {} {value}{unit}{law}{days}", dated.from));
            }
            if let Some(pending) = &parameter.pending {
                print_line(&format!("  {} is pending: {pending}", parameter.name));
            }
        }
        let Limits { fuel, deadline_ms, memory_bytes, output_bytes: _ } = self.interface.limits;
        print_line(&format!("\nIts limits: {fuel} units of fuel, {deadline_ms} ms, {memory_bytes} bytes of memory"));
        if let Some((cases, least, most)) = self.fuel()? {
            print_line(&format!("Its {cases} cases use {least} to {most} units of fuel"));
        }
        Ok(())
    }

    fn print_facts(&self) {
        let Some(rule_type) = &self.interface.rule_type else {
            print_line(
                "\nThis rule sees no values: it gets the names, categories and sensitivities of facts, the recipient and the purpose.",
            );
            print_line("It may apply these masks:");
            for mask in &self.manifest.masks {
                let facts: Vec<&str> = mask.facts.iter().map(FieldName::as_str).collect();
                print_line(&format!("  {}: {} on {}", mask.id, mask.mask, facts.join(", ")));
            }
            return;
        };
        print_line("\nThis rule sees:");
        if rule_type.applicant.is_empty() {
            print_line("  no fact");
        }
        for (path, value_type) in with_parts(&rule_type.applicant, "") {
            print_line(&format!("  {path:<28} {}", type_name(value_type)));
        }
        match self.unseen() {
            Some(facts) if facts.is_empty() => {
                print_line("This rule can see every fact of its service, and nothing else.")
            }
            Some(unseen) => {
                let names: Vec<&str> = unseen.iter().map(FieldName::as_str).collect();
                print_line(&format!("This rule cannot see: {}, and nothing beyond its service.", names.join(", ")));
            }
            None => {
                print_line("This rule cannot see anything else. --rulebook DIR lists the other facts of its service.")
            }
        }
        if !rule_type.grant.is_empty() {
            print_line("It grants:");
        }
        for field in &rule_type.grant {
            print_line(&format!("  {:<28} {}", field.name.as_str(), type_name(&field.value_type)));
        }
    }
}

/// Fields with their parts, each with its path such as `members.age`.
fn with_parts<'f>(fields: &'f [RuleField], around: &str) -> Vec<(String, &'f ValueType)> {
    let mut found = Vec::new();
    for field in fields {
        let path = format!("{around}{}", field.name);
        found.push((path.clone(), &field.value_type));
        if let ValueType::Record(parts) | ValueType::List(parts) = field.value_type.inner() {
            found.extend(with_parts(parts, &format!("{path}.")));
        }
    }
    found
}

/// Adds the name of a fact or part that a rule doesn't declare, or of its parts that the rule doesn't.
fn add_unseen(fact: &Fact, declared: Option<&RuleField>, unseen: &mut Vec<FieldName>) {
    let Some(declared) = declared else {
        unseen.push(fact.name.clone());
        return;
    };
    let parts: &[RuleField] = match declared.value_type.inner() {
        ValueType::Record(parts) | ValueType::List(parts) => parts,
        _ => return,
    };
    for field in fact.fact_type.fields() {
        add_unseen(&field.part, parts.iter().find(|part| part.name == field.name), unseen);
    }
}

/// The days of a value, beside its first, that its manifest gives.
fn days_of(dated: &DatedValue) -> impl Iterator<Item = (&'static str, Date)> {
    let days = [("until", dated.until), ("published", dated.published), ("confirmed", dated.confirmed)];
    days.into_iter().filter_map(|(key, day)| Some((key, day?)))
}
