//! The decision of a case at one place of a comparison, with as much explanation as the request asks for. The shorter
//! forms have members of the full one alone: `none` what is decided, `short` also who decided.

use ordinance_domain::answer::Determination;
use ordinance_domain::calendar::{Date, LawDay};
use ordinance_domain::decision::LayerStatus;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::privacy::RuledFact;
use ordinance_domain::provision::Provision;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use ordinance_engine::value_json::GrantJson;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::explain::Explain;
use crate::api::replies::decision::{
    AtLeastReply, ViolationReply, at_least, granted, violation_reply, why_undetermined,
};
use crate::api::replies::law_notice::{LawNoticeReply, law_notices};
use crate::api::replies::provision::{ProvisionReply, provision_reply};
use crate::api::replies::unset_field::{UnsetFieldReply, unset_fields};
use crate::api::replies::value::written;
use crate::api::schema::{add_schema, forms_by_explain};
use crate::shown::Shown;

/// The decision at one place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceComparisonReply<'a> {
    jurisdiction: &'a str,
    /// The code that the request named, where the place has been renamed or merged since, or had another code then.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<&'a str>,
    name: Option<&'a str>,
    /// The day whose knowledge counts: that of the request, else the day that it was in the place.
    #[schema(value_type = String)]
    known_at: Shown<Date>,
    /// The day that it was in the place, whose privacy law counts.
    #[schema(value_type = String)]
    processed_on: Shown<Date>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantJson<'a>>,
    /// The fields that are `null` in the final grant, and why no level sets them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unset: Vec<UnsetFieldReply<'a>>,
    /// What is certain of a grant that isn't final.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<AtLeastReply<'a>>,
    /// The facts that this place asks for.
    missing: &'a [String],
    /// Whether the search for missing facts reached its limit: `missing` may name facts that can't change the decision.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing_cut_short: bool,
    /// The facts that privacy law withholds from this place's rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<&'a str>,
    /// The facts that rules may use and that the recipient may not be shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<&'a str>,
    /// The levels that decided (none where facts are hidden from the recipient), with the provisions of their criteria
    /// and numbers.
    deciding: Vec<DecidingLayerReply<'a>>,
    /// Where a rule went beyond upper law.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationReply>,
    /// What should be known of the law that the decision rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notices: Vec<LawNoticeReply>,
}

/// A level that decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecidingLayerReply<'a> {
    jurisdiction: &'a str,
    name: Option<&'a str>,
    #[schema(value_type = Option<String>)]
    rule: Option<Shown<&'a RuleHead>>,
    /// The provisions of the criteria that decided and of the numbers that were in force.
    provisions: Vec<ProvisionReply>,
}

/// The outcome at one place, without reasons: with `"explain": "none"`
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceOutcomeReply<'a> {
    jurisdiction: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[schema(value_type = Option<Object>)]
    grant: Option<GrantJson<'a>>,
    /// What is certain of a grant that isn't final.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<AtLeastReply<'a>>,
    /// The facts that this place asks for.
    missing: &'a [String],
    /// Whether `missing` may name facts that can't change the decision.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    missing_cut_short: bool,
}

/// The outcome at one place and who decided: with `"explain": "short"`
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShortPlaceReply<'a> {
    #[serde(flatten)]
    outcome: PlaceOutcomeReply<'a>,
    /// The levels that decided; none where facts are hidden from the recipient.
    deciding: Vec<ShortDecidingLayerReply<'a>>,
}

/// A level that decided, in short
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShortDecidingLayerReply<'a> {
    jurisdiction: &'a str,
    #[schema(value_type = Option<String>)]
    rule: Option<Shown<&'a RuleHead>>,
}

/// The decision at one place, in one of its forms.
pub(crate) struct ExplainedPlace;

impl PartialSchema for ExplainedPlace {
    fn schema() -> RefOr<Schema> {
        forms_by_explain(["PlaceComparisonReply", "ShortPlaceReply", "PlaceOutcomeReply"])
    }
}

impl ToSchema for ExplainedPlace {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        add_schema::<PlaceComparisonReply<'_>>(schemas);
        add_schema::<ShortPlaceReply<'_>>(schemas);
        add_schema::<PlaceOutcomeReply<'_>>(schemas);
    }
}

