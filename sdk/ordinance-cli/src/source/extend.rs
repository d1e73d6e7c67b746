//! Completes the manifest of a rule that extends another (`extends = "EU"` in rule.toml): it shares the code of the
//! other rule, or its expressions, and has its own parameters. Criteria, masks, intermediate values, parameters, titles
//! of parameters, limits, expressions and tables that its manifest leaves out come from the manifest of the other rule.

use ordinance_engine::diagnostic::Diagnostic;
use toml::{Table, Value};

use super::rule_source::{MANIFEST_FILE, RuleCode, RuleSource, read_manifest};

/// Completes each manifest that extends another, and records the rule whose code or expressions it shares.
pub(super) fn extend_all(rules: &mut [RuleSource]) {
    for index in 0..rules.len() {
        let Some(rule) = rules.get(index).filter(|rule| !rule.is_built) else { continue };
        let Some(wanted) = extends_of(&rule.author_text) else { continue };
        let base = base_of(rules, rule, &wanted);
        let base = base.and_then(|base| {
            let found = rules.get(base).ok_or_else(|| BaseError::NoBase(wanted.clone()))?;
            Ok((base, found.code, found.manifest_text.clone()))
        });
        let Some(rule) = rules.get_mut(index) else { continue };
        match base {
            Ok((base, code, base_text)) => {
                rule.manifest_text = completed(&rule.author_text, &base_text);
                rule.manifest = read_manifest(&rule.place, MANIFEST_FILE, &rule.manifest_text);
                if code == RuleCode::Expressions {
                    rule.code = RuleCode::Expressions;
                    rule.expressions_of = Some(base);
                } else {
                    rule.extends = Some(base);
                }
            }
            Err(error) => rule.manifest = Err(base_diagnostic(rule, &error)),
        }
    }
}

/// Why a rule can't extend the one that it names.
#[derive(Debug, thiserror::Error)]
enum BaseError {
    #[error("the rule has code and also `extends` another rule")]
    OwnCode,
    #[error("the rule has expressions and `extends` `{0}`, whose code isn't expressions")]
    OtherCode(String),
    #[error("`{0}` must name exactly one rule of this service that has code and extends no other")]
    NoBase(String),
}

impl BaseError {
    fn help(&self) -> &'static str {
        match self {
            Self::OwnCode => "remove the code or the key `extends`",
            Self::OtherCode(_) => "remove the expressions or the key `extends`",
            Self::NoBase(_) => {
                "write the place whose folder has the code, such as extends = \"EU\"; if it has several versions, extends = \"EU@1.0.0\""
            }
        }
    }
}

/// The index of the only rule with code that `CODE` or `CODE@VERSION` names, of the same service or the same privacy
/// id.
fn base_of(rules: &[RuleSource], rule: &RuleSource, wanted: &str) -> Result<usize, BaseError> {
    let (code, version) = wanted.split_once('@').map_or((wanted, None), |(code, version)| (code, Some(version)));
    let folder = rule.place.split('/').nth(1).unwrap_or_default();
    let is_base = |other: &RuleSource| {
        other.has_code()
            && other.manifest.as_ref().is_ok_and(|base| {
                base.jurisdiction.as_str() == code
                    && base.folder().as_str() == folder
                    && version.is_none_or(|version| base.version == version)
                    && (base.extends.is_none() || other.is_built)
            })
    };
    let mut found = rules.iter().enumerate().filter(|(_, other)| is_base(other));
    let (Some((index, base)), None) = (found.next(), found.next()) else {
        return Err(match rule.code {
            RuleCode::Rust | RuleCode::Prebuilt => BaseError::OwnCode,
            RuleCode::Expressions | RuleCode::None => BaseError::NoBase(wanted.to_owned()),
        });
    };
    match (rule.code, base.code) {
        (RuleCode::Rust | RuleCode::Prebuilt, _) => Err(BaseError::OwnCode),
        (RuleCode::Expressions, RuleCode::Rust | RuleCode::Prebuilt | RuleCode::None) => {
            Err(BaseError::OtherCode(wanted.to_owned()))
        }
        (RuleCode::Expressions, RuleCode::Expressions) | (RuleCode::None, _) => Ok(index),
    }
}

