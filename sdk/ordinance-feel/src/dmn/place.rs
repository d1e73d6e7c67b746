//! Lines and columns of a file.

use super::model::{ElementPlace, ModelTexts};
use super::refusal::RefusalError;
use crate::source_text::{Origin, SourceText, Span, TextId};

/// The offsets at which the lines of a text begin.
#[derive(Debug, Clone)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// The column of an offset in characters, from 1.
    pub(super) fn column(&self, offset: usize) -> u32 {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX)
    }
}

/// A place in a text of a model, for messages.
pub(super) struct SourcePlace {
    place: ElementPlace,
}

impl SourcePlace {
    pub(super) fn of(texts: &ModelTexts, text: TextId, span: Span) -> Self {
        let element = texts.elements.get(text.0).cloned().unwrap_or_default();
        let Some(source) = texts.sources.get(text.0) else {
            return Self { place: ElementPlace { file: String::new(), line: 0, column: 0, element } };
        };
        let (line, column) = match &source.origin {
            Origin::Text { offsets: _, lines } => {
                let first = texts.columns.get(text.0).copied().unwrap_or(1);
                (lines.get(span.start).copied().unwrap_or(0), column(source, span, first))
            }
            Origin::Cell { sheet: _, row, column } => (*row, *column),
        };
        Self { place: ElementPlace { file: source.file.clone(), line, column, element } }
    }

    pub(super) fn refuse(&self, reason: impl Into<String>) -> RefusalError {
        self.place.refuse(reason)
    }
}

/// The column in the file, of a text whose first line begins at the column `first`: characters, with entities as one
/// each.
fn column(source: &SourceText, span: Span, first: u32) -> u32 {
    let before = source.text.get(..span.start).unwrap_or_default();
    let (line, from) = before.rsplit_once('\n').map_or((before, first), |(_, line)| (line, 1));
    from.saturating_add(u32::try_from(line.chars().count()).unwrap_or(u32::MAX))
}
