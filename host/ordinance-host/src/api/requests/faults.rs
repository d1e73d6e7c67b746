//! The faults of one request, collected so that a caller sees all of them at once.

use ordinance_engine::InputError;

use crate::api::problem::RequestError;

/// The faults of a request. A fault that breaks the schema of the body makes the request `invalid-request` (400); one
/// that only members together can have, so that no schema says it, makes it `unprocessable-request` (422).
#[derive(Debug, Default)]
pub(crate) struct RequestFaults {
    against_schema: Vec<InputError>,
    between_members: Vec<InputError>,
}

impl RequestFaults {
    /// Adds a breach of the schema.
    pub(crate) fn add(&mut self, fault: InputError) {
        self.against_schema.push(fault);
    }

    /// Adds several breaches of the schema.
    pub(crate) fn extend(&mut self, faults: Vec<InputError>) {
        self.against_schema.extend(faults);
    }

    /// Adds a fault that no schema says.
    pub(crate) fn add_between_members(&mut self, fault: InputError) {
        self.between_members.push(fault);
    }

    /// The request, if it has no fault. `request` returns `None` only if a required member is missing or wrong, which
    /// is a fault.
    ///
    /// # Errors
    /// All faults.
    pub(crate) fn finish<T>(self, request: impl FnOnce() -> Option<T>) -> Result<T, RequestError> {
        if self.against_schema.is_empty()
            && self.between_members.is_empty()
            && let Some(request) = request()
        {
            return Ok(request);
        }
        Err(self.into_error())
    }

    /// The error that names every fault.
    pub(crate) fn into_error(mut self) -> RequestError {
        if self.against_schema.is_empty() && !self.between_members.is_empty() {
            return RequestError::Unprocessable(self.between_members);
        }
        self.against_schema.append(&mut self.between_members);
        RequestError::InvalidRequest(self.against_schema)
    }
}
