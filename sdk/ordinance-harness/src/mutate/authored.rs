//! What an author wrote, as far as a mistake in it can be told from what a compiler put there.

/// A line of the author's own code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthoredLine {
    /// Where it stands, such as `src/lib.rs:12`.
    pub place: String,
    /// Its text, with the rest of the statement if that goes on.
    pub text: String,
    /// What it is written as.
    pub code: AuthoredCode,
}

/// How an author writes comparisons and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthoredCode {
    /// Rust. A decimal is a number of its last unit.
    Rust,
    /// An expression of FEEL, whose numbers are compiled with as many digits after the point as they need.
    Expression,
    /// The cells of a row of a decision table, which compare without saying so.
    TableRow,
}

impl AuthoredLine {
    /// The text without the content of its texts and without a comment.
    fn code_alone(&self) -> String {
        let mut is_text = false;
        let mut code = String::new();
        for letter in self.text.chars() {
            match letter {
                '"' => is_text = !is_text,
                _ if is_text => {}
                letter => code.push(letter),
            }
            if code.ends_with("//") {
                break;
            }
        }
        code
    }

    /// Whether the author compares here: with an operator, within a range, or as a number that is matched.
    pub(super) fn has_comparison(&self) -> bool {
        let code = self.code_alone();
        match self.code {
            AuthoredCode::Rust => {
                let has_operator =
                    ["==", "!=", "<=", ">=", " < ", " > ", "..", ".contains("].iter().any(|sign| code.contains(sign));
                let matches_number =
                    code.split_once("=>").is_some_and(|(pattern, _)| pattern.contains(|c: char| c.is_ascii_digit()));
                has_operator || matches_number
            }
            AuthoredCode::Expression => {
                let signs = ["=", "<", ">", "..", " between ", " in ", "before(", "after(", "min(", "max(", "less("];
                signs.iter().any(|sign| code.contains(sign))
            }
            AuthoredCode::TableRow => true,
        }
    }

    /// The number that the author wrote for a constant of the code, and how many digits the constant has more than it.
    /// `None` if it isn't written here.
    pub(super) fn written_number(&self, constant: i64) -> Option<(String, usize)> {
        match self.code {
            AuthoredCode::Rust => {
                let constant = constant.to_string();
                numbers_of(&self.text).any(|number| number == constant).then_some((constant, 0))
            }
            AuthoredCode::Expression | AuthoredCode::TableRow => {
                let code = self.code_alone();
                // Of `1` and `10`, 10 is the latter, as it is written, before it is the former in tenths.
                let with_scale =
                    decimals_in(&code).filter_map(|number| Some((number.to_owned(), scale_of(number, constant)?)));
                with_scale.min_by_key(|(_, scale)| *scale)
            }
        }
    }
}

/// The digits after the point with which a constant is a written number: 2 if 80, or 80.0, is held as 8000.
fn scale_of(number: &str, constant: i64) -> Option<usize> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let decimals = decimals.trim_end_matches('0');
    let digits = format!("{whole}{decimals}");
    let digits = digits.trim_start_matches('0');
    let constant = constant.to_string();
    let zeros = constant.strip_prefix(digits)?;
    let is_number = !digits.is_empty() && zeros.chars().all(|digit| digit == '0');
    is_number.then_some(decimals.len() + zeros.len())
}

/// The numbers in an expression, as they are written.
fn decimals_in(code: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    let words = code.split(move |letter: char| !is_part(letter)).flat_map(|word| word.split(".."));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// The digits of each number in a line of Rust, without underscores and points: a decimal is a number of its last unit.
fn numbers_of(line: &str) -> impl Iterator<Item = String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let words =
        line.split(move |letter: char| !is_part(letter)).filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    words.flat_map(|word| {
        let digits: String = word.chars().filter(char::is_ascii_digit).collect();
        let parts = word.split('.').map(|part| part.chars().take_while(|c| c.is_ascii_digit() || *c == '_'));
        let parts = parts.map(|part| part.filter(char::is_ascii_digit).collect::<String>());
        let parts: Vec<String> = parts.chain([digits]).collect();
        parts.into_iter().map(|number| number.trim_start_matches('0').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, code: AuthoredCode) -> AuthoredLine {
        AuthoredLine { place: String::new(), text: text.to_owned(), code }
    }

    #[test]
    fn only_what_the_author_wrote_in_the_line_counts() {
        let comparison = |text: &str| line(text, AuthoredCode::Rust).has_comparison();
        for text in ["age >= parameters.min_age", "if size > 10 {", "matches!(grade, 1..=2)", "3 => Some(amount),"] {
            assert!(comparison(text), "{text}");
        }
        for text in ["let sum = one + other;", "Some(income) => income,", "say(\"a < b\"); // a > b", "Vec<Option<u8>>"]
        {
            assert!(!comparison(text), "{text}");
        }
        let numbers = |line: &str| numbers_of(line).collect::<Vec<_>>();
        assert!(numbers("if size > 10 {").contains(&"10".to_owned()));
        assert!(numbers("let amount = dec(\"50.25\");").contains(&"5025".to_owned()));
        assert!(numbers("Decimal::new(5_000, 2)").contains(&"5000".to_owned()));
        assert!(!numbers("member10.age").contains(&"10".to_owned()));
    }

    #[test]
    fn a_constant_is_the_number_as_it_is_written_before_another_in_tenths() {
        let authored = line("further * less(1, size - 10)", AuthoredCode::Expression);
        assert_eq!(authored.written_number(10), Some(("10".to_owned(), 0)));
        assert_eq!(authored.written_number(100), Some(("10".to_owned(), 1)));
    }

    #[test]
    fn numbers_of_expressions_are_found_with_the_digits_that_the_code_gives_them() {
        let written = |text: &str, constant: i64| line(text, AuthoredCode::Expression).written_number(constant);
        assert_eq!(written("age >= 80", 80), Some(("80".to_owned(), 0)));
        assert_eq!(written("amount * 80.00", 8000), Some(("80.00".to_owned(), 2)));
        assert_eq!(written("amount * 0.5", 50), Some(("0.5".to_owned(), 2)));
        assert_eq!(written("[60..70)", 70), Some(("70".to_owned(), 0)));
        assert_eq!(written("age >= 80", 90), None);
        assert_eq!(written("\"80\" = code", 80), None);
        assert_eq!(written("amount_80 + 1", 80), None);
        let compares = |text: &str, code| line(text, code).has_comparison();
        assert!(compares("residence = \"registered\"", AuthoredCode::Expression));
        assert!(compares("age in [60..70]", AuthoredCode::Expression));
        assert!(!compares("one + other", AuthoredCode::Expression));
        assert!(compares("low", AuthoredCode::TableRow));
    }
}
