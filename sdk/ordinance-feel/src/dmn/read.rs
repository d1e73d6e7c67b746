//! Reads the XML of a model.

mod boxed;
mod duplicates;
mod items;
mod reader;
mod table;

use roxmltree::{Document, Node};

use self::boxed::{child_expression, function_definition, is_expression};
use self::duplicates::check_duplicates;
use self::items::{item_definition, variable};
use self::reader::{Reader, child, children, elements, is_dmn, type_ref};
use super::model::{
    Decision, DecisionService, EXTENSION_NAMESPACE, IN_FORCE_ELEMENT, Import, InputData, KnowledgeModel, Model,
    ModelTexts, Reference, Variable,
};
use super::refusal::RefusalError;
use super::xml;

/// A file of a model.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// The elements of a model that mean nothing for its decisions.
const IGNORED: [&str; 9] = [
    "knowledgeSource",
    "textAnnotation",
    "association",
    "group",
    "elementCollection",
    "performanceIndicator",
    "organizationUnit",
    "performanceIndicatorRef",
    "artifact",
];

/// Opens a file as XML whose root is that of a model of DMN, of whatever version.
///
/// # Errors
/// If it isn't XML within the limits, or something else than a model.
pub fn open_model(source: Source<'_>) -> Result<Document<'_>, RefusalError> {
    let document = xml::parse(source.file, source.text)?;
    let tag = document.root_element().tag_name();
    if tag.name() != "definitions" || !tag.namespace().is_some_and(|namespace| namespace.contains("/spec/DMN/")) {
        let reader = Reader::of(source.file, source.text, &mut ModelTexts::default()).place(document.root_element());
        return Err(reader.refuse(format!("the root is `{}`, not `definitions` of DMN", tag.name())));
    }
    Ok(document)
}

/// Reads the model of an opened file. An element that isn't taken is refused where it stands: within a decision or a
/// function that refuses the decision, elsewhere the model.
///
/// # Errors
/// If it isn't of DMN 1.2 to 1.5, has an element outside of decisions and functions that isn't taken, or two elements
/// with one id or name.
pub fn read_model(source: Source<'_>, document: &Document<'_>, texts: &mut ModelTexts) -> Result<Model, RefusalError> {
    let mut reader = Reader::of(source.file, source.text, texts);
    let root = document.root_element();
    check_root(&reader, root)?;
    let mut model = Model {
        file: source.file.into(),
        name: root.attribute("name").unwrap_or_default().trim().to_owned(),
        namespace: root.attribute("namespace").unwrap_or_default().trim().to_owned(),
        in_force: in_force(root),
        imports: Vec::new(),
        items: Vec::new(),
        inputs: Vec::new(),
        decisions: Vec::new(),
        knowledge: Vec::new(),
        services: Vec::new(),
    };
    for node in elements(root) {
        read_element(&mut reader, node, &mut model)?;
    }
    check_duplicates(&model)?;
    Ok(model)
}

/// The days that an exported rule is in force, as `export` writes them into the extensions of its model.
fn in_force(root: Node<'_, '_>) -> Option<(String, Option<String>)> {
    let extensions = root.children().filter(|node| node.tag_name().name() == "extensionElements");
    let found = extensions.flat_map(|node| node.children()).find(|node| {
        node.tag_name().namespace() == Some(EXTENSION_NAMESPACE) && node.tag_name().name() == IN_FORCE_ELEMENT
    })?;
    Some((found.attribute("from")?.to_owned(), found.attribute("until").map(str::to_owned)))
}

fn check_root(reader: &Reader<'_>, root: Node<'_, '_>) -> Result<(), RefusalError> {
    let namespace = root.tag_name().namespace();
    if !is_dmn(namespace) {
        let namespace = namespace.unwrap_or_default();
        return Err(reader.refuse(root, format!("`{namespace}` isn't the namespace of DMN 1.2, 1.3, 1.4 or 1.5")));
    }
    reader.only_feel(root, "expressionLanguage")?;
    reader.only_feel(root, "typeLanguage")
}

fn read_element(reader: &mut Reader<'_>, node: Node<'_, '_>, model: &mut Model) -> Result<(), RefusalError> {
    match node.tag_name().name() {
        "import" => model.imports.extend(import(reader, node)?),
        "itemDefinition" => model.items.push(item_definition(reader, node)?),
        "inputData" => model.inputs.push(input_data(reader, node)?),
        "decision" => model.decisions.push(decision(reader, node)?),
        "businessKnowledgeModel" => model.knowledge.push(knowledge_model(reader, node)?),
        "decisionService" => model.services.push(decision_service(reader, node)?),
        name if IGNORED.contains(&name) => {}
        other => return Err(reader.refuse(node, format!("`{other}` isn't taken in a model"))),
    }
    Ok(())
}

/// Reads an import of a model. Others, such as of PMML, can be named only by functions, which are refused.
fn import(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<Option<Import>, RefusalError> {
    if !is_dmn(node.attribute("importType")) {
        return Ok(None);
    }
    let name = node.attribute("name").unwrap_or_default().trim().to_owned();
    reader.within(format!("import \"{name}\""), |reader| {
        let namespace = reader.attribute(node, "namespace")?.to_owned();
        Ok(Some(Import { name, namespace, place: reader.place(node) }))
    })
}

/// The name and the type of an element: its own name, and the type of its variable.
fn element_variable(reader: &Reader<'_>, node: Node<'_, '_>) -> Result<Variable, RefusalError> {
    let name = reader.attribute(node, "name")?.to_owned();
    let Some(found) = child(node, "variable") else {
        return Ok(Variable { name, type_ref: None });
    };
    Ok(Variable { name, type_ref: variable_type(reader, found)? })
}

fn variable_type(reader: &Reader<'_>, node: Node<'_, '_>) -> Result<Option<String>, RefusalError> {
    match node.attribute("name") {
        Some(_) => Ok(variable(reader, node)?.type_ref),
        None => Ok(type_ref(node.attribute("typeRef"))),
    }
}

fn step(node: Node<'_, '_>) -> String {
    format!("{} \"{}\"", node.tag_name().name(), node.attribute("name").unwrap_or_default().trim())
}

/// The id of an element; without one nothing can refer to it.
fn id(node: Node<'_, '_>) -> String {
    node.attribute("id").unwrap_or_default().to_owned()
}

fn input_data(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<InputData, RefusalError> {
    reader.within(step(node), |reader| {
        let variable = element_variable(reader, node)?;
        Ok(InputData { id: id(node), variable, place: reader.place(node) })
    })
}

fn decision(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<Decision, RefusalError> {
    reader.within(step(node), |reader| {
        let mut reads = references(reader, node, "informationRequirement", "requiredInput")?;
        reads.extend(references(reader, node, "informationRequirement", "requiredDecision")?);
        let question = child(node, "question").and_then(|question| question.text());
        Ok(Decision {
            id: id(node),
            variable: element_variable(reader, node)?,
            reads,
            calls: references(reader, node, "knowledgeRequirement", "requiredKnowledge")?,
            question: question.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            logic: decision_logic(reader, node),
            place: reader.place(node),
        })
    })
}

fn decision_logic(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<super::model::Boxed, RefusalError> {
    let known = [
        "question",
        "allowedAnswers",
        "variable",
        "informationRequirement",
        "knowledgeRequirement",
        "authorityRequirement",
        "supportedObjective",
        "impactedPerformanceIndicator",
        "decisionMaker",
        "decisionOwner",
        "usingProcess",
        "usingTask",
    ];
    let is_known = |child: &Node<'_, '_>| known.contains(&child.tag_name().name()) || is_expression(*child);
    if let Some(other) = elements(node).find(|child| !is_known(child)) {
        return Err(reader.refuse(other, format!("`{}` isn't taken in `decision`", other.tag_name().name())));
    }
    child_expression(reader, node)
}

fn knowledge_model(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<KnowledgeModel, RefusalError> {
    reader.within(step(node), |reader| {
        let function = match child(node, "encapsulatedLogic") {
            Some(logic) => {
                let read = |reader: &mut Reader<'_>| function_definition(reader, logic);
                reader.within("encapsulatedLogic".into(), read)
            }
            None => Err(reader.refuse(node, "the function has no `encapsulatedLogic`")),
        };
        Ok(KnowledgeModel {
            id: id(node),
            variable: element_variable(reader, node)?,
            calls: references(reader, node, "knowledgeRequirement", "requiredKnowledge")?,
            function,
            place: reader.place(node),
        })
    })
}

fn decision_service(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Result<DecisionService, RefusalError> {
    reader.within(step(node), |reader| {
        let listed = |name: &'static str| {
            children(node, name).map(|child| reference(reader, child)).collect::<Result<Vec<_>, _>>()
        };
        Ok(DecisionService {
            id: id(node),
            variable: element_variable(reader, node)?,
            output_decisions: listed("outputDecision")?,
            encapsulated_decisions: listed("encapsulatedDecision")?,
            input_decisions: listed("inputDecision")?,
            input_data: listed("inputData")?,
            place: reader.place(node),
        })
    })
}

/// The references of one kind in the requirements of one kind.
fn references(
    reader: &Reader<'_>,
    node: Node<'_, '_>,
    requirement: &'static str,
    name: &'static str,
) -> Result<Vec<Reference>, RefusalError> {
    let found = children(node, requirement).flat_map(|requirement| children(requirement, name));
    found.map(|child| reference(reader, child)).collect()
}

fn reference(reader: &Reader<'_>, node: Node<'_, '_>) -> Result<Reference, RefusalError> {
    let href = reader.attribute(node, "href")?;
    let (namespace, id) = match href.rsplit_once('#') {
        Some(("", id)) => (None, id),
        Some((namespace, id)) => (Some(namespace.to_owned()), id),
        None => (None, href),
    };
    Ok(Reference { namespace, id: id.to_owned(), place: reader.place(node) })
}
