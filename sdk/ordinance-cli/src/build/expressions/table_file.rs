//! Decision tables in files beside a rule: workbooks and text. The first row with content is the header: the
//! expressions of the input columns and the names of the outputs. Columns `from` and `until` hold the days of each row.

use std::collections::BTreeMap;

use ordinance_domain::calendar::Date;
use ordinance_domain::plain_text::is_hidden;
use ordinance_engine::diagnostic::Diagnostic;
use ordinance_engine::manifest::expressions::{WrittenTable, WrittenText};
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use ordinance_feel::rule_text::RowText;
use ordinance_feel::source_text::{Origin, SourceText, TextId};
use ordinance_feel::syntax::{Scope, normal_tests, parse_tests};
use ordinance_harness::{Cell, TableRow, read_day};

use super::remark_column::remark_column;
use super::renewed_rows::{LeftOutRow, RowPeriod, left_out_rows};
use super::rule_texts::{Gathered, Layer, cell_name};
use super::sheet_columns::{Column, SheetColumns, columns_of};
use super::split_numbers::{is_digits, mend_of_number, numbers_in_remarks, surplus_cells};
use super::words::{ColumnWords, Words};
use crate::entries::{QuoteError, WholeTable, WholeTableError, whole_table};
use crate::source::Source;

/// The columns and rows of a table, wherever they stand.
pub(super) struct FileTable {
    pub(super) inputs: Vec<TextId>,
    pub(super) outputs: Vec<String>,
    pub(super) rows: Vec<RowText>,
}

/// The most rows of a decision table.
const ROWS_MAX: usize = 100_000;
/// The most errors in the cells of a table that a build reports.
const FAULTS_MAX: usize = 20;
/// The most rows left out by a later day that a build names.
const LEFT_OUT_MAX: usize = 10;

/// Gathers the table in a file of a rule's folder. `None`, with the faults told, if it can't be used.
pub(super) fn gather_file(
    source: &Source,
    layer: &Layer,
    table: &WrittenTable,
    file: &WrittenText,
    words: &Words,
    gathered: &mut Gathered,
) -> Option<FileTable> {
    let whole = match read(source, layer, table, file) {
        Ok(whole) => whole,
        Err(diagnostic) => {
            gathered.faults.push(diagnostic);
            return None;
        }
    };
    let before = gathered.faults.len();
    let path = format!("{}/{}", layer.place, file.text);
    // A table of another rule is named with the path of that rule.
    let is_own = layer.file == crate::source::MANIFEST_FILE;
    let name = if is_own { file.text.clone() } else { path.clone() };
    gathered.tables.insert(name.clone(), path.clone());
    let mut sheet = Sheet { name, path, label: whole.sheet.clone(), gathered };
    let found = sheet.gather(layer, table, words, &whole);
    let faults = &mut sheet.gathered.faults;
    if faults.len() > before + FAULTS_MAX {
        let more = faults.len() - before - FAULTS_MAX;
        faults.truncate(before + FAULTS_MAX);
        let note = Diagnostic::whole_file(&sheet.path, format!("{more} more cells have faults"));
        faults.push(note);
    }
    found.filter(|_| gathered.faults.len() == before)
}

fn read(source: &Source, layer: &Layer, table: &WrittenTable, file: &WrittenText) -> Result<WholeTable, Diagnostic> {
    let name = &file.text;
    if name.contains(['/', '\\']) || name.starts_with('.') || name.is_empty() {
        let help = "put the file into the rule's folder and write its name, such as file = \"monthly.xlsx\"";
        return Err(layer.diagnostic(file, format!("`{name}` is no file beside rule.toml"), help));
    }
    let path = format!("{}/{name}", layer.place);
    let bytes = source.reader.read(&path, FILE_BYTES_MAX).map_err(|error| {
        layer.diagnostic(file, format!("`{name}` can't be read: {error}"), "put the file beside rule.toml")
    })?;
    let sheet = table.sheet.as_ref().map(|sheet| sheet.text.as_str());
    whole_table(name, bytes, sheet).map_err(|error| match error {
        WholeTableError::Quote(error) => quote_fault(&path, &error),
        error => {
            let help = "save the sheet again in a spreadsheet program, as a workbook of its own, or as \"CSV UTF-8\"";
            layer.diagnostic(file, format!("`{name}`: {error}"), help)
        }
    })
}

/// A quote of a text that doesn't close where its cell ends.
fn quote_fault(path: &str, error: &QuoteError) -> Diagnostic {
    let cell = error.cell();
    let help = "close the quote where the cell ends, and write one that belongs to the text twice, as in \
                `\"the \"\"new\"\" order\"`; a cell without quotes around it may hold some as they are";
    cell_fault(path, "", cell.line, cell.column, &cell.written, &error.to_string(), help)
}

