//! Where two answers differ, and in words of what part of the answer that is.

use std::collections::BTreeSet;

use serde_json::Value;

/// The members of an answer that need other words than their names.
const MEMBER_WORDS: [(&str, &str); 10] = [
    ("at_least", "certain part of the grant"),
    ("decided_by", "levels that decided"),
    ("findings", "criterion"),
    ("intermediates", "value on the way"),
    ("layers", "level"),
    ("missing", "missing fact"),
    ("notices", "notice on the law"),
    ("parameters", "number of the law"),
    ("privacy", "use of the facts"),
    ("violations", "breach of upper law"),
];
/// The members by which an item of a list is told from others, the ones for people first.
const TITLE_MEMBERS: [&str; 2] = ["name", "title"];
const ID_MEMBERS: [&str; 5] = ["jurisdiction", "criterion", "fact", "subject", "rule"];

/// A value that two answers don't share. A member that isn't there counts as `null`.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerDifference {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// The same in words: `level Yantai (CN-3706), criterion At least 75 years old (old-enough), satisfied`.
    pub words: String,
    /// The value of the one answer.
    pub one: Value,
    /// The value of the other.
    pub other: Value,
}

/// Every value that two answers don't share.
#[must_use]
pub fn differences(one: &Value, other: &Value) -> Vec<AnswerDifference> {
    let mut found = Vec::new();
    compare(&AnswerPlace::default(), one, other, &mut found);
    found
}

/// A place in an answer.
#[derive(Debug, Clone, Default)]
struct AnswerPlace {
    pointer: String,
    words: Vec<String>,
}

impl AnswerPlace {
    fn member(&self, name: &str) -> Self {
        let known = MEMBER_WORDS.iter().find(|(member, _)| *member == name);
        let word = known.map_or_else(|| name.replace('_', " "), |(_, word)| (*word).to_owned());
        let words = self.words.iter().cloned().chain([word]).collect();
        Self { pointer: format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1")), words }
    }

    fn item(&self, number: usize, item: &Value) -> Self {
        let text = |members: &[&str]| {
            members.iter().find_map(|member| item.get(*member).and_then(Value::as_str)).map(str::to_owned)
        };
        let name = match (text(&TITLE_MEMBERS), text(&ID_MEMBERS)) {
            (Some(title), Some(id)) if title != id => format!("{title} ({id})"),
            (Some(name), _) | (None, Some(name)) => name,
            (None, None) => (number + 1).to_string(),
        };
        let mut words = self.words.clone();
        match words.last_mut() {
            Some(list) => *list = format!("{list} {name}"),
            None => words.push(name),
        }
        Self { pointer: format!("{}/{number}", self.pointer), words }
    }
}

fn compare(place: &AnswerPlace, one: &Value, other: &Value, found: &mut Vec<AnswerDifference>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let value = |members: &serde_json::Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                compare(&place.member(name), &value(one), &value(other), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&place.item(number, one), one, other, found);
            }
        }
        (one, other) if one == other => {}
        (one, other) => found.push(AnswerDifference {
            pointer: place.pointer.clone(),
            words: if place.words.is_empty() { "the whole answer".to_owned() } else { place.words.join(", ") },
            one: one.clone(),
            other: other.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_named_by_titles_and_by_its_pointer() {
        let one = json!({"grant": {"amount": "1"}, "layers": [{"jurisdiction": "CN", "name": "China",
            "findings": [{"criterion": "old", "title": "At least 80", "satisfied": true}]}], "missing": ["age"]});
        let mut other = one.clone();
        other["layers"][0]["findings"][0]["satisfied"] = json!(false);
        other["missing"] = json!([]);
        other["grant"] = json!({});
        let found = differences(&one, &other);
        let shown: Vec<(&str, &str)> =
            found.iter().map(|found| (found.pointer.as_str(), found.words.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("/grant/amount", "grant, amount"),
                ("/layers/0/findings/0/satisfied", "level China (CN), criterion At least 80 (old), satisfied"),
                ("/missing", "missing fact"),
            ]
        );
        assert_eq!(found[0].other, Value::Null);
        assert_eq!(differences(&one, &one), []);
    }
}
