//! The expressions and decision tables of a manifest. Here they are texts with their places: the host runs what
//! `ordinance build` compiled from them, and never reads them.

use std::collections::BTreeMap;
use std::ops::Range;

use ordinance_domain::titles::Titles;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Diagnostic;
use crate::toml_text::{ProvisionToml, TextFile};

/// An expression, or a name of one, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenText {
    /// The expression, without the quotes and escapes of TOML. A number or a day without quotes is as it is written.
    pub text: String,
    /// The bytes of the whole value in the manifest, with its quotes.
    pub span: Range<usize>,
}

/// The expressions of a rule's manifest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleExpressions {
    /// `[define]`: names with their expressions, in the order of the text.
    pub defines: Vec<(WrittenText, WrittenText)>,
    /// `[tables.NAME]`, in the order of the text.
    pub tables: Vec<WrittenTable>,
    /// Each criterion, in the order of the text.
    pub criteria: Vec<WrittenCriterion>,
    /// `[eligible] when`
    pub eligible: Option<WrittenText>,
    /// `[grant]`: names with their expressions, in the order of the text.
    pub grant: Vec<(WrittenText, WrittenText)>,
}

/// A criterion and its condition.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenCriterion {
    /// Its id.
    pub id: WrittenText,
    /// The condition, if the manifest has it.
    pub when: Option<WrittenText>,
    /// The list for each of whose items it holds or not.
    pub each: Option<String>,
}

/// A decision table.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenTable {
    /// Its name; the span is that of the key.
    pub name: WrittenText,
    /// Titles for people; often none.
    pub titles: Titles,
    /// The hit policy.
    pub hit: Option<WrittenText>,
    /// The expressions of the input columns.
    pub inputs: Option<Vec<WrittenText>>,
    /// The names of the output columns.
    pub outputs: Option<Vec<WrittenText>>,
    /// The rows: cells in the order of inputs and outputs.
    pub rows: Option<Vec<WrittenRow>>,
    /// The file that holds the rows.
    pub file: Option<WrittenText>,
    /// The sheet of that file.
    pub sheet: Option<WrittenText>,
    /// The outputs if no row matches: one for each, or one by name.
    pub default: Option<OutputTexts>,
    /// The values of outputs in the order of their priority.
    pub priorities: Option<OutputTexts>,
}

/// A row of a table in the manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenRow {
    /// The cells.
    pub cells: Vec<WrittenText>,
    /// The bytes of the row.
    pub span: Range<usize>,
}

/// A text for each output of a table, or for some.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputTexts {
    /// In the order of the outputs.
    InOrder(Vec<WrittenText>),
    /// By the names of outputs.
    ByName(Vec<(WrittenText, WrittenText)>),
}

impl RuleExpressions {
    /// The place of the first key by which the manifest has expressions; `None` if it has none.
    #[must_use]
    pub fn first(&self) -> Option<Range<usize>> {
        let named = self.defines.iter().chain(&self.grant).map(|(name, _)| name);
        let tables = self.tables.iter().map(|table| &table.name);
        let conditions = self.criteria.iter().filter_map(|criterion| criterion.when.as_ref()).chain(&self.eligible);
        named.chain(tables).chain(conditions).map(|text| text.span.clone()).min_by_key(|span| span.start)
    }
}

/// Reads the expressions of a manifest, which may leave out whatever else a manifest has: a rule that extends another
/// takes that from there.
///
/// # Errors
/// A [`Diagnostic`] at the first fault of their form.
pub fn parse_expressions(name: &str, text: &str) -> Result<RuleExpressions, Diagnostic> {
    let file = TextFile::new(name, text);
    let toml: PartialToml = file.parse_with_code(&EXPRESSION_KEYS)?;
    let criterion = |criterion: &PartialCriterionToml| WrittenCriterion {
        id: written(&criterion.id),
        when: criterion.when.as_ref().map(written),
        each: criterion.each.clone(),
    };
    let parts = ExpressionsToml {
        define: toml.define.as_ref(),
        tables: &toml.tables,
        eligible: toml.eligible.as_ref(),
        grant: toml.grant.as_ref(),
    };
    Ok(RuleExpressions { criteria: toml.criteria.iter().map(criterion).collect(), ..parts.read(&file)? })
}

