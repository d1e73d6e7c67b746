//! The types and bounds that expressions get.

use super::{contract, manifest, program, rule_of};
use crate::check::check_shared_rule;
use crate::source_text::ExpressionError;
use crate::tree::{Answer, Argument, Determination, Program};
use crate::types::{Type, TypeKind};

fn shown(ty: &Type) -> String {
    let null = if ty.nullable { "?" } else { "" };
    let text = match &ty.kind {
        TypeKind::Number(bounds) => {
            let bounds = crate::bounds::Bounds::from(*bounds);
            let range = bounds.range.map_or("any".to_owned(), |(low, high)| format!("{low}..{high}"));
            format!("number {range} scale {}", bounds.scale.map_or("any".to_owned(), |scale| scale.to_string()))
        }
        TypeKind::List { item, items_max } => {
            format!("list of {} max {}", shown(item), items_max.map_or("any".to_owned(), |most| most.to_string()))
        }
        TypeKind::Context(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, ty)| format!("{name}: {}", shown(ty))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        TypeKind::Choice(words) => format!("choice {}", words.join("|")),
        other => format!("{other:?}").to_lowercase(),
    };
    text + null
}

/// The type of an expression.
fn type_of(expression: &str) -> String {
    // Compared with itself, so that it is needed whole.
    let program = program(&format!("define x = {expression}\ncriterion c = x = x"));
    let definition = program.definitions.iter().find(|definition| definition.name == "x");
    definition.map_or("no definition".to_owned(), |definition| shown(&definition.value.ty))
}

fn determination(program: &Program) -> &Determination {
    match &program.answer {
        Answer::Determination(determination) => determination,
        Answer::Value(_) => panic!("a value"),
    }
}

#[test]
fn numbers_have_the_bounds_of_the_contract_and_of_their_operators() {
    for (expression, expected) in [
        ("age", "number 0..130 scale 0"),
        ("age - 5", "number -5..125 scale 0"),
        ("income * 12", "number 0..12000000 scale 2"),
        ("income * share / 100", "number 0..3000000 scale 4"),
        ("income / 3", "number 0..333333.333333333334 scale any"),
        ("round half up(income / 3, 2)", "number 0..333333.33 scale 2"),
        ("less(income, 500)", "number 0..999500 scale 2"),
        ("min(age, 18)", "number 0..18 scale 0"),
        ("max(income - 500, 0)", "number 0..999500 scale 2"),
        ("if age >= 90 then 100 else 50.5", "number 50.5..100 scale 1"),
        ("count(members)", "number 0..20 scale 0"),
        ("sum(members.income)", "number 0..20000000 scale 2"),
        ("sum(for m in members return if m.works then m.income else 0)", "number 0..20000000 scale 2"),
        ("modulo(age, 10)", "number 0..10 scale 0"),
        ("monthly", "number 0..110000 scale 2"),
        ("min_age", "number 0..80000 scale 0"),
        ("abs(age - 65)", "number 0..65 scale 0"),
        ("birth_date.month", "number 1..12 scale 0"),
        ("-age", "number -130..0 scale 0"),
    ] {
        assert_eq!(type_of(expression), expected, "{expression}");
    }
}

#[test]
fn expressions_of_every_kind_have_a_type() {
    for (expression, expected) in [
        ("age >= 18 and (low_income or facts.grade <= parameters.grade)", "boolean"),
        ("residence = \"registered\"", "boolean"),
        ("residence in (\"registered\", \"resident\")", "boolean"),
        ("age between 18 and 65", "boolean"),
        ("age in [18..65)", "boolean"),
        ("age in (< 18, > 65)", "boolean"),
        ("as_of - birth_date", "daysduration"),
        ("birth_date + @\"P18Y\"", "date"),
        ("years and months duration(birth_date, as_of).years", "number -1999999998..1999999998 scale 0"),
        ("date(\"2026-01-31\")", "date"),
        ("if low_income then \"cash\" else \"voucher\"", "choice cash|voucher"),
        ("if low_income then \"In cash\" else \"voucher\"", "text"),
        ("string(age) + \" years\"", "text"),
        ("members[age < 18].age", "list of number 0..130 scale 0 max 20"),
        ("for m in members return m.age", "list of number 0..130 scale 0 max 20"),
        ("some m in members satisfies m.age < 18 and m.works", "boolean"),
        ("every m in members satisfies m.age < 18", "boolean"),
        ("standards[persons <= 2][-1].amount", "number 0..896500 scale 2"),
        ("standards[1]", "{persons: number 0..2000 scale 0, amount: number 0..896500 scale 2}?"),
        ("steps[1]", "number 0..20500 scale 2?"),
        ("scheme.rate", "number 0..4000 scale 0"),
        ("scheme.bonus", "number 0..12500 scale 2?"),
        ("later", "number 0..5000 scale 0?"),
        ("if later != null then later + 1 else 0", "number 0..5001 scale 0"),
        ("later != null and later > 3", "boolean"),
        ("later = null or later > 3", "boolean"),
        ("if scheme.bonus = null then 0 else scheme.bonus", "number 0..12500 scale 2"),
        ("inherited != null", "boolean"),
        ("inherited.amount", "number 0..100000 scale 2?"),
        ("{ a: 1, b: a + 1 }.b", "number 2..2 scale 0"),
        ("sort(members, function(a, b) a.age < b.age)[1].age", "number 0..130 scale 0"),
        ("is given(age)", "boolean"),
        ("first known(income, 0)", "number 0..1000000 scale 2"),
        ("from_day <= as_of", "boolean"),
        ("if age > 5 then null else 3", "number 3..3 scale 0?"),
        ("contains(surname, \"x\")", "boolean"),
        ("age instance of number", "boolean"),
        ("for i in 1..5 return if i = 1 then 1 else partial[-1] * i", "list of number any scale any max 5"),
        ("substring(surname, 1, 2)", "text"),
        ("day of week(as_of)", "text"),
        ("not_set", "number -1000000000000..1000000000000 scale 2?"),
        ("if not_set != null then not_set else inherited.amount", "number -1000000000000..1000000000000 scale 2?"),
        ("birth_date + @\"P18Y\" <= as_of", "boolean"),
        ("max(members.age)", "number 0..130 scale 0?"),
        ("max(members.age) + 1", "number 1..131 scale 0"),
        ("sum(members[age < 18].income)", "number 0..20000000 scale 2"),
        ("standards[persons = count(members)][1].amount - income", "number -1000000..896500 scale 2"),
        ("standards[persons = 9][1] = null", "boolean"),
        ("less(standards[persons <= count(members)][-1].amount, income * 0.5)", "number 0..896500 scale 3"),
        ("get value({ a: 1 }, \"a\")", "number 1..1 scale 0"),
        ("concatenate([1, 2], [3])", "list of number 1..3 scale 0 max 3"),
        ("substring(string: surname, start position: 1)", "text"),
        ("5 in ([1..3], > 4)", "boolean"),
    ] {
        assert_eq!(type_of(expression), expected, "{expression}");
    }
}

