//! Renders cases as TOML for a file beside a rule, and values as text.

use ordinance_domain::calendar::Date;
use ordinance_domain::decision::{Evaluation, Outcome};
use ordinance_domain::name::FieldName;
use ordinance_domain::privacy::{Activity, Disclosure, LegalBasis, Party};
use ordinance_domain::value::Value;
use ordinance_engine::untyped_value::UntypedValue;

/// The members of an expectation that is the decision with its grant.
pub(crate) fn decided(evaluation: &Evaluation) -> String {
    let grant = match &evaluation.outcome {
        Outcome::Eligible(grant) if !grant.0.is_empty() => format!(", grant = {}", record_toml(&grant.0)),
        Outcome::EligibleAtLeast { least, .. } => format!(", at_least = {}", record_toml(&least.0)),
        Outcome::Eligible(_) | Outcome::Ineligible | Outcome::Undetermined(_) => String::new(),
    };
    format!("outcome = {}{grant}", quoted(evaluation.outcome.as_str()))
}

/// Whether the law of an evaluation is another for who decides the case later or earlier: a rule is withdrawn, or was
/// published on that day.
pub(crate) fn is_bound_to(evaluation: &Evaluation, day: Date) -> bool {
    let mut publications = evaluation.layers.iter().filter_map(|layer| Some(layer.rule.as_ref()?.publication));
    publications.any(|publication| publication.withdrawn.is_some() || publication.published == Some(day))
}

/// A case file with one request that expects the same ruling on every fact.
pub(crate) fn disclosure_toml(
    name: &str,
    disclosure: &Disclosure,
    activity: Activity,
    facts: &[FieldName],
    expected: &str,
) -> String {
    let basis = match &disclosure.basis {
        LegalBasis::Consent(consent) => {
            format!(
                "{{ consent = {{ facts = {}, separate = {} }} }}",
                names_toml(&consent.facts),
                names_toml(&consent.separate)
            )
        }
        basis => quoted(basis.kind().as_str()),
    };
    let subject = disclosure.subject;
    let party = match subject.party {
        Party::Applicant => "",
        Party::Other => "party = \"other\"\n",
    };
    let members = [
        subject.age_band.map(|band| format!("age_band = {}", quoted(band.as_str()))),
        subject.lacks_capacity.map(|lacks| format!("lacks_capacity = {lacks}")),
        subject.guardian_consents.map(|consents| format!("guardian_consents = {consents}")),
    ];
    let members: Vec<String> = members.into_iter().flatten().collect();
    let rulings: Vec<String> = facts.iter().map(|fact| format!("{} = {}", key_of(fact), quoted(expected))).collect();
    format!(
        "[[cases]]\nname = {}\non = {}\nactivity = {}\nrecipient = {{ kind = {}, id = \"anybody\" }}\npurpose = {}\nbasis = {basis}\n\
         {party}subject = {{ {} }}\nfacts = {}\nexpect = {{ rulings = {{ {} }} }}\n",
        quoted(name),
        disclosure.on,
        quoted(activity.as_str()),
        quoted(disclosure.recipient.kind.as_str()),
        quoted(disclosure.purpose.as_str()),
        members.join(", "),
        names_toml(facts),
        rulings.join(", "),
    )
}

/// A name as a key of TOML; the path of a part would be a table without its quotes.
fn key_of(name: &FieldName) -> String {
    if name.is_part() { quoted(name.as_str()) } else { name.to_string() }
}

/// A record as a TOML inline table.
#[must_use]
pub fn record_toml(record: &[(FieldName, Value)]) -> String {
    if record.is_empty() {
        return "{}".to_owned();
    }
    let fields: Vec<String> = record.iter().map(|(name, value)| format!("{name} = {}", value_toml(value))).collect();
    format!("{{ {} }}", fields.join(", "))
}

pub(crate) fn value_toml(value: &Value) -> String {
    match value {
        Value::Bool(_) | Value::Integer(_) | Value::Date(_) => value.to_plain(),
        Value::Decimal(_) | Value::Text(_) | Value::Choice(_) => quoted(&value.to_plain()),
        Value::Record(record) => record_toml(record),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| record_toml(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Decimals(numbers) => {
            let numbers: Vec<String> = numbers.iter().map(|number| quoted(&number.to_string())).collect();
            format!("[{}]", numbers.join(", "))
        }
    }
}

/// A value of a case as its author wrote it, on one line.
#[must_use]
pub fn plain(value: &UntypedValue) -> String {
    match value {
        UntypedValue::Null => "not known".to_owned(),
        UntypedValue::Bool(boolean) => boolean.to_string(),
        UntypedValue::Number(text) | UntypedValue::Text(text) => text.clone(),
        UntypedValue::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        UntypedValue::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name} = {}", plain(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}

fn names_toml(names: &[FieldName]) -> String {
    format!("[{}]", names.iter().map(|name| quoted(name.as_str())).collect::<Vec<_>>().join(", "))
}

/// A text as a string of TOML, on one line whatever it holds, so that no part of it can pass for a line of a report.
pub(crate) fn quoted(text: &str) -> String {
    match text.contains(['\n', '\r']) {
        // What JSON writes is a string of TOML too, but for U+007F.
        true => serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F"),
        false => toml::Value::String(text.to_owned()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_case_file_reads_them() {
        let name = |text: &str| FieldName::new(text).unwrap();
        let record = vec![
            (name("age"), Value::Integer(80)),
            (name("income"), Value::Decimal("12.50".parse().unwrap())),
            (name("word"), Value::Text("a \"b\"".into())),
            (name("lines"), Value::Text("a \"b\"\r\nc\\\u{7f}".into())),
            (name("people"), Value::List(vec![vec![(name("born"), Value::Date("1946-01-02".parse().unwrap()))]])),
        ];
        let text = record_toml(&record);
        let read: toml::Value = text.parse::<toml::Table>().map_or_else(
            |_| format!("x = {text}").parse::<toml::Table>().unwrap().remove("x").unwrap(),
            toml::Value::Table,
        );
        assert_eq!(read["age"].as_integer(), Some(80));
        assert_eq!(read["income"].as_str(), Some("12.50"));
        assert_eq!(read["word"].as_str(), Some("a \"b\""));
        assert_eq!(read["people"][0]["born"].as_datetime().unwrap().to_string(), "1946-01-02");
    }
}
