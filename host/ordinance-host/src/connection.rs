//! Connections: their limit, TLS, time limits, draining at the end, and no core dumps.

pub(crate) mod connection_limit;
pub(crate) mod core_dumps;
pub(crate) mod draining;
pub(crate) mod file_limit;
pub(crate) mod timeouts;
pub(crate) mod tls;
pub(crate) mod unread;
