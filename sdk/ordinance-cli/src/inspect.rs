//! `ordinance inspect`: what a rule is and may see, from its one file.

use std::path::Path;

use ordinance_domain::fact::Fact;
use ordinance_domain::manifest::{About, Manifest};
use ordinance_domain::name::FieldName;
use ordinance_domain::rule_type::{RuleField, RuleType};
use ordinance_engine::Rulebook;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook::embedded_manifest;
use ordinance_harness::{bench, record_toml};
use ordinance_sandbox::Limits;
use serde_json::{Value as Json, json};

use crate::arguments::InspectArguments;
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::sandbox::sandbox;
use crate::source::{Folder, io_error, kind_of};
use crate::study::Project;
use crate::terminal::{fault, say};

pub(crate) fn run(arguments: &InspectArguments) -> Result<Exit, CommandError> {
    let bytes = std::fs::read(&arguments.file).map_err(|source| io_error("read", &arguments.file, source))?;
    let manifest = embedded_manifest(&bytes).map_err(|reason| no_rule(&arguments.file, &reason))?;
    let sandbox = sandbox()?;
    let mut loader = sandbox.loader();
    let checked = match manifest.about {
        About::Service(_) => loader
            .check(&bytes, manifest.limits)
            .map(|rule| RuleInterface { limits: rule.limits(), rule_type: Some(rule.rule_type().clone()) }),
        About::Privacy => loader
            .check_privacy(&bytes, manifest.limits)
            .map(|rule| RuleInterface { limits: rule.limits(), rule_type: None }),
    };
    let seen = match checked {
        Ok(seen) => seen,
        Err(refusal) => {
            fault(&format!("`{}` is refused: {refusal}", arguments.file.display()), None);
            return Ok(Exit::Findings);
        }
    };
    let beside = arguments.rulebook.as_deref().map(RuleContext::read).transpose()?;
    let inspected = Inspection { bytes: &bytes, manifest: &manifest, seen: &seen, beside: beside.as_ref() };
    if arguments.json {
        say(&inspected.json()?.to_string());
    } else {
        inspected.tell()?;
    }
    Ok(Exit::Good)
}

fn no_rule(file: &Path, reason: &str) -> CommandError {
    CommandError::bad_use(
        format!("`{}` is no rule: {reason}", file.display()),
        "name a file of a rulebook's folder `rules`, which `ordinance build` writes",
    )
}

/// What the binary itself says.
struct RuleInterface {
    limits: Limits,
    /// None of a privacy rule, whose type is the same for all.
    rule_type: Option<RuleType>,
}

/// The rulebook that the rule belongs to.
enum RuleContext {
    Sources(Box<Project>),
    Built(Box<Rulebook>),
}

impl RuleContext {
    fn read(folder: &Path) -> Result<Self, CommandError> {
        Ok(match kind_of(folder)? {
            Folder::Source => Self::Sources(Box::new(Project::read(folder)?)),
            Folder::Built => Self::Built(Box::new(rulebook::load(folder)?.rulebook)),
        })
    }

    fn rulebook(&self) -> &Rulebook {
        match self {
            Self::Sources(studied) => &studied.loaded.rulebook,
            Self::Built(rulebook) => rulebook,
        }
    }
}

struct Inspection<'a> {
    bytes: &'a [u8],
    manifest: &'a Manifest,
    seen: &'a RuleInterface,
    beside: Option<&'a RuleContext>,
}

