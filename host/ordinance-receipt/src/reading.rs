//! A receipt in the words of a person, in Chinese or in English: what was decided, on which facts, by whose law, and
//! what was checked of it. The command line prints it, and the page shows it.

mod checked;
mod decided;
mod facts;
mod json;
mod levels;
mod line;
mod names;
mod words;

use ordinance_engine::definitions::Definitions;
use ordinance_pages::ReadingLanguage;
use serde_json::Value;

pub use self::checked::CheckedBy;
use self::checked::{checked_section, record_section};
use self::decided::decided_section;
use self::facts::facts_section;
use self::levels::{Publishers, levels_section, privacy_section};
pub use self::line::{ReadableBlock, ReadableLine, ReadableSection};
use self::names::Names;
pub(crate) use self::words::Words;
use crate::receipt::DecisionReceipt;
use crate::verify::VerifiedReceipt;

/// What a receipt says, in the words of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadableReceipt {
    /// In which language.
    pub language: ReadingLanguage,
    /// That it holds.
    pub holds: &'static str,
    /// That nobody vouches for the law, if that is so.
    pub warning: Option<&'static str>,
    /// What it says.
    pub sections: Vec<ReadableSection>,
}

impl ReadableReceipt {
    /// What a receipt that holds says. Names and titles are those of the definitions of its rulebook, if it has them.
    #[must_use]
    pub fn new(
        receipt: &DecisionReceipt,
        verified: &VerifiedReceipt,
        by: CheckedBy<'_>,
        (definitions, language): (Option<&Definitions>, ReadingLanguage),
    ) -> Self {
        // What holds is JSON: the check has read both.
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let (request, answer) = (read(&receipt.request), read(&receipt.answer));
        let names = Names::new(language, &answer, &verified.record, definitions);
        let zone = names.zone();
        let publishers = Publishers::new(verified, zone.clone());
        let mut sections = vec![
            decided_section(&names, &verified.record, &answer),
            facts_section(&names, &request, &answer),
            levels_section(&names, &publishers, &answer),
        ];
        sections.extend(privacy_section(&names, &publishers, &answer));
        sections.push(record_section(&names, receipt, verified, &zone));
        sections.push(checked_section(&names, receipt, by, &zone));
        let words = Words::of(language);
        let warning = by.root.is_none().then_some(words.unverified_law);
        Self { language, holds: words.holds, warning, sections }
    }

    /// All of it as lines of text, of which each heading stands at the margin.
    #[must_use]
    pub fn to_lines(&self) -> Vec<String> {
        let mut lines = vec![self.holds.to_owned()];
        lines.extend(self.warning.map(str::to_owned));
        for section in &self.sections {
            lines.extend([String::new(), section.heading.to_owned()]);
            for block in &section.blocks {
                let indent = if block.heading.is_some() { "    " } else { "  " };
                lines.extend(block.heading.as_ref().map(|heading| format!("  {heading}")));
                let line = |line: &ReadableLine| format!("{indent}{}", self.language.labelled(&line.label, &line.text));
                lines.extend(block.lines.iter().map(line));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests;
