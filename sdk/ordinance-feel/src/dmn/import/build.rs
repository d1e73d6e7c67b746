//! Builds the rule of a plan.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::constants::Constants;
use super::names::snake_case;
use super::plan::{ImportError, Mapping, Plan, ServiceNames, plan};
use super::rename::{Renamed, Renamer, pass_all};
use super::rule::{ImportedCriterion, ImportedRule, ImportedTable, RulePart};
use super::unbox::{UnwritableError, unboxed};
use ordinance_feel_runtime::Builtin;

use crate::dmn::expression::Boxer;
use crate::dmn::folder::ModelFolder;
use crate::dmn::model::{BoxedKind, Decision, ElementPlace, InputData, ItemKind, KnowledgeModel, Model, Reference};
use crate::dmn::parse::TextParser;
use crate::dmn::place::SourcePlace;
use crate::dmn::refusal::RefusalError;
use crate::dmn::types::Types;
use crate::source_text::TextId;
use crate::syntax::ast::{Expr, ExprKind, Table};
use crate::syntax::{print_expression, print_tests, quoted};
use crate::tree::{Aggregation, HitPolicy};

/// Makes a rule of a model for a service.
///
/// # Errors
/// If it isn't known what of the model is the outcome or a criterion, or an element can't be written in a rule.
pub fn import_rule(
    folder: &ModelFolder,
    main: usize,
    mapping: &Mapping,
    service: &ServiceNames,
) -> Result<ImportedRule, ImportError> {
    let Some(model) = folder.models.get(main) else {
        return Ok(ImportedRule::default());
    };
    let plan = plan(model, mapping, service)?;
    let mut builder = Builder {
        folder,
        model,
        mapping,
        service,
        parser: TextParser::new(&folder.texts, &folder.models),
        names: HashMap::new(),
        used: service.facts.iter().cloned().collect(),
        rule: ImportedRule { title: model.name.clone(), in_force: model.in_force.clone(), ..ImportedRule::default() },
        without_fact: RefCell::default(),
        types: Types::of(&folder.models),
        main,
        constants: HashMap::new(),
        fact_of: HashMap::new(),
        refusals: Vec::new(),
    };
    builder.build(&plan);
    let Builder { mut rule, without_fact, refusals, .. } = builder;
    rule.without_fact = without_fact.into_inner().into_iter().collect();
    if refusals.is_empty() { Ok(rule) } else { Err(ImportError::Refused(refusals)) }
}

pub(super) struct Builder<'m> {
    pub(super) folder: &'m ModelFolder,
    pub(super) model: &'m Model,
    pub(super) mapping: &'m Mapping,
    pub(super) service: &'m ServiceNames,
    pub(super) parser: TextParser<'m>,
    /// The names of elements in the rule, by their ids.
    pub(super) names: HashMap<String, String>,
    pub(super) used: BTreeSet<String>,
    pub(super) rule: ImportedRule,
    /// The inputs, or parts, without a fact, and their names in the rule.
    pub(super) without_fact: RefCell<BTreeSet<(String, String)>>,
    pub(super) types: Types<'m>,
    /// The index of the model in its folder.
    pub(super) main: usize,
    /// The constants that decisions can give, by the names of the decisions in the model.
    pub(super) constants: HashMap<String, Constants>,
    /// The input that each fact is.
    pub(super) fact_of: HashMap<String, String>,
    pub(super) refusals: Vec<RefusalError>,
}

/// The function `less` as `export` writes it.
const LESS: &str = "function(amount, deduction) max(amount - deduction, 0)";

