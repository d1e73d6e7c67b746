//! Computes what repeats: `for`, `some` and `every`, filters and sorting.

use std::rc::Rc;

use ordinance_feel_runtime::operators::Truth;
use ordinance_feel_runtime::{Value, steps};

use super::evaluator::Evaluator;
use crate::tree::{Domain, Expr, LocalId};

/// The result of each combination of a `for` so far.
struct Results<'a> {
    partial: Option<LocalId>,
    result: &'a Expr,
    values: Vec<Value>,
}

impl Evaluator {
    pub(super) fn repeat(
        &mut self,
        iterations: &[(LocalId, Domain)],
        partial: Option<LocalId>,
        result: &Expr,
    ) -> Value {
        let mut results = Results { partial, result, values: Vec::new() };
        match self.combine(iterations, true, &mut results) {
            Some(early) => early,
            None => Value::list(results.values),
        }
    }

    /// Adds the results of all combinations of what is left to go through. A value in place of the list if a domain
    /// isn't a list: the failure, null, or unknown.
    fn combine(&mut self, iterations: &[(LocalId, Domain)], certain: bool, results: &mut Results<'_>) -> Option<Value> {
        let Some(((local, domain), rest)) = iterations.split_first() else {
            if let Some(partial) = results.partial {
                if !certain {
                    return Some(Value::Unknown);
                }
                self.bind(partial, Value::list(results.values.clone()));
            }
            let value = self.value(results.result);
            results.values.push(if certain { value } else { Value::Perhaps(Rc::new(value)) });
            return None;
        };
        let domain = self.domain(domain);
        if let Some(early) = without_items(&domain) {
            return Some(early);
        }
        for item in domain.items() {
            let (item, is_there) = certainty(item);
            self.bind(*local, item.clone());
            if let Some(early) = self.combine(rest, certain && is_there, results) {
                return Some(early);
            }
        }
        None
    }

    pub(super) fn quantify(&mut self, every: bool, local: LocalId, domain: &Domain, condition: &Expr) -> Value {
        let domain = self.domain(domain);
        if let Some(early) = without_items(&domain) {
            return early;
        }
        let mut found = if every { Truth::True } else { Truth::False };
        let decided = found.negation();
        for item in domain.items() {
            let (item, is_there) = certainty(item);
            self.bind(local, item.clone());
            let truth = self.truth(condition);
            found = match (every, is_there) {
                (true, true) => found.and(truth),
                (true, false) => found.and(truth.or(Truth::Unknown)),
                (false, true) => found.or(truth),
                (false, false) => found.or(truth.and(Truth::Unknown)),
            };
            if found == decided {
                break;
            }
        }
        found.value()
    }

    pub(super) fn filter(&mut self, list: &Expr, local: LocalId, condition: &Expr) -> Value {
        let list = self.value(list);
        if let Some(early) = without_items(&list) {
            return early;
        }
        let mut kept = Vec::new();
        for item in list.items() {
            let (value, is_there) = certainty(item);
            self.bind(local, value.clone());
            match (self.truth(condition), is_there) {
                (Truth::True, true) => kept.push(value.clone()),
                (Truth::True, false) | (Truth::Unknown, _) => kept.push(Value::Perhaps(Rc::new(value.clone()))),
                (Truth::False | Truth::Null, _) => (),
                (Truth::Failed(failure), _) => return Value::Failed(failure),
            }
        }
        Value::list(kept)
    }

    /// Puts one item after the other in its place, going down from the end of those that are sorted.
    pub(super) fn sort(&mut self, list: &Expr, first: LocalId, second: LocalId, before: &Expr) -> Value {
        let list = self.value(list);
        if let Some(early) = without_items(&list) {
            return early;
        }
        let mut sorted: Vec<Value> = Vec::new();
        for item in list.items() {
            if matches!(item, Value::Perhaps(_)) {
                return Value::Unknown;
            }
            let mut at = sorted.len();
            while let Some(other) = at.checked_sub(1).and_then(|at| sorted.get(at)) {
                let other = other.clone();
                self.bind(first, item.clone());
                self.bind(second, other);
                match self.truth(before) {
                    Truth::True => at -= 1,
                    Truth::False | Truth::Null => break,
                    Truth::Unknown => return Value::Unknown,
                    Truth::Failed(failure) => return Value::Failed(failure),
                }
            }
            sorted.insert(at, item.clone());
        }
        Value::list(sorted)
    }

    /// What a variable goes through, as a list.
    fn domain(&mut self, domain: &Domain) -> Value {
        match domain {
            Domain::List(list) => self.value(list),
            Domain::Steps { from, to } => {
                let (from, to) = (self.value(from), self.value(to));
                steps(&from, &to)
            }
        }
    }
}

/// What stands in place of the items of a list that has none to go through.
fn without_items(list: &Value) -> Option<Value> {
    matches!(list, Value::Failed(_) | Value::Null | Value::Unknown).then(|| list.clone())
}

/// An item, and whether the list certainly has it.
fn certainty(item: &Value) -> (&Value, bool) {
    match item {
        Value::Perhaps(item) => (item, false),
        item => (item, true),
    }
}
