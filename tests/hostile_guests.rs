//! Guests that mean no good, written as text. Each is a whole component; what differs is the body of `determine`, its
//! memory, or a part of its type.

use wasmparser::{Parser, Payload};

/// A component whose `determine` has this core body. It returns the address of an answer: at +0 the determination (0
/// eligible, 1 ineligible, 2 undetermined), at +8 whether there is an amount, at +16 its units, at +24 its scale; at
/// +32 and +36 the address and the number of findings of 12 bytes: criterion's address and length, then at +8 whether
/// there is a word, at +9 the word.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) body: String,
    pub(crate) memory: &'static str,
    pub(crate) data: String,
    pub(crate) import: &'static str,
    pub(crate) argument: (&'static str, &'static str),
    pub(crate) export: &'static str,
}

impl Default for Guest {
    fn default() -> Self {
        Self {
            body: "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.const 1024)".to_owned(),
            memory: "1",
            data: String::new(),
            import: "",
            argument: ("applicant", "$applicant"),
            export: "determine",
        }
    }
}

impl Guest {
    pub(crate) fn with_body(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }

    /// The component.
    pub(crate) fn component(&self) -> Vec<u8> {
        wat::parse_str(self.text()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn text(&self) -> String {
        let Self { body, memory, data, import, argument: (argument, argument_type), export } = self;
        let parameter = match *argument_type {
            "f64" => "f64",
            "s64" => "i64",
            _ => "i32",
        };
        let module = format!(
            r#"(core module $m
                (memory (export "memory") {memory})
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
                {data}
                (func (export "determine") (param {parameter}) (result i32) {body}))"#
        );
        interface(import, &module, argument, argument_type, export)
    }
}

/// The interface of a rule around a core module `$m`.
fn interface(import: &str, module: &str, argument: &str, argument_type: &str, export: &str) -> String {
    format!(
        r#"(component
              {import}
              {module}
              (core instance $i (instantiate $m))
              (type $decimal_type (record (field "units" s64) (field "scale" u8)))
              (export $decimal "decimal" (type $decimal_type))
              (type $grant_type (record (field "amount" (option $decimal))))
              (export $grant "grant" (type $grant_type))
              (type $finding_type (record (field "criterion" string) (field "satisfied" (option bool))))
              (export $finding "finding" (type $finding_type))
              (type $determination_type (variant (case "eligible" $grant) (case "ineligible") (case "undetermined")))
              (export $determination "determination" (type $determination_type))
              (type $answer_type (record (field "determination" $determination) (field "findings" (list $finding))))
              (export $answer "answer" (type $answer_type))
              (type $applicant_type (record (field "n" u8)))
              (export $applicant "applicant" (type $applicant_type))
              (func $determine (param "{argument}" {argument_type}) (result $answer)
                (canon lift (core func $i "determine") (memory $i "memory") (realloc (func $i "realloc"))))
              (export "{export}" (func $determine)))"#
    )
}

/// The interface of a rule around the bytes of a core module: those of the default guest are replaced.
pub(crate) fn around(module: &[u8]) -> Vec<u8> {
    let guest = Guest::default().component();
    let is_module = |payload: Result<Payload<'_>, _>| match payload.unwrap() {
        Payload::ModuleSection { unchecked_range, .. } => Some(unchecked_range),
        _ => None,
    };
    let old = Parser::new(0).parse_all(&guest).find_map(is_module).unwrap();
    let before = old.start - length(old.len()).len();
    [&guest[..before], &length(module.len()), module, &guest[old.end..]].concat()
}