/// The keys of a manifest whose values are expressions, or hold some.
pub(super) const EXPRESSION_KEYS: [&str; 5] = ["define", "tables", "eligible", "grant", "when"];

/// What of a manifest concerns its expressions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct PartialToml {
    #[serde(default)]
    criteria: Vec<PartialCriterionToml>,
    define: Option<Spanned<NamedToml>>,
    #[serde(default)]
    tables: BTreeMap<Spanned<String>, DecisionTableToml>,
    eligible: Option<Spanned<EligibleToml>>,
    grant: Option<Spanned<NamedToml>>,
}

#[derive(Debug, Deserialize)]
struct PartialCriterionToml {
    id: Spanned<String>,
    when: Option<Spanned<String>>,
    each: Option<String>,
}

/// `[define]` or `[grant]`.
pub(super) type NamedToml = BTreeMap<Spanned<String>, Spanned<toml::Value>>;

/// `[eligible]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EligibleToml {
    when: Spanned<String>,
}

/// `[tables.NAME]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DecisionTableToml {
    titles: Option<Spanned<BTreeMap<String, String>>>,
    provision: Option<Spanned<ProvisionToml>>,
    hit: Option<Spanned<String>>,
    inputs: Option<Vec<Spanned<String>>>,
    outputs: Option<Vec<Spanned<String>>>,
    rows: Option<Vec<Spanned<Vec<Spanned<toml::Value>>>>>,
    file: Option<Spanned<String>>,
    sheet: Option<Spanned<String>>,
    default: Option<Spanned<toml::Value>>,
    priorities: Option<Spanned<toml::Value>>,
}

/// The parts of a manifest that hold expressions.
pub(super) struct ExpressionsToml<'t> {
    pub(super) define: Option<&'t Spanned<NamedToml>>,
    pub(super) tables: &'t BTreeMap<Spanned<String>, DecisionTableToml>,
    pub(super) eligible: Option<&'t Spanned<EligibleToml>>,
    pub(super) grant: Option<&'t Spanned<NamedToml>>,
}

impl ExpressionsToml<'_> {
    /// The place of the first part that there is.
    fn first(&self) -> Option<Range<usize>> {
        let tables = self.tables.keys().map(Spanned::span);
        let others = [self.define.map(Spanned::span), self.eligible.map(Spanned::span), self.grant.map(Spanned::span)];
        tables.chain(others.into_iter().flatten()).min_by_key(|span| span.start)
    }

    /// Refuses expressions of a privacy rule, whose rulings are on facts one by one.
    /// `condition` is the place of the first condition of a criterion.
    pub(super) fn check_none(&self, file: &TextFile, condition: Option<Range<usize>>) -> Result<(), Diagnostic> {
        self.first().or(condition).map_or(Ok(()), |span| {
            Err(file.diagnostic_with_help(
                span,
                "a privacy rule can't be written as expressions",
                "remove it, and write the ruling on each fact in Rust: `ordinance new --kind privacy CODE/ID`",
            ))
        })
    }

    /// The names in `[define]`.
    pub(super) fn defined(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.define.into_iter().flat_map(|names| names.get_ref().keys())
    }

    /// Whether there is a table of this name.
    pub(super) fn has_table(&self, name: &str) -> bool {
        self.tables.keys().any(|known| known.get_ref() == name)
    }

    /// The expressions, but for the criteria.
    pub(super) fn read(&self, file: &TextFile) -> Result<RuleExpressions, Diagnostic> {
        let named =
            |names: Option<&Spanned<NamedToml>>| names.map_or(Ok(Vec::new()), |names| named(file, names.get_ref()));
        let mut tables: Vec<WrittenTable> =
            self.tables.iter().map(|(name, table)| written_table(file, name, table)).collect::<Result<_, _>>()?;
        tables.sort_by_key(|table| table.name.span.start);
        Ok(RuleExpressions {
            defines: named(self.define)?,
            tables,
            criteria: Vec::new(),
            eligible: self.eligible.map(|eligible| written(&eligible.get_ref().when)),
            grant: named(self.grant)?,
        })
    }
}

