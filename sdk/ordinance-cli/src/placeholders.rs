//! The places that `ordinance new` leaves for the author to fill in.

use ordinance_harness::Defect;

use crate::case_files::read_text;
use crate::exit::CommandError;
use crate::project::{Project, is_wanted};

/// The word that the templates have where an author writes what the law says.
const PLACEHOLDER: &str = "REPLACE";

/// The rules and definitions of a project that still have it, with the first line of each file. A rule that cites
/// nothing is no law to publish.
pub(crate) fn unfilled_files(project: &Project, wanted: Option<&str>) -> Result<Vec<Defect>, CommandError> {
    let mut defects = Vec::new();
    for (file, text) in &project.source.definition_files {
        defects.extend(defect_of(file, file, text));
    }
    for rule in project.source.rules.iter().filter(|rule| is_wanted(&rule.place, wanted)) {
        defects.extend(defect_of(&rule.place, &format!("{}/rule.toml", rule.place), &rule.author_text));
        let code = format!("{}/src/lib.rs", rule.place);
        if project.source.folder.join(&code).is_file() {
            defects.extend(defect_of(&rule.place, &code, &read_text(&project.source, &code)?));
        }
    }
    Ok(defects)
}

fn defect_of(rule: &str, file: &str, text: &str) -> Option<Defect> {
    let line = (1..).zip(text.lines()).find(|(_, line)| has_placeholder(line))?.0;
    let what = format!("{file}:{line} still says {PLACEHOLDER}: write what the law says, and search the file for more");
    Some(Defect { rule: rule.to_owned(), what, ..Defect::default() })
}

/// Whether a line has the word by itself. A comment of TOML is for the author.
fn has_placeholder(line: &str) -> bool {
    let is_comment = line.trim_start().starts_with('#') && !line.trim_start().starts_with("#!");
    !is_comment && line.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == PLACEHOLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_by_itself_is_a_placeholder() {
        assert!(has_placeholder("titles = { en = \"REPLACE: the criterion in plain words\" }"));
        assert!(has_placeholder("//! N: second. REPLACE: the document that this rule follows."));
        assert!(!has_placeholder("# REPLACE this line"));
        assert!(!has_placeholder("document = \"The REPLACEMENT Act\""));
        assert!(!has_placeholder("let replaced = replace(text);"));
    }
}
