//! Where an expression is written.

/// A range of bytes in the text of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// The index of a text in [`SourceTexts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextId(pub usize);

/// A range of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The text.
    pub text: TextId,
    /// The range in it.
    pub span: Span,
}

/// The text of one expression or one cell, with its place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The expression.
    pub text: String,
    /// The path of the file within the rule's folder, such as `rule.toml` or `monthly.xlsx`.
    pub file: String,
    /// Where in the file the text stands.
    pub origin: Origin,
}

/// Where in a file a text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file of text: for each byte of the expression, and for its end, the offset in the file.
    Text {
        /// As many as the text has bytes, and one more.
        offsets: Vec<usize>,
        /// The line of each of these offsets, from 1.
        lines: Vec<u32>,
    },
    /// A cell of a sheet.
    Cell {
        /// The name of the sheet.
        sheet: String,
        /// Its row, from 1.
        row: u32,
        /// Its column, from 1.
        column: u32,
    },
}

/// All texts of a rule.
#[derive(Debug, Clone, Default)]
pub struct SourceTexts(pub Vec<SourceText>);

/// A fault in an expression, with its place and its mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// Where it is.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// How to mend it, if there is one way.
    pub help: Option<String>,
}
