//! Writes an imported rule as `rule.toml`.

use std::fmt::Write as _;

use ordinance_domain::calendar::Date;
use ordinance_feel::dmn::import::{ImportedRule, ImportedTable, RulePart};

/// What the manifest says of the rule beside its expressions.
pub(super) struct Head<'h> {
    pub(super) service: &'h str,
    pub(super) jurisdiction: &'h str,
    /// The present year.
    pub(super) year: &'h str,
    /// The first day on which it is in force, and the first on which it no longer is, if the model says so.
    pub(super) in_force: Option<(Date, Option<Date>)>,
    /// The file of the model.
    pub(super) model: &'h str,
}

/// A manifest, and where each part of the rule begins in it.
pub(super) struct RuleToml {
    pub(super) text: String,
    /// The parts with the bytes at which they begin, in their order.
    parts: Vec<(usize, RulePart)>,
}

impl RuleToml {
    /// The part of the rule in which a byte stands.
    pub(super) fn part_at(&self, byte: usize) -> Option<&RulePart> {
        let after = self.parts.partition_point(|(start, _)| *start <= byte);
        after.checked_sub(1).and_then(|index| self.parts.get(index)).map(|(_, part)| part)
    }
}

/// The manifest of a rule.
pub(super) fn rule_toml(rule: &ImportedRule, head: &Head<'_>) -> RuleToml {
    let Head { service, jurisdiction, year, in_force, model } = head;
    let in_force = match in_force {
        Some((from, Some(until))) => format!("in-force = {{ from = {from}, until = {until} }}"),
        Some((from, None)) => format!("in-force = {{ from = {from} }}"),
        // A day can't be a word, so the remark has the word for which nothing is published.
        None => format!("in-force = {{ from = {year}-01-01 }}  # REPLACE: the first day, which the model doesn't say"),
    };
    let mut text = format!(
        "# From the model {model}. Write the law in place of each REPLACE, and its first day; what has REPLACE isn't published.\n\
         id = {0}\nversion = \"1.0.0\"\njurisdiction = {1}\nservice = {0}\n{in_force}\n\n\
         [titles]\nen = {2}\n",
        string(service),
        string(jurisdiction),
        string(if rule.title.is_empty() { service } else { &rule.title }),
    );
    let mut parts = Vec::new();
    if !rule.defines.is_empty() {
        text.push_str("\n[define]\n");
        for (name, expression) in &rule.defines {
            parts.push((text.len(), RulePart::Define(name.clone())));
            let _ = writeln!(text, "{} = {}", key(name), string(expression));
        }
    }
    for criterion in &rule.criteria {
        parts.push((text.len(), RulePart::Criterion(criterion.id.clone())));
        let _ = write!(
            text,
            "\n[[criteria]]\nid = {}\nwhen = {}\ntitles = {{ en = {} }}\n\
             provision = {{ document = \"REPLACE: the document\", article = \"REPLACE\" }}\n",
            string(&criterion.id),
            string(&criterion.when),
            string(&criterion.title),
        );
    }
    if let Some(eligible) = &rule.eligible {
        parts.push((text.len(), RulePart::Eligible));
        let _ = write!(text, "\n[eligible]\nwhen = {}\n", string(eligible));
    }
    if !rule.grant.is_empty() {
        text.push_str("\n[grant]\n");
        for (field, expression) in &rule.grant {
            parts.push((text.len(), RulePart::Grant(field.clone())));
            let _ = writeln!(text, "{} = {}", key(field), string(expression));
        }
    }
    rule.tables.iter().for_each(|table| write_table(&mut text, &mut parts, table));
    RuleToml { text, parts }
}

fn write_table(text: &mut String, parts: &mut Vec<(usize, RulePart)>, table: &ImportedTable) {
    parts.push((text.len(), RulePart::Table(table.name.clone())));
    let list = |texts: &[String]| texts.iter().map(|text| string(text)).collect::<Vec<_>>().join(", ");
    let _ = write!(
        text,
        "\n[tables.{}]\ntitles = {{ en = {} }}\nhit = \"{}\"\ninputs = [{}]\n",
        key(&table.name),
        string(&table.title),
        table.hit,
        list(&table.inputs),
    );
    if !table.outputs.is_empty() {
        let _ = writeln!(text, "outputs = [{}]", list(&table.outputs));
    }
    text.push_str("rows = [\n");
    for (index, row) in table.rows.iter().enumerate() {
        parts.push((text.len(), RulePart::Row(table.name.clone(), index)));
        let _ = writeln!(text, "    [{}],", list(row));
    }
    parts.push((text.len(), RulePart::Table(table.name.clone())));
    text.push_str("]\n");
    if !table.default.is_empty() {
        let _ = writeln!(text, "default = [{}]", list(&table.default));
    }
    if !table.priorities.is_empty() {
        let named: Vec<String> =
            table.priorities.iter().map(|(name, values)| format!("{} = {}", key(name), string(values))).collect();
        let _ = writeln!(text, "priorities = {{ {} }}", named.join(", "));
    }
}

/// A key of TOML: quoted unless it is a bare one.
fn key(name: &str) -> String {
    let is_bare =
        !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    if is_bare { name.to_owned() } else { string(name) }
}

/// A string of TOML: in single quotes if it holds double ones, which expressions have around texts.
fn string(text: &str) -> String {
    let is_literal = text.contains('"') && !text.contains(['\'', '\n', '\r', '\t']);
    if is_literal && !text.chars().any(char::is_control) {
        return format!("'{text}'");
    }
    toml::Value::String(text.to_owned()).to_string()
}
