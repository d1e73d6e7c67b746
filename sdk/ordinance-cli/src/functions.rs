//! `ordinance functions`: the operators and functions that an expression may have, for authors who have the command
//! alone.

use ordinance_feel::FUNCTIONS_PAGE;

use crate::arguments::FunctionsArguments;
use crate::exit::{CommandError, Exit};
use crate::terminal;

pub(crate) fn run(arguments: &FunctionsArguments) -> Result<Exit, CommandError> {
    let words: Vec<String> = arguments.words.iter().map(|word| word.to_lowercase()).collect();
    if words.is_empty() {
        terminal::print_line(FUNCTIONS_PAGE.trim_end());
        return Ok(Exit::Good);
    }
    let found: Vec<String> = FUNCTIONS_PAGE.lines().filter_map(|line| row(line, &words)).collect();
    if found.is_empty() {
        let message = format!("no operator and no function has `{}` in its row", arguments.words.join(" "));
        return Err(CommandError::bad_use(message, "`ordinance functions` without a word prints all"));
    }
    found.iter().for_each(|row| terminal::print_line(row));
    Ok(Exit::Good)
}

/// A row of the tables of the page that has each of these words, in lower case, as a line.
fn row(line: &str, words: &[String]) -> Option<String> {
    let cells = line.strip_prefix("| `")?.trim_end().strip_suffix(" |")?;
    let lower = cells.to_lowercase();
    let [write, example, gives, means] = cells.split(" | ").collect::<Vec<_>>()[..] else { return None };
    let line = || format!("`{write}: {means}; {example} gives {gives}");
    words.iter().all(|word| lower.contains(word)).then(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_page_is_found() {
        let rows: Vec<&str> = FUNCTIONS_PAGE.lines().filter(|line| line.starts_with("| `")).collect();
        assert!(rows.len() > 80, "{}", rows.len());
        let lost: Vec<&str> = rows.into_iter().filter(|line| row(line, &[]).is_none()).collect();
        assert!(lost.is_empty(), "{lost:?}");
    }
}
