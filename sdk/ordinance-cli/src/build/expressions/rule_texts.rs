//! The expressions and tables of a rule, gathered from its manifest, from that which it extends and from files of
//! tables, with the place of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use ordinance_domain::manifest::Manifest;
use ordinance_domain::titles::Titles;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::manifest::expressions::{RuleExpressions, WrittenText};
use ordinance_feel::rule_text::{CriterionText, RuleText};
use ordinance_feel::source_text::{ExpressionError, Origin, SourceText, SourceTexts, TextId};
use ordinance_harness::column_letters;

use super::toml_string::offsets;

/// A manifest with expressions.
pub(super) struct Layer {
    /// The name by which texts name the file: within the rule's folder, or from the folder of the sources if it is that
    /// of another rule.
    pub(super) file: String,
    /// The path of the rule's folder in the folder of the sources.
    pub(super) place: String,
    /// The whole text.
    pub(super) text: Arc<str>,
    /// Where each line begins.
    line_starts: Vec<usize>,
    /// Its expressions.
    pub(super) expressions: RuleExpressions,
}

impl Layer {
    pub(super) fn new(file: String, place: String, text: &str, expressions: RuleExpressions) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { file, place, text: text.into(), line_starts, expressions }
    }

    /// The path of the manifest in the folder of the sources.
    fn path(&self) -> String {
        format!("{}/{}", self.place, crate::source::MANIFEST_FILE)
    }

    fn line_of(&self, offset: usize) -> u32 {
        u32::try_from(self.line_starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// A fault of the manifest's form.
    pub(super) fn diagnostic(&self, at: &WrittenText, message: String, help: &str) -> Diagnostic {
        Diagnostic {
            is_cell: false,
            file: self.path(),
            text: Arc::clone(&self.text),
            span: at.span.clone(),
            message,
            help: Some(help.to_owned()),
        }
    }
}

/// The texts of a rule, and the files in which they stand.
pub(crate) struct RuleTexts {
    pub(crate) text: RuleText,
    /// The path in the folder of the sources, and the content, of each file of text.
    files: BTreeMap<String, (String, Arc<str>)>,
    /// The path of each other file, such as a workbook.
    tables: BTreeMap<String, String>,
    /// The titles of the tables that have some, by their names.
    pub(crate) titles: BTreeMap<String, Titles>,
    /// What the author should know of the sheets.
    pub(super) warnings: Vec<Diagnostic>,
}

impl RuleTexts {
    /// The error message for the author, with its place in the manifest or the sheet.
    pub(super) fn diagnostic(&self, fault: &ExpressionError) -> Diagnostic {
        let Some(text) = self.text.texts.0.get(fault.place.text.0) else {
            return Diagnostic { help: fault.help.clone(), ..Diagnostic::whole_file("rule.toml", &fault.message) };
        };
        let span = fault.place.span;
        let is_cell = matches!(text.origin, Origin::Cell { .. });
        let (file, shown, span) = match &text.origin {
            Origin::Text { offsets, .. } => {
                let offset = |byte: usize| offsets.get(byte).or(offsets.last()).copied().unwrap_or_default();
                let (path, content) = self.files.get(&text.file).cloned().unwrap_or_default();
                (path, content, offset(span.start)..offset(span.end))
            }
            Origin::Cell { sheet, row, column } => {
                let path = self.tables.get(&text.file).unwrap_or(&text.file);
                (cell_name(path, sheet, *row, *column), text.text.as_str().into(), span.start..span.end)
            }
        };
        Diagnostic { is_cell, file, text: shown, span, message: fault.message.clone(), help: fault.help.clone() }
    }
}

/// `monthly.xlsx, sheet 1, C7`; a file of text has no sheet: `monthly.csv, row 7, column 3`.
pub(super) fn cell_name(file: &str, sheet: &str, row: u32, column: u32) -> String {
    match sheet {
        "" => format!("{file}, row {row}, column {column}"),
        sheet => {
            let letters = column_letters(usize::try_from(column).unwrap_or(usize::MAX));
            format!("{file}, sheet {sheet}, {letters}{row}")
        }
    }
}

/// Gathers texts.
#[derive(Default)]
pub(super) struct Gathered {
    texts: Vec<SourceText>,
    files: BTreeMap<String, (String, Arc<str>)>,
    pub(super) tables: BTreeMap<String, String>,
    pub(super) titles: BTreeMap<String, Titles>,
    /// The faults so far.
    pub(super) faults: Vec<Diagnostic>,
    /// What the author should know of the sheets.
    pub(super) warnings: Vec<Diagnostic>,
}

impl Gathered {
    /// Adds a text of a manifest.
    pub(super) fn add(&mut self, layer: &Layer, written: &WrittenText) -> TextId {
        self.files.entry(layer.file.clone()).or_insert_with(|| (layer.path(), Arc::clone(&layer.text)));
        let offsets = offsets(&layer.text, &written.span, &written.text);
        let lines = offsets.iter().map(|offset| layer.line_of(*offset)).collect();
        let origin = Origin::Text { offsets, lines };
        self.push(SourceText { text: written.text.clone(), file: layer.file.clone(), origin })
    }

    /// Adds a text.
    pub(super) fn push(&mut self, text: SourceText) -> TextId {
        self.texts.push(text);
        TextId(self.texts.len() - 1)
    }

    /// What was added.
    pub(super) fn text(&self, id: TextId) -> &str {
        self.texts.get(id.0).map_or("", |text| text.text.as_str())
    }

    /// Writes a text in another way, of which each byte and the end stand where a byte of the text does.
    pub(super) fn rewrite(&mut self, id: TextId, rewritten: String, bytes: &[usize]) {
        let Some(text) = self.texts.get_mut(id.0) else { return };
        text.text = rewritten;
        if let Origin::Text { offsets, lines } = &mut text.origin {
            *offsets = bytes.iter().filter_map(|byte| offsets.get(*byte).copied()).collect();
            *lines = bytes.iter().filter_map(|byte| lines.get(*byte).copied()).collect();
        }
    }

    pub(super) fn finish(self, text: RuleText) -> RuleTexts {
        let Self { texts, files, tables, titles, warnings, .. } = self;
        let text = RuleText { texts: SourceTexts(texts), ..text };
        RuleTexts { text, files, tables, titles, warnings }
    }
}

/// The most defined values of a rule. Each is told with every answer: as many numbers with names of 64 letters fit into
/// the 64 KiB that a host reads of one.
const DEFINES_MAX: usize = 250;

/// Gathers all but the tables. `layers` are the rule's own manifest and, behind it, that which it extends: what the
/// first has counts.
pub(super) fn gather(layers: &[Layer], manifest: &Manifest, gathered: &mut Gathered) -> RuleText {
    let mut text = RuleText::default();
    for layer in layers {
        for (name, written) in &layer.expressions.defines {
            if text.defines.iter().all(|(known, _)| *known != name.text) {
                if text.defines.len() == DEFINES_MAX {
                    gathered.faults.push(too_many_defines(layer, name));
                    break;
                }
                text.defines.push((name.text.clone(), gathered.add(layer, written)));
            }
        }
        for (name, written) in &layer.expressions.grant {
            if text.grant.iter().all(|(known, _)| *known != name.text) {
                text.grant.push((name.text.clone(), gathered.add(layer, written)));
            }
        }
        if let (None, Some(written)) = (text.eligible, &layer.expressions.eligible) {
            text.eligible = Some(gathered.add(layer, written));
        }
    }
    for criterion in &manifest.criteria {
        text.criteria.extend(criterion_text(layers, criterion.id.as_str(), gathered));
    }
    // A defined value without `[intermediates.NAME]` has no title; the rule reports it if an answer can hold its type.
    let declared = manifest.intermediates.iter().filter(|told| !told.titles.is_empty());
    text.intermediates = declared.map(|told| told.name.as_str().to_owned()).collect();
    text
}

fn too_many_defines(layer: &Layer, name: &WrittenText) -> Diagnostic {
    layer.diagnostic(
        name,
        format!(
            "a rule has at most {DEFINES_MAX} defined values, since an answer tells each; `{}` is one more",
            name.text
        ),
        "put several into one expression, or numbers of the law into a table of `[parameters]`",
    )
}

fn criterion_text(layers: &[Layer], id: &str, gathered: &mut Gathered) -> Option<CriterionText> {
    let found = layers.iter().flat_map(|layer| {
        let criteria = layer.expressions.criteria.iter().filter(|criterion| criterion.id.text == id);
        criteria.map(move |criterion| (layer, criterion))
    });
    let found: Vec<_> = found.collect();
    let (first_layer, first) = found.first()?;
    let with_condition = found.iter().find_map(|(layer, criterion)| Some((layer, criterion.when.as_ref()?)));
    let Some((layer, when)) = with_condition else {
        gathered.faults.push(first_layer.diagnostic(
            &first.id,
            format!("the criterion `{id}` has no condition"),
            "add one, such as when = \"age >= 80\": it is the criterion's finding",
        ));
        return None;
    };
    let each = found.iter().find_map(|(_, criterion)| criterion.each.clone());
    Some(CriterionText { id: id.to_owned(), when: gathered.add(layer, when), each })
}
