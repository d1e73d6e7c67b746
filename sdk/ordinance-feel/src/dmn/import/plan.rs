//! Which element of a model becomes what of a rule.

use super::names::{kebab_case, snake_case};
use crate::dmn::model::{Decision, Model};
use crate::dmn::refusal::RefusalError;

/// What of a model is what of a rule, as far as its author says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The decision that says who is eligible.
    pub outcome: Option<String>,
    /// The value of that decision for those who are, if it isn't `true`.
    pub outcome_value: Option<String>,
    /// Ids of criteria with the decisions that they are.
    pub criteria: Vec<(String, String)>,
    /// Fields of the grant with the decisions that they are, or `DECISION.OUTPUT` of a table with several outputs.
    pub grant: Vec<(String, String)>,
    /// Facts with the inputs that they are, or `INPUT.PART`.
    pub facts: Vec<(String, String)>,
}

/// What a service has names for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceNames {
    /// Its facts.
    pub facts: Vec<String>,
    /// The fields of its grant.
    pub grant: Vec<String>,
}

/// Why no rule can be made of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Elements that aren't taken.
    #[error("the model has elements that a rule can't take")]
    Refused(Vec<RefusalError>),
    /// What is which isn't known, or isn't there.
    #[error("{message}")]
    Mapping {
        /// What is wrong.
        message: String,
        /// How to say it.
        help: String,
    },
}

/// Which decision is what.
#[derive(Debug)]
pub(super) struct Plan<'m> {
    /// Who is eligible; without it those who satisfy every criterion.
    pub(super) outcome: Option<&'m Decision>,
    /// The criteria with their ids.
    pub(super) criteria: Vec<(String, &'m Decision)>,
    /// The fields of the grant, each with its decision and the output of it.
    pub(super) grant: Vec<(String, &'m Decision, Option<String>)>,
}

/// The names by which a decision is the outcome, if the author doesn't say.
const OUTCOMES: [&str; 8] =
    ["eligible", "eligibility", "is_eligible", "eligible?", "outcome", "determination", "entitled", "entitlement"];

pub(super) fn plan<'m>(model: &'m Model, mapping: &Mapping, service: &ServiceNames) -> Result<Plan<'m>, ImportError> {
    let grant = grant(model, mapping, service)?;
    let outcome = match &mapping.outcome {
        Some(name) => Some(decision(model, name)?),
        None => {
            model.decisions.iter().find(|decision| OUTCOMES.contains(&snake_case(&decision.variable.name).as_str()))
        }
    };
    let is_granted = |decision: &Decision| grant.iter().any(|(_, granted, _)| granted.id == decision.id);
    let criteria: Vec<(String, &Decision)> = match (mapping.criteria.is_empty(), outcome) {
        (false, _) => {
            let named = mapping.criteria.iter().map(|(id, name)| Ok((id.clone(), decision(model, name)?)));
            named.collect::<Result<_, ImportError>>()?
        }
        (true, Some(outcome)) => criteria_of(model, outcome),
        (true, None) => {
            let conditions = model.decisions.iter().filter(|decision| is_boolean(decision) && !is_granted(decision));
            conditions.map(|decision| (kebab_case(&decision.variable.name), decision)).collect()
        }
    };
    only_once(&criteria)?;
    match (outcome, criteria.is_empty()) {
        (None, true) => Err(ImportError::Mapping {
            message: "no decision of the model says who is eligible".to_owned(),
            help: format!("write outcome = \"DECISION\" into the file of --mapping; the model has {}", names(model)),
        }),
        (Some(outcome), true) => {
            let criterion = (kebab_case(&outcome.variable.name), outcome);
            Ok(Plan { outcome: None, criteria: vec![criterion], grant })
        }
        (outcome, false) => Ok(Plan { outcome, criteria, grant }),
    }
}

