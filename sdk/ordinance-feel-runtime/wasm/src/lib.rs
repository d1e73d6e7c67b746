//! The run-time library of rules as a module of WebAssembly: `EXPORTS.md` says what each export takes and gives.
//!
//! Values lie in the memory and are never freed: a rule's instance ends with its answer.
#![no_std]

extern crate alloc;

mod encoded;
mod functions;
mod make;
mod memory;
mod operators;
mod read;
mod states;
mod tables;
mod units;
