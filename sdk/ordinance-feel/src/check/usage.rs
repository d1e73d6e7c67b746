//! Which values a rule needs for its answer, and which parts of its facts: nothing else may reach it.

use std::collections::{BTreeMap, HashMap, HashSet};

use ordinance_domain::fact::{FactType, Field};
use ordinance_feel_runtime::Builtin;

use super::checked::Units;
use super::narrowing::is_null;
use crate::tree::{Answer, Domain, Expr, ExprKind, InputId, LocalId, Program, Row, Table};
use crate::types::{Type, TypeKind};

/// What is needed of a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Demand {
    /// Whether it is there.
    Presence,
    /// These fields of a context.
    Fields(BTreeMap<usize, Demand>),
    /// So much of each item of a list.
    Items(Box<Demand>),
    Whole,
}

/// What a program needs.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Of each input.
    pub(crate) inputs: HashMap<usize, Demand>,
    /// Of each local: what isn't here isn't needed.
    locals: HashMap<usize, Demand>,
}

impl Demand {
    fn merged(self, other: Self) -> Self {
        match (self, other) {
            (Self::Presence, other) | (other, Self::Presence) => other,
            (Self::Fields(mut fields), Self::Fields(others)) => {
                for (index, demand) in others {
                    let known = fields.remove(&index).unwrap_or(Self::Presence);
                    fields.insert(index, known.merged(demand));
                }
                Self::Fields(fields)
            }
            (Self::Items(item), Self::Items(other)) => Self::Items(Box::new(item.merged(*other))),
            (_, _) => Self::Whole,
        }
    }

    fn item(&self) -> Self {
        match self {
            Self::Items(item) => (**item).clone(),
            Self::Whole => Self::Whole,
            Self::Presence | Self::Fields(_) => Self::Presence,
        }
    }

    fn items(self) -> Self {
        Self::Items(Box::new(self))
    }
}

impl Usage {
    /// What the answer of a program needs.
    pub(crate) fn of(program: &Program) -> Self {
        let mut usage = Self::default();
        match &program.answer {
            Answer::Value(value) => usage.need(value, Demand::Whole),
            Answer::Determination(determination) => {
                usage.need(&determination.eligible, Demand::Whole);
                determination.grant.iter().filter_map(|field| field.value.as_ref()).for_each(|value| {
                    usage.need(value, Demand::Whole);
                });
                let findings = determination.findings.iter().map(|finding| finding.local);
                let told = determination.intermediates.iter().map(|told| told.local);
                findings.chain(told).for_each(|local| usage.need_local(local, Demand::Whole));
            }
        }
        for definition in program.definitions.iter().rev() {
            if let Some(demand) = usage.locals.get(&definition.local.0).cloned() {
                usage.need(&definition.value, demand);
            }
        }
        usage
    }

    /// The names of the definitions that are needed.
    pub(crate) fn definitions(&self, program: &Program) -> HashSet<String> {
        let needed = program.definitions.iter().filter(|definition| self.locals.contains_key(&definition.local.0));
        needed.map(|definition| definition.name.clone()).collect()
    }

    fn need_local(&mut self, local: LocalId, demand: Demand) {
        let known = self.locals.remove(&local.0).unwrap_or(Demand::Presence);
        self.locals.insert(local.0, known.merged(demand));
    }

    fn need_input(&mut self, input: InputId, demand: Demand) {
        let known = self.inputs.remove(&input.0).unwrap_or(Demand::Presence);
        self.inputs.insert(input.0, known.merged(demand));
    }

    fn local(&self, local: LocalId) -> Demand {
        self.locals.get(&local.0).cloned().unwrap_or(Demand::Presence)
    }

