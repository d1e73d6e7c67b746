//! What the pages of the portal and of the console share: who reads, forms, the search for a place, the check of a
//! receipt, the headers of a response, the files that a browser loads. It knows neither wing.

pub(crate) mod assets;
pub(crate) mod forms;
pub(crate) mod place_search;
pub(crate) mod places;
pub(crate) mod reader;
pub(crate) mod receipt_check;
pub(crate) mod responses;
