//! What the author sees: diagnostics with the line they are about, errors with their causes, a progress bar.

use std::error::Error;
use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use miette::{LabeledSpan, MietteDiagnostic, NamedSource, Report, Severity};
use ordinance_engine::diagnostic::Diagnostic;

use crate::exit::CommandError;

/// Sets how diagnostics are drawn. Lines are wrapped for eyes alone: in a file or a pipe a message stays on its line,
/// so that it can be searched for.
pub(crate) fn install() {
    let wrap = std::io::stderr().is_terminal();
    let options = move || miette::MietteHandlerOpts::new().context_lines(2).width(100).wrap_lines(wrap);
    // Only the first hook counts, so a second call changes nothing.
    let _ = miette::set_hook(Box::new(move |_| Box::new(options().build())));
}

/// Prints what ended a command.
pub(crate) fn print_command_error(error: &CommandError) {
    match error {
        CommandError::Diagnostics(faults) => faults.iter().for_each(print_diagnostic),
        CommandError::BadUse { message, help } => print_error(message, Some(help)),
        CommandError::Io { .. }
        | CommandError::Definitions(_)
        | CommandError::Load(_)
        | CommandError::Sandbox(_)
        | CommandError::Host(_)
        | CommandError::Cargo(_) => print_error(&with_causes(error), None),
    }
}

/// Prints a fault that is about no line of a file.
pub(crate) fn print_error(message: &str, help: Option<&str>) {
    let mut shown = MietteDiagnostic::new(message).with_severity(Severity::Error);
    shown.help = help.map(str::to_owned);
    eprintln!("{:?}", Report::new(shown));
}

/// Prints a fault in a file with the line it is about.
pub(crate) fn print_diagnostic(fault: &Diagnostic) {
    let mut shown = MietteDiagnostic::new(fault.message.clone()).with_severity(Severity::Error);
    shown.help.clone_from(&fault.help);
    if !fault.text.is_empty() {
        shown.labels = Some(vec![LabeledSpan::underline(fault.span.clone())]);
    }
    let source = NamedSource::new(&fault.file, fault.text.to_string());
    eprintln!("{:?}", Report::new(shown).with_source_code(source));
}

/// An error and what caused it, on one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}

/// Prints a line of a command's result. Who closes the pipe has seen enough.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Counts what is done of a number that isn't known. Where the lines of the result themselves are seen, or nobody looks, it shows
/// nothing.
pub(crate) fn counter(what: &'static str) -> ProgressBar {
    if std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    let style = ProgressStyle::with_template("{spinner} {pos} {prefix}, {per_sec}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_prefix(what);
    bar
}

/// A progress bar over a known number of steps; on something that is no terminal it shows nothing.
pub(crate) fn progress(steps: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar.set_prefix(what);
    bar
}
