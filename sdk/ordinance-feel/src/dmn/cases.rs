//! Reads files of test cases in the format of the DMN Technology Compatibility Kit (`-test-*.xml`, namespace
//! `http://www.omg.org/spec/DMN/20160719/testcase`).

use std::fmt;

use roxmltree::Node;

use super::model::ElementPlace;
use super::place::Lines;
use super::refusal::RefusalError;
use super::xml;
use crate::syntax::quoted;

const NAMESPACE: &str = "http://www.omg.org/spec/DMN/20160719/testcase";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A file of cases for a model.
#[derive(Debug, Clone)]
pub struct CaseFile {
    /// The model, if the cases name it.
    pub model: Option<CaseModel>,
    /// The cases.
    pub cases: Vec<TestCase>,
}

/// The model that a file of cases is for, as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseModel {
    /// Its file, without folders.
    pub file: String,
    /// Where the file of cases says so.
    pub place: ElementPlace,
}

/// One case: what is told, and what results are expected.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// Its id within the file.
    pub id: String,
    /// What is asked.
    pub asked: Asked,
    /// What is told.
    pub inputs: Vec<CaseInput>,
    /// What is expected.
    pub results: Vec<ExpectedResult>,
}

/// What a case asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The decisions that its results name.
    Decisions,
    /// The function of this name: a business knowledge model.
    Knowledge(String),
    /// The decision service of this name.
    Service(String),
}

/// A value told to a model.
#[derive(Debug, Clone)]
pub struct CaseInput {
    /// Of which input.
    pub name: String,
    /// The namespace of the model that the input is of, if it isn't that of the cases.
    pub namespace: Option<String>,
    /// The value.
    pub value: CaseValue,
}

/// An expected result.
#[derive(Debug, Clone)]
pub struct ExpectedResult {
    /// Of which decision.
    pub name: String,
    /// The value. An expected error is null, as in DMN.
    pub value: CaseValue,
    /// Its line in the file.
    pub line: u32,
}

/// A value as a file of cases writes it.
#[derive(Debug, Clone, PartialEq)]
pub enum CaseValue {
    /// Null.
    Null,
    /// One value, with its type of XML Schema (without a prefix), if it is given.
    Simple { text: String, schema_type: Option<String> },
    /// A list.
    List(Vec<Self>),
    /// A context.
    Context(Vec<(String, Self)>),
}

impl fmt::Display for CaseValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Simple { text, schema_type } if schema_type.as_deref() == Some("string") => {
                formatter.write_str(&quoted(text))
            }
            Self::Simple { text, schema_type: _ } => formatter.write_str(text),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(formatter, "[{}]", items.join(", "))
            }
            Self::Context(entries) => {
                let entries: Vec<String> = entries.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(formatter, "{{{}}}", entries.join(", "))
            }
        }
    }
}

/// Reads a file of cases.
///
/// # Errors
/// If it isn't XML within the limits, not of this format, or expects nothing.
pub fn read_cases(file: &str, text: &str) -> Result<CaseFile, RefusalError> {
    let document = xml::parse(file, text)?;
    let reader = CaseReader { file, lines: Lines::of(text) };
    let root = document.root_element();
    if root.tag_name().name() != "testCases" || root.tag_name().namespace() != Some(NAMESPACE) {
        let reason = format!("the root is `{}`, not `testCases` of the DMN TCK", root.tag_name().name());
        return Err(reader.refuse(root, reason));
    }
    let cases: Vec<TestCase> =
        children(root, "testCase").map(|node| reader.test_case(node)).collect::<Result<_, _>>()?;
    if cases.iter().all(|case| case.results.is_empty()) {
        let reason =
            if cases.is_empty() { "the file has no `testCase`" } else { "no case of the file has a `resultNode`" };
        let help = "write a `testCase` with a `resultNode` for each value that is expected";
        return Err(RefusalError { help: Some(help.to_owned()), ..reader.refuse(root, reason.to_owned()) });
    }
    Ok(CaseFile { model: child(root, "modelName").and_then(|node| reader.model(node)), cases })
}

struct CaseReader<'a> {
    file: &'a str,
    lines: Lines<'a>,
}

