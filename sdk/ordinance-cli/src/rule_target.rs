//! The place and the service of a rule that a command writes.

use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::{Definitions, RULEBOOK_FILE};
use ordinance_engine::spelling::nearest_code;

use crate::exit::CommandError;

/// Checks that the rulebook has a place.
pub(crate) fn require_place(definitions: &Definitions, code: &JurisdictionCode) -> Result<(), CommandError> {
    if definitions.places.all_published().knows(code) {
        return Ok(());
    }
    let known = definitions.places.all_published().periods().map(|place| place.code.as_str());
    let near = nearest_code(code.as_str(), known).map(|near| format!("did you mean `{near}`? else "));
    Err(CommandError::bad_use(
        format!("the jurisdiction `{code}` is not in the rulebook"),
        format!("{}add it to {RULEBOOK_FILE}, or to the table that {RULEBOOK_FILE} names", near.unwrap_or_default()),
    ))
}

/// The contract of a service.
///
/// # Errors
/// If the rulebook hasn't the service; the message lists those that it has.
pub(crate) fn contract_of<'d>(definitions: &'d Definitions, service: &Id) -> Result<&'d Contract, CommandError> {
    definitions.contracts.get(service).map(AsRef::as_ref).ok_or_else(|| {
        let known: Vec<&str> = definitions.contracts.keys().map(Id::as_str).collect();
        let near = near_service(definitions, service).map(|near| format!("did you mean `{near}`? else "));
        CommandError::bad_use(
            format!("the service `{service}` is not in the rulebook"),
            format!(
                "{}write services/{service}.toml first, with its facts (each in facts.toml) and its grant: \
                 `ordinance new CODE/{service} --kind service` begins it; or name one of: {}",
                near.unwrap_or_default(),
                known.join(", ")
            ),
        )
    })
}

/// The service of the rulebook whose id is nearest to one that it hasn't.
pub(crate) fn near_service<'d>(definitions: &'d Definitions, service: &Id) -> Option<&'d str> {
    nearest_code(service.as_str(), definitions.contracts.keys().map(Id::as_str))
}

/// The present year. A timestamp begins with it.
pub(crate) fn year() -> String {
    jiff::Timestamp::now().to_string().chars().take(4).collect()
}
