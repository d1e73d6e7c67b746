//! The `ordinance` binary.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    ordinance_cli::run()
}
