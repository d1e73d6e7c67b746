//! Writes the file.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use ordinance_domain::calendar::DateRange;
use ordinance_domain::contract::Contract;
use ordinance_domain::fact::FactType;
use ordinance_domain::manifest::Manifest;
use ordinance_domain::titles::Titles;

use super::diagram::diagram;
use super::elements::{Element, ElementKind, TableElement, TableOutput};
use super::error::ExportError;
use super::escape::escaped;
use super::names::{Expression, Kind, Names};
use super::types::{ItemDefinitions, parameter_expression};
use crate::dmn::model::{EXTENSION_NAMESPACE, IN_FORCE_ELEMENT};
use crate::rule_text::{RuleText, TableText};
use crate::source_text::TextId;
use crate::tree::{Aggregation, HitPolicy};

/// The rule as a file of DMN 1.5. It has what the rule's expressions name; of a parameter its values on every day.
///
/// # Errors
/// What DMN can't say: a criterion on each item of a list, `is given`, `first known`, a function that reads facts.
pub fn export_rule(rule: &RuleText, contract: &Contract, manifest: &Manifest) -> Result<String, Vec<ExportError>> {
    let mut writer = Writer {
        rule,
        contract,
        manifest,
        names: Names::default(),
        items: ItemDefinitions::default(),
        elements: Vec::new(),
        errors: Vec::new(),
    };
    writer.name_all();
    writer.collect();
    if !writer.errors.is_empty() {
        return Err(writer.errors);
    }
    writer.keep_required();
    Ok(writer.xml())
}

struct Writer<'r> {
    rule: &'r RuleText,
    contract: &'r Contract,
    manifest: &'r Manifest,
    names: Names,
    items: ItemDefinitions,
    elements: Vec<Element>,
    errors: Vec<ExportError>,
}

const AS_OF: &str = "as_of";

