//! Writes expressions that have a value: each part is of the type that is taken where it stands.

/// Numbers that look random, the same for the same seed (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Numbers of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let index = self.below(texts.len() as u64) as usize;
        texts.get(index).copied().unwrap_or_default()
    }
}

/// The types of parts.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Number,
    Whole,
    Text,
    Truth,
    Numbers,
    Texts,
    Day,
    Moment,
    Time,
    Days,
    Months,
}

const KINDS: [Kind; 11] = [
    Kind::Number,
    Kind::Whole,
    Kind::Text,
    Kind::Truth,
    Kind::Numbers,
    Kind::Texts,
    Kind::Day,
    Kind::Moment,
    Kind::Time,
    Kind::Days,
    Kind::Months,
];

/// An expression of some type, with parts in parts up to a depth.
pub fn expression(random: &mut Random, depth: u32) -> String {
    let kind = KINDS[random.below(KINDS.len() as u64) as usize];
    part(random, kind, depth)
}

/// A part of a type. In the forms letters in double braces stand for parts of types, as `kind_of` names them.
fn part(random: &mut Random, kind: Kind, depth: u32) -> String {
    let forms = if depth == 0 { leaves(kind) } else { composed(kind) };
    let form = random.one_of(forms);
    let mut text = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let (letter, after) = after.split_once("}}").unwrap_or((after, ""));
        text.push_str(&part(random, kind_of(letter), depth.saturating_sub(1)));
        rest = after;
    }
    text.push_str(rest);
    text
}

fn kind_of(letter: &str) -> Kind {
    match letter {
        "n" => Kind::Number,
        "i" => Kind::Whole,
        "s" => Kind::Text,
        "b" => Kind::Truth,
        "N" => Kind::Numbers,
        "S" => Kind::Texts,
        "d" => Kind::Day,
        "m" => Kind::Moment,
        "t" => Kind::Time,
        "D" => Kind::Days,
        _ => Kind::Months,
    }
}

fn leaves(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Number => &["0", "1", "2.5", "-3", "0.125", "1000000", "-7.75", "99.99", "12345.678"],
        Kind::Whole => &["1", "2", "3", "-1", "-2", "7", "12"],
        Kind::Text => &["\"\"", "\"a\"", "\"foobar\"", "\"Straße\"", "\"a b c\"", "\"中文\"", "\"x-1\""],
        Kind::Truth => &["true", "false"],
        Kind::Numbers => &["[1]", "[1, 2, 3]", "[2.5, -1, 2.5]", "[3, 1, 2, 1]"],
        Kind::Texts => &["[\"a\"]", "[\"b\", \"a\", \"b\"]"],
        Kind::Day => &["@\"2024-02-29\"", "date(2021, 1, 31)", "date(\"1999-12-31\")"],
        Kind::Moment => &["@\"2024-02-29T12:00:00Z\"", "date and time(\"2021-01-31T23:59:59Z\")"],
        Kind::Time => &["@\"10:30:00Z\"", "time(\"23:59:59Z\")", "time(1, 2, 3, @\"PT0S\")"],
        Kind::Days => &["@\"P1D\"", "duration(\"PT36H\")", "@\"PT90M\"", "@\"PT1S\""],
        Kind::Months => &["@\"P1Y\"", "duration(\"P14M\")", "@\"P0M\""],
    }
}

