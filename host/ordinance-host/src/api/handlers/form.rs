//! `GET /v1/services/{id}/form`: a JSON Schema of just the facts that the law of a place reads.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use ordinance_domain::fact::{Fact, FactType, Field, Holder};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::rule_type::{RuleField, ValueType};
use ordinance_domain::value::Decimal;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::questions::rank_declared_facts;
use ordinance_engine::{ApplicableLaw, Engine, InputError};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use crate::api::extract::{ServiceOnDay, known_place, read_query};
use crate::api::language::best;
use crate::api::problem::{QUERY, RequestError};
use crate::api::public_answers::kept::PublicRequest;
use crate::api::public_answers::respond_publicly;
use crate::api::public_answers::visitor::Visitor;
use crate::api::replies::unit::measure_reply;
use crate::api::requests::member::{CodeMember, DayMember, ServiceMember};
use crate::api::responses::QueryProblems;
use crate::app::{App, RequestEngine, to_json};

/// Whose law.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FormQuery {
    /// The code of the place.
    #[param(required = true, value_type = CodeMember)]
    jurisdiction: Option<String>,
    /// The day; without it, the day that it is in the place.
    #[param(required = false, value_type = DayMember)]
    as_of: Option<String>,
    /// The day whose knowledge counts; without it, the day that it is in the place.
    #[param(required = false, value_type = DayMember)]
    known_at: Option<String>,
    /// The language of titles; without it, that of `Accept-Language`.
    #[param(required = false, value_type = String)]
    language: Option<String>,
}

/// The form of a place
///
/// A JSON Schema (2020-12) of the facts that the law of this place reads on this day and no others: titles, units,
/// choices, ranges. `x-order` names the most telling facts first; `required` those without which a rule can't be
/// evaluated; `x-rules` the rules that read them, none where no level has one.
#[utoipa::path(get, path = "/v1/services/{id}/form", tag = "decisions",
    params(("id" = ServiceMember, Path, example = "disability-care-subsidy"), FormQuery),
    responses((status = 200, description = "The schema", body = Object, content_type = "application/schema+json"), QueryProblems))]
pub(crate) async fn form(
    State(app): State<Arc<App>>,
    RequestEngine(engine): RequestEngine,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<FormQuery>, QueryRejection>,
    visitor: Visitor,
) -> Response {
    let FormRequest { query, language, is_of_today } = match read(&engine, id, query) {
        Ok(read) => read,
        Err(error) => return app.problem(error),
    };
    let visitor = match language {
        Some(language) => visitor.wanting(language),
        None => visitor,
    };
    let CaseQuery { jurisdiction, service, as_of, known_at } = &query;
    let request = PublicRequest {
        text: format!("form of {service} in {jurisdiction} on {as_of} known {known_at}"),
        media_type: "application/schema+json",
        is_of_today,
    };
    respond_publicly(&app, engine, &visitor, request, move |engine, languages| {
        let law = ApplicableLaw::select(engine, &query).map_err(RequestError::Unknown)?;
        to_json(&schema(&law, languages))
    })
    .await
}

/// The law whose form is asked for, and the language.
struct FormRequest {
    query: CaseQuery,
    language: Option<String>,
    is_of_today: bool,
}

fn read(
    engine: &Engine,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<FormQuery>, QueryRejection>,
) -> Result<FormRequest, RequestError> {
    let parameters = read_query(query, "jurisdiction, as_of, known_at and language")?;
    let as_of = parameters.as_of.as_deref();
    let known_at = parameters.known_at.as_deref();
    let law = ServiceOnDay::read(engine.rulebook(), id, as_of, known_at)?;
    let code = parameters.jurisdiction.as_deref().ok_or_else(|| {
        let expected = "?jurisdiction=CODE, such as ?jurisdiction=CN-4403";
        RequestError::InvalidRequest(vec![InputError::expecting(QUERY, "the query names no place", expected)])
    })?;
    let jurisdiction = known_place(engine.rulebook(), "jurisdiction", code)?;
    let is_of_today = law.is_of_today();
    let as_of = law.as_of.in_place(engine.rulebook(), &jurisdiction);
    let known_at = law.known_at.in_place(engine.rulebook(), &jurisdiction);
    let query = CaseQuery { jurisdiction, service: law.service, as_of, known_at };
    Ok(FormRequest { query, language: parameters.language, is_of_today })
}

