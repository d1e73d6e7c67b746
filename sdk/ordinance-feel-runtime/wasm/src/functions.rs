//! The built-in functions.

use ordinance_feel_runtime::functions::{contexts, conversions, lists, numbers, ranges, statistics, temporals, texts};
use ordinance_feel_runtime::{Value, operators};

use crate::memory::keep;

type Given = &'static Value;
type Optional = Option<&'static Value>;

macro_rules! functions {
    ($($export:literal $name:ident($($argument:ident: $kind:ty),+) $call:expr;)*) => {
        $(
            #[unsafe(export_name = $export)]
            extern "C" fn $name($($argument: $kind),+) -> &'static Value {
                keep($call)
            }
        )*
    };
}

functions! {
    "function.not" not(a: Given) operators::not(a);
    "function.string join" string_join(a: Given, b: Optional) lists::string_join(a, b);
    "function.list contains" list_contains(a: Given, b: Given) lists::list_contains(a, b);
    "function.count" count(a: Given) statistics::count(a);
    "function.min" min(a: Given) statistics::min(a.items());
    "function.max" max(a: Given) statistics::max(a.items());
    "function.sum" sum(a: Given) statistics::sum(a.items());
    "function.mean" mean(a: Given) statistics::mean(a.items());
    "function.all" all(a: Given) statistics::all(a.items());
    "function.any" any(a: Given) statistics::any(a.items());
    "function.sublist" sublist(a: Given, b: Given, c: Optional) lists::sublist(a, b, c);
    "function.append" append(a: Given, b: Given) lists::append(a, b.items());
    "function.concatenate" concatenate(a: Given) lists::concatenate(a.items());
    "function.insert before" insert_before(a: Given, b: Given, c: Given) lists::insert_before(a, b, c);
    "function.remove" remove(a: Given, b: Given) lists::remove(a, b);
    "function.list replace" list_replace(a: Given, b: Given, c: Given) lists::list_replace(a, b, c);
    "function.reverse" reverse(a: Given) lists::reverse(a);
    "function.index of" index_of(a: Given, b: Given) lists::index_of(a, b);
    "function.union" union(a: Given) lists::union(a.items());
    "function.distinct values" distinct_values(a: Given) lists::distinct_values(a);
    "function.flatten" flatten(a: Given) lists::flatten(a);
    "function.product" product(a: Given) statistics::product(a.items());
    "function.median" median(a: Given) statistics::median(a.items());
    "function.stddev" stddev(a: Given) statistics::stddev(a.items());
    "function.mode" mode(a: Given) statistics::mode(a.items());
    "function.decimal" decimal(a: Given, b: Given) numbers::decimal(a, b);
    "function.floor" floor(a: Given, b: Optional) numbers::floor(a, b);
    "function.ceiling" ceiling(a: Given, b: Optional) numbers::ceiling(a, b);
    "function.round up" round_up(a: Given, b: Given) numbers::round_up(a, b);
    "function.round down" round_down(a: Given, b: Given) numbers::round_down(a, b);
    "function.round half up" round_half_up(a: Given, b: Given) numbers::round_half_up(a, b);
    "function.round half down" round_half_down(a: Given, b: Given) numbers::round_half_down(a, b);
    "function.abs" abs(a: Given) numbers::abs(a);
    "function.modulo" modulo(a: Given, b: Given) numbers::modulo(a, b);
    "function.sqrt" sqrt(a: Given) numbers::sqrt(a);
    "function.log" log(a: Given) numbers::log(a);
    "function.exp" exp(a: Given) numbers::exp(a);
    "function.odd" odd(a: Given) numbers::odd(a);
    "function.even" even(a: Given) numbers::even(a);
    "function.less" less(a: Given, b: Given) numbers::less(a, b);
    "function.is given" is_given(a: Given) statistics::is_given(a);
    "function.first known" first_known(a: Given) statistics::first_known(a.items());
    "function.date" date(a: Given, b: Optional, c: Optional) temporals::date(a, b, c);
    "function.date and time" date_and_time(a: Given, b: Optional) temporals::date_and_time(a, b);
    "function.time" time(a: Given, b: Optional, c: Optional, d: Optional) temporals::time(a, b, c, d);
    "function.number" number(a: Given, b: Optional, c: Optional) conversions::number(a, b, c);
    "function.string" string(a: Given) conversions::string(a);
    "function.duration" duration(a: Given) temporals::duration(a);
    "function.years and months duration" years_and_months_duration(a: Given, b: Given)
        temporals::years_and_months_duration(a, b);
    "function.substring" substring(a: Given, b: Given, c: Optional) texts::substring(a, b, c);
    "function.string length" string_length(a: Given) texts::string_length(a);
    "function.upper case" upper_case(a: Given) texts::upper_case(a);
    "function.lower case" lower_case(a: Given) texts::lower_case(a);
    "function.substring before" substring_before(a: Given, b: Given) texts::substring_before(a, b);
    "function.substring after" substring_after(a: Given, b: Given) texts::substring_after(a, b);
    "function.replace" replace(a: Given, b: Given, c: Given, d: Optional) texts::replace(a, b, c, d);
    "function.contains" contains(a: Given, b: Given) texts::contains(a, b);
    "function.starts with" starts_with(a: Given, b: Given) texts::starts_with(a, b);
    "function.ends with" ends_with(a: Given, b: Given) texts::ends_with(a, b);
    "function.matches" matches(a: Given, b: Given, c: Optional) texts::matches(a, b, c);
    "function.split" split(a: Given, b: Given) texts::split(a, b);
    "function.is" is(a: Given, b: Given) ranges::is(a, b);
    "function.before" before(a: Given, b: Given) ranges::before(a, b);
    "function.after" after(a: Given, b: Given) ranges::after(a, b);
    "function.meets" meets(a: Given, b: Given) ranges::meets(a, b);
    "function.met by" met_by(a: Given, b: Given) ranges::met_by(a, b);
    "function.overlaps" overlaps(a: Given, b: Given) ranges::overlaps(a, b);
    "function.overlaps before" overlaps_before(a: Given, b: Given) ranges::overlaps_before(a, b);
    "function.overlaps after" overlaps_after(a: Given, b: Given) ranges::overlaps_after(a, b);
    "function.finishes" finishes(a: Given, b: Given) ranges::finishes(a, b);
    "function.finished by" finished_by(a: Given, b: Given) ranges::finished_by(a, b);
    "function.includes" includes(a: Given, b: Given) ranges::includes(a, b);
    "function.during" during(a: Given, b: Given) ranges::during(a, b);
    "function.starts" starts(a: Given, b: Given) ranges::starts(a, b);
    "function.started by" started_by(a: Given, b: Given) ranges::started_by(a, b);
    "function.coincides" coincides(a: Given, b: Given) ranges::coincides(a, b);
    "function.range" range(a: Given) ranges::range(a);
    "function.day of year" day_of_year(a: Given) temporals::day_of_year(a);
    "function.day of week" day_of_week(a: Given) temporals::day_of_week(a);
    "function.month of year" month_of_year(a: Given) temporals::month_of_year(a);
    "function.week of year" week_of_year(a: Given) temporals::week_of_year(a);
    "function.get value" get_value(a: Given, b: Given) contexts::get_value(a, b);
    "function.get entries" get_entries(a: Given) contexts::get_entries(a);
    "function.context" context(a: Given) contexts::context(a);
    "function.context put" context_put(a: Given, b: Given, c: Given) contexts::context_put(a, b, c);
    "function.context merge" context_merge(a: Given) contexts::context_merge(a);
}
