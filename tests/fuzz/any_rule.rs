//! Rules of any type, made from bytes: a direct call and a call through the component runtime must have the same
//! outcome, whatever the rule is told and whatever it leaves in its memory.

use std::fmt::Write as _;
use std::sync::OnceLock;

use ordinance_domain::answer::Grant;
use ordinance_domain::calendar::Date;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RequestedLimits;
use ordinance_domain::minimise::minimise;
use ordinance_domain::rule_type::{IntegerType, RuleField, ValueType};
use ordinance_domain::value::{Decimal, Record, Value};
use ordinance_sandbox::{Arguments, CallOutcome, CompiledEligibilityRule, Limits, Sandbox, SandboxConfig};

/// Bytes as numbers; 0 after the last one.
struct Source<'b>(std::slice::Iter<'b, u8>);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    fn number(&mut self) -> i64 {
        // Small numbers, and those at the ends of each width.
        let bits = u32::from(self.byte() % 64);
        i64::from_le_bytes([0; 8].map(|_: u8| self.byte())) >> bits
    }
}

/// A type in the text of a component, and the core types into which it flattens.
#[derive(Clone)]
struct TypeText {
    text: String,
    flat: Vec<&'static str>,
}

fn type_text(text: impl Into<String>, flat: &[&'static str]) -> TypeText {
    TypeText { text: text.into(), flat: flat.to_vec() }
}

/// The named types of a component under construction; a function's records and enums must have names.
#[derive(Default)]
struct TypeTexts {
    text: String,
    count: usize,
}

impl TypeTexts {
    fn named(&mut self, definition: &str) -> String {
        let index = self.count;
        self.count += 1;
        writeln!(self.text, "(type $d{index} {definition}) (export $t{index} \"t{index}\" (type $d{index}))").unwrap();
        format!("$t{index}")
    }

    fn value(&mut self, source: &mut Source<'_>, depth: u8) -> TypeText {
        const NARROW: [&str; 7] = ["bool", "u8", "s8", "u16", "s16", "u32", "s32"];
        match source.below(if depth < 2 { 18 } else { 13 }) {
            kind @ 0..=6 => type_text(NARROW[usize::from(kind)], &["i32"]),
            7 => type_text("u64", &["i64"]),
            8 => type_text("s64", &["i64"]),
            9 => type_text("string", &["i32", "i32"]),
            10 => type_text("$decimal", &["i64", "i32"]),
            11 => type_text("$date", &["i32", "i32", "i32"]),
            12 => {
                let count = if source.below(8) == 7 { 300 } else { 3 };
                let words: String = (0..count).map(|index| format!("\"w{index}\" ")).collect();
                type_text(self.named(&format!("(enum {words})")), &["i32"])
            }
            13 | 14 => {
                let inner = self.value(source, depth + 1);
                if inner.text.starts_with("(option") {
                    return inner;
                }
                let flat = [&["i32"][..], &inner.flat].concat();
                TypeText { text: format!("(option {})", inner.text), flat }
            }
            15 => type_text(format!("(list {})", self.record(source, depth + 1).text), &["i32", "i32"]),
            _ => self.record(source, depth + 1),
        }
    }

    fn record(&mut self, source: &mut Source<'_>, depth: u8) -> TypeText {
        let count = 1 + source.below(if depth == 0 { 8 } else { 3 });
        let fields: Vec<_> = (0..count).map(|_| self.value(source, depth)).collect();
        let flat = fields.iter().flat_map(|field| field.flat.iter().copied()).collect();
        let fields: String =
            fields.iter().enumerate().map(|(index, field)| format!("(field \"f{index}\" {}) ", field.text)).collect();
        TypeText { text: self.named(&format!("(record {fields})")), flat }
    }
}

/// Types that many rules share.
const SHARED_TYPES: &str = "(type $decimal_type (record (field \"units\" s64) (field \"scale\" u8)))
    (export $decimal \"decimal\" (type $decimal_type))
    (type $date_type (record (field \"year\" s32) (field \"month\" u8) (field \"day\" u8)))
    (export $date \"date\" (type $date_type))
    (type $finding_type (record (field \"criterion\" string) (field \"satisfied\" (option bool))))
    (export $finding \"finding\" (type $finding_type))
    (type $finding_on_item_type
        (record (field \"criterion\" string) (field \"satisfied\" (option bool)) (field \"item\" (option u32))))
    (export $finding_on_item \"finding-on-item\" (type $finding_on_item_type))";

/// Most often an allocator that gives each block the same place, or one that adds; seldom one that lies.
const REALLOCS: [&str; 8] = [
    "(i32.const 4096)",
    "(i32.const 4096)",
    "(i32.add (i32.const 4096) (i32.mul (local.get 3) (i32.const 8)))",
    "(i32.add (i32.const 4096) (i32.mul (local.get 3) (i32.const 8)))",
    "(i32.const 1024)",
    "(i32.const 4097)",
    "(i32.const -8)",
    "(unreachable)",
];

/// The address of the answer: aligned or not, in the data or where the arguments are.
const ADDRESSES: [&str; 4] = ["(i32.const 1024)", "(i32.const 1024)", "(i32.const 1025)", "(i32.const 4096)"];

/// A component whose `determine` does nothing but return an address; the data there is what the bytes say.
fn component(source: &mut Source<'_>) -> Vec<u8> {
    let mut types = TypeTexts { text: SHARED_TYPES.to_owned(), count: 0 };
    let (applicant, grant) = (types.record(source, 0), types.record(source, 0));
    let has_grant = source.below(8) != 0;
    let eligible = if has_grant { format!("\"eligible\" {}", grant.text) } else { "\"eligible\"".to_owned() };
    let determination =
        types.named(&format!("(variant (case {eligible}) (case \"ineligible\") (case \"undetermined\"))"));
    let finding = if source.below(2) == 0 { "$finding" } else { "$finding_on_item" };
    let intermediates = match source.below(2) {
        0 => String::new(),
        _ => format!("(field \"intermediates\" {})", types.record(source, 0).text),
    };
    let answer = types.named(&format!(
        "(record (field \"determination\" {determination}) (field \"findings\" (list {finding})) {intermediates})"
    ));
    let inherited = TypeText { text: format!("(option {})", grant.text), flat: [&["i32"][..], &grant.flat].concat() };
    let mut arguments = vec![("applicant", applicant)];
    let parameters =
        types.named("(record (field \"rates\" (list $decimal)) (field \"more\" (option (list $decimal))))");
    let others = [
        ("parameters", type_text(parameters, &["i32"; 5])),
        ("as-of", type_text("$date", &["i32", "i32", "i32"])),
        ("jurisdiction", type_text("string", &["i32", "i32"])),
        ("inherited", inherited),
    ];
    arguments
        .extend(others.into_iter().filter(|(name, _)| source.below(2) == 0 && (has_grant || *name != "inherited")));
    let mut flat: Vec<&str> = arguments.iter().flat_map(|(_, argument)| argument.flat.iter().copied()).collect();
    if flat.len() > 16 {
        flat = vec!["i32"];
    }
    let parameters: String =
        arguments.iter().map(|(name, argument)| format!("(param \"{name}\" {}) ", argument.text)).collect();
    let data: String = (0..256).map(|_| format!("\\{:02x}", likely(source.byte()))).collect();
    wat::parse_str(format!(
        r#"(component
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) {realloc})
                (func (export "after") (param i32))
                (func (export "determine") (param {flat}) (result i32) {address})
                (data (i32.const 1024) "{data}") (data (i32.const 4096) "{data}"))
            (core instance $i (instantiate $m))
            {types}
            (func $determine {parameters} (result {answer})
                (canon lift (core func $i "determine") (memory $i "memory") (realloc (func $i "realloc"))
                    (post-return (func $i "after"))))
            (export "determine" (func $determine)))"#,
        realloc = REALLOCS[usize::from(source.below(8))],
        address = ADDRESSES[usize::from(source.below(4))],
        flat = flat.join(" "),
        types = types.text,
    ))
    .unwrap()
}

/// A byte of the data: most often a small one, as discriminants and lengths are.
fn likely(byte: u8) -> u8 {
    match byte {
        0..=160 => 0,
        161..=220 => byte % 3,
        _ => byte,
    }
}

/// A value of a type; sometimes none where the type allows that.
fn value(value_type: &ValueType, source: &mut Source<'_>) -> Option<Value> {
    Some(match value_type {
        ValueType::Bool => Value::Bool(source.below(2) == 0),
        ValueType::Integer(IntegerType::U64) => Value::Integer(source.number() & i64::MAX),
        ValueType::Integer(width) => {
            let (least, greatest) = width.range();
            let number = i128::from(source.number()).rem_euclid(greatest - least + 1) + least;
            Value::Integer(i64::try_from(number).unwrap())
        }
        ValueType::Decimal => Value::Decimal(Decimal::new(source.number(), u32::from(source.below(10)))),
        ValueType::Date => {
            Value::Date(Date::new(1900 + i16::from(source.byte()), 1, 1 + source.below(28).cast_signed()).unwrap())
        }
        ValueType::Text => Value::Text("é".repeat(usize::from(source.below(9)))),
        ValueType::Choice(words) => Value::Choice(words[usize::from(source.byte()) % words.len()].clone()),
        ValueType::Record(fields) => Value::Record(record(fields, source)),
        ValueType::List(fields) => Value::List((0..source.below(4)).map(|_| record(fields, source)).collect()),
        ValueType::Decimals => {
            let number = |_| Decimal::new(source.number(), u32::from(source.below(10)));
            Value::Decimals((0..3).map(number).collect())
        }
        ValueType::Option(_) if source.below(3) == 0 => return None,
        ValueType::Option(inner) => return value(inner, source),
    })
}

fn record(fields: &[RuleField], source: &mut Source<'_>) -> Record {
    fields.iter().filter_map(|field| Some((field.name.clone(), value(&field.value_type, source)?))).collect()
}

/// One sandbox that calls directly, and one that calls through the component runtime.
pub(crate) fn sandboxes(limits: Limits) -> [Sandbox; 2] {
    [true, false].map(|direct_calls| {
        Sandbox::new(SandboxConfig { limits, slots: 2, direct_calls, ..SandboxConfig::default() }).unwrap()
    })
}

/// Sandboxes with room for a small answer, so that some answers are larger.
fn narrow_sandboxes() -> &'static [Sandbox; 2] {
    static SANDBOXES: OnceLock<[Sandbox; 2]> = OnceLock::new();
    SANDBOXES.get_or_init(|| sandboxes(Limits { output_bytes: 2_000, ..Limits::default() }))
}

/// Asserts that both ways have the same outcome, at the same cost.
pub(crate) fn assert_same(direct: &CallOutcome, through_runtime: &CallOutcome) {
    assert_eq!(direct.result, through_runtime.result);
    assert_eq!(direct.fuel, through_runtime.fuel);
    assert_eq!(direct.memory_bytes, through_runtime.memory_bytes);
    assert_eq!(direct.branches, through_runtime.branches);
}

/// A rule of some type, told something, that leaves something in its memory.
pub(crate) fn both_ways_agree(bytes: &[u8]) {
    let mut source = Source(bytes.iter());
    let component = component(&mut source);
    let rules =
        narrow_sandboxes().each_ref().map(|sandbox| sandbox.compile_rule(&component, RequestedLimits::default()));
    let [Ok(direct), Ok(through_runtime)] = rules else { return };
    assert_agreement(&direct, &through_runtime, &mut source);
}

/// Calls the published rule of these bytes both ways, told something that follows from other bytes.
pub(crate) fn both_ways_agree_on(rules: &[CompiledEligibilityRule; 2], bytes: &[u8]) {
    let [direct, through_runtime] = rules;
    assert_agreement(direct, through_runtime, &mut Source(bytes.iter()));
}

fn assert_agreement(
    direct: &CompiledEligibilityRule,
    through_runtime: &CompiledEligibilityRule,
    source: &mut Source<'_>,
) {
    assert!(direct.has_direct_calls());
    assert!(!through_runtime.has_direct_calls());
    let rule_type = direct.rule_type();
    let applicant = minimise(rule_type, &Facts(record(&rule_type.applicant, source))).unwrap();
    let inherited = (source.below(2) == 0).then(|| Grant(record(&rule_type.grant, source)));
    let arguments = Arguments {
        as_of: "2026-01-01".parse().unwrap(),
        applicant: &applicant,
        parameters: &record(&rule_type.parameters, source),
        inherited: inherited.as_ref(),
        jurisdiction: &JurisdictionCode::new("N").unwrap(),
    };
    let call = |rule: &CompiledEligibilityRule| rule.call(&arguments);
    assert_same(&call(direct), &call(through_runtime));
}