fn schema(law: &ApplicableLaw<'_>, languages: &[String]) -> Value {
    let contract = law.contract();
    // Which facts the law reads is public; privacy law rules on them when a case is decided.
    let questions = rank_declared_facts(law, &mut Budget::default());
    let order: Vec<String> = questions.iter().map(|question| question.fact.name.to_string()).collect();
    let required: Vec<&String> =
        order.iter().filter(|name| contract.fact(name).is_some_and(|fact| law.requires(&fact.name))).collect();
    let property = |fact: &Fact| {
        let declared: Vec<&RuleField> = law.declarations(&fact.name).collect();
        (fact.name.to_string(), fact_schema(fact, &declared, languages))
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": best(&contract.titles, languages),
        "type": "object",
        "properties": law.facts_read().into_iter().map(property).collect::<Map<String, Value>>(),
        "required": required,
        "additionalProperties": false,
        "x-order": order,
        "x-jurisdiction": law.place().as_str(),
        "x-rules": law.rules_in_force().map(|rule| format!("{}/{}", rule.head.jurisdiction, rule.head)).collect::<Vec<_>>(),
        "x-broken-rules": law.broken_rules().map(ToString::to_string).collect::<Vec<_>>(),
        "x-service": law.query().service.as_str(),
        "x-as-of": law.query().as_of.to_string(),
        "x-known-at": law.query().known_at.to_string(),
        "x-purpose": contract.purpose.as_str(),
        "x-basis": contract.basis.as_str(),
    })
}

fn fact_schema(fact: &Fact, declared: &[&RuleField], languages: &[String]) -> Value {
    let types: Vec<&ValueType> = declared.iter().map(|field| &field.value_type).collect();
    described(fact, &types, languages)
}

/// The schema of a fact or of a part, with what the catalogue says of it.
fn described(fact: &Fact, declared: &[&ValueType], languages: &[String]) -> Value {
    let mut schema = type_schema(&fact.fact_type, declared, languages);
    let extra = [
        ("title", best(&fact.titles, languages)),
        ("description", best(&fact.guidance.question, languages)),
        ("x-hint", best(&fact.guidance.hint, languages)),
        ("x-evidence", best(&fact.guidance.evidence, languages)),
        ("x-changeable", fact.guidance.is_changeable.then(|| "true".to_owned())),
        ("x-unit", fact.unit.as_ref().map(ToString::to_string)),
        ("x-category", fact.category.map(|category| category.to_string())),
        ("x-sensitivity", Some(fact.sensitivity.as_str().to_owned())),
        ("x-person", (fact.holder == Holder::EachItem).then(|| "each-item".to_owned())),
    ];
    schema.extend(extra.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::String(text?)))));
    if let Some(unit) = &fact.unit {
        schema.insert("x-measure".to_owned(), json!(measure_reply(unit)));
    }
    let titles = fact.guidance.choices.iter();
    let titles: Map<String, Value> =
        titles.filter_map(|(choice, titles)| Some((choice.clone(), best(titles, languages)?.into()))).collect();
    if !titles.is_empty() {
        schema.insert("x-choice-titles".to_owned(), titles.into());
    }
    Value::Object(schema)
}

/// The schema of a value; of a record, only the fields that a rule declares.
fn type_schema(fact_type: &FactType, declared: &[&ValueType], languages: &[String]) -> Map<String, Value> {
    let schema = match fact_type {
        FactType::Bool => json!({"type": "boolean"}),
        FactType::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        FactType::Decimal { min, max, scale } => json!({
            "type": "string",
            "pattern": decimal_pattern(*scale, *min),
            "x-minimum": min.to_string(),
            "x-maximum": max.to_string(),
        }),
        FactType::Date => json!({"type": "string", "format": "date"}),
        FactType::Text { bytes_max } => json!({"type": "string", "x-bytes-max": bytes_max}),
        FactType::Choice(choices) => json!({"type": "string", "enum": choices}),
        FactType::Record(fields) => record_schema(fields, declared, languages),
        FactType::List { fields, items_max } => {
            json!({"type": "array", "maxItems": items_max, "items": record_schema(fields, declared, languages)})
        }
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

fn decimal_pattern(scale: u32, min: Decimal) -> String {
    let sign = if min.is_sign_negative() { "-?" } else { "" };
    if scale == 0 { format!("^{sign}[0-9]+$") } else { format!("^{sign}[0-9]+(\\.[0-9]{{1,{scale}}})?$") }
}

fn record_schema(fields: &[Field], declared: &[&ValueType], languages: &[String]) -> Value {
    let inner = |name: &Field| -> Vec<&ValueType> {
        let fields = declared.iter().filter_map(|value_type| match value_type.inner() {
            ValueType::Record(fields) | ValueType::List(fields) => Some(fields),
            ValueType::Bool
            | ValueType::Integer(_)
            | ValueType::Decimal
            | ValueType::Date
            | ValueType::Text
            | ValueType::Choice(_)
            | ValueType::Decimals
            | ValueType::Option(_) => None,
        });
        fields.flatten().filter(|field| field.name == name.name).map(|field| &field.value_type).collect()
    };
    let read: Vec<(&Field, Vec<&ValueType>)> =
        fields.iter().map(|field| (field, inner(field))).filter(|(_, types)| !types.is_empty()).collect();
    let properties: Map<String, Value> =
        read.iter().map(|(field, types)| (field.name.to_string(), described(&field.part, types, languages))).collect();
    let required: Vec<String> = read
        .iter()
        .filter(|(_, types)| types.iter().any(|value_type| !value_type.is_optional()))
        .map(|(field, _)| field.name.to_string())
        .collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
