//! What changes from one explanation of a rule to another, in words: the parts that differ, each with what became of
//! it. Expressions are compared part by part by the language's own prose.

use std::collections::HashMap;

use ordinance_harness::{ExplainedPart, ExplainedProvision, ExplainedSection, ExplainedTable, Explanation};

use super::words::Words;

/// The rows of a table that are told, of those that changed.
const ROWS_MAX: usize = 50;

/// Says how an expression changes, for a heading and the name of a part; `None` if it is the same, or isn't one in both
/// rules.
pub(super) type TellExpression<'a> = &'a dyn Fn(&str, &str) -> Option<Vec<String>>;

/// What changes from one explanation to another in the same language. It has no sections and nothing in its head if
/// nothing does.
pub(super) fn difference(
    old: &Explanation,
    new: &Explanation,
    words: &Words,
    tell_expression: TellExpression<'_>,
) -> Explanation {
    let differ = Differ { words, tell_expression };
    let head = new.head.iter().filter_map(|(word, what)| {
        let before = old.head.iter().find(|(known, _)| known == word).map(|(_, what)| what.as_str());
        (before != Some(what.as_str())).then(|| (word.clone(), differ.becomes(before, Some(what))))
    });
    let gone = old.head.iter().filter(|(word, _)| new.head.iter().all(|(known, _)| known != word));
    let gone = gone.map(|(word, what)| (word.clone(), differ.becomes(Some(what), None)));
    let title =
        (old.title != new.title).then(|| (words.title.to_owned(), differ.becomes(Some(&old.title), Some(&new.title))));
    let head = title.into_iter().chain(head).chain(gone).collect();
    let none = ExplainedSection::default();
    let heading = |section: &&ExplainedSection| section.heading.clone();
    let only_old =
        old.sections.iter().filter(|section| new.sections.iter().all(|known| known.heading != section.heading));
    let headings: Vec<String> = new.sections.iter().chain(only_old).map(|section| heading(&section)).collect();
    let sections = headings.iter().filter_map(|heading| {
        let find = |explanation: &'_ Explanation| {
            explanation
                .sections
                .iter()
                .find(|section| section.heading == *heading)
                .cloned()
                .unwrap_or_else(|| none.clone())
        };
        differ.section(heading, &find(old), &find(new))
    });
    Explanation { language: new.language.clone(), title: new.title.clone(), head, sections: sections.collect() }
}

struct Differ<'a> {
    words: &'a Words,
    tell_expression: TellExpression<'a>,
}

