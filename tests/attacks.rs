//! Attacks: each test plays an untrusted party of SECURITY.md against a running host or a command, and its name is the
//! promise that must hold.

mod compile_limits;
mod foreign_sources;
mod hostile_text;
mod links;
