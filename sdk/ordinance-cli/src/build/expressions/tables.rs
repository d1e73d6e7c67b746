//! The decision tables of a rule: their rows stand in the manifest, or in a file beside it.

use ordinance_engine::manifest::expressions::{OutputTexts, WrittenTable, WrittenText};
use ordinance_feel::rule_text::{RowText, RuleText, TableText};
use ordinance_feel::source_text::TextId;
use ordinance_feel::tree::{Aggregation, HitPolicy};

use super::rule_texts::{Gathered, Layer};
use super::table_file::{FileTable, gather_file};
use super::words::{ColumnWords, Words};
use crate::source::Source;

/// The hit policies by their names, as DMN has them.
const HIT_POLICIES: [(&str, &str, HitPolicy); 11] = [
    ("unique", "U", HitPolicy::Unique),
    ("any", "A", HitPolicy::Any),
    ("priority", "P", HitPolicy::Priority),
    ("first", "F", HitPolicy::First),
    ("rule order", "R", HitPolicy::RuleOrder),
    ("output order", "O", HitPolicy::OutputOrder),
    ("collect", "C", HitPolicy::Collect(None)),
    ("collect sum", "C+", HitPolicy::Collect(Some(Aggregation::Sum))),
    ("collect min", "C<", HitPolicy::Collect(Some(Aggregation::Min))),
    ("collect max", "C>", HitPolicy::Collect(Some(Aggregation::Max))),
    ("collect count", "C#", HitPolicy::Collect(Some(Aggregation::Count))),
];

const HIT_HELP: &str = "write unique, any, priority, first, rule order, output order, collect, or collect sum, min, max \
                        or count";

/// Gathers the tables of all layers; of a name that two have, that of the first counts.
pub(super) fn gather_tables(
    source: &Source,
    layers: &[Layer],
    words: &Words,
    text: &mut RuleText,
    gathered: &mut Gathered,
) {
    for layer in layers {
        for table in &layer.expressions.tables {
            if text.tables.iter().all(|known| known.name != table.name.text) {
                text.tables.extend(gather_table(source, layer, table, words, gathered));
            }
        }
    }
}

fn gather_table(
    source: &Source,
    layer: &Layer,
    table: &WrittenTable,
    words: &Words,
    gathered: &mut Gathered,
) -> Option<TableText> {
    let hit = hit_policy(layer, table, gathered)?;
    let place = gathered.add(layer, &table.name);
    if !table.titles.is_empty() {
        gathered.titles.insert(table.name.text.clone(), table.titles.clone());
    }
    let FileTable { inputs, outputs, rows } = match (&table.rows, &table.file) {
        (Some(_), None) => inline_table(layer, table, gathered)?,
        (None, Some(file)) => gather_file(source, layer, table, file, words, gathered)?,
        (Some(_), Some(file)) => {
            gathered.faults.push(layer.diagnostic(
                file,
                format!("the table `{}` has rows and a file", table.name.text),
                "remove one of them",
            ));
            return None;
        }
        (None, None) => {
            let help = "write rows = [[\"< 80\", \"100\"]], or file = \"NAME.xlsx\" (or .ods, .csv) beside rule.toml";
            gathered.faults.push(layer.diagnostic(
                &table.name,
                format!("the table `{}` has no rows", table.name.text),
                help,
            ));
            return None;
        }
    };
    quote_cells(&inputs, &rows, words, gathered);
    let default = match &table.default {
        Some(texts) => Some(each_output(layer, table, &outputs, texts, gathered)?.into_iter().flatten().collect()),
        None => None,
    };
    let default = default.filter(|texts: &Vec<TextId>| is_whole(layer, table, texts.len(), outputs.len(), gathered));
    let priorities = match &table.priorities {
        Some(texts) => each_output(layer, table, &outputs, texts, gathered)?,
        None => vec![None; outputs.len()],
    };
    Some(TableText { name: table.name.text.clone(), hit, inputs, outputs, priorities, rows, default, place })
}

/// Puts the words of choices into quotes.
fn quote_cells(inputs: &[TextId], rows: &[RowText], words: &Words, gathered: &mut Gathered) {
    let columns: Vec<ColumnWords<'_>> = inputs.iter().map(|input| words.of_column(gathered.text(*input))).collect();
    let outputs = words.of_outputs();
    for row in rows {
        row.tests.iter().zip(&columns).for_each(|(cell, column)| quote(*cell, column, gathered));
        row.outputs.iter().for_each(|cell| quote(*cell, &outputs, gathered));
    }
}

