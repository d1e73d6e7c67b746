//! Calls a function by its name.

use super::{contexts, conversions, lists, numbers, ranges, statistics, temporals, texts};
use crate::builtin::Builtin;
use crate::failure::Failure;
use crate::operators;
use crate::value::Value;

/// The values of parameters that take one list or any number of values.
fn many(arguments: &[Value]) -> &[Value] {
    match arguments {
        [list] => list.items(),
        values => values,
    }
}

/// Writes `call`, with names for the arguments: those that may be left out, and those that are needed.
macro_rules! calls {
    ($all:ident, $a:ident, $b:ident, $c:ident, $d:ident, $needed_b:ident, $needed_c:ident;
     $($variant:ident => $call:expr;)*) => {
        impl Builtin {
            /// The value of the function. Arguments that are left out are absent from the end; too few are a failure.
            #[must_use]
            pub fn call(self, $all: &[Value]) -> Value {
                let missing = Value::Failed(Failure::TypesDontFit);
                let $a = $all.first().unwrap_or(&missing);
                let ($b, $c, $d) = ($all.get(1), $all.get(2), $all.get(3));
                let ($needed_b, $needed_c) = ($b.unwrap_or(&missing), $c.unwrap_or(&missing));
                match self {
                    $(Self::$variant => $call,)*
                }
            }
        }
    };
}

calls! {
    arguments, a, b, c, d, needed_b, needed_c;
    Date => temporals::date(a, b, c);
    DateAndTime => temporals::date_and_time(a, b);
    Time => temporals::time(a, b, c, d);
    Number => conversions::number(a, b, c);
    String => conversions::string(a);
    Duration => temporals::duration(a);
    YearsAndMonthsDuration => temporals::years_and_months_duration(a, needed_b);
    Not => operators::not(a);
    Substring => texts::substring(a, needed_b, c);
    StringLength => texts::string_length(a);
    UpperCase => texts::upper_case(a);
    LowerCase => texts::lower_case(a);
    SubstringBefore => texts::substring_before(a, needed_b);
    SubstringAfter => texts::substring_after(a, needed_b);
    Replace => texts::replace(a, needed_b, needed_c, d);
    Contains => texts::contains(a, needed_b);
    StartsWith => texts::starts_with(a, needed_b);
    EndsWith => texts::ends_with(a, needed_b);
    Matches => texts::matches(a, needed_b, c);
    Split => texts::split(a, needed_b);
    StringJoin => lists::string_join(a, b);
    ListContains => lists::list_contains(a, needed_b);
    Count => statistics::count(a);
    Min => statistics::min(many(arguments));
    Max => statistics::max(many(arguments));
    Sum => statistics::sum(many(arguments));
    Mean => statistics::mean(many(arguments));
    All => statistics::all(many(arguments));
    Any => statistics::any(many(arguments));
    Sublist => lists::sublist(a, needed_b, c);
    Append => lists::append(a, arguments.get(1..).unwrap_or(&[]));
    Concatenate => lists::concatenate(arguments);
    InsertBefore => lists::insert_before(a, needed_b, needed_c);
    Remove => lists::remove(a, needed_b);
    ListReplace => lists::list_replace(a, needed_b, needed_c);
    Reverse => lists::reverse(a);
    IndexOf => lists::index_of(a, needed_b);
    Union => lists::union(arguments);
    DistinctValues => lists::distinct_values(a);
    Flatten => lists::flatten(a);
    Product => statistics::product(many(arguments));
    Median => statistics::median(many(arguments));
    Stddev => statistics::stddev(many(arguments));
    Mode => statistics::mode(many(arguments));
    Decimal => numbers::decimal(a, needed_b);
    Floor => numbers::floor(a, b);
    Ceiling => numbers::ceiling(a, b);
    RoundUp => numbers::round_up(a, needed_b);
    RoundDown => numbers::round_down(a, needed_b);
    RoundHalfUp => numbers::round_half_up(a, needed_b);
    RoundHalfDown => numbers::round_half_down(a, needed_b);
    Abs => numbers::abs(a);
    Modulo => numbers::modulo(a, needed_b);
    Sqrt => numbers::sqrt(a);
    Log => numbers::log(a);
    Exp => numbers::exp(a);
    Odd => numbers::odd(a);
    Even => numbers::even(a);
    Is => ranges::is(a, needed_b);
    Before => ranges::before(a, needed_b);
    After => ranges::after(a, needed_b);
    Meets => ranges::meets(a, needed_b);
    MetBy => ranges::met_by(a, needed_b);
    Overlaps => ranges::overlaps(a, needed_b);
    OverlapsBefore => ranges::overlaps_before(a, needed_b);
    OverlapsAfter => ranges::overlaps_after(a, needed_b);
    Finishes => ranges::finishes(a, needed_b);
    FinishedBy => ranges::finished_by(a, needed_b);
    Includes => ranges::includes(a, needed_b);
    During => ranges::during(a, needed_b);
    Starts => ranges::starts(a, needed_b);
    StartedBy => ranges::started_by(a, needed_b);
    Coincides => ranges::coincides(a, needed_b);
    Range => ranges::range(a);
    DayOfYear => temporals::day_of_year(a);
    DayOfWeek => temporals::day_of_week(a);
    MonthOfYear => temporals::month_of_year(a);
    WeekOfYear => temporals::week_of_year(a);
    // The tree has its own expression for it: `Sort`.
    Sort => Value::Failed(Failure::TypesDontFit);
    GetValue => contexts::get_value(a, needed_b);
    GetEntries => contexts::get_entries(a);
    ContextOf => contexts::context(a);
    ContextPut => contexts::context_put(a, needed_b, needed_c);
    ContextMerge => contexts::context_merge(a);
    Less => numbers::less(a, needed_b);
    IsGiven => statistics::is_given(a);
    FirstKnown => statistics::first_known(arguments);
}
