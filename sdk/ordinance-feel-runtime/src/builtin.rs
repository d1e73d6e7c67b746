//! The built-in functions of FEEL, by name, with the names of their parameters.

/// A built-in function of DMN 1.5, chapter 10.3.4, and those that Ordinance adds: `less`, the amount without the
/// deduction and never below 0; `is given`, true where the value is known and else unknown; `first known`, the first of its values
/// that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// `date(from)`
    Date,
    /// `date and time(from)`
    DateAndTime,
    /// `time(from)`
    Time,
    /// `number(from, grouping separator?, decimal separator?)`
    Number,
    /// `string(from)`
    String,
    /// `duration(from)`
    Duration,
    /// `years and months duration(from, to)`
    YearsAndMonthsDuration,
    /// `not(negand)`
    Not,
    /// `substring(string, start position, length?)`
    Substring,
    /// `string length(string)`
    StringLength,
    /// `upper case(string)`
    UpperCase,
    /// `lower case(string)`
    LowerCase,
    /// `substring before(string, match)`
    SubstringBefore,
    /// `substring after(string, match)`
    SubstringAfter,
    /// `replace(input, pattern, replacement, flags?)`
    Replace,
    /// `contains(string, match)`
    Contains,
    /// `starts with(string, match)`
    StartsWith,
    /// `ends with(string, match)`
    EndsWith,
    /// `matches(input, pattern, flags?)`
    Matches,
    /// `split(string, delimiter)`
    Split,
    /// `string join(list, delimiter?)`
    StringJoin,
    /// `list contains(list, element)`
    ListContains,
    /// `count(list)`
    Count,
    /// `min(list...)`
    Min,
    /// `max(list...)`
    Max,
    /// `sum(list...)`
    Sum,
    /// `mean(list...)`
    Mean,
    /// `all(list...)`
    All,
    /// `any(list...)`
    Any,
    /// `sublist(list, start position, length?)`
    Sublist,
    /// `append(list, item...)`
    Append,
    /// `concatenate(list...)`
    Concatenate,
    /// `insert before(list, position, newItem)`
    InsertBefore,
    /// `remove(list, position)`
    Remove,
    /// `list replace(list, position, newItem)`
    ListReplace,
    /// `reverse(list)`
    Reverse,
    /// `index of(list, match)`
    IndexOf,
    /// `union(list...)`
    Union,
    /// `distinct values(list)`
    DistinctValues,
    /// `flatten(list)`
    Flatten,
    /// `product(list...)`
    Product,
    /// `median(list...)`
    Median,
    /// `stddev(list...)`
    Stddev,
    /// `mode(list...)`
    Mode,
    /// `decimal(n, scale)`
    Decimal,
    /// `floor(n, scale?)`
    Floor,
    /// `ceiling(n, scale?)`
    Ceiling,
    /// `round up(n, scale)`
    RoundUp,
    /// `round down(n, scale)`
    RoundDown,
    /// `round half up(n, scale)`
    RoundHalfUp,
    /// `round half down(n, scale)`
    RoundHalfDown,
    /// `abs(n)`
    Abs,
    /// `modulo(dividend, divisor)`
    Modulo,
    /// `sqrt(number)`
    Sqrt,
    /// `log(number)`
    Log,
    /// `exp(number)`
    Exp,
    /// `odd(number)`
    Odd,
    /// `even(number)`
    Even,
    /// `is(value1, value2)`
    Is,
    /// `before(a, b)`
    Before,
    /// `after(a, b)`
    After,
    /// `meets(range1, range2)`
    Meets,
    /// `met by(range1, range2)`
    MetBy,
    /// `overlaps(range1, range2)`
    Overlaps,
    /// `overlaps before(range1, range2)`
    OverlapsBefore,
    /// `overlaps after(range1, range2)`
    OverlapsAfter,
    /// `finishes(a, range)`
    Finishes,
    /// `finished by(range, a)`
    FinishedBy,
    /// `includes(range, a)`
    Includes,
    /// `during(a, range)`
    During,
    /// `starts(a, range)`
    Starts,
    /// `started by(range, a)`
    StartedBy,
    /// `coincides(a, b)`
    Coincides,
    /// `range(from)`
    Range,
    /// `day of year(date)`
    DayOfYear,
    /// `day of week(date)`
    DayOfWeek,
    /// `month of year(date)`
    MonthOfYear,
    /// `week of year(date)`
    WeekOfYear,
    /// `sort(list, precedes)`
    Sort,
    /// `get value(m, key)`
    GetValue,
    /// `get entries(m)`
    GetEntries,
    /// `context(entries)`
    ContextOf,
    /// `context put(context, key, value)`
    ContextPut,
    /// `context merge(contexts)`
    ContextMerge,
    /// `less(amount, deduction)`
    Less,
    /// `is given(fact)`
    IsGiven,
    /// `first known(value...)`
    FirstKnown,
}

