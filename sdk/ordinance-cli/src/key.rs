//! `ordinance key`: makes an API key for a caller. It prints the key once, on standard error, and the lines for
//! host.toml on standard output. The lines hold only the hash of the key, which gives no access.

use ordinance_domain::privacy::{RecipientId, RecipientKind};
use ordinance_engine::digest::sha256;
use uuid::Uuid;

use crate::arguments::KeyArguments;
use crate::exit::{CommandError, Exit};
use crate::terminal;
use crate::terminal::print_status;

/// A key that nobody has had before: two version 4 UUIDs have 244 random bits.
pub(crate) fn new_key() -> String {
    format!("ord_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

pub(crate) fn run(arguments: &KeyArguments) -> Result<Exit, CommandError> {
    if RecipientKind::parse(&arguments.kind).is_none() {
        let help = format!("write one of {}", RecipientKind::words());
        return Err(CommandError::bad_use(format!("unknown kind of recipient `{}`", arguments.kind), help));
    }
    let id = RecipientId::new(&arguments.id)
        .map_err(|error| CommandError::bad_use(error.to_string(), "name the caller, such as yantai-portal"))?;
    let key = new_key();
    print_status!("The key of `{}`, which is shown only once: {key}", id);
    print_status!("Its requests carry the header `Authorization: Bearer {key}`.");
    terminal::print_line(&format!(
        "[[callers]]\nid = {}\nkind = \"{}\"\nkey-sha256 = \"{}\"\nservices = []        # ids, or [\"*\"] for all\npurposes = []        # such as [\"dpv:PublicBenefit\"]\njurisdictions = []   # such as [\"CN-37\"]; each includes the places below it",
        toml::Value::String(id.to_string()),
        arguments.kind,
        sha256(key.as_bytes()).hex(),
    ));
    Ok(Exit::Good)
}
