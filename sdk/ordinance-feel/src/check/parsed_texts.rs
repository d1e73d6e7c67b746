//! The texts of a rule as trees of their grammar, each read once.

use std::rc::Rc;

use crate::rule_text::RuleText;
use crate::source_text::{ExpressionError, Place, SourceTexts, TextId};
use crate::syntax::ast::{Expr, Test};
use crate::syntax::{Scope, SyntaxError, parse_expression, parse_tests};

/// What a text is.
#[derive(Debug, Clone)]
enum Parsed {
    Expression(Rc<Expr>),
    Tests(Rc<[Test]>),
    /// It has a fault, or nothing uses it.
    Nothing,
}

/// All texts by their number.
#[derive(Debug, Default)]
pub(crate) struct ParsedTexts(Vec<Parsed>);

/// Reads the texts one by one and keeps the faults.
struct Reader<'t> {
    texts: &'t SourceTexts,
    scope: &'t Scope,
    parsed: Vec<Parsed>,
    faults: Vec<ExpressionError>,
}

impl Reader<'_> {
    fn read(&mut self, text: TextId, read: impl FnOnce(&str, &Scope) -> Result<Parsed, Vec<SyntaxError>>) {
        let Some(source) = self.texts.0.get(text.0) else { return };
        let parsed = read(&source.text, self.scope).unwrap_or_else(|errors| {
            let fault = |error: SyntaxError| ExpressionError {
                place: Place { text, span: error.span },
                message: error.message,
                help: error.help,
            };
            self.faults.extend(errors.into_iter().map(fault));
            Parsed::Nothing
        });
        if let Some(known) = self.parsed.get_mut(text.0) {
            *known = parsed;
        }
    }

    fn expression(&mut self, text: TextId) {
        self.read(text, |text, scope| Ok(Parsed::Expression(Rc::new(parse_expression(text, scope)?))));
    }

    fn tests(&mut self, text: TextId) {
        self.read(text, |text, scope| Ok(Parsed::Tests(Rc::from(parse_tests(text, scope)?))));
    }
}

impl ParsedTexts {
    /// Reads all texts of a rule. With them the faults of their grammar.
    pub(crate) fn read(rule: &RuleText, scope: &Scope) -> (Self, Vec<ExpressionError>) {
        let parsed = vec![Parsed::Nothing; rule.texts.0.len()];
        let mut reader = Reader { texts: &rule.texts, scope, parsed, faults: Vec::new() };
        let named = rule.defines.iter().chain(&rule.grant).map(|(_, text)| *text);
        let conditions = rule.criteria.iter().map(|criterion| criterion.when).chain(rule.eligible);
        named.chain(conditions).for_each(|text| reader.expression(text));
        for table in &rule.tables {
            table.inputs.iter().for_each(|text| reader.expression(*text));
            table.priorities.iter().flatten().for_each(|text| reader.tests(*text));
            table.default.iter().flatten().for_each(|text| reader.expression(*text));
            for row in &table.rows {
                row.tests.iter().for_each(|text| reader.tests(*text));
                row.outputs.iter().for_each(|text| reader.expression(*text));
            }
        }
        (Self(reader.parsed), reader.faults)
    }

    /// The expression of a text; `None` if it has a fault.
    pub(crate) fn expression(&self, text: TextId) -> Option<Rc<Expr>> {
        match self.0.get(text.0)? {
            Parsed::Expression(expr) => Some(Rc::clone(expr)),
            Parsed::Tests(_) | Parsed::Nothing => None,
        }
    }

    /// The tests of a cell; `None` if it has a fault.
    pub(crate) fn tests(&self, text: TextId) -> Option<Rc<[Test]>> {
        match self.0.get(text.0)? {
            Parsed::Tests(tests) => Some(Rc::clone(tests)),
            Parsed::Expression(_) | Parsed::Nothing => None,
        }
    }
}
