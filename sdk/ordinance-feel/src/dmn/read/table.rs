//! Reads decision tables.

use roxmltree::Node;

use super::items::unary_tests;
use super::reader::{Reader, child, children, type_ref};
use crate::dmn::model::{DecisionTable, TableInput, TableOutput, TableRule};
use crate::dmn::refusal::RefusalError;
use crate::tree::{Aggregation, HitPolicy};

/// Reads a `decisionTable`.
pub(super) fn decision_table(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<DecisionTable, RefusalError> {
    reader.only_children(node, &["input", "output", "annotation", "rule"])?;
    let mut inputs = Vec::new();
    for (index, input) in children(node, "input").enumerate() {
        inputs.push(reader.within(format!("input {}", index + 1), |reader| table_input(reader, input))?);
    }
    let mut outputs = Vec::new();
    for (index, output) in children(node, "output").enumerate() {
        let step = match output.attribute("name") {
            Some(name) => format!("output \"{name}\""),
            None => format!("output {}", index + 1),
        };
        outputs.push(reader.within(step, |reader| table_output(reader, output))?);
    }
    if outputs.is_empty() {
        return Err(reader.refuse(node, "the table has no `output`"));
    }
    if outputs.len() > 1
        && let Some(unnamed) = outputs.iter().find(|output| output.name.is_none())
    {
        return Err(unnamed.place.refuse("each of several outputs needs a `name`"));
    }
    let mut rules = Vec::new();
    for (index, rule) in children(node, "rule").enumerate() {
        let read = |reader: &mut Reader<'_>| table_rule(reader, rule, inputs.len(), outputs.len());
        rules.push(reader.within(format!("rule {}", index + 1), read)?);
    }
    Ok(DecisionTable { hit: hit_policy(reader, node)?, inputs, outputs, rules })
}

fn hit_policy(reader: &Reader<'_>, node: Node<'_, '_>) -> Result<HitPolicy, RefusalError> {
    let aggregation = match node.attribute("aggregation") {
        None | Some("") => None,
        Some("SUM") => Some(Aggregation::Sum),
        Some("MIN") => Some(Aggregation::Min),
        Some("MAX") => Some(Aggregation::Max),
        Some("COUNT") => Some(Aggregation::Count),
        Some(other) => return Err(reader.refuse(node, format!("the aggregation `{other}` is unknown"))),
    };
    let hit = match node.attribute("hitPolicy").unwrap_or("UNIQUE") {
        "UNIQUE" => HitPolicy::Unique,
        "ANY" => HitPolicy::Any,
        "PRIORITY" => HitPolicy::Priority,
        "FIRST" => HitPolicy::First,
        "RULE ORDER" => HitPolicy::RuleOrder,
        "OUTPUT ORDER" => HitPolicy::OutputOrder,
        "COLLECT" => HitPolicy::Collect(aggregation),
        other => return Err(reader.refuse(node, format!("the hit policy `{other}` is unknown"))),
    };
    match (hit, aggregation) {
        (HitPolicy::Collect(_), _) | (_, None) => Ok(hit),
        (_, Some(_)) => Err(reader.refuse(node, "only the hit policy COLLECT has an aggregation")),
    }
}

fn table_input(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<TableInput, RefusalError> {
    let Some(expression) = child(node, "inputExpression") else {
        return Err(reader.refuse(node, "the input has no `inputExpression`"));
    };
    reader.only_feel(expression, "expressionLanguage")?;
    let text = reader.within("inputExpression".into(), |reader| reader.keep_child_text(expression))?;
    if reader.is_blank(text) {
        return Err(reader.refuse(expression, "the input expression is empty"));
    }
    let allowed_values = unary_tests(reader, child(node, "inputValues"))?;
    Ok(TableInput { expression: text, type_ref: type_ref(expression.attribute("typeRef")), allowed_values })
}

fn table_output(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<TableOutput, RefusalError> {
    let default = match child(node, "defaultOutputEntry") {
        Some(entry) => {
            reader.only_feel(entry, "expressionLanguage")?;
            let text = reader.within("defaultOutputEntry".into(), |reader| reader.keep_child_text(entry))?;
            Some(text).filter(|text| !reader.is_blank(*text))
        }
        None => None,
    };
    Ok(TableOutput {
        name: node.attribute("name").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
        type_ref: type_ref(node.attribute("typeRef")),
        values: unary_tests(reader, child(node, "outputValues"))?,
        default,
        place: reader.place(node),
    })
}

fn table_rule(
    reader: &mut Reader<'_>,
    node: Node<'_, '_>,
    inputs: usize,
    outputs: usize,
) -> Result<TableRule, RefusalError> {
    let mut tests = Vec::new();
    for (index, entry) in children(node, "inputEntry").enumerate() {
        reader.only_feel(entry, "expressionLanguage")?;
        tests.push(reader.within(format!("inputEntry {}", index + 1), |reader| reader.keep_child_text(entry))?);
    }
    let mut texts = Vec::new();
    for (index, entry) in children(node, "outputEntry").enumerate() {
        reader.only_feel(entry, "expressionLanguage")?;
        let text = reader.within(format!("outputEntry {}", index + 1), |reader| {
            let text = reader.keep_child_text(entry)?;
            if reader.is_blank(text) {
                return Err(reader.refuse(entry, "the output entry is empty"));
            }
            Ok(text)
        })?;
        texts.push(text);
    }
    if tests.len() != inputs || texts.len() != outputs {
        let reason = format!(
            "the rule has {} input and {} output entries; the table has {inputs} inputs and {outputs} outputs",
            tests.len(),
            texts.len()
        );
        return Err(reader.refuse(node, reason));
    }
    let annotations = children(node, "annotationEntry").filter_map(|entry| child(entry, "text")?.text());
    let annotations = annotations.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    Ok(TableRule { tests, outputs: texts, annotations, place: reader.place(node) })
}