/// A length as it stands before a section (LEB128).
fn length(mut rest: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while rest > 0x7f {
        bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// A body that answers `ineligible` with so many findings at this address.
fn findings(address: u32, count: u32) -> Guest {
    Guest::with_body(format!(
        "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store (i32.const 1056) (i32.const {address})) \
         (i32.store (i32.const 1060) (i32.const {count})) (i32.const 1024)"
    ))
}

/// `count` findings at 2048 on one criterion of these bytes.
fn findings_on(criterion: &[u8], count: usize) -> Guest {
    let escaped = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let length = u8::try_from(criterion.len()).unwrap();
    let finding = escaped(&[0x40, 0x0c, 0, 0, length, 0, 0, 0, 1, 1, 0, 0]);
    let data = format!(
        "(data (i32.const 2048) \"{}\") (data (i32.const 3136) \"{}\")",
        finding.repeat(count),
        escaped(criterion)
    );
    Guest { data, ..findings(2048, u32::try_from(count).unwrap()) }
}

/// A body that answers `eligible` with an amount of these units and this scale.
fn amount(units: i64, scale: u8) -> Guest {
    Guest::with_body(format!(
        "(i32.store8 (i32.const 1032) (i32.const 1)) (i64.store (i32.const 1040) (i64.const {units})) \
         (i32.store8 (i32.const 1048) (i32.const {scale})) (i32.const 1024)"
    ))
}

const HOARD: &str = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)";

/// A guest that fails: its name, the code of its failure, and the guest.
pub(crate) type FailingGuest = (&'static str, &'static str, Guest);

/// The guests whose call fails.
pub(crate) fn failing_guests() -> Vec<FailingGuest> {
    [greedy_guests(), trapping_guests(), malformed_guests(), overreaching_guests()].concat()
}

/// Those that take more fuel, memory or room for their answer than they have.
pub(crate) fn greedy_guests() -> Vec<FailingGuest> {
    let large = |guest| Guest { memory: "20", ..guest };
    vec![
        ("LOOP", "out-of-fuel", Guest::with_body("(loop (br 0)) (unreachable)")),
        ("HOARD", "memory-refused", Guest::with_body(HOARD)),
        ("OVERSIZED", "oversized-output", large(findings(2048, 50_000))),
        ("MANY", "oversized-output", large(findings(2048, 300))),
        (
            "FILL",
            "out-of-fuel",
            Guest::with_body("(memory.fill (i32.const 1) (i32.const 7) (i32.const -1)) (unreachable)"),
        ),
        ("BULK", "out-of-fuel", large(Guest::with_body(BULK_LOOP))),
    ]
}

/// Those that do what WebAssembly forbids.
pub(crate) fn trapping_guests() -> Vec<FailingGuest> {
    vec![
        ("TRAP", "trap", Guest::with_body("(unreachable)")),
        ("DIVIDE", "trap", Guest::with_body("(i32.div_u (i32.const 1) (i32.const 0))")),
        ("BOUNDS", "trap", Guest::with_body("(i32.load (i32.const -8))")),
        (
            "DEEP",
            "trap",
            with_data("(func $deep (param i32) (result i32) (call $deep (local.get 0)))", "(call $deep (i32.const 1))"),
        ),
        ("WIDE", "trap", with_data(WIDE_FRAMES, "(drop (call $wide (i64.const 1))) (i32.const 1024)")),
        ("TABLE", "trap", with_data("(table $t 1 funcref)", TABLE_HOARD)),
        (
            "NULLCALL",
            "trap",
            with_data(
                "(table $t 4 funcref) (type $f (func))",
                "(call_indirect $t (type $f) (i32.const 2)) (unreachable)",
            ),
        ),
        (
            "COPY",
            "trap",
            Guest::with_body("(memory.copy (i32.const 0) (i32.const 65000) (i32.const 65000)) (unreachable)"),
        ),
        ("NAN", "trap", Guest::with_body("(i32.trunc_f64_s (f64.const nan:0x4000000000001))")),
    ]
}

/// Those whose answer is none.
pub(crate) fn malformed_guests() -> Vec<FailingGuest> {
    vec![
        ("OUTSIDE", "malformed-output", findings(65_000, 999)),
        ("CASE", "malformed-output", Guest::with_body("(i32.store8 (i32.const 1024) (i32.const 9)) (i32.const 1024)")),
        ("POINTER", "malformed-output", Guest::with_body("(i32.const -64)")),
        ("UTF8", "malformed-output", findings_on(b"\xff\xfe", 1)),
        ("TWICE", "malformed-output", findings_on(b"known", 2)),
        ("SCALE", "malformed-output", amount(5, 99)),
        ("LIE", "malformed-output", findings(2048, u32::MAX)),
        ("HALF", "malformed-output", findings(2048, u32::MAX / 12)),
        (
            "OPTION",
            "malformed-output",
            Guest::with_body("(i32.store8 (i32.const 1032) (i32.const 2)) (i32.const 1024)"),
        ),
        ("WORD", "malformed-output", word_of_finding(2)),
        ("CYCLE", "malformed-output", findings_at_themselves()),
        ("OVERLONG", "malformed-output", findings_on(b"\xc0\xaf", 1)),
        ("SURROGATE", "malformed-output", findings_on(b"\xed\xa0\x80", 1)),
        (
            "CROOKED",
            "malformed-output",
            Guest::with_body("(i32.store8 (i32.const 1024) (i32.const 1)) (i32.const 1025)"),
        ),
    ]
}

/// Those whose answer says what the rule or the service doesn't allow.
pub(crate) fn overreaching_guests() -> Vec<FailingGuest> {
    vec![
        ("SNEAKY", "undeclared-criterion", findings_on(b"sneaky", 1)),
        ("NEGATIVE", "grant-out-of-range", amount(-5, 0)),
        ("HUGE", "grant-out-of-range", amount(i64::MAX, 0)),
        ("LEAST", "grant-out-of-range", amount(i64::MIN, 0)),
        ("FINE", "grant-out-of-range", amount(1, 18)),
    ]
}

/// A guest with more fields of its module.
fn with_data(data: &str, body: &str) -> Guest {
    Guest { data: data.to_owned(), ..Guest::with_body(body) }
}

/// Few calls that need much of the stack each.
const WIDE_FRAMES: &str = "(func $wide (param i64) (result i64) (local v128 v128 v128 v128 v128 v128 v128 v128)
    (local.set 1 (i64x2.splat (local.get 0))) (local.set 2 (i64x2.splat (call $wide (i64.add (local.get 0) (i64.const 1)))))
    (i64.add (i64x2.extract_lane 0 (local.get 1)) (i64x2.extract_lane 0 (local.get 2))))";

