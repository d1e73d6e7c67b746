//! The functions of the run-time library for the built-in functions of the language.

use ordinance_feel_runtime::Builtin;

/// How a function of the library takes its arguments.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parameters {
    /// So many values, 0 for one that is left out.
    Fixed(usize),
    /// One list: the only argument, or all of them.
    Many,
    /// The list of all arguments.
    Lists,
    /// The first argument, and the list of the others.
    FirstAndMany,
}

/// The export of a function; `None` if it isn't called as a function.
pub(super) fn export(function: Builtin) -> Option<(&'static str, Parameters)> {
    let kind = match function {
        _ if function.is_aggregate() => Parameters::Many,
        Builtin::Concatenate | Builtin::Union | Builtin::FirstKnown => Parameters::Lists,
        Builtin::Append => Parameters::FirstAndMany,
        Builtin::Sort => return None,
        Builtin::Time => Parameters::Fixed(4),
        _ => {
            let longest = function.parameters().iter().map(|form| form.len()).max();
            Parameters::Fixed(longest.unwrap_or_default())
        }
    };
    Some((name(function), kind))
}

macro_rules! names {
    ($($function:ident $name:literal;)*) => {
        fn name(function: Builtin) -> &'static str {
            match function {
                $(Builtin::$function => concat!("function.", $name),)*
            }
        }
    };
}

names! {
    Date "date";
    DateAndTime "date and time";
    Time "time";
    Number "number";
    String "string";
    Duration "duration";
    YearsAndMonthsDuration "years and months duration";
    Not "not";
    Substring "substring";
    StringLength "string length";
    UpperCase "upper case";
    LowerCase "lower case";
    SubstringBefore "substring before";
    SubstringAfter "substring after";
    Replace "replace";
    Contains "contains";
    StartsWith "starts with";
    EndsWith "ends with";
    Matches "matches";
    Split "split";
    StringJoin "string join";
    ListContains "list contains";
    Count "count";
    Min "min";
    Max "max";
    Sum "sum";
    Mean "mean";
    All "all";
    Any "any";
    Sublist "sublist";
    Append "append";
    Concatenate "concatenate";
    InsertBefore "insert before";
    Remove "remove";
    ListReplace "list replace";
    Reverse "reverse";
    IndexOf "index of";
    Union "union";
    DistinctValues "distinct values";
    Flatten "flatten";
    Product "product";
    Median "median";
    Stddev "stddev";
    Mode "mode";
    Decimal "decimal";
    Floor "floor";
    Ceiling "ceiling";
    RoundUp "round up";
    RoundDown "round down";
    RoundHalfUp "round half up";
    RoundHalfDown "round half down";
    Abs "abs";
    Modulo "modulo";
    Sqrt "sqrt";
    Log "log";
    Exp "exp";
    Odd "odd";
    Even "even";
    Is "is";
    Before "before";
    After "after";
    Meets "meets";
    MetBy "met by";
    Overlaps "overlaps";
    OverlapsBefore "overlaps before";
    OverlapsAfter "overlaps after";
    Finishes "finishes";
    FinishedBy "finished by";
    Includes "includes";
    During "during";
    Starts "starts";
    StartedBy "started by";
    Coincides "coincides";
    Range "range";
    DayOfYear "day of year";
    DayOfWeek "day of week";
    MonthOfYear "month of year";
    WeekOfYear "week of year";
    Sort "sort";
    GetValue "get value";
    GetEntries "get entries";
    ContextOf "context";
    ContextPut "context put";
    ContextMerge "context merge";
    Less "less";
    IsGiven "is given";
    FirstKnown "first known";
}
