//! Makes typed trees of the syntax trees of models.
//!
//! A rule of law is checked before it is built; a model of DMN is computed as DMN says, where types are told or not
//! told and everything may be null. So each expression has the type of any value, and the run-time library looks at
//! what values are. Names and functions are resolved here: a function is put in place of its calls. What is known of
//! a value's type only makes trees smaller, and never their meaning.

mod calls;
mod elaborator;
mod expressions;
pub(super) mod guards;
mod iterations;
mod members;
mod nodes;
mod scope;
mod tables;
mod tests;
mod types;
mod zones;

pub use self::elaborator::elaborate;
