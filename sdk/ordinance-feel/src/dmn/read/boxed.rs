//! Reads boxed expressions.

use roxmltree::Node;

use super::items::variable;
use super::reader::{Reader, child, children, elements, type_ref};
use super::table::decision_table;
use crate::dmn::model::{Boxed, BoxedKind, Function, Variable};
use crate::dmn::refusal::RefusalError;

/// The elements that are expressions.
const EXPRESSIONS: [&str; 12] = [
    "literalExpression",
    "context",
    "decisionTable",
    "invocation",
    "functionDefinition",
    "relation",
    "list",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
];

/// Whether an element is an expression.
pub(super) fn is_expression(node: Node<'_, '_>) -> bool {
    EXPRESSIONS.contains(&node.tag_name().name())
}

/// Reads the one expression among the children of an element.
pub(super) fn child_expression(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<Boxed, RefusalError> {
    match optional_expression(reader, node)? {
        Some(expression) => Ok(expression),
        None => Err(reader.refuse(node, format!("`{}` has no expression", node.tag_name().name()))),
    }
}

fn optional_expression(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<Option<Boxed>, RefusalError> {
    let mut found = elements(node).filter(|child| is_expression(*child));
    let first = found.next();
    if let Some(second) = found.next() {
        return Err(reader.refuse(second, format!("`{}` has several expressions", node.tag_name().name())));
    }
    first.map(|expression| boxed(reader, expression)).transpose()
}

/// Reads an expression.
pub(super) fn boxed(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<Boxed, RefusalError> {
    reader.within(node.tag_name().name().to_owned(), |reader| {
        let place = reader.place(node);
        Ok(Boxed { kind: boxed_kind(reader, node)?, type_ref: type_ref(node.attribute("typeRef")), place })
    })
}

fn boxed_kind(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<BoxedKind, RefusalError> {
    match node.tag_name().name() {
        "literalExpression" => literal(reader, node),
        "context" => context(reader, node),
        "decisionTable" => Ok(BoxedKind::Table(Box::new(decision_table(reader, node)?))),
        "invocation" => invocation(reader, node),
        "functionDefinition" => Ok(BoxedKind::Function(Box::new(function_definition(reader, node)?))),
        "relation" => relation(reader, node),
        "list" => {
            reader.only_children(node, &EXPRESSIONS)?;
            let items = elements(node).enumerate();
            let items = items.map(|(index, item)| numbered(reader, "item", index, |reader| boxed(reader, item)));
            Ok(BoxedKind::List(items.collect::<Result<_, _>>()?))
        }
        "conditional" => Ok(BoxedKind::Conditional {
            condition: part(reader, node, "if")?,
            then: part(reader, node, "then")?,
            otherwise: part(reader, node, "else")?,
        }),
        "filter" => Ok(BoxedKind::Filter { list: part(reader, node, "in")?, condition: part(reader, node, "match")? }),
        "for" => Ok(BoxedKind::For {
            variable: iterator(reader, node)?,
            list: part(reader, node, "in")?,
            result: part(reader, node, "return")?,
        }),
        name @ ("some" | "every") => Ok(BoxedKind::Quantified {
            every: name == "every",
            variable: iterator(reader, node)?,
            list: part(reader, node, "in")?,
            condition: part(reader, node, "satisfies")?,
        }),
        other => Err(reader.refuse(node, format!("`{other}` isn't an expression that is taken"))),
    }
}

fn numbered<T>(reader: &mut Reader<'_>, what: &str, index: usize, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
    reader.within(format!("{what} {}", index + 1), read)
}

fn literal(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<BoxedKind, RefusalError> {
    reader.only_feel(node, "expressionLanguage")?;
    reader.only_children(node, &["text"])?;
    let text = reader.keep_child_text(node)?;
    match reader.is_blank(text) {
        true => Err(reader.refuse(node, "the expression is empty")),
        false => Ok(BoxedKind::Literal(text)),
    }
}

/// Reads the variable of an iterator.
fn iterator(reader: &Reader<'_>, node: Node<'_, '_>) -> Result<Variable, RefusalError> {
    Ok(Variable { name: reader.attribute(node, "iteratorVariable")?.to_owned(), type_ref: None })
}

/// Reads the expression in a part of an expression, such as `then`.
fn part(reader: &mut Reader<'_>, node: Node<'_, '_>, name: &str) -> Result<Box<Boxed>, RefusalError> {
    let Some(found) = child(node, name) else {
        return Err(reader.refuse(node, format!("`{}` has no `{name}`", node.tag_name().name())));
    };
    reader.within(name.to_owned(), |reader| {
        let mut expression = child_expression(reader, found)?;
        if expression.type_ref.is_none() {
            expression.type_ref = type_ref(found.attribute("typeRef"));
        }
        Ok(Box::new(expression))
    })
}

fn context(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<BoxedKind, RefusalError> {
    reader.only_children(node, &["contextEntry"])?;
    let mut entries = Vec::new();
    let mut result = None;
    for (index, entry) in children(node, "contextEntry").enumerate() {
        let step = match child(entry, "variable").and_then(|variable| variable.attribute("name")) {
            Some(name) => format!("contextEntry \"{name}\""),
            None => format!("contextEntry {}", index + 1),
        };
        reader.within(step, |reader| {
            if result.is_some() {
                return Err(reader.refuse(entry, "only the last entry of a context may be without a variable"));
            }
            let value = child_expression(reader, entry)?;
            match child(entry, "variable") {
                Some(named) => entries.push((variable(reader, named)?, value)),
                None => result = Some(Box::new(value)),
            }
            Ok(())
        })?;
    }
    Ok(BoxedKind::Context { entries, result })
}

fn invocation(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<BoxedKind, RefusalError> {
    let function = Box::new(child_expression(reader, node)?);
    let mut bindings = Vec::new();
    for (index, binding) in children(node, "binding").enumerate() {
        numbered(reader, "binding", index, |reader| {
            let Some(parameter) = child(binding, "parameter") else {
                return Err(reader.refuse(binding, "`binding` has no `parameter`"));
            };
            bindings.push((variable(reader, parameter)?, optional_expression(reader, binding)?));
            Ok(())
        })?;
    }
    Ok(BoxedKind::Invocation { function, bindings })
}

/// Reads a `functionDefinition`, or the `encapsulatedLogic` of a business knowledge model.
pub(super) fn function_definition(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<Function, RefusalError> {
    match node.attribute("kind") {
        None | Some("FEEL" | "") => {}
        Some(kind) => {
            return Err(reader.refuse(node, format!("a function of kind `{kind}` isn't taken; only FEEL is")));
        }
    }
    let parameters = children(node, "formalParameter").map(|parameter| variable(reader, parameter));
    let parameters = parameters.collect::<Result<Vec<_>, _>>()?;
    Ok(Function { parameters, body: child_expression(reader, node)? })
}

fn relation(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<BoxedKind, RefusalError> {
    reader.only_children(node, &["column", "row"])?;
    let columns: Vec<Variable> =
        children(node, "column").map(|column| variable(reader, column)).collect::<Result<_, _>>()?;
    let mut rows = Vec::new();
    for (index, row) in children(node, "row").enumerate() {
        let cells = numbered(reader, "row", index, |reader| {
            let cells = elements(row).filter(|cell| is_expression(*cell)).map(|cell| boxed(reader, cell));
            let cells: Vec<Boxed> = cells.collect::<Result<_, _>>()?;
            match cells.len() == columns.len() {
                true => Ok(cells),
                false => {
                    let reason = format!("the row has {} cells for {} columns", cells.len(), columns.len());
                    Err(reader.refuse(row, reason))
                }
            }
        })?;
        rows.push(cells);
    }
    Ok(BoxedKind::Relation { columns, rows })
}
