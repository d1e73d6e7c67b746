//! Rules as expressions of FEEL (Friendly Enough Expression Language, DMN 1.5): the language, its types, its
//! evaluator and its compiler to WebAssembly.
//!
//! `syntax` reads a text into an [`ast`](syntax::ast). `check` gives every expression a type, by the service's contract
//! and by what else the text may name, and makes the typed [`tree`]; `table_analysis` looks at whole tables. `evaluate`
//! computes the tree; `compile` makes a core module of it. Both mean the same.

mod bounds;
pub mod check;
pub mod compile;
mod days_of_change;
pub mod dmn;
pub mod evaluate;
mod exact;
pub mod prose;
pub mod rule_text;
pub mod source_text;
pub mod syntax;
pub mod table_analysis;
pub mod tree;
pub mod types;
pub mod wit_name;

pub use days_of_change::days_of_change;

/// The page of all operators and functions for authors, in Markdown: tables whose rows have how to write it, an
/// example, what that gives and what it means.
pub const FUNCTIONS_PAGE: &str = include_str!("../FUNCTIONS.md");
