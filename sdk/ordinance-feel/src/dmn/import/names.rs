//! Names of a model as names of a rule.

/// A name in `snake_case`: words in lower case with underscores between. `Monthly Salary`, `monthlySalary` and
/// `monthly-salary` become `monthly_salary`; letters of other scripts stay.
#[must_use]
pub fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            separate(&mut snake);
            continue;
        }
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let is_hump = letter.is_uppercase()
            && (before.is_some_and(|before| before.is_lowercase() || before.is_numeric())
                || (before.is_some_and(|before| before.is_uppercase())
                    && after.is_some_and(|after| after.is_lowercase())));
        if is_hump {
            separate(&mut snake);
        }
        snake.extend(letter.to_lowercase());
    }
    let snake = snake.trim_matches('_').to_owned();
    if snake.starts_with(|first: char| first.is_numeric()) { format!("n{snake}") } else { snake }
}

fn separate(snake: &mut String) {
    if !snake.is_empty() && !snake.ends_with('_') {
        snake.push('_');
    }
}

/// The id of a criterion: its name in `kebab-case`.
pub(super) fn kebab_case(name: &str) -> String {
    snake_case(name).replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style_become_snake_case() {
        let named = [
            "Monthly Salary",
            "monthlySalary",
            "monthly-salary",
            " PMT ",
            "HTTPStatus",
            "Approved/Declined",
            "月 收入",
            "2nd",
            "age18",
        ];
        let wanted = [
            "monthly_salary",
            "monthly_salary",
            "monthly_salary",
            "pmt",
            "http_status",
            "approved_declined",
            "月_收入",
            "n2nd",
            "age18",
        ];
        assert_eq!(named.map(snake_case), wanted);
    }
}
