//! `ordinance decide`: decides one case without a server: a short answer for people, or the reply of a server.

mod inline_facts;
mod source_notes;
mod words;

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::Decision;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::case::{Case, read_facts};
use ordinance_engine::claims::{read_basis, read_people, read_subject};
use ordinance_engine::input_error::InputError;
use ordinance_engine::literals::read_date;
use ordinance_engine::processing::{Processing, ProcessingContext, processing_of};
use ordinance_engine::trace::CallTracer;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{Engine, NoObserver, Rulebook};
use ordinance_harness::{ShortAnswer, rules_not_in_force};
use ordinance_host::DecisionView;
use serde_json::value::RawValue;

use crate::arguments::DecideArguments;
use crate::decide::inline_facts::read_inline_facts;
use crate::decide::source_notes::SourceNotes;
use crate::decide::words::NamedCase;
use crate::exit::{CommandError, Exit};
use crate::failed_rules::{FailedRule, FailedRules, has_trapped};
use crate::invocation::now;
use crate::rulebook;
use crate::source::{Folder, Source, io_error, kind_of};
use crate::terminal;
use crate::untold_values::{UntoldValues, may_be_untold};

pub(crate) fn run(arguments: &DecideArguments) -> Result<Exit, CommandError> {
    // The arguments are checked before anything is built.
    let NamedCase { folder, jurisdiction, service, facts: inline } = NamedCase::read(arguments)?;
    let of_file = arguments.facts.as_deref().map(facts_of_file).transpose()?;
    let as_of = arguments.as_of.as_ref().map(|text| parse_date("--as-of", text)).transpose()?;
    let known_at = arguments.known_at.as_ref().map(|text| parse_date("--known-at", text)).transpose()?;
    let engine = rulebook::load(&folder, arguments.trust.trust())?.engine;
    let rulebook = engine.rulebook();
    let contract = rulebook.contract(&service).ok_or_else(|| unknown_service(rulebook, &service))?;
    require_place(rulebook, &jurisdiction)?;
    let facts = all_facts(contract, of_file, &inline)?;
    let today = rulebook.day_at(&jurisdiction, now());
    let as_of = as_of.unwrap_or(today);
    let facts = read_facts(contract, &facts, as_of, "").map_err(|errors| bad(joined(&errors, "fact ")))?;
    let query = CaseQuery { jurisdiction, service, as_of, known_at: known_at.unwrap_or(today) };
    let processing = processing(arguments, rulebook, (contract, today), &facts)?;
    let case = Case::new(query, facts, processing);
    let decision = ordinance_engine::decide(&engine, &case, &mut NoObserver).map_err(|error| bad(error.to_string()))?;
    let (failed, untold) = computed_again(arguments, &folder, &engine, (&case, &decision))?;
    print(arguments, &decision, rulebook, (&failed, &untold));
    Ok(Exit::Good)
}

/// The rules as expressions that failed in a case, and what others know and can't tell. Nothing of a rulebook without
/// sources.
fn computed_again(
    arguments: &DecideArguments,
    folder: &Path,
    engine: &Engine,
    (case, decision): (&Case, &Decision),
) -> Result<(Vec<FailedRule>, UntoldValues), CommandError> {
    let is_asked = has_trapped(decision) || may_be_untold(decision);
    if !is_asked || matches!(kind_of(folder)?, Folder::Built) {
        return Ok(Default::default());
    }
    let source = Source::read(folder, arguments.trust.trust())?;
    // Nobody asks how long the calls take.
    let mut tracer = CallTracer::new(|| Duration::ZERO);
    let decision = ordinance_engine::decide(engine, case, &mut tracer).map_err(|error| bad(error.to_string()))?;
    let calls = tracer.into_calls();
    let untold = UntoldValues::of(&source, &decision, &calls, case.query.as_of);
    Ok((FailedRules::new(&source).of(&decision, &calls), untold))
}

/// Prints the short answer, or the whole reply for programs: what is asked by JSON is answered by JSON.
fn print(
    arguments: &DecideArguments,
    decision: &Decision,
    rulebook: &Rulebook,
    (failed, untold): (&[FailedRule], &UntoldValues),
) {
    let languages = std::slice::from_ref(&arguments.language);
    let not_in_force = rules_not_in_force(rulebook, decision);
    let decision = RedactedDecision::of(decision);
    if arguments.json || (arguments.facts.is_some() && !arguments.short) {
        let view = DecisionView::new(&decision, rulebook, languages);
        terminal::print_line(&serde_json::to_string_pretty(&view).unwrap_or_default());
        // The reply is that of a server, which doesn't know the sources.
        failed.iter().for_each(|rule| terminal::print_note(&format!("note: {rule}")));
    } else {
        let lines = ShortAnswer::new(&decision, not_in_force, &SourceNotes { failed, untold }, languages).lines();
        lines.iter().for_each(|line| terminal::print_line(line));
    }
}