impl Differ<'_> {
    /// `“80” → “75”`, or what is added or removed.
    fn becomes(&self, old: Option<&str>, new: Option<&str>) -> String {
        match (old, new) {
            (Some(old), Some(new)) => format!("“{old}” → “{new}”"),
            (Some(old), None) => format!("{}{old}", self.words.removed),
            (None, Some(new)) => format!("{}{new}", self.words.added),
            (None, None) => String::new(),
        }
    }

    fn section(&self, heading: &str, old: &ExplainedSection, new: &ExplainedSection) -> Option<ExplainedSection> {
        let find = |parts: &'_ [ExplainedPart], wanted: &ExplainedPart| {
            parts.iter().find(|part| key(part) == key(wanted)).cloned()
        };
        let mut parts: Vec<ExplainedPart> = Vec::new();
        for part in &new.parts {
            match find(&old.parts, part) {
                Some(before) => parts.extend(self.part(heading, &before, part)),
                None => parts.push(self.whole(self.words.added, part)),
            }
        }
        let gone = old.parts.iter().filter(|part| find(&new.parts, part).is_none());
        parts.extend(gone.map(|part| self.whole(self.words.removed, part)));
        let lead = match (self.tell_expression)(heading, "") {
            Some(lines) => Some(lines.join("\n    ")),
            None if old.lead != new.lead => Some(self.becomes(old.lead.as_deref(), new.lead.as_deref())),
            None => None,
        };
        let is_same = parts.is_empty() && lead.is_none();
        (!is_same).then(|| ExplainedSection { heading: heading.to_owned(), lead, code: None, parts })
    }

    /// A part that only one of the two has, with all that is said of it.
    fn whole(&self, word: &str, part: &ExplainedPart) -> ExplainedPart {
        let title = format!("{word}{}", part.title);
        let table = part.table.as_ref().map(|table| ExplainedTable {
            columns: table.columns.clone(),
            rows: table.rows.iter().take(ROWS_MAX).cloned().collect(),
            grid: None,
        });
        ExplainedPart { title, code: None, table, ..part.clone() }
    }

    fn part(&self, heading: &str, old: &ExplainedPart, new: &ExplainedPart) -> Option<ExplainedPart> {
        let mut lines: Vec<String> = Vec::new();
        if old.title != new.title {
            lines.push(format!("{}: {}", self.words.title, self.becomes(Some(&old.title), Some(&new.title))));
        }
        match (self.tell_expression)(heading, &new.name) {
            Some(told) => lines.extend(told),
            // The words of the same expression change only with titles and numbers, which are parts of their own.
            None if old.prose != new.prose && (old.code != new.code || new.code.is_none()) => {
                lines.push(self.becomes(words_of(&old.prose).as_deref(), words_of(&new.prose).as_deref()));
            }
            None => {}
        }
        let text = |provision: &'_ Option<ExplainedProvision>| provision.as_ref().map(|found| found.text.clone());
        let (before, after) = (text(&old.provision), text(&new.provision));
        if before != after {
            lines.push(format!("{}: {}", self.words.provision, self.becomes(before.as_deref(), after.as_deref())));
        }
        let (before, after) = (old.table.as_ref(), new.table.as_ref());
        if before != after {
            let none = ExplainedTable::default();
            lines.extend(self.rows(before.unwrap_or(&none), after.unwrap_or(&none)));
        }
        let title = new.title.clone();
        (!lines.is_empty()).then(|| ExplainedPart {
            title,
            name: new.name.clone(),
            prose: lines,
            ..ExplainedPart::default()
        })
    }

    fn rows(&self, old: &ExplainedTable, new: &ExplainedTable) -> Vec<String> {
        let mut lines = Vec::new();
        if old.columns != new.columns {
            lines.push(self.becomes(Some(&old.columns.join(" | ")), Some(&new.columns.join(" | "))));
        }
        let mut gone: Vec<&Vec<String>> = without(&old.rows, &new.rows);
        for row in without(&new.rows, &old.rows) {
            // The row that was there before under the same conditions, or in the same period.
            let before = gone.iter().position(|before| {
                before.len() == row.len() && before.first() == row.first() && differing(before, row).count() == 1
            });
            match before.map(|index| gone.remove(index)) {
                Some(before) => {
                    let same = before.iter().zip(row).filter(|(before, now)| before == now && !now.is_empty());
                    let same: Vec<&str> = same.map(|(_, now)| now.as_str()).collect();
                    let changes = differing(before, row).map(|(at, was, is)| {
                        let column = new.columns.get(at).map(String::as_str).unwrap_or_default();
                        format!("{column}: {}", self.becomes(Some(was), Some(is)))
                    });
                    lines.push(format!("{}: {}", same.join(" | "), changes.collect::<Vec<_>>().join("; ")));
                }
                None => lines.push(self.becomes(None, Some(&written(row)))),
            }
        }
        lines.extend(gone.into_iter().map(|row| self.becomes(Some(&written(row)), None)));
        let more = lines.len().saturating_sub(ROWS_MAX);
        lines.truncate(ROWS_MAX);
        if more > 0 {
            lines.push(format!("+ {more}"));
        }
        lines
    }
}

/// Lines of prose on one line; `None` if there are none.
fn words_of(lines: &[String]) -> Option<String> {
    (!lines.is_empty()).then(|| lines.join(" "))
}

/// By what a part is found in the other explanation.
fn key(part: &ExplainedPart) -> &str {
    if part.name.is_empty() { &part.title } else { &part.name }
}

/// The rows that the others lack, in their order; of equal ones as many as the others have fewer.
fn without<'r>(rows: &'r [Vec<String>], others: &[Vec<String>]) -> Vec<&'r Vec<String>> {
    let mut left: HashMap<&Vec<String>, usize> = HashMap::new();
    others.iter().for_each(|row| *left.entry(row).or_default() += 1);
    let mut gone = Vec::new();
    for row in rows {
        match left.get_mut(row) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => gone.push(row),
        }
    }
    gone
}

/// The cells that differ, each with its column.
fn differing<'r>(old: &'r [String], new: &'r [String]) -> impl Iterator<Item = (usize, &'r str, &'r str)> {
    let cells = old.iter().zip(new).enumerate();
    cells.filter(|(_, (old, new))| old != new).map(|(at, (old, new))| (at, old.as_str(), new.as_str()))
}

/// The cells of a row that have something in them.
fn written(row: &[String]) -> String {
    let cells: Vec<&str> = row.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
    cells.join(" | ")
}