impl Writer<'_> {
    fn text(&self, text: TextId) -> &str {
        self.rule.texts.0.get(text.0).map(|source| source.text.as_str()).unwrap_or_default()
    }

    fn name_all(&mut self) {
        for fact in &self.contract.facts {
            self.names.add(Kind::Fact, fact.name.as_str());
        }
        for special in [AS_OF, "jurisdiction", "inherited", "less"] {
            self.names.add(Kind::Special, special);
        }
        for parameter in &self.manifest.parameters {
            self.names.add(Kind::Parameter, parameter.name.as_str());
        }
        let defined = self.rule.defines.iter().map(|(name, _)| name);
        for name in defined.chain(self.rule.tables.iter().map(|table| &table.name)) {
            self.names.add(Kind::Defined, name);
        }
        for criterion in &self.rule.criteria {
            self.names.add(Kind::Criterion, &criterion.id.replace('-', "_"));
        }
    }

    fn collect(&mut self) {
        self.inputs();
        self.parameters();
        for (name, text) in &self.rule.defines {
            let what = format!("the defined value `{name}`");
            match self.names.expression(&what, self.text(*text), None) {
                Ok(Expression::Value(written)) => {
                    let name = self.own_name(Kind::Defined, name);
                    self.add(name, ElementKind::Literal(written.text), written.requires);
                }
                Ok(Expression::Function(parameters, body)) => self.function(name, &what, parameters, body),
                Err(error) => self.errors.push(error),
            }
        }
        for table in &self.rule.tables {
            match self.table(table) {
                Ok((element, requires)) => {
                    let name = self.own_name(Kind::Defined, &table.name);
                    self.add(name, ElementKind::Table(Box::new(element)), requires);
                }
                Err(error) => self.errors.push(error),
            }
        }
        self.criteria();
        self.outcome();
    }

    fn own_name(&self, kind: Kind, name: &str) -> String {
        self.names.get(kind, name).unwrap_or(name).to_owned()
    }

    fn add(&mut self, name: String, kind: ElementKind, requires: Vec<String>) -> &mut Element {
        self.elements.push_mut(Element { name, kind, title: None, description: None, type_ref: None, requires })
    }

    fn inputs(&mut self) {
        let facts = self.contract.facts.iter();
        let typed: Vec<(String, String, Option<String>)> = facts
            .map(|fact| {
                let type_ref = self.items.type_ref(fact.name.as_str(), &fact.fact_type);
                (self.own_name(Kind::Fact, fact.name.as_str()), type_ref, title(&fact.titles))
            })
            .collect();
        for (name, type_ref, title) in typed {
            let element = self.add(name, ElementKind::Input, Vec::new());
            (element.type_ref, element.title) = (Some(type_ref), title);
        }
        for (name, type_ref) in [(AS_OF, Some("date")), ("jurisdiction", Some("string")), ("inherited", None)] {
            let name = self.own_name(Kind::Special, name);
            self.add(name, ElementKind::Input, Vec::new()).type_ref = type_ref.map(str::to_owned);
        }
        let body = "max(amount - deduction, 0)".to_owned();
        let parameters = vec!["amount".to_owned(), "deduction".to_owned()];
        let name = self.own_name(Kind::Special, "less");
        self.add(name, ElementKind::Function(parameters, body), Vec::new());
    }

    fn parameters(&mut self) {
        let as_of = self.own_name(Kind::Special, AS_OF);
        for parameter in &self.manifest.parameters {
            let (expression, is_dated) = parameter_expression(parameter, &as_of);
            let requires = if is_dated { vec![as_of.clone()] } else { Vec::new() };
            let name = self.own_name(Kind::Parameter, parameter.name.as_str());
            let title = title(&parameter.titles);
            self.add(name, ElementKind::Literal(expression), requires).title = title;
        }
    }

    fn function(&mut self, name: &str, what: &str, parameters: Vec<String>, body: super::names::Written) {
        let is_function =
            |required: &str| self.elements.iter().any(|known| known.name == required && known.is_function());
        if let Some(read) = body.requires.iter().find(|required| !is_function(required)) {
            let reason = format!("it is a function that reads `{read}`; a function of DMN reads its arguments alone");
            self.errors.push(ExportError::new(what, reason));
            return;
        }
        let name = self.own_name(Kind::Defined, name);
        self.add(name, ElementKind::Function(parameters, body.text), body.requires);
    }

    fn criteria(&mut self) {
        for criterion in &self.rule.criteria {
            let what = format!("the criterion `{}`", criterion.id);
            if criterion.each.is_some() {
                let reason = "it is on each item of a list, which a decision of DMN can't answer";
                self.errors.push(ExportError::new(what, reason));
                continue;
            }
            let own = criterion.id.replace('-', "_");
            match self.names.value(&what, self.text(criterion.when), Some(&own)) {
                Ok(written) => {
                    let name = self.own_name(Kind::Criterion, &own);
                    let declared = self.manifest.criteria.iter().find(|known| known.id.as_str() == criterion.id);
                    let question = declared.and_then(|declared| title(&declared.titles));
                    let said = declared
                        .map(|declared| format!("{}, {}", declared.provision.document, declared.provision.article));
                    let element = self.add(name, ElementKind::Literal(written.text), written.requires);
                    (element.title, element.description) = (question, said);
                    element.type_ref = Some("boolean".to_owned());
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    /// Who is eligible, and what is granted.
    fn outcome(&mut self) {
        let eligible = match self.rule.eligible {
            Some(text) => self.names.value("`eligible`", self.text(text), None),
            None => {
                let names = self.rule.criteria.iter().map(|criterion| criterion.id.replace('-', "_"));
                let names: Vec<String> = names.map(|name| self.own_name(Kind::Criterion, &name)).collect();
                let text = if names.is_empty() { "true".to_owned() } else { names.join(" and ") };
                Ok(super::names::Written { text, requires: names })
            }
        };
        match eligible {
            Ok(written) => {
                let name = self.names.add(Kind::Special, "eligible");
                let title = title(&self.manifest.titles);
                let element = self.add(name, ElementKind::Literal(written.text), written.requires);
                (element.title, element.type_ref) = (title, Some("boolean".to_owned()));
            }
            Err(error) => self.errors.push(error),
        }
        for (field, text) in &self.rule.grant {
            let declared = self.contract.grant.iter().find(|known| known.name.is(field));
            let type_ref = declared.map(|declared| type_of_grant(&declared.fact_type).to_owned());
            match self.names.value(&format!("the grant's `{field}`"), self.text(*text), None) {
                Ok(written) => {
                    // The grant has the name of its field, so that an import finds it.
                    let name = self.names.add(Kind::Special, field);
                    let element = self.add(name, ElementKind::Literal(written.text), written.requires);
                    (element.type_ref, element.title) = (type_ref, declared.and_then(|known| title(&known.titles)));
                }
                Err(error) => self.errors.push(error),
            }
        }
    }

    fn table(&self, table: &TableText) -> Result<(TableElement, Vec<String>), ExportError> {
        let what = format!("the table `{}`", table.name);
        let mut requires = BTreeSet::new();
        let mut keep = |written: super::names::Written| {
            requires.extend(written.requires);
            written.text
        };
        let value = |text: TextId| self.names.value(&what, self.text(text), None);
        let mut inputs = Vec::new();
        for input in &table.inputs {
            inputs.push(keep(value(*input)?));
        }
        let mut rows = Vec::new();
        for row in &table.rows {
            let mut tests = Vec::new();
            for test in &row.tests {
                tests.push(keep(self.names.tests(&what, self.text(*test))?));
            }
            let mut outputs = Vec::new();
            for output in &row.outputs {
                outputs.push(keep(value(*output)?));
            }
            rows.push((tests, outputs));
        }
        let mut outputs = Vec::new();
        for (index, name) in table.outputs.iter().enumerate() {
            let default = table.default.as_ref().and_then(|default| default.get(index));
            let values = table.priorities.get(index).copied().flatten();
            outputs.push(TableOutput {
                name: Some(name.clone()).filter(|_| table.outputs.len() > 1),
                values: values.map(|values| self.text(values).trim().to_owned()),
                default: match default {
                    Some(text) => Some(keep(value(*text)?)),
                    // Without a row that matches a rule's sum is 0, and that of DMN null.
                    None => (table.hit == HitPolicy::Collect(Some(Aggregation::Sum))).then(|| "0".to_owned()),
                },
            });
        }
        let (hit, aggregation) = hit_words(table.hit);
        Ok((TableElement { hit, aggregation, inputs, outputs, rows }, requires.into_iter().collect()))
    }

    /// Leaves out inputs, parameters and functions that nothing requires.
    fn keep_required(&mut self) {
        let answers = |element: &Element| {
            let is_answer = element.type_ref.is_some() && matches!(element.kind, ElementKind::Literal(_));
            is_answer || matches!(element.kind, ElementKind::Table(_))
        };
        let mut kept: BTreeSet<String> =
            self.elements.iter().filter(|element| answers(element)).map(|element| element.name.clone()).collect();
        for _ in 0..self.elements.len() {
            let before = kept.len();
            let required: Vec<String> = self
                .elements
                .iter()
                .filter(|element| kept.contains(&element.name))
                .flat_map(|element| element.requires.iter().cloned())
                .collect();
            kept.extend(required);
            if kept.len() == before {
                break;
            }
        }
        self.elements.retain(|element| kept.contains(&element.name));
    }

    fn xml(self) -> String {
        let id = self.manifest.id.as_str();
        let place = self.manifest.jurisdiction.as_str();
        let name = title(&self.manifest.titles).unwrap_or_else(|| id.to_owned());
        let mut requirements = Vec::new();
        let mut body = String::new();
        for (index, element) in self.elements.iter().enumerate() {
            element_xml(&mut body, index, element, &self.elements, &mut requirements);
        }
        let drawn = diagram(&self.elements, &requirements);
        let items = self.items.into_xml();
        let extensions = in_force_xml(&self.manifest.in_force);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"\n    \
             xmlns:dmndi=\"https://www.omg.org/spec/DMN/20230324/DMNDI/\"\n    \
             xmlns:dc=\"http://www.omg.org/spec/DMN/20180521/DC/\"\n    \
             xmlns:di=\"http://www.omg.org/spec/DMN/20180521/DI/\"\n    \
             id=\"definitions\" name=\"{}\" namespace=\"urn:ordinance:{}:{}\" exporter=\"ordinance\">\n\
             {extensions}{items}{body}{drawn}</definitions>\n",
            escaped(&name),
            escaped(place),
            escaped(id),
        )
    }
}

/// The days on which the rule is in force, which an import reads back.
fn in_force_xml(days: &DateRange) -> String {
    let until = days.until().map(|until| format!(" until=\"{until}\"")).unwrap_or_default();
    format!(
        "  <extensionElements><{IN_FORCE_ELEMENT} xmlns=\"{EXTENSION_NAMESPACE}\" from=\"{}\"{until}/></extensionElements>\n",
        days.from()
    )
}

fn type_of_grant(fact_type: &FactType) -> &'static str {
    match fact_type {
        FactType::Bool => "boolean",
        FactType::Integer { .. } | FactType::Decimal { .. } => "number",
        FactType::Date => "date",
        FactType::Text { .. } | FactType::Choice(_) => "string",
        FactType::Record(_) | FactType::List { .. } => "Any",
    }
}

fn title(titles: &Titles) -> Option<String> {
    titles.best(&[]).map(str::to_owned)
}

fn hit_words(hit: HitPolicy) -> (&'static str, Option<&'static str>) {
    match hit {
        HitPolicy::Unique => ("UNIQUE", None),
        HitPolicy::Any => ("ANY", None),
        HitPolicy::Priority => ("PRIORITY", None),
        HitPolicy::First => ("FIRST", None),
        HitPolicy::RuleOrder => ("RULE ORDER", None),
        HitPolicy::OutputOrder => ("OUTPUT ORDER", None),
        HitPolicy::Collect(None) => ("COLLECT", None),
        HitPolicy::Collect(Some(Aggregation::Sum)) => ("COLLECT", Some("SUM")),
        HitPolicy::Collect(Some(Aggregation::Min)) => ("COLLECT", Some("MIN")),
        HitPolicy::Collect(Some(Aggregation::Max)) => ("COLLECT", Some("MAX")),
        HitPolicy::Collect(Some(Aggregation::Count)) => ("COLLECT", Some("COUNT")),
    }
}

/// Writes an element with its requirements, each of which gets an id: that, the required element's index and its own.
fn element_xml(
    xml: &mut String,
    index: usize,
    element: &Element,
    all: &[Element],
    requirements: &mut Vec<(String, usize, usize)>,
) {
    let (id, name) = (Element::id(index), escaped(&element.name));
    let type_ref = element.type_ref.as_ref().map(|name| format!(" typeRef=\"{}\"", escaped(name))).unwrap_or_default();
    let tag = match element.kind {
        ElementKind::Input => "inputData",
        ElementKind::Literal(_) | ElementKind::Table(_) => "decision",
        ElementKind::Function(..) => "businessKnowledgeModel",
    };
    let label = element.title.as_ref().map(|title| format!(" label=\"{}\"", escaped(title))).unwrap_or_default();
    let _ = writeln!(xml, "  <{tag} id=\"{id}\" name=\"{name}\"{label}>");
    if let Some(description) = &element.description {
        let _ = writeln!(xml, "    <description>{}</description>", escaped(description));
    }
    if let (Some(title), "decision") = (&element.title, tag) {
        let _ = writeln!(xml, "    <question>{}</question>", escaped(title));
    }
    let _ = writeln!(xml, "    <variable id=\"{id}_variable\" name=\"{name}\"{type_ref}/>");
    if let ElementKind::Function(parameters, body) = &element.kind {
        xml.push_str("    <encapsulatedLogic>\n");
        for parameter in parameters {
            let _ = writeln!(xml, "      <formalParameter name=\"{}\"/>", escaped(parameter));
        }
        let _ = writeln!(xml, "      <literalExpression><text>{}</text></literalExpression>", escaped(body));
        xml.push_str("    </encapsulatedLogic>\n");
    }
    for function in [false, true] {
        for required in &element.requires {
            let Some(at) = all.iter().position(|known| known.name == *required && known.is_function() == function)
            else {
                continue;
            };
            let requirement = format!("{id}_requires_{}", Element::id(at));
            requirement_xml(xml, &requirement, at, all);
            requirements.push((requirement, at, index));
        }
    }
    match &element.kind {
        ElementKind::Literal(text) => {
            let _ = writeln!(xml, "    <literalExpression><text>{}</text></literalExpression>", escaped(text));
        }
        ElementKind::Table(table) => table_xml(xml, table),
        ElementKind::Input | ElementKind::Function(..) => {}
    }
    let _ = writeln!(xml, "  </{tag}>");
}

fn requirement_xml(xml: &mut String, id: &str, at: usize, all: &[Element]) {
    let Some(required) = all.get(at) else {
        return;
    };
    let (requirement, reference) = match (required.is_function(), required.is_input()) {
        (true, _) => ("knowledgeRequirement", "requiredKnowledge"),
        (false, true) => ("informationRequirement", "requiredInput"),
        (false, false) => ("informationRequirement", "requiredDecision"),
    };
    let href = Element::id(at);
    let _ = writeln!(xml, "    <{requirement} id=\"{id}\"><{reference} href=\"#{href}\"/></{requirement}>");
}

fn table_xml(xml: &mut String, table: &TableElement) {
    let aggregation = table.aggregation.map(|word| format!(" aggregation=\"{word}\"")).unwrap_or_default();
    let _ = writeln!(xml, "    <decisionTable hitPolicy=\"{}\"{aggregation}>", table.hit);
    for input in &table.inputs {
        let text = escaped(input);
        let _ = writeln!(xml, "      <input><inputExpression><text>{text}</text></inputExpression></input>");
    }
    for output in &table.outputs {
        let name = output.name.as_ref().map(|name| format!(" name=\"{}\"", escaped(name))).unwrap_or_default();
        let _ = write!(xml, "      <output{name}>");
        if let Some(values) = &output.values {
            let _ = write!(xml, "<outputValues><text>{}</text></outputValues>", escaped(values));
        }
        if let Some(default) = &output.default {
            let _ = write!(xml, "<defaultOutputEntry><text>{}</text></defaultOutputEntry>", escaped(default));
        }
        xml.push_str("</output>\n");
    }
    for (tests, outputs) in &table.rows {
        xml.push_str("      <rule>");
        for test in tests {
            let _ = write!(xml, "<inputEntry><text>{}</text></inputEntry>", escaped(test));
        }
        for output in outputs {
            let _ = write!(xml, "<outputEntry><text>{}</text></outputEntry>", escaped(output));
        }
        xml.push_str("</rule>\n");
    }
    xml.push_str("    </decisionTable>\n");
}