/// An element that is a value or a function of the rule.
#[derive(Clone, Copy)]
enum Needed<'m> {
    Decision(&'m Decision),
    Knowledge(&'m KnowledgeModel),
}

impl<'m> Builder<'m> {
    fn build(&mut self, plan: &Plan<'m>) {
        let criteria = plan.criteria.iter().map(|(_, decision)| *decision);
        let roots: Vec<&Decision> =
            criteria.chain(plan.outcome).chain(plan.grant.iter().map(|(_, decision, _)| *decision)).collect();
        let mut order = Vec::new();
        roots.iter().for_each(|decision| self.need(Needed::Decision(decision), &mut order, 0));
        let is_used = |decision: &Decision| {
            order.iter().any(|needed| matches!(needed, Needed::Decision(used) if used.id == decision.id))
        };
        let unused = self.model.decisions.iter().filter(|decision| !is_used(decision));
        self.rule.unused = unused.map(|decision| decision.variable.name.clone()).collect();
        for (id, decision) in &plan.criteria {
            let name = id.replace('-', "_");
            self.used.insert(name.clone());
            self.names.insert(decision.id.clone(), name);
        }
        for needed in &order {
            let (id, name) = match needed {
                Needed::Decision(decision) => (&decision.id, &decision.variable.name),
                Needed::Knowledge(knowledge) => (&knowledge.id, &knowledge.variable.name),
            };
            if !self.names.contains_key(id) {
                let name = self.unused(&snake_case(name));
                self.names.insert(id.clone(), name);
            }
        }
        for needed in &order {
            match needed {
                Needed::Decision(decision) => self.decision(decision, plan, &order),
                Needed::Knowledge(knowledge) => self.knowledge(knowledge),
            }
        }
    }

    fn unused(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        while Builtin::named(&free).is_some_and(|known| known != Builtin::Less) || !self.used.insert(free.clone()) {
            free.push_str("_decided");
        }
        free
    }

    /// Adds an element after those that it needs.
    fn need(&mut self, element: Needed<'m>, order: &mut Vec<Needed<'m>>, depth: usize) {
        let (id, place, references): (_, _, Vec<&Reference>) = match element {
            Needed::Decision(decision) => {
                (&decision.id, &decision.place, decision.reads.iter().chain(&decision.calls).collect())
            }
            Needed::Knowledge(knowledge) => (&knowledge.id, &knowledge.place, knowledge.calls.iter().collect()),
        };
        let is_known = order.iter().any(|known| match known {
            Needed::Decision(decision) => decision.id == *id,
            Needed::Knowledge(knowledge) => knowledge.id == *id,
        });
        if is_known {
            return;
        }
        if depth > 100 {
            self.refusals.push(place.refuse("it needs itself, or elements need each other more than 100 deep"));
            return;
        }
        for reference in references {
            match self.element(reference) {
                Some(needed) => self.need(needed, order, depth + 1),
                None if self.input(reference).is_some() => {}
                None => {
                    let is_service = self.model.services.iter().any(|service| service.id == reference.id);
                    let reason = match (is_service, &reference.namespace) {
                        (true, _) => "a decision service isn't taken in a rule: require its decisions themselves",
                        (false, Some(_)) => "an element of another model isn't taken in a rule",
                        (false, None) => "the model has no element with this id",
                    };
                    self.refusals.push(reference.place.refuse(reason));
                }
            }
        }
        order.push(element);
    }

    fn element(&self, reference: &Reference) -> Option<Needed<'m>> {
        if reference.namespace.is_some() {
            return None;
        }
        let decision = self.model.decisions.iter().find(|decision| decision.id == reference.id);
        let knowledge = || self.model.knowledge.iter().find(|knowledge| knowledge.id == reference.id);
        decision.map(Needed::Decision).or_else(|| knowledge().map(Needed::Knowledge))
    }

    fn input(&self, reference: &Reference) -> Option<&'m InputData> {
        self.model.inputs.iter().find(|input| reference.namespace.is_none() && input.id == reference.id)
    }

    fn decision(&mut self, decision: &'m Decision, plan: &Plan<'m>, order: &[Needed<'m>]) {
        let Some(name) = self.names.get(&decision.id).cloned() else {
            return;
        };
        let criterion = plan.criteria.iter().find(|(_, criterion)| criterion.id == decision.id);
        let is_outcome = plan.outcome.is_some_and(|outcome| outcome.id == decision.id);
        let grants: Vec<&(String, &Decision, Option<String>)> =
            plan.grant.iter().filter(|(_, granted, _)| granted.id == decision.id).collect();
        let table_name = if criterion.is_some() { self.unused(&format!("{name}_table")) } else { name.clone() };
        let Some(logic) = self.logic(decision, &table_name) else {
            return;
        };
        let is_table = logic == table_name;
        let is_read = order.iter().any(|needed| match needed {
            Needed::Decision(other) => other.reads.iter().any(|reference| reference.id == decision.id),
            Needed::Knowledge(_) => false,
        });
        let needs_name = !is_table
            && criterion.is_none()
            && (is_read || grants.len() > 1 || grants.iter().any(|grant| grant.2.is_some()));
        self.place_parts(decision, &name, &table_name);
        let text = if needs_name || (!is_table && criterion.is_none() && !is_outcome && grants.is_empty()) {
            self.rule.defines.push((name.clone(), logic));
            name.clone()
        } else {
            logic
        };
        if let Some((id, _)) = criterion {
            let title = decision.question.clone().unwrap_or_else(|| decision.variable.name.clone());
            self.rule.elements.push((RulePart::Criterion(id.clone()), decision.place.clone()));
            self.rule.criteria.push(ImportedCriterion { id: id.clone(), title, when: text.clone() });
        }
        let value = if criterion.is_some() { name } else { text };
        if is_outcome {
            self.rule.elements.push((RulePart::Eligible, decision.place.clone()));
            let is_word = value.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            self.rule.eligible = Some(match &self.mapping.outcome_value {
                Some(wanted) if is_word => format!("{value} = {}", quoted(wanted)),
                Some(wanted) => format!("({value}) = {}", quoted(wanted)),
                None => value.clone(),
            });
        }
        for (field, _, output) in grants {
            let value = output.as_ref().map_or_else(|| value.clone(), |output| format!("{value}.{output}"));
            self.rule.elements.push((RulePart::Grant(field.clone()), decision.place.clone()));
            self.rule.grant.push((field.clone(), value));
        }
    }

    /// Keeps the places of what a decision may become by its own name.
    fn place_parts(&mut self, decision: &Decision, name: &str, table_name: &str) {
        let elements = &mut self.rule.elements;
        elements.push((RulePart::Define(name.to_owned()), decision.place.clone()));
        elements.push((RulePart::Table(table_name.to_owned()), decision.place.clone()));
        if let Ok(BoxedKind::Table(table)) = decision.logic.as_ref().map(|logic| &logic.kind) {
            let rows = table.rules.iter().enumerate();
            elements.extend(rows.map(|(row, rule)| (RulePart::Row(table_name.to_owned(), row), rule.place.clone())));
        }
    }

    fn knowledge(&mut self, knowledge: &'m KnowledgeModel) {
        let function = match &knowledge.function {
            Ok(function) => function,
            Err(refusal) => return self.refusals.push(refusal.clone()),
        };
        let seen = self.seen(knowledge.calls.iter());
        let boxed = Boxer::new(&self.parser, seen.keys().cloned().collect()).function(function);
        let text = match boxed {
            Ok(mut expr) => {
                let result = knowledge.variable.type_ref.as_deref();
                self.differ(&mut expr, result, &seen, &knowledge.variable.name, &knowledge.place);
                self.written(expr, &seen, &knowledge.place)
            }
            Err(refusal) => return self.refusals.push(refusal),
        };
        if text.as_deref() == Some(LESS) {
            // An exported rule brings the function that every rule has.
            return;
        }
        if let (Some(text), Some(name)) = (text, self.names.get(&knowledge.id)) {
            self.rule.elements.push((RulePart::Define(name.clone()), knowledge.place.clone()));
            self.rule.defines.push((name.clone(), text));
        }
    }

    /// The expression of a decision. Of a decision that is a table, the name of the table.
    fn logic(&mut self, decision: &'m Decision, table_name: &str) -> Option<String> {
        let logic = match &decision.logic {
            Ok(logic) => logic,
            Err(refusal) => {
                self.refusals.push(refusal.clone());
                return None;
            }
        };
        let seen = self.seen(decision.reads.iter().chain(&decision.calls));
        let mut expr = match Boxer::new(&self.parser, seen.keys().cloned().collect()).expression(logic) {
            Ok(expr) => expr,
            Err(refusal) => {
                self.refusals.push(refusal);
                return None;
            }
        };
        let type_ref = decision.variable.type_ref.as_deref();
        self.differ(&mut expr, type_ref, &seen, &decision.variable.name, &decision.place);
        if !matches!(logic.kind, BoxedKind::Table(_)) {
            return self.written(expr, &seen, &decision.place);
        }
        while let ExprKind::OfType { value, .. } = expr.kind {
            expr = *value;
        }
        let ExprKind::Table(table) = expr.kind else {
            return None;
        };
        let table = self.table(*table, table_name, &decision.variable.name, &seen, &logic.place)?;
        self.rule.tables.push(table);
        Some(table_name.to_owned())
    }

    /// What the names that an element sees are in the rule.
    fn seen<'r>(&mut self, references: impl Iterator<Item = &'r Reference>) -> HashMap<String, Renamed> {
        let mut seen = HashMap::new();
        for reference in references {
            if let Some(input) = self.input(reference) {
                let renamed = self.input_name(input);
                self.note_input(input, &renamed);
                seen.insert(input.variable.name.clone(), renamed);
                continue;
            }
            let (name, id) = match self.element(reference) {
                Some(Needed::Decision(decision)) => (&decision.variable.name, &decision.id),
                Some(Needed::Knowledge(knowledge)) => (&knowledge.variable.name, &knowledge.id),
                None => continue,
            };
            if let Some(renamed) = self.names.get(id) {
                seen.insert(name.clone(), Renamed::Name(renamed.clone()));
            }
        }
        seen
    }

    pub(super) fn input_name(&self, input: &InputData) -> Renamed {
        let name = &input.variable.name;
        if let Some((fact, _)) = self.mapping.facts.iter().find(|(_, path)| path == name) {
            return Renamed::Name(fact.clone());
        }
        let snake = snake_case(name);
        if self.service.facts.contains(&snake) {
            return Renamed::Name(snake);
        }
        let type_name = input.variable.type_ref.as_deref();
        let item = self.model.items.iter().find(|item| Some(item.name.as_str()) == type_name);
        match item {
            Some(item) if !item.is_collection && matches!(item.kind, ItemKind::Components(_)) => Renamed::Parts,
            Some(_) | None => {
                self.without_fact.borrow_mut().insert((name.clone(), snake.clone()));
                Renamed::Name(snake)
            }
        }
    }

    /// The fact of a part of an input.
    pub(super) fn part_name(&self, input: &str, part: &str) -> String {
        let path = format!("{input}.{part}");
        if let Some((fact, _)) = self.mapping.facts.iter().find(|(_, known)| *known == path) {
            return fact.clone();
        }
        let whole = format!("{}_{}", snake_case(input), snake_case(part));
        let found = [whole, snake_case(part)].into_iter().find(|name| self.service.facts.contains(name));
        found.unwrap_or_else(|| {
            let name = snake_case(part);
            self.without_fact.borrow_mut().insert((path, name.clone()));
            name
        })
    }

    /// The text of a tree, with the names of the rule.
    fn written(&mut self, expr: Expr, seen: &HashMap<String, Renamed>, place: &ElementPlace) -> Option<String> {
        let text_of = text_of(&expr);
        let mut expr = match unboxed(expr) {
            Ok(expr) => expr,
            Err(UnwritableError(reason)) => {
                self.refusals.push(place.refuse(reason));
                return None;
            }
        };
        let faults = self.renamed(seen, |renamer| renamer.expr(&mut expr));
        self.tell(faults, text_of, place);
        Some(print_expression(&expr))
    }

    fn renamed(
        &self,
        seen: &HashMap<String, Renamed>,
        rename: impl FnOnce(&mut Renamer<'_>),
    ) -> Vec<(crate::source_text::Span, String)> {
        let mut part = |input: &str, part: &str| self.part_name(input, part);
        let mut renamer = Renamer::new(seen, &mut part, self.parser.members());
        rename(&mut renamer);
        renamer.faults
    }

    fn tell(&mut self, faults: Vec<(crate::source_text::Span, String)>, text: Option<TextId>, place: &ElementPlace) {
        for (span, reason) in faults {
            self.refusals.push(match text {
                Some(text) => SourcePlace::of(&self.folder.texts, text, span).refuse(reason),
                None => place.refuse(reason),
            });
        }
    }

    fn table(
        &mut self,
        table: Table,
        name: &str,
        title: &str,
        seen: &HashMap<String, Renamed>,
        place: &ElementPlace,
    ) -> Option<ImportedTable> {
        let mut inputs = Vec::new();
        for input in table.inputs {
            inputs.push(self.written(input, seen, place)?);
        }
        let mut rows = Vec::new();
        for row in table.rows {
            let mut cells = Vec::new();
            for (text, mut tests) in row.conditions {
                if pass_all(&tests) {
                    cells.push("-".to_owned());
                    continue;
                }
                let faults = self.renamed(seen, |renamer| renamer.tests(&mut tests));
                self.tell(faults, Some(text), place);
                cells.push(print_tests(&tests));
            }
            for output in row.outputs {
                cells.push(self.written(output, seen, place)?);
            }
            rows.push(cells);
        }
        let mut default = Vec::new();
        for value in table.default.unwrap_or_default() {
            default.push(self.written(value, seen, place)?);
        }
        let outputs: Vec<String> = match table.outputs.len() {
            0 | 1 => Vec::new(),
            _ => table.outputs.iter().map(|output| snake_case(output)).collect(),
        };
        let named = table.outputs.iter().map(|output| match table.outputs.len() {
            0 | 1 => name.to_owned(),
            _ => snake_case(output),
        });
        let has_priorities = matches!(table.hit, HitPolicy::Priority | HitPolicy::OutputOrder);
        let priorities = named.zip(&table.priorities).filter_map(|(output, tests)| {
            let tests = tests.as_ref().filter(|_| has_priorities)?;
            Some((output, print_tests(tests)))
        });
        let priorities = priorities.collect();
        let hit = hit_word(table.hit);
        Some(ImportedTable {
            name: name.to_owned(),
            title: title.to_owned(),
            hit,
            inputs,
            outputs,
            rows,
            default,
            priorities,
        })
    }
}

/// The text in which a tree stands.
fn text_of(expr: &Expr) -> Option<TextId> {
    match &expr.kind {
        ExprKind::Within { text, expr: _ } => Some(*text),
        ExprKind::OfType { value, .. } => text_of(value),
        _ => None,
    }
}

/// The words of a manifest for a hit policy.
pub(super) fn hit_word(hit: HitPolicy) -> &'static str {
    match hit {
        HitPolicy::Unique => "unique",
        HitPolicy::Any => "any",
        HitPolicy::Priority => "priority",
        HitPolicy::First => "first",
        HitPolicy::RuleOrder => "rule order",
        HitPolicy::OutputOrder => "output order",
        HitPolicy::Collect(None) => "collect",
        HitPolicy::Collect(Some(Aggregation::Sum)) => "collect sum",
        HitPolicy::Collect(Some(Aggregation::Min)) => "collect min",
        HitPolicy::Collect(Some(Aggregation::Max)) => "collect max",
        HitPolicy::Collect(Some(Aggregation::Count)) => "collect count",
    }
}
