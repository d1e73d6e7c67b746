//! The functions of days that rules call. A day is `year << 9 | month << 5 | day`.

use wasm_encoder::{Instruction as I, ValType};

use super::code::Code;
use super::node::{self, Node, narrow};
use crate::tree::Property;

/// A part of a day in `year << 9 | month << 5 | day`.
pub(super) fn part_of(packed: &Node, property: Property) -> Node {
    let shifted = |shift| narrow(I::I32ShrS, vec![packed.clone(), Node::I32(shift)]);
    let masked = |number, mask| narrow(I::I32And, vec![number, Node::I32(mask)]);
    match property {
        Property::Year => shifted(9),
        Property::Month => masked(shifted(5), 15),
        _ => masked(packed.clone(), 31),
    }
}

/// Operators of `i32`, by which the functions of days are written.
fn plus(a: Node, b: Node) -> Node {
    node::add_narrow(a, b)
}
fn minus(a: Node, b: Node) -> Node {
    narrow(I::I32Sub, vec![a, b])
}
fn times(a: Node, b: i32) -> Node {
    narrow(I::I32Mul, vec![a, Node::I32(b)])
}
fn over(a: Node, b: i32) -> Node {
    narrow(I::I32DivS, vec![a, Node::I32(b)])
}
fn rest(a: Node, b: i32) -> Node {
    narrow(I::I32RemS, vec![a, Node::I32(b)])
}
/// A quotient that is rounded down, of a number that isn't below `-b * 10_000`.
fn floor(a: Node, b: i32) -> Node {
    plus(over(plus(a, Node::I32(b * 10_000)), b), Node::I32(-10_000))
}

fn parts(packed: &Node) -> [Node; 3] {
    [Property::Year, Property::Month, Property::Day].map(|property| part_of(packed, property))
}

fn packed_of(year: Node, month: Node, day: Node) -> Node {
    let high = narrow(I::I32Shl, vec![year, Node::I32(9)]);
    let middle = narrow(I::I32Shl, vec![month, Node::I32(5)]);
    narrow(I::I32Or, vec![narrow(I::I32Or, vec![high, middle]), day])
}

/// `(packed, months) -> packed`: the day so many months later; the last of its month if that is too short.
pub(super) fn add_months(code: &mut Code) {
    let [year, month, day] = parts(&Node::Local(0));
    let total = plus(plus(times(year, 12), month), plus(Node::Local(1), Node::I32(-1)));
    let total = code.keep(&total);
    let year = code.keep(&floor(total.clone(), 12));
    let month = plus(minus(total, times(year.clone(), 12)), Node::I32(1));
    let month = code.keep(&month);
    let is = |a: Node, b: i32| node::equal(a, Node::I32(b));
    let is_leap = node::both(
        node::not(narrow(I::I32And, vec![year.clone(), Node::I32(3)])),
        node::either(node::not(node::not(rest(year.clone(), 100))), node::not(rest(year.clone(), 400))),
    );
    // 31, 28, 31, 30 and so on.
    let odd = narrow(
        I::I32And,
        vec![plus(month.clone(), narrow(I::I32ShrS, vec![month.clone(), Node::I32(3)])), Node::I32(1)],
    );
    let days = plus(plus(Node::I32(28), odd), narrow(I::I32RemS, vec![Node::I32(2), month.clone()]));
    let days = plus(days, plus(times(is(month.clone(), 1), 2), node::both(is(month.clone(), 2), is_leap)));
    let (days, day) = (code.keep(&days), code.keep(&day));
    let day = node::select(day.clone(), days.clone(), narrow(I::I32LtS, vec![day, days]));
    code.emit(&packed_of(year, month, day));
}

/// `(packed) -> days`: the days since 1970-01-01. (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".)
pub(super) fn day_number(code: &mut Code) {
    let [year, month, day] = parts(&Node::Local(0));
    let month = code.keep(&month);
    let year = minus(year, narrow(I::I32LeS, vec![month.clone(), Node::I32(2)]));
    let year = code.keep(&year);
    let era = code.keep(&floor(year.clone(), 400));
    let year = code.keep(&minus(year, times(era.clone(), 400)));
    let of_year = plus(over(plus(times(rest(plus(month, Node::I32(9)), 12), 153), Node::I32(2)), 5), day);
    let of_era = plus(plus(times(year.clone(), 365), over(year.clone(), 4)), minus(of_year, over(year, 100)));
    code.emit(&plus(plus(times(era, 146_097), of_era), Node::I32(-719_469)));
}

/// `(days) -> packed`: the reverse of [`day_number`].
pub(super) fn day_of_number(code: &mut Code) {
    let shifted = code.keep(&plus(Node::Local(0), Node::I32(719_468)));
    let era = code.keep(&floor(shifted.clone(), 146_097));
    let of_era = code.keep(&minus(shifted, times(era.clone(), 146_097)));
    let corrected = minus(
        plus(minus(of_era.clone(), over(of_era.clone(), 1460)), over(of_era.clone(), 36_524)),
        over(of_era.clone(), 146_096),
    );
    let year = code.keep(&over(corrected, 365));
    let before = minus(plus(times(year.clone(), 365), over(year.clone(), 4)), over(year.clone(), 100));
    let of_year = code.keep(&minus(of_era, before));
    let month = code.keep(&over(plus(times(of_year.clone(), 5), Node::I32(2)), 153));
    let day = plus(minus(of_year, over(plus(times(month.clone(), 153), Node::I32(2)), 5)), Node::I32(1));
    let is_early = narrow(I::I32GeS, vec![month.clone(), Node::I32(10)]);
    let is_early = code.keep(&is_early);
    let month = minus(plus(month, Node::I32(3)), times(is_early.clone(), 12));
    let year = plus(plus(year, times(era, 400)), is_early);
    code.emit(&packed_of(year, month, day));
}

/// `(from, to) -> months`: the whole months from one day until another; negative if that is earlier.
pub(super) fn months_until(code: &mut Code) {
    let [year, month, day] = parts(&Node::Local(0));
    let [to_year, to_month, to_day] = parts(&Node::Local(1));
    let months = minus(plus(times(to_year, 12), to_month), plus(times(year, 12), month));
    let months = code.keep(&months);
    let (day, to_day) = (code.keep(&day), code.keep(&to_day));
    let compare = |instruction, a: &Node, b: &Node| narrow(instruction, vec![a.clone(), b.clone()]);
    let zero = Node::I32(0);
    let less = node::both(compare(I::I32GtS, &months, &zero), compare(I::I32LtS, &to_day, &day));
    let more = node::both(compare(I::I32LtS, &months, &zero), compare(I::I32GtS, &to_day, &day));
    code.emit(&plus(minus(months, less), more));
}

/// The parameters of each of these functions.
pub(super) const TWO_DAYS: &[ValType] = &[ValType::I32, ValType::I32];
pub(super) const ONE_DAY: &[ValType] = &[ValType::I32];
