//! Calls: which function a name means, which argument is which, and functions of the author.

use std::rc::Rc;

use ordinance_feel_runtime::Builtin;

use super::checked::{self, Checked};
use super::checker::{Bound, Checker, Frame, Function, Global, with_local};
use super::joins::fits;
use super::names::nearest;
use crate::source_text::{Place, Span};
use crate::syntax::ast;
use crate::tree::ExprKind;
use crate::types::TypeKind;

/// How many calls of author's functions a rule may have, those within functions counted at each call.
const INLINED_MAX: usize = 10_000;

impl Checker<'_> {
    /// `f(a, b)`
    pub(crate) fn call(&mut self, function: &ast::Expr, arguments: &[ast::Expr], place: Place) -> Option<Checked> {
        match self.callee(function)? {
            Callee::Builtin(Builtin::Sort) => match arguments {
                [list, before] => self.sort(list, before, place),
                _ => self.wrong_count(Builtin::Sort, arguments.len(), place),
            },
            Callee::Builtin(function) => {
                let checked: Vec<Option<Checked>> = arguments.iter().map(|argument| self.expr(argument)).collect();
                let checked: Vec<Checked> = checked.into_iter().collect::<Option<_>>()?;
                self.builtin(function, checked, place)
            }
            Callee::Author(function) => {
                let checked: Vec<Option<Checked>> = arguments.iter().map(|argument| self.value(argument)).collect();
                let checked: Vec<Checked> = checked.into_iter().collect::<Option<_>>()?;
                self.inline(&function, checked, place)
            }
        }
    }

    /// `f(x: a, y: b)`
    pub(crate) fn call_by_name(
        &mut self,
        function: &ast::Expr,
        arguments: &[(ast::Name, ast::Expr)],
        place: Place,
    ) -> Option<Checked> {
        let callee = self.callee(function)?;
        let forms: Vec<Vec<String>> = match &callee {
            Callee::Builtin(function) => {
                let plain = |name: &&str| name.trim_end_matches(['?', '.']).to_owned();
                function.parameters().iter().map(|form| form.iter().map(plain).collect()).collect()
            }
            Callee::Author(function) => vec![function.parameters.iter().map(|(name, _)| name.text.clone()).collect()],
        };
        let has_all = |form: &&Vec<String>| arguments.iter().all(|(name, _)| form.contains(&name.text));
        let Some(form) = forms.iter().find(has_all) else {
            return self.unknown_parameter(&forms, arguments);
        };
        let null = ast::Expr { kind: ast::ExprKind::Null, span: Span::default() };
        let given =
            |parameter: &String| arguments.iter().rfind(|(name, _)| name.text == *parameter).map(|(_, value)| value);
        let last = form.iter().rposition(|parameter| given(parameter).is_some()).map_or(0, |last| last + 1);
        let ordered: Vec<ast::Expr> =
            form.iter().take(last).map(|parameter| given(parameter).unwrap_or(&null).clone()).collect();
        self.call(function, &ordered, place)
    }

    fn unknown_parameter<T>(&mut self, forms: &[Vec<String>], arguments: &[(ast::Name, ast::Expr)]) -> Option<T> {
        let known: Vec<&str> = forms.iter().flatten().map(String::as_str).collect();
        let (name, _) = arguments.iter().find(|(name, _)| !known.contains(&name.text.as_str())).or(arguments.first())?;
        let help = nearest(&name.text, known.iter().copied(), "its parameters are");
        self.fault(self.place(name.span), format!("the function has no parameter `{}` here", name.text), help)
    }

    fn callee(&mut self, function: &ast::Expr) -> Option<Callee> {
        let place = self.place(function.span);
        let ast::ExprKind::Name(name) = &function.kind else {
            return self.fault(place, "only a name can be called", "give the function a name in `[define]`");
        };
        if let Some(Global::Function(function)) = self.globals.get(name) {
            return Some(Callee::Author(Rc::clone(function)));
        }
        if let Some(function) = Builtin::named(name) {
            return Some(Callee::Builtin(function));
        }
        if let "today" | "now" = name.as_str() {
            let help = "`as_of` is the day for which the case is decided, so that every decision can be repeated later";
            return self.fault(place, format!("a rule has no clock: there is no `{name}()`"), help);
        }
        if self.globals.contains_key(name) || self.bound(name, place).is_some() {
            return self.fault(place, format!("`{name}` is no function"), "leave out what is in brackets after it");
        }
        let author = self.globals.iter().filter(|(_, global)| matches!(global, Global::Function(_)));
        let mut known: Vec<&str> = author.map(|(name, _)| name.as_str()).collect();
        known.sort_unstable();
        known.extend(Builtin::ALL.iter().map(|function| function.name()));
        let help = match name.to_lowercase().as_str() {
            "round" => {
                "`round half up(x, 2)` rounds a half up; the law says which of `round half up`, `round half down`, \
                        `round up`, `round down` and `decimal` (a half to the even digit) is meant"
                    .to_owned()
            }
            "if" => "type `if ... then ... else ...`".to_owned(),
            lower if known.contains(&lower) => format!("type `{lower}`"),
            _ => {
                let help = nearest(name, known.iter().copied(), "the functions are");
                format!("{help}; `ordinance functions` prints all, each with an example")
            }
        };
        self.fault(place, format!("there is no function `{name}`"), help)
    }

    /// Tells that a function takes another number of arguments.
    pub(crate) fn wrong_count<T>(&mut self, function: Builtin, count: usize, place: Place) -> Option<T> {
        let forms: Vec<String> =
            function.parameters().iter().map(|form| format!("`{}({})`", function.name(), form.join(", "))).collect();
        let message =
            format!("`{}` doesn't take {count} argument{}", function.name(), if count == 1 { "" } else { "s" });
        self.fault(place, message, format!("it is {}", forms.join(" or ")))
    }

    /// The body of a function of the author, with its arguments bound.
    fn inline(&mut self, function: &Function, arguments: Vec<Checked>, place: Place) -> Option<Checked> {
        let name = &function.name;
        if self.inlining.contains(name) {
            let mut way = self.inlining.clone();
            way.push(name.clone());
            let message = format!("`{name}` calls itself: {}", way.join(" -> "));
            return self.fault(place, message, "a rule has to end: go through a list with `for` or `some` instead");
        }
        self.inlined += 1;
        if self.inlined > INLINED_MAX {
            let help =
                "a function that is called within a function counts at each call: give results names in `[define]`";
            return self.fault(place, format!("more than {INLINED_MAX} calls of functions"), help);
        }
        if arguments.len() != function.parameters.len() {
            let parameters: Vec<&str> = function.parameters.iter().map(|(name, _)| name.text.as_str()).collect();
            let message = format!("`{name}` takes {} arguments, and these are {}", parameters.len(), arguments.len());
            return self.fault(place, message, format!("it is `{name}({})`", parameters.join(", ")));
        }
        let mut names = Vec::new();
        for ((parameter, ty), argument) in function.parameters.iter().zip(&arguments) {
            if let Some(ty) = ty {
                let wanted = self.in_text(function.text, |checker| checker.type_named(ty))?;
                if !fits(&argument.expr.ty, &wanted) {
                    let message =
                        format!("`{name}` takes {wanted} as `{}`, and this is {}", parameter.text, argument.expr.ty);
                    return self.fault(argument.expr.place, message, "");
                }
            }
            names.push((parameter.text.clone(), self.bind(argument)));
        }
        let locals: Vec<Bound> = names.iter().map(|(_, bound)| bound.clone()).collect();
        self.inlining.push(name.clone());
        let depth = std::mem::take(&mut self.depth);
        let body = self.in_text(function.text, |checker| {
            checker.within(Frame::Barrier, |checker| checker.with_names(names, |checker| checker.value(&function.body)))
        });
        self.depth = depth;
        self.inlining.pop();
        let Checked { expr, units, is_lookup } = body?;
        let bound = locals.into_iter().zip(arguments).rev();
        let expr = bound.fold(expr, |body, (bound, argument)| with_local(bound.local, argument.expr, body));
        Some(Checked { expr, units, is_lookup })
    }

    /// `sort(list, function(a, b) a < b)`
    fn sort(&mut self, list: &ast::Expr, before: &ast::Expr, place: Place) -> Option<Checked> {
        let list = self.expr(list)?;
        let (list, item, items_max) = self.list_value(list, "`sort`")?;
        let units = list.units.clone();
        let first = Bound { local: self.new_local(), ty: item.clone(), units: units.item() };
        let second = Bound { local: self.new_local(), ty: item.clone(), units: units.item() };
        let (first_local, second_local) = (first.local, second.local);
        let help = "such as `sort(list, function(a, b) a < b)`";
        let before = match &before.kind {
            ast::ExprKind::Function { parameters, body } => {
                let [(one, _), (other, _)] = parameters.as_slice() else {
                    return self.fault(self.place(before.span), "`sort` compares two items", help);
                };
                let names = vec![(one.text.clone(), first), (other.text.clone(), second)];
                self.with_names(names, |checker| checker.condition(body))?
            }
            ast::ExprKind::Name(name) => {
                let Some(Global::Function(function)) = self.globals.get(name).cloned() else {
                    return self.fault(self.place(before.span), "`sort` needs a function of two items", help);
                };
                let at = self.place(before.span);
                let called = self.inline(&function, vec![first.read(at), second.read(at)], at)?;
                self.boolean(called)?
            }
            _ => return self.fault(self.place(before.span), "`sort` needs a function of two items", help),
        };
        let kind = ExprKind::Sort {
            list: Box::new(list.expr),
            first: first_local,
            second: second_local,
            before: Box::new(before),
        };
        Some(Checked::new(kind, item.list(items_max), place).with_units(units))
    }

    /// `x instance of type`
    pub(crate) fn instance_of(&mut self, value: &ast::Expr, of: &ast::TypeName, place: Place) -> Option<Checked> {
        let (value, of) = (self.expr(value), self.type_named(of));
        let (value, of) = (value?, of?);
        let is_sure = !matches!(value.kind(), TypeKind::Any);
        if is_sure && !fits(&value.expr.ty.clone().not_null(), &of) {
            return Some(constant(false, place));
        }
        if is_sure && !value.expr.ty.nullable {
            return Some(constant(true, place));
        }
        let kind = ExprKind::InstanceOf { value: Box::new(value.expr), of };
        Some(Checked::new(kind, TypeKind::Boolean, place))
    }
}

enum Callee {
    Builtin(Builtin),
    Author(Rc<Function>),
}

fn constant(value: bool, place: Place) -> Checked {
    Checked { expr: checked::boolean(value, place), units: checked::Units::Plain, is_lookup: false }
}