impl Builtin {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Date,
        Self::DateAndTime,
        Self::Time,
        Self::Number,
        Self::String,
        Self::Duration,
        Self::YearsAndMonthsDuration,
        Self::Not,
        Self::Substring,
        Self::StringLength,
        Self::UpperCase,
        Self::LowerCase,
        Self::SubstringBefore,
        Self::SubstringAfter,
        Self::Replace,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Matches,
        Self::Split,
        Self::StringJoin,
        Self::ListContains,
        Self::Count,
        Self::Min,
        Self::Max,
        Self::Sum,
        Self::Mean,
        Self::All,
        Self::Any,
        Self::Sublist,
        Self::Append,
        Self::Concatenate,
        Self::InsertBefore,
        Self::Remove,
        Self::ListReplace,
        Self::Reverse,
        Self::IndexOf,
        Self::Union,
        Self::DistinctValues,
        Self::Flatten,
        Self::Product,
        Self::Median,
        Self::Stddev,
        Self::Mode,
        Self::Decimal,
        Self::Floor,
        Self::Ceiling,
        Self::RoundUp,
        Self::RoundDown,
        Self::RoundHalfUp,
        Self::RoundHalfDown,
        Self::Abs,
        Self::Modulo,
        Self::Sqrt,
        Self::Log,
        Self::Exp,
        Self::Odd,
        Self::Even,
        Self::Is,
        Self::Before,
        Self::After,
        Self::Meets,
        Self::MetBy,
        Self::Overlaps,
        Self::OverlapsBefore,
        Self::OverlapsAfter,
        Self::Finishes,
        Self::FinishedBy,
        Self::Includes,
        Self::During,
        Self::Starts,
        Self::StartedBy,
        Self::Coincides,
        Self::Range,
        Self::DayOfYear,
        Self::DayOfWeek,
        Self::MonthOfYear,
        Self::WeekOfYear,
        Self::Sort,
        Self::GetValue,
        Self::GetEntries,
        Self::ContextOf,
        Self::ContextPut,
        Self::ContextMerge,
        Self::Less,
        Self::IsGiven,
        Self::FirstKnown,
    ];

    /// The name as authors write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::DateAndTime => "date and time",
            Self::Time => "time",
            Self::Number => "number",
            Self::String => "string",
            Self::Duration => "duration",
            Self::YearsAndMonthsDuration => "years and months duration",
            Self::Not => "not",
            Self::Substring => "substring",
            Self::StringLength => "string length",
            Self::UpperCase => "upper case",
            Self::LowerCase => "lower case",
            Self::SubstringBefore => "substring before",
            Self::SubstringAfter => "substring after",
            Self::Replace => "replace",
            Self::Contains => "contains",
            Self::StartsWith => "starts with",
            Self::EndsWith => "ends with",
            Self::Matches => "matches",
            Self::Split => "split",
            Self::StringJoin => "string join",
            Self::ListContains => "list contains",
            Self::Count => "count",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::All => "all",
            Self::Any => "any",
            Self::Sublist => "sublist",
            Self::Append => "append",
            Self::Concatenate => "concatenate",
            Self::InsertBefore => "insert before",
            Self::Remove => "remove",
            Self::ListReplace => "list replace",
            Self::Reverse => "reverse",
            Self::IndexOf => "index of",
            Self::Union => "union",
            Self::DistinctValues => "distinct values",
            Self::Flatten => "flatten",
            Self::Product => "product",
            Self::Median => "median",
            Self::Stddev => "stddev",
            Self::Mode => "mode",
            Self::Decimal => "decimal",
            Self::Floor => "floor",
            Self::Ceiling => "ceiling",
            Self::RoundUp => "round up",
            Self::RoundDown => "round down",
            Self::RoundHalfUp => "round half up",
            Self::RoundHalfDown => "round half down",
            Self::Abs => "abs",
            Self::Modulo => "modulo",
            Self::Sqrt => "sqrt",
            Self::Log => "log",
            Self::Exp => "exp",
            Self::Odd => "odd",
            Self::Even => "even",
            Self::Is => "is",
            Self::Before => "before",
            Self::After => "after",
            Self::Meets => "meets",
            Self::MetBy => "met by",
            Self::Overlaps => "overlaps",
            Self::OverlapsBefore => "overlaps before",
            Self::OverlapsAfter => "overlaps after",
            Self::Finishes => "finishes",
            Self::FinishedBy => "finished by",
            Self::Includes => "includes",
            Self::During => "during",
            Self::Starts => "starts",
            Self::StartedBy => "started by",
            Self::Coincides => "coincides",
            Self::Range => "range",
            Self::DayOfYear => "day of year",
            Self::DayOfWeek => "day of week",
            Self::MonthOfYear => "month of year",
            Self::WeekOfYear => "week of year",
            Self::Sort => "sort",
            Self::GetValue => "get value",
            Self::GetEntries => "get entries",
            Self::ContextOf => "context",
            Self::ContextPut => "context put",
            Self::ContextMerge => "context merge",
            Self::Less => "less",
            Self::IsGiven => "is given",
            Self::FirstKnown => "first known",
        }
    }

    /// The names of its parameters, for each form that it has. One that ends in `?` may be left out, and one that ends in
    /// `...` takes one list or any number of values.
    #[must_use]
    pub fn parameters(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Date => &[&["from"], &["year", "month", "day"]],
            Self::DateAndTime => &[&["from"], &["date", "time"]],
            Self::Time => &[&["from"], &["hour", "minute", "second", "offset?"]],
            Self::Number => &[&["from", "grouping separator?", "decimal separator?"]],
            Self::String => &[&["from"]],
            Self::Duration => &[&["from"]],
            Self::YearsAndMonthsDuration => &[&["from", "to"]],
            Self::Not => &[&["negand"]],
            Self::Substring => &[&["string", "start position", "length?"]],
            Self::StringLength => &[&["string"]],
            Self::UpperCase => &[&["string"]],
            Self::LowerCase => &[&["string"]],
            Self::SubstringBefore => &[&["string", "match"]],
            Self::SubstringAfter => &[&["string", "match"]],
            Self::Replace => &[&["input", "pattern", "replacement", "flags?"]],
            Self::Contains => &[&["string", "match"]],
            Self::StartsWith => &[&["string", "match"]],
            Self::EndsWith => &[&["string", "match"]],
            Self::Matches => &[&["input", "pattern", "flags?"]],
            Self::Split => &[&["string", "delimiter"]],
            Self::StringJoin => &[&["list", "delimiter?"]],
            Self::ListContains => &[&["list", "element"]],
            Self::Count => &[&["list"]],
            Self::Min => &[&["list..."]],
            Self::Max => &[&["list..."]],
            Self::Sum => &[&["list..."]],
            Self::Mean => &[&["list..."]],
            Self::All => &[&["list..."]],
            Self::Any => &[&["list..."]],
            Self::Sublist => &[&["list", "start position", "length?"]],
            Self::Append => &[&["list", "item..."]],
            Self::Concatenate => &[&["list..."]],
            Self::InsertBefore => &[&["list", "position", "newItem"]],
            Self::Remove => &[&["list", "position"]],
            Self::ListReplace => &[&["list", "position", "newItem"], &["list", "match", "newItem"]],
            Self::Reverse => &[&["list"]],
            Self::IndexOf => &[&["list", "match"]],
            Self::Union => &[&["list..."]],
            Self::DistinctValues => &[&["list"]],
            Self::Flatten => &[&["list"]],
            Self::Product => &[&["list..."]],
            Self::Median => &[&["list..."]],
            Self::Stddev => &[&["list..."]],
            Self::Mode => &[&["list..."]],
            Self::Decimal => &[&["n", "scale"]],
            Self::Floor => &[&["n", "scale?"]],
            Self::Ceiling => &[&["n", "scale?"]],
            Self::RoundUp => &[&["n", "scale"]],
            Self::RoundDown => &[&["n", "scale"]],
            Self::RoundHalfUp => &[&["n", "scale"]],
            Self::RoundHalfDown => &[&["n", "scale"]],
            Self::Abs => &[&["n"]],
            Self::Modulo => &[&["dividend", "divisor"]],
            Self::Sqrt => &[&["number"]],
            Self::Log => &[&["number"]],
            Self::Exp => &[&["number"]],
            Self::Odd => &[&["number"]],
            Self::Even => &[&["number"]],
            Self::Is => &[&["value1", "value2"]],
            Self::Before => &[&["a", "b"]],
            Self::After => &[&["a", "b"]],
            Self::Meets => &[&["range1", "range2"]],
            Self::MetBy => &[&["range1", "range2"]],
            Self::Overlaps => &[&["range1", "range2"]],
            Self::OverlapsBefore => &[&["range1", "range2"]],
            Self::OverlapsAfter => &[&["range1", "range2"]],
            Self::Finishes => &[&["a", "range"]],
            Self::FinishedBy => &[&["range", "a"]],
            Self::Includes => &[&["range", "a"]],
            Self::During => &[&["a", "range"]],
            Self::Starts => &[&["a", "range"]],
            Self::StartedBy => &[&["range", "a"]],
            Self::Coincides => &[&["a", "b"]],
            Self::Range => &[&["from"]],
            Self::DayOfYear => &[&["date"]],
            Self::DayOfWeek => &[&["date"]],
            Self::MonthOfYear => &[&["date"]],
            Self::WeekOfYear => &[&["date"]],
            Self::Sort => &[&["list", "precedes"]],
            Self::GetValue => &[&["m", "key"]],
            Self::GetEntries => &[&["m"]],
            Self::ContextOf => &[&["entries"]],
            Self::ContextPut => &[&["context", "key", "value"], &["context", "keys", "value"]],
            Self::ContextMerge => &[&["contexts"]],
            Self::Less => &[&["amount", "deduction"]],
            Self::IsGiven => &[&["fact"]],
            Self::FirstKnown => &[&["value..."]],
        }
    }

    /// The function of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }
}