fn composed(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Number => &[
            "({{n}} + {{n}})",
            "({{n}} - {{n}})",
            "({{n}} * {{n}})",
            "({{n}} / 4)",
            "-{{n}}",
            "({{n}} / 3)",
            "abs({{n}})",
            "floor({{n}})",
            "ceiling({{n}})",
            "round half up({{n}}, 0)",
            "round down({{n}}, 0)",
            "modulo({{n}}, 7)",
            "modulo({{n}}, -2.5)",
            "sum({{N}})",
            "mean({{N}})",
            "min({{N}})",
            "max({{N}})",
            "median({{N}})",
            "product({{N}})",
            "count({{N}})",
            "{{N}}[1]",
            "{{N}}[-1]",
            "if {{b}} then {{n}} else {{n}}",
            "string length({{s}})",
            "({{D}} / @\"PT1H\")",
            "{{d}}.year",
            "{{m}}.hour",
            "day of year({{d}})",
            "number(string({{i}}), null, null)",
        ],
        Kind::Whole => {
            &["({{i}} + {{i}})", "({{i}} * {{i}})", "count({{S}})", "{{d}}.month", "{{t}}.minute", "{{M}}.years"]
        }
        Kind::Text => &[
            "({{s}} + {{s}})",
            "upper case({{s}})",
            "substring(({{s}} + \"xy\"), 2)",
            "substring(({{s}} + \"xy\"), -2, 1)",
            "substring before({{s}}, {{s}})",
            "substring after({{s}}, {{s}})",
            "string({{i}})",
            "string({{d}})",
            "string({{D}})",
            "string({{M}})",
            "string join({{S}}, {{s}})",
            "string({{N}})",
            "replace({{s}}, \"[ab]\", \"<$0>\")",
            "{{S}}[1]",
            "if {{b}} then {{s}} else {{s}}",
            "day of week({{d}})",
            "month of year({{m}})",
            "string({{b}})",
        ],
        Kind::Truth => &[
            "({{n}} < {{n}})",
            "({{n}} = {{n}})",
            "({{s}} >= {{s}})",
            "({{d}} < {{d}})",
            "({{m}} <= {{m}})",
            "({{b}} and null)",
            "(null or {{b}})",
            "({{b}} and {{b}})",
            "({{b}} or {{b}})",
            "not({{b}})",
            "({{n}} in [{{i}}..{{i}}])",
            "({{n}} in ({{i}}, > 2))",
            "({{n}} between {{i}} and {{i}})",
            "contains({{s}}, {{s}})",
            "starts with({{s}}, {{s}})",
            "matches({{s}}, \"^[a-z]+$\")",
            "list contains({{N}}, {{n}})",
            "(some x in {{N}} satisfies x > {{i}})",
            "(every x in {{N}} satisfies x < {{n}})",
            "({{N}} = {{N}})",
            "odd({{i}})",
            "({{n}} instance of number)",
            "before({{n}}, [{{i}}..{{i}}])",
            "overlaps([1..{{i}}], [2..{{i}}])",
            "({{D}} > {{D}})",
            "({{M}} = {{M}})",
            "all([{{b}}, {{b}}])",
            "any([{{n}} > 1, {{n}} > 2])",
            "({{s}} = {{s}})",
            "({{n}} != null)",
        ],
        Kind::Numbers => &[
            "[{{n}}, {{n}}]",
            "append({{N}}, {{n}})",
            "concatenate({{N}}, {{N}})",
            "reverse({{N}})",
            "append({{N}}[item > {{i}}], {{n}})",
            "(for x in {{N}} return x * {{i}})",
            "(for x in 1..{{i}} return x)",
            "sort({{N}}, function(x, y) x < y)",
            "distinct values({{N}})",
            "union({{N}}, {{N}})",
            "sublist({{N}}, 1)",
            "remove(append({{N}}, {{n}}), 1)",
            "insert before({{N}}, 1, {{n}})",
            "append(index of({{N}}, {{n}}), 1)",
            "mode({{N}})",
            "flatten([{{N}}, {{N}}])",
            "list replace({{N}}, -1, {{n}})",
            "[{x: {{n}}}, {x: {{n}}}].x",
            "append([{x: {{n}}}, {x: {{n}}}][x > 1].x, {{n}})",
        ],
        Kind::Texts => &[
            "[{{s}}, {{s}}]",
            "split({{s}}, \"-| \")",
            "append({{S}}, {{s}})",
            "(for x in {{S}} return upper case(x))",
        ],
        Kind::Day => {
            &["({{d}} + @\"P1M\")", "({{d}} - @\"P2Y\")", "({{d}} + @\"P3D\")", "date({{m}})", "{first: {{d}}}.first"]
        }
        Kind::Moment => &["({{m}} + @\"PT90M\")", "({{m}} - @\"P1Y\")", "date and time({{d}}, {{t}})"],
        Kind::Time => &["time({{m}})", "{first: {{t}}}.first"],
        Kind::Days => &["({{D}} + {{D}})", "({{D}} * 3)", "({{d}} - {{d}})", "({{m}} - {{m}})", "-{{D}}", "abs({{D}})"],
        Kind::Months => {
            &["({{M}} + {{M}})", "({{M}} * 3)", "years and months duration(@\"1990-01-31\", {{d}})", "-{{M}}"]
        }
    }
}