impl CaseReader<'_> {
    fn place(&self, node: Node<'_, '_>) -> ElementPlace {
        let offset = node.range().start;
        ElementPlace {
            file: self.file.into(),
            line: self.lines.line(offset),
            column: self.lines.column(offset),
            element: node.tag_name().name().to_owned(),
        }
    }

    fn refuse(&self, node: Node<'_, '_>, reason: String) -> RefusalError {
        self.place(node).refuse(reason)
    }

    fn model(&self, node: Node<'_, '_>) -> Option<CaseModel> {
        let path = node.text().map(str::trim).filter(|name| !name.is_empty())?;
        let file = path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
        Some(CaseModel { file, place: self.place(node) })
    }

    fn test_case(&self, node: Node<'_, '_>) -> Result<TestCase, RefusalError> {
        let inputs = children(node, "inputNode").map(|input| {
            Ok(CaseInput {
                name: self.name(input)?,
                namespace: input.attribute("namespace").map(str::to_owned),
                value: self.value(input)?,
            })
        });
        let results = children(node, "resultNode").map(|result| {
            let expected = child(result, "expected");
            Ok(ExpectedResult {
                name: self.name(result)?,
                value: expected.map_or(Ok(CaseValue::Null), |expected| self.value(expected))?,
                line: self.lines.line(result.range().start),
            })
        });
        Ok(TestCase {
            id: node.attribute("id").unwrap_or_default().to_owned(),
            asked: self.asked(node)?,
            inputs: inputs.collect::<Result<_, _>>()?,
            results: results.collect::<Result<_, _>>()?,
        })
    }

    fn asked(&self, node: Node<'_, '_>) -> Result<Asked, RefusalError> {
        let invoked = || {
            let name = node.attribute("invocableName").map(str::trim).filter(|name| !name.is_empty());
            name.map(str::to_owned).ok_or_else(|| self.refuse(node, "the case has no attribute `invocableName`".into()))
        };
        match node.attribute("type") {
            None | Some("decision") => Ok(Asked::Decisions),
            Some("bkm") => Ok(Asked::Knowledge(invoked()?)),
            Some("decisionService") => Ok(Asked::Service(invoked()?)),
            Some(other) => Err(self.refuse(node, format!("a case of the type `{other}` isn't known"))),
        }
    }

    fn name(&self, node: Node<'_, '_>) -> Result<String, RefusalError> {
        let name = node.attribute("name").map(str::trim).filter(|name| !name.is_empty());
        name.map(str::to_owned).ok_or_else(|| self.refuse(node, "the attribute `name` is missing".into()))
    }

    /// The value that an element holds as `value`, `list` or `component`s.
    fn value(&self, node: Node<'_, '_>) -> Result<CaseValue, RefusalError> {
        let mut components = Vec::new();
        for held in node.children().filter(|held| held.tag_name().namespace() == Some(NAMESPACE)) {
            match held.tag_name().name() {
                "value" => return Ok(simple(held)),
                "list" if is_nil(held) => return Ok(CaseValue::Null),
                "list" => {
                    let items = children(held, "item").map(|item| self.value(item));
                    return Ok(CaseValue::List(items.collect::<Result<_, _>>()?));
                }
                "component" if held.attribute("name").is_some() => {
                    let value = if is_nil(held) { CaseValue::Null } else { self.value(held)? };
                    components.push((self.name(held)?, value));
                }
                "component" if is_nil(held) => return Ok(CaseValue::Null),
                "component" => {}
                "extensionElements" => {}
                other => return Err(self.refuse(held, format!("`{other}` isn't taken in a value"))),
            }
        }
        match components.is_empty() && children(node, "component").next().is_none() {
            true => Ok(CaseValue::Null),
            false => Ok(CaseValue::Context(components)),
        }
    }
}

fn simple(node: Node<'_, '_>) -> CaseValue {
    if is_nil(node) {
        return CaseValue::Null;
    }
    let text = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
    let schema_type = node.attribute((INSTANCE, "type")).map(|name| {
        let name = name.trim();
        name.rsplit_once(':').map_or(name, |(_, local)| local).to_owned()
    });
    CaseValue::Simple { text, schema_type }
}

fn is_nil(node: Node<'_, '_>) -> bool {
    matches!(node.attribute((INSTANCE, "nil")), Some("true" | "1"))
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().namespace() == Some(NAMESPACE) && child.tag_name().name() == name)
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.tag_name().namespace() == Some(NAMESPACE) && child.tag_name().name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_hold_simple_values_lists_contexts_and_null() {
        let text = r#"<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
            xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
            <modelName>fee.dmn</modelName>
            <testCase id="1" type="bkm" invocableName="f">
              <inputNode name="A"><component name="b"><value xsi:type="xsd:decimal">1</value></component></inputNode>
              <inputNode name="L"><list><item><value xsi:nil="true"/></item></list></inputNode>
              <resultNode name="R" errorResult="true"/>
            </testCase></testCases>"#;
        let file = read_cases("t.xml", text).unwrap();
        let case = &file.cases[0];
        let model = file.model.unwrap();
        assert_eq!(model.file, "fee.dmn");
        assert_eq!(model.place.line, 3);
        assert_eq!(case.asked, Asked::Knowledge("f".into()));
        let one = CaseValue::Simple { text: "1".into(), schema_type: Some("decimal".into()) };
        assert_eq!(case.inputs[0].value, CaseValue::Context(vec![("b".into(), one)]));
        assert_eq!(case.inputs[1].value, CaseValue::List(vec![CaseValue::Null]));
        assert_eq!(case.results[0].value, CaseValue::Null);
        assert_eq!(case.results[0].line, 7);
    }

    #[test]
    fn a_file_that_expects_nothing_is_refused() {
        for (cases, reason) in
            [("", "the file has no `testCase`"), ("<testCase id=\"1\"/>", "no case of the file has a `resultNode`")]
        {
            let text = format!("<testCases xmlns=\"{NAMESPACE}\">{cases}</testCases>");
            let refusal = read_cases("t.xml", &text).unwrap_err();
            assert_eq!(refusal.reason, reason);
            assert_eq!(refusal.line, 1);
        }
    }

    #[test]
    fn a_file_of_another_format_is_refused_with_its_line() {
        let refusal = read_cases("t.xml", "<?xml version=\"1.0\"?>\n<a/>").unwrap_err();
        assert_eq!(refusal.to_string(), "t.xml:2:1: a: the root is `a`, not `testCases` of the DMN TCK");
    }
}
