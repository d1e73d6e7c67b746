//! The bounds of numbers hold for every value: random expressions over random facts, some of which aren't known.

use ordinance_feel_runtime::{Decimal, Value};

use super::{check_rule, contract, manifest, rule_of, told};
use crate::bounds::Bounds;
use crate::evaluate::evaluate;
use crate::exact::Exact;
use crate::tree::Program;
use crate::types::{Type, TypeKind};

/// Numbers that look random, the same in each run (Knuth's linear congruential generator).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    pub(crate) fn one_of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len() as u64) as usize]
    }

    pub(crate) fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .one_of(&[
                    "age",
                    "facts.grade",
                    "income",
                    "savings * 1",
                    "share",
                    "min_age",
                    "monthly",
                    "0",
                    "3",
                    "2.5",
                    "12",
                    "0.01",
                ])
                .to_owned();
        }
        let (a, b) = (self.number(depth - 1), self.number(depth - 1));
        let scale = self.one_of(&["0", "1", "2", "-1"]);
        let rounding =
            self.one_of(&["round up", "round down", "round half up", "round half down", "decimal", "floor", "ceiling"]);
        match self.below(22) {
            0 => format!("(({a}) * 1 + ({b}) * 1)"),
            1 => format!("(({a}) * 1 - ({b}) * 1)"),
            2 => format!("(({a}) * ({b}))"),
            3 => format!("(({a}) / ({b}))"),
            4 => format!("(({a}) / {})", self.one_of(&["2", "100", "12", "0.5", "7"])),
            5 => format!("min(({a}) * 1, ({b}) * 1)"),
            6 => format!("max(({a}) * 1, ({b}) * 1)"),
            7 => format!("(if {} then ({a}) * 1 else ({b}) * 1)", self.condition()),
            8 => format!("{rounding}({a}, {scale})"),
            9 => format!("abs({a})"),
            10 => format!("less(({a}) * 1, ({b}) * 1)"),
            11 => format!("modulo(({a}) * 1, ({b}) * 1)"),
            12 => format!("sum(for m in members return (m.income * 1 + ({a}) * 1))"),
            13 => format!("(-({a}))"),
            14 => format!("(({a}) ** {})", self.one_of(&["2", "3"])),
            15..=19 => self.of_list(&a, &b),
            _ => format!("(count(members[{}]) * ({b}))", self.one_of(&["age < 18", "works", "income > 100"])),
        }
    }

    /// A number of the items of a list, or a quotient that is rounded.
    fn of_list(&mut self, a: &str, b: &str) -> String {
        let kept =
            self.one_of(&["age < 18", "works", "income > 100", "income * 2 > 3 and not(works)", "age > facts.grade"]);
        let at = self.one_of(&["1", "-1", "2", "-2"]);
        let comparison = self.one_of(&["<=", "=", ">="]);
        match self.below(11) {
            9 => format!("floor(({a}) * 1 / share)"),
            10 => format!("round half up(({a}) / ({b}), 2)"),
            0 => format!("sum(members[{kept}].income)"),
            1 => format!("sum(for m in members[{kept}] return m.age * 1 - ({a}) * 1)"),
            2 => format!("standards[persons {comparison} facts.grade][{at}].amount"),
            3 => format!("standards[persons {comparison} count(members)][{at}].persons * ({a})"),
            4 => format!("max(for s in standards return s.amount * 1 + ({a}) * 1)"),
            5 => format!("(if members[{kept}][{at}] = null then ({a}) * 1 else ({b}) * 1)"),
            6 => format!("members[{kept}][{at}].income"),
            7 => format!("first known(({a}) * 1, ({b}) * 1, 7)"),
            _ => format!("(count(for m in members, n in members[{kept}] return m.age + n.age) + sum(members.age))"),
        }
    }

    pub(crate) fn condition(&mut self) -> &'static str {
        self.one_of(&["low_income", "age > 50", "income < monthly", "residence = \"resident\""])
    }

    fn value(&mut self, ty: &Type) -> Value {
        if self.below(4) == 0 && !matches!(ty.kind, TypeKind::Context(_)) {
            return match &ty.kind {
                TypeKind::Number(bounds) => Value::Unknown.within(bounds.range),
                _ => Value::Unknown,
            };
        }
        match &ty.kind {
            TypeKind::Boolean => Value::Boolean(self.below(2) == 0),
            TypeKind::Number(bounds) => self.within(Bounds::from(*bounds)),
            TypeKind::Choice(words) => Value::text(&words[self.below(words.len() as u64) as usize]),
            TypeKind::List { item, .. } => {
                let count = self.below(4);
                Value::list((0..count).map(|_| self.value(item)).collect())
            }
            TypeKind::Context(fields) => {
                let values = fields.iter().map(|(name, ty)| (name.as_str().into(), self.value(ty))).collect();
                Value::Context(std::rc::Rc::new(ordinance_feel_runtime::Context(values)))
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn within(&mut self, bounds: Bounds) -> Value {
        let ((low, high), scale) = (bounds.range.unwrap(), bounds.scale.unwrap());
        let units =
            |number: Exact| number.multiply(Exact::whole(10_i128.pow(scale.into()))).unwrap().as_whole().unwrap();
        let (low, high) = (units(low), units(high));
        let units = match self.below(4) {
            0 => low,
            1 => high,
            2 => (low + i128::from(self.below(100))).min(high),
            _ => low + i128::from(self.below(u64::try_from(high - low + 1).unwrap())),
        };
        Value::Number(Exact::new(units, scale).decimal().unwrap())
    }
}

fn check_value(value: &Value, ty: &Type, what: &str) {
    let TypeKind::Number(bounds) = &ty.kind else { panic!("{what}: {ty}") };
    let bounds = Bounds::from(*bounds);
    let is_within = |number: Decimal| {
        let number = Exact::of(number);
        let known = bounds.range.zip(number);
        known.is_none_or(|((low, high), number)| low <= number && number <= high)
    };
    match value {
        Value::Number(number) => {
            assert!(is_within(*number), "{what}: {number:?} isn't within {bounds:?}");
            let is_exact = Exact::of(*number).zip(bounds.scale).is_none_or(|(number, scale)| number.scale() <= scale);
            assert!(is_exact, "{what}: {number:?} has more digits than {bounds:?}");
        }
        Value::Between(low, high) => {
            assert!(is_within(*low), "{what}: {value:?} {bounds:?}");
            assert!(is_within(*high), "{what}: {value:?} {bounds:?}");
        }
        Value::Unknown => assert!(ty.nullable || bounds.range.is_none(), "{what} is unknown"),
        Value::Failed(_) => {}
        Value::Null => assert!(ty.nullable, "{what} is null"),
        other => panic!("{what}: {other:?}"),
    }
}

fn evaluated(program: &Program, random: &mut Random) -> (Vec<Value>, Value) {
    let inputs: Vec<Value> = program.inputs.iter().map(|input| random.value(&input.ty)).collect();
    let evaluation = evaluate(program, &inputs);
    let found = evaluation.definitions.iter().find(|named| named.name == "x").unwrap();
    (inputs, found.value.clone())
}

#[test]
fn bounds_hold_for_every_value() {
    let mut random = Random(42);
    let (mut bounded, mut known) = (0, 0);
    for _ in 0..1_500 {
        let depth = 1 + random.below(3) as usize;
        let expression = random.number(depth);
        let rule = rule_of(&format!("define x = {expression}\ncriterion c = x = x"));
        let program = match check_rule(&rule, &contract(), &manifest()) {
            Ok(program) => program,
            Err(faults) => {
                let told = told(&rule, &faults);
                assert!(told.contains("always"), "{told}");
                continue;
            }
        };
        let ty = &program.definitions.iter().find(|definition| definition.name == "x").unwrap().value.ty;
        bounded += usize::from(matches!(&ty.kind, TypeKind::Number(bounds) if bounds.range.is_some()));
        for _ in 0..20 {
            let (inputs, value) = evaluated(&program, &mut random);
            known += usize::from(matches!(value, Value::Number(_)));
            check_value(&value, ty, &format!("{expression} of {inputs:?}"));
        }
    }
    assert!(bounded > 1_000, "{bounded} bounded");
    assert!(known > 5_000, "{known} known");
}

/// Words that stand in expressions.
const WORDS: &[&str] = &[
    "age",
    "income",
    "members",
    "residence",
    "birth_date",
    "as_of",
    "later",
    "scheme",
    "standards",
    "inherited",
    "item",
    "?",
    "1",
    "0",
    "-1",
    "2.5",
    "\"a\"",
    "null",
    "true",
    "@\"P1M\"",
    "@\"2026-01-01\"",
    "+",
    "-",
    "*",
    "/",
    "**",
    "=",
    "!=",
    "<",
    ">=",
    "and",
    "or",
    "not(",
    "if",
    "then",
    "else",
    "for x in",
    "return",
    "some x in",
    "satisfies",
    "in",
    "between",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ":",
    ",",
    "..",
    ".age",
    ".amount",
    ".year",
    "[1]",
    "[age > 3]",
    "sum(",
    "min(",
    "count(",
    "floor(",
    "sort(",
    "function(a, b) a < b",
    "instance of number",
    "x",
    "criteria",
    "partial",
    "concatenate(",
    "index of(",
    "duration(",
    "date(",
    "string(",
    "is given(",
    "first known(",
    "get value(",
    "f(",
];

#[test]
fn no_text_makes_the_check_panic() {
    let mut random = Random(7);
    let mut checked = 0;
    for _ in 0..20_000 {
        let count = 1 + random.below(9);
        let expression: Vec<&str> = (0..count).map(|_| random.one_of(WORDS)).collect();
        let expression = expression.join(" ");
        let rule = rule_of(&format!(
            "define f = function(x) x\ndefine x = {expression}\ncriterion c = x = x\n\
             table t first | age | y\nrow {} | 1",
            expression.replace('|', "")
        ));
        checked += usize::from(check_rule(&rule, &contract(), &manifest()).is_ok());
    }
    assert!(checked > 100, "{checked}");
}