fn base_diagnostic(rule: &RuleSource, error: &BaseError) -> Diagnostic {
    let text = &rule.author_text;
    let start = text.find("extends").unwrap_or(0);
    let length = text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(0);
    Diagnostic {
        is_cell: false,
        file: rule.manifest_path(),
        text: text.as_str().into(),
        span: start..start + length,
        message: error.to_string(),
        help: Some(error.help().to_owned()),
    }
}

/// Whether a manifest extends that of another rule.
pub(super) fn extends_another(text: &str) -> bool {
    extends_of(text).is_some()
}

/// Whether a manifest has expressions, which may leave out whatever the rule that it extends has.
pub(super) fn has_expressions(text: &str) -> bool {
    text.parse::<Table>().is_ok_and(|table| is_expressed(&table))
}

fn is_expressed(table: &Table) -> bool {
    let criteria = table.get("criteria").and_then(Value::as_array).into_iter().flatten();
    let has_condition = criteria.filter_map(Value::as_table).any(|criterion| criterion.contains_key("when"));
    has_condition || ["define", "tables", "eligible", "grant"].iter().any(|key| table.contains_key(*key))
}

/// The value of `extends`. `None` if the text isn't TOML or lacks the key.
fn extends_of(text: &str) -> Option<String> {
    let table: Table = text.parse().ok()?;
    table.get("extends")?.as_str().map(str::to_owned)
}