const TABLE_HOARD: &str =
    "(loop (br_if 0 (i32.ne (table.grow $t (ref.null func) (i32.const 10000)) (i32.const -1)))) (unreachable)";

/// Much work in few instructions.
const BULK_LOOP: &str = "(loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000)) (br 0)) (unreachable)";

/// A finding that neither has a word nor has none.
fn word_of_finding(word: u8) -> Guest {
    let mut guest = findings_on(b"known", 1);
    guest.data = guest.data.replace("\\01\\01\\00\\00", &format!("\\{word:02x}\\01\\00\\00"));
    guest
}

/// A list of findings whose names are the list itself.
fn findings_at_themselves() -> Guest {
    let data = "(data (i32.const 2048) \"\\00\\08\\00\\00\\ff\\ff\\00\\00\\01\\01\\00\\00\")";
    Guest { data: data.to_owned(), ..findings(2048, 1) }
}

const TRAPS_AT_START: &str = "(func $start (unreachable)) (start $start)";
const RELAXED: &str = "(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))";

/// A component around a core module of these fields.
fn component_of(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {fields}))")).unwrap()
}

/// The components that are refused at load, each with words that its refusal must hold.
pub(crate) fn refused_guests() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let guest = |guest: Guest| guest.component();
    vec![
        (
            "IMPORT",
            "imports the function `clock`",
            guest(Guest { import: "(import \"clock\" (func))", ..Guest::default() }),
        ),
        (
            "INSTANCE",
            "imports the function `wasi:clocks/wall-clock@0.2.0#now`",
            guest(Guest {
                import: "(import \"wasi:clocks/wall-clock@0.2.0\" (instance (export \"now\" (func))))",
                ..Guest::default()
            }),
        ),
        (
            "OLDER",
            "built for the interface `ordinance:rules/types@0.0.9`; this host reads 0.1.0 and 0.2.0",
            guest(Guest {
                import: "(import \"ordinance:rules/types@0.0.9\" (instance (type $t bool) (export \"flag\" (type (eq $t)))))",
                ..Guest::default()
            }),
        ),
        ("EXPORT", "exports no function `determine`", guest(Guest { export: "decide", ..Guest::default() })),
        (
            "ARGUMENT",
            "unknown argument `income`",
            guest(Guest { argument: ("income", "$applicant"), ..Guest::default() }),
        ),
        (
            "FLOAT",
            "`determine.as-of` has the type f64; write `as-of: date`",
            guest(Guest { argument: ("as-of", "f64"), ..Guest::default() }),
        ),
        ("CORE", "a core module, not a component", wat::parse_str("(module)").unwrap()),
        ("BROKEN", "not a valid component", b"\0asm\x0d\0\x01\0junk".to_vec()),
        ("SHARED", "threads must be enabled", component_of("(memory 1 1 shared)")),
        ("RELAXED", "relaxed SIMD support is not enabled", component_of(RELAXED)),
        ("START", "can't be instantiated", guest(Guest { data: TRAPS_AT_START.to_owned(), ..Guest::default() })),
        ("GREEDY", "can't be instantiated", guest(Guest { memory: "65", ..Guest::default() })),
        ("STARTLOOP", "can't be instantiated", guest(Guest { data: LOOPS_AT_START.to_owned(), ..Guest::default() })),
        ("MEMORIES", "can't be instantiated", component_of(&"(memory 1)".repeat(9))),
        ("TABLES", "can't be instantiated", component_of(&"(table 1 funcref)".repeat(9))),
        ("BIGTABLE", "can't be instantiated", guest(with_data("(table 9000000 funcref)", "(unreachable)"))),
        ("MEMORY64", "exports no function `determine`", component_of("(memory i64 1)")),
        ("FUNCTIONS", "a rule has at most 10000", component_of(&"(func)".repeat(10_001))),
        ("EXPORTS", "exports no function `determine`", exports(3_000)),
        ("NESTED", "exports no function `determine`", nested(120)),
        ("LOCALS", "not a valid component", component_of(&format!("(func (local {}))", "i64 ".repeat(60_000)))),
        ("GIANTTYPE", "effective type size exceeds the limit", giant_type(400)),
        ("ASYNC", "require the component model async feature", async_function()),
        ("LENGTH", "not a valid component", lying_length()),
        ("TRUNCATED", "not a valid component", truncated()),
    ]
}