/// The decision at one place as JSON.
pub(crate) fn place_reply(
    decision: &RedactedDecision<'_>,
    rulebook: &Rulebook,
    languages: &[String],
    explain: Explain,
) -> Option<Box<RawValue>> {
    match explain {
        Explain::Full => written(&place_comparison(decision, rulebook, languages)),
        Explain::Short => written(&ShortPlaceReply {
            outcome: place_outcome(decision),
            deciding: decision.deciding_layers().map(short_deciding).collect(),
        }),
        Explain::None => written(&place_outcome(decision)),
    }
}

fn place_outcome<'a>(decision: &'a RedactedDecision<'_>) -> PlaceOutcomeReply<'a> {
    PlaceOutcomeReply {
        jurisdiction: decision.place().as_str(),
        outcome: decision.outcome().as_str(),
        reason: why_undetermined(decision.outcome()),
        grant: granted(decision),
        at_least: at_least(decision),
        missing: decision.outcome().missing_facts(),
        missing_cut_short: decision.may_name_irrelevant_facts(),
    }
}

fn short_deciding<'a>(layer: &'a RedactedLayer<'_>) -> ShortDecidingLayerReply<'a> {
    ShortDecidingLayerReply {
        jurisdiction: layer.jurisdiction.as_str(),
        rule: layer.rule.map(|rule| Shown(rule.as_ref())),
    }
}

fn place_comparison<'a>(
    decision: &'a RedactedDecision<'_>,
    rulebook: &'a Rulebook,
    languages: &[String],
) -> PlaceComparisonReply<'a> {
    let day = decision.query().day();
    let places = rulebook.jurisdictions_at(day.known_at);
    let name = |code: &JurisdictionCode| places.on(code, day.as_of)?.names.best(languages);
    let deciding = |layer: &'a RedactedLayer<'_>| DecidingLayerReply {
        jurisdiction: layer.jurisdiction.as_str(),
        name: name(layer.jurisdiction),
        rule: layer.rule.map(|rule| Shown(rule.as_ref())),
        provisions: deciding_provisions(layer, day).into_iter().map(provision_reply).collect(),
    };
    let fact = |ruled: &'a RuledFact| ruled.fact.as_str();
    PlaceComparisonReply {
        jurisdiction: decision.place().as_str(),
        asked: decision.requested_jurisdiction().map(JurisdictionCode::as_str),
        name: name(decision.place()),
        known_at: Shown(day.known_at),
        processed_on: Shown(decision.rulings().disclosure().on),
        outcome: decision.outcome().as_str(),
        reason: why_undetermined(decision.outcome()),
        grant: granted(decision),
        unset: unset_fields(decision),
        at_least: at_least(decision),
        missing: decision.outcome().missing_facts(),
        missing_cut_short: decision.may_name_irrelevant_facts(),
        withheld: decision.withheld().map(fact).collect(),
        hidden: decision.hidden().map(fact).collect(),
        deciding: decision.deciding_layers().map(deciding).collect(),
        violations: decision.layers().iter().flat_map(|layer| layer.violations).map(violation_reply).collect(),
        notices: law_notices(decision, rulebook),
    }
}

/// The provisions of the criteria that speak for a layer's answer and, if it grants, of its numbers on the day.
fn deciding_provisions<'a>(layer: &RedactedLayer<'a>, day: LawDay) -> Vec<&'a Provision> {
    let (Some(rule), LayerVisibility::Full(LayerStatus::Applied { answer, .. })) = (layer.rule, &layer.status) else {
        return Vec::new();
    };
    let (speaks, grants) = match answer.determination {
        Determination::Eligible(_) => (Some(true), true),
        Determination::Ineligible => (Some(false), false),
        Determination::Undetermined => (None, false),
    };
    let spoke = answer.findings.iter().filter(|finding| finding.satisfied == speaks);
    let criteria = spoke.filter_map(|finding| rule.criterion(&finding.criterion));
    let numbers =
        rule.parameters.iter().filter(|_| grants).filter_map(|parameter| parameter.on(day)?.provision.as_ref());
    let mut provisions: Vec<&Provision> = Vec::new();
    for provision in criteria.map(|criterion| &criterion.provision).chain(numbers) {
        if !provisions.contains(&provision) {
            provisions.push(provision);
        }
    }
    provisions
}
