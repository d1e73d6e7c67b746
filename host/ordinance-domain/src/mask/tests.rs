//! Tests of masks.

use super::*;
use crate::fact::{Holder, Sensitivity};
use crate::name::FieldName;
use crate::normalisation::{Normalisation, NormalisationStep};
use crate::titles::Titles;
use jiff::civil::date;
use proptest::prelude::*;

fn check(mask: &str, value: Value, expect: &str) {
    check_normalised(Normalisation::default(), mask, value, expect);
}

fn check_normalised(normalisation: Normalisation, mask: &str, value: Value, expect: &str) {
    let mask = Mask::parse(mask).unwrap();
    let pseudonym = |text: &str| format!("code of {}", text.len());
    let masked = mask.apply(&value, MaskContext { day: date(2026, 6, 1), normalisation, pseudonym: &pseudonym });
    assert_eq!(masked.to_plain(), expect, "{mask} of {value:?}");
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn each_mask_discloses_its_form_and_no_more() {
    check("year-only", Value::Date(date(1950, 3, 4)), "1950");
    check("age-band", Value::Integer(13), "age13");
    check("age-band", Value::Integer(17), "age16to17");
    check("age-band", Value::Date(date(2008, 6, 1)), "adult");
    check("age-band", Value::Date(date(2008, 6, 2)), "age16to17");
    check("age-band", Value::Date(date(2012, 2, 29)), "age14");
    check("prefix 4", text("440300199001011234"), "4403*");
    check("last 4", text("440300199001011234"), "*1234");
    check("prefix 2", text("张三丰"), "张三*");
    check("round to 1000", Value::Integer(1999), "1000");
    check("round to 1000", Value::Integer(-1), "-1000");
    check("round to 500", Value::Decimal("1999.99".parse().unwrap()), "1500");
    check("pseudonym", text("440300"), "code of 6");
    check("presence-only", text("440300"), "true");
}

#[test]
fn a_short_text_is_never_shown_whole() {
    check("prefix 4", text("4403"), "*");
    check("last 4", text("1"), "*");
    check("last 4", text(""), "*");
}

#[test]
fn a_text_is_masked_in_its_normal_form_and_characters_are_counted_there() {
    // Decomposed, the accents are characters of their own.
    check("prefix 2", text("e\u{301}e\u{301}e\u{301}"), "éé*");
    check("last 1", text("  ab  "), "*b");
    check("pseudonym", text("Rene\u{301} "), "code of 5");
    let steps = [NormalisationStep::Width, NormalisationStep::NoSpace, NormalisationStep::Case];
    let number = Normalisation::of(&steps).unwrap();
    for written in ["11010119900307451x", "11010119900307451X", "１１０１０１ １９９００３０７ ４５１Ｘ"]
    {
        check_normalised(number, "prefix 6", text(written), "110101*");
        check_normalised(number, "last 4", text(written), "*451x");
        check_normalised(number, "pseudonym", text(written), "code of 18");
    }
    // What is short in its normal form is hidden whole.
    check_normalised(number, "prefix 4", text("4 4 0 3"), "*");
}

#[test]
fn a_mask_discloses_only_the_presence_of_a_value_that_it_does_not_fit() {
    check("year-only", text("1950-01-01"), "true");
    check("round to 10", Value::Bool(false), "true");
}

#[test]
fn a_mask_is_read_as_it_is_written() {
    for written in ["year-only", "age-band", "prefix 4", "last 99", "round to 2", "pseudonym", "presence-only"] {
        assert_eq!(Mask::parse(written).unwrap().to_string(), written);
    }
    for bad in ["", "prefix", "prefix 0", "last 100", "round to 1", "round to 1e3", "hash", "prefix -1"] {
        assert!(Mask::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_mask_fits_only_facts_of_its_type() {
    let fact = |fact_type, category: &str| Fact {
        name: FieldName::new("x").unwrap(),
        fact_type,
        titles: Titles::default(),
        category: Some(Category::new(category).unwrap()),
        sensitivity: Sensitivity::Personal,
        unit: None,
        sharing: None,
        holder: Holder::Applicant,
        implied_by: Vec::new(),
        guidance: Default::default(),
        derivation: None,
        normalisation: Normalisation::default(),
    };
    let number = || FactType::Integer { min: 5, max: 150 };
    let fits = |mask, fact| Mask::parse(mask).unwrap().masked_type(&fact).is_some();
    assert!(fits("age-band", fact(number(), "dpv-pd:Age")));
    assert!(!fits("age-band", fact(number(), "dpv-pd:Income")));
    assert!(fits("age-band", fact(FactType::Date, "dpv-pd:BirthDate")));
    assert!(!fits("year-only", fact(number(), "dpv-pd:Age")));
    assert!(!fits("prefix 4", fact(number(), "dpv-pd:Age")));
    assert!(fits("presence-only", fact(FactType::Bool, "dpv-pd:Age")));
    let rounded = Mask::RoundTo(10).masked_type(&fact(number(), "dpv-pd:Income"));
    assert_eq!(rounded, Some(FactType::Integer { min: 0, max: 150 }));
}

fn any_mask() -> impl Strategy<Value = Mask> {
    prop_oneof![
        Just(Mask::YearOnly),
        Just(Mask::AgeBand),
        (1..99_u8).prop_map(Mask::Prefix),
        (1..99_u8).prop_map(Mask::Last),
        (2..50_u64).prop_map(Mask::RoundTo),
        Just(Mask::Pseudonym),
        Just(Mask::PresenceOnly),
    ]
}

proptest! {
    #[test]
    fn joining_is_a_semilattice(a in any_mask(), b in any_mask(), c in any_mask()) {
        prop_assert_eq!(a.join(a), a);
        prop_assert_eq!(a.join(b), b.join(a));
        prop_assert_eq!(a.join(b).join(c), a.join(b.join(c)));
        prop_assert_eq!(a.join(b).join(a), a.join(b));
    }

    #[test]
    fn a_joined_rounding_follows_from_either_rounding(number in -10_000_i64..10_000, a in 2..60_u64, b in 2..60_u64) {
        let pseudonym = |_: &str| String::new();
        let context = MaskContext { day: date(2026, 1, 1), normalisation: Normalisation::default(), pseudonym: &pseudonym };
        let joined = Mask::RoundTo(a).join(Mask::RoundTo(b));
        let of_raw = joined.apply(&Value::Integer(number), context);
        let of_masked = joined.apply(&Mask::RoundTo(a).apply(&Value::Integer(number), context), context);
        prop_assert_eq!(of_raw, of_masked);
    }
}
