//! Reads item definitions: types with names.

use roxmltree::Node;

use super::reader::{Reader, child, children, elements, type_ref};
use crate::dmn::model::{ItemDefinition, ItemKind, Variable};
use crate::dmn::refusal::RefusalError;
use crate::source_text::TextId;

/// Reads an `itemDefinition` or an `itemComponent`.
pub(super) fn item_definition(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<ItemDefinition, RefusalError> {
    let name = reader.attribute(node, "name")?.to_owned();
    let step = format!("{} \"{name}\"", node.tag_name().name());
    reader.within(step, |reader| {
        let taken = ["typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"];
        reader.only_children(node, &taken)?;
        reader.only_feel(node, "typeLanguage")?;
        Ok(ItemDefinition {
            kind: item_kind(reader, node)?,
            is_collection: matches!(node.attribute("isCollection"), Some("true" | "1")),
            allowed_values: unary_tests(reader, child(node, "allowedValues"))?,
            constraint: unary_tests(reader, child(node, "typeConstraint"))?,
            place: reader.place(node),
            name,
        })
    })
}

/// Keeps the unary tests of an element, unless they are blank.
pub(super) fn unary_tests(reader: &mut Reader<'_>, node: Option<Node<'_, '_>>) -> Result<Option<TextId>, RefusalError> {
    let Some(node) = node else {
        return Ok(None);
    };
    reader.only_feel(node, "expressionLanguage")?;
    let step = node.tag_name().name().to_owned();
    let text = reader.within(step, |reader| reader.keep_child_text(node))?;
    Ok(Some(text).filter(|text| !reader.is_blank(*text)))
}

fn item_kind(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<ItemKind, RefusalError> {
    let components: Vec<_> = children(node, "itemComponent").collect();
    let type_name = child(node, "typeRef").and_then(|child| type_ref(child.text()));
    let function = child(node, "functionItem");
    if usize::from(!components.is_empty()) + usize::from(type_name.is_some()) + usize::from(function.is_some()) > 1 {
        return Err(reader.refuse(node, "a type is one of `typeRef`, `itemComponent` and `functionItem`, not several"));
    }
    if let Some(function) = function {
        return function_item(reader, function);
    }
    if !components.is_empty() {
        let components = components.into_iter().map(|component| item_definition(reader, component));
        return Ok(ItemKind::Components(components.collect::<Result<_, _>>()?));
    }
    Ok(type_name.map_or(ItemKind::Any, ItemKind::Simple))
}

fn function_item(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<ItemKind, RefusalError> {
    reader.within("functionItem".into(), |reader| {
        reader.only_children(node, &["parameters"])?;
        let parameters = elements(node).map(|parameter| variable(reader, parameter)).collect::<Result<_, _>>()?;
        Ok(ItemKind::Function { parameters, result: type_ref(node.attribute("outputTypeRef")) })
    })
}

/// Reads an `informationItem`: a name with a type.
pub(super) fn variable(reader: &Reader<'_>, node: Node<'_, '_>) -> Result<Variable, RefusalError> {
    Ok(Variable { name: reader.attribute(node, "name")?.to_owned(), type_ref: type_ref(node.attribute("typeRef")) })
}
