//! Cases that a study prints, whole: with the processing under which privacy law lets the rules see the facts, so that
//! a case that is saved beside the rule gives the answer that the study saw.

use ordinance_domain::decision::{Evaluation, Outcome};
use ordinance_domain::fact::Holder;
use ordinance_domain::facts::Facts;
use ordinance_domain::name::FieldName;
use ordinance_domain::value::Value;
use ordinance_engine::NoObserver;
use ordinance_engine::decide;
use ordinance_engine::untyped_value::UntypedValue;

use crate::case_binding::bind_case;
use crate::case_file::parse_toml;
use crate::render::{decided, is_bound_to, quoted, record_toml};
use crate::study::Study;
use crate::test_case::{ProcessingInput, Test};

impl Study<'_> {
    /// A case file with one case that expects an outcome and no violation. It doesn't compare the grant. It fails as
    /// long as the rule breaks upper law in the case.
    #[must_use]
    pub fn case_toml(&self, name: &str, facts: &Facts, evaluation: &Evaluation, outcome: &str) -> String {
        self.printed(name, facts, evaluation, &format!("outcome = {}", quoted(outcome)))
    }

    /// A case file with one case that expects the decision with its grant.
    #[must_use]
    pub fn decided_case_toml(&self, name: &str, facts: &Facts, evaluation: &Evaluation) -> String {
        self.printed(name, facts, evaluation, &decided(evaluation))
    }

    /// The case under the first processing that gives it the answer of the evaluation: that of a case that names none,
    /// those of the cases beside the rule, the consent of everybody. If none does, that of a case that names none, with
    /// a remark.
    fn printed(&self, name: &str, facts: &Facts, evaluation: &Evaluation, expect: &str) -> String {
        let with = |processing: &ProcessingInput| case_with(name, facts, evaluation, processing, expect);
        let mut tried: Vec<&ProcessingInput> = Vec::new();
        let none = ProcessingInput::default();
        let consent = self.consent_of_all(facts);
        let known = self.cases.iter().map(|test| &test.processing);
        for processing in [&none].into_iter().chain(known).chain([&consent]) {
            if tried.contains(&processing) {
                continue;
            }
            tried.push(processing);
            let text = with(processing);
            if self.gives_answer(&text, evaluation) {
                return text;
            }
        }
        format!(
            "# Privacy law withholds facts of this case under each basis tried, so a server answers otherwise.\n{}",
            with(&none)
        )
    }

    /// Whether a case file, read and decided as one beside the rule, gives the answer of an evaluation.
    fn gives_answer(&self, case_file: &str, evaluation: &Evaluation) -> bool {
        let head = &self.rule.head;
        let Ok(tests) = parse_toml(case_file, head.jurisdiction.as_str(), &head.scope) else { return false };
        let Some(Test::Decision(test)) = tests.first() else { return false };
        let Ok(case) = bind_case(self.rulebook(), test, self.now) else { return false };
        let decided = decide(self.engine, &case, &mut NoObserver);
        decided.is_ok_and(|decision| is_same_answer(&decision.outcome, &evaluation.outcome))
    }

    /// The consent of the applicant and of each other person of a case to all of their facts.
    fn consent_of_all(&self, facts: &Facts) -> ProcessingInput {
        let law = self.days().first().and_then(|day| self.law_on(*day).ok().flatten());
        let Some(law) = law else { return ProcessingInput::default() };
        let text = |name: &FieldName| UntypedValue::Text(name.to_string());
        let mut names = Vec::new();
        let mut people = Vec::new();
        for (name, value) in &facts.0 {
            names.push(text(name));
            let Some(fact) = law.contract().fact(name.as_str()) else { continue };
            let parts = fact.with_parts().skip(1).map(|part| &part.name);
            let parts: Vec<UntypedValue> =
                parts.filter(|part| law.declarations(part).next().is_some()).map(text).collect();
            names.extend(parts.iter().cloned());
            match (&fact.holder, value) {
                (Holder::EachItem, Value::List(items)) => {
                    people.extend((0..items.len()).map(|index| person(&name.item(index), &parts)));
                }
                (Holder::Other(other), _) => {
                    let own = law.contract().facts.iter().filter(|fact| fact.holder == Holder::Other(other.clone()));
                    let own: Vec<UntypedValue> = own.map(|fact| text(&fact.name)).collect();
                    let claim = person(other, &own);
                    if !people.contains(&claim) {
                        people.push(claim);
                    }
                }
                (_, _) => {}
            }
        }
        ProcessingInput {
            basis: Some(consent(&names)),
            subject: Some(guardian_consents()),
            people: (!people.is_empty()).then_some(UntypedValue::List(people)),
            ..ProcessingInput::default()
        }
    }
}

