//! Values and types as bytes.

#![allow(clippy::unwrap_used, reason = "a test that meets something unexpected fails")]

use std::rc::Rc;

use ordinance_feel_runtime::encoding::{decode, encode};
use ordinance_feel_runtime::{
    Context, Date, DateTime, DaysDuration, Decimal, Failure, MonthsDuration, Offset, Range, Shape, ShapeKind, Time,
    Value,
};

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn values() -> Vec<Value> {
    let date = Date { year: -44, month: 3, day: 15 };
    let time = |offset| Time { nanoseconds: 86_399_999_999_999, offset };
    let zone = Offset::Zone(Rc::from("Europe/Paris"));
    let range =
        Range { low: Some(Value::Number(decimal("1.50"))), low_included: true, high: None, high_included: false };
    let scalars = vec![
        Value::Failed(Failure::NoValue),
        Value::Unknown,
        Value::Between(decimal("-1"), decimal("12345678901234567890.123")),
        Value::Null,
        Value::Boolean(true),
        Value::Number(decimal("1E-6000")),
        Value::text("王 Smith"),
        Value::Date(date),
        Value::Time(time(Offset::Local)),
        Value::Time(time(Offset::Seconds(-3600))),
        Value::DateTime(DateTime { date, time: time(zone) }),
        Value::Days(DaysDuration(-1 << 100)),
        Value::Months(MonthsDuration(i64::MIN)),
        Value::Range(Rc::new(range)),
    ];
    let context = Context(vec![(Rc::from("a b"), Value::Null), (Rc::from(""), Value::list(scalars.clone()))]);
    let mut all = scalars;
    all.push(Value::Context(Rc::new(context)));
    all.push(Value::list(vec![Value::Perhaps(Rc::new(Value::integer(1))), Value::list(Vec::new())]));
    all
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(value, &mut bytes);
    bytes
}

#[test]
fn every_value_is_the_same_after_it_was_bytes() {
    for value in values() {
        assert_eq!(decode(&encoded(&value)), Some(value));
    }
}

#[test]
fn bytes_that_are_no_value_are_refused_and_nothing_panics() {
    for value in values() {
        let bytes = encoded(&value);
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None, "{value:?}");
        }
        assert_eq!(decode(&[bytes.as_slice(), &[0]].concat()), None);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            let _ = decode(&changed);
        }
    }
    let deep = [13].repeat(100_000);
    assert_eq!(decode(&deep), None);
}

#[test]
fn every_type_is_the_same_after_it_was_bytes() {
    let of = |kind| Shape { kind, nullable: false };
    let shapes = [
        ShapeKind::Null,
        ShapeKind::Any,
        ShapeKind::Boolean,
        ShapeKind::Number,
        ShapeKind::Text,
        ShapeKind::Choice(vec!["a".into(), "".into()]),
        ShapeKind::Date,
        ShapeKind::Time,
        ShapeKind::DateTime,
        ShapeKind::Days,
        ShapeKind::Months,
        ShapeKind::List(Rc::new(Shape { kind: ShapeKind::Number, nullable: true })),
        ShapeKind::Context(vec![("a".into(), of(ShapeKind::Text)), ("b".into(), of(ShapeKind::Any))]),
        ShapeKind::Range(Rc::new(of(ShapeKind::Date))),
    ];
    for shape in shapes.map(of) {
        let mut bytes = Vec::new();
        shape.encode(&mut bytes);
        assert_eq!(Shape::decode(&bytes).as_ref(), Some(&shape));
        assert!((0..bytes.len()).all(|end| Shape::decode(&bytes[..end]).is_none()), "{shape:?}");
    }
}
