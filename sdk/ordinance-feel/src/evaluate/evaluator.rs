//! Computes expressions.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use ordinance_feel_runtime::operators::{self, Truth};
use ordinance_feel_runtime::{Builtin, Context, Failure, Value};

use super::prepare::prepare;
use crate::source_text::{Place, TextId};
use crate::tree::{Arithmetic, Comparison, Expr, ExprKind, InputId, LocalId, Program};
use crate::types::{Type, TypeKind};

/// What is known while a program is computed.
pub(super) struct Evaluator {
    /// In the order of the program's inputs.
    inputs: Vec<Value>,
    /// By the numbers of locals. Those within a repetition change.
    locals: Vec<Value>,
    /// Where failures began on which the value that is computed depends so far.
    failures: Vec<FailedAt>,
    /// Where the failures of locals began.
    origins: HashMap<LocalId, FailedAt>,
    /// How often each condition that is made of no others came out true, false and neither; `None` if nobody asks.
    conditions: Option<Conditions>,
}

/// How often conditions came out true, false and neither, by the text and the range in it.
pub(super) type Conditions = BTreeMap<(TextId, usize, usize), [u32; 3]>;

/// A failure, and the expression that failed though nothing that it takes did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedAt {
    /// Why it failed.
    pub failure: Failure,
    /// The expression.
    pub place: Place,
}

impl Evaluator {
    pub(super) fn new(program: &Program, inputs: &[Value]) -> Self {
        let values = inputs.iter().chain(std::iter::repeat(&Value::Unknown));
        let inputs = program.inputs.iter().zip(values).map(|(input, value)| prepare(value, &input.ty)).collect();
        Self { inputs, locals: Vec::new(), failures: Vec::new(), origins: HashMap::new(), conditions: None }
    }

    /// The same, which counts how conditions come out.
    pub(super) fn with_conditions(self) -> Self {
        Self { conditions: Some(Conditions::new()), ..self }
    }

    /// How conditions came out.
    pub(super) fn into_conditions(self) -> Conditions {
        self.conditions.unwrap_or_default()
    }

    /// Gives a local a value.
    pub(super) fn bind(&mut self, local: LocalId, value: Value) {
        if self.locals.len() <= local.0 {
            self.locals.resize(local.0 + 1, Value::Failed(Failure::NoValue));
        }
        if let Some(slot) = self.locals.get_mut(local.0) {
            *slot = value;
        }
    }

    /// Computes a value by itself, with where its failure began, if it has failed.
    pub(super) fn value_with_origin(&mut self, expr: &Expr) -> (Value, Option<FailedAt>) {
        self.failures.clear();
        let value = self.value(expr);
        let origin = self.failures.first().copied();
        self.failures.clear();
        (value, origin)
    }

    /// Gives the local of a definition its value.
    pub(super) fn define(&mut self, local: LocalId, expr: &Expr) -> Value {
        let (value, origin) = self.value_with_origin(expr);
        self.origins.extend(origin.map(|origin| (local, origin)));
        self.bind(local, value.clone());
        value
    }

    /// Where the failure of a local began.
    pub(super) fn origin(&self, local: LocalId) -> Option<FailedAt> {
        self.origins.get(&local).copied()
    }

    /// Keeps in mind where failures began on which a value depends: those since `mark`, unless it has come out all the
    /// same.
    fn follow_failure(&mut self, mark: usize, expr: &Expr, value: &Value) {
        let is_first = self.failures.len() == mark;
        let origin = if let ExprKind::Local(local) = &expr.kind { self.origin(*local) } else { None };
        match (value, origin) {
            (_, Some(origin)) if is_first && value.failure_within().is_some() => self.failures.push(origin),
            (Value::Failed(failure), _) if is_first => {
                self.failures.push(FailedAt { failure: *failure, place: expr.place });
            }
            (_, _) if !is_first && value.failure_within().is_none() => self.failures.truncate(mark),
            (_, _) => {}
        }
    }

