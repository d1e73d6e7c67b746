//! Decimals, held to Python's `decimal` by recorded results (`data/decimal.py` writes them), and what these don't show.

use std::cmp::Ordering;
use std::collections::HashSet;

use ordinance_feel_runtime::{ArithmeticError, Decimal, Rounding};

fn number(text: &str) -> Decimal {
    Decimal::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn shown(number: Decimal) -> String {
    let mut text = String::new();
    number.write(&mut text);
    text
}

fn rounding(name: &str) -> Option<Rounding> {
    Some(match name {
        "half-even" => Rounding::HalfEven,
        "floor" => Rounding::Floor,
        "ceiling" => Rounding::Ceiling,
        "up" => Rounding::Up,
        "down" => Rounding::Down,
        "half-up" => Rounding::HalfUp,
        "half-down" => Rounding::HalfDown,
        _ => return None,
    })
}

fn computed(operation: &str, arguments: &[&str]) -> Result<Decimal, ArithmeticError> {
    let first = number(arguments[0]);
    let second = || number(arguments[1]);
    match operation {
        "add" => first.add(second()),
        "multiply" => first.multiply(second()),
        "divide" => first.divide(second()),
        "modulo" => first.modulo(second()),
        "power" => first.power(second()),
        "sqrt" => first.sqrt(),
        "log" => first.log(),
        "exp" => first.exp(),
        mode => first.round(arguments[1].parse().unwrap(), rounding(mode).unwrap()),
    }
}

fn check(line: &str) {
    let (left, expected) = line.split_once(" = ").unwrap();
    let words: Vec<&str> = left.split(' ').collect();
    let (operation, arguments) = (words[0], &words[1..]);
    match operation {
        "compare" => {
            let order = number(arguments[0]).cmp(&number(arguments[1]));
            assert_eq!(order as i8 as i32, expected.parse::<i32>().unwrap(), "{line}");
        }
        "string" => assert_eq!(shown(number(arguments[0])), expected),
        "parse" if expected == "!" => assert_eq!(Decimal::parse(arguments[0]), Err(ArithmeticError::TooLarge)),
        "parse" => assert_same(number(arguments[0]), expected, line),
        _ if expected == "!" => assert!(computed(operation, arguments).is_err(), "{line}"),
        _ => assert_same(computed(operation, arguments).unwrap(), expected, line),
    }
}

fn assert_same(found: Decimal, expected: &str, line: &str) {
    assert_eq!(shown(found), shown(number(expected)), "{line}");
    assert!(found.coefficient < 10_u128.pow(34), "{line}");
    assert!((-6176..=6111).contains(&found.exponent), "{line}");
}

#[test]
fn decimals_are_those_of_python() {
    let lines: Vec<&str> = include_str!("data/decimal.txt").lines().collect();
    assert!(lines.len() > 3000, "{}", lines.len());
    lines.iter().for_each(|line| check(line));
}

#[test]
fn zeros_at_the_end_change_neither_order_nor_hash() {
    assert_eq!(number("1.0"), number("1.00"));
    assert_eq!(number("1E3").cmp(&number("1000")), Ordering::Equal);
    assert!(number("-0.2") < number("-0.10"));
    let numbers: HashSet<Decimal> = ["1", "1.0", "1.00", "100E-2", "0", "0.00"].map(number).into_iter().collect();
    assert_eq!(numbers.len(), 2);
}

#[test]
fn what_is_no_number_is_refused() {
    for text in
        ["", "-", ".", "1.", "1,5", "1.2.3", "e3", "1e", "1e+", "0x1", "１", " 1", "1 ", "--1", "NaN", "Infinity"]
    {
        assert_eq!(Decimal::parse(text), Err(ArithmeticError::NotInDomain), "{text}");
    }
}

#[test]
fn units_of_a_scale_are_exact_or_refused() {
    assert_eq!(number("12.50").to_units(2), Some(1250));
    assert_eq!(number("-12.5").to_units(2), Some(-1250));
    assert_eq!(number("12.505").to_units(2), None);
    assert_eq!(number("9223372036854775807").to_units(0), Some(i64::MAX));
    assert_eq!(number("-9223372036854775808").to_units(0), Some(i64::MIN));
    assert_eq!(number("9223372036854775808").to_units(0), None);
    assert_eq!(number("1E40").to_units(0), None);
    assert_eq!(number("1E-40").to_units(9), None);
    assert_eq!(Decimal::ZERO.to_units(9), Some(0));
    assert_eq!(Decimal::from_units(-1250, 2), number("-12.5"));
    assert_eq!(Decimal::from_units(i64::MIN, 0), number("-9223372036854775808"));
}

#[test]
fn wholeness_and_parity_regard_the_value() {
    assert!(number("2.00").is_integer());
    assert!(!number("2.50").is_integer());
    assert!(number("2.00").is_even());
    assert!(number("3.0").is_odd());
    assert!(number("10").is_even());
    assert!(number("0").is_even());
    assert!(!number("1.5").is_odd());
    assert!(!number("1.5").is_even());
}

#[test]
fn functions_outside_of_their_domain_fail() {
    assert_eq!(number("-1").sqrt(), Err(ArithmeticError::NotInDomain));
    assert_eq!(number("0").log(), Err(ArithmeticError::NotInDomain));
    assert_eq!(number("-8").power(number("0.5")), Err(ArithmeticError::NotInDomain));
    assert_eq!(number("0").power(number("-1")), Err(ArithmeticError::DivisionByZero));
    assert_eq!(number("0").power(number("0")), Ok(Decimal::ONE));
    assert_eq!(number("1").divide(Decimal::ZERO), Err(ArithmeticError::DivisionByZero));
    assert_eq!(number("1").round(6177, Rounding::HalfEven), Err(ArithmeticError::NotInDomain));
    assert_eq!(number("10").power(number("1E30")), Err(ArithmeticError::TooLarge));
    assert_eq!(number("0.1").power(number("1E30")), Ok(Decimal::ZERO));
}
