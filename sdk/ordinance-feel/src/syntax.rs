//! The grammar of FEEL.

pub mod ast;
