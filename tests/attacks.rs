//! Attacks: each test plays an untrusted party of SECURITY.md against a running host or a command, and its name is the
//! promise that must hold.

mod changed_places;
mod claimed_ages;
mod claims;
mod code_cache;
mod compile_limits;
mod credentials;
pub(crate) mod earlier_revisions;
mod floors;
mod foreign_sources;
mod guest_state;
mod hidden_facts;
mod hidden_lists;
mod hostile_text;
mod links;
mod log_growth;
mod one_caller;
mod operations_address;
mod other_days;
mod recipient_ids;
mod reused_instances;
mod silent_connections;
mod strangers;

use ordinance_engine::digest::sha256;

use crate::scenarios::{permitting, write_and_build};
use crate::support::{edit, root, run, scratch, text_of};

/// A table of `host.toml` for a public body that may ask for everything, with what differs: its key is its id and
/// `-key`.
pub(crate) fn caller(id: &str, rest: &str) -> String {
    caller_of_kind(id, "public-body", rest)
}

/// The same for a recipient of another kind.
fn caller_of_kind(id: &str, kind: &str, rest: &str) -> String {
    let hash = sha256(format!("{id}-key").as_bytes()).hex();
    format!(
        "[[callers]]\nid = \"{id}\"\nkind = \"{kind}\"\nkey-sha256 = \"{hash}\"\nservices = [\"*\"]\n\
         purposes = [\"*\"]\njurisdictions = [\"*\"]\n{rest}\n"
    )
}

/// The benefit of a place in the scenarios: whoever is 60 and resident gets an amount.
pub(crate) fn benefit(code: &str, amount: &str) -> String {
    format!(
        "id = \"benefit\"\nversion = \"1.0.0\"\njurisdiction = \"{code}\"\nservice = \"benefit\"\nextends = \"LAW\"\n\
         in-force = {{ from = 2020-01-01 }}\ntitles = {{ en = \"Benefit\" }}\n[parameters.min_age]\n\
         values = [{{ from = 2020-01-01, value = 60 }}]\n[parameters.amount]\n\
         values = [{{ from = 2020-01-01, value = \"{amount}\" }}]\n"
    )
}

/// What a build of a rulebook with the benefit says after a text of one of its files is replaced.
pub(crate) fn refusal_of_edit(file: &str, from: &str, to: &str) -> String {
    let folder = scratch();
    let rule = benefit("N", "50.00");
    write_and_build(folder.path(), &[("N/guard/rule.toml", &permitting("")), ("N/benefit/rule.toml", &rule)]);
    let source = folder.path().join("source");
    edit(&source.join(file), from, to);
    let built = run(&["build", source.to_str().unwrap()]);
    assert!(!built.status.success(), "{}", text_of(&built));
    text_of(&built)
}

/// Privacy law of a place in the scenarios that withholds every fact from rules.
pub(crate) fn withholding(code: &str) -> String {
    let withholds = ["age", "resident", "income"]
        .map(|fact| format!("{{ fact = \"{fact}\", says = \"withhold\", activity = \"decide\" }},"));
    permitting(&withholds.concat()).replace("jurisdiction = \"N\"", &format!("jurisdiction = \"{code}\""))
}

/// The service of the scenarios, with the reach of privacy law.
fn service_of_reach(reach: &str) -> String {
    let service = std::fs::read_to_string(root().join("tests/scenarios/common-privacy/services/benefit.toml")).unwrap();
    let privacy = format!(
        "[privacy]\nreach = \"{reach}\"\nprovision = {{ document = \"Benefit Act\", article = \"9\" }}\n\n[outcome]"
    );
    service.replace("[outcome]", &privacy)
}
