//! Calls: of functions of the model, which are put in place of the call, and of FEEL's own.

use std::rc::Rc;

use ordinance_feel_runtime::{Builtin, Value};

use super::elaborator::Elaborator;
use super::expressions::{NUMBER, any, is_of_dmn, of_kind};
use super::nodes::{ANY, call, constant, equal, if_of, local, misfit, node, null};
use super::scope::{Closure, Found, Known, Meaning, Scope};
use crate::dmn::refusal::RefusalError;
use crate::source_text::{Place, Span};
use crate::syntax::ast;
use crate::tree::{Domain, Expr, ExprKind};
use crate::types::{Type, TypeKind};

/// How deep functions may call each other.
const INLINING_MAX: usize = 60;

impl<'a> Elaborator<'a> {
    /// `f(a, b)`
    pub(super) fn call(
        &mut self,
        function: &'a ast::Expr,
        arguments: &'a [ast::Expr],
        scope: &Scope<'a>,
        span: Span,
    ) -> Result<Meaning<'a>, RefusalError> {
        let function = self.callee(function, scope)?;
        let arguments: Vec<Meaning<'a>> =
            arguments.iter().map(|argument| self.meaning(argument, scope)).collect::<Result<_, _>>()?;
        self.apply(function, arguments, span)
    }

    /// What is called. Items have no functions as entries, so that a name of one is never an item's.
    fn callee(&mut self, function: &'a ast::Expr, scope: &Scope<'a>) -> Result<Meaning<'a>, RefusalError> {
        if let ast::ExprKind::Name(name) = &function.kind
            && let Found::PerhapsOfItem(_, further) = self.find(name, scope)
            && let Some(found) =
                further.or_else(|| Builtin::named(name).filter(|it| is_of_dmn(*it)).map(Meaning::Builtin))
        {
            return Ok(found);
        }
        self.meaning(function, scope)
    }

    /// `f(x: a, y: b)`
    pub(super) fn call_by_name(
        &mut self,
        function: &'a ast::Expr,
        arguments: &'a [(ast::Name, ast::Expr)],
        scope: &Scope<'a>,
        span: Span,
    ) -> Result<Meaning<'a>, RefusalError> {
        let function = self.callee(function, scope)?;
        let mut given = Vec::new();
        for (name, argument) in arguments {
            if given.iter().any(|(known, _)| *known == name.text.as_str()) {
                return Err(self.refuse(name.span, format!("the argument `{}` is here twice", name.text)));
            }
            given.push((name.text.as_str(), self.meaning(argument, scope)?));
        }
        let parameters = match &function {
            Meaning::Function(closure) => {
                let names: Vec<&str> = closure.parameters.iter().map(|(name, _)| name.text.as_str()).collect();
                let has_all = names.iter().all(|name| given.iter().any(|(known, _)| known == name));
                if !has_all || names.len() != given.len() {
                    let reason = format!("the function takes arguments with the names {}", names.join(", "));
                    return Err(self.refuse(span, reason));
                }
                names
            }
            Meaning::Builtin(Builtin::Append | Builtin::Concatenate | Builtin::Union) => {
                return Err(self.refuse(span, "a function of any number of values takes none by name"));
            }
            Meaning::Builtin(function) => self.form(*function, &given, span)?,
            Meaning::Value(_) | Meaning::Namespace(_) => return Err(self.refuse(span, "this is no function")),
        };
        let place = self.place(span);
        let last = parameters.iter().rposition(|name| given.iter().any(|(known, _)| known == name));
        let ordered = parameters.iter().take(last.map_or(0, |last| last + 1)).map(|name| {
            let found = given.iter().position(|(known, _)| known == name);
            match found {
                Some(index) => given.get(index).map(|(_, meaning)| meaning.clone()),
                None => None,
            }
            .unwrap_or_else(|| Meaning::Value(any(null(place))))
        });
        let ordered = ordered.collect();
        self.apply(function, ordered, span)
    }

    /// The parameters of a built-in function in that form which has all names of the arguments.
    fn form(
        &self,
        function: Builtin,
        given: &[(&str, Meaning<'a>)],
        span: Span,
    ) -> Result<Vec<&'static str>, RefusalError> {
        let plain = |form: &'static [&'static str]| -> Vec<&'static str> {
            form.iter().map(|name| name.trim_end_matches(['?', '.'])).collect()
        };
        let is_given = |name: &str| given.iter().any(|(known, _)| *known == name);
        let fits = |form: &&'static [&'static str]| {
            let names = plain(form);
            let has_all = form.iter().all(|name| name.ends_with('?') || is_given(name.trim_end_matches('.')));
            has_all && given.iter().all(|(name, _)| names.contains(name))
        };
        // Two forms of some functions have the same names in another order: the order in which they are written tells.
        let in_order = |form: &&'static [&'static str]| plain(form).iter().eq(given.iter().map(|(name, _)| name));
        let forms = || function.parameters().iter().copied().filter(fits);
        match forms().find(in_order).or_else(|| forms().next()) {
            Some(form) => Ok(plain(form)),
            None => {
                let names: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
                let reason = format!("`{}` doesn't take the arguments {}", function.name(), names.join(", "));
                Err(self.refuse(span, reason))
            }
        }
    }

    /// What a function gives for arguments.
    pub(super) fn apply(
        &mut self,
        function: Meaning<'a>,
        arguments: Vec<Meaning<'a>>,
        span: Span,
    ) -> Result<Meaning<'a>, RefusalError> {
        match function {
            Meaning::Function(closure) => self.inline(&closure, arguments, span),
            Meaning::Builtin(Builtin::Sort) => self.sort(arguments, span).map(Meaning::Value),
            Meaning::Builtin(Builtin::ListReplace)
                if matches!(arguments.get(1), Some(Meaning::Function(_) | Meaning::Builtin(_))) =>
            {
                self.replace_matching(arguments, span).map(Meaning::Value)
            }
            Meaning::Builtin(function) => {
                let arguments = arguments.into_iter().map(|argument| self.known(argument, span));
                let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
                self.builtin(function, arguments, span).map(Meaning::Value)
            }
            Meaning::Value(_) | Meaning::Namespace(_) => Err(self.refuse(span, "this is no function")),
        }
    }

    /// The body of a function in place of its call.
    fn inline(
        &mut self,
        closure: &Rc<Closure<'a>>,
        arguments: Vec<Meaning<'a>>,
        span: Span,
    ) -> Result<Meaning<'a>, RefusalError> {
        if self.inlining >= INLINING_MAX {
            let reason = format!("a function calls itself, or functions call each other more than {INLINING_MAX} deep");
            return Err(self.refuse(span, reason));
        }
        if arguments.len() != closure.parameters.len() {
            let reason = format!("the function takes {} arguments, not {}", closure.parameters.len(), arguments.len());
            return Err(self.refuse(span, reason));
        }
        let parameters = closure.parameters.iter().map(|(name, _)| name.text.as_str());
        let names: Vec<(&str, Meaning<'a>)> = parameters.zip(arguments).collect();
        self.inlining += 1;
        let body = closure.body;
        let result = self.in_text(closure.text, |elaborator| {
            elaborator.binding(names, &closure.scope, |elaborator, scope| elaborator.meaning(body, scope))
        });
        self.inlining -= 1;
        result
    }

    /// `sort(list, function(a, b) a < b)`
    fn sort(&mut self, arguments: Vec<Meaning<'a>>, span: Span) -> Result<Known, RefusalError> {
        let [list, before] = <[Meaning<'a>; 2]>::try_from(arguments)
            .map_err(|_| self.refuse(span, "`sort` takes a list and a function"))?;
        let (list, place) = (self.known(list, span)?, self.place(span));
        let list = self.only_listed(list)?;
        let item = match &list.ty.kind {
            TypeKind::List { item, items_max: _ } => (**item).clone(),
            _ => ANY,
        };
        let (first, second) = (self.new_local(), self.new_local());
        let read = |name| Meaning::Value(Known { expr: local(name, place), ty: item.clone() });
        let before = self.apply(before, vec![read(first), read(second)], span)?;
        let before = Box::new(self.known(before, span)?.expr);
        let kind = ExprKind::Sort { list: Box::new(list.expr), first, second, before };
        Ok(Known { expr: node(kind, place), ty: list.ty })
    }

    /// `list replace(list, function(item, newItem) condition, newItem)`
    fn replace_matching(&mut self, arguments: Vec<Meaning<'a>>, span: Span) -> Result<Known, RefusalError> {
        let [list, matches, new] = <[Meaning<'a>; 3]>::try_from(arguments)
            .map_err(|_| self.refuse(span, "`list replace` takes a list, a position or a function, and a new item"))?;
        let (list, new, place) = (self.known(list, span)?, self.known(new, span)?, self.place(span));
        self.with_value(new, |elaborator, new| {
            let variable = elaborator.new_local();
            let item = Known { expr: local(variable, place), ty: ANY };
            let condition =
                elaborator.apply(matches, vec![Meaning::Value(item.clone()), Meaning::Value(new.clone())], span)?;
            let condition = elaborator.known(condition, span)?;
            let chosen = |condition: Expr| {
                let is_null = equal(condition.clone(), null(place));
                if_of(is_null, misfit(place), if_of(condition, new.expr.clone(), item.expr.clone()))
            };
            let chosen = elaborator.with_value(condition, |_, condition| Ok(any(chosen(condition.expr))))?;
            let result = Box::new(chosen.expr);
            let iterations = vec![(variable, Domain::List(Box::new(list.expr)))];
            Ok(any(node(ExprKind::For { iterations, partial: None, result }, place)))
        })
    }

    /// A call of a built-in function.
    fn builtin(&mut self, function: Builtin, arguments: Vec<Known>, span: Span) -> Result<Known, RefusalError> {
        let (count, place) = (arguments.len(), self.place(span));
        let is_right = function.parameters().iter().any(|form| {
            let least = form.iter().filter(|name| !name.ends_with('?')).count();
            let is_open = form.iter().any(|name| name.ends_with("..."));
            least <= count && (is_open || count <= form.len())
        });
        if !is_right {
            return Err(self.refuse(span, format!("`{}` doesn't take {count} arguments", function.name())));
        }
        match (function, arguments.as_slice()) {
            (Builtin::Number, [] | [_] | [_, _]) => {
                return Err(self.refuse(span, "`number` takes three arguments; a separator may be null"));
            }
            (Builtin::String, [Known { expr, ty: _ }]) if super::guards::has_closing_zeros(expr) => {
                return Err(self.refuse(span, "how many digits the text of this number has isn't certain"));
            }
            _ => {}
        }
        let ty = result_type(function, &arguments);
        self.guarded(function, arguments, place, |arguments| {
            let arguments = match function.is_aggregate() && count > 1 {
                true => vec![node(ExprKind::List(arguments), place)],
                false => arguments,
            };
            Known { expr: call(function, arguments, place), ty }
        })
    }

    /// `x instance of type`
    pub(super) fn instance_of(
        &mut self,
        value: &'a ast::Expr,
        of: &'a ast::TypeName,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Known, RefusalError> {
        if matches!(value.kind, ast::ExprKind::UnaryRange { .. }) {
            return Err(self.refuse(of.span, "whether this is a range or a condition isn't certain"));
        }
        let value = self.value(value, scope)?;
        if matches!(of.kind, ast::TypeNameKind::Function(..)) {
            // Functions aren't values here, so that none is one.
            return self
                .with_value(value, |_, _| Ok(of_kind(constant(Value::Boolean(false), place), TypeKind::Boolean)));
        }
        if let ast::TypeNameKind::Named(name) = &of.kind
            && matches!(name.as_str(), "list" | "context" | "range" | "function")
        {
            return Err(self.refuse(of.span, format!("`{name}` says no type without what is in it")));
        }
        let of = Type { nullable: false, ..self.type_named(of)? };
        let is_any = matches!(of.kind, TypeKind::Any);
        self.with_value(value, |elaborator, value| {
            let differs = elaborator.is_untold_list(&value.expr, &of, place);
            let kind = ExprKind::InstanceOf { value: Box::new(value.expr.clone()), of };
            let is_instance = node(kind, place);
            // Whether null is an instance of Any, those who implement DMN differ.
            let is_null = equal(value.expr, null(place));
            let differs = if is_any { Some(is_null) } else { differs };
            let expr = match differs {
                Some(differs) => if_of(differs, misfit(place), is_instance),
                None => is_instance,
            };
            Ok(of_kind(expr, TypeKind::Boolean))
        })
    }
}

/// What is known of the results of a function: only what members and filters ask for.
fn result_type(function: Builtin, arguments: &[Known]) -> Type {
    let nullable = |kind| Type { kind, nullable: true };
    let list = |item| nullable(TypeKind::List { item: Box::new(item), items_max: None });
    match function {
        Builtin::Count
        | Builtin::StringLength
        | Builtin::Sum
        | Builtin::Mean
        | Builtin::Product
        | Builtin::Abs
        | Builtin::Decimal
        | Builtin::Floor
        | Builtin::Ceiling
        | Builtin::Modulo => match function {
            // The size of a duration is a duration.
            Builtin::Abs | Builtin::Sum | Builtin::Mean => ANY,
            _ => nullable(NUMBER),
        },
        Builtin::Not
        | Builtin::Contains
        | Builtin::StartsWith
        | Builtin::EndsWith
        | Builtin::Matches
        | Builtin::ListContains
        | Builtin::All
        | Builtin::Any
        | Builtin::Odd
        | Builtin::Even
        | Builtin::Is => nullable(TypeKind::Boolean),
        Builtin::Reverse | Builtin::DistinctValues | Builtin::Sublist | Builtin::Remove => arguments
            .first()
            .filter(|first| matches!(first.ty.kind, TypeKind::List { .. }))
            .map_or(ANY, |first| first.ty.clone()),
        Builtin::GetEntries => {
            let text = nullable(TypeKind::Text);
            let fields = vec![("key".to_owned(), text), ("value".to_owned(), ANY)];
            list(nullable(TypeKind::Context(fields.into())))
        }
        _ => ANY,
    }
}