/// A fault of a cell with this content.
fn cell_fault(
    path: &str,
    sheet: &str,
    row: usize,
    column: usize,
    content: &str,
    message: &str,
    help: &str,
) -> Diagnostic {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Diagnostic {
        is_cell: true,
        file: cell_name(path, sheet, number(row), number(column)),
        text: content.into(),
        span: 0..content.len(),
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}

/// A table while its texts are gathered.
struct Sheet<'g> {
    /// The name by which texts name the file.
    name: String,
    /// The path in the folder of the sources.
    path: String,
    /// The sheet's number, or nothing.
    label: String,
    gathered: &'g mut Gathered,
}

impl Sheet<'_> {
    fn gather(&mut self, layer: &Layer, table: &WrittenTable, words: &Words, whole: &WholeTable) -> Option<FileTable> {
        for (row, column) in &whole.merged {
            self.fault(
                *row,
                *column,
                "",
                "these cells are merged, and only the first has their value",
                "unmerge them and write the value into each",
            );
        }
        let Some((header, rows)) = whole.rows.split_first() else {
            let at = table.file.as_ref().unwrap_or(&table.name);
            self.gathered.faults.push(layer.diagnostic(
                at,
                format!("`{}` has no rows", self.name),
                "write a header and a row for each case",
            ));
            return None;
        };
        if rows.len() > ROWS_MAX {
            let last = rows.get(ROWS_MAX).map_or(0, |row| row.line);
            self.fault(last, 1, "", &format!("a decision table has at most {ROWS_MAX} rows"), "split the table");
            return None;
        }
        let columns = match columns_of(table, header) {
            Ok(columns) => columns,
            Err(fault) => {
                match fault.column {
                    Some(column) => {
                        self.fault(header.line, column, &name_of(header, column), &fault.message, fault.help)
                    }
                    None => self.gathered.faults.push(layer.diagnostic(&fault.at, fault.message, fault.help)),
                }
                return None;
            }
        };
        self.check_header(table, &columns, words, header, rows)?;
        let inputs = columns.inputs.iter().map(|input| match &input.written {
            Some(written) => self.gathered.add(layer, written),
            None => self.add(header.line, input.column, name_of(header, input.column)),
        });
        let mut inputs: Vec<TextId> = inputs.collect();
        let column_words: Vec<ColumnWords<'_>> =
            inputs.iter().map(|input| words.of_column(self.gathered.text(*input))).collect();
        if whole.separator == Some(',') {
            self.warn_of_split_numbers(&columns, rows);
        }
        let periods = self.periods(&columns, &column_words, header, rows);
        if let Some(column) = columns.from.or(columns.until) {
            inputs.push(self.add(header.line, column, "as_of".to_owned()));
        }
        let mut row_texts = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            self.check_length(row, header, whole.separator, &columns.ignored);
            let mut tests: Vec<TextId> =
                columns.inputs.iter().map(|input| self.cell(row, input.column, true)).collect();
            if let Some(periods) = &periods {
                let column = columns.from.or(columns.until).unwrap_or(1);
                tests.push(self.add(row.line, column, periods.get(index).cloned().unwrap_or_default()));
            }
            let outputs = columns.outputs.iter().map(|(column, _)| self.cell(row, *column, false)).collect();
            row_texts.push(RowText { tests, outputs });
        }
        let outputs = columns.outputs.into_iter().map(|(_, name)| name).collect();
        Some(FileTable { inputs, outputs, rows: row_texts })
    }

    /// Adds the text of a cell.
    fn add(&mut self, row: usize, column: usize, text: String) -> TextId {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let origin = Origin::Cell { sheet: self.label.clone(), row: number(row), column: number(column) };
        self.gathered.push(SourceText { text, file: self.name.clone(), origin })
    }

    /// Tells a fault of a cell with this content.
    fn fault(&mut self, row: usize, column: usize, content: &str, message: &str, help: &str) {
        let fault = cell_fault(&self.path, &self.label, row, column, content, message, help);
        self.gathered.faults.push(fault);
    }

    /// The expression or the tests of a cell.
    fn cell(&mut self, row: &TableRow, column: usize, is_test: bool) -> TextId {
        let cell = row.cells.get(column.saturating_sub(1)).unwrap_or(&Cell::Empty);
        let text = match cell {
            Cell::Empty if is_test => String::new(),
            Cell::Empty => {
                self.fault(row.line, column, "", "the row has no output here", "write what the row gives, or null");
                String::new()
            }
            Cell::Text(_) | Cell::Number(_) | Cell::Double(_) | Cell::Bool(_) | Cell::Date(_) => expression_in(cell),
            Cell::Nested(_) => {
                self.fault(
                    row.line,
                    column,
                    "",
                    "this is a list or a record",
                    "write a number, a text, a day or a truth value",
                );
                String::new()
            }
            Cell::Unusable(error) => {
                self.fault(
                    row.line,
                    column,
                    "",
                    &error.to_string(),
                    "a cell holds a number, a text, a day or a truth value",
                );
                String::new()
            }
        };
        self.check_hidden(row.line, column, &text);
        if let Some((message, help)) = fault_of_number(&text) {
            self.fault(row.line, column, &text, message, &help);
        }
        self.add(row.line, column, text)
    }

    /// Tells characters that nobody sees. A cell may have several lines.
    fn check_hidden(&mut self, row: usize, column: usize, text: &str) {
        let is_told = |letter: &char| is_hidden(*letter) && !matches!(letter, '\n' | '\r' | '\t');
        if let Some(letter) = text.chars().find(is_told) {
            let message = format!("the cell holds the hidden character U+{:04X}", u32::from(letter));
            self.fault(row, column, text, &message, "delete it, or type the cell anew");
        }
    }

    /// Tells characters in headings that nobody sees. `None` if a column of remarks is taken as the output.
    fn check_header(
        &mut self,
        table: &WrittenTable,
        columns: &SheetColumns,
        words: &Words,
        header: &TableRow,
        rows: &[TableRow],
    ) -> Option<()> {
        for (column, cell) in (1..).zip(&header.cells).filter(|(column, _)| !columns.ignored.contains(column)) {
            self.check_hidden(header.line, column, &cell.as_name());
        }
        if let Some((column, heading)) = remark_column(table, columns, rows, &words.of_outputs()) {
            let message = format!("the last column, `{heading}`, is taken as the output, and no cell of it gives one");
            let help = format!("head it `# {heading}` if it is a remark");
            self.fault(header.line, column, &heading, &message, &help);
            return None;
        }
        Some(())
    }

    /// Tells a row with more cells than the header, as only text has them, or else its cells under no name.
    fn check_length(&mut self, row: &TableRow, header: &TableRow, separator: Option<char>, ignored: &[usize]) {
        match separator.and_then(|separator| surplus_cells(row, header, separator)) {
            Some(found) => self.fault(row.line, found.column, &found.content, &found.message, &found.help),
            None => self.check_beyond(row, header, ignored),
        }
    }

    /// Tells cells beyond the header, and those under no name.
    fn check_beyond(&mut self, row: &TableRow, header: &TableRow, ignored: &[usize]) {
        for (column, cell) in (1..).zip(&row.cells) {
            let is_named = header.cells.get(column - 1).is_some_and(|name| *name != Cell::Empty);
            if *cell != Cell::Empty && !is_named && !ignored.contains(&column) {
                self.fault(
                    row.line,
                    column,
                    &cell.as_name(),
                    "this cell is in a column without a header",
                    "write what the column is into the first row, or remove the cell",
                );
            }
        }
    }

    /// For each row the tests of its days; `None` if the table has no column of days. A row without an end holds until
    /// another with the same conditions begins.
    fn periods(
        &mut self,
        columns: &SheetColumns,
        words: &[ColumnWords<'_>],
        header: &TableRow,
        rows: &[TableRow],
    ) -> Option<Vec<String>> {
        columns.from.or(columns.until)?;
        let mut begins: BTreeMap<Vec<String>, Vec<Date>> = BTreeMap::new();
        let mut periods = Vec::with_capacity(rows.len());
        for row in rows {
            let from = columns.from.and_then(|column| self.day(row, column));
            let until = columns.until.and_then(|column| self.day(row, column));
            let conditions: Vec<String> = columns.inputs.iter().map(|input| name_of(row, input.column)).collect();
            let cells = columns.inputs.iter().zip(words);
            let meaning: Vec<String> = cells.map(|(input, words)| meaning_of(row, input.column, words)).collect();
            begins.entry(meaning.clone()).or_default().extend(from);
            periods.push(RowPeriod { line: row.line, conditions, meaning, from, until });
        }
        self.warn_of_left_out(columns, header, &periods);
        let test = |RowPeriod { meaning, from, until, .. }: RowPeriod| {
            let others = begins.get(&meaning).into_iter().flatten();
            let next = from.and_then(|from| others.filter(|other| **other > from).min().copied());
            match (from, until.or(next)) {
                (Some(begin), Some(end)) => format!("[@\"{begin}\"..@\"{end}\")"),
                (Some(begin), None) => format!(">= @\"{begin}\""),
                (None, Some(end)) => format!("< @\"{end}\""),
                (None, None) => String::new(),
            }
        };
        Some(periods.into_iter().map(test).collect())
    }

    /// Warns of numbers in remarks that may be a part of the output before them.
    fn warn_of_split_numbers(&mut self, columns: &SheetColumns, rows: &[TableRow]) {
        for (line, column, output, remark) in numbers_in_remarks(columns, rows) {
            let message = format!(
                "the remark is only the number `{remark}`: is it a part of the number before it, `{output}`, parted by \
                 a comma?"
            );
            let help =
                format!("{} if it is; else say in words what the number is", mend_of_number("", &output, &remark));
            self.warn(line, column, message, Some(help));
        }
    }

    /// Warns of rows that go on past a day on which as many others are renewed.
    fn warn_of_left_out(&mut self, columns: &SheetColumns, header: &TableRow, periods: &[RowPeriod]) {
        let Some(from) = columns.from else { return };
        let left_out = left_out_rows(periods);
        for LeftOutRow { line, day, renewed } in left_out.iter().take(LEFT_OUT_MAX) {
            let Some(row) = periods.iter().find(|row| row.line == *line) else { continue };
            let named = |(input, cell): (&Column, &String)| match cell.as_str() {
                "" => format!("any `{}`", name_of(header, input.column)),
                cell => format!("`{cell}` of `{}`", name_of(header, input.column)),
            };
            let key: Vec<String> = columns.inputs.iter().zip(&row.conditions).map(named).collect();
            let key = key.join(" and ");
            let message = format!(
                "no row from {day} has {key}, though {renewed} others begin anew that day: this row still holds"
            );
            let help = format!(
                "write a row from {day} for it, with this row's output if that stays; or end this row in a column \
                 `until`"
            );
            self.warn(*line, from, message, Some(help));
        }
        if let Some(LeftOutRow { line, .. }) = left_out.get(LEFT_OUT_MAX) {
            let message = match left_out.len() - LEFT_OUT_MAX - 1 {
                0 => "this row is left out like those before".to_owned(),
                more => format!("this row and {more} more are left out like those before"),
            };
            self.warn(*line, from, message, None);
        }
    }

    fn warn(&mut self, row: usize, column: usize, message: String, help: Option<String>) {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let file = cell_name(&self.path, &self.label, number(row), number(column));
        let warning = Diagnostic { is_cell: true, help, ..Diagnostic::whole_file(&file, message) };
        self.gathered.warnings.push(warning);
    }

    /// The day in a cell; `None` if it is empty, or told as a fault.
    fn day(&mut self, row: &TableRow, column: usize) -> Option<Date> {
        let cell = row.cells.get(column.saturating_sub(1))?;
        let found = match cell {
            Cell::Empty => return None,
            Cell::Date(day) => Ok(*day),
            Cell::Text(text) => read_day(text.trim()).map_err(|error| error.to_string()),
            Cell::Unusable(error) => Err(error.to_string()),
            Cell::Number(_) | Cell::Double(_) | Cell::Bool(_) | Cell::Nested(_) => Err("this is no day".to_owned()),
        };
        found
            .map_err(|message| {
                let help = "write the year first, as 2026-01-01, or format the column as a date";
                self.fault(row.line, column, &cell.as_name(), &message, help);
            })
            .ok()
    }
}