#[test]
fn a_function_of_the_author_is_put_in_place_of_its_calls() {
    let text = "define twice = function(x: number) x * 2\ndefine y = twice(twice(age))\ncriterion c = y > 4";
    let program = program(text);
    assert_eq!(program.definitions.len(), 2);
    assert_eq!(shown(&program.definitions[0].value.ty), "number 0..520 scale 0");
}

#[test]
fn a_program_reads_only_what_its_expressions_name() {
    let text = "
        define children = count(members[age < 18])
        define unused = members[works]
        criterion old = age >= min_age
        criterion low-income = low_income
        criterion grown each members = age >= 18
        eligible = old and (low_income or all(grown))
        grant amount = monthly";
    let program = program(text);
    let inputs: Vec<String> =
        program.inputs.iter().map(|input| format!("{:?} {}", input.argument, shown(&input.ty))).collect();
    assert_eq!(
        inputs,
        [
            "Fact(\"members\") list of {age: number 0..130 scale 0} max 20",
            "Fact(\"age\") number 0..130 scale 0",
            "Parameter(\"min_age\") number 0..80000 scale 0",
            "Fact(\"low_income\") boolean",
            "Parameter(\"monthly\") number 0..110000 scale 2",
        ]
    );
    let names: Vec<&str> = program.definitions.iter().map(|definition| definition.name.as_str()).collect();
    assert_eq!(names, ["children", "old", "low_income", "grown"]);
    let told: Vec<&str> = determination(&program).intermediates.iter().map(|told| told.name.as_str()).collect();
    assert_eq!(told, ["children"]);
    assert!(determination(&program).findings[2].each);
}

#[test]
fn a_list_that_is_only_counted_keeps_one_part() {
    let program = program("criterion large = count(members) > 3");
    assert_eq!(shown(&program.inputs[0].ty), "list of {age: number 0..130 scale 0} max 20");
    assert_eq!(program.inputs[0].argument, Argument::Fact("members".to_owned()));
}

#[test]
fn a_criterion_may_have_the_name_of_a_parameter() {
    let program = program("criterion min-age = age >= min_age\neligible = criteria.min_age and min_age > 3");
    assert_eq!(program.definitions.len(), 1);
    assert_eq!(program.inputs.len(), 2);
    // A defined value is told, not the criterion of its name.
    let program = super::program("criterion total = total > 5\ndefine total = income\neligible = criteria.total");
    let told = &determination(&program).intermediates[0];
    assert_eq!(shown(&told.ty), "number 0..1000000 scale 2");
}

#[test]
fn definitions_stand_after_those_that_they_need() {
    let program = program("define a = b + 1\ndefine b = c * 2\ndefine c = age\ncriterion d = a > 3");
    let names: Vec<&str> = program.definitions.iter().map(|definition| definition.name.as_str()).collect();
    assert_eq!(names, ["c", "b", "a", "d"]);
}

#[test]
fn a_table_has_the_type_of_its_outputs() {
    let table = "
        table band unique | age | monthly
        row < 18 | 50
        row [18..65) | 100.50
        row >= 65 | 120";
    let text = format!("{table}\ndefine x = band\ncriterion c = x > 60");
    let program = program(&text);
    let band = program.definitions.iter().find(|definition| definition.name == "band").unwrap();
    assert_eq!(shown(&band.value.ty), "number 50..120 scale 1?");
    assert_eq!(rule_of(&text).tables.len(), 1);
}

/// The texts that the warnings about a rule point at.
fn warnings(text: &str) -> Vec<String> {
    let rule = rule_of(text);
    let checked = check_shared_rule(&rule, &contract(), &manifest(), &[]).unwrap();
    let written = |found: &ExpressionError| {
        let text = &rule.texts.0[found.place.text.0].text;
        text[found.place.span.start..found.place.span.end].to_owned()
    };
    checked.warnings.iter().map(written).collect()
}

#[test]
fn a_quotient_that_is_cut_off_and_multiplied_gets_a_warning() {
    let yearly = "define month = income * 12 / 7\ncriterion c = savings >= month * 171 / 100";
    assert_eq!(warnings(yearly), ["month * 171"]);
    for exact in [
        "criterion c = savings >= income * 12 * 171 / 100 / 7",
        "criterion c = savings >= income / 4 * 171 / 100",
        "define month = round half up(income / 7, 2)\ncriterion c = savings >= month * 171 / 100",
    ] {
        assert_eq!(warnings(exact), [""; 0], "{exact}");
    }
}