const LOOPS_AT_START: &str = "(func $start (loop (br 0))) (start $start)";

/// So many exports of one function.
fn exports(count: usize) -> Vec<u8> {
    let exports: String = (0..count).map(|at| format!("(export \"e{at}\" (type $t))")).collect();
    wat::parse_str(format!("(component (type $t u8) {exports})")).unwrap()
}

/// Components within each other: each is a section of the one around it.
fn nested(depth: usize) -> Vec<u8> {
    const HEADER: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
    (0..depth).fold(HEADER.to_vec(), |inner, _| [&HEADER[..], &[4], &length(inner.len()), &inner].concat())
}

/// Types each twice as large as the one before.
fn giant_type(depth: usize) -> Vec<u8> {
    let types: String =
        (1..depth).map(|at| format!("(type $t{at} (tuple $t{before} $t{before}))", before = at - 1)).collect();
    wat::parse_str(format!("(component (type $t0 (tuple u8 u8)) {types})")).unwrap()
}

fn async_function() -> Vec<u8> {
    let text = Guest::default().text().replace("(func $determine (param", "(func $determine async (param");
    wat::parse_str(text).unwrap()
}

/// A custom section that says that it is much longer than the file.
fn lying_length() -> Vec<u8> {
    let mut bytes = Guest::default().component();
    bytes.extend_from_slice(&[0, 0xff, 0xff, 0xff, 0x7f, 4, b'n', b'a', b'm', b'e']);
    bytes
}

fn truncated() -> Vec<u8> {
    let mut bytes = Guest::default().component();
    bytes.truncate(bytes.len() / 2);
    bytes
}
