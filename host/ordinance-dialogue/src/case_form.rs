//! What a person has answered so far. It stands in the form that the browser sends with each step, so that the host
//! keeps nothing in between; whoever sends it may have written anything.

use std::collections::BTreeSet;

use ordinance_domain::calendar::Date;
use ordinance_domain::name::FieldName;
use ordinance_engine::literals::read_date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most questions of a case, beyond which nobody has answered them by hand.
const ASKED_MAX: usize = 1_000;

/// A case as far as a person has answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseForm {
    /// The digest of the rulebook of the last step.
    rulebook: String,
    as_of: String,
    /// By the names of the facts, as in a request for a decision.
    pub facts: Map<String, Value>,
    /// The paths of what was asked, in that order; one without a value was left open.
    pub asked: Vec<String>,
}

impl CaseForm {
    /// A case of which nothing is known.
    pub fn new(rulebook: &str, as_of: Date) -> Self {
        Self { rulebook: rulebook.to_owned(), as_of: as_of.to_string(), facts: Map::new(), asked: Vec::new() }
    }

    /// Reads what [`Self::to_text`] wrote. `None` for another text.
    pub fn read(text: &str) -> Option<Self> {
        let read: Self = serde_json::from_str(text).ok()?;
        let is_path = |path: &String| FieldName::path(path).is_ok();
        let once: BTreeSet<&String> = read.asked.iter().collect();
        let is_list = read.asked.len() <= ASKED_MAX && once.len() == read.asked.len();
        let holds = is_list && read.asked.iter().all(is_path) && read.as_of().is_some();
        holds.then_some(read)
    }

    pub fn to_text(&self) -> String {
        // What was read as JSON, or made of texts, can be written as JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The day that the case is decided for.
    pub fn as_of(&self) -> Option<Date> {
        read_date(&self.as_of)
    }

    /// Takes the rulebook in use; tells whether it is another one than that of the last step.
    pub fn take_rulebook(&mut self, rulebook: &str) -> bool {
        let is_another = self.rulebook != rulebook;
        rulebook.clone_into(&mut self.rulebook);
        is_another
    }

    /// Takes the day that it is; tells whether it is another one than that of the last step.
    pub fn take_day(&mut self, today: Date) -> bool {
        let today = today.to_string();
        let is_another = self.as_of != today;
        self.as_of = today;
        is_another
    }

    /// The answer to a question, if there is one.
    pub fn answer(&self, path: &FieldName) -> Option<&Value> {
        let mut steps = path.steps();
        let (name, index) = steps.next()?;
        let first = item(self.facts.get(name)?, index)?;
        steps.try_fold(first, |value, (name, index)| item(value.get(name)?, index))
    }

    /// Whether a person was asked and left it open.
    pub fn is_left_open(&self, path: &FieldName) -> bool {
        self.asked.iter().any(|asked| path.is(asked)) && self.answer(path).is_none()
    }

    /// Takes an answer; `None` leaves the question open. A list that got shorter forgets what was asked of its last
    /// items.
    pub fn set(&mut self, path: &FieldName, value: Option<Value>) {
        if self.asked.len() < ASKED_MAX && !self.asked.iter().any(|asked| path.is(asked)) {
            self.asked.push(path.to_string());
        }
        let steps: Vec<(&str, Option<usize>)> = path.steps().collect();
        if let Some(((last, _), around)) = steps.split_last()
            && let Some(record) = self.record_at(around)
        {
            match value {
                Some(value) => record.insert((*last).to_owned(), value),
                None => record.remove(*last),
            };
        }
        self.forget_lost_questions();
    }

    /// The record to which these steps lead, if it is there.
    fn record_at(&mut self, steps: &[(&str, Option<usize>)]) -> Option<&mut Map<String, Value>> {
        let mut record = &mut self.facts;
        for (name, index) in steps {
            let value = record.get_mut(*name)?;
            let value = match index {
                Some(index) => value.get_mut(*index)?,
                None => value,
            };
            record = value.as_object_mut()?;
        }
        Some(record)
    }

    /// Forgets the fact of a name, with what was asked of it.
    pub fn forget(&mut self, name: &str) {
        self.facts.remove(name);
        self.asked.retain(|path| path.split(['.', '[']).next() != Some(name));
    }

    /// Forgets what was asked of items that a list no longer has.
    fn forget_lost_questions(&mut self) {
        let has_whole = |path: &String| match path.rsplit_once('.') {
            Some((whole, _)) => FieldName::path(whole).is_ok_and(|whole| self.answer(&whole).is_some()),
            None => true,
        };
        let kept: Vec<String> = self.asked.iter().filter(|path| has_whole(path)).cloned().collect();
        self.asked = kept;
    }
}

fn item(value: &Value, index: Option<usize>) -> Option<&Value> {
    match index {
        Some(index) => value.get(index),
        None => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> FieldName {
        FieldName::path(text).unwrap()
    }

    #[test]
    fn a_shorter_list_forgets_what_was_asked_of_its_last_items() {
        let mut form = CaseForm::new("sha256:1", Date::constant(2026, 3, 1));
        form.set(&path("members"), Some(json!([{}, {}])));
        form.set(&path("members[0].age"), Some(json!(4)));
        form.set(&path("members[1].age"), None);
        assert_eq!(form.answer(&path("members[0].age")), Some(&json!(4)));
        assert!(form.is_left_open(&path("members[1].age")));
        assert_eq!(CaseForm::read(&form.to_text()), Some(form.clone()));
        form.set(&path("members"), Some(json!([{"age": 4}])));
        assert_eq!(form.asked, ["members", "members[0].age"]);
        form.set(&path("members[7].age"), Some(json!(4)));
        assert_eq!(form.facts, *json!({"members": [{"age": 4}]}).as_object().unwrap());
    }

    #[test]
    fn a_forged_form_is_no_form() {
        let good = r#"{"rulebook":"a","as_of":"2026-03-01","facts":{},"asked":[]}"#;
        assert!(CaseForm::read(good).is_some());
        for (from, to) in [
            ("2026-03-01", "2026-02-30"),
            ("{}", "[]"),
            ("[]", "[\"../x\"]"),
            ("\"asked\"", "\"x\""),
            ("[]", "[\"a\",\"a\"]"),
            ("}", ""),
        ] {
            assert_eq!(CaseForm::read(&good.replacen(from, to, 1)), None, "{to}");
        }
        let many = good.replace("[]", &format!("[{}]", vec!["\"a\""; ASKED_MAX + 1].join(",")));
        assert_eq!(CaseForm::read(&many), None);
    }
}
