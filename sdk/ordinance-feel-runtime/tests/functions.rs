//! The built-in functions and operators on values, each line a call and what it gives.

use std::rc::Rc;

use ordinance_feel_runtime::{
    Builtin, Context, Date, DateTime, DaysDuration, Decimal, Failure, MonthsDuration, Time, Value, operators,
};

/// The value that a word stands for: `null`, `?` unknown, `1..5` between, `!domain` a failure, `@...` a day, a time or
/// a duration, `"text"`, `[...]`, `{a: ...}`, `maybe(...)`, or a number.
fn value(text: &str) -> Value {
    let text = text.trim();
    match text {
        "null" => Value::Null,
        "?" => Value::Unknown,
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        "!domain" => Value::Failed(Failure::NotInDomain),
        "!types" => Value::Failed(Failure::TypesDontFit),
        "!zero" => Value::Failed(Failure::DivisionByZero),
        "!large" => Value::Failed(Failure::NumberTooLarge),
        "!none" => Value::Failed(Failure::NoValue),
        _ => structured(text),
    }
}

fn structured(text: &str) -> Value {
    if let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Value::text(quoted);
    }
    if let Some(temporal) = text.strip_prefix('@') {
        let date = Date::parse(temporal).map(Value::Date);
        let point = || DateTime::parse(temporal).map(Value::DateTime);
        let time = || Time::parse(temporal).map(Value::Time);
        let months = || MonthsDuration::parse(temporal).map(Value::Months);
        let days = || DaysDuration::parse(temporal).map(Value::Days);
        return date.or_else(point).or_else(time).or_else(months).or_else(days).unwrap_or_else(|| panic!("{text}"));
    }
    if let Some(item) = text.strip_prefix("maybe(").and_then(|rest| rest.strip_suffix(')')) {
        return Value::Perhaps(Rc::new(value(item)));
    }
    if let Some(items) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Value::list(parts(items).into_iter().map(value).collect());
    }
    if let Some(entries) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let entry = |entry: &str| {
            let (name, found) = entry.split_once(':').unwrap();
            (Rc::from(name.trim()), value(found))
        };
        return Value::Context(Rc::new(Context(parts(entries).into_iter().map(entry).collect())));
    }
    if let Some(range) = text.strip_prefix("range ") {
        let found = Builtin::Range.call(&[Value::text(range)]);
        assert!(matches!(found, Value::Range(_)), "{text}");
        return found;
    }
    let number = |text: &str| Decimal::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    match text.split_once("..") {
        Some((least, greatest)) => Value::between(number(least), number(greatest)),
        None => Value::Number(number(text)),
    }
}

/// Parts with commas between them, outside of quotes and brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut found, mut depth, mut quoted, mut start) = (Vec::new(), 0, false, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted && depth > 0 => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => (),
        }
    }
    if !text[start..].trim().is_empty() {
        found.push(&text[start..]);
    }
    found
}

fn called(name: &str, arguments: &[Value]) -> Value {
    let two = |operator: fn(&Value, &Value) -> Value| operator(&arguments[0], &arguments[1]);
    match name {
        "+" => two(operators::add),
        "-" => two(operators::subtract),
        "*" => two(operators::multiply),
        "/" => two(operators::divide),
        "**" => two(operators::power),
        "=" => two(operators::equal),
        "!=" => two(operators::not_equal),
        "<" => two(operators::is_less),
        "<=" => two(operators::is_less_or_equal),
        ">" => two(operators::is_greater),
        ">=" => two(operators::is_greater_or_equal),
        "and" => two(operators::and),
        "or" => two(operators::or),
        "item" => two(operators::item),
        "negate" => operators::negate(&arguments[0]),
        "required" => operators::required(&arguments[0]),
        "agree" => operators::agree(&arguments[0], &arguments[1], &arguments[2]),
        name => Builtin::named(name).unwrap_or_else(|| panic!("{name}")).call(arguments),
    }
}

/// Checks each line `name | arguments | result`.
fn check(lines: &str) {
    let (mut count, mut faults) = (0, Vec::new());
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let (name, rest) = line.split_once(" | ").unwrap_or_else(|| panic!("{line}"));
        let (arguments, expected) = rest.rsplit_once(" | ").unwrap_or_else(|| panic!("{line}"));
        let arguments: Vec<Value> = parts(arguments).into_iter().map(value).collect();
        let (found, expected) = (called(name.trim(), &arguments), value(expected));
        if found != expected {
            faults.push(format!("{line}\n  {found:?}\n  {expected:?}"));
        }
        count += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 0);
}

#[test]
fn operators_and_functions_give_what_the_tables_say() {
    for table in [
        include_str!("data/operators.txt"),
        include_str!("data/numbers.txt"),
        include_str!("data/texts.txt"),
        include_str!("data/temporals.txt"),
        include_str!("data/lists.txt"),
        include_str!("data/ranges.txt"),
    ] {
        check(table);
    }
}

#[test]
fn every_function_takes_every_kind_of_value_without_a_panic() {
    let texts = [
        "null",
        "?",
        "1..5",
        "-3..0",
        "!zero",
        "true",
        "0",
        "-1",
        "2.5",
        "1E6111",
        "\"\"",
        "\"a(b\"",
        "\"日本\"",
        "@2024-02-29",
        "@12:00:00Z",
        "@2024-02-29T12:00:00@Europe/Paris",
        "@P1DT1S",
        "@-P13M",
        "[]",
        "[1, null, 3]",
        "[maybe(1), ?]",
        "{a: 1, key: 2}",
        "range [1..5)",
    ];
    let values: Vec<Value> = texts.iter().map(|text| value(text)).collect();
    for function in Builtin::ALL {
        assert!(!matches!(function.call(&[]), Value::Unknown));
        for first in &values {
            let _ = function.call(std::slice::from_ref(first));
            for second in &values {
                let _ = function.call(&[first.clone(), second.clone()]);
                for third in &values {
                    let _ = function.call(&[first.clone(), second.clone(), third.clone()]);
                }
            }
        }
    }
    for left in &values {
        for right in &values {
            for name in ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "item"] {
                called(name, &[left.clone(), right.clone()]);
            }
        }
    }
}

#[test]
fn the_search_of_a_pattern_ends_in_time() {
    let text = Value::text(&"a".repeat(60));
    let found = Builtin::Matches.call(&[text, Value::text("(a*)*b")]);
    assert_eq!(found, Value::Failed(Failure::TypesDontFit));
}

#[test]
fn lists_as_deep_as_can_be_are_written_and_flattened() {
    let mut list = Value::integer(1);
    for _ in 0..1000 {
        list = Value::list(vec![list]);
    }
    assert_eq!(Builtin::Flatten.call(&[list.clone()]), value("[1]"));
    let Value::Text(text) = Builtin::String.call(&[list]) else { panic!() };
    assert_eq!(text.len(), 2001);
}
