//! Expressions of every kind.

use ordinance_feel_runtime::{Builtin, Date, DateTime, DaysDuration, MonthsDuration, Time, Value};

use super::elaborator::Elaborator;
use super::nodes::{ANY, and, any_list, compare, constant, equal, if_of, is_of, let_of, local, misfit, node, null};
use super::scope::{Closure, Found, Known, Meaning, Scope};
use super::zones;
use crate::dmn::expression::CONDITION;
use crate::dmn::refusal::RefusalError;
use crate::source_text::{Place, Span};
use crate::syntax::ast::{self, BinaryOperator, ExprKind as Ast};
use crate::tree::{Arithmetic, Comparison, Expr, ExprKind};
use crate::types::{NumberBounds, Type, TypeKind};

/// A value of which nothing is known.
pub(super) fn any(expr: Expr) -> Known {
    Known { expr, ty: ANY }
}

/// A value of a kind, or null.
pub(super) fn of_kind(expr: Expr, kind: TypeKind) -> Known {
    Known { expr, ty: Type { kind, nullable: true } }
}

pub(super) const NUMBER: TypeKind = TypeKind::Number(NumberBounds { range: None, scale: None });

impl<'a> Elaborator<'a> {
    pub(super) fn meaning_of(&mut self, expr: &'a ast::Expr, scope: &Scope<'a>) -> Result<Meaning<'a>, RefusalError> {
        let place = self.place(expr.span);
        let known = match &expr.kind {
            Ast::Name(name) => return self.name(name, scope, expr.span),
            Ast::Member { context, name } => return self.member(context, name, scope, place),
            Ast::Function { parameters, body } => {
                let closure = Closure { parameters, body, text: self.text(), scope: scope.clone() };
                return Ok(Meaning::Function(std::rc::Rc::new(closure)));
            }
            Ast::Call { function, arguments } => return self.call(function, arguments, scope, expr.span),
            Ast::CallByName { function, arguments } => {
                return self.call_by_name(function, arguments, scope, expr.span);
            }
            Ast::Context(entries) => return self.context(entries, scope, place),
            Ast::Within { text, expr } => {
                return self.in_text(Some(*text), |elaborator| elaborator.meaning(expr, scope));
            }
            Ast::Let { name, value, body } => return self.bind(name, value, body, scope),
            Ast::Seeing { names, expr } => return self.seeing(names, expr, scope),
            Ast::OfType { value, of, allowed } => {
                return self.of_type(value, of.as_ref(), allowed, scope, expr.span);
            }
            Ast::Null => any(null(place)),
            Ast::Boolean(value) => of_kind(constant(Value::Boolean(*value), place), TypeKind::Boolean),
            Ast::Number(number) => of_kind(constant(Value::Number(*number), place), NUMBER),
            Ast::Text(text) => of_kind(constant(Value::text(text), place), TypeKind::Text),
            Ast::Temporal(text) => self.temporal(text, place)?,
            Ast::Negate(value) => {
                let value = self.value(value, scope)?;
                let kind = ExprKind::Negate(Box::new(value.expr));
                Known { expr: node(kind, place), ty: value.ty }
            }
            Ast::Binary { operator, left, right } => self.binary(*operator, left, right, scope, place)?,
            Ast::Between { value, low, high } => self.between([value, low, high], scope)?,
            Ast::In { value, tests } => self.is_in(value, tests, scope, place)?,
            Ast::InstanceOf { value, of } => self.instance_of(value, of, scope, place)?,
            Ast::If { condition, then, otherwise } => self.if_of([condition, then, otherwise], scope)?,
            Ast::For { iterations, result } => self.for_of(iterations, result, scope, place)?,
            Ast::Quantified { every, iterations, condition } => {
                self.quantified(*every, iterations, condition, scope, place)?
            }
            Ast::List(items) => self.list(items, scope, place)?,
            Ast::Range(range) => self.range(range, scope, place)?,
            Ast::UnaryRange { operator, end } => self.unary_range(*operator, end, scope, place)?,
            Ast::Filter { list, condition } => self.filter(list, condition, scope, place)?,
            Ast::Table(table) => self.table(table, scope, place)?,
        };
        Ok(Meaning::Value(known))
    }

    fn name(&mut self, name: &str, scope: &Scope<'a>, span: Span) -> Result<Meaning<'a>, RefusalError> {
        match self.find(name, scope) {
            Found::Meaning(meaning) => Ok(meaning),
            Found::OfItem(item) => {
                let place = self.place(span);
                self.entry(item, name, place).map(Meaning::Value)
            }
            Found::PerhapsOfItem(item, further) => self.perhaps_of_item(item, name, further, span).map(Meaning::Value),
            Found::Nothing => match Builtin::named(name).filter(|function| is_of_dmn(*function)) {
                Some(function) => Ok(Meaning::Builtin(function)),
                None if matches!(name, "today" | "now") => {
                    Err(self.refuse(span, format!("`{name}()` isn't taken: a decision must not depend on a clock")))
                }
                // A context in a list may lack what others there have.
                None if scope.is_in_filter() => Ok(Meaning::Value(any(null(self.place(span))))),
                None => Err(self.refuse(span, format!("nothing that is required here has the name `{name}`"))),
            },
        }
    }

    /// A name that is an entry of an item, if the item has it.
    fn perhaps_of_item(
        &mut self,
        item: Known,
        name: &str,
        further: Option<Meaning<'a>>,
        span: Span,
    ) -> Result<Known, RefusalError> {
        let place = self.place(span);
        let entry = self.entry(item.clone(), name, place)?;
        let further = match further {
            Some(meaning) => self.known(meaning, span)?,
            None => return Ok(entry),
        };
        let has_entry = self.has_entry(item.expr, name, place)?;
        Ok(any(if_of(has_entry, entry.expr, further.expr)))
    }

    fn temporal(&self, text: &str, place: Place) -> Result<Known, RefusalError> {
        let found = (Date::parse(text).map(|date| (Value::Date(date), TypeKind::Date)))
            .or_else(|| {
                let has_day = text.contains('T') && !text.trim_start_matches('-').starts_with(['P', 'T']);
                DateTime::parse(text).filter(|_| has_day).map(|moment| (Value::DateTime(moment), TypeKind::DateTime))
            })
            .or_else(|| Time::parse(text).map(|time| (Value::Time(time), TypeKind::Time)))
            .or_else(|| MonthsDuration::parse(text).map(|months| (Value::Months(months), TypeKind::MonthsDuration)))
            .or_else(|| DaysDuration::parse(text).map(|days| (Value::Days(days), TypeKind::DaysDuration)));
        match found {
            Some((value, kind)) => Ok(of_kind(constant(value, place), kind)),
            None => Err(self.refuse(place.span, format!("`{text}` is no day, time or duration"))),
        }
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &'a ast::Expr,
        right: &'a ast::Expr,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let (mut left, mut right) = (self.value(left, scope)?, self.value(right, scope)?);
        let tells_moments = operator.comparison().is_some() || operator == BinaryOperator::Subtract;
        if let Some((one, other)) = zones::resolved(&left.expr, &right.expr).filter(|_| tells_moments) {
            (left.expr, right.expr) = (one, other);
        }
        if let (Some(Comparison::Equal | Comparison::NotEqual), ExprKind::Constant(Value::Null)) =
            (operator.comparison(), &left.expr.kind)
            && !matches!(right.expr.kind, ExprKind::Constant(Value::Null))
        {
            // Some say that null isn't any other value, others that nothing can be said.
            return self.with_value(right, |_, right| {
                let is_null = equal(right.expr, null(place));
                let same = constant(Value::Boolean(operator == BinaryOperator::Equal), place);
                Ok(of_kind(if_of(is_null, same, misfit(place)), TypeKind::Boolean))
            });
        }
        if let Some(comparison) = operator.comparison() {
            let kind =
                ExprKind::Compare { operator: comparison, left: Box::new(left.expr), right: Box::new(right.expr) };
            return Ok(of_kind(node(kind, place), TypeKind::Boolean));
        }
        let (one, other) = (Box::new(left.expr), Box::new(right.expr));
        let arithmetic = |operator| ExprKind::Arithmetic { operator, left: one.clone(), right: other.clone() };
        let kind = match operator {
            BinaryOperator::And => return Ok(of_kind(node(ExprKind::And(one, other), place), TypeKind::Boolean)),
            BinaryOperator::Or => return Ok(of_kind(node(ExprKind::Or(one, other), place), TypeKind::Boolean)),
            BinaryOperator::Subtract => arithmetic(Arithmetic::Subtract),
            BinaryOperator::Multiply => arithmetic(Arithmetic::Multiply),
            BinaryOperator::Divide => arithmetic(Arithmetic::Divide),
            BinaryOperator::Power => arithmetic(Arithmetic::Power),
            BinaryOperator::Add
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => arithmetic(Arithmetic::Add),
        };
        let is_number = |ty: &Type| matches!(ty.kind, TypeKind::Number(_));
        let both = is_number(&left.ty) && is_number(&right.ty);
        Ok(if both { of_kind(node(kind, place), NUMBER) } else { any(node(kind, place)) })
    }

    fn between(&mut self, [value, low, high]: [&'a ast::Expr; 3], scope: &Scope<'a>) -> Result<Known, RefusalError> {
        let value = self.value(value, scope)?;
        let (low, high) = (self.expr(low, scope)?, self.expr(high, scope)?);
        self.with_value(value, |_, value| {
            let least = zones::resolved(&value.expr, &low).unwrap_or_else(|| (value.expr.clone(), low));
            let most = zones::resolved(&value.expr, &high).unwrap_or_else(|| (value.expr.clone(), high));
            let at_least = compare(Comparison::GreaterOrEqual, least.0, least.1);
            let at_most = compare(Comparison::LessOrEqual, most.0, most.1);
            Ok(of_kind(and(at_least, at_most), TypeKind::Boolean))
        })
    }

    fn if_of(&mut self, parts: [&'a ast::Expr; 3], scope: &Scope<'a>) -> Result<Known, RefusalError> {
        let [condition, then, otherwise] = parts;
        let condition = self.expr(condition, scope)?;
        let (then, otherwise) = (self.value(then, scope)?, self.value(otherwise, scope)?);
        let ty = if then.ty == otherwise.ty { then.ty } else { ANY };
        Ok(Known { expr: if_of(condition, then.expr, otherwise.expr), ty })
    }

    fn list(&mut self, items: &'a [ast::Expr], scope: &Scope<'a>, place: Place) -> Result<Known, RefusalError> {
        let items: Vec<Known> = items.iter().map(|item| self.value(item, scope)).collect::<Result<_, _>>()?;
        let first = items.first().map(|item| item.ty.clone());
        let item = first.filter(|first| items.iter().all(|item| item.ty == *first)).unwrap_or(ANY);
        let list = ExprKind::List(items.into_iter().map(|item| item.expr).collect());
        Ok(of_kind(node(list, place), TypeKind::List { item: Box::new(item), items_max: None }))
    }

    fn context(
        &mut self,
        entries: &'a [(ast::Name, ast::Expr)],
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Meaning<'a>, RefusalError> {
        let mut inner = scope.clone();
        let mut bound = Vec::new();
        let mut meanings: Vec<(String, Meaning<'a>)> = Vec::new();
        for (name, value) in entries {
            if meanings.iter().any(|(known, _)| *known == name.text) {
                return Err(self.refuse(name.span, format!("the context has two entries `{}`", name.text)));
            }
            let meaning = match self.meaning(value, &inner)? {
                Meaning::Value(value) => {
                    let entry = self.new_local();
                    let (place, ty) = (value.expr.place, value.ty);
                    bound.push((entry, value.expr));
                    Meaning::Value(Known { expr: local(entry, place), ty })
                }
                function => function,
            };
            inner = inner.with(&name.text, meaning.clone());
            meanings.push((name.text.clone(), meaning));
        }
        let values: Option<Vec<(String, Known)>> = meanings
            .iter()
            .map(|(name, meaning)| match meaning {
                Meaning::Value(value) => Some((name.clone(), value.clone())),
                Meaning::Function(_) | Meaning::Builtin(_) | Meaning::Namespace(_) => None,
            })
            .collect();
        let Some(values) = values else {
            return self.namespace(entries, scope);
        };
        let fields: Vec<(String, Type)> = values.iter().map(|(name, value)| (name.clone(), value.ty.clone())).collect();
        let named: Vec<(String, Type)> = values.iter().map(|(name, _)| (name.clone(), ANY)).collect();
        let kind = ExprKind::Context(values.into_iter().map(|(_, value)| value.expr).collect());
        let ty = Type { kind: TypeKind::Context(named.into()), nullable: false };
        let context = Expr { kind, ty, place };
        let expr = bound.into_iter().rev().fold(context, |body, (name, value)| let_of(name, value, body));
        Ok(Meaning::Value(of_kind(expr, TypeKind::Context(fields.into()))))
    }

    /// A context with functions. These read what is before them, so each value stands where it is read.
    fn namespace(
        &mut self,
        entries: &'a [(ast::Name, ast::Expr)],
        scope: &Scope<'a>,
    ) -> Result<Meaning<'a>, RefusalError> {
        let mut inner = scope.clone();
        let mut meanings = Vec::new();
        for (name, value) in entries {
            let meaning = self.meaning(value, &inner)?;
            inner = inner.with(&name.text, meaning.clone());
            meanings.push((name.text.clone(), meaning));
        }
        Ok(Meaning::Namespace(meanings.into()))
    }

    fn bind(
        &mut self,
        name: &str,
        value: &'a ast::Expr,
        body: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Result<Meaning<'a>, RefusalError> {
        let value = self.meaning(value, scope)?;
        self.binding(vec![(name, value)], scope, |elaborator, scope| elaborator.meaning(body, scope))
    }

    /// What something means within names that are bound. A function that is the result may read them where they aren't
    /// bound, so that it reads their values instead.
    pub(super) fn binding(
        &mut self,
        names: Vec<(&str, Meaning<'a>)>,
        scope: &Scope<'a>,
        body: impl Fn(&mut Self, &Scope<'a>) -> Result<Meaning<'a>, RefusalError>,
    ) -> Result<Meaning<'a>, RefusalError> {
        let mut inner = scope.clone();
        let mut bound = Vec::new();
        for (name, meaning) in &names {
            let meaning = match meaning.clone() {
                Meaning::Value(value) => {
                    let read = self.new_local();
                    bound.push((read, value.expr.clone()));
                    Meaning::Value(Known { expr: local(read, value.expr.place), ty: value.ty })
                }
                function => function,
            };
            inner = inner.with(name, meaning);
        }
        match body(self, &inner)? {
            Meaning::Value(value) => {
                let bindings = bound.into_iter().rev();
                let expr = bindings.fold(value.expr, |body, (name, value)| let_of(name, value, body));
                Ok(Meaning::Value(Known { expr, ty: value.ty }))
            }
            function if bound.is_empty() => Ok(function),
            _ => {
                let inner = names.into_iter().fold(scope.clone(), |inner, (name, meaning)| inner.with(name, meaning));
                body(self, &inner)
            }
        }
    }

    /// An expression that sees these names alone.
    fn seeing(
        &mut self,
        names: &'a [(String, String)],
        expr: &'a ast::Expr,
        scope: &Scope<'a>,
    ) -> Result<Meaning<'a>, RefusalError> {
        let mut inner = Scope::default();
        for (name, outer) in names {
            match self.find(outer, scope) {
                Found::Meaning(meaning) => inner = inner.with(name, meaning),
                Found::PerhapsOfItem(..) | Found::OfItem(_) | Found::Nothing => {
                    return Err(self.refuse(Span::default(), format!("nothing has the name `{name}`")));
                }
            }
        }
        // What is bound within, such as the elements of a decision service, has names that no author can write.
        let text = self.text();
        self.in_text(text, |elaborator| elaborator.meaning(expr, &inner))
    }

    fn range(&mut self, range: &'a ast::Range, scope: &Scope<'a>, place: Place) -> Result<Known, RefusalError> {
        let (low, high) = (self.expr(&range.low, scope)?, self.expr(&range.high, scope)?);
        let kind = ExprKind::Range {
            low: Some(Box::new(low)),
            low_included: range.low_included,
            high: Some(Box::new(high)),
            high_included: range.high_included,
        };
        Ok(of_kind(node(kind, place), TypeKind::Range(Box::new(ANY))))
    }

    fn unary_range(
        &mut self,
        operator: BinaryOperator,
        end: &'a ast::Expr,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        let end = self.expr(end, scope)?;
        let kind = operator.range_of(end).ok_or_else(|| self.refuse(place.span, "this makes no range"))?;
        Ok(of_kind(node(kind, place), TypeKind::Range(Box::new(ANY))))
    }

    /// A value that has to be of a type and pass tests, or be null. An item stands for the list of it, and the other
    /// way.
    fn of_type(
        &mut self,
        value: &'a ast::Expr,
        of: Option<&'a ast::TypeName>,
        allowed: &'a [ast::Test],
        scope: &Scope<'a>,
        span: Span,
    ) -> Result<Meaning<'a>, RefusalError> {
        let value = match self.meaning(value, scope)? {
            Meaning::Value(value) => value,
            function => return Ok(function),
        };
        if of.is_some_and(|of| matches!(&of.kind, ast::TypeNameKind::Named(name) if name == CONDITION)) {
            return self.condition(value).map(Meaning::Value);
        }
        let ty = of.map(|of| self.type_named(of)).transpose()?;
        let place = self.place(span);
        let fitting = match ty {
            Some(ty) => self.with_value(value, |elaborator, value| Ok(elaborator.fitting(value, ty, place)))?,
            None => value,
        };
        if allowed.is_empty() {
            return Ok(Meaning::Value(fitting));
        }
        let checked = self.with_value(fitting, |elaborator, value| {
            let inner = scope.with("?", Meaning::Value(value.clone()));
            let mut condition = constant(Value::Boolean(true), place);
            for test in allowed {
                condition = and(condition, elaborator.test(test, &value, &inner)?);
            }
            let is_null = equal(value.expr.clone(), null(place));
            let ty = value.ty.clone();
            let right = if_of(condition, value.expr, misfit(place));
            Ok(Known { expr: if_of(is_null, null(place), right), ty })
        })?;
        Ok(Meaning::Value(checked))
    }

    /// A condition: a misfit if it is null.
    fn condition(&mut self, value: Known) -> Result<Known, RefusalError> {
        let place = value.expr.place;
        self.with_value(value, |_, value| {
            let is_null = equal(value.expr.clone(), null(place));
            Ok(of_kind(if_of(is_null, misfit(place), value.expr), TypeKind::Boolean))
        })
    }

    fn fitting(&mut self, value: Known, ty: Type, place: Place) -> Known {
        let Known { expr, ty: known } = value;
        if known == ty || matches!(ty.kind, TypeKind::Any) {
            return Known { expr, ty: known };
        }
        let alternative = match &ty.kind {
            TypeKind::List { item, items_max: _ } => {
                let is_item = is_of(expr.clone(), item.kind.clone());
                let one = node(ExprKind::List(vec![expr.clone()]), place);
                if_of(is_item, one, misfit(place))
            }
            kind => {
                let is_list = is_of(expr.clone(), any_list());
                let count = super::nodes::call(Builtin::Count, vec![expr.clone()], place);
                let is_single = equal(count, constant(Value::integer(1), place));
                let number = Box::new(constant(Value::integer(1), place));
                let item = node(ExprKind::Item { list: Box::new(expr.clone()), number }, place);
                let is_right = and(and(is_list, is_single), is_of(item.clone(), kind.clone()));
                if_of(is_right, item, misfit(place))
            }
        };
        let is_null = equal(expr.clone(), null(place));
        let is_right = is_of(expr.clone(), ty.kind.clone());
        let checked = if_of(is_null, null(place), if_of(is_right, expr, alternative));
        Known { expr: checked, ty }
    }
}

/// Whether DMN itself has a function.
pub(super) fn is_of_dmn(function: Builtin) -> bool {
    !matches!(function, Builtin::Less | Builtin::IsGiven | Builtin::FirstKnown)
}
