//! Facts that follow from others: an age on the day of a case, from a date of birth. A fact that is sent as well must
//! agree.

use ordinance_domain::calendar::Date;
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::value::{Record, Value, field};

use crate::input_error::{ERRORS_MAX, InputError};
use crate::json_path::{JsonPath, Step};

/// Adds the facts of a catalogue, and the parts of facts, that follow from others on a day; `pointer` is that of the
/// facts.
///
/// # Errors
/// Facts that were sent and aren't what follows from another, at most [`ERRORS_MAX`].
pub fn derive_facts<'a>(
    catalogue: impl Iterator<Item = &'a Fact>,
    facts: &mut Facts,
    as_of: Date,
    pointer: &str,
) -> Result<(), Vec<InputError>> {
    let mut errors = Vec::new();
    let known: Vec<&Fact> = catalogue.collect();
    let whole = JsonPath::root(pointer);
    derive(&known, &mut facts.0, as_of, &whole, &mut errors);
    errors.truncate(ERRORS_MAX);
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn derive(known: &[&Fact], record: &mut Record, as_of: Date, path: &JsonPath<'_>, errors: &mut Vec<InputError>) {
    for fact in known {
        let name = fact.name.steps().last().map_or("", |(name, _)| name);
        let inner = path.below(Step::Name(name));
        if let Some((source, value)) = derived_value(fact, record, as_of) {
            let sent = record.iter().find(|(sent, _)| sent.is(name)).map(|(_, value)| value);
            match (sent, value) {
                (Some(sent), Some(value)) if *sent == value => {}
                (None, Some(value)) => record.extend(fact.short_name().map(|name| (name, value))),
                (Some(_), _) => errors.push(InputError::expecting(
                    &inner.pointer(),
                    format!("this doesn't agree with `{source}`, from which it follows on {as_of}"),
                    "the number that follows, or one of the two alone",
                )),
                (None, None) => errors.push(InputError::expecting(
                    &path.below(Step::Name(&source)).pointer(),
                    format!("`{}` doesn't follow from this day on {as_of}", fact.name),
                    format!("a day from which {} follows", fact.fact_type),
                )),
            }
        }
        let parts: Vec<&Fact> = fact.fact_type.fields().iter().map(|field| &field.part).collect();
        match record.iter_mut().find(|(sent, _)| sent.is(name)).map(|(_, value)| value) {
            Some(Value::Record(fields)) => derive(&parts, fields, as_of, &inner, errors),
            Some(Value::List(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    derive(&parts, item, as_of, &inner.below(Step::Index(index)), errors);
                }
            }
            _ => {}
        }
    }
}

/// The source of a derived fact, if it is known, and what follows from it; `None` for a number that the fact's type
/// doesn't have.
fn derived_value(fact: &Fact, record: &Record, as_of: Date) -> Option<(String, Option<Value>)> {
    let derivation = fact.derivation.as_ref()?;
    let Some(Value::Date(from)) = field(record, &derivation.from) else { return None };
    Some((derivation.from.to_string(), fact.derived_number(*from, as_of)))
}
