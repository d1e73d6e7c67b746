//! States: how compiled code knows a value that isn't one. 0 is a value, 1 unknown, 2 null; a failure is its code, and
//! above 3 bits the number of the place at which it came up, or 2^30 where nobody knows it.
//!
//! A value doesn't know where it failed. The first place of each kind of failure is kept instead.

use core::cell::Cell;

use ordinance_feel_runtime::operators::Truth;
use ordinance_feel_runtime::{Failure, Value};

use crate::memory::keep;

const UNKNOWN: i32 = 1;
const NULL: i32 = 2;
const CODE_MASK: i32 = 7;
const NO_PLACE: i32 = 1 << 30;

/// For each code of a failure, the state of the first that came up at a known place.
struct Places([Cell<i32>; 8]);

// SAFETY: the module has no threads.
unsafe impl Sync for Places {}

static PLACES: Places = Places([const { Cell::new(0) }; 8]);

fn place_of(failure: Failure) -> Option<&'static Cell<i32>> {
    PLACES.0.get(failure as usize)
}

fn keep_place(failure: Failure, place: i32) {
    if let Some(known) = place_of(failure).filter(|known| known.get() == 0) {
        known.set(place & !CODE_MASK | failure as i32);
    }
}

fn state_of(failure: Failure) -> i32 {
    match place_of(failure).map_or(0, Cell::get) {
        0 => NO_PLACE | failure as i32,
        known => known,
    }
}

#[unsafe(export_name = "state.place")]
extern "C" fn place(value: &'static Value, place: i32) {
    if let Value::Failed(failure) = value {
        keep_place(*failure, place);
    }
}

#[unsafe(export_name = "state.make")]
extern "C" fn make(state: i32) -> &'static Value {
    keep(match state {
        UNKNOWN => Value::Unknown,
        NULL => Value::Null,
        _ => match u8::try_from(state & CODE_MASK).ok().and_then(Failure::from_code) {
            Some(failure) => {
                if state & NO_PLACE == 0 {
                    keep_place(failure, state);
                }
                Value::Failed(failure)
            }
            None => Value::Unknown,
        },
    })
}

#[unsafe(export_name = "state.of")]
extern "C" fn of(value: &'static Value) -> i32 {
    match value {
        Value::Unknown | Value::Perhaps(_) => UNKNOWN,
        Value::Null => NULL,
        Value::Failed(failure) => state_of(*failure),
        _ => 0,
    }
}

#[unsafe(export_name = "state.of_condition")]
extern "C" fn of_condition(value: &'static Value) -> i32 {
    match Truth::of(value) {
        Truth::Null => NULL,
        Truth::Failed(failure) => state_of(failure),
        Truth::False | Truth::True | Truth::Unknown => 0,
    }
}
