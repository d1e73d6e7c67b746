//! `ordinance bindings`: writes the Rust bindings of rules from their WIT. Every build does it too; this command is for
//! an editor that should know new facts before the first build, and for crates of rules without a rulebook.

use crate::arguments::BindingsArguments;
use crate::build::write_bindings;
use crate::exit::{CommandError, Exit};
use crate::terminal;

pub(crate) fn run(arguments: &BindingsArguments) -> Result<Exit, CommandError> {
    let mut exit = Exit::Good;
    for folder in arguments.folders.iter().map(|folder| arguments.dir.join(folder)) {
        if !folder.join("wit").is_dir() {
            return Err(CommandError::bad_use(
                format!("there is no folder `wit` in `{}`", folder.display()),
                "name the folder of a rule in Rust, such as CN-4403/old-age-allowance",
            ));
        }
        if let Err(error) = write_bindings(&folder)? {
            exit = Exit::Findings;
            let message = format!("the WIT of `{}` gives no bindings: {error}", folder.display());
            terminal::print_error(&message, Some("mend the files in its folder `wit`; nothing was written"));
        }
    }
    Ok(exit)
}
