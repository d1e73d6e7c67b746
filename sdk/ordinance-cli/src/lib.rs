//! The `ordinance` command for authors, reviewers and operators.
//!
//! This crate owns flags, exit codes, progress and the text on the terminal. The engine, the harness and the host do
//! the work. The crate is a library with a one-line binary, so that the end-to-end tests run the same program.
#![forbid(unsafe_code)]

mod approve;
mod arguments;
mod bench;
mod bindings;
mod boundary;
mod build;
mod case_files;
mod case_names;
mod case_sheet;
mod check;
mod compile;
mod count;
mod decide;
mod dev;
mod diff;
mod disclose;
mod dmn;
mod entries;
mod exit;
mod explain;
mod failed_rules;
mod faults;
mod functions;
mod impact;
mod inspect;
mod invocation;
mod key;
mod log;
mod mutate;
mod new;
mod objection_folder;
mod objections;
mod page_results;
mod pinned_root;
mod placeholders;
mod progress;
mod project;
mod property;
mod publish;
mod rebuild;
mod receipt;
mod replay;
mod repositories;
mod review;
mod rollout;
mod rule_target;
mod rulebook;
mod sandbox;
mod schema;
mod self_test;
mod serve;
mod signing_keys;
mod source;
mod source_trust;
mod study_progress;
mod synth;
mod terminal;
mod test;
mod test_run;
mod trace;
mod trap;
mod trust;
mod untold_values;
mod upper_definitions;
mod watch;

use clap::Parser;

use arguments::{Arguments, Command};

/// Runs the command that the arguments of this process name. Returns its exit code: 0 good, 1 findings, 2 bad use,
/// 3 internal error.
#[must_use]
pub fn run() -> std::process::ExitCode {
    if let Some(exit) = build::as_confined().or_else(build::as_rustc) {
        return exit;
    }
    let arguments = Arguments::parse();
    let exit = match arguments.command {
        Command::New(arguments) => new::run(&arguments),
        Command::Build(arguments) => build::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Mutate(arguments) => mutate::run(&arguments),
        Command::Boundary(arguments) => boundary::run(&arguments),
        Command::Property(arguments) => property::run(&arguments),
        Command::Synth(arguments) => synth::run(&arguments),
        Command::Review(arguments) => review::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Impact(arguments) => impact::run(&arguments),
        Command::Decide(arguments) => decide::run(&arguments),
        Command::Disclose(arguments) => disclose::run(&arguments),
        Command::Bindings(arguments) => bindings::run(&arguments),
        Command::Import(arguments) => dmn::run_import(&arguments),
        Command::Export(arguments) => dmn::run_export(&arguments),
        Command::Tck(arguments) => dmn::run_tck(&arguments),
        Command::Key(arguments) => key::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Functions(arguments) => functions::run(&arguments),
        Command::Receipt(arguments) => receipt::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Objections(arguments) => objections::run(&arguments),
        Command::Trust(arguments) => trust::run(&arguments),
        Command::Publish(arguments) => publish::run(&arguments),
        Command::Approve(arguments) => approve::run(&arguments),
        Command::Rebuild(arguments) => rebuild::run(&arguments),
        Command::Log(command) => log::run(&command),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Rollout(arguments) => rollout::run(&arguments),
        Command::Compile(arguments) => compile::run(&arguments),
        Command::Dev(arguments) => dev::run(&arguments),
    };
    let exit = exit.unwrap_or_else(|error| {
        terminal::print_command_error(&error);
        error.exit()
    });
    if terminal::has_lost_output() {
        terminal::print_error("the output can't be written", Some("is the disk full?"));
        return exit::Exit::Internal.into();
    }
    exit.into()
}
