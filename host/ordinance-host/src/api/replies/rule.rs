//! A rule as it travels.

use ordinance_domain::manifest::RuleScope;
use ordinance_engine::rulebook::BoundRule;
use ordinance_engine::{Rule, RuleState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::language::best;
use crate::api::replies::DaysReply;
use crate::api::replies::publisher::PublisherReply;

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleReply<'a> {
    /// `id@version`
    pub(crate) rule: String,
    pub(crate) jurisdiction: String,
    /// `eligibility` or `privacy`.
    pub(crate) kind: &'static str,
    /// The service; none for a privacy rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) in_force: DaysReply,
    /// The day it was published, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published: Option<String>,
    /// The day it was withdrawn, as if it had never been the law; it counts only for what was known before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) withdrawn: Option<String>,
    pub(crate) digest: Option<String>,
    /// Who published it, and who approved it; none if the rulebook isn't signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published_by: Option<PublisherReply<'a>>,
    /// The rule whose code it shares, as `CODE` or `CODE@VERSION`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extends: Option<String>,
    /// `ready` or `broken`. A layer with a broken rule fails.
    pub(crate) state: &'static str,
    /// Whether it is a shadow rule: the host evaluates it beside the version in force, and it is no law.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) on_trial: bool,
    /// Why it is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

pub(crate) fn rule_reply<'a, Type>(rule: &'a Rule<BoundRule<Type>>, languages: &[String]) -> RuleReply<'a> {
    let head = &rule.head;
    let (state, reason, extends) = match &rule.state {
        RuleState::Ready(ready) => ("ready", None, ready.manifest().extends.as_ref().map(ToString::to_string)),
        RuleState::Broken(why) => ("broken", Some(why.to_string()), None),
    };
    RuleReply {
        rule: head.to_string(),
        jurisdiction: head.jurisdiction.to_string(),
        kind: if head.scope == RuleScope::Privacy { "privacy" } else { "eligibility" },
        service: head.scope.service().map(ToString::to_string),
        title: best(&head.titles, languages),
        in_force: DaysReply::of(head.in_force),
        published: head.publication.published.map(|day| day.to_string()),
        withdrawn: head.publication.withdrawn.map(|day| day.to_string()),
        digest: head.digest.map(|digest| digest.to_string()),
        published_by: head.published_by.as_ref().map(PublisherReply::from),
        extends,
        state,
        on_trial: false,
        reason,
    }
}
