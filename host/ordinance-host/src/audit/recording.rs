//! Records an answer as its mode asks, before it is sent.

use ordinance_domain::decision::Decision;
use ordinance_domain::digest::Digest;
use ordinance_domain::privacy::Disclosure;
use ordinance_engine::disclose::DisclosureDecision;

use crate::admission::callers::Caller;
use crate::app::App;
use crate::audit::mode::Mode;
use crate::audit::writer::{NotRecordedError, Receipt};

/// Records a decision; a simulation leaves no record.
pub(crate) async fn record_decision(
    app: &App,
    decision: &Decision,
    mode: Mode,
    caller: &Caller,
    rulebook: Digest,
) -> Result<Receipt, NotRecordedError> {
    match mode {
        Mode::Official => app.log.record(decision, caller, rulebook).await,
        Mode::Simulation => Ok(Receipt::simulation()),
    }
}

/// Records what was ruled on a request for facts, and counts it; a simulation leaves no record.
pub(crate) async fn record_disclosure(
    app: &App,
    disclosed: &DisclosureDecision,
    disclosure: &Disclosure,
    mode: Mode,
    caller: &Caller,
    rulebook: Digest,
) -> Result<Receipt, NotRecordedError> {
    let receipt = match mode {
        Mode::Official => app.log.record_disclosure(disclosed, disclosure, caller, rulebook).await?,
        Mode::Simulation => Receipt::simulation(),
    };
    app.metrics.disclosed(disclosed, mode);
    Ok(receipt)
}
