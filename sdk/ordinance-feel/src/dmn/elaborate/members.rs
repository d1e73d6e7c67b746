//! `context.name`: an entry of a context, of each context of a list, or a property of a day, a time or a duration.

use ordinance_feel_runtime::{Builtin, Value};

use super::elaborator::Elaborator;
use super::expressions::any;
use super::nodes::{ANY, any_context, any_list, call, constant, if_of, is_of, local, misfit, node};
use super::scope::{Known, Meaning, Scope};
use crate::dmn::refusal::RefusalError;
use crate::source_text::Place;
use crate::syntax::ast;
use crate::tree::{Domain, ExprKind, Property};
use crate::types::{Type, TypeKind};

impl<'a> Elaborator<'a> {
    pub(super) fn member(
        &mut self,
        context: &'a ast::Expr,
        name: &'a ast::Name,
        scope: &Scope<'a>,
        place: Place,
    ) -> Result<Meaning<'a>, RefusalError> {
        match self.meaning(context, scope)? {
            Meaning::Value(value) => self.entry(value, &name.text, place).map(Meaning::Value),
            Meaning::Namespace(entries) => match entries.iter().find(|(known, _)| *known == name.text) {
                Some((_, meaning)) => Ok(meaning.clone()),
                None => Err(self.refuse(name.span, format!("the context has no entry `{}`", name.text))),
            },
            Meaning::Function(_) | Meaning::Builtin(_) => {
                Err(self.refuse(name.span, format!("a function has no part `{}`", name.text)))
            }
        }
    }

    /// What a value has under a name.
    pub(super) fn entry(&mut self, value: Known, name: &str, place: Place) -> Result<Known, RefusalError> {
        if let Some(offset) = super::zones::offset(&value.expr).filter(|_| name == "time offset") {
            return Ok(any(offset));
        }
        match &value.ty.kind {
            TypeKind::Context(fields) => {
                let ty = fields.iter().find(|(known, _)| known == name).map_or(ANY, |(_, ty)| ty.clone());
                Ok(Known { expr: get(value.expr, name, place), ty })
            }
            TypeKind::List { item, items_max: _ } => {
                let item = (**item).clone();
                self.with_value(value, |elaborator, list| elaborator.entry_of_items(list, item, name, place))
            }
            TypeKind::Any => self.with_value(value, |elaborator, value| {
                let items = elaborator.entry_of_items(value.clone(), unlisted(), name, place)?;
                let is_list = is_of(value.expr.clone(), any_list());
                let other = entry_of_one(value.expr, name, place);
                Ok(any(if_of(is_list, items.expr, other)))
            }),
            TypeKind::Null
            | TypeKind::Boolean
            | TypeKind::Number(_)
            | TypeKind::Text
            | TypeKind::Choice(_)
            | TypeKind::Date
            | TypeKind::Time
            | TypeKind::DateTime
            | TypeKind::DaysDuration
            | TypeKind::MonthsDuration
            | TypeKind::Range(_) => self.with_value(value, |_, value| Ok(any(entry_of_one(value.expr, name, place)))),
        }
    }

    /// The list of what each item has under a name; null for a list that is null.
    fn entry_of_items(&mut self, list: Known, item: Type, name: &str, place: Place) -> Result<Known, RefusalError> {
        let variable = self.new_local();
        let is_one = item == unlisted();
        let read = Known { expr: local(variable, place), ty: if is_one { ANY } else { item } };
        let entry = match is_one {
            true => any(entry_of_one(read.expr, name, place)),
            // Of lists within lists those who implement DMN differ.
            false if matches!(read.ty.kind, TypeKind::List { .. }) => any(misfit(place)),
            false => self.entry(read, name, place)?,
        };
        let domain = Domain::List(Box::new(list.expr));
        let kind = ExprKind::For { iterations: vec![(variable, domain)], partial: None, result: Box::new(entry.expr) };
        let ty = Type { kind: TypeKind::List { item: Box::new(entry.ty), items_max: None }, nullable: true };
        Ok(Known { expr: node(kind, place), ty })
    }

    /// Whether a value is a context with an entry of this name.
    pub(super) fn has_entry(
        &mut self,
        value: crate::tree::Expr,
        name: &str,
        place: Place,
    ) -> Result<crate::tree::Expr, RefusalError> {
        let variable = self.new_local();
        let entries = call(Builtin::GetEntries, vec![value.clone()], place);
        let key = get(local(variable, place), "key", place);
        let condition = super::nodes::equal(key, constant(Value::text(name), place));
        let kind = ExprKind::Quantified {
            every: false,
            local: variable,
            domain: Box::new(Domain::List(Box::new(entries))),
            condition: Box::new(condition),
        };
        let is_context = is_of(value, any_context());
        Ok(super::nodes::and(is_context, node(kind, place)))
    }
}

/// The type of items of which isn't known what they are, and which aren't lists themselves.
fn unlisted() -> Type {
    Type { kind: TypeKind::Any, nullable: false }
}

fn get(context: crate::tree::Expr, name: &str, place: Place) -> crate::tree::Expr {
    call(Builtin::GetValue, vec![context, constant(Value::text(name), place)], place)
}

/// What one value that is no list has under a name.
fn entry_of_one(value: crate::tree::Expr, name: &str, place: Place) -> crate::tree::Expr {
    let Some(property) = property(name) else {
        return get(value, name, place);
    };
    let is_context = is_of(value.clone(), any_context());
    let entry = get(value.clone(), name, place);
    let read = super::guards::property(value, property, place);
    if_of(is_context, entry, read)
}

/// The property of this name.
fn property(name: &str) -> Option<Property> {
    Some(match name {
        "year" => Property::Year,
        "month" => Property::Month,
        "day" => Property::Day,
        "weekday" => Property::Weekday,
        "hour" => Property::Hour,
        "minute" => Property::Minute,
        "second" => Property::Second,
        "time offset" => Property::TimeOffset,
        "timezone" => Property::Timezone,
        "years" => Property::Years,
        "months" => Property::Months,
        "days" => Property::Days,
        "hours" => Property::Hours,
        "minutes" => Property::Minutes,
        "seconds" => Property::Seconds,
        "start" => Property::Start,
        "end" => Property::End,
        "start included" => Property::StartIncluded,
        "end included" => Property::EndIncluded,
        _ => return None,
    })
}
