//! `ordinance trust`: the keys and the repositories of authorities.

mod approvers;
mod delegate;
mod fetch;
mod init;
mod key;
mod log;
mod log_key;
mod objections_key;
mod refresh;
mod revoke;
mod root_state;
mod rotate;
mod show;
mod sign;

use crate::arguments::{TrustArguments, TrustCommand};
use crate::exit::{CommandError, Exit};

pub(crate) fn run(arguments: &TrustArguments) -> Result<Exit, CommandError> {
    match &arguments.command {
        TrustCommand::Key(arguments) => key::run(arguments),
        TrustCommand::Init(arguments) => init::run(arguments),
        TrustCommand::Sign(arguments) => sign::run(arguments),
        TrustCommand::Delegate(arguments) => delegate::run(arguments),
        TrustCommand::Fetch(arguments) => fetch::run(arguments),
        TrustCommand::Approvers(arguments) => approvers::run(arguments),
        TrustCommand::Rotate(arguments) => rotate::run(arguments),
        TrustCommand::Revoke(arguments) => revoke::run(arguments),
        TrustCommand::Refresh(arguments) => refresh::run(arguments),
        TrustCommand::Log(arguments) => log::run(arguments),
        TrustCommand::ObjectionsKey(arguments) => objections_key::run(arguments),
        TrustCommand::Show(arguments) => show::run(arguments),
    }
}
