//! The grammar of FEEL: a text as a tree.

pub mod ast;

mod character;
mod error;
mod keywords;
mod lexer;
pub(crate) mod mentions;
mod names;
mod normal;
mod number_tests;
mod parser;
mod print;
mod token;
pub(crate) mod walk;

pub use self::error::SyntaxError;
pub(crate) use self::keywords::is_keyword;
pub use self::names::Scope;
pub use self::normal::normal_tests;
pub use self::number_tests::NumberColumn;
pub use self::parser::{TEXT_BYTES_MAX, parse_expression, parse_tests, parse_type_name};
pub use self::print::{print_expression, print_tests, print_type_name, quoted};
