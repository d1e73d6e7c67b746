//! Asks of each element what a rule would answer otherwise, and notes what of the model the rule doesn't state.

use std::collections::HashMap;

use super::build::Builder;
use super::constants::constants_of;
use super::differences::{AskedOfFact, Differences, tests_of};
use super::rename::Renamed;
use crate::dmn::model::{ElementPlace, InputData};
use crate::dmn::place::SourcePlace;
use crate::source_text::{Span, TextId};
use crate::syntax::ast::{Expr, ExprKind};

impl Builder<'_> {
    /// Refuses what a rule would answer otherwise than an element of the model.
    pub(super) fn differ(
        &mut self,
        expr: &mut Expr,
        type_ref: Option<&str>,
        seen: &HashMap<String, Renamed>,
        name: &str,
        place: &ElementPlace,
    ) {
        let inputs = &self.model.inputs;
        let is_input = |name: &str| seen.contains_key(name) && inputs.iter().any(|it| it.variable.name == name);
        let texts = &self.folder.texts;
        let (types, parser) = (&self.types, &self.parser);
        let mut found = Differences::new(texts, types, parser, self.main, &self.constants, &is_input, place);
        let result = type_ref.map(|of| if matches!(expr.kind, ExprKind::Function { .. }) { "Any" } else { of });
        found.ask_type(expr, result);
        found.find(expr);
        let Differences { refusals, asked, has_inner_table, .. } = found;
        for refusal in refusals {
            if !self.refusals.contains(&refusal) {
                self.refusals.push(refusal);
            }
        }
        if has_inner_table {
            let element = &place.element;
            self.note(format!(
                "{}:{}:{}: {element}: the rows of the table become `if ... else if ...`, of which the first that \
                 matches counts; where two match, DMN gives null",
                place.file, place.line, place.column
            ));
        }
        for AskedOfFact { value, tests } in asked {
            if let Some((told, fact)) = self.fact(&value, seen) {
                self.note_tests(&told, &fact, &tests);
            }
        }
        if let Some(constants) = constants_of(expr, &self.constants) {
            self.constants.insert(name.to_owned(), constants);
        }
    }

    /// Notes what an input has to be in the model, and refuses an input whose fact is another input too.
    pub(super) fn note_input(&mut self, input: &InputData, renamed: &Renamed) {
        let name = &input.variable.name;
        let named = input.variable.type_ref.as_deref().and_then(|of| self.types.named(self.main, of).ok());
        let constraint = named.map(|named| named.constraint).unwrap_or_default();
        match renamed {
            Renamed::Name(fact) => {
                self.claim(input, name, fact);
                self.note_tests(name, fact, &tests_of(&constraint));
            }
            Renamed::Parts => {
                for (part, constraint) in &constraint.fields {
                    let fact = self.part_name(name, part);
                    self.note_tests(&format!("{name}.{part}"), &fact, &tests_of(constraint));
                }
            }
        }
    }

    /// Makes a fact that of an input.
    fn claim(&mut self, input: &InputData, name: &str, fact: &str) {
        let first = self.fact_of.entry(fact.to_owned()).or_insert_with(|| name.to_owned());
        if first != name {
            let reason = format!("the inputs `{first}` and `{name}` would both be the fact `{fact}`");
            let mut refusal = input.place.refuse(reason);
            refusal.help = Some(format!("say in the file of --mapping which is which: [facts] {fact} = \"{name}\""));
            if !self.refusals.contains(&refusal) {
                self.refusals.push(refusal);
            }
        }
    }

    /// What is told, and the fact that it is.
    fn fact(&self, value: &Expr, seen: &HashMap<String, Renamed>) -> Option<(String, String)> {
        match &value.kind {
            ExprKind::Within { text: _, expr } | ExprKind::OfType { value: expr, .. } => self.fact(expr, seen),
            ExprKind::Name(name) => match seen.get(name)? {
                Renamed::Name(fact) => Some((name.clone(), fact.clone())),
                Renamed::Parts => None,
            },
            ExprKind::Member { context, name: part } => {
                let mut context = context.as_ref();
                while let ExprKind::Within { text: _, expr } = &context.kind {
                    context = expr;
                }
                let ExprKind::Name(name) = &context.kind else { return self.fact(context, seen) };
                match seen.get(name)? {
                    Renamed::Name(fact) => Some((format!("{name}.{}", part.text), fact.clone())),
                    Renamed::Parts => Some((format!("{name}.{}", part.text), self.part_name(name, &part.text))),
                }
            }
            _ => None,
        }
    }

    fn note_tests(&mut self, told: &str, fact: &str, tests: &[TextId]) {
        for text in tests {
            let Some(source) = self.folder.texts.sources.get(text.0) else { continue };
            let written = source.text.trim().to_owned();
            let place = SourcePlace::of(&self.folder.texts, *text, Span::default());
            let note = place.refuse(format!(
                "that `{told}` is one of `{written}` isn't carried over: see that the fact `{fact}` says so in \
                 facts.toml, by min and max or by the values of a choice"
            ));
            self.note(note.to_string());
        }
    }

    fn note(&mut self, note: String) {
        if !self.rule.notes.contains(&note) {
            self.rule.notes.push(note);
        }
    }
}
