//! `ordinance replay`: decides again what a receipt is of, by the rulebook that decided it, and compares the answers.

use std::sync::Arc;

use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_engine::{Engine, Rulebook};
use ordinance_host::Simulator;
use ordinance_receipt::{AnswerDifference, DecisionReceipt, RecordedDecision, differences};
use ordinance_trust::{open_source, restore_rulebook};
use serde_json::Value;

use crate::arguments::ReplayArguments;
use crate::count::counted;
use crate::exit::{CommandError, Exit};
use crate::receipt::{print_altered, read_receipt};
use crate::sandbox::long_deadline_sandbox;
use crate::source::{io_error, read_file};
use crate::terminal;

/// The members of an answer that are its own: they aren't compared. The rulebook is that of the receipt by its digest;
/// why it was decided anew isn't in the request.
const OWN_MEMBERS: [&str; 6] = ["id", "mode", "objection", "receipt", "replaces", "rulebook"];
/// The failures of a rule that depend on the machine.
const FAILURES_OF_THE_MACHINE: [&str; 1] = ["deadline-passed"];

pub(crate) fn run(arguments: &ReplayArguments) -> Result<Exit, CommandError> {
    let received = read_receipt(&arguments.file)?;
    if let Err(error) = received.check_reply() {
        print_altered(&error);
        return Ok(Exit::Findings);
    }
    let receipt = received.receipt;
    let record: RecordedDecision = serde_json::from_str(&receipt.leaf).map_err(|error| {
        CommandError::bad_use(format!("the leaf of the receipt is no record: {error}"), VERIFY_HELP)
    })?;
    let rulebook = load(arguments, &receipt, &record)?;
    let answer = parse(&receipt.answer, "answer")?;
    let titles = CaseTitles::of(&rulebook, &record, &receipt.languages);
    let simulator = Simulator::new(Engine::with_throwaway_key(rulebook));
    let again = simulator
        .reply(receipt.request.as_bytes(), record.time, &receipt.languages)
        .map_err(|error| CommandError::bad_use(format!("the request can't be decided again: {error}"), VERIFY_HELP))?;
    let again: Value = serde_json::from_slice(&again)
        .map_err(|error| CommandError::bad_use(format!("the answer can't be read again: {error}"), VERIFY_HELP))?;
    let differences = differences(&without_own_members(answer), &without_own_members(again));
    let limits = not_replayable(&receipt.leaf, &titles);
    limits.iter().for_each(|limit| terminal::print_note(&format!("not replayable: {limit}")));
    if differences.is_empty() {
        terminal::print_line(&format!(
            "the same answer: {} for {} in {} on {}, decided again by the rulebook {}",
            record.outcome, titles.service, titles.place, record.as_of, record.rulebook
        ));
        return Ok(Exit::Good);
    }
    for AnswerDifference { pointer, words, one, other } in &differences {
        let [one, other] =
            [one, other].map(|value| if value.is_null() { "nothing".to_owned() } else { value.to_string() });
        terminal::print_line(&format!("{words} ({pointer}): the receipt has {one}, decided again {other}"));
    }
    let count = counted(differences.len(), "difference", "differences");
    let may_rest = if limits.is_empty() { "" } else { "; it may rest on what can't be decided again" };
    terminal::print_error(&format!("another answer, with {count}{may_rest}"), None);
    Ok(Exit::Findings)
}

const VERIFY_HELP: &str = "`ordinance receipt verify` tells whether the receipt was altered";

/// What a case is about, by the titles of the rulebook and the ids.
struct CaseTitles {
    service: String,
    place: String,
    contract: Option<Arc<Contract>>,
    languages: Vec<String>,
}

impl CaseTitles {
    fn of(rulebook: &Rulebook, record: &RecordedDecision, languages: &[String]) -> Self {
        let contract = Id::new(&record.service).ok().and_then(|id| rulebook.contract(&id).map(Arc::clone));
        let places = record.known_at.parse().ok().map(|day| rulebook.jurisdictions_at(day));
        let code = JurisdictionCode::new(&record.jurisdiction).ok();
        let place = places.zip(code).and_then(|(places, code)| match record.as_of.parse() {
            Ok(day) => places.on(&code, day),
            Err(_) => None,
        });
        let name = place.and_then(|place| place.names.best(languages));
        let title = contract.as_ref().and_then(|contract| contract.titles.best(languages));
        Self {
            service: titled(title, &record.service),
            place: titled(name, &record.jurisdiction),
            contract,
            languages: languages.to_vec(),
        }
    }

