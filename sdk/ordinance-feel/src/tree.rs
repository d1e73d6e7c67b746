//! The typed tree: what `check` makes of the texts of a rule, and `evaluate` and `compile` take. All names are
//! resolved, all functions of authors are put in place of their calls, and nothing repeats without a bound.

pub use ordinance_feel_runtime::operators::Property;
use ordinance_feel_runtime::{Builtin, Value};

use crate::source_text::Place;
use crate::types::Type;

/// An argument of the rule: a fact, a parameter, `as_of`, `jurisdiction` or `inherited`.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Which argument of the rule's function it is, or of which it is a field.
    pub argument: Argument,
    /// Its type. A fact is never null but may be unknown; a parameter, and a field of the upper levels' grant, is null
    /// where it has no value.
    pub ty: Type,
}

/// Where an input comes from. Names are in `snake_case`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Argument {
    /// The day for which the case is decided.
    AsOf,
    /// A fact.
    Fact(String),
    /// A parameter of the manifest.
    Parameter(String),
    /// What the upper levels grant: a context, or null.
    Inherited,
    /// The code of the place.
    Jurisdiction,
    /// An input of a model of DMN, by its name.
    Model(String),
}

/// The index of an input in [`Program::inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputId(pub usize);

/// A value that has a name in the tree. Each is bound once, so that its number is unique in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalId(pub usize);

/// A typed expression. Where a value is one of several (`if`, the items of a list, the outputs of a table, `first
/// known`), each of these may have a narrower type than the whole: other bounds, fewer words of a choice, no null, or
/// null alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type. Wherever a value of a number with a range isn't known, it is between the ends of the range.
    pub ty: Type,
    /// Where it is written.
    pub place: Place,
}

impl Expr {
    /// The expressions that it is made of.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Constant(_) | ExprKind::Input(_) | ExprKind::Local(_) => Vec::new(),
            ExprKind::Field { context: inner, .. }
            | ExprKind::Property { value: inner, .. }
            | ExprKind::Negate(inner)
            | ExprKind::Required(inner)
            | ExprKind::OrNull(inner)
            | ExprKind::InstanceOf { value: inner, .. } => vec![inner],
            ExprKind::Arithmetic { left, right, .. }
            | ExprKind::Compare { left, right, .. }
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Let { value: left, body: right, .. }
            | ExprKind::Filter { list: left, condition: right, .. }
            | ExprKind::Item { list: left, number: right }
            | ExprKind::Sort { list: left, before: right, .. } => vec![left, right],
            ExprKind::If { condition, then, otherwise } => vec![condition, then, otherwise],
            ExprKind::Call { arguments: items, .. } | ExprKind::List(items) | ExprKind::Context(items) => {
                items.iter().collect()
            }
            ExprKind::Range { low, high, .. } => low.iter().chain(high).map(AsRef::as_ref).collect(),
            ExprKind::For { iterations, result, .. } => {
                let domains = iterations.iter().flat_map(|(_, domain)| domain.children());
                domains.chain([result.as_ref()]).collect()
            }
            ExprKind::Quantified { domain, condition, .. } => {
                domain.children().into_iter().chain([condition.as_ref()]).collect()
            }
            ExprKind::Table(table) => {
                let inputs = table.inputs.iter().map(|(_, input)| input);
                let cells = table.rows.iter().flat_map(|row| row.conditions.iter().flatten().chain(&row.outputs));
                inputs.chain(cells).chain(table.default.iter().flatten()).collect()
            }
        }
    }
}

/// The kinds of typed expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A value known at build. A word of a choice is a text.
    Constant(Value),
    Input(InputId),
    Local(LocalId),
    /// A field of a context, by its index in the context's type. Null if the context is.
    Field {
        context: Box<Expr>,
        index: usize,
    },
    /// A property of a day, a time or a duration, such as `year`, or of a range, such as `start`.
    Property {
        value: Box<Expr>,
        property: Property,
    },
    Negate(Box<Expr>),
    Arithmetic {
        operator: Arithmetic,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// Of two values of one kind. `=` and `!=` take every kind, and null as well, and are null of nothing.
    Compare {
        operator: Comparison,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// Three-valued, from left to right: `false and x` doesn't compute `x`.
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    /// A condition that is null counts as false. One that isn't known gives what both ways have in common.
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// A built-in function; optional arguments that were left out are absent from the end, or `null` before others.
    /// `Sort` is [`Self::Sort`]. A function of a list or of any number of values (`min`, `max`, `sum`, `mean`, `all`,
    /// `any`, `product`, `median`, `stddev`, `mode`) has one argument, a list; `append`, `concatenate`, `union` and
    /// `first known` have as many as are written.
    Call {
        function: Builtin,
        arguments: Vec<Expr>,
    },
    List(Vec<Expr>),
    /// In the order of the type's fields.
    Context(Vec<Expr>),
    Range {
        low: Option<Box<Expr>>,
        low_included: bool,
        high: Option<Box<Expr>>,
        high_included: bool,
    },
    /// `value` is computed once, and has a name in `body`.
    Let {
        local: LocalId,
        value: Box<Expr>,
        body: Box<Expr>,
    },
    /// The list of `result` for each item, for all items of the second domain for each of the first, and so on. Within
    /// `result`, `partial` is the list of the results so far, if it is there.
    For {
        iterations: Vec<(LocalId, Domain)>,
        partial: Option<LocalId>,
        result: Box<Expr>,
    },
    /// Whether `condition` holds for every item, or for some item. Several variables are nested.
    Quantified {
        every: bool,
        local: LocalId,
        domain: Box<Domain>,
        condition: Box<Expr>,
    },
    /// The items for which the condition is true. An item for which it isn't known is `Value::Perhaps` in the list.
    Filter {
        list: Box<Expr>,
        local: LocalId,
        condition: Box<Expr>,
    },
    /// An item of a list by its number, from 1, or from the end if it is negative. Null if there is none.
    Item {
        list: Box<Expr>,
        number: Box<Expr>,
    },
    /// The value, or a failure ([`Failure::NoValue`](ordinance_feel_runtime::Failure::NoValue)) if it is null. The
    /// checker of a rule puts it around what may be null because a list or a table has no such item (an item, the
    /// least or greatest of a list, a table without a matching row), wherever null isn't compared for. Null itself
    /// comes only from optional parts.
    Required(Box<Expr>),
    /// The value; null if it failed, but for
    /// [`Failure::TypesDontFit`](ordinance_feel_runtime::Failure::TypesDontFit). Only models of DMN have it, in which
    /// a mistake in computing is null: what would be null because types don't fit is told.
    OrNull(Box<Expr>),
    /// Sorts a list by whether `first` has to stand before `second`; equal items keep their order.
    Sort {
        list: Box<Expr>,
        first: LocalId,
        second: LocalId,
        before: Box<Expr>,
    },
    /// Whether a value is of a type, where that isn't known at build.
    InstanceOf {
        value: Box<Expr>,
        of: Type,
    },
    /// What a decision table gives.
    Table(Box<Table>),
}

/// What a variable goes through.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// The items of a list.
    List(Box<Expr>),
    /// Whole numbers or days, from one to another, both included; down if the first is greater.
    Steps { from: Box<Expr>, to: Box<Expr> },
}

