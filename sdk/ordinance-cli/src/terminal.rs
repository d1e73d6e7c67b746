//! Output on the terminal: result lines, diagnostics with their line, errors with their causes.

use std::error::Error;
use std::io::{IsTerminal, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use ordinance_domain::plain_text::{is_hidden, visible};
use ordinance_engine::diagnostic::Diagnostic;

use crate::exit::CommandError;
use crate::study_progress::clear_line;

/// Whether a line of a command's result was lost.
static HAS_LOST_OUTPUT: AtomicBool = AtomicBool::new(false);

/// Whether a line of a result couldn't be written, otherwise than because nobody reads on.
pub(crate) fn has_lost_output() -> bool {
    HAS_LOST_OUTPUT.load(Ordering::Relaxed)
}

/// Prints a line on standard error, as `eprintln!` does, and goes on if that is closed or full: the exit code says what
/// became of the command.
macro_rules! print_status {
    ($($words:tt)*) => {
        $crate::terminal::write_status(format_args!($($words)*))
    };
}
pub(crate) use print_status;

pub(crate) fn write_status(words: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// The lines of a file shown before and after the one at fault.
const CONTEXT_LINES: usize = 2;

/// Prints the error that ended a command.
pub(crate) fn print_command_error(error: &CommandError) {
    match error {
        CommandError::Diagnostics(diagnostics) => diagnostics.iter().for_each(print_diagnostic),
        CommandError::BadUse { message, help } => print_error(message, Some(help)),
        CommandError::Io { .. }
        | CommandError::Definitions(_)
        | CommandError::Load(_)
        | CommandError::Sandbox(_)
        | CommandError::Modules(_)
        | CommandError::Host(_)
        | CommandError::Repository(_)
        | CommandError::Key(_)
        | CommandError::Cargo(_) => print_error(&with_causes(error), None),
    }
}

/// Prints an error that has no line in a file.
pub(crate) fn print_error(message: &str, help: Option<&str>) {
    print_group(Group::with_title(Level::ERROR.primary_title(visible(message))), help);
}

/// Prints a diagnostic with its line.
pub(crate) fn print_diagnostic(diagnostic: &Diagnostic) {
    if diagnostic.text.is_empty() {
        let message = format!("{}: {}", diagnostic.file, diagnostic.message);
        return print_error(&message, diagnostic.help.as_deref());
    }
    if diagnostic.is_cell {
        return print_cell_fault(diagnostic);
    }
    let (excerpt, line) = around(&diagnostic.text, &diagnostic.span);
    let within = |offset: usize| offset.clamp(excerpt.start, excerpt.end) - excerpt.start;
    let span = within(diagnostic.span.start)..within(diagnostic.span.end);
    let text = diagnostic.text.get(excerpt.clone()).unwrap_or_default();
    let snippet = Snippet::source(with_placeholders(text))
        .line_start(line)
        .path(visible(&diagnostic.file).into_owned())
        .fold(false)
        .annotation(AnnotationKind::Primary.span(span));
    let title = Level::ERROR.primary_title(visible(&diagnostic.message));
    print_group(title.element(snippet), diagnostic.help.as_deref());
}

/// Prints a diagnostic with its cell, which has a name in place of a line.
fn print_cell_fault(diagnostic: &Diagnostic) {
    let origin = Origin::path(visible(&diagnostic.file).into_owned());
    let part = diagnostic.text.get(diagnostic.span.clone()).unwrap_or_default();
    let cell = match part == &*diagnostic.text || part.is_empty() {
        true => format!("the cell is `{}`", diagnostic.text),
        false => format!("the cell is `{}`, and this is about `{part}`", diagnostic.text),
    };
    let note = Level::NOTE.message(visible(&cell).into_owned());
    let title = Level::ERROR.primary_title(visible(&diagnostic.message));
    print_group(title.element(origin).element(note), diagnostic.help.as_deref());
}

/// Colours are for terminals: a program that reads a file or a pipe gets the text alone.
fn print_group(group: Group<'_>, help: Option<&str>) {
    let is_coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
    let help = help.map(|help| Level::HELP.message(visible(help)));
    clear_line();
    print_status!("{}\n", renderer.render(&[group.elements(help)]));
}

/// The lines around a span, as a range of the text, and the number of the first of them.
fn around(text: &str, span: &Range<usize>) -> (Range<usize>, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let start = before.rmatch_indices('\n').nth(CONTEXT_LINES).map_or(0, |(offset, _)| offset + 1);
    let after = span.end.max(span.start).min(text.len());
    let rest = text.get(after..).unwrap_or_default();
    let end = rest.match_indices('\n').nth(CONTEXT_LINES).map_or(text.len(), |(offset, _)| after + offset);
    let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
    (start..end, line)
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
    clear_line();
    print_status!("{}", visible(line));
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

/// Prints a line of a command's result on standard output. It ignores a closed pipe; another fault ends the command
/// with an error.
pub(crate) fn print_line(line: &str) {
    write_result(format_args!("{}", visible(line)));
}

fn write_result(line: std::fmt::Arguments<'_>) {
    clear_line();
    let written = writeln!(std::io::stdout(), "{line}");
    if written.is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe) {
        HAS_LOST_OUTPUT.store(true, Ordering::Relaxed);
    }
}

/// Prints a line that matters less than those around it, dimmed if a person reads it on a terminal.
pub(crate) fn print_dimmed_line(line: &str) {
    let is_dimmed = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let shown = visible(line);
    let (begin, end) = if is_dimmed { ("\u{1b}[2m", "\u{1b}[0m") } else { ("", "") };
    write_result(format_args!("{begin}{shown}{end}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_before_and_after_a_fault_are_shown() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\nseven";
        let shown = |words: &str| {
            let start = text.find(words).unwrap();
            let (lines, first) = around(text, &(start..start + words.len()));
            (&text[lines], first)
        };
        assert_eq!(shown("four"), ("two\nthree\nfour\nfive\nsix", 2));
        assert_eq!(shown("one"), ("one\ntwo\nthree", 1));
        assert_eq!(shown("seven"), ("five\nsix\nseven", 5));
        assert_eq!(around("", &(0..0)), (0..0, 1));
        assert_eq!(around("one", &(3..9)), (0..3, 1));
    }
}
