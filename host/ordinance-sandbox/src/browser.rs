//! The sandbox in a browser: the page's own engine of WebAssembly runs each rule, and the page calls it for this
//! crate. The interface is that of the sandbox elsewhere, but for how a [`sandbox::Sandbox`] is made.
//!
//! A browser counts no instructions and bounds no memory of a rule. The page therefore runs everything in a worker,
//! which it ends after a while.

pub(crate) mod call;
pub(crate) mod compiled_rule;
mod json;
pub(crate) mod loader;
pub(crate) mod sandbox;
mod shape;
