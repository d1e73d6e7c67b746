//! Connections: accepting them, TLS, time limits, and draining at the end.

pub(crate) mod core_dumps;
pub(crate) mod draining;
pub(crate) mod server;
pub(crate) mod timeouts;
pub(crate) mod tls;
