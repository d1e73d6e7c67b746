//! Output on the terminal: result lines, diagnostics with their line, errors with their causes, progress bars.

use std::error::Error;
use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use miette::{LabeledSpan, MietteDiagnostic, NamedSource, Report, Severity};
use ordinance_domain::plain_text::{is_hidden, visible};
use ordinance_engine::diagnostic::Diagnostic;

use crate::exit::CommandError;

/// Configures how diagnostics are drawn. Lines are wrapped on a terminal only: in a file or a pipe, a message stays on
/// one line, so that programs can search for it.
pub(crate) fn install() {
    let wrap = std::io::stderr().is_terminal();
    let options = move || miette::MietteHandlerOpts::new().context_lines(2).width(100).wrap_lines(wrap);
    // A second call fails; the first configuration stays.
    let _ = miette::set_hook(Box::new(move |_| Box::new(options().build())));
}

/// Prints the error that ended a command.
pub(crate) fn print_command_error(error: &CommandError) {
    match error {
        CommandError::Diagnostics(diagnostics) => diagnostics.iter().for_each(print_diagnostic),
        CommandError::BadUse { message, help } => print_error(message, Some(help)),
        CommandError::Io { .. }
        | CommandError::Definitions(_)
        | CommandError::Load(_)
        | CommandError::Sandbox(_)
        | CommandError::Host(_)
        | CommandError::Cargo(_) => print_error(&with_causes(error), None),
    }
}

/// Prints an error that has no line in a file.
pub(crate) fn print_error(message: &str, help: Option<&str>) {
    let mut shown = MietteDiagnostic::new(visible(message)).with_severity(Severity::Error);
    shown.help = help.map(|help| visible(help).into_owned());
    eprintln!("{:?}", Report::new(shown));
}

/// Prints a diagnostic with its line.
pub(crate) fn print_diagnostic(diagnostic: &Diagnostic) {
    let mut shown = MietteDiagnostic::new(visible(&diagnostic.message)).with_severity(Severity::Error);
    shown.help = diagnostic.help.as_deref().map(|help| visible(help).into_owned());
    if !diagnostic.text.is_empty() {
        shown.labels = Some(vec![LabeledSpan::underline(diagnostic.span.clone())]);
    }
    let source = NamedSource::new(visible(&diagnostic.file), with_placeholders(&diagnostic.text));
    eprintln!("{:?}", Report::new(shown).with_source_code(source));
}

/// The text of a file with other characters of the same length in place of hidden ones, so that offsets stay.
fn with_placeholders(text: &str) -> String {
    let shown = |character: char| match (is_hidden(character), character, character.len_utf8()) {
        (false, _, _) | (true, '\n' | '\r' | '\t', _) => character.to_string(),
        (true, _, 3) => char::REPLACEMENT_CHARACTER.to_string(),
        (true, _, length) => "?".repeat(length),
    };
    text.chars().map(shown).collect()
}

/// Prints a line on standard error that holds words of a rulebook, such as a warning.
pub(crate) fn print_note(line: &str) {
    eprintln!("{}", visible(line));
}

/// An error with its causes, on one line.
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

/// Prints a line of a command's result on standard output. It ignores a closed pipe.
pub(crate) fn print_line(line: &str) {
    let _ = writeln!(std::io::stdout(), "{}", visible(line));
}

/// A counter for an unknown number of steps. It is hidden if standard output is a terminal, which shows the result
/// lines, and if standard error is none.
pub(crate) fn counter(unit: &'static str) -> ProgressBar {
    if std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    let style = ProgressStyle::with_template("{spinner} {pos} {prefix}, {per_sec}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar.set_prefix(unit);
    bar
}

/// A progress bar for a known number of steps. It is hidden if standard error is not a terminal.
pub(crate) fn progress(steps: usize, label: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{prefix} [{bar:30}] {pos}/{len} {wide_msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar.set_prefix(label);
    bar
}
