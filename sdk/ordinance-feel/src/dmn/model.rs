//! A model of DMN, as its file has it: decisions, what they require, and the boxed expressions of their logic.

use crate::dmn::refusal::RefusalError;
use crate::source_text::{SourceText, TextId};
use crate::tree::HitPolicy;

/// The namespace of what a model of an exported rule says beyond DMN, in its extensions.
pub(super) const EXTENSION_NAMESPACE: &str = "urn:ordinance:rule";

/// The element there with the days on which the rule is in force.
pub(super) const IN_FORCE_ELEMENT: &str = "inForce";

/// The texts of one or more models, and the element in which each stands.
#[derive(Debug, Clone, Default)]
pub struct ModelTexts {
    /// The texts, by [`TextId`].
    pub sources: Vec<SourceText>,
    /// For each of them the path to its element, such as `decision "Fee", decisionTable, rule 3`.
    pub elements: Vec<String>,
    /// For each of them the column in its file at which it begins, from 1.
    pub columns: Vec<u32>,
}

/// A model.
#[derive(Debug, Clone)]
pub struct Model {
    /// The name of its file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Its namespace, by which others import it.
    pub namespace: String,
    /// The days on which the rule that was exported to it is in force: the first, and the first on which it no longer
    /// is.
    pub in_force: Option<(String, Option<String>)>,
    /// The models that it imports.
    pub imports: Vec<Import>,
    /// Its types, in their order.
    pub items: Vec<ItemDefinition>,
    /// What is told to it.
    pub inputs: Vec<InputData>,
    /// What it decides.
    pub decisions: Vec<Decision>,
    /// Its functions.
    pub knowledge: Vec<KnowledgeModel>,
    /// Its decisions that are called as functions.
    pub services: Vec<DecisionService>,
}

/// An import of another model.
#[derive(Debug, Clone)]
pub struct Import {
    /// The name by which its elements are qualified; empty if they aren't.
    pub name: String,
    /// The namespace of the model.
    pub namespace: String,
    /// Where the import stands.
    pub place: ElementPlace,
}

/// An element of a model, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementPlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The path to the element.
    pub element: String,
}

impl ElementPlace {
    /// A refusal of the element.
    #[must_use]
    pub fn refuse(&self, reason: impl Into<String>) -> RefusalError {
        RefusalError {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            element: self.element.clone(),
            reason: reason.into(),
            help: None,
        }
    }
}

/// A type with a name, or a part of one.
#[derive(Debug, Clone)]
pub struct ItemDefinition {
    /// The name.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
    /// Whether its values are lists of these.
    pub is_collection: bool,
    /// The unary tests of which a value passes one. Of a collection they are on its items.
    pub allowed_values: Option<TextId>,
    /// The unary tests of which the whole value passes one, a list if it is a collection (DMN 1.5).
    pub constraint: Option<TextId>,
    /// Where it stands.
    pub place: ElementPlace,
}

/// What values of an item definition are.
#[derive(Debug, Clone)]
pub enum ItemKind {
    /// Values of another type.
    Simple(String),
    /// Contexts with these.
    Components(Vec<ItemDefinition>),
    /// Functions, with the types of their parameters, and of their results.
    Function { parameters: Vec<Variable>, result: Option<String> },
    /// Values of any type.
    Any,
}

/// A name, and the type that it has if the model says so.
#[derive(Debug, Clone)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The name of the type.
    pub type_ref: Option<String>,
}

/// What is told to a model.
#[derive(Debug, Clone)]
pub struct InputData {
    /// By which others require it.
    pub id: String,
    /// Its name and type.
    pub variable: Variable,
    /// Where it stands.
    pub place: ElementPlace,
}

/// What a model decides.
#[derive(Debug, Clone)]
pub struct Decision {
    /// By which others require it.
    pub id: String,
    /// Its name and type.
    pub variable: Variable,
    /// The ids of the input data and the decisions that it reads.
    pub reads: Vec<Reference>,
    /// The ids of the knowledge models and the services that it calls.
    pub calls: Vec<Reference>,
    /// The question that it answers; in a rule of law its title.
    pub question: Option<String>,
    /// How it decides, or why that isn't taken.
    pub logic: Result<Boxed, RefusalError>,
    /// Where it stands.
    pub place: ElementPlace,
}

/// A reference to an element by its id, in this model or in another.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The namespace of the other model.
    pub namespace: Option<String>,
    /// The id.
    pub id: String,
    /// Where the reference stands.
    pub place: ElementPlace,
}

