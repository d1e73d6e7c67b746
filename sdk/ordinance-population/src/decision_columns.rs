//! Decisions as columns: the outcome, what is missing, what is granted, and which criteria refuse.

use std::fmt::Write;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use ordinance_domain::answer::{Determination, Finding, Grant};
use ordinance_domain::contract::{Contract, GrantField};
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::FieldName;
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_engine::Case;
use ordinance_engine::simulation::{PlainAnswer, PlainRun};

use crate::decision_sink::DecisionSink;
use crate::value_column::{ValueColumn, data_type};

/// Two services of one table grant a field of the same name in different types.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the services `{first}` and `{second}` grant `{field}` in different types, which one column can't hold; decide the \
     people of each service apart"
)]
pub struct GrantColumnError {
    first: String,
    second: String,
    field: FieldName,
}

/// The columns of decisions on cases of some services.
#[derive(Debug, Clone)]
pub struct DecisionSchema {
    grant: Vec<GrantField>,
    schema: SchemaRef,
}

impl DecisionSchema {
    /// The columns for these services: `outcome`; `open`, why the outcome isn't final; `missing`, the facts for which
    /// it waits; `withheld`, the facts that privacy law withholds; `grant.FIELD` for each field that is granted, and
    /// `at_least.FIELD` for what is certain of a grant that isn't final; `refused_by`, the criteria that aren't
    /// satisfied at the levels that decided, as `CODE CRITERION`; `violations`, the bounds of upper law that answers
    /// break, as `CODE SUBJECT`; `fault`, why a row isn't a case.
    ///
    /// # Errors
    /// [`GrantColumnError`] if two services grant a field of one name in different types.
    pub fn new<'c>(contracts: impl Iterator<Item = &'c Contract>) -> Result<Self, GrantColumnError> {
        let mut grant: Vec<(&str, &GrantField)> = Vec::new();
        for contract in contracts {
            for field in &contract.grant {
                match grant.iter().find(|(_, known)| known.name == field.name) {
                    None => grant.push((contract.service.as_str(), field)),
                    Some((_, known)) if data_type(&known.fact_type) == data_type(&field.fact_type) => {}
                    Some((first, _)) => {
                        let (first, second) = ((*first).to_owned(), contract.service.to_string());
                        return Err(GrantColumnError { first, second, field: field.name.clone() });
                    }
                }
            }
        }
        let grant: Vec<GrantField> = grant.into_iter().map(|(_, field)| field.clone()).collect();
        let schema = Arc::new(Schema::new(fields(&grant)));
        Ok(Self { grant, schema })
    }

    /// The columns and their types.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

fn fields(grant: &[GrantField]) -> Vec<Field> {
    let texts = || DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
    let amounts = |prefix: &'static str| {
        grant.iter().map(move |field| Field::new(format!("{prefix}.{}", field.name), data_type(&field.fact_type), true))
    };
    let mut fields = vec![
        Field::new("outcome", DataType::Utf8, true),
        Field::new("open", DataType::Utf8, true),
        Field::new("missing", texts(), true),
        Field::new("withheld", texts(), true),
    ];
    fields.extend(amounts("grant"));
    fields.extend(amounts("at_least"));
    fields.push(Field::new("refused_by", texts(), true));
    fields.push(Field::new("violations", texts(), true));
    fields.push(Field::new("fault", DataType::Utf8, true));
    fields
}

/// Writes decisions as columns, one row each.
pub struct DecisionColumns {
    schema: SchemaRef,
    rows: usize,
    outcome: StringBuilder,
    open: StringBuilder,
    missing: TextListBuilder,
    withheld: TextListBuilder,
    grant: Vec<(FieldName, ValueColumn)>,
    at_least: Vec<(FieldName, ValueColumn)>,
    refused_by: TextListBuilder,
    violations: TextListBuilder,
    fault: StringBuilder,
}

impl DecisionColumns {
    /// Empty columns.
    #[must_use]
    pub fn new(schema: &DecisionSchema) -> Self {
        let column = |field: &GrantField| (field.name.clone(), ValueColumn::new(&field.fact_type));
        let grant = || schema.grant.iter().map(column).collect();
        Self {
            schema: schema.schema.clone(),
            rows: 0,
            outcome: StringBuilder::new(),
            open: StringBuilder::new(),
            missing: TextListBuilder::default(),
            withheld: TextListBuilder::default(),
            grant: grant(),
            at_least: grant(),
            refused_by: TextListBuilder::default(),
            violations: TextListBuilder::default(),
            fault: StringBuilder::new(),
        }
    }