fn quote(cell: TextId, words: &ColumnWords<'_>, gathered: &mut Gathered) {
    if let Some((quoted, bytes)) = words.quoted(gathered.text(cell)) {
        gathered.rewrite(cell, quoted, &bytes);
    }
}

fn hit_policy(layer: &Layer, table: &WrittenTable, gathered: &mut Gathered) -> Option<HitPolicy> {
    let Some(hit) = &table.hit else { return Some(HitPolicy::Unique) };
    let wanted = hit.text.trim();
    let found = HIT_POLICIES.iter().find(|(name, sign, _)| *name == wanted.to_ascii_lowercase() || *sign == wanted);
    if found.is_none() {
        gathered.faults.push(layer.diagnostic(hit, format!("`{wanted}` is no hit policy"), HIT_HELP));
    }
    found.map(|(_, _, hit)| *hit)
}

/// A table whose rows stand in the manifest.
fn inline_table(layer: &Layer, table: &WrittenTable, gathered: &mut Gathered) -> Option<FileTable> {
    let name = &table.name.text;
    let Some(inputs) = &table.inputs else {
        let message = format!("the table `{name}` has no inputs");
        gathered.faults.push(layer.diagnostic(
            &table.name,
            message,
            "write inputs = [\"age\"]: an expression for each column of conditions",
        ));
        return None;
    };
    let rows = table.rows.as_deref().unwrap_or_default();
    let outputs: Vec<String> = match &table.outputs {
        Some(outputs) => outputs.iter().map(|output| output.text.clone()).collect(),
        None => vec![name.clone()],
    };
    let width = inputs.len() + outputs.len();
    let faults = gathered.faults.len();
    for row in rows.iter().filter(|row| row.cells.len() != width) {
        let at = WrittenText { text: String::new(), span: row.span.clone() };
        let message = format!(
            "the row has {} cells, and the table {} inputs and {} outputs",
            row.cells.len(),
            inputs.len(),
            outputs.len()
        );
        let help = if table.outputs.is_none() {
            "write a cell for each; a table of several outputs has outputs = [\"NAME\", ..]; \"-\" fits every value"
        } else {
            "write a cell for each; \"-\" fits every value"
        };
        gathered.faults.push(layer.diagnostic(&at, message, help));
    }
    if gathered.faults.len() > faults {
        return None;
    }
    let input_texts = inputs.iter().map(|input| gathered.add(layer, input)).collect();
    let mut row_texts = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells: Vec<TextId> = row.cells.iter().map(|cell| gathered.add(layer, cell)).collect();
        let outputs = cells.split_off(inputs.len());
        row_texts.push(RowText { tests: cells, outputs });
    }
    Some(FileTable { inputs: input_texts, outputs, rows: row_texts })
}

/// The text for each output, in their order; `None` where none is given.
fn each_output(
    layer: &Layer,
    table: &WrittenTable,
    outputs: &[String],
    texts: &OutputTexts,
    gathered: &mut Gathered,
) -> Option<Vec<Option<TextId>>> {
    match texts {
        OutputTexts::InOrder(texts) if texts.len() == outputs.len() => {
            Some(texts.iter().map(|text| Some(gathered.add(layer, text))).collect())
        }
        OutputTexts::InOrder(texts) => {
            is_whole(layer, table, texts.len(), outputs.len(), gathered);
            None
        }
        OutputTexts::ByName(texts) => {
            if let Some((name, _)) = texts.iter().find(|(name, _)| !outputs.contains(&name.text)) {
                let message = format!("the table `{}` has no output `{}`", table.name.text, name.text);
                let help = format!("name one of {}", outputs.join(", "));
                gathered.faults.push(layer.diagnostic(name, message, &help));
                return None;
            }
            let mut of_output = |output: &String| {
                let (_, text) = texts.iter().find(|(name, _)| name.text == *output)?;
                Some(gathered.add(layer, text))
            };
            Some(outputs.iter().map(&mut of_output).collect())
        }
    }
}

/// Whether a default has as many texts as the table has outputs; tells the fault if it doesn't.
fn is_whole(layer: &Layer, table: &WrittenTable, texts: usize, outputs: usize, gathered: &mut Gathered) -> bool {
    if texts != outputs {
        let message = format!("the table `{}` has {outputs} outputs, and {texts} are given", table.name.text);
        let help = "give one for each output, in their order or by name: default = { NAME = \"0\" }";
        gathered.faults.push(layer.diagnostic(&table.name, message, help));
    }
    texts == outputs
}
