//! Turns boxed expressions into syntax trees. Each text keeps its own spans: a tree of one text holds those of others
//! in `ExprKind::Within`.

use super::model::{Boxed, BoxedKind, DecisionTable, ElementPlace, Function, Variable};
use super::parse::TextParser;
use super::refusal::RefusalError;
use super::types::type_name;
use crate::source_text::{Span, TextId};
use crate::syntax::ast::{
    Expr, ExprKind, Iteration, IterationDomain, Name, Range, Table, TableRow, Test, TestKind, TypeName, TypeNameKind,
};
use crate::syntax::mentions::mentions;
use crate::tree::HitPolicy;

/// What turns boxed expressions into trees.
pub(super) struct Boxer<'a> {
    parser: &'a TextParser<'a>,
    /// The names that the expression may use, the innermost last.
    names: Vec<String>,
}

/// The name of the type of conditions, which no author can write: true or false, and not null.
pub(super) const CONDITION: &str = "condition#";

/// A tree without a place of its own.
pub(super) fn tree(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

/// A name without a place of its own.
pub(super) fn name(text: &str) -> Name {
    Name { text: text.to_owned(), span: Span::default() }
}

/// Asks the type of a value, if the model gives one.
pub(super) fn of_type(value: Expr, type_ref: Option<&str>) -> Expr {
    match type_ref.and_then(type_name) {
        Some(of) => tree(ExprKind::OfType { value: Box::new(value), of: Some(of), allowed: Vec::new() }),
        None => value,
    }
}

impl<'a> Boxer<'a> {
    /// Trees of expressions that may use these names.
    pub(super) fn new(parser: &'a TextParser<'a>, names: Vec<String>) -> Self {
        Self { parser, names }
    }

    /// The tree of a boxed expression.
    pub(super) fn expression(&mut self, boxed: &Boxed) -> Result<Expr, RefusalError> {
        let expr = self.kind(&boxed.kind, &boxed.place)?;
        Ok(of_type(expr, boxed.type_ref.as_deref()))
    }

    fn boxed(&mut self, boxed: &Boxed) -> Result<Box<Expr>, RefusalError> {
        self.expression(boxed).map(Box::new)
    }

    fn kind(&mut self, kind: &BoxedKind, place: &ElementPlace) -> Result<Expr, RefusalError> {
        let kind = match kind {
            BoxedKind::Literal(text) => return self.text(*text),
            BoxedKind::Context { entries, result } => return self.context(entries, result.as_deref()),
            BoxedKind::Table(table) => return self.table(table, place),
            BoxedKind::Function(function) => return self.function(function),
            BoxedKind::Relation { columns, rows } => return self.relation(columns, rows),
            BoxedKind::Invocation { function, bindings } => ExprKind::CallByName {
                function: self.boxed(function)?,
                arguments: bindings.iter().map(|binding| self.binding(binding)).collect::<Result<_, _>>()?,
            },
            BoxedKind::List(items) => {
                ExprKind::List(items.iter().map(|item| self.expression(item)).collect::<Result<_, _>>()?)
            }
            BoxedKind::Conditional { condition, then, otherwise } => ExprKind::If {
                condition: Box::new(known_condition(self.expression(condition)?)),
                then: self.boxed(then)?,
                otherwise: self.boxed(otherwise)?,
            },
            BoxedKind::Filter { list, condition } => {
                ExprKind::Filter { list: self.boxed(list)?, condition: self.naming("item", condition)? }
            }
            BoxedKind::For { variable, list, result } => ExprKind::For {
                iterations: vec![self.iteration(variable, list)?],
                result: self.naming(&variable.name, result)?,
            },
            BoxedKind::Quantified { every, variable, list, condition } => ExprKind::Quantified {
                every: *every,
                iterations: vec![self.iteration(variable, list)?],
                condition: self.naming(&variable.name, condition)?,
            },
        };
        Ok(tree(kind))
    }

    /// The tree of a text of its own.
    pub(super) fn text(&self, text: TextId) -> Result<Expr, RefusalError> {
        let expr = self.parser.expression(text, &self.names)?;
        Ok(tree(ExprKind::Within { text, expr: Box::new(expr) }))
    }

    /// The tree of an expression that may use one more name.
    fn naming(&mut self, name: &str, boxed: &Boxed) -> Result<Box<Expr>, RefusalError> {
        self.names.push(name.to_owned());
        let expr = self.boxed(boxed);
        self.names.pop();
        expr
    }

    fn iteration(&mut self, variable: &Variable, list: &Boxed) -> Result<Iteration, RefusalError> {
        // A boxed iterator goes through the steps of a range that is written, as `for x in 1..3` does.
        let domain = match self.expression(list)? {
            Expr { kind: ExprKind::Within { text, expr }, .. } => match expr.kind {
                ExprKind::Range(range) if range.low_included && range.high_included => steps(text, *range),
                kind => IterationDomain::List(Box::new(tree(ExprKind::Within {
                    text,
                    expr: Box::new(Expr { kind, span: expr.span }),
                }))),
            },
            other => IterationDomain::List(Box::new(other)),
        };
        Ok(Iteration { variable: name(&variable.name), domain })
    }

    fn binding(&mut self, (parameter, value): &(Variable, Option<Boxed>)) -> Result<(Name, Expr), RefusalError> {
        let value = match value {
            Some(value) => self.expression(value)?,
            None => tree(ExprKind::Null),
        };
        Ok((name(&parameter.name), of_type(value, parameter.type_ref.as_deref())))
    }

    /// A context whose entries may read those before them; with a result cell, what that cell gives.
    fn context(&mut self, entries: &[(Variable, Boxed)], result: Option<&Boxed>) -> Result<Expr, RefusalError> {
        let outside = self.names.len();
        let mut values = Vec::new();
        for (variable, boxed) in entries {
            let value = self.expression(boxed)?;
            values.push((name(&variable.name), of_type(value, variable.type_ref.as_deref())));
            self.names.push(variable.name.clone());
        }
        let result = result.map(|result| self.expression(result)).transpose();
        self.names.truncate(outside);
        match result? {
            None => Ok(tree(ExprKind::Context(values))),
            Some(result) => Ok(values.into_iter().rev().fold(result, |body, (name, value)| {
                tree(ExprKind::Let { name: name.text, value: Box::new(value), body: Box::new(body) })
            })),
        }
    }

    /// The tree of a function.
    pub(super) fn function(&mut self, function: &Function) -> Result<Expr, RefusalError> {
        let outside = self.names.len();
        self.names.extend(function.parameters.iter().map(|parameter| parameter.name.clone()));
        let body = self.boxed(&function.body);
        self.names.truncate(outside);
        Ok(tree(ExprKind::Function { parameters: parameters(&function.parameters), body: body? }))
    }

    fn relation(&mut self, columns: &[Variable], rows: &[Vec<Boxed>]) -> Result<Expr, RefusalError> {
        let mut items = Vec::new();
        for row in rows {
            let mut cells = Vec::new();
            for (column, cell) in columns.iter().zip(row) {
                let value = self.expression(cell)?;
                // In a context a cell would see those before it.
                if cells.iter().any(|(before, _): &(Name, Expr)| mentions(&value, &before.text)) {
                    return Err(cell.place.refuse("a cell of a relation doesn't see the others of its row"));
                }
                cells.push((name(&column.name), of_type(value, column.type_ref.as_deref())));
            }
            items.push(tree(ExprKind::Context(cells)));
        }
        Ok(tree(ExprKind::List(items)))
    }

    fn table(&mut self, table: &DecisionTable, place: &ElementPlace) -> Result<Expr, RefusalError> {
        if matches!(table.hit, HitPolicy::Collect(Some(_))) && table.outputs.len() > 1 {
            return Err(place.refuse("a table with an aggregation has to have one output"));
        }
        let outputs: Vec<String> = table.outputs.iter().map(|output| output.name.clone().unwrap_or_default()).collect();
        let mut rows = Vec::new();
        for rule in &table.rules {
            let conditions = rule.tests.iter().map(|text| Ok((*text, self.parser.tests(*text, &self.names)?)));
            let conditions = conditions.collect::<Result<_, RefusalError>>()?;
            let cells = rule.outputs.iter().enumerate().map(|(column, text)| self.output(table, column, *text));
            rows.push(TableRow { conditions, outputs: cells.collect::<Result<_, _>>()? });
        }
        let priorities = table
            .outputs
            .iter()
            .map(|output| output.values.map(|values| self.parser.tests(values, &self.names)).transpose());
        let inputs = table.inputs.iter().map(|input| {
            let value = of_type(self.text(input.expression)?, input.type_ref.as_deref());
            self.allowed(value, input.allowed_values)
        });
        Ok(tree(ExprKind::Table(Box::new(Table {
            name: place.element.clone(),
            hit: table.hit,
            inputs: inputs.collect::<Result<_, _>>()?,
            outputs,
            priorities: priorities.collect::<Result<_, RefusalError>>()?,
            rows,
            default: self.default(table)?,
        }))))
    }

    fn output(&self, table: &DecisionTable, column: usize, text: TextId) -> Result<Expr, RefusalError> {
        let value = self.text(text)?;
        let Some(output) = table.outputs.get(column) else {
            return Ok(value);
        };
        // Modelers write the type of a table that gives a list as the type of its output too.
        let type_ref = output.type_ref.as_deref().filter(|_| !gives_list(table.hit));
        self.allowed(of_type(value, type_ref), output.values)
    }

    fn default(&self, table: &DecisionTable) -> Result<Option<Vec<Expr>>, RefusalError> {
        if table.outputs.iter().all(|output| output.default.is_none()) {
            return Ok(None);
        }
        let values = table.outputs.iter().enumerate().map(|(column, output)| match output.default {
            Some(text) => self.output(table, column, text),
            None => Ok(tree(ExprKind::Null)),
        });
        values.collect::<Result<_, _>>().map(Some)
    }

    /// A value that has to pass one of the tests of a text, if there is one.
    pub(super) fn allowed(&self, value: Expr, tests: Option<TextId>) -> Result<Expr, RefusalError> {
        let Some(text) = tests else {
            return Ok(value);
        };
        let test = self.allowed_test(text)?;
        Ok(tree(ExprKind::OfType { value: Box::new(value), of: None, allowed: vec![test] }))
    }

    /// The test of a value, `?`, by the tests of a text.
    pub(super) fn allowed_test(&self, text: TextId) -> Result<Test, RefusalError> {
        let tests = self.parser.tests(text, &self.names)?;
        let value = Box::new(tree(ExprKind::Name("?".into())));
        let expr = Box::new(tree(ExprKind::In { value, tests }));
        let kind = TestKind::Expr(tree(ExprKind::Within { text, expr }));
        Ok(Test { kind, span: Span::default() })
    }
}

/// The condition of a boxed conditional, which has to be true or false: whether null is false there those who implement
/// DMN differ.
fn known_condition(condition: Expr) -> Expr {
    let of = TypeName { kind: TypeNameKind::Named(CONDITION.to_owned()), span: Span::default() };
    tree(ExprKind::OfType { value: Box::new(condition), of: Some(of), allowed: Vec::new() })
}

/// Whether a table gives a list of outputs.
fn gives_list(hit: HitPolicy) -> bool {
    match hit {
        HitPolicy::RuleOrder | HitPolicy::OutputOrder | HitPolicy::Collect(None) => true,
        HitPolicy::Unique | HitPolicy::Any | HitPolicy::Priority | HitPolicy::First | HitPolicy::Collect(Some(_)) => {
            false
        }
    }
}

fn steps(text: TextId, range: Range) -> IterationDomain {
    let end = |expr: Expr| Box::new(tree(ExprKind::Within { text, expr: Box::new(expr) }));
    IterationDomain::Steps { from: end(range.low), to: end(range.high) }
}

/// The parameters of a function with their types.
pub(super) fn parameters(variables: &[Variable]) -> Vec<(Name, Option<TypeName>)> {
    let typed = |variable: &Variable| (name(&variable.name), variable.type_ref.as_deref().and_then(type_name));
    variables.iter().map(typed).collect()
}