/// The text of a cell, as the name or expression in a header.
fn name_of(row: &TableRow, column: usize) -> String {
    row.cells.get(column.saturating_sub(1)).map(Cell::as_name).unwrap_or_default()
}

/// The expression or the tests of a cell that has some.
fn expression_in(cell: &Cell) -> String {
    match cell {
        Cell::Date(day) => format!("@\"{day}\""),
        other => other.as_name(),
    }
}

/// What the conditions in a cell mean: the same text for the same tests, however they are written.
fn meaning_of(row: &TableRow, column: usize, words: &ColumnWords<'_>) -> String {
    let text = row.cells.get(column.saturating_sub(1)).map(expression_in).unwrap_or_default();
    let quoted = words.quoted(&text).map_or_else(|| text.clone(), |(quoted, _)| quoted);
    match parse_tests(&quoted, &Scope::default()) {
        Ok(tests) => normal_tests(&tests, &|name| words.has(name), words.numbers),
        // The fault is told where all cells are read.
        Err(_) => text,
    }
}

/// What is wrong with a cell that holds a number as no expression writes it.
fn fault_of_number(text: &str) -> Option<(&'static str, String)> {
    if let Some(number) = text.strip_suffix('%').map(str::trim)
        && number.chars().all(|c| c.is_ascii_digit() || c == '.')
    {
        return Some((
            "a percentage is no number here",
            format!("write {number} per cent as {number} / 100, or as a number such as 0.22"),
        ));
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let (whole, decimals) = text.strip_prefix('-').unwrap_or(text).split_once(',')?;
    if is_digits(whole) && is_digits(decimals) {
        let mend = mend_of_number(sign, whole, decimals);
        let help = format!("{mend}; two numbers that may both be meant have a blank behind the comma");
        return Some(("a comma separates two values", help));
    }
    None
}