    fn need_all(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.need(expr, Demand::Whole));
    }

    fn need(&mut self, expr: &Expr, demand: Demand) {
        match &expr.kind {
            ExprKind::Constant(_) => {}
            ExprKind::Input(input) => self.need_input(*input, demand),
            ExprKind::Local(local) => self.need_local(*local, demand),
            ExprKind::Field { context, index } => {
                self.need(context, Demand::Fields(BTreeMap::from([(*index, demand)])));
            }
            ExprKind::Property { value, .. } | ExprKind::Negate(value) => self.need(value, Demand::Whole),
            ExprKind::InstanceOf { value, .. } => self.need(value, Demand::Whole),
            ExprKind::Required(value) | ExprKind::OrNull(value) => self.need(value, demand),
            ExprKind::Arithmetic { left, right, .. } | ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.need(left, Demand::Whole);
                self.need(right, Demand::Whole);
            }
            ExprKind::Compare { left, right, .. } => {
                let demand = if is_null(left) || is_null(right) { Demand::Presence } else { Demand::Whole };
                self.need(left, demand.clone());
                self.need(right, demand);
            }
            ExprKind::If { condition, then, otherwise } => {
                self.need(condition, Demand::Whole);
                self.need(then, demand.clone());
                self.need(otherwise, demand);
            }
            ExprKind::Call { function, arguments } => self.need_arguments(*function, arguments),
            ExprKind::List(items) => items.iter().for_each(|item| self.need(item, demand.item())),
            ExprKind::Context(values) => self.need_fields(values, &demand),
            ExprKind::Range { low, high, .. } => {
                low.iter().chain(high).for_each(|end| self.need(end, Demand::Whole));
            }
            ExprKind::Let { local, value, body } => {
                self.need(body, demand);
                let of_value = self.local(*local);
                self.need(value, of_value);
            }
            ExprKind::For { iterations, partial, result } => {
                let of_item = if partial.is_some() { Demand::Whole } else { demand.item() };
                self.need(result, of_item);
                iterations.iter().rev().for_each(|(local, domain)| self.need_domain(*local, domain));
            }
            ExprKind::Quantified { local, domain, condition, .. } => {
                self.need(condition, Demand::Whole);
                self.need_domain(*local, domain);
            }
            ExprKind::Filter { list, local, condition } => {
                self.need(condition, Demand::Whole);
                let of_item = self.local(*local).merged(demand.item());
                self.need(list, of_item.items());
            }
            ExprKind::Item { list, number } => {
                self.need(number, Demand::Whole);
                self.need(list, demand.items());
            }
            ExprKind::Sort { list, first, second, before } => {
                self.need(before, Demand::Whole);
                let of_item = self.local(*first).merged(self.local(*second)).merged(demand.item());
                self.need(list, of_item.items());
            }
            ExprKind::Table(table) => self.need_table(table),
        }
    }

    fn need_arguments(&mut self, function: Builtin, arguments: &[Expr]) {
        match function {
            Builtin::Count => arguments.iter().for_each(|list| self.need(list, Demand::Presence.items())),
            _ => self.need_all(arguments),
        }
    }

    /// An entry that isn't needed is computed all the same.
    fn need_fields(&mut self, values: &[Expr], demand: &Demand) {
        for (index, value) in values.iter().enumerate() {
            let of_field = match demand {
                Demand::Fields(fields) => fields.get(&index).cloned().unwrap_or(Demand::Presence),
                Demand::Presence => Demand::Presence,
                Demand::Items(_) | Demand::Whole => Demand::Whole,
            };
            self.need(value, of_field);
        }
    }

    fn need_domain(&mut self, local: LocalId, domain: &Domain) {
        match domain {
            Domain::List(list) => {
                let of_item = self.local(local);
                self.need(list, of_item.items());
            }
            Domain::Steps { from, to } => {
                self.need(from, Demand::Whole);
                self.need(to, Demand::Whole);
            }
        }
    }

    fn need_table(&mut self, table: &Table) {
        for Row { conditions, outputs, .. } in &table.rows {
            conditions.iter().flatten().for_each(|condition| self.need(condition, Demand::Whole));
            self.need_all(outputs);
        }
        table.default.iter().for_each(|default| self.need_all(default));
        table.inputs.iter().for_each(|(_, value)| self.need(value, Demand::Whole));
    }
}

/// The type and the units of a fact, with those parts that are needed.
pub(crate) fn narrowed(ty: &Type, units: &Units, fact: &FactType, demand: &Demand) -> (Type, Units) {
    match (&ty.kind, demand) {
        (TypeKind::List { item, items_max }, Demand::Items(_) | Demand::Presence) => {
            let (item, units) = narrowed(item, &units.item(), fact, &demand.item());
            (item.list(*items_max), units.list())
        }
        (TypeKind::Context(fields), Demand::Fields(_) | Demand::Presence) => {
            let needed: BTreeMap<usize, Demand> = match demand {
                Demand::Fields(needed) if !needed.is_empty() => needed.clone(),
                // A record has to have a part.
                _ => least_sensitive(fact.fields()).map(|index| (index, Demand::Presence)).into_iter().collect(),
            };
            let kept = needed.iter().filter_map(|(index, demand)| {
                let ((name, ty), field) = (fields.get(*index)?, fact.fields().get(*index)?);
                let (ty, units) = narrowed(ty, &units.field(*index), &field.part.fact_type, demand);
                Some(((name.clone(), ty), units))
            });
            let (fields, units): (Vec<(String, Type)>, Vec<Units>) = kept.unzip();
            let kind = TypeKind::Context(fields.into());
            (Type { kind, nullable: ty.nullable }, Units::Fields(units.into()))
        }
        (_, _) => (ty.clone(), units.clone()),
    }
}

/// The part that tells least of a person.
fn least_sensitive(fields: &[Field]) -> Option<usize> {
    let rated = fields.iter().enumerate();
    rated
        .min_by_key(|(index, field)| (field.part.sensitivity, !field.part.fact_type.fields().is_empty(), *index))
        .map(|(index, _)| index)
}
