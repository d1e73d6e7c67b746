//! Guests that mean no good, written as text. Each is a whole component; what differs is the body of `determine`, its
//! memory, or a part of its type.

/// A component whose `determine` has this core body. It returns the address of an answer: at +0 the determination (0
/// eligible, 1 ineligible, 2 undetermined), at +8 whether there is an amount, at +16 its units, at +24 its scale; at +32
/// and +36 the address and the number of findings of 12 bytes: criterion's address and length, then at +8 whether there
/// is a word, at +9 the word.
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
        format!(
            r#"(component
              {import}
              (core module $m
                (memory (export "memory") {memory})
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
                {data}
                (func (export "determine") (param {parameter}) (result i32) {body}))
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

/// The calls that fail, each with the code it must fail with.
pub(crate) fn failing_guests() -> Vec<(&'static str, &'static str, Guest)> {
    let large = |guest| Guest { memory: "20", ..guest };
    vec![
        ("LOOP", "out-of-fuel", Guest::with_body("(loop (br 0)) (unreachable)")),
        ("TRAP", "trap", Guest::with_body("(unreachable)")),
        ("DIVIDE", "trap", Guest::with_body("(i32.div_u (i32.const 1) (i32.const 0))")),
        ("BOUNDS", "trap", Guest::with_body("(i32.load (i32.const -8))")),
        ("HOARD", "memory-refused", Guest::with_body(HOARD)),
        ("OVERSIZED", "oversized-output", large(findings(2048, 50_000))),
        ("MANY", "oversized-output", large(findings(2048, 300))),
        ("OUTSIDE", "malformed-output", findings(65_000, 999)),
        ("CASE", "malformed-output", Guest::with_body("(i32.store8 (i32.const 1024) (i32.const 9)) (i32.const 1024)")),
        ("POINTER", "malformed-output", Guest::with_body("(i32.const -64)")),
        ("UTF8", "malformed-output", findings_on(b"\xff\xfe", 1)),
        ("TWICE", "malformed-output", findings_on(b"known", 2)),
        ("SNEAKY", "undeclared-criterion", findings_on(b"sneaky", 1)),
        ("NEGATIVE", "grant-out-of-range", amount(-5, 0)),
        ("SCALE", "malformed-output", amount(5, 99)),
    ]
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
            "built for the interface `ordinance:rules/types@0.0.9`; this host speaks 0.1.0",
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
    ]
}
