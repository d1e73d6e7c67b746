//! The syntax tree of an expression, before its names and types are known.

use ordinance_feel_runtime::Decimal;

use crate::source_text::{Span, TextId};
use crate::tree::{self, Comparison, HitPolicy};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its range in the text.
    pub span: Span,
}

/// A name with its place. Blanks between its words are one blank each.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// Its range in the text.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Boolean(bool),
    /// `12.5`, without a sign
    Number(Decimal),
    /// `"text"`, without the quotes and escapes
    Text(String),
    /// `@"2026-01-01"`: a day, a time, a day with a time or a duration, as written between the quotes
    Temporal(String),
    /// A name of the scope, or of a built-in function.
    Name(String),
    /// `context.name`
    Member { context: Box<Expr>, name: Name },
    /// `-x`
    Negate(Box<Expr>),
    /// `a + b`
    Binary { operator: BinaryOperator, left: Box<Expr>, right: Box<Expr> },
    /// `x between a and b`
    Between { value: Box<Expr>, low: Box<Expr>, high: Box<Expr> },
    /// `x in (tests)`
    In { value: Box<Expr>, tests: Vec<Test> },
    /// `x instance of type`
    InstanceOf { value: Box<Expr>, of: TypeName },
    /// `if a then b else c`
    If { condition: Box<Expr>, then: Box<Expr>, otherwise: Box<Expr> },
    /// `for x in list, y in 1..3 return z`
    For { iterations: Vec<Iteration>, result: Box<Expr> },
    /// `some x in list satisfies c`, `every x in list satisfies c`
    Quantified { every: bool, iterations: Vec<Iteration>, condition: Box<Expr> },
    /// `function(a: number, b) a + b`
    Function { parameters: Vec<(Name, Option<TypeName>)>, body: Box<Expr> },
    /// `f(a, b)`
    Call { function: Box<Expr>, arguments: Vec<Expr> },
    /// `f(x: a, y: b)`
    CallByName { function: Box<Expr>, arguments: Vec<(Name, Expr)> },
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{ a: 1, "b": 2 }`
    Context(Vec<(Name, Expr)>),
    /// `[1..2)`
    Range(Box<Range>),
    /// `list[condition]`, `list[1]`
    Filter { list: Box<Expr>, condition: Box<Expr> },
    /// `< 5`, `(> a)`: a range without one of its ends, where an expression stands. `operator` compares a value with
    /// `end`.
    UnaryRange { operator: BinaryOperator, end: Box<Expr> },
    /// An expression of another text; spans in it are of that text. No parser makes it: boxed expressions of DMN do.
    Within { text: TextId, expr: Box<Expr> },
    /// A decision table. No parser makes it: boxed expressions of DMN do.
    Table(Box<Table>),
    /// A value that has to be of a type, and to pass one of the tests if there are any, or be null: DMN's `typeRef` and
    /// allowed values. What can't be of the type is a fault; what may not be fails with `TypesDontFit`. As in DMN, a
    /// list of one item stands for the item, and an item for the list of it. No parser makes it.
    OfType { value: Box<Expr>, of: Option<TypeName>, allowed: Vec<Test> },
    /// `name` stands for `value` in `body`, also if it is a function. No parser makes it.
    Let { name: String, value: Box<Expr>, body: Box<Expr> },
    /// Of the names around it the expression sees these alone, each under the first of the two, and built-in
    /// functions. No parser makes it: what an element of a model of DMN sees is what it requires.
    Seeing { names: Vec<(String, String)>, expr: Box<Expr> },
}

/// A decision table as an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What it is called in messages.
    pub name: String,
    /// Which row counts.
    pub hit: HitPolicy,
    /// The value of each input column.
    pub inputs: Vec<Expr>,
    /// The name of each output column. With one column the table's value is that output, with several it is a context.
    pub outputs: Vec<String>,
    /// For each output its values in the order of their priority, if the table gives them.
    pub priorities: Vec<Option<Vec<Test>>>,
    /// The rows.
    pub rows: Vec<TableRow>,
    /// The outputs if no row matches.
    pub default: Option<Vec<Expr>>,
}

/// A row of a decision table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// For each input the text of its cell and the tests in it, of which one has to hold.
    pub conditions: Vec<(TextId, Vec<Test>)>,
    /// An expression for each output.
    pub outputs: Vec<Expr>,
}

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

impl BinaryOperator {
    /// The comparison that it is; `None` of an operator that doesn't compare.
    pub(crate) fn comparison(self) -> Option<Comparison> {
        match self {
            Self::Equal => Some(Comparison::Equal),
            Self::NotEqual => Some(Comparison::NotEqual),
            Self::Less => Some(Comparison::Less),
            Self::LessOrEqual => Some(Comparison::LessOrEqual),
            Self::Greater => Some(Comparison::Greater),
            Self::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
            Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Power | Self::And | Self::Or => None,
        }
    }

    /// The range of the values that compare so with its end; `None` of an operator that makes no range.
    pub(crate) fn range_of(self, end: tree::Expr) -> Option<tree::ExprKind> {
        let end = Some(Box::new(end));
        let (low, high, is_included) = match self.comparison()? {
            Comparison::Less => (None, end, false),
            Comparison::LessOrEqual => (None, end, true),
            Comparison::Greater => (end, None, false),
            Comparison::GreaterOrEqual => (end, None, true),
            Comparison::Equal => (end.clone(), end, true),
            Comparison::NotEqual => return None,
        };
        let (low_included, high_included) = (is_included && low.is_some(), is_included && high.is_some());
        Some(tree::ExprKind::Range { low, low_included, high, high_included })
    }
}

/// `x in list` or `x in a..b`
#[derive(Debug, Clone, PartialEq)]
pub struct Iteration {
    /// The variable.
    pub variable: Name,
    /// What it goes through.
    pub domain: IterationDomain,
}

/// What a variable goes through.
#[derive(Debug, Clone, PartialEq)]
pub enum IterationDomain {
    /// The items of a list.
    List(Box<Expr>),
    /// The whole numbers, or the days, from one to another, down if the first is greater.
    Steps { from: Box<Expr>, to: Box<Expr> },
}

/// A range with its ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The lower end.
    pub low: Expr,
    /// Whether the lower end belongs to it.
    pub low_included: bool,
    /// The upper end.
    pub high: Expr,
    /// Whether the upper end belongs to it.
    pub high_included: bool,
}

/// A unary test: what a value has to be, in a cell of a decision table or after `in`.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// What it is.
    pub kind: TestKind,
    /// Its range in the text.
    pub span: Span,
}

/// The kinds of unary tests.
#[derive(Debug, Clone, PartialEq)]
pub enum TestKind {
    /// `-`: every value
    Any,
    /// `not(tests)`: none of these
    Not(Vec<Test>),
    /// `< 5`, `!= "a"`
    Compare { operator: BinaryOperator, end: Expr },
    /// An expression: with `?` in it a condition on the value, else a value, a list or a range that has to hold it.
    Expr(Expr),
}

/// The name of a type, as after `instance of`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeName {
    /// What it is.
    pub kind: TypeNameKind,
    /// Its range in the text.
    pub span: Span,
}

/// The kinds of names of types.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeNameKind {
    /// `number`, `days and time duration`, or the name of an item definition
    Named(String),
    /// `list<number>`
    List(Box<TypeName>),
    /// `range<number>`
    Range(Box<TypeName>),
    /// `context<a: number>`
    Context(Vec<(Name, TypeName)>),
    /// `function<number> -> number`
    Function(Vec<TypeName>, Box<TypeName>),
}
