//! Which criteria an expression uses, by itself or through what it names.

use std::collections::BTreeSet;

use crate::rule_text::{RuleText, TableText};
use crate::source_text::TextId;
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::walk::{each_child, each_in_tests};
use crate::syntax::{Scope, parse_expression, parse_tests};

/// The ids of the criteria that an expression of a rule uses: those that it names, and those that the criteria, values
/// and tables use that it names. A name that a criterion has counts as the criterion, also where a fact has it too. A
/// text that can't be read names nothing.
#[must_use]
pub fn criteria_used(rule: &RuleText, expression: TextId, scope: &Scope) -> BTreeSet<String> {
    let mut search = Search { rule, scope, seen: BTreeSet::new(), open: Vec::new() };
    search.read_expression(expression, None);
    while let Some(named) = search.open.pop() {
        search.follow(&named);
    }
    let is_used = |id: &&str| search.seen.contains(&Named::Criterion(name_of(id)));
    rule.criteria.iter().map(|criterion| criterion.id.as_str()).filter(is_used).map(str::to_owned).collect()
}

/// The name that a criterion has in expressions.
fn name_of(id: &str) -> String {
    id.replace('-', "_")
}

/// What an expression names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Criterion(String),
    /// A defined value or a table.
    Value(String),
}

struct Search<'r> {
    rule: &'r RuleText,
    scope: &'r Scope,
    seen: BTreeSet<Named>,
    open: Vec<Named>,
}

impl<'r> Search<'r> {
    fn follow(&mut self, named: &Named) {
        let rule = self.rule;
        match named {
            Named::Criterion(name) => {
                let found = rule.criteria.iter().find(|criterion| name_of(&criterion.id) == *name);
                // In the condition of a criterion, its bare name is that of a fact.
                found.iter().for_each(|criterion| self.read_expression(criterion.when, Some(name)));
            }
            Named::Value(name) => {
                let define = rule.defines.iter().find(|(known, _)| known == name);
                define.iter().for_each(|(_, text)| self.read_expression(*text, None));
                let table = rule.tables.iter().find(|table| table.name == *name);
                table.iter().for_each(|table| self.read_table(table));
            }
        }
    }

    fn read_table(&mut self, table: &'r TableText) {
        let outputs = table.rows.iter().flat_map(|row| &row.outputs).chain(table.default.iter().flatten());
        table.inputs.iter().chain(outputs).for_each(|text| self.read_expression(*text, None));
        for test in table.rows.iter().flat_map(|row| &row.tests) {
            let Ok(mut tests) = parse_tests(self.text(*test), self.scope) else { continue };
            each_in_tests(&mut tests, &mut |expression| self.read(expression, None));
        }
    }

    fn read_expression(&mut self, text: TextId, own: Option<&str>) {
        if let Ok(mut expression) = parse_expression(self.text(text), self.scope) {
            self.read(&mut expression, own);
        }
    }

    /// Notes what an expression names, but for the bare name of the criterion to which it belongs.
    fn read(&mut self, expression: &mut Expr, own: Option<&str>) {
        if let ExprKind::Member { context, name } = &expression.kind
            && let ExprKind::Name(kind) = &context.kind
        {
            match kind.as_str() {
                "criteria" => return self.note(Named::Criterion(name.text.clone())),
                "facts" | "parameters" => return,
                _ => {}
            }
        }
        if let ExprKind::Name(name) = &expression.kind {
            self.note(Named::Value(name.clone()));
            if own != Some(name.as_str()) {
                self.note(Named::Criterion(name.clone()));
            }
        }
        each_child(expression, &mut |child| self.read(child, own));
    }

    fn note(&mut self, named: Named) {
        if self.seen.insert(named.clone()) {
            self.open.push(named);
        }
    }

    fn text(&self, id: TextId) -> &'r str {
        self.rule.texts.0.get(id.0).map_or("", |text| text.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_text::{CriterionText, RowText};
    use crate::source_text::{Origin, SourceText, SourceTexts};
    use crate::tree::HitPolicy;

    fn used(eligible: &str) -> Vec<String> {
        let mut texts = SourceTexts::default();
        let mut text = |words: &str| {
            let origin = Origin::Text { offsets: vec![0; words.len() + 1], lines: vec![1; words.len() + 1] };
            texts.0.push(SourceText { file: "rule.toml".to_owned(), text: words.to_owned(), origin });
            TextId(texts.0.len() - 1)
        };
        let mut criterion = |id: &str, when: &str| CriterionText { id: id.to_owned(), when: text(when), each: None };
        let criteria = vec![
            criterion("old", "age >= 80"),
            criterion("low-income", "low_income"),
            criterion("registered", "old and here"),
            criterion("here", "facts.here"),
            criterion("severe", "grade = 1"),
        ];
        let defines = vec![("entitled".to_owned(), text("not(registered)"))];
        let row = RowText { tests: vec![text("? > 3 or criteria.severe")], outputs: vec![text("low_income")] };
        let table = TableText {
            name: "band".to_owned(),
            hit: HitPolicy::Unique,
            inputs: vec![text("age")],
            outputs: vec!["band".to_owned()],
            priorities: vec![None],
            rows: vec![row],
            default: None,
            place: TextId(0),
        };
        let root = text(eligible);
        let scope = Scope::new(["age", "low_income", "old", "registered", "here", "severe", "entitled", "band"]);
        let rule = RuleText { texts, criteria, defines, tables: vec![table], ..RuleText::default() };
        criteria_used(&rule, root, &scope).into_iter().collect()
    }

    #[test]
    fn an_expression_uses_the_criteria_that_it_names_and_those_behind_them() {
        assert_eq!(used("old"), ["old"]);
        assert_eq!(used("criteria.low_income"), ["low-income"]);
        assert_eq!(used("facts.here"), [""; 0]);
        assert_eq!(used("entitled"), ["here", "old", "registered"]);
        assert_eq!(used("age > 3 and"), [""; 0]);
    }

    #[test]
    fn a_table_uses_the_criteria_in_its_cells() {
        assert_eq!(used("band"), ["low-income", "severe"]);
    }
}