/// A text of TOML with its place.
fn written(text: &Spanned<String>) -> WrittenText {
    WrittenText { text: text.get_ref().clone(), span: text.span() }
}

fn named(file: &TextFile, names: &NamedToml) -> Result<Vec<(WrittenText, WrittenText)>, Diagnostic> {
    let mut found = Vec::with_capacity(names.len());
    for (name, value) in names {
        found.push((written(name), expression(file, value)?));
    }
    found.sort_by_key(|(name, _)| name.span.start);
    Ok(found)
}

fn written_table(
    file: &TextFile,
    name: &Spanned<String>,
    table: &DecisionTableToml,
) -> Result<WrittenTable, Diagnostic> {
    if let Some(provision) = &table.provision {
        file.provision(provision)?;
    }
    let texts = |texts: &Option<Vec<Spanned<String>>>| texts.as_ref().map(|texts| texts.iter().map(written).collect());
    let row = |row: &Spanned<Vec<Spanned<toml::Value>>>| {
        let cells = row.get_ref().iter().map(|cell| expression(file, cell)).collect::<Result<_, _>>()?;
        Ok(WrittenRow { cells, span: row.span() })
    };
    Ok(WrittenTable {
        name: written(name),
        titles: table.titles.as_ref().map(|titles| file.titles(titles)).transpose()?.unwrap_or_default(),
        hit: table.hit.as_ref().map(written),
        inputs: texts(&table.inputs),
        outputs: texts(&table.outputs),
        rows: table.rows.as_ref().map(|rows| rows.iter().map(row).collect::<Result<_, _>>()).transpose()?,
        file: table.file.as_ref().map(written),
        sheet: table.sheet.as_ref().map(written),
        default: table.default.as_ref().map(|value| output_texts(file, value)).transpose()?,
        priorities: table.priorities.as_ref().map(|value| output_texts(file, value)).transpose()?,
    })
}

