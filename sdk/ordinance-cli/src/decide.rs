//! `ordinance decide`: one case without a server. The reply is the server's, word for word.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Asked;
use ordinance_engine::case::{Case, InputFault, read_date, read_facts};
use ordinance_engine::tree::Tree;
use ordinance_host::reply::DecisionReply;
use serde_json::value::RawValue;

use crate::arguments::DecideArguments;
use crate::exit::{CommandError, Exit};
use crate::rulebook;
use crate::source::io_error;
use crate::terminal;

pub(crate) fn run(arguments: &DecideArguments) -> Result<Exit, CommandError> {
    let text = read_facts_text(&arguments.facts)?;
    let registry = rulebook::load(&arguments.path)?.registry;
    let bad = |what: String| CommandError::bad_use(what, "see `ordinance decide --help` for an example");
    let jurisdiction = JurisdictionCode::new(&arguments.jurisdiction).map_err(|error| bad(error.to_string()))?;
    let service = Id::new(&arguments.service).map_err(|error| bad(error.to_string()))?;
    let contract = registry.contract(&service).ok_or_else(|| bad(format!("unknown service `{service}`")))?;
    let day =
        |text: &String| read_date(text).ok_or_else(|| bad(format!("`{text}` is no date as YYYY-MM-DD that exists")));
    let as_of = day(&arguments.as_of)?;
    let known_at = arguments.known_at.as_ref().map(day).transpose()?;
    let raw: &RawValue = serde_json::from_str(&text).map_err(|error| bad(format!("the facts are no JSON: {error}")))?;
    let facts = Tree::from_json(raw, "").map_err(|fault| vec![fault]).and_then(|tree| read_facts(contract, &tree, ""));
    let facts = facts.map_err(|faults| bad(in_words(&faults)))?;
    let decision =
        ordinance_engine::decide(&registry, &Case { asked: Asked { jurisdiction, service, as_of, known_at }, facts })
            .map_err(|error| bad(error.to_string()))?;
    let reply = DecisionReply::new(None, &decision, contract, &registry, std::slice::from_ref(&arguments.language));
    terminal::say(&serde_json::to_string_pretty(&reply).unwrap_or_default());
    Ok(Exit::Good)
}

fn in_words(faults: &[InputFault]) -> String {
    faults.iter().map(|fault| format!("fact {fault}")).collect::<Vec<_>>().join("\n")
}

fn read_facts_text(path: &Path) -> Result<String, CommandError> {
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().lock().read_to_string(&mut text).map_err(|source| io_error("read", path, source))?;
        Ok(text)
    } else {
        fs::read_to_string(path).map_err(|source| io_error("read", path, source))
    }
}