    fn fact(&self, path: &str) -> String {
        let fact = self.contract.as_ref().zip(FieldName::path(path).ok());
        let fact = fact.as_ref().and_then(|(contract, path)| contract.fact_at(path));
        titled(fact.and_then(|fact| fact.titles.best(&self.languages)), path)
    }
}

/// A title with the id behind it; the id alone if there is no title.
fn titled(title: Option<&str>, id: &str) -> String {
    title.map_or_else(|| format!("`{id}`"), |title| format!("{title} (`{id}`)"))
}

/// The rulebook that decided: of the repositories by the index in the receipt, or of the folder that is named.
fn load(
    arguments: &ReplayArguments,
    receipt: &DecisionReceipt,
    record: &RecordedDecision,
) -> Result<Rulebook, CommandError> {
    let sandbox = long_deadline_sandbox()?;
    if let Some(folder) = &arguments.rulebook {
        let rulebook = Rulebook::load(folder, &sandbox)?;
        let found = rulebook.digest().to_string();
        if found != record.rulebook {
            let message = format!("`{}` is the rulebook {found}, and {} decided", folder.display(), record.rulebook);
            return Err(CommandError::bad_use(message, "name the folder of that rulebook"));
        }
        return Ok(rulebook);
    }
    let address = arguments.repository.as_deref().unwrap_or_default();
    let bad = |error: &dyn std::error::Error| {
        let help = "a repository keeps every file that it ever published; name the repository of the top authority";
        CommandError::bad_use(format!("the rulebook can't be restored: {}", terminal::with_causes(error)), help)
    };
    let Some(publication) = &receipt.publication else {
        let help = "name the folder of the built rulebook with --rulebook";
        return Err(CommandError::bad_use("nobody signed the rulebook of this receipt", help));
    };
    let root = arguments.trust.as_deref().map(read_file).transpose()?.unwrap_or_default();
    publication.metadata.verify(&root, &publication.definitions, record.time).map_err(|error| bad(&error))?;
    let source = open_source(address).map_err(|error| bad(&error))?;
    let folder = tempfile::tempdir().map_err(|source| io_error("made", &std::env::temp_dir(), source))?;
    restore_rulebook(&publication.index, &publication.metadata, source, folder.path()).map_err(|error| bad(&error))?;
    Ok(Rulebook::load(folder.path(), &sandbox)?)
}

fn parse(text: &str, part: &str) -> Result<Value, CommandError> {
    let help = VERIFY_HELP;
    serde_json::from_str(text)
        .map_err(|error| CommandError::bad_use(format!("the {part} of the receipt is no JSON: {error}"), help))
}

fn without_own_members(mut answer: Value) -> Value {
    if let Some(members) = answer.as_object_mut() {
        members.retain(|name, _| !OWN_MEMBERS.contains(&name.as_str()));
    }
    answer
}

/// What of a record can't be decided again, in words.
fn not_replayable(leaf: &str, titles: &CaseTitles) -> Vec<String> {
    let leaf: Value = serde_json::from_str(leaf).unwrap_or_default();
    let items = |member: &str| leaf.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let pseudonyms = items("masked").into_iter().filter(|masked| text(masked, "mask").contains("pseudonym"));
    let pseudonyms = pseudonyms.map(|masked| {
        let fact = titles.fact(&text(&masked, "fact"));
        format!("the fact {fact} was given as a pseudonym, by a key that the host keeps")
    });
    let layers = items("layers").into_iter().chain(items("privacy"));
    let failed = layers.filter(|layer| FAILURES_OF_THE_MACHINE.contains(&text(layer, "failure").as_str()));
    let failed = failed.map(|layer| {
        format!("the rule {}/{} ran into its deadline", text(&layer, "jurisdiction"), text(&layer, "rule"))
    });
    pseudonyms.chain(failed).collect()
}