    /// Adds a decision as its recipient may see it.
    fn add_redacted(&mut self, decision: &RedactedDecision<'_>) {
        let outcome = decision.outcome();
        self.outcome.append_value(outcome.as_str());
        self.open.append_option(outcome.open().map(|open| open.as_str()));
        self.missing.add(outcome.missing_facts().iter().map(String::as_str));
        self.withheld.add(decision.withheld().map(|ruled| ruled.fact.as_str()));
        let (grant, least) = match outcome {
            Outcome::Eligible(grant) if !decision.is_redacted() => (Some(grant), None),
            Outcome::EligibleAtLeast { least, .. } if !decision.is_redacted() => (None, Some(least)),
            Outcome::Eligible(_) | Outcome::EligibleAtLeast { .. } | Outcome::Ineligible | Outcome::Undetermined(_) => {
                (None, None)
            }
        };
        add_amounts(&mut self.grant, grant);
        add_amounts(&mut self.at_least, least);
        if matches!(outcome, Outcome::Ineligible) {
            for layer in decision.deciding_layers() {
                let LayerVisibility::Full(status) = &layer.status else { continue };
                let findings = status.answer().map_or(&[][..], |answer| &answer.findings);
                self.refused_by.push_refusing(layer.jurisdiction, findings);
            }
        }
        self.refused_by.end_row();
        self.violations.add(violations(decision).iter().map(String::as_str));
        self.fault.append_null();
        self.rows += 1;
    }

    /// The columns so far.
    ///
    /// # Errors
    /// [`ArrowError`] if a number has more digits than its column.
    pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.outcome.finish()),
            Arc::new(self.open.finish()),
            self.missing.finish(),
            self.withheld.finish(),
        ];
        for (_, column) in self.grant.into_iter().chain(self.at_least) {
            columns.push(column.finish()?);
        }
        columns.push(self.refused_by.finish());
        columns.push(self.violations.finish());
        columns.push(Arc::new(self.fault.finish()));
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        RecordBatch::try_new_with_options(self.schema, columns, &options)
    }
}

impl DecisionSink for DecisionColumns {
    /// Takes a decision as its recipient may see it.
    fn add(&mut self, _: &Case, decision: &Decision) {
        self.add_redacted(&RedactedDecision::of(decision));
    }

    fn add_plain(&mut self, run: &PlainRun<'_>, answer: &PlainAnswer) {
        self.outcome.append_value(answer.determination.as_str());
        self.open.append_null();
        self.missing.add(std::iter::empty());
        self.withheld.add(std::iter::empty());
        let grant = match &answer.determination {
            Determination::Eligible(grant) => Some(grant),
            Determination::Ineligible | Determination::Undetermined => None,
        };
        add_amounts(&mut self.grant, grant);
        add_amounts(&mut self.at_least, None);
        if grant.is_none() {
            self.refused_by.push_refusing(run.place(), &answer.findings);
        }
        self.refused_by.end_row();
        self.violations.add(std::iter::empty());
        self.fault.append_null();
        self.rows += 1;
    }

    fn add_fault(&mut self, fault: &str) {
        self.outcome.append_null();
        self.open.append_null();
        self.missing.add_null();
        self.withheld.add_null();
        add_amounts(&mut self.grant, None);
        add_amounts(&mut self.at_least, None);
        self.refused_by.add_null();
        self.violations.add_null();
        self.fault.append_value(fault);
        self.rows += 1;
    }
}

fn add_amounts(columns: &mut [(FieldName, ValueColumn)], grant: Option<&Grant>) {
    for (name, column) in columns {
        column.add(grant.and_then(|grant| grant.get(name)));
    }
}

/// The bounds of upper law that answers break, by the place whose rule breaks them.
fn violations(decision: &RedactedDecision<'_>) -> Vec<String> {
    let of_layer = |layer: &RedactedLayer<'_>| {
        let place = layer.jurisdiction.clone();
        layer.violations.iter().map(move |violation| format!("{place} {}", violation.subject)).collect::<Vec<_>>()
    };
    decision.layers().iter().flat_map(of_layer).collect()
}

/// A column of lists of texts.
#[derive(Default)]
struct TextListBuilder(ListBuilder<StringBuilder>);

impl TextListBuilder {
    fn add<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        texts.for_each(|text| self.0.values().append_value(text));
        self.end_row();
    }

    /// Adds the criteria of a place's rule that aren't satisfied to the list of this row, each once: several items of a
    /// list may fail one criterion.
    fn push_refusing(&mut self, place: &JurisdictionCode, findings: &[Finding]) {
        let refusing = |finding: &&Finding| finding.satisfied == Some(false);
        for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| refusing(finding)) {
            let mut earlier = findings.iter().take(index).filter(refusing);
            if !earlier.any(|earlier| earlier.criterion == finding.criterion) {
                let texts = self.0.values();
                // A builder of texts takes any text, so that writing the parts of one can't fail.
                let _ =
                    [place.as_str(), " ", finding.criterion.as_str()].iter().try_for_each(|part| texts.write_str(part));
                texts.append_value("");
            }
        }
    }

    /// Ends the list of this row.
    fn end_row(&mut self) {
        self.0.append(true);
    }

    fn add_null(&mut self) {
        self.0.append(false);
    }

    fn finish(mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}
