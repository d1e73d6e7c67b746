//! The parts of a readable receipt. What others wrote stands in them without characters that control how text is shown.

use ordinance_domain::plain_text::visible;

/// A part with a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadableSection {
    /// What it is about.
    pub heading: &'static str,
    /// What it says.
    pub blocks: Vec<ReadableBlock>,
}

/// Lines on one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadableBlock {
    /// The thing, if the section has several.
    pub heading: Option<String>,
    /// What there is to say.
    pub lines: Vec<ReadableLine>,
}

/// A label and what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadableLine {
    /// What it is.
    pub label: String,
    /// What it says, on one line.
    pub text: String,
    /// Whether it is what a reader looks for first.
    pub is_main: bool,
}

impl ReadableLine {
    pub(super) fn new(label: &str, text: &str) -> Self {
        Self { label: one_line(label), text: one_line(text), is_main: false }
    }

    pub(super) fn main(label: &str, text: &str) -> Self {
        Self { is_main: true, ..Self::new(label, text) }
    }
}

impl ReadableBlock {
    pub(super) fn of(lines: Vec<ReadableLine>) -> Self {
        Self { heading: None, lines }
    }

    pub(super) fn headed(heading: &str, lines: Vec<ReadableLine>) -> Self {
        Self { heading: Some(one_line(heading)), lines }
    }
}

/// A text that can't pass for other lines, nor be shown in another order than it has.
fn one_line(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_somebody_else_stays_on_its_line_and_in_its_order() {
        let line = ReadableLine::new("a\nb", "80\r\nOutcome  eligible\u{202e}\u{1b}[2J");
        assert_eq!(line.label, "a b");
        assert_eq!(line.text, "80\\u000d Outcome  eligible\\u202e\\u001b[2J");
    }
}
