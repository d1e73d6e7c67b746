//! Completes the manifest of a rule that extends another (`extends = "EU"` in rule.toml): it shares the code of the
//! other rule and has its own parameters. Criteria, masks, intermediate values, parameters, titles of parameters and
//! limits that its manifest leaves out come from the manifest of the other rule.

use toml::{Table, Value};

/// The value of `extends`. `None` if the text isn't TOML or lacks the key.
pub(super) fn extends_of(text: &str) -> Option<String> {
    let table: Table = text.parse().ok()?;
    table.get("extends")?.as_str().map(str::to_owned)
}

/// The completed manifest. Additions are at the end, so that the author's own lines keep their numbers in messages.
/// Text that isn't TOML is returned unchanged; the manifest's parser then reports the error.
pub(super) fn completed(own: &str, base: &str) -> String {
    let (Ok(own_table), Ok(base_table)) = (own.parse::<Table>(), base.parse::<Table>()) else { return own.to_owned() };
    let mut added = Table::new();
    for key in ["criteria", "intermediates", "limits", "masks"] {
        if let (None, Some(value)) = (own_table.get(key), base_table.get(key)) {
            added.insert(key.to_owned(), value.clone());
        }
    }
    let parameters = added_parameters(own_table.get("parameters"), base_table.get("parameters"));
    if !parameters.is_empty() {
        added.insert("parameters".to_owned(), Value::Table(parameters));
    }
    let appended = format!("{}\n\n{added}", own.trim_end());
    if appended.parse::<Table>().is_ok() { appended } else { merged(own_table, added).to_string() }
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
    fn criteria_and_parameters_of_ones_own_stay() {
        let own = "parameters = { age = { titles = { en = \"Mine\" }, values = [] }, other = { values = [] } }\ncriteria = []";
        let table: Table = completed(own, BASE).parse().unwrap();
        assert_eq!(table["parameters"]["age"]["titles"]["en"].as_str(), Some("Mine"));
        assert_eq!(table["parameters"]["other"]["titles"]["en"].as_str(), Some("Other"));
        assert!(table["criteria"].as_array().unwrap().is_empty());
        assert_eq!(completed("not toml", BASE), "not toml");
    }
}
