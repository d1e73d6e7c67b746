//! Puts what a decision, a function or a service of a model needs into one syntax tree: each element has a name, and
//! sees nothing but what it requires.

use std::cell::RefCell;
use std::collections::HashMap;

use super::expression::{Boxer, of_type, parameters, tree};
use super::model::{
    Decision, DecisionService, ElementPlace, InputData, KnowledgeModel, Model, ModelTexts, Reference, Variable,
};
use super::parse::TextParser;
use super::refusal::RefusalError;
use super::resolve::{Resolver, call, with_names};
use super::types::{NamedTypeError, Types, TypesByName};
use crate::syntax::ast::{Expr, ExprKind};
use crate::types::{Type, TypeKind};

/// The most elements that one decision may need.
const ELEMENTS_MAX: usize = 500;

/// What is asked of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The value of the decision of this name.
    Decision(&'a str),
    /// What the business knowledge model of this name gives for arguments.
    Knowledge(&'a str),
    /// What the decision service of this name gives for arguments.
    Service(&'a str),
}

/// One tree of all that is needed, and what it reads.
#[derive(Debug)]
pub struct Composed {
    /// The inputs that it may read.
    pub inputs: Vec<ModelInput>,
    /// The types that the tree names.
    pub types: HashMap<String, Type>,
    /// The tree.
    pub expr: Expr,
    /// What was asked, for messages.
    pub place: ElementPlace,
}

/// An input of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInput {
    /// The name in the tree.
    pub key: String,
    /// Its name in its model.
    pub name: String,
    /// The namespace of its model.
    pub namespace: String,
    /// The type of its values.
    pub ty: Type,
}

/// An element that others require.
#[derive(Clone, Copy)]
enum Element<'a> {
    Input(&'a InputData),
    Decision(&'a Decision),
    Knowledge(&'a KnowledgeModel),
    Service(&'a DecisionService),
}

impl<'a> Element<'a> {
    fn variable(self) -> &'a Variable {
        match self {
            Self::Input(input) => &input.variable,
            Self::Decision(decision) => &decision.variable,
            Self::Knowledge(knowledge) => &knowledge.variable,
            Self::Service(service) => &service.variable,
        }
    }

    fn place(self) -> &'a ElementPlace {
        match self {
            Self::Input(input) => &input.place,
            Self::Decision(decision) => &decision.place,
            Self::Knowledge(knowledge) => &knowledge.place,
            Self::Service(service) => &service.place,
        }
    }

    /// The name in trees: of the model and the element, so that no author's name is one.
    fn key(self, model: usize) -> String {
        let kind = match self {
            Self::Input(_) => "input",
            Self::Decision(_) => "decision",
            Self::Knowledge(_) => "function",
            Self::Service(_) => "service",
        };
        format!("{model}#{kind} {}", self.variable().name)
    }
}

/// Puts what is asked of a model into one tree.
///
/// # Errors
/// The first element that isn't taken: it isn't there, needs itself, or its logic can't be read.
pub fn compose(
    texts: &ModelTexts,
    models: &[Model],
    main: usize,
    target: Target<'_>,
) -> Result<Composed, RefusalError> {
    let types = Types::of(models);
    let parser = TextParser::new(texts, models);
    let composer = Composer { models, types: &types, parser: &parser, named: RefCell::default() };
    let mut frame = Frame::default();
    let element = composer.asked(main, target)?;
    let expr = composer.target(main, element, &mut frame)?;
    let place = element.place().clone();
    Ok(Composed { inputs: frame.inputs, types: composer.named.into_inner(), expr, place })
}

struct Composer<'a> {
    models: &'a [Model],
    types: &'a Types<'a>,
    parser: &'a TextParser<'a>,
    named: RefCell<TypesByName>,
}

/// What has a name so far: in the whole tree, or in the body of a service.
#[derive(Default)]
struct Frame {
    /// The parameters of the service, by the keys of their elements; `None` in the whole tree.
    given: Option<HashMap<String, String>>,
    inputs: Vec<ModelInput>,
    /// The values so far, each after those that it needs.
    values: Vec<(String, Expr)>,
    /// Those that are being read, and the services around them.
    open: Vec<String>,
}

impl<'a> Composer<'a> {
    fn asked(&self, main: usize, target: Target<'_>) -> Result<Element<'a>, RefusalError> {
        let found = self.models.get(main).and_then(|model| match target {
            Target::Decision(name) => {
                model.decisions.iter().find(|decision| decision.variable.name == name).map(Element::Decision)
            }
            Target::Knowledge(name) => {
                model.knowledge.iter().find(|knowledge| knowledge.variable.name == name).map(Element::Knowledge)
            }
            Target::Service(name) => {
                model.services.iter().find(|service| service.variable.name == name).map(Element::Service)
            }
        });
        found.ok_or_else(|| self.absent(main, target))
    }

    fn absent(&self, main: usize, target: Target<'_>) -> RefusalError {
        let (what, name) = match target {
            Target::Decision(name) => ("decision", name),
            Target::Knowledge(name) => ("business knowledge model", name),
            Target::Service(name) => ("decision service", name),
        };
        let file = self.models.get(main).map(|model| model.file.clone()).unwrap_or_default();
        let place = ElementPlace { file, line: 0, column: 0, element: String::new() };
        place.refuse(format!("the model has no {what} `{name}`"))
    }

    fn target(&self, model: usize, element: Element<'a>, frame: &mut Frame) -> Result<Expr, RefusalError> {
        let key = self.need(model, element, frame)?;
        let arguments = match element {
            Element::Input(_) | Element::Decision(_) => None,
            Element::Knowledge(knowledge) => Some(match &knowledge.function {
                Ok(function) => function.parameters.clone(),
                Err(refusal) => return Err(refusal.clone()),
            }),
            Element::Service(service) => {
                let parameters = self.service_parameters(model, service)?;
                Some(parameters.into_iter().map(|(_, variable)| variable).collect())
            }
        };
        let result = match arguments {
            None => tree(ExprKind::Name(key)),
            Some(arguments) => {
                let keys: Result<Vec<_>, _> =
                    arguments.iter().map(|argument| self.input(model, argument, element.place(), frame)).collect();
                call(&key, &keys?)
            }
        };
        Ok(with_names(std::mem::take(&mut frame.values), result))
    }

    /// An input of the whole tree.
    fn input(
        &self,
        model: usize,
        variable: &Variable,
        place: &ElementPlace,
        frame: &mut Frame,
    ) -> Result<String, RefusalError> {
        let key = format!("{model}#told {}", variable.name);
        if frame.inputs.iter().any(|input| input.key == key) {
            return Ok(key);
        }
        let ty = match variable.type_ref.as_deref() {
            None => None,
            Some(name) => self.types.named(model, name).map_err(|fault| refuse_type(fault, place))?.ty,
        };
        frame.inputs.push(ModelInput {
            key: key.clone(),
            name: variable.name.clone(),
            namespace: self.models.get(model).map(|model| model.namespace.clone()).unwrap_or_default(),
            ty: ty.unwrap_or(Type { kind: TypeKind::Any, nullable: true }),
        });
        Ok(key)
    }

    /// The name of an element's value, which gets one if it has none yet.
    fn need(&self, model: usize, element: Element<'a>, frame: &mut Frame) -> Result<String, RefusalError> {
        let key = element.key(model);
        if let Some(parameter) = frame.given.as_ref().and_then(|given| given.get(&key)) {
            return Ok(parameter.clone());
        }
        if frame.values.iter().any(|(known, _)| *known == key) {
            return Ok(key);
        }
        if frame.open.contains(&key) {
            return Err(element.place().refuse("it needs itself"));
        }
        if frame.values.len() + frame.open.len() >= ELEMENTS_MAX {
            return Err(element.place().refuse(format!("more than {ELEMENTS_MAX} elements are needed")));
        }
        frame.open.push(key.clone());
        let value = self.value(model, element, frame)?;
        frame.open.pop();
        frame.values.push((key.clone(), value));
        Ok(key)
    }

    fn value(&self, model: usize, element: Element<'a>, frame: &mut Frame) -> Result<Expr, RefusalError> {
        match element {
            Element::Input(input) => {
                if frame.given.is_some() {
                    return Err(input.place.refuse("it isn't an input of the decision service that needs it"));
                }
                let told = self.input(model, &input.variable, &input.place, frame)?;
                let value = of_type(tree(ExprKind::Name(told)), input.variable.type_ref.as_deref());
                self.resolved(model, &[], &input.place, value)
            }
            Element::Decision(decision) => {
                let logic = decision.logic.as_ref().map_err(Clone::clone)?;
                let references = decision.reads.iter().chain(&decision.calls);
                let visible = self.visible(model, references, frame)?;
                let expr = self.boxer(model, &visible).expression(logic)?;
                let expr = of_type(expr, decision.variable.type_ref.as_deref());
                self.seeing(model, visible, &decision.place, expr)
            }
            Element::Knowledge(knowledge) => {
                let function = knowledge.function.as_ref().map_err(Clone::clone)?;
                let visible = self.visible(model, knowledge.calls.iter(), frame)?;
                let mut expr = self.boxer(model, &visible).function(function)?;
                let result = knowledge.variable.type_ref.as_deref().and_then(|name| self.result_type(model, name));
                if let ExprKind::Function { parameters: _, body } = &mut expr.kind {
                    let inner = std::mem::replace(&mut **body, tree(ExprKind::Null));
                    **body = of_type(inner, result.as_deref());
                }
                self.seeing(model, visible, &knowledge.place, expr)
            }
            Element::Service(service) => self.service(model, service, frame),
        }
    }

    /// The type of a function's results, where the model types the function's variable: by a type of functions, or by
    /// that of the results.
    fn result_type(&self, model: usize, name: &str) -> Option<String> {
        match self.types.find(model, name) {
            Some((_, item)) => match &item.kind {
                super::model::ItemKind::Function { parameters: _, result } => result.clone(),
                super::model::ItemKind::Simple(_)
                | super::model::ItemKind::Components(_)
                | super::model::ItemKind::Any => Some(name.to_owned()),
            },
            None => Some(name.to_owned()),
        }
    }

    fn service_parameters(
        &self,
        model: usize,
        service: &'a DecisionService,
    ) -> Result<Vec<(String, Variable)>, RefusalError> {
        let references = service.input_data.iter().chain(&service.input_decisions);
        let parameters = references.map(|reference| {
            let (owner, element) = self.find(model, reference)?;
            Ok((element.key(owner), element.variable().clone()))
        });
        parameters.collect()
    }

    /// A decision service as a function: of its input data and input decisions.
    fn service(&self, model: usize, service: &'a DecisionService, frame: &mut Frame) -> Result<Expr, RefusalError> {
        let given = self.service_parameters(model, service)?;
        let variables: Vec<Variable> = given.iter().map(|(_, variable)| variable.clone()).collect();
        let mut inner = Frame {
            given: Some(given.into_iter().map(|(key, variable)| (key, variable.name)).collect()),
            open: frame.open.clone(),
            ..Frame::default()
        };
        let mut outputs = Vec::new();
        for reference in &service.output_decisions {
            let (owner, element) = self.find(model, reference)?;
            let key = self.need(owner, element, &mut inner)?;
            outputs.push((element.variable().name.clone(), tree(ExprKind::Name(key))));
        }
        let result = match outputs.len() {
            0 => return Err(service.place.refuse("the service has no output decision")),
            1 => outputs.into_iter().map(|(_, value)| value).next().unwrap_or(tree(ExprKind::Null)),
            _ => tree(ExprKind::Context(
                outputs.into_iter().map(|(name, value)| (super::expression::name(&name), value)).collect(),
            )),
        };
        let result = of_type(
            result,
            service.variable.type_ref.as_deref().and_then(|name| self.result_type(model, name)).as_deref(),
        );
        let body = Box::new(with_names(inner.values, result));
        let function = tree(ExprKind::Function { parameters: parameters(&variables), body });
        self.seeing(model, Vec::new(), &service.place, function)
    }

    fn boxer(&self, model: usize, visible: &[(String, String)]) -> Boxer<'a> {
        let mut names: Vec<String> = visible.iter().map(|(name, _)| name.clone()).collect();
        let imports = self.models.get(model).into_iter().flat_map(|model| &model.imports);
        for import in imports.filter(|import| !import.name.is_empty()) {
            let prefix = format!("{}.", import.name);
            names.extend(visible.iter().filter_map(|(name, _)| name.strip_prefix(&prefix)).map(str::to_owned));
            names.push(import.name.clone());
        }
        Boxer::new(self.parser, names)
    }

    /// What an element that requires these sees: names, each with that of the value.
    fn visible<'r>(
        &self,
        model: usize,
        references: impl Iterator<Item = &'r Reference>,
        frame: &mut Frame,
    ) -> Result<Vec<(String, String)>, RefusalError> {
        let mut visible = Vec::new();
        for reference in references {
            let (owner, element) = self.find(model, reference)?;
            let key = self.need(owner, element, frame)?;
            let name = &element.variable().name;
            let prefix = match owner == model {
                true => String::new(),
                false => self.import_name(model, owner),
            };
            let seen = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            visible.push((seen, key));
        }
        Ok(visible)
    }

    fn import_name(&self, model: usize, owner: usize) -> String {
        let namespace = self.models.get(owner).map(|model| model.namespace.as_str());
        let mut imports = self.models.get(model).into_iter().flat_map(|model| &model.imports);
        let import = imports.find(|import| Some(import.namespace.as_str()) == namespace);
        import.map(|import| import.name.clone()).unwrap_or_default()
    }

    /// The element that a reference of a model names.
    fn find(&self, model: usize, reference: &Reference) -> Result<(usize, Element<'a>), RefusalError> {
        let owner = match &reference.namespace {
            None => Some(model),
            Some(namespace) => self.models.iter().position(|other| other.namespace == *namespace),
        };
        let Some((owner, found)) = owner.and_then(|owner| Some((owner, self.models.get(owner)?))) else {
            let namespace = reference.namespace.as_deref().unwrap_or_default();
            return Err(reference.place.refuse(format!("no model in the folder has the namespace `{namespace}`")));
        };
        let id = reference.id.as_str();
        let element = (found.inputs.iter().find(|input| input.id == id).map(Element::Input))
            .or_else(|| found.decisions.iter().find(|decision| decision.id == id).map(Element::Decision))
            .or_else(|| found.knowledge.iter().find(|knowledge| knowledge.id == id).map(Element::Knowledge))
            .or_else(|| found.services.iter().find(|service| service.id == id).map(Element::Service));
        match element {
            Some(element) => Ok((owner, element)),
            None => {
                Err(reference.place.refuse(format!("the model `{}` has no element with the id `{id}`", found.name)))
            }
        }
    }

    fn resolved(
        &self,
        model: usize,
        visible: &[(String, String)],
        place: &ElementPlace,
        mut expr: Expr,
    ) -> Result<Expr, RefusalError> {
        let resolver = Resolver { types: self.types, parser: self.parser, named: &self.named, model, visible, place };
        resolver.resolve(&mut expr)?;
        Ok(expr)
    }

    fn seeing(
        &self,
        model: usize,
        names: Vec<(String, String)>,
        place: &ElementPlace,
        expr: Expr,
    ) -> Result<Expr, RefusalError> {
        let expr = Box::new(self.resolved(model, &names, place, expr)?);
        Ok(tree(ExprKind::Seeing { names, expr }))
    }
}

fn refuse_type(fault: NamedTypeError, place: &ElementPlace) -> RefusalError {
    match fault {
        NamedTypeError::Unknown(name) => place.refuse(format!("the type `{name}` isn't known")),
        NamedTypeError::Refused(refusal) => refusal,
    }
}
