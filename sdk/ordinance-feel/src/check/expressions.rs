//! Expressions of every kind, and names.

use ordinance_feel_runtime::{Builtin, Value};

use super::checked::{self, Checked, Path, Units};
use super::checker::{Bound, Checker, Frame, Global, field_of, with_local};
use super::joins::{converted, join};
use super::names::nearest;
use super::narrowing::implied;
use super::properties::property_of;
use super::rule::Qualifier;
use crate::exact::Exact;
use crate::source_text::Place;
use crate::syntax::ast;
use crate::tree::{Domain, Expr, ExprKind};
use crate::types::{Type, TypeKind};

/// How deep an expression may be within others.
const DEPTH_MAX: usize = 200;

impl Checker<'_> {
    /// Checks an expression. What it looks up may be null; [`settled`](Self::settled) requires it.
    pub(crate) fn expr(&mut self, expr: &ast::Expr) -> Option<Checked> {
        if self.depth >= DEPTH_MAX {
            let help = "give a part of it a name of its own in `[define]`";
            return self.fault(self.place(expr.span), format!("an expression is more than {DEPTH_MAX} deep"), help);
        }
        self.depth += 1;
        let checked = self.expr_of(expr);
        self.depth -= 1;
        checked
    }

    fn expr_of(&mut self, expr: &ast::Expr) -> Option<Checked> {
        let place = self.place(expr.span);
        match &expr.kind {
            ast::ExprKind::Null => Some(checked::null(place)),
            ast::ExprKind::Boolean(value) => {
                Some(Checked { expr: checked::boolean(*value, place), units: Units::Plain, is_lookup: false })
            }
            ast::ExprKind::Number(number) => {
                Some(Exact::of(*number).and_then(|number| checked::number(number, place)).unwrap_or_else(|| {
                    Checked::new(ExprKind::Constant(Value::Number(*number)), TypeKind::NUMBER, place)
                }))
            }
            ast::ExprKind::Text(text) => Some(checked::text(text, place)),
            ast::ExprKind::Temporal(text) => self.temporal(text, place),
            ast::ExprKind::Name(name) => self.name(name, place),
            ast::ExprKind::Member { context, name } => self.member(context, name, place),
            ast::ExprKind::Negate(value) => self.negate(value, place),
            ast::ExprKind::Binary { operator, left, right } => self.binary(*operator, [left, right], expr.span),
            ast::ExprKind::Between { value, low, high } => self.between(value, [low, high], place),
            ast::ExprKind::In { value, tests } => self.is_in(value, tests, place),
            ast::ExprKind::InstanceOf { value, of } => self.instance_of(value, of, place),
            ast::ExprKind::If { condition, then, otherwise } => self.if_of([condition, then, otherwise], place),
            ast::ExprKind::For { iterations, result } => self.for_of(iterations, result, place),
            ast::ExprKind::Quantified { every, iterations, condition } => {
                self.quantified(*every, iterations, condition, place)
            }
            ast::ExprKind::Function { .. } => {
                let help = "give it a name in `[define]`, and call it by that; only `sort` takes a function as it is";
                self.fault(place, "a function is no value", help)
            }
            ast::ExprKind::Call { function, arguments } => self.call(function, arguments, place),
            ast::ExprKind::CallByName { function, arguments } => self.call_by_name(function, arguments, place),
            ast::ExprKind::List(items) => self.list(items, place),
            ast::ExprKind::Context(entries) => self.context(entries, place),
            ast::ExprKind::Range(range) => self.range(range, place),
            ast::ExprKind::Filter { list, condition } => self.filter(list, condition, place),
            ast::ExprKind::UnaryRange { operator, end } => self.unary_range(*operator, end, place),
            ast::ExprKind::Within { .. }
            | ast::ExprKind::Table(_)
            | ast::ExprKind::OfType { .. }
            | ast::ExprKind::Let { .. }
            | ast::ExprKind::Seeing { .. } => self.fault(place, "only a model of DMN has this", ""),
        }
    }

    /// Checks an expression; what it looks up has to be there.
    pub(crate) fn value(&mut self, expr: &ast::Expr) -> Option<Checked> {
        let checked = self.expr(expr)?;
        Some(self.settled(checked))
    }

    /// The value, or a failure if it is an item or a row that isn't there.
    pub(crate) fn settled(&self, mut checked: Checked) -> Checked {
        if checked.is_lookup {
            checked = required(checked);
        }
        checked
    }

    /// The value, which must not be null.
    pub(crate) fn present(&mut self, checked: Checked) -> Option<Checked> {
        let checked = self.settled(checked);
        if !checked.expr.ty.nullable || matches!(checked.kind(), TypeKind::Any) {
            return Some(checked);
        }
        let place = checked.expr.place;
        if matches!(checked.kind(), TypeKind::Null) {
            return self.fault(place, "null can't stand here", "only `=` and `!=` compare with null");
        }
        let help = match self.written(place) {
            Some(text) if Path::of(&checked.expr).is_some() => {
                format!("say what holds without it: `if {text} = null then ... else ...`, or `{text} != null and ...`")
            }
            Some(_) | None => {
                "give the value a name in `[define]` and test it: `if x = null then ... else ...`".to_owned()
            }
        };
        let message = match self.absence(&checked.expr) {
            Some(reason) => format!("this may be null: {reason}"),
            None => "this may be null: it has no value on some days, or in some cases".to_owned(),
        };
        self.fault(place, message, help)
    }

    /// A name: of what is bound around it, of an input, or of a value of the rule.
    fn name(&mut self, name: &str, place: Place) -> Option<Checked> {
        if let Some(bound) = self.bound(name, place) {
            return Some(self.known(bound));
        }
        if self.twice.contains_key(name) {
            let message = format!("`{name}` is the name of a parameter and of a fact of the service's contract");
            return self.fault(place, message, format!("write `parameters.{name}` or `facts.{name}`"));
        }
        match self.globals.get(name).cloned() {
            Some(Global::Input { argument, ty, units }) => {
                let input = self.read_input(&argument, &ty);
                let checked = Checked::new(ExprKind::Input(input), ty, place).with_units(units);
                let checked = self.unambiguous(name, checked)?;
                Some(self.known(checked))
            }
            Some(Global::Source(index)) => {
                let checked = self.read_source(index, place)?;
                let checked = self.unambiguous(name, checked)?;
                Some(self.known(checked))
            }
            Some(Global::Function(_)) => {
                self.fault(place, format!("`{name}` is a function"), format!("call it: `{name}(...)`"))
            }
            None if name == "?" => {
                let help = "it stands for the value that is tested, in the cell of a table or after `in`";
                self.fault(place, "`?` has no meaning here", help)
            }
            None if Builtin::named(name).is_some() => {
                self.fault(place, format!("`{name}` is a function"), format!("call it: `{name}(...)`"))
            }
            None => self.unknown_name(name, place),
        }
    }

    /// The value without null, where a condition around it says so.
    pub(crate) fn known(&self, checked: Checked) -> Checked {
        let is_known =
            checked.expr.ty.nullable && Path::of(&checked.expr).is_some_and(|path| self.not_null.contains(&path));
        if is_known { required(checked) } else { checked }
    }

    /// `context.name`, or the list of that of each item.
    fn member(&mut self, context: &ast::Expr, name: &ast::Name, place: Place) -> Option<Checked> {
        if let ast::ExprKind::Name(named) = &context.kind
            && let Some(kind) = Qualifier::named(named)
            && !self.globals.contains_key(named)
            && self.bound(named, place).is_none()
        {
            return self.qualified(kind, name, place);
        }
        let context = self.value(context)?;
        self.member_of(context, name, place)
    }

    fn member_of(&mut self, context: Checked, name: &ast::Name, place: Place) -> Option<Checked> {
        match context.kind().clone() {
            TypeKind::Context(fields) => {
                if let Some(field) = field_of(context, &name.text, place) {
                    return Some(self.known(field));
                }
                let help = nearest(&name.text, fields.iter().map(|(name, _)| name.as_str()), "it has");
                self.fault(self.place(name.span), format!("there is no part `{}`", name.text), help)
            }
            TypeKind::List { item, items_max } if matches!(item.kind, TypeKind::Context(_) | TypeKind::Any) => {
                let list = self.present(context)?;
                let bound = Bound { local: self.new_local(), ty: *item, units: list.units.item() };
                let part = self.member_of(bound.read(place), name, place)?;
                let ty = part.expr.ty.clone().list(items_max);
                let iterations = vec![(bound.local, Domain::List(Box::new(list.expr)))];
                let kind = ExprKind::For { iterations, partial: None, result: Box::new(part.expr) };
                Some(Checked::new(kind, ty, place).with_units(part.units.list()))
            }
            TypeKind::Any => {
                let arguments = vec![context.expr, checked::text(&name.text, place).expr];
                let kind = ExprKind::Call { function: Builtin::GetValue, arguments };
                Some(Checked::new(kind, TypeKind::Any, place))
            }
            kind => {
                let value = self.present(context)?;
                let Some((property, ty)) = property_of(&kind, &name.text) else {
                    let help = nearest(&name.text, super::properties::names(&kind).iter().copied(), "it has");
                    let message = format!("{} has no part `{}`", value.expr.ty, name.text);
                    return self.fault(self.place(name.span), message, help);
                };
                let ty = super::properties::between_days(&value.expr, property).unwrap_or(ty);
                let kind = ExprKind::Property { value: Box::new(value.expr), property };
                Some(Checked::new(kind, ty, place))
            }
        }
    }

    fn if_of(&mut self, [condition, then, otherwise]: [&ast::Expr; 3], place: Place) -> Option<Checked> {
        let condition = self.condition(condition);
        let known = |checker: &Self, truth| {
            condition.as_ref().map(|condition| implied(condition, truth, &checker.definitions)).unwrap_or_default()
        };
        let (if_true, if_false) = (known(self, true), known(self, false));
        let then = self.knowing(if_true, |checker| checker.value(then));
        let otherwise = self.knowing(if_false, |checker| checker.value(otherwise));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let ty = self.joined(&[&then, &otherwise], place, "the values after `then` and `else` are of two kinds")?;
        let units = self.same_unit(&then, &otherwise, place, "the two values of one `if`")?;
        let (then, otherwise) = (self.as_joined(then.expr, &ty), self.as_joined(otherwise.expr, &ty));
        let (then, otherwise) = (Box::new(then), Box::new(otherwise));
        let kind = ExprKind::If { condition: Box::new(condition), then, otherwise };
        Some(Checked::new(kind, ty, place).with_units(units))
    }

    /// The type of a value that is one of these.
    pub(crate) fn joined(&mut self, values: &[&Checked], place: Place, message: &str) -> Option<Type> {
        let mut joined: Option<Type> = None;
        for value in values {
            let ty = &value.expr.ty;
            joined = match joined {
                None => Some(ty.clone()),
                Some(before) => match join(&before, ty) {
                    Some(joined) => Some(joined),
                    None => {
                        return self.fault(place, format!("{message}: {before} and {ty}"), "give both the same kind");
                    }
                },
            };
        }
        joined.or_else(|| Some(TypeKind::Null.into()))
    }

    /// The expression as a value of the type that it was joined to.
    pub(crate) fn as_joined(&self, expr: Expr, ty: &Type) -> Expr {
        converted(expr, ty)
    }

    /// A local that has the value within `body`; the value itself if it is only read.
    pub(crate) fn with_value(
        &mut self,
        value: Checked,
        body: impl FnOnce(&mut Self, &Bound) -> Option<Checked>,
    ) -> Option<Checked> {
        let bound = self.bind(&value);
        let checked = body(self, &bound)?;
        let Checked { expr, units, is_lookup } = checked;
        let expr = with_local(bound.local, value.expr, expr);
        Some(Checked { expr, units, is_lookup })
    }

    /// Checks within names that are bound.
    pub(crate) fn with_names<T>(&mut self, names: Vec<(String, Bound)>, check: impl FnOnce(&mut Self) -> T) -> T {
        self.within(Frame::Names(names), check)
    }
}

/// The value, or a failure if it is null.
fn required(checked: Checked) -> Checked {
    let (ty, place) = (checked.expr.ty.clone().not_null(), checked.expr.place);
    let kind = ExprKind::Required(Box::new(checked.expr));
    Checked::new(kind, ty, place).with_units(checked.units)
}
