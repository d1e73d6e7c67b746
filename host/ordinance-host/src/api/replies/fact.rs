//! A fact and its type as they travel.

use std::collections::BTreeMap;

use ordinance_domain::fact::{Fact, FactType, Field, Holder};
use ordinance_domain::guidance::FactGuidance;
use ordinance_domain::name::FieldName;
use ordinance_domain::normalisation::NormalisationStep;
use ordinance_domain::sharing::Sharing;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::language::best;
use crate::api::replies::unit::{MeasureReply, measure_reply};
use crate::api::replies::{ProvisionReply, provision_reply};

/// A fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FactReply {
    name: String,
    title: Option<String>,
    #[serde(rename = "type")]
    fact_type: TypeReply,
    /// `public`, `personal` or `sensitive`.
    sensitivity: &'static str,
    /// The category of personal data, a term of the Data Privacy Vocabulary.
    category: Option<String>,
    /// How the department that holds it may share it, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharing: Option<SharingReply>,
    /// In what it stands, if it is a number, such as `CNY per month`.
    unit: Option<String>,
    /// The unit by its parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<MeasureReply>,
    /// How its text is normalised before it is masked: `width`, `space` or `no-space`, `case`. It is always in NFC.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    normalise: Vec<&'static str>,
    /// Whose it is: `applicant`, `household`, `each-item` (each item of the list is a person), or the name of another
    /// person of a case.
    holder: String,
    #[serde(flatten)]
    guidance: GuidanceReply,
}

/// The words by which a person is asked for a fact. A text that nobody wrote is left out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GuidanceReply {
    /// The question, such as `How old are you?`.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    /// What helps to answer it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The paper that proves the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    /// What each choice is called.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    choice_titles: BTreeMap<String, String>,
    /// Whether a person can change it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    changeable: bool,
}

/// How a fact may be shared between departments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SharingReply {
    /// `unconditional`, `conditional` or `not-shared`.
    class: &'static str,
    /// On what condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    provision: ProvisionReply,
}

/// The type of a fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TypeReply {
    /// `bool`, `integer`, `decimal`, `date`, `text`, `choice`, `record` or `list`.
    kind: &'static str,
    /// What is expected, in words.
    expected: String,
    /// The choices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
    /// The fields of a record, or of each record of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    fields: Vec<FieldReply>,
}

/// A field of a record. What it leaves out is as of the fact.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldReply {
    name: String,
    title: Option<String>,
    #[serde(rename = "type")]
    fact_type: TypeReply,
    /// Of a part on which privacy law rules by itself: `public`, `personal` or `sensitive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sensitivity: Option<&'static str>,
    /// Of such a part: the category of personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// Of such a part: how it may be shared between departments.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharing: Option<SharingReply>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<MeasureReply>,
    /// How its text is normalised before it is masked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    normalise: Vec<&'static str>,
    #[serde(flatten)]
    guidance: GuidanceReply,
}

/// The words of the steps of a normalisation, in their order.
fn normalise_reply(fact: &Fact) -> Vec<&'static str> {
    fact.normalisation.steps().into_iter().map(NormalisationStep::as_str).collect()
}

pub(crate) fn fact_reply(fact: &Fact, languages: &[String]) -> FactReply {
    FactReply {
        name: fact.name.to_string(),
        title: best(&fact.titles, languages),
        fact_type: type_reply(&fact.fact_type, languages),
        sensitivity: fact.sensitivity.as_str(),
        category: fact.category.map(|category| category.to_string()),
        sharing: fact.sharing.as_ref().map(|sharing| sharing_reply(sharing, languages)),
        unit: fact.unit.as_ref().map(ToString::to_string),
        measure: fact.unit.as_ref().map(measure_reply),
        normalise: normalise_reply(fact),
        holder: match &fact.holder {
            Holder::Applicant => "applicant".to_owned(),
            Holder::Household => "household".to_owned(),
            Holder::EachItem => "each-item".to_owned(),
            Holder::Other(person) => person.to_string(),
        },
        guidance: guidance_reply(&fact.guidance, languages),
    }
}

fn guidance_reply(guidance: &FactGuidance, languages: &[String]) -> GuidanceReply {
    let titles = guidance.choices.iter();
    GuidanceReply {
        question: best(&guidance.question, languages),
        hint: best(&guidance.hint, languages),
        evidence: best(&guidance.evidence, languages),
        changeable: guidance.is_changeable,
        choice_titles: titles.filter_map(|(choice, titles)| Some((choice.clone(), best(titles, languages)?))).collect(),
    }
}

/// A fact, or a part of one, by the name that it has in a case.
pub(crate) fn named_fact_reply(name: &FieldName, fact: &Fact, languages: &[String]) -> FactReply {
    FactReply { name: name.to_string(), ..fact_reply(fact, languages) }
}

fn sharing_reply(sharing: &Sharing, languages: &[String]) -> SharingReply {
    SharingReply {
        class: sharing.class.as_str(),
        condition: best(&sharing.condition, languages),
        provision: provision_reply(&sharing.provision),
    }
}

fn field_reply(field: &Field, languages: &[String]) -> FieldReply {
    let part = Some(&field.part).filter(|_| field.is_ruled_on);
    FieldReply {
        name: field.name.to_string(),
        title: best(&field.part.titles, languages),
        fact_type: type_reply(&field.part.fact_type, languages),
        sensitivity: part.map(|part| part.sensitivity.as_str()),
        category: part.and_then(|part| part.category).map(|category| category.to_string()),
        sharing: part.and_then(|part| part.sharing.as_ref()).map(|sharing| sharing_reply(sharing, languages)),
        unit: field.part.unit.as_ref().map(ToString::to_string),
        measure: field.part.unit.as_ref().map(measure_reply),
        normalise: normalise_reply(&field.part),
        guidance: guidance_reply(&field.part.guidance, languages),
    }
}

pub(crate) fn type_reply(fact_type: &FactType, languages: &[String]) -> TypeReply {
    let (kind, fields) = match fact_type {
        FactType::Bool => ("bool", &[][..]),
        FactType::Integer { .. } => ("integer", &[][..]),
        FactType::Decimal { .. } => ("decimal", &[][..]),
        FactType::Date => ("date", &[][..]),
        FactType::Text { .. } => ("text", &[][..]),
        FactType::Choice(_) => ("choice", &[][..]),
        FactType::Record(fields) => ("record", fields.as_slice()),
        FactType::List { fields, .. } => ("list", fields.as_slice()),
    };
    let choices = if let FactType::Choice(choices) = fact_type { choices.clone() } else { Vec::new() };
    let fields = fields.iter().map(|field| field_reply(field, languages)).collect();
    TypeReply { kind, expected: fact_type.to_string(), choices, fields }
}