/// Refuses two decisions that would be one criterion.
fn only_once(criteria: &[(String, &Decision)]) -> Result<(), ImportError> {
    for (index, (id, decision)) in criteria.iter().enumerate() {
        let twice = criteria.iter().take(index).find(|(known, _)| known == id);
        if let Some((_, first)) = twice {
            let (first, second) = (&first.variable.name, &decision.variable.name);
            return Err(ImportError::Mapping {
                message: format!("the decisions `{first}` and `{second}` would both be the criterion `{id}`"),
                help: format!("give each an id in the file of --mapping: [criteria] {id} = \"{first}\", and so on"),
            });
        }
    }
    Ok(())
}

/// The decisions that are true or false, and that the outcome reads itself.
fn criteria_of<'m>(model: &'m Model, outcome: &Decision) -> Vec<(String, &'m Decision)> {
    let read = outcome.reads.iter().filter(|reference| reference.namespace.is_none());
    let decisions = read.filter_map(|reference| model.decisions.iter().find(|decision| decision.id == reference.id));
    let conditions = decisions.filter(|decision| is_boolean(decision));
    conditions.map(|decision| (kebab_case(&decision.variable.name), decision)).collect()
}

fn is_boolean(decision: &Decision) -> bool {
    decision.variable.type_ref.as_deref() == Some("boolean")
}

/// A grant field, the decision that gives it, and which output of that.
type GrantSource<'m> = (String, &'m Decision, Option<String>);

fn grant<'m>(model: &'m Model, mapping: &Mapping, service: &ServiceNames) -> Result<Vec<GrantSource<'m>>, ImportError> {
    if let Some((field, _)) = mapping.grant.iter().find(|(field, _)| !service.grant.contains(field)) {
        return Err(ImportError::Mapping {
            message: format!("the service grants no `{field}`"),
            help: format!("the fields of its grant are {}", service.grant.join(", ")),
        });
    }
    let mut grant = Vec::new();
    for field in &service.grant {
        let named = mapping.grant.iter().find(|(known, _)| known == field);
        match named {
            Some((_, path)) => {
                let (decision, output) = output_of(model, path)?;
                grant.push((field.clone(), decision, output));
            }
            None => {
                let alike = |decision: &&Decision| snake_case(&decision.variable.name) == *field;
                let mut alike = model.decisions.iter().filter(alike);
                if let (Some(first), Some(second)) = (alike.clone().next(), alike.clone().nth(1)) {
                    let (first, second) = (&first.variable.name, &second.variable.name);
                    return Err(ImportError::Mapping {
                        message: format!("the decisions `{first}` and `{second}` would both be the grant's `{field}`"),
                        help: format!("say in the file of --mapping which it is: [grant] {field} = \"{first}\""),
                    });
                }
                grant.extend(alike.next().map(|decision| (field.clone(), decision, None)));
            }
        }
    }
    Ok(grant)
}

/// The decision of a path, and its output: `DECISION` or `DECISION.OUTPUT`.
fn output_of<'m>(model: &'m Model, path: &str) -> Result<(&'m Decision, Option<String>), ImportError> {
    if let Ok(decision) = decision(model, path) {
        return Ok((decision, None));
    }
    match path.rsplit_once('.') {
        Some((name, output)) => Ok((decision(model, name.trim())?, Some(snake_case(output)))),
        None => decision(model, path).map(|decision| (decision, None)),
    }
}

fn decision<'m>(model: &'m Model, name: &str) -> Result<&'m Decision, ImportError> {
    let found = model.decisions.iter().find(|decision| decision.variable.name == name);
    found.ok_or_else(|| ImportError::Mapping {
        message: format!("the model has no decision `{name}`"),
        help: format!("its decisions are {}", names(model)),
    })
}

fn names(model: &Model) -> String {
    let names: Vec<String> = model.decisions.iter().map(|decision| format!("`{}`", decision.variable.name)).collect();
    if names.is_empty() { "no decisions".to_owned() } else { names.join(", ") }
}