impl Inspection<'_> {
    fn digest(&self) -> String {
        sha256(self.bytes)
    }

    fn applicant(&self) -> &[RuleField] {
        self.seen.rule_type.as_ref().map_or(&[], |seen| &seen.applicant)
    }

    /// The facts of the service that the rule can't see; none is known without a rulebook.
    fn unseen(&self) -> Option<Vec<&Fact>> {
        let contract = self.beside?.rulebook().contract(self.manifest.about.service()?)?;
        let is_seen = |name: &FieldName| self.applicant().iter().any(|field| field.name == *name);
        Some(contract.facts.iter().filter(|fact| !is_seen(&fact.name)).collect())
    }

    /// The fuel that the cases beside the rule use: how many there are, the least and the most.
    fn fuel(&self) -> Result<Option<(usize, u64, u64)>, CommandError> {
        let Some(RuleContext::Sources(studied)) = self.beside else { return Ok(None) };
        let (digest, mut fuel) = (self.digest(), Vec::new());
        studied.each(None, |study| {
            if study.rule.head.digest.as_ref() == Some(&digest) {
                fuel.extend(bench(study, 1).into_iter().map(|case| case.fuel));
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
        let parameters: Vec<Json> = manifest
            .parameters
            .iter()
            .map(|parameter| {
                let values = parameter.values.iter().map(|dated| {
                    let record = record_toml(&[(parameter.name.clone(), dated.value.clone())]);
                    json!({"from": dated.from.to_string(), "value": record, "provision": dated.provision.as_ref().map(ToString::to_string)})
                });
                json!({"name": parameter.name.as_str(), "unit": parameter.unit, "values": values.collect::<Vec<_>>(), "pending": parameter.pending})
            })
            .collect();
        let fields = |fields: &[RuleField]| -> Vec<Json> {
            fields
                .iter()
                .map(|field| json!({"name": field.name.as_str(), "type": field.value_type.to_string()}))
                .collect()
        };
        Ok(json!({
            "digest": format!("sha256:{}", self.digest()), "bytes": self.bytes.len(), "imports": [], "signatures": [],
            "jurisdiction": manifest.jurisdiction.as_str(), "rule": format!("{}@{}", manifest.id, manifest.version),
            "service": manifest.about.service().map(ToString::to_string), "title": manifest.titles.best(&[]),
            "from": manifest.in_force.from().to_string(), "until": manifest.in_force.until().map(|day| day.to_string()),
            "sees": fields(self.applicant()),
            "cannot_see": self.unseen().map(|facts| facts.iter().map(|fact| fact.name.to_string()).collect::<Vec<_>>()),
            "grants": self.seen.rule_type.as_ref().map(|seen| fields(&seen.grant)),
            "criteria": criteria, "parameters": parameters,
            "limits": {"fuel": self.seen.limits.fuel, "deadline_ms": self.seen.limits.deadline_ms, "memory_bytes": self.seen.limits.memory_bytes},
            "fuel_of_cases": self.fuel()?.map(|(cases, least, most)| json!({"cases": cases, "least": least, "most": most})),
        }))
    }

    fn tell(&self) -> Result<(), CommandError> {
        let manifest = self.manifest;
        let about = manifest.about.service().map_or_else(|| "privacy".to_owned(), ToString::to_string);
        say(&format!("{} {about}, {}@{}", manifest.jurisdiction, manifest.id, manifest.version));
        say(&format!("  {}", manifest.titles.best(&[]).unwrap_or_default()));
        let until = manifest.in_force.until().map(|day| format!(" until {day}")).unwrap_or_default();
        say(&format!("  in force from {}{until}", manifest.in_force.from()));
        say(&format!("  sha256:{}, {} bytes", self.digest(), self.bytes.len()));
        say("  imports: none, so no clock, no randomness, no files and no network");
        say("  signatures: none");
        self.tell_facts();
        say("\nIts criteria:");
        for criterion in &manifest.criteria {
            say(&format!("  {:<28} {criterion}", criterion.id.as_str()));
        }
        if !manifest.parameters.is_empty() {
            say("\nIts numbers:");
        }
        for parameter in &manifest.parameters {
            for dated in &parameter.values {
                let law = dated.provision.as_ref().map(|provision| format!(" ({provision})")).unwrap_or_default();
                let value = record_toml(&[(parameter.name.clone(), dated.value.clone())]);
                let unit = parameter.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                say(&format!("  from {} {value}{unit}{law}", dated.from));
            }
            if let Some(pending) = &parameter.pending {
                say(&format!("  {} is pending: {pending}", parameter.name));
            }
        }
        let Limits { fuel, deadline_ms, memory_bytes, output_bytes: _ } = self.seen.limits;
        say(&format!("\nIts limits: {fuel} units of fuel, {deadline_ms} ms, {memory_bytes} bytes of memory"));
        if let Some((cases, least, most)) = self.fuel()? {
            say(&format!("Its {cases} cases use {least} to {most} units of fuel"));
        }
        Ok(())
    }

    fn tell_facts(&self) {
        let Some(seen) = &self.seen.rule_type else {
            say("\nThis rule sees no fact: it is told names, categories and sensitivities, and for whom and what for.");
            say("It may ask for these masks:");
            for mask in &self.manifest.masks {
                let facts: Vec<&str> = mask.facts.iter().map(FieldName::as_str).collect();
                say(&format!("  {}: {} on {}", mask.id, mask.mask, facts.join(", ")));
            }
            return;
        };
        say("\nThis rule sees:");
        if seen.applicant.is_empty() {
            say("  no fact");
        }
        for field in &seen.applicant {
            say(&format!("  {:<28} {}", field.name.as_str(), field.value_type));
        }
        match self.unseen() {
            Some(facts) if facts.is_empty() => say("This rule can see every fact of its service, and nothing else."),
            Some(facts) => {
                let names: Vec<&str> = facts.iter().map(|fact| fact.name.as_str()).collect();
                say(&format!("This rule cannot see: {}, and nothing beyond its service.", names.join(", ")));
            }
            None => say(
                "This rule cannot see: anything else. With --rulebook DIR the other facts of its service are named.",
            ),
        }
        if !seen.grant.is_empty() {
            say("It grants:");
        }
        for field in &seen.grant {
            say(&format!("  {:<28} {}", field.name.as_str(), field.value_type));
        }
    }
}
