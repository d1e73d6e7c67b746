//! The rules of the rulebook: what each may see, its numbers, its criteria with their articles.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use ordinance_domain::digest::Digest;
use ordinance_domain::manifest::DeclaredMask;
use ordinance_domain::parameters::Parameter;
use ordinance_engine::digest::sha256;
use ordinance_engine::rulebook::BoundRule;
use ordinance_engine::{Engine, Rule, RuleState, Rulebook};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::extract::path_text;
use crate::api::language::best;
use crate::api::problem::RequestError;
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::api::replies::authority::{AuthorityReply, authority_replies};
use crate::api::replies::rule::{RuleReply, rule_reply};
use crate::api::replies::{ParameterReply, ProvisionReply, parameter_reply, provision_reply};
use crate::api::responses::{PlainProblems, QueryProblems};
use crate::app::{App, RequestEngine, to_json};
use crate::rulebook::reload_report::ReloadReport;

/// The rules of the rulebook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesReply<'a> {
    /// The digest of the rulebook.
    rulebook: String,
    /// How many are broken.
    broken: usize,
    /// What may be a mistake: days between two versions on which a place inherits, rules that outlive their place,
    /// bounds on nothing or that begin late.
    notices: Vec<String>,
    /// The revisions that a simulation may ask for, the one in use first.
    revisions: Vec<String>,
    /// What came of the last reload, if there was one since the start: why another rulebook isn't used.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_reload: Option<ReloadReport>,
    /// The authorities whose signed repositories the rulebook is made of, each after the one that delegates it; none
    /// if the rulebook isn't signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorities: Vec<AuthorityReply>,
    /// What was published or delegated by somebody who may not, and counts for nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused_publications: Vec<String>,
    rules: Vec<RuleReply<'a>>,
}

/// A rule with what it may see, its numbers and its criteria.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleDetailReply<'a> {
    #[serde(flatten)]
    rule: RuleReply<'a>,
    /// The facts that it may see, by the type of its binary, and no others; a privacy rule sees none.
    sees: Vec<String>,
    /// The masks that a privacy rule may ask for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    masks: Vec<MaskReply>,
    criteria: Vec<CriterionReply>,
    /// Its numbers, each value with the day from which it holds.
    parameters: Vec<ParameterReply>,
    limits: LimitsReply,
    /// The size of its file.
    bytes: usize,
}

/// A mask.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MaskReply {
    id: String,
    method: String,
    /// The facts that it applies to.
    facts: Vec<String>,
}

/// A criterion.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CriterionReply {
    id: String,
    title: Option<String>,
    provision: ProvisionReply,
}

/// The limits of a rule's call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitsReply {
    fuel: u64,
    deadline_ms: u64,
    memory_bytes: usize,
}

/// List the rules, broken ones with the reason
#[utoipa::path(get, path = "/v1/rules", tag = "catalogue", responses((status = 200, description = "The rules", body = RulesReply), PlainProblems))]
pub(crate) async fn rules(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    visitor: Visitor,
) -> Response {
    let revisions: Vec<String> = app.current.revisions().iter().map(ToString::to_string).collect();
    let last_reload = app.loader.as_ref().and_then(|rulebook| rulebook.last());
    // These change while the revision stays.
    let found = app.loader.as_ref().and_then(|rulebook| rulebook.signed()?.latest());
    let authorities = found.as_ref().map(|found| authority_replies(found)).unwrap_or_default();
    let refused = found.map(|found| found.rulebook.refused.clone()).unwrap_or_default();
    let state = match to_json(&(&revisions, &last_reload, &authorities, &refused)) {
        Ok(state) => sha256(&state),
        Err(error) => return app.problem(error),
    };
    let public = PublicRequest::json(format!("rules {state}"));
    let compute = move |engine: &Engine, languages: &[String]| {
        let reply = rules_reply(engine.rulebook(), revisions, languages);
        to_json(&RulesReply { last_reload, authorities, refused_publications: refused, ..reply })
    };
    respond_publicly(&app, engine, &visitor, public, compute).await
}