/// A function of a model: a business knowledge model.
#[derive(Debug, Clone)]
pub struct KnowledgeModel {
    /// By which others require it.
    pub id: String,
    /// Its name, and the type of the function or of its results.
    pub variable: Variable,
    /// The ids of the functions that it calls.
    pub calls: Vec<Reference>,
    /// The function, or why it isn't taken.
    pub function: Result<Function, RefusalError>,
    /// Where it stands.
    pub place: ElementPlace,
}

/// Decisions that are called as a function.
#[derive(Debug, Clone)]
pub struct DecisionService {
    /// By which others require it.
    pub id: String,
    /// Its name, and the type of its result.
    pub variable: Variable,
    /// The decisions that it gives.
    pub output_decisions: Vec<Reference>,
    /// The decisions that it computes on the way.
    pub encapsulated_decisions: Vec<Reference>,
    /// The decisions whose values are its parameters, after the input data.
    pub input_decisions: Vec<Reference>,
    /// The input data that are its parameters.
    pub input_data: Vec<Reference>,
    /// Where it stands.
    pub place: ElementPlace,
}

/// A boxed expression.
#[derive(Debug, Clone)]
pub struct Boxed {
    /// What it is.
    pub kind: BoxedKind,
    /// The name of the type that its value has to have.
    pub type_ref: Option<String>,
    /// Where it stands.
    pub place: ElementPlace,
}

/// The kinds of boxed expressions.
#[derive(Debug, Clone)]
pub enum BoxedKind {
    /// An expression of FEEL.
    Literal(TextId),
    /// Named values, each of which may read those before it, and the result if it isn't the context itself.
    Context { entries: Vec<(Variable, Boxed)>, result: Option<Box<Boxed>> },
    /// A decision table.
    Table(Box<DecisionTable>),
    /// A call with named arguments. One without an expression is null.
    Invocation { function: Box<Boxed>, bindings: Vec<(Variable, Option<Boxed>)> },
    /// A function.
    Function(Box<Function>),
    /// A list of contexts, one for each row.
    Relation { columns: Vec<Variable>, rows: Vec<Vec<Boxed>> },
    /// A list.
    List(Vec<Boxed>),
    /// `if`
    Conditional { condition: Box<Boxed>, then: Box<Boxed>, otherwise: Box<Boxed> },
    /// `in[match]`
    Filter { list: Box<Boxed>, condition: Box<Boxed> },
    /// `for variable in list return result`
    For { variable: Variable, list: Box<Boxed>, result: Box<Boxed> },
    /// `some` or `every`
    Quantified { every: bool, variable: Variable, list: Box<Boxed>, condition: Box<Boxed> },
}

/// A function with its parameters.
#[derive(Debug, Clone)]
pub struct Function {
    /// The parameters.
    pub parameters: Vec<Variable>,
    /// Its body.
    pub body: Boxed,
}

/// A decision table.
#[derive(Debug, Clone)]
pub struct DecisionTable {
    /// Which rules count.
    pub hit: HitPolicy,
    /// Its inputs.
    pub inputs: Vec<TableInput>,
    /// Its outputs.
    pub outputs: Vec<TableOutput>,
    /// Its rules.
    pub rules: Vec<TableRule>,
}

/// An input of a decision table.
#[derive(Debug, Clone)]
pub struct TableInput {
    /// Its expression.
    pub expression: TextId,
    /// The type that the value has to have.
    pub type_ref: Option<String>,
    /// The unary tests of which the value has to pass one.
    pub allowed_values: Option<TextId>,
}

/// An output of a decision table.
#[derive(Debug, Clone)]
pub struct TableOutput {
    /// Its name; a table with one output may have none.
    pub name: Option<String>,
    /// The type of its values.
    pub type_ref: Option<String>,
    /// Its values in the order of their priority, of which each has to be one.
    pub values: Option<TextId>,
    /// The value if no rule matches.
    pub default: Option<TextId>,
    /// Where it stands.
    pub place: ElementPlace,
}

/// A rule of a decision table.
#[derive(Debug, Clone)]
pub struct TableRule {
    /// Unary tests for each input.
    pub tests: Vec<TextId>,
    /// An expression for each output.
    pub outputs: Vec<TextId>,
    /// What its authors say of it.
    pub annotations: Vec<String>,
    /// Where it stands.
    pub place: ElementPlace,
}