/// The facts of a file of JSON, by name.
fn facts_of_file(path: &Path) -> Result<UntypedValue, CommandError> {
    let text = read_text(path)?;
    let raw: &RawValue =
        serde_json::from_str(&text).map_err(|error| bad(format!("the facts are not valid JSON: {error}")))?;
    UntypedValue::from_json(raw, "").map_err(|error| bad(joined(&[error], "fact ")))
}

/// The facts of the file and of the command line.
fn all_facts(
    contract: &Contract,
    of_file: Option<UntypedValue>,
    inline: &[(&str, &str)],
) -> Result<UntypedValue, CommandError> {
    let read = read_inline_facts(contract, inline)
        .map_err(|faults| bad(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    match of_file {
        None => Ok(UntypedValue::Object(read)),
        Some(UntypedValue::Object(mut facts)) => {
            if let Some((name, _)) = read.iter().find(|(name, _)| facts.iter().any(|(known, _)| known == name)) {
                return Err(bad(format!("the fact `{name}` stands in --facts too")));
            }
            facts.extend(read);
            Ok(UntypedValue::Object(facts))
        }
        // The reader of facts says what else it is.
        Some(other) => Ok(other),
    }
}

fn unknown_service(rulebook: &Rulebook, service: &Id) -> CommandError {
    let known: Vec<&str> = rulebook.contracts().map(|contract| contract.service.as_str()).collect();
    let mend = rulebook
        .nearest_service(service.as_str())
        .map_or_else(|| format!("the services are {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    CommandError::bad_use(format!("unknown service `{service}`"), mend)
}

/// Checks that the rulebook has a place, on any day.
fn require_place(rulebook: &Rulebook, code: &JurisdictionCode) -> Result<(), CommandError> {
    if rulebook.knows(code) {
        return Ok(());
    }
    let mend = rulebook
        .nearest_place(code.as_str())
        .map_or_else(|| "name a place of rulebook.toml".to_owned(), |near| format!("did you mean `{near}`?"));
    Err(CommandError::bad_use(format!("unknown jurisdiction `{code}`"), mend))
}

/// The processing context. The flags override the service's contract.
fn processing(
    arguments: &DecideArguments,
    rulebook: &Rulebook,
    (contract, today): (&Contract, Date),
    facts: &Facts,
) -> Result<Processing, CommandError> {
    let kind = RecipientKind::parse(&arguments.recipient_kind)
        .ok_or_else(|| bad(format!("the value of --recipient-kind must be one of {}", RecipientKind::words())))?;
    let id = RecipientId::new(&arguments.recipient).map_err(|error| bad(format!("--recipient: {error}")))?;
    let recipient = Recipient { kind, id };
    let flag = |text: &Option<String>, name| text.as_ref().map(|text| json_or_name(text, name)).transpose();
    let input_error = |errors: Vec<InputError>| bad(joined(&errors, ""));
    let basis = flag(&arguments.basis, "--basis")?;
    let subject = flag(&arguments.subject, "--subject")?;
    let subject = subject.map(|value| read_subject(&value, "--subject")).transpose().map_err(input_error)?;
    let people = flag(&arguments.people, "--people")?;
    let people = people.map(|value| read_people(&value, "--people")).transpose().map_err(input_error)?;
    let has_fact = |name: &FieldName| rulebook.fact_at(name).is_some();
    let basis = basis.map(|value| read_basis(&value, "--basis", &contract.purpose, has_fact));
    let basis = basis.transpose().map_err(input_error)?;
    let context = ProcessingContext {
        recipient,
        basis: (basis, "--basis"),
        subject: subject.unwrap_or_default(),
        people: (people.as_deref().unwrap_or_default(), "--people"),
        on: today,
        also_on: None,
        known_at: today,
    };
    processing_of(contract, context, facts).map_err(input_error)
}

fn parse_date(flag: &str, text: &str) -> Result<Date, CommandError> {
    read_date(text).ok_or_else(|| bad(format!("{flag} is `{text}`, which is not a date; write it as YYYY-MM-DD")))
}

fn bad(message: String) -> CommandError {
    CommandError::bad_use(message, "see `ordinance decide --help` for an example")
}

/// Parses a JSON object or array; other text is a name.
fn json_or_name(text: &str, flag: &str) -> Result<UntypedValue, CommandError> {
    if !text.trim_start().starts_with(['{', '[']) {
        return Ok(UntypedValue::Text(text.to_owned()));
    }
    let raw: &RawValue =
        serde_json::from_str(text).map_err(|error| bad(format!("{flag} is not valid JSON: {error}")))?;
    UntypedValue::from_json(raw, "").map_err(|error| bad(format!("{flag}: {error}")))
}

/// The errors, one per line, each with the prefix.
fn joined(errors: &[InputError], prefix: &str) -> String {
    errors.iter().map(|error| format!("{prefix}{error}")).collect::<Vec<_>>().join("\n")
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn read_text(path: &Path) -> Result<String, CommandError> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().lock().read_to_string(&mut text).map_err(|source| io_error("read", path, source))?;
        Ok(text)
    } else {
        fs::read_to_string(path).map_err(|source| io_error("read", path, source))
    }
}
