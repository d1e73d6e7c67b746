//! Filters, and what goes through items.

use ordinance_feel_runtime::Builtin;

use super::elaborator::Elaborator;
use super::expressions::{any, of_kind};
use super::nodes::{ANY, any_list, any_range, if_of, is_of, local, misfit, node, null, or};
use super::scope::{Known, Meaning, Scope};
use crate::dmn::refusal::RefusalError;
use crate::source_text::Place;
use crate::syntax::ast::{self, ExprKind as Ast, IterationDomain};
use crate::tree::{Domain, Expr, ExprKind, LocalId};
use crate::types::{NumberBounds, Type, TypeKind};

impl<'a> Elaborator<'a> {
    pub(super) fn for_of(
        &mut self,
        iterations: &'a [ast::Iteration],
        result: &'a ast::Expr,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let (mut inner, mut domains) = (scope.clone(), Vec::new());
        for iteration in iterations {
            let (variable, domain) = self.iteration(iteration, &mut inner)?;
            domains.push((variable, domain));
        }
        let partial = self.names_partial().then(|| self.new_local());
        if let Some(partial) = partial {
            let so_far = Type { kind: TypeKind::List { item: Box::new(ANY), items_max: None }, nullable: false };
            inner = inner.with("partial", Meaning::Value(Known { expr: local(partial, place), ty: so_far }));
        }
        let result = self.value(result, &inner)?;
        let kind = ExprKind::For { iterations: domains, partial, result: Box::new(result.expr) };
        Ok(of_kind(node(kind, place), TypeKind::List { item: Box::new(result.ty), items_max: None }))
    }

    pub(super) fn quantified(
        &mut self,
        every: bool,
        iterations: &'a [ast::Iteration],
        condition: &'a ast::Expr,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let (mut inner, mut domains) = (scope.clone(), Vec::new());
        for iteration in iterations {
            if let IterationDomain::List(list) = &iteration.domain
                && matches!(bare(list), Ast::Range(_))
            {
                return Err(self.refuse(list.span, "whether the steps of a range are meant isn't certain"));
            }
            domains.push(self.iteration(iteration, &mut inner)?);
        }
        let condition = self.expr(condition, &inner)?;
        let expr = domains.into_iter().rev().fold(condition, |condition, (variable, domain)| {
            let condition = Box::new(condition);
            node(ExprKind::Quantified { every, local: variable, domain: Box::new(domain), condition }, place)
        });
        Ok(of_kind(expr, TypeKind::Boolean))
    }

    /// What a variable goes through. From here on the scope has the variable.
    fn iteration(
        &mut self,
        iteration: &'a ast::Iteration,
        scope: &mut Scope<'a>,
    ) -> Result<(LocalId, Domain), RefusalError> {
        let (domain, item) = match &iteration.domain {
            IterationDomain::Steps { from, to } => self.steps(from, to, scope)?,
            IterationDomain::List(list) => match bare(list) {
                Ast::Range(range) if range.low_included && range.high_included => {
                    self.steps(&range.low, &range.high, scope)?
                }
                Ast::Range(_) => return Err(self.refuse(list.span, "a range without its ends can't be gone through")),
                _ => {
                    let list = self.value(list, scope)?;
                    let item = item_type(&list.ty);
                    let listed = self.listed(list)?;
                    (Domain::List(Box::new(listed.expr)), item)
                }
            },
        };
        let variable = self.new_local();
        let place = self.place(iteration.variable.span);
        let read = Known { expr: local(variable, place), ty: item };
        *scope = scope.with(&iteration.variable.text, Meaning::Value(read));
        Ok((variable, domain))
    }