/// The completed manifest. Additions are at the end, so that the author's own lines keep their numbers in messages.
/// Text that isn't TOML is returned unchanged; the manifest's parser then reports the error.
fn completed(own: &str, base: &str) -> String {
    let (Ok(own_table), Ok(base_table)) = (own.parse::<Table>(), base.parse::<Table>()) else { return own.to_owned() };
    let mut added = Table::new();
    for key in ["criteria", "eligible", "intermediates", "limits", "masks"] {
        if let (None, Some(value)) = (own_table.get(key), base_table.get(key)) {
            added.insert(key.to_owned(), value.clone());
        }
    }
    for key in ["define", "grant", "tables"] {
        let base = base_table.get(key).and_then(Value::as_table).into_iter().flatten();
        let is_own =
            |name: &str| own_table.get(key).and_then(Value::as_table).is_some_and(|own| own.contains_key(name));
        let only_base: Table =
            base.filter(|(name, _)| !is_own(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
        if !only_base.is_empty() {
            added.insert(key.to_owned(), Value::Table(only_base));
        }
    }
    let parameters = added_parameters(own_table.get("parameters"), base_table.get("parameters"));
    let whole = merged(own_table.clone(), added.clone());
    let parameters: Table = parameters.into_iter().filter(|(name, _)| may_read(&whole, &base_table, name)).collect();
    if !parameters.is_empty() {
        added.insert("parameters".to_owned(), Value::Table(parameters));
    }
    let appended = format!("{}\n\n{added}", own.trim_end());
    if appended.parse::<Table>().is_ok() { appended } else { merged(own_table, added).to_string() }
}

/// Whether a rule may read a parameter. Expressions of its own may leave one of the base unread, which its manifest
/// then doesn't have; code of the base reads all, and a table in a file any.
fn may_read(whole: &Table, base: &Table, parameter: &str) -> bool {
    let has_file = |table: &Value| table.get("file").is_some();
    let has_files = whole.get("tables").and_then(Value::as_table).is_some_and(|tables| tables.values().any(has_file));
    if !is_expressed(base) || has_files {
        return true;
    }
    let mut texts = Vec::new();
    for key in ["define", "eligible", "grant", "tables"] {
        whole.get(key).into_iter().for_each(|value| collect_texts(value, &mut texts));
    }
    for key in [whole, base].map(|table| table.get("criteria").and_then(Value::as_array)) {
        let conditions = key.into_iter().flatten().filter_map(|criterion| criterion.get("when"));
        conditions.for_each(|value| collect_texts(value, &mut texts));
    }
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    texts.iter().any(|text| text.split(|letter| !is_part(letter)).any(|word| word == parameter))
}

fn collect_texts<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Table(table) => table.iter().for_each(|(_, item)| collect_texts(item, texts)),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

/// The parameters that only the base has, and the titles of the base for own parameters without titles.
fn added_parameters(own: Option<&Value>, base: Option<&Value>) -> Table {
    let mut added = Table::new();
    for (name, base) in base.and_then(Value::as_table).into_iter().flatten() {
        let own = own.and_then(Value::as_table).and_then(|parameters| parameters.get(name)).and_then(Value::as_table);
        match own {
            None => {
                added.insert(name.clone(), base.clone());
            }
            Some(own) if !own.contains_key("titles") => {
                let titles = base.get("titles").map(|titles| ("titles".to_owned(), titles.clone()));
                added.insert(name.clone(), Value::Table(titles.into_iter().collect()));
            }
            Some(_) => {}
        }
    }
    added
}

/// Both tables merged. Needed if `own` writes its parameters as an inline table, to which no text can be appended.
fn merged(mut own: Table, added: Table) -> Table {
    for (key, value) in added {
        match (own.get_mut(&key), value) {
            (Some(Value::Table(own)), Value::Table(value)) => {
                let inner = std::mem::take(own);
                *own = merged(inner, value);
            }
            (Some(_), _) => {}
            (None, value) => {
                own.insert(key, value);
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r#"
id = "consent"
[[criteria]]
id = "old-enough"
titles = { en = "Old enough" }
provision = { document = "D", article = "8" }
[parameters.age]
titles = { en = "Age" }
values = [{ from = 2018-05-25, value = 16 }]
[parameters.other]
titles = { en = "Other" }
values = [{ from = 2018-05-25, value = 1 }]
"#;

    #[test]
    fn what_is_left_out_comes_from_the_base_and_lines_keep_their_numbers() {
        let own = "id = \"consent\"\nextends = \"EU\"\n[parameters.age]\nvalues = [{ from = 2018-05-25, value = 13 }]";
        assert_eq!(extends_of(own).as_deref(), Some("EU"));
        let text = completed(own, BASE);
        assert!(text.starts_with(own));
        let table: Table = text.parse().unwrap();
        let age = &table["parameters"]["age"];
        assert_eq!(age["values"][0]["value"].as_integer(), Some(13));
        assert_eq!(age["titles"]["en"].as_str(), Some("Age"));
        assert_eq!(table["parameters"]["other"]["values"][0]["value"].as_integer(), Some(1));
        assert_eq!(table["criteria"][0]["id"].as_str(), Some("old-enough"));
    }

    #[test]
    fn expressions_come_by_name_and_a_number_that_none_of_them_reads_is_left_out() {
        let base = "[define]\na = \"x + one\"\nb = \"two\"\n[grant]\namount = \"a\"\n[parameters.one]\nvalues = []\n\
                    [parameters.two]\nvalues = []\n";
        let table: Table = completed("[define]\nb = \"3\"\n", base).parse().unwrap();
        assert_eq!(table["define"]["b"].as_str(), Some("3"));
        assert_eq!(table["define"]["a"].as_str(), Some("x + one"));
        assert_eq!(table["grant"]["amount"].as_str(), Some("a"));
        assert!(table["parameters"].as_table().unwrap().contains_key("one"));
        assert!(!table["parameters"].as_table().unwrap().contains_key("two"));
        assert!(has_expressions(base));
        assert!(!has_expressions(BASE));
    }

    #[test]
    fn criteria_and_parameters_of_ones_own_stay() {
        let own = "parameters = { age = { titles = { en = \"Mine\" }, values = [] }, other = { values = [] } }\ncriteria = []";
        let table: Table = completed(own, BASE).parse().unwrap();
        assert_eq!(table["parameters"]["age"]["titles"]["en"].as_str(), Some("Mine"));
        assert_eq!(table["parameters"]["other"]["titles"]["en"].as_str(), Some("Other"));
        assert!(table["criteria"].as_array().unwrap().is_empty());
        assert_eq!(completed("not toml", BASE), "not toml");
    }
}