    fn count_condition(&mut self, expr: &Expr, value: &Value) {
        let Some(conditions) = self.conditions.as_mut().filter(|_| is_simple_condition(expr)) else { return };
        let Place { text, span } = expr.place;
        let [is_true, is_false, is_neither] = conditions.entry((text, span.start, span.end)).or_default();
        let count = match Truth::of(value) {
            Truth::True => is_true,
            Truth::False => is_false,
            Truth::Null | Truth::Unknown | Truth::Failed(_) => is_neither,
        };
        *count = count.saturating_add(1);
    }

    /// The value of a local, which is bound before it is used.
    pub(super) fn local(&self, local: LocalId) -> Value {
        self.locals.get(local.0).cloned().unwrap_or(Value::Failed(Failure::NoValue))
    }

    /// The value of an expression, with what its type tells of a number that isn't known. A chain of operators, which
    /// may be as long as its author likes, takes no more stack than one of them; the parser bounds how deep all else
    /// nests.
    pub(super) fn value(&mut self, expr: &Expr) -> Value {
        let mut chain = Vec::new();
        let mut first = expr;
        while let Some(left) = left_of(first) {
            chain.push(first);
            first = left;
        }
        let mark = self.failures.len();
        let mut value = with_type(self.value_of_kind(first), &first.ty);
        self.follow_failure(mark, first, &value);
        self.count_condition(first, &value);
        while let Some(expr) = chain.pop() {
            value = with_type(self.continue_chain(expr, value), &expr.ty);
            self.follow_failure(mark, expr, &value);
            self.count_condition(expr, &value);
        }
        value
    }

    /// What a condition comes to.
    pub(super) fn truth(&mut self, condition: &Expr) -> Truth {
        Truth::of(&self.value(condition))
    }

    fn value_of_kind(&mut self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Constant(value) => value.clone(),
            ExprKind::Input(InputId(index)) => self.inputs.get(*index).cloned().unwrap_or(Value::Unknown),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Field { context, index } => operators::field(&self.value(context), *index).clone(),
            ExprKind::Property { value, property } => operators::property(&self.value(value), *property),
            ExprKind::Negate(value) => operators::negate(&self.value(value)),
            ExprKind::Arithmetic { left, .. }
            | ExprKind::Compare { left, .. }
            | ExprKind::And(left, _)
            | ExprKind::Or(left, _) => {
                let left = self.value(left);
                self.continue_chain(expr, left)
            }
            ExprKind::If { condition, then, otherwise } => self.choice(condition, then, otherwise),
            ExprKind::Call { function, arguments } => {
                let arguments: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
                function.call(&arguments)
            }
            ExprKind::List(items) => Value::list(items.iter().map(|item| self.value(item)).collect()),
            ExprKind::Context(values) => {
                let values = values.iter().map(|value| self.value(value)).collect();
                context_of(&expr.ty, values)
            }
            ExprKind::Range { low, low_included, high, high_included } => {
                let low = low.as_ref().map(|end| self.value(end));
                let high = high.as_ref().map(|end| self.value(end));
                operators::range(low.as_ref(), *low_included, high.as_ref(), *high_included)
            }
            ExprKind::Let { local, value, body } => {
                let value = self.value(value);
                self.bind(*local, value);
                self.value(body)
            }
            ExprKind::For { iterations, partial, result } => self.repeat(iterations, *partial, result),
            ExprKind::Quantified { every, local, domain, condition } => {
                self.quantify(*every, *local, domain, condition)
            }
            ExprKind::Filter { list, local, condition } => self.filter(list, *local, condition),
            ExprKind::Item { list, number } => {
                let (list, number) = (self.value(list), self.value(number));
                operators::item(&list, &number)
            }
            ExprKind::Required(value) => operators::required(&self.value(value)),
            ExprKind::OrNull(value) => match self.value(value) {
                Value::Failed(failure) if failure != Failure::TypesDontFit => Value::Null,
                value => value,
            },
            ExprKind::Sort { list, first, second, before } => self.sort(list, *first, *second, before),
            ExprKind::InstanceOf { value, of } => of.shape().has(&self.value(value)).value(),
            ExprKind::Table(table) => self.table(table, expr.ty.nullable),
        }
    }

    /// The value of an operator of two values whose first one is known; of any other expression that value.
    fn continue_chain(&mut self, expr: &Expr, left: Value) -> Value {
        match &expr.kind {
            ExprKind::Arithmetic { operator, right, .. } => arithmetic(*operator, &left, &self.value(right)),
            ExprKind::Compare { operator, right, .. } => comparison(*operator, &left, &self.value(right)),
            ExprKind::And(_, right) => match Truth::of(&left) {
                Truth::False => Value::Boolean(false),
                truth => truth.and(self.truth(right)).value(),
            },
            ExprKind::Or(_, right) => match Truth::of(&left) {
                Truth::True => Value::Boolean(true),
                truth => truth.or(self.truth(right)).value(),
            },
            _ => left,
        }
    }

    fn choice(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Value {
        let condition = self.truth(condition);
        match condition {
            Truth::True => self.value(then),
            Truth::False | Truth::Null => self.value(otherwise),
            Truth::Unknown | Truth::Failed(_) => {
                let (then, otherwise) = (self.value(then), self.value(otherwise));
                operators::agree(&condition.value(), &then, &otherwise)
            }
        }
    }
}

