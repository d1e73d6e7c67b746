//! Simulations on many people: cases of one place, service and day, whose rules keep their instances from case to case.
//! Such a decision binds nobody, so the host must not name this module; a test of the source checks that.

mod plain;
mod run;

pub use self::plain::{PlainAnswer, PlainLevel, PlainRun};
pub use self::run::SimulationRun;
