//! The `ordinance` program for the tests of this crate.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    ordinance_cli::run()
}
