//! The built-in functions of FEEL, by name, with the names of their parameters.

use crate::decimal::Rounding;

/// Writes the enum with what is known of each function.
macro_rules! builtins {
    ($($variant:ident $name:literal $([$($parameter:literal),*])+;)*) => {
        /// A built-in function of DMN 1.5, chapter 10.3.4, and those that Ordinance adds: `less`, the amount without
        /// the deduction and never below 0; `is given`, true where the value is known and else unknown; `first known`,
        /// the first of its values that is known.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Builtin {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Builtin {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name as authors write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The names of its parameters, for each form that it has. One that ends in `?` may be left out, and one
            /// that ends in `...` takes one list or any number of values.
            #[must_use]
            pub fn parameters(self) -> &'static [&'static [&'static str]] {
                match self {
                    $(Self::$variant => &[$(&[$($parameter),*]),+],)*
                }
            }

            /// The function of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|function| function.name() == name)
            }
        }
    };
}

builtins! {
    Date "date" ["from"] ["year", "month", "day"];
    DateAndTime "date and time" ["from"] ["date", "time"];
    Time "time" ["from"] ["hour", "minute", "second", "offset?"];
    Number "number" ["from", "grouping separator?", "decimal separator?"];
    String "string" ["from"];
    Duration "duration" ["from"];
    YearsAndMonthsDuration "years and months duration" ["from", "to"];
    Not "not" ["negand"];
    Substring "substring" ["string", "start position", "length?"];
    StringLength "string length" ["string"];
    UpperCase "upper case" ["string"];
    LowerCase "lower case" ["string"];
    SubstringBefore "substring before" ["string", "match"];
    SubstringAfter "substring after" ["string", "match"];
    Replace "replace" ["input", "pattern", "replacement", "flags?"];
    Contains "contains" ["string", "match"];
    StartsWith "starts with" ["string", "match"];
    EndsWith "ends with" ["string", "match"];
    Matches "matches" ["input", "pattern", "flags?"];
    Split "split" ["string", "delimiter"];
    StringJoin "string join" ["list", "delimiter?"];
    ListContains "list contains" ["list", "element"] ["list", "match"];
    Count "count" ["list"];
    Min "min" ["list..."];
    Max "max" ["list..."];
    Sum "sum" ["list..."];
    Mean "mean" ["list..."];
    All "all" ["list..."];
    Any "any" ["list..."];
    Sublist "sublist" ["list", "start position", "length?"];
    Append "append" ["list", "item..."];
    Concatenate "concatenate" ["list..."];
    InsertBefore "insert before" ["list", "position", "newItem"];
    Remove "remove" ["list", "position"];
    ListReplace "list replace" ["list", "position", "newItem"] ["list", "match", "newItem"];
    Reverse "reverse" ["list"];
    IndexOf "index of" ["list", "match"];
    Union "union" ["list..."];
    DistinctValues "distinct values" ["list"];
    Flatten "flatten" ["list"];
    Product "product" ["list..."];
    Median "median" ["list..."];
    Stddev "stddev" ["list..."];
    Mode "mode" ["list..."];
    Decimal "decimal" ["n", "scale"];
    Floor "floor" ["n", "scale?"];
    Ceiling "ceiling" ["n", "scale?"];
    RoundUp "round up" ["n", "scale"];
    RoundDown "round down" ["n", "scale"];
    RoundHalfUp "round half up" ["n", "scale"];
    RoundHalfDown "round half down" ["n", "scale"];
    Abs "abs" ["n"];
    Modulo "modulo" ["dividend", "divisor"];
    Sqrt "sqrt" ["number"];
    Log "log" ["number"];
    Exp "exp" ["number"];
    Odd "odd" ["number"];
    Even "even" ["number"];
    Is "is" ["value1", "value2"];
    Before "before" ["point1", "point2"] ["point", "range"] ["range", "point"] ["range1", "range2"];
    After "after" ["point1", "point2"] ["point", "range"] ["range", "point"] ["range1", "range2"];
    Meets "meets" ["range1", "range2"];
    MetBy "met by" ["range1", "range2"];
    Overlaps "overlaps" ["range1", "range2"];
    OverlapsBefore "overlaps before" ["range1", "range2"];
    OverlapsAfter "overlaps after" ["range1", "range2"];
    Finishes "finishes" ["point", "range"] ["range1", "range2"];
    FinishedBy "finished by" ["range", "point"] ["range1", "range2"];
    Includes "includes" ["range", "point"] ["range1", "range2"];
    During "during" ["point", "range"] ["range1", "range2"];
    Starts "starts" ["point", "range"] ["range1", "range2"];
    StartedBy "started by" ["range", "point"] ["range1", "range2"];
    Coincides "coincides" ["point1", "point2"] ["range1", "range2"];
    Range "range" ["from"];
    DayOfYear "day of year" ["date"];
    DayOfWeek "day of week" ["date"];
    MonthOfYear "month of year" ["date"];
    WeekOfYear "week of year" ["date"];
    Sort "sort" ["list", "precedes"];
    GetValue "get value" ["m", "key"];
    GetEntries "get entries" ["m"];
    ContextOf "context" ["entries"];
    ContextPut "context put" ["context", "key", "value"] ["context", "keys", "value"];
    ContextMerge "context merge" ["contexts"];
    Less "less" ["amount", "deduction"];
    IsGiven "is given" ["fact"];
    FirstKnown "first known" ["value..."];
}

impl Builtin {
    /// Whether it makes one value of the items of a list, which may also be written as its arguments: `min(1, 2)`.
    #[must_use]
    pub fn is_aggregate(self) -> bool {
        matches!(
            self,
            Self::Min
                | Self::Max
                | Self::Sum
                | Self::Mean
                | Self::All
                | Self::Any
                | Self::Product
                | Self::Median
                | Self::Stddev
                | Self::Mode
        )
    }

    /// How it rounds a number to digits; `None` of a function that doesn't round.
    #[must_use]
    pub fn rounding(self) -> Option<Rounding> {
        match self {
            Self::Decimal => Some(Rounding::HalfEven),
            Self::RoundUp => Some(Rounding::Up),
            Self::RoundDown => Some(Rounding::Down),
            Self::RoundHalfUp => Some(Rounding::HalfUp),
            Self::RoundHalfDown => Some(Rounding::HalfDown),
            Self::Floor => Some(Rounding::Floor),
            Self::Ceiling => Some(Rounding::Ceiling),
            _ => None,
        }
    }
}
