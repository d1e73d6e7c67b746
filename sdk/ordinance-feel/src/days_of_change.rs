//! The days on which the expressions of a rule may answer otherwise than the day before: those with which they compare
//! `as_of`. The rows of a dated table do so too.

use std::collections::{BTreeSet, HashSet};

use ordinance_domain::calendar::Date;
use ordinance_feel_runtime::Value;

use crate::tree::{Answer, Argument, Comparison, Expr, ExprKind, LocalId, Program};

/// The days with which the expressions of a rule compare `as_of` itself. Days that are computed, and comparisons with
/// what is computed of `as_of`, such as its year, aren't among them.
#[must_use]
pub fn days_of_change(program: &Program) -> BTreeSet<Date> {
    let mut as_of = AsOf { program, locals: HashSet::new() };
    let all = expressions(program);
    for definition in &program.definitions {
        as_of.name(definition.local, &definition.value);
    }
    for expr in &all {
        match &expr.kind {
            ExprKind::Let { local, value, .. } => as_of.name(*local, value),
            ExprKind::Table(table) => table.inputs.iter().for_each(|(local, input)| as_of.name(*local, input)),
            _ => {}
        }
    }
    let mut days = BTreeSet::new();
    for expr in all {
        let ExprKind::Compare { operator, left, right } = &expr.kind else { continue };
        let (operator, other) = match (as_of.is(left), as_of.is(right)) {
            (true, false) => (*operator, right),
            (false, true) => (turned(*operator), left),
            (_, _) => continue,
        };
        days.extend(constant_day(other).into_iter().flat_map(|day| days_of(operator, day)));
    }
    days
}

/// What is `as_of`.
struct AsOf<'p> {
    program: &'p Program,
    locals: HashSet<LocalId>,
}

impl AsOf<'_> {
    fn is(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Input(id) => self.program.inputs.get(id.0).is_some_and(|input| input.argument == Argument::AsOf),
            ExprKind::Local(local) => self.locals.contains(local),
            _ => false,
        }
    }

    /// Notes that a name stands for `as_of`, if it does.
    fn name(&mut self, local: LocalId, value: &Expr) {
        if self.is(value) {
            self.locals.insert(local);
        }
    }
}

/// All expressions of a program, those that others are made of after these.
fn expressions(program: &Program) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = program.definitions.iter().map(|definition| &definition.value).collect();
    match &program.answer {
        Answer::Determination(determination) => {
            all.push(&determination.eligible);
            all.extend(determination.grant.iter().filter_map(|granted| granted.value.as_ref()));
        }
        Answer::Value(value) => all.push(value),
    }
    // No recursion: a chain of operators is as deep as it is long.
    let mut next = 0;
    while let Some(expr) = all.get(next).copied() {
        all.extend(expr.children());
        next += 1;
    }
    all
}

fn constant_day(expr: &Expr) -> Option<Date> {
    let ExprKind::Constant(Value::Date(day)) = &expr.kind else { return None };
    let (year, month, day) = (day.year.try_into().ok()?, day.month.try_into().ok()?, day.day.try_into().ok()?);
    Date::new(year, month, day).ok()
}

/// The same comparison with its two sides exchanged.
fn turned(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => operator,
    }
}

/// The days on which a comparison of `as_of` with a day turns.
fn days_of(operator: Comparison, day: Date) -> Vec<Date> {
    let after = day.tomorrow().ok();
    match operator {
        Comparison::Less | Comparison::GreaterOrEqual => vec![day],
        Comparison::LessOrEqual | Comparison::Greater => after.into_iter().collect(),
        Comparison::Equal | Comparison::NotEqual => [Some(day), after].into_iter().flatten().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::tests::program;

    fn days(text: &str) -> String {
        let days: Vec<String> = days_of_change(&program(text)).iter().map(ToString::to_string).collect();
        days.join(" ")
    }

    #[test]
    fn the_days_with_which_as_of_is_compared_are_found_and_those_of_facts_are_not() {
        let rule = |condition: &str| format!("criterion one = {condition}\ngrant amount = 1");
        for (condition, expect) in [
            ("as_of >= date(\"2027-01-01\")", "2027-01-01"),
            ("as_of > date(\"2027-01-01\")", "2027-01-02"),
            ("date(\"2027-01-01\") > as_of", "2027-01-01"),
            ("as_of = date(\"2027-12-31\")", "2027-12-31 2028-01-01"),
            ("as_of in [date(\"2027-01-01\")..date(\"2027-12-31\")]", "2027-01-01 2028-01-01"),
            ("birth_date < date(\"1960-01-01\")", ""),
            ("age > 30", ""),
        ] {
            assert_eq!(days(&rule(condition)), expect, "{condition}");
        }
        let table = "table band first | as_of | rate\nrow < date(\"2027-01-01\") | 1\nrow - | 2\n";
        assert_eq!(days(&format!("{table}criterion one = age > 1\ngrant amount = band * 1")), "2027-01-01");
    }
}