impl Domain {
    fn children(&self) -> Vec<&Expr> {
        match self {
            Self::List(list) => vec![list],
            Self::Steps { from, to } => vec![from, to],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// The comparison of the two values in the other order.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }
}

/// A decision table. Its value is the output of the row that matches, or as the hit policy says: a value, or a
/// context if it has several outputs; a list of these for `RuleOrder`, `OutputOrder` and `Collect`.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The name.
    pub name: String,
    /// Which row counts.
    pub hit: HitPolicy,
    /// The value of each input column, each bound to a local that the conditions of its cells read.
    pub inputs: Vec<(LocalId, Expr)>,
    /// The rows, first one first.
    pub rows: Vec<Row>,
    /// The outputs if no row matches; without them null.
    pub default: Option<Vec<Expr>>,
    /// For each output, the values in the order of their priority, if the table has them.
    pub priorities: Vec<Vec<Value>>,
    /// The type of one row's output.
    pub output: Type,
}

/// A row of a decision table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// A condition for each input; `None` for `-`.
    pub conditions: Vec<Option<Expr>>,
    /// The outputs.
    pub outputs: Vec<Expr>,
    /// Where the row begins.
    pub place: Place,
}

/// Which rows of a decision table count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HitPolicy {
    /// At most one row matches; the table is refused at build if two can.
    Unique,
    /// All rows that match give the same outputs.
    Any,
    /// Of the rows that match, that whose outputs come first in the order of priority.
    Priority,
    /// The first row that matches.
    First,
    /// All rows that match, in their order.
    RuleOrder,
    /// All rows that match, in the order of priority of their outputs.
    OutputOrder,
    /// All rows that match, or one number of their outputs.
    Collect(Option<Aggregation>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    Sum,
    Min,
    Max,
    Count,
}

/// A whole rule, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    /// What the rule reads, and nothing else.
    pub inputs: Vec<Input>,
    /// What has a name, in an order in which each needs only those before it: defined values, tables, criteria.
    pub definitions: Vec<Definition>,
    /// What the rule answers.
    pub answer: Answer,
}

/// A named value of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Its name in expressions.
    pub name: String,
    /// The local that it binds.
    pub local: LocalId,
    /// The value.
    pub value: Expr,
}

/// What a program answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The determination of an eligibility rule.
    Determination(Determination),
    /// One value, of a model of DMN.
    Value(Expr),
}

/// The parts of a rule's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Determination {
    /// In the order of the manifest. Each is a definition.
    pub findings: Vec<Finding>,
    /// Whether the person is eligible.
    pub eligible: Expr,
    /// What is granted if so, in the order of the contract; a field without a value is left to other levels. The type
    /// of each is that of the contract's field.
    pub grant: Vec<GrantValue>,
    /// The intermediate values that the rule tells. Each is a definition.
    pub intermediates: Vec<Intermediate>,
}

/// A finding on a criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The id of the criterion in the manifest.
    pub criterion: String,
    /// Whether it is satisfied: the local of a boolean, or of a list of booleans if the criterion is on each item of
    /// a list.
    pub local: LocalId,
    /// Whether it is on each item of a list.
    pub each: bool,
}

/// One field of the grant.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantValue {
    /// The name in the contract.
    pub name: String,
    /// The type of the field in the contract.
    pub fact_type: ordinance_domain::fact::FactType,
    /// The value; `None` if the rule leaves it to other levels.
    pub value: Option<Expr>,
}

/// An intermediate value.
#[derive(Debug, Clone, PartialEq)]
pub struct Intermediate {
    /// The name in the manifest.
    pub name: String,
    /// The definition's local.
    pub local: LocalId,
    /// Its type.
    pub ty: Type,
}
