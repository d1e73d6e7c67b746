//! Attacks: each test plays an untrusted party of SECURITY.md against a running host or a command, and its name is the
//! promise that must hold.

mod changed_places;
mod claimed_ages;
mod claims;
mod code_cache;
mod compile_limits;
mod credentials;
mod earlier_revisions;
mod floors;
mod foreign_sources;
mod guest_state;
mod hidden_facts;
mod hostile_text;
mod links;
mod log_growth;
mod one_caller;
mod operations_address;
mod other_days;
mod recipient_ids;
mod silent_connections;
mod strangers;

use ordinance_engine::digest::sha256;

/// A table of `host.toml` for a caller that may ask for everything, with what differs: its key is its id and `-key`.
fn caller(id: &str, rest: &str) -> String {
    let hash = sha256(format!("{id}-key").as_bytes()).hex();
    format!(
        "[[callers]]\nid = \"{id}\"\nkind = \"public-body\"\nkey-sha256 = \"{hash}\"\nservices = [\"*\"]\n\
         purposes = [\"*\"]\njurisdictions = [\"*\"]\n{rest}\n"
    )
}