/// Whether it is a condition that isn't made of others.
fn is_simple_condition(expr: &Expr) -> bool {
    let is_simple = match &expr.kind {
        ExprKind::Compare { .. } | ExprKind::Input(_) | ExprKind::Field { .. } | ExprKind::InstanceOf { .. } => true,
        ExprKind::Call { function, .. } => *function != Builtin::Not,
        _ => false,
    };
    is_simple && expr.ty.kind == TypeKind::Boolean
}

/// The first of the two expressions that an operator takes.
fn left_of(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Arithmetic { left, .. }
        | ExprKind::Compare { left, .. }
        | ExprKind::And(left, _)
        | ExprKind::Or(left, _) => Some(left),
        _ => None,
    }
}

/// A number that isn't known is within the bounds of its type, unless it may be null.
fn with_type(value: Value, ty: &Type) -> Value {
    match &ty.kind {
        TypeKind::Number(bounds) if !ty.nullable => value.within(bounds.range),
        _ => value,
    }
}

fn arithmetic(operator: Arithmetic, left: &Value, right: &Value) -> Value {
    match operator {
        Arithmetic::Add => operators::add(left, right),
        Arithmetic::Subtract => operators::subtract(left, right),
        Arithmetic::Multiply => operators::multiply(left, right),
        Arithmetic::Divide => operators::divide(left, right),
        Arithmetic::Power => operators::power(left, right),
    }
}

fn comparison(operator: Comparison, left: &Value, right: &Value) -> Value {
    match operator {
        Comparison::Equal => operators::equal(left, right),
        Comparison::NotEqual => operators::not_equal(left, right),
        Comparison::Less => operators::is_less(left, right),
        Comparison::LessOrEqual => operators::is_less_or_equal(left, right),
        Comparison::Greater => operators::is_greater(left, right),
        Comparison::GreaterOrEqual => operators::is_greater_or_equal(left, right),
    }
}

/// The context with the names of its type.
pub(super) fn context_of(ty: &Type, values: Vec<Value>) -> Value {
    let TypeKind::Context(fields) = &ty.kind else { return Value::Failed(Failure::TypesDontFit) };
    let names = fields.iter().map(|(name, _)| Rc::from(name.as_str()));
    Value::Context(Rc::new(Context(names.zip(values).collect())))
}