fn rules_reply<'a>(rulebook: &'a Rulebook, revisions: Vec<String>, languages: &[String]) -> RulesReply<'a> {
    let eligibility = rulebook.rules().map(|rule| rule_reply(rule, languages));
    let privacy = rulebook.privacy_rules().map(|rule| rule_reply(rule, languages));
    let shadows = rulebook.shadows().map(|rule| RuleReply { on_trial: true, ..rule_reply(rule, languages) });
    let rules: Vec<RuleReply<'_>> = eligibility.chain(privacy).chain(shadows).collect();
    let broken = rules.iter().filter(|rule| rule.reason.is_some() && !rule.on_trial).count();
    let notices = rulebook.notices().iter().map(ToString::to_string).collect();
    RulesReply {
        rulebook: rulebook.digest().to_string(),
        broken,
        notices,
        revisions,
        last_reload: None,
        authorities: Vec::new(),
        refused_publications: Vec::new(),
        rules,
    }
}

/// One rule by its digest: what it may see, its numbers, its criteria with their articles
#[utoipa::path(get, path = "/v1/rules/{digest}", tag = "catalogue", params(("digest" = String, Path, description = "sha256:...")),
    responses((status = 200, description = "The rule", body = RuleDetailReply), QueryProblems))]
pub(crate) async fn rule(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    digest: Result<Path<String>, PathRejection>,
    visitor: Visitor,
) -> Response {
    let Ok(digest) = path_text(digest).parse::<Digest>() else { return app.problem(RequestError::UnknownRule) };
    let public = PublicRequest::json(format!("rule {digest}"));
    let compute = move |engine: &Engine, languages: &[String]| {
        let rulebook = engine.rulebook();
        if let Some((rule, ready)) = find(rulebook.rules().chain(rulebook.shadows()), digest) {
            return to_json(&rule_detail(rule, ready, languages));
        }
        let (rule, ready) = find(rulebook.privacy_rules(), digest).ok_or(RequestError::UnknownRule)?;
        to_json(&rule_detail(rule, ready, languages))
    };
    respond_publicly(&app, engine, &visitor, public, compute).await
}

fn find<'a, Ready>(
    mut rules: impl Iterator<Item = &'a Rule<Ready>>,
    digest: Digest,
) -> Option<(&'a Rule<Ready>, &'a Ready)> {
    rules.find_map(|rule| match &rule.state {
        RuleState::Ready(ready) if rule.head.digest == Some(digest) => Some((rule, ready.as_ref())),
        RuleState::Ready(_) | RuleState::Broken(_) => None,
    })
}

fn rule_detail<'a, Type>(
    rule: &'a Rule<BoundRule<Type>>,
    ready: &BoundRule<Type>,
    languages: &[String],
) -> RuleDetailReply<'a> {
    let manifest = ready.manifest();
    let limits = ready.compiled().limits();
    let mask = |mask: &DeclaredMask| MaskReply {
        id: mask.id.to_string(),
        method: mask.mask.to_string(),
        facts: mask.facts.iter().map(ToString::to_string).collect(),
    };
    RuleDetailReply {
        rule: rule_reply(rule, languages),
        sees: rule.head.reads.iter().map(ToString::to_string).collect(),
        masks: manifest.masks.iter().map(mask).collect(),
        criteria: manifest
            .criteria
            .iter()
            .map(|criterion| CriterionReply {
                id: criterion.id.to_string(),
                title: best(&criterion.titles, languages),
                provision: provision_reply(&criterion.provision),
            })
            .collect(),
        parameters: manifest.parameters.iter().flat_map(|parameter| parameter_replies(parameter, languages)).collect(),
        limits: LimitsReply { fuel: limits.fuel, deadline_ms: limits.deadline_ms, memory_bytes: limits.memory_bytes },
        bytes: ready.bytes(),
    }
}

/// Every value of a parameter; one without a value while it has none.
fn parameter_replies(parameter: &Parameter, languages: &[String]) -> Vec<ParameterReply> {
    if parameter.values.is_empty() {
        return vec![parameter_reply(parameter, None, languages)];
    }
    parameter.values.iter().map(|dated| parameter_reply(parameter, Some(dated), languages)).collect()
}
