//! Conditions in words.

use super::brackets::{is_condition, is_joined};
use super::catalogue::Language;
use super::names::Writer;
use super::phrase::Phrase;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, Test, TestKind};
use crate::syntax::{print_expression, print_type_name};

/// The longest words for a value that are repeated wherever a condition on it says `?`.
const SUBJECT_BYTES_MAX: usize = 400;

/// The most words of a title that stands without quotes before `applies`.
const TITLE_WORDS_MAX: usize = 3;

impl Writer<'_> {
    /// A condition in words that may stand in a sentence.
    pub(super) fn condition(&mut self, expression: &Expr) -> String {
        match &expression.kind {
            ExprKind::Name(_) | ExprKind::Member { .. } => {
                let words = self.thing(expression);
                self.say(Phrase::Applies, &[&words])
            }
            ExprKind::Binary { operator: operator @ BinaryOperator::And, left, right } => {
                self.both(Phrase::And, *operator, left, right)
            }
            ExprKind::Binary { operator: operator @ BinaryOperator::Or, left, right } => {
                self.both(Phrase::Or, *operator, left, right)
            }
            ExprKind::Binary { operator, left, right } if operator.comparison().is_some() => {
                self.comparison(*operator, left, right)
            }
            ExprKind::Between { value, low, high } => {
                let path = self.path_of(value);
                let (low, high) = (self.value_of(low, path.as_deref()), self.value_of(high, path.as_deref()));
                let value = self.part(value);
                self.say(Phrase::FromTo, &[&value, &low, &high])
            }
            ExprKind::In { value, tests } => self.tests_on(value, tests),
            ExprKind::InstanceOf { value, of } => {
                let value = self.part(value);
                self.say(Phrase::OfType, &[&value, &print_type_name(of)])
            }
            ExprKind::Quantified { every, iterations, condition } => {
                let phrase = if *every { Phrase::Every } else { Phrase::Some };
                self.over(iterations, |writer, all| {
                    let condition = writer.condition(condition);
                    writer.say(phrase, &[all, &condition])
                })
            }
            ExprKind::If { condition, then, otherwise } => {
                let condition = self.closed_condition(condition);
                let then = self.closed_condition(then);
                let otherwise = self.last_way(otherwise, |writer, way| writer.closed_condition(way));
                self.say(Phrase::IfInline, &[&condition, &then, &otherwise])
            }
            ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Temporal(_)
            | ExprKind::Negate(_)
            | ExprKind::Binary { .. }
            | ExprKind::For { .. }
            | ExprKind::Function { .. }
            | ExprKind::Call { .. }
            | ExprKind::CallByName { .. }
            | ExprKind::List(_)
            | ExprKind::Context(_)
            | ExprKind::Range(_)
            | ExprKind::Filter { .. }
            | ExprKind::UnaryRange { .. }
            | ExprKind::Within { .. }
            | ExprKind::Table(_)
            | ExprKind::OfType { .. }
            | ExprKind::Let { .. }
            | ExprKind::Seeing { .. } => self.value(expression),
        }
    }

    /// Two conditions joined; what is joined otherwise within them has brackets.
    fn both(&mut self, phrase: Phrase, operator: BinaryOperator, left: &Expr, right: &Expr) -> String {
        let mut side = |side: &Expr| {
            let words = self.condition(side);
            let same = matches!(&side.kind, ExprKind::Binary { operator: inner, .. } if *inner == operator);
            self.bracketed(is_joined(side) && !same, words)
        };
        let (left, right) = (side(left), side(right));
        self.say(phrase, &[&left, &right])
    }

    fn comparison(&mut self, operator: BinaryOperator, left: &Expr, right: &Expr) -> String {
        let equal = operator == BinaryOperator::Equal;
        let is_equality = equal || operator == BinaryOperator::NotEqual;
        match (&left.kind, &right.kind) {
            (_, ExprKind::Null) if is_equality => {
                let words = self.title_or_value(left);
                self.say(if equal { Phrase::HasNoValue } else { Phrase::HasValue }, &[&words])
            }
            (_, ExprKind::Boolean(value)) if is_equality && is_thing(left) => {
                let words = self.thing(left);
                self.say(if *value == equal { Phrase::Applies } else { Phrase::AppliesNot }, &[&words])
            }
            (ExprKind::Boolean(value), _) if is_equality && is_condition_or_thing(right) => {
                if *value == equal {
                    self.condition(right)
                } else {
                    self.negation(right)
                }
            }
            (_, ExprKind::Boolean(value)) if is_equality && is_condition(left) => {
                if *value == equal {
                    self.condition(left)
                } else {
                    self.negation(left)
                }
            }
            _ if is_equality && (is_condition(left) || is_condition(right)) => {
                let (left, right) = (self.condition(left), self.condition(right));
                self.say(if equal { Phrase::BothOrNeither } else { Phrase::ExactlyOne }, &[&left, &right])
            }
            _ => {
                let (left_path, right_path) = (self.path_of(left), self.path_of(right));
                let days = self.is_day(left) || self.is_day(right);
                let left = self.value_of(left, right_path.as_deref());
                let right = self.value_of(right, left_path.as_deref());
                self.say(phrase_of(operator, days), &[&left, &right])
            }
        }
    }

    /// What may apply. A title that is long enough to be a sentence stands in quotes, so that its verb isn't taken for
    /// that of the condition; Chinese quotes every title there.
    fn thing(&mut self, expression: &Expr) -> String {
        let words = self.value(expression);
        let is_long = words.split(' ').nth(TITLE_WORDS_MAX).is_some();
        if is_long && self.language == Language::English { self.say(Phrase::Quoted, &[&words]) } else { words }
    }

    /// That a condition doesn't hold.
    pub(super) fn negation(&mut self, condition: &Expr) -> String {
        if is_thing(condition) {
            let words = self.thing(condition);
            return self.say(Phrase::AppliesNot, &[&words]);
        }
        let words = self.closed_condition(condition);
        self.say(Phrase::NotInline, &[&words])
    }

    /// What a value has to be by some tests, of which one has to hold.
    fn tests_on(&mut self, value: &Expr, tests: &[Test]) -> String {
        let (path, days) = (self.path_of(value), self.is_day(value));
        let subject = self.part(value);
        if let Some(values) = self.plain_values(tests, path.as_deref()) {
            return match values.as_slice() {
                [only] if !matches!(tests, [Test { kind: TestKind::Expr(test), .. }] if is_list(test)) => {
                    self.say(Phrase::Is, &[&subject, only])
                }
                _ => {
                    let values = self.joined(&values, Phrase::LastOr);
                    self.say(Phrase::OneOf, &[&subject, &values])
                }
            };
        }
        if let [Test { kind: TestKind::Not(tests), .. }] = tests
            && let Some(values) = self.plain_values(tests, path.as_deref())
        {
            let values = self.joined(&values, Phrase::LastOr);
            return self.say(Phrase::NoneOf, &[&subject, &values]);
        }
        let several = |test: &Test| {
            tests.len() > 1
                && matches!(&test.kind, TestKind::Expr(it) if is_joined(it) || matches!(it.kind, ExprKind::Range(_)))
        };
        let words = tests.iter().map(|test| {
            let words = self.test_on(&subject, path.as_deref(), days, test);
            self.bracketed(several(test), words)
        });
        let words: Vec<String> = words.collect();
        words.into_iter().reduce(|all, word| self.say(Phrase::Or, &[&all, &word])).unwrap_or_default()
    }

    /// The words for tests that are values, or one list of values.
    fn plain_values(&mut self, tests: &[Test], path: Option<&str>) -> Option<Vec<String>> {
        let mut values = Vec::new();
        for test in tests {
            match &test.kind {
                TestKind::Expr(Expr { kind: ExprKind::List(items), .. }) if tests.len() == 1 && !items.is_empty() => {
                    values.extend(items.iter().map(|item| self.value_of(item, path)));
                }
                TestKind::Expr(value) if is_plain(value) => values.push(self.value_of(value, path)),
                TestKind::Expr(_) | TestKind::Any | TestKind::Not(_) | TestKind::Compare { .. } => return None,
            }
        }
        Some(values)
    }

    fn test_on(&mut self, subject: &str, path: Option<&str>, days: bool, test: &Test) -> String {
        match &test.kind {
            TestKind::Compare { operator, end } => {
                let days = days || self.is_day(end);
                let end = self.value_of(end, path);
                self.say(phrase_of(*operator, days), &[subject, &end])
            }
            TestKind::Expr(value) if mentions_value(value) => {
                let long = subject.len() > SUBJECT_BYTES_MAX;
                let subject = if long { self.say(Phrase::ThisValue, &[]) } else { subject.to_owned() };
                self.with_bound("?", subject, path.map(str::to_owned), |writer| writer.condition(value))
            }
            TestKind::Expr(_) | TestKind::Any | TestKind::Not(_) => {
                let words = self.cell(std::slice::from_ref(test), path, days);
                self.say(Phrase::Is, &[subject, &words])
            }
        }
    }

    /// The tests of a cell in words, without the value that is tested. One of them has to hold.
    pub(super) fn cell(&mut self, tests: &[Test], path: Option<&str>, days: bool) -> String {
        let words: Vec<String> = tests
            .iter()
            .map(|test| match &test.kind {
                TestKind::Any => self.say(Phrase::EveryValue, &[]),
                TestKind::Not(tests) => {
                    let words = self.cell(tests, path, days);
                    let words = self.bracketed(tests.len() > 1, words);
                    self.say(Phrase::PlainNot, &[&words])
                }
                TestKind::Compare { operator, end } => {
                    let days = days || self.is_day(end);
                    let end = self.value_of(end, path);
                    match plain_phrase_of(*operator, days) {
                        Some(phrase) => self.say(phrase, &[&end]),
                        None => end,
                    }
                }
                TestKind::Expr(value) if mentions_value(value) => {
                    let words = self.condition(value);
                    self.bracketed(tests.len() > 1 && is_joined(value), words)
                }
                TestKind::Expr(value) => {
                    let words = self.value_of(value, path);
                    self.bracketed(tests.len() > 1 && matches!(value.kind, ExprKind::Range(_)), words)
                }
            })
            .collect();
        self.joined(&words, Phrase::LastOr)
    }

    /// A range without one of its ends.
    pub(super) fn open_range(&mut self, operator: BinaryOperator, end: &Expr) -> String {
        let days = self.is_day(end);
        let end = self.value(end);
        match plain_phrase_of(operator, days) {
            Some(phrase) => self.say(phrase, &[&end]),
            None => end,
        }
    }
}