fn person(path: &FieldName, facts: &[UntypedValue]) -> UntypedValue {
    UntypedValue::Object(vec![
        ("person".to_owned(), UntypedValue::Text(path.to_string())),
        ("subject".to_owned(), guardian_consents()),
        ("basis".to_owned(), consent(facts)),
    ])
}

/// A consent to facts, to each separately too, as a sensitive one needs it.
fn consent(facts: &[UntypedValue]) -> UntypedValue {
    let facts = UntypedValue::List(facts.to_vec());
    let scope = UntypedValue::Object(vec![("facts".to_owned(), facts.clone()), ("separate".to_owned(), facts)]);
    UntypedValue::Object(vec![("consent".to_owned(), scope)])
}

fn guardian_consents() -> UntypedValue {
    UntypedValue::Object(vec![("guardian_consents".to_owned(), UntypedValue::Bool(true))])
}

/// Whether two outcomes are the same answer, whatever the missing facts are called.
fn is_same_answer(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Undetermined(_), Outcome::Undetermined(_)) => true,
        (Outcome::EligibleAtLeast { least, .. }, Outcome::EligibleAtLeast { least: other, .. }) => least == other,
        (one, other) => one == other,
    }
}

/// A case file with one case. `expect` is the members of its expectation.
fn case_with(name: &str, facts: &Facts, evaluation: &Evaluation, processing: &ProcessingInput, expect: &str) -> String {
    let day = evaluation.query.known_at;
    let known_at = if is_bound_to(evaluation, day) { format!("known_at = {day}\n") } else { String::new() };
    format!(
        "[[cases]]\nname = {}\njurisdiction = {}\nas_of = {}\n{known_at}facts = {}\n{}expect = {{ {expect} }}\n",
        quoted(name),
        quoted(evaluation.place.as_str()),
        evaluation.query.as_of,
        record_toml(&facts.0),
        processing_toml(processing),
    )
}

/// The processing of a case, each member on a line of its own.
fn processing_toml(processing: &ProcessingInput) -> String {
    let ProcessingInput { recipient, basis, subject, people, processed_on } = processing;
    let members = [("recipient", recipient), ("basis", basis), ("subject", subject), ("people", people)];
    let known = members.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let mut text: String = known.map(|(name, value)| format!("{name} = {}\n", untyped_toml(value))).collect();
    if let Some(day) = processed_on {
        text.push_str(&format!("processed_on = {day}\n"));
    }
    text
}

/// A value as TOML; what isn't known is left out.
fn untyped_toml(value: &UntypedValue) -> String {
    match value {
        UntypedValue::Null => "\"\"".to_owned(),
        UntypedValue::Bool(boolean) => boolean.to_string(),
        UntypedValue::Number(text) => text.clone(),
        UntypedValue::Text(text) => quoted(text),
        UntypedValue::List(items) => format!("[{}]", items.iter().map(untyped_toml).collect::<Vec<_>>().join(", ")),
        UntypedValue::Object(fields) => {
            let known = fields.iter().filter(|(_, value)| *value != UntypedValue::Null);
            let fields: Vec<String> = known.map(|(name, value)| format!("{name} = {}", untyped_toml(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}