/// A text, a number, a truth value or a day: `"a + b"`, `80`, `1.50`, `true`, `2026-01-01`.
fn expression(file: &TextFile, value: &Spanned<toml::Value>) -> Result<WrittenText, Diagnostic> {
    let source = || file.text_at(value.span()).to_owned();
    let text = match value.get_ref() {
        toml::Value::String(text) => text.clone(),
        toml::Value::Boolean(_) => source(),
        // What TOML writes as a number FEEL does too, but for signs, underscores and other bases.
        toml::Value::Integer(_) | toml::Value::Float(_) if is_plain_number(&source()) => source(),
        toml::Value::Datetime(day) if day.time.is_none() => format!("@\"{day}\""),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Datetime(_)
        | toml::Value::Array(_)
        | toml::Value::Table(_) => {
            return Err(file.diagnostic_with_help(
                value.span(),
                "this is not an expression",
                "write it in quotes: \"age >= 80\"; a number or a day may stand without them",
            ));
        }
    };
    Ok(WrittenText { text, span: value.span() })
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|first: char| first.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// One expression, a list of them, or some by the names of outputs. The parts of a list or a table have no places of
/// their own: theirs is that of the whole.
fn output_texts(file: &TextFile, value: &Spanned<toml::Value>) -> Result<OutputTexts, Diagnostic> {
    let part = |part: &toml::Value| match part {
        toml::Value::String(text) => Ok(WrittenText { text: text.clone(), span: value.span() }),
        toml::Value::Integer(number) => Ok(WrittenText { text: number.to_string(), span: value.span() }),
        toml::Value::Boolean(yes) => Ok(WrittenText { text: yes.to_string(), span: value.span() }),
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
            Err(file.diagnostic_with_help(value.span(), "this is not an expression", "write each part in quotes"))
        }
    };
    match value.get_ref() {
        toml::Value::Array(items) => Ok(OutputTexts::InOrder(items.iter().map(part).collect::<Result<_, _>>()?)),
        toml::Value::Table(parts) => {
            let named = |(name, text): (&String, &toml::Value)| {
                Ok((WrittenText { text: name.clone(), span: value.span() }, part(text)?))
            };
            Ok(OutputTexts::ByName(parts.iter().map(named).collect::<Result<_, _>>()?))
        }
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => Ok(OutputTexts::InOrder(vec![expression(file, value)?])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse_manifest;

    const HEAD: &str = "id = \"allowance\"\nversion = \"1.0.0\"\njurisdiction = \"CN\"\nin-force = { from = 2026-01-01 }\n\
                        titles = { en = \"Allowance\" }\n";

    fn rule(rest: &str) -> String {
        format!("{HEAD}service = \"allowance\"\n{rest}")
    }

    #[test]
    fn every_kind_of_expression_is_read_with_its_place() {
        let text = rule(
            "define = { b = \"x + 1\", a = 'b' }\n[eligible]\nwhen = \"\"\"a\nand b\"\"\"\n[grant]\namount = 12.50\n\
             [tables.bands]\nhit = \"first\"\ninputs = [\"age\"]\noutputs = [\"amount\"]\n\
             rows = [[\"< 80\", 100], [2026-01-01, -1.5], [true, \"-\"]]\ndefault = 0\npriorities = { amount = \"1, 2\" }\n",
        );
        let found = parse_expressions("rule.toml", &text).unwrap();
        let words = |text: &WrittenText| text.text.clone();
        assert_eq!(found.defines.iter().map(|(name, _)| words(name)).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(&text[found.defines[1].1.span.clone()], "'b'");
        assert_eq!(found.eligible.unwrap().text, "a\nand b");
        assert_eq!(found.grant[0].1.text, "12.50");
        let table = &found.tables[0];
        let rows = table.rows.as_ref().unwrap();
        let cells: Vec<String> = rows.iter().flat_map(|row| &row.cells).map(words).collect();
        assert_eq!(cells, ["< 80", "100", "@\"2026-01-01\"", "-1.5", "true", "-"]);
        assert!(matches!(&table.default, Some(OutputTexts::InOrder(texts)) if texts[0].text == "0"));
        assert!(matches!(&table.priorities, Some(OutputTexts::ByName(texts)) if texts[0].0.text == "amount"));
        let manifest = parse_manifest("rule.toml", &text).unwrap();
        assert_eq!(manifest.intermediates.len(), 2);
        assert!(manifest.intermediates.iter().all(|told| told.is_defined));
    }

    #[test]
    fn what_is_no_expression_is_told_at_its_place() {
        let told = |rest: &str| {
            let error = parse_manifest("rule.toml", &rule(rest)).unwrap_err();
            format!("{}: {}", error.line_and_column().0, error.message)
        };
        assert_eq!(told("[grant]\namount = [1]"), "8: this is not an expression");
        assert_eq!(told("[grant]\namount = 0x10"), "8: this is not an expression");
        assert_eq!(told("[define]\nday = 2026-01-01T10:00:00Z"), "8: this is not an expression");
        assert_eq!(
            told("[tables.t]\ncolumns = []"),
            "8: unknown field `columns`, expected one of `titles`, `provision`, `hit`, `inputs`, `outputs`, `rows`, `file`, `sheet`, `default`, `priorities`"
        );
        assert_eq!(
            told("[eligible]\nwhen = \"a\\u202e\""),
            "8: the text holds the hidden character U+202E, which changes what readers see"
        );
    }

    #[test]
    fn a_privacy_rule_has_no_expressions() {
        let privacy =
            |rest: &str| parse_manifest("rule.toml", &format!("{HEAD}kind = \"privacy\"\n{rest}")).unwrap_err();
        for rest in [
            "[define]\na = \"1\"",
            "[grant]\na = \"1\"",
            "[eligible]\nwhen = \"a\"",
            "[tables.a]\n",
            "[[criteria]]\nid = \"a\"\nwhen = \"b\"\ntitles = { en = \"A\" }\nprovision = { document = \"D\", article = \"1\" }",
        ] {
            assert_eq!(privacy(rest).message, "a privacy rule can't be written as expressions", "{rest}");
        }
    }
}