    fn steps(
        &mut self,
        from: &'a ast::Expr,
        to: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Result<(Domain, Type), RefusalError> {
        let end = |end: Known| -> Known { Known { expr: super::guards::step(end.expr), ty: ANY } };
        let (from, to) = (self.value(from, scope)?, self.value(to, scope)?);
        let from = Box::new(self.with_value(from, |_, from| Ok(end(from)))?.expr);
        let to = Box::new(self.with_value(to, |_, to| Ok(end(to)))?.expr);
        Ok((Domain::Steps { from, to }, ANY))
    }

    /// A value as a list: one that is none is the list of it. Of null, and of a range, those who implement DMN
    /// differ, so that is a misfit.
    fn listed(&mut self, value: Known) -> Result<Known, RefusalError> {
        let place = value.expr.place;
        if matches!(value.expr.kind, ExprKind::List(_)) {
            return Ok(value);
        }
        self.with_value(value, |_, value| {
            let is_list = is_of(value.expr.clone(), any_list());
            let is_null = super::nodes::equal(value.expr.clone(), null(place));
            let is_range = is_of(value.expr.clone(), any_range());
            let one = node(ExprKind::List(vec![value.expr.clone()]), place);
            let other = if_of(or(is_null, is_range), misfit(place), one);
            Ok(Known { expr: if_of(is_list, value.expr, other), ty: value.ty })
        })
    }

    /// A value that has to be a list, or a misfit.
    pub(super) fn only_listed(&mut self, value: Known) -> Result<Known, RefusalError> {
        let place = value.expr.place;
        self.with_value(value, |_, value| {
            let is_list = is_of(value.expr.clone(), any_list());
            Ok(Known { expr: if_of(is_list, value.expr, misfit(place)), ty: value.ty })
        })
    }

    /// `list[condition]` or `list[number]`.
    pub(super) fn filter(
        &mut self,
        list: &'a ast::Expr,
        condition: &'a ast::Expr,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let list = self.value(list, scope)?;
        let is_list = matches!(list.ty.kind, TypeKind::List { .. });
        let item = if is_list { item_type(&list.ty) } else { list.ty.clone() };
        // Of a condition on a value that is no list those who implement DMN differ, unless it doesn't read the value.
        let is_constant = matches!(bare(condition), Ast::Boolean(_) | Ast::Number(_) | Ast::Negate(_));
        let is_null = matches!(bare(condition), Ast::Null);
        let listed = match is_list || is_constant || !is_null && self.value(condition, scope).is_ok() {
            true => self.listed(list)?,
            false => self.only_listed(list)?,
        };
        self.with_value(listed, |elaborator, list| elaborator.filtered(list.expr, item, condition, scope, place))
    }

    fn filtered(
        &mut self,
        list: Expr,
        item: Type,
        condition: &'a ast::Expr,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let many = TypeKind::List { item: Box::new(item.clone()), items_max: None };
        let sort = if is_field(condition, &item) { SortOf::Condition } else { sort_of(condition) };
        match sort {
            SortOf::Number => {
                let number = Box::new(self.expr(condition, scope)?);
                Ok(Known { expr: node(ExprKind::Item { list: Box::new(list), number }, place), ty: item })
            }
            SortOf::Condition => {
                let expr = self.matching(list, &item, condition, scope, place)?;
                Ok(of_kind(expr, many))
            }
            SortOf::Either => {
                // A number doesn't depend on an item: if the expression has a meaning without one, it may be a number.
                let filtered = self.matching(list.clone(), &item, condition, scope, place)?;
                let Ok(number) = self.value(condition, scope) else {
                    return Ok(of_kind(filtered, many));
                };
                let taken = |elaborator: &mut Self, number: Known| {
                    let _ = elaborator;
                    let is_number = is_of(number.expr.clone(), TypeKind::Number(NumberBounds::default()));
                    let kind = ExprKind::Item { list: Box::new(list), number: Box::new(number.expr) };
                    Ok(any(if_of(is_number, node(kind, place), filtered)))
                };
                self.with_value(number, taken)
            }
        }
    }

    /// The items of a list for which a condition holds.
    fn matching(
        &mut self,
        list: Expr,
        item: &Type,
        condition: &'a ast::Expr,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Expr, RefusalError> {
        let variable = self.new_local();
        let read = Known { expr: local(variable, place), ty: item.clone() };
        let condition = self.expr(condition, &scope.with_item(read))?;
        let kind = ExprKind::Filter { list: Box::new(list), local: variable, condition: Box::new(condition) };
        Ok(node(kind, place))
    }
}

fn item_type(list: &Type) -> Type {
    match &list.kind {
        TypeKind::List { item, items_max: _ } => (**item).clone(),
        _ => ANY,
    }
}

/// What stands in the brackets after a list.
enum SortOf {
    /// The number of an item.
    Number,
    /// A condition on each item.
    Condition,
    /// Which of both isn't known from its form.
    Either,
}

/// Whether an expression is the name of an entry of an item.
fn is_field(condition: &ast::Expr, item: &Type) -> bool {
    match (bare(condition), &item.kind) {
        (Ast::Name(name), TypeKind::Context(fields)) => fields.iter().any(|(known, _)| known == name),
        _ => false,
    }
}

/// The expression without the texts that it is within.
fn bare(expr: &ast::Expr) -> &Ast {
    let mut at = expr;
    while let Ast::Within { text: _, expr } = &at.kind {
        at = expr;
    }
    &at.kind
}

fn sort_of(condition: &ast::Expr) -> SortOf {
    use ast::BinaryOperator as Operator;
    match bare(condition) {
        Ast::Number(_) | Ast::Negate(_) => SortOf::Number,
        Ast::Binary { operator, left: _, right: _ } => match operator {
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Power => {
                SortOf::Number
            }
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::And
            | Operator::Or => SortOf::Condition,
        },
        Ast::Boolean(_) | Ast::Between { .. } | Ast::In { .. } | Ast::InstanceOf { .. } | Ast::Quantified { .. } => {
            SortOf::Condition
        }
        Ast::Call { function, arguments: _ } => match bare(function) {
            Ast::Name(name) => sort_of_function(name),
            _ => SortOf::Either,
        },
        Ast::Name(name) if name == "item" => SortOf::Condition,
        _ => SortOf::Either,
    }
}

fn sort_of_function(name: &str) -> SortOf {
    match Builtin::named(name) {
        Some(Builtin::Count | Builtin::StringLength | Builtin::Floor | Builtin::Ceiling) => SortOf::Number,
        Some(
            Builtin::Not
            | Builtin::Contains
            | Builtin::StartsWith
            | Builtin::EndsWith
            | Builtin::Matches
            | Builtin::ListContains
            | Builtin::All
            | Builtin::Any
            | Builtin::Odd
            | Builtin::Even,
        ) => SortOf::Condition,
        Some(_) | None => SortOf::Either,
    }
}
