//! Whether the host is draining: it finishes its requests and then stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderValue, Version, header};
use axum::response::Response;

/// A flag that all parts of a host share.
#[derive(Clone, Default)]
pub(crate) struct DrainSignal(Arc<AtomicBool>);

impl DrainSignal {
    /// The host begins to drain and is no longer ready.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Tells the client of an HTTP/1 connection in time to use another.
    pub(crate) fn set_connection_close(&self, answer: &mut Response, version: Version) {
        if self.is_draining() && version < Version::HTTP_2 {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}