/// Whether an expression names something that may apply.
fn is_thing(expression: &Expr) -> bool {
    matches!(expression.kind, ExprKind::Name(_) | ExprKind::Member { .. })
}

fn is_condition_or_thing(expression: &Expr) -> bool {
    is_thing(expression) || is_condition(expression)
}

fn is_list(expression: &Expr) -> bool {
    matches!(expression.kind, ExprKind::List(_) | ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Filter { .. })
}

fn is_plain(expression: &Expr) -> bool {
    matches!(
        expression.kind,
        ExprKind::Null
            | ExprKind::Boolean(_)
            | ExprKind::Number(_)
            | ExprKind::Text(_)
            | ExprKind::Temporal(_)
            | ExprKind::Negate(_)
            | ExprKind::Member { .. }
            | ExprKind::Filter { .. }
    ) || matches!(&expression.kind, ExprKind::Name(name) if name != "?")
}

/// Whether a test is a condition on the value instead of a value.
fn mentions_value(expression: &Expr) -> bool {
    let printed = print_expression(expression).replace("\\\\", "").replace("\\\"", "");
    printed.split('"').step_by(2).any(|code| code.contains('?'))
}

fn phrase_of(operator: BinaryOperator, days: bool) -> Phrase {
    match (operator, days) {
        (BinaryOperator::NotEqual, _) => Phrase::IsNot,
        (BinaryOperator::Less, false) => Phrase::Less,
        (BinaryOperator::LessOrEqual, false) => Phrase::AtMost,
        (BinaryOperator::Greater, false) => Phrase::More,
        (BinaryOperator::GreaterOrEqual, false) => Phrase::AtLeast,
        (BinaryOperator::Less, true) => Phrase::Before,
        (BinaryOperator::LessOrEqual, true) => Phrase::OnOrBefore,
        (BinaryOperator::Greater, true) => Phrase::After,
        (BinaryOperator::GreaterOrEqual, true) => Phrase::OnOrAfter,
        (
            BinaryOperator::Equal
            | BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Power
            | BinaryOperator::And
            | BinaryOperator::Or,
            _,
        ) => Phrase::Is,
    }
}

/// The phrases of comparisons, each with that without the value that is compared.
const PLAIN: &[(Phrase, Phrase)] = &[
    (Phrase::IsNot, Phrase::PlainNot),
    (Phrase::Less, Phrase::PlainLess),
    (Phrase::AtMost, Phrase::PlainAtMost),
    (Phrase::More, Phrase::PlainMore),
    (Phrase::AtLeast, Phrase::PlainAtLeast),
    (Phrase::Before, Phrase::PlainBefore),
    (Phrase::OnOrBefore, Phrase::PlainOnOrBefore),
    (Phrase::After, Phrase::PlainAfter),
    (Phrase::OnOrAfter, Phrase::PlainOnOrAfter),
];

/// The phrase for a comparison without the value that is compared; none for `=`.
fn plain_phrase_of(operator: BinaryOperator, days: bool) -> Option<Phrase> {
    let phrase = phrase_of(operator, days);
    PLAIN.iter().find(|(full, _)| *full == phrase).map(|(_, plain)| *plain)
}
